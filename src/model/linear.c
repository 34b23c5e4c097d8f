/* linear.c - see linear.h.
 * Published weights are [outputs][inputs], so that y = x W'; that is the order in which the
 * kernels' pack() takes the right-hand side of a product, and no transposition is needed.
 * Source of the tensors' names: torch.nn.Linear. */
#include "model/linear.h"

#include <math.h>
#include <stdio.h>

void linear_place(linear *l, const simd_gemm *kernels, uint32_t outputs, uint32_t inputs,
                  float_layout *layout)
{
    // Packing only reorders: the panels hold `inputs` rows of padded outputs in all.
    *l = (linear){.kernels = kernels,
                  .packed = float_layout_take(layout, inputs, outputs),
                  .bias = float_layout_take(layout, 1, outputs),
                  .outputs = outputs,
                  .inputs = inputs};
}

kith_status linear_load(linear *l, const weight_loader *loader, const char *const *names,
                        uint32_t count)
{
    CHECK(count > 0 && l->outputs % count == 0);
    uint32_t part = l->outputs / count;
    char full[192];
    for (uint32_t i = 0; i < count; i++) {
        const tensor *t = NULL;
        (void)snprintf(full, sizeof full, "%s.weight", names[i]);
        kith_status status = weight_loader_find(loader, full, part, l->inputs, &t);
        if (status != KITH_OK) return status;
        tensor_read(t, 0, (size_t)t->count, loader->staging + (size_t)i * part * l->inputs);
        (void)snprintf(full, sizeof full, "%s.bias", names[i]);
        status = weight_loader_read_vector(loader, full, part, l->bias + (size_t)i * part);
        if (status != KITH_OK) return status;
    }
    l->kernels->pack(loader->staging, l->inputs, l->outputs, l->inputs, l->packed);
    return KITH_OK;
}

void linear_run(const linear *l, size_t rows, const float *in, float *out,
                gemm_activation activation)
{
    l->kernels->multiply(&(gemm_call){.a = in,
                                      .a_stride = gemm_padded(l->inputs),
                                      .packed = l->packed,
                                      .bias = l->bias,
                                      .out = out,
                                      .out_stride = gemm_padded(l->outputs),
                                      .rows = rows,
                                      .columns = l->outputs,
                                      .depth = l->inputs,
                                      .activation = activation});
}

const char *linear_check(const linear *l, uint32_t outputs, uint32_t inputs)
{
    if (!l->kernels || l->outputs != outputs || l->inputs != inputs)
        return "a linear layer does not have the shape's sizes";
    if ((uintptr_t)l->packed % GEMM_ALIGNMENT_BYTES || (uintptr_t)l->bias % GEMM_ALIGNMENT_BYTES)
        return "a linear layer's floats are not aligned";
    for (size_t i = 0; i < gemm_padded(outputs); i++)
        if (i < outputs ? !isfinite(l->bias[i]) : l->bias[i] != 0)
            return "a linear layer's bias is not finite, or its padding not zero";
    for (size_t i = 0; i < inputs * gemm_padded(outputs); i++)
        if (!isfinite(l->packed[i])) return "a linear layer's packed weights are not finite";
    return NULL;
}
