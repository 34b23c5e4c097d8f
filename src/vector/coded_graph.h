/* coded_graph.h - level 0 of the graph in the form that searches walk: one row of codes a node.
 *
 * A walk over vectors fetches the vector of every neighbor that it meets, from an address of its
 * own: 32 neighbors of 784 dimensions are 100 KB. Here all that a step needs lies in one piece of 4
 * KB: of each neighbor a sign code, one bit a dimension, relative to the node, with which the
 * distances of all of them are estimated at once, and their ids. The node's own code of 8 bits, whose
 * distance to the query is nearly exact (row_codes.h), is fetched at the same time. So a step
 * estimates where to go, and what it has gone to it knows well. Sources: Gou et al. 2025, "SymphonyQG", for the estimates in the rows;
 * the node's own vector, which is most of a row there, is that code here.
 *
 * A row, of `blocks` blocks of CODES_BLOCK neighbors each:
 *
 *   bytes               what
 *   blocks *            for each block:
 *     4 * dim             u8  sign codes (simd/codes.h)
 *     64, 64              f16 add, rescale (codes_block); an unused place adds infinity
 *     128                 u32 ids of the neighbors, GRAPH_NONE where unused
 *   to a multiple of 64
 *
 * The estimate. p is the node and o a neighbor, both as coded, r = o - p, x the signs of r as halves, 1/2
 * and -1/2. <q - p, r> is estimated by <q - p, x> <r, r> / <r, x>, which is right on average over
 * the rotations, its error falling with the square root of the dimensions. Then, under squared L2,
 *
 *   |q - o|^2 = |q - p|^2 + |r|^2 - 2 <q - p, r>
 *             = |q - p|^2 + add + rescale * <q, x>
 *
 * with all that does not depend on the query in `add` and `rescale`; so too under inner product.
 * `add`, a square, is stored in 256ths of a unit, the mean squared distance of nodes from the centre: half
 * precision holds what is up to 256 units, and is precise down to a 4-millionth of one. `rescale` is a
 * length, and stored in 256ths of the root of the unit: so they fit whatever the length of vectors is.
 *
 * Changes. Rows are never changed: the linker writes another and stores its place in the node.
 * What a search may still read is used again only after that search has ended (readers.h).
 *
 * Nodes that leave the graph: coded_graph_update writes the rows of those that had links to them, and
 * the entries, anew; when no search stands on them any more, coded_graph_forget takes their rows. A slot that
 * gets a node again is coded by the next update, and no row has it among its neighbors before.
 *
 * The linker may be behind with this: rows that have a node in the graph and none here are among
 * those that a search scans. */
#ifndef KITH_VECTOR_CODED_GRAPH_H
#define KITH_VECTOR_CODED_GRAPH_H

#include "vector/graph.h"
#include "vector/readers.h"
#include "vector/row_codes.h"

#include <stdatomic.h>
#include <stdint.h>

enum {
    CODED_UNIT_PARTS = 256,   /* of the unit: what factors are stored in */
    CODED_ENTRIES_MAX = 1024, /* nodes that are compared with a query to find where to begin */
    CODED_SPARE_ROWS = 512    /* that wait until no search reads them, where all are written anew */
};

/* Where the row of a node is. */
typedef _Atomic(uint32_t) coded_place;

static const uint32_t CODED_NO_PLACE = UINT32_MAX; /* of a slot without a node, or not coded yet */

typedef struct coded_graph {
    const row_codes *codes; /* that all nodes have; not owned */
    uint32_t dim;           /* of the codes; 0: there are none, vectors are too short */
    uint32_t blocks;        /* of a row */
    size_t row_bytes;
    float unit;                /* 0 while there are no rows, then fixed */
    readers *readers;          /* apart, so that a search on a const index can change it */
    _Atomic(uint32_t) count;   /* nodes in slots 0..count have rows, but for some that came last */
    _Atomic(uint32_t) entries; /* the row of the places of entry blocks; of no meaning at count 0 */
    region nodes;              /* coded_place */
    region rows;               /* row_bytes each; published by a place */
    /* The linker's. */
    uint32_t placed, filled, target; /* an update under way: count <= filled <= placed <= target */
    uint32_t entry_level, entry_count; /* what the entries are: nodes of that level, so many */
    bool entries_changed;              /* one has left, or a slot has a node again */
    uint32_t forgotten;                /* slots below count without a place */
    _Atomic(uint32_t) places;          /* that were ever given out; any thread may ask */
    region unused, retired;            /* u32: places to be given out again, at once and later */
    uint32_t unused_count, retired_count;
    uint32_t waiting; /* the first so many of the retired are waited for; those behind come next */
    bool
        was_zero[2]; /* has that side's count been at 0 since the first of `waiting` was retired? */
} coded_graph;

/* No nodes. codes: stay where they are; of dim 0, there will be no rows. neighbors: those of a node of the
 * graph at level 0. False: out of memory; coded_graph_done is still to be called. */
bool coded_graph_init(coded_graph *g, const row_codes *codes, uint32_t neighbors);
/* Runs alone. */
void coded_graph_done(coded_graph *g);
/* Takes back the memory of all rows, for good: no search walks any more. The count of searches stays. The linker's. */
void coded_graph_drop(coded_graph *g);

/* Works towards rows for all nodes that `from` has when this begins, `budget` steps at most, of which a node
 * takes two; when all have theirs, searches get to know them, and nodes whose links have changed
 * (from->changed) get new ones. To be called until coded_graph_count(g) is graph_count(from). The
 * linker's.
 * Errors: KITH_ERR_NO_MEMORY: what was done stays done, searches see what they saw; to be called
 * again. */
KITH_CHECKED kith_status coded_graph_update(coded_graph *g, graph *from, uint32_t budget,
                                            kith_error *err);
/* Aborts unless all rows are those of the graph's links, as far as they are coded. Neither beside
 * the linker nor searches; for tests. */
void coded_graph_check(const coded_graph *g, const graph *from);

/* Is no update under way? The linker's. */
static inline bool coded_graph_is_done(const coded_graph *g)
{
    return g->target == atomic_load_explicit(&g->count, memory_order_relaxed);
}

/* The nodes are about to leave: the entries among them go with the next update. The linker's. */
void coded_graph_note_leaving(coded_graph *g, const graph *from, const uint32_t *nodes,
                              uint32_t count);
/* No search reads the rows of these slots any more. The linker's. */
void coded_graph_forget(coded_graph *g, const uint32_t *slots, uint32_t count);

/* Slots that a search may meet nodes in. Never falls. Any thread. */
static inline uint32_t coded_graph_count(const coded_graph *g)
{
    return atomic_load_explicit(&g->count, memory_order_acquire);
}

/* Memory that rows and nodes take. Any thread. */
size_t coded_graph_bytes(const coded_graph *g);

/* Around everything that reads rows. Returns what coded_graph_leave takes. Any thread. */
static inline uint32_t coded_graph_enter(const coded_graph *g)
{
    return readers_enter(g->readers);
}

static inline void coded_graph_leave(const coded_graph *g, uint32_t side)
{
    readers_leave(g->readers, side);
}

/* ---- a row; between enter and leave ---- */

static inline coded_place *coded_place_of(const coded_graph *g, uint32_t node)
{
    return region_at(&g->nodes, node);
}

static inline const uint8_t *coded_row(const coded_graph *g, uint32_t node)
{
    return region_at(&g->rows, atomic_load(coded_place_of(g, node)));
}

static inline size_t coded_block_bytes(const coded_graph *g)
{
    return CODES_BLOCK * ((size_t)g->dim / 8 + 2 * sizeof(uint16_t) + sizeof(uint32_t));
}

static inline const uint8_t *coded_block(const coded_graph *g, const uint8_t *row, uint32_t block)
{
    return row + block * coded_block_bytes(g);
}

static inline const uint16_t *coded_add(const coded_graph *g, const uint8_t *block)
{
    return (const uint16_t *)(const void *)(block + (size_t)CODES_GROUP * g->dim);
}

static inline const uint16_t *coded_rescale(const coded_graph *g, const uint8_t *block)
{
    return coded_add(g, block) + CODES_BLOCK;
}

static inline const uint32_t *coded_ids(const coded_graph *g, const uint8_t *block)
{
    return (const uint32_t *)(const void *)(coded_rescale(g, block) + CODES_BLOCK);
}

#endif
