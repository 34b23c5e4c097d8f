/* tree.h - finding the files below a directory that are meant to be read.
 *
 * Symbolic links are visited and not followed, hidden names are passed over, and .gitignore and
 * .kithignore files say what else is left out. When the directory lies inside a git working tree,
 * the ignore files between the top of that tree and the directory count too, as they do for git.
 * What was asked for by name is taken whatever the rules say. */
#ifndef KITH_INGEST_TREE_H
#define KITH_INGEST_TREE_H

#include "base/status.h"
#include "os/directory.h"

/* Callbacks; any other status than KITH_OK ends the walk with it. Paths live until they return. */
typedef struct tree_visitor {
    /* A file, a link, another non-directory, or with `problem` a place that cannot be read. A
     * directory whose ignore file cannot be read (or is over IGNORE_FILE_MAX_BYTES) is such a
     * place. */
    directory_visit visit;
    /* A file or directory that the rules leave out; what is below it is not visited. */
    kith_status (*ignored)(void *context, const char *path);
    /* Before a directory is read; may be NULL. */
    kith_status (*entered)(void *context, const char *path);
    const char *except; /* a directory that is passed over and not reported; NULL: none */
    void *context;
} tree_visitor;

/* Walks `start`, in bytewise order of names. Both paths are absolute and free of links, and `start`
 * is `root` or lies below it. The directories between them are subject to the rules as if the walk
 * had come from `root`: when one of them is left out, nothing is visited.
 * Errors: KITH_ERR_NOT_FOUND, KITH_ERR_IO (`start` itself cannot be read), KITH_ERR_LIMIT (more
 * nested directories, or a longer path, than the walk has room for), KITH_ERR_NO_MEMORY, and any
 * status of a callback. */
KITH_CHECKED kith_status tree_walk(const char *root, const char *start, const tree_visitor *visitor,
                                   kith_error *err);

#endif
