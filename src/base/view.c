/* view.c - comparing and searching borrowed bytes. */
#include "base/view.h"

#include "base/size.h"

bool view_is_digits(view v)
{
    for (size_t i = 0; i < v.size; i++)
        if (!is_ascii_digit(v.data[i])) return false;
    return v.size > 0;
}

bool view_number(view digits, uint64_t max, uint64_t *out)
{
    uint64_t value = 0;
    for (size_t i = 0; i < digits.size; i++)
        if (!is_ascii_digit(digits.data[i]) || __builtin_mul_overflow(value, 10u, &value) ||
            __builtin_add_overflow(value, (uint64_t)(digits.data[i] - '0'), &value))
            return false;
    if (digits.size == 0 || value > max) return false;
    *out = value;
    return true;
}

int view_compare(view a, view b)
{
    size_t shared = size_min(a.size, b.size);
    int order = shared ? memcmp(a.data, b.data, shared) : 0;
    if (order != 0) return order;
    return a.size < b.size ? -1 : a.size > b.size;
}

static char ascii_lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

bool view_equal_nocase(view a, view b)
{
    if (a.size != b.size) return false;
    for (size_t i = 0; i < a.size; i++)
        if (ascii_lower(a.data[i]) != ascii_lower(b.data[i])) return false;
    return true;
}

bool view_starts_with_nocase(view v, view prefix)
{
    return v.size >= prefix.size && view_equal_nocase(view_slice(v, 0, prefix.size), prefix);
}

bool view_ends_with_nocase(view v, view suffix)
{
    return v.size >= suffix.size &&
           view_equal_nocase(view_slice(v, v.size - suffix.size, v.size), suffix);
}

bool view_is_one_of_nocase(view v, const char *const *list)
{
    for (; *list; list++)
        if (view_equal_nocase(v, view_of(*list))) return true;
    return false;
}

view view_trim(view v)
{
    size_t start = 0, end = v.size;
    while (start < end && is_ascii_space(v.data[start]))
        start++;
    while (end > start && is_ascii_space(v.data[end - 1]))
        end--;
    return view_slice(v, start, end);
}

size_t view_find(view v, view needle)
{
    if (needle.size == 0) return 0;
    const char *found = v.size ? memmem(v.data, v.size, needle.data, needle.size) : NULL;
    return found ? (size_t)(found - v.data) : v.size;
}

view view_next_line(view text, size_t *offset)
{
    view rest = view_slice(text, *offset, text.size);
    size_t end = view_find(rest, VIEW("\n"));
    *offset += end < rest.size ? end + 1 : end;
    return view_slice(rest, 0, end);
}
