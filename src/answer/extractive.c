/* extractive.c - composes the answer from quoted sentences, each with its place in the document and
 * with the words marked that may be what the question asks for.
 * Invariant: a citation's quote is, byte for byte, the document's text at the code points
 * [start, end), and lies in the passage that it cites. The answer's text says it for a reader: its
 * white space is folded, the cells of a row are named, the term, lead-in or version of a unit stands
 * before it, and what the chunk's end cut off is there. */
#include "answer/extractive.h"

#include "answer/evidence.h"
#include "answer/pair.h"
#include "answer/question.h"
#include "answer/verdict.h"
#include "answer/wish.h"
#include "base/size.h"
#include "base/utf8.h"
#include "extract/chunk_place.h"
#include "text/sentence.h"
#include "text/word.h"

#include <math.h>
#include <string.h>

enum {
    ANTECEDENT_MAX_BYTES = 420, /* of a sentence with the one that it refers to */
    LIST_AMONG = 3, /* where a list is asked for: so many of the best units may be of it */
    LIST_MAX_BYTES = 2000,
    ENTRY_MAX_BYTES = 160, /* of an entry of a list that is quoted whole */
    ANSWER_MAX_BYTES = 300 /* of the answer to a question of an FAQ that is quoted whole */
};

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
    kith_status status = word_split_in(quote, q->language, a, &words, &count, err);
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

static uint32_t count_lines(view text)
{
    uint32_t count = 0;
    for (size_t i = 0; i < text.size; i++)
        count += text.data[i] == '\n';
    return count;
}

/* What of text[start, end) is in the passage, and where: a unit may begin before it, or end behind
 * it. */
static kith_citation cite(const kith_passage *p, const passage_text *t, const evidence_sentence *c,
                          arena *a)
{
    size_t first = c->start > t->start ? c->start : t->start, end = size_min(c->end, t->end);
    view quote = view_trim(view_slice(t->text, first, end));
    // Of a unit that begins before the passage the white space in between is no part.
    view before = view_slice(t->text, t->start, (size_t)(quote.data - t->text.data));
    uint64_t start = p->start + utf8_count(before);
    uint32_t line = p->line_start ? p->line_start + count_lines(before) : 0;
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

void extractive_append(buffer *out, view quote, uint32_t n)
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

/* ---- how many ---- */

/* Of rows, options or entries the second is about something that was not asked for: it lacks a name
 * of the question that the first has, or its row begins with less of the question. */
static bool is_of_another(const evidence_sentence *first, const evidence_sentence *second)
{
    const float *a = first->signals.at, *b = second->signals.at;
    if (second->is_of_another && !first->is_of_another) return true;
    bool same = first->unit->kind == second->unit->kind && first->unit->kind != UNIT_SENTENCE;
    bool is_row = first->unit->kind == UNIT_ROW;
    return same &&
           (b[READER_MISSING] > a[READER_MISSING] || (is_row && b[READER_KEY] < a[READER_KEY]));
}

/* A second unit is quoted when the first may not be the one, the second is not much less likely and
 * of the same thing, and both together are short. */
static uint32_t count_quotes(const evidence *s, quoted_pair p, bool about_two)
{
    if (s->count < 2) return s->count;
    if (!about_two && is_of_another(&s->sentences[p.first], &s->sentences[p.second])) return 1;
    double first = evidence_certainty(s);
    double second = first * exp((double)(s->sentences[p.second].score - s->sentences[0].score));
    const reader_rule *rule = reader_second(s->form);
    const size_t bytes = s->sentences[p.first].said.size + s->sentences[p.second].said.size;
    bool is_short = bytes <= rule->max_bytes;
    return (about_two || (first < rule->sure && second > rule->unlikely)) && is_short ? 2 : 1;
}

/* ---- a list ---- */

/* The best unit of a list on the side that the question names; without a side, one of the first
 * few. NULL: there is none. */
static const evidence_sentence *find_entry(const evidence *s, question_side side)
{
    for (uint32_t i = 0; i < s->count; i++) {
        const evidence_sentence *c = &s->sentences[i];
        if (side == SIDE_NONE && i >= LIST_AMONG) break;
        bool fits = side == SIDE_NONE || c->signals.at[READER_SIDE] > 0;
        if (c->unit->list != UNIT_NO_LIST && fits) return c;
    }
    return NULL;
}

/* Whether the unit is an entry of a list whose entries are numbered. */
static bool is_ordered(const unit *u, view text)
{
    return u->list != UNIT_NO_LIST && is_ascii_digit(text.data[u->list]);
}

/* Whether the steps of an ordered list are what a question how to do something asks for: two of the
 * first few units are of it. */
static bool is_of_steps(const evidence *s, const passage_text *texts)
{
    const evidence_sentence *best = s->count > 0 ? &s->sentences[0] : NULL;
    uint32_t among = 0;
    if (!best || best->unit->kind != UNIT_ENTRY) return false;
    for (uint32_t i = 0; i < s->count && i < LIST_AMONG; i++)
        among += s->sentences[i].passage == best->passage &&
                 s->sentences[i].unit->list == best->unit->list;
    return is_ordered(best->unit, texts[best->passage].text) && among >= 2;
}

static bool is_of_list(const unit *u, const unit *entry)
{
    return u->list == entry->list && u->kind == UNIT_ENTRY && u->is_first;
}

static uint32_t count_entries(const evidence_passage *p, const unit *entry)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < p->count; i++)
        count += is_of_list(&p->units[i], entry);
    return count;
}

/* A long entry is told by its first sentence.
 * number  of a step, from 1; 0: of a list without order */
static kith_status append_entry(buffer *out, view body, uint32_t number, arena *a, kith_error *err)
{
    sentence *sentences = NULL;
    uint32_t count = 0;
    kith_status status = sentence_split(body, a, &sentences, &count, err);
    if (status != KITH_OK || count == 0) return status;
    bool all = body.size <= ENTRY_MAX_BYTES;
    if (number > 0)
        buffer_printf(out, "\n%u. ", number);
    else
        buffer_append_text(out, "\n- ");
    buffer_append(out, view_slice(body, 0, sentences[all ? count - 1 : 0].end));
    return KITH_OK;
}

/* The whole list in order, cited as one. *done stays false when there is no list to quote. */
static kith_status compose_list(const evidence_input *in, const question *q, const evidence *s,
                                arena *a, extractive_answer *out, bool *done, kith_error *err)
{
    const evidence_sentence *c = find_entry(s, side_of(in->text));
    if (!c) return KITH_OK;
    const evidence_passage *p = &s->passages[c->passage];
    const passage_text *t = &in->texts[c->passage];
    // Of the entries' beginnings none may be in the passage: the unit that was found is.
    evidence_sentence whole = {.passage = c->passage, .start = c->start, .end = c->end};
    kith_citation *citation = arena_new(a, sizeof *citation);
    kith_status status = citation ? KITH_OK : fail(err, KITH_ERR_NO_MEMORY, "out of memory");
    buffer text;
    if (count_entries(p, c->unit) < 2) return status;
    buffer_init(&text, 1 << 20);
    for (uint32_t i = 0; i < p->count && status == KITH_OK; i++) {
        const unit *u = &p->units[i];
        if (!is_of_list(u, c->unit)) continue;
        if (text.size == 0) buffer_append(&text, view_trim(view_slice(u->said, 0, u->led)));
        status = append_entry(&text, view_slice(u->said, u->led, u->said.size),
                              is_ordered(u, t->text) ? u->entry + 1 : 0, a, err);
        if (u->start < whole.start) whole.start = u->start;
        if (u->end > whole.end) whole.end = u->end;
    }
    bool is_long = text.size > LIST_MAX_BYTES;
    if (status == KITH_OK && !is_long) {
        view said = view_trim(buffer_view(&text));
        *citation = cite(&in->found->passages[c->passage], t, &whole, a);
        status = emphasise(view_of(citation->quote), q, a, citation, err);
        const char *answer = arena_printf(a, "%.*s [%u]", VIEW_ARG(said), citation->n);
        if (status == KITH_OK && !answer)
            status = fail(err, KITH_ERR_NO_MEMORY, "out of memory for an answer");
        *out = (extractive_answer){.text = answer, .citations = citation, .citation_count = 1};
        *done = status == KITH_OK;
    }
    buffer_done(&text);
    return status;
}

/* The sentence with the one before it in its paragraph, when it refers back to that and both
 * together are short; else as it is. */
static evidence_sentence with_antecedent(const evidence *s, uint32_t i, arena *a)
{
    evidence_sentence c = s->sentences[i];
    const evidence_passage *p = &s->passages[c.passage];
    const unit *before = c.unit > p->units ? c.unit - 1 : NULL;
    bool follows = before && !c.unit->is_first && before->kind == c.unit->kind &&
                   before->heading.data == c.unit->heading.data && before->is_inside;
    view said = view_slice(c.said, c.unit->led, c.said.size);
    if (!follows || !refers_back(said) || before->said.size + said.size > ANTECEDENT_MAX_BYTES)
        return c;
    const char *both = arena_printf(a, "%.*s %.*s", VIEW_ARG(before->said), VIEW_ARG(said));
    if (!both) return c;
    c.start = before->start;
    c.said = view_of(both);
    return c;
}

static bool is_beside(const unit *u, const unit *other)
{
    return other->kind != UNIT_ROW && other->kind != UNIT_ENTRY && other->answers &&
           other->is_inside && other->heading.data == u->heading.data;
}

/* Whether the unit's heading is a line by itself, and not the last sentence of a paragraph: "Could you
 * ask her?" of a mail is no FAQ's question. */
static bool has_own_line(const unit *u, view text)
{
    const char *begin = u->heading.data;
    while (begin > text.data && begin[-1] != '\n')
        begin--;
    size_t before = (size_t)(u->heading.data - begin);
    for (size_t i = 0; i < before; i++)
        if (!memchr("#*=> \tQ:.", begin[i], 10) && !is_ascii_digit(begin[i])) return false;
    return true;
}

/* The whole answer below the question of an FAQ, when it is short: "Yes. Food is excluded." Else the
 * sentence as it is. */
static evidence_sentence with_answer(const evidence *s, uint32_t i, const passage_text *texts,
                                     arena *a)
{
    evidence_sentence c = s->sentences[i];
    const evidence_passage *p = &s->passages[c.passage];
    const unit *first = c.unit, *last = c.unit;
    if (!c.unit->answers || c.unit->kind == UNIT_ROW || c.unit->kind == UNIT_ENTRY ||
        !has_own_line(c.unit, texts[c.passage].text))
        return c;
    while (first > p->units && is_beside(c.unit, first - 1))
        first--;
    while (last + 1 < p->units + p->count && is_beside(c.unit, last + 1))
        last++;
    if (first == last || last->end - first->start > ANSWER_MAX_BYTES) return c;
    const char *whole = "";
    for (const unit *u = first; u <= last && whole; u++)
        whole = arena_printf(a, "%s%s%.*s", whole, u > first ? " " : "", VIEW_ARG(u->said));
    if (!whole) return c;
    c.start = first->start;
    c.end = last->end;
    c.said = view_of(whole);
    return c;
}

/* What leads into both is said once, also when their passages overlap. */
static bool has_same_lead(const evidence_sentence *first, const evidence_sentence *second)
{
    const unit *a = first->unit, *b = second->unit;
    return b->led > 0 && b->kind == UNIT_ENTRY &&
           view_equal(view_slice(a->said, 0, a->led), view_slice(b->said, 0, b->led));
}

static kith_status compose(const evidence_input *in, const question *q, const evidence *s, arena *a,
                           extractive_answer *out, kith_error *err)
{
    quoted_pair pair = s->count > 0 ? pair_choose(in->text, s) : (quoted_pair){0};
    uint32_t count = count_quotes(s, pair, asks_about_two(in->text));
    // Of a pair whose first unit is not the best, what is quoted alone is the best.
    if (count == 1) pair.first = 0;
    const evidence_sentence *next = &s->sentences[pair.second];
    evidence_sentence first =
        count ? with_answer(s, pair.first, in->texts, a) : (evidence_sentence){0};
    bool is_whole = count > 0 && first.said.data != s->sentences[pair.first].said.data;
    // Beside a whole answer a sentence of its passage says nothing more about the question.
    bool is_beside_whole = is_whole && next->passage == first.passage;
    if (is_beside_whole && !asks_about_two(in->text)) count = 1;
    if (count > 0 && !is_whole) first = with_antecedent(s, pair.first, a);
    // The second one may be what the first refers to.
    if (count == 2 && next->passage == first.passage && next->start >= first.start &&
        next->end <= first.end)
        count = 1;
    buffer text;
    buffer_init(&text, 1 << 20);
    kith_citation *citations = arena_new_array(a, kith_citation, count);
    kith_status status = KITH_OK;
    for (uint32_t i = 0; i < count && citations && status == KITH_OK; i++) {
        const evidence_sentence *c = i == 0 ? &first : next;
        view said = c->said;
        if (i == 1 && has_same_lead(&first, next))
            said = view_slice(said, next->unit->led, said.size);
        citations[i] = cite(&in->found->passages[c->passage], &in->texts[c->passage], c, a);
        extractive_append(&text, said, citations[i].n);
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

static kith_status answer_with(const evidence_input *in, question *q, arena *a, void *to,
                               kith_error *err)
{
    extractive_answer *out = to;
    evidence *weighed = arena_new(a, sizeof *weighed);
    verdict *v = arena_new(a, sizeof *v);
    if (!weighed || !v) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for an answer");
    kith_status status = evidence_weigh(in, q, a, weighed, err);
    if (status != KITH_OK) return status;
    status = verdict_reach(in->text, q, in->found, weighed, a, v, err);
    if (status != KITH_OK) return status;
    if (v->refused) {
        *out = (extractive_answer){
            .text = v->text, .refused = true, .support = v->support, .why = v, .weighed = weighed};
        return KITH_OK;
    }
    bool done = false;
    if (asks_for_list(in->text) || (asks_how(in->text) && is_of_steps(weighed, in->texts)))
        status = compose_list(in, q, weighed, a, out, &done, err);
    if (status == KITH_OK && !done) status = compose(in, q, weighed, a, out, err);
    if (status != KITH_OK) return status;
    out->why = v;
    out->weighed = weighed;
    out->support = v->support;
    return KITH_OK;
}

typedef kith_status (*answer_step)(const evidence_input *in, question *q, arena *a, void *out,
                                   kith_error *err);

/* Reads the question and what stands around the passages, and takes the step. */
static kith_status read_and(answer_step step, collection *c, embedder *e, view text,
                            const retrieval *found, arena *a, void *out, kith_error *err)
{
    question q = {0};
    passage_text *texts = NULL;
    uint32_t reach = asks_for_list(text) ? PASSAGE_REACH_MAX : 1;
    language l = LANGUAGE_ENGLISH;
    kith_status status = question_language(text, a, &l, err);
    if (status == KITH_OK) status = question_read(c, text, l, a, &q, err);
    // A filter may be what keeps a reader from the rest of a document.
    if (status == KITH_OK)
        status = found->is_filtered ? passage_texts_alone(found, a, &texts, err)
                                    : passage_texts_read(c, found, reach, a, &texts, err);
    const evidence_input in = {.found = found, .texts = texts, .embedder = e, .text = text};
    if (status == KITH_OK) status = step(&in, &q, a, out, err);
    question_done(&q);
    return status;
}

kith_status answer_from_sentences(collection *c, embedder *e, view text, const retrieval *found,
                                  arena *a, extractive_answer *out, kith_error *err)
{
    return read_and(answer_with, c, e, text, found, a, out, err);
}

static kith_status best_with(const evidence_input *in, question *q, arena *a, void *to,
                             kith_error *err)
{
    evidence *weighed = arena_new(a, sizeof *weighed);
    verdict *v = arena_new(a, sizeof *v);
    if (!weighed || !v) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for an answer");
    kith_status status = evidence_weigh(in, q, a, weighed, err);
    if (status == KITH_OK) status = verdict_reach(in->text, q, in->found, weighed, a, v, err);
    if (status != KITH_OK) return status;
    extractive_quote best = {
        .refused = v->refused, .support = v->support, .why = v, .weighed = weighed};
    if (!v->refused) {
        const evidence_sentence *c = &weighed->sentences[0];
        best.said = c->said;
        best.heading = c->unit->heading;
        best.citation = cite(&in->found->passages[c->passage], &in->texts[c->passage], c, a);
        status = emphasise(view_of(best.citation.quote), q, a, &best.citation, err);
    }
    if (status == KITH_OK) *(extractive_quote *)to = best;
    return status;
}

kith_status extractive_best(collection *c, embedder *e, view text, const retrieval *found, arena *a,
                            extractive_quote *out, kith_error *err)
{
    return read_and(best_with, c, e, text, found, a, out, err);
}

static kith_status hint_with(const evidence_input *in, question *q, arena *a, void *out,
                             kith_error *err)
{
    enum { UNITS_MAX = 4, MISSING_MAX = 3 };
    evidence weighed = {0};
    demands d = {0};
    kith_status status = evidence_weigh(in, q, a, &weighed, err);
    if (status == KITH_OK) status = demands_read(in->text, q, in->found, &weighed, a, &d, err);
    if (status != KITH_OK) return status;
    prompt_unit *units = arena_new_array(a, prompt_unit, UNITS_MAX);
    view *missing = arena_new_array(a, view, MISSING_MAX);
    if (!units || !missing) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for an answer");
    answer_hints hints = {.units = units, .missing = missing};
    for (uint32_t i = 0; i < weighed.count && hints.unit_count < UNITS_MAX; i++) {
        const evidence_sentence *s = &weighed.sentences[i];
        if (s->unit->kind != UNIT_SENTENCE || s->unit->led > 0)
            units[hints.unit_count++] = (prompt_unit){s->passage, s->said};
    }
    for (uint32_t i = 0; i < d.count && hints.missing_count < MISSING_MAX; i++)
        if (!d.list[i].is_met && !d.list[i].is_in_another && demand_is_strict(&d.list[i]))
            missing[hints.missing_count++] = d.list[i].text;
    *(answer_hints *)out = hints;
    return KITH_OK;
}

kith_status answer_hints_find(collection *c, embedder *e, view text, const retrieval *found,
                              arena *a, answer_hints *out, kith_error *err)
{
    *out = (answer_hints){0};
    if (!embedder_counts_tokens(e)) return KITH_OK;
    return read_and(hint_with, c, e, text, found, a, out, err);
}
