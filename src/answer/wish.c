/* wish.c - looks for the beginnings of words, so that singular and plural are one. */
#include "answer/wish.h"

#include "answer/letter.h"

#include <stdint.h>
#include <string.h>

static bool is_word_byte(char c)
{
    return is_letter_byte(c) || is_ascii_digit(c);
}

/* True when a word of the text begins like one of the list, or is it, where that ends with a
 * blank. */
static bool has_word(view text, const char *const *list)
{
    for (size_t i = 0; i < text.size; i++) {
        if (!is_word_byte(text.data[i]) || (i > 0 && is_word_byte(text.data[i - 1]))) continue;
        view rest = view_slice(text, i, text.size);
        for (const char *const *entry = list; *entry; entry++) {
            view start = view_of(*entry);
            bool whole = start.data[start.size - 1] == ' ';
            if (whole) start.size--;
            if (!view_starts_with_nocase(rest, start)) continue;
            if (!whole || rest.size == start.size || !is_word_byte(rest.data[start.size]))
                return true;
        }
    }
    return false;
}

question_side side_of(view text)
{
    static const char *const in_favor[] = {"advantage", "benefit", "pros ",   "strength",
                                           "upside",    "gain",    "vorteil", "avantage",
                                           "ventaja",   "merit",   NULL};
    static const char *const against[] = {"disadvantage",  "drawback", "downside",     "cons ",
                                          "limitation",    "caveat",   "shortcoming",  "weakness",
                                          "pitfall",       "nachteil", "inconvénient", "desventaja",
                                          "inconveniente", NULL};
    bool is_for = has_word(text, in_favor), is_against = has_word(text, against);
    if (is_for == is_against) return SIDE_NONE;
    return is_for ? SIDE_FOR : SIDE_AGAINST;
}

bool asks_how(view question)
{
    static const char *const starts[] = {"how do ",     "how can ",  "how to ",     "how does one ",
                                         "how should ", "wie kann ", "wie starte ", "wie ",
                                         "comment ",    "cómo ",     "how could ",  NULL};
    static const char *const amounts[] = {"wie viel", "wie lang", "wie oft",
                                          "wie hoch", "wie groß", NULL};
    return has_word(question, starts) && !has_word(question, amounts);
}

bool asks_for_number(view question)
{
    static const char *const numbers[] = {"how often ",      "how long ",       "how many ",
                                          "how much ",       "how far ",        "how large ",
                                          "how big ",        "how deep ",       "how old ",
                                          "how fast ",       "how high ",       "which version ",
                                          "what version ",   "which release ",  "what release ",
                                          "which port ",     "what port ",      "which tcp ",
                                          "what size ",      "which size ",     "what share ",
                                          "what priority ",  "what number ",    "default ",
                                          "maximum ",        "minimum ",        "percentage ",
                                          "since when ",     "until when ",     "wie viel",
                                          "wie oft ",        "wie lange ",      "wie groß ",
                                          "welche version ", "welcher port ",   "combien ",
                                          "quel port ",      "quelle version ", "cuánt",
                                          "qué puerto ",     "qué versión ",    NULL};
    return has_word(question, numbers);
}

bool asks_for_difference(view question)
{
    static const char *const words[] = {
        "vs ",         "versus ",     "difference",     "differ ",     "differs ",
        "unterschied", "unterscheid", "différence",     "diferencia",  "differenza",
        "diferença",   "verschil",    "different from", "distinguish", NULL};
    return has_word(question, words);
}

bool asks_about_two(view question)
{
    static const char *const words[] = {"and how ", "and when ", "and in which ", "and who ", NULL};
    return asks_for_difference(question) || has_word(question, words);
}

bool contrasts(view text)
{
    static const char *const words[] = {"whereas ",    "while ",    "unlike ",   "but ",
                                        "than ",       "instead ",  "rather ",   "although ",
                                        "however ",    "differ",    "compared ", "except ",
                                        "während ",    "sondern ",  "aber ",     "anders ",
                                        "unterscheid", "tandis ",   "mais ",     "contrairement ",
                                        "plutôt ",     "mientras ", "pero ",     "sino ",
                                        "diferen",     NULL};
    return has_word(text, words);
}

bool asks_for_option(view question)
{
    static const char *const words[] = {"option",   "flag ",      "flags ",     "switch ",
                                        "command ", "parameter ", "argument ",  "schalter ",
                                        "befehl ",  "commande ",  "paramètre ", "opción",
                                        "comando ", "parámetro ", NULL};
    static const char *const which[] = {"which ", "what ",     "welche",   "quel", "qué ",
                                        "cuál",   "is there ", "gibt es ", NULL};
    return has_word(question, words) && has_word(question, which);
}

/* "xz -0": a name or two, and an option. */
static bool is_bare_option(view question)
{
    enum { BARE_WORDS = 3 };
    uint32_t words = 0;
    view last = {"", 0};
    for (size_t i = 0; i < question.size;) {
        size_t start = i;
        while (i < question.size && !is_ascii_space(question.data[i]))
            i++;
        if (i > start) last = view_slice(question, start, i);
        words += i > start;
        i += i < question.size;
    }
    bool is_option = last.size > 1 && last.data[0] == '-' && last.data[last.size - 1] != '-';
    return is_option && words > 1 && words <= BARE_WORDS;
}

bool asks_for_meaning(view question)
{
    static const char *const words[] = {
        "mean ",      "means ",  "meaning ", "stand for ", "stands for ", "error ",    "exit ",
        "status ",    "code ",   "signal ",  "bedeutet ",  "fehler ",     "signifie ", "erreur ",
        "significa ", "código ", "errore ",  "codice ",    "betekent ",   "fout ",     NULL};
    static const char *const does[] = {"what does ", "was macht ", "que fait ", "qué hace ", NULL};
    return has_word(question, words) || has_word(question, does) || is_bare_option(question);
}

bool refers_back(view said)
{
    static const char *const words[] = {
        "This", "These", "It",   "They", "Such",  "That",   "Those",  "He",   "She", "His",
        "Her",  "Their", "Its",  "Dies", "Diese", "Dieser", "Dieses", "Er",   "Sie", "Ceci",
        "Cela", "Il",    "Elle", "Ils",  "Elles", "Esto",   "Este",   "Esta", NULL};
    size_t end = 0;
    while (end < said.size && is_word_byte(said.data[end]))
        end++;
    return view_is_one_of_nocase(view_slice(said, 0, end), words);
}

/* ---- two things ---- */

enum { SIDE_WORDS = 2 /* of each thing */, SUBJECT_WORDS = 8 };

static bool is_of_name(char c)
{
    return is_word_byte(c) || memchr("-_./", c, 4);
}

/* The word at or behind `at`, and where it ends; empty at the end of the text. */
static view next_word(view text, size_t *at)
{
    while (*at < text.size && !is_of_name(text.data[*at]))
        ++*at;
    size_t start = *at;
    while (*at < text.size && is_of_name(text.data[*at]))
        ++*at;
    view word = view_slice(text, start, *at);
    while (word.size > 1 && memchr("./", word.data[word.size - 1], 2))
        word.size--;
    return word;
}

/* An article, as it is written within a question: "DES" is a cipher, and "A" of "model A" a name. */
static bool is_article(view word)
{
    static const char *const articles[] = {
        "a",     "an",    "the", "der", "die", "das", "dem", "den", "des", "ein", "eine", "einer",
        "einem", "einen", "le",  "la",  "les", "l",   "un",  "une", "du",  "el",  "los",  "las",
        "una",   "il",    "lo",  "gli", "uno", "um",  "uma", "het", "een", NULL};
    return word.size > 0 && !is_ascii_capital(word.data[0]) &&
           view_is_one_of_nocase(word, articles);
}

/* The next word that is no such article. */
static view next_word_of_thing(view text, size_t *at)
{
    view word = next_word(text, at);
    while (is_article(word))
        word = next_word(text, at);
    return word;
}

/* The first of words[count] that is none of others[other_count]; empty: there is none. */
static view own_word(const view *words, uint32_t count, const view *others, uint32_t other_count)
{
    for (uint32_t i = 0; i < count; i++) {
        bool is_own = words[i].size > 0 && !view_equal_nocase(words[i], VIEW("using"));
        for (uint32_t k = 0; k < other_count; k++)
            is_own = is_own && !view_equal_nocase(words[i], others[k]);
        if (is_own) return words[i];
    }
    return (view){"", 0};
}

/* "How does a full run of it differ from a quick one": the thing stands behind "does", and words may
 * stand between it and "differ". */
static bool differ_behind(view question, size_t *at, view *words, uint32_t *count)
{
    static const char *const verbs[] = {"does", "do", "did", "is", "are", NULL};
    static const char *const differ[] = {"differ", "different", NULL}, *const from[] = {"from",
                                                                                        NULL};
    size_t from_here = 0;
    while (from_here < question.size &&
           !view_is_one_of_nocase(next_word(question, &from_here), verbs)) {
    }
    *at = from_here;
    for (*count = 0; *at < question.size;) {
        view word = next_word_of_thing(question, at);
        if (view_is_one_of_nocase(word, differ))
            return view_is_one_of_nocase(next_word(question, at), from);
        if (*count < SUBJECT_WORDS) words[(*count)++] = word;
    }
    return false;
}

bool names_two(view question, view *first, view *second)
{
    static const char *const joints[] = {"and",  "or",  "vs", "versus", "from", "und",
                                         "oder", "et",  "ou", "y",      "o",    "than",
                                         "de",   "von", "e",  "en",     NULL};
    view before[SIDE_WORDS] = {{"", 0}}, after[SIDE_WORDS] = {{"", 0}}, subject[SUBJECT_WORDS];
    uint32_t count = 0;
    size_t from = 0;
    if (differ_behind(question, &from, subject, &count)) {
        for (uint32_t i = 0; i < SIDE_WORDS; i++)
            after[i] = next_word_of_thing(question, &from);
        *first = own_word(subject, count, after, SIDE_WORDS);
        *second = own_word(after, SIDE_WORDS, subject, count);
        return first->size > 0 && second->size > 0;
    }
    for (size_t at = 0; at < question.size;) {
        view word = next_word_of_thing(question, &at);
        bool divides = view_is_one_of_nocase(word, joints) && before[0].size > 0;
        if (divides) {
            for (uint32_t i = 0; i < SIDE_WORDS; i++)
                after[i] = next_word_of_thing(question, &at);
            // "between A and B", not "bread and butter differ from cake".
            *first = own_word(before, SIDE_WORDS, after, SIDE_WORDS);
            *second = own_word(after, SIDE_WORDS, before, SIDE_WORDS);
            return first->size > 0 && second->size > 0;
        }
        static const char *const asking[] = {"differ", "differs", "different", "difference", NULL};
        if (view_is_one_of_nocase(word, asking)) continue;
        before[1] = before[0]; // the nearest one first
        before[0] = word;
    }
    return false;
}

/* Whether the question begins with a wish for a list: "list all ...". */
static bool begins_with_list(view question)
{
    return view_starts_with_nocase(view_trim(question), VIEW("list "));
}

bool asks_for_list(view question)
{
    static const char *const lists[] = {
        "what are the ", "which are the ", "name the ",    "what do i gain ", "which options ",
        "what options ", "which steps ",   "what steps ",  "what kinds ",     "what types ",
        "which kinds ",  "which types ",   "welche sind ", "was sind die ",   "quels sont ",
        "quelles sont ", "cuáles son ",    "differences ", "drawbacks ",      "disadvantages ",
        "advantages ",   "benefits ",      "downsides ",   "vorteile ",       "nachteile ",
        "avantages ",    "inconvénients ", "ventajas ",    "desventajas ",    NULL};
    return begins_with_list(question) || has_word(question, lists);
}
