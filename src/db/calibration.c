/* calibration.c - when a collection's searches are measured, and by which queries: recall.h.
 *
 * Measuring takes about a second of a processor for 20,000 rows, and nobody waits for it: so it gives way. While
 * searches come it works for WORK_MS at a time and rests for REST_MS, a tenth of a processor; alone it does not rest,
 * nor once a search has compared every vector for want of the result.
 * Before there is a result searches that ask for nothing go by a sketch of it, of far fewer queries: made while rows are linked,
 * whenever twice as many are, and when the last is (docs/decisions/111).
 * A measurement that rests ends without a result when rows are to be linked meanwhile, for which searches do wait. */
#include "base/size.h"
#include "db/collection_private.h"
#include "os/clock.h"
#include "vector/calibrate.h"

#include <stdlib.h>

enum {
    ROW_QUERIES = 384, /* rows that are hidden */
    SKETCH_QUERIES = 48,
    WORK_MS = 2,
    REST_MS = 18,
    LINK_FIRST = 512 /* rows that are to be linked */
};

bool calibration_is_due(collection *c, const snapshot *s)
{
    const vector_view rows = snapshot_vectors(s);
    const recall_curve curve =
        index_recall_curve(&s->derived->recall, s->index && vector_index_has_lists(s->index));
    if (index_recall_is_due(&curve, &rows)) return true;
    return curve.queries > 0 && recall_sampler_has_queries(&c->sampler);
}

static bool is_stopping(const collection *c)
{
    return atomic_load_explicit(&c->upkeep.stopping, memory_order_relaxed);
}

static int stops(void *context)
{
    return is_stopping(context) ? 1 : 0;
}

/* One measurement beside searches. */
typedef struct giving_way {
    collection *c;
    uint64_t searches; /* that had come */
    int64_t since_ns;  /* when it went to work */
} giving_way;

static giving_way go_to_work(collection *c)
{
    return (giving_way){.c = c,
                        .searches =
                            atomic_load_explicit(&c->sampler.searches, memory_order_relaxed),
                        .since_ns = clock_monotonic_ns()};
}

static bool must_link_first(collection *c)
{
    bool is_behind = false;
    snapshot *s = collection_hold_current(c, &is_behind);
    bool result =
        s && s->index && vector_index_unlinked(s->index, snapshot_linkable_rows(s)) >= LINK_FIRST;
    snapshot_release(s);
    return result;
}

/* Is asked between pieces of the work. */
static int end_or_rest(void *context)
{
    giving_way *g = context;
    collection *c = g->c;
    if (is_stopping(c)) return 1;
    if (clock_monotonic_ns() - g->since_ns < (int64_t)WORK_MS * 1000000) return 0;
    const uint64_t before = g->searches;
    *g = go_to_work(c);
    const bool is_waited_for =
        c->home.no_threads || // by the call that does it
        atomic_load_explicit(&c->upkeep.is_curve_wanted, memory_order_relaxed);
    if (g->searches == before || is_waited_for) return 0;
    atomic_fetch_add_explicit(&c->upkeep.rests, 1, memory_order_relaxed);
    clock_sleep_ms(REST_MS);
    *g = go_to_work(c);
    return must_link_first(c);
}

static bool run(collection *c, const snapshot *s, const call_limit *limit)
{
    const vector_view rows = snapshot_vectors(s);
    const bool has_lists =
        vector_index_has_lists(s->index); // before it is measured: it may move into lists meanwhile
    recall_curve curve;
    calibration how = {.count = ROW_QUERIES, .seed = c->id, .limit = limit};
    float *asked =
        recall_sampler_queries(&c->sampler, vector_index_describe(s->index)->dim, &how.count);
    how.queries = asked;
    kith_status status = vector_calibrate(&rows, &how, &curve, NULL);
    free(asked);
    if (status == KITH_OK) {
        index_recall_set(&s->derived->recall, &curve, has_lists);
        atomic_store_explicit(&c->upkeep.is_curve_wanted, false, memory_order_relaxed);
    }
    return status == KITH_OK;
}

bool calibration_run(collection *c, const snapshot *s)
{
    giving_way g = go_to_work(c);
    if (!run(c, s, &(call_limit){.is_cancelled = end_or_rest, .context = &g})) return false;
    if (!vector_index_has_lists(s->index)) return true;
    // Lists are measured after they were saved, and reading all vectors again at each opening would take longer.
    (void)pthread_mutex_lock(&c->lock);
    if (c->current->derived == s->derived) c->must_save = true;
    (void)pthread_mutex_unlock(&c->lock);
    return true;
}

void calibration_finish(collection *c, const snapshot *s, int64_t until_ns)
{
    if (clock_monotonic_ns() >= until_ns || !calibration_is_due(c, s)) return;
    bool is_done = run(c, s, &(call_limit){.deadline_ns = until_ns});
    (void)is_done; // a later process measures it
}

/* ---- the sketch ---- */

/* The rows that are linked, as a view of its own. */
typedef struct linked_rows {
    vector_view seen;
    bitset *live; /* of seen; NULL: the snapshot's */
} linked_rows;

static kith_status cut_view(const snapshot *s, linked_rows *out)
{
    *out = (linked_rows){.seen = snapshot_vectors(s)};
    const uint32_t linked = vector_index_linked(s->index);
    if (linked >= s->rows) return KITH_OK;
    out->live = bitset_new(linked);
    if (!out->live) return KITH_ERR_NO_MEMORY;
    for (uint32_t row = bitset_next(&s->live, 0); row < linked;
         row = bitset_next(&s->live, row + 1))
        bitset_set(out->live, row);
    out->seen.rows = linked;
    out->seen.live = out->live;
    out->seen.live_count = bitset_popcount(out->live);
    return KITH_OK;
}

bool calibration_is_sketch_due(collection *c, const snapshot *s)
{
    // Vectors on a disk would be read for it each time.
    if (!s->index || vector_index_form(s->index) != VECTOR_IN_MEMORY) return false;
    const uint32_t linked = (uint32_t)size_min(vector_index_linked(s->index), s->rows);
    const bool is_all_linked = vector_index_unlinked(s->index, snapshot_linkable_rows(s)) == 0;
    return !c->home.no_threads &&
           index_recall_is_sketch_due(&s->derived->recall, s->index, linked, is_all_linked);
}

bool calibration_sketch(collection *c, const snapshot *s)
{
    linked_rows of;
    recall_curve sketch;
    const call_limit limit = {.is_cancelled = stops, .context = c};
    const calibration how = {
        .count = SKETCH_QUERIES, .seed = c->id, .is_sketch = true, .limit = &limit};
    kith_status status = cut_view(s, &of);
    if (status == KITH_OK) status = vector_calibrate(&of.seen, &how, &sketch, NULL);
    if (status == KITH_OK) index_recall_set_sketch(&s->derived->recall, &sketch);
    bitset_free(of.live);
    return status == KITH_OK;
}
