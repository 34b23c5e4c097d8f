/* json_place.c - see json_place.h.
 * One pass, without recursion: of the arrays and objects that are open only their kind is kept, a
 * bit each, and the state is what may come next. */
#include "base/json_place.h"

#include "base/json.h"
#include "base/utf8.h"

#include <string.h>

typedef enum state {
    VALUE,        /* a value must come */
    VALUE_OR_END, /* the first element, or the end of the array */
    KEY,          /* a key must come */
    KEY_OR_END,   /* the first key, or the end of the object */
    COLON,        /* between key and value */
    AFTER_VALUE   /* ',', the end of what is open, or of the text */
} state;

typedef struct scanner {
    view text;
    size_t at;
    uint64_t is_object; /* of what is open, the innermost in bit 0 */
    unsigned depth;     /* <= JSON_MAX_DEPTH */
    state next;
    const char *wrong; /* NULL: nothing so far */
} scanner;

_Static_assert(JSON_MAX_DEPTH <= 64, "a bit for each level");

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* The byte at s->at; NUL at the end, which no place of the grammar allows. */
static char peek(const scanner *s)
{
    return s->at < s->text.size ? s->text.data[s->at] : '\0';
}

static bool take(scanner *s, char c)
{
    if (peek(s) != c || s->at == s->text.size) return false;
    s->at++;
    return true;
}

static bool fail_here(scanner *s, const char *wrong)
{
    s->wrong = wrong;
    return false;
}

/* Four hexadecimal digits; UINT32_MAX when they are not there. */
static uint32_t take_hexadecimal(scanner *s)
{
    static const char digits[] = "0123456789abcdef";
    uint32_t value = 0;
    for (int i = 0; i < 4; i++, s->at++) {
        char c = peek(s);
        const char *digit = c ? strchr(digits, c >= 'A' && c <= 'F' ? c - 'A' + 'a' : c) : NULL;
        if (!digit) return UINT32_MAX;
        value = value * 16 + (uint32_t)(digit - digits);
    }
    return value;
}

/* Behind the backslash. */
static bool skip_escape(scanner *s)
{
    if (!take(s, 'u')) {
        if (!peek(s) || !strchr("\"\\/bfnrt", peek(s)))
            return fail_here(s, "no such escape in a string");
        s->at++;
        return true;
    }
    uint32_t first = take_hexadecimal(s);
    if (first == UINT32_MAX) return fail_here(s, "four hexadecimal digits are expected after \\u");
    if (first < 0xD800 || first > 0xDFFF) return true;
    bool is_pair = first < 0xDC00 && take(s, '\\') && take(s, 'u');
    uint32_t second = is_pair ? take_hexadecimal(s) : 0;
    return (second >= 0xDC00 && second <= 0xDFFF) ||
           fail_here(s, "half of a surrogate pair in an escape");
}

/* Behind the opening quote. */
static bool skip_string(scanner *s)
{
    size_t start = s->at - 1;
    while (s->at < s->text.size) {
        unsigned char c = (unsigned char)s->text.data[s->at];
        if (c == '"') {
            s->at++;
            return true;
        }
        if (c < 0x20) return fail_here(s, "a control character in a string must be an escape");
        s->at++;
        if (c == '\\' && !skip_escape(s)) return false;
    }
    s->at = start;
    return fail_here(s, "a string begins that does not end");
}

static size_t skip_digits(scanner *s)
{
    size_t start = s->at;
    while (is_digit(peek(s)))
        s->at++;
    return s->at - start;
}

/* RFC 8259, 6. One that no double can hold is refused by simdjson, too. */
static bool skip_number(scanner *s)
{
    enum { DIGITS_MAX = 309 /* of the largest double */ };
    size_t start = s->at;
    (void)take(s, '-');
    bool is_zero = peek(s) == '0';
    size_t whole = skip_digits(s);
    bool is_fine = whole > 0 && !(is_zero && whole > 1);
    if (take(s, '.')) is_fine = skip_digits(s) > 0 && is_fine;
    size_t exponent = 0;
    if (is_fine && (take(s, 'e') || take(s, 'E'))) {
        bool is_negative = take(s, '-');
        if (!is_negative) (void)take(s, '+');
        is_fine = is_digit(peek(s));
        for (; is_digit(peek(s)); s->at++)
            if (exponent <= DIGITS_MAX) exponent = exponent * 10 + (size_t)(peek(s) - '0');
        if (is_negative) exponent = 0;
    }
    bool is_too_large = is_fine && whole + exponent > DIGITS_MAX;
    if (is_fine && !is_too_large) return true;
    s->at = start;
    return fail_here(s, is_too_large ? "a number is too large" : "a number is malformed");
}

static bool skip_name(scanner *s, view name)
{
    if (!view_starts_with(view_slice(s->text, s->at, s->text.size), name))
        return fail_here(s, "a value is expected: a string, a number, an object, an array, true, "
                            "false or null");
    s->at += name.size;
    return true;
}

static bool begin_level(scanner *s, bool is_object)
{
    if (s->depth == JSON_MAX_DEPTH) return false;
    s->at++;
    s->depth++;
    s->is_object = s->is_object << 1 | (is_object ? 1 : 0);
    s->next = is_object ? KEY_OR_END : VALUE_OR_END;
    return true;
}

static void end_level(scanner *s)
{
    s->at++;
    s->depth--;
    s->is_object >>= 1;
    s->next = AFTER_VALUE;
}

static bool scan_value(scanner *s)
{
    char c = peek(s);
    if (c == '{' || c == '[') return begin_level(s, c == '{');
    s->next = AFTER_VALUE;
    if (take(s, '"')) return skip_string(s);
    if (c == '-' || is_digit(c)) return skip_number(s);
    return skip_name(s, c == 't' ? VIEW("true") : c == 'f' ? VIEW("false") : VIEW("null"));
}

static bool scan_key(scanner *s)
{
    if (!take(s, '"')) return fail_here(s, "a key in double quotes is expected");
    s->next = COLON;
    return skip_string(s);
}

static bool scan_after_value(scanner *s)
{
    bool is_object = s->is_object & 1;
    if (s->depth == 0) return fail_here(s, "nothing may follow the value");
    if (peek(s) == (is_object ? '}' : ']')) {
        end_level(s);
        return true;
    }
    if (!take(s, ','))
        return fail_here(s, is_object ? "',' or '}' is expected" : "',' or ']' is expected");
    s->next = is_object ? KEY : VALUE;
    return true;
}

/* One token. False: a mistake, or too deep. */
static bool scan(scanner *s)
{
    bool ends =
        (s->next == KEY_OR_END && peek(s) == '}') || (s->next == VALUE_OR_END && peek(s) == ']');
    if (ends) {
        end_level(s);
        return true;
    }
    switch (s->next) {
    case VALUE:
    case VALUE_OR_END:
        return scan_value(s);
    case KEY:
    case KEY_OR_END:
        return scan_key(s);
    case COLON:
        s->next = VALUE;
        return take(s, ':') || fail_here(s, "':' is expected");
    case AFTER_VALUE:
        break;
    }
    return scan_after_value(s);
}

static void count_place(view text, size_t at, json_place *out)
{
    size_t line_start = 0;
    out->line = 1;
    for (size_t i = 0; i < at; i++) {
        if (text.data[i] != '\n') continue;
        out->line++;
        line_start = i + 1;
    }
    out->column = 1 + utf8_count(view_slice(text, line_start, at));
    out->is_end = at == text.size;
}

bool json_find_mistake(view text, json_place *out)
{
    scanner s = {.text = text};
    size_t invalid = utf8_find_invalid(text);
    if (invalid < text.size) {
        s.at = invalid;
        s.wrong = "this is no UTF-8";
    }
    while (!s.wrong) {
        while (is_space(peek(&s)))
            s.at++;
        if (s.at == text.size && s.depth == 0 && s.next == AFTER_VALUE) break;
        if (!scan(&s)) break;
    }
    if (!s.wrong) return false;
    *out = (json_place){.wrong = s.wrong};
    count_place(text, s.at, out);
    return true;
}
