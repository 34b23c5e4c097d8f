/* graph_build.c - adding nodes (Algorithm 1): the level of a node, its neighbors, and which links
 * are dropped when a node has too many.
 *
 * A new node walks each of its levels for ef_construction candidates, chooses at most M of them, at
 * level 0 one and a half times as many (Algorithm 4), links to these, and is added to their links in turn. A node whose slots are full
 * then chooses anew among its links and the new one, so a link may be dropped; a pinned one never
 * is. At level 0 the new node also gets its parent in the spanning tree (graph.h, 1).
 *
 * Why there is always room for the pinned links. A node may be made a parent only while fewer than
 * base_degree - 1 of its links are pinned, so afterwards at most base_degree - 1 are, and a full
 * node that chooses anew still has a slot for a link that is not. A new node has one pinned link
 * and base_degree >= 2 * GRAPH_MIN_NEIGHBORS = 4 slots, of which it uses three at most and one for
 * its parent. If all chosen neighbors have too many
 * pinned links, walking from one of them along pinned links, and never back, ends at a node that has
 * room: these links are a tree, so the walk ends, at the latest in a leaf, which has one pinned link.
 *
 * Copies. A slot whose vector some node has gets no node, where the caller asks for that (graph_nodes.copied): the
 * search for its neighbors finds that node. It may miss it, as any walk may, and under inner product more often, where
 * others are nearer to a vector than its copies: then there are two nodes with one vector, or more.
 * Equal vectors are nearest to each other, and equally far from anything else. Where there are more such nodes
 * than candidates, a new node finds nothing beside them, and if it is one of them links to others of them only: then
 * who walks into them has all candidates there, none of which leads out again. So a node keeps COPIES_MOST equal ones
 * among its candidates, and takes a second one only for slots that are left (is_diverse).
 *
 * Batches. What takes nine tenths of the time is to find a node's neighbors, which changes nothing.
 * So nodes are linked in batches of GRAPH_BATCH: first the neighbors of each are chosen, in the
 * graph as it is before the batch and among the earlier nodes of the batch, which are compared one
 * and all; threads share that, and none of them waits for what another has found. Then one thread
 * links the nodes in order. So the result does not depend on the threads. A node of a batch misses
 * only what the links of the 31 before it would have changed in its walk. While the graph is small
 * that is much of it, and a batch is one node.
 *
 * Failure: memory for all nodes of a call is reserved and the levels of slots that are new are drawn
 * first; after that nothing can fail. When reserving fails the generator is put back, so that a later
 * attempt draws the same levels; what was written past `count` has no meaning until count moves.
 *
 * Searches run beside all of this; what they may see of it, and why in this order, is argued at the
 * head of graph.h. */
#include "vector/graph.h"

#include "base/size.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { COPIES_MOST = 8 /* of the candidates of a new node; see "Copies" above */ };

/* The diversity test of Algorithm 4: is c nearer to the node that chooses (at c.distance) than to
 * every neighbor kept so far? A candidate that fails is reached through the neighbor that it is
 * nearer to; those that pass point in different directions and lead out of clusters. A copy of one that was kept
 * fails, also where the node that chooses is a copy itself. */
static bool is_diverse(const graph_view *g, candidate c, const candidate *kept, size_t count,
                       search_scratch *s)
{
    enum { AT_ONCE = 4 };
    const row_probe row = graph_probe(g, link_row(c.tagged), s->room);
    for (size_t first = 0; first < count; first += AT_ONCE) {
        uint32_t ids[AT_ONCE];
        float distances[AT_ONCE];
        const size_t part = size_min(count - first, AT_ONCE);
        bool is_nearer = false, is_equal = false;
        for (size_t i = 0; i < part; i++)
            ids[i] = link_row(kept[first + i].tagged);
        graph_distances(g, &row, ids, part, distances);
        for (size_t i = 0; i < part; i++) {
            is_nearer |= distances[i] < c.distance;
            is_equal |= distances[i] <= c.distance;
        }
        for (size_t i = 0; is_equal && !is_nearer && i < part; i++)
            is_nearer =
                distances[i] <= c.distance && graph_are_copies(g, link_row(c.tagged), ids[i]);
        if (is_nearer) return false;
    }
    return true;
}

/* Algorithm 4: chooses at most `max` of from[count], which ascend by distance, into out[max], and
 * returns how many. The pinned ones, of which there are fewer than `max`, are always chosen; then
 * come those that pass the diversity test, nearest first. The nearest of those that failed fill up
 * the slots to three quarters of `max`. Measured: at equal recall that makes searches a few per
 * cent faster than dropping all that failed, and the free quarter takes in many links before the
 * node must choose again (filling every slot costs a third more time to build). */
static size_t select_neighbors(const graph_view *g, const candidate *from, size_t count,
                               uint32_t max, candidate *out, search_scratch *s)
{
    size_t kept = 0, spare_count = 0, filled = max / 4 * 3;
    for (size_t i = 0; i < count; i++)
        if (from[i].tagged & GRAPH_PINNED) out[kept++] = from[i];
    DCHECK(kept < max);
    for (size_t i = 0; i < count && kept < max; i++) {
        if (from[i].tagged & GRAPH_PINNED) continue;
        if (is_diverse(g, from[i], out, kept, s))
            out[kept++] = from[i];
        else if (spare_count < filled)
            s->spare[spare_count++] = from[i];
    }
    for (size_t i = 0; i < spare_count && kept < filled; i++)
        out[kept++] = s->spare[i];
    return kept;
}

static size_t count_links(const graph_slot *links, uint32_t degree)
{
    size_t count = 0;
    while (count < degree && link_load(&links[count]) != GRAPH_NONE)
        count++;
    return count;
}

/* From the first slot to the last: a search that reads them meanwhile finds none free that is to be
 * used. */
static void write_links(graph_slot *links, uint32_t degree, const candidate *chosen, size_t count)
{
    for (size_t i = 0; i < degree; i++)
        link_store(&links[i], i < count ? chosen[i].tagged : GRAPH_NONE);
}

/* Are the distances of list[count] from `node`, ascending, by codes that do not tell them apart? */
static bool is_blind(const graph_view *g, uint32_t node, const candidate *list, size_t count)
{
    if (!g->codes) return false;
    const row_probe row = {.size = row_codes_size(g->codes, node)};
    return row_codes_are_blind(g->codes, &row, list, count);
}

/* Insertion sort by distance: the list is a node's links, mostly in order already. */
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

/* Lists the links of `node`, `count` of them, and `link`, which has its distance, in s->neighbors,
 * ascending. */
static void list_links(const graph_view *g, uint32_t node, const graph_slot *links, size_t count,
                       candidate link, search_scratch *s)
{
    const row_probe row = graph_probe(g, node, s->query);
    candidate *list = s->neighbors;
    for (size_t i = 0; i < count; i++)
        s->ids[i] = link_row(link_load(&links[i]));
    graph_distances(g, &row, s->ids, count, s->distances);
    for (size_t i = 0; i < count; i++)
        list[i] = (candidate){s->distances[i], link_load(&links[i])};
    list[count] = link;
    sort_candidates(list, count + 1);
}

void graph_add_link(graph *g, const graph_view *by, uint32_t node, uint32_t level, candidate link,
                    search_scratch *s)
{
    graph_slot *links = graph_links(g, node, level);
    uint32_t degree = graph_degree(g, level);
    size_t count = count_links(links, degree);
    if (level == 0) *(bool *)region_at(&g->changed, node) = true;
    if (count < degree) {
        link_store(&links[count], link.tagged);
        return;
    }
    graph_view how = *by;
    list_links(&how, node, links, count, link, s);
    if (is_blind(&how, node, s->neighbors, count + 1)) {
        how.codes = NULL;
        link.distance = vector_rows_distance(how.rows, vector_rows_read(how.rows, node, s->query),
                                             link_row(link.tagged));
        list_links(&how, node, links, count, link, s);
    }
    count = select_neighbors(&how, s->neighbors, count + 1, degree, s->chosen, s);
    write_links(links, degree, s->chosen, count);
}

static size_t count_pinned(const graph *g, uint32_t node)
{
    const graph_slot *links = graph_links(g, node, 0);
    size_t pinned = 0;
    for (uint32_t i = 0; i < g->base_degree; i++) {
        uint32_t link = link_load(&links[i]);
        if (link == GRAPH_NONE) break;
        pinned += link >> 31; // GRAPH_PINNED
    }
    return pinned;
}

bool graph_has_room_to_pin(const graph *g, uint32_t node)
{
    return count_pinned(g, node) < g->base_degree - 1;
}

/* A neighbor in the spanning tree other than `from`; GRAPH_NONE when there is no other. */
static uint32_t next_in_tree(const graph *g, uint32_t node, uint32_t from)
{
    const graph_slot *links = graph_links(g, node, 0);
    for (uint32_t i = 0; i < g->base_degree; i++) {
        uint32_t link = link_load(&links[i]);
        if (link == GRAPH_NONE) break;
        if ((link & GRAPH_PINNED) && link_row(link) != from) return link_row(link);
    }
    return GRAPH_NONE;
}

uint32_t graph_find_room_to_pin(const graph *g, uint32_t node, uint32_t from)
{
    while (!graph_has_room_to_pin(g, node)) {
        uint32_t next = next_in_tree(g, node, from);
        CHECK(next != GRAPH_NONE); // a leaf has room
        from = node;
        node = next;
    }
    return node;
}

/* The parent of a new node: the nearest of its chosen neighbors [count >= 1] that has room for one
 * more pinned link, else a node in the tree behind the nearest that has. */
static candidate choose_parent(const graph *g, const graph_view *by, uint32_t node,
                               const candidate *chosen, size_t count, search_scratch *s)
{
    for (size_t i = 0; i < count; i++)
        if (graph_has_room_to_pin(g, chosen[i].tagged)) return chosen[i];
    const row_probe row = graph_probe(by, node, s->query);
    candidate found = {.tagged = graph_find_room_to_pin(g, chosen[0].tagged, GRAPH_NONE)};
    graph_distances(by, &row, &found.tagged, 1, &found.distance);
    return found;
}

/* Links a new node at level 0 to chosen[count] and to its parent, and all of them back; the links
 * to and from the parent are pinned. chosen has room for one entry more than M. */
static void link_base(graph *g, const graph_view *by, uint32_t node, candidate *chosen,
                      size_t count, search_scratch *s)
{
    candidate parent = choose_parent(g, by, node, chosen, count, s);
    size_t at = 0;
    while (at < count && chosen[at].tagged != parent.tagged)
        at++;
    if (at == count) count++; // the parent is none of the chosen
    DCHECK(count <= g->base_degree);
    chosen[at] = (candidate){parent.distance, parent.tagged | GRAPH_PINNED};
    write_links(graph_links(g, node, 0), g->base_degree, chosen, count);
    for (size_t i = 0; i < count; i++) {
        candidate back = {chosen[i].distance, node | (chosen[i].tagged & GRAPH_PINNED)};
        graph_add_link(g, by, link_row(chosen[i].tagged), 0, back, s);
    }
}

/* Links a new node above level 0 to chosen[count] and those back, as far as they keep the link. */
static void link_upper(graph *g, const graph_view *by, uint32_t node, uint32_t level,
                       const candidate *chosen, size_t count, search_scratch *s)
{
    write_links(graph_links(g, node, level), g->neighbors, chosen, count);
    for (size_t i = 0; i < count; i++)
        graph_add_link(g, by, chosen[i].tagged, level, (candidate){chosen[i].distance, node}, s);
}

/* ---- a batch ---- */

/* Rows that are linked together. What their links are to be is found by several threads, while the
 * graph stands still; then one thread links them, in order. */
typedef struct batch {
    graph *graph;
    graph_view seen;       /* the graph before the batch */
    const uint32_t *nodes; /* [count] those to be linked, in slots that are vacant */
    uint32_t count;
    uint32_t room;                    /* nodes that the arrays have room for */
    search_scratch *const *scratches; /* one for each thread */
    /* Of each node and level: the neighbors, with room for the parent, and how many. */
    candidate *chosen; /* [room][GRAPH_MAX_LEVEL + 1][base_degree + 1] */
    uint32_t *counts;  /* [room][GRAPH_MAX_LEVEL + 1] */
    bool finds_copies;
    /* [room] of each node: one with its vector, which is linked or one of the batch; GRAPH_NONE */
    uint32_t *copied;
} batch;

static size_t plan_of(uint32_t i, uint32_t level)
{
    return (size_t)i * (GRAPH_MAX_LEVEL + 1) + level;
}

static candidate *chosen_of(const batch *b, uint32_t i, uint32_t level)
{
    return b->chosen + plan_of(i, level) * (b->graph->base_degree + 1);
}

static bool batch_init(batch *b, graph *g, uint32_t room, search_scratch *const *scratches)
{
    const size_t plans = plan_of(room, 0);
    *b = (batch){.graph = g, .room = room, .scratches = scratches};
    b->chosen = heap_new_array(plans * (g->base_degree + 1), sizeof *b->chosen);
    b->counts = heap_new_array(plans, sizeof *b->counts);
    b->copied = heap_new_array(room, sizeof *b->copied);
    return b->chosen && b->counts && b->copied;
}

static void batch_done(batch *b)
{
    free(b->chosen);
    free(b->counts);
    free(b->copied);
}

/* Links that a new node chooses: M, and at level 0, where three quarters of the slots are used anyway
 * once a node has chosen anew, so many from the start. Measured on 100,000 descriptors at a recall of 0.95 and 0.99:
 * 8 % more searches a second for 8 % more time to build. */
static uint32_t links_at(const graph *g, uint32_t level)
{
    return level == 0 ? g->base_degree / 4 * 3 : g->neighbors;
}

/* The highest level at which node `i` of the batch gets links. */
static uint32_t linked_level(const batch *b, uint32_t i)
{
    uint32_t level = graph_level(b->graph, b->nodes[i]);
    uint32_t top = graph_level(b->graph, b->seen.entry);
    return level < top ? level : top;
}

/* Adds to s->found the nodes of the batch before `i`, which is `row`, that are on the level. */
static void find_in_batch(const batch *b, const graph_view *by, const row_probe *row, uint32_t i,
                          uint32_t level, search_scratch *s)
{
    uint32_t count = 0;
    for (uint32_t j = 0; j < i; j++)
        if (graph_level(b->graph, b->nodes[j]) >= level) s->ids[count++] = b->nodes[j];
    graph_distances(by, row, s->ids, count, s->distances);
    graph_keep_few(by, count, s);
}

/* Of the nodes nearest to `row`, which is node `i` of the batch, on the level, leaves those in
 * s->found that a walk from `entry` finds and those of the batch. Returns the nearest of the walk. */
static candidate find_neighbors(const batch *b, const graph_view *by, const row_probe *row,
                                uint32_t i, candidate entry, uint32_t level, search_scratch *s)
{
    graph_walk_level(by, row, entry, level, s);
    for (uint32_t j = 0; j < s->found.count; j++)
        s->found.entries[j].tagged &= ~CANDIDATE_EXPANDED;
    DCHECK(s->found.count > 0); // the entry at least
    const candidate nearest = s->found.entries[0];
    find_in_batch(b, by, row, i, level, s);
    return nearest;
}

/* One of s->found that has the vector of `node`, which is `row`; GRAPH_NONE: there is none. The distances of equal vectors are equal,
 * to the bit; under inner product others may be nearer. */
static uint32_t find_copy(const graph_view *by, const row_probe *row, uint32_t node,
                          search_scratch *s)
{
    float own;
    graph_distances(by, row, &node, 1, &own);
    for (uint32_t i = 0; i < s->found.count; i++) {
        const candidate c = s->found.entries[i];
        if (c.distance == own && graph_are_copies(by, candidate_id(c), node))
            return candidate_id(c);
    }
    return GRAPH_NONE;
}

/* Algorithm 1 for one node, which has its level and no links yet, up to the links themselves. From
 * where codes do not tell what they find apart, the node is compared by its vector. The thread_work
 * of a batch. */
static void choose_neighbors(void *context, uint32_t i, uint32_t worker)
{
    const batch *b = context;
    search_scratch *s = b->scratches[worker];
    graph_view by = b->seen;
    s->copies_most = COPIES_MOST;
    const uint32_t node = b->nodes[i];
    row_probe row = graph_probe(&by, node, s->query);
    candidate entry = graph_descend(&by, &row, graph_level(b->graph, node), s);
    for (uint32_t level = linked_level(b, i) + 1; level-- > 0;) {
        candidate nearest = find_neighbors(b, &by, &row, i, entry, level, s);
        if (is_blind(&by, node, s->found.entries, s->found.count)) {
            by.codes = NULL;
            row = graph_probe(&by, node, s->query);
            entry.distance = vector_rows_distance(by.rows, row.vector, candidate_id(entry));
            nearest = find_neighbors(b, &by, &row, i, entry, level, s);
        }
        entry = nearest;
        const candidate *found = s->found.entries;
        b->counts[plan_of(i, level)] = (uint32_t)select_neighbors(
            &by, found, s->found.count, links_at(b->graph, level), chosen_of(b, i, level), s);
    }
    if (b->finds_copies) b->copied[i] = find_copy(&by, &row, node, s); // found at level 0
}

/* The number in the batch of a node before number `i`; `i`: it is none of these. */
static uint32_t number_in_batch(const batch *b, uint32_t node, uint32_t i)
{
    uint32_t j = 0;
    while (j < i && b->nodes[j] != node)
        j++;
    return j;
}

/* The linked node that has the vector of node `i`; GRAPH_NONE: there is none. All earlier ones were asked for. */
static uint32_t copied_by(const batch *b, uint32_t i)
{
    const uint32_t node = b->copied[i];
    if (node == GRAPH_NONE) return GRAPH_NONE;
    const uint32_t j = number_in_batch(b, node, i);
    return j < i && b->copied[j] != GRAPH_NONE ? b->copied[j] : node;
}

/* Some that were chosen for node `i` at the level may be of the batch and without a node, since others have their vectors: these
 * take their places, if they are on the level and not chosen themselves. */
static void replace_copies(const batch *b, uint32_t i, uint32_t level)
{
    candidate *chosen = chosen_of(b, i, level);
    uint32_t *count = &b->counts[plan_of(i, level)], kept = 0;
    for (uint32_t at = 0; at < *count; at++) {
        candidate c = chosen[at];
        const uint32_t j = number_in_batch(b, c.tagged, i);
        bool is_there = true;
        if (j < i && b->copied[j] != GRAPH_NONE) {
            c.tagged = b->copied[j];
            is_there = graph_level(b->graph, c.tagged) >= level;
            for (uint32_t other = 0; other < *count && is_there; other++)
                is_there = chosen[other].tagged != c.tagged;
        }
        if (is_there) chosen[kept++] = c;
    }
    *count = kept;
}

/* Links node `i` of the batch, whose neighbors were chosen. All earlier nodes are linked. */
static void link_node(const batch *b, uint32_t i)
{
    search_scratch *s = b->scratches[0];
    uint32_t node = b->nodes[i];
    for (uint32_t level = 0; b->finds_copies && level <= linked_level(b, i); level++)
        replace_copies(b, i, level);
    for (uint32_t level = linked_level(b, i); level > 0; level--)
        link_upper(b->graph, &b->seen, node, level, chosen_of(b, i, level),
                   b->counts[plan_of(i, level)], s);
    link_base(b->graph, &b->seen, node, chosen_of(b, i, 0), b->counts[plan_of(i, 0)], s);
}

/* floor(-ln(u) / ln(M)) for a uniform u, so that P(level >= l) = M^-l. */
uint32_t graph_draw_level(graph *g)
{
    double level = -log(1 - rng_unit(&g->random)) / log(g->neighbors);
    return level < GRAPH_MAX_LEVEL ? (uint32_t)level : GRAPH_MAX_LEVEL;
}

/* Frees all slots of elements first..end of the region, which nobody reads yet. */
static void clear_slots(const region *links, uint32_t first, uint32_t end)
{
    for (uint32_t i = first; i < end;) {
        uint32_t run = region_run(i, end);
        memset(region_at(links, i), 0xff, run * links->element_bytes);
        i += run;
    }
}

/* Makes room for nodes in slots up to `count`, draws the levels of those that are new and lays out
 * their runs; they are vacant. False: out of memory, and nothing that a search or a later attempt
 * reads has changed. */
static bool reserve_slots(graph *g, uint32_t count)
{
    const uint32_t first = graph_count(g), first_run = g->upper_runs;
    uint64_t runs = first_run;
    if (!region_reserve(&g->base_links, count) || !region_reserve(&g->changed, count) ||
        !region_reserve(&g->states, count) || !region_reserve(&g->levels, count) ||
        !region_reserve(&g->upper_start, graph_starts(count)))
        return false;
    rng before = g->random;
    for (uint32_t node = first; node < count; node++) {
        uint32_t level = graph_draw_level(g);
        *(uint8_t *)region_at(&g->levels, node) = (uint8_t)level;
        graph_note_run(g, node, (uint32_t)runs);
        *graph_state_at(g, node) = GRAPH_VACANT;
        runs += level;
    }
    if (runs > REGION_MAX || !region_reserve(&g->upper_links, (uint32_t)runs)) {
        g->random = before;
        return false;
    }
    g->upper_runs = (uint32_t)runs;
    clear_slots(&g->base_links, first, count);
    clear_slots(&g->upper_links, first_run, g->upper_runs);
    if (count > first) atomic_store_explicit(&g->count, count, memory_order_release);
    return true;
}

/* The node has its links: it is the new entry where it is on a higher level than all others. */
static void publish_node(graph *g, uint32_t node)
{
    uint32_t linked = graph_linked(g);
    *graph_state_at(g, node) = GRAPH_LINKED;
    atomic_store_explicit(&g->linked, linked + 1, memory_order_relaxed);
    if (linked == 0 || graph_level(g, node) > graph_level(g, atomic_load(&g->entry)))
        atomic_store_explicit(&g->entry, node, memory_order_release);
}

/* How many of the nodes from number `at` on are the next batch. It ends where the ordinal is a multiple of
 * GRAPH_BATCH, so that it is the same whichever call it is in, if only the call goes as far. The first
 * nodes are linked one by one, and so is one that is on a higher level than all before: those after it
 * are to begin at it. */
static uint32_t batch_size(const graph *g, const graph_nodes *nodes, uint32_t at)
{
    if (graph_linked(g) < GRAPH_BATCH_FROM) return 1;
    uint32_t top = graph_level(g, atomic_load(&g->entry));
    uint32_t most = GRAPH_BATCH - (nodes->ordinal + at) % GRAPH_BATCH, size = 0;
    if (most > nodes->count - at) most = nodes->count - at;
    while (size < most && graph_level(g, nodes->slots[at + size]) <= top)
        size++;
    return size > 0 ? size : 1;
}

/* Links the nodes of the batch. */
static void insert_batch(batch *b, thread_pool *helpers)
{
    graph *g = b->graph;
    const bool is_first = graph_linked(g) == 0;
    b->seen.count = graph_count(g);
    b->seen.entry = atomic_load_explicit(&g->entry, memory_order_relaxed);
    CHECK(b->count <= b->room);
    memset(b->copied, 0xff, b->count * sizeof *b->copied); // GRAPH_NONE
    if (helpers && b->count > 1)
        thread_pool_run(helpers, THREAD_LANE_BULK, b->count, choose_neighbors, b);
    else if (!is_first)
        for (uint32_t i = 0; i < b->count; i++)
            choose_neighbors(b, i, 0);
    for (uint32_t i = 0; i < b->count; i++) {
        b->copied[i] = copied_by(b, i);
        if (b->copied[i] != GRAPH_NONE) continue;
        if (!is_first) link_node(b, i);
        publish_node(g, b->nodes[i]);
    }
}

kith_status graph_insert(graph *g, const vector_rows *v, const row_codes *codes,
                         const graph_nodes *nodes, const graph_threads *threads, kith_error *err)
{
    uint32_t end = graph_count(g);
    batch b;
    for (uint32_t i = 0; i < nodes->count; i++)
        if (nodes->slots[i] >= end) end = nodes->slots[i] + 1;
    CHECK(end <= vector_rows_count(v));
    uint32_t room = (uint32_t)size_min(nodes->count, GRAPH_BATCH);
    if (!batch_init(&b, g, room, threads->scratches) || !reserve_slots(g, end)) {
        batch_done(&b);
        return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a graph of %u vectors", end);
    }
    b.seen = (graph_view){.graph = g, .rows = v, .codes = codes};
    b.finds_copies = nodes->copied != NULL;
    for (uint32_t at = 0; at < nodes->count; at += b.count) {
        b.count = batch_size(g, nodes, at);
        b.nodes = nodes->slots + at;
        insert_batch(&b, threads->helpers);
        if (b.finds_copies) memcpy(nodes->copied + at, b.copied, b.count * sizeof *b.copied);
    }
    batch_done(&b);
    return KITH_OK;
}
