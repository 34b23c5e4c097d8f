/* calibrate.c - the recall of walks, held against a scan of all vectors. */
#include "vector/calibrate.h"

#include "base/size.h"
#include "vector/ivf_calibrate.h"
#include "vector/vector_index_private.h"

#include <math.h>
#include <stdlib.h>

enum {
    TRUTH = 101, /* nearest rows that are found exactly: for the largest k, and the query itself */
    BLOCK_ROWS = 256,  /* compared with all queries, while they are in the processor's cache */
    LEAST_ROWS = 1000, /* of a view: the hundred nearest must be few of all */
    /* A walk that keeps more than this share of the rows costs more than a scan of codes, which takes its place: what it finds
     * need not be known so well. And more than this one, than comparing all vectors. */
    SCAN_SHARE = 48,
    ALL_SHARE = 16,
    FEW_QUERIES = 48
};

static const uint32_t ks[RECALL_KS] = {1, 10, 100}, shares[RECALL_KS] = {1, 2, 4};
/* Candidates that walks keep, in tenths of k: each about 1.4 times as many as the one before. */
static const uint32_t tenths[] = {10,  15,  20,  30,  40,   60,   80,   120,  160,  240,
                                  320, 480, 640, 960, 1280, 1920, 2560, 3840, 5120, 7680};
_Static_assert(sizeof tenths / sizeof tenths[0] == RECALL_STEPS, "a step each");

/* One calibration at work. */
typedef struct calibrating {
    const vector_view *seen;
    const calibration *how;
    uint32_t dim, count;
    float *queries;   /* [count][dim] */
    uint32_t *hidden; /* [count] row that is the query, or SLOT_NONE */
    hit *truth;       /* [count][TRUTH] nearest first; without the hidden row */
    uint32_t *found;  /* [count] of truth */
    kith_error *err;
} calibrating;

static bool is_live(const vector_view *seen, uint32_t row)
{
    return !seen->live || bitset_has(seen->live, row);
}

/* splitmix64, as for levels. */
static uint64_t next_random(uint64_t *state)
{
    uint64_t z = (*state += UINT64_C(0x9e3779b97f4a7c15));
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

/* Has the slot another live row than this one? Then hiding its node would hide that, too. */
static bool has_other(const vector_view *seen, uint32_t slot, uint32_t row)
{
    const vector_slots *slots = &seen->index->slots;
    uint32_t other = row_of_slot_below(slots, slot, seen->rows);
    while (other != SLOT_NONE && (other == row || !is_live(seen, other)))
        other = slot_former(slots, other);
    return other != SLOT_NONE;
}

/* May the row be taken: is it live, linked, of level 0, and the only one with its vector? */
static bool may_hide(const vector_view *seen, uint32_t row)
{
    const vector_index *ix = seen->index;
    if (!is_live(seen, row) || row >= vector_index_linked(ix)) return false;
    uint32_t slot = slot_of_row(&ix->slots, row);
    return slot != SLOT_NONE && graph_has_node(&ix->graph, slot) &&
           graph_level(&ix->graph, slot) == 0 && !has_other(seen, slot, row);
}

/* Takes queries, those that are given or rows by chance, some perhaps more than once. */
static kith_status take_queries(calibrating *c)
{
    uint64_t state = c->how->seed;
    const uint32_t tries = c->count * 64;
    uint32_t taken = 0;
    if (c->how->queries) {
        memcpy(c->queries, c->how->queries, (size_t)c->count * c->dim * sizeof(float));
        for (uint32_t i = 0; i < c->count; i++)
            c->hidden[i] = SLOT_NONE;
        return KITH_OK;
    }
    for (uint32_t i = 0; i < tries && taken < c->count; i++) {
        uint32_t row = (uint32_t)(next_random(&state) % c->seen->rows);
        if (!may_hide(c->seen, row)) continue;
        kith_status status =
            vector_index_copy_row(c->seen->index, row, c->queries + (size_t)taken * c->dim, c->err);
        if (status != KITH_OK) return status;
        c->hidden[taken++] = row;
    }
    c->count = taken;
    return taken > 0 ? KITH_OK : fail(c->err, KITH_ERR_INVALID, "no row can be hidden");
}

/* Rows that are compared with all queries. */
typedef struct truth_block {
    uint32_t count;
    uint32_t rows[BLOCK_ROWS];
    const float *vectors[BLOCK_ROWS];
    float *room; /* [BLOCK_ROWS][stride] of those on a disk */
} truth_block;

/* Fills the block with live rows from *row on. */
static void fill_block(const calibrating *c, uint32_t *row, truth_block *b)
{
    const vector_index *ix = c->seen->index;
    const uint32_t side = coded_graph_enter(&ix->coded);
    for (b->count = 0; *row < c->seen->rows && b->count < BLOCK_ROWS; (*row)++) {
        if (!is_live(c->seen, *row)) continue;
        float *room = b->room + (size_t)b->count * ix->rows.stride;
        b->rows[b->count] = *row;
        b->vectors[b->count++] = vector_rows_read(&ix->rows, slot_of_row(&ix->slots, *row), room);
    }
    coded_graph_leave(&ix->coded, side);
}

/* Offers the rows of the block to each query's nearest. */
static void compare_block(const calibrating *c, const truth_block *b, search_scratch *s, topk *best)
{
    const vector_index *ix = c->seen->index;
    for (uint32_t q = 0; q < c->count; q++) {
        vector_rows_prepare(&ix->rows, c->queries + (size_t)q * c->dim, s->query);
        vector_rows_compare(&ix->rows, s->query, b->vectors, b->count, s->distances);
        float bound = topk_bound(&best[q]);
        for (uint32_t i = 0; i < b->count; i++) {
            if (s->distances[i] > bound || b->rows[i] == c->hidden[q]) continue;
            (void)topk_offer(&best[q], s->distances[i], b->rows[i]);
            bound = topk_bound(&best[q]);
        }
    }
}

/* Each block of rows is compared with all queries before the next, so that it is read once. */
static kith_status find_truth(calibrating *c)
{
    const vector_index *ix = c->seen->index;
    search_scratch *s = NULL;
    truth_block block;
    topk *best = heap_new_array(c->count, sizeof *best);
    block.room = heap_new_array(BLOCK_ROWS, ix->rows.stride * sizeof *block.room);
    if (!best || !block.room) {
        free(best);
        free(block.room);
        return fail(c->err, KITH_ERR_NO_MEMORY, "out of memory for a calibration");
    }
    for (uint32_t q = 0; q < c->count; q++)
        best[q] = (topk){.heap = c->truth + (size_t)q * TRUTH, .k = TRUTH};
    kith_status status = vector_index_scratch(ix, 0, 0, 0, &s, c->err);
    for (uint32_t row = 0; status == KITH_OK && row < c->seen->rows;) {
        fill_block(c, &row, &block);
        compare_block(c, &block, s, best);
        status = call_limit_check(c->how->limit, c->err);
    }
    for (uint32_t q = 0; q < c->count && status == KITH_OK; q++) {
        topk_sort(&best[q]);
        c->found[q] = best[q].count;
    }
    search_scratch_release(ix->scratches, s);
    free(block.room);
    free(best);
    return status;
}

/* The share of the k nearest among hits[count]: ties count. */
static double share_found(const calibrating *c, uint32_t q, uint32_t k, const hit *hits,
                          uint32_t count)
{
    const hit *truth = c->truth + (size_t)q * TRUTH;
    const uint32_t wanted = (uint32_t)size_min(k, c->found[q]);
    uint32_t found = 0;
    for (uint32_t i = 0; i < count; i++)
        found += hits[i].id != c->hidden[q] && hits[i].distance <= truth[wanted - 1].distance;
    return (double)size_min(found, wanted) / wanted;
}

/* What is measured at one point of a curve. */
typedef struct walks {
    uint32_t queries; /* the first of them */
    uint32_t k, ef;
    bool
        shows_rows; /* rows that are queries are not hidden; what they find of themselves counts for nothing */
} walks;

/* The recall of the walks on average. */
static kith_status measure(const calibrating *c, const walks *w, double *out)
{
    double sum = 0;
    hit hits[TRUTH];
    for (uint32_t q = 0; q < w->queries; q++) {
        const bool is_row = c->hidden[q] != SLOT_NONE;
        const vector_search search = {.k = w->k + (is_row && w->shows_rows),
                                      .ef = w->ef,
                                      .strategy = VECTOR_WALK,
                                      .hidden = is_row && !w->shows_rows ? c->hidden[q] + 1 : 0,
                                      .limit = c->how->limit};
        uint32_t count = 0;
        kith_status status = call_limit_check(c->how->limit, c->err);
        if (status == KITH_OK)
            status = vector_index_search(c->seen, c->queries + (size_t)q * c->dim, &search, hits,
                                         &count, NULL, c->err);
        if (status != KITH_OK) return status;
        sum += share_found(c, q, w->k, hits, count);
    }
    *out = sum / w->queries;
    return KITH_OK;
}

/* What a query that is like the rows would find, from what hidden rows find and what rows find that are not.
 * Hiding a row takes links from its neighbors, and nothing comes in their place; so hidden rows miss more than such
 * a query. Rows that are not hidden miss far less. On three sets of vectors the logarithm of what queries miss lies 0.1
 * to 0.25 of the way from the first to the second, for one hit 0.02 to 0.17 (docs/decisions/075); the way that is
 * gone is near the smaller end, which is the safer one. `least` is the smallest share that was looked at. */
static double between(double hidden, double shown, uint32_t k, double least)
{
    const double way = k == 1 ? 1.0 / 16 : 1.0 / 8;
    const double far = log(fmax(1 - hidden, least)), near = log(fmax(1 - shown, least));
    return near < far ? 1 - exp(far + way * (near - far)) : hidden;
}

static kith_status measure_point(const calibrating *c, uint32_t queries, uint32_t k, uint32_t ef,
                                 double *out)
{
    double shown = 0;
    walks w = {.queries = queries, .k = k, .ef = ef};
    kith_status status = measure(c, &w, out);
    if (status != KITH_OK || c->how->queries) return status;
    w.queries = (queries + 1) / 2; // they differ less
    w.shows_rows = true;
    status = measure(c, &w, &shown);
    if (status == KITH_OK) *out = between(*out, shown, k, 0.5 / ((double)w.queries * k));
    return status;
}

/* With `share` of the queries: the more hits each of them has, the fewer tell as much. */
static kith_status measure_points(const calibrating *c, uint32_t k, uint32_t share,
                                  recall_points *out)
{
    // More than the first is found by comparing all; the second is above what a search by default is to find.
    const double enough = c->how->is_sketch ? 0.98 : 0.9995;
    const uint32_t least = c->how->is_sketch ? vector_search_candidates(k) : 1;
    const uint32_t queries = (uint32_t)size_max(c->count / share, size_min(c->count, 64));
    double recall = 0, best = 0;
    *out = (recall_points){.k = k};
    for (uint32_t i = 0; i < RECALL_STEPS && best < enough; i++) {
        uint32_t ef = (uint32_t)size_min((size_t)k * tenths[i] / 10, RECALL_EF_MAX);
        ef = (uint32_t)size_max(ef, least);
        bool is_new = out->count == 0 || ef > out->ef[out->count - 1];
        if (!is_new || (out->count > 0 && ef > c->seen->live_count / ALL_SHARE)) continue;
        const uint32_t few = (uint32_t)size_max(queries / 4, size_min(queries, FEW_QUERIES));
        kith_status status =
            measure_point(c, ef > c->seen->live_count / SCAN_SHARE ? few : queries, k, ef, &recall);
        if (status != KITH_OK) return status;
        best = recall > best ? recall : best; // what is less by chance is not less
        out->ef[out->count] = ef;
        out->recall[out->count++] = (float)best;
    }
    return KITH_OK;
}

kith_status vector_calibrate(const vector_view *seen, const calibration *how, recall_curve *out,
                             kith_error *err)
{
    const vector_index *ix = seen->index;
    const size_t count = how->count;
    calibrating c = {
        .seen = seen, .how = how, .dim = ix->options.dim, .count = how->count, .err = err};
    recall_curve made = {
        .live = seen->live_count, .rows = seen->rows, .is_asked = how->queries != NULL};
    if (vector_index_has_lists(ix))
        return ivf_calibrate(vector_index_lists(ix), seen, how, out, err);
    if (!vector_index_has_graph(ix) || seen->live_count < LEAST_ROWS)
        return fail(err, KITH_ERR_INVALID, "an index of %u vectors has no recall to be measured",
                    seen->live_count);
    c.queries = heap_new_array(count * c.dim, sizeof *c.queries);
    c.hidden = heap_new_array(count, sizeof *c.hidden);
    c.found = heap_new_array(count, sizeof *c.found);
    c.truth = heap_new_array(count * TRUTH, sizeof *c.truth);
    kith_status status = KITH_OK;
    if (!c.queries || !c.hidden || !c.found || !c.truth)
        status = fail(err, KITH_ERR_NO_MEMORY, "out of memory for a calibration");
    if (status == KITH_OK) status = take_queries(&c);
    if (status == KITH_OK) status = find_truth(&c);
    for (uint32_t i = 0; i < RECALL_KS && status == KITH_OK; i++)
        status = measure_points(&c, ks[i], shares[i], &made.of[i]);
    made.queries = c.count;
    if (status == KITH_OK) *out = made;
    free(c.queries);
    free(c.hidden);
    free(c.found);
    free(c.truth);
    return status;
}
