/* folder_watch.c - a set of paths that changed, and the sync of just those.
 *
 * Each directory is watched before it is read, by the walk of the sync itself; so a change is either
 * seen by that walk or told afterwards. Changes are gathered until nothing happened for a moment,
 * since a program that saves a file does so in several steps, but not for longer than a person would
 * wait. When too much happened to be told apart, everything is looked at again.
 *
 * A rename gives both paths in one set, so that the sync sees one content go and come. */
#include "ingest/folder_watch.h"

#include "base/map.h"
#include "base/path.h"
#include "base/size.h"
#include "ingest/sync.h"
#include "os/clock.h"
#include "os/directory_watch.h"
#include "os/file.h"

#include <limits.h>
#include <stdlib.h>

enum {
    TICK_MS = 200,
    QUIET_MS = 300,          /* nothing happened for so long: it has come to rest */
    LONGEST_MS = 3000,       /* but what keeps changing is looked at now and then */
    CHANGED_PATHS_MAX = 4096 /* beyond, a walk costs no more */
};

struct folder_watch {
    watch *watch;
    char **roots;          /* [root_count] absolute */
    bool *are_directories; /* [root_count] */
    size_t root_count;
    map *changed;    /* paths; no value */
    bool everything; /* look at all roots */
    map *waiting;    /* paths, for the endpoint; no value */
    bool all_wait;   /* more of them than are told apart */
};

/* A directory is added by the walk; a file is watched through what it lies in. */
static kith_status watch_parents_of_files(folder_watch *w, kith_error *err)
{
    kith_status status = KITH_OK;
    w->are_directories = heap_new_array(w->root_count, sizeof *w->are_directories);
    if (!w->are_directories) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a watch");
    for (size_t i = 0; i < w->root_count && status == KITH_OK; i++) {
        file_info info;
        char parent[PATH_MAX];
        status = file_stat(w->roots[i], &info, err);
        w->are_directories[i] = status == KITH_OK && info.kind == FILE_DIRECTORY;
        if (status != KITH_OK || w->are_directories[i]) continue;
        size_t length = (size_t)(path_base(w->roots[i]) - w->roots[i]);
        memcpy(parent, w->roots[i], length);
        parent[length > 1 ? length - 1 : length] = '\0';
        status = watch_add(w->watch, parent, err);
    }
    return status;
}

kith_status folder_watch_open(const char *const *paths, size_t count, folder_watch **out,
                              kith_error *err)
{
    folder_watch *w = calloc(1, sizeof *w);
    if (!w) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a watch");
    w->everything = true;
    w->changed = map_new();
    w->waiting = map_new();
    kith_status status = w->changed && w->waiting
                             ? KITH_OK
                             : fail(err, KITH_ERR_NO_MEMORY, "out of memory for a watch");
    if (status == KITH_OK) status = sync_resolve(paths, count, &w->roots, err);
    if (status == KITH_OK) {
        w->root_count = count;
        status = watch_open(&w->watch, err);
    }
    if (status == KITH_OK) status = watch_parents_of_files(w, err);
    if (status == KITH_OK)
        *out = w;
    else
        folder_watch_close(w);
    return status;
}

void folder_watch_close(folder_watch *w)
{
    if (!w) return;
    watch_close(w->watch);
    sync_roots_free(w->roots, w->root_count);
    free(w->are_directories);
    map_free(w->changed);
    map_free(w->waiting);
    free(w);
}

/* ---- what changed ---- */

static kith_status keep_changed(folder_watch *w, view path)
{
    if (w->everything) return KITH_OK;
    if (map_count(w->changed) == CHANGED_PATHS_MAX) {
        w->everything = true;
        return KITH_OK;
    }
    return map_put(w->changed, path, 1);
}

/* Rules that change concern their whole directory; other hidden names nobody. */
static kith_status note_change(void *context, const char *path)
{
    folder_watch *w = context;
    char directory[PATH_MAX + NAME_MAX];
    if (!path) {
        w->everything = true;
        return KITH_OK;
    }
    for (size_t i = 0; i < w->root_count; i++) {
        if (!path_is_below(view_of(path), w->roots[i])) continue;
        const char *name = path_base(path);
        if (strcmp(name, ".gitignore") == 0 || strcmp(name, ".kithignore") == 0) {
            size_t length = (size_t)(name - path);
            if (length >= sizeof directory) return KITH_OK;
            memcpy(directory, path, length);
            directory[length > 1 ? length - 1 : length] = '\0';
            return keep_changed(w, view_of(directory));
        }
        return name[0] == '.' && strcmp(path, w->roots[i]) != 0 ? KITH_OK
                                                                : keep_changed(w, view_of(path));
    }
    return KITH_OK;
}

kith_status folder_watch_wait(folder_watch *w, int64_t until_ns, bool (*stop)(void *context),
                              void *context, kith_error *err)
{
    int64_t first_ns = 0, last_ns = 0;
    for (;;) {
        bool happened = false;
        if (stop(context)) return fail(err, KITH_ERR_CANCELLED, "stopped by the caller");
        kith_status status = watch_wait(w->watch, TICK_MS, note_change, w, &happened, err);
        if (status != KITH_OK) return status;
        int64_t now_ns = clock_monotonic_ns();
        if (until_ns && now_ns >= until_ns) return KITH_OK;
        if (!w->everything && map_count(w->changed) == 0) continue;
        if (first_ns == 0) first_ns = last_ns = now_ns;
        if (happened) last_ns = now_ns;
        if (now_ns - last_ns >= (int64_t)QUIET_MS * 1000000 ||
            now_ns - first_ns >= (int64_t)LONGEST_MS * 1000000)
            return KITH_OK;
    }
}

/* ---- what waits ---- */

static kith_status postpone(void *context, view path, kith_error *err)
{
    folder_watch *w = context;
    if (map_count(w->waiting) == CHANGED_PATHS_MAX) w->all_wait = true;
    if (w->all_wait || map_put(w->waiting, path, 1) == KITH_OK) return KITH_OK;
    return fail(err, KITH_ERR_NO_MEMORY, "out of memory for what waits");
}

size_t folder_watch_waiting(const folder_watch *w)
{
    return map_count(w->waiting);
}

kith_status folder_watch_resume(folder_watch *w, kith_error *err)
{
    size_t cursor = 0;
    view path;
    uint64_t ignored;
    kith_status status = KITH_OK;
    map *fresh = map_new();
    if (!fresh) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for what waits");
    w->everything = w->everything || w->all_wait;
    while (status == KITH_OK && map_next(w->waiting, &cursor, &path, &ignored))
        status = keep_changed(w, path);
    if (status != KITH_OK) {
        map_free(fresh);
        return fail(err, status, "out of memory for what waits");
    }
    map_free(w->waiting);
    w->waiting = fresh;
    w->all_wait = false;
    return KITH_OK;
}

/* ---- looking at it ---- */

static kith_status watch_entered(void *context, const char *path, kith_error *err)
{
    folder_watch *w = context;
    kith_status status = watch_add(w->watch, path, err);
    // It went away meanwhile: its parent tells.
    return status == KITH_ERR_NOT_FOUND ? KITH_OK : status;
}

static kith_status check_roots(const folder_watch *w, kith_error *err)
{
    file_info info;
    for (size_t i = 0; i < w->root_count; i++)
        if (w->are_directories[i] && file_stat(w->roots[i], &info, NULL) != KITH_OK)
            return fail(err, KITH_ERR_NOT_FOUND, "'%s', which is watched, is gone", w->roots[i]);
    return KITH_OK;
}

/* The set as a list; it is empty afterwards, so that what changes from now on counts anew. */
static kith_status take_changed(folder_watch *w, arena *a, const char ***out, size_t *out_count,
                                kith_error *err)
{
    size_t cursor = 0, count = 0;
    view path;
    uint64_t ignored;
    map *fresh = map_new();
    const char **starts = arena_new_array(a, const char *, map_count(w->changed));
    if (!fresh || !starts) {
        map_free(fresh);
        return fail(err, KITH_ERR_NO_MEMORY, "out of memory for what changed");
    }
    while (map_next(w->changed, &cursor, &path, &ignored))
        starts[count++] = arena_copy(a, path).data;
    map_free(w->changed);
    w->changed = fresh;
    if (a->exhausted) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for what changed");
    *out = starts;
    *out_count = count;
    return KITH_OK;
}

kith_status folder_watch_sync(folder_watch *w, ingest_run *in, kith_error *err)
{
    arena memory;
    arena_init(&memory, 0);
    const char **starts = NULL;
    size_t count = 0;
    bool everything = w->everything;
    kith_status status = check_roots(w, err);
    if (status == KITH_OK) status = take_changed(w, &memory, &starts, &count, err);
    if (status == KITH_OK) {
        w->everything = false;
        const char *const *roots = (const char *const *)w->roots;
        const sync_scope scope = {
            .roots = roots,
            .root_count = w->root_count,
            .starts = everything ? roots : (const char *const *)starts,
            .start_count = everything ? w->root_count : count,
            .may_be_gone = true,
            .is_partial = !everything,
            .entered = watch_entered,
            .postponed = postpone,
            .context = w,
        };
        status = sync_scope_run(in, &scope, err);
    }
    arena_done(&memory);
    return status;
}
