/* bootstrap.h - is a difference between two settings more than noise?
 * Both were asked the same questions, so each question gives one difference, and the questions are
 * drawn anew, with replacement, many times: how far the mean then scatters is how far it can be
 * trusted. Nothing is assumed about how the differences are distributed, which are often only -1, 0
 * and 1. Pure, and with the same seed always the same.
 * Source: Efron & Tibshirani 1993 (percentile interval); Smucker, Allan & Carterette 2007 (the
 * shift method for the p-value of a paired difference). */
#ifndef KITH_EVAL_BOOTSTRAP_H
#define KITH_EVAL_BOOTSTRAP_H

#include "base/status.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    BOOTSTRAP_SAMPLES = 10000,
    /* Of fewer differences the sample itself is no picture of what it was drawn from. */
    BOOTSTRAP_MIN_PAIRS = 10
};

typedef struct bootstrap_interval {
    double difference; /* the mean */
    double low, high;  /* 95 % of the means drawn lie here */
    double p;          /* two-sided: how often a mean as far from zero comes when there is none */
} bootstrap_interval;

/* differences[count], count > 0. Below BOOTSTRAP_MIN_PAIRS the interval is -infinity..infinity and
 * p is 1: nothing can be told. KITH_ERR_NO_MEMORY. Any thread. */
KITH_CHECKED kith_status bootstrap_paired(const double *differences, uint32_t count, uint64_t seed,
                                          bootstrap_interval *out, kith_error *err);

/* More than noise: zero lies outside the interval, and p is below 0.05. */
bool bootstrap_is_clear(const bootstrap_interval *i);

#endif
