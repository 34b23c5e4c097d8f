/* extractive.c - choosing sentences. */
#include "rag/extractive.h"

#include "base/map.h"
#include "base/size.h"
#include "base/utf8.h"
#include "rag/place.h"
#include "simd/simd.h"
#include "text/sentence.h"
#include "text/word.h"

#include <math.h>
#include <stdlib.h>

enum {
    ANSWER_SENTENCES = 2,
    EMBEDDED_SENTENCES = 24, /* the most promising by words and passage; embedding is what costs */
    SENTENCE_MAX_BYTES =
        600, /* a longer one is a list or a table that the splitter could not cut */
};

static const float word_weight = 0.5F, passage_weight = 1.0F;

/* Log odds that the passages hold an answer: bias + meaning * (best passage's cosine) + words *
 * (share of the question's words that they hold, by weight). Fitted by `./dev bench answers
 * --calibrate`: docs/decisions/006. */
static const double support_bias = -14.12, support_meaning = 18.96, support_words = 8.18;

typedef struct candidate {
    uint32_t passage;
    uint32_t start, end; /* bytes into the passage's content */
    float word_share;
    float score;
} candidate;

/* The question's content words, each with a weight and a number in `terms`. */
typedef struct question_words {
    map *terms;
    float *weights;
    uint32_t count;
    float total;
} question_words;

typedef struct selection {
    candidate *candidates;
    uint32_t count, capacity;
} selection;

static kith_status collect_question_words(collection *c, view question, arena *a,
                                          question_words *out, kith_error *err)
{
    word *words = NULL;
    uint32_t count = 0;
    kith_status status = word_split(question, a, &words, &count, err);
    if (status != KITH_OK) return status;
    view *terms = arena_new_array(a, view, count);
    out->terms = map_new();
    out->weights = arena_new_array(a, float, count);
    if (!out->terms || !out->weights || !terms)
        return fail(err, KITH_ERR_NO_MEMORY, "out of memory for the question");
    for (uint32_t i = 0; i < count; i++) {
        uint64_t known;
        if (words[i].is_stop || map_get(out->terms, words[i].term, &known)) continue;
        if (map_put(out->terms, words[i].term, out->count) != KITH_OK)
            return fail(err, KITH_ERR_NO_MEMORY, "out of memory for the question");
        terms[out->count++] = words[i].term;
    }
    status = collection_idf(c, terms, out->count, out->weights, err);
    for (uint32_t t = 0; t < out->count; t++)
        out->total += out->weights[t];
    return status;
}

/* Marks in present[] which of the question's words the text holds. */
static kith_status find_words(view text, const question_words *q, arena *a, bool *present,
                              kith_error *err)
{
    word *words = NULL;
    uint32_t count = 0;
    kith_status status = word_split(text, a, &words, &count, err);
    for (uint32_t i = 0; i < count && status == KITH_OK; i++) {
        uint64_t term;
        if (map_get(q->terms, words[i].term, &term)) present[term] = true;
    }
    return status;
}

static float share_of(const question_words *q, const bool *present)
{
    float held = 0;
    for (uint32_t t = 0; t < q->count; t++)
        held += present[t] ? q->weights[t] : 0;
    return q->total > 0 ? held / q->total : 0;
}

static kith_status add_candidate(selection *s, candidate c, arena *a, kith_error *err)
{
    if (s->count == s->capacity) {
        uint32_t capacity = s->capacity ? s->capacity * 2 : 64;
        candidate *grown = arena_new_array(a, candidate, capacity);
        if (!grown) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for sentences");
        if (s->count) memcpy(grown, s->candidates, s->count * sizeof *grown);
        s->candidates = grown;
        s->capacity = capacity;
    }
    s->candidates[s->count++] = c;
    return KITH_OK;
}

/* A Markdown heading says what comes, and answers nothing. */
static bool is_heading(view text)
{
    size_t marks = 0;
    while (marks < text.size && text.data[marks] == '#')
        marks++;
    return marks > 0 && marks < text.size && text.data[marks] == ' ';
}

/* All sentences. Overlapping chunks of one document hold the
 * same sentence twice: the first stays. */
static kith_status collect_sentences(const retrieval *found, arena *a, selection *out,
                                     kith_error *err)
{
    for (uint32_t p = 0; p < found->count; p++) {
        view content = view_of(found->passages[p].content);
        sentence *sentences = NULL;
        uint32_t count = 0;
        kith_status status = sentence_split(content, a, &sentences, &count, err);
        for (uint32_t i = 0; i < count && status == KITH_OK; i++) {
            view text = view_slice(content, sentences[i].start, sentences[i].end);
            bool passed_over = text.size > SENTENCE_MAX_BYTES || is_heading(text);
            for (uint32_t j = 0; j < out->count && !passed_over; j++) {
                const candidate *other = &out->candidates[j];
                view there = view_of(found->passages[other->passage].content);
                passed_over = view_equal(text, view_slice(there, other->start, other->end));
            }
            if (!passed_over)
                status = add_candidate(
                    out, (candidate){p, sentences[i].start, sentences[i].end, 0, 0}, a, err);
        }
        if (status != KITH_OK) return status;
    }
    return KITH_OK;
}

static kith_status share_words(const retrieval *found, const question_words *q, selection *s,
                               arena *a, kith_error *err)
{
    bool *present = arena_new_array(a, bool, q->count);
    if (!present) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for sentences");
    for (uint32_t i = 0; i < s->count; i++) {
        candidate *c = &s->candidates[i];
        view text = view_slice(view_of(found->passages[c->passage].content), c->start, c->end);
        memset(present, 0, q->count * sizeof *present);
        kith_status status = find_words(text, q, a, present, err);
        if (status != KITH_OK) return status;
        c->word_share = share_of(q, present);
    }
    return KITH_OK;
}

static int compare_candidates(const void *a, const void *b)
{
    const candidate *x = a, *y = b;
    if (x->score != y->score) return x->score > y->score ? -1 : 1;
    if (x->passage != y->passage) return x->passage < y->passage ? -1 : 1;
    return x->start < y->start ? -1 : x->start > y->start;
}

/* Scores by words and passage, keeps the most promising, adds their cosine to the question. */
static kith_status rank_sentences(embedder *e, const retrieval *found, selection *s, arena *a,
                                  kith_error *err)
{
    for (uint32_t i = 0; i < s->count; i++) {
        candidate *c = &s->candidates[i];
        c->score =
            word_weight * c->word_share + passage_weight * found->passages[c->passage].relevance;
    }
    if (s->count) qsort(s->candidates, s->count, sizeof *s->candidates, compare_candidates);
    s->count = (uint32_t)size_min(s->count, EMBEDDED_SENTENCES);
    view *texts = arena_new_array(a, view, s->count);
    if (!texts) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for sentences");
    for (uint32_t i = 0; i < s->count; i++) {
        const candidate *c = &s->candidates[i];
        texts[i] = view_slice(view_of(found->passages[c->passage].content), c->start, c->end);
    }
    float *vectors = NULL;
    uint32_t dim = 0;
    kith_status status = embedder_embed(e, texts, s->count, &vectors, &dim, NULL, err);
    for (uint32_t i = 0; i < s->count && status == KITH_OK; i++)
        s->candidates[i].score +=
            simd()->distance->dot(vectors + (size_t)i * dim, found->question, dim);
    free(vectors);
    if (status == KITH_OK && s->count)
        qsort(s->candidates, s->count, sizeof *s->candidates, compare_candidates);
    return status;
}

/* The share of the question's words, by weight, that the passages hold between them. */
static kith_status coverage_of(const retrieval *found, const question_words *q, arena *a,
                               float *out, kith_error *err)
{
    bool *present = arena_new_array(a, bool, q->count);
    kith_status status =
        present ? KITH_OK : fail(err, KITH_ERR_NO_MEMORY, "out of memory for the question");
    for (uint32_t p = 0; p < found->count && status == KITH_OK; p++)
        status = find_words(view_of(found->passages[p].content), q, a, present, err);
    if (status != KITH_OK) return status;
    // A question of stop words alone has nothing to find: meaning decides.
    *out = q->count ? share_of(q, present) : 0.5F;
    return KITH_OK;
}

static float best_relevance(const retrieval *found)
{
    float best = 0;
    for (uint32_t p = 0; p < found->count; p++)
        if (found->passages[p].relevance > best) best = found->passages[p].relevance;
    return best;
}

/* Of the sentence, where the passage covers several pages or rows. */
static const char *place_of(const kith_passage *p, uint64_t characters, arena *a)
{
    metadata fields = {.memory = a};
    if (!*p->place || metadata_parse(view_of(p->metadata), &fields, NULL) != KITH_OK)
        return p->place;
    return place_at(&fields, characters, a);
}

static kith_citation cite(const kith_passage *p, const candidate *c, arena *a)
{
    view content = view_of(p->content), before = view_slice(content, 0, c->start);
    view quote = view_slice(content, c->start, c->end);
    uint32_t line = p->line_start;
    for (size_t i = 0; i < before.size && line > 0; i++)
        line += before.data[i] == '\n';
    uint64_t start = p->start + utf8_count(before);
    return (kith_citation){
        .place = place_of(p, start - p->start, a),
        .n = c->passage + 1,
        .document = p->document,
        .source = p->source,
        .start = start,
        .end = start + utf8_count(quote),
        .line = line,
        .quote = arena_copy(a, quote).data,
    };
}

/* The quote on one line, closed by its number: "The tower is 330 metres high. [1]" */
static void append_quote(buffer *out, view quote, uint32_t n)
{
    bool space = false;
    if (out->size) buffer_append_byte(out, ' ');
    for (size_t i = 0; i < quote.size; i++) {
        bool is_space = quote.data[i] == '\n' || quote.data[i] == '\t' || quote.data[i] == ' ';
        if (!is_space) buffer_append_byte(out, quote.data[i]);
        if (is_space && !space) buffer_append_byte(out, ' ');
        space = is_space;
    }
    buffer_printf(out, " [%u]", n);
}

static kith_status compose(const retrieval *found, const selection *s, arena *a,
                           extractive_answer *out, kith_error *err)
{
    uint32_t count = (uint32_t)size_min(s->count, ANSWER_SENTENCES);
    buffer text;
    buffer_init(&text, 1 << 20);
    kith_citation *citations = arena_new_array(a, kith_citation, count);
    for (uint32_t i = 0; i < count && citations; i++) {
        const candidate *c = &s->candidates[i];
        citations[i] = cite(&found->passages[c->passage], c, a);
        append_quote(&text, view_of(citations[i].quote), citations[i].n);
    }
    kith_status status = buffer_status(&text, "answer", err);
    if (status == KITH_OK) {
        *out = (extractive_answer){.text = arena_copy(a, buffer_view(&text)).data,
                                   .citations = citations,
                                   .citation_count = count};
        if (!out->text || !citations)
            status = fail(err, KITH_ERR_NO_MEMORY, "out of memory for an answer");
    }
    buffer_done(&text);
    return status;
}

static kith_status answer_with(collection *c, embedder *e, question_words *q, view question,
                               const retrieval *found, arena *a, extractive_answer *out,
                               kith_error *err)
{
    selection s = {0};
    float coverage = 0;
    kith_status status = collect_question_words(c, question, a, q, err);
    if (status == KITH_OK) status = coverage_of(found, q, a, &coverage, err);
    if (status == KITH_OK) status = collect_sentences(found, a, &s, err);
    if (status != KITH_OK) return status;
    float meaning = best_relevance(found);
    double odds =
        support_bias + support_meaning * (double)meaning + support_words * (double)coverage;
    double support = s.count ? 1.0 / (1.0 + exp(-odds)) : 0;
    if (support < 0.5) {
        *out = (extractive_answer){
            .text = "Nothing in the collection answers this.", .refused = true, .support = support};
        return KITH_OK;
    }
    status = share_words(found, q, &s, a, err);
    if (status == KITH_OK) status = rank_sentences(e, found, &s, a, err);
    if (status == KITH_OK) status = compose(found, &s, a, out, err);
    if (status == KITH_OK) out->support = support;
    return status;
}

kith_status answer_from_sentences(collection *c, embedder *e, view question, const retrieval *found,
                                  arena *a, extractive_answer *out, kith_error *err)
{
    question_words q = {0};
    kith_status status = answer_with(c, e, &q, question, found, a, out, err);
    map_free(q.terms);
    return status;
}
