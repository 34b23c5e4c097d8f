/* eval_measures.h - the arithmetic of an evaluation: measures of a ranking, and percentiles. Pure
 * functions, any thread.
 *
 * A question expects E >= 1 things: E documents, or one of some texts (then E is 1). Each has the
 * rank r_e, from 1, of the first passage that meets it, or 0 when none of the k passages does; so a
 * document counts once however many of its passages are found. Relevance is binary.
 *
 *   first rank       r = min of the r_e > 0
 *   reciprocal rank  1 / r, or 0
 *   recall           number of r_e > 0, over E
 *   nDCG             sum of 1 / log2(1 + r_e) over r_e > 0, divided by the same sum over the ranks
 *                    1..min(E, k), the best possible; at most 1
 *
 * Source: Jarvelin & Kekalainen 2002, with the discount of trec_eval, log2(1 + rank). */
#ifndef KITH_EVAL_EVAL_MEASURES_H
#define KITH_EVAL_EVAL_MEASURES_H

#include <stdint.h>

/* All take ranks[count] as above, count > 0. */

/* The smallest rank; 0: no passage meets anything. */
uint32_t measure_first_rank(const uint32_t *ranks, uint32_t count);
/* 0..1. Its mean over questions is the mean reciprocal rank. */
double measure_reciprocal_rank(const uint32_t *ranks, uint32_t count);
/* 0..1. */
double measure_recall(const uint32_t *ranks, uint32_t count);
/* 0..1. No rank is above k. */
double measure_ndcg(const uint32_t *ranks, uint32_t count, uint32_t k);

/* The nearest-rank percentile: the smallest of values[count] such that at least `share`, in (0, 1],
 * of them are not larger; 0 without values. Sorts the values, none of which is NaN. */
double measure_percentile(double *values, uint32_t count, double share);

#endif
