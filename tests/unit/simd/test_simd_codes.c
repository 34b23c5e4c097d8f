/* Kernels over codes, of every level, against plain arithmetic, on every multiple of CODES_STEP up to
 * 1,104 dimensions and on the largest. What is read ends at an unreadable page, so that a kernel
 * that reads past the end dies, and lies off every alignment that is not asked for. */
#include "test.h"

#include "base/rng.h"
#include "simd/code_dots.h"
#include "simd/codes.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>

enum { DIM_MAX = 4096, DIMS_EACH = 1104 };

typedef struct fenced {
    char *base;
    size_t bytes; /* readable, before the fence */
} fenced;

static fenced fence(size_t bytes)
{
    size_t page = 4096, room = (bytes + page - 1) / page * page;
    char *base =
        mmap(NULL, room + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_true(base != MAP_FAILED);
    assert_int_equal(mprotect(base + room, page, PROT_NONE), 0);
    return (fenced){base, room};
}

static void unfence(fenced f)
{
    assert_int_equal(munmap(f.base, f.bytes + 4096), 0);
}

static void *before_fence(fenced f, size_t bytes)
{
    return f.base + f.bytes - bytes;
}

typedef void (*dimension_test)(const simd_codes *k, size_t dim, rng *random);

static void for_every_level_and_dimension(dimension_test test)
{
    kith_error err;
    for (simd_level level = SIMD_SCALAR; level <= simd_level_best(); level++) {
        rng random = {21};
        assert_ok(simd_select(level, &err));
        for (size_t dim = CODES_STEP; dim <= DIMS_EACH; dim += CODES_STEP)
            test(simd()->codes, dim, &random);
        test(simd()->codes, 2064, &random);
        test(simd()->codes, DIM_MAX, &random);
    }
    assert_ok(simd_select(simd_level_best(), &err));
}

/* Signs are put vector by vector and read back through `estimate`, with values for all dimensions
 * at their largest: the sums of 4,096 dimensions do not fit 16 bits. */
static void check_estimate(const simd_codes *k, size_t dim, rng *random)
{
    fenced signs = fence(CODES_BLOCK * dim / 8), table = fence(4 * dim), halves = fence(128);
    int8_t values[DIM_MAX];
    int32_t negative = 0;
    uint16_t bits[CODES_BLOCK][DIM_MAX / 16];
    codes_block b = {.signs = before_fence(signs, CODES_BLOCK * dim / 8),
                     .ahead = before_fence(signs, CODES_BLOCK * dim / 8),
                     .add = before_fence(halves, 128),
                     .rescale = before_fence(halves, 64),
                     .base = 3,
                     .scale = 0.5F,
                     .slope = 0.25F,
                     .offset = -7};
    for (size_t i = 0; i < dim; i++)
        values[i] =
            dim % 32 ? (int8_t)((int)rng_below(random, 2 * CODES_QUERY_MAX + 1) - CODES_QUERY_MAX)
                     : CODES_QUERY_MAX;
    for (size_t i = 0; i < dim; i++)
        negative += values[i] < 0 ? values[i] : 0;
    k->fill_table(values, dim, before_fence(table, 4 * dim));
    for (uint32_t j = 0; j < CODES_BLOCK; j++) {
        for (size_t i = 0; i < dim / 16; i++)
            bits[j][i] = (uint16_t)(j == 5 ? 0xffff : rng_next(random));
        codes_put_signs((uint8_t *)(uintptr_t)b.signs, j, bits[j], dim);
        ((uint16_t *)(uintptr_t)b.add)[j] = half_of_float((float)j - 9);
        ((uint16_t *)(uintptr_t)b.rescale)[j] = half_of_float(1 + (float)j / 16);
    }
    float out[CODES_BLOCK], bound = 200;
    uint32_t below = k->estimate(&b, before_fence(table, 4 * dim), dim, bound, out);
    for (uint32_t j = 0; j < CODES_BLOCK; j++) {
        int32_t sum = -negative;
        for (size_t i = 0; i < dim; i++)
            sum += (bits[j][i / 16] >> i % 16 & 1) * values[i];
        double wanted = 3 + 0.5 * ((double)j - 9 + (1 + (double)j / 16) * (0.25 * sum - 7));
        assert_true(fabs((double)out[j] - wanted) <= 1e-6 * fabs(wanted) + 1e-4);
        assert_int_equal(below >> j & 1, out[j] < bound);
    }
    unfence(signs);
    unfence(table);
    unfence(halves);
}

static void each_level_estimates_what_the_bits_say(void **state)
{
    (void)state;
    for_every_level_and_dimension(check_estimate);
}

/* As many rows as leave every remainder of those that a kernel takes at once, each ending at the fence. */
static void check_estimate_rows(const simd_codes *k, size_t dim, rng *random)
{
    enum { ROWS = 7 };
    const size_t bytes = (sizeof(codes_row) + dim / 8 + 31) / 32 * 32;
    fenced values = fence(dim), memory[ROWS];
    int8_t *value = before_fence(values, dim);
    const codes_row *rows[ROWS];
    float least[ROWS], most[ROWS];
    for (size_t i = 0; i < dim; i++)
        value[i] = dim % 32 ? (int8_t)((int)rng_below(random, 255) - 127) : 127;
    for (uint32_t j = 0; j < ROWS; j++) {
        memory[j] = fence(bytes);
        codes_row *row = before_fence(memory[j], bytes);
        row->add = (float)j - 9;
        row->rescale = 1 + (float)j / 16;
        row->error = (float)j / 4;
        for (size_t i = 0; i < dim / 8; i++)
            row->signs[i] = (uint8_t)(j == 5 ? 0xff : rng_next(random));
        rows[j] = row;
    }
    const codes_row_query q = {value, dim, .base = 3, .slope = 0.25F, .offset = -7, .open = 0.5F};
    for (uint32_t count = 1; count <= ROWS; count++) {
        k->estimate_rows(&q, rows, count, least, most);
        for (uint32_t j = 0; j < count; j++) {
            int32_t sum = 0;
            for (size_t i = 0; i < dim; i++)
                sum += (rows[j]->signs[i / 8] >> i % 8 & 1) * value[i];
            const double wanted = 3 + ((double)j - 9) + (1 + (double)j / 16) * (0.25 * sum - 7);
            const double open = 0.5 * ((double)j / 4), rounding = 1e-6 * fabs(wanted) + 1e-3;
            assert_true(fabs((double)least[j] - (wanted - open)) <= rounding);
            assert_true(fabs((double)most[j] - (wanted + open)) <= rounding);
        }
    }
    for (uint32_t j = 0; j < ROWS; j++)
        unfence(memory[j]);
    unfence(values);
}

static void each_level_estimates_rows_by_themselves(void **state)
{
    (void)state;
    for_every_level_and_dimension(check_estimate_rows);
}

static void an_estimate_that_is_no_number_is_not_below_the_bound(void **state)
{
    (void)state;
    kith_error err;
    _Alignas(64) uint8_t signs[CODES_BLOCK * 2] = {0}, table[64] = {0};
    _Alignas(64) uint16_t add[CODES_BLOCK], rescale[CODES_BLOCK] = {0};
    for (uint32_t j = 0; j < CODES_BLOCK; j++)
        add[j] = j % 2 ? 0x7c00 : 0; // infinity
    for (simd_level level = SIMD_SCALAR; level <= simd_level_best(); level++) {
        float out[CODES_BLOCK];
        codes_block b = {
            .signs = signs, .ahead = signs, .add = add, .rescale = rescale, .scale = 1, .slope = 1};
        assert_ok(simd_select(level, &err));
        assert_int_equal(simd()->codes->estimate(&b, table, 16, INFINITY, out), 0x55555555);
        b.base = NAN;
        assert_int_equal(simd()->codes->estimate(&b, table, 16, INFINITY, out), 0);
    }
    assert_ok(simd_select(simd_level_best(), &err));
}

/* Of floats that end at the fence: many of them equal, some infinite. */
static void each_level_finds_the_nearest_and_counts(void **state)
{
    (void)state;
    enum { COUNT_MAX = 1100 };
    kith_error err;
    rng random = {23};
    const fenced memory = fence(COUNT_MAX * sizeof(float));
    for (simd_level level = SIMD_SCALAR; level <= simd_level_best(); level++) {
        assert_ok(simd_select(level, &err));
        for (size_t count = 1; count <= COUNT_MAX; count++) {
            float *distances = before_fence(memory, count * sizeof *distances);
            size_t nearest = 0, within = 0;
            for (size_t i = 0; i < count; i++) {
                const uint32_t value = rng_below(&random, 400);
                distances[i] = value == 399 || count % 50 == 0 ? INFINITY : (float)value - 100;
                if (distances[i] < distances[nearest]) nearest = i;
                within += distances[i] <= 7;
            }
            assert_int_equal(simd()->codes->nearest(distances, count), nearest);
            assert_int_equal(simd()->codes->count_within(distances, count, 7), within);
        }
        assert_int_equal(simd()->codes->count_within(before_fence(memory, 0), 0, 7), 0);
    }
    assert_ok(simd_select(simd_level_best(), &err));
    unfence(memory);
}

static void check_dot(const simd_codes *k, size_t dim, rng *random)
{
    fenced codes = fence(dim), queries = fence(2 * dim);
    int8_t *code = before_fence(codes, dim);
    int16_t *query = before_fence(queries, 2 * dim);
    int64_t sum = 0;
    for (size_t i = 0; i < dim; i++) {
        bool is_largest = dim % 32 == 0;
        code[i] = is_largest ? -127 : (int8_t)((int)rng_below(random, 255) - 127);
        query[i] =
            (int16_t)(is_largest ? CODES_DOT_MAX
                                 : (int)rng_below(random, 2 * CODES_DOT_MAX) - CODES_DOT_MAX);
        sum += code[i] * query[i];
    }
    assert_true(k->dot(code, query, dim) == (float)sum);
    unfence(codes);
    unfence(queries);
}

static void each_level_multiplies_exactly(void **state)
{
    (void)state;
    for_every_level_and_dimension(check_dot);
}

/* By the definition: entry (i, j) of the transform is -1 where i & j has an odd number of bits. */
static double transformed(const double *part, size_t width, size_t i)
{
    double sum = 0;
    for (size_t j = 0; j < width; j++)
        sum += part[j] * (__builtin_popcountll(i & j) % 2 ? -1 : 1);
    return sum;
}

/* Float i after the round, before the halves are turned. */
static double unturned(const double *before, size_t dim, size_t width, size_t i)
{
    return i < dim - width ? before[i]
                           : transformed(before + dim - width, width, i - (dim - width));
}

static void check_rotate(const simd_codes *k, size_t dim, rng *random)
{
    fenced vectors = fence(dim * sizeof(float)), signs = fence(dim * sizeof(float));
    float *v = before_fence(vectors, dim * sizeof *v);
    float *factors = before_fence(signs, dim * sizeof *factors);
    double before[DIM_MAX], square = 0;
    size_t width = 16;
    while (width * 2 <= dim)
        width *= 2;
    for (size_t i = 0; i < dim; i++) {
        v[i] = (float)rng_unit(random) - 0.5F;
        factors[i] = rng_below(random, 2) ? 0.5F : -0.5F;
        before[i] = (double)v[i] * (double)factors[i];
        square += before[i] * before[i];
    }
    k->rotate(v, factors, dim, dim - width, width);
    for (size_t at = 0; at < 40; at++) {
        const size_t i = rng_below(random, (uint32_t)dim), half = dim / 2;
        double wanted = unturned(before, dim, width, i);
        if (width < dim && i < half) wanted += unturned(before, dim, width, i + half);
        if (width < dim && i >= half) wanted = unturned(before, dim, width, i - half) - wanted;
        assert_true(fabs((double)v[i] - wanted) <= 2e-5 * sqrt(square * (double)width));
    }
    unfence(vectors);
    unfence(signs);
}

static void each_level_transforms_as_the_definition_says(void **state)
{
    (void)state;
    for_every_level_and_dimension(check_rotate);
}

/* Halves among them, and the largest values that there may be. */
static void check_quantise(const simd_codes *k, size_t dim, rng *random)
{
    fenced vectors = fence(dim * sizeof(float)), fine = fence(dim * sizeof(int16_t)),
           coarse = fence(dim);
    float *v = before_fence(vectors, dim * sizeof *v);
    int16_t *values = before_fence(fine, dim * sizeof *values);
    int8_t *coarse_values = before_fence(coarse, dim);
    const float scale = 0.25F, coarse_scale = 0.25F * CODES_QUERY_MAX / CODES_DOT_MAX;
    codes_sums wanted = {0};
    for (size_t i = 0; i < dim; i++)
        v[i] = (float)((int)rng_below(random, 8 * CODES_DOT_MAX + 1) - 4 * CODES_DOT_MAX);
    v[0] = -4 * CODES_DOT_MAX;
    v[dim - 1] = 2;
    v[dim - 2] = -2;
    const codes_sums sums = k->quantise(v, dim, scale, coarse_scale, values, coarse_values);
    for (size_t i = 0; i < dim; i++) {
        const long value = lroundf(v[i] * coarse_scale);
        assert_int_equal(values[i], lroundf(v[i] * scale));
        assert_int_equal(coarse_values[i], value);
        wanted.all += (int32_t)value;
        wanted.negative += value < 0 ? (int32_t)value : 0;
    }
    assert_int_equal(sums.all, wanted.all);
    assert_int_equal(sums.negative, wanted.negative);
    unfence(vectors);
    unfence(fine);
    unfence(coarse);
}

static void each_level_rounds_a_query_alike(void **state)
{
    (void)state;
    for_every_level_and_dimension(check_quantise);
}

static void check_residual(const simd_codes *k, size_t dim, rng *random)
{
    fenced parents = fence(dim), children = fence(dim);
    int8_t *parent = before_fence(parents, dim), *child = before_fence(children, dim);
    uint16_t bits[DIM_MAX / 16];
    double square = 0, length = 0, along = 0, size = 0;
    for (size_t i = 0; i < dim; i++) {
        parent[i] = (int8_t)((int)rng_below(random, 255) - 127);
        child[i] = (int8_t)((int)rng_below(random, 255) - 127);
    }
    codes_residual found = k->residual(parent, 0.25F, child, 0.5F, dim, bits);
    for (size_t i = 0; i < dim; i++) {
        double from = 0.25 * parent[i], r = 0.5 * child[i] - from; // exact, in float too
        square += r * r;
        length += fabs(r);
        along += r > 0 ? from : -from;
        size += fabs(from);
        assert_int_equal(bits[i / 16] >> i % 16 & 1, r > 0);
    }
    assert_true(fabs((double)found.square - square) <= 1e-4 * square);
    assert_true(fabs((double)found.length - length) <= 1e-4 * length);
    assert_true(fabs((double)found.along - along) <= 1e-4 * size);
    unfence(parents);
    unfence(children);
}

static void each_level_takes_differences_apart(void **state)
{
    (void)state;
    for_every_level_and_dimension(check_residual);
}

static void halves_are_the_nearest_there_are(void **state)
{
    (void)state;
    rng random = {5};
    for (uint32_t half = 0; half < 0x7c00; half++)
        assert_int_equal(half_of_float(float_of_half((uint16_t)half)), half);
    for (int i = 0; i < 100000; i++) {
        float value = ldexpf((float)rng_unit(&random) - 0.5F, (int)rng_below(&random, 36) - 20);
        float back = float_of_half(half_of_float(value));
        float step = fabsf(value) < 0x1p-14F ? 0x1p-24F : fabsf(value) * 0x1p-10F;
        assert_true(fabsf(back - value) <= step / 2);
    }
    assert_int_equal(half_of_float(1e9F), 0x7bff);
    assert_int_equal(half_of_float(-INFINITY), 0xfbff);
    assert_int_equal(half_of_float(NAN) & 0x7fff, 0x7bff);
}

/* shift: bytes before the fence, so that codes lie off every alignment. */
static void check_code_dots(simd_code_dots dots, size_t dim, size_t shift, rng *random)
{
    enum { COUNT = 7 };
    fenced queries = fence(dim + shift), rows = fence(COUNT * dim + shift);
    int8_t *query = before_fence(queries, dim + shift);
    int8_t *codes = before_fence(rows, COUNT * dim + shift);
    const int8_t *at[COUNT];
    int32_t out[COUNT];
    const bool is_largest = dim % 96 == 0;
    for (size_t i = 0; i < dim; i++)
        query[i] = is_largest ? -127 : (int8_t)((int)rng_below(random, 255) - 127);
    for (size_t i = 0; i < COUNT * dim; i++)
        codes[i] =
            is_largest ? (i / dim % 2 ? 127 : -127) : (int8_t)((int)rng_below(random, 255) - 127);
    for (size_t i = 0; i < COUNT; i++)
        at[i] = codes + i * dim;
    dots(query, dim, at, COUNT, out);
    for (size_t i = 0; i < COUNT; i++) {
        int64_t sum = 0;
        for (size_t d = 0; d < dim; d++)
            sum += query[d] * at[i][d];
        assert_int_equal(out[i], sum);
    }
    dots(query, dim, at, 0, out);
    unfence(queries);
    unfence(rows);
}

static void each_way_of_multiplying_codes_is_exact(void **state)
{
    (void)state;
    const struct {
        simd_code_dots dots;
        bool is_run;
    } ways[] = {
        {simd_code_dots_scalar, true},
#if defined(__x86_64__)
        {simd_code_dots_avx2, simd_level_best() >= SIMD_AVX2},
        {simd_code_dots_avx512, simd_level_best() >= SIMD_AVX512},
        {simd_code_dots_vnni,
         simd_level_best() >= SIMD_AVX512 && __builtin_cpu_supports("avx512vnni")},
#endif
    };
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
        rng random = {22};
        if (!ways[i].is_run) continue;
        for (size_t dim = CODES_STEP; dim <= DIMS_EACH; dim += CODES_STEP)
            check_code_dots(ways[i].dots, dim, dim / CODES_STEP % 3 * 5, &random);
        check_code_dots(ways[i].dots, DIM_MAX, 0, &random);
        check_code_dots(ways[i].dots, DIM_MAX + CODES_STEP, 3, &random);
    }
}

/* The same for codes of 4 bits: each value as its definition says, of bytes that are any. */
static void check_short_code_dots(simd_short_code_dots dots, size_t dim, size_t shift, rng *random)
{
    enum { COUNT = 11 };
    const size_t half = dim / 2;
    fenced queries = fence(dim + shift), rows = fence(COUNT * half + shift);
    int8_t *query = before_fence(queries, dim + shift);
    uint8_t *codes = before_fence(rows, COUNT * half + shift);
    const uint8_t *at[COUNT];
    int32_t out[COUNT + 1] = {0};
    const bool is_largest = dim % 96 == 0;
    for (size_t i = 0; i < dim; i++)
        query[i] = is_largest ? -127 : (int8_t)((int)rng_below(random, 255) - 127);
    for (size_t i = 0; i < COUNT * half; i++)
        codes[i] = is_largest ? (i / half % 2 ? 255 : 0) : (uint8_t)rng_below(random, 256);
    for (size_t i = 0; i < COUNT; i++)
        at[i] = codes + (COUNT - 1 - i) * half;
    for (size_t count = 0; count <= COUNT; count++) {
        out[count] = 77;
        dots(query, dim, at, count, out);
        assert_int_equal(out[count], 77);
        for (size_t i = 0; i < count; i++) {
            int64_t sum = 0;
            for (size_t d = 0; d < dim; d++) {
                const uint32_t byte = at[i][d % half];
                sum += query[d] * ((int64_t)(d < half ? byte % 16 : byte / 16) - 8);
            }
            assert_int_equal(out[i], sum);
        }
    }
    unfence(queries);
    unfence(rows);
}

static void each_way_of_multiplying_short_codes_is_exact(void **state)
{
    (void)state;
    const struct {
        simd_short_code_dots dots;
        bool is_run;
    } ways[] = {
        {simd_short_code_dots_scalar, true},
#if defined(__x86_64__)
        {simd_short_code_dots_avx2, simd_level_best() >= SIMD_AVX2},
        {simd_short_code_dots_avx512, simd_level_best() >= SIMD_AVX512},
        {simd_short_code_dots_vnni,
         simd_level_best() >= SIMD_AVX512 && __builtin_cpu_supports("avx512vnni")},
#endif
    };
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
        rng random = {23};
        if (!ways[i].is_run) continue;
        for (size_t dim = CODES_STEP; dim <= DIMS_EACH; dim += CODES_STEP)
            check_short_code_dots(ways[i].dots, dim, dim / CODES_STEP % 3 * 5, &random);
        check_short_code_dots(ways[i].dots, DIM_MAX, 0, &random);
        check_short_code_dots(ways[i].dots, DIM_MAX + CODES_STEP, 3, &random);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_level_estimates_what_the_bits_say),
        cmocka_unit_test(each_level_estimates_rows_by_themselves),
        cmocka_unit_test(an_estimate_that_is_no_number_is_not_below_the_bound),
        cmocka_unit_test(each_level_finds_the_nearest_and_counts),
        cmocka_unit_test(each_level_multiplies_exactly),
        cmocka_unit_test(each_level_transforms_as_the_definition_says),
        cmocka_unit_test(each_level_rounds_a_query_alike),
        cmocka_unit_test(each_level_takes_differences_apart),
        cmocka_unit_test(each_way_of_multiplying_codes_is_exact),
        cmocka_unit_test(each_way_of_multiplying_short_codes_is_exact),
        cmocka_unit_test(halves_are_the_nearest_there_are),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
