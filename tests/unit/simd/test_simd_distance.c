/* Distance kernels of every level against sums in double, on every dimension up to 1,100. Vectors
 * end at an unreadable page, so that a kernel that reads past the end dies. */
#include "test.h"

#include "base/rng.h"
#include "simd/simd.h"

#include <math.h>
#include <sys/mman.h>

enum { DIM_MAX = 4096, DIMS_EACH = 1100, ROWS = 7 };

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

/* `dim` floats that end right at the fence. */
static float *before_fence(fenced f, size_t dim)
{
    return (float *)(void *)(f.base + f.bytes - dim * sizeof(float));
}

static void randomise(float *v, size_t dim, rng *random)
{
    for (size_t i = 0; i < dim; i++)
        v[i] = (float)(rng_unit(random) * 2 - 1);
}

/* Compares with double sums within the error bound of float sums. */
static void assert_near_oracle(const simd_distance *d, const float *a, const float *b, size_t dim)
{
    double dot = 0, square = 0, dot_size = 0;
    for (size_t i = 0; i < dim; i++) {
        double x = a[i], y = b[i];
        dot += x * y;
        dot_size += fabs(x * y);
        square += (x - y) * (x - y);
    }
    double rounding = 0x1p-23 * ((double)dim / 16 + 8);
    assert_true(fabs((double)d->dot(a, b, dim) - dot) <= rounding * dot_size + 1e-30);
    assert_true(fabs((double)d->squared_l2(a, b, dim) - square) <= rounding * square + 1e-30);
}

static void check_dimension(const simd_distance *d, fenced fa, fenced fb, size_t dim, rng *random)
{
    float *a = before_fence(fa, dim), *b = before_fence(fb, dim);
    randomise(a, dim, random);
    randomise(b, dim, random);
    assert_near_oracle(d, a, b, dim);
    // Off every register's alignment: the kernels take any address that a float may have.
    float *unaligned = (float *)(void *)fa.base + 1 + dim % 15;
    if ((dim + 17) * sizeof(float) > fa.bytes) return;
    memmove(unaligned, a, dim * sizeof *a);
    assert_near_oracle(d, unaligned, b, dim);
}

static void
each_level_agrees_with_double_sums_at_every_dimension_and_reads_nothing_past_the_end(void **state)
{
    (void)state;
    fenced a = fence((DIM_MAX + 64) * sizeof(float)), b = fence((DIM_MAX + 64) * sizeof(float));
    kith_error err;
    for (simd_level level = SIMD_SCALAR; level <= simd_level_best(); level++) {
        assert_ok(simd_select(level, &err));
        rng random = {42};
        for (size_t dim = 1; dim <= DIMS_EACH; dim++)
            check_dimension(simd()->distance, a, b, dim, &random);
        check_dimension(simd()->distance, a, b, DIM_MAX, &random);
    }
    assert_ok(simd_select(simd_level_best(), &err));
    unfence(a);
    unfence(b);
}

static void comparing_many_rows_gives_the_same_bits_as_one_at_a_time(void **state)
{
    (void)state;
    kith_error err;
    static float base[ROWS * (300 + 5)], query[300];
    const uint32_t ids[] = {3, 0, 6, 6, 1};
    enum { COUNT = sizeof ids / sizeof ids[0] };
    for (simd_level level = SIMD_SCALAR; level <= simd_level_best(); level++) {
        assert_ok(simd_select(level, &err));
        const simd_distance *d = simd()->distance;
        rng random = {7};
        for (size_t dim = 1; dim <= 300; dim++) {
            const size_t stride = dim + 5;
            const float *rows[COUNT];
            for (size_t i = 0; i < COUNT; i++)
                rows[i] = base + ids[i] * stride;
            randomise(base, ROWS * stride, &random);
            randomise(query, dim, &random);
            float dots[COUNT], squares[COUNT];
            d->dot_rows(query, dim, rows, COUNT, dots);
            d->squared_l2_rows(query, dim, rows, COUNT, squares);
            for (size_t i = 0; i < COUNT; i++) {
                const float *row = rows[i];
                float dot = d->dot(query, row, dim), square = d->squared_l2(query, row, dim);
                assert_memory_equal(&dots[i], &dot, sizeof dot);
                assert_memory_equal(&squares[i], &square, sizeof square);
            }
        }
    }
    assert_ok(simd_select(simd_level_best(), &err));
}

static void whole_numbers_are_compared_exactly(void **state)
{
    (void)state;
    kith_error err;
    float a[100], b[100];
    for (simd_level level = SIMD_SCALAR; level <= simd_level_best(); level++) {
        assert_ok(simd_select(level, &err));
        float dot = 0, square = 0;
        for (size_t i = 0; i < 100; i++) {
            a[i] = (float)(i % 13) - 6;
            b[i] = (float)(i % 7);
            dot += a[i] * b[i];
            square += (a[i] - b[i]) * (a[i] - b[i]);
            assert_true(simd()->distance->dot(a, b, i + 1) == dot);
            assert_true(simd()->distance->squared_l2(a, b, i + 1) == square);
        }
    }
    assert_ok(simd_select(simd_level_best(), &err));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            each_level_agrees_with_double_sums_at_every_dimension_and_reads_nothing_past_the_end),
        cmocka_unit_test(comparing_many_rows_gives_the_same_bits_as_one_at_a_time),
        cmocka_unit_test(whole_numbers_are_compared_exactly),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
