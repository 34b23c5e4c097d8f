/* attribute.c - looks words up in the table, and symbols where a number or a column's name has them:
 * "A", "m" or "t" elsewhere is a letter. */
#include "answer/attribute.h"

#include "answer/attribute_table.h"
#include "text/fold.h"

#include <string.h>

enum { COUNT = sizeof attributes / sizeof *attributes };

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

/* ---- symbols ---- */

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || is_ascii_capital(c) || (unsigned char)c >= 0x80;
}

static bool is_digit_at(view text, size_t i)
{
    return i < text.size && is_ascii_digit(text.data[i]);
}

/* Whether text[start, end), which is a symbol, stands where one does. */
static bool is_symbol(view text, size_t start, size_t end)
{
    char before = start > 0 ? text.data[start - 1] : ' ';
    char behind = end < text.size ? text.data[end] : ' ';
    if (is_letter(text.data[start]) && (unsigned char)text.data[start] < 0x80) {
        if (is_letter(before) || is_letter(behind) || is_ascii_digit(behind)) return false;
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
    const char *in_english = attribute_words(a, LANGUAGE_ENGLISH), *own = attribute_words(a, l);
    for (uint32_t i = 0; i < count; i++) {
        char bytes[FOLD_MAX_BYTES];
        view surface = view_slice(text, words[i].start, words[i].end);
        view folded = {bytes, fold_word(surface, bytes, NULL)};
        if (has_entry(in_english, folded) || has_entry(own, folded)) return true;
    }
    return has_symbol(a->symbols, text);
}
