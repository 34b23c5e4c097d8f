/* claim_facts.c - numbers, names and negations of a sentence.
 * Numbers are normalised so that different ways to write one are equal: "1,000" is "1000", "44th"
 * is "44", and the English words from two to ninety-nine are their digits. "One" is not a number
 * here, since it is mostly a pronoun. */
#include "answer/claim_facts.h"

#include "text/fold.h"
#include "text/unicode.h"

#include <stdio.h>

enum { NUMBER_MAX_BYTES = 32 };

static const char *const units[] = {"two",       "three",    "four",     "five",    "six",
                                    "seven",     "eight",    "nine",     "ten",     "eleven",
                                    "twelve",    "thirteen", "fourteen", "fifteen", "sixteen",
                                    "seventeen", "eighteen", "nineteen", NULL};
static const char *const tens[] = {"twenty",  "thirty", "forty",  "fifty", "sixty",
                                   "seventy", "eighty", "ninety", NULL};

/* By language, in lower case as lower_word writes it (no final sigma). English contractions
 * ("isn't") are recognised by their ending, in denies(). */
static const char *const denials[LANGUAGE_COUNT][12] = {
    [LANGUAGE_ENGLISH] = {"not", "no", "never", "none", "nobody", "nothing", "neither", "nor",
                          "cannot", "without", "nowhere"},
    [LANGUAGE_GERMAN] = {"nicht", "kein", "keine", "keinen", "keiner", "keinem", "nie", "niemals",
                         "nichts", "niemand", "ohne"},
    [LANGUAGE_FRENCH] = {"pas", "jamais", "aucun", "aucune", "rien", "personne", "ni", "sans"},
    [LANGUAGE_SPANISH] = {"no", "nunca", "jamás", "ningún", "ninguna", "ninguno", "nada", "nadie",
                          "ni", "sin"},
    [LANGUAGE_ITALIAN] = {"non", "mai", "nessun", "nessuno", "nessuna", "niente", "nulla", "senza"},
    [LANGUAGE_PORTUGUESE] = {"não", "nunca", "jamais", "nenhum", "nenhuma", "nada", "ninguém",
                             "sem"},
    [LANGUAGE_DUTCH] = {"niet", "geen", "nooit", "niets", "niemand", "zonder"},
    [LANGUAGE_SWEDISH] = {"inte", "aldrig", "ingen", "inget", "inga", "utan"},
    [LANGUAGE_NORWEGIAN] = {"ikke", "aldri", "ingen", "ingenting", "uten"},
    [LANGUAGE_DANISH] = {"ikke", "aldrig", "ingen", "intet", "uden"},
    [LANGUAGE_FINNISH] = {"ei", "eivät", "en", "emme", "ette", "et"},
    [LANGUAGE_RUSSIAN] = {"не", "нет", "никогда", "ни", "без"},
    [LANGUAGE_GREEK] = {"δεν", "μην", "μη", "ποτέ", "χωρίσ"},
    [LANGUAGE_ARABIC] = {"لا", "ليس", "ليست", "لم", "لن", "بدون"},
};

static view surface_of(view text, const word *w)
{
    return view_slice(text, w->start, w->end);
}

/* The index of the surface in the list, which ends with NULL; -1 when it is not there. */
static int index_in(const char *const *list, view surface)
{
    for (int i = 0; list[i]; i++)
        if (view_equal_nocase(surface, view_of(list[i]))) return i;
    return -1;
}

/* Writes "1,000th" as "1000", at most NUMBER_MAX_BYTES of it; returns the size. */
static size_t write_digits(view surface, char out[NUMBER_MAX_BYTES])
{
    size_t size = 0;
    for (size_t i = 0; i < surface.size && size < NUMBER_MAX_BYTES; i++) {
        char c = surface.data[i];
        if (!is_ascii_digit(c) && c != '.' && c != ',') break;
        if (c != ',') out[size++] = c;
    }
    return size;
}

/* Writes "thirty" as "30" and "thirty-five" as "35", and then sets *next behind "five". Returns the
 * size; 0 when word i is no number. */
static size_t write_number_word(view text, const word *words, uint32_t count, uint32_t i,
                                uint32_t *next, char out[NUMBER_MAX_BYTES])
{
    view surface = surface_of(text, &words[i]);
    int value = index_in(units, surface) + 2, ten = index_in(tens, surface);
    if (ten >= 0) {
        uint32_t k = i + 1;
        while (k < count && words[k].is_extra)
            k++;
        int unit =
            k < count && words[k].is_joined ? index_in(units, surface_of(text, &words[k])) : -1;
        value = (ten + 2) * 10;
        if (unit >= 0 && unit < 8) {
            value += unit + 2;
            *next = k + 1;
        }
    }
    return value < 2 ? 0 : (size_t)snprintf(out, NUMBER_MAX_BYTES, "%d", value);
}

static bool denies(view surface, language l)
{
    char bytes[FOLD_MAX_BYTES];
    view lower = {bytes, lower_word(surface, bytes)};
    if (index_in(denials[l], lower) >= 0) return true;
    return l == LANGUAGE_ENGLISH && (view_ends_with_nocase(lower, VIEW("n't")) ||
                                     view_ends_with_nocase(lower, VIEW("n\xE2\x80\x99t")));
}

kith_status facts_read(view text, const word *words, uint32_t count, language l, arena *a,
                       facts *out, kith_error *err)
{
    facts f = {.numbers = arena_new_array(a, view, count)};
    if (!f.numbers) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for numbers");
    uint32_t next = 0;
    for (uint32_t i = 0; i < count; i = next) {
        char digits[NUMBER_MAX_BYTES];
        view surface = surface_of(text, &words[i]);
        next = i + 1;
        if (words[i].is_extra) continue;
        f.denies |= denies(surface, l);
        size_t size = is_ascii_digit(surface.data[0])
                          ? write_digits(surface, digits)
                          : write_number_word(text, words, count, i, &next, digits);
        if (size == 0) continue;
        view number = arena_copy(a, (view){digits, size});
        if (!number.data) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for numbers");
        f.numbers[f.number_count++] = number;
    }
    *out = f;
    return KITH_OK;
}

bool facts_has_number(const facts *f, view number)
{
    for (uint32_t i = 0; i < f->number_count; i++)
        if (view_equal(f->numbers[i], number)) return true;
    return false;
}

/* Latin, Greek and Cyrillic have capitals; a word of another script is never capitalised. */
static bool is_capitalised(view surface)
{
    uint32_t c;
    unicode_next(surface.data, &c);
    bool latin = (c >= 'A' && c <= 'Z') || (c >= 0xC0 && c <= 0xDE && c != 0xD7);
    return latin || (c >= 0x391 && c <= 0x3A9) || (c >= 0x400 && c <= 0x42F);
}

bool facts_is_name(view text, const word *words, uint32_t count, uint32_t i, language l)
{
    if (l == LANGUAGE_GERMAN || words[i].is_stop || words[i].is_extra) return false;
    if (!is_capitalised(surface_of(text, &words[i]))) return false;
    if (words[i].position > 0) return true;
    uint32_t next = i + 1;
    while (next < count && words[next].is_extra)
        next++;
    return next < count && is_capitalised(surface_of(text, &words[next]));
}
