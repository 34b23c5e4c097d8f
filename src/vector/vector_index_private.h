/* vector_index_private.h - the structure of a vector index, for vector_index*.c and their tests. */
#ifndef KITH_VECTOR_VECTOR_INDEX_PRIVATE_H
#define KITH_VECTOR_VECTOR_INDEX_PRIVATE_H

#include "vector/coded_graph.h"
#include "vector/flat_codes.h"
#include "vector/graph.h"
#include "vector/planner.h"
#include "vector/search_scratch.h"
#include "vector/vector_index.h"
#include "vector/vector_rows.h"

/* Invariant: node n of the graph is row n, and there are at most as many nodes as published rows.
 */
struct vector_index {
    vector_index_options options; /* defaults filled in */
    vector_rows rows;             /* the appender's */
    graph graph;                  /* the linker's */
    /* The linker's; of the first rows: all that have nodes, unless the graph was read and they are still
     * to be made. */
    row_codes codes;
    coded_graph coded;              /* the linker's; of the first nodes of the graph, or all */
    flat_codes flat;                /* the linker's; of the first nodes of the graph, or all */
    search_scratch_pool *scratches; /* apart, so that a search on a const index can change it ... */
    planner_history *history;       /* ... and this */
};

#endif
