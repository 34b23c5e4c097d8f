/* suggestion.c - edit distance over three rows of the table, since a swap looks two rows back. */
#include "base/suggestion.h"

#include "base/size.h"

uint32_t edit_distance(view a, view b)
{
    if (a.size > SUGGESTION_MAX_BYTES || b.size > SUGGESTION_MAX_BYTES) return UINT32_MAX;
    uint32_t rows[3][SUGGESTION_MAX_BYTES + 1];
    for (uint32_t j = 0; j <= b.size; j++)
        rows[0][j] = j;
    for (uint32_t i = 1; i <= a.size; i++) {
        uint32_t *row = rows[i % 3];
        const uint32_t *above = rows[(i + 2) % 3], *two_above = rows[(i + 1) % 3];
        row[0] = i;
        for (uint32_t j = 1; j <= b.size; j++) {
            uint32_t same = a.data[i - 1] == b.data[j - 1] ? 0 : 1;
            uint32_t best = above[j - 1] + same;
            if (above[j] + 1 < best) best = above[j] + 1;
            if (row[j - 1] + 1 < best) best = row[j - 1] + 1;
            bool swapped =
                i > 1 && j > 1 && a.data[i - 1] == b.data[j - 2] && a.data[i - 2] == b.data[j - 1];
            if (swapped && two_above[j - 2] + 1 < best) best = two_above[j - 2] + 1;
            row[j] = best;
        }
    }
    return rows[a.size % 3][b.size];
}

void suggestion_offer(suggestion *s, const char *candidate)
{
    size_t third = s->word.size / 3;
    uint32_t allowed = (uint32_t)size_min(size_max(third, 1), 4);
    view text = view_of(candidate);
    uint32_t distance = edit_distance(s->word, text);
    // Who stopped typing early made one mistake, however many letters are missing.
    if (s->word.size >= 2 && view_starts_with(text, s->word) && distance > 1) distance = 1;
    if (distance > allowed || distance >= s->word.size || (s->best && distance >= s->distance))
        return;
    s->best = candidate;
    s->distance = distance;
}
