/* commit.c - several writes as one change, if nothing that they rest on has changed.
 *
 * Who reads points, decides, and writes, can be overtaken between the two. So a commit names the
 * change that the collection was at when reading began, and the keys that were read. In the job
 * that writes, where nobody overtakes, each key is looked at again:
 *
 *   a point that is there    has changed when the sequence in its row is a later one;
 *   one that is not there    was not there either, or was deleted since. Tombstones have no keys,
 *                            so any deletion since counts: a commit may be refused for another
 *                            point's deletion, and whoever repeats it loses nothing but time.
 *
 * Tombstones are dropped once the index's file has seen them; the mark that is left (tombstones.c)
 * says up to which change. When it is later than the change that is named, nobody can tell any more
 * what was deleted: the commit is stale.
 *
 * A deletion by a condition deletes what matches when it is committed, whatever was read before: the
 * points that its caller has found to match in an earlier state are asked again, and those that have
 * changed since are asked too (points_delete_matching). So condition and effect are of one state,
 * and nothing is scanned while others wait.
 *
 * All operations are of one change, in their order. A point that one adds and the next deletes
 * leaves a tombstone of a row that no index has seen, over which the applier passes. */
#include "store/store_internal.h"

typedef struct commit_job {
    uint64_t collection;
    store_commit *commit;
} commit_job;

/* What was deleted since: none, some, or nobody knows. */
static kith_status find_deletions(writing *w, const commit_job *job, store_commit_outcome *out,
                                  kith_error *err)
{
    uint64_t row = 0;
    kith_status status =
        tombstones_least_row(w->connection, job->collection, job->commit->since, &row, err);
    if (status != KITH_OK) return status;
    *out = row == UINT64_MAX         ? STORE_COMMITTED
           : row == DROPPED_MARK_ROW ? STORE_STALE
                                     : STORE_CONFLICT;
    return KITH_OK;
}

static kith_status check_reads(writing *w, const commit_job *job, store_commit_outcome *out,
                               kith_error *err)
{
    const store_commit *commit = job->commit;
    kith_status status = KITH_OK;
    bool lacks_some = false;
    *out = STORE_COMMITTED;
    for (uint32_t i = 0; status == KITH_OK && *out == STORE_COMMITTED && i < commit->read_count;
         i++) {
        status = check_reading(commit->limit, i, 0, err);
        if (status != KITH_OK) break;
        query q = query_begin_in(w->connection, POINT_LOCATE, job->collection, commit->read[i]);
        const bool found = query_next(&q);
        if (found && query_u64(&q, LOCATED_SEQUENCE) > commit->since) *out = STORE_CONFLICT;
        status = query_end(&q, KITH_OK, err);
        if (status == KITH_OK && !found)
            status = point_verify_miss(w->connection, job->collection, commit->read[i], err);
        lacks_some = lacks_some || !found;
    }
    if (status != KITH_OK || *out != STORE_COMMITTED || !lacks_some) return status;
    return find_deletions(w, job, out, err);
}

static kith_status apply(writing *w, store_collection *c, store_operation *op,
                         const call_limit *limit, kith_error *err)
{
    uint64_t first_row = 0;
    const store_key_list list = {.keys = op->keys, .count = op->count, .limit = limit};
    if (op->deletes && op->where) return points_delete_matching(w, c, op, limit, &op->done, err);
    if (op->deletes) return points_delete_keys(w, c, &list, &op->done, err);
    const store_put put = {.how = op->how, .points = op->points, .count = op->count};
    return points_put(w, c, &put, &op->done, &first_row, err);
}

static kith_status commit_work(writing *w, void *context, kith_error *err)
{
    const commit_job *job = context;
    store_commit *commit = job->commit;
    store_collection c = {0};
    uint64_t all = 0;
    kith_status status = change_begin(w, job->collection, &c, err);
    if (status == KITH_OK && commit->since >= c.sequence)
        return fail(err, KITH_ERR_INVALID, "the collection has not come to that change yet");
    if (status == KITH_OK) status = check_reads(w, job, &commit->outcome, err);
    for (uint32_t i = 0; commit->outcome == STORE_COMMITTED && i < commit->count; i++) {
        store_operation *op = &commit->operations[i];
        op->done = 0;
        if (status == KITH_OK) status = apply(w, &c, op, commit->limit, err);
        all += op->done;
    }
    if (status != KITH_OK) return status;
    commit->sequence = all ? c.sequence : c.sequence - 1;
    if (all) return change_end(w, &c, err);
    change_cancel(w);
    return KITH_OK;
}

kith_status store_commit_operations(store *s, uint64_t collection, store_commit *commit,
                                    kith_error *err)
{
    commit_job job = {collection, commit};
    bool only_deletes = commit->count > 0;
    for (uint32_t i = 0; i < commit->count; i++) {
        const store_operation *op = &commit->operations[i];
        only_deletes = only_deletes && op->deletes;
        kith_status status =
            op->deletes ? KITH_OK : points_require_no_document(op->points, op->count, err);
        if (status != KITH_OK) return status;
    }
    if (only_deletes) return store_run_deletion(s, commit_work, &job, commit->limit, err);
    return writer_run_within(s->writer, commit_work, &job, commit->limit, err);
}
