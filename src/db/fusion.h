/* fusion.h - one order out of two: distance of vectors ("meaning") and BM25 score ("words").
 *
 * By scores (the default): each side's values become z-scores over the candidates, and the two are
 * added with weights. A rare exact word is many deviations above the mean of its side, so it wins
 * over a vaguely similar vector. By ranks: reciprocal rank fusion, which uses no scales at all.
 * Why the default is what it is: docs/decisions/005. Source: Cormack, Clarke, Buettcher 2009
 * (reciprocal rank, constant 60); Bruch, Gai, Ingber 2023 (convex combination of normalised
 * scores). */
#ifndef KITH_DB_FUSION_H
#define KITH_DB_FUSION_H

#include <stdint.h>

typedef enum fusion_method { FUSION_SCORES, FUSION_RANKS } fusion_method;

/* Chosen on Cranfield, codebase-chunks and docs-qa: docs/decisions/005. */
#define FUSION_MEANING_WEIGHT 0.45F

typedef struct fusion_options {
    fusion_method method;
    float meaning_weight; /* 0..1; words have 1 - meaning_weight */
} fusion_options;

/* A candidate of either list. The caller fills row, distance, words and closeness; fusion_order the
 * rest. */
typedef struct fusion_candidate {
    uint32_t row;
    float distance;        /* smaller is nearer */
    float words;           /* BM25 plus closeness; 0 when the row holds none of the query's words */
    float closeness;       /* the part of `words` that is for words standing close to one another */
    uint32_t meaning_rank; /* from 1, by distance, among the candidates */
    uint32_t words_rank;   /* from 1, by words; 0 when `words` is 0 */
    float meaning_part, words_part; /* each side's weighted value */
    float score;                    /* their sum; larger is better */
} fusion_candidate;

/* Fills ranks, parts and scores of candidates [count] and sorts them by score, best first; of equal
 * scores the smaller row first, so that the order does not depend on how the candidates came. */
void fusion_order(fusion_candidate *candidates, uint32_t count, const fusion_options *options);

#endif
