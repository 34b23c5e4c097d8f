/* kith/budget.h - collections whose vectors take more memory than they may, or than they are to.
 *
 * A collection may be given a limit of the memory that its vectors take: floats, codes and the graph that searches walk. As
 * long as they take no more than three quarters of it, nothing is different. When they would, the vectors move to the
 * disk, and graph and codes stay: the index is compact. Searches walk as before, by codes, and read the vectors of what
 * they found, some ten for ten hits: so they take a little longer, as long as the system has what they read in memory, and as
 * long as some ten reads of the disk take where it has not. At 384 dimensions a vector then takes a seventh of the memory.
 *
 * When graph and codes would take more than three quarters, too, the rows move into lists on
 * the disk (an inverted file): a search reads the codes of the lists that are nearest to the query, and then the vectors of
 * what is nearest by them. In memory stay the centres of the lists, 4 bytes a vector, and vectors that came lately, an
 * eighth of the limit at most. Searches then read files, and take as long as the disk does where the system does not
 * have them in memory; kith_query's `ef` is the number of lists that are read, and target_recall is measured as for a
 * graph. Searches in lists, and those of a compact index, are not sampled (recall.h).
 *
 * An index may be compact without a limit, too (KITH_MEMORY_COMPACT of kith_collection_changes, catalog.h). It is so from 4,097 vectors on, and if they have 64
 * to 6,144 dimensions: shorter ones have no codes. With a limit these move into lists at once.
 *
 * What is not counted: ids, metadata, words, and which point a row is, which are in memory as before (kith_estimate_collection
 * tells how much); pages of files that the system keeps in memory and gives up when it is asked for some; what a search
 * takes while it runs; and, while an index is built anew because the limit was changed, the
 * former one. The limit is not kept where a file without a name cannot be made in the data directory, or the disk is
 * full: vectors then stay in memory; where it is so small that 4 bytes a vector do not fit; and where a collection got its
 * dimension after its limit, and that asks for more (KITH_INDEX_MEMORY_OF_DIMENSION). kith_collection_memory tells what is used.
 *
 * What kith.h says of memory, errors and threads holds here too. */
#ifndef KITH_BUDGET_H
#define KITH_BUDGET_H

#include <kith/kith.h>

#ifdef __cplusplus
extern "C" {
#endif

#define KITH_INDEX_MEMORY_LEAST 1048576 /* bytes; ... */
#define KITH_INDEX_MEMORY_OF_DIMENSION                                                             \
    1024 /* ... and so many for each dimension, if that is more */

/* May vectors of `dimension` (0: it is not known yet) be limited to `bytes`? Reads nothing.
 * Errors: INVALID: neither 0 nor as many as the two numbers above ask for; the message says how many that is. Or more than
 * INT64_MAX. */
KITH_API kith_status kith_index_memory_check(uint64_t bytes, uint32_t dimension, kith_error *err);

/* Limits the memory of the collection's vectors to `bytes`, for all processes and for good; 0: any number. An index that is
 * in memory is built anew in the background when it is to have another form; in other processes when they next write to the
 * collection or search it.
 * Errors: INVALID (kith_index_memory_check, or the name is not allowed), NOT_FOUND (no such collection), BUSY,
 * IO, FULL, CORRUPT, NO_MEMORY. */
KITH_API kith_status kith_collection_limit_memory(kith *k, const char *collection, uint64_t bytes,
                                                  kith_error *err);

typedef struct kith_index_memory {
    size_t size;        /* sizeof, set before the call; 0: the first release's */
    uint64_t limit;     /* bytes; 0: there is none */
    uint64_t used;      /* bytes that the vectors of the loaded index take; 0: it is not loaded */
    uint64_t lists;     /* that its rows are in; 0: they are in none, or it is not loaded */
    bool is_compact;    /* graph and codes are in memory, vectors on the disk */
    kith_memory memory; /* what is asked for */
} kith_index_memory;

/* Loads nothing. Errors: NOT_FOUND (no such collection), INVALID (the name is not allowed, or the size of the structure), IO,
 * CORRUPT, BUSY, FULL, NO_MEMORY; *out untouched. */
KITH_API kith_status kith_collection_memory(kith *k, const char *collection, kith_index_memory *out,
                                            kith_error *err);

#ifdef __cplusplus
}
#endif

#endif
