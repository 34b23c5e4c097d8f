/* encoder.c - texts to vectors: tokens, network, pooling, unit length, over as many threads as the
 * pool has.
 *
 * A call takes its texts in waves, which bound its memory: a wave is as many texts as
 * ENCODER_WAVE_TEXTS_A_WORKER for each thread, and every buffer of the call is used again for the
 * next one. A wave has two parallel steps. First every text becomes tokens, one text at a time.
 * Then the texts are sorted by length and cut into packs of whole texts (batch.c), and each pack is
 * one run of the network on one thread, so that no thread waits for another inside it.
 *
 * Nothing is padded. The usual layout, a rectangle as wide as its longest text, computes states
 * that nobody reads, and lets the longest text of a batch change the others' rounding, as sums
 * become as long as the rectangle is wide. Here a run has exactly one row for each of its tokens.
 *
 * A text's vector is bit-identical whatever the batch, the order of the texts and the number of
 * threads. Its tokens depend on the text alone. Its states do not depend on the other rows of its
 * run (bert.c), hence not on where waves end and packs are cut. Pooling and normalising sum over
 * its own states in their order, on one thread. And every result is written to its own place, by
 * the text's number, so that the order in which threads end is not seen either.
 *
 * Two texts never share a place: within a wave a text's number is its place in the wave, and the
 * outputs move on by the size of the wave before the next begins. */
#include "model/encoder.h"

#include "base/hash.h"
#include "base/size.h"
#include "model/batch.h"
#include "model/bert.h"
#include "model/model_config.h"
#include "model/model_files.h"
#include "model/model_record.h"
#include "model/packed_weights.h"
#include "model/safetensors.h"
#include "model/static_encoder.h"
#include "simd/gemm.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct encoder {
    encoder_info info;
    model_config config;
    char files[MODEL_FILES_BYTES]; /* as described when the encoder was opened */
    bool float32;                  /* the options */
    char *cache;
    /* What follows is loaded when it is first needed, under `loading`, and constant once `loaded`
     * is true. Whoever reads true with acquire order sees all of it. */
    pthread_mutex_t loading;
    atomic_bool loaded;
    tokenizer *tokenizer;
    safetensors *weights; /* of which the word embeddings are read row by row */
    bert *network;
    static_table *table; /* of static embeddings, which have no network; NULL otherwise */
    packed_weights
        packed; /* what `network` lies in, if it was packed before; else only its choice */
    pthread_mutex_t keeping; /* guards packed_weights_keep */
    encoder_precision precision;
    /* What encoder_peek_precision found; text "": nothing yet. Written once, under `loading`. */
    encoder_precision peeked;
};

/* ---- opening ---- */

static void describe(encoder *e, const char *directory)
{
    model_name(directory, e->info.name, sizeof e->info.name);
    e->info.dim = e->config.shape.hidden;
    e->info.max_tokens = e->config.max_tokens;
    e->info.special = e->config.is_static ? 0 : TOKENIZER_SPECIAL_TOKENS;
}

/* Static embeddings: their file alone says how large they are. */
static kith_status measure_table(encoder *e, kith_error *err)
{
    char path[MODEL_PATH_BYTES];
    safetensors *file = NULL;
    static_shape shape = {0};
    kith_status status = model_path(&e->config, e->config.weights, path, err);
    if (status == KITH_OK) status = safetensors_open(path, &file, err);
    if (status == KITH_OK) status = static_table_measure(file, &shape, err);
    safetensors_free(file);
    if (status == KITH_ERR_MODEL || status == KITH_ERR_UNSUPPORTED)
        return fail_context(err, status, "%s", path);
    if (status != KITH_OK) return status;
    e->config.shape.hidden = shape.dim;
    e->config.shape.vocabulary = shape.tokens;
    return KITH_OK;
}

/* The digest of weights and tokenizer and, where there are any, of the prompts and of what
 * tokenizer_config.json says beside a vocab.txt, without which a fingerprint is what it was before. */
static hash128 digest_of(const encoder *e, const hash128 digests[2])
{
    const model_config *c = &e->config;
    // The number of heads is the seed, since no tensor's shape shows it.
    hash128 digest = hash128_of((view){(const char *)digests, 2 * sizeof *digests}, c->shape.heads);
    for (uint32_t role = 0; model_config_has_prompts(c) && role < MODEL_ROLES; role++)
        digest = hash128_of(view_of(c->prompts[role]), digest.low ^ digest.high);
    // What vocab.txt does not say. An uncased BERT's, which is 0, leaves the digest as it was.
    const char variant = (char)tokenizer_variant(e->tokenizer);
    if (variant) digest = hash128_of((view){&variant, 1}, digest.low ^ digest.high);
    return digest;
}

/* Fills e->info.fingerprint. It holds all that decides a vector, but for the rounding of the
 * instruction set: weights, tokenizer, prompts, the number of heads, and how states become a vector. Neither
 * the directory's name nor another file is part of it, so that a copy of a model is the same
 * model. Errors: those of safetensors_digest. */
static kith_status make_fingerprint(encoder *e, kith_error *err)
{
    const model_config *c = &e->config;
    hash128 digests[2];
    kith_status status = model_digests(e->tokenizer, e->weights, digests, err);
    if (status != KITH_OK) return status;
    char digest[33];
    hash128_hex(digest_of(e, digests), digest);
    (void)snprintf(e->info.fingerprint, sizeof e->info.fingerprint, "xxh3:%s %s %s %u f32", digest,
                   c->is_static ? "static" : pooling_name(c->pooling),
                   c->normalize ? "norm" : "raw", c->max_tokens);
    return KITH_OK;
}

static packed_key key_of(const encoder *e)
{
    return (packed_key){.directory = e->config.transformer,
                        .cache = e->cache,
                        .fingerprint = e->info.fingerprint,
                        .level = simd()->level,
                        .products = e->config.shape.layers * BERT_PRODUCTS};
}

/* Makes the network of weights that were packed before; false when there are none. */
static bool adopt_packed(encoder *e)
{
    packed_key key = key_of(e);
    packed_weights found = {0};
    if (e->float32 || !packed_weights_open(&key, &found)) return false;
    bert_recipe recipe = {found.choice.precisions, found.choice.attention, NULL};
    if (bert_adopt(&e->config.shape, e->weights, &recipe, found.block, &e->network, NULL) !=
        KITH_OK) {
        packed_weights_close(&found);
        return false;
    }
    e->packed = found;
    return true;
}

/* Packs the weights in float32, and then in the precision that its vectors allow. */
static kith_status pack_network(encoder *e, kith_error *err)
{
    bert *coded = NULL;
    kith_status status = bert_new(&e->config.shape, e->weights, NULL, &e->network, err);
    e->packed.choice = (precision_choice){.attention = GEMM_FLOAT32, .cosine = 1};
    if (status != KITH_OK || e->float32) return status;
    precision_model m = {.shape = &e->config.shape,
                         .weights = e->weights,
                         .tokenizer = e->tokenizer,
                         .pooling = e->config.pooling,
                         .max_tokens = e->config.max_tokens};
    status = precision_choose(&m, e->network, &e->packed.choice, &coded, err);
    if (status != KITH_OK || !coded) return status;
    bert_free(e->network);
    e->network = coded;
    return KITH_OK;
}

/* Keeps what pack_network made, for the next process. Without it that packs again. */
static void keep_packed(const encoder *e)
{
    packed_key key = key_of(e);
    if (!e->packed.choice.precisions || e->packed.block.data) return;
    (void)packed_weights_write(&key, &e->packed.choice, bert_block(e->network));
}

/* Of a model whose fingerprint is known every number was seen to be finite. */
static kith_status open_table(encoder *e, bool is_known, kith_error *err)
{
    kith_status status = static_table_new(e->weights, !is_known, &e->table, err);
    if (status != KITH_OK) return status;
    const static_shape shape = static_table_shape(e->table);
    if (shape.dim != e->config.shape.hidden || shape.tokens != e->config.shape.vocabulary)
        return fail(err, KITH_ERR_MODEL, "the model was changed while it was opened");
    e->precision.cosine = 1;
    e->precision.is_mapped = true; // the rows are read from it, and cached once for all processes
    (void)snprintf(e->precision.text, sizeof e->precision.text, "%s", static_table_type(e->table));
    return KITH_OK;
}

/* The fingerprint is known when it was kept; else it is made now. */
static kith_status open_network(encoder *e, kith_error *err)
{
    const bool is_known = e->info.fingerprint[0];
    kith_status status = is_known ? KITH_OK : make_fingerprint(e, err);
    if (status == KITH_OK && e->config.is_static)
        status = open_table(e, is_known, err);
    else if (status == KITH_OK && !adopt_packed(e))
        status = pack_network(e, err);
    // Written over meanwhile, they may have been read in part before and in part after it.
    if (status == KITH_OK && !safetensors_is_unchanged(e->weights))
        status = fail(err, KITH_ERR_MODEL, "the file was changed while it was read");
    if (status != KITH_OK || e->config.is_static) return status;
    e->precision.cosine = e->packed.choice.cosine;
    e->precision.is_mapped = e->packed.map.is_shared;
    precision_describe(&e->packed.choice, e->config.shape.layers, e->precision.text,
                       sizeof e->precision.text);
    return KITH_OK;
}

static void unload(encoder *e)
{
    bert_free(e->network);
    static_table_free(e->table);
    packed_weights_close(&e->packed);
    safetensors_free(e->weights);
    tokenizer_free(e->tokenizer);
    e->network = NULL;
    e->table = NULL;
    e->weights = NULL;
    e->tokenizer = NULL;
}

/* The configuration as it is now, for what follows from it with the files that were opened. */
static kith_status read_again(const encoder *e, const char *directory, model_config *out,
                              kith_error *err)
{
    kith_status status = model_config_read(directory, out, err);
    if (status != KITH_OK || !out->is_static) return status;
    out->shape.hidden = e->config.shape.hidden; // open_table compares what the table has
    out->shape.vocabulary = e->config.shape.vocabulary;
    return KITH_OK;
}

/* Opens tokenizer and weights, of one model.
 * directory  where the configuration was read a moment ago; NULL: longer ago, for a record of the files */
static kith_status open_files(encoder *e, const char *directory, char path[MODEL_PATH_BYTES],
                              kith_error *err)
{
    model_config *now = directory ? malloc(sizeof *now) : NULL;
    kith_status status = model_path(&e->config, e->config.weights, path, err);
    if (directory && !now) status = fail(err, KITH_ERR_NO_MEMORY, "no memory for an encoder");
    if (status == KITH_OK) status = model_open_tokenizer(&e->config, &e->tokenizer, err);
    if (status == KITH_OK) {
        status = safetensors_open(path, &e->weights, err);
        if (status == KITH_ERR_MODEL) status = fail_context(err, status, "%s", path);
    }
    if (status == KITH_OK && now) status = read_again(e, directory, now, err);
    if (status == KITH_OK && !model_files_are_same(now ? now : &e->config, e->files))
        status = fail(err, KITH_ERR_MODEL, "%s: the model was changed %s it was opened",
                      e->config.transformer, directory ? "while" : "after");
    free(now);
    return status;
}

/* Reads tokenizer and weights; a failure leaves neither. `directory` as above. Errors: those of
 * encoder_open. */
static kith_status load_files_locked(encoder *e, const char *directory, kith_error *err)
{
    char path[MODEL_PATH_BYTES];
    kith_status status = open_files(e, directory, path, err);
    if (status == KITH_OK) {
        status = open_network(e, err);
        if (status == KITH_ERR_MODEL) status = fail_context(err, status, "%s", path);
    }
    if (status == KITH_OK)
        keep_packed(e);
    else
        unload(e);
    return status;
}

kith_status encoder_load(encoder *e, kith_error *err)
{
    if (atomic_load_explicit(&e->loaded, memory_order_acquire)) return KITH_OK;
    (void)pthread_mutex_lock(&e->loading);
    kith_status status = KITH_OK;
    if (!atomic_load_explicit(&e->loaded, memory_order_relaxed)) {
        status = load_files_locked(e, NULL, err);
        if (status == KITH_OK) atomic_store_explicit(&e->loaded, true, memory_order_release);
    }
    (void)pthread_mutex_unlock(&e->loading);
    return status;
}

/* A model whose fingerprint was kept is not read; any other is, whole, and then its fingerprint
 * is kept. */
static kith_status open_all(encoder *e, const char *directory, kith_error *err)
{
    kith_status status = model_config_read(directory, &e->config, err);
    if (status == KITH_OK && e->config.is_static) status = measure_table(e, err);
    if (status != KITH_OK) return status;
    describe(e, directory);
    if (model_files_describe(&e->config, e->files) &&
        model_record_read(&e->config, e->files, e->info.fingerprint, sizeof e->info.fingerprint))
        return KITH_OK;
    status = load_files_locked(e, directory, err);
    if (status != KITH_OK) return status;
    atomic_store_explicit(&e->loaded, true, memory_order_release);
    if (model_files_are_same(&e->config, e->files))
        model_record_write(&e->config, e->files, e->info.fingerprint);
    return KITH_OK;
}

kith_status encoder_open(const char *directory, const encoder_options *options, encoder **out,
                         kith_error *err)
{
    encoder *e = calloc(1, sizeof *e);
    if (!e) return fail(err, KITH_ERR_NO_MEMORY, "no memory for an encoder");
    (void)pthread_mutex_init(&e->loading, NULL);
    (void)pthread_mutex_init(&e->keeping, NULL);
    e->float32 = options && options->float32;
    const char *cache = options ? options->cache : NULL;
    e->cache = cache ? strdup(cache) : NULL;
    kith_status status = cache && !e->cache
                             ? fail(err, KITH_ERR_NO_MEMORY, "no memory for an encoder")
                             : open_all(e, directory, err);
    if (status == KITH_OK)
        *out = e;
    else
        encoder_free(e);
    return status;
}

void encoder_free(encoder *e)
{
    if (!e) return;
    unload(e);
    (void)pthread_mutex_destroy(&e->loading);
    (void)pthread_mutex_destroy(&e->keeping);
    free(e->cache);
    free(e);
}

const char *encoder_prompt(const encoder *e, model_role role)
{
    return e->config.prompts[role];
}

const encoder_info *encoder_describe(const encoder *e)
{
    return &e->info;
}

const tokenizer *encoder_tokenizer(encoder *e)
{
    if (encoder_load(e, NULL) != KITH_OK) return NULL;
    return e->tokenizer;
}

kith_status encoder_describe_precision(encoder *e, const encoder_precision **out, kith_error *err)
{
    kith_status status = encoder_load(e, err);
    if (status == KITH_OK) *out = &e->precision;
    return status;
}

/* Looks at the weights that were packed before. */
static void peek_locked(encoder *e)
{
    packed_key key = key_of(e);
    packed_weights found = {0};
    if (e->float32) {
        e->peeked.cosine = 1;
        (void)snprintf(e->peeked.text, sizeof e->peeked.text, "f32");
        return;
    }
    if (!packed_weights_open(&key, &found)) return;
    e->peeked.cosine = found.choice.cosine;
    e->peeked.is_mapped = found.map.is_shared;
    precision_describe(&found.choice, e->config.shape.layers, e->peeked.text,
                       sizeof e->peeked.text);
    packed_weights_close(&found);
}

const encoder_precision *encoder_peek_precision(encoder *e)
{
    if (atomic_load_explicit(&e->loaded, memory_order_acquire)) return &e->precision;
    // A table is not packed, and loading it is no more than reading its tokenizer.
    if (e->config.is_static) return encoder_load(e, NULL) == KITH_OK ? &e->precision : NULL;
    const encoder_precision *found = &e->precision;
    (void)pthread_mutex_lock(&e->loading);
    if (!atomic_load_explicit(&e->loaded, memory_order_relaxed)) {
        if (!e->peeked.text[0]) peek_locked(e);
        found = e->peeked.text[0] ? &e->peeked : NULL;
    }
    (void)pthread_mutex_unlock(&e->loading);
    return found;
}

/* ---- embedding ---- */

/* One call's memory and outputs. The fields under "the wave" move on from wave to wave. */
typedef struct embedding {
    encoder *encoder;
    atomic_bool is_broken;   /* a file of the model was changed meanwhile */
    atomic_bool is_infinite; /* a vector has a number that is not finite */
    uint32_t workers;
    uint32_t wave_texts; /* texts of a full wave: the capacity of `batch` */
    batch batch;
    float *scratch;        /* [workers][scratch_floats], a part for each thread */
    size_t scratch_floats; /* enough for any pack */
    /* the wave */
    const view *texts;
    float *out;            /* [texts][dim], or NULL when no vectors are wanted */
    uint32_t *tokens;      /* [texts], or NULL when no counts are wanted */
    encoded_text *encoded; /* [texts], or NULL when no states are wanted */
} embedding;

/* Makes text i of the wave its tokens. */
static void tokenise(void *context, uint32_t i, uint32_t worker)
{
    (void)worker;
    embedding *call = context;
    const encoder *e = call->encoder;
    uint32_t untruncated = 0;
    uint32_t length = tokenizer_encode(e->tokenizer, call->texts[i], e->info.max_tokens,
                                       batch_ids(&call->batch, i), &untruncated);
    batch_put(&call->batch, i, length);
    if (call->tokens) call->tokens[i] = untruncated;
}

/* states [text->length][bert_stride] to out[dim]. False when a number is not finite, as of weights that
 * are finite and too large. */
static bool make_vector(const encoder *e, const batch_text *text, const float *states, float *out)
{
    pool_states(e->config.pooling, states, bert_stride(e->network), text->length, e->info.dim, out);
    if (e->config.normalize) normalise(out, e->info.dim);
    return floats_are_finite(out, e->info.dim);
}

/* Copies states [text->length][bert_stride], without the first and the last, to
 * out->states[count][dim], each of unit length. False as above. */
static bool take_tokens(const encoder *e, const batch_text *text, const float *states,
                        encoded_text *out)
{
    bool finite = true;
    for (uint32_t i = 0; i < out->count; i++) {
        float *state = out->states + (size_t)i * e->info.dim;
        out->ids[i] = text->ids[i + 1];
        memcpy(state, states + (i + 1) * bert_stride(e->network), e->info.dim * sizeof *state);
        normalise(state, e->info.dim);
        finite = floats_are_finite(state, e->info.dim) && finite;
    }
    return finite;
}

/* False when the packed weights were changed, and are not to be read. */
static bool keep_packed_whole(encoder *e)
{
    if (file_map_is_whole(&e->packed.map)) return true;
    (void)pthread_mutex_lock(&e->keeping);
    bool kept = packed_weights_keep(&e->packed);
    (void)pthread_mutex_unlock(&e->keeping);
    return kept;
}

/* Runs pack i of the wave, and writes what is wanted of each of its texts to the text's place. */
static void encode_pack(void *context, uint32_t i, uint32_t worker)
{
    embedding *call = context;
    encoder *e = call->encoder;
    bert_batch run = batch_pack_run(&call->batch, i);
    const batch_text *text = &call->batch.texts[call->batch.packs[i].first];
    float *scratch = call->scratch + worker * call->scratch_floats;
    const float *states = keep_packed_whole(e) ? bert_run(e->network, &run, scratch) : NULL;
    if (!states) {
        atomic_store(&call->is_broken, true);
        return;
    }
    bool finite = true;
    for (const batch_text *end = text + run.count; text < end; text++) {
        if (call->out)
            finite = make_vector(e, text, states, call->out + (size_t)text->number * e->info.dim) &&
                     finite;
        if (call->encoded)
            finite = take_tokens(e, text, states, &call->encoded[text->number]) && finite;
        states += text->length * bert_stride(e->network);
    }
    if (!finite) atomic_store(&call->is_infinite, true);
}

static void embedding_done(embedding *call)
{
    batch_done(&call->batch);
    free(call->scratch);
}

static kith_status embedding_init(embedding *call, kith_error *err)
{
    const encoder *e = call->encoder;
    size_t texts = call->wave_texts, longest = e->info.max_tokens, floats = 0, bytes = 0;
    size_t most = size_max(BATCH_PACK_TOKENS, longest);
    call->scratch_floats = bert_scratch(e->network, most, longest);
    CHECK(call->scratch_floats > 0); // model_config bounds the shape far below an overflow
    if (!size_mul(call->scratch_floats, call->workers, &floats) ||
        !size_mul(floats, sizeof(float), &bytes))
        return fail(err, KITH_ERR_NO_MEMORY, "embedding %zu texts overflows", texts);
    kith_status status = batch_init(&call->batch, call->wave_texts, e->info.max_tokens, err);
    if (status != KITH_OK) return status;
    call->scratch = aligned_alloc(GEMM_ALIGNMENT_BYTES, bytes);
    if (!call->scratch) return fail(err, KITH_ERR_NO_MEMORY, "no memory to embed %zu texts", texts);
    return KITH_OK;
}

/* Room in `a` for the tokens of the wave's texts. Must run before batch_cut, while text i of the
 * batch is still text i of the wave. Error: KITH_ERR_NO_MEMORY. */
static kith_status make_room(const embedding *call, uint32_t count, arena *a, kith_error *err)
{
    for (uint32_t i = 0; i < count; i++) {
        const batch_text *text = &call->batch.texts[i];
        DCHECK(text->number == i);
        uint32_t tokens = text->length - TOKENIZER_SPECIAL_TOKENS;
        call->encoded[i] = (encoded_text){
            .ids = arena_new_array(a, uint32_t, tokens),
            .states = arena_new_array(a, float, (size_t)tokens * call->encoder->info.dim),
            .count = tokens};
    }
    return a->exhausted ? fail(err, KITH_ERR_NO_MEMORY, "no memory for tokens") : KITH_OK;
}

/* What a wave computed counts only when the files are still those that were opened. */
static kith_status check_files(const encoder *e, bool is_broken, kith_error *err)
{
    if (!is_broken && safetensors_is_unchanged(e->weights)) return KITH_OK;
    return fail(err, KITH_ERR_MODEL, "%s: the model was changed while it was in use; open it again",
                e->config.transformer);
}

/* Embeds texts[count] into whatever of call->out, tokens and encoded is not NULL. `a` holds what
 * encoded points to; NULL when encoded is. Errors: KITH_ERR_NO_MEMORY, KITH_ERR_MODEL; outputs then
 * hold the waves that were finished. */
static kith_status embed(embedding *call, const view *texts, uint32_t count,
                         const thread_share *threads, arena *a, kith_error *err)
{
    if (count == 0) return KITH_OK;
    call->workers = threads ? thread_pool_size(threads->pool) : 1;
    uint32_t wave_texts = call->workers * ENCODER_WAVE_TEXTS_A_WORKER;
    call->wave_texts = count < wave_texts ? count : wave_texts;
    kith_status status = embedding_init(call, err);
    for (size_t start = 0; status == KITH_OK && start < count; start += call->wave_texts) {
        uint32_t wave = (uint32_t)size_min(count - start, call->wave_texts);
        call->texts = texts + start;
        thread_share_run(threads, wave, tokenise, call);
        if (call->encoded) status = make_room(call, wave, a, err);
        if (status == KITH_OK)
            thread_share_run(threads, batch_cut(&call->batch, wave, call->workers), encode_pack,
                             call);
        if (status == KITH_OK) status = check_files(call->encoder, call->is_broken, err);
        if (status == KITH_OK && call->is_infinite)
            status =
                fail(err, KITH_ERR_MODEL, "%s: a vector is not finite: the weights are too large",
                     call->encoder->config.transformer);
        if (call->out) call->out += (size_t)wave * call->encoder->info.dim;
        if (call->tokens) call->tokens += wave;
        if (call->encoded) call->encoded += wave;
    }
    embedding_done(call);
    return status;
}

static static_encoder static_of(const encoder *e)
{
    return (static_encoder){.table = e->table,
                            .tokenizer = e->tokenizer,
                            .max_tokens = e->config.max_tokens,
                            .normalize = e->config.normalize,
                            .counts_unknown = e->config.counts_unknown};
}

kith_status encoder_embed(encoder *e, const view *texts, uint32_t count,
                          const thread_share *threads, float *out, uint32_t *tokens,
                          kith_error *err)
{
    embedding call = {.encoder = e, .out = out, .tokens = tokens};
    kith_status status = encoder_load(e, err);
    if (status != KITH_OK) return status;
    if (!e->table) return embed(&call, texts, count, threads, NULL, err);
    const static_encoder s = static_of(e);
    status = static_embed(&s, texts, count, threads, out, tokens, err);
    return status == KITH_OK ? check_files(e, false, err) : status;
}

kith_status encoder_encode(encoder *e, const view *texts, uint32_t count,
                           const thread_share *threads, arena *a, encoded_text *out,
                           kith_error *err)
{
    embedding call = {.encoder = e, .encoded = out};
    kith_status status = encoder_load(e, err);
    if (status != KITH_OK) return status;
    if (!e->table) return embed(&call, texts, count, threads, a, err);
    const static_encoder s = static_of(e);
    status = static_encode(&s, texts, count, a, out, err);
    return status == KITH_OK ? check_files(e, false, err) : status;
}
