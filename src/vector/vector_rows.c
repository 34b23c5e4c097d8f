/* vector_rows.c - storing rows and comparing them under a metric. */
#include "vector/vector_rows.h"

#include "base/size.h"
#include "simd/simd.h"

#include <float.h>
#include <math.h>
#include <string.h>

enum { LINE_FLOATS = 16 /* of one cache line, 64 bytes */ };

void vector_rows_init(vector_rows *v, kith_metric metric, uint32_t dim)
{
    *v = (vector_rows){.metric = metric, .dim = dim};
    v->stride = (dim + LINE_FLOATS - 1) / LINE_FLOATS * LINE_FLOATS;
    region_init(&v->memory, v->stride * sizeof(float));
    v->lazy.to = &v->memory;
}

void vector_rows_done(vector_rows *v)
{
    region_done(&v->memory);
    cold_rows_free(vector_rows_cold(v));
    atomic_store(&v->cold, NULL);
}

kith_status vector_rows_reserve(vector_rows *v, uint32_t count, kith_error *err)
{
    if (count > VECTOR_ROWS_MAX)
        return fail(err, KITH_ERR_LIMIT, "an index holds at most %d vectors", VECTOR_ROWS_MAX);
    cold_rows *cold = vector_rows_cold(v);
    if (cold) return cold_rows_reserve(cold, count, err);
    if (!region_reserve(&v->memory, count))
        return fail(err, KITH_ERR_NO_MEMORY, "out of memory for %u vectors of %u dimensions", count,
                    v->dim);
    return KITH_OK;
}

void vector_rows_append(vector_rows *v, const float *vector)
{
    vector_rows_put(v, vector_rows_count(v), vector);
}

void vector_rows_put(vector_rows *v, uint32_t row, const float *vector)
{
    uint32_t count = vector_rows_count(v);
    cold_rows *cold = vector_rows_cold(v);
    DCHECK(row <= count && (cold || row < region_capacity(&v->memory)));
    vector_rows_prepare(v, vector, cold ? cold_rows_put(cold, row) : vector_rows_at(v, row));
    if (row == count) atomic_store_explicit(&v->count, row + 1, memory_order_relaxed);
}

void vector_rows_truncate(vector_rows *v, uint32_t count)
{
    CHECK(count <= vector_rows_count(v));
    atomic_store_explicit(&v->count, count, memory_order_relaxed);
}

kith_status vector_rows_pack(vector_rows *v, const uint32_t *moved, uint32_t count, kith_error *err)
{
    region packed;
    CHECK(!vector_rows_cold(v) && !lazy_unread(&v->lazy));
    region_init(&packed, v->memory.element_bytes);
    if (!region_reserve(&packed, count))
        return fail(err, KITH_ERR_NO_MEMORY, "out of memory for %u vectors of %u dimensions", count,
                    v->dim);
    for (uint32_t row = 0; row < vector_rows_count(v); row++)
        if (moved[row] != UINT32_MAX)
            memcpy(region_at(&packed, moved[row]), region_at(&v->memory, row),
                   v->memory.element_bytes);
    region_done(&v->memory);
    v->memory = packed;
    atomic_store_explicit(&v->count, count, memory_order_relaxed);
    return KITH_OK;
}

void vector_rows_prepare(const vector_rows *v, const float *vector, float *out)
{
    size_t dim = v->dim;
    memset(out + dim, 0, (v->stride - dim) * sizeof *out);
    if (v->metric != KITH_COSINE) {
        memcpy(out, vector, dim * sizeof *out);
        return;
    }
    // In double, neither the largest nor the smallest floats leave its range when squared.
    double square = 0;
    for (size_t i = 0; i < dim; i++)
        square += (double)vector[i] * (double)vector[i];
    double scale = square > 0 ? 1 / sqrt(square) : 0;
    for (size_t i = 0; i < dim; i++)
        out[i] = (float)((double)vector[i] * scale);
}

/* Sums of huge floats overflow to infinity or NaN; an order needs neither. A comparison with NaN is
 * false, so both become the farthest distance. */
static inline float make_finite(float distance)
{
    distance = distance < FLT_MAX ? distance : FLT_MAX;
    return distance > -FLT_MAX ? distance : -FLT_MAX;
}

void vector_rows_compare(const vector_rows *v, const float *prepared, const float *const *rows,
                         size_t count, float *out)
{
    if (v->metric == KITH_SQUARED_L2) {
        simd()->distance->squared_l2_rows(prepared, v->stride, rows, count, out);
        for (size_t i = 0; i < count; i++)
            out[i] = make_finite(out[i]);
    } else {
        simd()->distance->dot_rows(prepared, v->stride, rows, count, out);
        for (size_t i = 0; i < count; i++)
            out[i] = make_finite(1 - out[i]);
    }
}

const float *vector_rows_read(const vector_rows *v, uint32_t row, float *room)
{
    __attribute__((uninitialized)) _Alignas(64) char pages[COLD_ROOM_BYTES];
    const float *at = NULL;
    cold_rows *cold = vector_rows_cold(v);
    if (!cold) return vector_rows_at(v, row);
    (void)cold_rows_read(cold, &row, 1, pages, &at);
    return memcpy(room, at, v->stride * sizeof *room);
}

enum { BLOCK = 128 /* rows whose addresses are looked up at once */ };

static void compare_cold(const vector_rows *v, const cold_rows *cold, const float *prepared,
                         const uint32_t *ids, size_t count, float *out)
{
    __attribute__((uninitialized)) const float *rows[BLOCK];
    __attribute__((uninitialized)) _Alignas(64) char room[COLD_ROOM_BYTES];
    for (size_t i = 0; i < count;) {
        const size_t block = cold_rows_read(cold, ids + i, size_min(count - i, BLOCK), room, rows);
        vector_rows_compare(v, prepared, rows, block, out + i);
        i += block;
    }
}

void vector_rows_distances(const vector_rows *v, const float *prepared, const uint32_t *ids,
                           size_t count, float *out)
{
    // Clearing them, as the build does with locals, would cost as much as a short comparison.
    __attribute__((uninitialized)) const float *rows[BLOCK];
    const cold_rows *cold = vector_rows_cold(v);
    if (cold) {
        compare_cold(v, cold, prepared, ids, count, out);
        return;
    }
    lazy_need_all(&v->lazy, ids, count);
    for (size_t i = 0; i < count; i += BLOCK) {
        size_t block = size_min(count - i, BLOCK);
        for (size_t j = 0; j < block; j++)
            rows[j] = region_at(&v->memory, ids[i + j]);
        vector_rows_compare(v, prepared, rows, block, out + i);
    }
}

float vector_rows_distance(const vector_rows *v, const float *prepared, uint32_t row)
{
    const simd_distance *kernels = simd()->distance;
    float distance = 0;
    if (vector_rows_cold(v)) {
        vector_rows_distances(v, prepared, &row, 1, &distance);
        return distance;
    }
    const float *at = vector_rows_at(v, row);
    if (v->metric == KITH_SQUARED_L2)
        return make_finite(kernels->squared_l2(prepared, at, v->stride));
    return make_finite(1 - kernels->dot(prepared, at, v->stride));
}

bool vector_rows_are_equal(const vector_rows *v, uint32_t a, uint32_t b)
{
    __attribute__((uninitialized)) _Alignas(64) char rooms[2][COLD_ROOM_BYTES];
    const float *rows[2] = {NULL, NULL};
    const cold_rows *cold = vector_rows_cold(v);
    if (cold) {
        (void)cold_rows_read(cold, &a, 1, rooms[0], &rows[0]);
        (void)cold_rows_read(cold, &b, 1, rooms[1], &rows[1]);
    } else {
        rows[0] = vector_rows_at(v, a);
        rows[1] = vector_rows_at(v, b);
    }
    return memcmp(rows[0], rows[1], v->dim * sizeof(float)) == 0;
}

static bool row_is_sound(const vector_rows *v, const float *row)
{
    for (uint32_t i = 0; i < v->dim; i++)
        if (!isfinite(row[i])) return false;
    for (uint32_t i = v->dim; i < v->stride; i++)
        if (row[i] != 0) return false;
    return true;
}

kith_status vector_rows_check(const vector_rows *v, kith_error *err)
{
    if (vector_rows_cold(v)) return KITH_OK; // verified as they are read
    kith_status status = region_check(&v->memory, err);
    if (status != KITH_OK) return status;
    if (v->dim == 0 || v->stride < v->dim || v->stride - v->dim >= LINE_FLOATS ||
        v->stride % LINE_FLOATS != 0)
        return fail(err, KITH_ERR_CORRUPT, "rows of %u floats have a stride of %u", v->dim,
                    v->stride);
    uint32_t count = vector_rows_count(v);
    if (v->memory.element_bytes != v->stride * sizeof(float) || count > region_capacity(&v->memory))
        return fail(err, KITH_ERR_CORRUPT, "there is no room for %u rows", count);
    for (uint32_t row = 0; row < count; row++)
        if (!row_is_sound(v, vector_rows_at(v, row)))
            return fail(err, KITH_ERR_CORRUPT, "row %u is not finite or not padded", row);
    return KITH_OK;
}
