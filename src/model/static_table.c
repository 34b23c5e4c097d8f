/* static_table.c - see static_table.h. A token's row is read where it is needed (pread): a table has 16
 * to 500 MB, and a text needs a few hundred rows of it. Processes share the pages in which the file is
 * cached, and a file that is cut short meanwhile is an error (docs/decisions/063). */
#include "model/static_table.h"

#include "base/size.h"

#include <stdlib.h>

struct static_table {
    const tensor *rows;
    static_shape shape;
    float *weights;    /* [tokens]; NULL: 1 */
    uint32_t *mapping; /* [tokens]; NULL: a token's row is its id */
};

typedef struct tensors {
    const tensor *rows, *weights, *mapping;
} tensors;

static kith_status refuse_type(const tensor *t, const char *wanted, kith_error *err)
{
    return fail(err, KITH_ERR_UNSUPPORTED, "tensor '%.*s' is not of %s", VIEW_ARG(t->name), wanted);
}

/* A list with a number for each token; the first that there is says how many. */
static kith_status check_list(const tensor *t, static_shape *shape, kith_error *err)
{
    if (t->rank != 1 || t->count == 0 || t->count > STATIC_ROWS_MAX ||
        (shape->tokens && t->count != shape->tokens))
        return fail(err, KITH_ERR_MODEL, "tensor '%.*s' is no list of a number for each token",
                    VIEW_ARG(t->name));
    shape->tokens = (uint32_t)t->count;
    return KITH_OK;
}

static kith_status find_tensors(const safetensors *file, tensors *out, static_shape *shape,
                                kith_error *err)
{
    out->rows = safetensors_find(file, "embeddings");
    if (!out->rows) out->rows = safetensors_find(file, "embedding.weight");
    out->weights = safetensors_find(file, "weights");
    out->mapping = safetensors_find(file, "mapping");
    const tensor *t = out->rows;
    if (!t)
        return fail(err, KITH_ERR_MODEL,
                    "neither tensor 'embeddings' nor 'embedding.weight' is there");
    if (!tensor_is_float(t) && t->type != TENSOR_I8)
        return refuse_type(t, "F32, F16, BF16 or I8", err);
    if (t->rank != 2 || t->shape[0] == 0 || t->shape[0] > STATIC_ROWS_MAX || t->shape[1] == 0 ||
        t->shape[1] > STATIC_DIM_MAX)
        return fail(err, KITH_ERR_MODEL, "tensor '%.*s' is no table of 1..%d rows of 1..%d numbers",
                    VIEW_ARG(t->name), STATIC_ROWS_MAX, STATIC_DIM_MAX);
    *shape = (static_shape){.dim = (uint32_t)t->shape[1], .rows = (uint32_t)t->shape[0]};
    kith_status status = KITH_OK;
    if (out->weights && !tensor_is_float(out->weights))
        status = refuse_type(out->weights, "F32, F16 or BF16", err);
    if (out->mapping && out->mapping->type != TENSOR_I32 && out->mapping->type != TENSOR_I64)
        status = refuse_type(out->mapping, "I32 or I64", err);
    if (status == KITH_OK && out->mapping) status = check_list(out->mapping, shape, err);
    if (status == KITH_OK && out->weights) status = check_list(out->weights, shape, err);
    if (!out->mapping && (!shape->tokens || shape->tokens > shape->rows))
        shape->tokens = shape->rows;
    return status;
}

kith_status static_table_measure(const safetensors *file, static_shape *out, kith_error *err)
{
    tensors found = {0};
    static_shape shape = {0};
    kith_status status = find_tensors(file, &found, &shape, err);
    if (status == KITH_OK) *out = shape;
    return status;
}

static kith_status load_mapping(static_table *t, const tensor *mapping, kith_error *err)
{
    enum { PART = 4096 };
    int64_t rows[PART];
    kith_status status = KITH_OK;
    t->mapping = heap_new_array(t->shape.tokens, sizeof *t->mapping);
    if (!t->mapping) return fail(err, KITH_ERR_NO_MEMORY, "no memory for a table of tokens");
    for (uint32_t at = 0; status == KITH_OK && at < t->shape.tokens; at += PART) {
        uint32_t count = (uint32_t)size_min(PART, t->shape.tokens - at);
        status = tensor_read_integers(mapping, at, count, rows, err);
        for (uint32_t i = 0; status == KITH_OK && i < count; i++) {
            if (rows[i] < 0 || rows[i] >= t->shape.rows)
                status = fail(err, KITH_ERR_MODEL, "tensor 'mapping': row %lld of token %u, of %u",
                              (long long)rows[i], at + i, t->shape.rows);
            else
                t->mapping[at + i] = (uint32_t)rows[i];
        }
    }
    return status;
}

static kith_status load_weights(static_table *t, const tensor *weights, kith_error *err)
{
    t->weights = heap_new_array(t->shape.tokens, sizeof *t->weights);
    if (!t->weights) return fail(err, KITH_ERR_NO_MEMORY, "no memory for a table of tokens");
    kith_status status = tensor_read(weights, 0, t->shape.tokens, t->weights, err);
    if (status == KITH_OK && !floats_are_finite(t->weights, t->shape.tokens))
        status = fail(err, KITH_ERR_MODEL, "tensor 'weights' holds a NaN or an infinity");
    return status;
}

kith_status static_table_new(const safetensors *file, bool check_all, static_table **out,
                             kith_error *err)
{
    tensors found = {0};
    bool finite = true;
    static_table *t = calloc(1, sizeof *t);
    if (!t) return fail(err, KITH_ERR_NO_MEMORY, "no memory for a table of tokens");
    kith_status status = find_tensors(file, &found, &t->shape, err);
    t->rows = found.rows;
    if (status == KITH_OK && found.mapping) status = load_mapping(t, found.mapping, err);
    if (status == KITH_OK && found.weights) status = load_weights(t, found.weights, err);
    if (status == KITH_OK && check_all) status = tensor_scan(t->rows, &finite, err);
    if (status == KITH_OK && !finite)
        status = fail(err, KITH_ERR_MODEL, "tensor '%.*s' holds a NaN or an infinity",
                      VIEW_ARG(t->rows->name));
    if (status == KITH_OK)
        *out = t;
    else
        static_table_free(t);
    return status;
}

void static_table_free(static_table *t)
{
    if (!t) return;
    free(t->weights);
    free(t->mapping);
    free(t);
}

static_shape static_table_shape(const static_table *t)
{
    return t->shape;
}

const char *static_table_type(const static_table *t)
{
    static const char *const names[] = {
        [TENSOR_F32] = "f32", [TENSOR_F16] = "f16", [TENSOR_BF16] = "bf16", [TENSOR_I8] = "int8"};
    return names[t->rows->type];
}

bool static_table_read(const static_table *t, uint32_t id, float *out)
{
    CHECK(id < t->shape.tokens);
    const uint64_t row = t->mapping ? t->mapping[id] : id;
    if (tensor_read(t->rows, row * t->shape.dim, t->shape.dim, out, NULL) != KITH_OK) return false;
    for (uint32_t i = 0; t->weights && i < t->shape.dim; i++)
        out[i] *= t->weights[id];
    return true;
}
