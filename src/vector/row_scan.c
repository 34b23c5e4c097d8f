/* row_scan.c - see row_scan.h.
 *
 * Each step reads from addresses that nobody foresees, and its results lead to those of the next. So rows that are left
 * to a step wait until there are some, and what they need is asked for meanwhile: where they are, while they wait; their
 * codes, while the ones before are compared. */
#include "vector/row_scan.h"

#include "simd/simd.h"

#include <math.h>

static const float ERRORS_LEFT_OPEN =
    3; /* of codes of 8 bits, standard deviations, as walks over these have it */

enum { WAITING = 32 /* rows that are compared by their codes of 8 bits at once */ };

/* One scan. */
typedef struct sign_scan {
    const flat_codes *signs; /* NULL: none */
    const row_codes *codes;
    const vector_slots *slots;
    row_probe probe;
    codes_row_query query; /* the same, for signs */
    float bound;           /* the k-th best has at most that; INFINITY until there are k */
    uint32_t k;
    search_scratch *scratch;
    uint32_t waiting; /* rows in `rows`: it is open whether they are hits */
    uint32_t rows[WAITING];
} sign_scan;

/* Asks for the codes in slots[count], whole. */
static void prefetch_codes(const row_codes *codes, const uint32_t *slots, uint32_t count)
{
    enum { LINE = 64 };
    for (uint32_t i = 0; i < count; i++) {
        const char *code = region_at(&codes->codes, slots[i]);
        for (size_t at = 0; at < codes->codes.element_bytes; at += LINE)
            __builtin_prefetch(code + at);
        __builtin_prefetch(code + codes->codes.element_bytes - 1);
    }
}

/* What the k-th best has at most, by its code and its error. */
static float bound_of(const sign_scan *scan)
{
    const candidates *kept = &scan->scratch->best;
    if (kept->count < scan->k) return INFINITY;
    const candidate last = kept->entries[scan->k - 1];
    const uint32_t slot = slot_of_row(scan->slots, candidate_id(last));
    return last.distance +
           ERRORS_LEFT_OPEN * row_codes_error(scan->codes, &scan->probe, slot, last.distance);
}

/* Keeps the nearest of the rows that wait, by their codes. Those of a part of them are asked for while the part before
 * is compared. */
static void compare_waiting(sign_scan *scan)
{
    enum { PART = 16 };
    uint32_t slots[WAITING + PART] = {0};
    float distances[WAITING];
    candidates *kept = &scan->scratch->best;
    const uint32_t count = scan->waiting;
    for (uint32_t i = 0; i < count; i++)
        slots[i] = slot_of_row(scan->slots, scan->rows[i]);
    prefetch_codes(scan->codes, slots, count < PART ? count : PART);
    for (uint32_t first = 0; first < count; first += PART) {
        const uint32_t left = count - first, part = left < PART ? left : PART;
        const uint32_t next = left - part < PART ? left - part : PART;
        prefetch_codes(scan->codes, slots + first + part, next);
        row_codes_distances(scan->codes, &scan->probe, slots + first, part, distances + first);
    }
    for (uint32_t i = 0; i < count; i++)
        if (candidates_want(kept, distances[i]))
            candidates_insert(kept, distances[i], scan->rows[i]);
    scan->scratch->estimate_count += count;
    scan->waiting = 0;
    scan->bound = fminf(scan->bound, bound_of(scan));
}

/* What the k-th best of rows[count] has at most, by their estimates, of which least[count] is the lower end; INFINITY when
 * they are fewer than k. */
static float bound_of_estimates(const sign_scan *scan, const codes_row *const *rows,
                                const float *least, uint32_t count)
{
    __attribute__((uninitialized)) hit room[ROW_SCAN_K_MAX];
    topk smallest = {.heap = room, .k = scan->k};
    const float both_ends = 2 * scan->query.open;
    for (uint32_t i = 0; i < count; i++) {
        if (least[i] >= topk_bound(&smallest)) continue;
        const float most = least[i] + both_ends * rows[i]->error;
        if (most < topk_bound(&smallest)) (void)topk_offer(&smallest, most, i);
    }
    return topk_bound(&smallest);
}

static void wait_for_codes(sign_scan *scan, uint32_t row)
{
    slot_prefetch(scan->slots, row);
    scan->rows[scan->waiting++] = row;
    if (scan->waiting == WAITING) compare_waiting(scan);
}

/* Estimates the first `count` of the scratch's ids by their signs, and lets those wait that may be hits. */
static void estimate_batch(sign_scan *scan, uint32_t count)
{
    __attribute__((uninitialized)) const codes_row *rows[SCRATCH_BATCH];
    search_scratch *s = scan->scratch;
    for (uint32_t i = 0; i < count; i++)
        rows[i] = flat_codes_row(scan->signs, s->ids[i]);
    simd()->codes->estimate_rows(&scan->query, rows, count, s->distances);
    s->estimate_count += count;
    // Before any was compared, which would be the first ones otherwise, whatever their estimates.
    if (isinf(scan->bound)) scan->bound = bound_of_estimates(scan, rows, s->distances, count);
    for (uint32_t i = 0; i < count; i++)
        if (s->distances[i] <= scan->bound) wait_for_codes(scan, s->ids[i]);
}

/* How many of those that were kept, from the nearest on, may be among the k nearest. */
static uint32_t count_open(const row_codes *codes, const vector_slots *of, const row_probe *probe,
                           uint32_t k, const candidates *kept)
{
    float limit = -INFINITY; // what the farthest of the k nearest may have
    uint32_t open = 0;
    for (; open < kept->count; open++) {
        const candidate c = kept->entries[open];
        const uint32_t slot = slot_of_row(of, candidate_id(c));
        const float error = ERRORS_LEFT_OPEN * row_codes_error(codes, probe, slot, c.distance);
        if (open < k)
            limit = fmaxf(limit, c.distance + error);
        else if (!(c.distance - error < limit))
            break;
    }
    return open;
}

static void compare_vectors(const row_codes *codes, const vector_slots *of, uint32_t count,
                            topk *best, search_scratch *s)
{
    for (uint32_t first = 0; first < count; first += SCRATCH_BATCH) {
        const uint32_t batch = count - first < SCRATCH_BATCH ? count - first : SCRATCH_BATCH;
        for (uint32_t i = 0; i < batch; i++) {
            s->ids[i] = candidate_id(s->best.entries[first + i]);
            s->slots[i] = slot_of_row(of, s->ids[i]);
        }
        vector_rows_distances(codes->rows, s->query, s->slots, batch, s->distances);
        for (uint32_t i = 0; i < batch; i++)
            (void)topk_offer(best, s->distances[i], s->ids[i]);
    }
    s->distance_count += count;
}

/* The query in the form of a row, and what estimates begin with. */
static void prepare(sign_scan *scan, float errors)
{
    const coder *c = scan->codes->coder;
    search_scratch *s = scan->scratch;
    float *work = s->code_room;
    int32_t sum = 0;
    scan->probe =
        row_codes_prepare(scan->codes, s->query, work, (int8_t *)(work + scan->codes->dim));
    const code_size size = scan->probe.size;
    const bool is_product = c->metric == KITH_INNER_PRODUCT;
    for (uint32_t i = 0; i < scan->codes->dim; i++)
        sum += scan->probe.code[i];
    // The product with signs as halves: what the bits that are set sum up to, less half of all.
    scan->query = (codes_row_query){.values = scan->probe.code,
                                    .dim = scan->codes->dim,
                                    .base = is_product ? 1 - (size.along + c->centre_square)
                                            : c->metric == KITH_COSINE ? size.square / 2
                                                                       : size.square,
                                    .slope = size.step,
                                    .offset = size.step * -0.5F * (float)sum,
                                    .open = errors * sqrtf(size.square)};
}

kith_status row_scan(const row_codes *codes, const flat_codes *signs, const scan_range *range,
                     float errors, topk *best, search_scratch *s, const call_limit *limit,
                     kith_error *err)
{
    sign_scan scan = {.signs = signs,
                      .codes = codes,
                      .slots = range->slots,
                      .bound = INFINITY,
                      .k = best->k,
                      .scratch = s};
    kith_status status = KITH_OK;
    uint32_t at = scan_range_begin(range), batches = 0;
    DCHECK(best->k <= ROW_SCAN_K_MAX && s->best.capacity > best->k);
    prepare(&scan, errors);
    s->best.count = s->best.next = 0;
    for (uint32_t count = 0; status == KITH_OK && (count = scan_range_take(range, &at, s->ids));) {
        if (signs) estimate_batch(&scan, count);
        for (uint32_t i = 0; !signs && i < count; i++)
            wait_for_codes(&scan, s->ids[i]);
        if (++batches % SCAN_CHECK_BATCHES == 0) status = call_limit_check(limit, err);
    }
    if (status != KITH_OK) return status;
    compare_waiting(&scan);
    const uint32_t open = count_open(codes, range->slots, &scan.probe, best->k, &s->best);
    if (open == s->best.capacity) return flat_search(codes->rows, range, best, s, limit, err);
    compare_vectors(codes, range->slots, open, best, s);
    return KITH_OK;
}
