/* metrics.h - counters of what was done, how long it took and what failed, since the data directory
 * was created.
 *
 * Counting is a relaxed atomic addition, so that a question waits for no lock; relaxed order
 * suffices because no other memory depends on a counter, and figures may disagree by what is being
 * counted while they are read. The counters are kept in the store: loaded when the data directory
 * is opened, saved when it is closed and, by the store's writer, about once a minute while there is
 * work, so that no call waits for it and a crash loses a minute of counts. A save replaces all that
 * was stored, so of two processes whose work overlaps the counts of the one that saves first are
 * lost; and it is left out while another process writes. */
#ifndef KITH_METRICS_METRICS_H
#define KITH_METRICS_METRICS_H

#include "base/arena.h"
#include "base/status.h"
#include "metrics/histogram.h"
#include "store/store.h"

#include <kith/operation.h>

/* Any number of threads may count, read and save at a time. */
typedef struct metrics metrics;

typedef enum metrics_counter {
    METRICS_QUESTIONS,         /* asked alone or in a conversation, failed ones too */
    METRICS_SEARCHES,          /* calls of kith_search */
    METRICS_CACHE_HITS,        /* questions answered from the cache */
    METRICS_CACHE_MISSES,      /* questions looked up in the cache that were not there */
    METRICS_DOCUMENTS,         /* documents stored, added or updated */
    METRICS_CHUNKS,            /* chunks embedded and stored */
    METRICS_PROMPT_TOKENS,     /* tokens that LLMs read, as they report them */
    METRICS_COMPLETION_TOKENS, /* tokens that LLMs wrote, as they report them */
    METRICS_COUNTER_COUNT
} metrics_counter;

typedef enum metrics_stage {
    METRICS_EMBED,  /* embedding a question, or the text of a search */
    METRICS_SEARCH, /* finding the passages, of a question or of a search */
    METRICS_ANSWER, /* writing the answer, by an LLM or by quoting */
    METRICS_TOTAL,  /* a whole question, answered from the cache or not */
    METRICS_STAGE_COUNT
} metrics_stage;

/* Loads the counters from the store, which must outlive *out; stored counters that are damaged
 * count as none. The caller frees *out with metrics_free; it is untouched on failure.
 * Errors: KITH_ERR_NO_MEMORY, and any but KITH_ERR_CORRUPT of store_list_counters. */
KITH_CHECKED kith_status metrics_new(store *s, metrics **out, kith_error *err);
/* NULL is allowed. Does not save. After the store was closed, which ends what is being saved. */
void metrics_free(metrics *m);

/* Adds n to a counter. `m` may be NULL: nothing is counted. Any thread. */
void metrics_count(metrics *m, metrics_counter counter, uint64_t n);
/* Counts one duration of a stage. `m` may be NULL: nothing is counted. Any thread. */
void metrics_time(metrics *m, metrics_stage stage, int64_t ns);
/* Counts n failures with this status; KITH_OK is none and is not counted. `m` may be NULL: nothing
 * is counted. Any thread. */
void metrics_error(metrics *m, kith_status status, uint64_t n);

/* Adds what was counted since the last save to the stored counters. Any thread.
 * Errors: KITH_ERR_NO_MEMORY, and those of store_add_counters; the counters then count as
 * unsaved. */
KITH_CHECKED kith_status metrics_save(metrics *m, kith_error *err);
/* When a minute has passed since the last time, has the store's writer save the counters, and does
 * not wait for it. Of several threads, one does so. A failure is not noticed: they stay unsaved, and
 * the next minute tries again. Any thread. */
void metrics_save_when_due(metrics *m);

/* Fills *out with the figures as they are now, except its members `json` and `prometheus`. `a` owns
 * its arrays; names of stages are constants. Any thread.
 * Errors; *out is untouched: KITH_ERR_NO_MEMORY, and those of store_answer_totals. */
KITH_CHECKED kith_status metrics_read(metrics *m, arena *a, kith_metrics *out, kith_error *err);
/* A stage's durations by bucket, borrowed from `m`. */
const histogram *metrics_histogram(const metrics *m, metrics_stage stage);

/* ---- metrics_text.c ---- */

/* Writes the figures as one JSON object, NUL-terminated; `a` owns *out. Any thread.
 * Errors; *out is untouched: KITH_ERR_NO_MEMORY, KITH_ERR_LIMIT when the text is above 1 MB. */
KITH_CHECKED kith_status metrics_json(const kith_metrics *figures, arena *a, const char **out,
                                      kith_error *err);
/* Writes the figures in Prometheus's text format 0.0.4, NUL-terminated, with every stage's buckets
 * from `m` as they are now; `a` owns *out. Any thread.
 * Errors; *out is untouched: KITH_ERR_NO_MEMORY, KITH_ERR_LIMIT when the text is above 1 MB. */
KITH_CHECKED kith_status metrics_prometheus(const metrics *m, const kith_metrics *figures, arena *a,
                                            const char **out, kith_error *err);

#endif
