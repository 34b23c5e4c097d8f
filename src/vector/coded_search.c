/* coded_search.c - the walk of graph_search.c over rows of codes.
 *
 * Each round goes to the nearest candidate, and does three things with its row: the distance of its
 * own code, which is as good as exact, makes it a hit or not; with that the distances of all its
 * neighbors are estimated at once; and those that are nearer than the farthest candidate, and were
 * not gone to before, become candidates.
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
 * two loads lead to: so those of new candidates are asked for when they become some, and the row of
 * the next one before this one's estimates are sorted in. */
#include "vector/coded_search.h"

#include <math.h>

static const float ERRORS_LEFT_OPEN = 3; /* so many of them */

/* One walk. */
typedef struct walk {
    const coded_graph *graph;
    uint32_t count;
    const scan_range *among; /* that may be hits */
    bool only_among;         /* nothing else becomes a candidate */
    uint32_t asked;          /* the node whose row was asked for last */
    code_query query;
    search_scratch *scratch;
} walk;

/* Asks for what a visit of the node reads: its own code, which is needed first, with what is said behind it, and its
 * row. Into the second level of the cache: the first waits for fewer lines at a time than these are. */
static void prefetch_node(const walk *w, uint32_t node)
{
    enum { LINE = 64, SECOND_LEVEL = 2 };
    const coded_graph *g = w->graph;
    const uint8_t *row = coded_row(g, node);
    row_codes_prefetch(g->codes, node);
    for (size_t at = 0; at < g->row_bytes; at += LINE)
        __builtin_prefetch(row + at, 0, SECOND_LEVEL);
    slot_prefetch_row(w->among->slots, node);
}

/* Of the candidate that is nearest now, unless it was asked for last. */
static void prefetch_next(walk *w)
{
    const candidates *found = &w->scratch->found;
    if (found->next == found->count) return;
    const uint32_t node = candidate_id(found->entries[found->next]);
    if (node != w->asked) prefetch_node(w, node);
    w->asked = node;
}

/* Of a node that is about to become a candidate, where it will be the nearest: what it reads is long on its way when
 * it is one. */
static void prefetch_early(walk *w, candidate newcomer)
{
    const candidates *found = &w->scratch->found;
    if (found->next < found->count && found->entries[found->next].distance <= newcomer.distance)
        return;
    prefetch_node(w, newcomer.tagged);
    w->asked = newcomer.tagged;
}

static float farthest(const candidates *c)
{
    return c->count < c->capacity ? INFINITY : c->entries[c->count - 1].distance;
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

/* sorted[count] = list[count], ascending. By counting what comes before each: a few comparisons more than by insertion, and
 * no branch that nobody could foresee. */
static void sort_into(const candidate *list, uint32_t count, candidate *sorted)
{
    for (uint32_t i = 0; i < count; i++) {
        uint32_t place = 0;
        for (uint32_t j = 0; j < i; j++)
            place += list[j].distance <= list[i].distance;
        for (uint32_t j = i + 1; j < count; j++)
            place += list[j].distance < list[i].distance;
        sorted[place] = list[i];
    }
}

/* Merges list[count], ascending, into the candidates, from the far end on: every entry is moved
 * once. What is behind the capacity is dropped. */
static void merge(candidates *c, const candidate *list, uint32_t count)
{
    uint32_t end = c->count, total = c->count + count;
    uint32_t first = end;
    while (count > 0) {
        candidate last = list[count - 1];
        uint32_t low = 0, length = end;
        while (length > 0) {
            uint32_t half = length / 2;
            bool before = c->entries[low + half].distance <= last.distance;
            low = before ? low + half + 1 : low;
            length = before ? length - half - 1 : half;
        }
        // Entries low..end move `count` places on, as far as there is room.
        uint32_t to = low + count, kept = to < c->capacity ? c->capacity - to : 0;
        if (kept > end - low) kept = end - low;
        memmove(c->entries + to, c->entries + low, kept * sizeof *c->entries);
        if (to - 1 < c->capacity) c->entries[to - 1] = last;
        end = first = low;
        count--;
    }
    c->count = total < c->capacity ? total : c->capacity;
    if (first < c->next) c->next = first;
}

/* Makes candidates of those of the block's neighbors whose bits are set in `below`. */
static void take_candidates(walk *w, const uint32_t *ids, uint32_t below, const float *distances)
{
    __attribute__((uninitialized)) candidate list[CODES_BLOCK + 1], sorted[CODES_BLOCK];
    candidate nearest = {INFINITY, GRAPH_NONE};
    uint32_t count = 0;
    for (; below; below &= below - 1) {
        const uint32_t slot = (uint32_t)__builtin_ctz(below), id = ids[slot];
        if (id >= w->count) continue;
        if (w->only_among && !scan_range_may_have_slot(w->among, id)) continue;
        __builtin_prefetch(coded_place_of(w->graph, id));
        // Without branches: whether it was gone to before, and is nearer than others, is as good as random.
        const bool is_new = !search_scratch_is_visited(w->scratch, id);
        const bool is_nearest = is_new & (distances[slot] < nearest.distance);
        list[count] = (candidate){distances[slot], id};
        nearest.distance = is_nearest ? distances[slot] : nearest.distance;
        nearest.tagged = is_nearest ? id : nearest.tagged;
        count += is_new;
    }
    if (count == 0) return;
    if (nearest.tagged != GRAPH_NONE) prefetch_early(w, nearest);
    sort_into(list, count, sorted);
    merge(&w->scratch->found, sorted, count);
}

static uint32_t estimate(const walk *w, const uint8_t *block, float base, float bound,
                         float *distances)
{
    const coded_graph *g = w->graph;
    const codes_block b = {.signs = block,
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
        const uint32_t below = estimate(w, block, centre, bound, distances);
        const uint32_t nearest = nearest_slot(w, block, below, distances);
        if (nearest == CODES_BLOCK) continue;
        take_candidates(w, coded_ids(g, block), UINT32_C(1) << nearest, distances);
        bound = distances[nearest];
    }
    bool has_first = atomic_load(coded_place_of(g, 0)) != CODED_NO_PLACE;
    if (w->scratch->found.count == 0 && has_first) candidates_insert(&w->scratch->found, centre, 0);
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

/* Goes to a node: its code's distance, and its neighbors' estimates. */
static void visit(walk *w, uint32_t id)
{
    const coded_graph *g = w->graph;
    search_scratch *s = w->scratch;
    const uint8_t *row = coded_row(g, id);
    prefetch_next(w);
    float distance = own_distance(w, id);
    s->hop_count++;
    for (uint32_t b = 0; b < g->blocks; b++) {
        __attribute__((uninitialized)) float distances[CODES_BLOCK];
        const uint8_t *block = coded_block(g, row, b);
        uint32_t below = estimate(w, block, distance, farthest(&s->found), distances);
        take_candidates(w, coded_ids(g, block), below, distances);
    }
    prefetch_next(w);
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
        uint32_t below = estimate(w, block, distance, farthest(&s->found), distances);
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
        uint32_t below = estimate(w, block, distance, farthest(&s->found), distances);
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

bool coded_search(const coded_graph *g, uint32_t count, const float *query, const scan_range *among,
                  const walk_plan *plan, search_scratch *s)
{
    walk w = {.graph = g, .count = count, .among = among, .asked = GRAPH_NONE, .scratch = s};
    const uint64_t hops_before = s->hop_count;
    const bool by_two_hops = plan->mode == WALK_TWO_HOPS;
    coder_prepare(g->codes->coder, query, s->code_room, &w.query);
    code_query_scale(&w.query, g->unit);
    search_scratch_begin_visit(s);
    s->found.count = s->found.next = s->best.count = s->best.next = 0;
    s->query_length = sqrtf(w.query.square);
    s->admitted_count = 0;
    begin(&w);
    w.only_among = by_two_hops;
    while (s->found.next < s->found.count) {
        uint32_t id = candidates_expand(&s->found);
        if (!search_scratch_visit(s, id)) continue;
        by_two_hops ? visit_two_hops(&w, id) : visit(&w, id);
        if (is_hopeless(s, plan, s->hop_count - hops_before)) return false;
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
