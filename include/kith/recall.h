/* kith/recall.h - how much of what is nearest searches by vector find: asking for it, and knowing it.
 *
 * A large collection is searched through a graph, which finds nearly all of the nearest points: the recall is
 * the share of the k nearest that are among the k hits, on average. kith_query says how much is wanted, by
 *
 *   ef             candidates that the walk through the graph keeps; more find more and take longer; or
 *   target_recall  the recall itself, KITH_RECALL_LEAST to KITH_RECALL_MOST, on average over queries
 *                  like those that the index was measured by
 *
 * For the latter the library measures each graph, in the background once its points are linked: by points
 * of the collection, each hidden from its own search, and once enough searches were sampled by these. While it has not been
 * measured, and where no walk finds as much as is asked for, such a search compares every vector. So does
 * any search of a collection without a graph, and of few points that pass a filter: that is exact.
 * With a filter the walk is widened by what the filter leaves out; how much it then finds was not measured, and
 * depends on how the filter goes with the query.
 *
 * One search in kith_options.sample_every is compared with an exact one, later and in the background, at most a
 * hundredth of one processor's time, so that kith_collection_recall tells what was really found.
 * What kith.h says of memory, errors and threads holds here too. */
#ifndef KITH_RECALL_H
#define KITH_RECALL_H

#include <kith/kith.h>

#ifdef __cplusplus
extern "C" {
#endif

#define KITH_RECALL_LEAST 0.5
#define KITH_RECALL_MOST  0.999
#define KITH_SAMPLE_EVERY 1000       /* kith_options.sample_every when it is 0 */
#define KITH_SAMPLE_NONE  UINT32_MAX /* kith_options.sample_every: no search is sampled */

/* Of a collection's searches by vector, alone and with words, in all processes that have it open. */
typedef struct kith_recall {
    size_t size; /* sizeof, set before the call; 0: the first release's */
    uint64_t
        searches;  /* that were sampled since `since_ms`; 0: none, and what follows means nothing */
    double recall; /* on average */
    double low, high; /* it lies between, at 95 of 100 */
    int64_t since_ms; /* since 1970, UTC: when the index was begun that they searched */
    uint32_t
        measured_by; /* queries by which the graph was measured, for target_recall; 0: it was not, or
                           * is not in memory */
    bool measured_by_searches; /* these were sampled searches; false: points of the collection */
} kith_recall;

/* Loads nothing. Figures are kept in the data directory, and begin anew when the index is built anew.
 * Errors: NOT_FOUND (no such collection), INVALID (the name is not allowed, or the size of the structure), IO,
 * CORRUPT, BUSY, FULL, NO_MEMORY; *out untouched. */
KITH_API kith_status kith_collection_recall(kith *k, const char *collection, kith_recall *out,
                                            kith_error *err);

/* The same of each collection of `list` (kith_collections of the same handle), with one look at what is stored: out[i] is
 * of list->collections[i], all zero but for its size for one that was deleted or renamed meanwhile.
 * out  [list->count] of the size that the first of them says
 * Errors: INVALID (that size), IO, CORRUPT, BUSY, FULL, NO_MEMORY; `out` untouched. */
KITH_API kith_status kith_collections_recall(kith *k, const kith_collection_list *list,
                                             kith_recall *out, kith_error *err);

#ifdef __cplusplus
}
#endif

#endif
