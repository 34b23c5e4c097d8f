/* graph_remove.c - taking nodes out of the graph, and what is linked in their place.
 *
 * A batch of nodes leaves at once, since finding the links that lead to them takes a look at every
 * node: for a hundredth of the nodes that is a few microseconds each.
 *
 *   1. The spanning tree. The neighbors of a leaving node in the tree lose their links to it, so the
 *      tree falls into one part for each of them, and they are pinned to one another: each to the
 *      nearest of those before it that has room. Each has room for one pinned link, the one that it
 *      lost, and a part whose end is full has a node that is not (graph_find_room_to_pin). So after
 *      each node the pinned links are a tree over all others, and in the end over those that stay.
 *   2. The other links. A node that loses links looks at the neighbors of those that leave, the
 *      REPAIR_CANDIDATES nearest for each link that it lost, and takes of them, nearest first, as many as it
 *      lost: those that no link which it has is nearer to, by the diversity test of Algorithm 4; and
 *      where it has few links left, the nearest of the others too.
 *
 * Sources: Singh et al. 2021, "FreshDiskANN", for the pass over all nodes; Xu et al. 2022, for replacing each
 * link by one to a neighbor's neighbor. */
#include "vector/graph.h"

#include "base/size.h"

enum {
    REPAIR_CANDIDATES = 8, /* looked at for each link that was lost */
    KEEP_SHARE = 2         /* of the slots: up to so many the nearest fill up */
};

static void note_change(graph *g, uint32_t node, uint32_t level)
{
    if (level == 0) *(bool *)region_at(&g->changed, node) = true;
}

static float distance_of(const graph_view *by, uint32_t a, uint32_t b, search_scratch *s)
{
    float distance;
    const row_probe row = graph_probe(by, a, s->query);
    s->distance_count++;
    graph_distances(by, &row, &b, 1, &distance);
    return distance;
}

/* ---- the spanning tree ---- */

/* The last link moves to the place of the one that goes. */
static void drop_link(graph *g, uint32_t node, uint32_t other)
{
    graph_slot *links = graph_links(g, node, 0);
    uint32_t at = GRAPH_NONE, count = 0;
    for (; count < g->base_degree && link_load(&links[count]) != GRAPH_NONE; count++)
        if (link_row(link_load(&links[count])) == other) at = count;
    if (at == GRAPH_NONE) return;
    link_store(&links[at], link_load(&links[count - 1]));
    link_store(&links[count - 1], GRAPH_NONE);
    note_change(g, node, 0);
}

/* One way. The node has room. */
static void pin_link(graph *g, const graph_view *by, uint32_t node, candidate other,
                     search_scratch *s)
{
    graph_slot *links = graph_links(g, node, 0);
    for (uint32_t i = 0; i < g->base_degree; i++)
        if (link_load(&links[i]) == other.tagged) {
            link_store(&links[i], other.tagged | GRAPH_PINNED);
            return;
        }
    other.tagged |= GRAPH_PINNED;
    graph_add_link(g, by, node, 0, other, s);
}

/* The node among list[count] that is nearest to `node` and has room for a pinned link; without one a node
 * behind the first. */
static candidate find_tree_neighbor(const graph *g, const graph_view *by, uint32_t node,
                                    const uint32_t *list, uint32_t count, search_scratch *s)
{
    candidate nearest = {0, GRAPH_NONE};
    for (uint32_t i = 0; i < count; i++) {
        if (!graph_has_room_to_pin(g, list[i])) continue;
        float distance = distance_of(by, node, list[i], s);
        if (nearest.tagged != GRAPH_NONE && distance >= nearest.distance) continue;
        nearest = (candidate){distance, list[i]};
    }
    if (nearest.tagged != GRAPH_NONE) return nearest;
    nearest.tagged = graph_find_room_to_pin(g, list[0], GRAPH_NONE);
    nearest.distance = distance_of(by, node, nearest.tagged, s);
    return nearest;
}

/* Step 1 for one node. */
static void leave_tree(graph *g, const graph_view *by, uint32_t node, search_scratch *s)
{
    uint32_t parts[SCRATCH_BATCH], count = 0;
    graph_slot *links = graph_links(g, node, 0);
    for (uint32_t i = 0; i < g->base_degree; i++) {
        uint32_t link = link_load(&links[i]);
        if (link == GRAPH_NONE) break;
        if (!(link & GRAPH_PINNED)) continue;
        link_store(&links[i], link_row(link));
        parts[count++] = link_row(link);
    }
    for (uint32_t i = 0; i < count; i++)
        drop_link(g, parts[i], node);
    for (uint32_t i = 1; i < count; i++) {
        candidate to = find_tree_neighbor(g, by, parts[i], parts, i, s);
        pin_link(g, by, parts[i], to, s);
        pin_link(g, by, to.tagged, (candidate){to.distance, parts[i]}, s);
    }
}

/* ---- the other links ---- */

/* What a node that lost links has and may get. */
typedef struct repair {
    graph *graph;
    const graph_view *by;
    uint32_t node, level;
    uint32_t links[SCRATCH_BATCH]; /* that it has, pinned ones with their tag */
    uint32_t count, lost;
    search_scratch *scratch; /* found: the candidates, nearest first */
} repair;

/* Parts the links that stay from those that are lost, whose neighbors' ids go to the scratch. Returns how
 * many. */
static uint32_t gather(repair *r)
{
    search_scratch *s = r->scratch;
    const uint32_t degree = graph_degree(r->graph, r->level);
    uint32_t leaving[SCRATCH_BATCH], found = 0;
    const graph_slot *links = graph_links(r->graph, r->node, r->level);
    r->count = r->lost = 0;
    search_scratch_begin_visit(s);
    (void)search_scratch_visit(s, r->node);
    for (uint32_t i = 0; i < degree && link_load(&links[i]) != GRAPH_NONE; i++) {
        uint32_t link = link_load(&links[i]);
        (void)search_scratch_visit(s, link_row(link));
        if (graph_has_node(r->graph, link_row(link)))
            r->links[r->count++] = link;
        else
            leaving[r->lost++] = link_row(link);
    }
    for (uint32_t i = 0; i < r->lost; i++) {
        links = graph_links(r->graph, leaving[i], r->level);
        for (uint32_t j = 0; j < degree && found < SCRATCH_BATCH; j++) {
            uint32_t link = link_load(&links[j]);
            if (link == GRAPH_NONE) break;
            uint32_t id = link_row(link);
            if (graph_has_node(r->graph, id) && search_scratch_visit(s, id)) s->ids[found++] = id;
        }
    }
    return found;
}

/* Leaves the nearest of the scratch's ids[count], as many as are looked at, in found. */
static void sort_nearest(repair *r, uint32_t count)
{
    search_scratch *s = r->scratch;
    candidates *found = &s->found;
    const row_probe row = graph_probe(r->by, r->node, s->query);
    graph_distances(r->by, &row, s->ids, count, s->distances);
    s->distance_count += count;
    found->count = found->next = 0;
    found->capacity = (uint32_t)size_min(REPAIR_CANDIDATES * (size_t)r->lost, SCRATCH_BATCH);
    for (uint32_t i = 0; i < count; i++)
        if (candidates_want(found, s->distances[i]))
            candidates_insert(found, s->distances[i], s->ids[i]);
}

static bool is_covered(const repair *r, candidate c)
{
    const row_probe row = graph_probe(r->by, c.tagged, r->scratch->room);
    for (uint32_t i = 0; i < r->count; i++) {
        const uint32_t other = link_row(r->links[i]);
        float distance;
        graph_distances(r->by, &row, &other, 1, &distance);
        r->scratch->distance_count++;
        if (distance < c.distance) return true;
    }
    return false;
}

/* Step 2 for one node and level. */
static void repair_links(repair *r)
{
    search_scratch *s = r->scratch;
    const uint32_t degree = graph_degree(r->graph, r->level), few = degree / KEEP_SHARE;
    const uint32_t found = gather(r), former = r->count + r->lost;
    uint32_t spare = 0;
    sort_nearest(r, found);
    for (uint32_t i = 0; i < s->found.count && r->count < former; i++) {
        candidate c = s->found.entries[i];
        if (is_covered(r, c))
            s->spare[spare++] = c;
        else
            r->links[r->count++] = c.tagged;
    }
    for (uint32_t i = 0; i < spare && r->count < former && r->count < few; i++)
        r->links[r->count++] = s->spare[i].tagged;
    graph_slot *links = graph_links(r->graph, r->node, r->level);
    for (uint32_t i = 0; i < degree; i++)
        link_store(&links[i], i < r->count ? r->links[i] : GRAPH_NONE);
    note_change(r->graph, r->node, r->level);
}

static bool leads_to_leaving(const graph *g, uint32_t node, uint32_t level)
{
    const graph_slot *links = graph_links(g, node, level);
    for (uint32_t i = 0; i < graph_degree(g, level); i++) {
        uint32_t link = link_load(&links[i]);
        if (link == GRAPH_NONE) return false;
        if (!graph_has_node(g, link_row(link))) return true;
    }
    return false;
}

/* The highest of the nodes that stay. */
static void choose_entry(graph *g)
{
    uint32_t best = 0;
    bool has_one = false;
    for (uint32_t node = 0; node < graph_count(g); node++) {
        if (!graph_has_node(g, node)) continue;
        if (!has_one || graph_level(g, node) > graph_level(g, best)) best = node;
        has_one = true;
    }
    atomic_store_explicit(&g->entry, best, memory_order_release);
}

void graph_remove(graph *g, const graph_view *by, const uint32_t *nodes, uint32_t count,
                  search_scratch *s)
{
    repair r = {.graph = g, .by = by, .scratch = s};
    for (uint32_t i = 0; i < count; i++) {
        CHECK(graph_has_node(g, nodes[i]));
        leave_tree(g, by, nodes[i], s);
        *graph_state_at(g, nodes[i]) = GRAPH_LEAVING;
    }
    atomic_store_explicit(&g->linked, graph_linked(g) - count, memory_order_relaxed);
    for (r.node = 0; r.node < graph_count(g); r.node++)
        for (r.level = 0; graph_has_node(g, r.node) && r.level <= graph_level(g, r.node); r.level++)
            if (leads_to_leaving(g, r.node, r.level)) repair_links(&r);
    if (!graph_has_node(g, atomic_load_explicit(&g->entry, memory_order_relaxed))) choose_entry(g);
}

void graph_vacate(graph *g, const uint32_t *nodes, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        CHECK(*graph_state_at(g, nodes[i]) == GRAPH_LEAVING);
        *graph_state_at(g, nodes[i]) = GRAPH_VACANT;
        *(bool *)region_at(&g->changed, nodes[i]) = false;
        for (uint32_t level = 0; level <= graph_level(g, nodes[i]); level++) {
            graph_slot *links = graph_links(g, nodes[i], level);
            for (uint32_t at = 0; at < graph_degree(g, level); at++)
                link_store(&links[at], GRAPH_NONE);
        }
    }
}
