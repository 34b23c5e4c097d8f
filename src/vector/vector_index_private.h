/* vector_index_private.h - the structure of a vector index, for vector_index*.c and their tests. */
#ifndef KITH_VECTOR_VECTOR_INDEX_PRIVATE_H
#define KITH_VECTOR_VECTOR_INDEX_PRIVATE_H

#include "vector/graph.h"
#include "vector/search_scratch.h"
#include "vector/vector_index.h"
#include "vector/vector_rows.h"

/* Invariants:
 *   1. the graph, when there is one, has a node for every row; without one it has no node at all;
 *   2. there is a graph exactly when rows.count > options.flat_below: rows are never taken away,
 *      and the insertion that exceeds the limit builds it or fails;
 *   3. bits of `live` past rows.count are clear, and live_count of the others are set. */
struct vector_index {
    vector_index_options options; /* defaults filled in */
    vector_rows rows;
    bitset live;       /* [rows.count] bits; its words have room for live_words */
    size_t live_words; /* allocated */
    uint32_t live_count;
    bool has_graph;
    graph graph;
    search_scratch_pool *scratches; /* apart, so that a search on a const index can change it */
};

/* Makes room for `count` bits in ix->live; new words are 0. False: out of memory, nothing changed.
 */
KITH_CHECKED bool vector_index_reserve_live(vector_index *ix, uint32_t count);

#endif
