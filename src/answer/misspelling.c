/* misspelling.c - the distance of Damerau and Levenshtein with neighbors swapped once, row by row. */
#include "answer/misspelling.h"

#include "base/size.h"

#include <stdint.h>

enum {
    TWO_TYPOS_BYTES = 9, /* from here on two letters may differ */
    COMPARED_BYTES = 32  /* words that are longer must agree */
};

static uint32_t smaller(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

/* Whether at most `most` letters are inserted, removed, replaced or swapped with the next. */
static bool is_near(view a, view b, uint32_t most)
{
    uint32_t rows[3][COMPARED_BYTES + 1];
    for (uint32_t j = 0; j <= b.size; j++)
        rows[0][j] = j;
    for (uint32_t i = 1; i <= a.size; i++) {
        uint32_t *row = rows[i % 3], *above = rows[(i + 2) % 3], *before = rows[(i + 1) % 3];
        row[0] = i;
        for (uint32_t j = 1; j <= b.size; j++) {
            uint32_t best = above[j - 1] + (a.data[i - 1] != b.data[j - 1]);
            best = smaller(best, smaller(above[j], row[j - 1]) + 1);
            bool swapped =
                i > 1 && j > 1 && a.data[i - 1] == b.data[j - 2] && a.data[i - 2] == b.data[j - 1];
            if (swapped) best = smaller(best, before[j - 2] + 1);
            row[j] = best;
        }
    }
    return rows[a.size % 3][b.size] <= most;
}

bool misspelling_of(view a, view b)
{
    if (view_equal_nocase(a, b)) return true;
    size_t shorter = size_min(a.size, b.size), longer = size_max(a.size, b.size);
    if (shorter < MISSPELLING_LEAST_BYTES || longer > COMPARED_BYTES || a.data[0] != b.data[0])
        return false;
    uint32_t most = shorter >= TWO_TYPOS_BYTES ? 2 : 1;
    return longer - shorter <= most && is_near(a, b, most);
}
