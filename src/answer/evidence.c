/* evidence.c - collects the passages' sentences, chooses the few to embed, and measures how well
 * each covers the question.
 *
 * With q_1..q_T the question's token states and s_j a sentence's, all of unit length:
 *   nearest(t) = max over j of q_t . s_j
 *   word(w)    = mean of nearest(t) over the tokens of the content word w
 *   fit        = sum of weight(w) word(w) / sum of weight(w)  +  0.64 mean of nearest(t) over all t
 * A content word that is not found among the question's tokens (the model cut the question) is left
 * out of both sums; without any content word the first term is the mean over all tokens.
 * A passage's fit uses, for each t, the largest nearest(t) of its embedded sentences. Those passage
 * maxima start at 0, so a token that is similar to nothing costs a passage nothing, while a
 * sentence's own maxima may be negative.
 *
 * Cost is why not every sentence is embedded: words are matched over all sentences first, and the
 * EVIDENCE_SENTENCES best of them are encoded together with the question in one call.
 * Source: the maximum over the other text's tokens is ColBERT's late interaction (Khattab & Zaharia
 * 2020), here with a model that was not trained for it and with weighted words. */
#include "answer/evidence.h"

#include "answer/row.h"
#include "base/size.h"
#include "simd/simd.h"
#include "text/sentence.h"
#include "text/word.h"

#include <math.h>
#include <stdlib.h>

/* A longer sentence is a list or a table that the splitter could not cut: not worth quoting. */
enum { SENTENCE_MAX_BYTES = 600 };

/* All weights of this file. Fitted as a conditional logit (which of a question's sentences holds
 * the gold answer) on the even questions of squad-docs with all-MiniLM-L6-v2: docs/decisions/006.
 * They are relative to a term of weight 1: the share of the question's words in `promise_*`, the
 * words' mean cosine in `tokens`, the fit in `kind` and `passage`. */
static const struct {
    float promise_kind;    /* times kind, 0..1: which sentences are embedded */
    float promise_passage; /* times the passage's score minus the best passage's, 0 or less */
    float tokens;          /* times the mean cosine over all tokens, or the sentence's cosine */
    float kind;            /* times kind, 0..1: the order of the embedded sentences */
    float passage;         /* times the passage's score minus the best passage's, 0 or less */
    float unknown_kind;    /* kind of every sentence when the question's kind is not known */
} weights = {
    .promise_kind = 0.14F,
    .promise_passage = 0.35F,
    .tokens = 0.64F,
    .kind = 0.15F,
    .passage = 0.25F,
    .unknown_kind = 0.5F,
};

/* BM25 with k1 = 1.2 and b = 0.75, the usual choice (Robertson & Zaragoza 2009); not fitted. */
static const struct {
    float k1, k1_plus_1;
    float b, one_minus_b;
    float usual_bytes; /* the length of a passage that counts as average */
} bm25_constants = {
    .k1 = 1.2F, .k1_plus_1 = 2.2F, .b = 0.75F, .one_minus_b = 0.25F, .usual_bytes = 900};

typedef struct candidate {
    evidence_sentence sentence;
    float share; /* of the question's words */
    float kind;  /* 1: it holds what the question's kind asks for; 0: not; else unknown_kind */
} candidate;

/* The tokens of the question that a content word consists of; count 0: not found. */
typedef struct token_span {
    uint32_t first, count;
} token_span;

typedef struct weighing {
    const retrieval *found;
    embedder *embedder;
    view text;
    question *question;
    candidate *candidates;
    uint32_t count, capacity;
    float *shares;     /* [passages] weighted share of the question's words that each holds */
    bool *present;     /* [question's words] scratch: whether the text at hand holds the word */
    uint32_t *holding; /* [question's words] how many sentences of the passage hold the word */
    token_span *spans; /* [question's words] */
    float *nearest;    /* [question's words] as in evidence */
    float words;       /* the largest bm25_share of a passage so far */
    arena *memory;
    kith_error *err;
} weighing;

/* ---- words ---- */

/* The first run of the question's ids that equals the word's. */
static token_span find_span(const uint32_t *ids, uint32_t count, const uint32_t *of, uint32_t n)
{
    for (uint32_t first = 0; n > 0 && first + n <= count; first++)
        if (memcmp(ids + first, of, n * sizeof *of) == 0) return (token_span){first, n};
    return (token_span){0};
}

/* Finds each content word among the question's tokens, and weighs it by its rarity. */
static kith_status read_tokens(weighing *w)
{
    enum { WORD_TOKENS = 16 };
    question *q = w->question;
    uint32_t room = embedder_describe(w->embedder).max_tokens, count = 0;
    uint32_t *ids = arena_new_array(w->memory, uint32_t, room);
    if (!ids) return fail(w->err, KITH_ERR_NO_MEMORY, "out of memory for the question");
    uint32_t tokens = embedder_tokens(w->embedder, w->text, room, ids);
    word *words = NULL;
    kith_status status = word_split(w->text, w->memory, &words, &count, w->err);
    if (status != KITH_OK) return status;
    q->total = 0;
    memset(w->present, 0, q->count * sizeof *w->present);
    for (uint32_t i = 0; i < count; i++) {
        uint64_t term;
        if (!map_get(q->terms, words[i].term, &term) || w->present[term]) continue;
        w->present[term] = true; // only a word's first occurrence gives its tokens
        uint32_t of[WORD_TOKENS];
        view surface = view_slice(w->text, words[i].start, words[i].end);
        uint32_t n = embedder_tokens(w->embedder, surface, WORD_TOKENS, of);
        w->spans[term] = find_span(ids, tokens, of, n);
        q->weights[term] = embedder_rarity(w->embedder, of, n);
        q->total += q->weights[term];
    }
    return KITH_OK;
}

/* ---- collecting ---- */

/* A Markdown heading announces a subject and answers no question. */
static bool is_heading(view text)
{
    size_t marks = 0;
    while (marks < text.size && text.data[marks] == '#')
        marks++;
    return marks > 0 && marks < text.size && text.data[marks] == ' ';
}

/* Neighboring chunks of a document overlap, so that a sentence can come twice. */
static bool is_known(const weighing *w, view text)
{
    for (uint32_t i = 0; i < w->count; i++)
        if (view_equal(text, w->candidates[i].sentence.said)) return true;
    return false;
}

static kith_status add_candidate(weighing *w, const candidate *c)
{
    if (w->count == w->capacity) {
        uint32_t capacity = w->capacity ? w->capacity * 2 : 64;
        candidate *grown = arena_new_array(w->memory, candidate, capacity);
        if (!grown) return fail(w->err, KITH_ERR_NO_MEMORY, "out of memory for sentences");
        if (w->count) memcpy(grown, w->candidates, w->count * sizeof *grown);
        w->candidates = grown;
        w->capacity = capacity;
    }
    w->candidates[w->count++] = *c;
    return KITH_OK;
}

/* Fills share and kind, and counts the sentence for each word that it holds. */
static kith_status read_sentence(weighing *w, view text, candidate *c)
{
    const question *q = w->question;
    word *words = NULL;
    uint32_t count = 0;
    kith_status status = word_split(text, w->memory, &words, &count, w->err);
    if (status != KITH_OK) return status;
    memset(w->present, 0, q->count * sizeof *w->present);
    question_mark(q, words, count, w->present);
    c->share = question_share(q, w->present);
    for (uint32_t t = 0; t < q->count; t++)
        w->holding[t] += w->present[t];
    c->kind = q->kind == QUESTION_OTHER ? weights.unknown_kind : 0.0F;
    for (uint32_t i = 0; i < count && q->kind != QUESTION_OTHER && c->kind < 1; i++)
        if (question_asks_for(q, text, &words[i], i)) c->kind = 1;
    return KITH_OK;
}

/* The weighted mean of BM25's term for each of the question's words, 0 to 2.2. The words' own
 * weights replace the idf, and the term frequency n is the number of sentences that hold the
 * word. */
static float bm25_share(const weighing *w, size_t bytes)
{
    const question *q = w->question;
    float length = bm25_constants.one_minus_b +
                   bm25_constants.b * (float)bytes / bm25_constants.usual_bytes,
          sum = 0;
    for (uint32_t t = 0; t < q->count; t++) {
        float n = (float)w->holding[t];
        sum += q->weights[t] * n * bm25_constants.k1_plus_1 / (n + bm25_constants.k1 * length);
    }
    return q->total > 0 ? sum / q->total : 0;
}

static kith_status collect_passage(weighing *w, uint32_t passage)
{
    const question *q = w->question;
    view content = view_of(w->found->passages[passage].content);
    const char *lead_in = w->found->passages[passage].lead_in;
    sentence *sentences = NULL;
    passage_rows rows;
    uint32_t count = 0;
    memset(w->holding, 0, q->count * sizeof *w->holding);
    kith_status status = sentence_split(content, w->memory, &sentences, &count, w->err);
    if (status == KITH_OK)
        status =
            passage_rows_find(content, view_of(lead_in ? lead_in : ""), w->memory, &rows, w->err);
    for (uint32_t i = 0; i < count && status == KITH_OK; i++) {
        candidate c = {
            .sentence = {.passage = passage, .start = sentences[i].start, .end = sentences[i].end}};
        view *text = &c.sentence.said;
        status = passage_rows_say(&rows, c.sentence.start, c.sentence.end, w->memory, text, w->err);
        if (status != KITH_OK) break;
        bool passed_over = text->size > SENTENCE_MAX_BYTES || is_heading(*text) ||
                           passage_rows_is_header(&rows, c.sentence.start, c.sentence.end) ||
                           is_known(w, *text);
        status = read_sentence(w, *text, &c);
        if (status == KITH_OK && !passed_over) status = add_candidate(w, &c);
    }
    for (uint32_t t = 0; t < q->count; t++)
        w->present[t] = w->holding[t] > 0;
    w->shares[passage] = question_share(q, w->present);
    float words = bm25_share(w, content.size);
    if (words > w->words) w->words = words;
    return status;
}

/* ---- choosing ---- */

static int compare_candidates(const void *a, const void *b)
{
    const evidence_sentence *x = &((const candidate *)a)->sentence,
                            *y = &((const candidate *)b)->sentence;
    if (x->score != y->score) return x->score > y->score ? -1 : 1;
    if (x->passage != y->passage) return x->passage < y->passage ? -1 : 1;
    return x->start < y->start ? -1 : x->start > y->start;
}

static float behind_best(const weighing *w, const candidate *c)
{
    return w->found->scores[c->sentence.passage] - w->found->scores[0];
}

/* Cuts the candidates down to those that are embedded. */
static void choose(weighing *w)
{
    for (uint32_t i = 0; i < w->count; i++) {
        candidate *c = &w->candidates[i];
        c->sentence.score =
            c->share + weights.promise_kind * c->kind + weights.promise_passage * behind_best(w, c);
    }
    if (w->count) qsort(w->candidates, w->count, sizeof *w->candidates, compare_candidates);
    w->count = (uint32_t)size_min(w->count, EVIDENCE_SENTENCES);
}

/* ---- covering ---- */

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
static float fit_of(const weighing *w, const float *nearest, uint32_t tokens)
{
    const question *q = w->question;
    float sum = 0, total = 0, all = mean(nearest, tokens);
    for (uint32_t t = 0; t < q->count; t++) {
        if (w->spans[t].count == 0) continue;
        sum += q->weights[t] * mean(nearest + w->spans[t].first, w->spans[t].count);
        total += q->weights[t];
    }
    return (total > 0 ? sum / total : all) + weights.tokens * all;
}

/* Sets the candidates' scores to their fits, and *best to the largest fit of a passage.
 * texts  [1 + candidates] the question, then the sentences */
static kith_status fit_by_tokens(weighing *w, const view *texts, float *best)
{
    size_t dim = embedder_describe(w->embedder).dimension;
    encoded_text *encoded = arena_new_array(w->memory, encoded_text, w->count + 1);
    if (!encoded) return fail(w->err, KITH_ERR_NO_MEMORY, "out of memory for sentences");
    kith_status status =
        embedder_encode(w->embedder, texts, w->count + 1, w->memory, encoded, w->err);
    if (status != KITH_OK) return status;
    uint32_t tokens = encoded[0].count;
    float *nearest = arena_new_array(w->memory, float, tokens);
    float *passages = arena_new_array(w->memory, float, (size_t)w->found->count *tokens);
    if (!nearest || !passages)
        return fail(w->err, KITH_ERR_NO_MEMORY, "out of memory for sentences");
    for (uint32_t i = 0; i < w->count; i++) {
        candidate *c = &w->candidates[i];
        cover(&encoded[0], &encoded[i + 1], dim, nearest);
        c->sentence.score = fit_of(w, nearest, tokens);
        float *passage = passages + (size_t)c->sentence.passage * tokens;
        for (uint32_t t = 0; t < tokens; t++)
            if (nearest[t] > passage[t]) passage[t] = nearest[t];
    }
    for (uint32_t p = 0; p < w->found->count; p++) {
        const float *passage = passages + (size_t)p * tokens;
        float fit = fit_of(w, passage, tokens);
        if (fit > *best) *best = fit;
        for (uint32_t t = 0; t < w->question->count; t++)
            w->nearest[t] =
                fmaxf(w->nearest[t], mean(passage + w->spans[t].first, w->spans[t].count));
    }
    return KITH_OK;
}

/* As fit_by_tokens, for an embedder without token states: shares of words take the place of the
 * words' mean cosine, and the cosine of the sentence's vector that of the mean over all tokens. */
static kith_status fit_by_vectors(weighing *w, const view *texts, float *best)
{
    float *vectors = NULL;
    uint32_t dim = 0;
    kith_status status =
        embedder_embed(w->embedder, texts + 1, w->count, &vectors, &dim, NULL, w->err);
    for (uint32_t i = 0; i < w->count && status == KITH_OK; i++) {
        candidate *c = &w->candidates[i];
        float cosine = simd()->distance->dot(vectors + (size_t)i * dim, w->found->question, dim);
        float passage = w->shares[c->sentence.passage] + weights.tokens * cosine;
        c->sentence.score = c->share + weights.tokens * cosine;
        if (passage > *best) *best = passage;
    }
    free(vectors);
    return status;
}

static kith_status fit_sentences(weighing *w, evidence *out)
{
    view *texts = arena_new_array(w->memory, view, w->count + 1);
    if (!texts) return fail(w->err, KITH_ERR_NO_MEMORY, "out of memory for sentences");
    texts[0] = w->text;
    for (uint32_t i = 0; i < w->count; i++)
        texts[i + 1] = w->candidates[i].sentence.said;
    out->by_tokens = embedder_counts_tokens(w->embedder);
    if (w->count == 0) return KITH_OK;
    return out->by_tokens ? fit_by_tokens(w, texts, &out->fit)
                          : fit_by_vectors(w, texts, &out->fit);
}

/* ---- all of it ---- */

const char *evidence_check(const evidence *e, const retrieval *found)
{
    if (e->count > EVIDENCE_SENTENCES) return "evidence has more sentences than are embedded";
    for (uint32_t i = 0; i < e->count; i++) {
        const evidence_sentence *s = &e->sentences[i];
        if (s->passage >= found->count) return "a sentence is of a passage that was not found";
        size_t size = strlen(found->passages[s->passage].content);
        if (s->start >= s->end || s->end > size) return "a sentence is not inside its passage";
        if (i > 0 && s->score > e->sentences[i - 1].score)
            return "sentences are not in order of score";
    }
    return NULL;
}

static kith_status weigh(weighing *w, evidence *out)
{
    kith_status status = KITH_OK;
    if (embedder_counts_tokens(w->embedder)) status = read_tokens(w);
    for (uint32_t p = 0; p < w->found->count && status == KITH_OK; p++)
        status = collect_passage(w, p);
    if (status != KITH_OK) return status;
    choose(w);
    status = fit_sentences(w, out);
    if (status != KITH_OK) return status;
    for (uint32_t i = 0; i < w->count; i++) {
        candidate *c = &w->candidates[i];
        c->sentence.score += weights.kind * c->kind + weights.passage * behind_best(w, c);
    }
    if (w->count) qsort(w->candidates, w->count, sizeof *w->candidates, compare_candidates);
    out->words = w->words;
    out->nearest = out->by_tokens ? w->nearest : NULL;
    out->count = w->count;
    out->sentences = arena_new_array(w->memory, evidence_sentence, w->count);
    if (!out->sentences) return fail(w->err, KITH_ERR_NO_MEMORY, "out of memory for sentences");
    for (uint32_t i = 0; i < w->count; i++)
        out->sentences[i] = w->candidates[i].sentence;
    return KITH_OK;
}

kith_status evidence_weigh(const retrieval *found, embedder *e, view text, question *q, arena *a,
                           evidence *out, kith_error *err)
{
    weighing w = {.found = found,
                  .embedder = e,
                  .text = text,
                  .question = q,
                  .shares = arena_new_array(a, float, found->count),
                  .present = arena_new_array(a, bool, q->count),
                  .holding = arena_new_array(a, uint32_t, q->count),
                  .spans = arena_new_array(a, token_span, q->count),
                  .nearest = arena_new_array(a, float, q->count),
                  .memory = a,
                  .err = err};
    if (a->exhausted) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for sentences");
    evidence weighed = {0};
    kith_status status = weigh(&w, &weighed);
    DCHECK(status != KITH_OK || evidence_check(&weighed, found) == NULL);
    if (status == KITH_OK) *out = weighed;
    return status;
}
