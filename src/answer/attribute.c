/* attribute.c - looks words up in the table, and symbols where a number or a column's name has them:
 * "A", "m" or "t" elsewhere is a letter. */
#include "answer/attribute.h"

#include "answer/attribute_table.h"
#include "answer/interrogative.h"
#include "answer/letter.h"
#include "text/fold.h"

#include <string.h>

enum {
    COUNT = sizeof attributes / sizeof *attributes,
    LENGTH_REACH = 3 /* words before or behind a length that tell of what */
};

/* The entry of a list parted by blanks that begins at *at; empty behind the last. */
static view next_entry(const char *list, size_t *at)
{
    while (list[*at] == ' ')
        ++*at;
    size_t start = *at;
    while (list[*at] && list[*at] != ' ')
        ++*at;
    return (view){list + start, *at - start};
}

static bool has_entry(const char *list, view folded)
{
    size_t at = 0;
    if (!list || folded.size == 0) return false;
    for (view entry = next_entry(list, &at); entry.size > 0; entry = next_entry(list, &at))
        if (view_equal(entry, folded)) return true;
    return false;
}

const char *attribute_words(const attribute *a, language l)
{
    if ((uint32_t)l >= ATTRIBUTE_LANGUAGES) return "";
    const char *list = a->says[l] ? a->says[l] : a->asks[l];
    return list ? list : "";
}

const attribute *attribute_asked(view surface, language l)
{
    char bytes[FOLD_MAX_BYTES];
    view folded = {bytes, fold_word(surface, bytes, NULL)};
    for (size_t i = 0; i < COUNT && (uint32_t)l < ATTRIBUTE_LANGUAGES; i++)
        if (has_entry(attributes[i].asks[l], folded)) return &attributes[i];
    return NULL;
}

bool attribute_is_event(const attribute *a)
{
    return a->is_event;
}

bool attribute_is_exact(const attribute *a)
{
    return a->is_exact;
}

/* ---- what is wanted ---- */

static view surface_of(view text, const word *w)
{
    return view_slice(text, w->start, w->end);
}

/* The word that asks before word i, with at most `most` content words between them; count: there is
 * none. */
static uint32_t asking_before(view text, language l, const word *words, uint32_t count, uint32_t i,
                              uint32_t most)
{
    for (uint32_t between = 0; i > 0 && between <= most; i--) {
        if (words[i - 1].is_extra) continue;
        if (interrogative_of(surface_of(text, &words[i - 1]), l) != INTERROGATIVE_NONE)
            return i - 1;
        between += !words[i - 1].is_stop;
    }
    return count;
}

/* Whether word i, a noun that names an attribute, is what the question word asks for: "colour" of "what
 * colour", "speed" of "what is the top speed of", not "color" of "what was the color line". */
static bool is_wanted_noun(view text, language l, const word *words, uint32_t count, uint32_t i)
{
    uint32_t next = i + 1;
    while (next < count && words[next].is_extra)
        next++;
    bool is_whole = l != LANGUAGE_ENGLISH || next == count || words[next].is_stop;
    return is_whole && asking_before(text, l, words, count, i, 1) < count;
}

/* "heavy" of "how heavy", "pèse" of "combien pèse". */
static bool is_measured(view text, language l, const word *words, uint32_t count, uint32_t i)
{
    uint32_t before = asking_before(text, l, words, count, i, 0);
    if (before == count) return false;
    view asking = surface_of(text, &words[before]);
    if (l == LANGUAGE_ENGLISH) return before + 1 == i && view_equal_nocase(asking, VIEW("how"));
    interrogative asks = interrogative_of(asking, l);
    return asks == INTERROGATIVE_HOW || asks == INTERROGATIVE_COUNT;
}

/* The first word by which the question asks for an event; count: none. */
static uint32_t asking_for_event(view text, language l, const word *words, uint32_t count)
{
    static const char *const in_english[] = {"when", "where", "who", "whom", NULL};
    uint32_t i = 0;
    if (l == LANGUAGE_ENGLISH)
        return count > 0 && view_is_one_of_nocase(surface_of(text, &words[0]), in_english) ? 0
                                                                                           : count;
    while (i < count && (words[i].is_extra ||
                         interrogative_of(surface_of(text, &words[i]), l) == INTERROGATIVE_NONE))
        i++;
    return i;
}

/* Of an attribute that is no event. */
static bool is_wanted(const attribute *a, view text, language l, const word *words, uint32_t count,
                      uint32_t i)
{
    char bytes[FOLD_MAX_BYTES];
    view folded = {bytes, fold_word(surface_of(text, &words[i]), bytes, NULL)};
    if (has_entry(a->loose[l], folded)) return false;
    return has_entry(a->names[l], folded) ? is_wanted_noun(text, l, words, count, i)
                                          : is_measured(text, l, words, count, i);
}

const attribute *attribute_wanted(view question, language l, const word *words, uint32_t count,
                                  uint32_t *at)
{
    // Once: a question may be nothing but thousands of events.
    const uint32_t asking = asking_for_event(question, l, words, count);
    for (uint32_t i = 0; i < count; i++) {
        const attribute *a = attribute_asked(surface_of(question, &words[i]), l);
        if (words[i].is_extra || !a || !a->is_exact) continue;
        if (a->is_event ? asking >= i : !is_wanted(a, question, l, words, count, i)) continue;
        *at = i;
        return a;
    }
    return NULL;
}

/* "what is the church made of", "built from". */
static bool asks_for_material(view text, const word *words, uint32_t count)
{
    static const char *const what[] = {"what", NULL};
    static const char *const made[] = {"made", "built", "constructed", NULL};
    static const char *const of[] = {"of", "from", "out", NULL};
    bool is_made = false;
    if (count == 0 || !view_is_one_of_nocase(surface_of(text, &words[0]), what)) return false;
    for (uint32_t i = 0; i + 1 < count; i++)
        is_made |= view_is_one_of_nocase(surface_of(text, &words[i]), made) &&
                   view_is_one_of_nocase(surface_of(text, &words[i + 1]), of);
    return is_made;
}

const attribute *attribute_measured(view question, language l, const word *words, uint32_t count)
{
    const attribute *measured = NULL;
    if (l == LANGUAGE_ENGLISH && asks_for_material(question, words, count))
        return attribute_asked(VIEW("material"), l);
    for (uint32_t i = 0; i < count; i++) {
        const attribute *a = attribute_asked(surface_of(question, &words[i]), l);
        if (words[i].is_extra || !a) continue;
        if (measured || !a->is_length || !is_measured(question, l, words, count, i)) return NULL;
        measured = a;
    }
    return measured;
}

/* ---- what is said ---- */

/* A word of the text is one of the attribute's: in language l, or in English of what is measured, as
 * columns are named. Function words of language l ("die") are no English words; what is not measured
 * has too many false friends ("sale" of a Spanish bus). */
bool attribute_has_word(const attribute *a, language l, view text, const word *w)
{
    char bytes[FOLD_MAX_BYTES];
    view folded = {bytes, fold_word(surface_of(text, w), bytes, NULL)};
    if (has_entry(attribute_words(a, l), folded)) return true;
    bool has_names = !a->is_exact || a->is_length || (a->symbols && !a->is_event);
    return has_names && !w->is_stop && has_entry(attribute_words(a, LANGUAGE_ENGLISH), folded);
}

static bool is_unit_of_length(view surface)
{
    static const char units[] =
        "m cm mm km metre metres meter meters metri metro metros centimetre centimetres "
        "centimeter centimeters centimetro centimetros centimetri zentimeter millimetre "
        "millimetres millimeter millimeters milimetros millimetri kilometre kilometres "
        "kilometer kilometers kilometros foot feet ft inch inches yard yards mile miles";
    char bytes[FOLD_MAX_BYTES];
    view folded = {bytes, fold_word(surface, bytes, NULL)};
    return has_entry(units, folded);
}

/* "m" of "45 m^2", "45 m²" or "18 m/s": no length. */
static bool goes_on(view text, const word *w)
{
    static const char *const signs[] = {"^", "/", "²", "³", NULL};
    view rest = view_slice(text, w->end, text.size);
    for (size_t i = 0; signs[i]; i++)
        if (view_starts_with(rest, view_of(signs[i])) ||
            view_ends_with_nocase(surface_of(text, w), view_of(signs[i])))
            return true;
    return false;
}

/* Whether a word near the length words[k] is one of `a`; *other, that it is one of another length. */
static bool is_told(const attribute *a, language l, view text, const word *words, uint32_t count,
                    uint32_t k, bool *other)
{
    bool own = false;
    uint32_t from = k > LENGTH_REACH ? k - LENGTH_REACH : 0;
    for (uint32_t i = from; i < count && i <= k + LENGTH_REACH; i++) {
        own |= attribute_has_word(a, l, text, &words[i]);
        for (size_t n = 0; n < COUNT; n++)
            *other |= attributes[n].is_length && &attributes[n] != a &&
                      attribute_has_word(&attributes[n], l, text, &words[i]);
    }
    return own;
}

/* A length is said that is this one, or of which nothing tells what it is of. */
static bool has_length(const attribute *a, language l, view text, const word *words, uint32_t count)
{
    for (uint32_t k = 1; k < count; k++) {
        bool other = false;
        bool is_length = is_unit_of_length(surface_of(text, &words[k])) &&
                         !goes_on(text, &words[k]) && is_ascii_digit(text.data[words[k - 1].start]);
        if (is_length && (is_told(a, l, text, words, count, k, &other) || !other)) return true;
    }
    return false;
}

/* ---- symbols ---- */

static bool is_digit_at(view text, size_t i)
{
    return i < text.size && is_ascii_digit(text.data[i]);
}

/* Whether text[start, end), which is a symbol, stands where one does. */
static bool is_symbol(view text, size_t start, size_t end)
{
    char before = start > 0 ? text.data[start - 1] : ' ';
    char behind = end < text.size ? text.data[end] : ' ';
    if (is_letter_byte(text.data[start]) && (unsigned char)text.data[start] < 0x80) {
        if (is_letter_byte(before) || is_letter_byte(behind) || is_ascii_digit(behind))
            return false;
    } else if (is_digit_at(text, end) || (behind == ' ' && is_digit_at(text, end + 1))) {
        return true; // "€ 12"
    }
    bool in_brackets = (before == '(' && behind == ')') || (before == '[' && behind == ']');
    size_t last = before == ' ' && start > 1 ? start - 2 : start - 1;
    bool after_number = start > 0 && is_digit_at(text, last);
    // "Price EUR: 149.50", "| Price EUR |"
    bool ends_name =
        end - start >= 2 && before == ' ' &&
        (behind == ':' || (behind == ' ' && end + 1 < text.size && text.data[end + 1] == '|'));
    return in_brackets || after_number || ends_name;
}

static bool has_symbol(const char *list, view text)
{
    size_t at = 0;
    if (!list) return false;
    for (view entry = next_entry(list, &at); entry.size > 0; entry = next_entry(list, &at))
        for (size_t from = 0; from + entry.size <= text.size;) {
            size_t found = from + view_find(view_slice(text, from, text.size), entry);
            if (found >= text.size) break;
            if (is_symbol(text, found, found + entry.size)) return true;
            from = found + 1;
        }
    return false;
}

bool attribute_is_said(const attribute *a, language l, view text, const word *words, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        if (attribute_has_word(a, l, text, &words[i])) return true;
    return has_symbol(a->symbols, text) || (a->is_length && has_length(a, l, text, words, count));
}
