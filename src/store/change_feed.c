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
 * (db/refresh.c).
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
    bool is_whole; /* from 0: tombstones are of no use, so that a damaged one is passed over */
} change_walk;

static kith_status next_point(change_walk *walk, kith_error *err)
{
    walk->damage = (kith_error){0};
    walk->has_point = query_next(&walk->points);
    if (!walk->has_point) return KITH_OK;
    kith_status status = point_read(&walk->points, &walk->point, &walk->damage);
    if (status == KITH_OK && walk->point.vector.size != walk->vector_bytes)
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
        if (status != KITH_ERR_CORRUPT || !walk->is_whole) return status;
    }
    return KITH_OK;
}

static kith_status visit_point(change_walk *walk, store_change_visit visit, void *context,
                               kith_error *err)
{
    const point_row *p = &walk->point;
    store_change change = {.sequence = p->sequence, .row = p->row};
    if (walk->damage.message[0]) {
        change.damage = walk->damage.message;
    } else {
        memcpy(walk->vector, p->vector.data, walk->vector_bytes);
        change.vector = walk->vector;
        change.metadata = p->metadata;
        change.content = p->content;
    }
    walk->points_seen++;
    kith_status status = visit(context, &change);
    return status == KITH_OK ? next_point(walk, err) : status;
}

static kith_status visit_tombstone(change_walk *walk, store_change_visit visit, void *context,
                                   kith_error *err)
{
    store_change change = {
        .sequence = walk->tombstone.sequence, .row = walk->tombstone.row, .deleted = true};
    kith_status status = visit(context, &change);
    return status == KITH_OK ? next_tombstone(walk, err) : status;
}

/* Looks at the first tombstone of the feed, where the mark of what was dropped would be: a feed
 * that starts before the mark cannot be complete, but for one that starts at 0 (tombstones.c). */
static kith_status pass_dropped_mark(change_walk *walk, uint64_t after_sequence, kith_error *err)
{
    if (!walk->has_tombstone || walk->tombstone.row != DROPPED_MARK_ROW) return KITH_OK;
    if (after_sequence > 0)
        return fail(err, KITH_ERR_NOT_FOUND,
                    "what was deleted up to change %" PRIu64 " is forgotten, asked for was what "
                    "came after %" PRIu64,
                    walk->tombstone.sequence, after_sequence);
    return next_tombstone(walk, err);
}

/* A query that fails yields no row, as one that is at its end. So both are asked before each visit:
 * else the rest of the other would be visited out of order. */
static kith_status merge(change_walk *walk, uint64_t after_sequence, store_change_visit visit,
                         void *context, kith_error *err)
{
    kith_status status = next_point(walk, err);
    if (status == KITH_OK) status = next_tombstone(walk, err);
    if (status == KITH_OK) status = pass_dropped_mark(walk, after_sequence, err);
    while (status == KITH_OK && (walk->has_point || walk->has_tombstone)) {
        if (query_failed(&walk->points) || query_failed(&walk->tombstones)) break;
        bool point_is_next = walk->has_point && (!walk->has_tombstone ||
                                                 walk->point.sequence <= walk->tombstone.sequence);
        status = point_is_next ? visit_point(walk, visit, context, err)
                               : visit_tombstone(walk, visit, context, err);
    }
    return status;
}

static kith_status walk_changes(connection *c, const store_collection *collection,
                                uint64_t after_sequence, store_change_visit visit, void *context,
                                kith_error *err)
{
    change_walk walk = {.vector_bytes = (size_t)collection->dim * sizeof(float),
                        .is_whole = after_sequence == 0};
    walk.vector = heap_new_array(size_max(collection->dim, 1), sizeof(float));
    if (!walk.vector) return fail_no_room(err);
    walk.points = query_begin(c, POINT_CHANGES);
    query_bind_u64(&walk.points, collection->id);
    query_bind_u64(&walk.points, after_sequence);
    walk.tombstones = query_begin(c, TOMBSTONE_CHANGES);
    query_bind_u64(&walk.tombstones, collection->id);
    query_bind_u64(&walk.tombstones, after_sequence);
    kith_status status = merge(&walk, after_sequence, visit, context, err);
    status = query_end(&walk.points, status, err);
    status = query_end(&walk.tombstones, status, err);
    if (status == KITH_OK && after_sequence == 0 && walk.points_seen != collection->points)
        status = fail_missing_rows(err, "points: collection", collection->name, collection->points,
                                   walk.points_seen);
    free(walk.vector);
    return status;
}

kith_status store_changes(store *s, uint64_t collection, uint64_t after_sequence,
                          store_change_visit visit, void *context, store_state *state,
                          kith_error *err)
{
    connection *c = NULL;
    store_collection row = {0};
    arena scratch;
    arena_init(&scratch, 0);
    kith_status status = reading_begin(s, collection, &scratch, &c, &row, err);
    if (status != KITH_OK) goto done;
    status = walk_changes(c, &row, after_sequence, visit, context, err);
    readers_release(s->readers, c);
    if (status == KITH_OK) *state = (store_state){row.sequence, row.points};
done:
    arena_done(&scratch);
    return status;
}
