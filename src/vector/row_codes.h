/* row_codes.h - a code of 8 bits a dimension, or of 4, for each of the first rows, and distances by them.
 *
 * A code is a quarter of its vector's bytes, and says the distance of two rows to a few thousandths:
 * so the linker looks for neighbors by codes, and so do searches, which compare vectors at the end
 * only. A code lies in the slot of its row, and is made by the linker before the row gets a node.
 *
 * A code depends on its row, on the seed and on the first `sample` rows alone, from which the coder is
 * made (coder.h): codes that were lost can be made again, bit by bit.
 *
 *   bytes         what
 *   dim           i8  the code
 *   4, 4, 4       f32 step, square, along (code_size)
 *   to a multiple of 16
 *
 * Short codes, of 4 bits, are those of an index that is compact from its first code on and whose vectors are short (up to
 * ROW_CODES_SHORT_DIM), unless its first rows lie too close together for them (row_codes_choose_length): docs/decisions/120.
 * They say a distance to two hundredths; searches compare some more vectors at the end.
 *
 *   bytes         what
 *   dim / 2       u4  values d in the low halves, values dim / 2 + d in the high ones, each 8 more than it is
 *   4, 4          f32 step, square
 *   4             f32 along; under inner product only
 *   to a multiple of 8
 *
 * The distance. Two rows a and b, as coded, have the product step_a * step_b * (their codes' product), and
 * |a - b|^2 = square_a + square_b - 2 product. Inner products are those of the vectors, which are the
 * coded ones and the centre c: <a + c, b + c> = product + along_a + along_b + <c, c>.
 *
 * Its error comes from the rounding of both codes (coder_error). Rows that differ by less than about a step
 * in each coordinate have distances that say nothing: row_codes_are_blind. Of vectors so long that their
 * squares leave the range of a float none does: row_codes_fit.
 *
 * Threads: one thread at a time, the linker, makes codes; any number may read those that were published:
 * the count is stored with release order after what it counts. */
#ifndef KITH_VECTOR_ROW_CODES_H
#define KITH_VECTOR_ROW_CODES_H

#include "vector/candidates.h"
#include "vector/coder.h"
#include "vector/region.h"

#include <stdatomic.h>

enum {
    ROW_CODES_MIN_DIM = 64,   /* below, a vector is a few cache lines itself */
    ROW_CODES_SHORT_DIM = 256 /* above, short codes are not needed for a small index */
};

typedef struct row_codes {
    const vector_rows *rows;
    uint64_t seed;
    uint32_t dim;    /* of a code; 0: there are none, vectors are too short */
    bool is_short;   /* codes of 4 bits */
    bool has_along;  /* behind a code stands its product with the centre */
    uint32_t sample; /* rows that the coder is made from */
    coder *coder;    /* NULL while count is 0, then for good */
    /* Of one of those below count, even of one that has left since, or of the centre, there is no code. Relaxed
     * order is enough: it is stored before the count that it is of, and loaded after. */
    _Atomic(bool) is_exceeded;
    _Atomic(uint32_t) count;
    region codes;
    lazy_array lazy; /* codes that are read when they are wanted */
} row_codes;

/* What is compared with rows: a row, or a query in the form of a row. */
typedef struct row_probe {
    const float *vector; /* [stride]; NULL: it is not in memory, and the code is compared */
    const int8_t *code;  /* [dim], a value each, or NULL */
    code_size size;
} row_probe;

/* Without codes. `rows` stays where it is. sample: at least 1; may_be_short: up to ROW_CODES_SHORT_DIM they are of 4 bits, while
 * row_codes_choose_length does not find otherwise */
void row_codes_init(row_codes *c, const vector_rows *rows, uint32_t sample, uint64_t seed,
                    bool may_be_short);
/* Runs alone. */
void row_codes_done(row_codes *c);

/* Nodes in slots 0..count have codes. Never falls. Any thread. */
static inline uint32_t row_codes_count(const row_codes *c)
{
    return atomic_load_explicit(&c->count, memory_order_acquire);
}

/* Do distances by codes from `query` [at least the rows' dim], in the form of a row, say anything? Where one of the
 * rows, or the query, is so long that the square of its length is no float, they do not, and vectors are to
 * be compared. To be asked after row_codes_count. Any thread. */
bool row_codes_fit(const row_codes *c, const float *query);
/* The same, of all rows among each other. Any thread. */
static inline bool row_codes_are_exceeded(const row_codes *c)
{
    return atomic_load_explicit(&c->is_exceeded, memory_order_relaxed);
}

/* Memory that codes take. Any thread. */
size_t row_codes_bytes(const row_codes *c);

/* Makes the coder, once, from the rows in the slots list[count]. The linker's. Errors: KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status row_codes_begin(row_codes *c, const uint32_t *list, uint32_t count,
                                         kith_error *err);
/* Makes short codes long ones where the rows in list[count], those of row_codes_begin, need them: where codes of 4 bits, but
 * not of 8, are too coarse to tell their ten nearest among each other apart (docs/decisions/120). Right after
 * row_codes_begin, before there is a code. The linker's. Of row_codes_length.c. Errors: KITH_ERR_NO_MEMORY; the codes
 * stay short. */
KITH_CHECKED kith_status row_codes_choose_length(row_codes *c, const uint32_t *list, uint32_t count,
                                                 kith_error *err);
/* Codes the rows in slots[count], which are published, and which no search reads by codes yet; there is
 * a coder. The linker's.
 * Errors: KITH_ERR_NO_MEMORY; nothing that has a code has changed. */
KITH_CHECKED kith_status row_codes_put(row_codes *c, const uint32_t *slots, uint32_t count,
                                       kith_error *err);
/* Slots up to `count` without a code have no node. The linker's. Errors: KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status row_codes_skip_to(row_codes *c, uint32_t count, kith_error *err);

/* Codes of 4 bits or of 8, while there are none. For row_codes_file.c. */
void row_codes_choose(row_codes *c, bool is_short);
/* Is the centre too long for the products that codes are compared with? For row_codes_file.c. */
bool row_codes_is_centre_exceeded(const coder *c);

/* ---- row_codes_file.c: codes as bytes ---- */

/* Appends codes and centre; there is a coder. The linker's. Fails as the buffer does. */
void row_codes_write(const row_codes *c, buffer *out);
/* Makes the codes of a part, which row_codes_write wrote, those of the first ones of `rows` rows; there were
 * none. What they are made by is read now, and a code when it is wanted. They are of 4 bits or of 8 as they are in the part; but
 * codes of 4 bits are left there when the rows are in memory, and are to be made again, of 8. Runs alone.
 * Errors: KITH_ERR_CORRUPT when they are of other vectors, or a size or number cannot be;
 * KITH_ERR_NO_MEMORY; any that reading the part has; there are no codes then. */
KITH_CHECKED kith_status row_codes_open(row_codes *c, lazy_part *part, uint32_t rows,
                                        kith_error *err);
/* Verifies all codes, once they are read. Errors: KITH_ERR_CORRUPT when one says of itself what cannot be. */
KITH_CHECKED kith_status row_codes_verify(const row_codes *c, kith_error *err);

/* ---- of a row that has a code; any thread ---- */

/* Asks for the code of a row, with what is said behind it, into the second level of the cache: the first waits for fewer
 * lines at a time than the codes of a few rows are. */
static inline void row_codes_prefetch(const row_codes *c, uint32_t row)
{
    enum { LINE = 64, SECOND_LEVEL = 2 };
    const char *code = region_at(&c->codes, row);
    for (size_t at = 0; at < c->codes.element_bytes; at += LINE)
        __builtin_prefetch(code + at, 0, SECOND_LEVEL);
    __builtin_prefetch(code + c->codes.element_bytes - 1, 0, SECOND_LEVEL);
}

/* The code with its size, as said above: of 8 bits [dim], or packed. */
static inline const int8_t *row_codes_at(const row_codes *c, uint32_t row)
{
    lazy_need(&c->lazy, row);
    return region_at(&c->codes, row);
}

/* Bytes of a code without its size. */
static inline size_t row_codes_code_bytes(const row_codes *c)
{
    return c->is_short ? c->dim / 2 : c->dim;
}

/* What stands behind such a code. */
static inline code_size row_codes_size_behind(const row_codes *c, const void *code)
{
    const char *at = (const char *)code + row_codes_code_bytes(c);
    code_size size = {0};
    memcpy(&size.step, at, sizeof size.step);
    memcpy(&size.square, at + sizeof size.step, sizeof size.square);
    if (c->has_along) memcpy(&size.along, at + 2 * sizeof(float), sizeof size.along);
    return size;
}

static inline code_size row_codes_size(const row_codes *c, uint32_t row)
{
    return row_codes_size_behind(c, row_codes_at(c, row));
}

/* Standard deviations of an error that a search leaves open, whose hits are compared by their vectors. */
static inline float row_codes_errors_open(const row_codes *c)
{
    return c->is_short ? 2.5F : 3;
}

/* The mean squared length of the codes of some of the first `count` rows, evenly spread; 1 where it is
 * 0 or too large. `count` is at least 1. */
float row_codes_mean_square(const row_codes *c, uint32_t count);

/* The row as a probe. room [dim] bytes, the probe's for as long as it is used: codes of 4 bits are unpacked to it. */
row_probe row_codes_probe(const row_codes *c, uint32_t row, void *room);
/* Codes a query, in the form of a row. work [dim] and code [dim] are the caller's, and code is the
 * probe's for as long as it is used. */
row_probe row_codes_prepare(const row_codes *c, const float *query, float *work, int8_t *code);

/* out[i] = distance by codes of `probe` to row ids[i]; ids and out [count]. Finite. */
void row_codes_distances(const row_codes *c, const row_probe *probe, const uint32_t *ids,
                         size_t count, float *out);
/* The same to rows whose codes, with their sizes behind them, are at codes[count]. */
void row_codes_distances_at(const row_codes *c, const row_probe *probe, const int8_t *const *codes,
                            size_t count, float *out);
/* The standard deviation of such a distance to `row`, which is `distance`. */
float row_codes_error(const row_codes *c, const row_probe *probe, uint32_t row, float distance);
/* The same to a row of that size. */
float row_codes_error_of(const row_codes *c, const row_probe *probe, code_size size,
                         float distance);
/* Are two distances, of which the larger one has that error, told apart? */
bool row_codes_are_apart(float first, float last, float error);
/* Do the distances of list[count], ascending and by codes, not tell the first from the last? */
bool row_codes_are_blind(const row_codes *c, const row_probe *probe, const candidate *list,
                         size_t count);

#endif
