/* demand.c - reads a question's demands, and looks for each among the passages' words.
 * Words that are joined ("CVE-2021-22945", "ML-DSA") are one demand when one of them has a digit or
 * is in capitals; a passage must then have them one after the other. */
#include "answer/demand.h"

#include "answer/attribute.h"
#include "answer/demand_match.h"
#include "answer/demand_word.h"
#include "answer/exact_name.h"
#include "answer/interrogative.h"
#include "answer/possession.h"
#include "answer/subject_told.h"
#include "answer/wish.h"
#include "base/path.h"
#include "base/size.h"
#include "base/utf8.h"
#include "text/language.h"
#include "text/word.h"

#include <string.h>

enum {
    DEMANDS_MAX = 64,     /* each is looked for in every passage */
    HEAD_MAX_BYTES = 4000 /* of the headings and the lead-in of a passage */
};

/* What a word that nothing meets weighs at least to be rare (evidence.h), and how near to it a text
 * may be. Of the questions that squad-docs answers 0.4 % have such a word, of those that an article
 * which was left out answers 2 %. An encoder of English knows no synonyms in other languages: there
 * every noun is rare, with a cosine that its forms reach and other words do not (decision 093). */
static const struct {
    float weight, nearest, noun_nearest;
} rare = {.weight = 10.5F, .nearest = 0.6F, .noun_nearest = 0.5F};

/* From here on a text may say a kind of answer in other words. */
static const float kind_nearest = 0.8F;

/* Of the weight that a document in another language meets. */
static const float foreign_part = 0.8F;

/* The words of a passage with its headings and its document's name. */
typedef struct searched {
    demand_text text;
    const char *document;
    bool is_foreign; /* in another language than the question */
} searched;

/* What the best unit is of: a passage, and what is said with all that stands above it. */
typedef struct quoted {
    uint32_t passage; /* UINT32_MAX: there is no unit */
    demand_text said;
} quoted;

typedef struct wanted {
    demand_term term;
    float weight;
    bool is_met;                 /* by the document at hand */
    bool *in;                    /* [passages] whether the passage has it */
    bool titles;                 /* the name or the title of a passage's document has it */
    bool is_apart, is_elsewhere; /* as in demand */
    bool is_unquoted;            /* the best unit's document does not meet it */
} wanted;

typedef struct reading {
    demand_question asked;
    const question *q;
    const evidence *evidence;
    subject subject;     /* of what an attribute is asked */
    subject_told told;   /* what the best unit's document says of that */
    uint32_t possession; /* the noun that the thing is asked to have; UINT32_MAX: none */
    searched *passages;  /* [passage_count] */
    demand_text *titles; /* [passage_count] of their documents, with their names */
    uint32_t passage_count;
    quoted quoted;
    wanted *wanted; /* [wanted_count] */
    uint32_t wanted_count;
    arena *memory;
    kith_error *err;
} reading;

/* ---- what is searched ---- */

static view cut(const char *text, size_t max_bytes)
{
    view v = view_of(text);
    return view_slice(v, 0, utf8_floor(v, max_bytes));
}

static kith_status read_searched(reading *r, const char *text, demand_text *out)
{
    if (!text) return fail(r->err, KITH_ERR_NO_MEMORY, "out of memory for passages");
    out->text = view_of(text);
    return word_split_in(out->text, r->asked.language, r->memory, &out->words, &out->count, r->err);
}

static const char *base_name(const kith_passage *p)
{
    return p->source ? path_base(p->source) : "";
}

static kith_status read_passages(reading *r, const retrieval *found)
{
    r->passages = arena_new_array(r->memory, searched, found->count);
    r->titles = arena_new_array(r->memory, demand_text, found->count);
    if (!r->passages || !r->titles)
        return fail(r->err, KITH_ERR_NO_MEMORY, "out of memory for passages");
    r->passage_count = found->count;
    kith_status status = KITH_OK;
    for (uint32_t i = 0; i < found->count && status == KITH_OK; i++) {
        const kith_passage *p = &found->passages[i];
        searched *s = &r->passages[i];
        view content = cut(p->content, passage_read_bytes(found->count));
        view heading = cut(p->heading, HEAD_MAX_BYTES), lead_in = cut(p->lead_in, HEAD_MAX_BYTES);
        view title = view_slice(heading, 0, view_find(heading, VIEW(" > ")));
        const char *document = p->document ? p->document : "";
        s->document = document;
        s->is_foreign = language_of(view_of(p->content)) != r->asked.language;
        status = read_searched(r,
                               arena_printf(r->memory, "%.*s\n%.*s\n%s\n%s\n%.*s",
                                            VIEW_ARG(heading), VIEW_ARG(lead_in), base_name(p),
                                            document, VIEW_ARG(content)),
                               &s->text);
        if (status == KITH_OK)
            status =
                read_searched(r, arena_printf(r->memory, "%s\n%.*s", base_name(p), VIEW_ARG(title)),
                              &r->titles[i]);
    }
    return status;
}

static kith_status read_quoted(reading *r, const retrieval *found)
{
    r->quoted.passage = UINT32_MAX;
    if (r->evidence->count == 0 || !r->evidence->sentences[0].unit) return KITH_OK;
    const evidence_sentence *best = &r->evidence->sentences[0];
    const kith_passage *p = &found->passages[best->passage];
    r->quoted.passage = best->passage;
    return read_searched(r,
                         arena_printf(r->memory, "%.*s\n%.*s\n%.*s\n%s", VIEW_ARG(best->said),
                                      VIEW_ARG(best->unit->heading),
                                      VIEW_ARG(cut(p->heading, HEAD_MAX_BYTES)), base_name(p)),
                         &r->quoted.said);
}

/* ---- all of it ---- */

/* Sets what the document of passage p meets, and returns the weight of that. A name that documents
 * in two languages have is no reason to prefer the foreign one. */
static float meet(reading *r, uint32_t p)
{
    float sum = 0;
    for (uint32_t i = 0; i < r->wanted_count; i++) {
        wanted *d = &r->wanted[i];
        d->is_met = false;
        for (uint32_t k = p; k < r->passage_count && !d->is_met; k++)
            d->is_met = d->in[k] && strcmp(r->passages[k].document, r->passages[p].document) == 0;
        sum += d->is_met ? d->weight : 0;
    }
    return r->passages[p].is_foreign ? sum * foreign_part : sum;
}

static kith_status look_for_all(reading *r)
{
    for (uint32_t i = 0; i < r->wanted_count; i++) {
        wanted *d = &r->wanted[i];
        d->in = arena_new_array(r->memory, bool, r->passage_count);
        if (!d->in) return fail(r->err, KITH_ERR_NO_MEMORY, "out of memory for a question");
        for (uint32_t p = 0; p < r->passage_count; p++) {
            d->in[p] = demand_is_met_by(&r->asked, &d->term, &r->passages[p].text);
            d->titles |= demand_is_named_by(&r->asked, &d->term, &r->titles[p]);
        }
    }
    return KITH_OK;
}

/* Sets what the best unit's document and the unit itself lack. */
static void look_at_quoted(reading *r)
{
    if (r->quoted.passage == UINT32_MAX) return;
    (void)meet(r, r->quoted.passage);
    for (uint32_t i = 0; i < r->wanted_count; i++) {
        wanted *d = &r->wanted[i];
        d->is_unquoted = !d->is_met;
        d->is_elsewhere = d->titles && !d->is_met;
        d->is_apart =
            d->term.kind == DEMAND_CODE && !demand_is_met_by(&r->asked, &d->term, &r->quoted.said);
    }
}

/* Sets told by the best unit's document. */
static kith_status look_at_subject(reading *r)
{
    const uint32_t best = r->quoted.passage;
    if (r->subject.count == 0 || best == UINT32_MAX || !r->evidence->passages) return KITH_OK;
    bool *is_of_it = arena_new_array(r->memory, bool, r->passage_count);
    if (!is_of_it) return fail(r->err, KITH_ERR_NO_MEMORY, "out of memory for a question");
    for (uint32_t p = 0; p < r->passage_count; p++)
        is_of_it[p] = strcmp(r->passages[p].document, r->passages[best].document) == 0;
    const subject_told_input in = {r->q, r->evidence, is_of_it, r->passage_count};
    return subject_told_by(&r->subject, &in, &r->told, r->err);
}

/* The first passage of the document that meets most. */
static uint32_t best_passage(reading *r)
{
    uint32_t best = 0;
    float most = -1;
    for (uint32_t p = 0; p < r->passage_count; p++) {
        float sum = meet(r, p);
        if (sum > most) best = p;
        most = sum > most ? sum : most;
    }
    return best;
}

/* "long" of "how long is the bridge": forget_length decides about it. */
static bool is_length_asked(const reading *r, uint32_t i)
{
    return r->subject.count > 0 && r->subject.may_be_time && i == r->subject.at;
}

/* "How long" asks for nothing but in a document that tells the length of other things alone. */
static void forget_length(reading *r)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < r->wanted_count; i++)
        if (r->told.of_another || !is_length_asked(r, r->wanted[i].term.first))
            r->wanted[kept++] = r->wanted[i];
    r->wanted_count = kept;
}

static kith_status read_wanted(reading *r)
{
    r->wanted = arena_new_array(r->memory, wanted, r->asked.count);
    if (!r->wanted) return fail(r->err, KITH_ERR_NO_MEMORY, "out of memory for a question");
    for (uint32_t i = 0, end = 0; i < r->asked.count && r->wanted_count < DEMANDS_MAX; i = end) {
        end = i + 1;
        if (r->asked.words[i].is_extra) continue;
        end = demand_end_of_joined(&r->asked, i);
        bool is_code = false;
        demand_kind kind = demand_kind_of(&r->asked, i, end, &is_code);
        if (!is_code) end = i + 1;
        view surface = demand_surface(r->asked.text, &r->asked.words[i]);
        // "U" and "S" of "U.S." are in nothing that says "United States".
        bool is_single = surface.size == 1 && !is_ascii_digit(surface.data[0]);
        uint64_t term;
        bool known = map_get(r->q->terms, r->asked.words[i].term, &term);
        bool is_letter = !is_code && exact_name_is_letter(r->asked.text, r->asked.words[i].start,
                                                          r->asked.words[i].end);
        // question.h drops what questions of other languages ask with, but for "Unterschied".
        bool only_asks =
            r->asked.language != LANGUAGE_ENGLISH && (!known || asks_for_difference(surface));
        bool says_nothing =
            r->asked.words[i].is_stop || is_single || demand_is_of_asking(surface) || only_asks;
        if (is_length_asked(r, i)) says_nothing = false;
        if ((says_nothing && !is_code && !is_letter) || demand_is_value(&r->asked, i)) continue;
        r->wanted[r->wanted_count++] = (wanted){
            .term = {.first = i,
                     .end = end,
                     .kind = is_letter ? DEMAND_CODE : kind,
                     .is_letter = is_letter,
                     .attribute =
                         kind == DEMAND_NAME ? NULL : attribute_asked(surface, r->asked.language)},
            .weight = known ? r->q->weights[term] : 1};
    }
    return KITH_OK;
}

static bool is_in_any(const reading *r, const wanted *w)
{
    for (uint32_t p = 0; p < r->passage_count; p++)
        if (w->in[p]) return true;
    return false;
}

/* Of a question how two things differ each may be in a document of its own. */
static void meet_two(reading *r)
{
    view one, other;
    if (!asks_for_difference(r->asked.text) || !names_two(r->asked.text, &one, &other)) return;
    for (uint32_t i = 0; i < r->wanted_count; i++) {
        wanted *d = &r->wanted[i];
        const char *at = r->asked.text.data + r->asked.words[d->term.first].start;
        bool is_side = (at >= one.data && at < one.data + one.size) ||
                       (at >= other.data && at < other.data + other.size);
        if (!is_side || d->is_met) continue;
        d->is_met = is_in_any(r, d);
        d->is_elsewhere = d->is_apart = false;
    }
}

/* As the question writes it, an option with its dashes. */
static view text_of(const reading *r, const wanted *w)
{
    uint32_t last = w->term.end - 1;
    while (r->asked.words[last].is_extra && last > w->term.first)
        last--;
    size_t start = r->asked.words[w->term.first].start;
    while (demand_is_option(&r->asked, w->term.first) && start > 0 &&
           r->asked.text.data[start - 1] == '-')
        start--;
    return view_slice(r->asked.text, start, r->asked.words[last].end);
}

static demand demand_of(const reading *r, const wanted *w)
{
    uint64_t term;
    demand d = {.text = text_of(r, w),
                .kind = w->term.kind,
                .weight = w->weight,
                .is_met = w->is_met,
                .is_in_another = !w->is_met && is_in_any(r, w),
                .is_apart = w->is_met && w->is_apart,
                .is_elsewhere = w->is_elsewhere,
                .nearest = w->is_met ? 1.0F : 0.0F};
    bool known = map_get(r->q->terms, r->asked.words[w->term.first].term, &term);
    bool is_of_subject = r->subject.count > 0 && w->term.first == r->subject.at;
    if (is_of_subject && r->told.of_another) {
        d.kind = DEMAND_KIND;
        d.is_met = d.is_in_another = false;
        d.is_of_another = true;
        d.nearest = 0;
        return d;
    }
    if (d.is_met || !known) return d;
    d.is_unknown = d.kind == DEMAND_NAME && demand_is_circumstance(&r->asked, w->term.first) &&
                   !view_has_digit(d.text) && r->q->unknown && r->q->unknown[term];
    if (!r->evidence->nearest) return d;
    d.nearest = r->evidence->nearest[term];
    // "born" may be in "(1844 - 1904)", "kilowatt" in "kWh", but an attribute that another document says
    // is told by its words; and the encoder knows no other language so well.
    bool may_be_said = w->term.first != r->asked.attribute || !d.is_in_another;
    if (is_of_subject && r->subject.is_life) may_be_said = r->told.has_life_dates;
    if (d.kind == DEMAND_KIND && d.nearest >= kind_nearest && may_be_said &&
        r->asked.language == LANGUAGE_ENGLISH)
        d.kind = DEMAND_WORD;
    bool is_rare = d.weight >= rare.weight && d.nearest < rare.nearest;
    if (r->asked.language != LANGUAGE_ENGLISH)
        is_rare =
            d.nearest < rare.noun_nearest &&
            interrogative_noun(r->asked.text, r->asked.words, w->term.first, r->asked.language);
    else if (w->term.first == r->possession || (is_of_subject && r->subject.attribute))
        is_rare |= d.nearest < rare.noun_nearest ||
                   (is_of_subject && d.is_in_another && attribute_is_exact(r->subject.attribute));
    if (d.kind == DEMAND_WORD && is_rare) d.kind = DEMAND_RARE;
    return d;
}

static kith_status read(reading *r, const retrieval *found, demands *out)
{
    r->asked.language = r->q->language;
    kith_status status = word_split_in(r->asked.text, r->asked.language, r->memory, &r->asked.words,
                                       &r->asked.count, r->err);
    r->asked.attribute = r->possession = UINT32_MAX;
    if (status == KITH_OK) {
        (void)attribute_wanted(r->asked.text, r->asked.language, r->asked.words, r->asked.count,
                               &r->asked.attribute);
        if (r->asked.language == LANGUAGE_ENGLISH) {
            r->subject = subject_of(r->asked.text, r->asked.words, r->asked.count);
            r->possession = possession_wanted(r->asked.text, r->asked.words, r->asked.count);
        }
    }
    if (status == KITH_OK) status = read_passages(r, found);
    if (status == KITH_OK) status = read_quoted(r, found);
    if (status == KITH_OK) status = read_wanted(r);
    if (status == KITH_OK) status = look_for_all(r);
    if (status == KITH_OK) status = look_at_subject(r);
    if (status != KITH_OK) return status;
    forget_length(r);
    look_at_quoted(r);
    uint32_t best = best_passage(r);
    if (r->passage_count > 0) (void)meet(r, best); // else nothing is met
    meet_two(r);
    // The document that meets most may be another one: what is quoted is of the wrong kind then.
    for (uint32_t i = 0; i < r->wanted_count; i++)
        r->wanted[i].is_met &= r->wanted[i].term.kind != DEMAND_KIND || !r->wanted[i].is_unquoted;
    demands d = {.list = arena_new_array(r->memory, demand, r->wanted_count),
                 .is_foreign = r->passage_count > 0 && r->passages[best].is_foreign};
    if (!d.list) return fail(r->err, KITH_ERR_NO_MEMORY, "out of memory for a question");
    for (uint32_t i = 0; i < r->wanted_count; i++) {
        bool is_own =
            r->wanted[i].term.kind == DEMAND_CODE || r->wanted[i].term.kind == DEMAND_NAME;
        // "cron-Daemon" is one word that the languages share.
        bool is_joined = r->asked.words[r->wanted[i].term.first].is_joined;
        d.met_count += r->wanted[i].is_met && !is_joined;
        if (is_own || !d.is_foreign) d.list[d.count++] = demand_of(r, &r->wanted[i]);
    }
    *out = d;
    return KITH_OK;
}

bool demand_is_strict(const demand *d)
{
    return d->is_unknown || (d->kind != DEMAND_WORD && d->kind != DEMAND_NAME);
}

kith_status demands_read(view text, const question *q, const retrieval *found, const evidence *e,
                         arena *a, demands *out, kith_error *err)
{
    reading r = {.asked = {.text = text}, .q = q, .evidence = e, .memory = a, .err = err};
    return read(&r, found, out);
}
