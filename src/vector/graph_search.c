/* graph_search.c - walking the graph.
 * The time of a walk is the time to fetch scattered rows, so what will be needed is asked for
 * early: the links of the next candidate, the rows of a batch. */
#include "vector/graph.h"

/* The links of `node` that were not visited yet, into s->ids. */
static size_t gather_unvisited(const graph *g, uint32_t node, uint32_t level, scratch *s)
{
    const uint32_t *links = graph_links(g, node, level);
    size_t count = 0;
    for (uint32_t i = 0; i < graph_degree(g, level) && links[i] != GRAPH_NONE; i++) {
        uint32_t row = link_row(links[i]);
        if (scratch_visit(s, row)) s->ids[count++] = row;
    }
    return count;
}

static void prefetch_links(const graph *g, const candidates *found, uint32_t level)
{
    if (found->next == found->count) return;
    const uint32_t *links = graph_links(g, candidate_id(found->entries[found->next]), level);
    for (uint32_t i = 0; i < graph_degree(g, level); i += 16)
        __builtin_prefetch(links + i);
}

void graph_walk_level(const graph *g, const vectors *v, const float *query, candidate entry,
                      uint32_t level, scratch *s)
{
    candidates *found = &s->found;
    scratch_begin_visit(s);
    (void)scratch_visit(s, candidate_id(entry));
    found->count = found->next = 0;
    candidates_insert(found, entry.distance, candidate_id(entry));
    while (found->next < found->count) {
        uint32_t node = candidates_expand(found);
        size_t count = gather_unvisited(g, node, level, s);
        prefetch_links(g, found, level);
        vectors_distances(v, query, s->ids, count, s->distances);
        s->distance_count += count;
        for (size_t i = 0; i < count; i++)
            if (candidates_want(found, s->distances[i]))
                candidates_insert(found, s->distances[i], s->ids[i]);
    }
}

/* Moves to the nearest neighbour until none is nearer. */
static candidate descend_level(const graph *g, const vectors *v, const float *query, candidate at,
                               uint32_t level, scratch *s)
{
    for (bool moved = true; moved;) {
        const uint32_t *links = graph_links(g, candidate_id(at), level);
        size_t count = 0;
        while (count < g->neighbors && links[count] != GRAPH_NONE)
            count++;
        vectors_distances(v, query, links, count, s->distances);
        s->distance_count += count;
        moved = false;
        for (size_t i = 0; i < count; i++) {
            if (s->distances[i] >= at.distance) continue;
            at = (candidate){s->distances[i], links[i]};
            moved = true;
        }
    }
    return at;
}

candidate graph_descend(const graph *g, const vectors *v, const float *query, uint32_t level,
                        scratch *s)
{
    candidate at = {vectors_distance(v, query, g->entry), g->entry};
    s->distance_count++;
    for (uint32_t above = graph_level(g, g->entry); above > level; above--)
        at = descend_level(g, v, query, at, above, s);
    return at;
}

void graph_search(const graph *g, const vectors *v, const float *query, scratch *s)
{
    graph_walk_level(g, v, query, graph_descend(g, v, query, 0, s), 0, s);
}
