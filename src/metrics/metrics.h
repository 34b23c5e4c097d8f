/* metrics.h - what was done, how long it took, and what went wrong, since the data directory came
 * to be.
 * Counting is a relaxed atomic addition: no lock on the way of a question, and each number stands
 * for itself. The store keeps them: read when the directory is opened, written when it is closed
 * and once a minute of work, so that a crash costs the counts of a minute. One process has the
 * directory at a time, so what it writes is the whole. */
#ifndef KITH_METRICS_METRICS_H
#define KITH_METRICS_METRICS_H

#include "base/arena.h"
#include "base/status.h"
#include "metrics/histogram.h"
#include "store/store.h"

#include <kith/kith.h>

typedef struct metrics metrics;

typedef enum metrics_counter {
    METRICS_QUESTIONS, /* kith_ask, whatever came of it */
    METRICS_SEARCHES,
    METRICS_CACHE_HITS,
    METRICS_CACHE_MISSES, /* the cache was asked in vain */
    METRICS_DOCUMENTS,    /* stored, added or updated */
    METRICS_CHUNKS,
    METRICS_PROMPT_TOKENS,
    METRICS_COMPLETION_TOKENS,
    METRICS_COUNTER_COUNT
} metrics_counter;

typedef enum metrics_stage {
    METRICS_EMBED,
    METRICS_SEARCH,
    METRICS_ANSWER, /* writing it, by LLM or by quoting */
    METRICS_TOTAL,  /* of a question, from the cache or not */
    METRICS_STAGE_COUNT
} metrics_stage;

/* Goes on from what the store holds; counters that are damaged begin at zero again. */
KITH_CHECKED kith_status metrics_new(store *s, metrics **out, kith_error *err);
void metrics_free(metrics *m);

/* Any thread; `m` may be NULL, which counts nothing. */
void metrics_count(metrics *m, metrics_counter counter, uint64_t n);
void metrics_time(metrics *m, metrics_stage stage, int64_t ns);
/* KITH_OK is no error and is not counted. */
void metrics_error(metrics *m, kith_status status, uint64_t n);

/* Writes what was counted since the last time, if anything was. */
KITH_CHECKED kith_status metrics_save(metrics *m, kith_error *err);
/* The same, when a minute has passed. Failure costs the counts at worst. */
void metrics_save_when_due(metrics *m);

/* All but `json` and `prometheus`; strings and arrays in `a`. */
KITH_CHECKED kith_status metrics_read(metrics *m, arena *a, kith_metrics *out, kith_error *err);
/* A stage's times, for the rendering of their buckets. */
const histogram *metrics_histogram(const metrics *m, metrics_stage stage);

/* ---- metrics_text.c ---- */

/* The figures as one JSON object, and in Prometheus's text format 0.0.4; in `a`. */
KITH_CHECKED kith_status metrics_json(const kith_metrics *figures, arena *a, const char **out,
                                      kith_error *err);
KITH_CHECKED kith_status metrics_prometheus(const metrics *m, const kith_metrics *figures, arena *a,
                                            const char **out, kith_error *err);

#endif
