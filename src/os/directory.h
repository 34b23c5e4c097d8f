/* directory.h - walking a tree in a fixed order. */
#ifndef KITH_OS_DIRECTORY_H
#define KITH_OS_DIRECTORY_H

#include "base/status.h"
#include "os/file.h"

/* One call per entry. Returning anything but KITH_OK ends the walk with that status. */
typedef kith_status (*directory_visit)(void *context, const char *path, const file_info *info,
                                       const kith_error *problem);

/* Visits every regular file below `path` (or `path` itself when it is a file) in bytewise order of
 * names. Symbolic links are visited (kind FILE_SYMLINK) and not followed. Names that begin with '.'
 * below `path` are passed over. A directory that cannot be read is visited with `problem` set, and
 * the walk goes on. At most 64 levels deep. KITH_ERR_NOT_FOUND or KITH_ERR_IO when `path` itself
 * cannot be read. */
KITH_CHECKED kith_status directory_walk(const char *path, directory_visit visit, void *context,
                                        kith_error *err);

#endif
