/* weight_loader.h - a network's published tensors by name, checked for shape, type and values
 * before a number of them is used. */
#ifndef KITH_MODEL_WEIGHT_LOADER_H
#define KITH_MODEL_WEIGHT_LOADER_H

#include "base/status.h"
#include "model/safetensors.h"

#include <stdint.h>

/* Lives while one network is loaded; one thread. All pointers are borrowed. */
typedef struct weight_loader {
    const safetensors *weights;
    const char *prefix; /* before every name in the file: "", "bert." or "model." */
    float *staging;     /* room for the largest weight matrix, unpadded, [outputs][inputs] */
    kith_error *err;    /* may be NULL */
} weight_loader;

/* The prefix under which `weights` holds "embeddings.word_embeddings.weight"; "" when it is under
 * none of the known ones, so that the tensor is then reported as missing under its plain name. */
const char *weight_loader_find_prefix(const safetensors *weights);

/* Finds the tensor `name` (without the prefix) of shape [rows][columns], or [columns] when rows
 * is 1; *out lives as long as l->weights. Reads every element once, to see that it is finite.
 * Errors: KITH_ERR_MODEL when the tensor is missing, has another shape, is not F32, F16 or BF16,
 * or holds a NaN or an infinity, or the file was cut short; KITH_ERR_IO; KITH_ERR_NO_MEMORY; *out is
 * untouched. */
KITH_CHECKED kith_status weight_loader_find(const weight_loader *l, const char *name, uint32_t rows,
                                            uint32_t columns, const tensor **out);
/* The same without reading the elements, of a file in which they were found finite before. */
KITH_CHECKED kith_status weight_loader_find_checked(const weight_loader *l, const char *name,
                                                    uint32_t rows, uint32_t columns,
                                                    const tensor **out);

/* Reads the tensor `name`, of that shape, into out[rows * columns].
 * Errors: as weight_loader_find; `out` then holds nothing of use. */
KITH_CHECKED kith_status weight_loader_read(const weight_loader *l, const char *name, uint32_t rows,
                                            uint32_t columns, float *out);

#endif
