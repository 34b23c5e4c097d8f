/* recall_sampler.h - the recall that searches really get: a few of those that are asked are compared
 * with an exact search, later, by the upkeep.
 *
 * One search in `every` leaves a sample: its vector, the distances of its hits, what its filter let through, and
 * the snapshot that it saw, held, so that the exact search sees the same rows. That is a few copies. Whoever
 * does the upkeep compares it. What that may take is bounded: SAMPLER_SHARE of one processor's time, and
 * SAMPLER_PENDING samples at a time; what comes meanwhile is not sampled. A search that compared everything has
 * found everything, and is counted without being compared.
 *
 * What comes of it: recall_figures.h. docs/decisions/076. */
#ifndef KITH_DB_RECALL_SAMPLER_H
#define KITH_DB_RECALL_SAMPLER_H

#include "db/recall_figures.h"
#include "db/snapshot.h"
#include "store/store.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>

enum {
    SAMPLER_PENDING = 2,  /* samples that wait to be compared */
    SAMPLER_SHARE = 100,  /* one part in so many of a processor's time is for comparing */
    SAMPLER_K_MAX = 1000, /* a search for more hits is not sampled */
    SAMPLER_QUERIES = 256 /* vectors that are kept, the newest ones, to measure the curve by */
};

struct recall_sample;

struct recall_sampler {
    uint32_t every; /* one search in so many; 0: none. Set before the first search */
    uint32_t share; /* SAMPLER_SHARE, or less for tests */
    _Atomic(uint64_t)
        searches; /* by vector, ever; relaxed: it only spreads the samples, and tells that some came */
    _Atomic(int64_t) not_before; /* of the monotonic clock; relaxed: a sample more does no harm */
    pthread_mutex_t lock;        /* guards what follows, for moments; within it none is taken */
    struct recall_sample *pending[SAMPLER_PENDING];
    uint32_t pending_count;
    int64_t since_ms;      /* of the index that the figures are of */
    recall_counts counted; /* and not yet in the store */
    float *queries;        /* [SAMPLER_QUERIES][dim] a ring; NULL: none yet */
    uint32_t dim;
    uint64_t query_count; /* that came in all */
    uint64_t query_used;  /* when the curve was last measured by them */
    int64_t saved_ns;     /* of the monotonic clock, when the counts were last saved */
};

void recall_sampler_init(recall_sampler *r, uint32_t every);
void recall_sampler_done(recall_sampler *r);

/* Is this search one to be sampled? Any thread; to be asked once a search. */
bool recall_sampler_wants(recall_sampler *r);
/* One search as it was answered. */
typedef struct recall_answer {
    const snapshot *seen;
    const float *vector;    /* [dim] as it was asked */
    const bitset *matching; /* NULL: all */
    const hit *hits;        /* [count] nearest first */
    uint32_t k, count;
    bool is_exact;
} recall_answer;
/* Keeps it to be compared, or counts it. True: upkeep has something to do. Any thread. */
bool recall_sampler_take(recall_sampler *r, const recall_answer *a);

/* Is there a sample to be compared? Any thread. */
bool recall_sampler_has_pending(recall_sampler *r);
/* Compares one. For whoever does the upkeep; without one it does nothing. A failure loses the sample. */
void recall_sampler_compare(recall_sampler *r, const call_limit *limit);
/* Drops what waits. When the upkeep was stopped. */
void recall_sampler_drop(recall_sampler *r);
/* Copies of the newest SAMPLER_QUERIES queries, [*count][dim] on the heap, from which a curve is to be measured; NULL:
 * fewer have come, or there is no memory. */
float *recall_sampler_queries(recall_sampler *r, uint32_t dim, uint32_t *count);
/* Memory that the kept queries take. */
size_t recall_sampler_bytes(recall_sampler *r);
/* Have so many come, and as many again as had when they were last taken for a curve? */
bool recall_sampler_has_queries(recall_sampler *r);

#endif
