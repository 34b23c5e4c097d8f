/* directory.h - walking a tree in a fixed order. */
#ifndef KITH_OS_DIRECTORY_H
#define KITH_OS_DIRECTORY_H

#include "base/status.h"
#include "os/file.h"

/* One call per entry. Returning anything but KITH_OK ends the walk with that status. */
typedef kith_status (*directory_visit)(void *context, const char *path, const file_info *info,
                                       const kith_error *problem);

/* Asked before a directory is read, `path` itself included: false in *enter passes over it with all
 * that is below. */
typedef kith_status (*directory_enter)(void *context, const char *path, bool *enter);

typedef struct directory_visitor {
    directory_visit visit;
    directory_enter enter;        /* NULL: into every directory */
    void (*leave)(void *context); /* after each directory that was entered; may be NULL */
    void *context;
} directory_visitor;

/* Visits every regular file below `path` (or `path` itself when it is a file) in bytewise order of
 * names. Symbolic links are visited (kind FILE_SYMLINK) and not followed. Names that begin with '.'
 * below `path` are passed over. A directory that cannot be read is visited with `problem` set, and
 * the walk goes on. At most 64 levels deep. KITH_ERR_NOT_FOUND or KITH_ERR_IO when `path` itself
 * cannot be read. */
KITH_CHECKED kith_status directory_walk(const char *path, const directory_visitor *visitor,
                                        kith_error *err);

#endif
