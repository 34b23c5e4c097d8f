/* kith_transfer.c - documents with their chunks as they are, and the model of a collection.
 *
 * The store writes several documents in one transaction as deposits, one a document. A deposit of a
 * document with a source joins that source instead of replacing what it has, so that a file of many
 * documents can come in pieces; its hash stays empty, which makes the next ingestion read the file
 * again (store/sources.c). */
#include <kith/transfer.h>

#include "base/map.h"
#include "base/utf8.h"
#include "db/collection.h"
#include "db/validate.h"
#include "lib/handle.h"
#include "os/clock.h"

/* ---- reading ---- */

static kith_status describe_document(const store_document *d, uint32_t dim, arena *a,
                                     kith_whole_document *out, kith_error *err)
{
    bool any_waits = false;
    kith_point *chunks = arena_new_array(a, kith_point, d->point_count);
    const char **waiting = arena_new_array(a, const char *, d->point_count);
    if (!chunks || !waiting)
        return fail(err, KITH_ERR_NO_MEMORY, "out of memory for %u chunks", d->point_count);
    for (uint32_t i = 0; i < d->point_count; i++) {
        const store_point *p = &d->points[i];
        chunks[i] = (kith_point){.id = p->key.data,
                                 .content = p->content.data,
                                 .metadata = p->metadata.size ? p->metadata.data : "{}",
                                 .vector = p->vector,
                                 .dimension = dim};
        waiting[i] = !p->is_waiting ? NULL : p->prefix.size ? p->prefix.data : "";
        any_waits |= p->is_waiting;
    }
    *out = (kith_whole_document){.id = d->key.data,
                                 .title = d->title.size ? d->title.data : "",
                                 .source = d->source.size ? d->source.data : "",
                                 .metadata = d->metadata.size ? d->metadata.data : "{}",
                                 .text = d->text.size ? d->text.data : "",
                                 .chunks = chunks,
                                 .chunk_count = d->point_count,
                                 .waiting = any_waits ? waiting : NULL};
    return KITH_OK;
}

kith_status kith_whole_document_get(kith *k, const char *name, const char *id,
                                    kith_whole_document **out, kith_error *err)
{
    arena *memory = NULL;
    kith_whole_document *result = result_new(sizeof *result, &memory, err);
    if (!result) return KITH_ERR_NO_MEMORY;
    collection *c = NULL;
    store_document d = {0};
    store_collection described = {0};
    kith_status status = database_acquire_collection(k->database, view_of(name), &c, err);
    if (status == KITH_OK)
        status = store_get_whole_document(database_store(k->database), collection_id(c),
                                          view_of(id), memory, &d, err);
    // A collection's dimension, once set, never changes: it may be read after the chunks.
    if (status == KITH_OK) status = collection_describe(c, memory, &described, err);
    if (status == KITH_OK) status = describe_document(&d, described.dim, memory, result, err);
    status = collection_explain_missing(c, status, err);
    database_release_collection(c);
    return RESULT_END(status, result, out);
}

void kith_whole_document_free(kith_whole_document *document)
{
    result_free(document);
}

/* ---- writing ---- */

/* Metadata in the form in which it is stored; data NULL where none is given. */
static kith_status read_metadata(const char *json, arena *a, view *out, kith_error *err)
{
    *out = (view){NULL, 0};
    return json ? validate_metadata(view_of(json), a, out, err) : KITH_OK;
}

static kith_status read_chunk(const kith_point *p, uint32_t *dim, arena *a, store_point *out,
                              kith_error *err)
{
    if (!p->id) return fail(err, KITH_ERR_INVALID, "id is missing");
    if (!p->vector) return fail(err, KITH_ERR_INVALID, "a chunk needs a vector");
    if (*dim != 0 && p->dimension != *dim)
        return fail(err, KITH_ERR_DIMENSION, "vector has %u dimensions, others have %u",
                    p->dimension, *dim);
    *dim = p->dimension;
    *out = (store_point){
        .key = view_of(p->id), .content = optional_view(p->content), .vector = p->vector};
    return read_metadata(p->metadata, a, &out->metadata, err);
}

/* A chunk whose vector is still to come. Its promise is its place, as `kith add` has it. */
static kith_status read_waiting(const kith_point *p, const char *prefix, uint32_t place, arena *a,
                                store_point *out, kith_error *err)
{
    if (!p->id) return fail(err, KITH_ERR_INVALID, "id is missing");
    *out = (store_point){.key = view_of(p->id),
                         .content = optional_view(p->content),
                         .is_waiting = true,
                         .promise = place,
                         .prefix = view_of(prefix)};
    kith_status status = validate_content(out->prefix, err);
    return status == KITH_OK ? read_metadata(p->metadata, a, &out->metadata, err) : status;
}

/* One document and, when it has a source, that; as a deposit of its own. */
static kith_status read_document(const kith_whole_document *given, int64_t now_ms, uint32_t *dim,
                                 arena *a, store_deposit *out, kith_error *err)
{
    if (!given->id) return fail(err, KITH_ERR_INVALID, "id is missing");
    if (given->chunk_count > UINT32_MAX) return fail(err, KITH_ERR_LIMIT, "too many chunks");
    store_document *d = arena_new_array(a, store_document, 1);
    store_source *source = arena_new_array(a, store_source, 1);
    store_point *points = arena_new_array(a, store_point, given->chunk_count);
    if (!d || !source || !points) return fail(err, KITH_ERR_NO_MEMORY, "out of memory");
    *d = (store_document){.key = view_of(given->id),
                          .title = view_of(given->title ? given->title : ""),
                          .text = view_of(given->text ? given->text : ""),
                          .updated_ms = now_ms,
                          .points = points,
                          .point_count = (uint32_t)given->chunk_count};
    kith_status status = validate_content(d->title, err);
    if (status == KITH_OK)
        status = read_metadata(given->metadata ? given->metadata : "{}", a, &d->metadata, err);
    for (uint32_t i = 0; status == KITH_OK && i < d->point_count; i++) {
        const kith_point *chunk = &given->chunks[i];
        const char *prefix = given->waiting && !chunk->vector ? given->waiting[i] : NULL;
        status = prefix ? read_waiting(chunk, prefix, i, a, &points[i], err)
                        : read_chunk(chunk, dim, a, &points[i], err);
        if (status != KITH_OK)
            status = fail_context(err, status, "chunk %u ('%.64s')", i, chunk->id ? chunk->id : "");
    }
    *source = (store_source){.path = view_of(given->source), .joins = true};
    *out = (store_deposit){source->path.size ? source : NULL, d, 1};
    return status;
}

/* A chunk may wait only where somebody can embed it. */
static kith_status check_waiting(collection *c, const kith_whole_document *documents, size_t count,
                                 arena *a, kith_error *err)
{
    store_collection described = {0};
    bool any_waits = false;
    for (size_t i = 0; i < count; i++)
        any_waits |= documents[i].waiting != NULL;
    if (!any_waits) return KITH_OK;
    kith_status status = collection_describe(c, a, &described, err);
    if (status == KITH_OK && (described.dim == 0 || described.model.size == 0))
        status = fail(err, KITH_ERR_INVALID,
                      "a chunk waits for its vector, and the collection has no model");
    return status;
}

static kith_status check_ids(const kith_whole_document *documents, size_t count, kith_error *err)
{
    uint64_t first = 0;
    kith_status status = KITH_OK;
    map *ids = map_new();
    if (!ids) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for %zu ids", count);
    for (size_t i = 0; status == KITH_OK && i < count; i++) {
        const view id = view_of(documents[i].id);
        if (map_get(ids, id, &first))
            status =
                fail(err, KITH_ERR_INVALID, "document %zu: id '%.64s' comes twice", i, id.data);
        else if (map_put(ids, id, i) != KITH_OK)
            status = fail(err, KITH_ERR_NO_MEMORY, "out of memory for %zu ids", count);
    }
    map_free(ids);
    return status;
}

static kith_status put_documents(kith *k, const char *name, const kith_whole_document *documents,
                                 size_t count, arena *a, kith_error *err)
{
    collection *c = NULL;
    uint32_t dim = 0;
    const int64_t now_ms = clock_wall_ms();
    store_deposit *deposits = arena_new_array(a, store_deposit, count);
    if (!deposits) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for %zu documents", count);
    kith_status status = KITH_OK;
    for (size_t i = 0; status == KITH_OK && i < count; i++) {
        status = read_document(&documents[i], now_ms, &dim, a, &deposits[i], err);
        if (status != KITH_OK)
            status = fail_context(err, status, "document %zu ('%.64s')", i,
                                  documents[i].id ? documents[i].id : "");
    }
    if (status == KITH_OK) status = check_ids(documents, count, err);
    if (status == KITH_OK)
        status = database_acquire_collection(k->database, view_of(name), &c, err);
    if (status == KITH_OK) status = check_waiting(c, documents, count, a, err);
    const collection_deposits what = {
        .deposits = deposits, .count = (uint32_t)count, .dim = dim, .model = VIEW("")};
    if (status == KITH_OK) status = collection_put_sources(c, &what, err);
    status = collection_explain_missing(c, status, err);
    database_release_collection(c);
    return status;
}

kith_status kith_whole_documents_put(kith *k, const char *name,
                                     const kith_whole_document *documents, size_t count,
                                     kith_error *err)
{
    if (count == 0 || count > KITH_BATCH_MAX_POINTS)
        return fail(err, KITH_ERR_LIMIT, "%zu documents, allowed are 1 to %d", count,
                    KITH_BATCH_MAX_POINTS);
    arena memory;
    arena_init(&memory, 0);
    kith_status status = put_documents(k, name, documents, count, &memory, err);
    arena_done(&memory);
    return count_call(k, status);
}

/* ---- the model ---- */

kith_status kith_collection_model_get(kith *k, const char *name, kith_collection_model **out,
                                      kith_error *err)
{
    arena *memory = NULL;
    kith_collection_model *result = result_new(sizeof *result, &memory, err);
    if (!result) return KITH_ERR_NO_MEMORY;
    collection *c = NULL;
    store_collection described = {0};
    kith_status status = database_acquire_collection(k->database, view_of(name), &c, err);
    if (status == KITH_OK) status = collection_describe(c, memory, &described, err);
    database_release_collection(c);
    if (status == KITH_OK)
        *result = (kith_collection_model){described.dim, arena_copy(memory, described.model).data};
    if (status == KITH_OK && memory->exhausted)
        status = fail(err, KITH_ERR_NO_MEMORY, "out of memory for a model");
    return RESULT_END(status, result, out);
}

void kith_collection_model_free(kith_collection_model *model)
{
    result_free(model);
}

/* Up to three lines of printable text, of which the first is not empty unless all are. */
static kith_status validate_model(view model, kith_error *err)
{
    enum { LINES = 3 };
    int lines = 1;
    if (model.size > KITH_MODEL_MAX_BYTES)
        return fail(err, KITH_ERR_INVALID, "model has %zu bytes, the limit is %d", model.size,
                    KITH_MODEL_MAX_BYTES);
    bool is_text = utf8_is_valid(model) && (model.size == 0 || model.data[0] != '\n');
    for (size_t i = 0; i < model.size && is_text; i++) {
        unsigned char byte = (unsigned char)model.data[i];
        if (byte == '\n')
            lines++;
        else if (byte < 0x20 || byte == 0x7F)
            is_text = false;
    }
    return is_text && lines <= LINES ? KITH_OK
                                     : fail(err, KITH_ERR_INVALID, "that is no model's text");
}

kith_status kith_collection_model_set(kith *k, const char *name, const kith_collection_model *to,
                                      kith_error *err)
{
    collection *c = NULL;
    view model = view_of(to->model ? to->model : "");
    kith_status status = validate_model(model, err);
    if (status == KITH_OK && to->dimension > KITH_DIMENSION_MAX)
        status = fail(err, KITH_ERR_DIMENSION, "%u dimensions, the limit is %d", to->dimension,
                      KITH_DIMENSION_MAX);
    if (status == KITH_OK)
        status = database_acquire_collection(k->database, view_of(name), &c, err);
    if (status == KITH_OK) status = collection_check_model(c, model, to->dimension, err);
    if (status == KITH_OK)
        status = store_collection_pin(database_store(k->database), collection_id(c),
                                      &(store_pin){.dim = to->dimension, .model = model}, err);
    status = collection_explain_missing(c, status, err);
    database_release_collection(c);
    return status;
}
