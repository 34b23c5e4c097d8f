/* suggestion.h - "did you mean": the known word that a mistyped one most resembles. */
#ifndef KITH_BASE_SUGGESTION_H
#define KITH_BASE_SUGGESTION_H

#include "base/view.h"

#include <stddef.h>
#include <stdint.h>

enum { SUGGESTION_MAX_BYTES = 256 }; /* longer words are not compared */

/* The number of insertions, deletions, substitutions and swaps of neighbours that turn `a` into
 * `b`, counted in bytes; UINT32_MAX when either is longer than SUGGESTION_MAX_BYTES. Time grows
 * with a.size * b.size. Any thread.
 * Source: the optimal string alignment distance (Damerau 1964, restricted: no part of the text is
 * edited twice). */
uint32_t edit_distance(view a, view b);

/* The best of the candidates offered one by one. Start from {.word = ...}. */
typedef struct suggestion {
    view word;         /* as it was typed */
    const char *best;  /* borrowed from its candidate; NULL: none is close enough */
    uint32_t distance; /* edits from `word` to `best`; meaningless while best is NULL */
} suggestion;

/* Keeps the candidate when it is closer than the best so far, close enough, and not a replacement
 * of the whole word. Close enough is at most a third of the word's bytes in edits, but at least one
 * and at most four. A candidate that begins with the word, of two bytes or more, counts as one edit
 * away at most. The candidate must live as long as `s` is read. One thread at a time. */
void suggestion_offer(suggestion *s, const char *candidate);

#endif
