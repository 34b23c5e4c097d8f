/* ivf_calibrate.c - see ivf_calibrate.h. */
#include "vector/ivf_calibrate.h"

#include "base/rng.h"
#include "base/size.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    TRUTH = 100, /* nearest rows that are found exactly: of the largest k */
    BLOCK =
        128, /* vectors that are compared with all queries, while they are in the processor's cache */
    TRIES = 64, /* rows that are looked at for each query that is taken */
    LEAST_ROWS = 1000
};
static const uint32_t ks[RECALL_KS] = {1, 10, 100};
static const uint32_t IN_TAIL = 0; /* found whatever is read: before the first list */

typedef struct calibrating {
    const ivf *x;
    ivf_state *state; /* held */
    const vector_view *seen;
    const calibration *how;
    uint32_t count;   /* queries */
    float *queries;   /* [count][stride], as vector_rows_prepare writes them; aligned */
    uint32_t *hidden; /* [count] row that is the query; UINT32_MAX: it is none */
    hit *truth;       /* [count][TRUTH] */
    topk *best;       /* [count] over it */
    uint32_t *places; /* [count][TRUTH] how many lists must be read to find it, nearest first */
    kith_error *err;
} calibrating;

static kith_status fail_memory(kith_error *err)
{
    return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a calibration");
}

static bool is_live(const calibrating *c, uint32_t row)
{
    return !c->seen->live || bitset_has(c->seen->live, row);
}

static float *query_at(const calibrating *c, uint32_t q)
{
    return c->queries + (size_t)q * c->x->shape.stride;
}

static kith_status take_queries(calibrating *c)
{
    rng random = {c->how->seed};
    ivf_cursor cursor = {0};
    uint32_t taken = 0;
    kith_status status = KITH_OK;
    for (uint32_t q = 0; c->how->queries && q < c->count; q++) {
        vector_rows_prepare(&c->x->shape, c->how->queries + (size_t)q * c->x->shape.dim,
                            query_at(c, q));
        c->hidden[q] = UINT32_MAX;
    }
    if (c->how->queries) return KITH_OK;
    for (uint32_t i = 0; i < c->count * TRIES && taken < c->count && status == KITH_OK; i++) {
        const uint32_t row = rng_below(&random, c->seen->rows);
        const float *vector = NULL;
        if (!is_live(c, row)) continue;
        status = ivf_read_row(c->state, &cursor, row, &vector, c->err);
        if (status != KITH_OK) break;
        memcpy(query_at(c, taken), vector, c->x->shape.stride * sizeof *vector);
        c->hidden[taken++] = row;
    }
    ivf_cursor_done(&cursor);
    c->count = taken;
    return status;
}

static void compare_block(calibrating *c, const float *const *vectors, const uint32_t *rows,
                          uint32_t count)
{
    float distances[BLOCK] = {0};
    for (uint32_t q = 0; q < c->count; q++) {
        vector_rows_compare(&c->x->shape, query_at(c, q), vectors, count, distances);
        float bound = topk_bound(&c->best[q]);
        for (uint32_t i = 0; i < count; i++) {
            if (distances[i] > bound || rows[i] == c->hidden[q]) continue;
            (void)topk_offer(&c->best[q], distances[i], rows[i]);
            bound = topk_bound(&c->best[q]);
        }
    }
}

static void compare_tail(calibrating *c)
{
    const ivf_tail *tail = c->state->tail;
    for (uint32_t home = tail->first; home < c->seen->rows; home++) {
        if (row_heirs_former(&c->x->heirs, home) != ROW_NONE) continue;
        const float *vector = vector_rows_at(&tail->rows, home - tail->first);
        const uint32_t row = row_heirs_last(&c->x->heirs, home, c->seen->rows);
        if (is_live(c, row)) compare_block(c, &vector, &row, 1);
    }
}

/* entry_rows: of a piece, the row of each entry. */
static kith_status compare_piece(calibrating *c, const ivf_piece *p, const uint32_t *entry_rows)
{
    const uint32_t all = ivf_run_count(p->run);
    const float *vectors[BLOCK] = {NULL};
    uint32_t rows[BLOCK] = {0};
    char *pages = aligned_alloc(PAGED_FILE_PAGE, paged_file_room(BLOCK * p->run->vector_bytes));
    kith_status status = pages ? KITH_OK : fail_memory(c->err);
    for (uint32_t entry = 0; entry < all && status == KITH_OK; entry += BLOCK) {
        const uint32_t block = (uint32_t)size_min(all - entry, BLOCK);
        const float *first = NULL;
        uint32_t count = 0;
        status = ivf_run_read_vectors(p->run, entry, block, pages, &first, c->err);
        for (uint32_t i = 0; i < block && status == KITH_OK; i++) {
            const uint32_t home = entry_rows[entry + i];
            if (home < p->begin || home >= p->end || home >= c->seen->rows) continue;
            const uint32_t row = row_heirs_last(&c->x->heirs, home, c->seen->rows);
            if (!is_live(c, row)) continue;
            vectors[count] = first + (size_t)i * c->x->shape.stride;
            rows[count++] = row;
        }
        compare_block(c, vectors, rows, count);
        if (status == KITH_OK) status = call_limit_check(c->how->limit, c->err);
    }
    free(pages);
    return status;
}

static kith_status compare_all(calibrating *c)
{
    kith_status status = KITH_OK;
    compare_tail(c);
    for (uint32_t i = 0; i < c->state->count && status == KITH_OK; i++) {
        const ivf_piece *p = &c->state->pieces[i];
        uint32_t *rows = heap_new_array(ivf_run_count(p->run), sizeof *rows);
        if (!rows) return fail_memory(c->err);
        for (uint32_t row = p->run->first; row < p->run->end; row++)
            if (ivf_run_entry(p->run, row) != IVF_NO_ENTRY) rows[ivf_run_entry(p->run, row)] = row;
        status = compare_piece(c, p, rows);
        free(rows);
    }
    return status;
}

/* order: [lists] of one partition for query q. Sets the places of the rows that are in its lists; those of another
 * partition as large a share of the way as of theirs. */
static void place_rows(calibrating *c, uint32_t q, const ivf_partition *p, const hit *order,
                       uint32_t *place_of, uint32_t lists)
{
    CHECK(p->lists > 0);
    for (uint32_t i = 0; i < p->lists; i++)
        place_of[order[i].id] = i + 1;
    for (uint32_t i = 0; i < c->best[q].count; i++) {
        const uint32_t row = ivf_home(c->state, c->truth[(size_t)q * TRUTH + i].id);
        const ivf_piece *piece = ivf_piece_of(c->state, row);
        if (!piece || piece->run->partition != p) continue;
        const uint32_t place = place_of[ivf_run_list(piece->run, ivf_run_entry(piece->run, row))];
        c->places[(size_t)q * TRUTH + i] =
            (uint32_t)(((uint64_t)place * lists + p->lists - 1) / p->lists);
    }
}

static kith_status find_places(calibrating *c)
{
    const ivf_state *s = c->state;
    const uint32_t lists = s->pieces[0].run->partition->lists;
    for (uint32_t i = 0; i < s->count; i++) {
        const ivf_partition *p = s->pieces[i].run->partition;
        if (i > 0 && s->pieces[i - 1].run->partition == p) continue;
        hit *order = heap_new_array(p->lists, sizeof *order);
        uint32_t *place_of = heap_new_array(p->lists, sizeof *place_of);
        for (uint32_t q = 0; q < c->count && order && place_of; q++) {
            ivf_partition_rank(p, &c->x->shape, query_at(c, q), order);
            place_rows(c, q, p, order, place_of, lists);
        }
        const bool is_done = order && place_of;
        free(order);
        free(place_of);
        if (!is_done) return fail_memory(c->err);
    }
    return KITH_OK;
}

/* The share of the k nearest that are found when `probes` lists are read. */
static double recall_of(const calibrating *c, uint32_t k, uint32_t probes)
{
    double sum = 0;
    for (uint32_t q = 0; q < c->count; q++) {
        const uint32_t wanted = (uint32_t)size_min(k, c->best[q].count);
        uint32_t found = 0;
        for (uint32_t i = 0; i < wanted; i++)
            found += c->places[(size_t)q * TRUTH + i] <= probes;
        sum += wanted ? (double)found / wanted : 1;
    }
    return sum / c->count;
}

static void measure(const calibrating *c, uint32_t k, recall_points *out)
{
    static const double ENOUGH = 0.9995, GROWTH = 1.5;
    const uint32_t lists =
        (uint32_t)size_min(c->state->pieces[0].run->partition->lists, RECALL_EF_MAX);
    double recall = 0;
    *out = (recall_points){.k = k};
    double probes = 1;
    while (out->count < RECALL_STEPS && recall < ENOUGH) {
        const uint32_t whole = (uint32_t)fmin(ceil(probes), lists);
        probes *= GROWTH;
        if (out->count > 0 && whole <= out->ef[out->count - 1]) break; // all of them
        recall = recall_of(c, k, whole);
        out->ef[out->count] = whole;
        out->recall[out->count++] = (float)recall;
    }
}

static kith_status take_room(calibrating *c)
{
    const size_t count = c->how->count;
    c->queries = aligned_alloc(64, count * c->x->shape.stride * sizeof *c->queries);
    c->hidden = heap_new_array(count, sizeof *c->hidden);
    c->truth = heap_new_array(count * TRUTH, sizeof *c->truth);
    c->places = heap_new_array(count * TRUTH, sizeof *c->places); // IN_TAIL
    c->best = heap_new_array(count, sizeof *c->best);
    if (!c->queries || !c->hidden || !c->truth || !c->places || !c->best)
        return fail_memory(c->err);
    _Static_assert(sizeof IN_TAIL == sizeof *c->places, "zeros");
    for (size_t q = 0; q < count; q++)
        c->best[q] = (topk){.heap = c->truth + q * TRUTH, .k = TRUTH};
    return KITH_OK;
}

kith_status ivf_calibrate(const ivf *x, const vector_view *seen, const calibration *how,
                          recall_curve *out, kith_error *err)
{
    calibrating c = {.x = x, .seen = seen, .how = how, .count = how->count, .err = err};
    recall_curve made = {
        .live = seen->live_count, .rows = seen->rows, .is_asked = how->queries != NULL};
    c.state = ivf_hold_state(x);
    kith_status status = KITH_OK;
    if (c.state->count == 0 || seen->live_count < LEAST_ROWS)
        status = fail(err, KITH_ERR_INVALID, "an index of %u vectors has no recall to be measured",
                      seen->live_count);
    if (status == KITH_OK) status = take_room(&c);
    if (status == KITH_OK) status = take_queries(&c);
    if (status == KITH_OK && c.count == 0)
        status = fail(err, KITH_ERR_INVALID, "no row can be a query");
    if (status == KITH_OK) status = compare_all(&c);
    for (uint32_t q = 0; q < c.count && status == KITH_OK; q++)
        topk_sort(&c.best[q]);
    if (status == KITH_OK) status = find_places(&c);
    for (uint32_t i = 0; i < RECALL_KS && status == KITH_OK; i++)
        measure(&c, ks[i], &made.of[i]);
    made.queries = c.count;
    if (status == KITH_OK) *out = made;
    ivf_state_release(c.state);
    free(c.queries);
    free(c.hidden);
    free(c.truth);
    free(c.places);
    free(c.best);
    return status;
}
