/* graph.h - an HNSW graph over rows: who is linked to whom, walking it, adding to it.
 * Levels 0..top; each node stands on all levels up to its own, drawn geometrically. A search falls
 * greedily from the entry node, the highest, to level 1 and walks level 0 with many candidates.
 * Source: Malkov & Yashunin 2018, Algorithms 1-5.
 *
 * Beyond the paper: pinned links. Pruning can cut a node off from every other, so that no search
 * finds it. Each node but the first therefore has a parent among the earlier nodes, and the links
 * from it to its parent and back are pinned: pruning never drops them. The pinned links form a
 * spanning tree of level 0; from any node every node can be reached.
 *
 * A link is a row id; its top bit says pinned. Level 0: `base_degree` slots a node, the free ones
 * GRAPH_NONE at the end. Higher levels: `neighbors` slots a level, never pinned. */
#ifndef KITH_VECTOR_GRAPH_H
#define KITH_VECTOR_GRAPH_H

#include "base/buffer.h"
#include "base/rng.h"
#include "base/status.h"
#include "vector/region.h"
#include "vector/search_scratch.h"
#include "vector/vectors.h"

#include <stdint.h>

enum { GRAPH_MAX_LEVEL = 31, GRAPH_MIN_NEIGHBORS = 2, GRAPH_MAX_NEIGHBORS = SCRATCH_BATCH / 2 };

static const uint32_t GRAPH_NONE = UINT32_MAX;
static const uint32_t GRAPH_PINNED = UINT32_C(1) << 31;

typedef struct graph {
    uint32_t neighbors, base_degree; /* M, and 2M at level 0 */
    uint32_t ef_construction;
    rng random;
    uint32_t count; /* nodes: rows 0..count of the vectors */
    uint32_t entry;
    region base_links;  /* u32[count][base_degree] */
    region levels;      /* u8[count] */
    region upper_start; /* u32[count], in runs of `neighbors` slots; of no meaning at level 0 */
    region upper_links; /* u32[upper_runs][neighbors] */
    uint32_t upper_runs;
} graph;

/* An empty graph; the same seed and the same insertions give the same graph. */
void graph_init(graph *g, uint32_t neighbors, uint32_t ef_construction, uint64_t seed);
void graph_done(graph *g);
size_t graph_bytes(const graph *g);

static inline uint32_t graph_level(const graph *g, uint32_t node)
{
    return ((const uint8_t *)g->levels.base)[node];
}

static inline uint32_t *graph_links(const graph *g, uint32_t node, uint32_t level)
{
    if (level == 0) return (uint32_t *)g->base_links.base + (size_t)node * g->base_degree;
    uint32_t run = ((const uint32_t *)g->upper_start.base)[node] + level - 1;
    return (uint32_t *)g->upper_links.base + (size_t)run * g->neighbors;
}

static inline uint32_t graph_degree(const graph *g, uint32_t level)
{
    return level == 0 ? g->base_degree : g->neighbors;
}

static inline uint32_t link_row(uint32_t link)
{
    return link & ~GRAPH_PINNED;
}

/* Adds rows g->count..v->count, in order. KITH_ERR_NO_MEMORY: the graph is as it was.
 * s: scratch for v->count rows and ef_construction candidates. Exclusive. */
KITH_CHECKED kith_status graph_insert_rows(graph *g, const vectors *v, scratch *s, kith_error *err);

/* Walks to `query` [stride] and leaves the nearest nodes, at most s->found.capacity, sorted in
 * s->found. Any number of threads, each with its own scratch; g has nodes. */
void graph_search(const graph *g, const vectors *v, const float *query, scratch *s);
/* The walk of one level from `entry`; the candidates in s->found are replaced. */
void graph_walk_level(const graph *g, const vectors *v, const float *query, candidate entry,
                      uint32_t level, scratch *s);
/* Greedy descent from the entry node to the node nearest to `query` that it finds above `level`. */
candidate graph_descend(const graph *g, const vectors *v, const float *query, uint32_t level,
                        scratch *s);

/* Every invariant named above: levels, ranges, slots, pinned tree. KITH_ERR_CORRUPT says which. */
KITH_CHECKED kith_status graph_verify(const graph *g, kith_error *err);

void graph_write(const graph *g, buffer *out);
/* Reads what graph_write wrote for `count` nodes into an initialised graph and verifies it. `bytes`
 * is advanced. KITH_ERR_CORRUPT, KITH_ERR_NO_MEMORY: the graph may hold part; graph_done it. */
KITH_CHECKED kith_status graph_read(graph *g, uint32_t count, view *bytes, kith_error *err);

#endif
