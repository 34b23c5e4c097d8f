/* handle.c - kith_open, kith_close and kith_embed; and the memory of results (handle.h). */
#include "lib/handle.h"

#include "lib/options.h"
#include "simd/simd.h"

#include <kith/recall.h>
#include <stddef.h>
#include <stdlib.h>

#ifndef KITH_VERSION
#error "the build defines KITH_VERSION"
#endif

typedef struct result_header {
    _Alignas(max_align_t) arena memory;
} result_header;

void *result_new(size_t bytes, arena **memory, kith_error *err)
{
    result_header *header = calloc(1, sizeof *header + bytes);
    if (!header) {
        (void)fail(err, KITH_ERR_NO_MEMORY, "out of memory for a result");
        return NULL;
    }
    arena_init(&header->memory, (size_t)4 << 30);
    *memory = &header->memory;
    return header + 1;
}

void result_free(const void *result)
{
    if (!result) return;
    result_header *header = (result_header *)(uintptr_t)result - 1;
    arena_done(&header->memory);
    free(header);
}

const char *result_uuid(arena *a, const uuid *id)
{
    char *text = arena_new(a, UUID_TEXT_BYTES + 1);
    if (text) uuid_format(id, text);
    return text;
}

kith_status require_embedder(const kith *k, kith_error *err)
{
    if (k->embedder) return KITH_OK;
    return fail(err, KITH_ERR_MODEL,
                "text needs an embedder, and none was given when the directory was opened");
}

kith_status choose_embedder(const kith *k, collection *c, embedder **out, kith_error *err)
{
    return models_choose(k->models, k->embedder, c, out, err);
}

kith_status acquire_with_embedder(kith *k, view name, collection **c, embedder **e, kith_error *err)
{
    kith_status status = database_acquire_collection(k->database, name, c, err);
    if (status == KITH_ERR_NOT_FOUND && !k->embedder) return require_embedder(k, err);
    return status == KITH_OK ? choose_embedder(k, *c, e, err) : status;
}

bool acquire_successor(kith *k, const char *name, kith_status status, collection **c)
{
    collection *now = NULL;
    if (status != KITH_ERR_BUSY || !*c) return false;
    if (database_acquire_collection(k->database, view_of(name), &now, NULL) != KITH_OK)
        return false;
    const bool is_other = collection_id(now) != collection_id(*c);
    database_release_collection(is_other ? *c : now);
    if (is_other) *c = now;
    return is_other;
}

view optional_view(const char *text)
{
    return text ? view_of(text) : (view){NULL, 0};
}

const char *kith_version(void)
{
    return KITH_VERSION;
}

kith_status kith_select_kernels(const char *name, kith_error *err)
{
    simd_level level = SIMD_SCALAR;
    if (!name) return simd_select(simd_level_best(), err);
    kith_status status = simd_level_parse(name, &level, err);
    return status == KITH_OK ? simd_select(level, err) : status;
}

const char *kith_kernels(void)
{
    return simd_level_name(simd()->level);
}

kith_status count_call(kith *k, kith_status status)
{
    metrics_error(k->metrics, status, 1);
    metrics_save_when_due(k->metrics);
    return status;
}

int64_t wait_of(int32_t wait_ms)
{
    enum { DEFAULT_WAIT_MS = 60 * 1000 };
    return wait_ms == 0 ? DEFAULT_WAIT_MS : wait_ms < 0 ? 0 : wait_ms;
}

static void free_handle(kith *k)
{
    free(k->tenant);
    free(k->database_name);
    free(k);
}

kith_status kith_open(const char *directory, const kith_options *options, kith **out,
                      kith_error *err)
{
    kith_options wanted;
    const kith_options *o = &wanted;
    kith_status status = options_adopt(&OPTIONS_SHAPE(kith_options), options, &wanted, err);
    if (status != KITH_OK) return status;
    kith *k = calloc(1, sizeof *k);
    if (!k) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a handle");
    k->embedder = o->embedder;
    k->tenant = strdup(KITH_DEFAULT_TENANT);
    k->database_name = strdup(KITH_DEFAULT_DATABASE);
    const database_options how = {
        .must_exist = o->must_exist,
        .read_only = o->read_only,
        .wait_ms = wait_of(o->wait_ms),
        .on_notice = o->on_notice,
        .context = o->notice_context,
        .memory_bytes = o->memory_bytes,
        .sample_every = o->sample_every == 0                  ? KITH_SAMPLE_EVERY
                        : o->sample_every >= KITH_SAMPLE_NONE ? 0
                                                              : (uint32_t)o->sample_every,
    };
    status = k->tenant && k->database_name
                 ? database_open(directory, &how, &k->database, err)
                 : fail(err, KITH_ERR_NO_MEMORY, "out of memory for a handle");
    if (status == KITH_OK) status = models_new(&k->models, err);
    if (status == KITH_OK) status = metrics_new(database_store(k->database), &k->metrics, err);
    if (status == KITH_OK) {
        k->cache = answer_cache_of(database_store(k->database), o->cache_bytes, o->cache_days);
        *out = k;
        return KITH_OK;
    }
    kith_status closed = database_close(k->database, NULL);
    (void)closed; // the first failure is the one to report
    models_free(k->models);
    free_handle(k);
    return status;
}

kith_status kith_close(kith *k, kith_error *err)
{
    if (!k) return KITH_OK;
    if (k->is_view) {
        kith_status status = database_close(k->database, err);
        free_handle(k);
        return status;
    }
    // Lost counts do not matter; whether the store was closed in order does.
    kith_status saved = metrics_save(k->metrics, NULL);
    (void)saved;
    kith_status status = database_close(k->database, err);
    metrics_free(k->metrics);
    models_free(k->models);
    free_handle(k);
    return status;
}

kith_status kith_embedder_open(const kith_embedder_options *options, kith_embedder **out,
                               kith_error *err)
{
    kith_embedder_options wanted;
    kith_status status =
        options_adopt(&(options_shape){"kith_embedder_options",
                                       offsetof(kith_embedder_options, precision), sizeof wanted},
                      options, &wanted, err);
    return status == KITH_OK ? embedder_open(&wanted, out, err) : status;
}

void kith_embedder_free(kith_embedder *e)
{
    embedder_free(e);
}

kith_status kith_embedder_last(const kith_embedder *e)
{
    return embedder_last(e);
}

kith_embedder_info kith_embedder_describe(const kith_embedder *e)
{
    return embedder_describe(e);
}

kith_status kith_model_describe(kith_embedder *e, kith_model_info *out, kith_error *err)
{
    return embedder_describe_model(e, out, err);
}

bool kith_model_peek(kith_embedder *e, kith_model_info *out)
{
    return embedder_peek_model(e, out);
}

static kith_status embed_into(kith_embedder *e, const view *texts, uint32_t count,
                              const embed_options *how, arena *a, kith_embeddings *out,
                              kith_error *err)
{
    float *vectors = NULL;
    uint32_t dim = 0, max_tokens = embedder_describe(e).max_tokens;
    uint32_t *tokens = arena_new_array(a, uint32_t, count);
    bool *truncated = arena_new_array(a, bool, count);
    if (!tokens || !truncated)
        return fail(err, KITH_ERR_NO_MEMORY, "out of memory for %u texts", count);
    embed_options options = *how;
    options.tokens = tokens;
    kith_status status = embedder_embed(e, texts, count, &vectors, &dim, &options, err);
    if (status != KITH_OK) return status;
    float *copy = arena_new_bytes_array(a, (size_t)count * dim, sizeof *copy);
    if (copy) {
        memcpy(copy, vectors, (size_t)count * dim * sizeof *copy);
        for (uint32_t i = 0; i < count; i++)
            truncated[i] =
                how->truncation != KITH_SPLIT && max_tokens != 0 && tokens[i] > max_tokens;
        *out = (kith_embeddings){count, dim, copy, tokens, truncated};
    } else {
        status = fail(err, KITH_ERR_NO_MEMORY, "out of memory for %u vectors", count);
    }
    free(vectors);
    return status == KITH_OK ? call_limit_check_bytes(how->limit, a->used, err) : status;
}

kith_status kith_embed(kith_embedder *e, const char *const *texts, size_t count,
                       const kith_embed_options *options, kith_embeddings **out, kith_error *err)
{
    return kith_embed_as(e, KITH_AS_TEXT, texts, count, options, out, err);
}

kith_status kith_embed_as(kith_embedder *e, kith_text_role role, const char *const *texts,
                          size_t count, const kith_embed_options *options, kith_embeddings **out,
                          kith_error *err)
{
    enum { EMBED_MAX_TEXTS = 1 << 20 };
    kith_embed_options wanted;
    call_limit room;
    const call_limit *limit = NULL;
    kith_status status =
        options_adopt(&(options_shape){"kith_embed_options",
                                       offsetof(kith_embed_options, truncation), sizeof wanted},
                      options, &wanted, err);
    if (status == KITH_OK) status = check_truncation(wanted.truncation, err);
    if (status == KITH_OK) status = options_begin_call(wanted.call, &room, &limit, err);
    if (status != KITH_OK) return status;
    if ((unsigned)role >= MODEL_ROLES)
        return fail(err, KITH_ERR_INVALID, "unknown role %d of a text", (int)role);
    if (count == 0 || count > EMBED_MAX_TEXTS)
        return fail(err, KITH_ERR_INVALID, "%zu texts in one call, allowed are 1 to %d", count,
                    EMBED_MAX_TEXTS);
    arena *memory = NULL;
    kith_embeddings *result = result_new(sizeof *result, &memory, err);
    if (!result) return KITH_ERR_NO_MEMORY;
    view *views = arena_new_array(memory, view, count);
    if (!views) status = fail(err, KITH_ERR_NO_MEMORY, "out of memory for %zu texts", count);
    for (size_t i = 0; i < count && status == KITH_OK; i++)
        views[i] = wanted.sizes ? (view){texts[i], wanted.sizes[i]} : view_of(texts[i]);
    if (status == KITH_OK)
        status =
            embed_into(e, views, (uint32_t)count,
                       &(embed_options){.role = (model_role)role,
                                        .truncation = embedder_truncation(limit, wanted.truncation),
                                        .limit = limit},
                       memory, result, err);
    return RESULT_END(status, result, out);
}

void kith_embeddings_free(kith_embeddings *embeddings)
{
    result_free(embeddings);
}
