/* The encoder's kernels at every level that this CPU runs, against sums in double and libm. */
#include "test.h"

#include "base/rng.h"
#include "simd/gemm.h"

#include <math.h>

typedef struct level_test {
    const simd_gemm *kernels;
} level_test;

/* Aligned as packed panels and scratch ask, filled with NaN so that what is not written shows. */
static float *new_floats(size_t count)
{
    size_t bytes = (count * sizeof(float) + 127) / 64 * 64;
    float *p = aligned_alloc(GEMM_ALIGNMENT_BYTES, bytes);
    assert_non_null(p);
    for (size_t i = 0; i < bytes / sizeof(float); i++)
        p[i] = NAN;
    return p;
}

static float *new_random(size_t count, rng *r)
{
    float *p = new_floats(count);
    for (size_t i = 0; i < count; i++)
        p[i] = (float)(rng_unit(r) * 2 - 1);
    return p;
}

/* A row-padded matrix: [rows][gemm_padded(columns)], zeros in the padding. */
static float *new_matrix(size_t rows, size_t columns, rng *r)
{
    size_t stride = gemm_padded(columns);
    float *p = new_random(rows * stride, r);
    for (size_t i = 0; i < rows; i++)
        for (size_t c = columns; c < stride; c++)
            p[i * stride + c] = 0;
    return p;
}

static double exact_gelu(double x)
{
    return 0.5 * x * (1 + erf(x / sqrt(2)));
}

/* One product with its operands; weights [columns][depth] as published. */
typedef struct product {
    size_t rows, columns, depth;
    float *a, *weights, *packed, *bias, *out;
    gemm_call call;
} product;

static void product_init(product *p, const simd_gemm *kernels, size_t rows, size_t columns,
                         size_t depth, gemm_activation activation)
{
    rng r = {rows * 1000003 + columns * 1009 + depth};
    size_t padded = gemm_padded(columns);
    *p = (product){.rows = rows, .columns = columns, .depth = depth};
    p->a = new_matrix(rows, depth, &r);
    p->weights = new_random(columns * depth, &r);
    p->bias = new_matrix(1, columns, &r);
    p->packed = new_floats(padded * depth);
    p->out = new_floats(rows * padded);
    kernels->pack(p->weights, depth, columns, depth, p->packed);
    p->call = (gemm_call){.a = p->a,
                          .a_stride = gemm_padded(depth),
                          .packed = p->packed,
                          .bias = p->bias,
                          .out = p->out,
                          .out_stride = padded,
                          .rows = rows,
                          .columns = columns,
                          .depth = depth,
                          .activation = activation};
}

static void product_done(product *p)
{
    free(p->a);
    free(p->weights);
    free(p->packed);
    free(p->bias);
    free(p->out);
}

static void check_product(const product *p)
{
    size_t padded = gemm_padded(p->columns);
    for (size_t m = 0; m < p->rows; m++) {
        for (size_t n = 0; n < padded; n++) {
            double sum = n < p->columns ? (double)p->bias[n] : 0;
            for (size_t k = 0; n < p->columns && k < p->depth; k++)
                sum += (double)p->a[m * gemm_padded(p->depth) + k] * p->weights[n * p->depth + k];
            if (p->call.activation == GEMM_GELU) sum = exact_gelu(sum);
            double difference = fabs(p->out[m * padded + n] - sum);
            if (!(difference <= 1e-6 * (double)(p->depth + 4)))
                fail_msg("[%zu][%zu] of %zux%zux%zu: %g, expected %g", m, n, p->rows, p->columns,
                         p->depth, (double)p->out[m * padded + n], sum);
        }
    }
}

static void a_product_is_the_sum_of_products_whatever_its_shape(void **state)
{
    const simd_gemm *kernels = ((level_test *)*state)->kernels;
    static const size_t columns[] = {1, 15, 16, 17, 32, 47, 48, 49, 64, 96, 100, 384};
    static const size_t depths[] = {1, 3, 4, 31, 32, 384};
    for (size_t c = 0; c < sizeof columns / sizeof *columns; c++) {
        for (size_t d = 0; d < sizeof depths / sizeof *depths; d++) {
            for (size_t rows = 1; rows <= 17; rows += rows < 9 ? 1 : 4) {
                product p;
                product_init(&p, kernels, rows, columns[c], depths[d], GEMM_IDENTITY);
                kernels->multiply(&p.call);
                check_product(&p);
                product_done(&p);
            }
        }
    }
}

static void a_row_has_the_same_bits_whatever_rows_surround_it(void **state)
{
    const simd_gemm *kernels = ((level_test *)*state)->kernels;
    product p;
    product_init(&p, kernels, 23, 112, 77, GEMM_GELU);
    size_t padded = gemm_padded(p.columns);
    kernels->multiply(&p.call);
    float *whole = p.out;
    p.out = new_floats(p.rows * padded);
    for (size_t rows = 1; rows <= 9; rows++) {
        for (size_t first = 0; first + rows <= p.rows; first++) {
            gemm_call part = p.call;
            part.a += first * part.a_stride;
            part.out = p.out;
            part.rows = rows;
            kernels->multiply(&part);
            assert_memory_equal(p.out, whole + first * padded, rows * padded * sizeof(float));
        }
    }
    free(whole);
    product_done(&p);
}

static void gelu_is_the_exact_one(void **state)
{
    const simd_gemm *kernels = ((level_test *)*state)->kernels;
    // A product with 1 shows the activation alone.
    enum { POINTS = 48 * 400 };
    product p;
    product_init(&p, kernels, 1, POINTS, 1, GEMM_GELU);
    p.a[0] = 0;
    for (size_t i = 0; i < POINTS; i++)
        p.bias[i] = (float)(-12 + 24.0 * (double)i / (POINTS - 1));
    kernels->multiply(&p.call);
    for (size_t i = 0; i < POINTS; i++) {
        double x = p.bias[i], difference = fabs(p.out[i] - exact_gelu(x));
        if (!(difference <= 2e-7 * fmax(1, fabs(x))))
            fail_msg("gelu(%g) is off by %g", x, difference);
    }
    product_done(&p);
}

static void a_norm_has_the_mean_and_variance_asked_for(void **state)
{
    const simd_gemm *kernels = ((level_test *)*state)->kernels;
    static const size_t columns[] = {1, 5, 16, 20, 63, 384};
    enum { ROWS = 5 };
    for (size_t c = 0; c < sizeof columns / sizeof *columns; c++) {
        rng r = {11 + c};
        size_t n = columns[c], stride = gemm_padded(n);
        float *a = new_matrix(ROWS, n, &r), *b = new_matrix(ROWS, n, &r);
        float *gamma = new_matrix(1, n, &r), *beta = new_matrix(1, n, &r);
        float *out = new_floats(ROWS * stride);
        kernels->add_norm(&(gemm_norm_call){.a = a,
                                            .b = b,
                                            .out = out,
                                            .stride = stride,
                                            .rows = ROWS,
                                            .columns = n,
                                            .gamma = gamma,
                                            .beta = beta,
                                            .epsilon = 1e-5f});
        for (size_t m = 0; m < ROWS; m++) {
            const float *x = a + m * stride, *y = b + m * stride;
            double mean = 0, variance = 0;
            for (size_t i = 0; i < n; i++)
                mean += ((double)x[i] + y[i]) / (double)n;
            for (size_t i = 0; i < n; i++)
                variance += pow((double)x[i] + y[i] - mean, 2) / (double)n;
            for (size_t i = 0; i < stride; i++) {
                double expected = 0;
                if (i < n)
                    expected =
                        ((double)x[i] + y[i] - mean) / sqrt(variance + 1e-5f) * gamma[i] + beta[i];
                assert_true(fabs(out[m * stride + i] - expected) <= 1e-5);
            }
        }
        free(a);
        free(b);
        free(gamma);
        free(beta);
        free(out);
    }
}

typedef struct attention {
    size_t tokens, heads, dim;
    float *qkv, *out, *scratch;
    gemm_attention_call call;
} attention;

static void attention_init(attention *a, size_t tokens, size_t heads, size_t dim, float scale)
{
    rng r = {tokens * 10007 + heads * 101 + dim};
    size_t hidden = heads * dim, stride = gemm_padded(3 * hidden);
    *a = (attention){.tokens = tokens, .heads = heads, .dim = dim};
    a->qkv = new_matrix(tokens, 3 * hidden, &r);
    for (size_t i = 0; i < tokens * stride; i++)
        a->qkv[i] *= scale;
    a->out = new_floats(tokens * gemm_padded(hidden));
    a->scratch = new_floats(gemm_attention_scratch(tokens, dim));
    a->call = (gemm_attention_call){.qkv = a->qkv,
                                    .qkv_stride = stride,
                                    .out = a->out,
                                    .out_stride = gemm_padded(hidden),
                                    .tokens = tokens,
                                    .heads = heads,
                                    .head_dim = dim,
                                    .scratch = a->scratch};
}

static void attention_done(attention *a)
{
    free(a->qkv);
    free(a->out);
    free(a->scratch);
}

static void check_attention(const attention *a, size_t head, size_t query, double tolerance)
{
    size_t hidden = a->heads * a->dim, stride = a->call.qkv_stride;
    const float *q = a->qkv + query * stride + head * a->dim;
    double *weights = calloc(a->tokens, sizeof *weights), largest = -INFINITY, sum = 0;
    assert_non_null(weights);
    for (size_t t = 0; t < a->tokens; t++) {
        const float *k = a->qkv + t * stride + hidden + head * a->dim;
        for (size_t i = 0; i < a->dim; i++)
            weights[t] += (double)q[i] * k[i] / sqrt((double)a->dim);
        largest = fmax(largest, weights[t]);
    }
    for (size_t t = 0; t < a->tokens; t++)
        sum += weights[t] = exp(weights[t] - largest);
    for (size_t i = 0; i < a->dim; i++) {
        double expected = 0;
        for (size_t t = 0; t < a->tokens; t++)
            expected += weights[t] / sum * a->qkv[t * stride + 2 * hidden + head * a->dim + i];
        double got = a->out[query * a->call.out_stride + head * a->dim + i];
        if (!(fabs(got - expected) <= tolerance))
            fail_msg("%zu tokens, %zu heads of %zu: head %zu, query %zu: %g, expected %g",
                     a->tokens, a->heads, a->dim, head, query, got, expected);
    }
    free(weights);
}

static void attention_is_softmax_over_the_tokens_whatever_their_number(void **state)
{
    const simd_gemm *kernels = ((level_test *)*state)->kernels;
    static const size_t tokens[] = {1, 2, 7, 8, 9, 15, 16, 17, 31, 33, 48, 49, 65, 128, 257};
    static const size_t dims[] = {1, 5, 16, 20, 32, 64};
    for (size_t t = 0; t < sizeof tokens / sizeof *tokens; t++) {
        for (size_t d = 0; d < sizeof dims / sizeof *dims; d++) {
            attention a;
            attention_init(&a, tokens[t], 3, dims[d], 1);
            kernels->attend(&a.call);
            for (size_t head = 0; head < 3; head++)
                for (size_t query = 0; query < tokens[t]; query += query < 20 ? 1 : 13)
                    check_attention(&a, head, query, 2e-6);
            attention_done(&a);
        }
    }
}

static void attention_survives_scores_far_beyond_exp(void **state)
{
    const simd_gemm *kernels = ((level_test *)*state)->kernels;
    attention a;
    attention_init(&a, 37, 2, 32, 1000);
    kernels->attend(&a.call);
    for (size_t query = 0; query < a.tokens; query++)
        check_attention(&a, query % 2, query, 1);
    attention_done(&a);
}

static int run_level(simd_level level)
{
    kith_error err;
    if (simd_select(level, &err) != KITH_OK) return 0; // a level above this CPU's best
    level_test t = {simd()->gemm};
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_prestate(a_product_is_the_sum_of_products_whatever_its_shape, &t),
        cmocka_unit_test_prestate(a_row_has_the_same_bits_whatever_rows_surround_it, &t),
        cmocka_unit_test_prestate(gelu_is_the_exact_one, &t),
        cmocka_unit_test_prestate(a_norm_has_the_mean_and_variance_asked_for, &t),
        cmocka_unit_test_prestate(attention_is_softmax_over_the_tokens_whatever_their_number, &t),
        cmocka_unit_test_prestate(attention_survives_scores_far_beyond_exp, &t),
    };
    return cmocka_run_group_tests_name(simd_level_name(level), tests, NULL, NULL);
}

int main(void)
{
    int failed = 0;
    for (simd_level level = SIMD_SCALAR; level <= SIMD_AMX; level++)
        failed += run_level(level);
    return failed;
}
