/* histogram.h - how long things took: durations counted in buckets of a logarithmic scale, in
 * memory that never grows.
 *
 * An octave, from 2^n to 2^(n + 1) ns, has HISTOGRAM_STEPS = 16 buckets of equal width, at most a
 * sixteenth of the durations in them. A percentile is reported as the middle of its bucket and so
 * is within a thirty-second (3.2 %) of the true one, from 1 us to over an hour. Shorter durations
 * share the first bucket; longer ones fall into the last.
 *
 * Any thread may record and read at any time, without a lock. Relaxed order suffices for the
 * atomics because every number only grows and no other memory depends on one. A reader may see a
 * duration in its bucket that is not in the sum yet. */
#ifndef KITH_METRICS_HISTOGRAM_H
#define KITH_METRICS_HISTOGRAM_H

#include <stdatomic.h>
#include <stdint.h>

enum {
    HISTOGRAM_FIRST_OCTAVE = 10, /* begins at 2^10 ns; shorter durations share bucket 0 */
    HISTOGRAM_OCTAVES = 32,
    HISTOGRAM_STEPS = 16, /* buckets of an octave */
    HISTOGRAM_BUCKETS = 1 + HISTOGRAM_OCTAVES * HISTOGRAM_STEPS
};

/* All zero is an empty histogram. */
typedef struct histogram {
    atomic_uint_fast64_t counts[HISTOGRAM_BUCKETS];
    atomic_uint_fast64_t sum_ns; /* of all durations */
} histogram;

/* Counts one duration; a negative one, which a clock that was set back gives, as 0. Any thread. */
void histogram_record(histogram *h, int64_t ns);
/* Adds `count` durations to a bucket < HISTOGRAM_BUCKETS, as when stored counts are loaded; the sum
 * is left to the caller. Any thread. */
void histogram_add(histogram *h, uint32_t bucket, uint64_t count);

/* The bucket of a duration. Bucket i holds those from histogram_floor_ns(i) up to, but without,
 * histogram_floor_ns(i + 1); the last, all longer ones too. */
uint32_t histogram_bucket(uint64_t ns);
/* The shortest duration of a bucket; bucket <= HISTOGRAM_BUCKETS. */
uint64_t histogram_floor_ns(uint32_t bucket);

/* Copies the counts as they are now and returns their sum. Figures that must agree, such as a count
 * and a percentile, are to be taken from one copy. Any thread. */
uint64_t histogram_read(const histogram *h, uint64_t counts[HISTOGRAM_BUCKETS]);
/* The shortest duration, rounded to the middle of its bucket, that at least `share` (0..1) of all
 * durations do not exceed; 0 when there are none. */
double histogram_percentile_ns(const uint64_t counts[HISTOGRAM_BUCKETS], double share);

/* NULL when the sum is one that the durations in the buckets can have, else what is wrong. For
 * tests: no thread may be writing, and all counts must have come from histogram_record. */
const char *histogram_check(const histogram *h);

#endif
