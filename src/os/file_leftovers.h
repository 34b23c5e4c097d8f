/* file_leftovers.h - what processes that were killed have left of files that they were writing. */
#ifndef KITH_OS_FILE_LEFTOVERS_H
#define KITH_OS_FILE_LEFTOVERS_H

#include <stdint.h>

/* Removes files beside `path` that are called as it is with a dot and a number behind, under which a
 * file is written before it is moved to `path`, when nobody has written to them for `age_ms`. The
 * number is that of a thread, which says nothing in another container or after a new start of the
 * machine; so age decides, and not whether the thread still lives. What cannot be read or removed
 * stays. Any thread. */
void file_leftovers_remove(const char *path, int64_t age_ms);

#endif
