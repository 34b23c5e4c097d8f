/* filter_string.c - the conditions that look into a string: dates, prefixes and patterns.
 *
 * Dates. A string that is an ISO date (date.h) names a period. A comparison holds when it holds for
 * the whole of the value's period against the bound's: $gte not before the bound begins, $gt behind
 * its end, $lt before it begins, $lte not behind its end. So {"$gte": "2024-06", "$lte": "2024-06"}
 * are the days of June, "2024-06-01T10:00" is not greater than "2024-06-01", and of a value that is
 * less precise than the bound and may lie on both its sides nothing is said: none holds.
 *
 * Patterns. "*" is any run of characters, "?" one, "[a-z]" one of these and "[!a-z]" none of them;
 * "[*]" is the star itself. One place to go back to is enough, the last star: whatever the stars
 * before it took, this one can take as well. So the time is at most the product of both sizes. */
#include "fields/filter_private.h"

#include "base/utf8.h"

static bool date_matches(const filter *f, view text)
{
    date_period value, bound = f->period;
    if (!date_parse(text, &value)) return false;
    if (f->kind == FILTER_AFTER) return value.start >= (f->or_equal ? bound.start : bound.end);
    return value.end <= (f->or_equal ? bound.end : bound.start);
}

/* The character at text[at], and past it; an invalid byte is one by itself. */
static uint32_t next_character(view text, size_t *at)
{
    uint32_t c = 0;
    size_t bytes = utf8_decode(text.data + *at, text.size - *at, &c);
    if (bytes == 0) c = 0x110000U + (unsigned char)text.data[*at];
    *at += bytes ? bytes : 1;
    return c;
}

/* Where the class that begins behind the "[" at `at` ends: behind its "]"; 0 when it does not. A
 * "]" at its beginning is one of its characters. */
static size_t end_of_class(view glob, size_t at)
{
    if (at < glob.size && glob.data[at] == '!') at++;
    for (size_t i = at + 1; i < glob.size; i++)
        if (glob.data[i] == ']') return i + 1;
    return 0;
}

/* Is the character in glob[at, end), the inside of a class? */
static bool class_has(view glob, size_t at, size_t end, uint32_t c)
{
    bool is_negated = glob.data[at] == '!', found = false;
    view inside = view_slice(glob, is_negated ? at + 1 : at, end);
    for (size_t i = 0; i < inside.size;) {
        uint32_t low = next_character(inside, &i), high = low;
        if (i + 1 < inside.size && inside.data[i] == '-') {
            i++;
            high = next_character(inside, &i);
        }
        found = found || (c >= low && c <= high);
    }
    return found != is_negated;
}

/* Does glob[*at] match the character, which is no star's? *at is moved behind it. */
static bool one_matches(view glob, size_t *at, uint32_t c)
{
    if (*at == glob.size) return false;
    size_t end = glob.data[*at] == '[' ? end_of_class(glob, *at + 1) : 0;
    if (end) {
        size_t start = *at + 1;
        *at = end;
        return class_has(glob, start, end - 1, c);
    }
    uint32_t wanted = next_character(glob, at);
    return wanted == '?' || wanted == c;
}

static bool glob_matches(view glob, view text)
{
    bool has_star = false;
    size_t g = 0, t = 0, star = 0, taken = 0; // behind the last star, and what it took
    while (t < text.size) {
        if (g < glob.size && glob.data[g] == '*') {
            has_star = true;
            star = ++g;
            taken = t;
            continue;
        }
        size_t next = t, behind = g;
        if (one_matches(glob, &behind, next_character(text, &next))) {
            g = behind;
            t = next;
        } else if (has_star) {
            (void)next_character(text, &taken);
            t = taken;
            g = star;
        } else {
            return false;
        }
    }
    while (g < glob.size && glob.data[g] == '*')
        g++;
    return g == glob.size;
}

bool filter_accepts_string(const filter *f, view text)
{
    switch (f->kind) {
    case FILTER_AFTER:
    case FILTER_BEFORE:
        return date_matches(f, text);
    case FILTER_PREFIX:
        return view_starts_with(text, f->values[0].string);
    default:
        DCHECK(f->kind == FILTER_GLOB);
        return glob_matches(f->values[0].string, text);
    }
}
