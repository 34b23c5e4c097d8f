/* sync_run.c - the state of one sync: birth, death, and what must hold of it between two files. */
#include "ingest/sync_run.h"

#include "base/path.h"
#include "base/size.h"
#include "db/database.h"

#include <stdlib.h>

/* The settings that shape chunks, behind the pipeline's version (the 1). Files hashed with other
 * settings are not "unchanged": their chunks would be different. */
static view settings_text(const ingest_run *in, arena *a)
{
    const kith_chunk_options *c = &in->prepare.chunk;
    return view_of(arena_printf(a, "1 %d %u %d %u", (int)c->unit, c->chunk_size, c->overlap,
                                in->prepare.min_characters));
}

void sync_run_free(sync_run *s)
{
    file_list_done(&s->found);
    file_list_done(&s->deferred);
    file_list_done(&s->content_owners);
    free(s->blocked);
    map_free(s->seen);
    map_free(s->stored_by_content);
    free(s->missing);
    map_free(s->missing_by_content);
    free(s->lost);
    map_free(s->lost_hashes);
    arena_done(&s->waiting_memory);
    map_free(s->namer.assigned);
    file_notes_done(&s->notes);
    buffer_done(&s->content);
    fork_servers_free(s->servers);
    arena_done(&s->memory);
    free(s);
}

kith_status sync_run_new(ingest_run *in, const sync_scope *scope, sync_run **out, kith_error *err)
{
    sync_run *s = calloc(1, sizeof *s);
    if (!s) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for an ingestion");
    s->in = in;
    s->scope = scope;
    s->err = err;
    if (in->collection) {
        s->store = database_store(collection_database(in->collection));
        s->collection = collection_id(in->collection);
    }
    s->namer = (document_namer){s->store, s->collection, map_new()};
    s->seen = map_new();
    s->stored_by_content = map_new();
    s->missing_by_content = map_new();
    s->lost_hashes = map_new();
    s->servers = fork_servers_new();
    file_notes_init(&s->notes, in->options->dry_run ? NULL : s->store, s->collection,
                    in->limits.file_notes);
    arena_init(&s->memory, (size_t)4 << 30);
    arena_init(&s->waiting_memory, 0);
    buffer_init(&s->content, (size_t)KITH_DOCUMENT_MAX_BYTES + 1);
    s->settings = settings_text(in, &s->memory);
    if (!s->seen || !s->stored_by_content || !s->missing_by_content || !s->lost_hashes ||
        !s->namer.assigned || !s->settings.data || !s->servers) {
        sync_run_free(s);
        return fail(err, KITH_ERR_NO_MEMORY, "out of memory for an ingestion");
    }
    *out = s;
    return KITH_OK;
}

view content_key(view hash, view path, arena *a)
{
    const char *text = arena_printf(a, "%.*s", VIEW_ARG(path));
    const char *key = text ? arena_printf(a, "%.*s%s", VIEW_ARG(hash), path_extension(text)) : NULL;
    return view_of(key);
}

kith_status sync_lose_content(sync_run *s, view hash)
{
    uint64_t ignored;
    if (!s->scope->is_partial || map_get(s->lost_hashes, hash, &ignored)) return KITH_OK;
    if (s->lost_count == s->lost_capacity) {
        uint32_t capacity = s->lost_capacity ? s->lost_capacity * 2 : 64;
        view *grown = heap_grow_array(s->lost, capacity, sizeof *grown);
        if (!grown) return fail(s->err, KITH_ERR_NO_MEMORY, "out of memory for lost contents");
        s->lost = grown;
        s->lost_capacity = capacity;
    }
    view copy = arena_copy(&s->memory, hash);
    kith_status status = copy.data ? map_put(s->lost_hashes, copy, 1) : KITH_ERR_NO_MEMORY;
    if (status != KITH_OK) return fail(s->err, status, "out of memory for lost contents");
    s->lost[s->lost_count++] = copy;
    return KITH_OK;
}

/* ---- invariants ---- */

static bool is_seen(const sync_run *s, view path)
{
    uint64_t ignored;
    return map_get(s->seen, path, &ignored);
}

/* Every index in a map by content is within its list, and the entry has the extension in the
 * key. */
static const char *check_contents(const sync_run *s)
{
    size_t cursor = 0;
    view key;
    uint64_t i;
    while (map_next(s->stored_by_content, &cursor, &key, &i)) {
        if (i >= s->content_owners.count) return "stored_by_content points past content_owners";
        view extension = view_of(path_extension(s->content_owners.files[i].path));
        if (key.size < extension.size ||
            !view_equal(view_slice(key, key.size - extension.size, key.size), extension))
            return "a content's owner has another extension than its key";
    }
    cursor = 0;
    while (map_next(s->missing_by_content, &cursor, &key, &i)) {
        if (i >= s->missing_count) return "missing_by_content points past the missing sources";
        if (!view_starts_with(key, s->missing[i].hash))
            return "a missing source has another hash than its key";
    }
    return NULL;
}

const char *sync_run_check(const sync_run *s)
{
    for (size_t i = 0; i < s->found.count; i++)
        if (!is_seen(s, view_of(s->found.files[i].path))) return "a found file has no state";
    for (size_t i = 0; i < s->deferred.count; i++)
        if (!is_seen(s, view_of(s->deferred.files[i].path))) return "a deferred file has no state";
    for (size_t i = 0; i < s->content_owners.count; i++)
        if (!is_seen(s, view_of(s->content_owners.files[i].path)))
            return "the owner of a content has no state";
    for (uint32_t i = 0; i < s->missing_count; i++)
        if (!is_seen(s, s->missing[i].path)) return "a missing source has no state";
    if (map_count(s->missing_by_content) > s->missing_count)
        return "more contents are missing than sources";
    if (map_count(s->stored_by_content) > s->content_owners.count)
        return "more contents are stored than have owners";
    if (s->notes.count >= s->notes.group) return "a full group of notes was not flushed";
    if (s->waiting_count >= s->notes.group) return "a full list of duplicates was not settled";
    if (map_count(s->lost_hashes) != s->lost_count) return "a lost content is listed twice";
    return check_contents(s);
}
