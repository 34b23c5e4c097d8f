/* vector_index_parts.h - what the files of the vector index share: its structure. */
#ifndef KITH_VECTOR_VECTOR_INDEX_PARTS_H
#define KITH_VECTOR_VECTOR_INDEX_PARTS_H

#include "vector/graph.h"
#include "vector/search_scratch.h"
#include "vector/vector_index.h"
#include "vector/vectors.h"

/* Invariant: the graph, when there is one, has a node for every row. */
struct vector_index {
    vector_index_options options; /* defaults filled in */
    vectors rows;
    bitset live; /* [rows.count]; its words have room for live_words */
    size_t live_words;
    uint32_t live_count;
    bool has_graph;
    graph graph;
    scratch_pool *scratches; /* shared by concurrent searches */
};

/* Room for one more bit of `live`, up to `count` bits in all. */
KITH_CHECKED bool vector_index_reserve_live(vector_index *ix, uint32_t count);

#endif
