/* exact_name.c - finds exact names by their form, and where they stand. */
#include "answer/exact_name.h"

#include "base/utf8.h"

#include <string.h>

static bool is_name_byte(char c)
{
    return (c >= 'a' && c <= 'z') || is_ascii_capital(c) || is_ascii_digit(c) || c == '_' ||
           (unsigned char)c >= 0x80;
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

uint32_t exact_names_find(view text, uint32_t room, view *out)
{
    uint32_t count = 0;
    for (size_t at = 0; at < text.size && count < room;) {
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
        if (is_exact(name, quoted)) out[count++] = name;
    }
    return count;
}

bool exact_name_is_in(view text, view name)
{
    for (size_t at = 0; at + name.size <= text.size;) {
        view rest = view_slice(text, at, text.size);
        size_t found = view_find(rest, name);
        if (found >= rest.size) return false;
        size_t end = at + found + name.size;
        bool begins = at + found == 0 || !is_name_byte(text.data[at + found - 1]) ||
                      !is_name_byte(name.data[0]);
        bool ends = end == text.size || !is_name_byte(text.data[end]);
        // "1.2" is not in "11.2" or "1.25", "-x" not in "-xz", and "30" not in "30.5".
        bool goes_on = end + 1 < text.size && text.data[end] == '.' &&
                       is_ascii_digit(text.data[end + 1]) &&
                       is_ascii_digit(name.data[name.size - 1]);
        if (begins && ends && !goes_on) return true;
        at += found + 1;
    }
    return false;
}
