/* exact_name.c - reads names by white space, and finds them as whole words. */
#include "answer/exact_name.h"

#include "answer/day.h"
#include "answer/letter.h"
#include "answer/range.h"
#include "text/fold.h"
#include "text/language.h"

#include <string.h>

static bool is_name_byte(char c)
{
    return is_letter_byte(c) || is_ascii_digit(c) || c == '_';
}

static bool is_exact(view v, bool is_quoted)
{
    bool digit = false, inside = false, joint = false;
    for (size_t i = 0; i < v.size; i++) {
        digit |= is_ascii_digit(v.data[i]);
        inside |= i > 0 && is_ascii_capital(v.data[i]) && !is_ascii_capital(v.data[i - 1]) &&
                  v.data[i - 1] != '-';
        joint |= i > 0 && i + 1 < v.size && memchr("_/.@=", v.data[i], 5) != NULL;
    }
    bool option = v.size > 1 && v.data[0] == '-' && is_name_byte(v.data[v.size - 1]);
    return digit || inside || joint || option || (is_quoted && v.size > 0);
}

/* Whether the word that ends before text[end] is an English function word. */
static bool follows_function_word(view text, size_t end)
{
    char folded[FOLD_MAX_BYTES];
    size_t start = end;
    while (start > 0 && is_name_byte(text.data[start - 1]))
        start--;
    view term = {folded, fold_word(view_slice(text, start, end), folded, NULL)};
    return language_has_stop_word(LANGUAGE_ENGLISH, language_stop_word(term));
}

bool exact_name_is_letter(view text, size_t start, size_t end)
{
    char behind = end < text.size ? text.data[end] : ' ';
    if (end != start + 1 || start < 2 || !is_ascii_capital(text.data[start]) ||
        text.data[start] == 'I' || text.data[start - 1] != ' ' || is_name_byte(behind))
        return false;
    if (behind == '.' && end + 1 < text.size) return false;
    if (strchr("'-&/", behind)) return false;
    // "S & P" is one name, and may be written without blanks.
    bool is_joined =
        (end + 1 < text.size && text.data[end + 1] == '&') || text.data[start - 2] == '&';
    if (is_joined) return false;
    if (text.data[start] != 'A') return true;
    bool before_name = end + 1 < text.size && is_ascii_capital(text.data[end + 1]);
    return !before_name && !follows_function_word(text, start - 1);
}

exact_names exact_names_read(view text)
{
    exact_names names = {.question = text};
    for (size_t at = 0; at < text.size && names.count < EXACT_NAMES;) {
        size_t start = at;
        while (at < text.size && !is_ascii_space(text.data[at]))
            at++;
        size_t end = at++;
        bool quoted = false;
        while (start < end && memchr("'\"(`[", text.data[start], 5)) {
            quoted |= memchr("'\"`", text.data[start], 3) != NULL;
            start++;
        }
        while (end > start && memchr("'\")`].,?!:;", text.data[end - 1], 11))
            end--;
        view name = view_slice(text, start, end);
        if (view_starts_with(name, VIEW("-")))
            name = view_slice(name, 0, view_find(name, VIEW("=")));
        if (is_exact(name, quoted) || exact_name_is_letter(text, start, end))
            names.list[names.count++] = name;
    }
    return names;
}

bool exact_name_stands_in(view text, view name)
{
    for (size_t at = 0; at + name.size <= text.size;) {
        view rest = view_slice(text, at, text.size);
        size_t found = view_find(rest, name);
        if (found >= rest.size) return false;
        size_t end = at + found + name.size;
        bool begins = at + found == 0 || !is_name_byte(text.data[at + found - 1]) ||
                      !is_name_byte(name.data[0]);
        bool ends = end == text.size || !is_name_byte(text.data[end]);
        if (name.data[0] == '-') {
            // "--block" is not in "--block-size", nor "-size".
            bool is_part =
                end + 1 < text.size && text.data[end] == '-' && is_name_byte(text.data[end + 1]);
            ends = ends && !is_part;
            begins = at + found == 0 ||
                     (!is_name_byte(text.data[at + found - 1]) && text.data[at + found - 1] != '-');
        }
        // "30" is not in "30.5".
        bool goes_on = end + 1 < text.size && text.data[end] == '.' &&
                       is_ascii_digit(text.data[end + 1]) &&
                       is_ascii_digit(name.data[name.size - 1]);
        if (begins && ends && !goes_on) return true;
        at += found + 1;
    }
    return false;
}

bool exact_name_is_in(const exact_names *names, view name, view text)
{
    return exact_name_stands_in(text, name) || range_holds(text, names->question, name) ||
           day_holds(text, names->question, name);
}

/* The noun right before question[start], with one blank between them; empty: none. */
static view noun_before(view question, size_t start)
{
    enum { NOUN_LEAST = 3 };
    if (start < 1 || question.data[start - 1] != ' ') return (view){"", 0};
    size_t end = start - 1, from = end;
    while (from > 0 && is_letter_byte(question.data[from - 1]))
        from--;
    bool is_noun = end - from >= NOUN_LEAST && !follows_function_word(question, end);
    return is_noun ? view_slice(question, from, end) : (view){"", 0};
}

/* Whether the noun stands before the number, in digits; an empty one: before any. */
static bool has_numbered(view text, view noun, view number)
{
    for (size_t i = 0; i + noun.size + 1 < text.size; i++) {
        bool begins = i == 0 || !is_letter_byte(text.data[i - 1]);
        view rest = view_slice(text, i, text.size);
        if (!begins || !view_starts_with_nocase(rest, noun) ||
            !memchr(" _-", rest.data[noun.size], 3))
            continue;
        size_t start = noun.size + 1, end = start;
        while (end < rest.size && is_ascii_digit(rest.data[end]))
            end++;
        view digits = view_slice(rest, start, end);
        bool goes_on = end < rest.size && is_name_byte(rest.data[end]);
        if (digits.size > 0 && !goes_on && (number.size == 0 || view_equal(digits, number)))
            return true;
    }
    return false;
}

bool exact_name_of_another(const exact_names *names, view name, view text, view about)
{
    for (size_t i = 0; i < name.size; i++)
        if (!is_ascii_digit(name.data[i])) return false;
    view noun = noun_before(names->question, (size_t)(name.data - names->question.data));
    return noun.size > 0 && has_numbered(text, noun, (view){"", 0}) &&
           !exact_name_is_in(names, name, text) && !has_numbered(about, noun, name);
}
