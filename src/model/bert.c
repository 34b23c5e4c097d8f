/* bert.c - BERT's encoder stack over packed weights.
 *
 * Texts of a batch are rows of one matrix, back to back: every linear layer is one product over
 * all tokens, only attention looks at where a text begins and ends. Each text's rows see the same
 * operations whatever lies around them.
 *
 *   x = LayerNorm(word[id] + (position[i] + type[0]))                 [tokens][hidden]
 *   per layer:
 *     qkv = x Wqkv + b                                                [tokens][3 hidden]
 *     context = softmax(q k' / sqrt(hidden / heads)) v, by text and head
 *     x = LayerNorm(context Wo + b + x)
 *     x = LayerNorm(gelu(x Wup + b) Wdown + b + x)                    up: [tokens][intermediate]
 *
 * Weights come as [out][in] (y = x W'), which is what gemm's pack takes. Query, key and value are
 * packed as one matrix. All packed floats live in one block, shared by all threads.
 * Source: Devlin et al. 2018; the tensors' names are those of Hugging Face's BertModel. */
#include "model/bert.h"

#include "base/size.h"
#include "simd/gemm.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* y = x W' + bias */
typedef struct linear {
    float *packed;
    float *bias; /* [padded outputs] */
    uint32_t outputs, inputs;
} linear;

typedef struct norm {
    float *gamma, *beta; /* [padded hidden] */
} norm;

typedef struct layer {
    linear qkv, attention_output, up, down;
    norm attention_norm, output_norm;
} layer;

struct bert {
    bert_shape shape;
    const simd_gemm *kernels;
    const tensor *word_embeddings; /* [vocabulary][hidden], borrowed */
    float *position_embeddings;    /* [positions][padded hidden], token type 0 added */
    norm embedding_norm;
    layer *layers;
    float *block; /* owns all floats above; zeros where nothing was loaded */
};

/* ---- loading ---- */

/* Hands out the block piece by piece; with no block it only counts. */
typedef struct carver {
    float *block;
    size_t used;
    bool overflow;
} carver;

static float *carve(carver *c, size_t rows, size_t columns)
{
    size_t count = 0, end = 0;
    float *piece = c->block ? c->block + c->used : NULL;
    if (!size_mul(rows, gemm_padded(columns), &count) || !size_add(c->used, count, &end))
        c->overflow = true;
    else
        c->used = end;
    return piece;
}

static void carve_linear(carver *c, linear *l, uint32_t outputs, uint32_t inputs)
{
    // Panels: `inputs` rows of padded outputs.
    *l = (linear){carve(c, inputs, outputs), carve(c, 1, outputs), outputs, inputs};
}

static void carve_norm(carver *c, norm *n, uint32_t hidden)
{
    *n = (norm){carve(c, 1, hidden), carve(c, 1, hidden)};
}

static void carve_all(carver *c, bert *b)
{
    const bert_shape *s = &b->shape;
    b->position_embeddings = carve(c, s->positions, s->hidden);
    carve_norm(c, &b->embedding_norm, s->hidden);
    for (uint32_t i = 0; i < s->layers; i++) {
        layer *l = &b->layers[i];
        carve_linear(c, &l->qkv, 3 * s->hidden, s->hidden);
        carve_linear(c, &l->attention_output, s->hidden, s->hidden);
        carve_linear(c, &l->up, s->intermediate, s->hidden);
        carve_linear(c, &l->down, s->hidden, s->intermediate);
        carve_norm(c, &l->attention_norm, s->hidden);
        carve_norm(c, &l->output_norm, s->hidden);
    }
}

typedef struct loader {
    const safetensors *weights;
    const char *prefix; /* "", "bert." or "model." */
    float *staging;     /* one weight matrix as published */
    kith_error *err;
} loader;

static kith_status find_tensor(const loader *l, const char *name, uint32_t rows, uint32_t columns,
                               const tensor **out)
{
    char full[256];
    (void)snprintf(full, sizeof full, "%s%s", l->prefix, name);
    const tensor *t = safetensors_find(l->weights, full);
    if (!t) return fail(l->err, KITH_ERR_MODEL, "tensor '%s' is missing", full);
    // A vector has rank 1; rows is 1 then.
    bool vector = t->rank == 1 && rows == 1 && t->shape[0] == columns;
    bool matrix = t->rank == 2 && t->shape[0] == rows && t->shape[1] == columns;
    if (!vector && !matrix)
        return fail(l->err, KITH_ERR_MODEL,
                    "tensor '%s' has rank %u and %llu elements, [%u][%u] expected", full, t->rank,
                    (unsigned long long)t->count, rows, columns);
    if (t->type == TENSOR_OTHER)
        return fail(l->err, KITH_ERR_MODEL, "tensor '%s' is not F32, F16 or BF16", full);
    if (!tensor_is_finite(t))
        return fail(l->err, KITH_ERR_MODEL, "tensor '%s' holds a NaN or an infinity", full);
    *out = t;
    return KITH_OK;
}

static kith_status load_vector(const loader *l, const char *name, uint32_t count, float *out)
{
    const tensor *t = NULL;
    kith_status status = find_tensor(l, name, 1, count, &t);
    if (status == KITH_OK) tensor_read(t, 0, count, out);
    return status;
}

/* `name` is that of the layer, "encoder.layer.0.intermediate.dense". */
static kith_status load_linear(const loader *l, const simd_gemm *kernels, const char *name,
                               linear *out)
{
    char full[192];
    const tensor *t = NULL;
    (void)snprintf(full, sizeof full, "%s.weight", name);
    kith_status status = find_tensor(l, full, out->outputs, out->inputs, &t);
    if (status != KITH_OK) return status;
    tensor_read(t, 0, (size_t)t->count, l->staging);
    kernels->pack(l->staging, out->inputs, out->outputs, out->inputs, out->packed);
    (void)snprintf(full, sizeof full, "%s.bias", name);
    return load_vector(l, full, out->outputs, out->bias);
}

/* Three matrices as one with three times the rows. */
static kith_status load_qkv(const loader *l, const simd_gemm *kernels, const char *prefix,
                            linear *out)
{
    static const char *const parts[] = {"query", "key", "value"};
    uint32_t hidden = out->inputs;
    char name[192];
    for (uint32_t i = 0; i < 3; i++) {
        const tensor *t = NULL;
        (void)snprintf(name, sizeof name, "%s.%s.weight", prefix, parts[i]);
        kith_status status = find_tensor(l, name, hidden, hidden, &t);
        if (status != KITH_OK) return status;
        tensor_read(t, 0, (size_t)t->count, l->staging + (size_t)i * hidden * hidden);
        (void)snprintf(name, sizeof name, "%s.%s.bias", prefix, parts[i]);
        status = load_vector(l, name, hidden, out->bias + (size_t)i * hidden);
        if (status != KITH_OK) return status;
    }
    kernels->pack(l->staging, hidden, out->outputs, hidden, out->packed);
    return KITH_OK;
}

/* Models converted from TensorFlow call weight and bias gamma and beta. */
static kith_status load_norm(const loader *l, const char *name, uint32_t hidden, norm *out)
{
    char gamma[256], beta[256];
    (void)snprintf(gamma, sizeof gamma, "%s%s.gamma", l->prefix, name);
    bool old = safetensors_find(l->weights, gamma) != NULL;
    (void)snprintf(gamma, sizeof gamma, "%s.%s", name, old ? "gamma" : "weight");
    (void)snprintf(beta, sizeof beta, "%s.%s", name, old ? "beta" : "bias");
    kith_status status = load_vector(l, gamma, hidden, out->gamma);
    if (status != KITH_OK) return status;
    return load_vector(l, beta, hidden, out->beta);
}

/* Row p: position p plus token type 0, the only type of a single text. */
static kith_status load_embeddings(const loader *l, bert *b)
{
    const bert_shape *s = &b->shape;
    const tensor *positions = NULL, *types = NULL;
    kith_status status = find_tensor(l, "embeddings.word_embeddings.weight", s->vocabulary,
                                     s->hidden, &b->word_embeddings);
    if (status != KITH_OK) return status;
    status = find_tensor(l, "embeddings.position_embeddings.weight", s->positions, s->hidden,
                         &positions);
    if (status != KITH_OK) return status;
    status = find_tensor(l, "embeddings.token_type_embeddings.weight", s->types, s->hidden, &types);
    if (status != KITH_OK) return status;
    tensor_read(types, 0, s->hidden, l->staging);
    for (uint32_t p = 0; p < s->positions; p++) {
        float *row = b->position_embeddings + (size_t)p * gemm_padded(s->hidden);
        tensor_read(positions, (uint64_t)p * s->hidden, s->hidden, row);
        for (uint32_t i = 0; i < s->hidden; i++)
            row[i] += l->staging[i];
    }
    return load_norm(l, "embeddings.LayerNorm", s->hidden, &b->embedding_norm);
}

static kith_status load_layer(const loader *l, const bert *b, uint32_t number)
{
    layer *to = &b->layers[number];
    struct {
        const char *name;
        linear *linear;
        norm *norm;
    } parts[] = {
        {"attention.output.dense", &to->attention_output, NULL},
        {"attention.output.LayerNorm", NULL, &to->attention_norm},
        {"intermediate.dense", &to->up, NULL},
        {"output.dense", &to->down, NULL},
        {"output.LayerNorm", NULL, &to->output_norm},
    };
    char name[128];
    (void)snprintf(name, sizeof name, "encoder.layer.%u.attention.self", number);
    kith_status status = load_qkv(l, b->kernels, name, &to->qkv);
    for (size_t i = 0; status == KITH_OK && i < sizeof parts / sizeof *parts; i++) {
        (void)snprintf(name, sizeof name, "encoder.layer.%u.%s", number, parts[i].name);
        status = parts[i].linear ? load_linear(l, b->kernels, name, parts[i].linear)
                                 : load_norm(l, name, b->shape.hidden, parts[i].norm);
    }
    return status;
}

static const char *find_prefix(const safetensors *weights)
{
    static const char *const prefixes[] = {"bert.", "model."};
    for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++) {
        char name[64];
        (void)snprintf(name, sizeof name, "%sembeddings.word_embeddings.weight", prefixes[i]);
        if (safetensors_find(weights, name)) return prefixes[i];
    }
    return "";
}

static kith_status load_all(bert *b, const safetensors *weights, kith_error *err)
{
    const bert_shape *s = &b->shape;
    size_t rows = size_max(3 * (size_t)s->hidden, s->intermediate);
    loader l = {.weights = weights, .prefix = find_prefix(weights), .err = err};
    l.staging = heap_new_array(rows, s->hidden * sizeof(float));
    if (!l.staging) return fail(err, KITH_ERR_NO_MEMORY, "no memory for a weight matrix");
    kith_status status = load_embeddings(&l, b);
    for (uint32_t i = 0; status == KITH_OK && i < s->layers; i++)
        status = load_layer(&l, b, i);
    free(l.staging);
    return status;
}

/* What the shape claims is there at its deepest, before memory is asked for by its numbers. */
static kith_status check_depth(const bert_shape *s, const safetensors *weights, kith_error *err)
{
    loader l = {.weights = weights, .prefix = find_prefix(weights), .err = err};
    const tensor *found = NULL;
    char name[128];
    (void)snprintf(name, sizeof name, "encoder.layer.%u.output.dense.weight", s->layers - 1);
    kith_status status = find_tensor(&l, name, s->hidden, s->intermediate, &found);
    if (status != KITH_OK) return status;
    return find_tensor(&l, "embeddings.position_embeddings.weight", s->positions, s->hidden,
                       &found);
}

/* The block's floats, GEMM_ALIGNMENT_BYTES-aligned inside a zeroed allocation. */
static kith_status allocate_block(bert *b, kith_error *err)
{
    carver counter = {0};
    carve_all(&counter, b);
    size_t floats = 0;
    if (counter.overflow || !size_add(counter.used, GEMM_PAD, &floats))
        return fail(err, KITH_ERR_MODEL, "the model's shape overflows");
    b->block = heap_new_array(floats, sizeof(float));
    if (!b->block) return fail(err, KITH_ERR_NO_MEMORY, "no memory for %zu weights", floats);
    uintptr_t misaligned = (uintptr_t)b->block % GEMM_ALIGNMENT_BYTES;
    carver c = {.block = b->block};
    if (misaligned) c.block += (GEMM_ALIGNMENT_BYTES - misaligned) / sizeof(float);
    carve_all(&c, b);
    return KITH_OK;
}

kith_status bert_new(const bert_shape *shape, const safetensors *weights, bert **out,
                     kith_error *err)
{
    kith_status status = check_depth(shape, weights, err);
    if (status != KITH_OK) return status;
    bert *b = calloc(1, sizeof *b);
    if (!b) return fail(err, KITH_ERR_NO_MEMORY, "no memory for a model");
    b->shape = *shape;
    b->kernels = simd()->gemm;
    b->layers = heap_new_array(shape->layers, sizeof *b->layers);
    if (!b->layers) {
        status = fail(err, KITH_ERR_NO_MEMORY, "no memory for %u layers", shape->layers);
        goto done;
    }
    status = allocate_block(b, err);
    if (status != KITH_OK) goto done;
    status = load_all(b, weights, err);
    if (status != KITH_OK) goto done;
    *out = b;
    b = NULL;
done:
    bert_free(b);
    return status;
}

void bert_free(bert *b)
{
    if (!b) return;
    free(b->block);
    free(b->layers);
    free(b);
}

/* ---- running ---- */

/* The scratch of one run, all rows padded. `up` lies over `qkv` and `context`: when one is written
 * the others are spent. */
typedef struct buffers {
    float *x;       /* [tokens][hidden] */
    float *delta;   /* [tokens][hidden], what a block adds to x */
    float *qkv;     /* [tokens][3 hidden] */
    float *context; /* [tokens][hidden] */
    float *up;      /* [tokens][intermediate] */
    float *attention;
} buffers;

static size_t carve_buffers(const bert *b, size_t tokens, size_t longest, float *scratch,
                            buffers *out)
{
    const bert_shape *s = &b->shape;
    carver c = {.block = scratch};
    out->x = carve(&c, tokens, s->hidden);
    out->delta = carve(&c, tokens, s->hidden);
    out->attention = carve(&c, 1, gemm_attention_scratch(longest, s->hidden / s->heads));
    carver overlay = c;
    out->qkv = carve(&c, tokens, 3 * s->hidden);
    out->context = carve(&c, tokens, s->hidden);
    out->up = carve(&overlay, tokens, s->intermediate);
    return c.overflow || overlay.overflow ? 0 : size_max(c.used, overlay.used);
}

size_t bert_stride(const bert *b)
{
    return gemm_padded(b->shape.hidden);
}

size_t bert_scratch(const bert *b, size_t tokens, size_t longest)
{
    buffers unused;
    return carve_buffers(b, tokens, longest, NULL, &unused);
}

static void run_linear(const bert *b, const linear *l, size_t rows, const float *in, float *out,
                       gemm_activation activation)
{
    b->kernels->multiply(&(gemm_call){.a = in,
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

/* x = LayerNorm(x + delta) */
static void run_norm(const bert *b, const norm *n, size_t rows, const float *delta, float *x)
{
    b->kernels->add_norm(&(gemm_norm_call){.a = x,
                                           .b = delta,
                                           .out = x,
                                           .stride = bert_stride(b),
                                           .rows = rows,
                                           .columns = b->shape.hidden,
                                           .gamma = n->gamma,
                                           .beta = n->beta,
                                           .epsilon = b->shape.epsilon});
}

static void embed_tokens(const bert *b, const bert_batch *batch, float *x)
{
    size_t hidden = b->shape.hidden, stride = bert_stride(b);
    for (uint32_t i = 0; i < batch->count; i++) {
        for (uint32_t t = 0; t < batch->lengths[i]; t++) {
            float *row = x + t * stride;
            CHECK(batch->ids[i][t] < b->shape.vocabulary);
            tensor_read(b->word_embeddings, (uint64_t)batch->ids[i][t] * hidden, hidden, row);
            memset(row + hidden, 0, (stride - hidden) * sizeof *row);
        }
        run_norm(b, &b->embedding_norm, batch->lengths[i], b->position_embeddings, x);
        x += batch->lengths[i] * stride;
    }
}

static void run_attention(const bert *b, const bert_batch *batch, const buffers *u)
{
    size_t hidden = b->shape.hidden, heads = b->shape.heads;
    size_t qkv_stride = gemm_padded(3 * hidden), stride = bert_stride(b), row = 0;
    for (uint32_t i = 0; i < batch->count; i++) {
        b->kernels->attend(&(gemm_attention_call){.qkv = u->qkv + row * qkv_stride,
                                                  .qkv_stride = qkv_stride,
                                                  .out = u->context + row * stride,
                                                  .out_stride = stride,
                                                  .tokens = batch->lengths[i],
                                                  .heads = heads,
                                                  .head_dim = hidden / heads,
                                                  .scratch = u->attention});
        row += batch->lengths[i];
    }
}

const float *bert_run(const bert *b, const bert_batch *batch, float *scratch)
{
    size_t tokens = 0, longest = 0;
    for (uint32_t i = 0; i < batch->count; i++) {
        CHECK(batch->lengths[i] >= 1 && batch->lengths[i] <= b->shape.positions);
        tokens += batch->lengths[i];
        longest = size_max(longest, batch->lengths[i]);
    }
    buffers u;
    (void)carve_buffers(b, tokens, longest, scratch, &u);
    embed_tokens(b, batch, u.x);
    for (uint32_t i = 0; i < b->shape.layers; i++) {
        const layer *l = &b->layers[i];
        run_linear(b, &l->qkv, tokens, u.x, u.qkv, GEMM_IDENTITY);
        run_attention(b, batch, &u);
        run_linear(b, &l->attention_output, tokens, u.context, u.delta, GEMM_IDENTITY);
        run_norm(b, &l->attention_norm, tokens, u.delta, u.x);
        run_linear(b, &l->up, tokens, u.x, u.up, GEMM_GELU);
        run_linear(b, &l->down, tokens, u.up, u.delta, GEMM_IDENTITY);
        run_norm(b, &l->output_norm, tokens, u.delta, u.x);
    }
    return u.x;
}
