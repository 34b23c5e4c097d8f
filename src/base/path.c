/* path.c - paths are split at their last slash and last dot. */
#include "base/path.h"

#include <string.h>

const char *path_base(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

const char *path_extension(const char *path)
{
    const char *base = path_base(path), *dot = strrchr(base, '.');
    return dot && dot > base ? dot : "";
}

view path_stem(const char *path)
{
    const char *base = path_base(path), *extension = path_extension(path);
    return *extension ? (view){base, (size_t)(extension - base)} : view_of(base);
}

bool path_is_below(view path, const char *root)
{
    view r = view_of(root);
    return view_starts_with(path, r) &&
           (path.size == r.size || r.data[r.size - 1] == '/' || path.data[r.size] == '/');
}

const char *path_root_of(const char *const *roots, size_t count, view path)
{
    const char *longest = NULL;
    for (size_t i = 0; i < count; i++)
        if (path_is_below(path, roots[i]) && (!longest || strlen(roots[i]) > strlen(longest)))
            longest = roots[i];
    return longest;
}
