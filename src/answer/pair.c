/* pair.c - looks for the names of the two things as whole words in what units say. */
#include "answer/pair.h"

#include "answer/letter.h"
#include "answer/wish.h"

static bool is_of_word(char c)
{
    return is_letter_byte(c) || is_ascii_digit(c);
}

/* Whether the text has the word as a whole, in any case. */
static bool has_word(view text, view wanted)
{
    for (size_t i = 0; i + wanted.size <= text.size; i++) {
        bool begins = i == 0 || !is_of_word(text.data[i - 1]);
        if (!begins || !view_starts_with_nocase(view_slice(text, i, text.size), wanted)) continue;
        if (i + wanted.size == text.size || !is_of_word(text.data[i + wanted.size])) return true;
    }
    return false;
}

/* The best unit that says `thing` and not `other`; e->count: there is none. */
static uint32_t find_alone(const evidence *e, view thing, view other)
{
    for (uint32_t i = 0; i < e->count; i++)
        if (has_word(e->sentences[i].said, thing) && !has_word(e->sentences[i].said, other))
            return i;
    return e->count;
}

static quoted_pair in_order(const evidence *e, uint32_t a, uint32_t b)
{
    const evidence_sentence *x = &e->sentences[a], *y = &e->sentences[b];
    bool swapped = x->passage == y->passage ? y->start < x->start : b < a;
    return swapped ? (quoted_pair){b, a} : (quoted_pair){a, b};
}

quoted_pair pair_choose(view text, const evidence *e)
{
    const quoted_pair best = {0, e->count > 1};
    view one, other;
    if (!asks_about_two(text) || !names_two(text, &one, &other)) return best;
    view said = e->sentences[0].said;
    bool has_one = has_word(said, one), has_other = has_word(said, other);
    if (has_one && has_other && contrasts(said)) return best;
    uint32_t a = find_alone(e, one, other), b = find_alone(e, other, one);
    if (has_one && !has_other) return (quoted_pair){0, b < e->count ? b : best.second};
    if (has_other && !has_one) return (quoted_pair){0, a < e->count ? a : best.second};
    return a < e->count && b < e->count ? in_order(e, a, b) : best;
}
