/* coder.h - vectors as codes: what the rows that a search navigates by are made of.
 *
 * The coded domain. From a vector the centre is taken, the mean of the rows that the coder was made
 * from; the rest is padded with zeros to `dim`, a multiple of CODES_STEP, and rotated at random:
 * ROUNDS times, each coordinate gets a random sign, then the longest power of two of the
 * coordinates, the first and the last ones in turn, are transformed by Walsh and Hadamard, and where
 * that is not all, the two halves are turned by 45 degrees against each other (Gao et al. 2024, "RaBitQ", the library's
 * FHT-Kac rotation). A rotation changes no distance and no inner product, and makes the coordinates
 * of any vector about equally large: so one bit a coordinate, and one step for all, say as much as
 * they can.
 *
 * A code: the rotated vector in whole steps, -127..127, the step being the largest coordinate's
 * 127th part. Distances to it are those to its vector but for about step * 0.29 times twice the
 * distance (squared L2), or times the query's length (inner product): the error of each coordinate
 * is as good as random, and its standard deviation is step / sqrt(12).
 *
 * A short code has 4 bits a coordinate, and is rounded so coarsely that its step is chosen: large coordinates are cut off where
 * that leaves less of an error in all (Gao et al. 2025, "RaBitQ with more bits"; here with the best of SHORT_STEPS steps).
 *
 * Under cosine the rows have length 1, and the coded domain has half the squared distance, which is
 * 1 - cosine, as the rows. Under inner product it has the negative inner product with the vector
 * less the centre: for one query that differs from 1 - inner product by a constant.
 *
 * A coder never changes. Any thread. */
#ifndef KITH_VECTOR_CODER_H
#define KITH_VECTOR_CODER_H

#include "base/status.h"
#include "simd/codes.h"
#include "vector/vector_rows.h"

#include <stdint.h>

enum { CODE_SHORT_MAX = 7 /* the values of a short code are -7..7 */ };

typedef struct coder {
    kith_metric metric;
    uint32_t vector_dim; /* of the rows */
    uint32_t dim;        /* of the codes: vector_dim rounded up */
    uint32_t width;      /* the largest power of 2 up to dim */
    float centre_square; /* the centre's length, squared */
    float *centre;       /* [dim] */
    float *turned;       /* [dim] the centre, rotated */
    float *
        factors; /* [rounds][dim] of simd/codes.h: random signs, and what keeps lengths as they are */
} coder;

/* 1 / sqrt(12): the standard deviation of what rounding to whole steps takes, in steps. */
static const float CODE_ERROR_OF_STEP = 0.289F;

/* Vectors are coded whose coordinates less the centre's, rotated, have squares below it: whatever distances are
 * summed up from, at KITH_DIMENSION_MAX, is then finite. */
static const float CODE_SQUARE_MAX = 0x1p100F;

/* A vector as a code. */
typedef struct code_size {
    float step;   /* coordinate i is step * code[i] */
    float square; /* the sum of their squares; INFINITY: too long for a code, which is of zeros */
    float along;  /* their product with the centre, both rotated */
} code_size;

/* A query. The arrays are one allocation, in code_query_room. */
typedef struct code_query {
    float *rotated;  /* [dim] */
    int16_t *values; /* [dim]: in steps of `step` */
    uint8_t *table;  /* [4 * dim], of simd/codes.h */
    float step;
    float square;        /* its length, squared */
    float slope, offset; /* of codes_block */
} code_query;

/* A coder whose centre is the mean of some of the rows list[count]; list NULL: of the first `count` rows; 0
 * when there are none. Free it with coder_free. NULL: out of memory. */
coder *coder_new(const vector_rows *rows, const uint32_t *list, uint32_t count, uint64_t seed);
/* After `centre` was written; before anything is coded. */
void coder_turn_centre(coder *c);
void coder_free(coder *c); /* c may be NULL */

/* Dimensions of the codes of rows of `dim` floats. */
uint32_t coder_padded(uint32_t dim);

/* Codes a row [vector_dim]; work [dim] floats, code [dim]. */
code_size coder_encode(const coder *c, const float *row, float *work, int8_t *code);

/* The same in 4 bits: values -CODE_SHORT_MAX..CODE_SHORT_MAX, in the step with which their direction is nearest to the row's,
 * and cut off at the ends; the step that is given makes the code as long as the row is along it. work [dim] floats,
 * code [dim], a value each. */
code_size coder_encode_short(const coder *c, const float *row, float *work, int8_t *code);

/* The standard deviation of a squared distance between codes, or half of one under cosine, that is
 * `distance`; squares: of the steps of both, summed up, or of the only one that was rounded. Rounding changes
 * the difference of two vectors as if at random, which along the difference counts twice its length; and
 * adds its own square, which is no more than that only where vectors differ by less than a step in each
 * coordinate, but then is all there is. */
float coder_error(const coder *c, float squares, float distance);

/* The same where rows are coded in 4 bits. What their rounding adds is about the same for all and tells none apart, so here
 * only its deviation counts. */
float coder_error_short(const coder *c, float squares, float distance);

/* Bytes that the arrays of a query take, a multiple of 64. */
size_t code_query_bytes(uint32_t dim);
/* Prepares q for `query`, in the form of a row; room [code_query_bytes(dim)], aligned to 64 bytes, is q's for as
 * long as it is used. */
void coder_prepare(const coder *c, const float *query, void *room, code_query *q);

/* Products with sign codes are lengths, not squares: divides those of the query by the root of `unit`, a
 * mean square above 0, as what they are multiplied with was (coded_graph.h). */
void code_query_scale(code_query *q, float unit);

/* The distance of the coded vector, with the error that is said above. */
static inline float code_distance(const coder *c, const code_query *q, const int8_t *code,
                                  code_size size)
{
    float product = simd()->codes->dot(code, q->values, c->dim) * q->step * size.step;
    if (c->metric == KITH_INNER_PRODUCT) return -product;
    float square = q->square + size.square - 2 * product;
    return c->metric == KITH_COSINE ? square / 2 : square;
}

#endif
