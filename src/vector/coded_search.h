/* coded_search.h - walking the rows of codes. */
#ifndef KITH_VECTOR_CODED_SEARCH_H
#define KITH_VECTOR_CODED_SEARCH_H

#include "vector/coded_graph.h"
#include "vector/flat_search.h"
#include "vector/search_scratch.h"

/* How a walk treats nodes that cannot be hits. */
typedef enum walk_mode {
    WALK_ALL,     /* goes through them like through all others */
    WALK_TWO_HOPS /* of those among a node's neighbors, the nearest few are looked through for nodes
                   * that can be hits, and only these are gone to (Patel et al. 2024, "ACORN") */
} walk_mode;

/* What a walk is to do. */
typedef struct walk_plan {
    walk_mode mode;
    uint32_t
        candidates; /* it goes to so many of the nearest that it meets, by their estimates; at least 1 */
    /* With so many nodes gone to, fewer than half as many that may be hits as `admitted_least` would
     * be in proportion to `hops_expected`: the walk gives up. 0: it never does. */
    uint32_t hops_expected, admitted_least;
} walk_plan;

/* Walks the graph towards `query` [stride], a row or what vector_rows_prepare wrote, and leaves in
 * s->best the nearest of the nodes that it went to and that are among `among`, nearest first by the
 * distances of their codes, at most s->best.capacity. Nodes at and past `count`, which
 * coded_graph_count gave and which is not 0, are ignored. s has room for `count` rows, a
 * frontier of so many candidates as the plan says, and for the query's codes. Any thread, between
 * coded_graph_enter and coded_graph_leave, each with its own scratch. s->admitted_count says how many of
 * the nodes that it went to may be hits. False: it gave up, as the plan says. */
bool coded_search(const coded_graph *g, uint32_t count, const float *query, const scan_range *among,
                  const walk_plan *plan, search_scratch *s);

/* How many of s->best, from the nearest on, are to be compared exactly, so that the k nearest by
 * vectors are among them: those whose distance may be below that of the k-th, as far as three
 * standard deviations of the errors of codes go. After coded_search, before coded_graph_leave. */
uint32_t coded_search_open(const coded_graph *g, const search_scratch *s, uint32_t k);

#endif
