/* sync_settle.c - nothing is reported before it is on disk, duplicates included.
 *
 * That a file is a duplicate promises that its content is stored under another path. When the file
 * is compared this need not be so yet: the other file may wait in the group, where storing it can
 * still fail, and the duplicate's own note is not written. So the duplicate waits, with what the
 * store has of its path, until
 *
 *   1 the group is stored, and each of its files has succeeded or failed;
 *   2 its original still has the content. A file that failed, or turned out to have changed itself
 *     (two files that swapped their contents), does not: then the duplicate is compared again, and
 *     becomes a document, fails with a reason of its own, or waits for another original;
 *   3 the documents that its path had before are deleted, and the notes of all that passed 2 are
 *     written in one transaction.
 *
 * Then they are reported. A kill before 3 leaves a path as it was, or without documents and note,
 * which the next run finds as a new path.
 *
 * Files that are compared again are stored one by one, so that the first copy of a file that failed
 * which succeeds is the original of the copies after it, and each is read once more and not once
 * more for every copy before it. */
#include "ingest/sync_run.h"

/* True while the original is a source with the duplicate's content, which the group's outcome and
 * the comparisons since cannot change any more. */
static bool has_original(sync_run *s, const waiting_duplicate *d)
{
    uint64_t owner = 0, state = 0;
    view key = content_key(d->hash, view_of(d->file.path), &s->waiting_memory);
    if (key.data && map_get(s->stored_by_content, key, &owner) &&
        view_equal(view_of(s->content_owners.files[owner].path), d->original))
        return true;
    return !map_get(s->seen, d->original, &state) ||
           (state != SEEN_CHANGED && state != SEEN_MISSING);
}

static kith_status store_duplicate(sync_run *s, const waiting_duplicate *d)
{
    const store_file n = sync_duplicate_note(&d->file, d->original, d->hash);
    kith_status status = KITH_OK;
    if (d->is_known) status = collection_delete_source(s->in->collection, n.path, s->err);
    if (status != KITH_OK) return status;
    status = map_put(s->seen, n.path, SEEN_PROCESSED);
    if (status != KITH_OK) return fail(s->err, status, "out of memory for the list of files");
    return file_notes_add(&s->notes, &n, s->err);
}

/* Reports all of them, also when on_event asks to stop meanwhile: they are stored. */
static kith_status report_all(sync_run *s, const waiting_duplicate *list, uint32_t count)
{
    kith_status status = KITH_OK;
    for (uint32_t i = 0; i < count; i++) {
        ingest_result result = {.outcome = KITH_DUPLICATE,
                                .label = list[i].file.path,
                                .other = list[i].original.data,
                                .bytes = list[i].bytes};
        kith_status reported = ingest_report(s->in, &result, s->err);
        if (status == KITH_OK) status = reported;
    }
    return status;
}

/* Settles what waits now; files that are compared again may wait for another round. There is one
 * only if a file was stored or failed in this round, so the rounds come to an end. */
static kith_status settle_waiting(sync_run *s)
{
    uint32_t count = s->waiting_count, settled = 0;
    waiting_duplicate *list = arena_new_array(&s->waiting_memory, waiting_duplicate, count);
    if (!list) return fail(s->err, KITH_ERR_NO_MEMORY, "out of memory for duplicates");
    memcpy(list, s->waiting, count * sizeof *list);
    s->waiting_count = 0;
    kith_status status = KITH_OK;
    for (uint32_t i = 0; i < count && status == KITH_OK; i++) {
        const waiting_duplicate d = list[i];
        if (has_original(s, &d)) {
            list[settled++] = d;
            continue;
        }
        status = sync_compare_file(s, &d.file, false);
        if (status == KITH_OK) status = ingest_flush(s->in, s->err);
    }
    for (uint32_t i = 0; i < settled && status == KITH_OK; i++)
        status = store_duplicate(s, &list[i]);
    if (status == KITH_OK) status = file_notes_flush(&s->notes, s->err);
    return status == KITH_OK ? report_all(s, list, settled) : status;
}

kith_status sync_settle(sync_run *s)
{
    kith_status status = ingest_flush(s->in, s->err);
    while (status == KITH_OK && s->waiting_count > 0)
        status = settle_waiting(s);
    if (status != KITH_OK) return status;
    arena_reset(&s->waiting_memory);
    return file_notes_flush(&s->notes, s->err);
}

static kith_status process(sync_run *s, const found_file *file, bool may_defer)
{
    kith_status status = sync_compare_file(s, file, may_defer);
    return status == KITH_OK && s->waiting_count == s->notes.group ? sync_settle(s) : status;
}

kith_status sync_file(sync_run *s, const found_file *file)
{
    return process(s, file, true);
}

kith_status sync_deferred_file(sync_run *s, const found_file *file)
{
    return process(s, file, false);
}

kith_status sync_unvisited_file(sync_run *s, view path)
{
    found_file file = {arena_copy(&s->memory, path).data, {0}};
    uint64_t state = 0;
    if (!file.path) return fail(s->err, KITH_ERR_NO_MEMORY, "out of memory for a path");
    if (map_get(s->seen, path, &state) && state == SEEN_CHANGED) return KITH_OK;
    kith_status found = file_stat(file.path, &file.info, NULL);
    if (found != KITH_OK && found != KITH_ERR_NOT_FOUND) return KITH_OK;
    if (found == KITH_ERR_NOT_FOUND || file.info.kind != FILE_REGULAR) {
        const store_file n = {.path = path, .state = STORE_FILE_FORGOTTEN};
        return file_notes_add(&s->notes, &n, s->err);
    }
    s->in->total++;
    s->in->bytes_total += file.info.bytes;
    forecast_expect(&s->in->forecast, file.path, file.info.bytes);
    return sync_deferred_file(s, &file);
}
