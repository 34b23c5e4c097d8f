/* extractive.c - composes the answer from quoted sentences, each with its place in the document and
 * with the words marked that may be what the question asks for.
 * Invariant: a citation's quote is, byte for byte, the document's text at the code points
 * [start, end); only the answer's text has its white space folded, and the cells of a table's row
 * named. */
#include "answer/extractive.h"

#include "answer/evidence.h"
#include "answer/question.h"
#include "answer/verdict.h"
#include "base/size.h"
#include "base/utf8.h"
#include "extract/chunk_place.h"
#include "text/word.h"

enum { ANSWER_SENTENCES = 2 };

/* The sentence's own place ("page 7"), when the passage covers several pages or rows.
 * characters  from the passage's start to the sentence's */
static const char *place_of(const kith_passage *p, uint64_t characters, arena *a)
{
    metadata fields = {.memory = a};
    bool has_places = *p->place || (p->metadata && strstr(p->metadata, "\"place_marks\""));
    if (!has_places || metadata_parse(view_of(p->metadata), &fields, NULL) != KITH_OK)
        return p->place;
    return place_at(&fields, characters, a);
}

/* Marks the words of the quote that are of the kind that the question asks for; adjacent words
 * become one span. */
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

static kith_citation cite(const kith_passage *p, const evidence_sentence *c, arena *a)
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

static kith_status compose(const retrieval *found, const question *q, const evidence *s, arena *a,
                           extractive_answer *out, kith_error *err)
{
    uint32_t count = (uint32_t)size_min(s->count, ANSWER_SENTENCES);
    buffer text;
    buffer_init(&text, 1 << 20);
    kith_citation *citations = arena_new_array(a, kith_citation, count);
    kith_status status = KITH_OK;
    for (uint32_t i = 0; i < count && citations && status == KITH_OK; i++) {
        const evidence_sentence *c = &s->sentences[i];
        citations[i] = cite(&found->passages[c->passage], c, a);
        append_quote(&text, c->said, citations[i].n);
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

static kith_status answer_with(embedder *e, view text, question *q, const retrieval *found,
                               arena *a, extractive_answer *out, kith_error *err)
{
    evidence weighed = {0};
    kith_status status = evidence_weigh(found, e, text, q, a, &weighed, err);
    if (status != KITH_OK) return status;
    verdict *v = arena_new(a, sizeof *v);
    if (!v) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for an answer");
    status = verdict_reach(text, q, found, &weighed, a, v, err);
    if (status != KITH_OK) return status;
    if (v->refused) {
        *out =
            (extractive_answer){.text = v->text, .refused = true, .support = v->support, .why = v};
        return KITH_OK;
    }
    status = compose(found, q, &weighed, a, out, err);
    if (status != KITH_OK) return status;
    out->why = v;
    if (out->citation_count == 0) return KITH_OK;
    status = verdict_support(v, q, view_of(out->citations[0].quote), a, &out->support, err);
    if (status != KITH_OK) return status;
    return KITH_OK;
}

kith_status answer_from_sentences(collection *c, embedder *e, view text, const retrieval *found,
                                  arena *a, extractive_answer *out, kith_error *err)
{
    question q = {0};
    kith_status status = question_read(c, text, a, &q, err);
    if (status == KITH_OK) status = answer_with(e, text, &q, found, a, out, err);
    question_done(&q);
    return status;
}
