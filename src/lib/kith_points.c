/* kith_points.c - writing, reading and deleting points. */
#include "base/size.h"
#include "db/collection.h"
#include "db/validate.h"
#include "fields/filter.h"
#include "lib/handle.h"

#include <stdlib.h>

/* ---- writing ---- */

/* Content is embedded when the point brings no vector. An update is different where vectors come
 * from the caller: there the new content leaves the vector as it is. */
static bool wants_embedding(const kith_point *p, kith_write_mode mode, bool has_model)
{
    return !p->vector && p->content && (mode != KITH_UPDATE || has_model);
}

typedef struct put_batch {
    arena *memory;
    store_point *points; /* [count] */
    view *texts;         /* to embed */
    uint32_t *owners;    /* texts[i] belongs to points[owners[i]] */
    uint32_t count, text_count;
    uint32_t dim;   /* of the vectors that the caller passed; 0: none */
    float *vectors; /* [text_count][dim] on the heap: what embedding gave */
} put_batch;

static kith_status gather(const kith_point *points, size_t count, kith_write_mode mode,
                          bool has_model, put_batch *b, kith_error *err)
{
    kith_status status = KITH_OK;
    for (size_t i = 0; i < count; i++) {
        const kith_point *p = &points[i];
        if (!p->id) return fail(err, KITH_ERR_INVALID, "point %zu: id is missing", i);
        if (p->vector && b->dim != 0 && p->dimension != b->dim)
            return fail(err, KITH_ERR_DIMENSION,
                        "point %zu ('%.64s'): vector has %u dimensions, others have %u", i, p->id,
                        p->dimension, b->dim);
        if (p->vector) b->dim = p->dimension;
        b->points[i] = (store_point){
            .key = view_of(p->id),
            .content = optional_view(p->content),
            .vector = p->vector,
        };
        if (p->metadata)
            status =
                validate_metadata(view_of(p->metadata), b->memory, &b->points[i].metadata, err);
        if (status != KITH_OK) return fail_context(err, status, "point %zu ('%.64s')", i, p->id);
        if (!wants_embedding(p, mode, has_model)) continue;
        b->texts[b->text_count] = view_of(p->content);
        b->owners[b->text_count++] = (uint32_t)i;
    }
    b->count = (uint32_t)count;
    return KITH_OK;
}

static kith_status embed_batch(kith *k, put_batch *b, kith_error *err)
{
    if (b->text_count == 0) return KITH_OK;
    uint32_t dim = 0;
    kith_status status = require_embedder(k, err);
    if (status == KITH_OK)
        status = embedder_embed(k->embedder, b->texts, b->text_count, &b->vectors, &dim, NULL, err);
    if (status != KITH_OK) return status;
    if (b->dim != 0 && dim != b->dim)
        return fail(err, KITH_ERR_DIMENSION,
                    "given vectors have %u dimensions, the model's have %u", b->dim, dim);
    b->dim = dim;
    for (uint32_t i = 0; i < b->text_count; i++)
        b->points[b->owners[i]].vector = b->vectors + (size_t)i * dim;
    return KITH_OK;
}

static store_mode store_mode_of(kith_write_mode mode)
{
    return mode == KITH_ADD ? STORE_ADD : mode == KITH_UPSERT ? STORE_UPSERT : STORE_UPDATE;
}

/* Whether new content is embedded in an update depends on the collection, which is then asked. */
static kith_status find_model(collection *c, const kith_point *points, size_t count, arena *a,
                              bool *has_model, kith_error *err)
{
    size_t with_vector = 0;
    store_collection description = {0};
    while (with_vector < count && points[with_vector].vector)
        with_vector++;
    *has_model = false;
    if (with_vector == count) return KITH_OK;
    kith_status status = collection_describe(c, a, &description, err);
    if (status == KITH_OK) *has_model = description.model.size > 0;
    return status;
}

static kith_status put_in(kith *k, collection *c, kith_write_mode mode, const kith_point *points,
                          size_t count, kith_error *err)
{
    arena memory;
    arena_init(&memory, 0);
    put_batch b = {
        .memory = &memory,
        .points = arena_new_array(&memory, store_point, count),
        .texts = arena_new_array(&memory, view, count),
        .owners = arena_new_array(&memory, uint32_t, count),
    };
    bool has_model = false;
    view model = {"", 0};
    kith_status status = memory.exhausted
                             ? fail(err, KITH_ERR_NO_MEMORY, "out of memory for %zu points", count)
                             : KITH_OK;
    if (status == KITH_OK && mode == KITH_UPDATE)
        status = find_model(c, points, count, &memory, &has_model, err);
    if (status == KITH_OK) status = gather(points, count, mode, has_model, &b, err);
    if (status == KITH_OK && b.text_count > 0 && k->embedder) {
        status = embedder_identify(k->embedder, err);
        model = view_of(embedder_model(k->embedder));
    }
    if (status == KITH_OK && model.size)
        status = collection_check_model(c, model, embedder_describe(k->embedder).dimension, err);
    if (status == KITH_OK) status = embed_batch(k, &b, err);
    if (status == KITH_OK)
        status =
            collection_put_points(c, store_mode_of(mode), b.points, b.count, b.dim, model, err);
    free(b.vectors);
    arena_done(&memory);
    return status;
}

kith_status kith_put(kith *k, const char *name, kith_write_mode mode, const kith_point *points,
                     size_t count, kith_error *err)
{
    if (count == 0 || count > KITH_BATCH_MAX_POINTS)
        return fail(err, KITH_ERR_LIMIT, "a batch of %zu points, allowed are 1 to %d", count,
                    KITH_BATCH_MAX_POINTS);
    if (mode > KITH_UPDATE) return fail(err, KITH_ERR_INVALID, "unknown write mode %d", (int)mode);
    collection *c = NULL;
    kith_status status = database_acquire_collection(k->database, view_of(name), &c, err);
    if (status == KITH_OK) status = put_in(k, c, mode, points, count, err);
    database_release_collection(c);
    return status;
}

/* ---- selecting ---- */

typedef struct selected {
    store_point *points;
    uint32_t count;
} selected;

static void drop_missing(selected *s)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < s->count; i++)
        if (s->points[i].row != 0) s->points[kept++] = s->points[i];
    s->count = kept;
}

static kith_status keep_matching(selected *s, const char *where, arena *a, kith_error *err)
{
    const filter *f = NULL;
    uint32_t kept = 0;
    kith_status status = filter_parse(view_of(where), a, &f, err);
    for (uint32_t i = 0; i < s->count && status == KITH_OK; i++) {
        metadata fields = {.memory = a};
        if (s->points[i].metadata.size)
            status = metadata_parse(s->points[i].metadata, &fields, err);
        if (status == KITH_OK && filter_matches(f, &fields)) s->points[kept++] = s->points[i];
    }
    s->count = kept;
    return status;
}

static kith_status select_ids(collection *c, const kith_selection *wanted, unsigned with, arena *a,
                              selected *out, kith_error *err)
{
    if (wanted->id_count > UINT32_MAX) return fail(err, KITH_ERR_LIMIT, "too many ids");
    view *keys = arena_new_array(a, view, wanted->id_count);
    out->points = arena_new_array(a, store_point, wanted->id_count);
    if (!keys || !out->points)
        return fail(err, KITH_ERR_NO_MEMORY, "out of memory for %zu ids", wanted->id_count);
    for (size_t i = 0; i < wanted->id_count; i++)
        keys[i] = view_of(wanted->ids[i]);
    out->count = (uint32_t)wanted->id_count;
    store *s = database_store(collection_database(c));
    kith_status status =
        store_get_points(s, collection_id(c), keys, out->count, with, a, out->points, err);
    if (status != KITH_OK) return status;
    drop_missing(out);
    return wanted->where ? keep_matching(out, wanted->where, a, err) : KITH_OK;
}

static kith_status select_where(collection *c, const kith_selection *wanted, unsigned with,
                                arena *a, selected *out, kith_error *err)
{
    uint64_t *rows = NULL;
    kith_status status = collection_match(c, view_of(wanted->where), a, &rows, &out->count, err);
    if (status != KITH_OK) return status;
    out->points = arena_new_array(a, store_point, out->count);
    if (!out->points)
        return fail(err, KITH_ERR_NO_MEMORY, "out of memory for %u points", out->count);
    status = store_get_rows(database_store(collection_database(c)), collection_id(c), rows,
                            out->count, with, a, out->points, err);
    if (status == KITH_OK) drop_missing(out);
    return status;
}

static kith_status select_all(collection *c, const kith_selection *wanted, unsigned with, arena *a,
                              selected *out, kith_error *err)
{
    size_t end = 0;
    if (wanted->limit == 0 || !size_add(wanted->offset, wanted->limit, &end) || end > UINT32_MAX)
        end = UINT32_MAX;
    return store_scan_points(database_store(collection_database(c)), collection_id(c), 0,
                             (uint32_t)end, with, a, &out->points, &out->count, err);
}

static kith_status select_points(collection *c, const kith_selection *wanted, unsigned with,
                                 arena *a, selected *out, kith_error *err)
{
    kith_status status = KITH_OK;
    if (wanted->where && !wanted->allow_unknown_fields)
        status = collection_check_fields(c, view_of(wanted->where), err);
    if (status != KITH_OK) return status;
    status = wanted->ids     ? select_ids(c, wanted, with, a, out, err)
             : wanted->where ? select_where(c, wanted, with, a, out, err)
                             : select_all(c, wanted, with, a, out, err);
    if (status != KITH_OK) return status;
    uint32_t skip = (uint32_t)size_min(wanted->offset, out->count);
    out->points += skip;
    out->count -= skip;
    if (wanted->limit) out->count = (uint32_t)size_min(wanted->limit, out->count);
    return KITH_OK;
}

static kith_status make_records(collection *c, const kith_selection *wanted, arena *a,
                                kith_records *out, kith_error *err)
{
    selected s = {0};
    store_collection description;
    unsigned with =
        STORE_WITH_CONTENT | STORE_WITH_METADATA | (wanted->with_vectors ? STORE_WITH_VECTOR : 0U);
    kith_status status = collection_describe(c, a, &description, err);
    if (status == KITH_OK) status = select_points(c, wanted, with, a, &s, err);
    kith_record *records = arena_new_array(a, kith_record, s.count);
    if (status == KITH_OK && !records)
        status = fail(err, KITH_ERR_NO_MEMORY, "out of memory for %u points", s.count);
    for (uint32_t i = 0; i < s.count && status == KITH_OK; i++) {
        const store_point *p = &s.points[i];
        records[i] = (kith_record){
            .id = arena_copy(a, p->key).data,
            .document = p->document.size ? arena_copy(a, p->document).data : NULL,
            .content = p->content.data ? arena_copy(a, p->content).data : NULL,
            .metadata = arena_copy(a, p->metadata.size ? p->metadata : VIEW("{}")).data,
            .vector = p->vector,
        };
    }
    if (status == KITH_OK && a->exhausted)
        status = fail(err, KITH_ERR_NO_MEMORY, "out of memory for records");
    if (status == KITH_OK) *out = (kith_records){s.count, description.dim, records};
    return status;
}

kith_status kith_get(kith *k, const char *name, const kith_selection *selection, kith_records **out,
                     kith_error *err)
{
    static const kith_selection everything;
    arena *memory = NULL;
    kith_records *result = result_new(sizeof *result, &memory, err);
    if (!result) return KITH_ERR_NO_MEMORY;
    collection *c = NULL;
    kith_status status = database_acquire_collection(k->database, view_of(name), &c, err);
    if (status == KITH_OK)
        status = make_records(c, selection ? selection : &everything, memory, result, err);
    database_release_collection(c);
    return RESULT_END(status, result, out);
}

void kith_records_free(kith_records *records)
{
    result_free(records);
}

static kith_status delete_selected(collection *c, const kith_selection *wanted, arena *a,
                                   size_t *deleted, kith_error *err)
{
    selected s = {0};
    uint32_t count = 0;
    kith_status status = select_points(
        c, wanted, wanted->ids && wanted->where ? STORE_WITH_METADATA : 0U, a, &s, err);
    view *keys = arena_new_array(a, view, s.count);
    if (status == KITH_OK && !keys)
        status = fail(err, KITH_ERR_NO_MEMORY, "out of memory for %u ids", s.count);
    for (uint32_t i = 0; i < s.count && status == KITH_OK; i++)
        keys[i] = s.points[i].key;
    if (status == KITH_OK && s.count > 0)
        // Selected in one state, deleted in another: a point that has changed meanwhile must match
        // still.
        status = wanted->where ? collection_delete_matching(c, keys, s.count,
                                                            view_of(wanted->where), &count, err)
                               : collection_delete_points(c, keys, s.count, &count, err);
    if (status == KITH_OK && deleted) *deleted = count;
    return status;
}

kith_status kith_delete(kith *k, const char *name, const kith_selection *selection, size_t *deleted,
                        kith_error *err)
{
    if (!selection || (!selection->ids && !selection->where))
        return fail(err, KITH_ERR_INVALID, "a deletion needs ids or a filter");
    arena memory;
    arena_init(&memory, 0);
    collection *c = NULL;
    kith_status status = database_acquire_collection(k->database, view_of(name), &c, err);
    if (status == KITH_OK) status = delete_selected(c, selection, &memory, deleted, err);
    database_release_collection(c);
    arena_done(&memory);
    return status;
}
