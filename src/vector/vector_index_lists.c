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

enum { RETRY_SHARE = 8 /* a move that failed is tried again with an eighth more rows */ };

bool vector_index_exceeds(const vector_index_options *options, uint64_t rows)
{
    vector_estimate e = {0};
    if (options->budget.bytes == 0) return false;
    return vector_index_estimate(options, rows, &e, NULL) != KITH_OK || e.lists > 0;
}

/* How many rows fit in the budget of an index that is in memory, at least 1; UINT32_MAX: any number. */
static uint32_t rows_that_fit(const vector_index_options *options)
{
    uint32_t low = 0, high = VECTOR_ROWS_MAX; // low fit
    if (!vector_index_exceeds(options, high)) return UINT32_MAX;
    while (low + 1 < high) {
        const uint32_t middle = low + (high - low) / 2;
        if (vector_index_exceeds(options, middle))
            high = middle;
        else
            low = middle;
    }
    return (uint32_t)size_max(low, 1);
}

static ivf_options lists_options(const vector_index_options *o)
{
    return (ivf_options){.metric = o->metric,
                         .dim = o->dim,
                         .seed = o->seed,
                         .tail_bytes = vector_budget_tail(&o->budget),
                         .ops = o->budget.ops,
                         .directory = o->budget.directory};
}

/* The vector of a row that was appended; NULL: it was removed. What is in a slot is changed by the appender alone. */
static const float *vector_of(vector_index *ix, uint32_t row)
{
    (void)pthread_mutex_lock(&ix->slots.lock); // the linker may be detaching it
    const uint32_t slot = slot_of_row(&ix->slots, row);
    (void)pthread_mutex_unlock(&ix->slots.lock);
    return slot == SLOT_NONE ? NULL : vector_rows_at(&ix->rows, slot);
}

static kith_status move_rows(vector_index *ix, ivf *to, kith_error *err)
{
    const uint32_t rows = vector_slots_rows(&ix->slots);
    kith_status status = KITH_OK;
    for (uint32_t row = 0; row < rows && status == KITH_OK; row++) {
        const float *vector = vector_of(ix, row);
        status = ivf_append_stored(to, vector, err);
    }
    return status;
}

kith_status vector_index_make_room(vector_index *ix, kith_error *err)
{
    const uint32_t vectors = vector_rows_count(&ix->rows);
    ivf *lists = NULL;
    // One that is not read as a whole fitted when it was opened: it moves when it is.
    if (vector_index_lists(ix) || vector_index_is_partial(ix)) return KITH_OK;
    if (ix->lists_from == 0) ix->lists_from = rows_that_fit(&ix->options);
    if (vectors < ix->lists_from) return KITH_OK;
    const ivf_options options = lists_options(&ix->options);
    kith_status status = ivf_new(&options, &lists, err);
    if (status == KITH_OK) status = move_rows(ix, lists, err);
    if (status == KITH_OK && !ivf_has_runs(lists))
        status = fail(err, KITH_ERR_IO, "vectors cannot be moved to '%s'", options.directory);
    if (status == KITH_OK) {
        atomic_store(&ix->lists, lists);
        return KITH_OK;
    }
    ivf_free(lists);
    ix->lists_from = vectors + (uint32_t)size_max(vectors / RETRY_SHARE, 1);
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
    graph_done(&ix->graph);
    graph_init(&ix->graph, o->neighbors, o->ef_construction, o->seed);
    coded_graph_drop(&ix->coded);
    flat_codes_done(&ix->flat);
    row_codes_done(&ix->codes);
    row_codes_init(&ix->codes, &ix->rows, vector_index_coder_rows(o), o->seed);
    flat_codes_init(&ix->flat, &ix->codes);
    atomic_store(&ix->linked, 0);
    atomic_store(&ix->coded_rows, 0);
}

bool vector_index_drop_graph(vector_index *ix)
{
    if (ix->is_dropped) return true;
    if (!ix->is_dropping) {
        ix->was_zero[0] = ix->was_zero[1] = false;
        ix->is_dropping = true;
    }
    if (!readers_are_gone(ix->coded.readers, ix->was_zero)) return false;
    drop(ix);
    ix->is_dropped = true;
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
        ix->is_dropped = true;
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
