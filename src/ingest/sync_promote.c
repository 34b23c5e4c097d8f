/* sync_promote.c - duplicates whose original no longer has the content become documents of their
 * own.
 *
 * Which duplicates those are is a question to the store, whose answer is right only when this run's
 * own notes and sources are in it: the notes are flushed here, the group was by the phase before. A
 * whole run asks for every note of a duplicate whose hash no source has, and so also mends what an
 * earlier run was stopped before. A partial run (kith watch, a few files) must not cost as much as
 * the collection is large, and asks only for the hashes that its own files had before. */
#include "ingest/sync_run.h"

static kith_status sync_all(sync_run *s, const store_file *files, uint32_t count)
{
    kith_status status = KITH_OK;
    for (uint32_t i = 0; i < count && status == KITH_OK; i++)
        status = sync_unvisited_file(s, files[i].path);
    return status;
}

/* store_source_match. */
static bool is_any(void *context, view path)
{
    (void)context;
    (void)path;
    return true;
}

/* The duplicates of contents that files of this run had before, unless another source has them. */
static kith_status promote_replaced(sync_run *s)
{
    kith_status status = KITH_OK;
    size_t cursor = 0;
    view hash;
    uint64_t ignored;
    while (status == KITH_OK && map_next(s->hashes_replaced, &cursor, &hash, &ignored)) {
        store_file *duplicates = NULL;
        store_source other;
        uint32_t count = 0;
        status = store_find_source(s->store, s->collection, hash, &s->memory, is_any, NULL, &other,
                                   s->err);
        if (status != KITH_ERR_NOT_FOUND)
            continue; // KITH_OK: another source has it; else a failure
        status = store_list_duplicates(s->store, s->collection, hash, &s->memory, &duplicates,
                                       &count, s->err);
        if (status == KITH_OK) status = sync_all(s, duplicates, count);
    }
    return status;
}

kith_status sync_promote_duplicates(sync_run *s)
{
    store_file *orphans = NULL;
    uint32_t count = 0;
    if (!s->notes.store) return KITH_OK;
    kith_status status = file_notes_flush(&s->notes, s->err);
    if (status == KITH_OK && s->scope->is_partial)
        status = promote_replaced(s);
    else if (status == KITH_OK)
        status = store_list_orphans(s->store, s->collection, &s->memory, &orphans, &count, s->err);
    if (status == KITH_OK) status = sync_all(s, orphans, count);
    return status == KITH_OK ? ingest_flush(s->in, s->err) : status;
}
