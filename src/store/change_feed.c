/* change_feed.c - what a derived index has to catch up with: points and tombstones, merged by
 * sequence.
 *
 * The feed from A is every row whose newest change came after A: points by the sequence in their
 * row, deleted ones by their tombstone. Both queries walk an index that begins with (collection,
 * sequence), inside one snapshot, so that nothing is sorted and nothing is held but one row of
 * each. The collection's row, read first, says at which sequence the snapshot is (sequence.c).
 *
 * Each row number comes at most once, since it is either in `points`, under its newest sequence, or
 * in `tombstones`. So the order among changes of one sequence is free: those touch different rows,
 * as the new chunks of a replaced document and the tombstones of its old ones do. Here a point
 * comes before a tombstone of the same sequence.
 *
 * A rebuild is the feed from 0, not a scan by row number, although it needs no deletions. The same
 * walk then serves both, so that an index that was rebuilt and one that caught up have met each
 * live point under the same sequence, and neither can apply a change that the other would not. An
 * index inserts points in the order in which they come, which for its graph is the order of their
 * newest change. And a walk that ends early has delivered every change up to some sequence and none
 * after it, while a scan by row number would have mixed old and new. A rebuild also meets the
 * tombstones that were not dropped: deletions of rows that the index does not hold, which it
 * ignores.
 *
 * A feed from 0 delivers every live point, so their number is held against the collection's count;
 * a damaged B-tree that lost entries cannot pass for a smaller collection. A feed from A > 0 can
 * only hand that count out with the sequence: whoever applied it holds his own number against it
 * (db/catch_up.c).
 *
 * A walk in several calls. A walk of a million points in one snapshot would keep the log from
 * starting over for minutes. So it can be cut: each call reads a snapshot of its own and goes on
 * where the one before it stopped. Rows only ever move to the end of the feed: what changes between
 * two calls gets a sequence above all that was visited, as a point or as a tombstone, and comes
 * later, or once more. So when the last call has reached the end of its snapshot, every row has
 * been met in its newest state, provided that no tombstone was dropped before it was met. That is
 * what pass_dropped_mark() looks at in each call: a mark at or below what the walk has passed
 * stands for deletions that it has visited, and one from before a walk from 0 began for those of
 * rows that it cannot have met. A call ends after a sound point, never between the tombstones of
 * one change: so a mark can be compared with whole changes, and the number where the walk stopped
 * can be believed.
 *
 * A damaged row and a missing one are different. A row that fails its checksum is delivered as
 * damaged and counted: it is there, it just cannot be used, and the rest of the collection is as
 * good as before. A row that the walk does not meet, although the collection counts it, leaves
 * nothing to name, and says that the B-tree itself is broken: then anything may be missing, and the
 * walk fails. */
#include "store/store_internal.h"

#include "base/size.h"

#include <inttypes.h>
#include <stdlib.h>

typedef struct change_walk {
    query points, tombstones;
    bool has_point, has_tombstone; /* whether the query stands on a row */
    point_row point;               /* that row, borrowed until the query's next step */
    kith_error damage;             /* what is wrong with it; "": nothing */
    tombstone_row tombstone;
    float *vector; /* [dim], aligned: a blob in SQLite's memory need not be */
    size_t vector_bytes;
    uint64_t points_seen;
    uint32_t dim;
    uint64_t needless; /* tombstones up to this sequence are of rows that were never visited */
    store_feed at;     /* how far the walk has come */
    bool is_cut;       /* it ended at the limit */
} change_walk;

static kith_status next_point(change_walk *walk, kith_error *err)
{
    walk->damage = (kith_error){0};
    walk->has_point = query_next(&walk->points);
    if (!walk->has_point) return KITH_OK;
    kith_status status = point_read(&walk->points, &walk->point, &walk->damage);
    if (status == KITH_OK && !walk->point.is_waiting &&
        walk->point.vector.size != walk->vector_bytes)
        status =
            fail(&walk->damage, KITH_ERR_CORRUPT,
                 "kith.db: points: row %" PRIu64 " ('%.*s') has a vector of %zu bytes, not %zu",
                 walk->point.row, VIEW_ARG(walk->point.key), walk->point.vector.size,
                 walk->vector_bytes);
    if (status == KITH_OK || status == KITH_ERR_CORRUPT) return KITH_OK;
    if (err) *err = walk->damage;
    return status;
}

static kith_status next_tombstone(change_walk *walk, kith_error *err)
{
    while ((walk->has_tombstone = query_next(&walk->tombstones))) {
        kith_status status = tombstone_read(&walk->tombstones, &walk->tombstone, err);
        bool is_needless = walk->tombstone.sequence <= walk->needless;
        if (status != KITH_ERR_CORRUPT || !is_needless) return status;
    }
    return KITH_OK;
}

static kith_status visit_point(change_walk *walk, kith_error *err)
{
    const point_row *p = &walk->point;
    store_change change = {.sequence = p->sequence, .row = p->row, .dim = walk->dim};
    bool is_sound = !walk->damage.message[0];
    if (is_sound) {
        if (!p->is_waiting) memcpy(walk->vector, p->vector.data, walk->vector_bytes);
        change.vector = p->is_waiting ? NULL : walk->vector;
        change.metadata = p->metadata;
        change.content = p->content;
        change.key = p->key;
        change.document = p->document;
        walk->at.sequence = p->sequence;
        walk->at.row = p->row;
    } else {
        change.damage = walk->damage.message;
    }
    walk->points_seen++;
    kith_status status = walk->at.visit(walk->at.context, &change);
    if (status == KITH_OK) status = next_point(walk, err);
    walk->is_cut = is_sound && walk->at.limit != 0 && walk->points_seen >= walk->at.limit &&
                   (walk->has_point || walk->has_tombstone);
    return status;
}

static kith_status visit_tombstone(change_walk *walk, kith_error *err)
{
    store_change change = {.sequence = walk->tombstone.sequence,
                           .row = walk->tombstone.row,
                           .deleted = true,
                           .dim = walk->dim};
    kith_status status = walk->at.visit(walk->at.context, &change);
    return status == KITH_OK ? next_tombstone(walk, err) : status;
}

/* Looks at the first tombstone of the feed, where the mark of what was dropped would be
 * (tombstones.c). `passed`: all deletions up to it are known. */
static kith_status pass_dropped_mark(change_walk *walk, uint64_t passed, kith_error *err)
{
    while (walk->has_tombstone && walk->tombstone.row == DROPPED_MARK_ROW) {
        if (walk->tombstone.sequence > walk->needless)
            return fail(err, KITH_ERR_NOT_FOUND,
                        "what was deleted up to change %" PRIu64 " is forgotten, asked for was "
                        "what came after %" PRIu64,
                        walk->tombstone.sequence, passed);
        kith_status status = next_tombstone(walk, err);
        if (status != KITH_OK) return status;
    }
    return KITH_OK;
}

/* The damaged number of a damaged point says nothing of its place, which is here. */
static bool point_is_next(const change_walk *walk)
{
    return walk->has_point && (!walk->has_tombstone || walk->damage.message[0] ||
                               walk->point.sequence <= walk->tombstone.sequence);
}

/* A query that fails yields no row, as one that is at its end. So both are asked before each visit:
 * else the rest of the other would be visited out of order. */
static kith_status merge(change_walk *walk, kith_error *err)
{
    kith_status status = next_point(walk, err);
    if (status == KITH_OK) status = next_tombstone(walk, err);
    if (status == KITH_OK) status = pass_dropped_mark(walk, walk->at.sequence, err);
    while (status == KITH_OK && !walk->is_cut && (walk->has_point || walk->has_tombstone)) {
        if (query_failed(&walk->points) || query_failed(&walk->tombstones)) break;
        status = point_is_next(walk) ? visit_point(walk, err) : visit_tombstone(walk, err);
    }
    return status;
}

/* What comes after change `sequence`, or after its row `row` when that is not 0. */
static query begin_query(connection *c, statement_id id, const store_feed *feed, uint64_t row)
{
    query q = query_begin(c, id);
    query_bind_u64(&q, feed->collection);
    query_bind_u64(&q, feed->sequence);
    query_bind_u64(&q, row);
    return q;
}

static kith_status walk_changes(connection *c, const store_collection *collection, store_feed *feed,
                                bool *is_more, kith_error *err)
{
    const bool is_first = feed->sequence == 0, is_between = feed->row == 0;
    change_walk walk = {.vector_bytes = (size_t)collection->dim * sizeof(float),
                        .dim = collection->dim,
                        .at = *feed};
    if (is_first) walk.at.began = collection->sequence;
    walk.needless = walk.at.began;
    walk.vector = heap_new_array(size_max(collection->dim, 1), sizeof(float));
    if (!walk.vector) return fail_no_room(err);
    walk.points = begin_query(c, POINT_CHANGES, feed, is_between ? INT64_MAX : feed->row);
    // In the middle of a change none of its tombstones was visited: -1 is before the mark's row 0.
    walk.tombstones = begin_query(c, TOMBSTONE_CHANGES, feed, is_between ? INT64_MAX : UINT64_MAX);
    kith_status status = merge(&walk, err);
    status = query_end(&walk.points, status, err);
    status = query_end(&walk.tombstones, status, err);
    if (status == KITH_OK && is_first && !walk.is_cut && walk.points_seen != collection->points)
        status = fail_missing_rows(err, "points: collection", collection->name, collection->points,
                                   walk.points_seen);
    free(walk.vector);
    if (status != KITH_OK) return status;
    *is_more = walk.is_cut;
    *feed = walk.at;
    if (walk.is_cut) return KITH_OK;
    feed->sequence = collection->sequence;
    feed->row = 0;
    return KITH_OK;
}

kith_status store_changes(store *s, store_feed *feed, store_state *state, kith_error *err)
{
    connection *c = NULL;
    store_collection row = {0};
    bool is_more = false;
    arena scratch;
    arena_init(&scratch, 0);
    kith_status status = reading_begin(s, feed->collection, &scratch, &c, &row, err);
    if (status != KITH_OK) goto done;
    status = walk_changes(c, &row, feed, &is_more, err);
    readers_release(s->readers, c);
    if (status == KITH_OK) *state = (store_state){row.sequence, row.points, is_more};
done:
    arena_done(&scratch);
    return status;
}
