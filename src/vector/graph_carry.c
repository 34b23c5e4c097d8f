/* graph_carry.c - the nodes of one graph in other slots, with the links that they have.
 *
 * An index that is built anew has the same vectors in other slots. Linking them again takes some fifty times as long as writing
 * each link down once more with another number.
 *
 * Nodes whose vectors have no slot there leave a copy of the graph first (graph_remove.c): so what is carried is a
 * graph over the others, joined by its pinned links, and nothing is left to be repaired. */
#include "vector/graph.h"

#include "base/size.h"

#include <stdlib.h>
#include <string.h>

enum {
    PART_SHARE = 16, /* of the nodes leave the copy at once, at most, ... */
    PART_LEAST = 64  /* ... or so many */
};

static bool copy_elements(region *to, const region *from, uint32_t count)
{
    if (!region_reserve(to, count)) return false;
    for (uint32_t i = 0, run; i < count; i += run) {
        run = region_run(i, count);
        memcpy(region_at(to, i), region_at(from, i), run * from->element_bytes);
    }
    return true;
}

static bool copy_graph(graph *to, const graph *from)
{
    const uint32_t count = graph_count(from);
    graph_init(to, from->neighbors, from->ef_construction, from->random.state);
    if (!copy_elements(&to->base_links, &from->base_links, count) ||
        !copy_elements(&to->states, &from->states, count) ||
        !copy_elements(&to->changed, &from->changed, count) ||
        !copy_elements(&to->levels, &from->levels, count) ||
        !copy_elements(&to->upper_start, &from->upper_start, graph_starts(count)) ||
        !copy_elements(&to->upper_links, &from->upper_links, from->upper_runs))
        return false;
    to->upper_runs = from->upper_runs;
    atomic_store_explicit(&to->count, count, memory_order_relaxed);
    atomic_store_explicit(&to->linked, graph_linked(from), memory_order_relaxed);
    atomic_store_explicit(&to->entry, atomic_load_explicit(&from->entry, memory_order_relaxed),
                          memory_order_relaxed);
    return true;
}

/* leaving  room for all nodes */
static void remove_others(graph *g, const vector_rows *rows, const uint32_t *slots,
                          uint32_t *leaving, search_scratch *s)
{
    const uint32_t part = (uint32_t)size_max(graph_linked(g) / PART_SHARE, PART_LEAST);
    const graph_view by = graph_observe(g, rows);
    uint32_t count = 0;
    for (uint32_t node = 0; node < graph_count(g); node++)
        if (graph_has_node(g, node) && slots[node] == GRAPH_NONE) leaving[count++] = node;
    for (uint32_t first = 0; first < count; first += part)
        graph_remove(g, &by, leaving + first, (uint32_t)size_min(part, count - first), s);
}

static uint32_t count_slots(const graph *from, const uint32_t *slots)
{
    uint32_t count = 0;
    for (uint32_t node = 0; node < graph_count(from); node++)
        if (graph_has_node(from, node) && slots[node] >= count) count = slots[node] + 1;
    return count;
}

/* Levels, states and runs of the slots 0..count, of which nobody reads yet. Slots that no node comes to are vacant. */
static bool lay_out(graph *g, const graph *from, const uint32_t *slots, uint32_t count)
{
    uint64_t runs = 0;
    if (!region_reserve(&g->base_links, count) || !region_reserve(&g->changed, count) ||
        !region_reserve(&g->states, count) || !region_reserve(&g->levels, count) ||
        !region_reserve(&g->upper_start, graph_starts(count)))
        return false;
    for (uint32_t node = 0; node < graph_count(from); node++) {
        if (!graph_has_node(from, node)) continue;
        *graph_state_at(g, slots[node]) = GRAPH_LINKED;
        *(uint8_t *)region_at(&g->levels, slots[node]) = (uint8_t)graph_level(from, node);
    }
    for (uint32_t slot = 0; slot < count; slot++) {
        uint8_t *level = region_at(&g->levels, slot);
        if (!graph_has_node(g, slot)) *level = (uint8_t)graph_draw_level(g);
        graph_note_run(g, slot, (uint32_t)runs);
        runs += *level;
    }
    if (runs > REGION_MAX || !region_reserve(&g->upper_links, (uint32_t)runs)) return false;
    g->upper_runs = (uint32_t)runs;
    return true;
}

static void clear_links(graph *g, uint32_t slot)
{
    for (uint32_t level = 0; level <= graph_level(g, slot); level++)
        for (uint32_t i = 0; i < graph_degree(g, level); i++)
            link_store(&graph_links(g, slot, level)[i], GRAPH_NONE);
}

static void carry_links(graph *g, const graph *from, const uint32_t *slots, uint32_t node)
{
    for (uint32_t level = 0; level <= graph_level(from, node); level++) {
        const graph_slot *links = graph_links(from, node, level);
        graph_slot *to = graph_links(g, slots[node], level);
        for (uint32_t i = 0; i < graph_degree(from, level); i++) {
            const uint32_t link = link_load(&links[i]);
            link_store(&to[i],
                       link == GRAPH_NONE ? link : slots[link_row(link)] | (link & GRAPH_PINNED));
        }
    }
}

static bool carry(graph *g, const graph *from, const uint32_t *slots)
{
    const uint32_t count = count_slots(from, slots);
    g->random = from->random;
    if (!lay_out(g, from, slots, count)) return false;
    for (uint32_t slot = 0; slot < count; slot++)
        if (!graph_has_node(g, slot)) clear_links(g, slot);
    for (uint32_t node = 0; node < graph_count(from); node++)
        if (graph_has_node(from, node)) carry_links(g, from, slots, node);
    const uint32_t entry = atomic_load_explicit(&from->entry, memory_order_relaxed);
    atomic_store_explicit(&g->entry, graph_linked(from) ? slots[entry] : 0, memory_order_relaxed);
    atomic_store_explicit(&g->linked, graph_linked(from), memory_order_relaxed);
    atomic_store_explicit(&g->count, count, memory_order_release);
    return true;
}

kith_status graph_carry(graph *g, const graph *from, const vector_rows *rows, const uint32_t *slots,
                        search_scratch *s, kith_error *err)
{
    graph left;
    CHECK(graph_count(g) == 0 && g->neighbors == from->neighbors);
    uint32_t *leaving = heap_new_array(graph_linked(from), sizeof *leaving);
    bool is_done = copy_graph(&left, from) && leaving;
    if (is_done) {
        remove_others(&left, rows, slots, leaving, s);
        is_done = carry(g, &left, slots);
    }
    if (!is_done) {
        graph_done(g); // empty again
        g->upper_runs = 0;
    }
    graph_done(&left);
    free(leaving);
    return is_done ? KITH_OK
                   : fail(err, KITH_ERR_NO_MEMORY, "out of memory for a graph of %u vectors",
                          graph_linked(from));
}
