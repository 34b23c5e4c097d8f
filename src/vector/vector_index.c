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
    lazy_damage *damage = heap_new_array(1, sizeof *damage);
    if (!ix || !scratches || !history || !damage) {
        free(ix);
        free(scratches);
        free(history);
        free(damage);
        return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a vector index");
    }
    ix->scratches = scratches;
    ix->history = history;
    ix->damage = damage;
    lazy_damage_init(damage);
    vector_rows_init(&ix->rows, o.metric, o.dim);
    vector_slots_init(&ix->slots);
    if (o.coded_above == 0)
        o.coded_above = (uint32_t)(DEFAULT_CODED_ABOVE_BYTES / vector_index_row_bytes(ix));
    ix->options = o;
    graph_init(&ix->graph, o.neighbors, o.ef_construction, o.seed);
    row_codes_init(&ix->codes, &ix->rows, vector_index_coder_rows(&o), o.seed, o.budget.is_compact);
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
    ivf_free(vector_index_lists(ix));
    for (uint32_t i = 0; i < VECTOR_INDEX_PARTS; i++)
        lazy_part_free(ix->parts[i]);
    lazy_damage_done(ix->damage);
    free(ix->damage);
    vector_rows_done(&ix->rows);
    vector_slots_done(&ix->slots);
    free(ix->leaving);
    slot_wait_done(&ix->merged);
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
    const ivf *lists = vector_index_lists(ix);
    return lists ? ivf_rows(lists) : vector_slots_rows(&ix->slots);
}

bool vector_index_has_lists(const vector_index *ix)
{
    return vector_index_lists(ix) != NULL;
}

uint32_t vector_index_linked(const vector_index *ix)
{
    return atomic_load_explicit(&ix->linked, memory_order_acquire);
}

bool vector_index_is_partial(const vector_index *ix)
{
    return atomic_load_explicit(&ix->is_partial, memory_order_acquire);
}

bool vector_index_is_damaged(const vector_index *ix)
{
    return lazy_damage_is_found(ix->damage);
}

void vector_index_note_damage(const vector_index *ix, const kith_error *what)
{
    lazy_damage_note(ix->damage, what);
}

kith_status vector_index_damage(const vector_index *ix, kith_error *err)
{
    return lazy_damage_fail(ix->damage, err);
}

bool vector_index_has_graph(const vector_index *ix)
{
    return !vector_index_has_lists(ix) && graph_linked(&ix->graph) > ix->options.flat_below;
}

size_t vector_index_row_bytes(const vector_index *ix)
{
    return ix->rows.stride * sizeof(float);
}

uint32_t vector_index_vectors(const vector_index *ix)
{
    return vector_rows_count(&ix->rows);
}

uint32_t vector_index_unused_vectors(const vector_index *ix)
{
    return vector_slots_unused(&ix->slots);
}

size_t vector_index_dead_row_bytes(const vector_index *ix)
{
    return sizeof(uint32_t) + flat_codes_row_bytes(&ix->flat);
}

size_t vector_index_bytes(const vector_index *ix)
{
    const ivf *lists = vector_index_lists(ix);
    if (lists) return sizeof *ix + ivf_bytes(lists);
    const cold_rows *cold = vector_rows_cold(&ix->rows);
    const size_t vectors =
        cold ? cold_rows_bytes(cold) : vector_rows_count(&ix->rows) * vector_index_row_bytes(ix);
    return sizeof *ix + vectors + vector_slots_bytes(&ix->slots) + graph_bytes(&ix->graph) +
           row_codes_bytes(&ix->codes) + coded_graph_bytes(&ix->coded) +
           flat_codes_bytes(&ix->flat);
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

/* Of rows in memory; between coded_graph_enter and coded_graph_leave. */
static kith_status compare_rows(const vector_index *ix, const float *query, const uint32_t *rows,
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

kith_status vector_index_distances(const vector_index *ix, const float *query, const uint32_t *rows,
                                   uint32_t count, float *out, kith_error *err)
{
    const uint32_t side = coded_graph_enter(&ix->coded); // what is in memory may be about to go
    const ivf *lists = vector_index_lists(ix);
    kith_status status = lists ? ivf_distances(lists, query, rows, count, out, err)
                               : compare_rows(ix, query, rows, count, out, err);
    coded_graph_leave(&ix->coded, side);
    return status;
}

static void copy_stored(const vector_rows *v, uint32_t slot, float *out)
{
    __attribute__((
        uninitialized)) float room[COLD_ROW_MAX / sizeof(float)]; // no longer vector is cold
    memcpy(out, vector_rows_read(v, slot, room), v->dim * sizeof *out);
}

kith_status vector_index_copy_row(const vector_index *ix, uint32_t row, float *out, kith_error *err)
{
    const uint32_t side = coded_graph_enter(&ix->coded);
    const ivf *lists = vector_index_lists(ix);
    kith_status status = KITH_OK;
    if (lists)
        status = ivf_copy_row(lists, row, out, err);
    else
        copy_stored(&ix->rows, slot_of_row(&ix->slots, row), out);
    coded_graph_leave(&ix->coded, side);
    return status;
}

void vector_index_check(const vector_index *ix)
{
    kith_error err = {0};
    const uint32_t linked = vector_index_linked(ix);
    uint32_t nodes = 0;
    if (vector_index_has_lists(ix)) return; // what they hold is verified as it is read
    CHECK(linked <= vector_index_rows(ix) && ix->coded_rows <= linked);
    CHECK(flat_codes_count(&ix->flat) <= linked);
    CHECK(vector_rows_check(&ix->rows, &err) == KITH_OK);
    CHECK(graph_verify(&ix->graph, &err) == KITH_OK);
    vector_slots_check(&ix->slots);
    for (uint32_t row = 0; row < vector_index_rows(ix); row++) {
        uint32_t slot = vector_slots_find(&ix->slots, row);
        if (slot == SLOT_NONE) continue;
        CHECK(row >= linked || vector_index_has_node(ix, slot));
        if (row_of_slot(&ix->slots, slot) == row) nodes += vector_index_has_node(ix, slot);
    }
    CHECK(nodes == graph_linked(&ix->graph));
    coded_graph_check(&ix->coded, &ix->graph);
}
