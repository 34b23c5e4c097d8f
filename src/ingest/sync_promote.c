/* sync_promote.c - at the end of every run, whole or partial, no noted duplicate is left whose
 * original is no source with its content any more.
 *
 * Which duplicates those are is a question to the store, whose answer is right only when all that
 * this run found is in it: everything is settled first. A whole run asks for every such note, and so
 * also mends what an earlier run was stopped before. A partial run (kith watch, a few files) must not
 * cost as much as the collection is large. A duplicate can only lose its original when a source loses
 * its content, and each place where one does calls sync_lose_content: for a file that changed, and
 * for a source whose documents moved to another path. (A missing source that is deleted has no
 * duplicate left: it was offered to each of them.) So the partial run asks for the duplicates of
 * those contents. Syncing them may take away more contents, which are appended to the list while it
 * is walked; each file of a run changes once, so the list ends. */
#include "ingest/sync_run.h"

/* *out: the note's original is a source with the note's content. */
static kith_status has_original(sync_run *s, const store_file *note, bool *out)
{
    store_source original = {0};
    kith_status status =
        store_get_source(s->store, s->collection, note->original, &s->memory, &original, s->err);
    *out = status == KITH_OK && view_equal(original.hash, note->hash);
    return status == KITH_ERR_NOT_FOUND ? KITH_OK : status;
}

static kith_status promote_duplicates_of(sync_run *s, view hash)
{
    store_file *duplicates = NULL;
    uint32_t count = 0;
    kith_status status = store_list_duplicates(s->store, s->collection, hash, &s->memory,
                                               &duplicates, &count, s->err);
    for (uint32_t i = 0; i < count && status == KITH_OK; i++) {
        bool is_settled = false;
        status = has_original(s, &duplicates[i], &is_settled);
        if (status == KITH_OK && !is_settled) status = sync_unvisited_file(s, duplicates[i].path);
    }
    return status == KITH_OK ? sync_settle(s) : status;
}

static kith_status promote_all(sync_run *s)
{
    store_file *orphans = NULL;
    uint32_t count = 0;
    kith_status status =
        store_list_orphans(s->store, s->collection, &s->memory, &orphans, &count, s->err);
    for (uint32_t i = 0; i < count && status == KITH_OK; i++)
        status = sync_unvisited_file(s, orphans[i].path);
    return status == KITH_OK ? sync_settle(s) : status;
}

kith_status sync_promote_duplicates(sync_run *s)
{
    kith_status status = sync_settle(s);
    if (status != KITH_OK || !s->notes.store) return status;
    if (!s->scope->is_partial) return promote_all(s);
    for (uint32_t i = 0; i < s->lost_count && status == KITH_OK; i++)
        status = promote_duplicates_of(s, s->lost[i]);
    return status;
}
