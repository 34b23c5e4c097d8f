/* static_table.h - a vector for each token: all there is of a model of static embeddings. It stays in
 * its file, of which the rows that a text needs are read. */
#ifndef KITH_MODEL_STATIC_TABLE_H
#define KITH_MODEL_STATIC_TABLE_H

#include "base/status.h"
#include "model/safetensors.h"

#include <stdbool.h>
#include <stdint.h>

enum { STATIC_DIM_MAX = 1 << 14, STATIC_ROWS_MAX = 1 << 24 };

typedef struct static_shape {
    uint32_t dim, rows; /* of the table, 1..STATIC_DIM_MAX and 1..STATIC_ROWS_MAX */
    uint32_t tokens;    /* that have a row: ids are below */
} static_shape;

/* Finds the tensors and checks their types and shapes:
 *   embeddings, or embedding.weight   [rows][dim] of F32, F16, BF16 or I8
 *   weights                           [tokens] of F32, F16 or BF16; absent: 1
 *   mapping                           [tokens] of I32 or I64, each the row of a token; absent: its id
 * Any thread. Errors: KITH_ERR_MODEL (one is missing, or of another shape), KITH_ERR_UNSUPPORTED (another
 * type); each names the tensor. */
KITH_CHECKED kith_status static_table_measure(const safetensors *file, static_shape *out,
                                              kith_error *err);

/* Immutable: any thread may read it. */
typedef struct static_table static_table;

/* Reads weights and mapping, and checks that the mapping leads to rows.
 * file       borrowed until static_table_free
 * check_all  whether every number is read to see that it is finite; false of a file that was checked
 *            before
 * out        the caller frees with static_table_free; untouched on failure
 * Errors: those of static_table_measure and tensor_read; KITH_ERR_MODEL (a number is not finite, a row is
 * none of the table); KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status static_table_new(const safetensors *file, bool check_all,
                                          static_table **out, kith_error *err);
/* NULL is allowed. */
void static_table_free(static_table *t);
static_shape static_table_shape(const static_table *t);
/* "f32", "f16", "bf16" or "int8": what the rows are stored as. */
const char *static_table_type(const static_table *t);

/* Writes the row of token `id` < tokens times its weight to out[dim]. False when it cannot be read. Any
 * thread. */
bool static_table_read(const static_table *t, uint32_t id, float *out);

#endif
