/* graph.c - the graph's memory, its invariants and its bytes on disk.
 *
 * Serialised, little-endian; `count`, `neighbors` and `base_degree` stand in the header of the
 * vector index that the graph is part of (vector_index_file.c):
 *
 *   offset  bytes                           what
 *        0  8                               u64 state of the generator that draws levels
 *        8  4                               u32 entry node
 *       12  4                               u32 upper_runs, the sum of all levels
 *       16  count                           u8  level of each node
 *        -  4 * count * base_degree         u32 links at level 0, tagged as in memory
 *        -  4 * upper_runs * neighbors      u32 links above level 0, in runs
 *
 * upper_start is not stored: the runs follow one another, so it is the running sum of the levels.
 * The generator's state is, so that an index that was read grows into the same graph as one that
 * stayed in memory. */
#include "vector/graph.h"

#include "base/size.h"

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
               "arrays are stored as they lie in memory: gigabytes are not converted word by word");

void graph_init(graph *g, uint32_t neighbors, uint32_t ef_construction, uint64_t seed)
{
    *g = (graph){.neighbors = neighbors,
                 .base_degree = 2 * neighbors,
                 .ef_construction = ef_construction,
                 .random = {seed}};
}

void graph_done(graph *g)
{
    region_done(&g->base_links);
    region_done(&g->levels);
    region_done(&g->upper_start);
    region_done(&g->upper_links);
}

size_t graph_bytes(const graph *g)
{
    size_t per_node = g->base_degree * sizeof(uint32_t) + sizeof(uint8_t) + sizeof(uint32_t);
    return g->count * per_node + (size_t)g->upper_runs * g->neighbors * sizeof(uint32_t);
}

/* Invariant 3 for one node and level: links in range, to other nodes of that level, none twice, no
 * free slot before a used one; above level 0 none is pinned. */
static bool links_are_sound(const graph *g, uint32_t node, uint32_t level)
{
    const uint32_t *links = graph_links(g, node, level);
    uint32_t degree = graph_degree(g, level), count = 0;
    for (; count < degree && links[count] != GRAPH_NONE; count++) {
        uint32_t row = link_row(links[count]);
        if (row >= g->count || row == node || graph_level(g, row) < level) return false;
        if (level > 0 && links[count] != row) return false;
        for (uint32_t i = 0; i < count; i++)
            if (link_row(links[i]) == row) return false;
    }
    for (; count < degree; count++)
        if (links[count] != GRAPH_NONE) return false;
    return true;
}

static bool has_link(const graph *g, uint32_t from, uint32_t link)
{
    const uint32_t *links = graph_links(g, from, 0);
    for (uint32_t i = 0; i < g->base_degree; i++)
        if (links[i] == link) return true;
    return false;
}

/* Invariant 4 for one node. It makes every node reachable from every other: by induction over row
 * numbers each node reaches node 0 through its parents, and as pinned links go both ways node 0
 * reaches it by the same path. */
static bool pins_are_sound(const graph *g, uint32_t node)
{
    const uint32_t *links = graph_links(g, node, 0);
    uint32_t parents = 0;
    for (uint32_t i = 0; i < g->base_degree && links[i] != GRAPH_NONE; i++) {
        if (!(links[i] & GRAPH_PINNED)) continue;
        parents += link_row(links[i]) < node;
        if (!has_link(g, link_row(links[i]), node | GRAPH_PINNED)) return false;
    }
    return parents == (node > 0);
}

kith_status graph_verify(const graph *g, kith_error *err)
{
    size_t runs = 0;
    if (g->count == 0) return KITH_OK;
    if (g->entry >= g->count) return fail(err, KITH_ERR_CORRUPT, "graph entry out of range");
    uint32_t top = graph_level(g, g->entry);
    // Levels and runs come first: graph_links trusts them.
    for (uint32_t node = 0; node < g->count; node++) {
        if (graph_level(g, node) > top)
            return fail(err, KITH_ERR_CORRUPT, "graph node %u stands above the entry", node);
        if (((const uint32_t *)g->upper_start.base)[node] != runs)
            return fail(err, KITH_ERR_CORRUPT, "graph node %u has another's links", node);
        runs += graph_level(g, node);
    }
    if (top > GRAPH_MAX_LEVEL || runs != g->upper_runs)
        return fail(err, KITH_ERR_CORRUPT, "graph levels do not add up");
    for (uint32_t node = 0; node < g->count; node++)
        for (uint32_t level = 0; level <= graph_level(g, node); level++)
            if (!links_are_sound(g, node, level))
                return fail(err, KITH_ERR_CORRUPT, "graph node %u has a bad link", node);
    for (uint32_t node = 0; node < g->count; node++)
        if (!pins_are_sound(g, node))
            return fail(err, KITH_ERR_CORRUPT, "graph node %u is cut off", node);
    return KITH_OK;
}

static void append_array(buffer *out, const region *r, size_t bytes)
{
    buffer_append(out, (view){r->base, bytes});
}

void graph_write(const graph *g, buffer *out)
{
    buffer_append_u64(out, g->random.state);
    buffer_append_u32(out, g->entry);
    buffer_append_u32(out, g->upper_runs);
    append_array(out, &g->levels, g->count);
    append_array(out, &g->base_links, (size_t)g->count * g->base_degree * sizeof(uint32_t));
    append_array(out, &g->upper_links, (size_t)g->upper_runs * g->neighbors * sizeof(uint32_t));
}

/* Moves count * element_bytes from the front of `bytes` into r. */
static kith_status read_array(region *r, size_t count, size_t element_bytes, view *bytes,
                              kith_error *err)
{
    size_t size;
    if (!size_mul(count, element_bytes, &size) || size > bytes->size)
        return fail(err, KITH_ERR_CORRUPT, "graph is cut short");
    if (!region_reserve(r, size))
        return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a graph of %zu bytes", size);
    if (size) memcpy(r->base, bytes->data, size);
    *bytes = view_slice(*bytes, size, bytes->size);
    return KITH_OK;
}

kith_status graph_read(graph *g, uint32_t count, view *bytes, kith_error *err)
{
    enum { HEADER = 16 };
    if (bytes->size < HEADER) return fail(err, KITH_ERR_CORRUPT, "graph is cut short");
    g->random.state = load_u64(bytes->data);
    g->entry = load_u32(bytes->data + 8);
    g->upper_runs = load_u32(bytes->data + 12);
    *bytes = view_slice(*bytes, HEADER, bytes->size);
    g->count = count;
    kith_status status = read_array(&g->levels, count, 1, bytes, err);
    if (status == KITH_OK)
        status = read_array(&g->base_links, count, g->base_degree * sizeof(uint32_t), bytes, err);
    if (status == KITH_OK)
        status =
            read_array(&g->upper_links, g->upper_runs, g->neighbors * sizeof(uint32_t), bytes, err);
    if (status != KITH_OK) return status;
    if (!region_reserve(&g->upper_start, (size_t)count * sizeof(uint32_t)))
        return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a graph of %u vectors", count);
    for (uint32_t node = 0, runs = 0; node < count; node++) {
        ((uint32_t *)g->upper_start.base)[node] = runs;
        runs += graph_level(g, node);
    }
    return graph_verify(g, err);
}
