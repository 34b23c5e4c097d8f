/* safetensors.h - the tensors of a safetensors file, read in place. */
#ifndef KITH_MODEL_SAFETENSORS_H
#define KITH_MODEL_SAFETENSORS_H

#include "base/status.h"
#include "base/view.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The format has no limit; BERT has tensors of 1 and 2 dimensions. */
enum { TENSOR_RANK_MAX = 8 };

/* TENSOR_OTHER is every other type of the format: such a tensor's place in the file is checked, but
 * its elements cannot be read. */
typedef enum tensor_type { TENSOR_F32, TENSOR_F16, TENSOR_BF16, TENSOR_OTHER } tensor_type;

typedef struct tensor {
    view name;
    tensor_type type;
    uint32_t rank;                   /* 0 for a scalar */
    uint64_t shape[TENSOR_RANK_MAX]; /* [rank] */
    uint64_t count;                  /* of elements: the product of the shape */
    view bytes;                      /* row-major, little-endian, not aligned */
} tensor;

/* Immutable: any thread may read it. */
typedef struct safetensors safetensors;

/* Parses and checks the header.
 * file  the whole file, borrowed until safetensors_free
 * out   the caller frees with safetensors_free; untouched on failure
 * Any thread.
 * Errors: KITH_ERR_MODEL when the file breaks a rule of the format (the message says which, and the
 * caller adds the file's name), or a tensor has more than TENSOR_RANK_MAX dimensions;
 * KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status safetensors_parse(view file, safetensors **out, kith_error *err);
/* NULL is allowed. */
void safetensors_free(safetensors *s);

/* The tensor of this name, borrowed from `s`; NULL when there is none. O(tensors). Any thread. */
const tensor *safetensors_find(const safetensors *s, const char *name);

/* Converts elements [first, first + count) of a tensor whose type is not TENSOR_OTHER to
 * out[count]; the conversion is exact. They must exist. Any thread. */
void tensor_read(const tensor *t, uint64_t first, size_t count, float *out);
/* Whether no element is infinite or NaN; the type is not TENSOR_OTHER. Reads them all. Any
 * thread. */
bool tensor_is_finite(const tensor *t);

#endif
