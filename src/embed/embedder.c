/* embedder.c - the local encoder and the remote endpoint behind one set of calls.
 *
 * Which of the two it is, is decided once, by whether options.directory was set; `encoder` is NULL
 * in a remote embedder ever after. All fields but the atomic ones are constant once it is open, so
 * that any thread may read them; the pool locks for itself, and calls of the endpoint share nothing
 * else. */
#include "embed/embedder.h"

#include "base/rng.h"
#include "base/size.h"
#include "base/utf8.h"
#include "embed/long_text.h"
#include "llm/endpoint.h"
#include "model/encoder.h"
#include "os/thread_pool.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    FINGERPRINT_BYTES = 192,
    MODEL_BYTES = 3 * FINGERPRINT_BYTES,
    SKETCH_BITS = 256,  /* store/model.c says what a sketch is for */
    LIMITED_SLICE = 64, /* texts of a local model between two checks of a call's limit */
    PROMPTED_SLICE = 64 /* texts that are copied, each after its prompt, at a time */
};

/* The text whose vector is the sketch's. A sentence, since models that differ little differ most in
 * longer texts. */
static const view probe_text = {"The kith of a river are the brooks that feed it.", 48};

struct kith_embedder {
    encoder *encoder;  /* NULL: remote */
    thread_pool *pool; /* of a local one */
    /* Of a local one: how many tokens each role's prompt has, and how many are then left of the
     * model's limit for a text of any role. */
    uint32_t prompt_tokens[MODEL_ROLES], max_tokens;
    endpoint remote; /* its strings are the three below */
    char *base_url, *api_key, *model;
    char *cache;      /* of a local one: for packed weights; NULL: none */
    uint32_t threads; /* as asked for */
    bool float32;
    /* The dimension of a remote model's vectors; 0 until its first answer. Relaxed order suffices:
     * no other memory depends on it, and once it is known, llm_embed refuses any other. */
    atomic_uint remote_dim;
    atomic_uint last_status; /* a kith_status: see embedder_last */
    char fingerprint[FINGERPRINT_BYTES];
    char model_text[MODEL_BYTES]; /* what embedder_model returns: while it is not identified */
    char identified_text[MODEL_BYTES +
                         SKETCH_BITS]; /* and then; written once, before `identified` */
    pthread_mutex_t identifying;       /* guards the writing */
    /* Set with release order after identified_text was written, and read with acquire, so that
     * whoever sees it sees the text. */
    atomic_bool identified;
};

/* Prompts take from the tokens that a text may have. Their tokenizer is needed for that, so a model
 * with prompts is loaded here. Errors: those of encoder_load; KITH_ERR_MODEL when nothing is left. */
static kith_status measure_prompts(embedder *e, kith_error *err)
{
    uint32_t most = 0;
    e->max_tokens = encoder_describe(e->encoder)->max_tokens;
    for (uint32_t role = 0; role < MODEL_ROLES; role++) {
        view prompt = view_of(encoder_prompt(e->encoder, role));
        if (prompt.size == 0) continue;
        kith_status status = encoder_load(e->encoder, err);
        if (status != KITH_OK) return status;
        e->prompt_tokens[role] = tokenizer_count(encoder_tokenizer(e->encoder), prompt);
        most = (uint32_t)size_max(most, e->prompt_tokens[role]);
    }
    if (most + embedder_special_tokens(e) >= e->max_tokens)
        return fail(err, KITH_ERR_MODEL, "%s: a prompt of %u tokens leaves nothing of %u",
                    encoder_describe(e->encoder)->name, most, e->max_tokens);
    e->max_tokens -= most;
    return KITH_OK;
}

/* Copies an optional string; false when memory ran out. */
static bool copy_text(const char *text, char **out)
{
    if (!text) return true;
    *out = strdup(text);
    return *out != NULL;
}

static kith_status open_local(embedder *e, const kith_embedder_options *options, kith_error *err)
{
    uint32_t threads = options->threads ? options->threads : thread_count_available();
    const char *precision = options->precision ? options->precision : "auto";
    encoder_options how = {.float32 = strcmp(precision, "f32") == 0, .cache = options->cache};
    if (!how.float32 && strcmp(precision, "auto") != 0)
        return fail(err, KITH_ERR_INVALID, "unknown precision '%.32s': auto or f32", precision);
    e->threads = options->threads;
    e->float32 = how.float32;
    if (!copy_text(options->cache, &e->cache))
        return fail(err, KITH_ERR_NO_MEMORY, "out of memory for an embedder");
    kith_status status = thread_pool_new(threads, &e->pool, err);
    if (status == KITH_OK) status = encoder_open(options->directory, &how, &e->encoder, err);
    if (status == KITH_OK) status = measure_prompts(e, err);
    if (status == KITH_OK)
        (void)snprintf(e->fingerprint, sizeof e->fingerprint, "%s",
                       encoder_describe(e->encoder)->fingerprint);
    return status;
}

static kith_status open_remote(embedder *e, const kith_embedder_options *options, kith_error *err)
{
    if (!options->model || !options->model[0])
        return fail(err, KITH_ERR_INVALID, "a remote embedder needs the name of a model");
    if (!options->base_url && !options->api_key)
        return fail(err, KITH_ERR_AUTH, "the remote embedder needs an API key (OPENAI_API_KEY)");
    if (!copy_text(options->base_url, &e->base_url) || !copy_text(options->api_key, &e->api_key) ||
        !copy_text(options->model, &e->model))
        return fail(err, KITH_ERR_NO_MEMORY, "out of memory for an embedder");
    e->remote = (endpoint){
        .base_url = e->base_url, .api_key = e->api_key, .model = e->model, .retries = UINT32_MAX};
    int length = snprintf(e->fingerprint, sizeof e->fingerprint, "remote %s", options->model);
    if (length < 0 || (size_t)length >= sizeof e->fingerprint)
        return fail(err, KITH_ERR_INVALID, "model name is longer than %d bytes",
                    FINGERPRINT_BYTES - 8);
    return KITH_OK;
}

kith_status embedder_open(const kith_embedder_options *options, embedder **out, kith_error *err)
{
    embedder *e = calloc(1, sizeof *e);
    if (!e) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for an embedder");
    (void)pthread_mutex_init(&e->identifying, NULL);
    kith_status status =
        options->directory ? open_local(e, options, err) : open_remote(e, options, err);
    if (status != KITH_OK) {
        embedder_free(e);
        return status;
    }
    const char *name = embedder_describe(e).name;
    bool is_text = utf8_find_invalid(view_of(name)) == strlen(name);
    (void)snprintf(e->model_text, sizeof e->model_text, "%s%s%s", e->fingerprint,
                   is_text ? "\n" : "", is_text ? name : "");
    *out = e;
    return KITH_OK;
}

kith_status embedder_open_like(const embedder *like, const char *directory, embedder **out,
                               kith_error *err)
{
    const bool is_local = like && like->encoder;
    const kith_embedder_options options = {.directory = directory,
                                           .threads = is_local ? like->threads : 0,
                                           .precision = is_local && like->float32 ? "f32" : NULL,
                                           .cache = is_local ? like->cache : NULL};
    return embedder_open(&options, out, err);
}

const char *embedder_model(const embedder *e)
{
    bool identified = atomic_load_explicit(&e->identified, memory_order_acquire);
    return identified ? e->identified_text : e->model_text;
}

void embedder_free(embedder *e)
{
    if (!e) return;
    encoder_free(e->encoder);
    thread_pool_free(e->pool);
    free(e->base_url);
    free(e->cache);
    if (e->api_key) explicit_bzero(e->api_key, strlen(e->api_key));
    free(e->api_key);
    free(e->model);
    (void)pthread_mutex_destroy(&e->identifying);
    free(e);
}

kith_embedder_info embedder_describe(const embedder *e)
{
    if (!e->encoder)
        return (kith_embedder_info){e->model, e->fingerprint,
                                    atomic_load_explicit(&e->remote_dim, memory_order_relaxed), 0};
    const encoder_info *info = encoder_describe(e->encoder);
    return (kith_embedder_info){info->name, e->fingerprint, info->dim, e->max_tokens};
}

kith_status embedder_describe_model(embedder *e, kith_model_info *out, kith_error *err)
{
    const encoder_precision *found = NULL;
    if (!e->encoder) return fail(err, KITH_ERR_UNSUPPORTED, "a remote model has no precision here");
    kith_status status = encoder_describe_precision(e->encoder, &found, err);
    if (status == KITH_OK) *out = (kith_model_info){found->text, found->cosine, found->is_mapped};
    return status;
}

bool embedder_peek_model(embedder *e, kith_model_info *out)
{
    const encoder_precision *found = e->encoder ? encoder_peek_precision(e->encoder) : NULL;
    if (found) *out = (kith_model_info){found->text, found->cosine, found->is_mapped};
    return found != NULL;
}

static thread_lane choose_lane(embed_lane lane, uint32_t count)
{
    bool is_bulk =
        lane == EMBED_LANE_BY_COUNT ? count > EMBED_INTERACTIVE_TEXTS : lane == EMBED_LANE_BULK;
    return is_bulk ? THREAD_LANE_BULK : THREAD_LANE_INTERACTIVE;
}

/* Writes prompt and text, joined, to out[count], whose bytes are in `a`. */
static kith_status copy_prompted(view prompt, const view *texts, uint32_t count, arena *a,
                                 view *out, kith_error *err)
{
    for (uint32_t i = 0; i < count; i++) {
        size_t size = prompt.size + texts[i].size;
        char *joined = arena_new(a, size + 1);
        if (!joined) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for texts");
        memcpy(joined, prompt.data, prompt.size);
        if (texts[i].size) memcpy(joined + prompt.size, texts[i].data, texts[i].size);
        out[i] = (view){joined, size};
    }
    return KITH_OK;
}

/* Embeds texts, each after its role's prompt; `tokens` then count all but as many as the prompt has by itself:
 * one that does not end with a blank makes one word of its end and the text's beginning. */
static kith_status embed_prompted(const embedder *e, model_role role, const view *texts,
                                  uint32_t count, const thread_share *threads, float *out,
                                  uint32_t *tokens, kith_error *err)
{
    view prompt = view_of(encoder_prompt(e->encoder, role));
    uint32_t width = encoder_describe(e->encoder)->dim;
    if (prompt.size == 0) return encoder_embed(e->encoder, texts, count, threads, out, tokens, err);
    kith_status status = KITH_OK;
    for (uint32_t i = 0; status == KITH_OK && i < count; i += PROMPTED_SLICE) {
        uint32_t slice = (uint32_t)size_min(PROMPTED_SLICE, count - i);
        view prompted[PROMPTED_SLICE];
        arena copies;
        arena_init(&copies, 0);
        status = copy_prompted(prompt, texts + i, slice, &copies, prompted, err);
        if (status == KITH_OK)
            status = encoder_embed(e->encoder, prompted, slice, threads, out + (size_t)i * width,
                                   tokens ? tokens + i : NULL, err);
        for (uint32_t n = 0; tokens && status == KITH_OK && n < slice; n++)
            tokens[i + n] -= (uint32_t)size_min(e->prompt_tokens[role],
                                                tokens[i + n] - embedder_special_tokens(e));
        arena_done(&copies);
    }
    return status;
}

/* The tokens of a text of this role, without the special ones, as embed_prompted counts them. */
static uint32_t count_prompted(embedder *e, model_role role, view text)
{
    view prompt = view_of(encoder_prompt(e->encoder, role)), joined = text;
    if (prompt.size == 0) return embedder_count_tokens(e, text);
    arena copy;
    arena_init(&copy, 0);
    const bool is_joined = copy_prompted(prompt, &text, 1, &copy, &joined, NULL) == KITH_OK;
    const uint32_t tokens = embedder_count_tokens(e, joined);
    arena_done(&copy);
    return is_joined ? tokens - (uint32_t)size_min(e->prompt_tokens[role], tokens) : tokens;
}

/* Parts of a text that is too long. */
typedef struct embed_parts {
    embedder *embedder;
    model_role role;
    const call_limit *limit;
} embed_parts;

static uint32_t count_part(void *context, view text)
{
    const embed_parts *p = context;
    return count_prompted(p->embedder, p->role, text);
}

static kith_status embed_parts_of_text(void *context, const view *texts, uint32_t count, float *out,
                                       kith_error *err)
{
    const embed_parts *p = context;
    thread_share threads = {p->embedder->pool, THREAD_LANE_BULK};
    kith_status status = call_limit_check(p->limit, err);
    return status == KITH_OK
               ? embed_prompted(p->embedder, p->role, texts, count, &threads, out, NULL, err)
               : status;
}

static kith_status apply_truncation(embedder *e, const view *texts, uint32_t count,
                                    const uint32_t *tokens, float *vectors,
                                    const embed_options *options, kith_error *err)
{
    embed_parts parts = {e, options->role, options->limit};
    const long_texts t = {.texts = texts,
                          .tokens = tokens,
                          .vectors = vectors,
                          .count = count,
                          .dim = encoder_describe(e->encoder)->dim,
                          .max_tokens = e->max_tokens,
                          .special = embedder_special_tokens(e),
                          .count_tokens = count_part,
                          .count_context = &parts,
                          .embed = embed_parts_of_text,
                          .embed_context = &parts};
    return long_texts_apply(&t, options->truncation, options->truncated, err);
}

static kith_status embed_local(embedder *e, const view *texts, uint32_t count, float **vectors,
                               uint32_t *dim, const embed_options *options, kith_error *err)
{
    thread_share threads = {e->pool, choose_lane(options->lane, count)};
    uint32_t width = encoder_describe(e->encoder)->dim;
    size_t floats = 0;
    float *out = size_mul(count, width, &floats) ? heap_new_array(floats, sizeof *out) : NULL;
    if (!out) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for %u vectors", count);
    kith_status status = KITH_OK;
    const bool counts = options->truncated || options->truncation != KITH_TRUNCATE;
    uint32_t *own = options->tokens || !counts ? NULL : heap_new_array(count, sizeof *own);
    uint32_t *tokens = options->tokens ? options->tokens : own;
    if (counts && !tokens)
        status = fail(err, KITH_ERR_NO_MEMORY, "out of memory for %u texts", count);
    // A text's vector does not depend on the texts beside it, so that slices change nothing.
    uint32_t slice = options->limit ? LIMITED_SLICE : count;
    for (uint32_t i = 0; i < count && status == KITH_OK; i += slice) {
        status = call_limit_check(options->limit, err);
        if (status == KITH_OK)
            status =
                embed_prompted(e, options->role, texts + i, (uint32_t)size_min(slice, count - i),
                               &threads, out + (size_t)i * width, tokens ? tokens + i : NULL, err);
    }
    if (status == KITH_OK && counts)
        status = apply_truncation(e, texts, count, tokens, out, options, err);
    free(own);
    if (status != KITH_OK) {
        free(out);
        return status;
    }
    *vectors = out;
    *dim = width;
    return KITH_OK;
}

/* What the caller's limit has ended, or what is wrong with the texts, says nothing of it. */
static bool tells_of_endpoint(kith_status status, const call_limit *limit)
{
    switch (status) {
    case KITH_OK:
        return true;
    case KITH_ERR_AUTH:
    case KITH_ERR_NOT_FOUND:
    case KITH_ERR_RATE_LIMITED:
    case KITH_ERR_NETWORK:
    case KITH_ERR_REMOTE:
    case KITH_ERR_TIMEOUT:
        return call_limit_check(limit, NULL) == KITH_OK;
    default:
        return false;
    }
}

static kith_status embed_remote(embedder *e, const view *texts, uint32_t count, float **vectors,
                                uint32_t *dim, const embed_options *options, kith_error *err)
{
    uint32_t width = atomic_load_explicit(&e->remote_dim, memory_order_relaxed);
    llm_usage usage = {0};
    endpoint remote = e->remote;
    remote.limit = options->limit;
    kith_status status = llm_embed(&remote, texts, count, &width, vectors, &usage, err);
    if (tells_of_endpoint(status, options->limit))
        atomic_store_explicit(&e->last_status, status, memory_order_relaxed);
    if (status != KITH_OK) return status;
    atomic_store_explicit(&e->remote_dim, width, memory_order_relaxed);
    if (options->tokens) memset(options->tokens, 0, count * sizeof *options->tokens);
    *dim = width;
    return KITH_OK;
}

kith_status embedder_last(const embedder *e)
{
    return (kith_status)atomic_load_explicit(&e->last_status, memory_order_relaxed);
}

kith_status embedder_embed(embedder *e, const view *texts, uint32_t count, float **vectors,
                           uint32_t *dim, const embed_options *options, kith_error *err)
{
    static const embed_options defaults;
    const embed_options *o = options ? options : &defaults;
    return e->encoder ? embed_local(e, texts, count, vectors, dim, o, err)
                      : embed_remote(e, texts, count, vectors, dim, o, err);
}

/* ---- what a remote model is ---- */

static bool is_identified(const embedder *e)
{
    return e->encoder || atomic_load_explicit(&e->identified, memory_order_acquire);
}

/* Bit i: whether the vector lies on the positive side of a plane through 0 whose normal has the
 * components +1 and -1, chosen by a generator with the seed i. */
static void write_sketch(const float *vector, uint32_t dim, char out[SKETCH_BITS / 4 + 1])
{
    static const char digits[] = "0123456789abcdef";
    unsigned nibble = 0;
    for (uint32_t i = 0; i < SKETCH_BITS; i++) {
        rng r = {i};
        double sum = 0;
        uint64_t signs = 0;
        for (uint32_t j = 0; j < dim; j++, signs >>= 1) {
            if (j % 64 == 0) signs = rng_next(&r);
            sum += signs & 1 ? (double)vector[j] : -(double)vector[j];
        }
        nibble = nibble << 1 | (sum > 0);
        if (i % 4 == 3) out[i / 4] = digits[nibble & 15];
    }
    out[SKETCH_BITS / 4] = '\0';
}

/* The first vector of the probe text decides. `vector` [dim] */
static void identify(embedder *e, const float *vector, uint32_t dim)
{
    char sketch[SKETCH_BITS / 4 + 1];
    write_sketch(vector, dim, sketch);
    (void)pthread_mutex_lock(&e->identifying);
    if (!atomic_load_explicit(&e->identified, memory_order_relaxed)) {
        bool has_name = strchr(e->model_text, '\n') != NULL;
        (void)snprintf(e->identified_text, sizeof e->identified_text, "%s%s\n%s", e->model_text,
                       has_name ? "" : "\n", sketch);
        atomic_store_explicit(&e->identified, true, memory_order_release);
    }
    (void)pthread_mutex_unlock(&e->identifying);
}

kith_status embedder_embed_one(embedder *e, view text, const call_limit *limit, float **vector,
                               uint32_t *dim, kith_error *err)
{
    const embed_options options = {
        .limit = limit, .role = MODEL_AS_QUESTION, .truncation = embedder_truncation(limit, 0)};
    const view texts[] = {text, probe_text};
    bool identifies = !is_identified(e);
    kith_status status = embedder_embed(e, texts, identifies ? 2 : 1, vector, dim, &options, err);
    if (status == KITH_OK && identifies) identify(e, *vector + *dim, *dim);
    return status;
}

kith_status embedder_probe(embedder *e, const call_limit *limit, kith_error *err)
{
    float *vector = NULL;
    uint32_t dim = 0;
    kith_status status =
        embedder_embed(e, &probe_text, 1, &vector, &dim, &(embed_options){.limit = limit}, err);
    if (status == KITH_OK && !e->encoder) identify(e, vector, dim);
    free(vector);
    return status;
}

kith_status embedder_identify(embedder *e, const call_limit *limit, kith_error *err)
{
    return is_identified(e) ? KITH_OK : embedder_probe(e, limit, err);
}

/* The tokenizer of a local embedder; NULL when the model cannot be loaded. Its callers have no way
 * to say so and count nothing; the call that embeds their text returns the error. */
static const tokenizer *local_tokenizer(const embedder *e)
{
    CHECK(e->encoder != NULL);
    return encoder_tokenizer(e->encoder);
}

bool embedder_counts_tokens(const embedder *e)
{
    return e->encoder != NULL;
}

uint32_t embedder_count_tokens(void *context, view text)
{
    const embedder *e = context;
    const tokenizer *t = local_tokenizer(e);
    return t ? tokenizer_count(t, text) : 0;
}

uint32_t embedder_special_tokens(const embedder *e)
{
    return encoder_describe(e->encoder)->special;
}

bool embedder_reads_whole(embedder *e, model_role role, view text)
{
    if (!e->encoder) return true;
    // A token has a character at least, and two bytes decompose to at most four. So a short
    // question that was answered before needs no model to see that it fits.
    const size_t most = e->max_tokens - embedder_special_tokens(e);
    const size_t bytes = strlen(encoder_prompt(e->encoder, role)) + text.size;
    return 2 * bytes <= most + e->prompt_tokens[role] || count_prompted(e, role, text) <= most;
}

bool embedder_cuts_question(embedder *e, view text, const call_limit *limit)
{
    return embedder_truncation(limit, 0) != KITH_SPLIT &&
           !embedder_reads_whole(e, MODEL_AS_QUESTION, text);
}

kith_truncation embedder_truncation(const call_limit *limit, uint64_t own)
{
    return (kith_truncation)(own == KITH_TRUNCATE && limit ? limit->truncation : own);
}

kith_status embedder_encode(embedder *e, const view *texts, uint32_t count, arena *a,
                            encoded_text *out, kith_error *err)
{
    CHECK(e->encoder != NULL);
    thread_share threads = {e->pool, THREAD_LANE_INTERACTIVE};
    return encoder_encode(e->encoder, texts, count, &threads, a, out, err);
}

uint32_t embedder_tokens(const embedder *e, view text, uint32_t room, uint32_t *ids)
{
    const uint32_t special = embedder_special_tokens(e);
    if (room < special) return 0;
    const tokenizer *t = local_tokenizer(e);
    if (!t) return 0;
    uint32_t count = tokenizer_encode(t, text, room, ids, NULL);
    count -= special;
    memmove(ids, ids + special / 2, count * sizeof *ids);
    return count;
}

float embedder_rarity(const embedder *e, const uint32_t *ids, uint32_t count)
{
    const tokenizer *t = local_tokenizer(e);
    return t ? tokenizer_rarity(t, ids, count) : 1;
}
