/* file_map.h - a file's bytes in memory that all processes share, without the danger of a mapping.
 *
 * Touching a page of a mapping beyond the end of a file that somebody cut short raises SIGBUS. Hence
 * the mapping is held by a read lease (fcntl, F_SETLEASE): while it stands, whoever opens the file for
 * writing or cuts it waits, up to the seconds in /proc/sys/fs/lease-break-time (45), and the holder
 * can see it. file_map_is_whole asks; file_map_detach then puts a copy of the file into the mapping's
 * place and lets go. Where there is no lease (another's file, a file system without them, a file that
 * is open for writing) the file is read into memory of this process's own from the start.
 *
 * No signal is handled: the lease's is sent to nobody. What remains is a process that is stopped for
 * longer than the lease lasts between the question and the use, and a disk that fails. */
#ifndef KITH_OS_FILE_MAP_H
#define KITH_OS_FILE_MAP_H

#include "base/status.h"
#include "base/view.h"

#include <stdatomic.h>
#include <stdbool.h>

/* Zero-initialise. `bytes` never moves while it is open. */
typedef struct file_map {
    view bytes;            /* read-only; page-aligned */
    int fd;                /* holds the lease while is_shared */
    atomic_bool is_shared; /* the pages are the file's; otherwise this process's own */
} file_map;

/* An empty file gives an empty view. Follows links. *out is untouched on failure.
 * Errors: KITH_ERR_NOT_FOUND; KITH_ERR_IO, also when it is no regular file (at once for a pipe too)
 * or changes while it is read; KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status file_map_open(const char *path, file_map *out, kith_error *err);
/* Every view into it ends. Closing twice does nothing. */
void file_map_close(file_map *m);

/* Whether the bytes may be read from now on, for lease-break-time. False: somebody is about to write
 * to the file, or has done so, and file_map_detach is due. Any thread. */
bool file_map_is_whole(const file_map *m);
/* Reads the file again into memory of this process's own, asks `accepts` whether it is what it was,
 * and puts it in the place of the mapping, whose readers notice nothing. One thread at a time; other
 * threads may be reading.
 * Errors: KITH_ERR_CORRUPT when `accepts` refuses or the file is shorter; KITH_ERR_IO;
 * KITH_ERR_NO_MEMORY. The bytes must then not be read any more. */
KITH_CHECKED kith_status file_map_detach(file_map *m,
                                         bool (*accepts)(const void *context, view file),
                                         const void *context, kith_error *err);

#endif
