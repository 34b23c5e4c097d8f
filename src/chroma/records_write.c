/* records_write.c - add, upsert and update.
 *
 * Chroma's rules: an add keeps the record that there is, and of two records of one id the first; an
 * update passes over ids that do not exist; upsert and update merge metadata and leave what they do
 * not mention. These are options of one write of kith, so that a batch is one transaction.
 *
 * Texts without vectors are embedded when the collection's embedding function is Chroma's default,
 * whose model is kith's too, or when kith has embedded it from the beginning. In a collection that
 * has a model, or has nothing yet, kith_put embeds; else the vectors came from clients, for which
 * kith_put takes no texts, so that they are embedded here. */
#include "chroma/records_write.h"
#include "chroma/handlers.h"
#include "chroma/reply.h"

#include <kith/model.h>

static bool wants_vector(const kith_point *p)
{
    return !p->vector && p->content;
}

static uint32_t count_texts(record_batch *const *batches, uint32_t count)
{
    uint32_t texts = 0;
    for (uint32_t b = 0; b < count; b++)
        for (uint32_t i = 0; batches[b] && i < batches[b]->count; i++)
            texts += wants_vector(&batches[b]->points[i]);
    return texts;
}

/* Of the points that want vectors, in order: their texts, or, once there are any, gives them theirs. */
static void walk_texts(record_batch *const *batches, uint32_t count, const char **texts,
                       const kith_embeddings *vectors)
{
    uint32_t at = 0;
    for (uint32_t b = 0; b < count; b++)
        for (uint32_t i = 0; batches[b] && i < batches[b]->count; i++) {
            kith_point *point = &batches[b]->points[i];
            if (!wants_vector(point)) continue;
            texts[at] = point->content;
            if (vectors) {
                point->vector = vectors->vectors + (size_t)at * vectors->dimension;
                point->dimension = vectors->dimension;
            }
            at++;
        }
}

bool records_embed(serve_call *call, record_batch *const *batches, uint32_t count,
                   kith_embeddings **vectors)
{
    kith_error err = {0};
    const uint32_t wanted = count_texts(batches, count);
    if (wanted == 0) return true;
    const char **texts = arena_new_array(&call->arena, const char *, wanted);
    if (!texts) return refuse(call, 500, "out of memory for the request");
    if (!call->embedder)
        return refuse(call, 400,
                      "documents came without embeddings, and this server has no model to embed "
                      "them");
    walk_texts(batches, count, texts, NULL);
    const kith_embed_options options = {.size = sizeof options, .call = &call->call};
    if (kith_embed_as(call->embedder, KITH_AS_DOCUMENT, texts, wanted, &options, vectors, &err) !=
        KITH_OK)
        return refuse_error(call, &err);
    walk_texts(batches, count, texts, *vectors);
    return true;
}

/* `metadata` is an object or null. */
static bool note_metadata(serve_call *call, schema *s, const json_value *metadata, bool *grew)
{
    for (uint32_t i = 0; metadata->kind == JSON_OBJECT && i < metadata->count; i++) {
        const json_member *m = &metadata->members[i];
        if (view_starts_with(m->key, VIEW("chroma:"))) continue;
        if (!schema_note(s, &call->arena, m->key, schema_kind_of(m->value), grew)) return false;
    }
    return true;
}

/* The schema tells the keys that were seen. It is stored when it has grown; a writer beside this
 * one may store its own in between, and a key that is lost like this is noted when it comes again.
 * When the schema has no room any more, it stays as it is: nothing depends on it. */
bool records_note_keys(serve_call *call, const scope *s, settings *kept, const record_batch *batch)
{
    bool grew = false;
    const char *text = NULL;
    kith_error err = {0};
    for (uint32_t i = 0; batch->metadatas && i < batch->count; i++)
        if (!note_metadata(call, &kept->schema, batch->metadatas[i], &grew))
            return refuse(call, 500, "out of memory for the schema");
    if (!grew) return true;
    kith_status status = settings_to_text(call, kept, &text, &err);
    if (status == KITH_ERR_LIMIT) return true;
    if (status == KITH_OK) {
        const kith_collection_changes changes = {.size = sizeof changes, .configuration = text};
        status = kith_collection_modify(s->k, s->name, &changes, &err);
    }
    return status == KITH_OK || scope_refuse(call, s, &err);
}

static bool check_dimension(serve_call *call, const kith_collection_info *info,
                            const record_batch *batch)
{
    if (!batch->dimension || !info->dimension || batch->dimension == info->dimension) return true;
    return refuse(call, 400, "Collection expecting embedding with dimension of %u, got %u",
                  info->dimension, batch->dimension);
}

/* embedded  how many texts records_embed embedded without their ends */
static bool put(serve_call *call, const scope *s, kith_write_mode mode, const record_batch *batch,
                uint64_t embedded)
{
    kith_error err = {0};
    uint64_t truncated = 0;
    const kith_put_options options = {.size = sizeof options,
                                      .truncated = &truncated,
                                      .mode = mode,
                                      .call = &call->call,
                                      .keep_existing = mode == KITH_ADD,
                                      .pass_missing = mode == KITH_UPDATE,
                                      .allow_repeated = mode != KITH_ADD,
                                      .merge = mode != KITH_ADD};
    if (batch->count == 0) return true;
    kith_status status = kith_put_with(s->k, s->name, &options, batch->points, batch->count, &err);
    reply_truncated(call, truncated + embedded);
    return status == KITH_OK || scope_refuse(call, s, &err);
}

/* Are texts embedded that come without vectors? Without a model an update is Chroma's: the vector
 * stays. */
static bool may_embed(const serve_call *call, const kith_collection_info *info,
                      const settings *kept, kith_write_mode mode)
{
    if (call->strict_chroma || (mode == KITH_UPDATE && !call->embedder)) return false;
    return settings_has_default_function(kept) || info->model[0] != 0;
}

bool records_read(serve_call *call, const records_target *to, record_batch *batch, bool *embeds)
{
    const kith_collection_info *info = to->info;
    const bool may = may_embed(call, info, to->kept, to->mode);
    if (!record_batch_parse(call, to->mode, may, batch) || !check_dimension(call, info, batch))
        return false;
    const bool by_kith = info->model[0] != 0 || (info->dimension == 0 && !batch->dimension);
    *embeds = may && batch->without && !by_kith;
    return true;
}

uint64_t records_truncated(const kith_embeddings *vectors)
{
    uint64_t truncated = 0;
    for (size_t i = 0; vectors && i < vectors->count; i++)
        truncated += vectors->truncated[i];
    return truncated;
}

/* What a write does once its collection is known. */
static bool write_batch(serve_call *call, const scope *s, const kith_collection_info *info,
                        kith_write_mode mode)
{
    settings kept;
    record_batch batch, *const batches[] = {&batch};
    kith_embeddings *vectors = NULL;
    const records_target to = {info, &kept, mode};
    bool embeds = false;
    bool fine = settings_load(call, info, &kept) && records_read(call, &to, &batch, &embeds) &&
                (!embeds || records_embed(call, batches, 1, &vectors)) &&
                put(call, s, mode, &batch, records_truncated(vectors)) &&
                records_note_keys(call, s, &kept, &batch);
    kith_embeddings_free(vectors);
    if (fine) serve_audit(call, "%u records of collection %s", batch.count, s->id);
    return fine;
}

static void write_records(serve_call *call, kith_write_mode mode, int http_status)
{
    scope s;
    kith_collection_infos *infos = NULL;
    if (!scope_collection(call, &s) || !scope_describe(call, &s, &infos)) return;
    if (write_batch(call, &s, &infos->collections[0], mode)) reply_empty_object(call, http_status);
    kith_collection_infos_free(infos);
}

void chroma_add(serve_call *call)
{
    write_records(call, KITH_ADD, 201);
}

void chroma_upsert(serve_call *call)
{
    write_records(call, KITH_UPSERT, 200);
}

void chroma_update(serve_call *call)
{
    write_records(call, KITH_UPDATE, 200);
}
