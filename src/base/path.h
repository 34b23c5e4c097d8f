/* path.h - the parts of a path's text; nothing is looked up on disk. */
#ifndef KITH_BASE_PATH_H
#define KITH_BASE_PATH_H

#include "base/view.h"

#include <stdbool.h>

/* "b.md" of "a/b.md"; points into `path`. */
const char *path_base(const char *path);
/* "b" of "a/b.md": the base without its extension. */
view path_stem(const char *path);
/* ".md" of "a/b.md", lower and upper case as they are; "" when there is none. A name that only
 * begins with a dot (".profile") has none. */
const char *path_extension(const char *path);
/* True when `path` is `root` or lies below it. Both absolute, without links or ".."; compared by
 * whole names, so that "/ab" is not below "/a". */
bool path_is_below(view path, const char *root);

#endif
