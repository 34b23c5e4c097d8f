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
 *      first has a parent among the nodes that were linked before, and the links from it to its parent
 *      and back are pinned: choosing anew never drops them. The pinned links are a spanning tree of level 0 with
 *      links both ways, so every node is reachable from every other at level 0, whatever the data
 *      (two far clusters, a thousand copies of one point, a star around one row). When a node is
 *      removed its neighbors in the tree are pinned to one another in its place (graph_remove.c).
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
 * Deletions. A node lies in a slot: node n has the vector of slot n. When no search can want its
 * row any more the linker removes the node, in batches (graph_remove.c): its neighbors in the
 * spanning tree are joined, every node that had a link to it gets another one instead, and then nothing
 * leads to it. Its own links stay as they are for the searches that stand on it. When these have
 * ended, which the owner finds out (readers.h), the node is vacated, and its slot takes another
 * vector. A slot keeps its level and its place in upper_links for good; levels are drawn without regard to
 * vectors, so a vector in a slot that is used again has as random a level as any. Rows that are
 * dead and not removed yet keep their nodes and are walked through like any other.
 *
 * Threads. One thread at a time adds nodes, the linker, and other threads may look for neighbors
 * for it between its changes (graph_build.c); any number of searches run beside it and
 * wait for nothing. Nothing that a search may hold moves (region.h) or is freed, and what does
 * change under a search is three kinds of words, all of them atomic:
 *
 *   count   Slots 0..count have a level, a place in upper_links, and links or free places for them, all
 *           written before count is stored, with release order. A search loads count once, with
 *           acquire order, when it begins (graph_observe), and ignores links to slots at or past that,
 *           for which its scratch has no room.
 *   entry   is stored as n after node n was linked, with release order. A search loads entry first and
 *           count second: if it sees the entry n, it sees a count above n too.
 *   slots   Each is read and written as a whole, read in acquire order and written in release order:
 *           so whoever sees a link to a node sees its vector, which was written before. Every value
 *           that a slot ever holds is right by itself: free, or a link to a node of that level that
 *           is linked, or that searches which may read the link keep from being used again.
 *
 * What a search does not see is a list of links at one moment. While a full node chooses anew its
 * slots are rewritten from the first to the last, and a search that reads them meanwhile gets each
 * as it was or as it will be. So it may read a link twice, which the visited set or an unchanged
 * distance makes harmless, and it may miss one that moved from a slot that it had not read yet to
 * one that it had, even a pinned one. It never takes a list for shorter than its new length, since
 * the slots that become free lie behind those that stay used. A search may thus miss a node that
 * was linked all the time, with the chance that it passes the one place in question in those few
 * nanoseconds. It costs that search a little recall; it is no matter of the number of hits, which
 * the vector index makes up by a scan. Locking the node, or reading it again when a version number
 * changed, would cost every read of every search for it.
 *
 * The linker itself reads what it alone writes, and sees the graph between two insertions.
 *
 * In memory a link is a u32: a row id, with the top bit set when it is pinned.
 *
 *   states       u8[count]                    graph_state: has the slot a node?
 *   changed      bool[count]                  the node's links at level 0 were written since the
 *                                             codes of its neighbors were (coded_graph.h)
 *   base_links   u32[count][base_degree]      links at level 0, base_degree = 2 * neighbors
 *   levels       u8[count]                    the highest level of each node
 *   upper_start  u32[count / 16, and one]     where the runs of the first of 16 nodes begin in upper_links; those of
 *                                             the others follow, by their levels
 *   upper_links  u32[upper_runs][neighbors]   links at level 1, 2, ... of one node, then the next;
 *                                             never pinned
 *
 * The free slots of a node at a level are GRAPH_NONE, all of them after the used ones. */
#ifndef KITH_VECTOR_GRAPH_H
#define KITH_VECTOR_GRAPH_H

#include "base/buffer.h"
#include "base/rng.h"
#include "base/status.h"
#include "os/thread_pool.h"
#include "vector/lazy_part.h"
#include "vector/region.h"
#include "vector/row_codes.h"
#include "vector/search_scratch.h"
#include "vector/vector_rows.h"

#include <stdatomic.h>
#include <stdint.h>

enum {
    GRAPH_MAX_LEVEL = 31,
    GRAPH_MIN_NEIGHBORS = 2,
    GRAPH_MAX_NEIGHBORS = SCRATCH_BATCH / 2, /* all links of a node fit one batch */
    GRAPH_STARTS_EACH = 16,                  /* nodes, whose levels lie in one cache line */
    GRAPH_BATCH = 32,                        /* nodes that are linked at once (graph_build.c) */
    GRAPH_BATCH_FROM = 1024 /* from this node on; those before are linked one by one */
};

static const uint32_t GRAPH_NONE = UINT32_MAX; /* a free slot */
static const uint32_t GRAPH_PINNED = UINT32_C(1) << 31;

/* A link, with GRAPH_PINNED where it is pinned, or GRAPH_NONE. */
typedef _Atomic(uint32_t) graph_slot;

/* Of a slot. */
typedef enum graph_state {
    GRAPH_VACANT = 0,  /* no node: it has no links, and none lead to it */
    GRAPH_LINKED = 1,  /* a node */
    GRAPH_LEAVING = 2, /* no link leads to it, and searches may stand on it still */
} graph_state;

/* Invariants, which graph_verify checks:
 *   1. the entry node is on the highest level of all, which is at most GRAPH_MAX_LEVEL;
 *   2. the runs of upper_links follow one another in the order of nodes, one run a level above 0;
 *   3. a node's links at a level are different linked nodes of that level, itself not among them, and a
 *      vacant slot has none;
 *   4. for every pinned link the one back is pinned too, and the pinned links are a tree over all linked
 *      nodes.
 * Of nodes that are leaving only 1 and 2 are asked. Members without a remark are fixed by graph_init. */
typedef struct graph {
    uint32_t neighbors;       /* M: links of a new node, and slots, at levels above 0 */
    uint32_t base_degree;     /* slots at level 0: 2 * M */
    uint32_t ef_construction; /* candidates kept while a new node's neighbors are looked for */
    rng random;               /* the linker's: draws the levels */
    uint32_t upper_runs;      /* the linker's: runs in upper_links, the sum of all nodes' levels */
    _Atomic(uint32_t) count;  /* slots that have or had nodes: 0..count of the vectors */
    _Atomic(uint32_t) linked; /* nodes: slots that are GRAPH_LINKED; any thread may ask */
    _Atomic(uint32_t) entry;  /* where searches begin; of no meaning while there are no nodes */
    region base_links;        /* graph_slot[base_degree] a node */
    region states;            /* u8 a slot, the linker's: graph_state */
    region changed;           /* bool a node, the linker's: its links at level 0 changed */
    region levels;            /* u8 a node */
    region upper_start;       /* u32 for each GRAPH_STARTS_EACH nodes */
    region upper_links;       /* graph_slot[neighbors] a run */
    lazy_array lazy_base, lazy_upper; /* links that are read when they are wanted */
    /* Read, and not verified yet: a link above level 0 may lead to a node that is not so high. */
    _Atomic(bool) is_unverified;
} graph;

/* A graph as one search or one insertion sees it, with the rows that it is over. */
typedef struct graph_view {
    const graph *graph;
    const vector_rows *rows;
    const row_codes *codes; /* of all nodes: distances are by codes; NULL: by vectors */
    uint32_t count;         /* slots; links to others are ignored */
    uint32_t entry;         /* below count; of no meaning while there are no nodes */
} graph_view;

/* An empty graph. The same seed and the same rows give the same graph.
 * neighbors GRAPH_MIN_NEIGHBORS..GRAPH_MAX_NEIGHBORS; ef_construction >= 1 */
void graph_init(graph *g, uint32_t neighbors, uint32_t ef_construction, uint64_t seed);
/* Runs alone. */
void graph_done(graph *g);

/* Slots that a search may meet nodes in. Never falls. Any thread. */
static inline uint32_t graph_count(const graph *g)
{
    return atomic_load_explicit(&g->count, memory_order_acquire);
}

/* Nodes. Any thread. */
static inline uint32_t graph_linked(const graph *g)
{
    return atomic_load_explicit(&g->linked, memory_order_relaxed);
}

static inline uint8_t *graph_state_at(const graph *g, uint32_t node)
{
    return region_at(&g->states, node);
}

/* The linker's. */
static inline bool graph_has_node(const graph *g, uint32_t node)
{
    return *graph_state_at(g, node) == GRAPH_LINKED;
}

/* Bytes of links and levels in use; what the regions have in reserve is not counted. Any thread. */
size_t graph_bytes(const graph *g);

/* The graph as it is now, by vectors. Any thread; `v` has all rows that have nodes. */
graph_view graph_observe(const graph *g, const vector_rows *v);

/* out[i] = distance of `probe`, which has a code if the view is by codes, to row ids[i]; ids and out
 * [count]. */
static inline void graph_distances(const graph_view *g, const row_probe *probe, const uint32_t *ids,
                                   size_t count, float *out)
{
    if (g->codes)
        row_codes_distances(g->codes, probe, ids, count, out);
    else
        vector_rows_distances(g->rows, probe->vector, ids, count, out);
}

/* A row as a probe of that view. room: as of vector_rows_read, for as long as the probe is used. */
static inline row_probe graph_probe(const graph_view *g, uint32_t row, float *room)
{
    if (g->codes) return row_codes_probe(g->codes, row, room);
    return (row_probe){.vector = vector_rows_read(g->rows, row, room)};
}

/* The level of a node that is below the caller's count; so too for graph_links. */
static inline uint32_t graph_level(const graph *g, uint32_t node)
{
    return *(const uint8_t *)region_at(&g->levels, node);
}

/* So many starts have so many nodes. */
static inline uint32_t graph_starts(uint32_t nodes)
{
    return nodes / GRAPH_STARTS_EACH + (nodes % GRAPH_STARTS_EACH > 0);
}

/* Where the node's runs begin in upper_links. */
static inline uint32_t graph_first_run(const graph *g, uint32_t node)
{
    const uint32_t first = node - node % GRAPH_STARTS_EACH;
    const uint8_t *levels = region_at(&g->levels, first);
    uint32_t run = *(const uint32_t *)region_at(&g->upper_start, first / GRAPH_STARTS_EACH);
    for (uint32_t i = first; i < node; i++)
        run += levels[i - first];
    return run;
}

/* Notes it of the node whose runs begin there, and for those behind it: nodes are laid out in order. */
static inline void graph_note_run(graph *g, uint32_t node, uint32_t run)
{
    if (node % GRAPH_STARTS_EACH == 0)
        *(uint32_t *)region_at(&g->upper_start, node / GRAPH_STARTS_EACH) = run;
}

/* The links of `node` at `level`, which is at most graph_level(g, node): [graph_degree(g, level)]
 * slots. Valid until graph_done. */
static inline graph_slot *graph_links(const graph *g, uint32_t node, uint32_t level)
{
    if (level == 0) {
        lazy_need(&g->lazy_base, node);
        return region_at(&g->base_links, node);
    }
    const uint32_t run = graph_first_run(g, node) + level - 1;
    lazy_need(&g->lazy_upper, run);
    return region_at(&g->upper_links, run);
}

/* Slots of a node at `level`. */
static inline uint32_t graph_degree(const graph *g, uint32_t level)
{
    return level == 0 ? g->base_degree : g->neighbors;
}

static inline uint32_t link_load(const graph_slot *slot)
{
    return atomic_load_explicit(slot, memory_order_acquire);
}

static inline void link_store(graph_slot *slot, uint32_t link)
{
    atomic_store_explicit(slot, link, memory_order_release);
}

/* The row that a link leads to; not for GRAPH_NONE. */
static inline uint32_t link_row(uint32_t link)
{
    return link & ~GRAPH_PINNED;
}

/* The threads of the linker. */
typedef struct graph_threads {
    thread_pool *helpers; /* NULL: it is alone */
    /* [thread_pool_size(helpers)], or one: scratches for as many rows as the graph is to have, with
     * g->ef_construction candidates */
    search_scratch *const *scratches;
} graph_threads;

/* What is to be linked. */
typedef struct graph_nodes {
    const uint32_t *slots; /* [count] vacant ones of the vectors, in this order */
    uint32_t count;
    uint32_t ordinal; /* of the first: batches end where it is a multiple of GRAPH_BATCH */
    /* [count], written: the node that has the slot's vector, byte by byte, so that the slot was given none; GRAPH_NONE: it was.
     * NULL: each is given one. */
    uint32_t *copied;
} graph_nodes;

/* Adds a node for each of the slots, in order (Algorithm 1); they were published to this thread. Where nodes->copied asks for it,
 * slots are left out for whose vector the search for neighbors finds a node.
 * Neighbors are looked for and chosen by codes, which all nodes and these have; NULL: by vectors. The
 * graph does not depend on the threads. The linker's.
 * Errors: KITH_ERR_NO_MEMORY; the graph then has the nodes that it had. All memory is taken before the
 * first node is linked. */
KITH_CHECKED kith_status graph_insert(graph *g, const vector_rows *v, const row_codes *codes,
                                      const graph_nodes *nodes, const graph_threads *threads,
                                      kith_error *err);

/* ---- graph_remove.c ---- */

/* Takes the nodes, linked ones, out of the graph: from then on no link leads to them, and they are
 * GRAPH_LEAVING. by: what they are compared by. s has room for graph_count(g) rows, a query and SCRATCH_BATCH candidates.
 * The linker's. Cannot fail. */
void graph_remove(graph *g, const graph_view *by, const uint32_t *nodes, uint32_t count,
                  search_scratch *s);
/* Nodes that are leaving, and on which no search stands any more, become vacant. The linker's. */
void graph_vacate(graph *g, const uint32_t *nodes, uint32_t count);

/* ---- graph_carry.c ---- */

/* Makes the empty graph `g` one over other slots: each node of `from` is in slots[node], which no other one has, with the same
 * level and the same links, but those with GRAPH_NONE, which are taken out as by graph_remove. `from` does not change.
 * slots  [graph_count(from)] below GRAPH_PINNED; what stands for slots without a node is not read
 * rows   vectors of the nodes of `from`, in their slots there
 * s      as of graph_remove
 * Both graphs have the same options. The linker's of both, and nobody else reads g.
 * Errors: KITH_ERR_NO_MEMORY; g is empty. */
KITH_CHECKED kith_status graph_carry(graph *g, const graph *from, const vector_rows *rows,
                                     const uint32_t *slots, search_scratch *s, kith_error *err);

/* ---- graph_build.c, for graph_carry.c and graph_remove.c; the linker's ---- */

/* The level of the next slot. */
uint32_t graph_draw_level(graph *g);

/* Adds `link`, a node with its distance from `node` as `by` has it and perhaps pinned, to the links of `node`, which
 * do not have it. When all slots are used the node chooses anew among its links and this one: `link`
 * itself may be dropped, unless it is pinned. */
void graph_add_link(graph *g, const graph_view *by, uint32_t node, uint32_t level, candidate link,
                    search_scratch *s);
/* May the node be given another pinned link? */
bool graph_has_room_to_pin(const graph *g, uint32_t node);
/* The first node with that room on a path in the spanning tree that begins at `node` and never goes
 * back; from: not to that neighbor at first, GRAPH_NONE: to any. */
uint32_t graph_find_room_to_pin(const graph *g, uint32_t node, uint32_t from);

/* Leaves in s->found the nodes nearest to `query` that the walk finds, nearest first:
 * s->found.capacity of them or fewer (Algorithm 5). Which rows are live is not asked.
 * g has at least one node; s has room for g->count rows, at least one candidate, and with codes a frontier of as many. Any thread,
 * each with its own scratch. Cannot fail. */
void graph_search(const graph_view *g, const row_probe *query, search_scratch *s);
/* Algorithm 2: walks `level` from `entry`, a node of that level with its distance; replaces the
 * candidates in s->found. Conditions as for graph_search, but that it needs no frontier. */
void graph_walk_level(const graph_view *g, const row_probe *query, candidate entry, uint32_t level,
                      search_scratch *s);
/* Descends greedily from the entry node through the levels above `level` and returns the nearest
 * node found, with its distance; the entry node itself when it is not above `level`. */
candidate graph_descend(const graph_view *g, const row_probe *query, uint32_t level,
                        search_scratch *s);

/* Are there `most` copies of the row c among the candidates, where it has the place `at`? */
bool graph_has_copies(const graph_view *g, const candidates *found, uint32_t at, candidate c,
                      uint32_t most);
/* Adds the rows s->ids[count], at s->distances, to s->found where they are wanted there, but no more copies of one than
 * s->copies_most. */
static inline void graph_keep_few(const graph_view *g, size_t count, search_scratch *s)
{
    candidates *found = &s->found;
    for (size_t i = 0; i < count; i++) {
        const candidate c = {s->distances[i], s->ids[i]};
        if (!candidates_want(found, c.distance)) continue;
        const uint32_t at = candidates_place(found, c.distance, c.tagged);
        const bool has_equal = (at > 0 && found->entries[at - 1].distance >= c.distance) ||
                               (at < found->count && found->entries[at].distance <= c.distance);
        if (has_equal && graph_has_copies(g, found, at, c, s->copies_most)) continue;
        candidates_insert_at(found, at, c.distance, c.tagged);
    }
}
/* Have the two rows equal vectors? */
bool graph_are_copies(const graph_view *g, uint32_t a, uint32_t b);

/* Verifies the four invariants of `graph`; O(links). KITH_ERR_CORRUPT names the node and which one
 * it breaks; KITH_ERR_NO_MEMORY. Safe on links and levels from an untrusted file. The linker's. */
KITH_CHECKED kith_status graph_verify(const graph *g, kith_error *err);

/* The same when it may take long. stop: NULL, or looked at from time to time: KITH_ERR_CANCELLED once it is set. */
KITH_CHECKED kith_status graph_verify_unless(const graph *g, const atomic_bool *stop,
                                             kith_error *err);

/* Appends the graph in pieces; the layout is at the head of graph.c. Fails as the buffer does
 * (out->failed). The linker's. */
void graph_write(const graph *g, buffer *out);
/* Reads what graph_write wrote into a graph fresh from graph_init with the same neighbors, verifies
 * it, and moves `bytes` past it. Errors: KITH_ERR_CORRUPT when bytes are missing, there are more
 * than max_count nodes, or an invariant does not hold; KITH_ERR_NO_MEMORY; the graph then holds a
 * part and is good for graph_done only. */
KITH_CHECKED kith_status graph_read(graph *g, uint32_t max_count, view *bytes, kith_error *err);
/* The same from the start of a part, whose links are read when they are wanted. Verified is what searches
 * need: the levels, and that the entry is on the highest one; the rest is for graph_verify, before anything is linked.
 * *end: where the graph ends in the part. Errors: as graph_read; any that reading the part has. */
KITH_CHECKED kith_status graph_open(graph *g, uint32_t max_count, lazy_part *part, uint64_t *end,
                                    kith_error *err);

#endif
