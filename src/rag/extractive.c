/* extractive.c - choosing sentences. */
#include "rag/extractive.h"

#include "base/size.h"
#include "base/utf8.h"
#include "rag/place.h"
#include "rag/question.h"
#include "rag/support.h"
#include "simd/simd.h"
#include "text/sentence.h"
#include "text/word.h"

#include <stdlib.h>

enum {
    ANSWER_SENTENCES = 2,
    /* The most promising by words, kind and passage: embedding is what costs, and more of them
     * found no more answers (docs/decisions/006). */
    EMBEDDED_SENTENCES = 8,
    /* A longer one is a list or a table that the splitter could not cut. */
    SENTENCE_MAX_BYTES = 600
};

/* What a sentence's cosine to the question is added to. Fitted on the even questions of squad-docs:
 * docs/decisions/006. */
static const float word_weight = 0.75F;   /* share of the question's words, by idf */
static const float before_weight = 0.13F; /* that of the sentence before it */
static const float kind_weight = 0.12F;   /* it holds what the question's kind asks for */
static const float first_weight = 0.13F;  /* it stands in the best passage */
/* A passage that is near as a whole lifts all its sentences' cosines. */
static const float passage_weight = -0.22F;

typedef struct candidate {
    uint32_t passage;
    uint32_t start, end; /* bytes into the passage's content */
    float share, before; /* of the question's words: of this sentence, of the one before it */
    float kind;          /* 0, 1, or between when the kind is not known */
    float score;
} candidate;

typedef struct selection {
    candidate *candidates;
    uint32_t count, capacity;
} selection;

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

static bool is_known(const selection *s, const retrieval *found, view text)
{
    for (uint32_t i = 0; i < s->count; i++) {
        const candidate *c = &s->candidates[i];
        view there = view_of(found->passages[c->passage].content);
        if (view_equal(text, view_slice(there, c->start, c->end))) return true;
    }
    return false;
}

/* Fills share and kind. present: [q->count] to work in. */
static kith_status read_sentence(view text, const question *q, bool *present, arena *a,
                                 candidate *c, kith_error *err)
{
    word *words = NULL;
    uint32_t count = 0;
    kith_status status = word_split(text, a, &words, &count, err);
    if (status != KITH_OK) return status;
    memset(present, 0, q->count * sizeof *present);
    question_mark(q, words, count, present);
    c->share = question_share(q, present);
    c->kind = q->kind == QUESTION_OTHER ? 0.5F : 0.0F;
    for (uint32_t i = 0; i < count && q->kind != QUESTION_OTHER && c->kind < 1; i++)
        if (question_asks_for(q, text, &words[i], i)) c->kind = 1;
    return KITH_OK;
}

/* All sentences. Overlapping chunks of one document hold the same sentence twice: the first stays.
 */
static kith_status collect_sentences(const retrieval *found, const question *q, arena *a,
                                     selection *out, kith_error *err)
{
    bool *present = arena_new_array(a, bool, q->count);
    if (!present) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for sentences");
    for (uint32_t p = 0; p < found->count; p++) {
        view content = view_of(found->passages[p].content);
        sentence *sentences = NULL;
        uint32_t count = 0;
        float before = 0;
        kith_status status = sentence_split(content, a, &sentences, &count, err);
        for (uint32_t i = 0; i < count && status == KITH_OK; i++) {
            candidate c = {.passage = p, .start = sentences[i].start, .end = sentences[i].end};
            view text = view_slice(content, c.start, c.end);
            bool passed_over =
                text.size > SENTENCE_MAX_BYTES || is_heading(text) || is_known(out, found, text);
            c.before = before;
            status = read_sentence(text, q, present, a, &c, err);
            before = c.share;
            if (status == KITH_OK && !passed_over) status = add_candidate(out, c, a, err);
        }
        if (status != KITH_OK) return status;
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
        c->score = word_weight * c->share + before_weight * c->before + kind_weight * c->kind +
                   (c->passage == 0 ? first_weight : 0) +
                   passage_weight * found->passages[c->passage].relevance;
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

/* Of the sentence, where the passage covers several pages or rows. */
static const char *place_of(const kith_passage *p, uint64_t characters, arena *a)
{
    metadata fields = {.memory = a};
    if (!*p->place || metadata_parse(view_of(p->metadata), &fields, NULL) != KITH_OK)
        return p->place;
    return place_at(&fields, characters, a);
}

/* Words of the quote that the question asks for, neighbours as one span. */
static kith_status emphasise(view quote, const question *q, arena *a, kith_citation *out,
                             kith_error *err)
{
    word *words = NULL;
    uint32_t count = 0;
    kith_status status = word_split(quote, a, &words, &count, err);
    if (status != KITH_OK) return status;
    kith_span *spans = arena_new_array(a, kith_span, count);
    if (!spans) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for an answer");
    size_t n = 0;
    uint32_t last = UINT32_MAX; /* position of the word that ended the last span */
    for (uint32_t i = 0; i < count; i++) {
        const word *w = &words[i];
        if (w->is_extra || !question_asks_for(q, quote, w, w->position)) continue;
        uint32_t start = (uint32_t)utf8_count(view_slice(quote, 0, w->start));
        uint32_t end = (uint32_t)utf8_count(view_slice(quote, 0, w->end));
        bool goes_on = n > 0 && w->position == last + 1 && start == spans[n - 1].end + 1;
        if (goes_on)
            spans[n - 1].end = end;
        else
            spans[n++] = (kith_span){start, end};
        last = w->position;
    }
    out->emphasis = spans;
    out->emphasis_count = n;
    return KITH_OK;
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

static kith_status compose(const retrieval *found, const question *q, const selection *s, arena *a,
                           extractive_answer *out, kith_error *err)
{
    uint32_t count = (uint32_t)size_min(s->count, ANSWER_SENTENCES);
    buffer text;
    buffer_init(&text, 1 << 20);
    kith_citation *citations = arena_new_array(a, kith_citation, count);
    kith_status status = KITH_OK;
    for (uint32_t i = 0; i < count && citations && status == KITH_OK; i++) {
        const candidate *c = &s->candidates[i];
        citations[i] = cite(&found->passages[c->passage], c, a);
        append_quote(&text, view_of(citations[i].quote), citations[i].n);
        status = emphasise(view_of(citations[i].quote), q, a, &citations[i], err);
    }
    if (status == KITH_OK) status = buffer_status(&text, "answer", err);
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

static kith_status answer_with(embedder *e, const question *q, const retrieval *found, arena *a,
                               extractive_answer *out, kith_error *err)
{
    selection s = {0};
    support_signals signals;
    kith_status status = support_measure(found, q, a, &signals, err);
    if (status == KITH_OK) status = collect_sentences(found, q, a, &s, err);
    if (status != KITH_OK) return status;
    double support = s.count ? support_probability(&signals) : 0;
    if (support < 0.5) {
        *out = (extractive_answer){
            .text = "Nothing in the collection answers this.", .refused = true, .support = support};
        return KITH_OK;
    }
    status = rank_sentences(e, found, &s, a, err);
    if (status == KITH_OK) status = compose(found, q, &s, a, out, err);
    if (status == KITH_OK) out->support = support;
    return status;
}

kith_status answer_from_sentences(collection *c, embedder *e, view text, const retrieval *found,
                                  arena *a, extractive_answer *out, kith_error *err)
{
    question q = {0};
    kith_status status = question_read(c, text, a, &q, err);
    if (status == KITH_OK) status = answer_with(e, &q, found, a, out, err);
    question_done(&q);
    return status;
}
