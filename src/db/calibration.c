/* calibration.c - when a collection's searches are measured, and by which queries: recall.h. */
#include "db/collection_private.h"
#include "os/clock.h"
#include "vector/calibrate.h"

#include <stdlib.h>

enum { ROW_QUERIES = 384 /* rows that are hidden */ };

bool calibration_is_due(collection *c, const snapshot *s)
{
    const vector_view rows = snapshot_vectors(s);
    const recall_curve curve =
        index_recall_curve(&s->derived->recall, s->index && vector_index_has_lists(s->index));
    if (index_recall_is_due(&curve, &rows)) return true;
    return curve.queries > 0 && recall_sampler_has_queries(&c->sampler);
}

static int is_stopping(void *context)
{
    const collection *c = context;
    return atomic_load_explicit(&c->upkeep.stopping, memory_order_relaxed);
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
    if (status == KITH_OK) index_recall_set(&s->derived->recall, &curve, has_lists);
    return status == KITH_OK;
}

bool calibration_run(collection *c, const snapshot *s)
{
    if (!run(c, s, &(call_limit){.is_cancelled = is_stopping, .context = c})) return false;
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
