/* flat_codes.c - coding rows in blocks, and the scan over them; see flat_codes.h. */
#include "vector/flat_codes.h"

#include "base/size.h"
#include "simd/simd.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    ROW_ALIGNMENT = 32,
    UNIT_PARTS = 256,         /* of the unit, or its root: what factors are stored in */
    CHECK_BLOCKS = 1024,      /* estimated between two looks at the limit */
    FIRST_BATCH = 32,         /* rows that are compared at once, until there are k ... */
    BATCH = SCRATCH_BATCH / 8 /* ... and from then on */
};

void flat_codes_init(flat_codes *f, const row_codes *codes)
{
    *f = (flat_codes){.codes = codes};
    if (codes->dim == 0) return;
    // Signs, three halves a row, and the largest error on a line of its own.
    f->block_bytes =
        (size_t)CODES_GROUP * f->codes->dim + CODES_BLOCK * 3 * sizeof(uint16_t) + CODES_BLOCK * 2;
    region_init(&f->blocks, f->block_bytes);
    // So that none that fits into a cache line has a part in two.
    const size_t row = sizeof(codes_row) + f->codes->dim / 8;
    region_init(&f->rows, (row + ROW_ALIGNMENT - 1) / ROW_ALIGNMENT * ROW_ALIGNMENT);
}

void flat_codes_done(flat_codes *f)
{
    if (f->codes->dim == 0) return;
    region_done(&f->blocks);
    region_done(&f->rows);
}

void flat_codes_drop(flat_codes *f)
{
    atomic_store_explicit(&f->count, 0, memory_order_relaxed);
    flat_codes_done(f);
}

size_t flat_codes_bytes(const flat_codes *f)
{
    return flat_codes_count(f) * flat_codes_row_bytes(f);
}

size_t flat_codes_row_bytes(const flat_codes *f)
{
    return f->block_bytes / CODES_BLOCK + f->rows.element_bytes;
}

/* ---- a block ---- */

static uint16_t *block_add(const flat_codes *f, uint8_t *block)
{
    return (uint16_t *)(void *)(block + (size_t)CODES_GROUP * f->codes->dim);
}

static uint16_t *block_rescale(const flat_codes *f, uint8_t *block)
{
    return block_add(f, block) + CODES_BLOCK;
}

static uint16_t *block_error(const flat_codes *f, uint8_t *block)
{
    return block_rescale(f, block) + CODES_BLOCK;
}

static float *block_worst(const flat_codes *f, uint8_t *block)
{
    return (float *)(void *)(block_error(f, block) + CODES_BLOCK);
}

static const uint16_t HALF_INFINITY = 0x7c00; /* one more than the largest of all */
static const float HALF_LARGEST = 65504;

/* The error that is stored, never below the one that was worked out. */
static uint16_t half_above(float value)
{
    uint16_t half = half_of_float(value);
    return float_of_half(half) < value ? (uint16_t)(half + 1) : half;
}

/* r being a row less the centre: its distance is estimated as that of the query to the centre + add + rescale times the
 * product of the query with the signs as halves. error: the standard deviation of that for a query of length 1. */
typedef struct factors {
    float add, rescale, error;
} factors;

/* Those of the estimate of the code of 8 bits in `slot`, `add` as blocks have it, and its signs [dim / 16]. */
static factors factors_of(const flat_codes *f, uint32_t slot, uint16_t *signs)
{
    static const int8_t centre[KITH_DIMENSION_MAX + CODES_STEP];
    const uint32_t dim = f->codes->dim;
    const kith_metric metric = f->codes->coder->metric;
    const code_size size = row_codes_size(f->codes, slot);
    const codes_residual r =
        simd()->codes->residual(centre, 0, row_codes_at(f->codes, slot), size.step, dim, signs);
    // <r, r> / <r, x> is 2 square / length; c is length / sqrt(dim * square).
    const float ratio = r.length > 0 ? 2 * r.square / r.length : 0;
    const float along = r.square > 0 ? r.length * r.length / ((float)dim * r.square) : 1; // c^2
    float spread = sqrtf(fmaxf(r.square * (1 - along) / (along * (float)dim), 0));
    // The signs are those of a code, which errs by itself: that counts where a step is all that it has.
    spread = hypotf(spread, CODE_ERROR_OF_STEP * size.step);
    if (metric == KITH_INNER_PRODUCT)
        return (factors){.add = 0, .rescale = -ratio, .error = spread};
    const float part = metric == KITH_COSINE ? 0.5F : 1;
    return (factors){
        .add = part * r.square, .rescale = part * -2 * ratio, .error = part * 2 * spread};
}

/* Makes place `at` of the block. */
static void put_in_block(const flat_codes *f, const factors *of, const uint16_t *signs,
                         uint8_t *block, uint32_t at)
{
    const float parts = UNIT_PARTS / f->unit, length_parts = UNIT_PARTS / sqrtf(f->unit);
    codes_put_signs(block, at, signs, f->codes->dim);
    block_add(f, block)[at] = half_of_float(of->add * parts);
    block_rescale(f, block)[at] = half_of_float(of->rescale * length_parts);
    // Of a row so much longer than those before it that halves do not hold it nothing is said.
    bool is_held =
        fabsf(of->add * parts) < HALF_LARGEST && fabsf(of->rescale * length_parts) < HALF_LARGEST;
    block_error(f, block)[at] = is_held ? half_above(of->error * length_parts) : HALF_INFINITY;
    float stored = float_of_half(block_error(f, block)[at]);
    if (stored > *block_worst(f, block)) *block_worst(f, block) = stored;
}

/* Makes place `at` of the block, and the row by itself, from the code of 8 bits in `slot`. */
static void put_code(const flat_codes *f, uint32_t slot, uint32_t row)
{
    uint16_t signs[(KITH_DIMENSION_MAX + CODES_STEP) / 16];
    codes_row *own = region_at(&f->rows, row);
    factors made = factors_of(f, slot, signs);
    put_in_block(f, &made, signs, region_at(&f->blocks, row / CODES_BLOCK), row % CODES_BLOCK);
    if (f->codes->coder->metric == KITH_INNER_PRODUCT)
        made.add = -row_codes_size(f->codes, slot).along;
    own->add = made.add;
    own->rescale = made.rescale;
    own->error = made.error;
    for (uint32_t i = 0; i < f->codes->dim / 16; i++) {
        own->signs[2 * i] = (uint8_t)signs[i];
        own->signs[2 * i + 1] = (uint8_t)(signs[i] >> 8);
    }
}

/* The places of rows that are in no slot stay as new memory is: all bits zero, which are numbers too. */
static void make_block(const flat_codes *f, const vector_slots *slots, uint32_t first)
{
    for (uint32_t row = first; row < first + CODES_BLOCK; row++) {
        uint32_t slot = slot_of_row(slots, row);
        if (slot != SLOT_NONE) put_code(f, slot, row);
    }
}

kith_status flat_codes_update(flat_codes *f, const vector_slots *slots, uint32_t count,
                              kith_error *err)
{
    uint32_t coded = flat_codes_count(f), end = count / CODES_BLOCK * CODES_BLOCK;
    if (f->codes->dim == 0 || end <= coded) return KITH_OK;
    if (!region_reserve(&f->blocks, end / CODES_BLOCK) || !region_reserve(&f->rows, end))
        return fail(err, KITH_ERR_NO_MEMORY, "out of memory for the codes of %u vectors", count);
    CHECK(row_codes_count(f->codes) > 0);
    if (f->unit == 0) f->unit = row_codes_mean_square(f->codes, row_codes_count(f->codes));
    for (; coded < end; coded += CODES_BLOCK) {
        make_block(f, slots, coded);
        atomic_store_explicit(&f->count, coded + CODES_BLOCK, memory_order_release);
    }
    return KITH_OK;
}

/* ---- the scan ---- */

typedef struct code_scan {
    const flat_codes *codes;
    const vector_rows *rows;
    const vector_slots *slots;
    code_query query;
    float spread; /* the query's distance from the centre, times the errors left open ... */
    float base;   /* ... and what an estimate begins with */
    topk *best;
    search_scratch *scratch;
    uint32_t waiting; /* rows in the scratch, to be compared */
} code_scan;

/* Compares the rows that wait. */
static void compare_waiting(code_scan *scan)
{
    search_scratch *s = scan->scratch;
    for (uint32_t i = 0; i < scan->waiting; i++)
        s->slots[i] = slot_of_row(scan->slots, s->ids[i]);
    vector_rows_distances(scan->rows, s->query, s->slots, scan->waiting, s->distances);
    s->distance_count += scan->waiting;
    for (uint32_t i = 0; i < scan->waiting; i++)
        if (s->distances[i] <= topk_bound(scan->best))
            (void)topk_offer(scan->best, s->distances[i], s->ids[i]);
    scan->waiting = 0;
}

/* Bits first..first + 31 of the range, first being a multiple of 32. */
static uint32_t bits_of_block(const scan_range *range, uint32_t first)
{
    const uint32_t word = first / 64, shift = first % 64;
    uint64_t bits = UINT32_MAX;
    if (range->live) bits &= range->live->words[word] >> shift;
    if (range->filter) bits &= range->filter->words[word] >> shift;
    return (uint32_t)bits;
}

/* Finds the next block with a row of the range from *first on, which is moved to it. *at: where in the list it is, if there
 * is one. Gives the bits of the rows; 0: there are no more. */
static uint32_t next_block(const scan_range *range, uint32_t *first, uint32_t *at)
{
    uint32_t bits = 0;
    if (!range->listed) {
        while (*first < range->end && !(bits = bits_of_block(range, *first)))
            *first += CODES_BLOCK;
        return bits;
    }
    if (*at == range->listed_count || range->listed[*at] >= range->end) return 0;
    *first = range->listed[*at] / CODES_BLOCK * CODES_BLOCK;
    for (; *at < range->listed_count && range->listed[*at] - *first < CODES_BLOCK; ++*at)
        bits |= UINT32_C(1) << (range->listed[*at] - *first);
    return bits;
}

/* Estimates a block, and lets those of its rows wait that may be among the k nearest. */
static void scan_block(code_scan *scan, uint32_t first, uint32_t among)
{
    __attribute__((uninitialized)) float estimates[CODES_BLOCK];
    const flat_codes *f = scan->codes;
    search_scratch *s = scan->scratch;
    uint8_t *block = region_at(&f->blocks, first / CODES_BLOCK);
    const float scale = f->unit / UNIT_PARTS, bound = topk_bound(scan->best);
    const codes_block b = {.signs = block,
                           .ahead = block,
                           .add = block_add(f, block),
                           .rescale = block_rescale(f, block),
                           .base = scan->base,
                           .scale = scale,
                           .slope = scan->query.slope,
                           .offset = scan->query.offset};
    const uint16_t *errors = block_error(f, block);
    const float open =
        fmaxf(scan->spread * scale, FLT_MIN); // times an error that is infinite: infinite
    among &= simd()->codes->estimate(&b, scan->query.table, f->codes->dim,
                                     bound + open * *block_worst(f, block), estimates);
    s->estimate_count += CODES_BLOCK;
    for (; among; among &= among - 1) {
        uint32_t at = (uint32_t)__builtin_ctz(among);
        if (estimates[at] - open * float_of_half(errors[at]) > bound) continue;
        s->ids[scan->waiting++] = first + at;
    }
    if (scan->waiting >= (topk_full(scan->best) ? BATCH : FIRST_BATCH)) compare_waiting(scan);
}

/* The distance that a query has to the centre, as rows have it. square: of the query in the coded
 * domain, which under inner product is not less the centre. */
static float distance_of_centre(const coder *c, const float *query, float square)
{
    if (c->metric == KITH_INNER_PRODUCT)
        return 1 - simd()->distance->dot(query, c->centre, c->vector_dim);
    return c->metric == KITH_COSINE ? square / 2 : square;
}

kith_status flat_codes_search(const flat_codes *f, const vector_rows *rows, const scan_range *range,
                              float errors, topk *best, search_scratch *s, const call_limit *limit,
                              kith_error *err)
{
    code_scan scan = {.codes = f, .rows = rows, .slots = range->slots, .best = best, .scratch = s};
    kith_status status = KITH_OK;
    DCHECK(range->first % CODES_BLOCK == 0 && range->end % CODES_BLOCK == 0);
    coder_prepare(f->codes->coder, s->query, s->code_room, &scan.query);
    code_query_scale(&scan.query, f->unit);
    scan.spread = errors * sqrtf(scan.query.square) / sqrtf(f->unit);
    scan.base = distance_of_centre(f->codes->coder, s->query, scan.query.square);
    uint32_t until_check = CHECK_BLOCKS, first = range->first, at = scan_range_begin(range), among;
    for (; status == KITH_OK && (among = next_block(range, &first, &at)); first += CODES_BLOCK) {
        scan_block(&scan, first, among);
        if (--until_check > 0) continue;
        until_check = CHECK_BLOCKS;
        status = call_limit_check(limit, err);
    }
    compare_waiting(&scan);
    return status;
}
