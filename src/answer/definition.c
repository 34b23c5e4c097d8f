/* definition.c - by the words at the beginning of questions and texts. */
#include "answer/definition.h"

#include "answer/letter.h"

#include <stddef.h>
#include <string.h>

enum {
    THING_MAX_WORDS = 5,
    NAMES_MAX_BYTES = 80, /* of the other names before a dash, or of what stands in brackets */
    VERB_LEAST_BYTES = 4
};

static view skip_blanks(view v)
{
    while (v.size > 0 && is_ascii_space(v.data[0]))
        v = view_slice(v, 1, v.size);
    return v;
}

/* The text behind the first of `words` that it begins with, each with a blank at its end; or as it
 * is. */
static view skip_any(view v, const char *const *words, bool *skipped)
{
    *skipped = false;
    for (; *words; words++)
        if (view_starts_with_nocase(v, view_of(*words))) {
            *skipped = true;
            return skip_blanks(view_slice(v, strlen(*words), v.size));
        }
    return v;
}

static view skip_article(view v)
{
    static const char *const articles[] = {
        "a ",   "an ",  "the ", "ein ", "eine ", "der ", "die ", "das ", "den ", "un ", "une ",
        "una ", "uno ", "le ",  "la ",  "les ",  "el ",  "los ", "las ", "lo ",  "il ", "i ",
        "o ",   "um ",  "uma ", "os ",  "een ",  "het ", "de ",  "l'",   NULL};
    bool skipped;
    return skip_any(v, articles, &skipped);
}

view definition_asked(view question)
{
    static const char *const starts[] = {
        "what is ",   "what are ", "what's ",   "what was ", "define ",        "who is ",
        "who was ",   "was ist ",  "was sind ", "wer ist ",  "qu'est-ce que ", "qu'est-ce qu'",
        "qui est ",   "qué es ",   "qué son ",  "que es ",   "quién es ",      "cos'è ",
        "che cos'è ", "cosa è ",   "o que é ",  "wat is ",   "wat zijn ",      NULL};
    const view none = {"", 0};
    bool asks;
    view v = view_trim(question);
    if (view_starts_with(v, VIEW("¿"))) v = view_slice(v, 2, v.size);
    view thing = skip_article(skip_any(v, starts, &asks));
    size_t words = 0;
    while (thing.size > 0 && memchr("?!. \t\n", thing.data[thing.size - 1], 6))
        thing.size--;
    for (size_t i = 0; i < thing.size; i++)
        words += !is_ascii_space(thing.data[i]) && (i == 0 || is_ascii_space(thing.data[i - 1]));
    return asks && words > 0 && words <= THING_MAX_WORDS ? thing : none;
}

/* ---- texts ---- */

static bool begins_with_any(view v, const char *const *words)
{
    bool skipped;
    (void)skip_any(v, words, &skipped);
    return skipped;
}

/* "is", "ist", "est": what says what a thing is. */
static bool begins_with_being(view v)
{
    static const char *const verbs[] = {
        "is ",   "are ", "was ",        "were ", "means ",   "stands for ", "refers to ", "ist ",
        "sind ", "war ", "bezeichnet ", "est ",  "sont ",    "es ",         "son ",       "è ",
        "sono ", "é ",   "são ",        "zijn ", "désigne ", NULL};
    return begins_with_any(v, verbs);
}

/* "gunzip, zcat" of "gzip, gunzip, zcat - compress": other names before a dash. */
static bool is_named_line(view rest)
{
    size_t dash = view_find(rest, VIEW(" - ")), drawn = view_find(rest, VIEW(" – "));
    size_t end = dash < drawn ? dash : drawn;
    if (end >= rest.size || end > NAMES_MAX_BYTES) return false;
    bool is_list = end == 0 || rest.data[0] == ',';
    for (size_t i = 0; i < end; i++)
        is_list = is_list && (!is_ascii_space(rest.data[i]) || (i > 0 && rest.data[i - 1] == ','));
    return is_list;
}

/* "compresses ..." */
static bool begins_with_verb(view v)
{
    size_t size = 0;
    while (size < v.size && v.data[size] >= 'a' && v.data[size] <= 'z')
        size++;
    return size >= VERB_LEAST_BYTES && size < v.size && v.data[size] == ' ' &&
           v.data[size - 1] == 's';
}

static view skip_emphasis(view v)
{
    while (v.size > 0 && memchr("*_`\"'", v.data[0], 5))
        v = view_slice(v, 1, v.size);
    return v;
}

/* Marks of headings, quotations and emphasis. */
static view skip_marks(view v)
{
    while (v.size > 0 && memchr("#> *_`\"'", v.data[0], 8))
        v = view_slice(v, 1, v.size);
    return v;
}

definition_strength definition_of(view text, view thing)
{
    static const char *const nouns[] = {"command ", "program ", "utility ", "tool ", "library ",
                                        "package ", "module ",  "service ", NULL};
    view v = skip_marks(skip_article(skip_marks(view_trim(text))));
    if (!view_starts_with_nocase(v, thing)) return DEFINITION_NONE;
    view rest = skip_emphasis(view_slice(v, thing.size, v.size));
    if (rest.size == 0 || is_letter_byte(rest.data[0]) || is_ascii_digit(rest.data[0]))
        return DEFINITION_NONE;
    if (view_starts_with(rest, VIEW(": ")) || is_named_line(rest)) return DEFINITION_IS;
    rest = skip_blanks(rest);
    size_t close = view_find(rest, VIEW(")"));
    if (view_starts_with(rest, VIEW("(")) && close < rest.size && close <= NAMES_MAX_BYTES)
        rest = skip_blanks(view_slice(rest, close + 1, rest.size));
    if (begins_with_being(rest)) return DEFINITION_IS;
    bool has_noun;
    rest = skip_any(rest, nouns, &has_noun);
    return begins_with_being(rest)  ? DEFINITION_IS
           : begins_with_verb(rest) ? DEFINITION_DOES
                                    : DEFINITION_NONE;
}
