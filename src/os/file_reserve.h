/* file_reserve.h - a file that only holds room on the disk, to be given back when the disk is full. */
#ifndef KITH_OS_FILE_RESERVE_H
#define KITH_OS_FILE_RESERVE_H

#include <stdbool.h>
#include <stdint.h>

/* Makes `path` a file of `bytes` that the disk has put aside, unless it is one; not where less than
 * four times as much would be free, nor where something else has that name. What fails is left
 * undone: the room is a convenience. Any thread. */
void file_reserve_keep(const char *path, uint64_t bytes);
/* Gives `bytes` of the room back to the disk, or all that there is. False when there is none. Any
 * thread. */
bool file_reserve_give_back(const char *path, uint64_t bytes);

#endif
