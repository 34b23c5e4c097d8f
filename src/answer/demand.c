/* demand.c - reads a question's demands, and looks for each among the passages' words.
 * Words that are joined ("CVE-2021-22945", "ML-DSA") are one demand when one of them has a digit or
 * is in capitals; a passage must then have them one after the other. */
#include "answer/demand.h"

#include "answer/attribute.h"
#include "answer/day.h"
#include "answer/exact_name.h"
#include "answer/interrogative.h"
#include "answer/misspelling.h"
#include "answer/possession.h"
#include "answer/range.h"
#include "answer/subject_told.h"
#include "answer/wish.h"
#include "base/path.h"
#include "base/size.h"
#include "base/utf8.h"
#include "text/language.h"
#include "text/word.h"

#include <string.h>

enum {
    PART_BYTES = 4, /* of a word that is part of a compound */
    ROOT_BYTES = 4, /* of a name without an ending */
    ENDING_BYTES = 3,
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
    view text;
    word *words;
    uint32_t count;
    const char *document;
    bool is_foreign; /* in another language than the question */
} searched;

/* What the best unit is of: a passage, and what is said with all that stands above it. */
typedef struct quoted {
    uint32_t passage; /* UINT32_MAX: there is no unit */
    searched said;
} quoted;

/* A demand among the question's words. */
typedef struct wanted {
    uint32_t first, end; /* words */
    demand_kind kind;
    const attribute *attribute; /* that the word asks for; NULL: none */
    float weight;
    bool is_letter;              /* "B" of "Model B" */
    bool is_met;                 /* by the document at hand */
    bool *in;                    /* [passages] whether the passage has it */
    bool titles;                 /* the name or the title of a passage's document has it */
    bool is_apart, is_elsewhere; /* as in demand */
    bool is_unquoted;            /* the best unit's document does not meet it */
} wanted;

typedef struct reading {
    view text;
    const question *q;
    const evidence *evidence;
    word *words; /* [count] the question's, in its own language */
    uint32_t count;
    language language;
    subject subject;     /* of what an attribute is asked */
    subject_told told;   /* what the best unit's document says of that */
    uint32_t possession; /* the noun that the thing is asked to have; UINT32_MAX: none */
    uint32_t attribute;  /* the word by which an attribute is asked for; UINT32_MAX: none is */
    searched *passages;  /* [passage_count] */
    searched *titles;    /* [passage_count] of their documents, with their names */
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

static kith_status read_searched(reading *r, const char *text, searched *out)
{
    if (!text) return fail(r->err, KITH_ERR_NO_MEMORY, "out of memory for passages");
    out->text = view_of(text);
    return word_split_in(out->text, r->language, r->memory, &out->words, &out->count, r->err);
}

static const char *base_name(const kith_passage *p)
{
    return p->source ? path_base(p->source) : "";
}

static kith_status read_passages(reading *r, const retrieval *found)
{
    r->passages = arena_new_array(r->memory, searched, found->count);
    r->titles = arena_new_array(r->memory, searched, found->count);
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
        s->is_foreign = language_of(view_of(p->content)) != r->language;
        status = read_searched(r,
                               arena_printf(r->memory, "%.*s\n%.*s\n%s\n%s\n%.*s",
                                            VIEW_ARG(heading), VIEW_ARG(lead_in), base_name(p),
                                            document, VIEW_ARG(content)),
                               s);
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

/* ---- what is demanded ---- */

static view surface_of(view text, const word *w)
{
    return view_slice(text, w->start, w->end);
}

/* "OAuth", "WAL", "getUser". */
static bool has_capital_inside(view v)
{
    for (size_t i = 1; i < v.size; i++)
        if (is_ascii_capital(v.data[i])) return true;
    return false;
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || is_ascii_capital(c) || c == '_';
}

/* The sign before the word makes it an option, a suffix or a member: "--mda", ".webp", "s.run()". */
static bool begins_as_code(view text, const word *w)
{
    bool is_member = w->start > 1 && text.data[w->start - 1] == '.' &&
                     is_letter(text.data[w->start - 2]) && w->end > w->start + 1;
    if (is_member) return true;
    if (w->start == 0 || !strchr("-.@$%", text.data[w->start - 1])) return false;
    size_t at = w->start;
    while (at > 0 && strchr("-.@$%", text.data[at - 1]))
        at--;
    return at == 0 || is_ascii_space(text.data[at - 1]) || strchr("'\"`([", text.data[at - 1]);
}

/* Words that every question may have, and that say nothing about what it asks for. */
static bool is_of_asking(view surface)
{
    static const char *const words[] = {
        "many",     "much",     "often",     "long",     "get",     "give",       "gives",
        "keep",     "make",     "use",       "using",    "say",     "says",       "tell",
        "tells",    "mean",     "means",     "kind",     "problem", "happen",     "happens",
        "happened", "really",   "still",     "since",    "once",    "inside",     "between",
        "without",  "need",     "want",      "enough",   "rather",  "again",      "next",
        "back",     "anything", "something", "called",   "name",    "named",      "according",
        "actually", "exactly",  "usually",   "possible", "way",     "difference", "different",
        "please",   "explain",  "describe",  "like",     "know",    "known",      "cannot",
        "don't",    "doesn't",  "can't",     "vs",       "per",     "become",     "became",
        "type",     "número",   "numéro",    "numero",   "nummer",  "nombre",     NULL};
    if (surface.size <= MISSPELLING_LEAST_BYTES) return view_is_one_of_nocase(surface, words);
    for (size_t i = 0; words[i]; i++)
        if (misspelling_of(surface, view_of(words[i]))) return true;
    return false;
}

static bool is_after(view text, const word *words, uint32_t i, const char *const *list)
{
    while (i > 0 && words[i - 1].is_extra)
        i--;
    return i > 0 && view_is_one_of_nocase(surface_of(text, &words[i - 1]), list);
}

/* How a language asks for a count: the words before what is counted, and whether they stand behind
 * "how". */
typedef struct counting {
    const char *words[4];
    const char *behind; /* NULL: nothing */
} counting;

/* "threads" of "how many threads", "wie viele Threads", "combien de threads", "cuántos hilos". */
static bool is_counted(const reading *r, uint32_t i)
{
    static const counting ways[LANGUAGE_COUNT] = {
        [LANGUAGE_ENGLISH] = {{"many"}, "how"},
        [LANGUAGE_GERMAN] = {{"viele"}, "wie"},
        [LANGUAGE_FRENCH] = {{"de", "d'"}, "combien"},
        [LANGUAGE_SPANISH] = {{"cuántos", "cuántas", "cuantos"}, NULL},
        [LANGUAGE_ITALIAN] = {{"quanti", "quante"}, NULL},
        [LANGUAGE_PORTUGUESE] = {{"quantos", "quantas"}, NULL},
        [LANGUAGE_DUTCH] = {{"hoeveel"}, NULL},
    };
    const counting *way = &ways[r->language];
    const char *const behind[] = {way->behind, NULL};
    return way->words[0] && is_after(r->text, r->words, i, way->words) &&
           (!way->behind || is_after(r->text, r->words, i - 1, behind));
}

/* What is counted, "hour" of "per hour", "born", "coûte", an attribute that is asked for. */
static bool tells_kind(const reading *r, uint32_t i)
{
    static const char *const of_life[LANGUAGE_COUNT][9] = {
        [LANGUAGE_ENGLISH] = {"born", "married", "divorced", "cost", "costs"},
        [LANGUAGE_GERMAN] = {"geboren", "verheiratet", "geschieden", "kostet", "kosten"},
        [LANGUAGE_FRENCH] = {"né", "née", "marié", "mariée", "coûte", "coûtent"},
        [LANGUAGE_SPANISH] = {"nació", "casado", "casada", "cuesta", "cuestan"},
        [LANGUAGE_ITALIAN] = {"nato", "nata", "sposato", "sposata", "costa", "costano"},
        [LANGUAGE_PORTUGUESE] = {"nasceu", "casado", "casada", "custa", "custam"},
        [LANGUAGE_DUTCH] = {"geboren", "getrouwd", "kost", "kosten"},
    };
    static const char *const per[] = {"per", NULL};
    view surface = surface_of(r->text, &r->words[i]);
    if (view_is_one_of_nocase(surface, of_life[r->language]) || i == r->attribute) return true;
    if (r->language == LANGUAGE_ENGLISH && is_after(r->text, r->words, i, per)) return true;
    // Of "how many wrong attempts" another word may stand for the first.
    static const char *const unsaid[] = {"times", "things", "others", "kinds", "types", "ways",
                                         "fois",  "temps",  "veces",  "arten", NULL};
    if (view_is_one_of_nocase(surface, unsaid)) return false;
    const language l = r->language;
    bool is_plural = r->text.data[r->words[i].end - 1] == 's' || l == LANGUAGE_GERMAN ||
                     l == LANGUAGE_ITALIAN || l == LANGUAGE_DUTCH;
    return is_plural && is_counted(r, i);
}

/* The index behind the words that are joined to the one at i, which is not extra. */
static uint32_t end_of_joined(const reading *r, uint32_t i)
{
    uint32_t last = i;
    for (uint32_t k = i + 1; k < r->count; k++) {
        if (r->words[k].is_extra) continue;
        if (!r->words[k].is_joined || r->words[k].position != r->words[last].position + 1) break;
        last = k;
    }
    return last + 1;
}

/* "2015": what a text is about may have happened in a year that it does not repeat. */
static bool is_year(view surface)
{
    if (surface.size != 4 || (surface.data[0] != '1' && surface.data[0] != '2')) return false;
    for (size_t i = 1; i < 4; i++)
        if (!is_ascii_digit(surface.data[i])) return false;
    return surface.data[0] == '1' || surface.data[1] == '0';
}

static bool has_letter(view letter, const searched *s)
{
    for (uint32_t k = 0; k < s->count; k++)
        if (view_equal(surface_of(s->text, &s->words[k]), letter)) return true;
    return false;
}

static demand_kind kind_of(const reading *r, uint32_t i, uint32_t end, bool *is_code)
{
    const word *w = &r->words[i];
    bool digit = false, capital = false;
    for (uint32_t k = i; k < end; k++) {
        view surface = surface_of(r->text, &r->words[k]);
        digit |= view_has_digit(surface);
        capital |= has_capital_inside(surface);
    }
    bool is_joined = r->words[end - 1].position > w->position;
    *is_code = digit || begins_as_code(r->text, w) || (capital && is_joined);
    view surface = surface_of(r->text, w);
    if (*is_code) return end == i + 1 && is_year(surface) ? DEMAND_NAME : DEMAND_CODE;
    // German writes every noun with a capital.
    bool capitalised =
        is_ascii_capital(surface.data[0]) && w->position > 0 && r->language != LANGUAGE_GERMAN;
    if (capital || capitalised) return DEMAND_NAME;
    return tells_kind(r, i) ? DEMAND_KIND : DEMAND_WORD;
}

/* ---- whether it is met ---- */

/* A hyphen, a minus sign or a dash stands before the word: manual pages print an option's with any
 * of them. */
static bool is_behind_dash(view text, const word *w)
{
    static const char *const signs[] = {"-", "‐", "‑", "–", "−", NULL};
    view before = view_slice(text, 0, w->start);
    for (size_t i = 0; signs[i]; i++)
        if (view_ends_with_nocase(before, view_of(signs[i]))) return true;
    return false;
}

/* "--mda", "-x": an option, which a text that has "mda" alone does not name. */
static bool is_option(const reading *r, uint32_t i)
{
    return begins_as_code(r->text, &r->words[i]) && is_behind_dash(r->text, &r->words[i]);
}

static bool is_same_code(const reading *r, uint32_t i, uint32_t end, const searched *s, uint32_t at)
{
    uint32_t k = at;
    bool is_number = end == i + 1, is_of_option = is_option(r, i);
    if (is_of_option && !is_behind_dash(s->text, &s->words[at])) return false;
    // "-c" is another option than "-C".
    view own = surface_of(r->text, &r->words[i]);
    if (is_of_option && own.size == 1 && !view_equal(own, surface_of(s->text, &s->words[at])))
        return false;
    for (; i < end; i++) {
        if (r->words[i].is_extra) continue;
        while (k < s->count && s->words[k].is_extra)
            k++;
        if (k == s->count || !view_equal(s->words[k].term, r->words[i].term)) return false;
        k++;
    }
    while (k < s->count && s->words[k].is_extra)
        k++;
    // "--block-size" is another option than "--block".
    if (is_of_option && k < s->count && s->words[k].is_joined &&
        s->text.data[s->words[k].start - 1] == '-')
        return false;
    if (!is_number) return true;
    // A number among the parts of a date or a longer code is another number.
    bool is_joined =
        s->words[at].is_joined && at > 0 && view_has_digit(surface_of(s->text, &s->words[at - 1]));
    bool goes_on =
        k < s->count && s->words[k].is_joined && view_has_digit(surface_of(s->text, &s->words[k]));
    return !is_joined && !goes_on;
}

static bool is_number_word(view surface, view number)
{
    static const char *const names[] = {"zero",  "one",   "two",  "three", "four",   "five",  "six",
                                        "seven", "eight", "nine", "ten",   "eleven", "twelve"};
    uint32_t value = 0;
    for (size_t i = 0; i < number.size; i++) {
        if (!is_ascii_digit(number.data[i]) || value > 12) return false;
        value = value * 10 + (uint32_t)(number.data[i] - '0');
    }
    return value < sizeof names / sizeof *names &&
           view_equal_nocase(surface, view_of(names[value]));
}

/* Whether a form of the word at i, of which "1,000" has two, is a form of a word of the passage. */
static bool has_other_form(const reading *r, uint32_t i, const searched *s)
{
    for (uint32_t m = 0; m < r->count; m++) {
        if (r->words[m].position != r->words[i].position) continue;
        for (uint32_t k = 0; k < s->count; k++)
            if ((r->words[m].is_extra || s->words[k].is_extra) &&
                view_equal(s->words[k].term, r->words[m].term))
                return true;
    }
    return false;
}

/* "80s", "80's": met by a year of that decade. */
static bool has_decade(const reading *r, uint32_t i, const searched *s)
{
    enum { YEAR_DIGITS = 4 };
    const word *w = &r->words[i];
    view rest = view_slice(r->text, w->start, r->text.size);
    bool is_decade =
        rest.size > 2 && is_ascii_digit(rest.data[0]) && rest.data[1] == '0' &&
        (rest.data[2] == 's' || view_starts_with(view_slice(rest, 2, rest.size), VIEW("'s")));
    for (uint32_t k = 0; k < s->count && is_decade; k++) {
        view year = surface_of(s->text, &s->words[k]);
        if (year.size == YEAR_DIGITS && is_year(year) && year.data[2] == rest.data[0]) return true;
    }
    return false;
}

static bool is_of_codes(view text, const word *w)
{
    static const char *const nouns[] = {"code",   "codes",   "status", "error",  "errors",
                                        "signal", "signals", "fault",  "faults", NULL};
    return view_is_one_of_nocase(surface_of(text, w), nouns);
}

/* Whether a text says nothing of codes, of which one is asked for: "500-999   the second 500 bytes"
 * explains no exit code 511. */
static bool lacks_codes(const reading *r, uint32_t i, const searched *s)
{
    if (i == 0 || !is_of_codes(r->text, &r->words[i - 1])) return false;
    for (uint32_t k = 0; k < s->count; k++)
        if (is_of_codes(s->text, &s->words[k])) return false;
    return true;
}

/* "407" in "errors 404 to 410", "-5" in "-0 ... -9". */
static bool is_in_range(const reading *r, uint32_t i, uint32_t end, const searched *s)
{
    uint32_t start = r->words[i].start - (is_option(r, i) ? 1 : 0);
    return end == i + 1 && !lacks_codes(r, i, s) &&
           range_holds(s->text, r->text, view_slice(r->text, start, r->words[i].end));
}

static bool has_code(const reading *r, uint32_t i, uint32_t end, const searched *s)
{
    for (uint32_t k = 0; k < s->count; k++)
        if (is_same_code(r, i, end, s, k)) return true;
    if (is_in_range(r, i, end, s)) return true;
    if (end > i + 1 || is_option(r, i)) return false;
    view number = surface_of(r->text, &r->words[i]);
    for (uint32_t k = 0; k < s->count; k++)
        if (is_number_word(surface_of(s->text, &s->words[k]), number)) return true;
    return has_other_form(r, i, s) || has_decade(r, i, s);
}

/* The same word in another form or spelling, or in a compound. */
static bool is_variant(view term, view had, bool is_strict)
{
    if (view_equal(term, had)) return true;
    // What is counted is the end of a compound: a gearbox is no gear.
    size_t part = term.size >= PART_BYTES ? view_find(had, term) : had.size;
    if (part < had.size && (!is_strict || part + term.size == had.size)) return true;
    return !is_strict && misspelling_of(term, had);
}

/* "India" of "Indian", "Mongol" of "Mongols", "Ada" of "Ada's". */
static bool is_root(view name, view had)
{
    return had.size >= ROOT_BYTES && name.size <= had.size + ENDING_BYTES &&
           view_starts_with(name, had);
}

static bool has_word(const reading *r, const wanted *d, const searched *s)
{
    view term = r->words[d->first].term;
    size_t possessive = view_find(term, VIEW("'"));
    if (possessive > 0) term = view_slice(term, 0, possessive);
    if (d->attribute && attribute_is_said(d->attribute, r->language, s->text, s->words, s->count))
        return true;
    for (uint32_t k = 0; k < s->count; k++) {
        if (is_variant(term, s->words[k].term, d->kind == DEMAND_KIND)) return true;
        if (d->kind == DEMAND_NAME && is_root(term, s->words[k].term)) return true;
    }
    return false;
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

static bool is_number(const reading *r, const wanted *d)
{
    return d->kind == DEMAND_CODE || is_year(surface_of(r->text, &r->words[d->first]));
}

/* "9" and "June" of "9 June" in "2025-06-09". */
static bool has_day(const reading *r, const wanted *d, const searched *s)
{
    return day_holds(s->text, r->text,
                     view_slice(r->text, r->words[d->first].start, r->words[d->end - 1].end));
}

static bool has(const reading *r, const wanted *d, const searched *s)
{
    if (has_day(r, d, s)) return true;
    if (d->is_letter) return has_letter(surface_of(r->text, &r->words[d->first]), s);
    return is_number(r, d) ? has_code(r, d->first, d->end, s) : has_word(r, d, s);
}

/* Whether the text has the word itself: a title that has "start" in "restart" does not name it. */
static bool names(const reading *r, const wanted *d, const searched *title)
{
    for (uint32_t k = 0; k < title->count; k++)
        if (view_equal(title->words[k].term, r->words[d->first].term)) return true;
    return false;
}

static kith_status look_for_all(reading *r)
{
    for (uint32_t i = 0; i < r->wanted_count; i++) {
        wanted *d = &r->wanted[i];
        d->in = arena_new_array(r->memory, bool, r->passage_count);
        if (!d->in) return fail(r->err, KITH_ERR_NO_MEMORY, "out of memory for a question");
        for (uint32_t p = 0; p < r->passage_count; p++) {
            d->in[p] = has(r, d, &r->passages[p]);
            d->titles |= names(r, d, &r->titles[p]);
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
        d->is_apart = d->kind == DEMAND_CODE && !has(r, d, &r->quoted.said);
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

/* "3" of "--fast=3": a manual has "--fast=N". */
static bool is_value(const reading *r, uint32_t i)
{
    size_t start = r->words[i].start;
    bool is_assigned = start > 0 && r->text.data[start - 1] == '=';
    while (start > 0 && !is_ascii_space(r->text.data[start - 1]))
        start--;
    return is_assigned && r->text.data[start] == '-';
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
        if (r->told.of_another || !is_length_asked(r, r->wanted[i].first))
            r->wanted[kept++] = r->wanted[i];
    r->wanted_count = kept;
}

static kith_status read_wanted(reading *r)
{
    r->wanted = arena_new_array(r->memory, wanted, r->count);
    if (!r->wanted) return fail(r->err, KITH_ERR_NO_MEMORY, "out of memory for a question");
    for (uint32_t i = 0, end = 0; i < r->count && r->wanted_count < DEMANDS_MAX; i = end) {
        end = i + 1;
        if (r->words[i].is_extra) continue;
        end = end_of_joined(r, i);
        bool is_code = false;
        demand_kind kind = kind_of(r, i, end, &is_code);
        if (!is_code) end = i + 1;
        view surface = surface_of(r->text, &r->words[i]);
        // "U" and "S" of "U.S." are in nothing that says "United States".
        bool is_single = surface.size == 1 && !is_ascii_digit(surface.data[0]);
        uint64_t term;
        bool known = map_get(r->q->terms, r->words[i].term, &term);
        bool is_letter =
            !is_code && exact_name_is_letter(r->text, r->words[i].start, r->words[i].end);
        // question.h drops what questions of other languages ask with, but for "Unterschied".
        bool only_asks =
            r->language != LANGUAGE_ENGLISH && (!known || asks_for_difference(surface));
        bool says_nothing = r->words[i].is_stop || is_single || is_of_asking(surface) || only_asks;
        if (is_length_asked(r, i)) says_nothing = false;
        if ((says_nothing && !is_code && !is_letter) || is_value(r, i)) continue;
        r->wanted[r->wanted_count++] = (wanted){
            .first = i,
            .end = end,
            .kind = is_letter ? DEMAND_CODE : kind,
            .is_letter = is_letter,
            .attribute = kind == DEMAND_NAME ? NULL : attribute_asked(surface, r->language),
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
    if (!asks_for_difference(r->text) || !names_two(r->text, &one, &other)) return;
    for (uint32_t i = 0; i < r->wanted_count; i++) {
        wanted *d = &r->wanted[i];
        const char *at = r->text.data + r->words[d->first].start;
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
    uint32_t last = w->end - 1;
    while (r->words[last].is_extra && last > w->first)
        last--;
    size_t start = r->words[w->first].start;
    while (is_option(r, w->first) && start > 0 && r->text.data[start - 1] == '-')
        start--;
    return view_slice(r->text, start, r->words[last].end);
}

/* Whether a name tells where or with what: "Madrid" of "the branch in Madrid", "York" of "in New York".
 * Who says or does something may be unnamed in a text of their own, as in a speech. */
static bool is_circumstance(const reading *r, uint32_t i)
{
    static const char *const prepositions[] = {"in",   "on",  "at",   "from", "with",
                                               "into", "for", "near", NULL};
    while (i > 0 &&
           (r->words[i - 1].is_extra || is_ascii_capital(r->text.data[r->words[i - 1].start])))
        i--;
    return is_after(r->text, r->words, i, prepositions);
}

static demand demand_of(const reading *r, const wanted *w)
{
    uint64_t term;
    demand d = {.text = text_of(r, w),
                .kind = w->kind,
                .weight = w->weight,
                .is_met = w->is_met,
                .is_in_another = !w->is_met && is_in_any(r, w),
                .is_apart = w->is_met && w->is_apart,
                .is_elsewhere = w->is_elsewhere,
                .nearest = w->is_met ? 1.0F : 0.0F};
    bool known = map_get(r->q->terms, r->words[w->first].term, &term);
    bool is_of_subject = r->subject.count > 0 && w->first == r->subject.at;
    if (is_of_subject && r->told.of_another) {
        d.kind = DEMAND_KIND;
        d.is_met = d.is_in_another = false;
        d.is_of_another = true;
        d.nearest = 0;
        return d;
    }
    if (d.is_met || !known) return d;
    d.is_unknown = d.kind == DEMAND_NAME && is_circumstance(r, w->first) &&
                   !view_has_digit(d.text) && r->q->unknown && r->q->unknown[term];
    if (!r->evidence->nearest) return d;
    d.nearest = r->evidence->nearest[term];
    // "born" may be in "(1844 - 1904)", "kilowatt" in "kWh", but an attribute that another document says
    // is told by its words; and the encoder knows no other language so well.
    bool may_be_said = w->first != r->attribute || !d.is_in_another;
    if (is_of_subject && r->subject.is_life) may_be_said = r->told.has_life_dates;
    if (d.kind == DEMAND_KIND && d.nearest >= kind_nearest && may_be_said &&
        r->language == LANGUAGE_ENGLISH)
        d.kind = DEMAND_WORD;
    bool is_rare = d.weight >= rare.weight && d.nearest < rare.nearest;
    if (r->language != LANGUAGE_ENGLISH)
        is_rare = d.nearest < rare.noun_nearest &&
                  interrogative_noun(r->text, r->words, w->first, r->language);
    else if (w->first == r->possession || (is_of_subject && r->subject.attribute))
        is_rare |= d.nearest < rare.noun_nearest ||
                   (is_of_subject && d.is_in_another && attribute_is_exact(r->subject.attribute));
    if (d.kind == DEMAND_WORD && is_rare) d.kind = DEMAND_RARE;
    return d;
}

static kith_status read(reading *r, const retrieval *found, demands *out)
{
    r->language = r->q->language;
    kith_status status =
        word_split_in(r->text, r->language, r->memory, &r->words, &r->count, r->err);
    r->attribute = r->possession = UINT32_MAX;
    if (status == KITH_OK) {
        (void)attribute_wanted(r->text, r->language, r->words, r->count, &r->attribute);
        if (r->language == LANGUAGE_ENGLISH) {
            r->subject = subject_of(r->text, r->words, r->count);
            r->possession = possession_wanted(r->text, r->words, r->count);
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
        r->wanted[i].is_met &= r->wanted[i].kind != DEMAND_KIND || !r->wanted[i].is_unquoted;
    demands d = {.list = arena_new_array(r->memory, demand, r->wanted_count),
                 .is_foreign = r->passage_count > 0 && r->passages[best].is_foreign};
    if (!d.list) return fail(r->err, KITH_ERR_NO_MEMORY, "out of memory for a question");
    for (uint32_t i = 0; i < r->wanted_count; i++) {
        bool is_own = r->wanted[i].kind == DEMAND_CODE || r->wanted[i].kind == DEMAND_NAME;
        // "cron-Daemon" is one word that the languages share.
        bool is_joined = r->words[r->wanted[i].first].is_joined;
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
    reading r = {.text = text, .q = q, .evidence = e, .memory = a, .err = err};
    return read(&r, found, out);
}
