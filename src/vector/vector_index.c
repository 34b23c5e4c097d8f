/* vector_index.c - the rows, and when they get nodes and codes. How they are searched:
 * vector_index_search.c.
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
#include "vector/vector_index_private.h"

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
    MAX_EF_CONSTRUCTION = 4096
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

size_t vector_index_scratch_bytes(const vector_index *ix)
{
    return search_scratch_pool_bytes(ix->scratches);
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

/* Is the index large enough, and do its vectors have enough dimensions, for rows of sign codes that searches will
 * walk? */
static bool is_to_be_coded(const vector_index *ix)
{
    return ix->coded.dim > 0 && graph_linked(&ix->graph) > ix->options.coded_above &&
           !row_codes_are_exceeded(&ix->codes);
}

/* Linked rows that have no codes yet, though they are to have them; some of them may have been removed. */
static uint32_t uncoded(const vector_index *ix)
{
    return is_to_be_coded(ix) ? vector_index_linked(ix) - vector_index_coded_rows(ix) : 0;
}

kith_status vector_index_code(vector_index *ix, uint32_t budget, kith_error *err)
{
    if (coded_graph_is_done(&ix->coded)) {
        if (!is_to_be_coded(ix) && vector_index_coded_rows(ix) == 0) return KITH_OK;
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
    if (row_codes_are_exceeded(&ix->codes)) return 0;
    uint32_t whole = vector_index_linked(ix) / CODES_BLOCK * CODES_BLOCK;
    return whole - flat_codes_count(&ix->flat);
}

uint32_t vector_index_unlinked(const vector_index *ix, uint32_t rows)
{
    uint32_t linked = vector_index_linked(ix);
    if (rows <= ix->options.flat_below) return 0;
    return rows > linked ? rows - linked : vector_index_uncoded(ix, rows);
}

uint32_t vector_index_uncoded(const vector_index *ix, uint32_t rows)
{
    if (rows <= ix->options.flat_below) return 0;
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
    const bool by_codes = ix->codes.dim > 0 && !row_codes_are_exceeded(&ix->codes);
    kith_status status = KITH_OK;
    for (uint32_t i = 0; i < threads && status == KITH_OK; i++)
        status =
            vector_index_scratch(ix, slots, ix->options.ef_construction, 0, &scratches[i], err);
    if (status == KITH_OK)
        status = graph_insert(&ix->graph, &ix->rows, by_codes ? &ix->codes : NULL, nodes,
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
