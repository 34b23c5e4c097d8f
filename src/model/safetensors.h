/* safetensors.h - the tensors of a safetensors file, read in place. */
#ifndef KITH_MODEL_SAFETENSORS_H
#define KITH_MODEL_SAFETENSORS_H

#include "base/status.h"
#include "base/view.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TENSOR_RANK_MAX = 8 };

/* TENSOR_OTHER is laid out and checked, but cannot be read as floats. */
typedef enum tensor_type { TENSOR_F32, TENSOR_F16, TENSOR_BF16, TENSOR_OTHER } tensor_type;

typedef struct tensor {
    view name;
    tensor_type type;
    uint32_t rank;
    uint64_t shape[TENSOR_RANK_MAX];
    uint64_t count; /* of elements */
    view bytes;     /* row-major, little-endian, not aligned */
} tensor;

typedef struct safetensors safetensors;

/* Reads and checks the header; `file` is the whole file and stays borrowed until
 * safetensors_free. Errors: KITH_ERR_MODEL with the fault (the caller adds the file's name);
 * KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status safetensors_parse(view file, safetensors **out, kith_error *err);
void safetensors_free(safetensors *s);

/* NULL when there is none. Any thread. */
const tensor *safetensors_find(const safetensors *s, const char *name);

/* Elements [first, first + count) as floats; the type is not TENSOR_OTHER. Any thread. */
void tensor_read(const tensor *t, uint64_t first, size_t count, float *out);
/* No element is infinite or NaN; the type is not TENSOR_OTHER. */
bool tensor_is_finite(const tensor *t);

#endif
