/* fusion.h - one order out of two: nearness of meaning and score of words.
 *
 * By scores (the default): each side is brought to z-scores over the candidates, and the two are
 * added with weights. A rare exact word stands far out on its side, so it wins over vague likeness.
 * By ranks: reciprocal rank fusion, for when the scales mean nothing. Which default and why:
 * docs/decisions/005. Source: Cormack, Clarke, Buettcher 2009 (reciprocal rank, constant 60);
 * Bruch, Gai, Ingber 2023 (convex combination of normalised scores). */
#ifndef KITH_DB_FUSION_H
#define KITH_DB_FUSION_H

#include <stdint.h>

typedef enum fusion_method { FUSION_SCORES, FUSION_RANKS } fusion_method;

/* Chosen on Cranfield, codebase-chunks and docs-qa: docs/decisions/005. */
#define FUSION_MEANING_WEIGHT 0.45F

typedef struct fusion_options {
    fusion_method method;
    float meaning_weight; /* 0..1; words have the rest */
} fusion_options;

/* A candidate of either list, with both raw values. */
typedef struct fusion_candidate {
    uint32_t row;
    float distance;                 /* smaller is nearer */
    float words;                    /* BM25 and closeness, 0 when the row holds none of the words */
    float closeness;                /* its share of `words` */
    uint32_t meaning_rank;          /* 1-based place among the candidates; filled here */
    uint32_t words_rank;            /* 0 when `words` is 0 */
    float meaning_part, words_part; /* filled here; each side's weighted value */
    float score;                    /* their sum; larger is better */
} fusion_candidate;

/* Fills ranks and scores and sorts, best first; ties by row. */
void fusion_order(fusion_candidate *candidates, uint32_t count, const fusion_options *options);

#endif
