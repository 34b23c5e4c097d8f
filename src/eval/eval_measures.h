/* eval_measures.h - the arithmetic of an evaluation: what the places of the expected passages are
 * worth, and percentiles. Pure functions.
 *
 * A question expects one or more things (documents, or a text); each has the place of the first
 * passage that meets it, so a document counts once however many of its passages come. Relevance is
 * yes or no. */
#ifndef KITH_EVAL_EVAL_MEASURES_H
#define KITH_EVAL_EVAL_MEASURES_H

#include <stdint.h>

/* In all of them: ranks[count] are 1-based places of what is expected, 0 when no passage meets it;
 * count > 0. */

/* The best place; 0: none. */
uint32_t measure_first_rank(const uint32_t *ranks, uint32_t count);
/* 1 over the best place; 0: none. Its mean over questions is the mean reciprocal rank. */
double measure_reciprocal_rank(const uint32_t *ranks, uint32_t count);
/* The share that is met. */
double measure_recall(const uint32_t *ranks, uint32_t count);
/* Discounted gain over the best that `k` places allow, 0..1; no rank is above k. Source: Jarvelin &
 * Kekalainen 2002, with trec_eval's discount log2(1 + place). */
double measure_ndcg(const uint32_t *ranks, uint32_t count, uint32_t k);

/* The smallest value that at least `share` (0..1] of all do not exceed (nearest rank); 0 for none.
 * Sorts the values. */
double measure_percentile(double *values, uint32_t count, double share);

#endif
