/* grounding.c - measuring the signals, and the logistic model that weighs them.
 * Words are matched first, over everything that is cited; only the few sentences that share most
 * words with a claim are embedded, all in one call, since embedding is what costs. */
#include "answer/grounding.h"

#include "answer/claim_facts.h"
#include "answer/question.h"
#include "base/path.h"
#include "base/utf8.h"
#include "simd/simd.h"
#include "text/sentence.h"

#include <math.h>
#include <stdlib.h>

/* Log odds: docs/decisions/011 tells the fit. */
static const double bias = -5.22, meaning_weight = 4.85, words_weight = 2.8,
                    near_words_weight = 1.71, number_weight = -6.09, name_weight = -3.55,
                    denial_weight = -4.53;
static const double missing_max = 2; /* more of a kind say no more */

static const uint32_t no_vector = UINT32_MAX;

/* A sentence of a passage. */
typedef struct passage_sentence {
    uint32_t passage;
    uint32_t start, end; /* bytes of its content */
    word *words;
    uint32_t word_count;
    facts facts;
    uint32_t vector; /* its place in the batch, or no_vector */
} passage_sentence;

/* A passage that was sent. */
typedef struct source {
    passage_sentence *sentences;
    uint32_t count;
    passage_sentence
        title; /* heading and file name: words and numbers that hold for the whole passage */
} source;

/* The claim at hand, and what its words have met. */
typedef struct match {
    question words;
    facts facts;
    bool *is_name, *present, *pair; /* [words.count] */
    passage_sentence *picked[GROUNDING_SENTENCES];
    float picked_share[GROUNDING_SENTENCES];
    uint32_t picked_count;
    uint32_t vector;
} match;

typedef struct measuring {
    const grounding_with *with;
    const kith_passage *passages;
    source *sources;
    uint32_t sent;
    language language; /* of the answer */
    grounding *claims;
    match *matches; /* [measured] */
    uint32_t count, measured;
    view *texts; /* the batch */
    uint32_t text_count;
    arena *memory;
    kith_error *err;
} measuring;

/* ---- what was sent ---- */

static kith_status read_sentence(measuring *m, view text, language l, passage_sentence *out)
{
    kith_status status = word_split(text, m->memory, &out->words, &out->word_count, m->err);
    if (status == KITH_OK)
        status = facts_read(text, out->words, out->word_count, l, m->memory, &out->facts, m->err);
    out->vector = no_vector;
    return status;
}

static kith_status read_source(measuring *m, uint32_t p)
{
    const kith_passage *passage = &m->passages[p];
    source *s = &m->sources[p];
    view content = view_of(passage->content);
    language l = language_of(content);
    sentence *sentences = NULL;
    kith_status status = sentence_split(content, m->memory, &sentences, &s->count, m->err);
    if (status != KITH_OK) return status;
    s->sentences = arena_new_array(m->memory, passage_sentence, s->count);
    const char *title = arena_printf(m->memory, "%s. %s", passage->heading ? passage->heading : "",
                                     passage->source ? path_base(passage->source) : "");
    if (!s->sentences || !title)
        return fail(m->err, KITH_ERR_NO_MEMORY, "out of memory for the passages' sentences");
    for (uint32_t i = 0; i < s->count && status == KITH_OK; i++) {
        passage_sentence *e = &s->sentences[i];
        *e = (passage_sentence){.passage = p, .start = sentences[i].start, .end = sentences[i].end};
        status = read_sentence(m, view_slice(content, e->start, e->end), l, e);
    }
    return status == KITH_OK ? read_sentence(m, view_of(title), l, &s->title) : status;
}

/* ---- words ---- */

static kith_status read_claim(measuring *m, view text, match *out)
{
    word *words = NULL;
    uint32_t count = 0;
    kith_status status = question_read(m->with->collection, text, m->memory, &out->words, m->err);
    if (status == KITH_OK) status = word_split(text, m->memory, &words, &count, m->err);
    if (status == KITH_OK)
        status = facts_read(text, words, count, m->language, m->memory, &out->facts, m->err);
    if (status != KITH_OK) return status;
    uint32_t terms = out->words.count;
    out->is_name = arena_new_array(m->memory, bool, terms);
    out->present = arena_new_array(m->memory, bool, terms);
    out->pair = arena_new_array(m->memory, bool, terms);
    if (!out->is_name || !out->present || !out->pair)
        return fail(m->err, KITH_ERR_NO_MEMORY, "out of memory for a claim");
    for (uint32_t i = 0; i < count; i++) {
        uint64_t term;
        if (map_get(out->words.terms, words[i].term, &term))
            out->is_name[term] |= facts_is_name(text, words, count, i, m->language);
    }
    return KITH_OK;
}

/* Keeps the sentence when it is among the best so far; the first of equals stays. */
static void pick(match *m, passage_sentence *e, float share)
{
    uint32_t at = m->picked_count;
    while (at > 0 && m->picked_share[at - 1] < share)
        at--;
    if (at == GROUNDING_SENTENCES) return;
    if (m->picked_count < GROUNDING_SENTENCES) m->picked_count++;
    for (uint32_t i = m->picked_count - 1; i > at; i--) {
        m->picked[i] = m->picked[i - 1];
        m->picked_share[i] = m->picked_share[i - 1];
    }
    m->picked[at] = e;
    m->picked_share[at] = share;
}

/* Of the claim's words; next and title may be NULL. */
static float share_of(match *m, const passage_sentence *e, const passage_sentence *next,
                      const passage_sentence *title)
{
    memset(m->pair, 0, m->words.count * sizeof *m->pair);
    question_mark(&m->words, e->words, e->word_count, m->pair);
    if (next) question_mark(&m->words, next->words, next->word_count, m->pair);
    if (title) question_mark(&m->words, title->words, title->word_count, m->pair);
    return question_share(&m->words, m->pair);
}

/* Marks what the source has; *near_share is that of the best pair of neighbours so far. */
static void match_source(match *m, source *s, float *near_share)
{
    question_mark(&m->words, s->title.words, s->title.word_count, m->present);
    for (uint32_t i = 0; i < s->count; i++) {
        passage_sentence *e = &s->sentences[i], *next = i + 1 < s->count ? e + 1 : NULL;
        question_mark(&m->words, e->words, e->word_count, m->present);
        pick(m, e, share_of(m, e, NULL, NULL));
        *near_share = fmaxf(*near_share, share_of(m, e, next, &s->title));
    }
}

/* Source number i that the claim cites; all that were sent when it cites none. NULL at the end. */
static source *cited_source(const measuring *m, const claim *c, uint32_t i)
{
    if (c->cited_count == 0) return i < m->sent ? &m->sources[i] : NULL;
    if (i >= c->cited_count) return NULL;
    return c->cited[i] <= m->sent ? &m->sources[c->cited[i] - 1] : NULL;
}

static bool has_number(const source *s, view number)
{
    bool found = facts_has_number(&s->title.facts, number);
    for (uint32_t i = 0; i < s->count && !found; i++)
        found = facts_has_number(&s->sentences[i].facts, number);
    return found;
}

static uint32_t count_missing_numbers(const measuring *m, const claim *c, const match *k)
{
    uint32_t missing = 0;
    for (uint32_t n = 0; n < k->facts.number_count; n++) {
        source *s = NULL;
        bool found = false;
        for (uint32_t i = 0; !found && (s = cited_source(m, c, i)) != NULL; i++)
            found = has_number(s, k->facts.numbers[n]);
        missing += !found;
    }
    return missing;
}

static void match_claim(const measuring *m, const claim *c, match *k, grounding_signals *out)
{
    float near_share = 0;
    uint32_t names = 0;
    source *s = NULL;
    for (uint32_t i = 0; (s = cited_source(m, c, i)) != NULL; i++)
        match_source(k, s, &near_share);
    for (uint32_t t = 0; t < k->words.count; t++)
        names += k->is_name[t] && !k->present[t];
    out->words = (double)question_share(&k->words, k->present);
    out->near_words = (double)near_share;
    out->numbers_missing = count_missing_numbers(m, c, k);
    out->names_missing = names;
}

/* ---- meaning ---- */

static void gather_texts(measuring *m)
{
    for (uint32_t i = 0; i < m->measured; i++) {
        match *k = &m->matches[i];
        k->vector = m->text_count;
        m->texts[m->text_count++] = m->claims[i].claim.text;
        for (uint32_t j = 0; j < k->picked_count; j++) {
            passage_sentence *e = k->picked[j];
            if (e->vector != no_vector) continue;
            e->vector = m->text_count;
            view content = view_of(m->passages[e->passage].content);
            m->texts[m->text_count++] = view_slice(content, e->start, e->end);
        }
    }
}

static void compare_meaning(const match *k, const float *vectors, uint32_t dim, grounding *out)
{
    const float *own = vectors + (size_t)k->vector * dim;
    const passage_sentence *best = NULL;
    float cosine = 0;
    for (uint32_t j = 0; j < k->picked_count; j++) {
        const passage_sentence *e = k->picked[j];
        float c = simd()->distance->dot(own, vectors + (size_t)e->vector * dim, dim);
        if (best && c <= cosine) continue;
        best = e;
        cosine = c;
    }
    if (!best) return;
    out->signals.meaning = fmax((double)cosine, 0);
    // A neighbour that denies something else may be nearer than the sentence that is meant.
    out->signals.denial =
        best->facts.denies != k->facts.denies && k->picked[0]->facts.denies != k->facts.denies;
    out->passage = best->passage;
    out->start = best->start;
    out->end = best->end;
}

static kith_status embed(measuring *m)
{
    uint32_t most = m->measured * (1 + GROUNDING_SENTENCES);
    m->texts = arena_new_array(m->memory, view, most);
    if (!m->texts) return fail(m->err, KITH_ERR_NO_MEMORY, "out of memory for claims");
    gather_texts(m);
    if (m->text_count == 0) return KITH_OK;
    float *vectors = NULL;
    uint32_t dim = 0;
    kith_status status =
        embedder_embed(m->with->embedder, m->texts, m->text_count, &vectors, &dim, NULL, m->err);
    for (uint32_t i = 0; i < m->measured && status == KITH_OK; i++)
        compare_meaning(&m->matches[i], vectors, dim, &m->claims[i]);
    free(vectors);
    return status;
}

/* ---- all of it ---- */

static kith_status measure_all(measuring *m)
{
    kith_status status = KITH_OK;
    for (uint32_t p = 0; p < m->sent && status == KITH_OK; p++)
        status = read_source(m, p);
    for (uint32_t i = 0; i < m->measured && status == KITH_OK; i++) {
        grounding *g = &m->claims[i];
        status = read_claim(m, g->claim.text, &m->matches[i]);
        if (status == KITH_OK) match_claim(m, &g->claim, &m->matches[i], &g->signals);
    }
    if (status == KITH_OK) status = embed(m);
    for (uint32_t i = 0; i < m->measured; i++) {
        m->claims[i].is_measured = status == KITH_OK;
        question_done(&m->matches[i].words);
    }
    return status;
}

/* The claims of an answer, none measured. */
static kith_status list_unmeasured(view answer, arena *a, grounding **out, uint32_t *out_count,
                                   kith_error *err)
{
    claim *claims = NULL;
    uint32_t count = 0;
    kith_status status = claim_split(answer, a, &claims, &count, err);
    if (status != KITH_OK) return status;
    grounding *list = arena_new_array(a, grounding, count);
    if (!list) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for claims");
    for (uint32_t i = 0; i < count; i++)
        list[i].claim = claims[i];
    *out = list;
    *out_count = count;
    return KITH_OK;
}

kith_status grounding_measure(const grounding_with *with, view answer, const kith_passage *passages,
                              uint32_t sent, arena *a, grounding **out, uint32_t *out_count,
                              kith_error *err)
{
    measuring m = {.with = with,
                   .passages = passages,
                   .sent = sent,
                   .language = language_of(answer),
                   .memory = a,
                   .err = err};
    kith_status status = list_unmeasured(answer, a, &m.claims, &m.count, err);
    if (status != KITH_OK) return status;
    m.measured = m.count < GROUNDING_MAX_CLAIMS ? m.count : GROUNDING_MAX_CLAIMS;
    m.matches = arena_new_array(a, match, m.measured);
    m.sources = arena_new_array(a, source, sent);
    if (!m.matches || !m.sources) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for claims");
    status = measure_all(&m);
    if (status != KITH_OK) return status;
    *out = m.claims;
    *out_count = m.count;
    return KITH_OK;
}

double grounding_support(const grounding_signals *s)
{
    double odds = bias + meaning_weight * s->meaning + words_weight * s->words +
                  near_words_weight * s->near_words +
                  number_weight * fmin(s->numbers_missing, missing_max) +
                  name_weight * fmin(s->names_missing, missing_max) + denial_weight * s->denial;
    return 1.0 / (1.0 + exp(-odds));
}

/* ---- the verdicts ---- */

static kith_verdict verdict_of(const grounding *g, double support)
{
    if (!g->is_measured) return KITH_UNCHECKED;
    if (support >= 0.5) return KITH_SUPPORTED;
    return g->claim.cited_count ? KITH_UNSUPPORTED : KITH_UNCITED;
}

/* start and end are bytes of `text`, told as code points; *from is where counting stopped before. */
typedef struct counter {
    view text;
    size_t bytes;
    uint64_t points;
} counter;

static uint64_t count_to(counter *c, size_t bytes)
{
    if (bytes < c->bytes)
        *c = (counter){.text = c->text}; // a claim may begin before the last ended
    c->points += utf8_count(view_slice(c->text, c->bytes, bytes));
    c->bytes = bytes;
    return c->points;
}

static kith_claim tell(const grounding *g, const kith_answer *answer, counter *points, arena *a)
{
    double support = g->is_measured ? grounding_support(&g->signals) : NAN;
    kith_claim c = {
        .text = arena_copy(a, view_slice(points->text, g->claim.start, g->claim.end)).data,
        .start = (uint32_t)count_to(points, g->claim.start),
        .end = (uint32_t)count_to(points, g->claim.end),
        .cited = g->claim.cited_count > 0,
        .verdict = verdict_of(g, support),
        .support = support,
        .evidence = "",
    };
    if (g->end == g->start) return c;
    const kith_passage *p = &answer->passages[g->passage];
    view content = view_of(p->content);
    c.n = g->passage + 1;
    c.evidence_start = p->start + utf8_count(view_slice(content, 0, g->start));
    c.evidence_end = p->start + utf8_count(view_slice(content, 0, g->end));
    c.evidence = arena_copy(a, view_slice(content, g->start, g->end)).data;
    return c;
}

/* Of the citation's quote, the sentences that bear claims out, in order. Two claims may rest on the
 * same one; different ones do not overlap. */
static void emphasise(kith_citation *citation, const kith_claim *claims, uint32_t count, arena *a)
{
    size_t n = 0;
    kith_span *spans = arena_new_array(a, kith_span, count);
    for (uint32_t i = 0; i < count && spans; i++) {
        const kith_claim *c = &claims[i];
        if (c->verdict != KITH_SUPPORTED || c->n != citation->n) continue;
        kith_span span = {(uint32_t)(c->evidence_start - citation->start),
                          (uint32_t)(c->evidence_end - citation->start)};
        size_t at = n;
        while (at > 0 && spans[at - 1].start > span.start)
            at--;
        if (at > 0 && spans[at - 1].start == span.start) continue;
        memmove(spans + at + 1, spans + at, (n - at) * sizeof *spans);
        spans[at] = span;
        n++;
    }
    citation->emphasis = spans;
    citation->emphasis_count = n;
}

void grounding_judge(const grounding_with *with, arena *a, kith_answer *answer)
{
    kith_error ignored;
    view text = view_of(answer->text);
    grounding *found = NULL;
    uint32_t count = 0;
    kith_status status = grounding_measure(with, text, answer->passages, answer->passages_sent, a,
                                           &found, &count, &ignored);
    if (status != KITH_OK) status = list_unmeasured(text, a, &found, &count, &ignored);
    kith_claim *claims = status == KITH_OK ? arena_new_array(a, kith_claim, count) : NULL;
    kith_citation *citations = arena_new_array(a, kith_citation, answer->citation_count);
    if (!claims || !citations) return;
    counter points = {.text = text};
    for (uint32_t i = 0; i < count; i++)
        claims[i] = tell(&found[i], answer, &points, a);
    for (size_t i = 0; i < answer->citation_count; i++) {
        citations[i] = answer->citations[i];
        emphasise(&citations[i], claims, count, a);
    }
    answer->citations = citations;
    answer->claims = claims;
    answer->claim_count = count;
}
