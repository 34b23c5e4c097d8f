/* precision.c - chooses a precision by running the model, not by what is known of models.
 *
 * int8 takes a row's scale from its largest number, so its error depends on a model's outliers,
 * which its shape does not show. Hence every choice is measured: the built-in texts are embedded by
 * the float32 network and by the one in question, and the smallest cosine decides.
 *
 * Candidates are ordered: candidate u has the first u products of upgrade_order in the better
 * precision, and the rest in the fast one. Each step up is more exact, but for noise, so the first
 * good one is found by bisection; whichever is chosen was measured itself. */
#include "model/precision.h"

#include "base/size.h"
#include "model/batch.h"
#include "model/precision_texts.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One choice being made. */
typedef struct trial {
    const precision_model *model;
    simd_level level;
    batch batch;
    gemm_precision fast, better;
    uint32_t products;
    gemm_precision *precisions; /* [products], of the candidate */
    gemm_precision attention;
    float *energy;             /* [bert_energy_count] */
    float *expected, *vectors; /* [PRECISION_TEXTS][hidden] */
} trial;

void precision_choice_done(precision_choice *c)
{
    free(c->precisions);
    *c = (precision_choice){0};
}

/* ---- running the texts ---- */

static kith_status read_texts(trial *t, kith_error *err)
{
    kith_status status = batch_init(&t->batch, PRECISION_TEXTS, t->model->max_tokens, err);
    if (status != KITH_OK) return status;
    for (uint32_t i = 0; i < PRECISION_TEXTS; i++) {
        view text = {precision_texts[i], strlen(precision_texts[i])};
        batch_put(&t->batch, i,
                  tokenizer_encode(t->model->tokenizer, text, t->model->max_tokens,
                                   batch_ids(&t->batch, i), NULL));
    }
    (void)batch_cut(&t->batch, PRECISION_TEXTS, 1);
    return KITH_OK;
}

static kith_status allocate(trial *t, kith_error *err)
{
    const bert_shape *s = t->model->shape;
    t->products = s->layers * BERT_PRODUCTS;
    t->precisions = heap_new_array(t->products, sizeof *t->precisions);
    t->energy = heap_new_array(bert_energy_count(s), sizeof *t->energy);
    t->expected = heap_new_array(PRECISION_TEXTS, s->hidden * sizeof *t->expected);
    t->vectors = heap_new_array(PRECISION_TEXTS, s->hidden * sizeof *t->vectors);
    if (t->precisions && t->energy && t->expected && t->vectors) return KITH_OK;
    return fail(err, KITH_ERR_NO_MEMORY, "no memory to choose a precision");
}

static void trial_done(trial *t)
{
    batch_done(&t->batch);
    free(t->precisions);
    free(t->energy);
    free(t->expected);
    free(t->vectors);
}

/* Embeds the texts to out[PRECISION_TEXTS][hidden], of unit length. squares: see bert_observe; NULL:
 * not wanted. */
static kith_status embed_texts(const trial *t, const bert *network, double *squares, float *out,
                               kith_error *err)
{
    uint32_t longest = t->batch.texts[0].length, hidden = t->model->shape->hidden;
    size_t floats = bert_scratch(network, size_max(BATCH_PACK_TOKENS, longest), longest);
    float *scratch = aligned_alloc(GEMM_ALIGNMENT_BYTES, floats * sizeof *scratch);
    if (!scratch) return fail(err, KITH_ERR_NO_MEMORY, "no memory to choose a precision");
    for (uint32_t i = 0; i < t->batch.pack_count; i++) {
        bert_batch run = batch_pack_run(&t->batch, i);
        const batch_text *text = &t->batch.texts[t->batch.packs[i].first];
        const float *states = squares ? bert_observe(network, &run, scratch, squares)
                                      : bert_run(network, &run, scratch);
        if (!states) {
            free(scratch);
            return fail(err, KITH_ERR_MODEL, "the file was shortened while it was in use");
        }
        for (const batch_text *end = text + run.count; text < end; text++) {
            float *vector = out + (size_t)text->number * hidden;
            pool_states(t->model->pooling, states, bert_stride(network), text->length, hidden,
                        vector);
            normalise(vector, hidden);
            states += text->length * bert_stride(network);
        }
    }
    free(scratch);
    return KITH_OK;
}

/* What float32 makes of the texts: their vectors, and how large each product's inputs are. */
static kith_status run_reference(trial *t, const bert *reference, kith_error *err)
{
    size_t count = bert_energy_count(t->model->shape);
    uint64_t tokens = 0;
    double *squares = heap_new_array(count, sizeof *squares);
    if (!squares) return fail(err, KITH_ERR_NO_MEMORY, "no memory to choose a precision");
    kith_status status = embed_texts(t, reference, squares, t->expected, err);
    for (uint32_t i = 0; i < t->batch.text_count; i++)
        tokens += t->batch.texts[i].length;
    for (size_t i = 0; status == KITH_OK && i < count; i++)
        t->energy[i] = (float)(squares[i] / (double)tokens);
    free(squares);
    return status;
}

static double least_cosine(const trial *t)
{
    size_t hidden = t->model->shape->hidden;
    double least = 1;
    for (uint32_t i = 0; i < PRECISION_TEXTS; i++) {
        double cosine = 0;
        for (size_t d = 0; d < hidden; d++)
            cosine += (double)t->expected[i * hidden + d] * (double)t->vectors[i * hidden + d];
        // A network that overflows gives no number, which is no cosine either.
        if (!(cosine >= least)) least = isfinite(cosine) ? cosine : -1;
    }
    return least;
}

/* ---- candidates ---- */

/* The product that is the rank-th to be upgraded: the last products of all layers, deepest layer
 * first, since what is rounded there meets no later layer that averages it; then attention's. */
static uint32_t upgrade_order(uint32_t rank, uint32_t layers)
{
    static const bert_product order[] = {BERT_DOWN, BERT_ATTENTION_OUTPUT, BERT_UP, BERT_QKV};
    return (layers - 1 - rank % layers) * BERT_PRODUCTS + order[rank / layers];
}

static void fill_precisions(trial *t, uint32_t upgraded)
{
    for (uint32_t i = 0; i < t->products; i++)
        t->precisions[upgrade_order(i, t->model->shape->layers)] =
            i < upgraded ? t->better : t->fast;
}

/* Makes and measures the candidate with `upgraded` products in the better precision. */
static kith_status measure(trial *t, uint32_t upgraded, bert **out, double *cosine, kith_error *err)
{
    fill_precisions(t, upgraded);
    bert *network = NULL;
    bert_recipe recipe = {t->precisions, t->attention, t->energy};
    kith_status status = bert_new(t->model->shape, t->model->weights, &recipe, &network, err);
    if (status == KITH_OK) status = embed_texts(t, network, NULL, t->vectors, err);
    if (status != KITH_OK) {
        bert_free(network);
        return status;
    }
    *cosine = least_cosine(t);
    *out = network;
    return KITH_OK;
}

/* The precisions of this level; false when it has none but float32. */
static bool find_precisions(trial *t)
{
    bool int8 = gemm_fast_format_of(t->level, GEMM_INT8) != NULL;
    const gemm_format *bf16 = gemm_fast_format_of(t->level, GEMM_BF16);
    bool int16 = gemm_fast_format_of(t->level, GEMM_INT16) != NULL;
    t->attention = bf16 && bf16->attend ? GEMM_BF16 : GEMM_FLOAT32;
    t->better = bf16 ? GEMM_BF16 : int16 ? GEMM_INT16 : GEMM_FLOAT32;
    t->fast = int8 ? GEMM_INT8 : t->better;
    if (!int8) t->better = GEMM_FLOAT32;
    return t->fast != GEMM_FLOAT32 && t->model->shape->hidden <= GEMM_DEPTH_MAX &&
           t->model->shape->intermediate <= GEMM_DEPTH_MAX;
}

/* The best candidate so far. */
typedef struct found_network {
    bert *network; /* NULL: none is exact enough */
    uint32_t upgraded;
    double cosine;
} found_network;

/* Measures candidate `upgraded`, and keeps it when it is exact enough. */
static kith_status consider(trial *t, uint32_t upgraded, found_network *found, bool *good,
                            kith_error *err)
{
    bert *network = NULL;
    double cosine = 0;
    kith_status status = measure(t, upgraded, &network, &cosine, err);
    if (status != KITH_OK) return status;
    *good = cosine >= PRECISION_TARGET;
    if (!*good) {
        bert_free(network);
        return KITH_OK;
    }
    bert_free(found->network);
    *found = (found_network){network, upgraded, cosine};
    return KITH_OK;
}

/* Finds the least upgraded candidate that is exact enough. */
static kith_status search(trial *t, found_network *found, kith_error *err)
{
    bool good = false;
    kith_status status = consider(t, 0, found, &good, err);
    if (status != KITH_OK || good) return status;
    // The candidate with all of its products in float32 is the reference.
    uint32_t bad = 0, most = t->better == GEMM_FLOAT32 ? t->products - 1 : t->products;
    status = consider(t, most, found, &good, err);
    if (!good) return status;
    while (status == KITH_OK && found->upgraded - bad > 1) {
        uint32_t next = bad + (found->upgraded - bad) / 2;
        status = consider(t, next, found, &good, err);
        if (!good) bad = next;
    }
    return status;
}

static kith_status choose(trial *t, const bert *reference, precision_choice *out, bert **network,
                          kith_error *err)
{
    found_network found = {0};
    kith_status status = read_texts(t, err);
    if (status == KITH_OK) status = allocate(t, err);
    if (status == KITH_OK) status = run_reference(t, reference, err);
    if (status == KITH_OK) status = search(t, &found, err);
    if (status != KITH_OK) {
        bert_free(found.network);
        return status;
    }
    *network = found.network;
    *out = (precision_choice){.attention = GEMM_FLOAT32, .cosine = 1};
    if (!found.network) return KITH_OK;
    fill_precisions(t, found.upgraded);
    *out = (precision_choice){t->precisions, t->attention, found.cosine};
    t->precisions = NULL; // the choice owns it now
    return KITH_OK;
}

kith_status precision_choose(const precision_model *m, const bert *reference, precision_choice *out,
                             bert **network, kith_error *err)
{
    trial t = {.model = m, .level = bert_level(reference)};
    if (!find_precisions(&t)) {
        *out = (precision_choice){.attention = GEMM_FLOAT32, .cosine = 1};
        *network = NULL;
        return KITH_OK;
    }
    kith_status status = choose(&t, reference, out, network, err);
    trial_done(&t);
    return status;
}

void precision_describe(const precision_choice *c, uint32_t layers, char *out, size_t size)
{
    uint32_t products = c->precisions ? layers * BERT_PRODUCTS : 0, better = 0;
    gemm_precision fastest = GEMM_FLOAT32, other = GEMM_INT8;
    for (uint32_t i = 0; i < products; i++)
        if (c->precisions[i] < fastest) fastest = c->precisions[i];
    for (uint32_t i = 0; i < products; i++) {
        if (c->precisions[i] == fastest) continue;
        other = c->precisions[i];
        better++;
    }
    if (better == 0)
        (void)snprintf(out, size, "%s", gemm_precision_name(fastest));
    else
        (void)snprintf(out, size, "%s, %u of %u products %s", gemm_precision_name(fastest), better,
                       products, gemm_precision_name(other));
}
