/* graph_search.c - walking the graph: greedy descent, then ef candidates on one level.
 *
 * graph_walk_level is Algorithm 2, by which the linker walks, and a search that compares vectors. It
 * expands the nearest candidate that was not expanded yet: compares the query with all of its
 * neighbors that were not visited before, and keeps those that are among the ef nearest so far. It
 * ends when all kept candidates are expanded, that is, when the nearest one left to expand would be
 * farther than the worst kept (candidates.h says why one array shows both).
 *
 * Invariants of the loop:
 *   1. every row in s->found was visited, and no row is in it twice: a row is inserted only at its
 *      first visit;
 *   2. a visited row that is not in s->found is farther than all rows in it, or as far as the last;
 *   3. each round expands one row that no earlier round expanded, so there are at most as many
 *      rounds as nodes.
 *
 * For the linker, which wants neighbors in all directions, at most s->copies_most rows with equal vectors are kept
 * (COPIES_MOST in graph_build.c says why); 1 and 2 then do not hold for the others. Their distances from anything
 * are equal, to the bit, so only rows at the same distance are compared, and vectors that differ as a rule in
 * their first coordinates.
 *
 * graph_search does the same at level 0 for a search by codes, with its candidates in no order
 * (frontier.h): of the rows that a step compares few are ever gone to, and s->found, in order, needs
 * only those that are. Where it goes next is chosen, and its links are asked for, before the rows of
 * this step are compared: what they lead to is gone to one step later. It ends when the ef nearest of
 * all rows that were compared were gone to, as the other does, so it goes to as many nodes, or one or
 * two more.
 *
 * Removed rows are walked through like any other; the caller drops them from the result. Links that
 * the linker has made since the walk began may be read or not (graph.h, Threads); invariant 1 needs
 * only that each link which is followed leads to a node below the count.
 *
 * The time of a walk is the time to fetch rows from scattered addresses, so the loop asks for
 * memory before it needs it: for the links of the next candidate while the rows of this one are
 * compared, and, in the kernels, for the next rows of the batch. */
#include "vector/graph.h"

#include "base/size.h"

/* Writes to s->ids the neighbors of `node` that were not visited yet, marks them as visited and
 * returns how many. At most SCRATCH_BATCH: a node has no more links (GRAPH_MAX_NEIGHBORS). */
static size_t gather_unvisited(const graph_view *g, uint32_t node, uint32_t level,
                               search_scratch *s)
{
    const graph_slot *links = graph_links(g->graph, node, level);
    uint32_t degree = graph_degree(g->graph, level);
    size_t count = 0;
    for (uint32_t i = 0; i < degree; i++) {
        uint32_t link = link_load(&links[i]);
        if (link == GRAPH_NONE) break;
        uint32_t row = link_row(link);
        if (row < g->count) count = search_scratch_gather(s, count, row);
    }
    for (size_t i = 0; g->codes && i < count; i++)
        row_codes_prefetch(g->codes, s->ids[i]);
    return count;
}

/* 16 links are one cache line. */
static void prefetch_links(const graph *g, uint32_t node, uint32_t level)
{
    // Above level 0 the links are looked up, which reads them: it walks there only to link.
    const graph_slot *links =
        level == 0 ? region_at(&g->base_links, node) : graph_links(g, node, level);
    for (uint32_t i = 0; i < graph_degree(g, level); i += 16)
        __builtin_prefetch((const void *)(links + i));
}

/* s->distances of `query` to the first `count` of s->ids. */
static void compare(const graph_view *g, const row_probe *query, size_t count, search_scratch *s)
{
    graph_distances(g, query, s->ids, count, s->distances);
    *(g->codes ? &s->estimate_count : &s->distance_count) += count;
}

bool graph_are_copies(const graph_view *g, uint32_t a, uint32_t b)
{
    return vector_rows_are_equal(g->rows, a, b);
}

bool graph_has_copies(const graph_view *g, const candidates *found, uint32_t at, candidate c,
                      uint32_t most)
{
    uint32_t copies = 0;
    for (uint32_t i = at; i > 0 && found->entries[i - 1].distance >= c.distance; i--)
        copies += graph_are_copies(g, c.tagged, candidate_id(found->entries[i - 1]));
    for (uint32_t i = at; i < found->count && found->entries[i].distance <= c.distance; i++)
        copies += graph_are_copies(g, c.tagged, candidate_id(found->entries[i]));
    return copies >= most;
}

void graph_walk_level(const graph_view *g, const row_probe *query, candidate entry, uint32_t level,
                      search_scratch *s)
{
    candidates *found = &s->found;
    DCHECK(found->capacity > 0 && level <= graph_level(g->graph, candidate_id(entry)));
    search_scratch_begin_visit(s);
    (void)search_scratch_visit(s, candidate_id(entry));
    found->count = found->next = 0;
    candidates_insert(found, entry.distance, candidate_id(entry));
    while (found->next < found->count) {
        uint32_t node = candidates_expand(found);
        size_t count = gather_unvisited(g, node, level, s);
        // The rows about to be compared may put another one before it, which then costs one fetch.
        if (found->next < found->count)
            prefetch_links(g->graph, candidate_id(found->entries[found->next]), level);
        compare(g, query, count, s);
        if (s->copies_most) {
            graph_keep_few(g, count, s);
            continue;
        }
        for (size_t i = 0; i < count; i++)
            if (candidates_want(found, s->distances[i]))
                candidates_insert(found, s->distances[i], s->ids[i]);
    }
    DCHECK(candidates_are_sound(found));
}

/* Writes the neighbors of `node` at a level above 0 to s->ids and returns how many. */
static size_t gather_neighbors(const graph_view *g, uint32_t node, uint32_t level,
                               search_scratch *s)
{
    const graph_slot *links = graph_links(g->graph, node, level);
    const bool is_believed = !atomic_load_explicit(&g->graph->is_unverified, memory_order_relaxed);
    size_t count = 0;
    for (uint32_t i = 0; i < g->graph->neighbors; i++) {
        uint32_t row = link_load(&links[i]); // not pinned above level 0
        if (row == GRAPH_NONE) break;
        if (row < g->count && (is_believed || graph_level(g->graph, row) >= level))
            s->ids[count++] = row;
    }
    for (size_t i = 0; g->codes && i < count; i++)
        row_codes_prefetch(g->codes, s->ids[i]);
    return count;
}

/* Moves to the neighbor nearest to the query until no neighbor is nearer: a walk with ef = 1, which
 * needs no visited set because the distance falls with every move. */
static candidate descend_level(const graph_view *g, const row_probe *query, candidate at,
                               uint32_t level, search_scratch *s)
{
    for (bool moved = true; moved;) {
        size_t count = gather_neighbors(g, candidate_id(at), level, s);
        compare(g, query, count, s);
        moved = false;
        for (size_t i = 0; i < count; i++) {
            if (s->distances[i] >= at.distance) continue;
            at = (candidate){s->distances[i], s->ids[i]};
            moved = true;
        }
    }
    return at;
}

candidate graph_descend(const graph_view *g, const row_probe *query, uint32_t level,
                        search_scratch *s)
{
    s->ids[0] = g->entry;
    compare(g, query, 1, s);
    candidate at = {s->distances[0], g->entry};
    for (uint32_t above = graph_level(g->graph, g->entry); above > level; above--)
        at = descend_level(g, query, at, above, s);
    return at;
}

/* ---- searching ---- */

/* The nearest candidate, which is among the hits from now on, its links asked for; GRAPH_NONE: the walk has gone far enough. */
static uint32_t take_next(const graph_view *g, search_scratch *s)
{
    uint32_t node;
    float distance;
    if (!frontier_take(&s->frontier, &node, &distance)) return GRAPH_NONE;
    if (candidates_want(&s->found, distance)) candidates_insert(&s->found, distance, node);
    prefetch_links(g->graph, node, 0);
    return node;
}

/* Makes candidates of the first `count` of s->ids, whose distances are known. */
static void take_candidates(search_scratch *s, size_t count)
{
    frontier *f = &s->frontier;
    for (size_t i = 0; i < count;) {
        frontier_make_room(f);
        const size_t end = size_min(i + FRONTIER_MORE, count);
        const float bound = f->bound;
        uint32_t kept = f->count;
        for (; i < end; i++) {
            // Without a branch: whether it is near enough is as good as random.
            f->distances[kept] = s->distances[i];
            f->ids[kept] = s->ids[i];
            kept += s->distances[i] < bound;
        }
        f->count = kept;
    }
}

void graph_search(const graph_view *g, const row_probe *query, search_scratch *s)
{
    const candidate entry = graph_descend(g, query, 0, s);
    if (!g->codes) {
        graph_walk_level(g, query, entry, 0, s);
        return;
    }
    search_scratch_begin_visit(s);
    (void)search_scratch_visit(s, candidate_id(entry));
    s->found.count = s->found.next = 0;
    frontier_begin(&s->frontier, s->found.capacity);
    frontier_add(&s->frontier, entry.distance, candidate_id(entry));
    for (uint32_t node = take_next(g, s), next; node != GRAPH_NONE; node = next) {
        const size_t count = gather_unvisited(g, node, 0, s);
        next = take_next(g, s);
        compare(g, query, count, s);
        take_candidates(s, count);
        if (next == GRAPH_NONE) next = take_next(g, s);
    }
}
