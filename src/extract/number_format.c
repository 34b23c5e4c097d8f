/* number_format.c - a section is read into parts: literal texts, places for digits, and marks
 * (point, percent, exponent, slash). Digits are put into their places from the point outwards, so
 * that literals between places ("000-00-0000") come out where they stand. Spaces that only align
 * ("_)", "* ") are left out, and what is left is trimmed. */
#include "extract/number_format.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

typedef enum part_kind {
    PART_LITERAL,
    PART_DIGIT, /* 0, # or ? */
    PART_POINT,
    PART_VALUE, /* General: all of the number */
    PART_EXPONENT,
    PART_SLASH
} part_kind;

typedef struct part {
    part_kind kind;
    char digit;       // of PART_DIGIT; of PART_EXPONENT its sign
    view text;        // of PART_LITERAL
    bool in_fraction; // of PART_DIGIT: behind the point
} part;

typedef struct parsed {
    part parts[FORMAT_MAX_PARTS];
    uint32_t count;
    uint32_t whole, decimals, decimals_needed; // places before and behind the point; with 0
    uint32_t whole_needed;
    uint32_t percents, thousands_left_out;
    bool has_point, groups, has_exponent, has_slash, has_general;
    bool fits;
} parsed;

/* Bytes of the quoted text, bracket, escape or single byte at code[i]. */
static size_t unit_at(view code, size_t i)
{
    char c = code.data[i], closes = c == '"' ? '"' : c == '[' ? ']' : 0;
    size_t end = i + 1;
    if (closes) {
        while (end < code.size && code.data[end] != closes)
            end++;
        return (end < code.size ? end + 1 : end) - i;
    }
    if ((c == '\\' || c == '_' || c == '*') && end < code.size) {
        end++;
        while (end < code.size && ((unsigned char)code.data[end] & 0xC0) == 0x80)
            end++; // the rest of a character
    }
    return end - i;
}

static uint32_t split(view code, view *sections)
{
    uint32_t count = 0;
    size_t start = 0;
    for (size_t i = 0; i < code.size; i += unit_at(code, i))
        if (code.data[i] == ';' && count + 1 < FORMAT_MAX_SECTIONS) {
            sections[count++] = view_slice(code, start, i);
            start = i + 1;
        }
    sections[count++] = view_slice(code, start, code.size);
    return count;
}

/* ---- conditions ---- */

typedef struct condition {
    bool is_set;
    char operator[2];
    double bound;
} condition;

/* "[>=100]" in the section. */
static condition condition_of(view section)
{
    condition found = {0};
    for (size_t i = 0, size; i < section.size; i += size) {
        size = unit_at(section, i);
        if (section.data[i] != '[' || size < 4 || !strchr("<>=", section.data[i + 1])) continue;
        size_t at = i + 1;
        found.operator[0] = section.data[at++];
        if (section.data[at] == '=' || section.data[at] == '>')
            found.operator[1] = section.data[at++];
        double sign = section.data[at] == '-' ? -1 : 1, scale = 0;
        if (section.data[at] == '-') at++;
        for (; at < i + size - 1; at++) {
            char c = section.data[at];
            if (c == '.') scale = 1;
            if (!is_ascii_digit(c)) continue;
            found.bound = found.bound * 10 + (c - '0');
            scale *= 10;
        }
        found.bound = sign * found.bound / (scale > 0 ? scale : 1);
        found.is_set = true;
        return found;
    }
    return found;
}

static bool holds(condition c, double number)
{
    bool equal = number == c.bound;
    if (c.operator[0] == '=') return equal;
    if (c.operator[0] == '<' && c.operator[1] == '>') return !equal;
    bool beyond = c.operator[0] == '<' ? number < c.bound : number> c.bound;
    return beyond || (c.operator[1] == '=' && equal);
}

static bool is_text_section(view section)
{
    for (size_t i = 0; i < section.size; i += unit_at(section, i))
        if (section.data[i] == '@') return true;
    return false;
}

view format_section(view code, double number, bool *absolute)
{
    view sections[FORMAT_MAX_SECTIONS];
    uint32_t count = split(code, sections);
    *absolute = false;
    if (count > 1 && count < 4 && is_text_section(sections[count - 1])) count--;
    if (count == 4) count = 3;
    condition first = condition_of(sections[0]), second = {0};
    if (count > 1) second = condition_of(sections[1]);
    if (!first.is_set && !second.is_set) {
        bool negative = number < 0;
        if (count == 1 || (!negative && (number > 0 || count < 3))) return sections[0];
        *absolute = negative;
        return sections[negative ? 1 : 2];
    }
    if (first.is_set ? holds(first, number) : number > 0) return sections[0];
    if (count == 1) return (view){code.data, 0};
    bool takes_second = second.is_set ? holds(second, number) : number < 0 || count == 2;
    *absolute = takes_second && number < 0 && !second.is_set && count > 2;
    return takes_second || count == 2 ? sections[1] : sections[2];
}

view format_text_section(view code, bool *hides)
{
    view sections[FORMAT_MAX_SECTIONS];
    uint32_t count = split(code, sections);
    *hides = count == 4 && sections[3].size == 0;
    view last = sections[count - 1];
    return is_text_section(last) ? last : (view){code.data, 0};
}

/* ---- kinds ---- */

static bool is_general(view section, size_t i)
{
    view word = VIEW("General");
    return i + word.size <= section.size &&
           view_equal_nocase(view_slice(section, i, i + word.size), word);
}

/* What a section's letters ask for. */
typedef struct letters {
    bool day, month, year, clock, duration, percent, text, general, digits, others;
} letters;

static void note_bracket(view bracket, letters *l)
{
    if (bracket.size < 3) return;
    char first = (char)(bracket.data[1] | 0x20);
    char last = (char)(bracket.data[bracket.size - 2] | 0x20);
    l->duration |= first == last && (first == 'h' || first == 'm' || first == 's');
}

static void note_letter(char c, letters *l)
{
    char lower = (char)(c | 0x20);
    if (c == '0' || c == '#' || c == '?') {
        l->digits = true;
    } else if (c == '%') {
        l->percent = true;
    } else if (c == '@') {
        l->text = true;
    } else if (!l->digits) { // letters behind digits are none of a date
        l->year |= lower == 'y' || lower == 'e' || lower == 'g' || lower == 'b';
        l->day |= lower == 'd' || lower == 'a';
        l->month |= lower == 'm';
        l->clock |= lower == 'h' || lower == 's';
    }
}

section_kind format_section_kind(view section)
{
    letters l = {0};
    for (size_t i = 0, size; i < section.size; i += size) {
        size = unit_at(section, i);
        char c = section.data[i];
        if (c == '[') {
            note_bracket(view_slice(section, i, i + size), &l);
            l.others |= size > 2 && section.data[i + 1] == '$' && section.data[i + 2] != '-';
        } else if (is_general(section, i)) {
            l.general = true;
            size = sizeof "General" - 1;
        } else if (size == 1) {
            // "aaa" is a day of the week, "AM/PM" is none
            bool is_day = i > 0 && (c | 0x20) == 'a' && (section.data[i - 1] | 0x20) == 'a';
            if ((c | 0x20) != 'a' || is_day) note_letter(c, &l);
            l.others |= c != ' ';
        } else {
            l.others |= c == '"' || c == '\\';
        }
    }
    if (l.duration) return SECTION_DURATION;
    if (l.clock) return l.day || l.year ? SECTION_DATE : SECTION_TIME;
    if (l.day || l.month) return SECTION_DATE;
    if (l.year) return SECTION_YEAR;
    if (l.percent && l.digits) return SECTION_PERCENT;
    if (l.text) return SECTION_TEXT;
    return l.general && !l.others ? SECTION_GENERAL : SECTION_NUMBER;
}

uint32_t format_second_digits(view section)
{
    uint32_t digits = 0;
    for (size_t i = 0, size; i < section.size; i += size) {
        size = unit_at(section, i);
        if (section.data[i] != '.') continue;
        while (i + 1 + digits < section.size && section.data[i + 1 + digits] == '0')
            digits++;
    }
    return digits < 3 ? digits : 3;
}

/* ---- parts ---- */

static void add_part(parsed *p, part_kind kind, char digit, view text)
{
    p->fits &= p->count < FORMAT_MAX_PARTS;
    if (p->fits) p->parts[p->count++] = (part){.kind = kind, .digit = digit, .text = text};
}

static bool is_place(view section, size_t i)
{
    return i < section.size && section.data[i] != 0 && strchr("0#?", section.data[i]);
}

static void add_place(parsed *p, char digit)
{
    add_part(p, PART_DIGIT, digit, (view){0});
    if (!p->fits || p->has_exponent || p->has_slash) return;
    p->parts[p->count - 1].in_fraction = p->has_point;
    if (!p->has_point) {
        p->whole++;
        if (digit == '0' || p->whole_needed) p->whole_needed++;
    } else {
        p->decimals++;
        if (digit == '0') p->decimals_needed = p->decimals;
    }
}

/* A currency, "[$€-407]"; other brackets are colours, conditions and countries. */
static void add_bracket(parsed *p, view bracket)
{
    if (bracket.size < 4 || bracket.data[1] != '$') return;
    size_t end = 2;
    while (end < bracket.size - 1 && bracket.data[end] != '-')
        end++;
    if (end > 2) add_part(p, PART_LITERAL, 0, view_slice(bracket, 2, end));
}

static void add_comma(parsed *p, view section, size_t i)
{
    size_t next = i + 1;
    while (next < section.size && section.data[next] == ',')
        next++;
    if (p->whole == 0 || p->has_exponent || p->has_slash) return;
    if (is_place(section, next) && !p->has_point)
        p->groups = true;
    else
        p->thousands_left_out++;
}

/* One unit without quotes, brackets and escapes; returns the bytes that it takes. */
static size_t add_mark(parsed *p, view section, size_t i)
{
    char c = section.data[i], next = i + 1 < section.size ? section.data[i + 1] : 0;
    bool divides = p->whole > 0 && (is_place(section, i + 1) || is_ascii_digit(next));
    if (is_place(section, i)) {
        add_place(p, c);
    } else if (c == '.' && !p->has_point && !p->has_exponent) {
        p->has_point = true;
        add_part(p, PART_POINT, 0, (view){0});
    } else if (c == ',') {
        add_comma(p, section, i);
    } else if ((c == 'E' || c == 'e') && (next == '+' || next == '-') && p->whole) {
        p->has_exponent = true;
        add_part(p, PART_EXPONENT, next, (view){0});
        return 2;
    } else if (c == '/' && divides && !p->has_slash) {
        p->has_slash = true;
        add_part(p, PART_SLASH, 0, (view){0});
    } else if (c == '@' || is_general(section, i)) {
        p->has_general = true;
        add_part(p, PART_VALUE, 0, (view){0});
        return c == '@' ? 1 : sizeof "General" - 1;
    } else {
        p->percents += c == '%';
        add_part(p, PART_LITERAL, 0, view_slice(section, i, i + 1));
    }
    return 1;
}

static void parse(view section, parsed *p)
{
    *p = (parsed){.fits = section.size <= FORMAT_MAX_BYTES};
    for (size_t i = 0, size; i < section.size && p->fits; i += size) {
        char c = section.data[i];
        size = unit_at(section, i);
        view unit = view_slice(section, i, i + size);
        if (c == '"')
            add_part(p, PART_LITERAL, 0,
                     view_slice(unit, 1, size > 1 && unit.data[size - 1] == '"' ? size - 1 : size));
        else if (c == '[')
            add_bracket(p, unit);
        else if (c == '\\')
            add_part(p, PART_LITERAL, 0, view_slice(unit, 1, size));
        else if (c != '_' && c != '*')
            size = add_mark(p, section, i);
    }
}

/* ---- digits ---- */

enum { DIGITS_MAX = 340, DECIMALS_MAX = 20 };

/* The digits of a number that is not negative, rounded half up on its decimal digits as
 * spreadsheets do: *point is how many stand before the point, at least 1. */
static void digits_of(double v, uint32_t decimals, char digits[DIGITS_MAX + DECIMALS_MAX + 2],
                      size_t *point)
{
    double scaled = v * pow(10, decimals);
    size_t size = 0;
    if (scaled < 1e15) {
        double rounded = floor(scaled * (1 + 4e-16) + 0.5);
        size = (size_t)snprintf(digits, DIGITS_MAX, "%0*.0f", (int)decimals + 1, rounded);
    } else {
        char text[DIGITS_MAX + DECIMALS_MAX + 2];
        int written = snprintf(text, sizeof text, "%.*f", (int)decimals, v);
        for (int i = 0; i < written; i++)
            if (is_ascii_digit(text[i])) digits[size++] = text[i];
    }
    digits[size] = '\0';
    *point = size - decimals;
}

/* Appends the digits before the point that fall to place `place` of `places`. */
static void append_whole(buffer *out, const char *digits, size_t count, uint32_t place,
                         const parsed *p)
{
    // Digits without a place of their own stand at the first one.
    ptrdiff_t last = (ptrdiff_t)count - (ptrdiff_t)p->whole + (ptrdiff_t)place;
    ptrdiff_t first = place == 0 ? 0 : last;
    for (ptrdiff_t i = first < 0 ? 0 : first; i <= last; i++) {
        if (p->groups && i > 0 && (count - (size_t)i) % 3 == 0) buffer_append_byte(out, ',');
        buffer_append_byte(out, digits[i]);
    }
}

static void append_plain(buffer *out, const parsed *p, double v, bool negative)
{
    char digits[DIGITS_MAX + DECIMALS_MAX + 2], padded[DIGITS_MAX + FORMAT_MAX_PARTS];
    uint32_t decimals = p->decimals < DECIMALS_MAX ? p->decimals : DECIMALS_MAX, place = 0;
    size_t point, kept = decimals, needed = p->percents ? 0 : p->decimals_needed;
    digits_of(v, decimals, digits, &point);
    while (kept > needed && digits[point + kept - 1] == '0')
        kept--;
    bool is_zero = digits[strspn(digits, "0")] == '\0';
    size_t whole = point == 1 && digits[0] == '0' && kept == 0 && p->whole_needed == 0 ? 0 : point;
    size_t zeros = p->whole_needed > whole ? p->whole_needed - whole : 0;
    memset(padded, '0', zeros);
    memcpy(padded + zeros, digits, whole);
    if (negative && !is_zero) buffer_append_byte(out, '-');
    for (uint32_t i = 0, fraction = 0; i < p->count; i++) {
        const part *t = &p->parts[i];
        if (t->kind == PART_LITERAL) buffer_append(out, t->text);
        if (t->kind == PART_POINT && p->whole == 0) buffer_append_byte(out, '0');
        if (t->kind == PART_POINT && kept) buffer_append_byte(out, '.');
        if (t->kind != PART_DIGIT) continue;
        if (!t->in_fraction)
            append_whole(out, padded, zeros + whole, place++, p);
        else if (fraction < kept)
            buffer_append_byte(out, digits[point + fraction++]);
    }
}

static void append_exponent(buffer *out, const parsed *p, double v, bool negative)
{
    int exponent = v > 0 ? (int)floor(log10(v)) : 0, step = p->whole > 1 ? (int)p->whole : 1;
    exponent -= ((exponent % step) + step) % step;
    int decimals = p->decimals < DECIMALS_MAX ? (int)p->decimals : DECIMALS_MAX, places = 0;
    double mantissa = v / pow(10, exponent), limit = pow(10, step);
    if (floor(mantissa * pow(10, decimals) + 0.5) >= limit * pow(10, decimals)) {
        exponent += step;
        mantissa = v / pow(10, exponent);
    }
    bool has_number = false;
    for (uint32_t i = 0; i < p->count; i++)
        places += i > 0 && p->parts[i].kind == PART_DIGIT && !p->parts[i].in_fraction;
    places -= (int)p->whole - 1;
    if (negative) buffer_append_byte(out, '-');
    for (uint32_t i = 0; i < p->count; i++) {
        const part *t = &p->parts[i];
        if (t->kind == PART_LITERAL) buffer_append(out, t->text);
        if (t->kind == PART_EXPONENT)
            buffer_printf(out, "E%s%0*d",
                          exponent < 0      ? "-"
                          : t->digit == '+' ? "+"
                                            : "",
                          places > 0 ? places : 1, abs(exponent));
        if (t->kind != PART_DIGIT || has_number) continue;
        buffer_printf(out, "%.*f", decimals, mantissa);
        has_number = true;
    }
}

/* The fraction nearest to v, 0 <= v < 1, with a denominator of at most `limit`. */
static void nearest_fraction(double v, uint32_t limit, uint32_t *numerator, uint32_t *denominator)
{
    double best = 2;
    for (uint32_t d = 1; d <= limit; d++) {
        double n = floor(v * d + 0.5), error = fabs(v - n / d);
        if (error >= best - 1e-12) continue;
        best = error;
        *numerator = (uint32_t)n;
        *denominator = d;
    }
}

static void append_fraction(buffer *out, const parsed *p, double v, bool negative)
{
    enum { DENOMINATOR_MAX = 9999 };
    uint32_t slash = 0, limit = 0, fixed = 0, numerator = 0, denominator = 1, end;
    while (p->parts[slash].kind != PART_SLASH)
        slash++;
    for (end = slash + 1; end < p->count; end++) {
        const part *t = &p->parts[end];
        if (t->kind == PART_DIGIT && !fixed)
            limit = limit * 10 + 9;
        else if (t->kind == PART_LITERAL && t->text.size == 1 && is_ascii_digit(t->text.data[0]))
            fixed = fixed * 10 + (uint32_t)(t->text.data[0] - '0');
        else if (t->kind != PART_DIGIT)
            break;
        if (limit > DENOMINATOR_MAX) limit = DENOMINATOR_MAX;
        if (fixed > DENOMINATOR_MAX) fixed = DENOMINATOR_MAX;
    }
    uint32_t first = slash;
    while (first > 0 && p->parts[first - 1].kind == PART_DIGIT)
        first--;
    bool has_whole = false;
    for (uint32_t i = 0; i < first; i++)
        has_whole |= p->parts[i].kind == PART_DIGIT;
    double whole = floor(v), rest = v - whole;
    if (fixed) {
        denominator = fixed;
        numerator = (uint32_t)floor(rest * fixed + 0.5);
    } else {
        nearest_fraction(rest, limit ? limit : 9, &numerator, &denominator);
    }
    if (numerator == denominator) {
        whole++;
        numerator = 0;
    }
    if (negative) buffer_append_byte(out, '-');
    if (!has_whole)
        buffer_printf(out, "%.0f/%u", whole * denominator + numerator, denominator);
    else if (numerator == 0)
        buffer_printf(out, "%.0f", whole);
    else if (whole > 0)
        buffer_printf(out, "%.0f %u/%u", whole, numerator, denominator);
    else
        buffer_printf(out, "%u/%u", numerator, denominator);
    for (; end < p->count; end++)
        buffer_append(out, p->parts[end].text);
}

static void append_general(buffer *out, const parsed *p, double v, bool negative)
{
    if (negative) buffer_append_byte(out, '-');
    for (uint32_t i = 0; i < p->count; i++) {
        const part *t = &p->parts[i];
        if (t->kind == PART_LITERAL) buffer_append(out, t->text);
        if (t->kind == PART_VALUE) buffer_printf(out, "%.15g", v);
    }
}

bool format_number(buffer *out, view section, double number, bool absolute)
{
    parsed p;
    parse(section, &p);
    if (!p.fits || !isfinite(number)) return false;
    bool negative = number < 0 && !absolute;
    double v = fabs(number);
    for (uint32_t i = 0; i < p.percents; i++)
        v *= 100;
    for (uint32_t i = 0; i < p.thousands_left_out; i++)
        v /= 1000;
    if (!isfinite(v)) return false;
    if (p.has_general)
        append_general(out, &p, v, negative);
    else if (p.has_exponent)
        append_exponent(out, &p, v, negative);
    else if (p.has_slash && v < 1e9)
        append_fraction(out, &p, v, negative);
    else
        append_plain(out, &p, v, negative);
    return true;
}

void format_text(buffer *out, view section, view text)
{
    for (size_t i = 0, size; i < section.size; i += size) {
        size = unit_at(section, i);
        char c = section.data[i];
        if (c == '@')
            buffer_append(out, text);
        else if (c == '"' && size > 2)
            buffer_append(out, view_slice(section, i + 1, i + size - 1));
        else if (c == '\\')
            buffer_append(out, view_slice(section, i + 1, i + size));
        else if (size == 1 && c != '"')
            buffer_append_byte(out, c);
    }
}
