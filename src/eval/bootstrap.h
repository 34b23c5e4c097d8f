/* bootstrap.h - whether a difference between two settings is more than noise.
 *
 * Both settings were asked the same questions, so each question gives one difference d_i. A sample
 * draws as many differences as there are, with replacement, and takes their mean; the spread of the
 * means of BOOTSTRAP_SAMPLES samples estimates how far the observed mean m would vary with other
 * questions. Nothing is assumed about the distribution of d_i, which are often only -1, 0 and 1.
 *
 *   interval  percentile method: the 2.5 % smallest and the 2.5 % largest means are cut off
 *   p         shift method: under "no difference" the samples' means m* scatter around 0 as they do
 *             around m, so p = (1 + number of |m* - m| >= |m|) / (1 + samples), two-sided
 *
 * Source: Efron & Tibshirani 1993 (percentile interval); Smucker, Allan & Carterette 2007 (the
 * shift method for the p-value of a paired difference). */
#ifndef KITH_EVAL_BOOTSTRAP_H
#define KITH_EVAL_BOOTSTRAP_H

#include "base/status.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    BOOTSTRAP_SAMPLES = 10000,
    /* Fewer differences do not represent the questions that they were drawn from. */
    BOOTSTRAP_MIN_PAIRS = 10
};

typedef struct bootstrap_interval {
    double difference; /* the mean */
    double low, high;  /* the middle 95 % of the samples' means */
    double p;          /* how often a mean this far from 0 comes when there is no difference */
} bootstrap_interval;

/* differences  [count], count > 0, none NaN
 * seed         the same seed gives the same result
 * out          with fewer than BOOTSTRAP_MIN_PAIRS the interval is -infinity..infinity and p is 1:
 *              nothing can be concluded; untouched on failure
 * Any thread. Error: KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status bootstrap_paired(const double *differences, uint32_t count, uint64_t seed,
                                          bootstrap_interval *out, kith_error *err);

/* Whether the difference is more than noise: 0 is outside the interval, and p is below 0.05.
 * Pure. */
bool bootstrap_is_clear(const bootstrap_interval *i);

#endif
