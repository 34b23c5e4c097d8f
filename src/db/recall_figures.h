/* recall_figures.h - what sampled searches have shown: counted, kept and told.
 *
 * The figures are of one index, as long as it is not built anew (index_recall.since_ms). They are counters in the
 * store, so that other processes read them and several add to them: "recall.COLLECTION.SINCE.searches",
 * ".found" and ".squares", the latter two in millionths. They are deleted with the collection, and those of a former
 * index when the newer one is counted for the first time. */
#ifndef KITH_DB_RECALL_FIGURES_H
#define KITH_DB_RECALL_FIGURES_H

#include "store/counters.h"
#include "store/store.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct recall_sampler recall_sampler; /* recall_sampler.h */

static const double RECALL_MILLIONTHS = 1e6;
/* What was counted. The recall of a search is a share; here their sums, in millionths. */
typedef struct recall_counts {
    uint64_t searches, found, squares;
} recall_counts;

/* The figures of a collection. */
typedef struct recall_figures {
    uint64_t searches; /* that were sampled; 0: none */
    double recall;     /* on average */
    double low, high;  /* it lies between, at 95 of 100 */
    int64_t since_ms;  /* since 1970; 0: never */
} recall_figures;
/* Of the newest index of the collection that counters[count], as store_list_counters gives them, tell of, and of what
 * `r` (NULL: nothing) has not saved. Any thread. */
recall_figures recall_figures_of(recall_sampler *r, const store_counter *counters, uint32_t count,
                                 uint64_t collection);

/* Adds what was counted to the counters of the store, without waiting for that. Any thread. */
bool recall_sampler_is_old(recall_sampler *r); /* were they last saved a minute ago or more? */
void recall_sampler_save(recall_sampler *r, store *s, uint64_t collection);

#endif
