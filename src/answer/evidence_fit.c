/* evidence_fit.c - with q_1..q_T the question's token states and s_j a unit's, all of unit length:
 *   nearest(t) = max over j of q_t . s_j
 *   word(w)    = mean of nearest(t) over the tokens of the content word w
 *   fit        = sum of weight(w) word(w) / sum of weight(w)  +  0.64 mean of nearest(t) over all t
 * A content word that is not found among the question's tokens (the model cut the question) is left
 * out of both sums; without any content word the first term is the mean over all tokens.
 * A passage's fit uses, for each t, the largest nearest(t) of its embedded sentences, and 1 for the
 * tokens of a word that its headings or its document's name hold: it is about them, whether its text
 * repeats them or not. Those passage maxima start at 0, so a token that is similar to nothing costs
 * a passage nothing, while a sentence's own maxima may be negative.
 * Source: the maximum over the other text's tokens is ColBERT's late interaction (Khattab & Zaharia
 * 2020), here with a model that was not trained for it and with weighted words. */
#include "answer/evidence_fit.h"

#include "simd/simd.h"

#include <math.h>
#include <stdlib.h>

/* The weight of the mean over all tokens in a fit: docs/decisions/006. */
static const float tokens_weight = 0.64F;
/* A token of the question is far from a unit below this cosine: docs/decisions/092. */
static const float far_cosine = 0.45F;

/* nearest[t], [tokens of q]: the largest cosine of token t of the question to a token of s; 0 when
 * s has no tokens. */
static void cover(const encoded_text *q, const encoded_text *s, size_t dim, float *nearest)
{
    for (uint32_t i = 0; i < q->count; i++) {
        nearest[i] = s->count ? -1.0F : 0.0F;
        for (uint32_t j = 0; j < s->count; j++) {
            float cosine = simd()->distance->dot(q->states + i * dim, s->states + j * dim, dim);
            if (cosine > nearest[i]) nearest[i] = cosine;
        }
    }
}

static float mean(const float *values, uint32_t count)
{
    float sum = 0;
    for (uint32_t i = 0; i < count; i++)
        sum += values[i];
    return count ? sum / (float)count : 0;
}

/* nearest[tokens], by token of the question. */
static float fit_of(const evidence_fitting *f, const float *nearest, uint32_t tokens)
{
    const question *q = f->question;
    float sum = 0, total = 0, all = mean(nearest, tokens);
    for (uint32_t t = 0; t < q->count; t++) {
        if (f->asked->spans[t].count == 0) continue;
        sum += q->weights[t] * mean(nearest + f->asked->spans[t].first, f->asked->spans[t].count);
        total += q->weights[t];
    }
    return (total > 0 ? sum / total : all) + tokens_weight * all;
}

/* The least mean cosine of a content word. */
static float weakest_of(const evidence_fitting *f, const float *nearest)
{
    float least = 1;
    for (uint32_t t = 0; t < f->question->count; t++)
        if (f->asked->spans[t].count > 0)
            least =
                fminf(least, mean(nearest + f->asked->spans[t].first, f->asked->spans[t].count));
    return least;
}

static float share_far(const float *nearest, uint32_t count)
{
    uint32_t far = 0;
    for (uint32_t i = 0; i < count; i++)
        far += nearest[i] < far_cosine;
    return count ? (float)far / (float)count : 0;
}

/* Sets the signals that come from tokens, by nearest[tokens]. */
static void read_nearest(const evidence_fitting *f, const float *nearest, uint32_t tokens,
                         float *at)
{
    const float all = mean(nearest, tokens);
    const asking_tokens *asking = &f->asked->asking;
    at[READER_TOKENS] = all;
    at[READER_WORDS] = fit_of(f, nearest, tokens) - tokens_weight * all;
    at[READER_WEAKEST] = weakest_of(f, nearest);
    at[READER_FAR] = share_far(nearest, tokens);
    at[READER_ASKS] = asking->word < tokens ? nearest[asking->word] : all;
    at[READER_ASKED] = asking->next < tokens ? nearest[asking->next] : all;
    at[READER_MARK] = asking->mark < tokens ? nearest[asking->mark] : all;
}

/* What the headings of a passage and its document's name hold, it is about: those words of the
 * question are covered whether its text repeats them or not. */
static void cover_by_context(const evidence_fitting *f, const bool *context, float *passage)
{
    for (uint32_t t = 0; t < f->question->count; t++)
        for (uint32_t i = 0; i < f->asked->spans[t].count && context[t]; i++)
            passage[f->asked->spans[t].first + i] = 1;
}

/* [question's words] in the arena, by nearest[tokens]; NULL: there is no memory. */
static const float *nearest_of_words(const evidence_fitting *f, const float *nearest, arena *a)
{
    float *words = arena_new_array(a, float, f->question->count);
    for (uint32_t t = 0; words && t < f->question->count; t++)
        words[t] = mean(nearest + f->asked->spans[t].first, f->asked->spans[t].count);
    return words;
}

/* Sets the candidates' signals from tokens, and fits->fit to the largest of a passage.
 * texts  [1 + candidates] the question, then the sentences */
static kith_status fit_by_tokens(const evidence_fitting *f, const view *texts, arena *a,
                                 evidence *fits, kith_error *err)
{
    size_t dim = embedder_describe(f->in->embedder).dimension;
    encoded_text *encoded = arena_new_array(a, encoded_text, f->count + 1);
    if (!encoded) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for sentences");
    kith_status status = embedder_encode(f->in->embedder, texts, f->count + 1, a, encoded, err);
    if (status != KITH_OK) return status;
    uint32_t tokens = encoded[0].count;
    float *nearest = arena_new_array(a, float, tokens);
    float *passages = arena_new_array(a, float, (size_t)f->in->found->count *tokens);
    if (!nearest || !passages) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for sentences");
    for (uint32_t i = 0; i < f->count; i++) {
        evidence_sentence *c = &f->candidates[i];
        cover(&encoded[0], &encoded[i + 1], dim, nearest);
        read_nearest(f, nearest, tokens, c->signals.at);
        c->nearest = nearest_of_words(f, nearest, a);
        if (!c->nearest) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for sentences");
        float *passage = passages + (size_t)c->passage * tokens;
        for (uint32_t t = 0; t < tokens; t++)
            if (nearest[t] > passage[t]) passage[t] = nearest[t];
    }
    for (uint32_t p = 0; p < f->in->found->count; p++) {
        float *passage = passages + (size_t)p * tokens;
        for (uint32_t t = 0; t < f->question->count; t++)
            f->nearest[t] = fmaxf(
                f->nearest[t], mean(passage + f->asked->spans[t].first, f->asked->spans[t].count));
        const bool *context = f->contexts + (size_t)p * f->question->count;
        cover_by_context(f, context, passage);
        fits->fit = fmaxf(fits->fit, fit_of(f, passage, tokens));
    }
    return KITH_OK;
}

/* As fit_by_tokens, for an embedder without token states: shares of words take the place of the
 * words' mean cosine, and the cosine of the sentence's vector that of the mean over all tokens. */
static kith_status fit_by_vectors(const evidence_fitting *f, const view *texts, evidence *fits,
                                  kith_error *err)
{
    float *vectors = NULL;
    uint32_t dim = 0;
    kith_status status =
        embedder_embed(f->in->embedder, texts + 1, f->count, &vectors, &dim, NULL, err);
    for (uint32_t i = 0; i < f->count && status == KITH_OK; i++) {
        evidence_sentence *c = &f->candidates[i];
        float cosine =
            simd()->distance->dot(vectors + (size_t)i * dim, f->in->found->question, dim);
        float passage = f->shares[c->passage] + tokens_weight * cosine;
        c->signals.at[READER_TOKENS] = cosine;
        fits->fit = fmaxf(fits->fit, passage);
    }
    free(vectors);
    return status;
}

kith_status evidence_fit(const evidence_fitting *f, arena *a, evidence *out, kith_error *err)
{
    view *texts = arena_new_array(a, view, f->count + 1);
    if (!texts) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for sentences");
    texts[0] = f->in->text;
    for (uint32_t i = 0; i < f->count; i++)
        texts[i + 1] = f->candidates[i].said;
    out->by_tokens = embedder_counts_tokens(f->in->embedder);
    if (f->count == 0) return KITH_OK;
    return out->by_tokens ? fit_by_tokens(f, texts, a, out, err)
                          : fit_by_vectors(f, texts, out, err);
}
