/* folder_watch.c - a set of paths that changed, and a sync of just those.
 *
 * No change is missed, because each directory is watched before it is read: the walk of the sync
 * calls watch_entered on its way into a directory. A change that happens before the directory is
 * read is seen by the reading, one that happens after it produces an event, and one in between
 * both. The set is emptied (take_changed) before the walk begins, so an event that arrives during
 * the sync counts for the next round. A file that is a root itself is watched through its parent
 * directory, since editors save by renaming a new file over the old one, and a watch on the file
 * would stay with the old one.
 *
 * When not every path can be listed, all roots are walked again (rescan_all), which is always right
 * and only slower. That is so at first; when the kernel's queue of events overflowed (watch_visit
 * is called with NULL: events were dropped, so any path may have changed); and when more than
 * CHANGED_PATHS_MAX paths changed, where a list of paths saves nothing over a walk.
 *
 * Changes are gathered until nothing has happened for QUIET_MS, since a program saves a file in
 * several steps and none but the last should be indexed, but for no longer than LONGEST_MS, so that
 * a file which is written all the time (a log) is still indexed now and then. A rename produces
 * events for both of its paths close together; they land in one set, and the sync sees a content
 * vanish from one path and appear under the other, which is what it recognises a rename by.
 *
 * When the endpoint that embeds is down, the sync reports the files that need it as failed and
 * calls postpone with their paths. They stay in `postponed` until the caller has found that the
 * endpoint answers and calls folder_watch_resume, which moves them to `changed`. Meanwhile other
 * changes are synced as usual: deletions, renames and duplicates need no embedding. */
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
    QUIET_MS = 300,          /* the changes have come to rest when nothing happened for so long */
    LONGEST_MS = 3000,       /* from the first change to the sync, at rest or not */
    CHANGED_PATHS_MAX = 4096 /* of `changed` and of `postponed`; beyond, a walk costs no more */
};

struct folder_watch {
    watch *watch;
    char **roots;          /* [root_count] absolute */
    bool *are_directories; /* [root_count] */
    size_t root_count;
    map *changed;             /* paths to sync; the values say nothing */
    bool rescan_all;          /* sync all roots, whatever `changed` has */
    map *postponed;           /* paths to sync once the endpoint answers */
    bool postponed_overflows; /* there are more: then all roots are to be synced */
};

/* Roots that are directories are watched by the walk, when it enters them. */
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
    w->rescan_all = true;
    w->changed = map_new();
    w->postponed = map_new();
    kith_status status = w->changed && w->postponed
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
    map_free(w->postponed);
    free(w);
}

/* ---- what changed ---- */

static kith_status add_changed(folder_watch *w, view path)
{
    if (w->rescan_all) return KITH_OK;
    CHECK(map_count(w->changed) <= CHANGED_PATHS_MAX);
    if (map_count(w->changed) == CHANGED_PATHS_MAX) {
        w->rescan_all = true;
        return KITH_OK;
    }
    return map_put(w->changed, path, 1);
}

/* watch_visit. A changed ignore file can change the verdict on anything in its directory, so that
 * the directory counts as changed. Other hidden names below a root are never documents. */
static kith_status note_change(void *context, const char *path)
{
    folder_watch *w = context;
    char directory[PATH_MAX + NAME_MAX];
    if (!path) {
        w->rescan_all = true;
        return KITH_OK;
    }
    const char *root = path_root_of((const char *const *)w->roots, w->root_count, view_of(path));
    if (!root) return KITH_OK;
    const char *name = path_base(path);
    if (strcmp(name, ".gitignore") == 0 || strcmp(name, ".kithignore") == 0) {
        size_t length = (size_t)(name - path);
        if (length >= sizeof directory) return KITH_OK;
        memcpy(directory, path, length);
        directory[length > 1 ? length - 1 : length] = '\0';
        return add_changed(w, view_of(directory));
    }
    return name[0] == '.' && strcmp(path, root) != 0 ? KITH_OK : add_changed(w, view_of(path));
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
        if (!w->rescan_all && map_count(w->changed) == 0) continue;
        if (first_ns == 0) first_ns = last_ns = now_ns;
        if (happened) last_ns = now_ns;
        if (now_ns - last_ns >= (int64_t)QUIET_MS * 1000000 ||
            now_ns - first_ns >= (int64_t)LONGEST_MS * 1000000)
            return KITH_OK;
    }
}

/* ---- postponed by an outage ---- */

static kith_status postpone(void *context, view path, kith_error *err)
{
    folder_watch *w = context;
    if (map_count(w->postponed) == CHANGED_PATHS_MAX) w->postponed_overflows = true;
    if (w->postponed_overflows || map_put(w->postponed, path, 1) == KITH_OK) return KITH_OK;
    return fail(err, KITH_ERR_NO_MEMORY, "out of memory for what waits");
}

size_t folder_watch_waiting(const folder_watch *w)
{
    return map_count(w->postponed);
}

kith_status folder_watch_resume(folder_watch *w, kith_error *err)
{
    size_t cursor = 0;
    view path;
    uint64_t ignored;
    kith_status status = KITH_OK;
    map *fresh = map_new();
    if (!fresh) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for what waits");
    w->rescan_all = w->rescan_all || w->postponed_overflows;
    while (status == KITH_OK && map_next(w->postponed, &cursor, &path, &ignored))
        status = add_changed(w, path);
    if (status != KITH_OK) {
        map_free(fresh);
        return fail(err, status, "out of memory for what waits");
    }
    map_free(w->postponed);
    w->postponed = fresh;
    w->postponed_overflows = false;
    return KITH_OK;
}

/* ---- the sync ---- */

static kith_status watch_entered(void *context, const char *path, kith_error *err)
{
    folder_watch *w = context;
    kith_status status = watch_add(w->watch, path, err);
    // It was removed meanwhile, of which its parent directory's watch has an event.
    return status == KITH_ERR_NOT_FOUND ? KITH_OK : status;
}

/* A root directory that is missing is more likely an unmounted disk than a deletion. */
static kith_status check_roots(const folder_watch *w, kith_error *err)
{
    file_info info;
    for (size_t i = 0; i < w->root_count; i++)
        if (w->are_directories[i] && file_stat(w->roots[i], &info, NULL) != KITH_OK)
            return fail(err, KITH_ERR_NOT_FOUND, "'%s', which is watched, is gone", w->roots[i]);
    return KITH_OK;
}

/* Moves the set of changed paths to a list in `a`, and leaves the set empty: what changes from now
 * on belongs to the next sync. */
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
    CHECK(count == map_count(w->changed));
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
    bool rescan_all = w->rescan_all;
    kith_status status = check_roots(w, err);
    if (status == KITH_OK) status = take_changed(w, &memory, &starts, &count, err);
    if (status == KITH_OK) {
        w->rescan_all = false;
        const char *const *roots = (const char *const *)w->roots;
        const sync_scope scope = {
            .roots = roots,
            .root_count = w->root_count,
            .starts = rescan_all ? roots : (const char *const *)starts,
            .start_count = rescan_all ? w->root_count : count,
            .may_be_missing = true,
            .is_partial = !rescan_all,
            .entered = watch_entered,
            .postponed = postpone,
            .context = w,
        };
        status = sync_scope_run(in, &scope, err);
        // Whoever tries again misses nothing: at once, or once there is room.
        if (status == KITH_ERR_BUSY) w->rescan_all = true;
        if (status == KITH_ERR_FULL) w->postponed_overflows = true;
    }
    arena_done(&memory);
    return status;
}
