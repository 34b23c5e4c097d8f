/* Products of reduced precision, of every format that this CPU has at every level, against a scalar
 * model of what a format says: codes decoded one by one, sums in 64 bits, scales in double. */
#include "test.h"

#include "base/rng.h"
#include "simd/gemm_codes.h"

#include <math.h>
#include <sys/mman.h>
#include <unistd.h>

typedef struct format_test {
    const gemm_format *format;
} format_test;

/* Memory whose last byte is followed by one that must not be touched; aligned as `alignment` where
 * bytes are a multiple of it. */
typedef struct guarded {
    char *map, *start;
    size_t map_bytes;
} guarded;

static guarded guarded_new(size_t bytes)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    size_t whole = (bytes + page - 1) / page * page;
    guarded g = {.map_bytes = whole + page};
    g.map = mmap(NULL, g.map_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_true(g.map != MAP_FAILED);
    assert_int_equal(0, mprotect(g.map + whole, page, PROT_NONE));
    g.start = g.map + whole - bytes;
    return g;
}

static void guarded_free(guarded *g)
{
    assert_int_equal(0, munmap(g->map, g->map_bytes));
}

enum { PARTS = 9 };

/* One product: all that it reads and writes ends at a guard. */
typedef struct product {
    const gemm_format *format;
    size_t rows, columns, depth;
    float *weights; /* [columns][depth], as published */
    guarded parts[PARTS];
    float *a, *smooth, *bias, *out;
    gemm_packed packed;
    gemm_encode_call encode;
    gemm_code_call multiply;
} product;

static void *take(product *p, int part, size_t bytes)
{
    p->parts[part] =
        guarded_new((bytes + GEMM_CODE_ALIGNMENT - 1) / GEMM_CODE_ALIGNMENT * GEMM_CODE_ALIGNMENT);
    return p->parts[part].start;
}

static void fill(float *p, size_t count, float scale, rng *r)
{
    for (size_t i = 0; i < count; i++)
        p[i] = (float)(rng_unit(r) * 2 - 1) * scale;
}

static void product_init(product *p, const gemm_format *f, size_t rows, size_t columns,
                         size_t depth)
{
    rng r = {rows * 1000003 + columns * 1009 + depth};
    size_t padded = gemm_padded(columns), stride = gemm_padded(depth);
    *p = (product){.format = f, .rows = rows, .columns = columns, .depth = depth};
    p->weights = calloc(columns * depth, sizeof(float));
    float *scratch = calloc(depth, sizeof(float));
    assert_true(p->weights && scratch);
    fill(p->weights, columns * depth, 1, &r);
    p->a = take(p, 0, rows * stride * sizeof(float));
    for (size_t i = 0; i < rows; i++)
        fill(p->a + i * stride, depth, 1, &r);
    p->smooth = take(p, 1, stride * sizeof(float));
    for (size_t k = 0; k < depth; k++)
        p->smooth[k] = 1;
    p->bias = take(p, 2, padded * sizeof(float));
    fill(p->bias, columns, 1, &r);
    p->out = take(p, 3, rows * padded * sizeof(float));
    p->packed = (gemm_packed){.codes = take(p, 4, gemm_codes_bytes(f, columns, depth)),
                              .scales = take(p, 5, padded * sizeof(float)),
                              .sums = take(p, 6, padded * sizeof(int32_t))};
    gemm_pack(f, p->weights, columns, depth, scratch, &p->packed);
    free(scratch);
    void *codes = take(p, 7, gemm_code_bytes(f, rows, depth));
    gemm_row *scales = calloc(rows, sizeof *scales);
    assert_non_null(scales);
    p->encode = (gemm_encode_call){.a = p->a,
                                   .a_stride = stride,
                                   .smooth = p->smooth,
                                   .codes = codes,
                                   .rows = scales,
                                   .scratch = take(p, 8, stride * sizeof(float)),
                                   .count = rows,
                                   .depth = depth,
                                   .levels = p->packed.levels};
    p->multiply = (gemm_code_call){.codes = codes,
                                   .rows = scales,
                                   .weights = &p->packed,
                                   .bias = p->bias,
                                   .out = p->out,
                                   .out_stride = padded,
                                   .count = rows,
                                   .columns = columns,
                                   .depth = depth,
                                   .activation = GEMM_IDENTITY};
}

static void product_run(const product *p)
{
    p->format->encode(&p->encode);
    p->format->multiply(&p->multiply);
}

static void product_done(product *p)
{
    for (int i = 0; i < PARTS; i++)
        guarded_free(&p->parts[i]);
    free((void *)(uintptr_t)p->encode.rows);
    free(p->weights);
}

/* ---- the scalar model ---- */

static double bf16_value(const void *codes, size_t at)
{
    uint32_t bits = (uint32_t)((const uint16_t *)codes)[at] << 16;
    float value;
    memcpy(&value, &bits, sizeof value);
    return (double)value;
}

/* What the code of (row, k) stands for, before its row's scale. */
static double row_code(const product *p, size_t row, size_t k)
{
    size_t bytes = p->format->code_bytes, stride = gemm_code_stride(bytes, p->depth);
    const char *code =
        (const char *)p->encode.codes + gemm_code_at(p->format->rows, stride, row, k * bytes);
    int32_t zero = p->encode.rows[row].zero;
    switch (p->format->precision) {
    case GEMM_INT8:
        return *(const uint8_t *)code - zero;
    case GEMM_INT16:
        return *(const int16_t *)(const void *)code - zero;
    default:
        return bf16_value(code, 0);
    }
}

static double weight_code(const product *p, size_t column, size_t k)
{
    const gemm_format *f = p->format;
    size_t padded = gemm_padded(p->columns), first = column / f->panel * f->panel;
    size_t width = padded - first < f->panel ? padded - first : f->panel;
    size_t groups = gemm_deep(f, p->depth) / f->group;
    size_t at = (first * groups + k / f->group * width + column - first) * f->group + k % f->group;
    switch (f->precision) {
    case GEMM_INT8:
        return ((const int8_t *)p->packed.codes)[at];
    case GEMM_INT16:
        return ((const int16_t *)p->packed.codes)[at];
    default:
        return bf16_value(p->packed.codes, at);
    }
}

/* The sum must be that of the codes, to the rounding of its scaling; bf16 sums in float32. */
static void check_sums(const product *p)
{
    bool integers = p->format->precision != GEMM_BF16;
    size_t padded = gemm_padded(p->columns);
    for (size_t m = 0; m < p->rows; m++) {
        for (size_t n = 0; n < padded; n++) {
            double sum = 0, size = 0, scale = 1;
            for (size_t k = 0; n < p->columns && k < p->depth; k++) {
                double term = row_code(p, m, k) * weight_code(p, n, k);
                sum += term;
                size += fabs(term);
            }
            if (integers) assert_true(size <= INT32_MAX);
            if (integers) scale = (double)p->encode.rows[m].scale * (double)p->packed.scales[n];
            double expected = sum * scale + (double)p->bias[n];
            double allowed = (fabs(sum) * scale + 1) * 4e-7 + (integers ? 0 : size * 1e-5);
            double difference = fabs((double)p->out[m * padded + n] - expected);
            if (!(difference <= allowed))
                fail_msg("%s, [%zu][%zu] of %zux%zux%zu: %.9g, expected %.9g",
                         gemm_precision_name(p->format->precision), m, n, p->rows, p->columns,
                         p->depth, (double)p->out[m * padded + n], expected);
        }
    }
}

/* And it must be near the product of what was encoded: a part of the sum of |a| |w|. */
static void check_nearness(const product *p, double part)
{
    for (size_t m = 0; m < p->rows; m++) {
        for (size_t n = 0; n < p->columns; n++) {
            double sum = (double)p->bias[n], size = 0;
            for (size_t k = 0; k < p->depth; k++) {
                double term = (double)p->a[m * gemm_padded(p->depth) + k] *
                              (double)p->weights[n * p->depth + k];
                sum += term;
                size += fabs(term);
            }
            double got = (double)p->out[m * gemm_padded(p->columns) + n];
            if (!(fabs(got - sum) <= part * size + 0.02))
                fail_msg("%s, [%zu][%zu] of %zux%zux%zu: %g, expected about %g",
                         gemm_precision_name(p->format->precision), m, n, p->rows, p->columns,
                         p->depth, got, sum);
        }
    }
}

static const size_t all_columns[] = {1, 15, 16, 17, 47, 48, 49, 96, 100, 384};
static const size_t all_depths[] = {1, 2, 3, 4, 5, 20, 31, 64, 100, 128, 384};

static void a_product_is_the_sum_of_its_codes_whatever_its_shape(void **state)
{
    const gemm_format *f = ((format_test *)*state)->format;
    for (size_t c = 0; c < sizeof all_columns / sizeof *all_columns; c++) {
        for (size_t d = 0; d < sizeof all_depths / sizeof *all_depths; d++) {
            for (size_t rows = 1; rows <= 17; rows += rows < 9 ? 1 : 4) {
                product p;
                product_init(&p, f, rows, all_columns[c], all_depths[d]);
                product_run(&p);
                check_sums(&p);
                check_nearness(&p, 0.02);
                product_done(&p);
            }
        }
    }
}

static void a_row_has_the_same_bits_whatever_rows_surround_it(void **state)
{
    const gemm_format *f = ((format_test *)*state)->format;
    product p;
    product_init(&p, f, 23, 112, 128);
    p.multiply.activation = GEMM_GELU;
    product_run(&p);
    size_t padded = gemm_padded(p.columns), bytes = padded * sizeof(float);
    float *whole = calloc(p.rows, bytes);
    assert_non_null(whole);
    memcpy(whole, p.out, p.rows * bytes);
    for (size_t rows = 1; rows <= 9; rows++) {
        for (size_t first = 0; first + rows <= p.rows; first++) {
            p.encode.a = p.a + first * p.encode.a_stride;
            p.encode.count = p.multiply.count = rows;
            memset(p.out, 0xff, rows * bytes);
            product_run(&p);
            assert_memory_equal(p.out, whole + first * padded, rows * bytes);
        }
    }
    free(whole);
    product_done(&p);
}

static void weights_and_channels_of_any_size_do_not_overflow(void **state)
{
    const gemm_format *f = ((format_test *)*state)->format;
    // All weights and inputs at their largest, of one sign or of both; zeros; one huge channel.
    for (int kind = 0; kind < 4; kind++) {
        product p;
        product_init(&p, f, 3, 17, 3072);
        float *scratch = calloc(p.depth, sizeof(float));
        assert_non_null(scratch);
        for (size_t i = 0; i < p.columns * p.depth; i++)
            p.weights[i] = kind == 2 ? 0 : (kind == 1 && i % 2 ? -1.0f : 1.0f);
        for (size_t i = 0; i < p.rows * p.depth; i++)
            p.a[i] = kind == 3 ? (i % p.depth == 7 ? 1e6f : 1e-3f) : (kind == 1 && i % 2 ? -1 : 1);
        gemm_pack(f, p.weights, p.columns, p.depth, scratch, &p.packed);
        p.encode.levels = p.packed.levels;
        product_run(&p);
        check_sums(&p);
        if (kind < 3) check_nearness(&p, 0.02);
        free(scratch);
        product_done(&p);
    }
}

static void a_row_of_zeros_gives_the_bias(void **state)
{
    const gemm_format *f = ((format_test *)*state)->format;
    product p;
    product_init(&p, f, 2, 50, 384);
    memset(p.a, 0, p.rows * gemm_padded(p.depth) * sizeof(float));
    product_run(&p);
    for (size_t m = 0; m < p.rows; m++)
        assert_memory_equal(p.out + m * gemm_padded(p.columns), p.bias, p.columns * sizeof(float));
    product_done(&p);
}

/* Channels that are weighed before they are encoded: the weights carry the inverse, and the product
 * stays what it is. */
static void smoothing_changes_no_product(void **state)
{
    const gemm_format *f = ((format_test *)*state)->format;
    if (f->precision != GEMM_INT8) return;
    product p;
    product_init(&p, f, 5, 48, 384);
    float *scratch = calloc(p.depth, sizeof(float)), *divided = calloc(p.columns * p.depth, 4);
    assert_true(scratch && divided);
    for (size_t k = 0; k < p.depth; k++)
        p.smooth[k] = k % 5 == 0 ? 0.01f : 1;
    for (size_t m = 0; m < p.rows; m++)
        for (size_t k = 0; k < p.depth; k += 5)
            p.a[m * p.encode.a_stride + k] *= 100;
    for (size_t i = 0; i < p.columns * p.depth; i++)
        divided[i] = p.weights[i] / p.smooth[i % p.depth];
    for (size_t i = 0; i < p.columns * p.depth; i++)
        if (i % p.depth % 5 == 0) p.weights[i] /= 100, divided[i] /= 100;
    gemm_pack(f, divided, p.columns, p.depth, scratch, &p.packed);
    product_run(&p);
    check_nearness(&p, 0.02);
    free(scratch);
    free(divided);
    product_done(&p);
}

/* ---- attention ---- */

/* One head of one sequence in double. out [tokens][dim] */
static void plain_attention(const float *qkv, size_t stride, size_t tokens, size_t heads,
                            size_t dim, size_t head, double *out)
{
    double *weights = calloc(tokens, sizeof *weights);
    assert_non_null(weights);
    for (size_t q = 0; q < tokens; q++) {
        double largest = -INFINITY, sum = 0;
        for (size_t t = 0; t < tokens; t++) {
            weights[t] = 0;
            for (size_t i = 0; i < dim; i++)
                weights[t] += (double)qkv[q * stride + head * dim + i] *
                              (double)qkv[t * stride + (heads + head) * dim + i] /
                              sqrt((double)dim);
            largest = fmax(largest, weights[t]);
        }
        for (size_t t = 0; t < tokens; t++)
            sum += weights[t] = exp(weights[t] - largest);
        for (size_t i = 0; i < dim; i++) {
            out[q * dim + i] = 0;
            for (size_t t = 0; t < tokens; t++)
                out[q * dim + i] +=
                    weights[t] / sum * (double)qkv[t * stride + (2 * heads + head) * dim + i];
        }
    }
    free(weights);
}

/* Reads and writes end at guards; the padding of the output is left alone. */
static void check_attention(const gemm_format *f, size_t tokens, size_t heads, size_t dim)
{
    rng r = {tokens * 10007 + heads * 101 + dim};
    size_t hidden = heads * dim, stride = gemm_padded(3 * hidden), out_stride = gemm_padded(hidden);
    guarded input = guarded_new(tokens * stride * sizeof(float));
    guarded output = guarded_new(tokens * out_stride * sizeof(float));
    guarded scratch = guarded_new(gemm_padded(gemm_attention_scratch(tokens, dim)) * sizeof(float));
    float *qkv = (float *)(void *)input.start, *out = (float *)(void *)output.start;
    double *expected = calloc(tokens * dim, sizeof *expected);
    assert_non_null(expected);
    fill(qkv, tokens * stride, 1, &r);
    memset(scratch.start, 0xff, gemm_attention_scratch(tokens, dim) * sizeof(float)); // NaN
    f->attend(&(gemm_attention_call){.qkv = qkv,
                                     .qkv_stride = stride,
                                     .out = out,
                                     .out_stride = out_stride,
                                     .tokens = tokens,
                                     .heads = heads,
                                     .head_dim = dim,
                                     .scratch = (float *)(void *)scratch.start});
    for (size_t head = 0; head < heads; head++) {
        plain_attention(qkv, stride, tokens, heads, dim, head, expected);
        for (size_t i = 0; i < tokens * dim; i++) {
            double got = (double)out[i / dim * out_stride + head * dim + i % dim];
            if (!(fabs(got - expected[i]) <= 0.02))
                fail_msg("%zu tokens, %zu heads of %zu: head %zu, token %zu: %g, expected %g",
                         tokens, heads, dim, head, i / dim, got, expected[i]);
        }
    }
    free(expected);
    guarded_free(&input);
    guarded_free(&output);
    guarded_free(&scratch);
}

static void attention_is_softmax_over_the_tokens_whatever_their_number(void **state)
{
    const gemm_format *f = ((format_test *)*state)->format;
    static const size_t tokens[] = {1, 2, 7, 8, 9, 15, 16, 17, 31, 33, 48, 49, 65, 128, 257};
    static const size_t dims[] = {1, 5, 16, 20, 32, 64};
    for (size_t t = 0; f->attend && t < sizeof tokens / sizeof *tokens; t++)
        for (size_t d = 0; d < sizeof dims / sizeof *dims; d++)
            check_attention(f, tokens[t], 3, dims[d]);
}

static int run_format(simd_level level, gemm_precision precision)
{
    const gemm_format *format = gemm_format_of(level, precision);
    if (level > simd_level_best() || !format) return 0;
    char name[64];
    (void)snprintf(name, sizeof name, "%s on %s", gemm_precision_name(precision),
                   simd_level_name(level));
    format_test t = {format};
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_prestate(a_product_is_the_sum_of_its_codes_whatever_its_shape, &t),
        cmocka_unit_test_prestate(a_row_has_the_same_bits_whatever_rows_surround_it, &t),
        cmocka_unit_test_prestate(weights_and_channels_of_any_size_do_not_overflow, &t),
        cmocka_unit_test_prestate(a_row_of_zeros_gives_the_bias, &t),
        cmocka_unit_test_prestate(smoothing_changes_no_product, &t),
        cmocka_unit_test_prestate(attention_is_softmax_over_the_tokens_whatever_their_number, &t),
    };
    return cmocka_run_group_tests_name(name, tests, NULL, NULL);
}

int main(void)
{
    int failed = 0;
    for (simd_level level = SIMD_SCALAR; level <= SIMD_AMX; level++)
        for (gemm_precision precision = GEMM_INT8; precision < GEMM_FLOAT32; precision++)
            failed += run_format(level, precision);
    return failed;
}
