/* evidence.c - collects the passages' units, and chooses the few to embed. evidence_question.c reads the question, and
 * evidence_fit.c measures how well each unit covers it.
 *
 * Cost is why not every sentence is embedded: words are matched over all sentences first, and the
 * EVIDENCE_SENTENCES best of them are encoded together with the question in one call. */
#include "answer/evidence.h"

#include "answer/attribute.h"
#include "answer/definition.h"
#include "answer/entry.h"
#include "answer/evidence_fit.h"
#include "answer/evidence_question.h"
#include "answer/exact_name.h"
#include "answer/wish.h"
#include "base/map.h"
#include "base/path.h"
#include "base/size.h"
#include "base/utf8.h"
#include "text/sentence.h"
#include "text/word.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The kind of every unit when the question's kind is not known. */
static const float unknown_kind = 0.5F;

/* BM25 with k1 = 1.2 and b = 0.75, the usual choice (Robertson & Zaragoza 2009); not fitted. */
static const struct {
    float k1, k1_plus_1;
    float b, one_minus_b;
    float usual_bytes; /* the length of a passage that counts as average */
} bm25_constants = {
    .k1 = 1.2F, .k1_plus_1 = 2.2F, .b = 0.75F, .one_minus_b = 0.25F, .usual_bytes = 900};

enum {
    KEY_MAX_BYTES = 60,
    HEADING_MAX_BYTES = 4000, /* of a passage's path of headings */
    AROUND_MAX_BYTES = PASSAGE_REACH_MAX * PASSAGE_NEIGHBOR_MAX_BYTES /* behind a passage */
};

typedef struct weighing {
    const evidence_input *in;
    const retrieval *found;
    embedder *embedder;
    question *question;
    evidence_question asked; /* the same question */
    evidence_sentence *candidates;
    uint32_t count, considered, capacity;
    evidence_passage *passages;
    float *shares;     /* [passages] weighted share of the question's words that each holds */
    bool *present;     /* [question's words] scratch: whether the text at hand holds the word */
    bool *held;        /* [3][question's words] of the unit at hand and its neighbors, by number */
    bool *around;      /* [question's words] whether one of the three holds the word */
    bool *contexts;    /* [passages][question's words] in_context of each */
    bool *in_context;  /* [question's words] of the passage's headings and its document's name */
    bool *in_heading;  /* [question's words] of the heading at hand */
    view heading;      /* the one that in_heading is of */
    view path;         /* of headings above the passage at hand, cut */
    uint32_t *holding; /* [question's words] how many sentences of the passage hold the word */
    float *nearest;    /* [question's words] as in evidence */
    float words;       /* the largest bm25_share of a passage so far */
    map *said;         /* what the units so far say */
    uint32_t read_max; /* bytes of a passage's content that are read */
    arena *memory;
    arena scratch; /* of the text at hand */
    kith_error *err;
} weighing;

/* ---- collecting ---- */

static kith_status add_candidate(weighing *w, const evidence_sentence *c)
{
    if (w->count == w->capacity) {
        uint32_t capacity = w->capacity ? w->capacity * 2 : 64;
        evidence_sentence *grown = arena_new_array(w->memory, evidence_sentence, capacity);
        if (!grown) return fail(w->err, KITH_ERR_NO_MEMORY, "out of memory for sentences");
        if (w->count) memcpy(grown, w->candidates, w->count * sizeof *grown);
        w->candidates = grown;
        w->capacity = capacity;
    }
    w->candidates[w->count] = *c;
    if (map_put(w->said, c->said, w->count++) != KITH_OK)
        return fail(w->err, KITH_ERR_NO_MEMORY, "out of memory for sentences");
    return KITH_OK;
}

/* Sets present[] to whether the text holds each of the question's words. */
static kith_status mark_words(weighing *w, view text, bool *present)
{
    word *words = NULL;
    uint32_t count = 0;
    arena_reset(&w->scratch);
    kith_status status =
        word_split_in(text, w->question->language, &w->scratch, &words, &count, w->err);
    if (status != KITH_OK) return status;
    memset(present, 0, w->question->count * sizeof *present);
    question_mark(w->question, words, count, present);
    return KITH_OK;
}

/* Sets the signals that come from names. */
static void read_unit_names(const weighing *w, const kith_passage *p, evidence_sentence *c)
{
    uint32_t missing = 0, absent = 0;
    for (uint32_t i = 0; i < w->asked.names.count; i++) {
        view name = w->asked.names.list[i];
        if (exact_name_is_in(&w->asked.names, name, c->said)) continue;
        missing++;
        const view abouts[] = {c->unit->heading, w->path, view_of(p->source)};
        bool is_absent = true, is_of_another = true;
        for (size_t k = 0; k < sizeof abouts / sizeof *abouts; k++) {
            is_absent &= !exact_name_stands_in(abouts[k], name);
            is_of_another &= exact_name_of_another(&w->asked.names, name, c->said, abouts[k]);
        }
        absent += is_absent;
        c->is_of_another |= is_of_another;
    }
    float total = w->asked.names.count ? (float)w->asked.names.count : 1;
    c->signals.at[READER_MISSING] = (float)missing / total;
    c->signals.at[READER_ABSENT] = (float)absent / total;
}

/* "twelve", "once": numbers that are written out. */
static bool is_number_word(view text, const word *w)
{
    static const char *const words[] = {
        "one",  "two",    "three", "four",  "five", "six",   "seven", "eight", "nine",
        "ten",  "twelve", "once",  "twice", "zero", "zwei",  "drei",  "vier",  "f\xC3\xBCnf",
        "deux", "trois",  "dos",   "tres",  "cinq", "cinco", NULL};
    return view_is_one_of_nocase(view_slice(text, w->start, w->end), words);
}

static kith_status read_kind(weighing *w, evidence_sentence *c)
{
    const question *q = w->question;
    word *words = NULL;
    uint32_t count = 0;
    arena_reset(&w->scratch);
    kith_status status = word_split_in(c->said, q->language, &w->scratch, &words, &count, w->err);
    if (status != KITH_OK) return status;
    memset(w->present, 0, q->count * sizeof *w->present);
    question_mark(q, words, count, w->present);
    bool by_kind = q->kind != QUESTION_OTHER;
    float kind = by_kind || w->asked.asks_for_number ? 0.0F : unknown_kind;
    for (uint32_t i = 0; i < count && kind < unknown_kind; i++) {
        bool is_number =
            is_ascii_digit(c->said.data[words[i].start]) || is_number_word(c->said, &words[i]);
        uint64_t known;
        if (by_kind && question_asks_for(q, c->said, &words[i], i)) kind = 1;
        if (w->asked.asks_for_number && is_number && !map_get(q->terms, words[i].term, &known))
            kind = 1;
    }
    if (w->asked.property)
        kind = attribute_is_said(w->asked.property, q->language, c->said, words, count);
    c->signals.at[READER_KIND] = kind;
    return KITH_OK;
}

/* What the unit is about by its form: the term, the row's first cell, what stands before a dash. */
static view key_of(const weighing *w, const evidence_sentence *c)
{
    const unit *u = c->unit;
    view quote = view_slice(w->in->texts[c->passage].text, u->start, u->end);
    if (u->kind == UNIT_SENTENCE) return (view){"", 0};
    if (u->kind == UNIT_DEFINITION) return u->head;
    // Of a record, "name: value" a line, the first value.
    size_t line = view_find(quote, VIEW("\n")), colon = view_find(quote, VIEW(": "));
    if (u->kind == UNIT_ROW && colon + 2 < line && line - colon <= KEY_MAX_BYTES &&
        view_find(quote, VIEW("|")) > line)
        return view_slice(quote, colon + 2, line);
    for (size_t i = 0; i < quote.size && i < KEY_MAX_BYTES; i++) {
        view rest = view_slice(quote, i, quote.size);
        bool ends = view_starts_with(rest, VIEW(": ")) || view_starts_with(rest, VIEW(" - ")) ||
                    view_starts_with(rest, VIEW(" | ")) || view_starts_with(rest, VIEW("  ")) ||
                    view_starts_with(rest, VIEW(" = ")) || quote.data[i] == '=' ||
                    quote.data[i] == '\t' || view_starts_with(rest, VIEW(" \xE2\x80\x93 "));
        if (ends && i > 0) return view_slice(quote, 0, i);
    }
    return (view){"", 0};
}

static kith_status read_key(weighing *w, evidence_sentence *c)
{
    view key = key_of(w, c), quote;
    word *words = NULL;
    uint32_t count = 0, content = 0, shared = 0;
    arena_reset(&w->scratch);
    kith_status status =
        word_split_in(key, w->question->language, &w->scratch, &words, &count, w->err);
    for (uint32_t i = 0; i < count && status == KITH_OK; i++) {
        uint64_t term;
        if (words[i].is_extra || words[i].is_stop) continue;
        content++;
        shared += map_get(w->question->terms, words[i].term, &term);
    }
    c->signals.at[READER_KEY] = content ? (float)shared / (float)content : 0;
    quote = view_slice(w->in->texts[c->passage].text, c->start, c->end);
    for (uint32_t i = 0; i < w->asked.names.count; i++) {
        view name = w->asked.names.list[i];
        bool begins =
            exact_name_stands_in(view_slice(quote, 0, size_min(quote.size, name.size + 3)), name);
        if (begins || (key.size > 0 && exact_name_is_in(&w->asked.names, name, key)))
            c->signals.at[READER_NAMED] = 1;
    }
    return status;
}

/* Sets the signals of what the question wishes for beside a kind of thing. */
static void read_wishes(const weighing *w, evidence_sentence *c)
{
    const unit *u = c->unit;
    question_side side = side_of(u->head);
    if (side == SIDE_NONE) side = side_of(u->heading);
    if (side == SIDE_NONE) side = side_of(c->said);
    if (w->asked.side != SIDE_NONE && side != SIDE_NONE)
        c->signals.at[READER_SIDE] = side == w->asked.side ? 1.0F : -1.0F;
    bool is_code = u->kind == UNIT_CODE || u->kind == UNIT_SETTING;
    c->signals.at[READER_HOW] = w->asked.asks_how && is_code;
    view quote = view_slice(w->in->texts[c->passage].text, u->start, u->end);
    bool is_option = u->kind == UNIT_DEFINITION &&
                     (view_starts_with(u->head, VIEW("-")) || view_starts_with(quote, VIEW("-")) ||
                      view_starts_with(quote, VIEW("`-")));
    c->signals.at[READER_OPTION] = w->asked.asks_for_option && is_option;
}

/* Counts "5" as present in "-1 ... -9". */
static kith_status mark_ranges(weighing *w, view said)
{
    kith_status status = KITH_OK;
    for (uint32_t i = 0; i < w->asked.names.count && status == KITH_OK; i++) {
        view name = w->asked.names.list[i];
        word *words = NULL;
        uint32_t count = 0;
        if (exact_name_stands_in(said, name) || !exact_name_is_in(&w->asked.names, name, said))
            continue;
        status = word_split_in(name, w->question->language, &w->scratch, &words, &count, w->err);
        if (status == KITH_OK) question_mark(w->question, words, count, w->present);
    }
    return status;
}

/* Sets the signals that need no embedding. in_context is of the unit's passage, around[] of the unit
 * and its neighbors. */
static kith_status read_unit(weighing *w, evidence_sentence *c)
{
    const question *q = w->question;
    const unit *u = c->unit;
    float *at = c->signals.at;
    kith_status status = read_kind(w, c); // leaves the words of what is said in present[]
    if (status == KITH_OK) status = mark_ranges(w, c->said);
    bool is_new = u->heading.data != w->heading.data || u->heading.size != w->heading.size;
    if (status == KITH_OK && is_new) status = mark_words(w, u->heading, w->in_heading);
    if (status != KITH_OK) return status;
    w->heading = u->heading;
    at[READER_SHARE] = question_share(q, w->present);
    at[READER_HEADING] = question_share(q, w->in_heading);
    for (uint32_t t = 0; t < q->count; t++)
        w->present[t] |= w->in_context[t] | w->in_heading[t];
    at[READER_JOINT] = question_share(q, w->present);
    at[READER_WHOLE] = at[READER_JOINT] * at[READER_JOINT];
    status = mark_words(w, u->head, w->present);
    at[READER_HEAD] = question_share(q, w->present);
    read_unit_names(w, &w->found->passages[c->passage], c);
    if (status == KITH_OK) status = read_key(w, c);
    read_wishes(w, c);
    at[READER_AROUND] = question_share(q, w->around);
    at[READER_REFERS] = refers_back(view_slice(c->said, u->led, c->said.size));
    at[READER_PASSAGE] = w->found->scores[c->passage] - w->found->scores[0];
    at[READER_LENGTH] = logf(((float)c->said.size + 1) / 100);
    at[READER_FIRST] = u->is_first;
    at[READER_ANSWERS] = u->answers;
    at[READER_ENTRY] = u->kind == UNIT_ENTRY;
    at[READER_DEFINITION] = u->kind == UNIT_DEFINITION;
    at[READER_ROW] = u->kind == UNIT_ROW;
    at[READER_SETTING] = u->kind == UNIT_SETTING;
    at[READER_CODE] = u->kind == UNIT_CODE;
    return status;
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

/* What the passage's content and in_context hold of the question's words: shares[] and words. The
 * model of refusals without token states was fitted on the content alone. */
static kith_status measure_passage(weighing *w, uint32_t passage)
{
    bool by_tokens = embedder_counts_tokens(w->embedder);
    const question *q = w->question;
    view content = view_of(w->found->passages[passage].content);
    content = view_slice(content, 0, utf8_floor(content, w->read_max));
    sentence *sentences = NULL;
    uint32_t count = 0;
    memset(w->holding, 0, q->count * sizeof *w->holding);
    kith_status status = sentence_split(content, w->memory, &sentences, &count, w->err);
    for (uint32_t i = 0; i < count && status == KITH_OK; i++) {
        status =
            mark_words(w, view_slice(content, sentences[i].start, sentences[i].end), w->present);
        for (uint32_t t = 0; t < q->count && status == KITH_OK; t++)
            w->holding[t] += w->present[t];
    }
    for (uint32_t t = 0; t < q->count; t++) {
        w->holding[t] += by_tokens && w->in_context[t];
        w->present[t] = w->holding[t] > 0;
    }
    w->shares[passage] = question_share(q, w->present);
    float words = bm25_share(w, content.size);
    if (words > w->words) w->words = words;
    return status;
}

/* The words of the passage's headings, and of its file's or document's name. */
static kith_status read_context(weighing *w, uint32_t passage)
{
    const kith_passage *p = &w->found->passages[passage];
    const char *name = path_base(*p->source ? p->source : p->document);
    w->path = view_of(p->heading);
    w->path.size = utf8_floor(w->path, HEADING_MAX_BYTES);
    const char *context = arena_printf(w->memory, "%s\n%.*s", name, VIEW_ARG(w->path));
    if (!context) return fail(w->err, KITH_ERR_NO_MEMORY, "out of memory for a passage");
    kith_status status = mark_words(w, view_of(context), w->in_context);
    memcpy(w->contexts + (size_t)passage * w->question->count, w->in_context,
           w->question->count * sizeof *w->in_context);
    return status;
}

static bool *held_by(const weighing *w, uint32_t i)
{
    return w->held + (size_t)(i % 3) * w->question->count;
}

/* Whether what one says goes on in the other: sentences below one heading, or of one term. Entries,
 * rows and options that stand beside each other say different things. */
static bool is_beside(const unit *a, const unit *b)
{
    return a->kind == b->kind && a->heading.data == b->heading.data &&
           (a->kind == UNIT_SENTENCE ||
            (a->kind == UNIT_DEFINITION && a->head.data == b->head.data));
}

/* Sets around[] for unit i, whose own words and those of the unit before are in held[]. */
static kith_status look_around(weighing *w, const unit *units, uint32_t count, uint32_t i)
{
    kith_status status = KITH_OK;
    if (i + 1 < count) status = mark_words(w, units[i + 1].said, held_by(w, i + 1));
    bool before = i > 0 && is_beside(&units[i - 1], &units[i]);
    bool behind = i + 1 < count && is_beside(&units[i + 1], &units[i]);
    for (uint32_t t = 0; t < w->question->count; t++)
        w->around[t] = held_by(w, i)[t] || (before && held_by(w, i + 2)[t]) ||
                       (behind && held_by(w, i + 1)[t]);
    return status;
}

/* Points without a document count as of one. */
static bool is_same_document(const weighing *w, uint32_t one, uint32_t other)
{
    const kith_passage *a = &w->found->passages[one], *b = &w->found->passages[other];
    return strcmp(a->document ? a->document : "", b->document ? b->document : "") == 0;
}

/* What one of the candidates says is no other candidate: neighboring chunks of a document overlap, and the manuals of
 * gzip and bzip2 have options in common. Of two documents that of the question's subject is quoted. */
static kith_status collect_unit(weighing *w, evidence_sentence *c)
{
    uint64_t known;
    const bool is_known = map_get(w->said, c->said, &known);
    evidence_sentence *former = is_known ? &w->candidates[known] : NULL;
    if (former && is_same_document(w, former->passage, c->passage)) return KITH_OK;
    kith_status status = read_unit(w, c);
    if (status == KITH_OK && w->asked.subject.count > 0) {
        const unit *units = w->passages[c->passage].units;
        arena_reset(&w->scratch);
        status = subject_said_by(&w->asked.subject, units, (uint32_t)(c->unit - units), &w->scratch,
                                 &c->says, w->err);
    }
    if (status != KITH_OK || !former) return status != KITH_OK ? status : add_candidate(w, c);
    if (reader_score(&c->signals, false) > reader_score(&former->signals, false)) *former = *c;
    return KITH_OK;
}

static kith_status collect_passage(weighing *w, uint32_t passage)
{
    const kith_passage *p = &w->found->passages[passage];
    passage_text text = w->in->texts[passage];
    unit *units = NULL;
    uint32_t count = 0;
    text.text.size = utf8_floor(text.text, (size_t)text.start + w->read_max + AROUND_MAX_BYTES);
    text.end = (uint32_t)size_min(text.end, text.text.size);
    kith_status status = read_context(w, passage);
    if (status == KITH_OK) status = measure_passage(w, passage);
    if (status == KITH_OK)
        status = units_find(&text, view_of(p->heading), view_of(p->lead_in), w->memory, &units,
                            &count, w->err);
    if (status != KITH_OK) return status;
    w->passages[passage] = (evidence_passage){units, count};
    w->heading = (view){NULL, 0};
    memset(w->in_heading, 0, w->question->count * sizeof *w->in_heading);
    if (count > 0) status = mark_words(w, units[0].said, held_by(w, 0));
    for (uint32_t i = 0; i < count && status == KITH_OK; i++) {
        status = look_around(w, units, count, i);
        if (status != KITH_OK) return status;
        evidence_sentence c = {.unit = &units[i],
                               .passage = passage,
                               .start = units[i].start,
                               .end = units[i].end,
                               .said = units[i].said};
        if (units[i].is_inside) status = collect_unit(w, &c);
    }
    return status;
}

/* ---- choosing ---- */

static float share_of_forms(const weighing *w)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < w->count; i++)
        count += w->candidates[i].unit->kind != UNIT_SENTENCE;
    return w->count ? (float)count / (float)w->count : 0;
}

static int compare_candidates(const void *a, const void *b)
{
    const evidence_sentence *x = a, *y = b;
    if (x->score != y->score) return x->score > y->score ? -1 : 1;
    if (x->passage != y->passage) return x->passage < y->passage ? -1 : 1;
    return x->start < y->start ? -1 : x->start > y->start;
}

/* What no fit has seen: the entry of the very code that a meaning is asked of, what says what a thing
 * is, and what is of another thing of that kind ("Part 1" where part 3 is asked of). Large enough to
 * decide against what the signals prefer, not against what they are sure of (decisions 093, 102). */
static const struct {
    float is_code, is_definition, is_purpose, of_another, is_wanted, is_referred;
} bonus = {.is_code = 2.5F,
           .is_definition = 2.5F,
           .is_purpose = 1.5F,
           .of_another = -2.5F,
           .is_wanted = 1.5F,
           .is_referred = 4.5F};

static float bonus_of(const weighing *w, const evidence_sentence *c)
{
    const float *at = c->signals.at;
    const unit *u = c->unit;
    if (c->is_of_another || c->says == SUBJECT_PARTS) return bonus.of_another;
    // "He died in 1932" has none of the words by which the question names him; "He died in Paris" does
    // not tell when.
    bool has_kind = at[READER_KIND] > 0;
    if (c->says == SUBJECT_REFERRED && has_kind) return bonus.is_referred;
    bool may_say = w->asked.subject.count == 0 || c->says != SUBJECT_UNSAID;
    if ((c->says == SUBJECT_ITS && has_kind) ||
        (w->asked.property && at[READER_KIND] > unknown_kind && may_say))
        return bonus.is_wanted;
    bool is_entry = u->kind != UNIT_SENTENCE && u->kind != UNIT_CODE;
    if (is_entry && w->asked.names.count > 0 && w->asked.names.list[0].data[0] == '-') {
        view row = view_slice(w->in->texts[c->passage].text, u->start, u->end);
        is_entry = !entry_is_figures(row);
    }
    if (w->asked.asks_for_meaning && w->asked.names.count > 0 && is_entry && at[READER_NAMED] > 0 &&
        at[READER_MISSING] <= 0 && (!w->asked.names_document || w->asked.is_named[c->passage]))
        return bonus.is_code;
    definition_strength strength = DEFINITION_NONE;
    if (w->asked.thing.size > 0)
        strength = definition_of(view_slice(c->said, c->unit->led, c->said.size), w->asked.thing);
    return strength == DEFINITION_IS     ? bonus.is_definition
           : strength == DEFINITION_DOES ? bonus.is_purpose
                                         : 0;
}

/* Puts those that are embedded in front. */
static void choose(weighing *w)
{
    size_t bytes = 0;
    for (uint32_t i = 0; i < w->count; i++)
        w->candidates[i].score =
            reader_score(&w->candidates[i].signals, false) + bonus_of(w, &w->candidates[i]);
    if (w->count) qsort(w->candidates, w->count, sizeof *w->candidates, compare_candidates);
    w->considered = w->count;
    w->count = (uint32_t)size_min(w->count, EVIDENCE_SENTENCES);
    for (uint32_t i = 0; i < w->count; i++) {
        bytes += w->candidates[i].said.size;
        if (i > 0 && bytes > EVIDENCE_BYTES) w->count = i;
    }
}

/* ---- all of it ---- */

double evidence_certainty(const evidence *e)
{
    double sum = 0;
    for (uint32_t i = 0; i < e->count; i++)
        sum += exp((double)(e->sentences[i].score - e->sentences[0].score));
    return sum > 0 ? 1 / sum : 0;
}

const char *evidence_check(const evidence *e, const evidence_input *in)
{
    if (e->count > EVIDENCE_SENTENCES) return "evidence has more units than are embedded";
    for (uint32_t i = 0; i < e->count; i++) {
        const evidence_sentence *s = &e->sentences[i];
        if (s->passage >= in->found->count) return "a unit is of a passage that was not found";
        const passage_text *text = &in->texts[s->passage];
        if (s->start >= s->end || s->end > text->text.size) return "a unit is not inside its text";
        if (s->end <= text->start || s->start >= text->end) return "a unit is not of its passage";
        if (i > 0 && s->score > e->sentences[i - 1].score) return "units are not in order of score";
    }
    return NULL;
}

static kith_status weigh(weighing *w, evidence *out)
{
    kith_status status = evidence_question_read(w->in, w->question, w->memory, &w->asked, w->err);
    for (uint32_t p = 0; p < w->found->count && status == KITH_OK; p++)
        status = collect_passage(w, p);
    if (status != KITH_OK) return status;
    out->form = share_of_forms(w);
    for (uint32_t i = 0; i < w->count; i++) {
        float *at = w->candidates[i].signals.at;
        at[READER_FORM_ABSENT] = out->form * at[READER_ABSENT];
    }
    choose(w);
    const evidence_fitting fitting = {.in = w->in,
                                      .question = w->question,
                                      .asked = &w->asked,
                                      .contexts = w->contexts,
                                      .shares = w->shares,
                                      .candidates = w->candidates,
                                      .count = w->count,
                                      .nearest = w->nearest};
    status = evidence_fit(&fitting, w->memory, out, w->err);
    if (status != KITH_OK) return status;
    bool known =
        out->by_tokens && reader_knows(view_of(embedder_describe(w->embedder).fingerprint));
    for (uint32_t i = 0; i < w->count; i++)
        w->candidates[i].score =
            reader_score(&w->candidates[i].signals, known) + bonus_of(w, &w->candidates[i]);
    if (w->count) qsort(w->candidates, w->count, sizeof *w->candidates, compare_candidates);
    out->words = w->words;
    out->nearest = out->by_tokens ? w->nearest : NULL;
    out->count = w->count;
    out->considered = w->considered;
    out->sentences = w->candidates;
    out->passages = w->passages;
    return KITH_OK;
}

kith_status evidence_weigh(const evidence_input *in, question *q, arena *a, evidence *out,
                           kith_error *err)
{
    uint32_t passages = in->found->count;
    weighing w = {.in = in,
                  .found = in->found,
                  .embedder = in->embedder,
                  .question = q,
                  .passages = arena_new_array(a, evidence_passage, passages),
                  .shares = arena_new_array(a, float, passages),
                  .present = arena_new_array(a, bool, q->count),
                  .in_context = arena_new_array(a, bool, q->count),
                  .held = arena_new_array(a, bool, 3 * (size_t)q->count),
                  .around = arena_new_array(a, bool, q->count),
                  .contexts = arena_new_array(a, bool, (size_t)passages * q->count),
                  .in_heading = arena_new_array(a, bool, q->count),
                  .holding = arena_new_array(a, uint32_t, q->count),
                  .nearest = arena_new_array(a, float, q->count),
                  .said = map_new(),
                  .read_max = passage_read_bytes(passages),
                  .memory = a,
                  .err = err};
    evidence weighed = {0};
    arena_init(&w.scratch, 0);
    kith_status status = a->exhausted || !w.said
                             ? fail(err, KITH_ERR_NO_MEMORY, "out of memory for sentences")
                             : weigh(&w, &weighed);
    arena_done(&w.scratch);
    map_free(w.said);
    DCHECK(status != KITH_OK || evidence_check(&weighed, in) == NULL);
    if (status == KITH_OK) *out = weighed;
    return status;
}
