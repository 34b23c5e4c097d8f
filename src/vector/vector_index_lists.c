/* vector_index_lists.c - an index that takes more than its budget moves its rows into lists on a disk.
 *
 * The appender moves them, in the append that would make the index larger: it copies the vectors to an ivf that nobody else
 * has yet, which makes runs of them as it grows, and then publishes that. Searches that began before go on with the graph;
 * those that begin later find the lists. Whoever links finds them, too, links no more, and gives the memory of all
 * else back when no search can be reading it (vector_index_reclaim). */
#include "vector/vector_index_lists.h"
#include "base/size.h"
#include "vector/vector_estimate.h"
#include "vector/vector_index_private.h"

#include <stdlib.h>

static ivf_options lists_options(const vector_index_options *o)
{
    return (ivf_options){.metric = o->metric,
                         .dim = o->dim,
                         .seed = o->seed,
                         .tail_bytes = vector_budget_tail(&o->budget),
                         .ops = o->budget.ops,
                         .directory = o->budget.directory};
}

static kith_status move_rows(vector_index *ix, ivf *to, kith_error *err)
{
    const uint32_t rows = vector_slots_rows(&ix->slots);
    kith_status status = KITH_OK;
    float *room = heap_new_array(ix->rows.stride, sizeof *room);
    if (!room) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for moving vectors");
    for (uint32_t row = 0; row < rows && status == KITH_OK; row++) {
        // Whatever the linker does to the row meanwhile: what is in a slot is changed by the appender alone.
        const uint32_t slot = vector_slots_find(&ix->slots, row);
        const uint32_t side = coded_graph_enter(&ix->coded); // files may be about to go
        const float *vector = slot == SLOT_NONE ? NULL : vector_rows_read(&ix->rows, slot, room);
        status = ivf_append_stored(to, vector, err);
        coded_graph_leave(&ix->coded, side);
    }
    free(room);
    if (status == KITH_OK && vector_index_is_damaged(ix)) status = vector_index_damage(ix, err);
    return status;
}

static kith_status move_to_lists(vector_index *ix, kith_error *err)
{
    ivf *lists = NULL;
    const ivf_options options = lists_options(&ix->options);
    kith_status status = ivf_new(&options, &lists, err);
    if (status == KITH_OK) status = move_rows(ix, lists, err);
    if (status == KITH_OK && !ivf_has_runs(lists))
        status = fail(err, KITH_ERR_IO, "vectors cannot be moved to '%s'", options.directory);
    if (status == KITH_OK)
        atomic_store(&ix->lists, lists);
    else
        ivf_free(lists);
    return status;
}

/* What has failed is tried again with an eighth more rows. */
static uint32_t later(uint32_t vectors)
{
    enum { SHARE = 8 };
    return vectors + (uint32_t)size_max(vectors / SHARE, 1);
}

kith_status vector_index_make_room(vector_index *ix, kith_error *err)
{
    const uint32_t vectors = vector_rows_count(&ix->rows);
    kith_status status = KITH_OK;
    // One that is not read as a whole fitted when it was opened: it moves when it is.
    if (vector_index_lists(ix) || vector_index_is_partial(ix)) return KITH_OK;
    if (ix->lists_from == 0) {
        ix->lists_from = vector_index_rows_until(&ix->options, VECTOR_IN_LISTS);
        ix->compact_from = vector_index_rows_until(&ix->options, VECTOR_COMPACT);
    }
    // Without codes that say anything a compact index would read most vectors for each search.
    const bool has_codes = !row_codes_are_exceeded(&ix->codes);
    const uint32_t lists_from = has_codes || ix->options.budget.bytes == 0
                                    ? ix->lists_from
                                    : (uint32_t)size_min(ix->lists_from, ix->compact_from);
    if (vectors >= lists_from) {
        status = move_to_lists(ix, err);
        if (status != KITH_OK) ix->lists_from = ix->compact_from = later(vectors);
    } else if (vectors >= ix->compact_from && !vector_rows_cold(&ix->rows) && has_codes) {
        status = vector_index_make_compact(ix, err);
        if (status != KITH_OK) ix->compact_from = later(vectors);
    }
    return status;
}

uint32_t vector_index_list_count(const vector_index *ix)
{
    const ivf *lists = vector_index_lists(ix);
    if (!lists) return 0;
    ivf_state *state = ivf_hold_state(lists);
    const uint32_t count = state->count > 0 ? state->pieces[0].run->partition->lists : 0;
    ivf_state_release(state);
    return count;
}

bool vector_index_is_settled(const vector_index *ix, uint32_t live)
{
    const ivf *lists = vector_index_lists(ix);
    if (!lists) return true;
    ivf_state *state = ivf_hold_state(lists);
    const bool result = ivf_keeps_partition(state, live);
    ivf_state_release(state);
    return result;
}

static void drop(vector_index *ix)
{
    const vector_index_options *o = &ix->options;
    vector_rows_done(&ix->rows);
    atomic_store_explicit(&ix->rows.count, 0, memory_order_relaxed);
    vector_slots_done(&ix->slots);
    vector_slots_init(&ix->slots);
    free(ix->leaving);
    ix->leaving = NULL;
    ix->leaving_count = 0;
    ix->is_waiting = false;
    slot_wait_done(&ix->merged);
    graph_done(&ix->graph);
    graph_init(&ix->graph, o->neighbors, o->ef_construction, o->seed);
    coded_graph_drop(&ix->coded);
    flat_codes_done(&ix->flat);
    row_codes_done(&ix->codes);
    row_codes_init(&ix->codes, &ix->rows, vector_index_coder_rows(o), o->seed,
                   o->budget.is_compact);
    flat_codes_init(&ix->flat, &ix->codes);
    atomic_store(&ix->linked, 0);
    atomic_store(&ix->coded_rows, 0);
}

bool vector_index_drop_graph(vector_index *ix)
{
    if (ix->dropped == VECTOR_IN_LISTS) return true;
    if (ix->dropping != VECTOR_IN_LISTS) {
        ix->was_zero[0] = ix->was_zero[1] = false;
        ix->dropping = VECTOR_IN_LISTS;
    }
    if (!readers_are_gone(ix->coded.readers, ix->was_zero)) return false;
    drop(ix);
    ix->dropped = VECTOR_IN_LISTS;
    return true;
}

/* ---- parts of a generation ---- */

kith_status vector_index_plan_lists(const vector_view *seen, ivf_writing **out, kith_error *err)
{
    const vector_index *ix = seen->index;
    // A quarter of the budget: the tail, and what of the lists is in memory, take less than the rest.
    const size_t sample_bytes = 2 * vector_budget_tail(&ix->options.budget);
    return ivf_writing_new(vector_index_lists(ix), seen, sample_bytes, out, err);
}

kith_status vector_index_open_lists(const vector_index_options *options, const ivf_parts *parts,
                                    vector_index **out, kith_error *err)
{
    vector_index *ix = NULL;
    ivf *lists = NULL;
    ivf_run *run = NULL;
    kith_status status = vector_index_new(options, &ix, err);
    if (status != KITH_OK) return status;
    const ivf_options of_lists = lists_options(&ix->options);
    status = ivf_new(&of_lists, &lists, err);
    if (status == KITH_OK) status = ivf_read_run(&lists->shape, parts, &run, err);
    if (status == KITH_OK) status = ivf_begin_with(lists, run, err);
    if (status == KITH_OK) {
        atomic_store(&ix->lists, lists);
        ix->dropped = VECTOR_IN_LISTS;
        *out = ix;
        return KITH_OK;
    }
    ivf_run_release(run);
    ivf_free(lists);
    vector_index_free(ix);
    return status;
}

kith_status vector_index_read_lists(const vector_index *ix, const ivf_parts *parts, ivf_run **out,
                                    kith_error *err)
{
    return ivf_read_run(&vector_index_lists(ix)->shape, parts, out, err);
}

kith_status vector_index_adopt_lists(vector_index *ix, ivf_run *run, kith_error *err)
{
    return ivf_adopt(vector_index_lists(ix), run, err);
}
