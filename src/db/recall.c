/* recall.c - see recall.h. */
#include "db/recall.h"

#include "base/size.h"

#include <string.h>

enum { LIVE_LEAST = 1000 /* rows of an index that is measured */ };

void index_recall_init(index_recall *r, int64_t since_ms)
{
    *r = (index_recall){.since_ms = since_ms};
    CHECK(pthread_mutex_init(&r->lock, NULL) == 0);
}

void index_recall_done(index_recall *r)
{
    CHECK(pthread_mutex_destroy(&r->lock) == 0);
}

recall_curve index_recall_curve(index_recall *r, bool has_lists)
{
    (void)pthread_mutex_lock(&r->lock);
    recall_curve copy = r->is_of_lists == has_lists ? r->curve : (recall_curve){0};
    (void)pthread_mutex_unlock(&r->lock);
    return copy;
}

void index_recall_set(index_recall *r, const recall_curve *curve, bool has_lists)
{
    (void)pthread_mutex_lock(&r->lock);
    r->curve = *curve;
    r->is_of_lists = has_lists;
    (void)pthread_mutex_unlock(&r->lock);
}

void index_recall_set_sketch(index_recall *r, const recall_curve *sketch)
{
    (void)pthread_mutex_lock(&r->lock);
    r->sketch = *sketch;
    (void)pthread_mutex_unlock(&r->lock);
}

/* Of walks: whichever was made of more rows. */
static recall_curve curve_or_sketch(index_recall *r)
{
    (void)pthread_mutex_lock(&r->lock);
    const bool is_sketch = r->is_of_lists || r->sketch.rows > r->curve.rows;
    const recall_curve copy = is_sketch ? r->sketch : r->curve;
    (void)pthread_mutex_unlock(&r->lock);
    return copy;
}

void index_recall_write(index_recall *r, bool has_lists, buffer *out)
{
    const recall_curve curve = index_recall_curve(r, has_lists);
    buffer_append_u64(out, (uint64_t)r->since_ms);
    recall_curve_write(&curve, out);
}

kith_status index_recall_read(view bytes, bool has_lists, index_recall *r, kith_error *err)
{
    recall_curve curve;
    if (bytes.size < sizeof(uint64_t)) return fail(err, KITH_ERR_CORRUPT, "cut short");
    kith_status status =
        recall_curve_read(view_slice(bytes, sizeof(uint64_t), bytes.size), &curve, err);
    if (status != KITH_OK) return status;
    r->since_ms = (int64_t)load_u64(bytes.data);
    index_recall_set(r, &curve, has_lists);
    return KITH_OK;
}

bool index_recall_is_sketch_due(index_recall *r, const vector_index *ix, uint32_t linked,
                                bool is_all_linked)
{
    if (!vector_index_has_graph(ix) || linked < LIVE_LEAST) return false;
    const uint64_t known = curve_or_sketch(r).rows;
    return linked >= 2 * known || (is_all_linked && linked > known + known / 2);
}

bool index_recall_is_due(const recall_curve *curve, const vector_view *seen)
{
    if (!seen->index || seen->live_count < LIVE_LEAST) return false;
    if (!vector_index_has_graph(seen->index) && !vector_index_has_lists(seen->index)) return false;
    if (!vector_index_is_settled(seen->index, seen->live_count)) return false; // other lists come
    if (curve->queries == 0 || curve->rows > seen->rows) return true;
    const uint32_t half = curve->live / 2, come = seen->rows - curve->rows;
    const uint32_t gone = curve->live > seen->live_count ? curve->live - seen->live_count : 0;
    return come > half || gone > half;
}

/* Lists to be read; 0: more than were tried. */
static uint32_t lists_for(const recall_curve *curve, double target, const vector_view *seen,
                          const vector_search *search)
{
    // A row that is hidden lies nearer to its neighbors than a question does, and those are in fewer lists: questions miss about
    // an eighth more than such rows (docs/decisions/113).
    static const double MISSED_BY_ROWS = 8.0 / 9;
    uint64_t k = search->k;
    if (!curve->is_asked) target = 1 - (1 - target) * MISSED_BY_ROWS;
    if (search->filter) {
        const uint64_t matching = size_max(bitset_popcount(search->filter), 1);
        k = size_min(k * size_max(seen->live_count / matching, 1), UINT32_MAX);
    }
    return recall_curve_ef(curve, (uint32_t)k, target);
}

recall_source recall_aim(index_recall *r, double target, const vector_view *seen,
                         vector_search *search)
{
    static const double FEW_LOST = 0.99; // above it a scan of codes is to look at more
    const bool has_lists = vector_index_has_lists(seen->index);
    const recall_curve curve = index_recall_curve(r, has_lists);
    search->errors_open = target > FEW_LOST ? 3 : 0;
    if (!vector_index_has_graph(seen->index) && !has_lists)
        return RECALL_EXACT; // all is compared anyway
    if (curve.queries == 0) {
        search->exact = true;
        return RECALL_UNMEASURED;
    }
    const uint32_t ef = has_lists ? lists_for(&curve, target, seen, search)
                                  : recall_curve_ef(&curve, search->k, target);
    if (ef == 0) {
        search->exact = true;
        return RECALL_BEYOND;
    }
    if (has_lists)
        search->lists = (uint32_t)size_max(ef, search->ef);
    else if (ef > search->ef)
        search->ef = ef;
    return curve.is_asked ? RECALL_ASKED : RECALL_ROWS;
}

/* As many candidates as find DEFAULT_BY_WALKS of the nearest, where an index needs more for that than it keeps by itself.
 * What no walk finds is left to the planner, which then knows what a walk would take. */
static void aim_walk(const recall_curve *curve, vector_search *search)
{
    // Questions lie farther from rows than rows from each other: less is found for these.
    static const double DEFAULT_BY_WALKS = 0.97;
    const uint32_t ef = recall_curve_ef(curve, search->k, DEFAULT_BY_WALKS);
    const uint32_t kept = vector_search_candidates(search->k);
    search->ef = (uint32_t)size_max(ef ? ef : RECALL_EF_MAX, kept);
}

void recall_aim_default(index_recall *r, const vector_view *seen, vector_search *search)
{
    static const double DEFAULT_BY_LISTS = 0.98;
    if (search->ef > 0 || !seen->index) return;
    const bool has_lists = vector_index_has_lists(seen->index);
    if (!has_lists && !vector_index_has_graph(seen->index)) return;
    const recall_curve curve = has_lists ? index_recall_curve(r, true) : curve_or_sketch(r);
    if (curve.queries == 0) return;
    if (!has_lists) {
        aim_walk(&curve, search);
        return;
    }
    search->lists = lists_for(&curve, DEFAULT_BY_LISTS, seen, search);
    if (search->lists == 0) search->lists = UINT32_MAX; // all, unless fewer vectors match
}
