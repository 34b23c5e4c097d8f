/* fusion.h - one order out of two: distance of vectors ("meaning") and BM25 score ("words").
 *
 * By scores (the default): each side's values become z-scores over the candidates, and the two are
 * added with weights. A rare exact word is many deviations above the mean of its side, so it wins
 * over a vaguely similar vector. By ranks: reciprocal rank fusion, which uses no scales at all.
 *
 * A candidate without a vector has no distance. Its meaning counts as the mean of the others', of
 * which nothing is known but that it is neither: a part of 0. By ranks it has none, a part of 0 too.
 *
 * Candidates may come in several rounds. Mean and deviation are those of the first round, and a rank
 * that was given stays, so that a score does not depend on how many candidates came after it
 * (docs/decisions/028).
 * Why the default is what it is: docs/decisions/005. Source: Cormack, Clarke, Buettcher 2009
 * (reciprocal rank, constant 60); Bruch, Gai, Ingber 2023 (convex combination of normalised
 * scores). */
#ifndef KITH_DB_FUSION_H
#define KITH_DB_FUSION_H

#include <stdbool.h>
#include <stdint.h>

typedef enum fusion_method { FUSION_SCORES, FUSION_RANKS } fusion_method;

/* Chosen on Cranfield, codebase-chunks and docs-qa: docs/decisions/005. */
#define FUSION_MEANING_WEIGHT 0.45F

typedef struct fusion_options {
    fusion_method method;
    float meaning_weight; /* 0..1; words have 1 - meaning_weight */
} fusion_options;

/* A candidate of either list. The caller fills row, distance, words and closeness, and sets the rest
 * to zero, which fusion_order fills. */
typedef struct fusion_candidate {
    uint32_t row;
    float distance;        /* smaller is nearer; NAN: it has no vector yet */
    float words;           /* BM25 plus closeness; 0 when the row holds none of the query's words */
    float closeness;       /* the part of `words` that is for words standing close to one another */
    uint32_t meaning_rank; /* from 1, by distance, among the candidates; 0: not ranked yet */
    uint32_t words_rank;   /* from 1, by words; 0 when `words` is 0 */
    float meaning_part, words_part; /* each side's weighted value */
    float score;                    /* their sum; larger is better */
} fusion_candidate;

typedef struct fusion_spread {
    double mean, deviation; /* deviation 1 when all values are equal: each z-score is then 0 */
} fusion_spread;

/* What z-scores of one search are measured by. Zero: not known before the first fusion_order. */
typedef struct fusion_scale {
    bool is_set;
    fusion_spread nearness, words; /* nearness: the negated distance */
} fusion_scale;

/* Fills ranks, parts and scores of candidates [count] and sorts them by score, best first; of equal
 * scores the smaller row first, so that the order does not depend on how the candidates came.
 * scale  of this search: set by the first call, from its candidates. Later calls are given all of
 *        the earlier ones' candidates, which keep what they have, and new ones among them. */
void fusion_order(fusion_candidate *candidates, uint32_t count, const fusion_options *options,
                  fusion_scale *scale);

#endif
