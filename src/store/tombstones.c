/* tombstones.c - what remains of a deleted point, for as long as an index may still hold it.
 *
 * Why they exist. A derived index follows the store by its change feed (change_feed.c): it knows
 * the sequence that it is at, and asks what changed since. A point that was put or replaced
 * is found by the sequence in its row. A deleted point has no row any more, so without a trace of
 * the deletion the index would keep it, and find it, for ever. points.c therefore writes a
 * tombstone (collection, sequence of the deletion, row number) in the transaction that deletes the
 * row. Row numbers are never used twice, so a tombstone can only ever mean that one point, and no
 * row number is in `points` and in `tombstones` at once.
 *
 * Who may drop them, and when. Tombstones up to sequence S may be dropped once every index that
 * will ever ask again asks from S or later. A collection has one such reader, its derived index,
 * and what counts is its file and not the index in memory: after a crash the index starts from the
 * file. So db/upkeep_save.c calls store_drop_tombstones(S) only after a file that is at S was written,
 * synced and renamed. If the process dies between the rename and the drop, tombstones stay that
 * nobody needs; the next save drops them too. In the other order a crash would leave a file that
 * must ask for tombstones that no longer exist.
 *
 * An index that is older than the dropped ones exists all the same: a backup of `derived/` was put
 * back, or a directory was copied while it was in use. The store cannot tell such an index what it
 * missed, and must not let it believe that it missed nothing. So the drop leaves a mark, the
 * tombstone (collection, M, row 0), which stands for all that were dropped: M is the sequence of the
 * newest of them, or S where one of them is damaged. A feed from A in 0 < A < M meets the mark first, and fails with
 * KITH_ERR_NOT_FOUND before anything is visited; the index then starts over from 0. A feed from 0 is
 * always possible, since an index that holds nothing has nothing to delete, and it passes over the
 * mark. A feed from A >= M does not see the mark, nor does it need what the mark stands for. Such a
 * reader need not be an old one: other processes hold indexes of what they have seen so far, and a
 * mark at S, above the last deletion, would have them read a collection anew to which points were
 * only added. Where nothing was deleted since the last drop, there is nothing to write.
 *
 * Why the mark is met first: the drop deletes every tombstone up to S >= M, older marks included,
 * before it inserts (M, 0); the feed is ordered by (sequence, row), and 0 sorts before every row
 * number. Two drops may arrive in the wrong order, S after T with S < T, since they are sent outside
 * of the index's lock. The later one finds at most the mark of the other, and leaves it. A kith from
 * before the mark took it for the deletion of row 0, which no index holds; those that put it at S
 * have left higher ones than were needed, which are as good. What a walk in several calls makes of a
 * mark: change_feed.c. */
#include "store/checksum.h"
#include "store/store_internal.h"

#include <inttypes.h>

static uint64_t checksum_of(const tombstone_row *t)
{
    uint64_t numbers[] = {t->collection, t->sequence, t->row};
    return row_checksum(ROW_TOMBSTONE, numbers, 3, NULL, 0);
}

kith_status tombstone_read(const query *q, tombstone_row *out, kith_error *err)
{
    enum { COLLECTION, SEQUENCE, ROW, CHECKSUM }; /* TOMBSTONE_COLUMNS */
    tombstone_row t = {query_u64(q, COLLECTION), query_u64(q, SEQUENCE), query_u64(q, ROW)};
    *out = t;
    if (checksum_of(&t) != query_u64(q, CHECKSUM))
        return fail(err, KITH_ERR_CORRUPT,
                    "kith.db: tombstones: row %" PRIu64 " of collection %" PRIu64
                    " fails its checksum",
                    t.row, t.collection);
    return KITH_OK;
}

static void bind(query *q, const tombstone_row *t)
{
    query_bind_u64(q, t->collection);
    query_bind_u64(q, t->sequence);
    query_bind_u64(q, t->row);
    query_bind_u64(q, checksum_of(t));
}

kith_status tombstones_insert(writing *w, const store_collection *c, const uint64_t *rows,
                              uint32_t count, kith_error *err)
{
    kith_status status = KITH_OK;
    uint32_t taken = 0;
    for (uint32_t i = 0; status == KITH_OK && i < count; i += taken) {
        query q =
            query_begin(w->connection, statement_for_rows(TOMBSTONE_INSERT, count - i, &taken));
        for (uint32_t j = 0; j < taken; j++)
            bind(&q, &(tombstone_row){c->id, c->sequence, rows[i + j]});
        status = query_run(&q, err);
    }
    return status;
}

kith_status tombstones_least_row(connection *c, uint64_t collection, uint64_t sequence,
                                 uint64_t *row, kith_error *err)
{
    query q = query_begin(c, TOMBSTONE_LEAST_ROW);
    query_bind_u64(&q, collection);
    query_bind_u64(&q, sequence);
    *row = UINT64_MAX;
    if (query_next(&q) && query_u64(&q, 0) > 0) *row = query_u64(&q, 1);
    return query_end(&q, KITH_OK, err);
}

typedef struct drop_job {
    uint64_t collection, sequence;
} drop_job;

/* The newest tombstone that is to be dropped, if there is any. All of them are read: a damaged one may be any change's, and the
 * newest for all that its sequence says. So where there is one, the mark goes as high as the drop. */
static kith_status read_newest(connection *c, const drop_job *job, tombstone_row *out,
                               bool *is_found, kith_error *err)
{
    query q = query_begin(c, TOMBSTONE_OLD);
    bool is_damaged = false;
    query_bind_u64(&q, job->collection);
    query_bind_u64(&q, job->sequence);
    *is_found = false;
    while (!is_damaged && query_next(&q)) {
        tombstone_row t;
        is_damaged = tombstone_read(&q, &t, NULL) != KITH_OK;
        if (!*is_found) *out = t;
        *is_found = true;
    }
    if (is_damaged) *out = (tombstone_row){job->collection, job->sequence, UINT64_MAX};
    return query_end(&q, KITH_OK, err);
}

/* No change of the collection: what a search finds is the same before and after. */
static kith_status drop_work(writing *w, void *context, kith_error *err)
{
    const drop_job *job = context;
    store_collection c = {0};
    kith_status status = collection_read(w->connection, job->collection, &w->arena, &c, err);
    tombstone_row newest = {0};
    bool is_found = false;
    if (status == KITH_OK) status = read_newest(w->connection, job, &newest, &is_found, err);
    if (status != KITH_OK || !is_found || newest.row == DROPPED_MARK_ROW) return status;
    query q = query_begin(w->connection, TOMBSTONE_DELETE_OLD);
    query_bind_u64(&q, job->collection);
    query_bind_u64(&q, job->sequence);
    status = query_run(&q, err);
    if (status != KITH_OK) return status;
    q = query_begin(w->connection, TOMBSTONE_INSERT);
    bind(&q, &(tombstone_row){job->collection, newest.sequence, DROPPED_MARK_ROW});
    return query_run(&q, err);
}

kith_status store_drop_tombstones(store *s, uint64_t collection, uint64_t sequence, kith_error *err)
{
    drop_job job = {collection, sequence};
    return writer_try(s->writer, drop_work, &job, err);
}
