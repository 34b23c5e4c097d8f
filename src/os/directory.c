/* directory.c - a depth-first walk in the order of the names' bytes.
 * A directory's names are read and sorted before the first is visited: readdir's own order depends
 * on the file system, and the caller may add files meanwhile. So memory holds the names of the
 * directories on the way down, 64 at most, and one open directory at a time. */
#include "os/directory.h"

#include "base/arena.h"
#include "base/reserve.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WALK_MAX_DEPTH = 64, FIRST_NAMES = 64 };

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The names in `path`, without hidden ones, sorted; in `a`. */
static kith_status read_names(const char *path, arena *a, char ***out, uint32_t *out_count,
                              kith_error *err)
{
    kith_status status = KITH_OK;
    char **names = NULL;
    uint32_t count = 0, capacity = 0;
    DIR *directory = opendir(path);
    if (!directory)
        return fail(err, status_of_errno(errno), "cannot open '%s': %s", path, strerror(errno));
    for (;;) {
        errno = 0;
        const struct dirent *entry = readdir(directory);
        if (!entry) break;
        if (entry->d_name[0] == '.') continue;
        uint32_t needed = count < FIRST_NAMES ? FIRST_NAMES : count + 1;
        char **grown = arena_reserve(a, names, &capacity, needed, sizeof *names);
        if (!grown) goto no_memory;
        names = grown;
        names[count] = arena_copy_text(a, entry->d_name);
        if (!names[count++]) goto no_memory;
    }
    if (errno != 0) status = fail(err, KITH_ERR_IO, "cannot read '%s': %s", path, strerror(errno));
    if (count) qsort(names, count, sizeof *names, compare_names);
    *out = names;
    *out_count = count;
    goto done;
no_memory:
    status = fail(err, KITH_ERR_NO_MEMORY, "out of memory for the names in '%s'", path);
done:
    (void)closedir(directory);
    return status;
}

static kith_status visit_entry(const directory_visitor *w, const char *path, unsigned depth);

/* Recurses through visit_entry, at most WALK_MAX_DEPTH deep. */
static kith_status visit_names(const directory_visitor *w, const char *path, const file_info *info,
                               unsigned depth)
{
    kith_error problem;
    arena names_memory;
    arena_init(&names_memory, 0);
    char **names = NULL;
    uint32_t count = 0;
    const char *separator = path[strlen(path) - 1] == '/' ? "" : "/";
    kith_status status = read_names(path, &names_memory, &names, &count, &problem);
    if (status != KITH_OK) {
        status = w->visit(w->context, path, info, &problem);
        count = 0;
    }
    for (uint32_t i = 0; i < count && status == KITH_OK; i++) {
        const char *child = arena_printf(&names_memory, "%s%s%s", path, separator, names[i]);
        status = child ? visit_entry(w, child, depth + 1) : KITH_ERR_NO_MEMORY;
    }
    arena_done(&names_memory);
    return status;
}

static kith_status visit_directory(const directory_visitor *w, const char *path,
                                   const file_info *info, unsigned depth)
{
    kith_error problem;
    bool enter = true;
    if (depth == WALK_MAX_DEPTH) {
        (void)fail(&problem, KITH_ERR_LIMIT, "'%s' is deeper than %d directories", path,
                   WALK_MAX_DEPTH);
        return w->visit(w->context, path, info, &problem);
    }
    kith_status status = w->enter ? w->enter(w->context, path, &enter) : KITH_OK;
    if (status != KITH_OK || !enter) return status;
    status = visit_names(w, path, info, depth);
    if (w->leave) w->leave(w->context);
    return status;
}

static kith_status visit_entry(const directory_visitor *w, const char *path, unsigned depth)
{
    kith_error problem;
    file_info info = {.kind = FILE_OTHER};
    if (file_stat(path, &info, &problem) != KITH_OK)
        return w->visit(w->context, path, &info, &problem);
    if (info.kind == FILE_DIRECTORY) return visit_directory(w, path, &info, depth);
    return w->visit(w->context, path, &info, NULL);
}

kith_status directory_walk(const char *path, const directory_visitor *visitor, kith_error *err)
{
    file_info info;
    kith_status status = file_stat(path, &info, err);
    if (status != KITH_OK) return status;
    if (info.kind != FILE_DIRECTORY) return visitor->visit(visitor->context, path, &info, NULL);
    // An unreadable directory is an error at the top only: below it is visited with a problem.
    DIR *readable = opendir(path);
    if (!readable)
        return fail(err, status_of_errno(errno), "cannot open '%s': %s", path, strerror(errno));
    (void)closedir(readable);
    return visit_directory(visitor, path, &info, 0);
}

enum { REMOVE_MAX_DEPTH = 2 };

static bool remove_entry(const file_ops *ops, const char *path, unsigned depth);

/* Recurses through remove_entry. Names that are removed meanwhile, or come, are no concern: the
 * directory is removed only when it is empty. */
static void remove_entries(const file_ops *ops, const char *path, unsigned depth)
{
    DIR *directory = opendir(path);
    const struct dirent *entry = NULL;
    while (directory && (entry = readdir(directory))) {
        char child[PATH_MAX];
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
        int length = snprintf(child, sizeof child, "%s/%s", path, entry->d_name);
        if (length > 0 && (size_t)length < sizeof child) (void)remove_entry(ops, child, depth + 1);
    }
    if (directory) (void)closedir(directory);
}

/* False when it is still there. */
static bool remove_entry(const file_ops *ops, const char *path, unsigned depth)
{
    file_info info = {0};
    kith_status status = file_stat(path, &info, NULL);
    if (status != KITH_OK) return status == KITH_ERR_NOT_FOUND;
    if (info.kind != FILE_DIRECTORY) return ops->unlink(path) == 0;
    if (depth <= REMOVE_MAX_DEPTH) remove_entries(ops, path, depth);
    return ops->rmdir(path) == 0;
}

kith_status directory_remove(const file_ops *ops, const char *path, kith_error *err)
{
    if (remove_entry(ops, path, 0)) return KITH_OK;
    return fail(err, KITH_ERR_IO, "cannot remove all of '%s': %s", path, strerror(errno));
}
