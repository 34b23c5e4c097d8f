/* histogram.h - how long things took: counts in buckets of a logarithmic scale, 16 to an octave, so
 * that a percentile read from it is within a thirty-second (3.2 %) of the true one, from 1 us to
 * over an hour, in memory that never grows. What is shorter or longer falls into the first or the
 * last bucket.
 * Any thread, without a lock: every number only counts up and stands for itself, so relaxed atomics
 * suffice; a reader may see a time in its bucket and not yet in the sum. */
#ifndef KITH_METRICS_HISTOGRAM_H
#define KITH_METRICS_HISTOGRAM_H

#include <stdatomic.h>
#include <stdint.h>

enum {
    HISTOGRAM_FIRST_OCTAVE = 10, /* 2^10 ns: what is shorter shares bucket 0 */
    HISTOGRAM_OCTAVES = 32,
    HISTOGRAM_STEPS = 16, /* of an octave */
    HISTOGRAM_BUCKETS = 1 + HISTOGRAM_OCTAVES * HISTOGRAM_STEPS
};

typedef struct histogram {
    atomic_uint_fast64_t counts[HISTOGRAM_BUCKETS];
    atomic_uint_fast64_t sum_ns;
} histogram;

void histogram_record(histogram *h, int64_t ns);
/* Adds what was counted elsewhere. */
void histogram_add(histogram *h, uint32_t bucket, uint64_t count);

/* Bucket i holds the times from its floor up to the next one's. */
uint32_t histogram_bucket(uint64_t ns);
uint64_t histogram_floor_ns(uint32_t bucket);

/* The counts as they are now; returns their sum. What is derived from one such copy agrees. */
uint64_t histogram_read(const histogram *h, uint64_t counts[HISTOGRAM_BUCKETS]);
/* The smallest time that at least `share` (0..1) of all do not exceed, as the middle of its bucket;
 * 0 when nothing was recorded. */
double histogram_percentile_ns(const uint64_t counts[HISTOGRAM_BUCKETS], double share);

#endif
