/* nearest.h - "did you mean": the candidate that a mistyped word most resembles. */
#ifndef KITH_BASE_NEAREST_H
#define KITH_BASE_NEAREST_H

#include "base/view.h"

#include <stddef.h>
#include <stdint.h>

enum { NEAREST_MAX_BYTES = 256 }; /* longer words are not compared */

/* Insertions, deletions, substitutions and swaps of neighbours that turn `a` into `b`, in bytes;
 * UINT32_MAX when either is longer than NEAREST_MAX_BYTES. Source: the optimal string alignment
 * distance (Damerau 1964, as restricted). */
uint32_t edit_distance(view a, view b);

/* Looks for the nearest of the candidates offered one by one. Start from {.word = ...}. */
typedef struct nearest {
    view word;
    const char *best; /* borrowed from the candidate, NULL: none is near enough */
    uint32_t distance;
} nearest;

/* Takes the candidate when it is nearer than the best so far and at most a third of the word (at
 * least one, at most four edits) away, or when the word is the beginning of the candidate. */
void nearest_offer(nearest *n, const char *candidate);

#endif
