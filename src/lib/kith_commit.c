/* kith_commit.c - several writes as one, on a condition. */
#include "base/size.h"
#include "lib/handle.h"
#include "lib/options.h"
#include "lib/put.h"

#include <kith/commit.h>

typedef struct gathering {
    arena *memory;
    store_operation *operations; /* [count] */
    size_t points;               /* of all operations */
    uint32_t dim;                /* of the vectors; 0: there was none */
} gathering;

/* What kith/commit.h says of a mode. */
static kith_put_options options_of(kith_write_mode mode)
{
    const bool adds = mode == KITH_ADD;
    return (kith_put_options){.mode = mode,
                              .keep_existing = adds,
                              .pass_missing = mode == KITH_UPDATE,
                              .allow_repeated = !adds,
                              .merge = !adds};
}

static kith_status gather_point(gathering *g, const kith_operation *from, size_t i,
                                store_point *out, kith_error *err)
{
    const kith_point *p = &from->points[i];
    kith_status status = put_read_point(p, i, &g->dim, out, err);
    if (status != KITH_OK || !p->metadata) return status;
    return put_read_metadata(p->metadata, from->mode != KITH_ADD, g->memory, &out->metadata, err);
}

static kith_status gather_operation(gathering *g, const kith_operation *from, store_operation *out,
                                    kith_error *err)
{
    if (from->mode > KITH_UPDATE)
        return fail(err, KITH_ERR_INVALID, "unknown write mode %d", (int)from->mode);
    if (from->count > KITH_BATCH_MAX_POINTS || g->points + from->count > KITH_BATCH_MAX_POINTS)
        return fail(err, KITH_ERR_LIMIT, "a commit has more than %d points", KITH_BATCH_MAX_POINTS);
    g->points += from->count;
    view *keys = from->deletes ? arena_new_array(g->memory, view, from->count) : NULL;
    store_point *points =
        from->deletes ? NULL : arena_new_array(g->memory, store_point, from->count);
    if (!keys && !points) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a commit");
    for (size_t i = 0; i < from->count; i++) {
        if (!from->points[i].id) return fail(err, KITH_ERR_INVALID, "point %zu: id is missing", i);
        if (keys) keys[i] = view_of(from->points[i].id);
        kith_status status = points ? gather_point(g, from, i, &points[i], err) : KITH_OK;
        if (status != KITH_OK) return status;
    }
    const kith_put_options how = options_of(from->mode);
    *out = (store_operation){.keys = keys,
                             .how = put_store_manner(&how),
                             .points = points,
                             .count = (uint32_t)from->count};
    return KITH_OK;
}

static kith_status gather(gathering *g, const kith_commit_request *r, view **read, kith_error *err)
{
    if (r->read_count > KITH_FILTER_MAX_VALUES || r->operation_count > KITH_BATCH_MAX_POINTS)
        return fail(err, KITH_ERR_LIMIT,
                    "a commit of %zu ids and %zu operations, allowed are %d, %d", r->read_count,
                    r->operation_count, KITH_FILTER_MAX_VALUES, KITH_BATCH_MAX_POINTS);
    g->operations = arena_new_array(g->memory, store_operation, r->operation_count);
    *read = arena_new_array(g->memory, view, r->read_count);
    if (!g->operations || !*read)
        return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a commit");
    for (size_t i = 0; i < r->read_count; i++)
        (*read)[i] = view_of(r->read_ids[i]);
    kith_status status = KITH_OK;
    for (size_t i = 0; status == KITH_OK && i < r->operation_count; i++)
        status = gather_operation(g, &r->operations[i], &g->operations[i], err);
    return status;
}

static kith_commit_outcome outcome_of(store_commit_outcome outcome)
{
    return outcome == STORE_COMMITTED  ? KITH_COMMITTED
           : outcome == STORE_CONFLICT ? KITH_CONFLICT
                                       : KITH_STALE;
}

kith_status kith_commit(kith *k, const char *name, const kith_commit_request *given,
                        kith_commit_outcome *outcome, uint64_t *changes, kith_error *err)
{
    kith_commit_request r;
    call_limit room;
    arena memory;
    gathering g = {.memory = &memory};
    view *read = NULL;
    collection *c = NULL;
    store_commit commit = {0};
    arena_init(&memory, 0);
    kith_status status = options_adopt(&OPTIONS_SHAPE(kith_commit_request), given, &r, err);
    if (status == KITH_OK) status = options_begin_call(r.call, &room, &commit.limit, err);
    if (status == KITH_OK) status = gather(&g, &r, &read, err);
    if (status == KITH_OK)
        status = database_acquire_collection(k->database, view_of(name), &c, err);
    if (status == KITH_OK) {
        commit.since = r.since;
        commit.read = read;
        commit.read_count = (uint32_t)r.read_count;
        commit.operations = g.operations;
        commit.count = (uint32_t)r.operation_count;
        do {
            status = collection_commit(c, &commit, g.dim, err);
        } while (acquire_successor(k, name, status, &c));
    }
    status = collection_explain_missing(c, status, err);
    database_release_collection(c);
    arena_done(&memory);
    if (status != KITH_OK) return status;
    *outcome = outcome_of(commit.outcome);
    if (changes && commit.outcome == STORE_COMMITTED) *changes = commit.sequence;
    return KITH_OK;
}
