/* coder.c - the random rotation, and codes by it; see coder.h. */
#include "vector/coder.h"

#include "base/rng.h"
#include "base/size.h"
#include "simd/simd.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    ROUNDS = 4,
    CENTRE_ROWS = 4096, /* that the mean is of, at most */
    CODE_MAX = 127
};

/* No step of a code is smaller, so that its square is among the numbers that a float holds: vectors that differ by less in
 * each coordinate have errors that say so. One of a query, whose square is not asked for, may be smaller. */
static const float STEP_MIN = 0x1p-50F, QUERY_STEP_MIN = 0x1p-100F;

uint32_t coder_padded(uint32_t dim)
{
    return (dim + CODES_STEP - 1) / CODES_STEP * CODES_STEP;
}

/* Number i of `used` ones, evenly spread. */
static uint32_t sample_at(const uint32_t *list, uint32_t i, uint32_t count, uint32_t used)
{
    uint32_t at = (uint32_t)((uint64_t)i * count / used);
    return list ? list[at] : at;
}

static void find_centre(coder *c, const vector_rows *rows, const uint32_t *list, uint32_t count)
{
    uint32_t used = (uint32_t)size_min(count, CENTRE_ROWS);
    for (uint32_t i = 0; i < used; i++) {
        const float *row = vector_rows_read(rows, sample_at(list, i, count, used), c->turned);
        for (uint32_t d = 0; d < c->vector_dim; d++)
            c->centre[d] += row[d] / (float)used;
    }
}

void coder_free(coder *c)
{
    if (!c) return;
    free(c->centre);
    free(c->turned);
    free(c->factors);
    free(c);
}

/* Of the floats that the round transforms the first. */
static size_t first_of(const coder *c, uint32_t round)
{
    return round % 2 ? c->dim - c->width : 0;
}

static void draw_factors(const coder *c, rng *random)
{
    const float of_transform = 1 / sqrtf((float)c->width);
    const float of_turn = c->width == c->dim ? 1 : 1 / sqrtf(2);
    for (uint32_t round = 0; round < ROUNDS; round++) {
        const size_t first = first_of(c, round);
        float *factors = c->factors + (size_t)round * c->dim;
        for (size_t i = 0; i < c->dim; i++) {
            const bool is_transformed = i >= first && i < first + c->width;
            const float size = of_turn * (is_transformed ? of_transform : 1);
            factors[i] = rng_below(random, 2) ? size : -size;
        }
    }
}

static void rotate(const coder *c, float *v)
{
    for (uint32_t round = 0; round < ROUNDS; round++)
        simd()->codes->rotate(v, c->factors + (size_t)round * c->dim, c->dim, first_of(c, round),
                              c->width);
}

/* The vector less the centre, or as it is. */
static void enter_domain(const coder *c, const float *vector, bool is_centred, float *out)
{
    for (size_t i = 0; i < c->vector_dim; i++)
        out[i] = vector[i] - (is_centred ? c->centre[i] : 0);
    memset(out + c->vector_dim, 0, (c->dim - c->vector_dim) * sizeof *out);
    rotate(c, out);
}

/* The centre as the vectors that it is taken from see it. */
void coder_turn_centre(coder *c)
{
    enter_domain(c, c->centre, false, c->turned);
    c->centre_square = simd()->distance->dot(c->turned, c->turned, c->dim);
}

coder *coder_new(const vector_rows *rows, const uint32_t *list, uint32_t count, uint64_t seed)
{
    coder *c = heap_new_array(1, sizeof *c);
    rng random = {seed};
    if (!c) return NULL;
    c->metric = rows->metric;
    c->vector_dim = rows->dim;
    c->dim = coder_padded(rows->dim);
    c->width = UINT32_C(1) << (31 - __builtin_clz(c->dim));
    c->centre = heap_new_array(c->dim, sizeof *c->centre);
    c->factors = heap_new_array((size_t)ROUNDS * c->dim, sizeof *c->factors);
    c->turned = heap_new_array(c->dim, sizeof *c->turned);
    if (!c->centre || !c->factors || !c->turned) {
        coder_free(c);
        return NULL;
    }
    draw_factors(c, &random);
    find_centre(c, rows, list, count);
    coder_turn_centre(c);
    return c;
}

/* By their bits, which are in the order of the sizes: compilers make a loop of integers fast, but not one
 * in which a NaN would count. NaN comes out as one. */
static float largest(const float *v, size_t dim)
{
    int32_t most = 0;
    float size;
    for (size_t i = 0; i < dim; i++) {
        int32_t bits;
        memcpy(&bits, &v[i], sizeof bits);
        bits &= INT32_MAX;
        most = bits > most ? bits : most;
    }
    memcpy(&size, &most, sizeof size);
    return size;
}

/* The step in which the largest of v[dim] is `parts`, at least `least`; 0: all are 0. INFINITY, or NaN: one is. */
static float step_of(const float *v, size_t dim, float parts, float least)
{
    const float most = largest(v, dim);
    return most > 0 ? fmaxf(most / parts, least) : most;
}

code_size coder_encode(const coder *c, const float *row, float *work, int8_t *code)
{
    enter_domain(c, row, true, work);
    const float step = step_of(work, c->dim, CODE_MAX, STEP_MIN);
    const bool is_usable = step * step * CODE_MAX * CODE_MAX < CODE_SQUARE_MAX;
    const float scale = is_usable && step > 0 ? 1 / step : 0;
    int64_t squares = 0;
    float along = 0;
    for (size_t i = 0; i < c->dim; i++) {
        int32_t value = scale > 0 ? codes_rounded(work[i] * scale) : 0;
        code[i] = (int8_t)value;
        squares += value * value;
    }
    if (!is_usable) return (code_size){0, INFINITY, 0};
    if (c->metric == KITH_INNER_PRODUCT)
        for (size_t i = 0; i < c->dim; i++)
            along += (float)code[i] * c->turned[i];
    return (code_size){step, step * step * (float)squares, step * along};
}

/* What rounding v[dim], multiplied by `scale`, to values of a short code gives: the product of both, and the values' squares,
 * each added up in LANES parts, always in the same order. */
typedef struct short_fit {
    float product, squares;
} short_fit;

static inline float short_value(float scaled)
{
    const float most = CODE_SHORT_MAX;
    scaled = scaled < most ? scaled : most;
    return (float)codes_rounded(scaled > -most ? scaled : -most);
}

static short_fit fit_short(const float *v, size_t dim, float scale)
{
    enum { LANES = CODES_STEP };
    float products[LANES] = {0}, squares[LANES] = {0};
    short_fit sum = {0, 0};
    for (size_t i = 0; i < dim; i += LANES)
        for (size_t lane = 0; lane < LANES; lane++) {
            const float value = short_value(v[i + lane] * scale);
            products[lane] += value * v[i + lane];
            squares[lane] += value * value;
        }
    for (size_t lane = 0; lane < LANES; lane++) {
        sum.product += products[lane];
        sum.squares += squares[lane];
    }
    return sum;
}

/* The step, up to `most`, with which the cosine of the angle between v and its code is largest. */
static float best_short_step(const float *v, size_t dim, float most)
{
    enum { SHORT_STEPS = 12 };
    const float least = 0.6F; // of the most: at any dimension more than is cut off by the best step
    float best = most, best_cosine = 0;
    for (int i = 0; i < SHORT_STEPS; i++) {
        const float step = fmaxf(most * (1 - (1 - least) * (float)i / (SHORT_STEPS - 1)), STEP_MIN);
        const short_fit fit = fit_short(v, dim, 1 / step);
        if (!(fit.squares > 0) || fit.product / sqrtf(fit.squares) <= best_cosine) continue;
        best_cosine = fit.product / sqrtf(fit.squares);
        best = step;
    }
    return best;
}

code_size coder_encode_short(const coder *c, const float *row, float *work, int8_t *code)
{
    enter_domain(c, row, true, work);
    const float most = step_of(work, c->dim, CODE_SHORT_MAX, STEP_MIN);
    memset(code, 0, c->dim);
    if (!(most * most * CODE_SHORT_MAX * CODE_SHORT_MAX < CODE_SQUARE_MAX))
        return (code_size){0, INFINITY, 0};
    if (!(most > 0)) return (code_size){0};
    const float scale = 1 / best_short_step(work, c->dim, most);
    const short_fit fit = fit_short(work, c->dim, scale);
    const float step = fit.squares > 0 ? fit.product / fit.squares : most;
    float along = 0;
    for (size_t i = 0; i < c->dim; i++)
        code[i] = (int8_t)short_value(work[i] * scale);
    if (c->metric == KITH_INNER_PRODUCT)
        for (size_t i = 0; i < c->dim; i++)
            along += (float)code[i] * c->turned[i];
    return (code_size){step, step * step * fit.squares, step * along};
}

/* Of a coordinate. In double, which holds the squares of squares. */
static double error_variance(float squares)
{
    return (double)CODE_ERROR_OF_STEP * (double)CODE_ERROR_OF_STEP * (double)squares;
}

/* own: what rounding adds to any squared distance, squared */
static float error_with(const coder *c, double variance, double own, float distance)
{
    const double apart = distance > 0 ? (double)distance : 0;
    if (c->metric == KITH_COSINE) return (float)sqrt(2 * apart * variance + own / 4);
    return (float)sqrt(4 * apart * variance + own);
}

float coder_error_short(const coder *c, float squares, float distance)
{
    const double variance = error_variance(squares);
    return error_with(c, variance, 2 * c->dim * variance * variance, distance);
}

float coder_error(const coder *c, float squares, float distance)
{
    const double variance = error_variance(squares), own = c->dim * variance;
    return error_with(c, variance, own * own, distance);
}

size_t code_query_bytes(uint32_t dim)
{
    size_t bytes = dim * (sizeof(float) + sizeof(int16_t) + CODES_GROUP);
    return (bytes + 63) / 64 * 64;
}

/* Half precision of each is plenty: the sign codes that they are multiplied with leave far more open. */
static void quantise(const coder *c, code_query *q)
{
    // Clearing it, as the build does with locals, would cost as much as filling it.
    __attribute__((uninitialized)) int8_t signs[KITH_DIMENSION_MAX + CODES_STEP];
    const simd_codes *kernels = simd()->codes;
    const float step = step_of(q->rotated, c->dim, CODES_DOT_MAX, QUERY_STEP_MIN);
    const bool is_usable = step > 0 && step * CODES_DOT_MAX < INFINITY;
    codes_sums sums = {0};
    q->step = q->slope = 0;
    if (is_usable) {
        q->step = step;
        q->slope = step * ((float)CODES_DOT_MAX / CODES_QUERY_MAX);
        sums = kernels->quantise(q->rotated, c->dim, 1 / step, 1 / q->slope, q->values, signs);
    } else {
        memset(q->values, 0, c->dim * sizeof *q->values);
        memset(signs, 0, c->dim);
    }
    kernels->fill_table(signs, c->dim, q->table);
    q->square = simd()->distance->dot(q->rotated, q->rotated, c->dim);
    // The product with a sign code of halves, 1/2 and -1/2: what the bits that are set sum up to,
    // less half of all.
    q->offset = q->slope * ((float)sums.negative - (float)sums.all / 2);
}

void coder_prepare(const coder *c, const float *query, void *room, code_query *q)
{
    // Rotated floats first, then the table: both are read by whole registers.
    q->rotated = room;
    q->table = (uint8_t *)(q->rotated + c->dim);
    q->values = (int16_t *)(void *)(q->table + (size_t)CODES_GROUP * c->dim);
    enter_domain(c, query, c->metric != KITH_INNER_PRODUCT, q->rotated);
    quantise(c, q);
}

void code_query_scale(code_query *q, float unit)
{
    const float length = sqrtf(unit);
    q->slope /= length;
    q->offset /= length;
}
