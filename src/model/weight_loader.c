/* weight_loader.c - see weight_loader.h. A model file comes from elsewhere: safetensors.c has
 * checked that a tensor's bytes lie in the file, and here it is checked that the tensor is the one
 * that the network's shape calls for. */
#include "model/weight_loader.h"

#include <stdio.h>

const char *weight_loader_find_prefix(const safetensors *weights)
{
    // A class with a head on top of the encoder keeps it as a member, whose name comes first.
    static const char *const prefixes[] = {"bert.", "model."};
    for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++) {
        char name[64];
        (void)snprintf(name, sizeof name, "%sembeddings.word_embeddings.weight", prefixes[i]);
        if (safetensors_find(weights, name)) return prefixes[i];
    }
    return "";
}

kith_status weight_loader_find_checked(const weight_loader *l, const char *name, uint32_t rows,
                                       uint32_t columns, const tensor **out)
{
    char full[256];
    (void)snprintf(full, sizeof full, "%s%s", l->prefix, name);
    const tensor *t = safetensors_find(l->weights, full);
    if (!t) return fail(l->err, KITH_ERR_MODEL, "tensor '%s' is missing", full);
    bool vector = t->rank == 1 && rows == 1 && t->shape[0] == columns;
    bool matrix = t->rank == 2 && t->shape[0] == rows && t->shape[1] == columns;
    if (!vector && !matrix)
        return fail(l->err, KITH_ERR_MODEL,
                    "tensor '%s' has rank %u and %llu elements, [%u][%u] expected", full, t->rank,
                    (unsigned long long)t->count, rows, columns);
    if (!tensor_is_float(t))
        return fail(l->err, KITH_ERR_MODEL, "tensor '%s' is not F32, F16 or BF16", full);
    *out = t;
    return KITH_OK;
}

static kith_status refuse_values(const weight_loader *l, const tensor *t)
{
    return fail(l->err, KITH_ERR_MODEL, "tensor '%.*s' holds a NaN or an infinity",
                VIEW_ARG(t->name));
}

kith_status weight_loader_find(const weight_loader *l, const char *name, uint32_t rows,
                               uint32_t columns, const tensor **out)
{
    const tensor *t = NULL;
    bool finite = false;
    kith_status status = weight_loader_find_checked(l, name, rows, columns, &t);
    if (status == KITH_OK) status = tensor_scan(t, &finite, l->err);
    if (status != KITH_OK) return status;
    if (!finite) return refuse_values(l, t);
    *out = t;
    return KITH_OK;
}

kith_status weight_loader_read(const weight_loader *l, const char *name, uint32_t rows,
                               uint32_t columns, float *out)
{
    const tensor *t = NULL;
    kith_status status = weight_loader_find_checked(l, name, rows, columns, &t);
    if (status == KITH_OK) status = tensor_read(t, 0, (size_t)t->count, out, l->err);
    if (status != KITH_OK) return status;
    return floats_are_finite(out, (size_t)t->count) ? KITH_OK : refuse_values(l, t);
}
