/* cross_encoder.c - see cross_encoder.h.
 *
 *   pair    = [CLS] question [SEP] text [SEP]        types 0 up to the first [SEP], then 1
 *   state   = BERT(pair)[0]                          [hidden], that of [CLS]
 *   pooled  = tanh(state Wp' + bp)                   [hidden]
 *   logit   = pooled Wc' + bc                        the score
 *
 * Pairs are packed by length without padding, as texts are (encoder.c), and what follows the network
 * is computed for one pair by one thread in the order of its sums: a logit has the same bits in any
 * batch. Sources: Nogueira & Cho 2019; the tensors' names, Hugging Face's
 * BertForSequenceClassification; truncation, tokenizers' utils/truncation.rs. */
#include "model/cross_encoder.h"

#include "base/hash.h"
#include "base/size.h"
#include "model/batch.h"
#include "model/bert.h"
#include "model/model_config.h"
#include "model/model_files.h"
#include "model/model_record.h"
#include "model/safetensors.h"
#include "model/tokenizer.h"
#include "model/weight_loader.h"
#include "simd/gemm.h"

#include <math.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

/* [CLS], and [SEP] twice. */
enum { PAIR_SPECIAL_TOKENS = 3 };

struct cross_encoder {
    cross_encoder_info info;
    model_config config;
    tokenizer *tokenizer;
    safetensors *weights;
    bert *network;
    float *pooler;      /* [hidden][hidden] */
    float *pooler_bias; /* [hidden] */
    float *classifier;  /* [hidden] */
    float classifier_bias;
};

/* ---- opening ---- */

static void describe(cross_encoder *c, const char *directory, const hash128 digests[2])
{
    const model_config *m = &c->config;
    char digest[33];
    model_name(directory, c->info.name, sizeof c->info.name);
    // The number of heads is the seed, since no tensor's shape shows it.
    hash128_hex(hash128_of((view){(const char *)digests, 2 * sizeof *digests}, m->shape.heads),
                digest);
    (void)snprintf(c->info.fingerprint, sizeof c->info.fingerprint, "xxh3:%s pair %u", digest,
                   m->max_tokens);
    c->info.max_tokens = m->max_tokens;
}

static kith_status load_head(cross_encoder *c, kith_error *err)
{
    size_t hidden = c->config.shape.hidden;
    weight_loader inside = {
        .weights = c->weights, .prefix = weight_loader_find_prefix(c->weights), .err = err};
    weight_loader top = {.weights = c->weights, .prefix = "", .err = err};
    const tensor *classifier = safetensors_find(c->weights, "classifier.weight");
    if (classifier && classifier->rank == 2 && classifier->shape[0] != 1)
        return fail(err, KITH_ERR_UNSUPPORTED,
                    "the classifier has %llu labels; only a score, one label, is supported",
                    (unsigned long long)classifier->shape[0]);
    c->pooler = heap_new_array(hidden, hidden * sizeof(float));
    c->pooler_bias = heap_new_array(hidden, sizeof(float));
    c->classifier = heap_new_array(hidden, sizeof(float));
    if (!c->pooler || !c->pooler_bias || !c->classifier)
        return fail(err, KITH_ERR_NO_MEMORY, "no memory for a cross-encoder");
    uint32_t size = c->config.shape.hidden;
    kith_status status = weight_loader_read(&inside, "pooler.dense.weight", size, size, c->pooler);
    if (status == KITH_OK)
        status = weight_loader_read(&inside, "pooler.dense.bias", 1, size, c->pooler_bias);
    if (status == KITH_OK)
        status = weight_loader_read(&top, "classifier.weight", 1, size, c->classifier);
    if (status == KITH_OK)
        status = weight_loader_read(&top, "classifier.bias", 1, 1, &c->classifier_bias);
    return status;
}

/* Opens tokenizer and weights, of one model. */
static kith_status open_files(cross_encoder *c, const char *directory, const char *path,
                              kith_error *err)
{
    char before[MODEL_FILES_BYTES];
    model_config *now = malloc(sizeof *now);
    if (!now) return fail(err, KITH_ERR_NO_MEMORY, "no memory for a cross-encoder");
    const bool described = model_files_describe(&c->config, before);
    kith_status status = model_open_tokenizer(&c->config, &c->tokenizer, err);
    if (status == KITH_OK) {
        status = safetensors_open(path, &c->weights, err);
        if (status == KITH_ERR_MODEL) status = fail_context(err, status, "%s", path);
    }
    if (status == KITH_OK) status = model_config_read_classifier(directory, now, err);
    if (status == KITH_OK && !(described && model_files_are_same(now, before)))
        status =
            fail(err, KITH_ERR_MODEL, "%s: the model was changed while it was opened", directory);
    free(now);
    return status;
}

static kith_status open_all(cross_encoder *c, const char *directory, kith_error *err)
{
    char path[MODEL_PATH_BYTES];
    hash128 digests[2];
    kith_status status = model_config_read_classifier(directory, &c->config, err);
    if (status == KITH_OK) status = model_path(&c->config, c->config.weights, path, err);
    if (status == KITH_OK) status = open_files(c, directory, path, err);
    if (status != KITH_OK) return status;
    if (c->config.max_tokens <= PAIR_SPECIAL_TOKENS)
        return fail(err, KITH_ERR_MODEL, "%s: a limit of %u tokens has no room for a pair",
                    directory, c->config.max_tokens);
    status = bert_new(&c->config.shape, c->weights, NULL, &c->network, err);
    if (status == KITH_OK) status = load_head(c, err);
    if (status == KITH_OK) status = model_digests(c->tokenizer, c->weights, digests, err);
    // Written over meanwhile, they may have been read in part before and in part after it.
    if (status == KITH_OK && !safetensors_is_unchanged(c->weights))
        status = fail(err, KITH_ERR_MODEL, "the file was changed while it was read");
    if (status == KITH_ERR_MODEL || status == KITH_ERR_UNSUPPORTED)
        status = fail_context(err, status, "%s", path);
    if (status == KITH_OK) describe(c, directory, digests);
    return status;
}

kith_status cross_encoder_open(const char *directory, cross_encoder **out, kith_error *err)
{
    cross_encoder *c = calloc(1, sizeof *c);
    if (!c) return fail(err, KITH_ERR_NO_MEMORY, "no memory for a cross-encoder");
    kith_status status = open_all(c, directory, err);
    if (status == KITH_OK)
        *out = c;
    else
        cross_encoder_free(c);
    return status;
}

void cross_encoder_free(cross_encoder *c)
{
    if (!c) return;
    bert_free(c->network);
    safetensors_free(c->weights);
    tokenizer_free(c->tokenizer);
    free(c->pooler);
    free(c->pooler_bias);
    free(c->classifier);
    free(c);
}

const cross_encoder_info *cross_encoder_describe(const cross_encoder *c)
{
    return &c->info;
}

/* ---- scoring ---- */

/* One call. A wave is what `pairs` has room for. */
typedef struct scoring {
    const cross_encoder *model;
    uint32_t *question; /* [max_tokens + 1]: [CLS] question [SEP], as much as any pair can take */
    uint32_t question_tokens; /* in the whole question, without special ones */
    batch pairs;
    uint32_t *seconds; /* [texts of a wave] by number: where a pair's second text begins */
    uint32_t *ordered; /* the same in the order of the packs */
    uint32_t *room;    /* [workers][max_tokens + 1] for a text's tokens */
    float *scratch;    /* [workers][scratch_floats] */
    size_t scratch_floats;
    atomic_bool is_broken;   /* the weights' file cannot be read */
    atomic_bool is_infinite; /* a logit is not finite */
    /* the wave */
    const view *texts;
    float *logits;
    uint32_t *tokens; /* or NULL */
} scoring;

/* How many tokens the two sides of a pair keep, `most` together: the longer one gives first. */
static void cut_pair(uint32_t most, uint32_t *first, uint32_t *second)
{
    if ((uint64_t)*first + *second <= most) return;
    uint32_t shorter = (uint32_t)size_min(*first, *second), longer;
    bool second_is_longer = *second >= *first;
    longer = shorter > most ? shorter : (uint32_t)size_max(shorter, most - shorter);
    if ((uint64_t)shorter + longer > most) {
        shorter = most / 2;
        longer = shorter + most % 2;
    }
    *first = second_is_longer ? shorter : longer;
    *second = second_is_longer ? longer : shorter;
}

/* Makes pair i of the wave its tokens. */
static void make_pair(void *context, uint32_t i, uint32_t worker)
{
    scoring *call = context;
    uint32_t limit = call->model->config.max_tokens, untruncated = 0;
    uint32_t *text = call->room + (size_t)worker * (limit + 1), *ids = batch_ids(&call->pairs, i);
    (void)tokenizer_encode(call->model->tokenizer, call->texts[i], limit + 1, text, &untruncated);
    uint32_t whole = untruncated - TOKENIZER_SPECIAL_TOKENS;
    uint32_t first = call->question_tokens, second = whole; // not cut: which is longer decides
    cut_pair(limit - PAIR_SPECIAL_TOKENS, &first, &second);
    // Both ends of the question and the end of the text are special; what is cut is before them.
    uint32_t separator = call->question[size_min(call->question_tokens, limit - 1) + 1];
    memcpy(ids, call->question, (first + 1) * sizeof *ids);
    ids[first + 1] = separator;
    memcpy(ids + first + 2, text + 1, second * sizeof *ids);
    ids[first + 2 + second] = separator;
    call->seconds[i] = first + 2;
    batch_put(&call->pairs, i, first + second + PAIR_SPECIAL_TOKENS);
    if (call->tokens) {
        uint64_t all = (uint64_t)call->question_tokens + whole + PAIR_SPECIAL_TOKENS;
        call->tokens[i] = all < UINT32_MAX ? (uint32_t)all : UINT32_MAX;
    }
}

/* state [hidden] */
static float judge(const cross_encoder *c, const float *state)
{
    uint32_t hidden = c->config.shape.hidden;
    double logit = (double)c->classifier_bias;
    for (uint32_t i = 0; i < hidden; i++) {
        const float *row = c->pooler + (size_t)i * hidden;
        float sum = c->pooler_bias[i];
        for (uint32_t k = 0; k < hidden; k++)
            sum += state[k] * row[k];
        logit += (double)c->classifier[i] * tanh((double)sum);
    }
    return (float)logit;
}

/* Runs pack i of the wave. */
static void score_pack(void *context, uint32_t i, uint32_t worker)
{
    scoring *call = context;
    const bert *network = call->model->network;
    const batch_pack *pack = &call->pairs.packs[i];
    bert_batch run = batch_pack_run(&call->pairs, i);
    run.seconds = call->ordered + pack->first;
    const float *states = bert_run(network, &run, call->scratch + worker * call->scratch_floats);
    if (!states) {
        atomic_store(&call->is_broken, true);
        return;
    }
    for (uint32_t t = pack->first; t < pack->first + pack->count; t++) {
        const batch_text *pair = &call->pairs.texts[t];
        float logit = judge(call->model, states);
        call->logits[pair->number] = logit;
        if (!isfinite(logit)) atomic_store(&call->is_infinite, true);
        states += pair->length * bert_stride(network);
    }
}

static void scoring_done(scoring *call)
{
    batch_done(&call->pairs);
    free(call->question);
    free(call->seconds);
    free(call->ordered);
    free(call->room);
    free(call->scratch);
}

static kith_status scoring_init(scoring *call, view question, uint32_t wave, uint32_t workers,
                                kith_error *err)
{
    const cross_encoder *c = call->model;
    uint32_t limit = c->config.max_tokens, untruncated = 0;
    size_t bytes = 0;
    call->scratch_floats = bert_scratch(c->network, size_max(BATCH_PACK_TOKENS, limit), limit);
    call->question = heap_new_array((size_t)limit + 1, sizeof *call->question);
    call->seconds = heap_new_array(wave, sizeof *call->seconds);
    call->ordered = heap_new_array(wave, sizeof *call->ordered);
    call->room = heap_new_array((size_t)limit + 1, workers * sizeof *call->room);
    if (size_mul(call->scratch_floats, workers * sizeof(float), &bytes))
        call->scratch = aligned_alloc(GEMM_ALIGNMENT_BYTES, bytes);
    if (!call->question || !call->seconds || !call->ordered || !call->room || !call->scratch)
        return fail(err, KITH_ERR_NO_MEMORY, "no memory to score %u texts", wave);
    (void)tokenizer_encode(c->tokenizer, question, limit + 1, call->question, &untruncated);
    call->question_tokens = untruncated - TOKENIZER_SPECIAL_TOKENS;
    return batch_init(&call->pairs, wave, limit, err);
}

static void score_wave(scoring *call, uint32_t count, uint32_t workers, const thread_share *threads)
{
    thread_share_run(threads, count, make_pair, call);
    uint32_t packs = batch_cut(&call->pairs, count, workers);
    for (uint32_t i = 0; i < count; i++)
        call->ordered[i] = call->seconds[call->pairs.texts[i].number];
    thread_share_run(threads, packs, score_pack, call);
}

kith_status cross_encoder_score(const cross_encoder *c, view question, const view *texts,
                                uint32_t count, const thread_share *threads, float *logits,
                                uint32_t *tokens, kith_error *err)
{
    enum { WAVE_A_WORKER = 256 };
    if (count == 0) return KITH_OK;
    scoring call = {.model = c};
    uint32_t workers = threads ? thread_pool_size(threads->pool) : 1;
    uint32_t wave = (uint32_t)size_min(count, (size_t)workers * WAVE_A_WORKER);
    kith_status status = scoring_init(&call, question, wave, workers, err);
    for (uint32_t start = 0; status == KITH_OK && start < count; start += wave) {
        call.texts = texts + start;
        call.logits = logits + start;
        call.tokens = tokens ? tokens + start : NULL;
        score_wave(&call, (uint32_t)size_min(wave, count - start), workers, threads);
        if (call.is_broken || !safetensors_is_unchanged(c->weights))
            status = fail(err, KITH_ERR_MODEL,
                          "%s: the model was changed while it was in use; open it again",
                          c->config.transformer);
        else if (call.is_infinite)
            status =
                fail(err, KITH_ERR_MODEL, "%s: a score is not finite: the weights are too large",
                     c->config.transformer);
    }
    scoring_done(&call);
    return status;
}
