/* graph.h - an HNSW graph over rows: its links, walking it, adding to it.
 * Source: Malkov & Yashunin 2018, "Efficient and robust approximate nearest neighbor search using
 * Hierarchical Navigable Small World graphs", Algorithms 1-5.
 *
 * Node n is row n of the vectors. Nodes are on levels 0..top; a node is on every level up to its
 * own, which is drawn geometrically (P(level >= l) = M^-l). A search descends greedily from the
 * entry node, which is on the highest level, to level 1, and walks level 0 with ef candidates.
 *
 * What differs from the paper, and why:
 *
 *   1. Pinned links. When a full node chooses its links anew (Algorithm 4), it may drop the only
 *      link that leads to some node, and no search finds that row again. Here each node but the
 *      first has a parent among the earlier nodes, and the links from it to its parent and back are
 *      pinned: choosing anew never drops them. The pinned links are a spanning tree of level 0 with
 *      links both ways, so every node is reachable from every other at level 0, whatever the data
 *      (two far clusters, a thousand copies of one point, a star around one row).
 *   2. Of the links that fail the diversity test the nearest are kept until three quarters of the
 *      slots are full; the paper drops all or fills all slots (keepPrunedConnections). See
 *      select_neighbors in graph_build.c for the numbers.
 *   3. Between levels an insertion hands on the nearest node only, as a search does; Algorithm 1
 *      hands on all ef. One good entry is enough: the walk of the next level finds the others.
 *   4. One sorted array in place of two heaps, with the same result: candidates.h.
 *
 * As in the paper, links need not be mutual: a node that drops a link leaves the one back alone.
 * Only pinned links always go both ways.
 *
 * Deletions. The graph knows none. A removed row keeps its node and its links, for other rows may
 * be reachable only through it; the vector index marks the row in its live set, drops it from
 * results, and lets searches keep more candidates to make up for it (choose_ef in vector_index.c).
 * When removed rows are too many the owner of the index builds a new one without them. No slot is
 * ever used again, so a row number means the same row for as long as the graph exists.
 *
 * Threads. Searches only read the graph and may run beside one another. An insertion runs alone: it
 * may move all arrays (region.h), rewrites links of other nodes in place, and for a moment has
 * nodes that are linked one way only. The caller provides the exclusion (a readers-writer lock in
 * src/db), so a search sees the graph between two insertions and never a part of one.
 *
 * In memory a link is a u32: a row id, with the top bit set when it is pinned.
 *
 *   base_links   u32[count][base_degree]      links at level 0, base_degree = 2 * neighbors
 *   levels       u8[count]                    the highest level of each node
 *   upper_start  u32[count]                   where the node's runs begin in upper_links
 *   upper_links  u32[upper_runs][neighbors]   links at level 1, 2, ... of one node, then the next;
 *                                             never pinned
 *
 * The free slots of a node at a level are GRAPH_NONE, all of them after the used ones. */
#ifndef KITH_VECTOR_GRAPH_H
#define KITH_VECTOR_GRAPH_H

#include "base/buffer.h"
#include "base/rng.h"
#include "base/status.h"
#include "vector/region.h"
#include "vector/search_scratch.h"
#include "vector/vector_rows.h"

#include <stdint.h>

enum {
    GRAPH_MAX_LEVEL = 31,
    GRAPH_MIN_NEIGHBORS = 2,
    GRAPH_MAX_NEIGHBORS = SCRATCH_BATCH / 2 /* all links of a node fit one batch */
};

static const uint32_t GRAPH_NONE = UINT32_MAX; /* a free slot */
static const uint32_t GRAPH_PINNED = UINT32_C(1) << 31;

/* Invariants, which graph_verify checks:
 *   1. the entry node is on the highest level of all, which is at most GRAPH_MAX_LEVEL;
 *   2. the runs of upper_links follow one another in the order of nodes, one run a level above 0;
 *   3. a node's links at a level are different nodes of that level, itself not among them;
 *   4. node n > 0 has exactly one pinned link to an earlier node, node 0 has none, and for every
 *      pinned link the one back is pinned too. */
typedef struct graph {
    uint32_t neighbors;       /* M: links of a new node at each level, slots at levels above 0 */
    uint32_t base_degree;     /* slots at level 0: 2 * M */
    uint32_t ef_construction; /* candidates kept while a new node's neighbors are looked for */
    rng random;               /* draws the levels */
    uint32_t count;           /* nodes: rows 0..count of the vectors */
    uint32_t entry;           /* where searches begin; of no meaning while count is 0 */
    region base_links;
    region levels;
    region upper_start;
    region upper_links;
    uint32_t upper_runs; /* runs in upper_links: the sum of all nodes' levels */
} graph;

/* An empty graph. The same seed and the same insertions in the same order give the same graph.
 * neighbors GRAPH_MIN_NEIGHBORS..GRAPH_MAX_NEIGHBORS; ef_construction >= 1 */
void graph_init(graph *g, uint32_t neighbors, uint32_t ef_construction, uint64_t seed);
void graph_done(graph *g);
/* Bytes of links and levels in use; what the regions have in reserve is not counted. */
size_t graph_bytes(const graph *g);

static inline uint32_t graph_level(const graph *g, uint32_t node)
{
    return ((const uint8_t *)g->levels.base)[node];
}

/* The links of `node` at `level`, which is at most graph_level(g, node): [graph_degree(g, level)]
 * slots. Valid until the next insertion. */
static inline uint32_t *graph_links(const graph *g, uint32_t node, uint32_t level)
{
    if (level == 0) return (uint32_t *)g->base_links.base + (size_t)node * g->base_degree;
    uint32_t run = ((const uint32_t *)g->upper_start.base)[node] + level - 1;
    return (uint32_t *)g->upper_links.base + (size_t)run * g->neighbors;
}

/* Slots of a node at `level`. */
static inline uint32_t graph_degree(const graph *g, uint32_t level)
{
    return level == 0 ? g->base_degree : g->neighbors;
}

/* The row that a link leads to; not for GRAPH_NONE. */
static inline uint32_t link_row(uint32_t link)
{
    return link & ~GRAPH_PINNED;
}

/* Adds a node for each of the rows g->count..v->count, in order (Algorithm 1).
 * s  scratch for v->count rows, with g->ef_construction candidates
 * Exclusive: no other call on `g` or `v` meanwhile.
 * Errors: KITH_ERR_NO_MEMORY; the graph is then as it was. All memory is taken before the first
 * node is linked. */
KITH_CHECKED kith_status graph_insert_rows(graph *g, const vector_rows *v, search_scratch *s,
                                           kith_error *err);

/* Leaves in s->found the nodes nearest to `query` [v->stride] that the walk finds, nearest first:
 * min(s->found.capacity, g->count) of them or fewer (Algorithm 5). Removed rows are among them.
 * g has at least one node; s has room for g->count rows and at least one candidate. Any number of
 * threads at once, each with its own scratch, none beside an insertion. Cannot fail. */
void graph_search(const graph *g, const vector_rows *v, const float *query, search_scratch *s);
/* Algorithm 2: walks `level` from `entry`, a node of that level with its distance; replaces the
 * candidates in s->found. Conditions as for graph_search. */
void graph_walk_level(const graph *g, const vector_rows *v, const float *query, candidate entry,
                      uint32_t level, search_scratch *s);
/* Descends greedily from the entry node through the levels above `level` and returns the nearest
 * node found, with its distance; the entry node itself when it is not above `level`. */
candidate graph_descend(const graph *g, const vector_rows *v, const float *query, uint32_t level,
                        search_scratch *s);

/* Verifies the four invariants of `graph`; O(links). KITH_ERR_CORRUPT names the node and which one
 * it breaks. Safe on links and levels from an untrusted file. */
KITH_CHECKED kith_status graph_verify(const graph *g, kith_error *err);

/* Appends the graph; the layout is at the head of graph.c. Fails as the buffer does (out->failed).
 */
void graph_write(const graph *g, buffer *out);
/* Reads what graph_write wrote for `count` nodes into a graph fresh from graph_init with the same
 * neighbors, verifies it, and moves `bytes` past it. Errors: KITH_ERR_CORRUPT when bytes are
 * missing or an invariant does not hold, KITH_ERR_NO_MEMORY; the graph then holds a part and is
 * good for graph_done only. */
KITH_CHECKED kith_status graph_read(graph *g, uint32_t count, view *bytes, kith_error *err);

#endif
