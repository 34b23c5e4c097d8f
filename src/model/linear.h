/* linear.h - one linear layer, y = activation(x W' + b), with its weights packed for the kernels.
 *
 * This is the only part of a network that knows in which precision weights are stored and which
 * kernel multiplies them. What calls it sees padded rows of floats. */
#ifndef KITH_MODEL_LINEAR_H
#define KITH_MODEL_LINEAR_H

#include "base/status.h"
#include "model/float_layout.h"
#include "model/weight_loader.h"
#include "simd/gemm_codes.h"

#include <stddef.h>
#include <stdint.h>

/* Immutable once loaded; any thread may run it. Its numbers belong to the block of the layout that
 * placed it. */
typedef struct linear {
    const simd_gemm *kernels;  /* the table whose pack() wrote `packed`: no other can read it */
    const gemm_format *format; /* of `codes`; NULL: float32 */
    float *packed;     /* float32: [inputs][gemm_padded(outputs)] in the kernels' own order */
    gemm_packed codes; /* else; its levels are *levels */
    float *levels;     /* [1] */
    float *smooth;     /* int8: [gemm_padded(inputs)], zeros in the padding */
    float *bias;       /* [gemm_padded(outputs)], zeros in the padding */
    uint32_t outputs, inputs; /* both >= 1 */
} linear;

/* Memory of one run: codes [rows] of the layer's inputs, and a row. */
typedef struct linear_scratch {
    void *codes;
    gemm_row *rows;
    float *row;
} linear_scratch;

/* Places scratch for `rows` rows of layers with up to `inputs` inputs. */
void linear_place_scratch(linear_scratch *s, size_t rows, uint32_t inputs, float_layout *layout);

/* Places a layer of these sizes in `layout`; its numbers are not loaded yet. The block must be
 * zeroed: linear_load leaves the bias's padding as it finds it.
 * format  NULL: float32; inputs <= GEMM_DEPTH_MAX otherwise */
void linear_place(linear *l, const simd_gemm *kernels, const gemm_format *format, uint32_t outputs,
                  uint32_t inputs, float_layout *layout);

/* Loads a placed layer from the tensors "NAME.weight" [outputs / count][inputs] and "NAME.bias"
 * [outputs / count] of each of names[count]; the parts become consecutive outputs, in this order,
 * so that one product computes them all.
 * count    >= 1, divides l->outputs
 * energy   [inputs] mean square of each input in typical texts, by which int8 weighs channels; NULL:
 *          all alike
 * loader   staging has room for (outputs + 1) * inputs floats; overwritten
 * Errors: KITH_ERR_MODEL when a tensor is missing, has another shape, is not F32, F16 or BF16, or
 * holds a NaN or an infinity; the layer must not be run then. */
KITH_CHECKED kith_status linear_load(linear *l, const weight_loader *loader,
                                     const char *const *names, uint32_t count, const float *energy);

/* Makes a layer ready that was placed over a block that another layer of the same sizes and format
 * was loaded into. */
void linear_adopt(linear *l);

/* out = activation(in W' + b) for `rows` rows.
 * in       [rows][gemm_padded(inputs)], zeros in the padding
 * scratch  for as many rows and inputs; each thread has its own
 * out      [rows][gemm_padded(outputs)], zeros in the padding; must not overlap `in`
 * A row's result is bit-identical whatever the other rows are. Any thread. */
void linear_run(const linear *l, size_t rows, const float *in, const linear_scratch *scratch,
                float *out, gemm_activation activation);

/* NULL when the layer has these sizes, its numbers lie where the kernels can read them, and its
 * bias is finite with zeros in the padding; else what is wrong. For tests. */
const char *linear_check(const linear *l, uint32_t outputs, uint32_t inputs);

#endif
