/* graph.c - the graph's memory, its invariants and its bytes on disk.
 *
 * Serialised, little-endian; `neighbors` and `base_degree` stand in the header of the vector index
 * that the graph is part of:
 *
 *   offset  bytes                           what
 *        0  8                               u64 state of the generator that draws levels
 *        8  4                               u32 count, of nodes
 *       12  4                               u32 entry node; 0 while there are none
 *       16  4                               u32 upper_runs, the sum of all levels
 *       20  count                           u8  level of each slot; plus 128: it is vacant
 *        -  4 * count * base_degree         u32 links at level 0, tagged as in memory
 *        -  4 * upper_runs * neighbors      u32 links above level 0, in runs
 *
 * upper_start is not stored: the runs follow one another, so it is the running sum of the levels.
 * The generator's state is, so that an index that was read grows into the same graph as one that
 * stayed in memory. */
#include "vector/graph.h"

#include "base/size.h"

#include <stdlib.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
               "arrays are stored as they lie in memory: gigabytes are not converted word by word");

_Static_assert(sizeof(graph_slot) == sizeof(uint32_t), "slots are written as plain numbers");

void graph_init(graph *g, uint32_t neighbors, uint32_t ef_construction, uint64_t seed)
{
    *g = (graph){.neighbors = neighbors,
                 .base_degree = 2 * neighbors,
                 .ef_construction = ef_construction,
                 .random = {seed}};
    region_init(&g->base_links, g->base_degree * sizeof(graph_slot));
    region_init(&g->states, sizeof(uint8_t));
    region_init(&g->changed, sizeof(bool));
    region_init(&g->levels, sizeof(uint8_t));
    region_init(&g->upper_start, sizeof(uint32_t));
    region_init(&g->upper_links, neighbors * sizeof(graph_slot));
    g->lazy_base.to = &g->base_links;
    g->lazy_upper.to = &g->upper_links;
}

void graph_done(graph *g)
{
    region_done(&g->base_links);
    region_done(&g->states);
    region_done(&g->changed);
    region_done(&g->levels);
    region_done(&g->upper_start);
    region_done(&g->upper_links);
}

size_t graph_bytes(const graph *g)
{
    uint32_t count = graph_count(g);
    if (count == 0) return 0;
    size_t per_node = g->base_degree * sizeof(graph_slot) + 2 * sizeof(uint8_t);
    // Not upper_runs, which is the linker's: the runs end behind those of the last node.
    size_t runs = graph_first_run(g, count - 1) + (size_t)graph_level(g, count - 1);
    return count * per_node + graph_starts(count) * sizeof(uint32_t) +
           runs * g->neighbors * sizeof(graph_slot);
}

graph_view graph_observe(const graph *g, const vector_rows *v)
{
    // In this order: graph.h, Threads.
    uint32_t entry = atomic_load_explicit(&g->entry, memory_order_acquire);
    uint32_t count = graph_count(g);
    DCHECK(entry < count || count == 0);
    return (graph_view){.graph = g, .rows = v, .count = count, .entry = entry};
}

/* Invariant 3 for one node and level: links in range, to other nodes of that level, none twice, no
 * free slot before a used one; above level 0 none is pinned. */
static bool links_are_sound(const graph *g, uint32_t node, uint32_t level)
{
    const graph_slot *links = graph_links(g, node, level);
    uint32_t degree = graph_degree(g, level), count = 0, nodes = graph_count(g);
    for (; count < degree && link_load(&links[count]) != GRAPH_NONE; count++) {
        uint32_t link = link_load(&links[count]), row = link_row(link);
        if (row >= nodes || row == node || graph_level(g, row) < level) return false;
        if (!graph_has_node(g, row)) return false;
        if (level > 0 && link != row) return false;
        for (uint32_t i = 0; i < count; i++)
            if (link_row(link_load(&links[i])) == row) return false;
    }
    for (; count < degree; count++)
        if (link_load(&links[count]) != GRAPH_NONE) return false;
    return true;
}

/* Of a vacant slot: the node that it takes is not given links above the level of the entry. */
static bool has_no_links(const graph *g, uint32_t node, uint32_t level)
{
    const graph_slot *links = graph_links(g, node, level);
    for (uint32_t i = 0; i < graph_degree(g, level); i++)
        if (link_load(&links[i]) != GRAPH_NONE) return false;
    return true;
}

/* Leaving nodes keep their links for the searches that stand on them. */
static bool slot_is_sound(const graph *g, uint32_t node, uint32_t level)
{
    if (graph_has_node(g, node)) return links_are_sound(g, node, level);
    return *graph_state_at(g, node) != GRAPH_VACANT || has_no_links(g, node, level);
}

static bool has_link(const graph *g, uint32_t from, uint32_t link)
{
    const graph_slot *links = graph_links(g, from, 0);
    for (uint32_t i = 0; i < g->base_degree; i++)
        if (link_load(&links[i]) == link) return true;
    return false;
}

/* The tree that a node belongs to, by the links seen so far: union-find, with halved paths. */
static uint32_t tree_of(uint32_t *parents, uint32_t node)
{
    while (parents[node] != node)
        node = parents[node] = parents[parents[node]];
    return node;
}

/* The pinned links of one node: each goes both ways, and joins two trees, which *trees counts, when it
 * is seen first, at the larger of its ends. */
static bool pins_are_sound(const graph *g, uint32_t node, uint32_t *parents, uint32_t *trees)
{
    const graph_slot *links = graph_links(g, node, 0);
    for (uint32_t i = 0; i < g->base_degree; i++) {
        uint32_t link = link_load(&links[i]), other = link_row(link);
        if (link == GRAPH_NONE) break;
        if (!(link & GRAPH_PINNED)) continue;
        if (!has_link(g, other, node | GRAPH_PINNED)) return false;
        if (other > node) continue;
        uint32_t own = tree_of(parents, node), its = tree_of(parents, other);
        if (own == its) return false;
        parents[own] = its;
        --*trees;
    }
    return true;
}

static bool is_stopped(const atomic_bool *stop, uint32_t node)
{
    enum { NODES = 4096 }; /* between two looks */
    return stop && node % NODES == 0 && atomic_load_explicit(stop, memory_order_relaxed);
}

/* Invariant 4. It makes every node reachable from every other. The links were found sound. */
static kith_status verify_pins(const graph *g, const atomic_bool *stop, kith_error *err)
{
    uint32_t count = graph_count(g), trees = graph_linked(g);
    uint32_t *parents = heap_new_array(count, sizeof *parents);
    kith_status status = KITH_OK;
    if (!parents) return fail(err, KITH_ERR_NO_MEMORY, "out of memory to verify a graph");
    for (uint32_t node = 0; node < count; node++)
        parents[node] = node;
    for (uint32_t node = 0; node < count && status == KITH_OK; node++)
        if (is_stopped(stop, node))
            status = fail(err, KITH_ERR_CANCELLED, "verifying a graph was stopped");
        else if (graph_has_node(g, node) && !pins_are_sound(g, node, parents, &trees))
            status = fail(err, KITH_ERR_CORRUPT, "graph node %u is cut off", node);
    for (uint32_t node = 0, first = GRAPH_NONE; node < count && status == KITH_OK; node++) {
        if (trees <= 1 || !graph_has_node(g, node)) continue;
        if (first == GRAPH_NONE) first = tree_of(parents, node);
        if (tree_of(parents, node) != first)
            status = fail(err, KITH_ERR_CORRUPT, "graph node %u is cut off", node);
    }
    free(parents);
    return status;
}

/* Of each slot: is its level one that the entry's allows, and do its runs follow those before? */
static kith_status verify_levels(const graph *g, uint32_t top, kith_error *err)
{
    size_t runs = 0;
    uint32_t count = graph_count(g), linked = 0;
    for (uint32_t first = 0, run; first < count; first += run) {
        const uint8_t *levels = region_at(&g->levels, first), *states = graph_state_at(g, first);
        run = region_run(first, count);
        for (uint32_t i = 0; i < run; i++) {
            const bool has_node = states[i] == GRAPH_LINKED;
            if (levels[i] > GRAPH_MAX_LEVEL || (has_node && levels[i] > top))
                return fail(err, KITH_ERR_CORRUPT, "graph node %u stands above the entry",
                            first + i);
            if (graph_first_run(g, first + i) != runs)
                return fail(err, KITH_ERR_CORRUPT, "graph node %u has another's links", first + i);
            runs += levels[i];
            linked += has_node;
        }
    }
    if (runs == g->upper_runs && linked == graph_linked(g)) return KITH_OK;
    return fail(err, KITH_ERR_CORRUPT, "graph levels do not add up");
}

/* What graph_links trusts, and a descent: levels, runs and entry. */
static kith_status verify_head(const graph *g, kith_error *err)
{
    uint32_t count = graph_count(g), entry = atomic_load_explicit(&g->entry, memory_order_relaxed);
    bool has_nodes = graph_linked(g) > 0;
    if (has_nodes ? entry >= count || !graph_has_node(g, entry) : entry != 0)
        return fail(err, KITH_ERR_CORRUPT, "graph entry out of range");
    return verify_levels(g, has_nodes ? graph_level(g, entry) : 0, err);
}

kith_status graph_verify_unless(const graph *g, const atomic_bool *stop, kith_error *err)
{
    kith_status status = verify_head(g, err);
    for (uint32_t node = 0; node < graph_count(g) && status == KITH_OK; node++) {
        if (is_stopped(stop, node))
            return fail(err, KITH_ERR_CANCELLED, "verifying a graph was stopped");
        for (uint32_t level = 0; level <= graph_level(g, node); level++)
            if (!slot_is_sound(g, node, level))
                return fail(err, KITH_ERR_CORRUPT, "graph node %u has a bad link", node);
    }
    return status == KITH_OK ? verify_pins(g, stop, err) : status;
}

kith_status graph_verify(const graph *g, kith_error *err)
{
    return graph_verify_unless(g, NULL, err);
}

enum { HEADER_BYTES = 20, VACANT_IN_FILE = 128 };

/* A slot without a node is written without links: those of one that is leaving are for searches. */
static void write_links_of(const graph *g, uint32_t level, buffer *out)
{
    uint32_t degree = graph_degree(g, level);
    for (uint32_t node = 0; node < graph_count(g) && out->failed == KITH_OK; node++)
        for (uint32_t at = level; at <= (level ? graph_level(g, node) : 0); at++) {
            const graph_slot *links = graph_links(g, node, at);
            if (graph_has_node(g, node))
                buffer_append(out, (view){(const char *)links, degree * sizeof *links});
            for (uint32_t i = 0; i < degree && !graph_has_node(g, node); i++)
                buffer_append_u32(out, GRAPH_NONE);
        }
}

void graph_write(const graph *g, buffer *out)
{
    uint32_t count = graph_count(g);
    buffer_append_u64(out, g->random.state);
    buffer_append_u32(out, count);
    buffer_append_u32(out, atomic_load_explicit(&g->entry, memory_order_relaxed));
    buffer_append_u32(out, g->upper_runs);
    for (uint32_t node = 0; node < count; node++) {
        uint8_t byte =
            (uint8_t)(graph_level(g, node) | (graph_has_node(g, node) ? 0 : VACANT_IN_FILE));
        buffer_append(out, (view){(const char *)&byte, 1});
    }
    write_links_of(g, 0, out);
    write_links_of(g, 1, out);
}

/* Takes the levels, as they were read, apart. */
static kith_status take_states(graph *g, uint32_t count, kith_error *err)
{
    uint32_t linked = 0;
    if (!region_reserve(&g->states, count) || !region_reserve(&g->changed, count))
        return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a graph of %u vectors", count);
    for (uint32_t first = 0, run; first < count; first += run) {
        uint8_t *levels = region_at(&g->levels, first), *states = graph_state_at(g, first);
        run = region_run(first, count);
        for (uint32_t i = 0; i < run; i++) {
            const bool has_node = !(levels[i] & VACANT_IN_FILE);
            states[i] = has_node ? GRAPH_LINKED : GRAPH_VACANT;
            levels[i] &= VACANT_IN_FILE - 1;
            linked += has_node;
        }
    }
    atomic_store_explicit(&g->linked, linked, memory_order_relaxed);
    return KITH_OK;
}

/* The start of each node's runs: the sum of the levels of all before. */
static kith_status lay_out_runs(graph *g, uint32_t count, kith_error *err)
{
    if (!region_reserve(&g->upper_start, graph_starts(count)))
        return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a graph of %u vectors", count);
    for (uint32_t first = 0, runs = 0, run; first < count; first += run) {
        const uint8_t *levels = region_at(&g->levels, first);
        run = region_run(first, count);
        for (uint32_t i = 0; i < run; i++) {
            graph_note_run(g, first + i, runs);
            runs += levels[i];
        }
    }
    return KITH_OK;
}

/* head  [HEADER_BYTES] */
static kith_status take_header(graph *g, uint32_t max_count, const char *head, kith_error *err)
{
    uint32_t count = load_u32(head + 8);
    if (count > max_count)
        return fail(err, KITH_ERR_CORRUPT, "graph of %u nodes over %u vectors", count, max_count);
    g->random.state = load_u64(head);
    g->upper_runs = load_u32(head + 16);
    atomic_store_explicit(&g->count, count, memory_order_relaxed);
    atomic_store_explicit(&g->entry, load_u32(head + 12), memory_order_relaxed);
    return KITH_OK;
}

/* Where the arrays of links are, which the part has. */
static kith_status begin_links(graph *g, lazy_part *part, uint64_t *end, kith_error *err)
{
    const uint32_t count = graph_count(g);
    const uint64_t bytes = lazy_part_source(part)->bytes;
    lazy_array *base = &g->lazy_base, *upper = &g->lazy_upper;
    base->offset = HEADER_BYTES + (uint64_t)count;
    base->count = count;
    upper->offset = base->offset + (uint64_t)count * g->base_links.element_bytes;
    upper->count = g->upper_runs;
    *end = upper->offset + (uint64_t)upper->count * g->upper_links.element_bytes;
    if (*end > bytes) return fail(err, KITH_ERR_CORRUPT, "graph is cut short");
    if (!region_reserve_small(&g->base_links, count) ||
        !region_reserve_small(&g->upper_links, g->upper_runs) ||
        !lazy_part_begin(part, (lazy_array *const[]){base, upper}, 2))
        return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a graph of %u vectors", count);
    return KITH_OK;
}

kith_status graph_open(graph *g, uint32_t max_count, lazy_part *part, uint64_t *end,
                       kith_error *err)
{
    char head[HEADER_BYTES];
    const lazy_source *from = lazy_part_source(part);
    kith_status status = lazy_source_copy(from, 0, head, sizeof head, err);
    if (status == KITH_OK) status = take_header(g, max_count, head, err);
    if (status != KITH_OK) return status;
    const uint32_t count = graph_count(g);
    status = lazy_source_load(from, HEADER_BYTES, &g->levels, count, err);
    if (status == KITH_OK) status = take_states(g, count, err);
    if (status == KITH_OK) status = lay_out_runs(g, count, err);
    if (status == KITH_OK) status = verify_head(g, err);
    if (status == KITH_OK) status = begin_links(g, part, end, err);
    if (status == KITH_OK) atomic_store_explicit(&g->is_unverified, true, memory_order_relaxed);
    return status;
}

kith_status graph_read(graph *g, uint32_t max_count, view *bytes, kith_error *err)
{
    if (bytes->size < HEADER_BYTES) return fail(err, KITH_ERR_CORRUPT, "graph is cut short");
    kith_status status = take_header(g, max_count, bytes->data, err);
    if (status != KITH_OK) return status;
    const uint32_t count = graph_count(g);
    *bytes = view_slice(*bytes, HEADER_BYTES, bytes->size);
    status = region_read(&g->levels, count, bytes, err);
    if (status == KITH_OK) status = region_read(&g->base_links, count, bytes, err);
    if (status == KITH_OK) status = region_read(&g->upper_links, g->upper_runs, bytes, err);
    if (status == KITH_OK) status = take_states(g, count, err);
    if (status == KITH_OK) status = lay_out_runs(g, count, err);
    return status == KITH_OK ? graph_verify(g, err) : status;
}
