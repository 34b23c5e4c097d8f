/* graph_build.c - adding nodes: where a node stands, whom it links to, which links are dropped.
 * Memory for all of a call is reserved first; after that nothing can fail. */
#include "vector/graph.h"

#include "base/size.h"

#include <math.h>
#include <stdlib.h>

/* Algorithm 4's test: nearer to the node than to every neighbour kept so far. Such links point in
 * different directions and lead out of clusters. */
static bool is_diverse(const vectors *v, candidate c, const candidate *kept, size_t count,
                       scratch *s)
{
    const float *row = vectors_row(v, link_row(c.tagged));
    for (size_t i = 0; i < count; i++) {
        s->distance_count++;
        if (vectors_distance(v, row, link_row(kept[i].tagged)) < c.distance) return false;
    }
    return true;
}

/* Chooses at most `max` of from[count], sorted by distance, into out. Pinned ones, fewer than
 * `max`, are always among them; then come the diverse ones. The nearest of those that failed fill
 * up to three quarters: at equal recall that makes searches a few per cent faster than dropping
 * them all, and the free quarter lets many links come in before the next choice (filling all costs
 * a third more time to build). */
static size_t select_neighbors(const vectors *v, const candidate *from, size_t count, uint32_t max,
                               candidate *out, scratch *s)
{
    size_t kept = 0, spare_count = 0, filled = max / 4 * 3;
    for (size_t i = 0; i < count; i++)
        if (from[i].tagged & GRAPH_PINNED) out[kept++] = from[i];
    for (size_t i = 0; i < count && kept < max; i++) {
        if (from[i].tagged & GRAPH_PINNED) continue;
        if (is_diverse(v, from[i], out, kept, s))
            out[kept++] = from[i];
        else if (spare_count < filled)
            s->spare[spare_count++] = from[i];
    }
    for (size_t i = 0; i < spare_count && kept < filled; i++)
        out[kept++] = s->spare[i];
    return kept;
}

static size_t count_links(const uint32_t *links, uint32_t degree)
{
    size_t count = 0;
    while (count < degree && links[count] != GRAPH_NONE)
        count++;
    return count;
}

static void write_links(uint32_t *links, uint32_t degree, const candidate *chosen, size_t count)
{
    for (size_t i = 0; i < degree; i++)
        links[i] = i < count ? chosen[i].tagged : GRAPH_NONE;
}

static void sort_candidates(candidate *list, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        candidate moving = list[i];
        size_t at = i;
        for (; at > 0 && list[at - 1].distance > moving.distance; at--)
            list[at] = list[at - 1];
        list[at] = moving;
    }
}

/* Adds `link` (a row, perhaps pinned) to node's links, choosing anew among all when they are full.
 */
static void add_link(graph *g, const vectors *v, uint32_t node, uint32_t level, candidate link,
                     scratch *s)
{
    uint32_t *links = graph_links(g, node, level);
    uint32_t degree = graph_degree(g, level);
    size_t count = count_links(links, degree);
    if (count < degree) {
        links[count] = link.tagged;
        return;
    }
    for (size_t i = 0; i < count; i++)
        s->ids[i] = link_row(links[i]);
    vectors_distances(v, vectors_row(v, node), s->ids, count, s->distances);
    s->distance_count += count;
    candidate *list = s->neighbors;
    for (size_t i = 0; i < count; i++)
        list[i] = (candidate){s->distances[i], links[i]};
    list[count++] = link;
    sort_candidates(list, count);
    count = select_neighbors(v, list, count, degree, s->chosen, s);
    write_links(links, degree, s->chosen, count);
}

static size_t count_pinned(const graph *g, uint32_t node)
{
    const uint32_t *links = graph_links(g, node, 0);
    size_t pinned = 0;
    for (uint32_t i = 0; i < g->base_degree && links[i] != GRAPH_NONE; i++)
        pinned += links[i] >> 31;
    return pinned;
}

/* The last child in the spanning tree; children are later than their parents. */
static uint32_t last_child(const graph *g, uint32_t node)
{
    const uint32_t *links = graph_links(g, node, 0);
    uint32_t last = node;
    for (uint32_t i = 0; i < g->base_degree && links[i] != GRAPH_NONE; i++)
        if ((links[i] & GRAPH_PINNED) && link_row(links[i]) > last) last = link_row(links[i]);
    return last;
}

/* The nearest of the chosen neighbours with room for one more pinned link becomes the parent. When
 * all are full of children, some descendant of the nearest has room: a leaf has one pinned link. */
static candidate choose_parent(const graph *g, const vectors *v, uint32_t node,
                               const candidate *chosen, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (count_pinned(g, chosen[i].tagged) < g->base_degree - 1) return chosen[i];
    uint32_t at = chosen[0].tagged;
    while (count_pinned(g, at) >= g->base_degree - 1)
        at = last_child(g, at);
    return (candidate){vectors_distance(v, vectors_row(v, node), at), at};
}

/* Links node at level 0 both ways with chosen[count] and with its parent, pinned. */
static void link_base(graph *g, const vectors *v, uint32_t node, candidate *chosen, size_t count,
                      scratch *s)
{
    candidate parent = choose_parent(g, v, node, chosen, count);
    size_t at = 0;
    while (at < count && chosen[at].tagged != parent.tagged)
        at++;
    if (at == count) count++;
    chosen[at] = (candidate){parent.distance, parent.tagged | GRAPH_PINNED};
    write_links(graph_links(g, node, 0), g->base_degree, chosen, count);
    for (size_t i = 0; i < count; i++) {
        candidate back = {chosen[i].distance, node | (chosen[i].tagged & GRAPH_PINNED)};
        add_link(g, v, link_row(chosen[i].tagged), 0, back, s);
    }
}

static void link_upper(graph *g, const vectors *v, uint32_t node, uint32_t level,
                       const candidate *chosen, size_t count, scratch *s)
{
    write_links(graph_links(g, node, level), g->neighbors, chosen, count);
    for (size_t i = 0; i < count; i++)
        add_link(g, v, chosen[i].tagged, level, (candidate){chosen[i].distance, node}, s);
}

/* Algorithm 1. The node has its level and empty links. */
static void insert_node(graph *g, const vectors *v, uint32_t node, scratch *s)
{
    const float *query = vectors_row(v, node);
    uint32_t level = graph_level(g, node), top = graph_level(g, g->entry);
    candidate entry = graph_descend(g, v, query, level, s);
    candidate chosen[GRAPH_MAX_NEIGHBORS + 1];
    for (uint32_t at = level < top ? level : top;; at--) {
        graph_walk_level(g, v, query, entry, at, s);
        candidate *found = s->found.entries;
        for (uint32_t i = 0; i < s->found.count; i++)
            found[i].tagged &= ~CANDIDATE_EXPANDED;
        entry = found[0];
        size_t count = select_neighbors(v, found, s->found.count, g->neighbors, chosen, s);
        if (at == 0) {
            link_base(g, v, node, chosen, count, s);
            break;
        }
        link_upper(g, v, node, at, chosen, count, s);
    }
    if (level > top) g->entry = node;
}

/* P(level >= l) = M^-l. */
static uint32_t draw_level(graph *g)
{
    double level = -log(1 - rng_unit(&g->random)) / log(g->neighbors);
    return level < GRAPH_MAX_LEVEL ? (uint32_t)level : GRAPH_MAX_LEVEL;
}

/* Makes room for nodes up to `count` and draws their levels. */
static bool reserve_nodes(graph *g, uint32_t count)
{
    size_t links, runs = g->upper_runs, upper;
    if (!size_mul((size_t)g->base_degree * sizeof(uint32_t), count, &links) ||
        !region_reserve(&g->base_links, links) || !region_reserve(&g->levels, count) ||
        !region_reserve(&g->upper_start, (size_t)count * sizeof(uint32_t)))
        return false;
    rng before = g->random;
    for (uint32_t node = g->count; node < count; node++) {
        uint32_t level = draw_level(g);
        ((uint8_t *)g->levels.base)[node] = (uint8_t)level;
        ((uint32_t *)g->upper_start.base)[node] = (uint32_t)runs;
        runs += level;
    }
    if (runs <= UINT32_MAX && size_mul(g->neighbors * sizeof(uint32_t), runs, &upper) &&
        region_reserve(&g->upper_links, upper)) {
        g->upper_runs = (uint32_t)runs;
        return true;
    }
    g->random = before;
    return false;
}

/* Nodes from g->count on, and level runs from first_run on, have no links yet. */
static void clear_links(graph *g, uint32_t count, uint32_t first_run)
{
    size_t slots = (size_t)(count - g->count) * g->base_degree;
    memset(graph_links(g, g->count, 0), 0xff, slots * sizeof(uint32_t));
    if (g->upper_runs == first_run) return;
    uint32_t *upper = (uint32_t *)g->upper_links.base + (size_t)first_run * g->neighbors;
    memset(upper, 0xff, (size_t)(g->upper_runs - first_run) * g->neighbors * sizeof(uint32_t));
}

kith_status graph_insert_rows(graph *g, const vectors *v, scratch *s, kith_error *err)
{
    uint32_t first_run = g->upper_runs;
    if (!reserve_nodes(g, v->count))
        return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a graph of %u vectors", v->count);
    clear_links(g, v->count, first_run);
    for (; g->count < v->count; g->count++)
        if (g->count > 0) insert_node(g, v, g->count, s);
    return KITH_OK;
}
