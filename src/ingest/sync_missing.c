/* sync_missing.c - sources and notes whose file the walk did not meet: found by asking the store
 * for everything below the starts and leaving out what was seen or could not be looked at. */
#include "base/path.h"
#include "base/size.h"
#include "ingest/sync_run.h"

#include <stdlib.h>

static bool is_blocked(const sync_run *s, view path)
{
    for (size_t i = 0; i < s->blocked_count; i++)
        if (path_is_below(path, s->blocked[i])) return true;
    return false;
}

static bool has_vanished(const sync_run *s, view path)
{
    uint64_t state = SEEN_MISSING;
    return (!map_get(s->seen, path, &state) || state == SEEN_MISSING) && !is_blocked(s, path);
}

/* store_source_visit. */
static kith_status add_missing(void *context, const store_source *source)
{
    sync_run *s = context;
    uint64_t ignored;
    // In a partial run one start may lie below another, and its sources are then visited twice.
    bool is_seen = map_get(s->seen, source->path, &ignored);
    if (is_seen || !has_vanished(s, source->path)) return KITH_OK;
    if (s->missing_count == s->missing_capacity) {
        uint32_t capacity = s->missing_capacity ? s->missing_capacity * 2 : 64;
        missing_source *grown = heap_grow_array(s->missing, capacity, sizeof *grown);
        if (!grown) return fail(s->err, KITH_ERR_NO_MEMORY, "out of memory for what is gone");
        s->missing = grown;
        s->missing_capacity = capacity;
    }
    missing_source missing = {.path = arena_copy(&s->memory, source->path),
                              .hash = arena_copy(&s->memory, source->hash)};
    view key = content_key(missing.hash, missing.path, &s->memory);
    kith_status status =
        key.data ? map_put(s->missing_by_content, key, s->missing_count) : KITH_ERR_NO_MEMORY;
    if (status == KITH_OK) status = map_put(s->seen, missing.path, SEEN_MISSING);
    if (status != KITH_OK) return fail(s->err, status, "out of memory for what is gone");
    s->missing[s->missing_count++] = missing;
    return KITH_OK;
}

kith_status sync_find_missing(sync_run *s)
{
    kith_status status = KITH_OK;
    for (size_t i = 0; s->store && i < s->scope->start_count && status == KITH_OK; i++)
        status = store_visit_sources(s->store, s->collection, view_of(s->scope->starts[i]),
                                     add_missing, s, s->err);
    DCHECK(status != KITH_OK || !sync_run_check(s));
    return status;
}

/* Syncs the noted duplicates of the missing content, until one takes it over. */
static kith_status offer_to_duplicates(sync_run *s, const missing_source *missing)
{
    store_file *duplicates = NULL;
    uint32_t count = 0;
    kith_status status = store_list_duplicates(s->store, s->collection, missing->hash, &s->memory,
                                               &duplicates, &count, s->err);
    for (uint32_t i = 0; i < count && status == KITH_OK && !missing->is_moved; i++)
        status = sync_unvisited_file(s, duplicates[i].path);
    return status;
}

kith_status sync_remove_missing(sync_run *s)
{
    // The duplicates that this run found must be among those that the store lists.
    kith_status status = sync_settle(s);
    for (uint32_t i = 0; i < s->missing_count && status == KITH_OK; i++)
        if (!s->missing[i].is_moved) status = offer_to_duplicates(s, &s->missing[i]);
    // A rename that waits in the group must be stored before its former source could be deleted.
    if (status == KITH_OK) status = sync_settle(s);
    for (uint32_t i = 0; i < s->missing_count && status == KITH_OK; i++) {
        if (s->missing[i].is_moved) continue;
        if (!s->in->options->dry_run)
            status = collection_delete_source(s->in->collection, s->missing[i].path, s->err);
        if (status != KITH_OK) return status;
        s->in->total++;
        ingest_result result = {.outcome = KITH_REMOVED, .label = s->missing[i].path.data};
        status = ingest_report(s->in, &result, s->err);
    }
    return status;
}

/* ---- notes ---- */

typedef struct vanished_notes {
    sync_run *run;
    view *paths; /* [count] heap; the paths are the run's */
    size_t count, capacity;
} vanished_notes;

/* store_file_visit. The visit must not call the store, so the paths are gathered first. */
static kith_status add_vanished(void *context, const store_file *file)
{
    vanished_notes *v = context;
    sync_run *s = v->run;
    if (!has_vanished(s, file->path)) return KITH_OK;
    if (v->count == v->capacity) {
        size_t capacity = v->capacity ? v->capacity * 2 : 64;
        view *grown = heap_grow_array(v->paths, capacity, sizeof *grown);
        if (!grown) return fail(s->err, KITH_ERR_NO_MEMORY, "out of memory for what is gone");
        v->paths = grown;
        v->capacity = capacity;
    }
    v->paths[v->count] = arena_copy(&s->memory, file->path);
    if (!v->paths[v->count++].data)
        return fail(s->err, KITH_ERR_NO_MEMORY, "out of memory for what is gone");
    return KITH_OK;
}

kith_status sync_forget_missing_notes(sync_run *s)
{
    vanished_notes v = {.run = s};
    kith_status status = KITH_OK;
    for (size_t i = 0; s->notes.store && i < s->scope->start_count && status == KITH_OK; i++)
        status = store_visit_files(s->store, s->collection, view_of(s->scope->starts[i]),
                                   add_vanished, &v, s->err);
    for (size_t i = 0; i < v.count && status == KITH_OK; i++) {
        store_file n = {.path = v.paths[i], .state = STORE_FILE_FORGOTTEN};
        status = file_notes_add(&s->notes, &n, s->err);
    }
    free(v.paths);
    return status;
}
