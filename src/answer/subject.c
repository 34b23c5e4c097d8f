/* subject.c - finds the thing in the question by the form of it, and the subject of a sentence by what
 * comes first in it: a pronoun, a name, or a noun with an article. */
#include "answer/subject.h"

#include "answer/question.h"

#include <string.h>

enum { THING_WORDS = 8 };

static view surface_of(view text, const word *w)
{
    return view_slice(text, w->start, w->end);
}

static bool is_one_of(view text, const word *w, const char *const *list)
{
    return view_is_one_of_nocase(surface_of(text, w), list);
}

static bool is_capital(view text, const word *w)
{
    return is_ascii_capital(text.data[w->start]);
}

/* "Lund" of "Lund's": a stem keeps the ending of a name. */
static view name_of(view term)
{
    size_t mark = view_find(term, VIEW("'"));
    return mark > 0 ? view_slice(term, 0, mark) : term;
}

/* Words in capitals that may stand before a person's surname and are no given name: titles, and what
 * begins a sentence. */
static const char *const before_surnames[] = {
    "mr",       "mrs",       "ms",         "miss",      "madame",     "monsieur", "herr",
    "frau",     "dr",        "doctor",     "prof",      "professor",  "sir",      "lord",
    "lady",     "dame",      "saint",      "st",        "king",       "queen",    "prince",
    "princess", "emperor",   "empress",    "duke",      "duchess",    "count",    "countess",
    "earl",     "baron",     "baroness",   "president", "chancellor", "minister", "captain",
    "general",  "colonel",   "major",      "admiral",   "lieutenant", "sergeant", "father",
    "mother",   "brother",   "sister",     "uncle",     "aunt",       "reverend", "rev",
    "abbot",    "bishop",    "pope",       "cardinal",  "rabbi",      "judge",    "justice",
    "senator",  "mayor",     "director",   "chairman",  "later",      "soon",     "eventually",
    "finally",  "meanwhile", "afterwards", "sadly",     "then",       "although", "though",
    "while",    "whereas",   "once",       "because",   "since",      "until",    "unless",
    "old",      "young",     "poor",       "both",      NULL};

/* A name is one in capitals: "the works" are not the "Osmond Pump Works". */
static bool is_term_of(const subject *s, view text, const word *w)
{
    if (s->is_name && !is_capital(text, w)) return false;
    for (uint32_t i = 0; i < s->count; i++)
        if (view_equal(name_of(w->term), s->heads[i])) return true;
    return false;
}

/* Whether word i, a surname, stands behind another given name than the question has: "Walter Lund" is
 * not Peter Lund; "Lund", "Dr. Lund" and "P. Lund" may be. */
static bool is_namesake(const subject *s, view text, const word *words, uint32_t i)
{
    const word *w = &words[i];
    uint32_t k = i;
    while (k > 0 && words[k - 1].is_extra)
        k--;
    if (!s->has_given_name || k == 0 || !view_equal(name_of(w->term), s->heads[s->count - 1]))
        return false;
    const word *given = &words[k - 1];
    bool is_beside = w->start == given->end + 1 && text.data[given->end] == ' ';
    bool is_initial = given->end - given->start == 1;
    return is_beside && is_capital(text, given) && !given->is_stop && !is_initial &&
           !is_one_of(text, given, before_surnames) && !is_term_of(s, text, given);
}

/* Whether word i names the thing. */
static bool is_head(const subject *s, view text, const word *words, uint32_t i)
{
    return is_term_of(s, text, &words[i]) && !is_namesake(s, text, words, i);
}

static bool holds_head(const subject *s, view text, const word *words, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        if (is_head(s, text, words, i)) return true;
    return false;
}

/* ---- the question ---- */

static const char *const auxiliaries[] = {"did", "was", "were", "is", "are", "has", "had", NULL};
static const char *const prepositions[] = {"of",     "in",    "at",   "on",     "from",  "with",
                                           "for",    "near",  "when", "during", "after", "by",
                                           "before", "since", "to",   "into",   "if",    "within",
                                           "as",     "and",   "that", "which",  "who",   NULL};

/* What happens, as a question ends with it. */
static const char *const events[] = {"die",         "born",   "sold",    "founded", "renamed",
                                     "established", "opened", "closed",  "built",   "bought",
                                     "designed",    "live",   "married", NULL};
static const char *const of_life[] = {"die", "born", NULL};
static const char *const measures[] = {"wide", "high", "tall", "deep", "heavy", "old", NULL};

/* Reads the heads from words [from, to). */
static void read_heads(subject *s, view text, const word *words, uint32_t from, uint32_t to)
{
    uint32_t end = from, last = to;
    while (end < to && (end == from || !is_one_of(text, &words[end], prepositions)))
        end++;
    for (uint32_t i = from; i < end; i++)
        if (!words[i].is_extra && !words[i].is_stop) last = i;
    if (last == to || end - from > THING_WORDS) return;
    s->is_name = is_capital(text, &words[last]);
    if (!s->is_name) s->heads[s->count++] = name_of(words[last].term);
    for (uint32_t i = from; i < end && s->is_name && s->count < SUBJECT_HEADS; i++)
        if (!words[i].is_extra && !words[i].is_stop && is_capital(text, &words[i]))
            s->heads[s->count++] = name_of(words[i].term);
}

/* "wide" of "how wide is the gate": the thing stands behind. */
static bool read_measured(subject *s, view text, const word *words, uint32_t count)
{
    static const char *const how[] = {"how", NULL};
    if (count < 4 || !is_one_of(text, &words[0], how) || !is_one_of(text, &words[1], measures) ||
        !is_one_of(text, &words[2], auxiliaries))
        return false;
    s->at = 1;
    read_heads(s, text, words, 3, count);
    return true;
}

/* "long" of "how long is the bridge", of nothing that is done or lasts: "how long is the shop open",
 * "how long was he king". */
static bool read_length(subject *s, view text, const word *words, uint32_t count)
{
    static const char *const how[] = {"how", NULL}, *const length[] = {"long", NULL};
    static const char *const be[] = {"is", "are", "was", "were", NULL};
    static const char *const starts[] = {"the", "a", "an", "its", "their", "this", "that", NULL};
    static const char *const states[] = {"open", "valid", "available", "active", "kept",
                                         "good", "free",  "safe",      "due",    "alive",
                                         "on",   "off",   "left",      "held",   NULL};
    if (count < 4 || !is_one_of(text, &words[0], how) || !is_one_of(text, &words[1], length) ||
        !is_one_of(text, &words[2], be) ||
        (!is_one_of(text, &words[3], starts) && !is_capital(text, &words[3])))
        return false;
    for (uint32_t i = 3; i < count; i++)
        if (is_one_of(text, &words[i], states) ||
            view_ends_with_nocase(surface_of(text, &words[i]), VIEW("ed")))
            return false;
    read_heads(s, text, words, 3, count);
    if (s->count == 0) return false;
    s->at = 1;
    s->may_be_time = true;
    return true;
}

/* "die" of "when did Peter Lund die": the thing stands between it and the auxiliary before it. */
static bool read_event(subject *s, view text, const word *words, uint32_t count)
{
    uint32_t auxiliary = count;
    for (uint32_t i = 0; i < count; i++) {
        if (words[i].is_extra) continue;
        if (is_one_of(text, &words[i], auxiliaries)) auxiliary = i;
        if (auxiliary + 1 >= i || !is_one_of(text, &words[i], events)) continue;
        s->at = i;
        s->is_life = is_one_of(text, &words[i], of_life);
        read_heads(s, text, words, auxiliary + 1, i);
        s->has_given_name = s->is_life && s->is_name && s->count > 1 &&
                            !is_one_of(text, &words[auxiliary + 1], before_surnames);
        return true;
    }
    return false;
}

subject subject_of(view text, const word *words, uint32_t count)
{
    subject s = {0};
    count = question_own_words(text, words, count);
    if (!read_measured(&s, text, words, count) && !read_length(&s, text, words, count) &&
        !read_event(&s, text, words, count))
        return (subject){0};
    view asked = s.may_be_time ? VIEW("length") : surface_of(text, &words[s.at]);
    s.attribute = attribute_asked(asked, LANGUAGE_ENGLISH);
    s.term = words[s.at].term;
    return s;
}

/* ---- a sentence ---- */

typedef struct clause {
    const subject *s;
    view text;
    const word *words;
    uint32_t count;
} clause;

/* "8 kg of laundry": what a thing holds or uses, not what it weighs. */
static bool has_amount(const clause *c)
{
    static const char *const of[] = {"of", NULL};
    for (uint32_t i = 0; i + 2 < c->count; i++)
        if (is_ascii_digit(c->text.data[c->words[i].start]) &&
            is_one_of(c->text, &c->words[i + 2], of))
            return true;
    return false;
}

/* The word that says the attribute by itself; count: none, but a number with its unit may. */
static uint32_t saying_word(const clause *c)
{
    const subject *s = c->s;
    for (uint32_t i = 0; i < c->count; i++) {
        bool said = s->attribute
                        ? attribute_has_word(s->attribute, LANGUAGE_ENGLISH, c->text, &c->words[i])
                        : view_equal(c->words[i].term, s->term);
        if (said) return i;
    }
    return c->count;
}

static bool says(const clause *c)
{
    const bool by_word = saying_word(c) < c->count;
    if (!c->s->attribute) return by_word;
    if (!by_word && has_amount(c)) return false;
    return attribute_is_said(c->s->attribute, LANGUAGE_ENGLISH, c->text, c->words, c->count);
}

/* Whether a word with a capital is a name, and none that tells where. */
static bool is_name(const clause *c, uint32_t i)
{
    static const char *const places[] = {"in",  "at", "from", "near",  "to", "into",
                                         "for", "of", "on",   "until", NULL};
    static const char *const articles[] = {"the", "a", "an", NULL};
    static const char *const days[] = {
        "January",   "February",  "March",   "April",    "May",      "June",   "July",
        "August",    "September", "October", "November", "December", "Monday", "Tuesday",
        "Wednesday", "Thursday",  "Friday",  "Saturday", "Sunday",   "I",      NULL};
    const word *w = &c->words[i];
    if (w->is_extra || w->is_stop || !is_capital(c->text, w) || is_one_of(c->text, w, days))
        return false;
    uint32_t k = i;
    while (k > 0 && (c->words[k - 1].is_extra || is_capital(c->text, &c->words[k - 1])))
        k--;
    if (k > 0 && is_one_of(c->text, &c->words[k - 1], articles)) k--;
    return k == 0 || !is_one_of(c->text, &c->words[k - 1], places);
}

/* Whether a comma stands between words i and end, the latter being the one that says the attribute. */
static bool is_clause_ended(const clause *c, uint32_t i, uint32_t end)
{
    if (end == c->count) return false;
    const size_t behind = c->words[i].end, next = c->words[end].start;
    return behind < next && memchr(c->text.data + behind, ',', next - behind) != NULL;
}

/* Whether a relative clause of a name that is the sentence's object says the attribute: "He married Ann
 * Brook, who died in 1894", "It crosses the Tista river, which is 36 km long". A comma ends the clause:
 * "He married Ann Brook, who painted, and died in 1894". */
static bool is_of_object(const clause *c, uint32_t end)
{
    static const char *const relatives[] = {"who", "which", "whose", NULL};
    for (uint32_t i = 1; i < c->count && i < end; i++) {
        uint32_t before = i;
        if (!is_one_of(c->text, &c->words[i], relatives) || is_clause_ended(c, i, end)) continue;
        while (before > 0 && c->words[before - 1].is_extra)
            before--;
        if (before < 2) continue;
        const word *last = &c->words[before - 1], *former = &c->words[before - 2];
        bool is_behind_comma = c->text.data[last->end] == ',';
        bool is_capital_before = (is_capital(c->text, last) && !last->is_stop) ||
                                 (is_capital(c->text, former) && !former->is_stop);
        if (is_behind_comma && is_capital_before) return true;
    }
    return false;
}

typedef enum first_found { FOUND_NOTHING, FOUND_PRONOUN, FOUND_NAME, FOUND_NOUN } first_found;

/* What stands first in the sentence, before the word that says the attribute: of "Her deputy, Colin
 * Marsh, is 58 years old" the name, of "Its height is 41 metres" the pronoun. */
static first_found find_first(const clause *c)
{
    static const char *const pronouns[] = {"he",   "she",   "it",    "they", "this",  "these",
                                           "that", "those", "there", "who",  "which", NULL};
    static const char *const possessives[] = {"his", "her", "its", "their", NULL};
    uint32_t end = saying_word(c);
    bool is_owned = false, has_noun = false;
    for (uint32_t i = 0; i < c->count && i <= end; i++) {
        const word *w = &c->words[i];
        bool is_pronoun = is_one_of(c->text, w, pronouns);
        if (w->is_extra) continue;
        if (is_name(c, i)) return FOUND_NAME;
        if (is_pronoun && !has_noun && !is_owned)
            return is_of_object(c, end) ? FOUND_NAME : FOUND_PRONOUN;
        if (is_one_of(c->text, w, possessives)) {
            // "its height": what says the attribute stands right behind it.
            if (i + 1 == end) return FOUND_PRONOUN;
            is_owned = true;
        } else if (!w->is_stop && i < end && !is_ascii_digit(c->text.data[w->start])) {
            has_noun = true;
        }
    }
    return is_owned || has_noun ? FOUND_NOUN : FOUND_NOTHING;
}

/* Whether a relative clause about what the thing has says the attribute: "The Marlin has tyres that are
 * 47 mm wide". A second verb of the thing itself, behind "and", "but" or a comma, ends the clause. */
static bool is_of_part(const clause *c)
{
    static const char *const having[] = {"has", "have", "had", "with", NULL};
    static const char *const relatives[] = {"that", "which", "whose", NULL};
    static const char *const links[] = {"and", "but", NULL};
    const uint32_t end = saying_word(c);
    bool named = false, has = false, in_clause = false;
    if (end == c->count) return false;
    for (uint32_t i = 0; i < end; i++) {
        const word *w = &c->words[i];
        // Parts of a compound begin before it ends.
        const uint32_t next = c->words[i + 1].start;
        const view behind = view_slice(c->text, w->end < next ? w->end : next, next);
        named |= is_head(c->s, c->text, c->words, i);
        if (named && is_one_of(c->text, w, having))
            has = true;
        else if (has && is_one_of(c->text, w, relatives))
            in_clause = true;
        else if (is_one_of(c->text, w, links) ||
                 (in_clause && view_find(behind, VIEW(",")) < behind.size))
            has = in_clause = false;
    }
    return in_clause;
}

/* Whether the thing is named before unit i in its paragraph, in the last LOOK_BACK units, or above it;
 * *others, that another name is. */
static kith_status look_back(const subject *s, const unit *units, uint32_t i, arena *a, bool *named,
                             bool *others, kith_error *err)
{
    enum { LOOK_BACK = 32 }; // a paragraph of pronouns alone may have thousands
    kith_status status = KITH_OK;
    *named = *others = false;
    for (uint32_t k = i; status == KITH_OK && !*named && i - k <= LOOK_BACK; k--) {
        const bool is_heading = k == i;
        clause c = {.s = s, .text = is_heading ? units[i].heading : units[k].said};
        word *words = NULL;
        status = word_split(c.text, a, &words, &c.count, err);
        c.words = words;
        *named = status == KITH_OK && holds_head(s, c.text, words, c.count);
        // The words of a heading may all be in capitals.
        for (uint32_t n = 0; n < c.count && status == KITH_OK; n++)
            *others |= is_namesake(s, c.text, words, n) || (!is_heading && is_name(&c, n));
        if (k == 0 || units[k].is_first) break;
    }
    return status;
}

kith_status subject_said_by(const subject *s, const unit *units, uint32_t i, arena *a,
                            subject_saying *out, kith_error *err)
{
    const unit *u = &units[i];
    word *words = NULL;
    clause c = {.s = s, .text = u->said};
    bool named = false, others = false;
    kith_status status = word_split(c.text, a, &words, &c.count, err);
    if (status != KITH_OK) return status;
    c.words = words;
    *out = SUBJECT_UNSAID;
    if (!says(&c)) return KITH_OK;
    *out = is_of_part(&c) ? SUBJECT_PARTS : SUBJECT_ITS;
    if (holds_head(s, c.text, words, c.count)) return KITH_OK;
    *out = SUBJECT_UNKNOWN;
    if (u->kind != UNIT_SENTENCE) return KITH_OK;
    first_found first = find_first(&c);
    if (first == FOUND_NAME || (first == FOUND_NOUN && !s->is_name)) *out = SUBJECT_ANOTHERS;
    if (first != FOUND_PRONOUN) return KITH_OK;
    status = look_back(s, units, i, a, &named, &others, err);
    if (named) *out = SUBJECT_REFERRED;
    if (!named && others && s->is_name) *out = SUBJECT_ANOTHERS;
    return status;
}

/* ---- figures ---- */

/* Whether word i is a unit of time behind a number: "90 minutes", "two years". */
static bool is_duration(view text, const word *words, uint32_t i)
{
    static const char *const units[] = {
        "second", "seconds", "minute", "minutes", "hour", "hours", "day", "days", "night", "nights",
        "week",   "weeks",   "month",  "months",  "year", "years", "h",   "min",  NULL};
    static const char *const numbers[] = {"a",    "an",   "one",    "two",   "three",
                                          "four", "five", "six",    "seven", "eight",
                                          "nine", "ten",  "twelve", "half",  NULL};
    uint32_t k = i;
    while (k > 0 && words[k - 1].is_extra)
        k--;
    return k > 0 && is_one_of(text, &words[i], units) &&
           (is_ascii_digit(text.data[words[k - 1].start]) ||
            is_one_of(text, &words[k - 1], numbers));
}

kith_status subject_figures_of(const subject *s, view text, arena *a, subject_figures *out,
                               kith_error *err)
{
    enum { YEAR_DIGITS = 4, BRACKET_BYTES = 2 };
    word *words = NULL;
    uint32_t count = 0;
    *out = (subject_figures){0};
    kith_status status = word_split(text, a, &words, &count, err);
    for (uint32_t i = 0; i < count && status == KITH_OK && s->may_be_time; i++)
        out->has_duration |= is_duration(text, words, i);
    if (status != KITH_OK || !holds_head(s, text, words, count)) return status;
    for (uint32_t i = 0; i < count; i++) {
        view surface = surface_of(text, &words[i]);
        bool is_figure = is_ascii_digit(surface.data[0]);
        out->has_year |= is_figure && surface.size == YEAR_DIGITS;
        if (!is_head(s, text, words, i)) continue;
        view behind = view_slice(text, words[i].end, text.size);
        size_t open = view_find(behind, VIEW("(")), close = view_find(behind, VIEW(")"));
        for (size_t k = open; open < BRACKET_BYTES && k < close && k < behind.size; k++)
            out->has_life |= is_ascii_digit(behind.data[k]);
    }
    return KITH_OK;
}
