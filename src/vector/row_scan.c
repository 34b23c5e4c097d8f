/* row_scan.c - see row_scan.h.
 *
 * Each step reads from addresses that nobody foresees, and its results lead to those of the next: what takes time is
 * waiting for memory, so the fewest lines are to be read, and these asked for before they are wanted. Rows that signs
 * leave open wait until all have been estimated, or ROW_SCAN_WAITING of them; then the k whose estimates are nearest are
 * compared by their codes of 8 bits, after which the k-th best is nearly known and most of the others are left out. */
#include "vector/row_scan.h"

#include "simd/simd.h"
#include "vector/listed_codes.h"

#include <math.h>

enum { GROUP = 8 /* rows whose codes are asked for while those of others are compared */ };

/* One scan. */
typedef struct sign_scan {
    const flat_codes *signs; /* NULL: none */
    const listed_codes *
        listed; /* of 8 bits, of all rows: rows that are kept are places of the list. NULL: they are rows */
    const row_codes *codes;
    const vector_slots *slots;
    row_probe probe;
    codes_row_query query; /* the same, for signs */
    float kept;   /* the k-th best of those kept has at most that; INFINITY until there are k */
    float bound;  /* the same, or what signs say of it, where that is less */
    topk nearest; /* the smallest of what rows have at most, by their signs; k are a bound */
    uint32_t k;
    search_scratch *scratch;
    uint32_t waiting; /* rows below: it is open whether they are hits */
    uint32_t *rows;   /* [ROW_SCAN_WAITING], as the two below */
    float *least;     /* what their distances may be, by their signs, ... */
    float *most;
} sign_scan;

/* Rows on their way through the second step. */
typedef struct row_group {
    uint32_t count;
    uint32_t rows[GROUP], slots[GROUP];
} row_group;

/* The size of the code of a row that was kept, or of the one at that place of the list. */
static code_size size_of(const sign_scan *scan, uint32_t id)
{
    if (!scan->listed) return row_codes_size(scan->codes, slot_of_row(scan->slots, id));
    return row_codes_size_behind(scan->codes, listed_codes_at(scan->listed, id));
}

/* What the distance of one of those kept, by its code, may err by. */
static float error_of(const sign_scan *scan, candidate of)
{
    return row_codes_errors_open(scan->codes) * row_codes_error_of(scan->codes, &scan->probe,
                                                                   size_of(scan, candidate_id(of)),
                                                                   of.distance);
}

/* What the k-th best of those kept has at most, by its code and its error. */
static float bound_of(const sign_scan *scan)
{
    const candidates *kept = &scan->scratch->best;
    if (kept->count < scan->k) return INFINITY;
    const candidate last = kept->entries[scan->k - 1];
    return last.distance + error_of(scan, last);
}

/* The next of the rows that wait, from *at on, which the bound leaves open; their codes are asked for. */
static void take_group(const sign_scan *scan, uint32_t *at, row_group *out)
{
    out->count = 0;
    for (; *at < scan->waiting && out->count < GROUP; ++*at) {
        if (scan->least[*at] > scan->bound) continue;
        out->rows[out->count] = scan->rows[*at];
        out->slots[out->count] = slot_of_row(scan->slots, scan->rows[*at]);
        row_codes_prefetch(scan->codes, out->slots[out->count++]);
    }
}

/* May the row in the slot, at that distance by its code, be one of the k nearest? What signs say of the k-th best may be
 * less than all distances, so that is not asked of: k rows are kept, whatever they are. */
static bool is_near(const sign_scan *scan, uint32_t slot, float distance)
{
    return distance <= scan->kept ||
           distance - row_codes_errors_open(scan->codes) *
                          row_codes_error(scan->codes, &scan->probe, slot, distance) <=
               scan->kept;
}

static void compare_group(sign_scan *scan, const row_group *group)
{
    float distances[GROUP];
    candidates *kept = &scan->scratch->best;
    row_codes_distances(scan->codes, &scan->probe, group->slots, group->count, distances);
    for (uint32_t i = 0; i < group->count; i++)
        if (is_near(scan, group->slots[i], distances[i]) && candidates_want(kept, distances[i]))
            candidates_insert(kept, distances[i], group->rows[i]);
    scan->scratch->estimate_count += group->count;
    scan->kept = bound_of(scan);
    scan->bound = fminf(scan->bound, scan->kept);
}

static void swap_waiting(sign_scan *scan, uint32_t a, uint32_t b)
{
    const uint32_t row = scan->rows[a];
    const float least = scan->least[a];
    scan->rows[a] = scan->rows[b];
    scan->least[a] = scan->least[b];
    scan->rows[b] = row;
    scan->least[b] = least;
}

/* Keeps the nearest of the rows that wait, by their codes. Those that are nearest by their signs come first, so that
 * the k-th best is known early and most others need not be looked at. */
static void compare_waiting(sign_scan *scan)
{
    row_group groups[2];
    uint32_t first = 0, at = 0;
    for (uint32_t i = 0; i < scan->waiting; i++)
        if (scan->most[i] <= scan->bound) swap_waiting(scan, i, first++);
    take_group(scan, &at, &groups[0]);
    for (uint32_t turn = 0; groups[turn % 2].count > 0; turn++) {
        take_group(scan, &at, &groups[(turn + 1) % 2]);
        compare_group(scan, &groups[turn % 2]);
    }
    scan->waiting = 0;
}

/* At least the k-th smallest of the distances, and hardly more: the k-th smallest of what is the least of each of LANES
 * parts of them, found by counting how many are below each, without a branch that nobody could foresee. False: nothing
 * is known. */
static bool find_kth(const float *distances, uint32_t count, uint32_t k, float *kth)
{
    enum { LANES = 32 };
    float least[LANES];
    int32_t below[LANES] = {0};
    if (k > LANES / 2 || count < LANES) return false;
    memcpy(least, distances, sizeof least);
    for (uint32_t first = LANES; first + LANES <= count; first += LANES)
        for (uint32_t lane = 0; lane < LANES; lane++)
            least[lane] =
                distances[first + lane] < least[lane] ? distances[first + lane] : least[lane];
    for (uint32_t other = 0; other < LANES; other++)
        for (uint32_t lane = 0; lane < LANES; lane++)
            below[lane] += least[other] < least[lane];
    *kth = -INFINITY;
    for (uint32_t lane = 0; lane < LANES; lane++)
        *kth = below[lane] < (int32_t)k && least[lane] > *kth ? least[lane] : *kth;
    return true;
}

/* Takes what rows have at most, by their signs; the k-th smallest of it is a bound. */
static void lower_bound(sign_scan *scan, const float *most, uint32_t count)
{
    float bound = topk_bound(&scan->nearest);
    if (isinf(bound)) (void)find_kth(most, count, scan->k, &bound);
    for (uint32_t i = 0; i < count; i++) {
        if (!(most[i] <= bound)) continue;
        (void)topk_offer(&scan->nearest, most[i], i); // which row it is of makes no difference
        bound = fminf(bound, topk_bound(&scan->nearest));
    }
    scan->bound = fminf(scan->bound, bound);
}

/* Where the signs of the first `count` of the scratch's ids are, which ascend; of a list from its place `at` on. */
static void find_signs(const sign_scan *scan, const scan_range *range, uint32_t at, uint32_t count,
                       const codes_row **out)
{
    const listed_codes *listed = range->codes;
    if (!listed || listed->is_bytes || at + count > listed->count) {
        flat_codes_rows(scan->signs, scan->scratch->ids, count, out);
        return;
    }
    for (uint32_t i = 0; i < count; i++)
        out[i] = listed_codes_at(listed, at + i);
}

/* Estimates the first `count` of the scratch's ids, whose signs are `rows`, and lets those wait that may be hits. */
static void estimate_batch(sign_scan *scan, const codes_row *const *rows, uint32_t count)
{
    __attribute__((uninitialized)) float most[SCRATCH_BATCH];
    __attribute__((uninitialized)) uint32_t open[SCRATCH_BATCH];
    search_scratch *s = scan->scratch;
    float *least = s->distances;
    uint32_t open_count = 0;
    simd()->codes->estimate_rows(&scan->query, rows, count, least, most);
    s->estimate_count += count;
    const bool is_first = isinf(scan->bound);
    if (is_first) lower_bound(scan, most, count);
    // Without a branch that nobody could foresee.
    for (uint32_t i = 0; i < count; i++) {
        open[open_count] = i;
        open_count += least[i] <= scan->bound;
    }
    if (scan->waiting + open_count > ROW_SCAN_WAITING) compare_waiting(scan);
    const uint32_t first = scan->waiting;
    for (uint32_t i = 0; i < open_count; i++) {
        const uint32_t at = scan->waiting++;
        // cppcheck-suppress uninitvar ; those below open_count were set above
        scan->rows[at] = s->ids[open[i]];
        scan->least[at] = least[open[i]];
        scan->most[at] = most[open[i]];
        slot_prefetch(scan->slots, scan->rows[at]);
    }
    if (!is_first) lower_bound(scan, scan->most + first, open_count);
}

/* Without signs: nothing is known of the first `count` of the scratch's ids. */
static void compare_batch(sign_scan *scan, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        slot_prefetch(scan->slots, scan->scratch->ids[i]);
        scan->rows[i] = scan->scratch->ids[i];
        scan->least[i] = -INFINITY;
        scan->most[i] = INFINITY;
    }
    scan->waiting = count;
    compare_waiting(scan);
}

/* The distance by codes beyond which no row of a list can be among the k nearest, as far as errors are left open. `kth` is at
 * least that of the k-th. */
static float reach_of(const sign_scan *scan, float kth)
{
    // The k-th errs by one error, and a row that lies beyond by its own. That is larger by a fifth at most: its square is p d + q at
    // the distance d (coder_error), and q is at least the square of p / 4 times the dimensions, ROW_CODES_MIN_DIM or more.
    static const float ERRORS_OF_BOTH = 2.2F;
    return kth + ERRORS_OF_BOTH * row_codes_errors_open(scan->codes) *
                     row_codes_error_of(scan->codes, &scan->probe, scan->listed->largest, kth);
}

/* Compares all rows of a list by their codes of 8 bits, which lie together, and keeps the nearest. */
static void compare_listed(sign_scan *scan, const scan_range *range, uint32_t count)
{
    __attribute__((uninitialized)) const int8_t *codes[LISTED_BYTES_MOST];
    __attribute__((uninitialized)) float distances[LISTED_BYTES_MOST];
    candidates *kept = &scan->scratch->best;
    float reach = INFINITY, kth;
    for (uint32_t i = 0; i < count; i++)
        codes[i] = listed_codes_at(scan->listed, i);
    row_codes_distances_at(scan->codes, &scan->probe, codes, count, distances);
    scan->scratch->estimate_count += count;
    if (find_kth(distances, count, scan->k, &kth)) reach = reach_of(scan, kth);
    // cppcheck-suppress uninitvar ; those below count were set above
    for (uint32_t i = 0; i < count; i++)
        if (distances[i] <= reach && candidates_want(kept, distances[i])) {
            slot_prefetch(scan->slots, range->listed[i]);
            candidates_insert(kept, distances[i], i);
        }
}

/* How many of those that were kept, from the nearest on, may be among the k nearest. */
static uint32_t count_open(const sign_scan *scan)
{
    const candidates *kept = &scan->scratch->best;
    float limit = -INFINITY; // what the farthest of the k nearest may have
    uint32_t open = 0;
    for (; open < kept->count; open++) {
        const candidate c = kept->entries[open];
        const float error = error_of(scan, c);
        if (open < scan->k)
            limit = fmaxf(limit, c.distance + error);
        else if (!(c.distance - error < limit))
            break;
    }
    return open;
}

static void compare_vectors(const sign_scan *scan, const scan_range *range, uint32_t count,
                            topk *best)
{
    search_scratch *s = scan->scratch;
    for (uint32_t first = 0; first < count; first += SCRATCH_BATCH) {
        const uint32_t batch = count - first < SCRATCH_BATCH ? count - first : SCRATCH_BATCH;
        for (uint32_t i = 0; i < batch; i++) {
            const uint32_t id = candidate_id(s->best.entries[first + i]);
            s->ids[i] = scan->listed ? range->listed[id] : id;
            s->slots[i] = slot_of_row(range->slots, s->ids[i]);
        }
        vector_rows_distances(scan->codes->rows, s->query, s->slots, batch, s->distances);
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

/* All rows by their signs, or else by their codes of 8 bits. */
static kith_status scan_batches(sign_scan *scan, const scan_range *range, const call_limit *limit,
                                kith_error *err)
{
    __attribute__((uninitialized)) const codes_row *rows[SCRATCH_BATCH];
    search_scratch *s = scan->scratch;
    kith_status status = KITH_OK;
    uint32_t at = scan_range_begin(range), from = at, batches = 0, count;
    for (; status == KITH_OK && (count = scan_range_take(range, &at, s->ids)) > 0; from = at) {
        if (scan->signs) {
            find_signs(scan, range, from, count, rows);
            estimate_batch(scan, rows, count);
        } else {
            compare_batch(scan, count);
        }
        if (++batches % SCAN_CHECK_BATCHES == 0) status = call_limit_check(limit, err);
    }
    if (status == KITH_OK) compare_waiting(scan);
    return status;
}

/* Are the codes of 8 bits of all rows of the range at hand? *count: of how many. */
static bool are_listed(const scan_range *range, uint32_t *count)
{
    if (!range->codes || !range->codes->is_bytes || range->first > 0) return false;
    *count = scan_range_listed_before(range, range->end);
    return *count <= range->codes->count;
}

/* Keeps the nearest of the rows of the range, which are not at hand as a list. Not inlined: its arrays are 12 KiB of the stack,
 * which would be touched for a list, too. */
static __attribute__((noinline)) kith_status scan_rows(sign_scan *scan, const scan_range *range,
                                                       const call_limit *limit, kith_error *err)
{
    __attribute__((uninitialized)) hit nearest[ROW_SCAN_K_MAX];
    __attribute__((uninitialized)) uint32_t rows[ROW_SCAN_WAITING];
    __attribute__((uninitialized)) float least[ROW_SCAN_WAITING], most[ROW_SCAN_WAITING];
    scan->nearest = (topk){.heap = nearest, .k = scan->k};
    scan->rows = rows;
    scan->least = least;
    scan->most = most;
    return scan_batches(scan, range, limit, err);
}

kith_status row_scan(const row_codes *codes, const flat_codes *signs, const scan_range *range,
                     float errors, topk *best, search_scratch *s, const call_limit *limit,
                     kith_error *err)
{
    sign_scan scan = {.signs = signs,
                      .codes = codes,
                      .slots = range->slots,
                      .kept = INFINITY,
                      .bound = INFINITY,
                      .k = best->k,
                      .scratch = s};
    uint32_t count = 0;
    DCHECK(best->k <= ROW_SCAN_K_MAX && s->best.capacity > best->k);
    prepare(&scan, errors);
    s->best.count = s->best.next = 0;
    if (are_listed(range, &count)) {
        scan.listed = range->codes;
        compare_listed(&scan, range, count);
    } else {
        kith_status status = scan_rows(&scan, range, limit, err);
        if (status != KITH_OK) return status;
    }
    const uint32_t open = count_open(&scan);
    if (open == s->best.capacity) return flat_search(codes->rows, range, best, s, limit, err);
    compare_vectors(&scan, range, open, best);
    return KITH_OK;
}
