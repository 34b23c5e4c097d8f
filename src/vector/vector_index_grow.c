/* vector_index_grow.c - rows are appended, and linked into the graph. See vector_index.h. */
#include "base/size.h"
#include "vector/vector_index_private.h"

#include <stdlib.h>

kith_status vector_index_append(vector_index *ix, const float *vector, uint32_t *row,
                                kith_error *err)
{
    uint32_t added = vector_index_rows(ix), slot = 0;
    if (ix->options.budget.bytes > 0 || ix->options.budget.is_compact) {
        kith_status moved = vector_index_make_room(ix, NULL);
        (void)moved; // the index then takes more than its budget
    }
    ivf *lists = vector_index_lists(ix);
    if (lists) {
        kith_status appended = ivf_append(lists, vector, err);
        if (appended == KITH_OK) *row = added;
        return appended;
    }
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
    ivf *lists = vector_index_lists(ix);
    if (lists) {
        ivf_truncate(lists, rows);
        return;
    }
    CHECK(rows >= vector_index_linked(ix));
    vector_slots_truncate(&ix->slots, rows);
}

/* Is the index large enough, and do its vectors have enough dimensions, for rows of sign codes that searches will
 * walk? */
static bool is_to_be_coded(const vector_index *ix)
{
    return ix->coded.dim > 0 && graph_linked(&ix->graph) > ix->options.coded_above &&
           !vector_rows_cold(&ix->rows) && !row_codes_are_exceeded(&ix->codes) &&
           !ix->codes.is_short; // vectors could not be moved to a disk yet
}

/* Linked rows that have no codes yet, though they are to have them; some of them may have been removed. */
static uint32_t uncoded(const vector_index *ix)
{
    return is_to_be_coded(ix) ? vector_index_linked(ix) - vector_index_coded_rows(ix) : 0;
}

kith_status vector_index_code(vector_index *ix, uint32_t budget, kith_error *err)
{
    if (vector_rows_cold(&ix->rows)) return KITH_OK; // what there is of them is about to go
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
    if (row_codes_are_exceeded(&ix->codes) || vector_rows_cold(&ix->rows) || ix->codes.is_short)
        return 0;
    uint32_t whole = vector_index_linked(ix) / CODES_BLOCK * CODES_BLOCK;
    return whole - flat_codes_count(&ix->flat);
}

uint32_t vector_index_unlinked(const vector_index *ix, uint32_t rows)
{
    uint32_t linked = vector_index_linked(ix);
    if (rows <= ix->options.flat_below || vector_index_has_lists(ix)) return 0;
    return rows > linked ? rows - linked : vector_index_uncoded(ix, rows);
}

uint32_t vector_index_uncoded(const vector_index *ix, uint32_t rows)
{
    // Before all is read nothing is coded, nor is anything under way.
    if (rows <= ix->options.flat_below || vector_index_has_lists(ix) || vector_index_is_partial(ix))
        return 0;
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
    const uint32_t side = coded_graph_enter(&ix->coded); // the vectors may be cold
    kith_status status = row_codes_begin(&ix->codes, list, count, err);
    if (status == KITH_OK) status = row_codes_choose_length(&ix->codes, list, count, err);
    coded_graph_leave(&ix->coded, side);
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
    const uint32_t side = coded_graph_enter(&ix->coded); // as above
    status = row_codes_put(&ix->codes, slots, count, err);
    coded_graph_leave(&ix->coded, side);
    if (status == KITH_OK) status = row_codes_skip_to(&ix->codes, first + missing, err);
    free(slots);
    return status;
}

/* Is there a node to be made for the row, the next after those from `first` on? Not where it was removed, nor where it
 * shares a slot that has one or gets one from an earlier row. */
static bool needs_node(const vector_index *ix, uint32_t first, uint32_t row)
{
    const uint32_t slot = slot_of_row(&ix->slots, row), former = slot_former(&ix->slots, row);
    if (slot == SLOT_NONE || vector_index_has_node(ix, slot)) return false;
    return former == SLOT_NONE || former < first || slot_of_row(&ix->slots, former) != slot;
}

/* Slots whose vectors nodes have, which were not linked: their rows are in the slots of these from now on. */
static void merge_copies(vector_index *ix, const graph_nodes *nodes)
{
    for (uint32_t i = 0; i < nodes->count; i++) {
        if (nodes->copied[i] == GRAPH_NONE) continue;
        vector_slots_merge(&ix->slots, nodes->slots[i], nodes->copied[i]);
        slot_wait_add(&ix->merged, nodes->slots[i]);
    }
}

/* Gives nodes to those of the next `count` rows that need one. */
static kith_status link_rows(vector_index *ix, uint32_t count, thread_pool *helpers,
                             kith_error *err)
{
    search_scratch *scratches[THREADS_MAX] = {0};
    const uint32_t first = vector_index_linked(ix);
    uint32_t *slots = heap_new_array(count, sizeof *slots);
    uint32_t *copied = heap_new_array(count, sizeof *copied);
    if (!slots || !copied || !slot_wait_reserve(&ix->merged, count)) {
        free(slots);
        free(copied);
        return fail(err, KITH_ERR_NO_MEMORY, "out of memory for linking vectors");
    }
    graph_nodes nodes = {.slots = slots, .ordinal = first, .copied = copied};
    for (uint32_t row = first; row < first + count; row++)
        if (needs_node(ix, first, row)) slots[nodes.count++] = slot_of_row(&ix->slots, row);
    const uint32_t side = coded_graph_enter(&ix->coded); // as above
    kith_status status = row_codes_put(&ix->codes, slots, nodes.count, err);
    if (status == KITH_OK && nodes.count > 0)
        status = link_slots(ix, &nodes, helpers, scratches, err);
    coded_graph_leave(&ix->coded, side);
    if (status == KITH_OK) merge_copies(ix, &nodes);
    free(slots);
    free(copied);
    if (status == KITH_OK) atomic_store_explicit(&ix->linked, first + count, memory_order_release);
    return status;
}

kith_status vector_index_link(vector_index *ix, uint32_t rows, uint32_t max_new,
                              thread_pool *helpers, uint32_t *linked, kith_error *err)
{
    kith_status status = KITH_OK;
    CHECK(!vector_index_is_partial(ix));
    const uint32_t linked_before = vector_index_linked(ix);
    if (vector_index_has_lists(ix)) return KITH_OK;
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
    if (status == KITH_OK && vector_index_is_damaged(ix)) status = vector_index_damage(ix, err);
    return status;
}
