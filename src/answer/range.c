/* range.c - reads two bounds with a sign or a word between them. */
#include "answer/range.h"

#include "answer/letter.h"
#include "base/size.h"

#include <stdint.h>
#include <string.h>

enum {
    DIGITS_MAX = 18, /* as a number of 64 bits */
    ENDING_BYTES = 3 /* "errors" of "error" */
};

/* One end of a range. */
typedef struct bound {
    view letters;
    bool has_dash;
    uint64_t number;
} bound;

static char at(view v, size_t i)
{
    return i < v.size ? v.data[i] : ' ';
}

/* The bytes of the one of `signs` that the text has at i; 0: none. */
static size_t sign_at(view text, size_t i, const char *const *signs)
{
    view rest = view_slice(text, size_min(i, text.size), text.size);
    for (; *signs; signs++)
        if (view_starts_with_nocase(rest, view_of(*signs))) return strlen(*signs);
    return 0;
}

static const char *const dashes[] = {"-", "‐", "‑", "−", "–", NULL};

/* The bound that begins at i; returns its end, or i: there is none. */
static size_t read_bound(view text, size_t i, bound *out)
{
    size_t end = i + sign_at(text, i, dashes), start = end;
    *out = (bound){.has_dash = end > i};
    while (end < text.size && end - start <= RANGE_PREFIX_BYTES && is_ascii_capital(text.data[end]))
        end++;
    out->letters = view_slice(text, start, end);
    start = end;
    for (; end < text.size && is_ascii_digit(text.data[end]); end++)
        if (end - start < DIGITS_MAX)
            out->number = out->number * 10 + (uint64_t)(text.data[end] - '0');
    bool has_number = end > start && end - start <= DIGITS_MAX;
    bool goes_on =
        is_letter_byte(at(text, end)) ||
        ((at(text, end) == '.' || at(text, end) == ',') && is_ascii_digit(at(text, end + 1)));
    bool ends_in_range = at(text, end) == '.' && at(text, end + 1) == '.';
    // A letter behind the digits may begin with a byte of "…" or "–".
    if ((unsigned char)at(text, end) == 0xE2) goes_on = false;
    return has_number && out->letters.size <= RANGE_PREFIX_BYTES && (!goes_on || ends_in_range)
               ? end
               : i;
}

/* The end of what stands between two bounds; `i`: nothing does. */
static size_t skip_joint(view text, size_t i)
{
    static const char *const joints[] = {
        "...",   "..",     "…",  "-",  "‐",   "‑",      "–",    "—",    "to ",  "bis ", "through ",
        "thru ", "until ", "à ", "a ", "al ", "hasta ", "t/m ", "tot ", "até ", NULL};
    size_t from = i;
    while (at(text, from) == ' ' && from < text.size)
        from++;
    size_t size = sign_at(text, from, joints);
    bool is_word = size > 0 && text.data[from + size - 1] == ' ';
    if (size == 0 || (is_word && from == i)) return i;
    from += size;
    while (at(text, from) == ' ' && from < text.size)
        from++;
    return from;
}

/* Where the word that ends at `end`, behind blanks, begins. */
static view word_before(view text, size_t end)
{
    while (end > 0 && text.data[end - 1] == ' ')
        end--;
    size_t start = end;
    while (start > 0 && is_letter_byte(text.data[start - 1]))
        start--;
    return view_slice(text, start, end);
}

/* "errors" and "error". */
static bool is_same_noun(view a, view b)
{
    view shorter = a.size < b.size ? a : b, longer = a.size < b.size ? b : a;
    return shorter.size > 1 && longer.size <= shorter.size + ENDING_BYTES &&
           view_starts_with_nocase(longer, shorter);
}

/* Whether what begins at `start` names a thing: see range.h. */
static bool names_thing(view text, size_t start, view noun)
{
    size_t i = start;
    while (i > 0 && memchr(" \t*`'\"(>", text.data[i - 1], 8))
        i--;
    bool begins = i == 0 || text.data[i - 1] == '\n' || text.data[i - 1] == '|' ||
                  text.data[i - 1] == ':' || (text.data[i - 1] == ',' && i < start);
    return begins || is_same_noun(word_before(text, start), noun);
}

static bool is_in(const bound *wanted, const bound *low, const bound *high)
{
    bool same = low->has_dash == wanted->has_dash && view_equal(low->letters, wanted->letters) &&
                (high->letters.size == 0 || view_equal(high->letters, low->letters));
    return same && low->number < high->number && low->number <= wanted->number &&
           wanted->number <= high->number;
}

/* The range that begins at i holds `wanted`. */
static bool holds_at(view text, size_t i, const bound *wanted)
{
    bound low, high;
    size_t end = read_bound(text, i, &low);
    if (end == i) return false;
    size_t next = skip_joint(text, end), last;
    if (next == end) return false;
    last = read_bound(text, next, &high);
    // "2016-12-16" is a date.
    bool goes_on = sign_at(text, last, dashes) > 0 && is_ascii_digit(at(text, last + 1));
    return last > next && !goes_on && is_in(wanted, &low, &high);
}

bool range_holds(view text, view question, view name)
{
    bound wanted;
    if (read_bound(name, 0, &wanted) != name.size || name.size == 0) return false;
    view noun = word_before(question, (size_t)(name.data - question.data));
    for (size_t i = 0; i < text.size; i++) {
        char before = i > 0 ? text.data[i - 1] : ' ';
        if (is_letter_byte(before) || is_ascii_digit(before) || memchr("-./", before, 3)) continue;
        if (wanted.has_dash && wanted.number <= 9 && text.data[i] == '-' &&
            at(text, i + 1) == '#' && !is_letter_byte(at(text, i + 2)) &&
            names_thing(text, i, noun))
            return true;
        if (holds_at(text, i, &wanted) && names_thing(text, i, noun)) return true;
    }
    return false;
}
