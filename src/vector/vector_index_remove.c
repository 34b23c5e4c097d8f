/* vector_index_remove.c - rows that nobody can want any more give their memory to later ones.
 *
 *   1. vector_index_remove. Rows without a node lose their slots at once: they are live in no view, and
 *      no link leads to them. Nodes leave the graph, a part at a time, so that what replaces their links
 *      can be found among nodes that stay; and then the codes, all of them, so that no row of
 *      codes and no entry leads to them.
 *   2. Searches that began before may stand on them, and read their vectors. vector_index_reclaim
 *      waits until all of these have ended (readers.h).
 *   3. Nodes are vacated, rows of codes are forgotten, and the slots are unused.
 *
 * A row leaves its slot in step 1, when no search asks for it any more; its vector and its
 * links stay as they are until step 3. A node of several rows, copies of one vector, leaves when the last of them does: so
 * of many copies any number may go, and the graph stays as it is. */
#include "base/size.h"
#include "vector/vector_index_private.h"

#include <stdlib.h>

enum {
    PART_SHARE = 16, /* of the nodes leave at once, at most, ... */
    PART_LEAST = 64, /* ... or so many */
};

uint32_t vector_index_dead(const vector_view *seen)
{
    if (vector_index_has_lists(seen->index)) return 0; // they leave when a generation is saved
    uint32_t wanted = vector_slots_wanted(&seen->index->slots);
    return wanted > seen->live_count ? wanted - seen->live_count : 0;
}

uint32_t vector_index_replaced(const vector_index *ix)
{
    return vector_index_has_lists(ix) ? 0 : vector_slots_replaced(&ix->slots);
}

/* Rows that are not live leave their slots. Of slots that no row is left in gives back those without a node, and
 * lists the others in ix->leaving, which has room for them. */
static void detach_dead(vector_index *ix, const vector_view *seen)
{
    for (uint32_t row = 0; row < seen->rows; row++) {
        uint32_t slot = slot_of_row(&ix->slots, row);
        if (slot == SLOT_NONE || bitset_has(seen->live, row)) continue;
        // All dead rows of the slot at once: of one with many rows these may be many.
        if (!vector_slots_sweep(&ix->slots, slot, seen->live, seen->rows)) continue;
        if (vector_index_has_node(ix, slot))
            ix->leaving[ix->leaving_count++] = slot;
        else
            vector_slots_give_back(&ix->slots, slot);
    }
}

static void remove_nodes(vector_index *ix, search_scratch *s)
{
    const uint32_t part = (uint32_t)size_max(graph_linked(&ix->graph) / PART_SHARE, PART_LEAST);
    // By codes, as they are linked, once all nodes have some.
    graph_view by = graph_observe(&ix->graph, &ix->rows);
    const bool is_coded = ix->codes.dim > 0 && row_codes_count(&ix->codes) >= by.count;
    if (is_coded && !row_codes_are_exceeded(&ix->codes)) by.codes = &ix->codes;
    coded_graph_note_leaving(&ix->coded, &ix->graph, ix->leaving, ix->leaving_count);
    const uint32_t side = coded_graph_enter(&ix->coded); // it may read them all the same
    for (uint32_t first = 0; first < ix->leaving_count; first += part)
        graph_remove(&ix->graph, &by, ix->leaving + first,
                     (uint32_t)size_min(part, ix->leaving_count - first), s);
    coded_graph_leave(&ix->coded, side);
}

/* Rows of codes and entries that lead to nodes that are leaving are written anew. */
static kith_status update_codes(vector_index *ix, kith_error *err)
{
    kith_status status = KITH_OK;
    // An update that was under way is finished first, and knows nothing of what came later.
    for (int i = 0; i < 2 && status == KITH_OK && ix->coded.target > 0; i++)
        status = vector_index_code(ix, UINT32_MAX, err);
    return status;
}

static void begin_wait(vector_index *ix)
{
    ix->is_waiting = true;
    ix->was_zero[0] = ix->was_zero[1] = false;
}

kith_status vector_index_remove(vector_index *ix, const vector_view *seen, kith_error *err)
{
    search_scratch *s = NULL;
    kith_status status = KITH_OK;
    CHECK(!vector_index_is_partial(ix));
    if (vector_index_has_lists(ix)) return KITH_OK;
    if (ix->leaving_count == 0 && vector_index_dead(seen) + (size_t)vector_index_replaced(ix) > 0) {
        uint32_t nodes = graph_linked(&ix->graph);
        free(ix->leaving);
        ix->leaving = heap_new_array(size_max(nodes, 1), sizeof *ix->leaving);
        if (!ix->leaving)
            return fail(err, KITH_ERR_NO_MEMORY, "out of memory for removing vectors");
        status = vector_index_scratch(ix, vector_rows_count(&ix->rows), SCRATCH_BATCH, 0, &s, err);
        if (status != KITH_OK) return status;
        detach_dead(ix, seen);
        remove_nodes(ix, s);
        search_scratch_release(ix->scratches, s);
    }
    if (ix->leaving_count == 0 || ix->is_waiting) return KITH_OK;
    status = update_codes(ix, err);
    if (status == KITH_OK) begin_wait(ix);
    return status;
}

bool vector_index_reclaim(vector_index *ix)
{
    if (vector_index_has_lists(ix)) return vector_index_drop_graph(ix);
    const bool is_free = slot_wait_give_back(&ix->merged, ix->coded.readers, &ix->slots);
    const bool is_settled = vector_index_settle(ix) && is_free;
    // A removal that failed half-way waits for being called again, not for searches.
    if (!ix->is_waiting) return is_settled;
    if (!readers_are_gone(ix->coded.readers, ix->was_zero)) return false;
    graph_vacate(&ix->graph, ix->leaving, ix->leaving_count);
    coded_graph_forget(&ix->coded, ix->leaving, ix->leaving_count);
    for (uint32_t i = 0; i < ix->leaving_count; i++)
        vector_slots_give_back(&ix->slots, ix->leaving[i]);
    ix->leaving_count = 0;
    ix->is_waiting = false;
    free(ix->leaving);
    ix->leaving = NULL;
    return is_settled;
}
