/* number.c - groups of digits and what stands between them, matched against the few known shapes.
 *
 * A span is a list of groups of ASCII letters and digits, each a few bytes, with a separator after
 * each but the last. Whoever recognizes a shape says how many groups it takes. */
#include "text/number.h"

#include "text/unicode.h"

#include <string.h>

enum { GROUPS_MAX = 12, TELEPHONE_LEAST = 7, TELEPHONE_MOST = 15, JOINED_LEAST = 7 };

/* ---- a run ---- */

typedef struct digit_groups {
    view groups[GROUPS_MAX];
    uint32_t separators[GROUPS_MAX]; /* the one before the group; of the first 0 */
    size_t count;
    size_t digits;
} digit_groups;

/* False when the run is not only digits and separators, or has too many groups. */
static bool read_groups(view run, digit_groups *out)
{
    size_t at = 0;
    uint32_t separator = 0;
    *out = (digit_groups){0};
    while (at < run.size) {
        size_t start = at;
        while (at < run.size && is_ascii_digit(run.data[at]))
            at++;
        if (at == start || out->count == GROUPS_MAX) return false;
        out->separators[out->count] = separator;
        out->groups[out->count++] = view_slice(run, start, at);
        out->digits += at - start;
        if (at == run.size) break;
        at += unicode_next(run.data + at, &separator);
        if (separator == 0x2019) separator = '\'';
        if (separator != '.' && separator != ',' && separator != '\'') return false;
    }
    return true;
}

/* Groups 1 to `end` - 1 are thousands after the same separator: three digits each, or, as in India,
 * two but for the last, which has three. */
static bool are_thousands(const digit_groups *g, size_t end)
{
    if (end < 2 || g->groups[0].size > 3 || *g->groups[0].data == '0') return false;
    bool by_three = true, by_two = g->groups[0].size < 3 && end > 2;
    for (size_t i = 1; i < end; i++) {
        if (g->separators[i] != g->separators[1]) return false;
        by_three = by_three && g->groups[i].size == 3;
        by_two = by_two && g->groups[i].size == (i + 1 == end ? 3U : 2U) && g->separators[i] == ',';
    }
    return by_three || by_two;
}

/* Appends groups [from, to). */
static size_t append_groups(const digit_groups *g, size_t from, size_t to, char *out, size_t size)
{
    for (size_t i = from; i < to; i++) {
        memcpy(out + size, g->groups[i].data, g->groups[i].size);
        size += g->groups[i].size;
    }
    return size;
}

number_forms number_read(view run)
{
    digit_groups g;
    number_forms f = {.main_size = 0};
    if (run.size >= NUMBER_MAX_BYTES || !read_groups(run, &g) || g.count < 2) return f;
    size_t last = g.count - 1;
    bool has_decimals =
        g.separators[last] != '\'' &&
        (last == 1 || (are_thousands(&g, last) && g.separators[last] != g.separators[1]));
    if (are_thousands(&g, g.count) && (g.count > 2 || g.separators[1] == '\'')) {
        f.main_size = append_groups(&g, 0, g.count, f.main, 0);
    } else if (has_decimals) {
        f.main_size = append_groups(&g, 0, last, f.main, 0);
        f.main[f.main_size++] = '.';
        f.main_size = append_groups(&g, last, g.count, f.main, f.main_size);
        f.is_comma_read = last == 1 && g.separators[1] == ',';
        if (last == 1 && are_thousands(&g, 2))
            f.other_size = append_groups(&g, 0, g.count, f.other, 0);
    } else if (g.digits >= JOINED_LEAST) {
        f.other_size = append_groups(&g, 0, g.count, f.other, 0);
    }
    return f;
}

/* ---- a span ---- */

typedef struct span {
    view groups[GROUPS_MAX];
    uint32_t separators[GROUPS_MAX]; /* the one before the group; of the first 0 */
    size_t count;
} span;

/* A space that may stand within a number. */
static bool is_space(uint32_t c)
{
    return c == ' ' || c == 0xA0 || c == 0x202F || c == 0x2009;
}

/* Reads what separates two groups at `at`; *separator is its weightiest character: a space only
 * when there is nothing else. Returns `at` when no group follows. */
static size_t skip_separator(view text, size_t at, uint32_t *separator)
{
    size_t end = at;
    *separator = 0;
    for (int i = 0; i < 2 && end < text.size; i++) {
        uint32_t c;
        size_t length = unicode_next(text.data + end, &c);
        bool is_mark = c == '-' || c == '.' || c == '/' || c == ':' || c == '(' || c == ')' ||
                       c == 0x2010 || c == 0x2011 || c == 0x2013;
        if (!is_space(c) && !is_mark) break;
        if (is_mark || *separator == 0) *separator = is_space(c) ? ' ' : c;
        end += length;
    }
    return end < text.size && (is_ascii_digit(text.data[end]) || is_ascii_capital(text.data[end]))
               ? end
               : at;
}

static void read_span(view text, size_t start, span *out)
{
    size_t at = start;
    uint32_t separator = 0;
    *out = (span){.count = 0};
    while (out->count < GROUPS_MAX && at - start < NUMBER_SPAN_BYTES) {
        size_t from = at;
        while (at < text.size && at - from < 16 &&
               (is_ascii_digit(text.data[at]) || is_ascii_capital(text.data[at])))
            at++;
        uint32_t c = 0;
        if (at < text.size) unicode_next(text.data + at, &c);
        bool is_whole = at > from && c < 0x80 && !(c >= 'a' && c <= 'z') &&
                        !is_ascii_digit((char)c) && !is_ascii_capital((char)c) && c != '_';
        if (!is_whole && !is_space(c) && c < 0x2010) return;
        out->separators[out->count] = separator;
        out->groups[out->count++] = view_slice(text, from, at);
        size_t next = skip_separator(text, at, &separator);
        if (next == at) return;
        at = next;
    }
}

static size_t digits_of(view group)
{
    for (size_t i = 0; i < group.size; i++)
        if (!is_ascii_digit(group.data[i])) return 0;
    return group.size;
}

/* So many groups from the first are of these sizes, digits alone, with one of `marks` between. */
static bool has_sizes(const span *s, const char *sizes, const char *marks)
{
    size_t count = strlen(sizes);
    if (s->count < count) return false;
    for (size_t i = 0; i < count; i++)
        if (digits_of(s->groups[i]) != (size_t)(sizes[i] - '0') ||
            (i > 0 && (s->separators[i] > 0x7F || !strchr(marks, (int)s->separators[i]))))
            return false;
    return true;
}

/* 7 654 321 */
static size_t thousands(const span *s)
{
    if (s->count < 2 || digits_of(s->groups[0]) == 0 || s->groups[0].size > 3 ||
        *s->groups[0].data == '0')
        return 0;
    size_t count = 1;
    while (count < s->count && digits_of(s->groups[count]) == 3 && s->separators[count] == ' ')
        count++;
    return count > 1 ? count : 0;
}

/* Behind + or (, or with a 0 in front. */
static size_t telephone(const span *s, bool is_marked)
{
    size_t count = 0, digits = 0;
    if (!is_marked && (s->count == 0 || *s->groups[0].data != '0')) return 0;
    while (count < s->count && digits_of(s->groups[count]) > 0 && s->separators[count] != ':' &&
           digits + s->groups[count].size <= TELEPHONE_MOST)
        digits += s->groups[count++].size;
    return count > 1 && digits >= TELEPHONE_LEAST ? count : 0;
}

/* 13 digits, 978 or 979 first. */
static size_t isbn(const span *s)
{
    size_t count = 0, digits = 0;
    if (s->count < 2 ||
        (!view_equal(s->groups[0], VIEW("978")) && !view_equal(s->groups[0], VIEW("979"))))
        return 0;
    while (count < s->count && digits < 13 && digits_of(s->groups[count]) > 0)
        digits += s->groups[count++].size;
    return digits == 13 ? count : 0;
}

static size_t iban(const span *s)
{
    if (s->count < 4 || s->groups[0].size != 4 || !is_ascii_capital(s->groups[0].data[0]) ||
        !is_ascii_capital(s->groups[0].data[1]) || digits_of(view_slice(s->groups[0], 2, 4)) == 0)
        return 0;
    size_t count = 1;
    while (count < s->count && s->separators[count] == ' ' && s->groups[count].size == 4)
        count++;
    if (count < s->count && count >= 3 && s->separators[count] == ' ' &&
        s->groups[count].size < 4 && digits_of(s->groups[count]) > 0)
        count++;
    return count >= 4 ? count : 0;
}

/* Six pairs of hexadecimal digits. */
static size_t mac(const span *s)
{
    if (s->count != 6) return 0;
    for (size_t i = 0; i < 6; i++) {
        if (s->groups[i].size != 2 || (i > 0 && s->separators[i] != ':' && s->separators[i] != '-'))
            return 0;
        for (size_t k = 0; k < 2; k++)
            if (!is_ascii_digit(s->groups[i].data[k]) && s->groups[i].data[k] > 'F') return 0;
    }
    return 6;
}

size_t number_in_groups(view text, size_t start, char out[NUMBER_MAX_BYTES], size_t *size)
{
    span s;
    char before = start > 0 ? text.data[start - 1] : ' ';
    if (is_ascii_digit(before) || before == '.' || before == ',') return start;
    read_span(text, start, &s);
    if (s.count < 2) return start;
    size_t count = mac(&s);
    if (count == 0) count = iban(&s);
    if (count == 0) count = isbn(&s);
    if (count == 0) count = telephone(&s, before == '+' || before == '(');
    if (count == 0 && has_sizes(&s, "334", " -.")) count = 3;
    if (count == 0 && has_sizes(&s, "4444", " -")) count = 4;
    if (count == 0) count = thousands(&s);
    *size = 0;
    for (size_t i = 0; i < count; i++) {
        if (*size + s.groups[i].size > NUMBER_MAX_BYTES) return start;
        memcpy(out + *size, s.groups[i].data, s.groups[i].size);
        *size += s.groups[i].size;
    }
    return count ? (size_t)(s.groups[count - 1].data - text.data) + s.groups[count - 1].size
                 : start;
}

bool number_is_telephone(view text, size_t plus)
{
    size_t digits = 0, end = plus + 1 + NUMBER_SPAN_BYTES;
    for (size_t i = plus + 1; i < text.size && i < end; i++) {
        if (is_ascii_digit(text.data[i]))
            digits++;
        else if (!memchr(" -/().", text.data[i], 6))
            break;
    }
    return digits >= TELEPHONE_LEAST;
}
