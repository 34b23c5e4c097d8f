/* coded_search.c - the walk of graph_search.c over rows of codes.
 *
 * Each round goes to the nearest candidate, and does three things with its row: the distance of its
 * own code, which is as good as exact, makes it a hit or not; with that the distances of all its
 * neighbors are estimated at once; and those that may be among the nearest so far, and were not gone
 * to before, become candidates (frontier.h).
 *
 * A node may be a candidate several times, by the estimates of several neighbors: the smallest is
 * the first to come up, and the others are passed over then. Estimates err most where the neighbor
 * is far from the query; that a node has several chances takes a third of the rounds at equal recall
 * (100,000 descriptors, 0.99) and is worth the room that it takes among the candidates.
 *
 * Candidates are in order of estimates, hits in order of codes. An estimate may be too large: then
 * the walk goes there late or never. It may be too small: then it goes there in vain. Neither makes
 * a distance of a hit wrong.
 *
 * The time is again that of fetching rows, now of some kilobytes in one piece, from an address that
 * two loads lead to: so those of new candidates are asked for when they become some, and where the walk goes
 * next is chosen, and its row asked for, before the row that came is worked on. What that row leads to is
 * gone to one step later than if it were waited for: two or three steps more, and half of the waiting less.
 * Only so many lines are fetched at once, and the processor waits with a prefetch that is one too many; so the signs of
 * a long row are asked for line by line, while those of the row before are summed up. */
#include "vector/coded_search.h"

#include <math.h>

static const float ERRORS_LEFT_OPEN = 3; /* so many of them */

/* From here on a row's signs are more lines than are fetched at once (docs/decisions/119). */
enum { LATE_DIM = 512 };

/* One walk. */
typedef struct walk {
    const coded_graph *graph;
    uint32_t count;
    const scan_range *among; /* that may be hits */
    bool only_among;         /* nothing else becomes a candidate */
    code_query query;
    search_scratch *scratch;
    const uint8_t *ahead; /* the row whose signs are to be asked for; NULL: none */
} walk;

/* Into the second level of the cache: the first waits for fewer lines at a time than a node has. */
static void prefetch(const void *from, size_t bytes)
{
    enum { LINE = 64 };
    for (size_t at = 0; at < bytes; at += LINE)
        __builtin_prefetch((const char *)from + at, 0, CODES_SECOND_LEVEL);
}

static bool is_late(const coded_graph *g)
{
    return g->dim >= LATE_DIM;
}

static void prefetch_signs(const coded_graph *g, uint32_t node)
{
    const uint8_t *row = coded_row(g, node);
    for (uint32_t b = 0; b < g->blocks; b++)
        prefetch(coded_block(g, row, b), (size_t)CODES_GROUP * g->dim);
}

/* Asks for what a visit of the node reads: its own code, which is needed first, with what is said behind it, and its
 * row, of a long one without the signs. */
static void prefetch_node(const walk *w, uint32_t node)
{
    const coded_graph *g = w->graph;
    const uint8_t *row = coded_row(g, node);
    const size_t signs = is_late(g) ? (size_t)CODES_GROUP * g->dim : 0;
    row_codes_prefetch(g->codes, node);
    for (uint32_t b = 0; b < g->blocks; b++)
        prefetch(coded_block(g, row, b) + signs, coded_block_bytes(g) - signs);
    slot_prefetch_row(w->among->slots, node);
}

/* Ascending, by insertion: a few. */
static void sort_few(candidate *list, uint32_t count)
{
    for (uint32_t i = 1; i < count; i++) {
        candidate moving = list[i];
        uint32_t at = i;
        for (; at > 0 && list[at - 1].distance > moving.distance; at--)
            list[at] = list[at - 1];
        list[at] = moving;
    }
}

/* Makes candidates of those of the block's neighbors whose bits are set in `below`. */
static void take_candidates(walk *w, const uint32_t *ids, uint32_t below, const float *distances)
{
    frontier *f = &w->scratch->frontier;
    frontier_make_room(f);
    float *const to = f->distances;
    uint32_t *const to_ids = f->ids;
    uint32_t count = f->count;
    for (; below; below &= below - 1) {
        const uint32_t slot = (uint32_t)__builtin_ctz(below), id = ids[slot];
        if (id >= w->count) continue;
        if (w->only_among && !scan_range_may_have_slot(w->among, id)) continue;
        __builtin_prefetch(coded_place_of(w->graph, id));
        // Without a branch: whether it was gone to before is as good as random.
        to[count] = distances[slot];
        to_ids[count] = id;
        count += !search_scratch_is_visited(w->scratch, id);
    }
    f->count = count;
}

/* ahead: a block whose signs are asked for meanwhile */
static uint32_t estimate(const walk *w, const uint8_t *block, const uint8_t *ahead, float base,
                         float bound, float *distances)
{
    const coded_graph *g = w->graph;
    const codes_block b = {.signs = block,
                           .ahead = ahead,
                           .add = coded_add(g, block),
                           .rescale = coded_rescale(g, block),
                           .base = base,
                           .scale = g->unit / CODED_UNIT_PARTS,
                           .slope = w->query.slope,
                           .offset = w->query.offset};
    w->scratch->estimate_count += CODES_BLOCK;
    return simd()->codes->estimate(&b, w->query.table, g->dim, bound, distances);
}

/* Of the slots of the block whose bits are set in `below` the one whose estimate is smallest, of the nodes that the walk may
 * go to; CODES_BLOCK when there is none. */
static uint32_t nearest_slot(const walk *w, const uint8_t *block, uint32_t below,
                             const float *distances)
{
    const uint32_t *ids = coded_ids(w->graph, block);
    uint32_t nearest = CODES_BLOCK;
    for (; below; below &= below - 1) {
        const uint32_t slot = (uint32_t)__builtin_ctz(below);
        if (ids[slot] < w->count &&
            (nearest == CODES_BLOCK || distances[slot] < distances[nearest]))
            nearest = slot;
    }
    return nearest;
}

/* The nearest entry becomes a candidate, and so do those of the blocks before that were the nearest until then. Entries that
 * were written after the search counted the nodes may all be past that: then the walk begins at node 0, from which every
 * other is reachable; where there is none it finds nothing, and all rows are scanned. */
static void begin(walk *w)
{
    const coded_graph *g = w->graph;
    const uint32_t *list = region_at(&g->rows, atomic_load(&g->entries));
    float centre = g->codes->coder->metric == KITH_INNER_PRODUCT ? 0
                   : g->codes->coder->metric == KITH_COSINE      ? w->query.square / 2
                                                                 : w->query.square;
    float bound = INFINITY;
    for (uint32_t i = 1; i <= list[0]; i++) {
        __attribute__((uninitialized)) float distances[CODES_BLOCK];
        const uint8_t *block = region_at(&g->rows, list[i]);
        const uint32_t below = estimate(w, block, block, centre, bound, distances);
        const uint32_t nearest = nearest_slot(w, block, below, distances);
        if (nearest == CODES_BLOCK) continue;
        take_candidates(w, coded_ids(g, block), UINT32_C(1) << nearest, distances);
        bound = distances[nearest];
    }
    bool has_first = atomic_load(coded_place_of(g, 0)) != CODED_NO_PLACE;
    if (w->scratch->frontier.count == 0 && has_first)
        frontier_add(&w->scratch->frontier, centre, 0);
}

static void take_hit(walk *w, uint32_t id, float distance)
{
    search_scratch *s = w->scratch;
    if (!scan_range_has_slot(w->among, id)) return;
    s->admitted_count++;
    if (candidates_want(&s->best, distance)) candidates_insert(&s->best, distance, id);
}

/* By the node's own code. */
static float own_distance(const walk *w, uint32_t id)
{
    const row_codes *c = w->graph->codes;
    return code_distance(c->coder, &w->query, row_codes_at(c, id), row_codes_size(c, id));
}

/* What is asked for while that block of a row is worked on. */
static const uint8_t *block_ahead(const walk *w, uint32_t at, const uint8_t *block)
{
    return w->ahead ? coded_block(w->graph, w->ahead, at) : block;
}

/* Goes to a node: its code's distance, and its neighbors' estimates. */
static void visit(walk *w, uint32_t id)
{
    const coded_graph *g = w->graph;
    search_scratch *s = w->scratch;
    const uint8_t *row = coded_row(g, id);
    float distance = own_distance(w, id);
    s->hop_count++;
    for (uint32_t b = 0; b < g->blocks; b++) {
        __attribute__((uninitialized)) float distances[CODES_BLOCK];
        const uint8_t *block = coded_block(g, row, b);
        const uint8_t *ahead = block_ahead(w, b, block);
        uint32_t below = estimate(w, block, ahead, distance, s->frontier.bound, distances);
        take_candidates(w, coded_ids(g, block), below, distances);
    }
    take_hit(w, id, distance);
}

/* Looks through the row of a node that cannot be a hit for neighbors that can. */
static void look_through(walk *w, uint32_t id)
{
    const coded_graph *g = w->graph;
    search_scratch *s = w->scratch;
    const uint8_t *row = coded_row(g, id);
    float distance = own_distance(w, id);
    s->hop_count++;
    for (uint32_t b = 0; b < g->blocks; b++) {
        __attribute__((uninitialized)) float distances[CODES_BLOCK];
        const uint8_t *block = coded_block(g, row, b);
        uint32_t below = estimate(w, block, block, distance, s->frontier.bound, distances);
        take_candidates(w, coded_ids(g, block), below, distances);
    }
}

/* Goes to a node, and looks through the nearest of its neighbors that cannot be hits. */
static void visit_two_hops(walk *w, uint32_t id)
{
    enum { LOOKED_THROUGH = 8 };
    const coded_graph *g = w->graph;
    search_scratch *s = w->scratch;
    const uint8_t *row = coded_row(g, id);
    float distance = own_distance(w, id);
    candidate through[LOOKED_THROUGH + 1];
    uint32_t count = 0;
    s->hop_count++;
    take_hit(w, id, distance);
    for (uint32_t b = 0; b < g->blocks; b++) {
        __attribute__((uninitialized)) float distances[CODES_BLOCK];
        const uint8_t *block = coded_block(g, row, b);
        const uint32_t *ids = coded_ids(g, block);
        const uint8_t *ahead = block_ahead(w, b, block);
        uint32_t below = estimate(w, block, ahead, distance, s->frontier.bound, distances);
        take_candidates(w, ids, below, distances);
        for (; below; below &= below - 1) {
            uint32_t slot = (uint32_t)__builtin_ctz(below);
            if (ids[slot] >= w->count || scan_range_may_have_slot(w->among, ids[slot]) ||
                search_scratch_is_visited(s, ids[slot]))
                continue;
            through[count] = (candidate){distances[slot], ids[slot]};
            sort_few(through, count + 1);
            if (count < LOOKED_THROUGH) count++;
        }
    }
    for (uint32_t i = 0; i < count; i++)
        __builtin_prefetch(coded_row(g, through[i].tagged));
    for (uint32_t i = 0; i < count; i++)
        if (search_scratch_visit(s, through[i].tagged)) look_through(w, through[i].tagged);
}

/* Too few of the nodes gone to may be hits for the walk to find those that are to be found. */
static bool is_hopeless(const search_scratch *s, const walk_plan *plan, uint64_t hops)
{
    enum { HOPS_AT_LEAST = 64 };
    if (plan->admitted_least == 0 || hops < HOPS_AT_LEAST) return false;
    return 2 * (uint64_t)s->admitted_count * plan->hops_expected < plan->admitted_least * hops;
}

/* The nearest candidate that was not gone to before, marked as visited, and asked for; GRAPH_NONE: the walk has gone far
 * enough. */
static uint32_t take_next(const walk *w)
{
    uint32_t node;
    float distance;
    while (frontier_take(&w->scratch->frontier, &node, &distance)) {
        if (!search_scratch_visit(w->scratch, node)) continue;
        prefetch_node(w, node);
        return node;
    }
    return GRAPH_NONE;
}

/* The same, to be gone to at once. */
static uint32_t take_now(const walk *w)
{
    const uint32_t node = take_next(w);
    if (node != GRAPH_NONE && is_late(w->graph)) prefetch_signs(w->graph, node);
    return node;
}

bool coded_search(const coded_graph *g, uint32_t count, const float *query, const scan_range *among,
                  const walk_plan *plan, search_scratch *s)
{
    walk w = {.graph = g, .count = count, .among = among, .scratch = s};
    const uint64_t hops_before = s->hop_count;
    const bool by_two_hops = plan->mode == WALK_TWO_HOPS;
    coder_prepare(g->codes->coder, query, s->code_room, &w.query);
    code_query_scale(&w.query, g->unit);
    search_scratch_begin_visit(s);
    frontier_begin(&s->frontier, plan->candidates);
    s->best.count = s->best.next = 0;
    s->query_length = sqrtf(w.query.square);
    s->admitted_count = 0;
    begin(&w);
    w.only_among = by_two_hops;
    for (uint32_t node = take_now(&w), next; node != GRAPH_NONE; node = next) {
        next = take_next(&w);
        w.ahead = next != GRAPH_NONE && is_late(g) ? coded_row(g, next) : NULL;
        by_two_hops ? visit_two_hops(&w, node) : visit(&w, node);
        if (is_hopeless(s, plan, s->hop_count - hops_before)) return false;
        if (next == GRAPH_NONE) next = take_now(&w);
    }
    return true;
}

/* Standard deviation of the distance of a code. */
static float error_of(const coded_graph *g, const search_scratch *s, candidate c)
{
    const float step = row_codes_size(g->codes, candidate_id(c)).step;
    if (g->codes->coder->metric == KITH_INNER_PRODUCT)
        return CODE_ERROR_OF_STEP * step * s->query_length;
    return coder_error(g->codes->coder, step * step, c.distance);
}

uint32_t coded_search_open(const coded_graph *g, const search_scratch *s, uint32_t k)
{
    const candidates *best = &s->best;
    float limit = 0;
    if (best->count <= k) return best->count;
    for (uint32_t i = 0; i < k; i++) {
        float most =
            best->entries[i].distance + ERRORS_LEFT_OPEN * error_of(g, s, best->entries[i]);
        if (i == 0 || most > limit) limit = most;
    }
    uint32_t open = k;
    while (open < best->count &&
           best->entries[open].distance - ERRORS_LEFT_OPEN * error_of(g, s, best->entries[open]) <
               limit)
        open++;
    return open;
}
