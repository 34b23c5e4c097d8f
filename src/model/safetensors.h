/* safetensors.h - the tensors of a safetensors file, which stays open and is read where it is needed. */
#ifndef KITH_MODEL_SAFETENSORS_H
#define KITH_MODEL_SAFETENSORS_H

#include "base/hash.h"
#include "base/status.h"
#include "base/view.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The format has no limit; BERT has tensors of 1 and 2 dimensions. */
enum { TENSOR_RANK_MAX = 8 };

/* Networks have the first three; tables of word vectors have 8-bit integers too, and row numbers as
 * wider ones. TENSOR_OTHER is every other type of the format: such a tensor's place in the file is checked, but
 * its elements cannot be read. */
typedef enum tensor_type {
    TENSOR_F32,
    TENSOR_F16,
    TENSOR_BF16,
    TENSOR_I8,
    TENSOR_I32,
    TENSOR_I64,
    TENSOR_OTHER
} tensor_type;

typedef struct tensor {
    view name;
    tensor_type type;
    uint32_t rank;                   /* 0 for a scalar */
    uint64_t shape[TENSOR_RANK_MAX]; /* [rank] */
    uint64_t count;                  /* of elements: the product of the shape */
    uint64_t offset, bytes;          /* in the file: row-major, little-endian */
    int fd;                          /* borrowed from the safetensors */
} tensor;

/* Immutable: any thread may read it. Holds a descriptor of the file. */
typedef struct safetensors safetensors;

/* Opens the file, and reads and checks its header.
 * out   the caller frees with safetensors_free; untouched on failure
 * Any thread.
 * Errors: KITH_ERR_MODEL when the file breaks a rule of the format (the message says which, and the
 * caller adds the file's name), or a tensor has more than TENSOR_RANK_MAX dimensions;
 * KITH_ERR_NOT_FOUND; KITH_ERR_IO, also when it is no regular file; KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status safetensors_open(const char *path, safetensors **out, kith_error *err);
/* NULL is allowed. */
void safetensors_free(safetensors *s);

/* The tensor of this name, borrowed from `s`; NULL when there is none. O(tensors). Any thread. */
const tensor *safetensors_find(const safetensors *s, const char *name);

/* False when the open file was written to or cut short since safetensors_open: what was read of it
 * later may not be what was checked. Another file under its name changes nothing. Any thread. */
bool safetensors_is_unchanged(const safetensors *s);
/* The hash128_of, with seed 0, of the whole file. Any thread. Errors: those of tensor_read;
 * KITH_ERR_NO_MEMORY; *out is untouched. */
KITH_CHECKED kith_status safetensors_digest(const safetensors *s, hash128 *out, kith_error *err);

/* Whether the elements are floating-point numbers that can be read. */
static inline bool tensor_is_float(const tensor *t)
{
    return t->type <= TENSOR_BF16;
}
/* Reads elements [first, first + count) of a tensor of type F32, F16, BF16 or I8 into out[count];
 * the conversion is exact. They must exist. Any thread.
 * Errors: KITH_ERR_MODEL when the file was cut short since it was opened; KITH_ERR_IO; `out` then
 * holds nothing of use. */
KITH_CHECKED kith_status tensor_read(const tensor *t, uint64_t first, size_t count, float *out,
                                     kith_error *err);
/* The same of a tensor of type I32 or I64. */
KITH_CHECKED kith_status tensor_read_integers(const tensor *t, uint64_t first, size_t count,
                                              int64_t *out, kith_error *err);
/* Whether no element is infinite or NaN; the types are those of tensor_read. Reads them all, in parts. Any
 * thread. Errors: those of tensor_read; KITH_ERR_NO_MEMORY; *finite is untouched. */
KITH_CHECKED kith_status tensor_scan(const tensor *t, bool *finite, kith_error *err);
/* The same of numbers in memory. */
bool floats_are_finite(const float *values, size_t count);

#endif
