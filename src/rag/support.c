/* support.c - measuring the signals, and the logistic model that weighs them. */
#include "rag/support.h"

#include "text/sentence.h"

#include <math.h>
#include <string.h>

/* Log odds. A logistic fit on even questions: of squad-docs with their articles and without, of
 * docs-qa and chunking-eval asked of themselves, and of docs-qa, chunking-eval, codebase-chunks and
 * SciFact asked of squad-docs. Then shifted by 0.5, so that short questions to a handful of documents
 * are answered. docs/decisions/006 has the figures. */
static const support_signals weights = {
    .joint = 9.907, .near = 2.634, .words = 1.410, .names = 0.451, .length = 1.528};
static const double bias = -12.353;

static const float share_beside_meaning = 0.5F;

/* What one passage holds. */
typedef struct passage_words {
    float share;    /* of the whole */
    float sentence; /* of its best sentence */
    float near;     /* of its best two neighbours */
    float names;
} passage_words;

static float share_of_names(const question *q, const bool *present)
{
    float held = 0, total = 0;
    for (uint32_t t = 0; t < q->count; t++) {
        if (!q->is_name[t]) continue;
        total += q->weights[t];
        held += present[t] ? q->weights[t] : 0;
    }
    return total > 0 ? held / total : 1;
}

/* flags: three times the question's count. */
static kith_status read_passage(view content, const question *q, bool *flags, arena *a,
                                passage_words *out, kith_error *err)
{
    bool *whole = flags, *here = flags + q->count, *pair = flags + 2 * (size_t)q->count;
    sentence *sentences = NULL;
    uint32_t count = 0;
    *out = (passage_words){0};
    memset(flags, 0, 3 * (size_t)q->count * sizeof *flags);
    kith_status status = sentence_split(content, a, &sentences, &count, err);
    for (uint32_t i = 0; i < count && status == KITH_OK; i++) {
        word *words = NULL;
        uint32_t word_count = 0;
        status = word_split(view_slice(content, sentences[i].start, sentences[i].end), a, &words,
                            &word_count, err);
        if (status != KITH_OK) break;
        memcpy(pair, here, q->count * sizeof *pair);
        memset(here, 0, q->count * sizeof *here);
        question_mark(q, words, word_count, here);
        for (uint32_t t = 0; t < q->count; t++) {
            pair[t] |= here[t];
            whole[t] |= here[t];
        }
        out->sentence = fmaxf(out->sentence, question_share(q, here));
        out->near = fmaxf(out->near, question_share(q, pair));
    }
    out->share = question_share(q, whole);
    out->names = share_of_names(q, whole);
    return status;
}

kith_status support_measure(const retrieval *found, const question *q, arena *a,
                            support_signals *out, kith_error *err)
{
    bool *flags = arena_new_array(a, bool, 3 * ((size_t)q->count + 1));
    if (!flags) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for the question");
    float best = 0, joint = 0, near = 0, words = 0, share = -1, names = 1;
    for (uint32_t p = 0; p < found->count && p < SUPPORT_PASSAGES; p++) {
        passage_words held;
        float meaning = found->passages[p].relevance;
        kith_status status =
            read_passage(view_of(found->passages[p].content), q, flags, a, &held, err);
        if (status != KITH_OK) return status;
        best = fmaxf(best, meaning);
        joint = fmaxf(joint, meaning + share_beside_meaning * held.sentence);
        near = fmaxf(near, held.near);
        words = fmaxf(words, found->words[p]);
        if (held.share > share) names = held.names;
        share = fmaxf(share, held.share);
    }
    // Of a question of stop words alone meaning decides.
    if (q->count == 0) near = share_beside_meaning, joint = best + 0.25F;
    *out = (support_signals){.joint = (double)joint,
                             .near = (double)near,
                             .words = q->total > 0 ? (double)(words / q->total) : 0.5,
                             .names = (double)names,
                             .length = log((double)(q->count ? q->count : 1))};
    return KITH_OK;
}

double support_probability(const support_signals *s)
{
    double odds = bias + weights.joint * s->joint + weights.near * s->near +
                  weights.words * s->words + weights.names * s->names + weights.length * s->length;
    return 1.0 / (1.0 + exp(-odds));
}
