/* recall.c - see recall.h. */
#include "db/recall.h"

#include <string.h>

void index_recall_init(index_recall *r, int64_t since_ms)
{
    *r = (index_recall){.since_ms = since_ms};
    CHECK(pthread_mutex_init(&r->lock, NULL) == 0);
}

void index_recall_done(index_recall *r)
{
    CHECK(pthread_mutex_destroy(&r->lock) == 0);
}

recall_curve index_recall_curve(index_recall *r)
{
    (void)pthread_mutex_lock(&r->lock);
    recall_curve copy = r->curve;
    (void)pthread_mutex_unlock(&r->lock);
    return copy;
}

void index_recall_set(index_recall *r, const recall_curve *curve)
{
    (void)pthread_mutex_lock(&r->lock);
    r->curve = *curve;
    (void)pthread_mutex_unlock(&r->lock);
}

void index_recall_write(index_recall *r, buffer *out)
{
    const recall_curve curve = index_recall_curve(r);
    buffer_append_u64(out, (uint64_t)r->since_ms);
    recall_curve_write(&curve, out);
}

kith_status index_recall_read(view bytes, index_recall *r, kith_error *err)
{
    recall_curve curve;
    if (bytes.size < sizeof(uint64_t)) return fail(err, KITH_ERR_CORRUPT, "cut short");
    kith_status status =
        recall_curve_read(view_slice(bytes, sizeof(uint64_t), bytes.size), &curve, err);
    if (status != KITH_OK) return status;
    r->since_ms = (int64_t)load_u64(bytes.data);
    index_recall_set(r, &curve);
    return KITH_OK;
}

bool index_recall_is_due(const recall_curve *curve, const vector_view *seen)
{
    enum { LIVE_LEAST = 1000 };
    if (!seen->index || !vector_index_has_graph(seen->index) || seen->live_count < LIVE_LEAST)
        return false;
    if (curve->queries == 0 || curve->rows > seen->rows) return true;
    const uint32_t half = curve->live / 2, come = seen->rows - curve->rows;
    const uint32_t gone = curve->live > seen->live_count ? curve->live - seen->live_count : 0;
    return come > half || gone > half;
}

recall_source recall_aim(index_recall *r, double target, const vector_view *seen,
                         vector_search *search)
{
    static const double FEW_LOST = 0.99; // above it a scan of codes is to look at more
    const recall_curve curve = index_recall_curve(r);
    search->errors_open = target > FEW_LOST ? 3 : 0;
    if (!vector_index_has_graph(seen->index)) return RECALL_EXACT; // all is compared anyway
    if (curve.queries == 0) {
        search->exact = true;
        return RECALL_UNMEASURED;
    }
    const uint32_t ef = recall_curve_ef(&curve, search->k, target);
    if (ef == 0) {
        search->exact = true;
        return RECALL_BEYOND;
    }
    if (ef > search->ef) search->ef = ef;
    return curve.is_asked ? RECALL_ASKED : RECALL_ROWS;
}
