/* row_codes.c - see row_codes.h. */
#include "vector/row_codes.h"

#include "base/size.h"
#include "simd/simd.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

static const float ERRORS_APART = 3; /* so many of them apart, and two distances are different */

/* The form of the codes, of which there are none. */
void row_codes_choose(row_codes *c, bool is_short)
{
    const size_t floats =
        sizeof(float) * (is_short && c->rows->metric != KITH_INNER_PRODUCT ? 2 : 3);
    const size_t whole = is_short ? 8 : 16;
    c->is_short = is_short;
    c->has_along = floats == sizeof(code_size);
    region_init(&c->codes, (row_codes_code_bytes(c) + floats + whole - 1) / whole * whole);
}

void row_codes_init(row_codes *c, const vector_rows *rows, uint32_t sample, uint64_t seed,
                    bool may_be_short)
{
    *c = (row_codes){.rows = rows, .seed = seed, .sample = sample};
    if (rows->dim < ROW_CODES_MIN_DIM) return;
    c->dim = coder_padded(rows->dim);
    row_codes_choose(c, may_be_short && rows->dim <= ROW_CODES_SHORT_DIM);
    c->lazy.to = &c->codes;
}

void row_codes_done(row_codes *c)
{
    if (c->dim == 0) return;
    region_done(&c->codes);
    coder_free(c->coder);
}

size_t row_codes_bytes(const row_codes *c)
{
    const uint32_t count = row_codes_count(c);
    return count > 0 ? count * c->codes.element_bytes : 0; // whose length is not settled before
}

bool row_codes_is_centre_exceeded(const coder *c)
{
    return c->metric == KITH_INNER_PRODUCT && !(c->centre_square < CODE_SQUARE_MAX);
}

bool row_codes_fit(const row_codes *c, const float *query)
{
    if (row_codes_are_exceeded(c)) return false;
    const coder *by = c->coder;
    const simd_distance *kernels = simd()->distance;
    // By the length that is coded. No coordinate is longer, however it is rotated.
    switch (by->metric) {
    case KITH_SQUARED_L2:
        return kernels->squared_l2(query, by->centre, by->vector_dim) < CODE_SQUARE_MAX;
    case KITH_INNER_PRODUCT:
        return kernels->dot(query, query, by->vector_dim) < CODE_SQUARE_MAX;
    default:
        return true; // of length 1
    }
}

kith_status row_codes_begin(row_codes *c, const uint32_t *list, uint32_t count, kith_error *err)
{
    c->coder = coder_new(c->rows, list, count, c->seed);
    if (!c->coder) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for codes");
    if (row_codes_is_centre_exceeded(c->coder))
        atomic_store_explicit(&c->is_exceeded, true, memory_order_relaxed);
    return KITH_OK;
}

kith_status row_codes_skip_to(row_codes *c, uint32_t count, kith_error *err)
{
    if (count <= row_codes_count(c)) return KITH_OK;
    if (!region_reserve(&c->codes, count))
        return fail(err, KITH_ERR_NO_MEMORY, "out of memory for %u codes", count);
    atomic_store_explicit(&c->count, count, memory_order_release);
    return KITH_OK;
}

/* values [dim] of a short code, two a byte. */
static void pack(const int8_t *values, uint32_t dim, uint8_t *code)
{
    const uint32_t half = dim / 2, zero = 8;
    for (uint32_t i = 0; i < half; i++)
        code[i] =
            (uint8_t)(((uint32_t)values[i] + zero) | ((uint32_t)values[half + i] + zero) << 4);
}

static void unpack(const uint8_t *code, uint32_t dim, int8_t *values)
{
    const uint32_t half = dim / 2;
    for (uint32_t i = 0; i < half; i++) {
        values[i] = (int8_t)((code[i] & 15) - 8);
        values[half + i] = (int8_t)((code[i] >> 4) - 8);
    }
}

/* Codes the row to its slot. work [2 * dim] */
static code_size put_code(row_codes *c, const float *row, float *work, void *code)
{
    code_size size;
    if (c->is_short) {
        int8_t *values = (int8_t *)(work + c->dim);
        size = coder_encode_short(c->coder, row, work, values);
        pack(values, c->dim, code);
    } else {
        size = coder_encode(c->coder, row, work, code);
    }
    memcpy((char *)code + row_codes_code_bytes(c), &size,
           c->has_along ? sizeof size : 2 * sizeof(float));
    return size;
}

kith_status row_codes_put(row_codes *c, const uint32_t *slots, uint32_t count, kith_error *err)
{
    uint32_t end = 0;
    if (c->dim == 0 || count == 0) return KITH_OK;
    for (uint32_t i = 0; i < count; i++)
        if (slots[i] >= end) end = slots[i] + 1;
    float *work = heap_new_array(c->dim, 3 * sizeof *work), *room = work + (size_t)2 * c->dim;
    bool has_room = work && region_reserve(&c->codes, end);
    for (uint32_t i = 0; has_room && i < count; i++) {
        const code_size size = put_code(c, vector_rows_read(c->rows, slots[i], room), work,
                                        region_at(&c->codes, slots[i]));
        if (isinf(size.square)) atomic_store_explicit(&c->is_exceeded, true, memory_order_relaxed);
    }
    free(work);
    if (!has_room) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for %u codes", end);
    return row_codes_skip_to(c, end, err);
}

float row_codes_mean_square(const row_codes *c, uint32_t count)
{
    enum { SAMPLE = 4096 };
    const uint32_t used = (uint32_t)size_min(count, SAMPLE);
    double sum = 0;
    for (uint32_t i = 0; i < used; i++)
        sum += (double)row_codes_size(c, (uint32_t)((uint64_t)i * count / used)).square;
    float mean = (float)(sum / used);
    return mean > 0 && mean < INFINITY ? mean : 1;
}

row_probe row_codes_probe(const row_codes *c, uint32_t row, void *room)
{
    const float *vector = vector_rows_cold(c->rows) ? NULL : vector_rows_at(c->rows, row);
    const int8_t *code = row_codes_at(c, row);
    if (!c->is_short) return (row_probe){vector, code, row_codes_size(c, row)};
    unpack((const uint8_t *)code, c->dim, room);
    return (row_probe){vector, room, row_codes_size(c, row)};
}

row_probe row_codes_prepare(const row_codes *c, const float *query, float *work, int8_t *code)
{
    return (row_probe){query, code, coder_encode(c->coder, query, work, code)};
}

/* Sums of huge steps overflow; an order needs neither infinity nor NaN. */
static inline float make_finite(float distance)
{
    distance = distance < FLT_MAX ? distance : FLT_MAX;
    return distance > -FLT_MAX ? distance : -FLT_MAX;
}

static inline float distance_of(const coder *c, code_size a, code_size b, int32_t dot)
{
    // The steps first: a code's product with itself is then its square, to the bit.
    float product = a.step * b.step * (float)dot;
    if (c->metric == KITH_INNER_PRODUCT)
        return make_finite(1 - (product + (a.along + b.along) + c->centre_square));
    float square = a.square + b.square - 2 * product;
    return make_finite(c->metric == KITH_COSINE ? square / 2 : square);
}

enum { DISTANCES_BLOCK = 64 /* codes that are compared by one call of the kernel */ };

/* Of up to a block of codes. */
static void compare_block(const row_codes *c, const row_probe *probe, const int8_t *const *codes,
                          size_t count, float *out)
{
    // Clearing them, as the build does with locals, would cost as much as a short comparison.
    __attribute__((uninitialized)) int32_t dots[DISTANCES_BLOCK];
    if (c->is_short)
        simd()->short_code_dots(probe->code, c->dim, (const uint8_t *const *)codes, count, dots);
    else
        simd()->code_dots(probe->code, c->dim, codes, count, dots);
    for (size_t i = 0; i < count; i++)
        out[i] = distance_of(c->coder, probe->size, row_codes_size_behind(c, codes[i]), dots[i]);
}

void row_codes_distances_at(const row_codes *c, const row_probe *probe, const int8_t *const *codes,
                            size_t count, float *out)
{
    for (size_t first = 0; first < count; first += DISTANCES_BLOCK)
        compare_block(c, probe, codes + first, size_min(count - first, DISTANCES_BLOCK),
                      out + first);
}

void row_codes_distances(const row_codes *c, const row_probe *probe, const uint32_t *ids,
                         size_t count, float *out)
{
    __attribute__((uninitialized)) const int8_t *codes[DISTANCES_BLOCK]; // as above
    lazy_need_all(&c->lazy, ids, count);
    for (size_t first = 0; first < count; first += DISTANCES_BLOCK) {
        const size_t block = size_min(count - first, DISTANCES_BLOCK);
        for (size_t i = 0; i < block; i++)
            codes[i] = region_at(&c->codes, ids[first + i]);
        compare_block(c, probe, codes, block, out + first);
    }
}

/* Of the vector as it was, with the centre. */
static float square_of_vector(const coder *c, code_size size)
{
    return fmaxf(0, size.square + 2 * size.along + c->centre_square);
}

float row_codes_error(const row_codes *c, const row_probe *probe, uint32_t row, float distance)
{
    return row_codes_error_of(c, probe, row_codes_size(c, row), distance);
}

float row_codes_error_of(const row_codes *c, const row_probe *probe, code_size size, float distance)
{
    const float a = probe->size.step * probe->size.step, b = size.step * size.step;
    if (c->coder->metric == KITH_INNER_PRODUCT)
        return CODE_ERROR_OF_STEP *
               (float)sqrt((double)a * (double)square_of_vector(c->coder, size) +
                           (double)b * (double)square_of_vector(c->coder, probe->size));
    return c->is_short ? coder_error_short(c->coder, a + b, distance)
                       : coder_error(c->coder, a + b, distance);
}

bool row_codes_are_apart(float first, float last, float error)
{
    return last - first > ERRORS_APART * error;
}

bool row_codes_are_blind(const row_codes *c, const row_probe *probe, const candidate *list,
                         size_t count)
{
    if (count < 2) return false;
    const candidate last = list[count - 1];
    float error = row_codes_error(c, probe, candidate_id(last), last.distance);
    return !row_codes_are_apart(list[0].distance, last.distance, error);
}
