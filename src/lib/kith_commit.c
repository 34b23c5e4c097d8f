/* kith_commit.c - several writes as one, on a condition.
 *
 * In this order: everything is read and checked; texts are embedded, all in one run of the model;
 * deletions by a filter are aimed, by the index; and the store compares, asks the filters again and
 * writes, in one transaction (store/commit.c). What takes long comes before, where it keeps nobody
 * waiting; what changes meanwhile is compared, or asked again, afterwards. */
#include "base/size.h"
#include "lib/handle.h"
#include "lib/options.h"
#include "lib/put.h"

#include <kith/commit.h>
#include <stddef.h>

enum { OPERATION_BYTES_MAX = 1 << 10 };

typedef struct gathering {
    const kith_commit_request *from;
    collection *collection;
    arena *memory;
    view *read;                  /* [from->read_count] */
    store_operation *operations; /* [from->operation_count] */
    put_texts texts;
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

static kith_status gather_write(gathering *g, const kith_operation *from, store_operation *out,
                                kith_error *err)
{
    const kith_put_options how = options_of(from->mode);
    bool embeds_changes = false;
    store_point *points = arena_new_array(g->memory, store_point, from->count);
    if (!points) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a commit");
    kith_status status =
        put_embeds_changes(g->collection, &how, from->points, from->count, &embeds_changes, err);
    for (size_t i = 0; status == KITH_OK && i < from->count; i++) {
        const kith_point *p = &from->points[i];
        status = put_read_point(p, i, &g->texts.dim, &points[i], err);
        if (status == KITH_OK && p->metadata)
            status = put_read_metadata(p->metadata, how.merge, g->memory, &points[i].metadata, err);
        if (status == KITH_OK && put_wants_embedding(p, &how, embeds_changes))
            put_texts_add(&g->texts, p->content, &points[i]);
    }
    *out = (store_operation){
        .how = put_store_manner(&how), .points = points, .count = (uint32_t)from->count};
    return status;
}

static kith_status gather_deletion(const gathering *g, const kith_operation *from,
                                   store_operation *out, kith_error *err)
{
    const bool all = !from->points && from->where;
    view *keys = all ? NULL : arena_new_array(g->memory, view, from->count);
    if (!all && !keys) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a commit");
    for (size_t i = 0; i < from->count; i++) {
        if (!from->points || !from->points[i].id)
            return fail(err, KITH_ERR_INVALID, "point %zu: id is missing", i);
        keys[i] = view_of(from->points[i].id);
    }
    *out = (store_operation){.deletes = true, .keys = keys, .count = (uint32_t)from->count};
    return KITH_OK;
}

static kith_status gather_operation(gathering *g, size_t i, kith_error *err)
{
    const kith_operation *from = &g->from->operations[i];
    const bool asks = from->where || from->limit || from->allow_unknown_fields;
    if (from->mode > KITH_UPDATE)
        return fail(err, KITH_ERR_INVALID, "unknown write mode %d", (int)from->mode);
    if (asks && !from->deletes)
        return fail(err, KITH_ERR_INVALID, "operation %zu has a filter, and does not delete", i);
    if (from->limit && !from->where)
        return fail(err, KITH_ERR_INVALID, "operation %zu has a limit without a filter", i);
    return from->deletes ? gather_deletion(g, from, &g->operations[i], err)
                         : gather_write(g, from, &g->operations[i], err);
}

static kith_status check_limits(const kith_commit_request *r, size_t *points, kith_error *err)
{
    *points = 0;
    for (size_t i = 0; i < r->operation_count; i++) {
        const size_t count = r->operations[i].count;
        if (count > KITH_BATCH_MAX_POINTS || *points + count > KITH_BATCH_MAX_POINTS)
            return fail(err, KITH_ERR_LIMIT, "a commit has more than %d points",
                        KITH_BATCH_MAX_POINTS);
        *points += count;
    }
    return KITH_OK;
}

static kith_status gather(gathering *g, kith_error *err)
{
    const kith_commit_request *r = g->from;
    size_t points = 0;
    kith_status status = check_limits(r, &points, err);
    if (status != KITH_OK) return status;
    g->operations = arena_new_array(g->memory, store_operation, r->operation_count);
    g->read = arena_new_array(g->memory, view, r->read_count);
    status = put_texts_init(&g->texts, points, g->memory, err);
    for (size_t i = 0; status == KITH_OK && i < r->read_count; i++)
        g->read[i] = view_of(r->read_ids[i]);
    for (size_t i = 0; status == KITH_OK && i < r->operation_count; i++) {
        status = gather_operation(g, i, err);
        if (status != KITH_OK) status = fail_context(err, status, "operation %zu", i);
    }
    return status;
}

/* Aims the deletions that have filters. */
static kith_status aim(const gathering *g, const call_limit *limit, kith_error *err)
{
    kith_status status = KITH_OK;
    for (size_t i = 0; status == KITH_OK && i < g->from->operation_count; i++) {
        const kith_operation *from = &g->from->operations[i];
        store_condition *where = NULL;
        if (!from->where) continue;
        const collection_condition condition = {.where = view_of(from->where),
                                                .allow_unknown_fields = from->allow_unknown_fields,
                                                .has_keys = g->operations[i].keys != NULL,
                                                .limit = from->limit,
                                                .call = limit};
        where = arena_new_array(g->memory, store_condition, 1);
        if (!where) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a commit");
        status = collection_aim(g->collection, &condition, g->memory, where, err);
        if (status != KITH_OK) status = fail_context(err, status, "operation %zu", i);
        g->operations[i].where = where;
    }
    return status;
}

static kith_commit_outcome outcome_of(store_commit_outcome outcome)
{
    return outcome == STORE_COMMITTED  ? KITH_COMMITTED
           : outcome == STORE_CONFLICT ? KITH_CONFLICT
                                       : KITH_STALE;
}

/* Vectors of texts are of the collection's model, so all is made anew for another collection. */
static kith_status commit_in(const kith *k, gathering *g, store_commit *commit, kith_error *err)
{
    kith_status status = gather(g, err);
    if (status == KITH_OK)
        status = put_texts_embed(&g->texts, k, g->collection, commit->limit, err);
    if (status == KITH_OK) status = aim(g, commit->limit, err);
    if (status == KITH_OK) status = call_limit_check(commit->limit, err);
    if (status != KITH_OK) return status;
    commit->since = g->from->since;
    commit->read = g->read;
    commit->read_count = (uint32_t)g->from->read_count;
    commit->operations = g->operations;
    commit->count = (uint32_t)g->from->operation_count;
    return collection_commit(g->collection, commit, g->texts.dim, g->texts.model, err);
}

/* Copies the operations as the caller's kith_operation has them, each adopted as options are. */
static kith_status adopt_operations(kith_commit_request *r, arena *memory, kith_error *err)
{
    const size_t size = r->operation_size ? r->operation_size : sizeof(kith_operation);
    if (r->read_count > KITH_FILTER_MAX_VALUES || r->operation_count > KITH_BATCH_MAX_POINTS)
        return fail(err, KITH_ERR_LIMIT,
                    "a commit of %zu ids and %zu operations, allowed are %d, %d", r->read_count,
                    r->operation_count, KITH_FILTER_MAX_VALUES, KITH_BATCH_MAX_POINTS);
    if (size < sizeof(kith_operation) || size > OPERATION_BYTES_MAX)
        return fail(err, KITH_ERR_INVALID,
                    "kith_commit_request: operation_size is %zu, allowed are %zu to %d", size,
                    sizeof(kith_operation), OPERATION_BYTES_MAX);
    kith_operation *copies = arena_new_array(memory, kith_operation, r->operation_count);
    if (!copies) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a commit");
    for (size_t i = 0; i < r->operation_count; i++) {
        const char *from = (const char *)r->operations + i * size;
        for (size_t b = sizeof *copies; b < size; b++)
            if (from[b] != 0)
                return fail(err, KITH_ERR_UNSUPPORTED,
                            "operation %zu: byte %zu is set, and this kith knows the first %zu", i,
                            b, sizeof *copies);
        memcpy(&copies[i], from, sizeof *copies);
    }
    r->operations = copies;
    return KITH_OK;
}

kith_status kith_commit(kith *k, const char *name, const kith_commit_request *given,
                        kith_commit_outcome *outcome, uint64_t *changes, kith_error *err)
{
    kith_commit_request r;
    call_limit room;
    arena memory;
    gathering g = {.from = &r, .memory = &memory};
    store_commit commit = {0};
    arena_init(&memory, 0);
    kith_status status = options_adopt(
        &(options_shape){"kith_commit_request", offsetof(kith_commit_request, truncated), sizeof r},
        given, &r, err);
    if (status == KITH_OK) status = adopt_operations(&r, &memory, err);
    if (status == KITH_OK) status = options_begin_call(r.call, &room, &commit.limit, err);
    if (status == KITH_OK)
        status = database_acquire_collection(k->database, view_of(name), &g.collection, err);
    if (g.collection) {
        do {
            put_texts_done(&g.texts);
            status = commit_in(k, &g, &commit, err);
        } while (acquire_successor(k, name, status, &g.collection));
    }
    status = collection_explain_missing(g.collection, status, err);
    database_release_collection(g.collection);
    const bool committed = status == KITH_OK && commit.outcome == STORE_COMMITTED;
    for (size_t i = 0; committed && i < r.operation_count; i++)
        if (r.operations[i].done) *r.operations[i].done = g.operations[i].done;
    if (committed && r.truncated) *r.truncated = g.texts.truncated;
    put_texts_done(&g.texts);
    arena_done(&memory);
    if (status != KITH_OK) return status;
    *outcome = outcome_of(commit.outcome);
    if (changes && committed) *changes = commit.sequence;
    return KITH_OK;
}
