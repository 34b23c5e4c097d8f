/* path.h - the parts of a path's text; nothing is looked up on disk. What is returned points into
 * `path`. */
#ifndef KITH_BASE_PATH_H
#define KITH_BASE_PATH_H

#include "base/view.h"

#include <stdbool.h>

/* "b.md" of "a/b.md"; "" of "a/". */
const char *path_base(const char *path);
/* "b" of "a/b.md": the base without its extension. */
view path_stem(const char *path);
/* ".md" of "a/b.md", with its case; "" when there is none. A dot that begins a name (".profile")
 * begins no extension. */
const char *path_extension(const char *path);
/* True when `path` is `root` or lies below it: by whole names, so that "/ab" is not below "/a".
 * Only the texts are compared, so both must be absolute and free of links and "..". */
bool path_is_below(view path, const char *root);
/* The one of roots [count] that the path belongs to: the longest that it is, or lies below; NULL:
 * none. So a file that is a root is its own, also where another root is the directory around it. */
const char *path_root_of(const char *const *roots, size_t count, view path);

#endif
