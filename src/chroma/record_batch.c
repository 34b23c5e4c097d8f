/* record_batch.c - reads parallel arrays into points. */
#include "chroma/record_batch.h"

#include "chroma/body.h"
#include "chroma/embeddings.h"
#include "chroma/metadata_text.h"
#include "chroma/reply.h"

#include <stdio.h>

typedef struct columns {
    const char *const *ids, *const *documents, *const *uris; /* documents and uris may be NULL */
    const json_value *metadatas;                             /* an array, or NULL */
    embeddings vectors;                                      /* rows NULL: none */
    uint32_t count, document_count, uri_count;
} columns;

static bool check_ids(serve_call *call, const columns *c)
{
    if (c->count > call->limits->batch)
        return refuse(call, 400, "Batch size %u exceeds maximum batch size %u", c->count,
                      call->limits->batch);
    for (uint32_t i = 0; i < c->count; i++)
        if (c->ids[i][0] == 0)
            return refuse(call, 400, "Empty ID, ID must have at least one character");
    return true;
}

static bool check_lengths(serve_call *call, const columns *c)
{
    const bool equal = (!c->vectors.rows || c->vectors.count == c->count) &&
                       (!c->documents || c->document_count == c->count) &&
                       (!c->uris || c->uri_count == c->count) &&
                       (!c->metadatas || c->metadatas->count == c->count);
    return equal || refuse(call, 400,
                           "Inconsistent number of IDs, embeddings, documents, URIs and metadatas");
}

static bool parse_vectors(serve_call *call, bool may_lack, columns *c)
{
    const json_value *array = json_get(call->body, "embeddings");
    if (!array && !may_lack) return refuse_shape(call, "missing field `embeddings`");
    if (!array || (array->kind == JSON_NULL && may_lack)) return true;
    return embeddings_parse(call, array, may_lack, &c->vectors);
}

static bool check_metadatas(serve_call *call, const columns *c, metadata_use use)
{
    for (uint32_t i = 0; c->metadatas && i < c->metadatas->count; i++) {
        const json_value *metadata = c->metadatas->elements[i];
        char where[32];
        if (metadata->kind == JSON_NULL) continue;
        (void)snprintf(where, sizeof where, "metadatas[%u]", i);
        if (metadata->kind != JSON_OBJECT)
            return refuse_shape(call, "%s: invalid type: %s, expected a map", where,
                                body_kind_name(metadata));
        if (!metadata_is_allowed(call, metadata, use, where, i)) return false;
    }
    return true;
}

static bool parse_columns(serve_call *call, kith_write_mode mode, bool may_lack, columns *c)
{
    if (!body_is_object(call)) return false;
    if (!body_get(call->body, "ids")) return refuse_shape(call, "missing field `ids`");
    if (!body_texts(call, call->body, "ids", false, &c->ids, &c->count) ||
        !parse_vectors(call, may_lack, c) ||
        !body_texts(call, call->body, "documents", true, &c->documents, &c->document_count) ||
        !body_texts(call, call->body, "uris", true, &c->uris, &c->uri_count) ||
        !body_array(call, call->body, "metadatas", &c->metadatas))
        return false;
    const metadata_use use = mode == KITH_ADD ? METADATA_OF_RECORD : METADATA_MERGED;
    return check_ids(call, c) && check_lengths(call, c) && check_metadatas(call, c, use);
}

static const json_value *metadata_of(const columns *c, uint32_t i)
{
    const json_value *metadata = c->metadatas ? c->metadatas->elements[i] : NULL;
    return metadata && metadata->kind == JSON_OBJECT ? metadata : NULL;
}

/* The text of each point's metadata, one after the other in one buffer, and from there together in
 * the arena. */
static bool write_metadatas(serve_call *call, const columns *c, record_batch *out)
{
    kith_error err = {0};
    size_t *offsets = arena_new_array(&call->arena, size_t, c->count);
    if (!offsets) return refuse(call, 500, "out of memory for the request");
    if (!c->metadatas && !c->uris) return true;
    buffer text;
    buffer_init(&text, call->limits->body_bytes * 8);
    for (uint32_t i = 0; i < c->count; i++) {
        const json_value *metadata = metadata_of(c, i);
        const char *uri = c->uris ? c->uris[i] : NULL;
        offsets[i] = SIZE_MAX;
        if (!metadata && !uri) continue;
        offsets[i] = text.size;
        metadata_write_record(&(json_writer){.out = &text}, metadata, uri);
        buffer_append_byte(&text, 0);
        if (text.size - offsets[i] - 1 > call->limits->metadata_bytes) {
            buffer_done(&text);
            return refuse(call, 400, "metadatas[%u] has more than %u bytes", i,
                          call->limits->metadata_bytes);
        }
    }
    bool fine = buffer_status(&text, "the metadata", &err) == KITH_OK || refuse_error(call, &err);
    const char *all = fine ? arena_copy(&call->arena, buffer_view(&text)).data : NULL;
    buffer_done(&text);
    if (fine && !all) return refuse(call, 500, "out of memory for the request");
    for (uint32_t i = 0; fine && i < c->count; i++)
        if (offsets[i] != SIZE_MAX) out->points[i].metadata = all + offsets[i];
    return fine;
}

bool record_batch_parse(serve_call *call, kith_write_mode mode, bool may_lack_vectors,
                        record_batch *out)
{
    columns c = {0};
    *out = (record_batch){0};
    const bool may_lack = may_lack_vectors || mode == KITH_UPDATE;
    if (!parse_columns(call, mode, may_lack, &c)) return false;
    out->count = c.count;
    out->dimension = c.vectors.dimension;
    out->metadatas = c.metadatas ? c.metadatas->elements : NULL;
    out->without = c.vectors.rows ? c.vectors.missing : c.count;
    out->points = arena_new_array(&call->arena, kith_point, c.count);
    if (!out->points) return refuse(call, 500, "out of memory for the request");
    for (uint32_t i = 0; i < c.count; i++) {
        const float *vector = c.vectors.rows ? c.vectors.rows[i] : NULL;
        out->points[i] = (kith_point){.id = c.ids[i],
                                      .content = c.documents ? c.documents[i] : NULL,
                                      .vector = vector,
                                      .dimension = vector ? c.vectors.dimension : 0};
    }
    return write_metadatas(call, &c, out);
}
