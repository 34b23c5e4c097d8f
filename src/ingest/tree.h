/* tree.h - finding the files below a directory that are meant to be read: links are not followed,
 * hidden names are passed over, and .gitignore and .kithignore files say what else is left out.
 * When the directory lies inside a git working tree, the ignore files between its top and the
 * directory count too. What was asked for by name is taken whatever they say. */
#ifndef KITH_INGEST_TREE_H
#define KITH_INGEST_TREE_H

#include "base/status.h"
#include "os/directory.h"

typedef struct tree_visitor {
    /* As in directory.h: a file, a link, or a place that cannot be read (`problem`). A directory
     * whose ignore file cannot be read (or is over IGNORE_FILE_MAX_BYTES) is such a place. */
    directory_visit visit;
    /* A file or directory that the rules leave out; what is below it is not looked at. */
    kith_status (*ignored)(void *context, const char *path);
    /* Before a directory is read; may be NULL. */
    kith_status (*entered)(void *context, const char *path);
    const char *except; /* a directory that is passed over without a word; NULL: none */
    void *context;
} tree_visitor;

/* Walks `start`, which is `root` or lies below it; both are absolute and free of links. What stands
 * between them is subject to the rules as if the walk had come from `root`. KITH_ERR_NOT_FOUND or
 * KITH_ERR_IO when `start` itself cannot be read. */
KITH_CHECKED kith_status tree_walk(const char *root, const char *start, const tree_visitor *visitor,
                                   kith_error *err);

#endif
