/* vector_index.c - the rows, the kinds of search, and which of them answers a query.
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
 * dropped like rows that do not match.
 *
 * Growth. Up to flat_below rows there is no graph. A walk with the default ef costs about as much as a
 * scan of 2,000 vectors; up to the default of 4,096 rows a scan therefore costs at most twice as much,
 * is exact, and saves the time and the memory of the graph. Once flat_below is
 * exceeded the linker gives all rows their nodes, slice by slice and beside the searches, which go
 * on scanning everything until more than flat_below are linked: with fewer, the graph's share would
 * not pay. The result hardly depends on when that was, since a node is linked to earlier ones only
 * and levels are drawn in the order of rows (graph_build.c).
 *
 * Codes. Those of 8 bits take a quarter of the bytes of the rows, and there are some for each node: they make a
 * walk twice as fast, and linking too. Rows of sign codes take 1.3 to 1.8 times the bytes of the rows. What they
 * save beyond that is worth it where vectors are more than a processor's caches hold: among 20,000 rows of 384
 * dimensions a walk over them is a seventh faster than one over codes of 8 bits, for 1.9 times the memory. So they are
 * made once the rows take more than coded_above stands for, by default 32 MiB: about what a large cache
 * holds, and what a process with one such collection takes anyway. The signs that scans
 * compare (flat_codes.h) take a thirtieth of the bytes of the rows. All of them come with the graph, from
 * ROW_CODES_MIN_DIM dimensions on. */
#include "vector/vector_index.h"

#include "base/size.h"
#include "vector/coded_search.h"
#include "vector/flat_search.h"
#include "vector/planner.h"
#include "vector/vector_index_private.h"

#include <math.h>
#include <stdlib.h>

enum {
    DEFAULT_FLAT_BELOW = 4096, /* rows; see "Growth" above */
    /* Bytes of rows up to which there are no codes; see "Codes" above. */
    DEFAULT_CODED_ABOVE_BYTES = 32 << 20,
    CODER_ROWS =
        4096, /* that the coder is made from, at most: those up to flat_below and the next */
    DEFAULT_NEIGHBORS = 16, /* 2 * 16 links at level 0 are two cache lines */
    /* Recall@10 of 1.000, 0.998, 0.987 on the vectors of test_vector_recall.c; with 200, the
     * default of hnswlib, 1.000, 0.998 and 0.990 for twice the time. */
    DEFAULT_EF_CONSTRUCTION = 100,
    MAX_EF_CONSTRUCTION = 4096,
    DEFAULT_EF = 64 /* recall@10 of 0.97 and more on images and descriptors: test_vector_recall.c */
};

static kith_status check_options(const vector_index_options *o, kith_error *err)
{
    if (o->dim < 1 || o->dim > KITH_DIMENSION_MAX)
        return fail(err, KITH_ERR_INVALID, "a vector index has 1 to %d dimensions, not %u",
                    KITH_DIMENSION_MAX, o->dim);
    if (o->neighbors < GRAPH_MIN_NEIGHBORS || o->neighbors > GRAPH_MAX_NEIGHBORS)
        return fail(err, KITH_ERR_INVALID, "a graph has %d to %d neighbors a node, not %u",
                    GRAPH_MIN_NEIGHBORS, GRAPH_MAX_NEIGHBORS, o->neighbors);
    if (o->ef_construction > MAX_EF_CONSTRUCTION)
        return fail(err, KITH_ERR_INVALID, "ef_construction is at most %d, not %u",
                    MAX_EF_CONSTRUCTION, o->ef_construction);
    if (o->metric != KITH_COSINE && o->metric != KITH_SQUARED_L2 && o->metric != KITH_INNER_PRODUCT)
        return fail(err, KITH_ERR_INVALID, "unknown metric %d", (int)o->metric);
    return KITH_OK;
}

kith_status vector_index_new(const vector_index_options *options, vector_index **out,
                             kith_error *err)
{
    vector_index_options o = *options;
    if (o.flat_below == 0) o.flat_below = DEFAULT_FLAT_BELOW;
    if (o.neighbors == 0) o.neighbors = DEFAULT_NEIGHBORS;
    if (o.ef_construction == 0) o.ef_construction = DEFAULT_EF_CONSTRUCTION;
    kith_status status = check_options(&o, err);
    if (status != KITH_OK) return status;
    vector_index *ix = heap_new_array(1, sizeof *ix);
    search_scratch_pool *scratches = heap_new_array(1, sizeof *scratches);
    planner_history *history = heap_new_array(1, sizeof *history);
    if (!ix || !scratches || !history) {
        free(ix);
        free(scratches);
        free(history);
        return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a vector index");
    }
    ix->scratches = scratches;
    ix->history = history;
    vector_rows_init(&ix->rows, o.metric, o.dim);
    vector_slots_init(&ix->slots);
    if (o.coded_above == 0)
        o.coded_above = (uint32_t)(DEFAULT_CODED_ABOVE_BYTES / vector_index_row_bytes(ix));
    ix->options = o;
    graph_init(&ix->graph, o.neighbors, o.ef_construction, o.seed);
    row_codes_init(&ix->codes, &ix->rows, (uint32_t)size_min(o.flat_below, CODER_ROWS - 1) + 1,
                   o.seed);
    flat_codes_init(&ix->flat, &ix->codes);
    if (!coded_graph_init(&ix->coded, &ix->codes, ix->graph.base_degree)) {
        vector_index_free(ix);
        return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a vector index");
    }
    *out = ix;
    return KITH_OK;
}

void vector_index_free(vector_index *ix)
{
    if (!ix) return;
    vector_rows_done(&ix->rows);
    vector_slots_done(&ix->slots);
    free(ix->leaving);
    graph_done(&ix->graph);
    coded_graph_done(&ix->coded);
    flat_codes_done(&ix->flat);
    row_codes_done(&ix->codes);
    search_scratch_pool_done(ix->scratches);
    free(ix->scratches);
    free(ix->history);
    free(ix);
}

const vector_index_options *vector_index_describe(const vector_index *ix)
{
    return &ix->options;
}

uint32_t vector_index_rows(const vector_index *ix)
{
    return vector_slots_rows(&ix->slots);
}

uint32_t vector_index_linked(const vector_index *ix)
{
    return atomic_load_explicit(&ix->linked, memory_order_acquire);
}

bool vector_index_has_graph(const vector_index *ix)
{
    return graph_linked(&ix->graph) > ix->options.flat_below;
}

size_t vector_index_row_bytes(const vector_index *ix)
{
    return ix->rows.stride * sizeof(float);
}

uint32_t vector_index_vectors(const vector_index *ix)
{
    return vector_rows_count(&ix->rows);
}

size_t vector_index_dead_row_bytes(const vector_index *ix)
{
    return sizeof(uint32_t) + flat_codes_row_bytes(&ix->flat);
}

size_t vector_index_bytes(const vector_index *ix)
{
    return sizeof *ix + vector_rows_count(&ix->rows) * vector_index_row_bytes(ix) +
           vector_slots_bytes(&ix->slots) + graph_bytes(&ix->graph) + row_codes_bytes(&ix->codes) +
           coded_graph_bytes(&ix->coded) + flat_codes_bytes(&ix->flat);
}

kith_status vector_index_scratch(const vector_index *ix, uint32_t rows, uint32_t found,
                                 uint32_t best, search_scratch **out, kith_error *err)
{
    search_scratch_size size = {.rows = rows,
                                .stride = ix->rows.stride,
                                .candidates = found,
                                .best = best,
                                .code_bytes = found ? code_query_bytes(ix->codes.dim) : 0};
    *out = search_scratch_acquire(ix->scratches, size);
    return *out ? KITH_OK : fail(err, KITH_ERR_NO_MEMORY, "out of memory for the work of a search");
}

kith_status vector_index_append(vector_index *ix, const float *vector, uint32_t *row,
                                kith_error *err)
{
    uint32_t added = vector_index_rows(ix), slot = 0;
    if (added >= VECTOR_ROWS_MAX)
        return fail(err, KITH_ERR_LIMIT, "an index holds at most %d vectors", VECTOR_ROWS_MAX);
    kith_status status = vector_slots_reserve(&ix->slots, &slot, err);
    if (status == KITH_OK) status = vector_rows_reserve(&ix->rows, slot + 1, err);
    if (status != KITH_OK) return status;
    vector_rows_put(&ix->rows, slot, vector);
    vector_slots_append(&ix->slots, slot);
    *row = added;
    return KITH_OK;
}

void vector_index_truncate(vector_index *ix, uint32_t rows)
{
    CHECK(rows >= vector_index_linked(ix));
    vector_slots_truncate(&ix->slots, rows);
}

/* Is the index large enough, and are its vectors long enough, for codes? */
static bool is_to_be_coded(const vector_index *ix)
{
    return ix->coded.dim > 0 && graph_linked(&ix->graph) > ix->options.coded_above;
}

static uint32_t coded_rows(const vector_index *ix)
{
    return atomic_load_explicit(&ix->coded_rows, memory_order_acquire);
}

/* Linked rows that have no codes yet, though they are to have them; some of them may have been removed. */
static uint32_t uncoded(const vector_index *ix)
{
    return is_to_be_coded(ix) ? vector_index_linked(ix) - coded_rows(ix) : 0;
}

kith_status vector_index_code(vector_index *ix, uint32_t budget, kith_error *err)
{
    if (coded_graph_is_done(&ix->coded)) {
        if (!is_to_be_coded(ix) && coded_rows(ix) == 0) return KITH_OK;
        ix->coding_rows = vector_index_linked(ix);
    }
    kith_status status = coded_graph_update(&ix->coded, &ix->graph, budget, err);
    if (status == KITH_OK && coded_graph_is_done(&ix->coded))
        atomic_store_explicit(&ix->coded_rows, ix->coding_rows, memory_order_release);
    return status;
}

/* Nodes of the graph that have no code of 8 bits yet: of a graph that was read. */
static uint32_t without_code(const vector_index *ix)
{
    uint32_t nodes = graph_count(&ix->graph), coded = row_codes_count(&ix->codes);
    return ix->codes.dim > 0 && nodes > coded ? nodes - coded : 0;
}

/* Linked rows that a scan cannot estimate yet, as far as they fill blocks; some of them may have been
 * removed. */
static uint32_t unestimated(const vector_index *ix)
{
    if (ix->codes.dim == 0 || row_codes_count(&ix->codes) == 0) return 0; // no row ever had a node
    uint32_t whole = vector_index_linked(ix) / CODES_BLOCK * CODES_BLOCK;
    return whole - flat_codes_count(&ix->flat);
}

uint32_t vector_index_unlinked(const vector_index *ix, uint32_t rows)
{
    uint32_t linked = vector_index_linked(ix);
    if (rows <= ix->options.flat_below) return 0;
    if (rows > linked) return rows - linked;
    return (uint32_t)size_max(uncoded(ix), size_max(without_code(ix), unestimated(ix)));
}

/* So many nodes may be without rows of codes, and are scanned, while more are being linked: an
 * eighth, since an update writes most of the rows anew. */
static uint32_t code_after(const vector_index *ix)
{
    enum { AT_LEAST = 1024, AT_MOST = 4096 };
    size_t share = coded_graph_count(&ix->coded) / 8;
    return (uint32_t)size_min(size_max(share, AT_LEAST), AT_MOST);
}

/* Steps of coding for each node that a call may link: together they take less time than it. */
enum { CODED_STEPS = 32 };

/* scratches [threads] */
static kith_status link_slots(vector_index *ix, const graph_nodes *nodes, thread_pool *helpers,
                              search_scratch **scratches, kith_error *err)
{
    const uint32_t threads = helpers ? thread_pool_size(helpers) : 1;
    const uint32_t slots = vector_rows_count(&ix->rows);
    kith_status status = KITH_OK;
    for (uint32_t i = 0; i < threads && status == KITH_OK; i++)
        status =
            vector_index_scratch(ix, slots, ix->options.ef_construction, 0, &scratches[i], err);
    if (status == KITH_OK)
        status = graph_insert(&ix->graph, &ix->rows, ix->codes.dim > 0 ? &ix->codes : NULL, nodes,
                              &(graph_threads){helpers, scratches}, err);
    for (uint32_t i = 0; i < threads; i++)
        search_scratch_release(ix->scratches, scratches[i]);
    return status;
}

/* The coder, from the first of the rows 0..rows that were not removed. The slots of others may be being
 * written to. */
static kith_status make_coder(vector_index *ix, uint32_t rows, kith_error *err)
{
    uint32_t count = 0, *list = heap_new_array(ix->codes.sample, sizeof *list);
    if (!list) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for codes");
    for (uint32_t row = 0; row < rows && count < ix->codes.sample; row++)
        if (slot_of_row(&ix->slots, row) != SLOT_NONE) list[count++] = slot_of_row(&ix->slots, row);
    kith_status status = row_codes_begin(&ix->codes, list, count, err);
    free(list);
    return status;
}

/* Sees to a coder, and to codes of nodes that were read without them, `budget` at most. */
static kith_status code_nodes(vector_index *ix, uint32_t rows, uint32_t budget, kith_error *err)
{
    kith_status status = KITH_OK;
    if (ix->codes.dim == 0) return KITH_OK;
    if (!ix->codes.coder) status = make_coder(ix, rows, err);
    const uint32_t first = row_codes_count(&ix->codes);
    const uint32_t missing = (uint32_t)size_min(without_code(ix), budget);
    if (status != KITH_OK || missing == 0) return status;
    uint32_t count = 0, *slots = heap_new_array(missing, sizeof *slots);
    if (!slots) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for codes");
    for (uint32_t slot = first; slot < first + missing; slot++)
        if (graph_has_node(&ix->graph, slot)) slots[count++] = slot;
    status = row_codes_put(&ix->codes, slots, count, err);
    if (status == KITH_OK) status = row_codes_skip_to(&ix->codes, first + missing, err);
    free(slots);
    return status;
}

/* The next `count` rows; those that were removed meanwhile are passed over. */
static kith_status link_rows(vector_index *ix, uint32_t count, thread_pool *helpers,
                             kith_error *err)
{
    search_scratch *scratches[THREADS_MAX] = {0};
    const uint32_t first = vector_index_linked(ix);
    uint32_t *slots = heap_new_array(count, sizeof *slots);
    if (!slots) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for linking vectors");
    graph_nodes nodes = {.slots = slots, .ordinal = first};
    for (uint32_t row = first; row < first + count; row++)
        if (slot_of_row(&ix->slots, row) != SLOT_NONE)
            slots[nodes.count++] = slot_of_row(&ix->slots, row);
    kith_status status = row_codes_put(&ix->codes, slots, nodes.count, err);
    if (status == KITH_OK && nodes.count > 0)
        status = link_slots(ix, &nodes, helpers, scratches, err);
    free(slots);
    if (status == KITH_OK) atomic_store_explicit(&ix->linked, first + count, memory_order_release);
    return status;
}

kith_status vector_index_link(vector_index *ix, uint32_t rows, uint32_t max_new,
                              thread_pool *helpers, uint32_t *linked, kith_error *err)
{
    kith_status status = KITH_OK;
    const uint32_t linked_before = vector_index_linked(ix);
    uint32_t missing =
        rows > ix->options.flat_below && rows > linked_before ? rows - linked_before : 0;
    uint32_t added = (uint32_t)size_min(missing, max_new);
    const uint32_t budget = (uint32_t)size_min((size_t)max_new * CODED_STEPS, UINT32_MAX);
    if (rows > ix->options.flat_below) status = code_nodes(ix, rows, budget, err);
    if (without_code(ix) > 0 || status != KITH_OK)
        added = 0; // before more are linked, those that are linked have their codes
    else if (added > 0)
        status = link_rows(ix, added, helpers, err);
    if (status == KITH_OK && without_code(ix) == 0 &&
        (added == missing || uncoded(ix) >= code_after(ix)))
        status = vector_index_code(ix, budget, err);
    if (status == KITH_OK && without_code(ix) == 0 && unestimated(ix) > 0) {
        size_t end = (size_t)flat_codes_count(&ix->flat) + size_max(budget, CODES_BLOCK);
        end = size_min(end, vector_index_linked(ix));
        status = flat_codes_update(&ix->flat, &ix->slots, (uint32_t)end, err);
    }
    if (status == KITH_OK && linked) *linked = vector_index_linked(ix);
    return status;
}

/* A walk over codes keeps so many candidates for each that a walk over vectors would: it orders them
 * by estimates, and the same node may be among them more than once. The recall is then about that
 * of the walk over vectors, in a third of its time. */
enum {
    CODED_CANDIDATES = 2,
    CODED_CANDIDATES_OF_HIT = 4 /* at least: so that k different nodes are among them */
};

/* Standard deviations of an estimate that a scan of codes leaves open: one row in 160 of those that
 * are to be found lies beyond, and of these only the ones that are the last of the k are lost. */
static const float ERRORS_OPEN = 1.7F;

/* One search at work. */
typedef struct search_run {
    const vector_view *view;
    const vector_search *search;
    graph_view graph; /* as it was when the search began; nodes past the view's rows among it */
    bool by_codes;    /* its rows of codes are walked, or else its vectors */
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
    return (scan_range){first, end, r->view->live, r->search->filter, &r->view->index->slots};
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

static uint32_t count_in(const search_run *r, uint32_t first, uint32_t end)
{
    const scan_range range = range_of(r, first, end);
    return scan_range_count(&range);
}

/* By rows of codes, unless vectors are too short for that, or too few have them; else by codes of 8 bits,
 * unless, of a graph that was read, not all nodes have theirs. In this order: what is not in the tail has
 * nodes in the slots that are counted after it, and codes before these were counted; and all that may be hits
 * of the walk are among the nodes. */
static void choose_walk(search_run *r)
{
    const vector_index *ix = r->view->index;
    uint32_t coded = coded_rows(ix), linked = vector_index_linked(ix);
    r->nodes = graph_linked(&ix->graph);
    if (r->nodes <= ix->options.flat_below) r->nodes = 0;
    r->by_codes = coded > 0 && r->nodes > 0;
    r->tail = r->by_codes ? coded : linked;
    if (r->nodes == 0) r->tail = 0;
    r->graph = graph_observe(&ix->graph, &ix->rows);
    r->slots = r->by_codes ? coded_graph_count(&ix->coded) : r->graph.count;
    if (ix->codes.dim > 0 && row_codes_count(&ix->codes) >= r->graph.count)
        r->graph.codes = &ix->codes;
    r->coded =
        (uint32_t)size_min(flat_codes_count(&ix->flat), r->view->rows / CODES_BLOCK * CODES_BLOCK);
}

/* Candidates that a walk keeps where everything matches. */
static uint32_t candidates_of(const search_run *r)
{
    const vector_search *search = r->search;
    const uint32_t factor = r->by_codes ? CODED_CANDIDATES : 1;
    size_t ef = search->ef ? search->ef : size_max(DEFAULT_EF, (size_t)search->k * 2);
    ef = size_max(ef, search->k) * factor;
    if (r->by_codes) ef = size_max(ef, (size_t)search->k * CODED_CANDIDATES_OF_HIT);
    return (uint32_t)size_min(ef, UINT32_MAX / 2);
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
                         .rows = r->view->rows,
                         .nodes = r->nodes,
                         .walks_codes = r->by_codes,
                         .walk_stride = r->graph.codes ? ix->codes.dim / 4 : ix->rows.stride,
                         .in_groups = r->search->groups != NULL};
    // Nearly all rows have codes, and all that are live nodes, so one count goes over them, and two over
    // what is left. Without a filter the first is known, and so are the blocks while dead rows are few: then
    // they lie in blocks that have others, too.
    const uint32_t uncoded_rows = count_in(r, r->coded, r->view->rows);
    f->blocks = r->coded / CODES_BLOCK;
    f->matching_coded = r->search->filter || dead > live
                            ? scan_range_count_blocks(&codes, &f->blocks)
                            : live - uncoded_rows;
    f->matching = f->matching_coded + uncoded_rows;
    f->matching_nodes = f->matching - count_in(r, walked_range(r).end, r->view->rows);
    f->coded = r->coded;
    DCHECK(f->matching_nodes <= f->nodes);
}

/* Offers the matching rows from `first` on to r->best. */
static kith_status scan(search_run *r, uint32_t first)
{
    scan_range range = range_from(r, first);
    return flat_search(&r->view->index->rows, &range, &r->best, r->scratch, r->search->limit,
                       r->err);
}

/* The same by codes, as far as there are any. */
static kith_status scan_codes(search_run *r)
{
    const vector_index *ix = r->view->index;
    const scan_range range = range_of(r, 0, r->coded);
    const uint64_t before = r->scratch->distance_count;
    const float open = r->search->errors_open > 0 ? r->search->errors_open : ERRORS_OPEN;
    kith_status status = flat_codes_search(&ix->flat, &ix->rows, &range, open, &r->best, r->scratch,
                                           r->search->limit, r->err);
    if (status != KITH_OK) return status;
    planner_note_scan(ix->history, r->search->k, r->facts.matching_coded,
                      r->scratch->distance_count - before);
    return scan(r, r->coded);
}

/* Offers the candidates of a walk over vectors that match, nearest first, until there are k. */
static void take_found(search_run *r)
{
    const candidates *found = &r->scratch->found;
    const scan_range among = walked_range(r);
    for (uint32_t i = 0; i < found->count && !topk_full(&r->best); i++) {
        uint32_t row = row_of_slot(among.slots, candidate_id(found->entries[i]));
        if (scan_range_has(&among, row))
            (void)topk_offer(&r->best, found->entries[i].distance, row);
    }
}

/* Compares the first `count` of the scratch's ids, which are slots, by their vectors, and offers them. */
static void compare_exactly(search_run *r, uint32_t count)
{
    search_scratch *s = r->scratch;
    vector_rows_distances(&r->view->index->rows, s->query, s->ids, count, s->distances);
    s->distance_count += count;
    for (uint32_t i = 0; i < count; i++)
        (void)topk_offer(&r->best, s->distances[i], row_of_slot(&r->view->index->slots, s->ids[i]));
}

/* The same of a walk over codes of 8 bits: those that match and of which the codes leave open whether they
 * are among the k nearest, with groups all that match, are compared by their vectors. */
static void take_open(search_run *r, const row_probe *probe)
{
    enum { ERRORS_LEFT_OPEN = 3 };
    search_scratch *s = r->scratch;
    const row_codes *codes = r->graph.codes;
    const scan_range among = walked_range(r);
    float limit = -INFINITY; // what the farthest of the k nearest may have
    uint32_t taken = 0, count = 0;
    for (uint32_t i = 0; i < s->found.count; i++) {
        const candidate c = s->found.entries[i];
        if (!scan_range_has_slot(&among, candidate_id(c))) continue;
        float error = ERRORS_LEFT_OPEN * row_codes_error(codes, probe, candidate_id(c), c.distance);
        if (taken < r->search->k)
            limit = fmaxf(limit, c.distance + error);
        else if (!r->search->groups && !(c.distance - error < limit))
            break;
        taken++;
        s->ids[count++] = candidate_id(c);
        if (count < SCRATCH_BATCH) continue;
        compare_exactly(r, count);
        count = 0;
    }
    compare_exactly(r, count);
}

static uint32_t count_found(const search_run *r)
{
    const candidates *found = &r->scratch->found;
    const scan_range among = walked_range(r);
    uint32_t count = 0;
    for (uint32_t i = 0; i < found->count; i++)
        count += scan_range_has_slot(&among, candidate_id(found->entries[i]));
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
 * compared by their vectors. Gives how many nodes may be hits; 0 when the walk gave up. */
static uint32_t walk_codes(search_run *r, const walk_plan *plan)
{
    const vector_index *ix = r->view->index;
    search_scratch *s = r->scratch;
    const scan_range among = walked_range(r);
    const uint64_t before = s->hop_count;
    if (!coded_search(&ix->coded, r->slots, s->query, &among, plan, s)) return 0;
    if (plan->mode == WALK_ALL)
        planner_note_walk(ix->history, s->found.capacity, s->hop_count - before);
    compare_hits(r, r->search->groups ? s->best.count
                                      : coded_search_open(&ix->coded, s, r->search->k));
    return s->admitted_count;
}

/* How many of the nodes that it goes to must match for a walk to be trusted: where fewer do, the
 * nearest that match lie farther off than it went. 0: everything matches. */
static uint32_t least_admitted(const search_run *r)
{
    enum { OF_EACH_HIT = 3 };
    const planner_facts *f = &r->facts;
    if (f->in_groups || f->matching_nodes == f->nodes) return 0;
    uint64_t expected = (uint64_t)r->costs.walk_ef * f->matching_nodes / f->nodes;
    return (uint32_t)size_min((size_t)f->k * OF_EACH_HIT, expected / 2);
}

/* Walks the graph and offers the candidates that match, then scans the tail. Not *is_enough: the
 * walk has met too few, although there are more. With groups it is enough to have met any. */
static kith_status walk(search_run *r, vector_strategy strategy, bool *is_enough)
{
    const uint32_t least = least_admitted(r);
    const walk_plan plan = {.mode = strategy == VECTOR_WALK_TWO_HOPS ? WALK_TWO_HOPS : WALK_ALL,
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
    bool is_by_graph = search->strategy >= VECTOR_WALK;
    if (search->strategy == VECTOR_WALK_TWO_HOPS && !r->by_codes) return VECTOR_SCAN;
    if (is_by_graph ? r->facts.matching_nodes == 0 : r->facts.blocks == 0) return VECTOR_SCAN;
    return search->strategy;
}

static const char *kind_of(const search_run *r, vector_strategy done, bool has_walked)
{
    bool is_filtered = r->search->filter != NULL;
    switch (done) {
    case VECTOR_WALK:
        return "graph";
    case VECTOR_WALK_TWO_HOPS:
        return "graph by two hops";
    case VECTOR_SCAN_CODES:
        return has_walked ? "graph, then codes" : is_filtered ? "codes over the filter" : "codes";
    default:
        return has_walked ? "graph, then flat" : is_filtered ? "flat over the filter" : "flat";
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
    const search_scratch_size size = {.rows = walks ? r->slots : 0,
                                      .stride = ix->rows.stride,
                                      .candidates = walks ? r->costs.walk_ef : 0,
                                      .best = walks && r->by_codes ? best_of_walk(r) : 0,
                                      .code_bytes =
                                          needs_codes ? code_query_bytes(ix->codes.dim) : 0};
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
    vector_search_plan done = {0};
    search_run r = {
        .view = seen, .search = search, .best = {.heap = out, .k = search->k}, .err = err};
    // From here on no slot that the search may be led to is used again.
    const uint32_t side = coded_graph_enter(&ix->coded);
    choose_walk(&r);
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

kith_status vector_index_distances(const vector_index *ix, const float *query, const uint32_t *rows,
                                   uint32_t count, float *out, kith_error *err)
{
    search_scratch *s = NULL;
    kith_status status = vector_index_scratch(ix, 0, 0, 0, &s, err);
    if (status != KITH_OK) return status;
    vector_rows_prepare(&ix->rows, query, s->query);
    for (uint32_t first = 0; first < count; first += SCRATCH_BATCH) {
        uint32_t batch = (uint32_t)size_min(count - first, SCRATCH_BATCH);
        for (uint32_t i = 0; i < batch; i++)
            s->ids[i] = slot_of_row(&ix->slots, rows[first + i]);
        vector_rows_distances(&ix->rows, s->query, s->ids, batch, out + first);
    }
    search_scratch_release(ix->scratches, s);
    return KITH_OK;
}

void vector_index_copy_row(const vector_index *ix, uint32_t row, float *out)
{
    memcpy(out, vector_rows_at(&ix->rows, slot_of_row(&ix->slots, row)),
           ix->rows.dim * sizeof *out);
}

void vector_index_check(const vector_index *ix)
{
    kith_error err = {0};
    const uint32_t linked = vector_index_linked(ix);
    uint32_t nodes = ix->leaving_count;
    CHECK(linked <= vector_index_rows(ix) && ix->coded_rows <= linked);
    CHECK(flat_codes_count(&ix->flat) <= linked);
    CHECK(vector_rows_check(&ix->rows, &err) == KITH_OK);
    CHECK(graph_verify(&ix->graph, &err) == KITH_OK);
    for (uint32_t row = 0; row < vector_index_rows(ix); row++) {
        uint32_t slot = slot_of_row(&ix->slots, row);
        if (slot == SLOT_NONE) continue;
        CHECK(row_of_slot(&ix->slots, slot) == row);
        CHECK((row < linked) ==
              (slot < graph_count(&ix->graph) && graph_has_node(&ix->graph, slot)));
        nodes += row < linked;
    }
    CHECK(nodes - ix->leaving_count == graph_linked(&ix->graph));
    coded_graph_check(&ix->coded, &ix->graph);
}
