/* directory.h - walking a tree in a fixed order, past whatever cannot be read; removing a small one.
 * The walk is a series of looks, not a snapshot: a file may have changed or disappeared between the
 * visit and its use, and a directory's names are those of the moment when it was read. */
#ifndef KITH_OS_DIRECTORY_H
#define KITH_OS_DIRECTORY_H

#include "base/status.h"
#include "os/file.h"

/* Called once for an entry.
 * path     borrowed for the call
 * info     from lstat, of kind FILE_OTHER when that failed
 * problem  NULL, or why the entry cannot be read: a directory below which nothing is visited then,
 *          or an entry that disappeared
 * Any status but KITH_OK ends the walk with it. */
typedef kith_status (*directory_visit)(void *context, const char *path, const file_info *info,
                                       const kith_error *problem);

/* Called before a directory is read, the top included. *enter is true; setting it to false passes
 * over the directory with everything below it. Any status but KITH_OK ends the walk with it. */
typedef kith_status (*directory_enter)(void *context, const char *path, bool *enter);

typedef struct directory_visitor {
    directory_visit visit;
    directory_enter enter;        /* NULL: into every directory */
    void (*leave)(void *context); /* after each directory that was entered; may be NULL */
    void *context;
} directory_visitor;

/* Visits everything but directories below `path`, depth first, the names of each directory in the
 * order of their bytes; or `path` alone when it is no directory. Symbolic links are visited as such
 * (FILE_SYMLINK) and not followed. Names that begin with '.' are passed over, except in `path`
 * itself. A directory that cannot be read, or lies more than 64 deep, is visited with `problem`
 * set, and the walk goes on. Any thread. Errors: KITH_ERR_NOT_FOUND, KITH_ERR_IO or
 * KITH_ERR_NO_MEMORY when `path` itself cannot be read; KITH_ERR_NO_MEMORY, with `err` untouched,
 * for the path of an entry; what a callback returned. */
KITH_CHECKED kith_status directory_walk(const char *path, const directory_visitor *visitor,
                                        kith_error *err);

/* Removes what is called `path`: a directory with all that is in it, down to two levels below; or
 * anything else by itself. Links are removed and not followed. Nothing being there is no failure.
 * Goes on past what cannot be removed, and does not sync.
 * Errors: KITH_ERR_IO when something is left, a directory that lies deeper among it. */
KITH_CHECKED kith_status directory_remove(const file_ops *ops, const char *path, kith_error *err);

#endif
