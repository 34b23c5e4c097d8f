/* vector_index_search.c - the kinds of search, and which of them answers a query.
 *
 * Which one does is the planner's choice, by cost (planner.h): a scan of vectors, a scan of codes, or a walk
 * through the graph. A walk cannot see the filter: of the nodes that it goes to some match, and where
 * too few do, because they lie far from the query, the nearest of those that match are beyond where it
 * went. So a walk that meets too few gives up, and a scan is done after all ("graph, then codes",
 * "graph, then flat"): k hits come back whenever k rows match. What the estimate gets wrong costs
 * time, never hits.
 *
 * The tail. Rows that have no node are scanned whatever the plan, and so are those that have no
 * code, where codes are scanned. A search whose view is older than the graph meets nodes of rows past
 * its view. They take part in the walk, since the way to other nodes may lead through them, and are
 * dropped like rows that do not match; unless a row of the view shares their slot, which is then what the node is of. */
#include "base/size.h"
#include "vector/coded_search.h"
#include "vector/flat_search.h"
#include "vector/ivf_search.h"
#include "vector/listed_codes.h"
#include "vector/row_scan.h"
#include "vector/vector_index_private.h"

#include <math.h>

/* A walk over codes keeps so many candidates for each that a walk over vectors would: it orders them
 * by estimates, and the same node may be among them more than once. The recall is then about that
 * of the walk over vectors, in a third of its time and less. So there are two for each hit at least; where
 * fewer than k different nodes are among them, codes are scanned. */
enum { CODED_CANDIDATES = 2 };

/* What a walk over codes of 4 bits keeps beyond the hits, at least: by such codes a hit may lie behind the k-th. */
enum { SHORT_BEYOND = 8, SHORT_BEYOND_PART = 8 /* and that part of k */ };

/* Standard deviations of an estimate that a scan of codes leaves open. What it loses is the last of the k, where their
 * estimates err by more. Row by row the k-th best is known early, and more is left open for the same recall. */
static const float ERRORS_OPEN = 1.7F, ERRORS_OPEN_OF_ROWS = 2;
/* Of fewer than FEW_HITS the last is a larger share. */
static const float ERRORS_OPEN_OF_FEW = 2.5F;
enum { FEW_HITS = 8 };

enum {
    DEFAULT_EF = 64 /* recall@10 of 0.97 and more on images and descriptors: test_vector_recall.c */
};

/* One search at work. */
typedef struct search_run {
    const vector_view *view;
    const vector_search *search;
    graph_view graph; /* as it was when the search began; nodes past the view's rows among it */
    bool by_codes;    /* its rows of codes are walked, or else its vectors */
    bool is_cold;     /* vectors are on a disk */
    uint32_t slots;   /* that the walk may meet nodes in */
    uint32_t nodes;   /* in them, about; 0: there is no walk */
    uint32_t tail;    /* the first of the rows that the walk may not meet, and that are scanned */
    uint32_t coded;   /* rows of the view that a scan may estimate */
    planner_facts facts;
    planner_costs costs;
    topk best;
    search_scratch *scratch;
    kith_error *err;
} search_run;

static scan_range range_of(const search_run *r, uint32_t first, uint32_t end)
{
    return (scan_range){first,
                        end,
                        r->view->live,
                        r->search->filter,
                        &r->view->index->slots,
                        r->search->listed,
                        r->search->listed_count,
                        r->search->codes};
}

static scan_range range_from(const search_run *r, uint32_t first)
{
    return range_of(r, first, r->view->rows);
}

/* What hits of a walk may be. It may also meet nodes of rows in the tail, which were linked since it began: these
 * are scanned. */
static scan_range walked_range(const search_run *r)
{
    return range_of(r, 0, (uint32_t)size_min(r->tail, r->view->rows));
}

static bool is_filtered(const search_run *r)
{
    return r->search->filter || r->search->listed;
}

static uint32_t count_in(const search_run *r, uint32_t first, uint32_t end)
{
    const scan_range range = range_of(r, first, end);
    return scan_range_count(&range);
}

/* By rows of codes, unless vectors are too short for that, or too few have them; else by codes of 8 bits,
 * unless, of a graph that was read, not all nodes have theirs; and by vectors alone where codes say nothing of the
 * query, or of any of the rows. In this order: what is not in the tail has
 * nodes in the slots that are counted after it, and codes before these were counted; and all that may be hits
 * of the walk are among the nodes. */
static void choose_walk(search_run *r, const float *query)
{
    const vector_index *ix = r->view->index;
    const uint32_t flat = flat_codes_count(&ix->flat);
    uint32_t coded = vector_index_coded_rows(ix), linked = vector_index_linked(ix);
    r->nodes = graph_linked(&ix->graph);
    if (r->nodes <= ix->options.flat_below) r->nodes = 0;
    const bool is_fit = row_codes_count(&ix->codes) > 0 && row_codes_fit(&ix->codes, query);
    r->by_codes = is_fit && coded > 0 && r->nodes > 0 && !vector_rows_cold(&ix->rows);
    r->tail = r->by_codes ? coded : linked;
    if (r->nodes == 0) r->tail = 0;
    r->graph = graph_observe(&ix->graph, &ix->rows);
    r->slots = r->by_codes ? coded_graph_count(&ix->coded) : r->graph.count;
    if (is_fit && row_codes_count(&ix->codes) >= r->graph.count) r->graph.codes = &ix->codes;
    r->coded = is_fit ? (uint32_t)size_min(flat, r->view->rows / CODES_BLOCK * CODES_BLOCK) : 0;
    if (!vector_rows_cold(&ix->rows)) return;
    // There are no sign codes, and those of 8 bits are scanned.
    r->is_cold = true;
    r->coded = r->graph.codes && r->search->k <= ROW_SCAN_K_MAX
                   ? (uint32_t)size_min(linked, r->view->rows) / CODES_BLOCK * CODES_BLOCK
                   : 0;
}

uint32_t vector_search_candidates(uint32_t k)
{
    return (uint32_t)size_max(DEFAULT_EF, (size_t)size_min(k, UINT32_MAX / 2) * 2);
}

/* Candidates that a walk keeps where everything matches. */
static uint32_t candidates_of(const search_run *r)
{
    const vector_search *search = r->search;
    const uint32_t factor = r->by_codes ? CODED_CANDIDATES : 1;
    const size_t k = search->k;
    size_t ef = size_max(search->ef ? search->ef : vector_search_candidates(search->k), k);
    if (r->graph.codes && r->graph.codes->is_short)
        ef = size_max(ef, k + k / SHORT_BEYOND_PART + SHORT_BEYOND);
    return (uint32_t)size_min(ef * factor, UINT32_MAX / 2);
}

/* Live rows that the walk may meet. */
static uint32_t live_linked(const search_run *r)
{
    const vector_view *v = r->view;
    const scan_range tail = {.first = walked_range(r).end, .end = v->rows, .live = v->live};
    return v->live_count - scan_range_count(&tail);
}

static void find_facts(search_run *r)
{
    const vector_index *ix = r->view->index;
    planner_facts *f = &r->facts;
    const scan_range codes = range_of(r, 0, r->coded);
    const uint32_t live = r->view->live_count, dead = r->view->rows - live;
    *f = (planner_facts){.history = ix->history,
                         .k = r->search->k,
                         .ef = candidates_of(r),
                         .stride = ix->rows.stride,
                         .signs_stride = (uint32_t)(ix->flat.rows.element_bytes / sizeof(float)),
                         .rows = r->view->rows,
                         .nodes = r->nodes,
                         .walks_codes = r->by_codes,
                         .walk_stride = r->graph.codes
                                            ? (uint32_t)row_codes_code_bytes(&ix->codes) / 4
                                            : ix->rows.stride,
                         .in_groups = r->search->groups != NULL,
                         .is_cold = r->is_cold};
    if (r->search->codes) {
        f->listed_stride = r->search->codes->row_bytes / (uint32_t)sizeof(float);
        f->listed_is_bytes = r->search->codes->is_bytes;
    }
    // Nearly all rows have codes, and all that are live nodes, so one count goes over them, and two over
    // what is left. Without a filter the first is known, and so are the blocks while dead rows are few: then
    // they lie in blocks that have others, too.
    const uint32_t uncoded_rows = count_in(r, r->coded, r->view->rows);
    f->blocks = r->coded / CODES_BLOCK;
    f->matching_coded = is_filtered(r) || dead > live ? scan_range_count_blocks(&codes, &f->blocks)
                                                      : live - uncoded_rows;
    f->matching = f->matching_coded + uncoded_rows;
    f->matching_nodes = f->matching - count_in(r, walked_range(r).end, r->view->rows);
    f->coded = r->coded;
    // A node may be of several rows.
    if (f->nodes > 0 && f->nodes < live) f->nodes = (uint32_t)size_max(f->nodes, live_linked(r));
    DCHECK(f->matching_nodes <= f->nodes);
}

/* Offers the matching rows from `first` on to r->best. */
static kith_status scan(search_run *r, uint32_t first)
{
    enum { MANY_SHARE = 16 /* of the vectors: to read them one after the other is faster */ };
    scan_range range = range_from(r, first);
    lazy_part *unread = lazy_unread(&r->view->index->rows.lazy);
    if (unread && first == 0 && r->facts.matching > r->view->rows / MANY_SHARE)
        (void)lazy_part_read_on(unread, UINT32_MAX);
    return flat_search(&r->view->index->rows, &range, &r->best, r->scratch, r->search->limit,
                       r->err);
}

/* The same by codes, as far as there are any. */
static kith_status scan_codes(search_run *r)
{
    const vector_index *ix = r->view->index;
    const scan_range range = range_of(r, 0, r->coded);
    const uint64_t before = r->scratch->distance_count;
    const bool by_rows = r->costs.by_rows || r->is_cold;
    const float many = by_rows ? ERRORS_OPEN_OF_ROWS : ERRORS_OPEN;
    const float usual = r->search->k < FEW_HITS ? ERRORS_OPEN_OF_FEW : many;
    const float open = r->search->errors_open > 0 ? r->search->errors_open : usual;
    const call_limit *limit = r->search->limit;
    kith_status status = by_rows ? row_scan(&ix->codes, r->is_cold ? NULL : &ix->flat, &range, open,
                                            &r->best, r->scratch, limit, r->err)
                                 : flat_codes_search(&ix->flat, &ix->rows, &range, open, &r->best,
                                                     r->scratch, limit, r->err);
    if (status != KITH_OK) return status;
    if (!by_rows)
        planner_note_scan(ix->history, r->search->k, r->facts.matching_coded,
                          r->scratch->distance_count - before);
    return scan(r, r->coded);
}

/* Offers the rows of the slot that match, the newest first. Of equal ones the oldest are kept, as by a scan, unless there are
 * very many: then k of the newest COPIES_OFFERED. */
static void offer_slot(search_run *r, const scan_range *among, uint32_t slot, float distance)
{
    enum { COPIES_OFFERED = 1024 };
    if (distance > topk_bound(&r->best)) return;
    size_t left = r->search->groups ? SIZE_MAX : size_max(COPIES_OFFERED, r->search->k);
    uint32_t row = scan_range_first_in_slot(among, slot);
    for (; row != SLOT_NONE && left > 0; left--) {
        (void)topk_offer(&r->best, distance, row);
        row = scan_range_next_in_slot(among, slot_former(among->slots, row));
    }
}

/* Offers the candidates of a walk over vectors that match, nearest first, until there are k. */
static void take_found(search_run *r)
{
    const candidates *found = &r->scratch->found;
    const scan_range among = walked_range(r);
    for (uint32_t i = 0; i < found->count && !topk_full(&r->best); i++)
        offer_slot(r, &among, candidate_id(found->entries[i]), found->entries[i].distance);
}

/* Compares the first `count` of the scratch's ids, which are slots, by their vectors, and offers them. Their distances are in the
 * scratch then. */
static void compare_exactly(search_run *r, uint32_t count)
{
    search_scratch *s = r->scratch;
    const scan_range among = walked_range(r);
    vector_rows_distances(&r->view->index->rows, s->query, s->ids, count, s->distances);
    s->distance_count += count;
    for (uint32_t i = 0; i < count; i++)
        offer_slot(r, &among, s->ids[i], s->distances[i]);
}

/* What the estimates are more than the first `count` distances of the scratch, on average. */
static float mean_excess(const search_scratch *s, const float *estimates, uint32_t count)
{
    double sum = 0;
    for (uint32_t i = 0; i < count; i++)
        sum += (double)estimates[i] - (double)s->distances[i];
    return count ? (float)(sum / count) : 0;
}

/* Asks for what is wanted of the nearest candidates beside their codes, but for vectors in memory, which the kernels ask for. */
static void prefetch_found(const search_run *r)
{
    const candidates *found = &r->scratch->found;
    const cold_rows *cold = vector_rows_cold(&r->view->index->rows);
    const uint32_t count = (uint32_t)size_min(found->count, 2 * (size_t)r->search->k);
    for (uint32_t i = 0; i < count; i++) {
        slot_prefetch_row(&r->view->index->slots, candidate_id(found->entries[i]));
        if (cold) cold_rows_prefetch(cold, candidate_id(found->entries[i]));
    }
}

/* The same of a walk over codes of 8 bits, or of 4: those that match and of which the codes leave open whether they are among
 * the k nearest, with groups all that match, are compared by their vectors. After the first k, which say how far the k-th is and
 * what codes of 4 bits say too much, a few at a time. */
static void take_open(search_run *r, const row_probe *probe)
{
    enum { AT_ONCE = 4 };
    __attribute__((uninitialized)) float estimates[SCRATCH_BATCH];
    search_scratch *s = r->scratch;
    const row_codes *codes = r->graph.codes;
    const float errors_open = row_codes_errors_open(codes);
    const scan_range among = walked_range(r);
    const uint32_t k = r->search->groups ? UINT32_MAX : r->search->k;
    float excess = 0;
    uint32_t taken = 0, count = 0;
    prefetch_found(r);
    for (uint32_t i = 0; i < s->found.count; i++) {
        const candidate c = s->found.entries[i];
        if (!scan_range_has_slot(&among, candidate_id(c))) continue;
        const float error =
            errors_open * row_codes_error(codes, probe, candidate_id(c), c.distance);
        if (taken >= k && !(c.distance - excess - error < topk_bound(&r->best))) break;
        taken++;
        estimates[count] = c.distance;
        s->ids[count++] = candidate_id(c);
        if (count < (taken > k ? AT_ONCE : SCRATCH_BATCH) && taken != k) continue;
        compare_exactly(r, count);
        if (taken <= k && codes->is_short) excess = mean_excess(s, estimates, count);
        count = 0;
    }
    compare_exactly(r, count);
}

/* Where everything matches, what it looked at are the nearest. */
static bool must_be_within(const search_run *r)
{
    return !r->search->groups && r->facts.matching_nodes < r->facts.nodes;
}

/* Of 100 candidates, from the nearest on, those before which nothing was dropped. Near the end of the list some are
 * missing. Of a walk over rows of codes it is nine tenths: their distances are estimates, mostly too small where a node was
 * estimated several times, so that hits of the same rank lie behind them. */
enum { SURE_OF_100 = 75, SURE_OF_100_CODES = 90 };

static uint32_t sure_candidates(uint32_t capacity, uint32_t of_100)
{
    return (uint32_t)((uint64_t)capacity * of_100 / 100);
}

/* Did the walk look at everything that is nearer than the k-th hit? `kept` are its candidates, ascending. When rows that
 * do not match take all their room, the k hits may be rows that it passed on its way, far behind the last candidate, and
 * nearer rows that match were dropped. */
static bool is_within(const search_run *r, const candidates *kept, float kth)
{
    if (!must_be_within(r) || kept->count < kept->capacity) return true;
    return kth <= kept->entries[sure_candidates(kept->capacity, SURE_OF_100)].distance;
}

/* The same of a walk over rows of codes. */
static bool is_within_codes(const search_run *r, const frontier *kept, float kth)
{
    if (!must_be_within(r) || kept->count + kept->gone_count < kept->capacity) return true;
    return kth <=
           frontier_distance_of(kept, sure_candidates(kept->capacity, SURE_OF_100_CODES) + 1);
}

/* How many of the candidates of a walk over vectors, or codes of 8 bits, may be hits; 0: rows that are nearer were left
 * out. */
static uint32_t count_found(const search_run *r)
{
    const candidates *found = &r->scratch->found;
    const scan_range among = walked_range(r);
    uint32_t count = 0;
    for (uint32_t i = 0; i < found->count; i++) {
        if (!scan_range_has_slot(&among, candidate_id(found->entries[i]))) continue;
        if (++count == r->search->k && !is_within(r, found, found->entries[i].distance)) return 0;
    }
    return count;
}

/* Walks the graph and offers what it found: by codes of 8 bits where they tell what was found apart, else by
 * vectors. Gives how many of the candidates may be hits. */
static uint32_t walk_graph(search_run *r)
{
    search_scratch *s = r->scratch;
    row_probe probe = {.vector = s->query};
    if (r->graph.codes) {
        float *work = s->code_room;
        int8_t *code = (int8_t *)(work + r->graph.codes->dim);
        probe = row_codes_prepare(r->graph.codes, s->query, work, code);
        graph_search(&r->graph, &probe, s);
        if (!row_codes_are_blind(r->graph.codes, &probe, s->found.entries, s->found.count)) {
            take_open(r, &probe);
            return count_found(r);
        }
        r->graph.codes = NULL;
    }
    graph_search(&r->graph, &probe, s);
    take_found(r);
    return count_found(r);
}

/* Compares the nearest `count` of the walk's hits by their vectors. */
static void compare_hits(search_run *r, uint32_t open)
{
    search_scratch *s = r->scratch;
    for (uint32_t first = 0; first < open; first += SCRATCH_BATCH) {
        uint32_t count = (uint32_t)size_min(open - first, SCRATCH_BATCH);
        for (uint32_t i = 0; i < count; i++)
            s->ids[i] = candidate_id(s->best.entries[first + i]);
        compare_exactly(r, count);
    }
}

/* The same over rows of codes; those whose codes leave open whether they are among the k nearest are
 * compared by their vectors. When codes leave more open than the walk keeps, they tell nothing apart there, as where
 * vectors lie closer together than a step, and the graph is walked otherwise. Gives how many nodes may be hits; 0
 * when the walk gave up, or left out rows that are nearer. */
static uint32_t walk_codes(search_run *r, const walk_plan *plan)
{
    const vector_index *ix = r->view->index;
    search_scratch *s = r->scratch;
    uint32_t open = 0;
    const scan_range among = walked_range(r);
    const uint64_t before = s->hop_count;
    if (!coded_search(&ix->coded, r->slots, s->query, &among, plan, s)) return 0;
    if (plan->mode == WALK_ALL)
        planner_note_walk(ix->history, s->frontier.capacity, s->hop_count - before);
    const uint32_t k = r->search->k;
    if (s->best.count >= k && !is_within_codes(r, &s->frontier, s->best.entries[k - 1].distance))
        return 0;
    open = r->search->groups ? s->best.count : coded_search_open(&ix->coded, s, k);
    if (!r->search->groups && open == s->best.capacity) return walk_graph(r);
    compare_hits(r, open);
    return s->admitted_count;
}

/* How many of the nodes that it goes to must match for a walk to be trusted: where fewer do, the
 * nearest that match lie farther off than it went. Over codes it goes to fewer nodes than it keeps
 * candidates, since one may be several. 0: everything matches. */
static uint32_t least_admitted(const search_run *r)
{
    enum { OF_EACH_HIT = 3 };
    const planner_facts *f = &r->facts;
    if (f->in_groups || f->matching_nodes == f->nodes) return 0;
    const uint32_t nodes = r->costs.hops > 0 ? r->costs.hops : r->costs.walk_ef;
    uint64_t expected = (uint64_t)nodes * f->matching_nodes / f->nodes;
    return (uint32_t)size_min((size_t)f->k * OF_EACH_HIT, expected / 2);
}

/* Walks the graph and offers the candidates that match, then scans the tail. Not *is_enough: the
 * walk has met too few, although there are more. With groups it is enough to have met any. */
static kith_status walk(search_run *r, vector_strategy strategy, bool *is_enough)
{
    const uint32_t least = least_admitted(r);
    const walk_plan plan = {.mode = strategy == VECTOR_WALK_TWO_HOPS ? WALK_TWO_HOPS : WALK_ALL,
                            .candidates = r->costs.walk_ef,
                            .hops_expected = r->costs.hops,
                            .admitted_least = least};
    uint32_t admitted = r->by_codes ? walk_codes(r, &plan) : walk_graph(r);
    uint32_t matching = r->facts.matching_nodes;
    *is_enough = r->search->groups ? r->best.count > 0
                                   : admitted >= size_min(least, matching) &&
                                         r->best.count >= size_min(r->best.k, matching);
    return *is_enough && r->facts.matching > matching ? scan(r, r->tail) : KITH_OK;
}

/* What is asked for, or what costs least, of what there is. */
static vector_strategy choose_strategy(search_run *r)
{
    const vector_search *search = r->search;
    vector_strategy best = planner_choose(&r->facts, &r->costs);
    if (search->exact) return VECTOR_SCAN;
    if (search->strategy == VECTOR_PLANNED) return best;
    if (search->strategy == VECTOR_LISTS) return VECTOR_SCAN;
    // Codes keep the nearest rows, which may all be of one group.
    if (search->strategy == VECTOR_SCAN_CODES && search->groups) return VECTOR_SCAN;
    bool is_by_graph = search->strategy >= VECTOR_WALK;
    if (search->strategy == VECTOR_WALK_TWO_HOPS && !r->by_codes) return VECTOR_SCAN;
    if (is_by_graph ? r->facts.matching_nodes == 0 : r->facts.blocks == 0) return VECTOR_SCAN;
    return search->strategy;
}

static const char *kind_of(const search_run *r, vector_strategy done, bool has_walked)
{
    const bool filtered = is_filtered(r);
    switch (done) {
    case VECTOR_WALK:
        return "graph";
    case VECTOR_WALK_TWO_HOPS:
        return "graph by two hops";
    case VECTOR_SCAN_CODES:
        return has_walked ? "graph, then codes" : filtered ? "codes over the filter" : "codes";
    default:
        return has_walked ? "graph, then flat" : filtered ? "flat over the filter" : "flat";
    }
}

/* Fills r->best and says how in the plan. */
static kith_status find_best(search_run *r, vector_strategy strategy, vector_search_plan *plan)
{
    bool has_walked = false;
    plan->kind = kind_of(r, strategy, false);
    if (strategy == VECTOR_WALK || strategy == VECTOR_WALK_TWO_HOPS) {
        bool is_enough = false;
        kith_status status = walk(r, strategy, &is_enough);
        if (status != KITH_OK || is_enough) return status;
        r->best.count = 0;
        has_walked = true;
        const float *ns = r->costs.ns;
        strategy = ns[VECTOR_SCAN_CODES] < ns[VECTOR_SCAN] ? VECTOR_SCAN_CODES : VECTOR_SCAN;
    }
    plan->kind = kind_of(r, strategy, has_walked);
    plan->is_exact = strategy == VECTOR_SCAN;
    return strategy == VECTOR_SCAN ? scan(r, 0) : scan_codes(r);
}

/* Hits that a walk over codes keeps: those that may be compared by their vectors. */
static uint32_t best_of_walk(const search_run *r)
{
    enum { MORE_AT_LEAST = 16 };
    return r->search->groups ? r->costs.walk_ef : 2 * r->search->k + MORE_AT_LEAST;
}

static kith_status acquire_for(const search_run *r, vector_strategy strategy, search_scratch **out)
{
    const vector_index *ix = r->view->index;
    const bool walks = strategy >= VECTOR_WALK;
    const bool needs_codes = strategy != VECTOR_SCAN && ix->codes.dim > 0;
    const search_scratch_size size = {
        .rows = walks ? (uint32_t)size_max(r->slots, r->graph.count) : 0,
        .stride = ix->rows.stride,
        .candidates = walks ? r->costs.walk_ef : 0,
        .frontier = walks && (r->by_codes || r->graph.codes) ? r->costs.walk_ef : 0,
        .best = needs_codes ? best_of_walk(r) : 0,
        .code_bytes = needs_codes ? code_query_bytes(ix->codes.dim) : 0};
    *out = search_scratch_acquire(ix->scratches, size);
    return *out ? KITH_OK
                : fail(r->err, KITH_ERR_NO_MEMORY, "out of memory for the work of a search");
}

static void fill_plan(const search_run *r, vector_search_plan *plan)
{
    plan->distances = r->scratch->distance_count;
    plan->hops = r->scratch->hop_count;
    plan->estimates = r->scratch->estimate_count;
    plan->matching = r->facts.matching;
    plan->admitted = r->scratch->hop_count ? r->scratch->admitted_count : 0;
    plan->candidates = r->costs.walk_ef;
    memcpy(plan->expected_ns, r->costs.ns, sizeof plan->expected_ns);
    plan->expected_ns[VECTOR_PLANNED] = 0;
}

kith_status vector_index_search(const vector_view *seen, const float *query,
                                const vector_search *search, hit *out, uint32_t *out_count,
                                vector_search_plan *plan, kith_error *err)
{
    const vector_index *ix = seen->index;
    CHECK(search->k >= 1 && seen->rows <= vector_index_rows(ix));
    CHECK(!seen->live || seen->live->count == seen->rows);
    CHECK(!search->filter || search->filter->count == seen->rows);
    CHECK(!search->listed || !search->filter);
    CHECK(!search->codes || (search->listed && search->codes->count <= search->listed_count));
    vector_search_plan done = {0};
    search_run r = {
        .view = seen, .search = search, .best = {.heap = out, .k = search->k}, .err = err};
    // From here on no slot that the search may be led to is used again.
    const uint32_t side = coded_graph_enter(&ix->coded);
    const ivf *lists = vector_index_lists(ix);
    if (lists) {
        ivf_state *state = ivf_hold_state(lists);
        kith_status found =
            ivf_search(lists, state, seen, query, search, out, out_count, plan, err);
        ivf_state_release(state);
        coded_graph_leave(&ix->coded, side);
        return found;
    }
    choose_walk(&r, query);
    find_facts(&r);
    const vector_strategy strategy = choose_strategy(&r);
    kith_status status = acquire_for(&r, strategy, &r.scratch);
    if (status == KITH_OK && search->groups) {
        r.best.groups = topk_groups_new(search->groups, search->k);
        if (!r.best.groups)
            status = fail(err, KITH_ERR_NO_MEMORY, "out of memory for the groups of hits");
    }
    if (status == KITH_OK) {
        vector_rows_prepare(&ix->rows, query, r.scratch->query);
        if (search->hidden) r.scratch->hidden = slot_of_row(&ix->slots, search->hidden - 1);
        status = find_best(&r, strategy, &done);
    }
    coded_graph_leave(&ix->coded, side);
    if (status == KITH_OK && vector_index_is_damaged(ix)) status = vector_index_damage(ix, err);
    if (status == KITH_OK) {
        DCHECK(search->groups || r.best.count == size_min(search->k, r.facts.matching));
        topk_sort(&r.best);
        *out_count = r.best.count;
        fill_plan(&r, &done);
        if (plan) *plan = done;
    }
    topk_groups_free(r.best.groups);
    search_scratch_release(ix->scratches, r.scratch);
    return status;
}
