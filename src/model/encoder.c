/* encoder.c - texts to vectors: tokens, packs of whole texts over the threads, pooling, unit
 * length.
 *
 * Texts are taken in waves that bound the memory of a call. A wave is tokenised, sorted with the
 * longest first, and cut into packs: whole texts of PACK_TOKENS tokens together (a longer text is
 * a pack of its own). A pack is one run of the network on one thread, so that no thread waits for
 * another inside it; the long packs go first, the short ones fill the gaps at the end. Nothing is
 * padded, and a text's vector does not depend on its pack. */
#include "model/encoder.h"

#include "base/hash.h"
#include "base/size.h"
#include "model/bert.h"
#include "model/model_config.h"
#include "model/safetensors.h"
#include "os/file.h"
#include "simd/gemm.h"

#include <stdio.h>
#include <stdlib.h>

enum {
    PACK_TOKENS =
        128, /* the kernels are at their peak from 64 on; 256 are 2 % slower: the second cache */
    WAVE_TEXTS_A_WORKER = 256
};

struct encoder {
    encoder_info info;
    model_config config;
    tokenizer *tokenizer;
    file_map file; /* of model.safetensors: the word embeddings are read in place */
    safetensors *weights;
    bert *network;
};

/* ---- opening ---- */

static kith_status file_digest(const char *directory, const char *name, hash128 *out,
                               kith_error *err)
{
    char path[MODEL_PATH_BYTES];
    if (snprintf(path, sizeof path, "%s/%s", directory, name) >= (int)sizeof path)
        return fail(err, KITH_ERR_LIMIT, "the path of '%s' is too long", name);
    file_map map = {0};
    kith_status status = file_map_open(path, &map, err);
    if (status != KITH_OK) return status;
    *out = hash128_of(map.bytes, 0);
    file_map_close(&map);
    return KITH_OK;
}

/* What decides a vector's bits, instruction set and thread count apart: weights, tokenizer, and
 * the numbers that turn states into a vector. Neither the directory's name nor other files count,
 * so that a copy of a model is the same model. */
static kith_status describe(encoder *e, const char *directory, kith_error *err)
{
    const model_config *c = &e->config;
    hash128 digests[2] = {hash128_of(e->file.bytes, 0)};
    kith_status status = file_digest(c->transformer, "tokenizer.json", &digests[1], err);
    if (status == KITH_ERR_NOT_FOUND)
        status = file_digest(c->transformer, "vocab.txt", &digests[1], err);
    if (status != KITH_OK) return status;
    char digest[33];
    view both = {(const char *)digests, sizeof digests};
    hash128_hex(hash128_of(both, c->shape.heads), digest); // no tensor's shape tells the heads
    (void)snprintf(e->info.fingerprint, sizeof e->info.fingerprint, "xxh3:%s %s %s %u f32", digest,
                   pooling_name(c->pooling), c->normalize ? "norm" : "raw", c->max_tokens);
    view name = view_of(directory);
    while (name.size > 1 && name.data[name.size - 1] == '/')
        name.size--;
    for (size_t i = name.size; i > 0; i--) {
        if (name.data[i - 1] != '/') continue;
        name = view_slice(name, i, name.size);
        break;
    }
    (void)snprintf(e->info.name, sizeof e->info.name, "%.*s", VIEW_ARG(name));
    e->info.dim = c->shape.hidden;
    e->info.max_tokens = c->max_tokens;
    return KITH_OK;
}

static kith_status open_network(encoder *e, kith_error *err)
{
    char path[MODEL_PATH_BYTES];
    if (snprintf(path, sizeof path, "%s/model.safetensors", e->config.transformer) >=
        (int)sizeof path)
        return fail(err, KITH_ERR_LIMIT, "the path of model.safetensors is too long");
    kith_status status = file_map_open(path, &e->file, err);
    if (status != KITH_OK) return status;
    status = safetensors_parse(e->file.bytes, &e->weights, err);
    if (status == KITH_OK) status = bert_new(&e->config.shape, e->weights, &e->network, err);
    if (status == KITH_ERR_MODEL) status = fail_context(err, status, "%s", path);
    return status;
}

static kith_status open_all(encoder *e, const char *directory, kith_error *err)
{
    kith_status status = model_config_read(directory, &e->config, err);
    if (status != KITH_OK) return status;
    status = tokenizer_open(e->config.transformer, &e->tokenizer, err);
    if (status != KITH_OK) return status;
    if (tokenizer_vocabulary_size(e->tokenizer) > e->config.shape.vocabulary)
        return fail(err, KITH_ERR_MODEL, "%s: the tokenizer has %u tokens, the network %u",
                    directory, tokenizer_vocabulary_size(e->tokenizer), e->config.shape.vocabulary);
    status = open_network(e, err);
    if (status != KITH_OK) return status;
    status = describe(e, directory, err);
    // Packed and digested: from now on only rows of the word embeddings are read.
    file_map_forget(&e->file);
    return status;
}

kith_status encoder_open(const char *directory, encoder **out, kith_error *err)
{
    encoder *e = calloc(1, sizeof *e);
    if (!e) return fail(err, KITH_ERR_NO_MEMORY, "no memory for an encoder");
    kith_status status = open_all(e, directory, err);
    if (status == KITH_OK)
        *out = e;
    else
        encoder_free(e);
    return status;
}

void encoder_free(encoder *e)
{
    if (!e) return;
    bert_free(e->network);
    safetensors_free(e->weights);
    file_map_close(&e->file);
    tokenizer_free(e->tokenizer);
    free(e);
}

const encoder_info *encoder_describe(const encoder *e)
{
    return &e->info;
}

const tokenizer *encoder_tokenizer(const encoder *e)
{
    return e->tokenizer;
}

/* ---- embedding ---- */

/* A text of the wave, in the order of work. */
typedef struct job {
    const uint32_t *ids;
    uint32_t length;
    uint32_t text; /* its number in the wave */
} job;

typedef struct pack {
    uint32_t first, count; /* jobs */
} pack;

/* One call's memory, for one wave at a time. */
typedef struct embedding {
    const encoder *encoder;
    uint32_t workers;
    uint32_t wave_texts;
    uint32_t *ids;         /* [wave_texts][max_tokens] */
    job *jobs;             /* [wave_texts] */
    const uint32_t **rows; /* [wave_texts], the jobs' ids and lengths as the network takes them */
    uint32_t *lengths;
    pack *packs;    /* [wave_texts] */
    float *scratch; /* [workers][scratch_floats] */
    size_t scratch_floats;
    /* the wave */
    const view *texts;
    float *out;            /* [texts][dim], or NULL */
    uint32_t *tokens;      /* [texts], or NULL */
    encoded_text *encoded; /* likewise */
} embedding;

static void tokenise(void *context, uint32_t i, uint32_t worker)
{
    (void)worker;
    embedding *call = context;
    const encoder *e = call->encoder;
    uint32_t *ids = call->ids + (size_t)i * e->info.max_tokens;
    uint32_t untruncated = 0;
    uint32_t length =
        tokenizer_encode(e->tokenizer, call->texts[i], e->info.max_tokens, ids, &untruncated);
    call->jobs[i] = (job){ids, length, i};
    if (call->tokens) call->tokens[i] = untruncated;
}

static void make_vector(const encoder *e, const job *text, const float *states, float *out)
{
    pool_states(e->config.pooling, states, bert_stride(e->network), text->length, e->info.dim, out);
    if (e->config.normalize) normalise(out, e->info.dim);
}

static void take_tokens(const encoder *e, const job *text, const float *states, encoded_text *out)
{
    for (uint32_t i = 0; i < out->count; i++) {
        float *state = out->states + (size_t)i * e->info.dim;
        out->ids[i] = text->ids[i + 1];
        memcpy(state, states + (i + 1) * bert_stride(e->network), e->info.dim * sizeof *state);
        normalise(state, e->info.dim);
    }
}

static void encode_pack(void *context, uint32_t i, uint32_t worker)
{
    embedding *call = context;
    const encoder *e = call->encoder;
    const pack *p = &call->packs[i];
    bert_batch batch = {call->rows + p->first, call->lengths + p->first, p->count};
    float *scratch = call->scratch + worker * call->scratch_floats;
    const float *states = bert_run(e->network, &batch, scratch);
    for (uint32_t j = 0; j < p->count; j++) {
        const job *text = &call->jobs[p->first + j];
        if (call->out) make_vector(e, text, states, call->out + (size_t)text->text * e->info.dim);
        if (call->encoded) take_tokens(e, text, states, &call->encoded[text->text]);
        states += text->length * bert_stride(e->network);
    }
}

static int longest_first(const void *a, const void *b)
{
    const job *x = a, *y = b;
    if (x->length != y->length) return x->length > y->length ? -1 : 1;
    return (x->text > y->text) - (x->text < y->text);
}

/* A worker's share when there is less work than PACK_TOKENS for each. */
static uint64_t pack_budget(const embedding *call, uint32_t count)
{
    uint64_t total = 0;
    for (uint32_t i = 0; i < count; i++)
        total += call->jobs[i].length;
    uint64_t share = (total + call->workers - 1) / call->workers;
    return share < PACK_TOKENS ? share : PACK_TOKENS;
}

static uint32_t cut_packs(embedding *call, uint32_t count)
{
    qsort(call->jobs, count, sizeof *call->jobs, longest_first);
    uint64_t budget = pack_budget(call, count), filled = 0;
    uint32_t packs = 0;
    for (uint32_t i = 0; i < count; i++) {
        const job *j = &call->jobs[i];
        call->rows[i] = j->ids;
        call->lengths[i] = j->length;
        if (packs == 0 || filled + j->length > budget) {
            call->packs[packs++] = (pack){.first = i};
            filled = 0;
        }
        call->packs[packs - 1].count++;
        filled += j->length;
    }
    return packs;
}

static void run(thread_pool *pool, uint32_t count, thread_work work, embedding *call)
{
    if (pool) {
        thread_pool_run(pool, count, work, call);
        return;
    }
    for (uint32_t i = 0; i < count; i++)
        work(call, i, 0);
}

static void embedding_done(embedding *call)
{
    free(call->ids);
    free(call->jobs);
    free(call->rows);
    free(call->lengths);
    free(call->packs);
    free(call->scratch);
}

static kith_status embedding_init(embedding *call, kith_error *err)
{
    const encoder *e = call->encoder;
    size_t texts = call->wave_texts, longest = e->info.max_tokens, ids = 0, floats = 0, bytes = 0;
    size_t most = size_max(PACK_TOKENS, longest);
    call->scratch_floats = bert_scratch(e->network, most, longest);
    if (!size_mul(texts, longest, &ids) ||
        !size_mul(call->scratch_floats, call->workers, &floats) ||
        !size_mul(floats, sizeof(float), &bytes))
        return fail(err, KITH_ERR_NO_MEMORY, "embedding %zu texts overflows", texts);
    call->ids = heap_new_array(ids, sizeof *call->ids);
    call->jobs = heap_new_array(texts, sizeof *call->jobs);
    call->rows = heap_new_array(texts, sizeof *call->rows);
    call->lengths = heap_new_array(texts, sizeof *call->lengths);
    call->packs = heap_new_array(texts, sizeof *call->packs);
    call->scratch = aligned_alloc(GEMM_ALIGNMENT_BYTES, bytes);
    if (!call->ids || !call->jobs || !call->rows || !call->lengths || !call->packs ||
        !call->scratch)
        return fail(err, KITH_ERR_NO_MEMORY, "no memory to embed %zu texts", texts);
    return KITH_OK;
}

/* Room for the tokens of the wave's texts, before the order of the jobs changes. */
static kith_status make_room(const embedding *call, uint32_t count, arena *a, kith_error *err)
{
    for (uint32_t i = 0; i < count; i++) {
        uint32_t tokens = call->jobs[i].length - TOKENIZER_SPECIAL_TOKENS;
        call->encoded[i] = (encoded_text){
            .ids = arena_new_array(a, uint32_t, tokens),
            .states = arena_new_array(a, float, (size_t)tokens * call->encoder->info.dim),
            .count = tokens};
    }
    return a->exhausted ? fail(err, KITH_ERR_NO_MEMORY, "no memory for tokens") : KITH_OK;
}

/* Into whatever of out, tokens and encoded is wanted; `a` is for the last. */
static kith_status embed(embedding *call, const view *texts, uint32_t count, thread_pool *pool,
                         arena *a, kith_error *err)
{
    if (count == 0) return KITH_OK;
    call->workers = pool ? thread_pool_size(pool) : 1;
    uint32_t wave_texts = call->workers * WAVE_TEXTS_A_WORKER;
    call->wave_texts = count < wave_texts ? count : wave_texts;
    kith_status status = embedding_init(call, err);
    for (size_t start = 0; status == KITH_OK && start < count; start += call->wave_texts) {
        uint32_t wave = (uint32_t)size_min(count - start, call->wave_texts);
        call->texts = texts + start;
        run(pool, wave, tokenise, call);
        if (call->encoded) status = make_room(call, wave, a, err);
        if (status == KITH_OK) run(pool, cut_packs(call, wave), encode_pack, call);
        if (call->out) call->out += (size_t)wave * call->encoder->info.dim;
        if (call->tokens) call->tokens += wave;
        if (call->encoded) call->encoded += wave;
    }
    embedding_done(call);
    return status;
}

kith_status encoder_embed(const encoder *e, const view *texts, uint32_t count, thread_pool *pool,
                          float *out, uint32_t *tokens, kith_error *err)
{
    embedding call = {.encoder = e, .out = out, .tokens = tokens};
    return embed(&call, texts, count, pool, NULL, err);
}

kith_status encoder_encode(const encoder *e, const view *texts, uint32_t count, thread_pool *pool,
                           arena *a, encoded_text *out, kith_error *err)
{
    embedding call = {.encoder = e, .encoded = out};
    return embed(&call, texts, count, pool, a, err);
}
