/* linear.c - see linear.h.
 * Published weights are [outputs][inputs], so that y = x W'; that is the order in which the
 * kernels' pack() takes the right-hand side of a product, and no transposition is needed.
 *
 * int8 multiplies each input by smooth[k] and each weight of it by 1 / smooth[k] before both are
 * rounded: y stays as it is, and the rounding's error is shared between the two. With a the root
 * mean square of the input and w that of its weights, smooth = sqrt(w / a) makes both sides
 * sqrt(a w): a channel is as fine as it matters.
 * Sources: the tensors' names, torch.nn.Linear; smoothing, Xiao et al. 2022 (SmoothQuant). */
#include "model/linear.h"

#include <math.h>
#include <stdio.h>

/* Codes are laid out like floats; the block is aligned as they ask. */
static void *take_bytes(float_layout *layout, size_t bytes)
{
    return float_layout_take(layout, 1, (bytes + sizeof(float) - 1) / sizeof(float));
}

void linear_place_scratch(linear_scratch *s, size_t rows, uint32_t inputs, float_layout *layout)
{
    // The widest codes, in the tallest blocks.
    size_t blocks = (rows + GEMM_CODE_ROWS_MAX - 1) / GEMM_CODE_ROWS_MAX;
    s->codes = float_layout_take(layout, blocks * GEMM_CODE_ROWS_MAX,
                                 gemm_code_stride(sizeof(int16_t), inputs) / sizeof(float));
    s->rows = take_bytes(layout, rows * sizeof(gemm_row));
    s->row = float_layout_take(layout, 1, inputs);
}

void linear_place(linear *l, const simd_gemm *kernels, const gemm_format *format, uint32_t outputs,
                  uint32_t inputs, float_layout *layout)
{
    *l = (linear){.kernels = kernels, .format = format, .outputs = outputs, .inputs = inputs};
    l->bias = float_layout_take(layout, 1, outputs);
    if (!format) {
        // Packing only reorders: the panels hold `inputs` rows of padded outputs in all.
        l->packed = float_layout_take(layout, inputs, outputs);
        return;
    }
    CHECK(inputs <= GEMM_DEPTH_MAX);
    l->codes.codes = take_bytes(layout, gemm_codes_bytes(format, outputs, inputs));
    l->codes.scales = float_layout_take(layout, 1, outputs);
    l->codes.sums = take_bytes(layout, outputs * sizeof(int32_t));
    l->smooth = float_layout_take(layout, 1, inputs);
    l->levels = float_layout_take(layout, 1, 1);
}

/* Fills l->smooth and divides the weights [outputs][inputs] by it. A channel that is always zero,
 * or has no weights, stays as it is. */
static void smooth_weights(const linear *l, const float *energy, float *weights)
{
    for (size_t k = 0; k < l->inputs; k++) {
        double squares = 0;
        for (size_t n = 0; n < l->outputs; n++)
            squares += (double)weights[n * l->inputs + k] * (double)weights[n * l->inputs + k];
        double ratio = energy && energy[k] > 0 ? squares / l->outputs / (double)energy[k] : 0;
        l->smooth[k] = ratio > 0 ? (float)sqrt(sqrt(ratio)) : 1;
        for (size_t n = 0; n < l->outputs; n++)
            weights[n * l->inputs + k] /= l->smooth[k];
    }
}

kith_status linear_load(linear *l, const weight_loader *loader, const char *const *names,
                        uint32_t count, const float *energy)
{
    CHECK(count > 0 && l->outputs % count == 0);
    uint32_t part = l->outputs / count;
    char full[192];
    for (uint32_t i = 0; i < count; i++) {
        (void)snprintf(full, sizeof full, "%s.weight", names[i]);
        kith_status status = weight_loader_read(loader, full, part, l->inputs,
                                                loader->staging + (size_t)i * part * l->inputs);
        if (status != KITH_OK) return status;
        (void)snprintf(full, sizeof full, "%s.bias", names[i]);
        status = weight_loader_read(loader, full, 1, part, l->bias + (size_t)i * part);
        if (status != KITH_OK) return status;
    }
    if (!l->format) {
        l->kernels->pack(loader->staging, l->inputs, l->outputs, l->inputs, l->packed);
        return KITH_OK;
    }
    if (l->format->precision == GEMM_INT8) smooth_weights(l, energy, loader->staging);
    gemm_pack(l->format, loader->staging, l->outputs, l->inputs,
              loader->staging + (size_t)l->outputs * l->inputs, &l->codes);
    *l->levels = l->codes.levels;
    return KITH_OK;
}

void linear_adopt(linear *l)
{
    if (l->format) l->codes.levels = *l->levels;
}

void linear_run(const linear *l, size_t rows, const float *in, const linear_scratch *scratch,
                float *out, gemm_activation activation)
{
    if (!l->format) {
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
        return;
    }
    l->format->encode(&(gemm_encode_call){.a = in,
                                          .a_stride = gemm_padded(l->inputs),
                                          .smooth = l->smooth,
                                          .codes = scratch->codes,
                                          .rows = scratch->rows,
                                          .scratch = scratch->row,
                                          .count = rows,
                                          .depth = l->inputs,
                                          .levels = l->codes.levels});
    l->format->multiply(&(gemm_code_call){.codes = scratch->codes,
                                          .rows = scratch->rows,
                                          .weights = &l->codes,
                                          .bias = l->bias,
                                          .out = out,
                                          .out_stride = gemm_padded(l->outputs),
                                          .count = rows,
                                          .columns = l->outputs,
                                          .depth = l->inputs,
                                          .activation = activation});
}

static const char *check_codes(const linear *l)
{
    if ((uintptr_t)l->codes.codes % GEMM_CODE_ALIGNMENT ||
        (uintptr_t)l->codes.scales % GEMM_ALIGNMENT_BYTES ||
        (uintptr_t)l->smooth % GEMM_ALIGNMENT_BYTES)
        return "a linear layer's codes are not aligned";
    if (l->codes.levels != *l->levels || !(l->codes.levels >= 1))
        return "a linear layer has no codes for its inputs";
    for (size_t n = 0; n < gemm_padded(l->outputs); n++)
        if (!isfinite(l->codes.scales[n]) || (n >= l->outputs && l->codes.scales[n] != 0))
            return "a linear layer's scales are not finite, or their padding not zero";
    return NULL;
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
    if (l->format) return check_codes(l);
    for (size_t i = 0; i < inputs * gemm_padded(outputs); i++)
        if (!isfinite(l->packed[i])) return "a linear layer's packed weights are not finite";
    return NULL;
}
