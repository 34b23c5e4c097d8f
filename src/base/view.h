/* view.h - a borrowed run of bytes, mostly text.
 * It is good as long as what it points into; it is not NUL-terminated, and nothing is freed through
 * it. Functions here are pure. */
#ifndef KITH_BASE_VIEW_H
#define KITH_BASE_VIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef struct view {
    const char *data; /* may be NULL only when size is 0 */
    size_t size;      /* bytes */
} view;

#define VIEW(literal) ((view){(literal), sizeof(literal) - 1})
/* For printf: "%.*s", VIEW_ARG(v). Cuts at INT_MAX. */
#define VIEW_ARG(v) (int)((v).size > 0x7fffffff ? 0x7fffffff : (v).size), (v).data ? (v).data : ""

/* Of a C string; NULL gives an empty view. */
static inline view view_of(const char *text)
{
    return (view){text, text ? strlen(text) : 0};
}

/* Bytes [start, end); start <= end <= v.size. */
static inline view view_slice(view v, size_t start, size_t end)
{
    return (view){v.data ? v.data + start : NULL, end - start};
}

static inline bool view_equal(view a, view b)
{
    return a.size == b.size && (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

static inline bool view_starts_with(view v, view prefix)
{
    return v.size >= prefix.size &&
           (prefix.size == 0 || memcmp(v.data, prefix.data, prefix.size) == 0);
}

static inline bool is_ascii_digit(char c)
{
    return c >= '0' && c <= '9';
}

static inline bool is_ascii_capital(char c)
{
    return c >= 'A' && c <= 'Z';
}

/* A blank, \t, \n, \v, \f or \r. */
static inline bool is_ascii_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static inline bool view_has_digit(view v)
{
    for (size_t i = 0; i < v.size; i++)
        if (is_ascii_digit(v.data[i])) return true;
    return false;
}

/* One digit or more, and nothing else. */
bool view_is_digits(view v);
/* Reads all of `digits` as a decimal number. False, with *out untouched: it has no digit, another byte, or is above max. */
bool view_number(view digits, uint64_t max, uint64_t *out);

/* < 0, 0 or > 0: in the order of unsigned bytes; a prefix comes first. */
int view_compare(view a, view b);
/* These four compare ASCII letters without case, all other bytes exactly. */
bool view_equal_nocase(view a, view b);
bool view_starts_with_nocase(view v, view prefix);
bool view_ends_with_nocase(view v, view suffix);
/* True when `v` is one of the texts of the list, which ends with NULL. */
bool view_is_one_of_nocase(view v, const char *const *list);
/* Without leading and trailing ASCII white space. */
view view_trim(view v);
/* The offset of the first `needle`, or v.size when there is none. An empty needle is at 0. */
size_t view_find(view v, view needle);
/* The line that begins at *offset, without its \n; *offset moves behind that, to text.size at the
 * end. *offset <= text.size. */
view view_next_line(view text, size_t *offset);

#endif
