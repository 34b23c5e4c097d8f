/* json_repair.c - one pass over the bytes, which knows strings and comments and no grammar. */
#include "extract/json_repair.h"

#include "base/hex.h"

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static size_t skip_space(view text, size_t at)
{
    while (at < text.size && is_space(text.data[at]))
        at++;
    return at;
}

/* Behind the string that begins at `at`; the text's end when it does not end. */
static size_t skip_string(view text, size_t at)
{
    for (at++; at < text.size; at++) {
        if (text.data[at] == '\\')
            at++;
        else if (text.data[at] == '"')
            return at + 1;
    }
    return text.size;
}

/* ---- repairs ---- */

typedef struct repairing {
    view text;
    char *out; /* [repaired_max] */
    size_t at, size;
    json_repairs *found;
} repairing;

static void put(repairing *r, view bytes)
{
    memcpy(r->out + r->size, bytes.data, bytes.size);
    r->size += bytes.size;
}

/* The code unit of the escape "\uXXXX" at `at`; -1 when there is none. */
static int escaped_unit(view text, size_t at)
{
    int unit = 0;
    if (text.size - at < 6 || text.data[at] != '\\' || text.data[at + 1] != 'u') return -1;
    for (size_t i = at + 2; i < at + 6; i++) {
        int digit = hex_digit(text.data[i]);
        if (digit < 0) return -1;
        unit = unit * 16 + digit;
    }
    return unit;
}

/* The escape at r->at. */
static void put_escape(repairing *r)
{
    int unit = escaped_unit(r->text, r->at);
    size_t bytes = unit >= 0 ? 6 : r->text.size - r->at < 2 ? 1 : 2;
    if (unit >= 0xD800 && unit < 0xDC00) {
        int second = r->text.size - r->at >= 12 ? escaped_unit(r->text, r->at + 6) : -1;
        if (second >= 0xDC00 && second < 0xE000) {
            bytes = 12;
            unit = -1;
        }
    }
    bool is_half = unit >= 0xD800 && unit < 0xE000;
    put(r, is_half ? VIEW("\\ufffd") : view_slice(r->text, r->at, r->at + bytes));
    r->found->lone_surrogates += is_half;
    r->at += bytes;
}

static void put_control(repairing *r, char c)
{
    static const char DIGITS[] = "0123456789abcdef";
    char escape[6] = {'\\', 'u', '0', '0', DIGITS[c >> 4], DIGITS[c & 15]};
    put(r, (view){escape, sizeof escape});
}

static void put_string(repairing *r)
{
    put(r, VIEW("\""));
    for (r->at++; r->at < r->text.size && r->text.data[r->at] != '"';) {
        char c = r->text.data[r->at];
        if (c == '\\') {
            put_escape(r);
        } else {
            if ((unsigned char)c < 0x20)
                put_control(r, c);
            else
                put(r, (view){&c, 1});
            r->at++;
        }
    }
    if (r->at == r->text.size) return;
    put(r, VIEW("\""));
    r->at++;
}

/* Skips a comment at `at`; returns where it ends, `at` when there is none. */
static size_t skip_comment(view text, size_t at)
{
    view rest = view_slice(text, at, text.size);
    if (view_starts_with(rest, VIEW("//"))) return at + view_find(rest, VIEW("\n"));
    if (!view_starts_with(rest, VIEW("/*"))) return at;
    view inside = view_slice(rest, 2, rest.size);
    size_t end = view_find(inside, VIEW("*/"));
    return end == inside.size ? text.size : at + 2 + end + 2;
}

static size_t skip_space_and_comments(view text, size_t at)
{
    for (size_t before = SIZE_MAX; before != at;) {
        before = at;
        at = skip_comment(text, skip_space(text, at));
    }
    return at;
}

/* ---- numbers ---- */

enum {
    LARGE_MIN_DIGITS = 19,   // of a whole number beyond int64
    EXPONENT_MAX_DIGITS = 5, // of an exponent that is counted; longer ones are large
    LARGE_EXPONENT = 300     // about where double ends
};

/* True for a number that cannot be held as it is written: a whole one beyond int64, or one with an
 * exponent near the end of double. */
static bool is_large_number(view word)
{
    bool is_negative = word.size && word.data[0] == '-';
    const char *max = is_negative ? "9223372036854775808" : "9223372036854775807";
    if (is_negative) word = view_slice(word, 1, word.size);
    size_t digits = 0;
    while (digits < word.size && is_ascii_digit(word.data[digits]))
        digits++;
    if (digits == word.size)
        return digits > LARGE_MIN_DIGITS ||
               (digits == LARGE_MIN_DIGITS && memcmp(word.data, max, digits) > 0);
    size_t i = digits;
    if (digits == 0 || word.data[0] == '0') return false;
    if (word.data[i] == '.')
        for (i++; i < word.size && is_ascii_digit(word.data[i]);)
            i++;
    if (i == word.size || (word.data[i] | 0x20) != 'e') return false;
    i++;
    if (i < word.size && word.data[i] == '+') i++;
    uint32_t exponent = 0;
    if (i == word.size || word.size - i > EXPONENT_MAX_DIGITS) return false;
    for (; i < word.size; i++) {
        if (!is_ascii_digit(word.data[i])) return false;
        exponent = exponent * 10 + (uint32_t)(word.data[i] - '0');
    }
    return exponent >= LARGE_EXPONENT;
}

/* True when a whole number that would be rounded may stand in the text; in a string too, which costs a
 * repair of nothing. Each run of so many digits has one where this looks. */
static bool may_have_large_number(view text)
{
    for (size_t i = LARGE_MIN_DIGITS - 1; i < text.size; i += LARGE_MIN_DIGITS) {
        size_t start = i, end = i;
        if (!is_ascii_digit(text.data[i])) continue;
        while (start > 0 && is_ascii_digit(text.data[start - 1]))
            start--;
        while (end < text.size && is_ascii_digit(text.data[end]))
            end++;
        bool is_quoted = start > 0 && text.data[start - 1] == '"';
        if (!is_quoted && is_large_number(view_slice(text, start, end))) return true;
        if (end > i) i = end - 1;
    }
    return false;
}

/* True when a number may stand in the text whose last decimal is a zero, as in prices: "19.90". */
static bool may_have_zeros(view text)
{
    for (size_t i = 1; i < text.size; i++) {
        const char *point = memchr(text.data + i, '.', text.size - i);
        if (!point) break;
        i = (size_t)(point - text.data);
        if (!is_ascii_digit(text.data[i - 1])) continue;
        size_t end = i + 1;
        while (end < text.size && is_ascii_digit(text.data[end]))
            end++;
        if (end - i > 2 && text.data[end - 1] == '0') return true;
    }
    return false;
}

static kith_status parse_text(view text, arena *a, const json_value **out, kith_error *err)
{
    return may_have_zeros(text) ? json_parse_written(text, SIZE_MAX, a, out, err)
                                : json_parse(text, SIZE_MAX, a, out, err);
}

/* A word outside of strings: null for those that stand for no number, and a large number in quotes. */
static void put_word(repairing *r)
{
    static const char *const NO_NUMBERS[] = {"NaN",       "nan",  "Infinity", "-Infinity", "-NaN",
                                             "undefined", "None", "inf",      "-inf",      NULL};
    size_t start = r->at;
    while (r->at < r->text.size && !is_space(r->text.data[r->at]) &&
           !strchr("{}[],:\"/", r->text.data[r->at]))
        r->at++;
    if (r->at == start) r->at++; // a slash that begins no comment
    view word = view_slice(r->text, start, r->at);
    for (size_t i = 0; NO_NUMBERS[i]; i++)
        if (view_equal(word, view_of(NO_NUMBERS[i]))) {
            r->found->not_numbers++;
            word = VIEW("null");
            break;
        }
    bool is_large = is_large_number(word);
    if (is_large) put(r, VIEW("\""));
    put(r, word);
    if (is_large) put(r, VIEW("\""));
}

/* What a repaired text takes at most: a control character becomes six bytes, a word of three, of which
 * one stands in four bytes at most, "null", and a large number, of five bytes or more ("1e300"), has
 * two quotes. */
static size_t repaired_max(view text)
{
    size_t controls = 0;
    for (size_t i = 0; i < text.size; i++)
        controls += (unsigned char)text.data[i] < 0x20;
    return text.size + text.size / 2 + 5 * controls + 8;
}

kith_status json_repair(view text, arena *a, view *out, json_repairs *found, kith_error *err)
{
    *found = (json_repairs){0};
    repairing r = {.text = text, .out = arena_new(a, repaired_max(text)), .found = found};
    if (!r.out) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for JSON");
    while ((r.at = skip_space_and_comments(text, r.at)) < text.size) {
        char c = text.data[r.at];
        if (c == '"') {
            put_string(&r);
        } else if (c == ',') {
            size_t next = skip_space_and_comments(text, r.at + 1);
            bool is_last = next < text.size && (text.data[next] == ']' || text.data[next] == '}');
            if (!is_last) put(&r, VIEW(","));
            r.at++;
        } else if (strchr("{}[]:", c)) {
            put(&r, (view){&c, 1});
            r.at++;
        } else {
            put_word(&r);
        }
        if (r.at < text.size && is_space(text.data[r.at])) put(&r, VIEW(" "));
    }
    *out = (view){r.out, r.size};
    return KITH_OK;
}

static kith_status parse_repair(view text, arena *a, const json_value **out, json_repairs *found,
                                kith_error *err)
{
    view repaired = {0};
    kith_status status = json_repair(text, a, &repaired, found, err);
    return status == KITH_OK ? parse_text(repaired, a, out, err) : status;
}

kith_status json_parse_repaired(view text, arena *a, const json_value **out, json_repairs *found,
                                kith_error *err)
{
    json_repairs ignored;
    if (!found) found = &ignored;
    *found = (json_repairs){0};
    bool is_large = may_have_large_number(text);
    if (is_large && parse_repair(text, a, out, found, NULL) == KITH_OK) return KITH_OK;
    kith_status status = parse_text(text, a, out, err);
    if (status != KITH_ERR_FORMAT) return status;
    if (!is_large) status = parse_repair(text, a, out, found, NULL);
    if (status != KITH_OK && err) err->code = status;
    return status;
}

/* ---- pieces ---- */

/* Behind the value that begins at `at`: at the comma or bracket that ends it, or behind its last
 * bracket or quote. */
static size_t skip_value(view text, size_t at)
{
    size_t depth = 0;
    while (at < text.size) {
        char c = text.data[at];
        if (c == '"') {
            at = skip_string(text, at);
            if (depth == 0) return at;
            continue;
        }
        if (depth == 0 && (c == ',' || c == ']' || c == '}' || is_space(c))) return at;
        depth += c == '{' || c == '[';
        at++;
        if ((c == '}' || c == ']') && --depth == 0) return at;
    }
    return at;
}

/* Where the first list of objects among the members of an object begins: its "["; text.size: none. */
static size_t find_list(view text, size_t at)
{
    for (at++; (at = skip_space(text, at)) < text.size && text.data[at] == '"';) {
        at = skip_space(text, skip_string(text, at));
        if (at == text.size || text.data[at] != ':') return text.size;
        at = skip_space(text, at + 1);
        if (at < text.size && text.data[at] == '[') {
            size_t inside = skip_space(text, at + 1);
            if (inside < text.size && text.data[inside] == '{') return at;
        }
        at = skip_space(text, skip_value(text, at));
        if (at < text.size && text.data[at] == ',') at++;
    }
    return text.size;
}

json_pieces json_pieces_of(view text)
{
    size_t at = skip_space(text, 0);
    if (at < text.size && text.data[at] == '[') return (json_pieces){text, at + 1, true};
    if (at < text.size && text.data[at] == '{') {
        size_t list = find_list(text, at);
        if (list < text.size) return (json_pieces){text, list + 1, true};
    }
    return (json_pieces){text, at, false};
}

bool json_pieces_next(json_pieces *p, view *piece)
{
    view text = p->text;
    size_t at = skip_space(text, p->at);
    while (at < text.size && text.data[at] == ',')
        at = skip_space(text, at + 1);
    if (at == text.size || (p->in_list && text.data[at] == ']')) return false;
    size_t end = skip_value(text, at);
    if (end == at) end++; // a bracket that closes nothing
    p->at = end;
    *piece = view_slice(text, at, end);
    return true;
}

bool json_is_balanced(view text)
{
    size_t depth = 0;
    for (size_t at = 0; at < text.size; at++) {
        char c = text.data[at];
        if (c == '"') {
            size_t end = skip_string(text, at);
            if (text.data[end - 1] != '"' || end == at + 1) return false;
            at = end - 1;
            continue;
        }
        depth += c == '{' || c == '[';
        if ((c == '}' || c == ']') && depth-- == 0) return false;
    }
    return depth == 0;
}
