/* unnamed_file.h - a file without a name: room on a disk for what may be lost at any time. It is gone
 * with its descriptor, also after a crash, and nobody else can open it. */
#ifndef KITH_OS_UNNAMED_FILE_H
#define KITH_OS_UNNAMED_FILE_H

#include "os/file.h"

/* Opens an empty one for reading and writing, mode 0600; the caller closes *fd.
 * directory  on whose file system it lies; NULL: in memory, where it counts as the system's and can
 *            be swapped, but not written back
 * Errors: KITH_ERR_NOT_FOUND (no such directory), KITH_ERR_FULL, KITH_ERR_IO (also when the file
 * system has no such files), KITH_ERR_NO_MEMORY; *fd is untouched. Any thread. */
KITH_CHECKED kith_status unnamed_file_open(const file_ops *ops, const char *directory, int *fd,
                                           kith_error *err);
/* Has bytes from..from + bytes, which were written, read as zeros: they are overwritten, and where they are many their
 * blocks are given back. False: some are as they were. Any thread. */
KITH_CHECKED bool unnamed_file_clear(const file_ops *ops, int fd, uint64_t from, uint64_t bytes);
/* Bytes that the file's file system has left for anybody; 0 when it does not tell. Any thread. */
uint64_t unnamed_file_room(int fd);

#endif
