/* demand_match.c - see demand_match.h. */
#include "answer/demand_match.h"

#include "answer/day.h"
#include "answer/misspelling.h"
#include "answer/range.h"

enum {
    PART_BYTES = 4, /* of a word that is part of a compound */
    ROOT_BYTES = 4, /* of a name without an ending */
    ENDING_BYTES = 3
};

static bool has_letter(view letter, const demand_text *s)
{
    for (uint32_t k = 0; k < s->count; k++)
        if (view_equal(demand_surface(s->text, &s->words[k]), letter)) return true;
    return false;
}

static bool is_same_code(const demand_question *q, uint32_t i, uint32_t end, const demand_text *s,
                         uint32_t at)
{
    uint32_t k = at;
    bool is_number = end == i + 1, is_of_option = demand_is_option(q, i);
    if (is_of_option && !demand_is_behind_dash(s->text, &s->words[at])) return false;
    // "-c" is another option than "-C".
    view own = demand_surface(q->text, &q->words[i]);
    if (is_of_option && own.size == 1 && !view_equal(own, demand_surface(s->text, &s->words[at])))
        return false;
    for (; i < end; i++) {
        if (q->words[i].is_extra) continue;
        while (k < s->count && s->words[k].is_extra)
            k++;
        if (k == s->count || !view_equal(s->words[k].term, q->words[i].term)) return false;
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
    bool is_joined = s->words[at].is_joined && at > 0 &&
                     view_has_digit(demand_surface(s->text, &s->words[at - 1]));
    bool goes_on = k < s->count && s->words[k].is_joined &&
                   view_has_digit(demand_surface(s->text, &s->words[k]));
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
static bool has_other_form(const demand_question *q, uint32_t i, const demand_text *s)
{
    for (uint32_t m = 0; m < q->count; m++) {
        if (q->words[m].position != q->words[i].position) continue;
        for (uint32_t k = 0; k < s->count; k++)
            if ((q->words[m].is_extra || s->words[k].is_extra) &&
                view_equal(s->words[k].term, q->words[m].term))
                return true;
    }
    return false;
}

/* "80s", "80's": met by a year of that decade. */
static bool has_decade(const demand_question *q, uint32_t i, const demand_text *s)
{
    enum { YEAR_DIGITS = 4 };
    const word *w = &q->words[i];
    view rest = view_slice(q->text, w->start, q->text.size);
    bool is_decade =
        rest.size > 2 && is_ascii_digit(rest.data[0]) && rest.data[1] == '0' &&
        (rest.data[2] == 's' || view_starts_with(view_slice(rest, 2, rest.size), VIEW("'s")));
    for (uint32_t k = 0; k < s->count && is_decade; k++) {
        view year = demand_surface(s->text, &s->words[k]);
        if (year.size == YEAR_DIGITS && demand_is_year(year) && year.data[2] == rest.data[0])
            return true;
    }
    return false;
}

static bool is_of_codes(view text, const word *w)
{
    static const char *const nouns[] = {"code",   "codes",   "status", "error",  "errors",
                                        "signal", "signals", "fault",  "faults", NULL};
    return view_is_one_of_nocase(demand_surface(text, w), nouns);
}

/* Whether a text says nothing of codes, of which one is asked for: "500-999   the second 500 bytes"
 * explains no exit code 511. */
static bool lacks_codes(const demand_question *q, uint32_t i, const demand_text *s)
{
    if (i == 0 || !is_of_codes(q->text, &q->words[i - 1])) return false;
    for (uint32_t k = 0; k < s->count; k++)
        if (is_of_codes(s->text, &s->words[k])) return false;
    return true;
}

/* "407" in "errors 404 to 410", "-5" in "-0 ... -9". */
static bool is_in_range(const demand_question *q, uint32_t i, uint32_t end, const demand_text *s)
{
    uint32_t start = q->words[i].start - (demand_is_option(q, i) ? 1 : 0);
    return end == i + 1 && !lacks_codes(q, i, s) &&
           range_holds(s->text, q->text, view_slice(q->text, start, q->words[i].end));
}

static bool has_code(const demand_question *q, uint32_t i, uint32_t end, const demand_text *s)
{
    for (uint32_t k = 0; k < s->count; k++)
        if (is_same_code(q, i, end, s, k)) return true;
    if (is_in_range(q, i, end, s)) return true;
    if (end > i + 1 || demand_is_option(q, i)) return false;
    view number = demand_surface(q->text, &q->words[i]);
    for (uint32_t k = 0; k < s->count; k++)
        if (is_number_word(demand_surface(s->text, &s->words[k]), number)) return true;
    return has_other_form(q, i, s) || has_decade(q, i, s);
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

static bool has_word(const demand_question *q, const demand_term *d, const demand_text *s)
{
    view term = q->words[d->first].term;
    size_t possessive = view_find(term, VIEW("'"));
    if (possessive > 0) term = view_slice(term, 0, possessive);
    if (d->attribute && attribute_is_said(d->attribute, q->language, s->text, s->words, s->count))
        return true;
    for (uint32_t k = 0; k < s->count; k++) {
        if (is_variant(term, s->words[k].term, d->kind == DEMAND_KIND)) return true;
        if (d->kind == DEMAND_NAME && is_root(term, s->words[k].term)) return true;
    }
    return false;
}

static bool is_number(const demand_question *q, const demand_term *d)
{
    return d->kind == DEMAND_CODE || demand_is_year(demand_surface(q->text, &q->words[d->first]));
}

/* "9" and "June" of "9 June" in "2025-06-09". */
static bool has_day(const demand_question *q, const demand_term *d, const demand_text *s)
{
    return day_holds(s->text, q->text,
                     view_slice(q->text, q->words[d->first].start, q->words[d->end - 1].end));
}

bool demand_is_met_by(const demand_question *q, const demand_term *d, const demand_text *s)
{
    if (has_day(q, d, s)) return true;
    if (d->is_letter) return has_letter(demand_surface(q->text, &q->words[d->first]), s);
    return is_number(q, d) ? has_code(q, d->first, d->end, s) : has_word(q, d, s);
}

bool demand_is_named_by(const demand_question *q, const demand_term *d, const demand_text *title)
{
    for (uint32_t k = 0; k < title->count; k++)
        if (view_equal(title->words[k].term, q->words[d->first].term)) return true;
    return false;
}
