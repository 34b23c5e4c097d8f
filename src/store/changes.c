/* changes.c - what a derived index has to catch up with: points and tombstones, merged by sequence.
 * Both queries walk an index that begins with (collection, sequence), inside one snapshot. */
#include "store/checksum.h"
#include "store/store_internal.h"

#include "base/size.h"

#include <inttypes.h>
#include <stdlib.h>

/* ---- tombstones ---- */

static uint64_t checksum_of(const tombstone_row *t)
{
    uint64_t numbers[] = {t->collection, t->sequence, t->row};
    return row_checksum(ROW_TOMBSTONE, numbers, 3, NULL, 0);
}

kith_status tombstone_read(const query *q, tombstone_row *out, kith_error *err)
{
    tombstone_row t = {query_u64(q, 0), query_u64(q, 1), query_u64(q, 2)};
    if (checksum_of(&t) != query_u64(q, 3))
        return fail(err, KITH_ERR_CORRUPT,
                    "kith.db: tombstones: row %" PRIu64 " of collection %" PRIu64
                    " fails its checksum",
                    t.row, t.collection);
    *out = t;
    return KITH_OK;
}

kith_status tombstone_insert(writing *w, const tombstone_row *t, kith_error *err)
{
    query q = query_begin(w->connection, TOMBSTONE_INSERT);
    query_bind_u64(&q, t->collection);
    query_bind_u64(&q, t->sequence);
    query_bind_u64(&q, t->row);
    query_bind_u64(&q, checksum_of(t));
    return query_run(&q, err);
}

/* ---- forgetting ---- */

static const uint64_t FORGOTTEN_ROW = 0; /* rows of points count from 1 */

typedef struct forget_job {
    uint64_t collection, sequence;
} forget_job;

static kith_status forget_work(writing *w, void *context, kith_error *err)
{
    const forget_job *job = context;
    store_collection c = {0};
    kith_status status = collection_read(w->connection, job->collection, &w->arena, &c, err);
    if (status != KITH_OK) return status;
    query q = query_begin(w->connection, TOMBSTONE_DELETE_OLD);
    query_bind_u64(&q, job->collection);
    query_bind_u64(&q, job->sequence);
    status = query_run(&q, err);
    const tombstone_row mark = {job->collection, job->sequence, FORGOTTEN_ROW};
    return status == KITH_OK ? tombstone_insert(w, &mark, err) : status;
}

kith_status store_forget_deletions(store *s, uint64_t collection, uint64_t sequence,
                                   kith_error *err)
{
    forget_job job = {collection, sequence};
    return writer_run(s->writer, forget_work, &job, err);
}

/* ---- the merge ---- */

typedef struct change_walk {
    query points, tombstones;
    point_row point; /* the next of each, while there is one */
    tombstone_row tombstone;
    bool has_point, has_tombstone;
    float *vector; /* [dim]: a row in SQLite's memory is not aligned */
    size_t vector_bytes;
    uint64_t points_seen;
} change_walk;

static kith_status next_point(change_walk *walk, kith_error *err)
{
    walk->has_point = query_next(&walk->points);
    return walk->has_point ? point_read(&walk->points, &walk->point, err) : KITH_OK;
}

static kith_status next_tombstone(change_walk *walk, kith_error *err)
{
    walk->has_tombstone = query_next(&walk->tombstones);
    return walk->has_tombstone ? tombstone_read(&walk->tombstones, &walk->tombstone, err) : KITH_OK;
}

static kith_status visit_point(change_walk *walk, store_change_visit visit, void *context,
                               kith_error *err)
{
    const point_row *p = &walk->point;
    if (p->vector.size != walk->vector_bytes)
        return fail(err, KITH_ERR_CORRUPT,
                    "kith.db: points: row %" PRIu64 " has a vector of %zu bytes, not %zu", p->row,
                    p->vector.size, walk->vector_bytes);
    memcpy(walk->vector, p->vector.data, walk->vector_bytes);
    store_change change = {.sequence = p->sequence,
                           .row = p->row,
                           .vector = walk->vector,
                           .metadata = p->metadata,
                           .content = p->content};
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

/* What was forgotten is older than every tombstone there is, so the mark would be the first. */
static kith_status pass_mark(change_walk *walk, uint64_t after_sequence, kith_error *err)
{
    if (!walk->has_tombstone || walk->tombstone.row != FORGOTTEN_ROW) return KITH_OK;
    if (after_sequence > 0)
        return fail(err, KITH_ERR_NOT_FOUND,
                    "what was deleted up to change %" PRIu64 " is forgotten, asked for was what "
                    "came after %" PRIu64,
                    walk->tombstone.sequence, after_sequence);
    return next_tombstone(walk, err);
}

/* Stops at the first failure, of either query too, so that nothing is visited out of order. */
static kith_status merge(change_walk *walk, uint64_t after_sequence, store_change_visit visit,
                         void *context, kith_error *err)
{
    kith_status status = next_point(walk, err);
    if (status == KITH_OK) status = next_tombstone(walk, err);
    if (status == KITH_OK) status = pass_mark(walk, after_sequence, err);
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
    change_walk walk = {.vector_bytes = (size_t)collection->dim * sizeof(float)};
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
        status = fail(err, KITH_ERR_CORRUPT,
                      "kith.db: points: collection '%.*s' should have %" PRIu64 " rows, %" PRIu64
                      " were found",
                      VIEW_ARG(collection->name), collection->points, walk.points_seen);
    free(walk.vector);
    return status;
}

kith_status store_changes(store *s, uint64_t collection, uint64_t after_sequence,
                          store_change_visit visit, void *context, uint64_t *sequence,
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
    if (status == KITH_OK) *sequence = row.sequence;
done:
    arena_done(&scratch);
    return status;
}
