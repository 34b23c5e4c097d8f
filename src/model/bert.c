/* bert.c - BERT's encoder stack over packed weights.
 *
 * The texts of a batch are rows of one matrix, back to back and without padding between them: row
 * `start of text + t` is token t. A linear layer is then one product over the tokens of all texts,
 * and a norm works row by row; only attention looks at where a text begins and ends.
 *
 *   x = LayerNorm(word[id] + (position[t] + type[0]))                 [tokens][hidden]
 *   per layer:
 *     qkv = x Wqkv + b                                                [tokens][3 * hidden]
 *     context = softmax(q k' / sqrt(hidden / heads)) v                [tokens][hidden]
 *     x = LayerNorm(context Wo + b + x)                               [tokens][hidden]
 *     up = gelu(x Wup + b)                                            [tokens][intermediate]
 *     x = LayerNorm(up Wdown + b + x)                                 [tokens][hidden]
 *
 * where q, k and v are columns [0, hidden), [hidden, 2 * hidden) and [2 * hidden, 3 * hidden) of
 * qkv, and the softmax runs within one text and one head. Query, key and value are one linear layer
 * because one product of three times the width keeps the kernels busier than three.
 *
 * A text's states are bit-identical in any batch. For a product, a norm and attention the kernels
 * promise that an output row comes from the same operations in the same order whatever the other
 * rows are (gemm.h); nothing here adds rows of different texts; and no padding exists whose length
 * would depend on the longest text. So neither the batch nor a text's place in it can be seen in
 * its bits. They do differ between instruction sets, which round differently.
 *
 * All floats but the word embeddings lie in one block, written while loading, then only read, and
 * shared by all threads. What a run writes is the caller's scratch.
 *
 * Source: Devlin et al. 2018; the tensors' names are those of Hugging Face's BertModel. */
#include "model/bert.h"

#include "base/size.h"
#include "model/float_layout.h"
#include "model/linear.h"
#include "model/weight_loader.h"
#include "simd/gemm.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The learnt part of a LayerNorm: both [gemm_padded(hidden)], zeros in the padding. */
typedef struct norm {
    float *gamma, *beta;
} norm;

typedef struct layer {
    linear qkv;              /* hidden -> 3 * hidden */
    linear attention_output; /* hidden -> hidden */
    linear up;               /* hidden -> intermediate */
    linear down;             /* intermediate -> hidden */
    norm attention_norm, output_norm;
} layer;

struct bert {
    bert_shape shape;
    const simd_gemm *kernels;
    const tensor *word_embeddings; /* [vocabulary][hidden], borrowed from the file */
    float *position_embeddings;    /* [positions][padded hidden], token type 0 added */
    norm embedding_norm;
    layer *layers; /* [shape.layers] */
    float *block;  /* owns all floats above but the word embeddings; zeros where none was loaded */
};

/* ---- loading ---- */

static void place_norm(norm *n, uint32_t hidden, float_layout *layout)
{
    n->gamma = float_layout_take(layout, 1, hidden);
    n->beta = float_layout_take(layout, 1, hidden);
}

static void place_weights(bert *b, float_layout *layout)
{
    const bert_shape *s = &b->shape;
    b->position_embeddings = float_layout_take(layout, s->positions, s->hidden);
    place_norm(&b->embedding_norm, s->hidden, layout);
    for (uint32_t i = 0; i < s->layers; i++) {
        layer *l = &b->layers[i];
        linear_place(&l->qkv, b->kernels, 3 * s->hidden, s->hidden, layout);
        linear_place(&l->attention_output, b->kernels, s->hidden, s->hidden, layout);
        linear_place(&l->up, b->kernels, s->intermediate, s->hidden, layout);
        linear_place(&l->down, b->kernels, s->hidden, s->intermediate, layout);
        place_norm(&l->attention_norm, s->hidden, layout);
        place_norm(&l->output_norm, s->hidden, layout);
    }
}

/* `name` without ".weight" and ".bias", which models converted from TensorFlow call gamma and
 * beta. */
static kith_status load_norm(const weight_loader *l, const char *name, uint32_t hidden, norm *out)
{
    char gamma[256], beta[256];
    (void)snprintf(gamma, sizeof gamma, "%s%s.gamma", l->prefix, name);
    bool old = safetensors_find(l->weights, gamma) != NULL;
    (void)snprintf(gamma, sizeof gamma, "%s.%s", name, old ? "gamma" : "weight");
    (void)snprintf(beta, sizeof beta, "%s.%s", name, old ? "beta" : "bias");
    kith_status status = weight_loader_read_vector(l, gamma, hidden, out->gamma);
    if (status != KITH_OK) return status;
    return weight_loader_read_vector(l, beta, hidden, out->beta);
}

/* Row p becomes position p plus token type 0, the only type of a single text: the sum is the same
 * for every text, so it is taken once, here. */
static kith_status load_embeddings(const weight_loader *l, bert *b)
{
    const bert_shape *s = &b->shape;
    const tensor *positions = NULL, *types = NULL;
    kith_status status = weight_loader_find(l, "embeddings.word_embeddings.weight", s->vocabulary,
                                            s->hidden, &b->word_embeddings);
    if (status != KITH_OK) return status;
    status = weight_loader_find(l, "embeddings.position_embeddings.weight", s->positions, s->hidden,
                                &positions);
    if (status != KITH_OK) return status;
    status = weight_loader_find(l, "embeddings.token_type_embeddings.weight", s->types, s->hidden,
                                &types);
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

static kith_status load_qkv(const weight_loader *l, uint32_t number, linear *out)
{
    static const char *const parts[] = {"query", "key", "value"};
    char names[3][64];
    const char *pointers[3];
    for (uint32_t i = 0; i < 3; i++) {
        (void)snprintf(names[i], sizeof names[i], "encoder.layer.%u.attention.self.%s", number,
                       parts[i]);
        pointers[i] = names[i];
    }
    return linear_load(out, l, pointers, 3);
}

static kith_status load_layer(const weight_loader *l, const bert *b, uint32_t number)
{
    layer *to = &b->layers[number];
    const struct {
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
    kith_status status = load_qkv(l, number, &to->qkv);
    for (size_t i = 0; status == KITH_OK && i < sizeof parts / sizeof *parts; i++) {
        char text[128];
        const char *name = text;
        (void)snprintf(text, sizeof text, "encoder.layer.%u.%s", number, parts[i].name);
        status = parts[i].linear ? linear_load(parts[i].linear, l, &name, 1)
                                 : load_norm(l, name, b->shape.hidden, parts[i].norm);
    }
    return status;
}

static kith_status load_all(bert *b, const safetensors *weights, kith_error *err)
{
    const bert_shape *s = &b->shape;
    size_t rows = size_max(3 * (size_t)s->hidden, s->intermediate);
    weight_loader l = {
        .weights = weights, .prefix = weight_loader_find_prefix(weights), .err = err};
    l.staging = heap_new_array(rows, s->hidden * sizeof(float));
    if (!l.staging) return fail(err, KITH_ERR_NO_MEMORY, "no memory for a weight matrix");
    kith_status status = load_embeddings(&l, b);
    for (uint32_t i = 0; status == KITH_OK && i < s->layers; i++)
        status = load_layer(&l, b, i);
    free(l.staging);
    return status;
}

/* Finds the last layer and the position table in the file before memory is allocated by the numbers
 * that config.json claims: a small file cannot make the program ask for gigabytes. */
static kith_status check_depth(const bert_shape *s, const safetensors *weights, kith_error *err)
{
    weight_loader l = {
        .weights = weights, .prefix = weight_loader_find_prefix(weights), .err = err};
    const tensor *found = NULL;
    char name[128];
    (void)snprintf(name, sizeof name, "encoder.layer.%u.output.dense.weight", s->layers - 1);
    kith_status status = weight_loader_find(&l, name, s->hidden, s->intermediate, &found);
    if (status != KITH_OK) return status;
    return weight_loader_find(&l, "embeddings.position_embeddings.weight", s->positions, s->hidden,
                              &found);
}

/* Allocates the block, zeroed, and places all weights in it from its first aligned float on. */
static kith_status allocate_block(bert *b, kith_error *err)
{
    float_layout measured = {0};
    place_weights(b, &measured);
    size_t floats = 0;
    if (measured.overflow || !size_add(measured.used, GEMM_PAD, &floats))
        return fail(err, KITH_ERR_MODEL, "the model's shape overflows");
    b->block = heap_new_array(floats, sizeof(float));
    if (!b->block) return fail(err, KITH_ERR_NO_MEMORY, "no memory for %zu weights", floats);
    uintptr_t misaligned = (uintptr_t)b->block % GEMM_ALIGNMENT_BYTES;
    float_layout placed = {.block = b->block};
    if (misaligned) placed.block += (GEMM_ALIGNMENT_BYTES - misaligned) / sizeof(float);
    place_weights(b, &placed);
    CHECK(!placed.overflow && placed.used == measured.used);
    return KITH_OK;
}

kith_status bert_new(const bert_shape *shape, const safetensors *weights, bert **out,
                     kith_error *err)
{
    CHECK(shape->layers > 0 && shape->heads > 0 && shape->hidden % shape->heads == 0);
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

/* The scratch of one run, every row padded. `up` shares its memory with `qkv` and `context`: a
 * layer writes up only after it has added its attention to x, and the next layer writes qkv only
 * after `down` has read up. */
typedef struct buffers {
    float *x;         /* [tokens][hidden], the states */
    float *delta;     /* [tokens][hidden], what the next norm adds to x */
    float *attention; /* [gemm_attention_scratch(longest, hidden / heads)] */
    float *qkv;       /* [tokens][3 * hidden] */
    float *context;   /* [tokens][hidden] */
    float *up;        /* [tokens][intermediate] */
} buffers;

/* Places the buffers in `scratch`, or only counts when it is NULL. Returns the number of floats
 * that they take together; 0 when it overflows. */
static size_t place_buffers(const bert *b, size_t tokens, size_t longest, float *scratch,
                            buffers *out)
{
    const bert_shape *s = &b->shape;
    float_layout layout = {.block = scratch};
    out->x = float_layout_take(&layout, tokens, s->hidden);
    out->delta = float_layout_take(&layout, tokens, s->hidden);
    out->attention =
        float_layout_take(&layout, 1, gemm_attention_scratch(longest, s->hidden / s->heads));
    float_layout overlay = layout;
    out->qkv = float_layout_take(&layout, tokens, 3 * s->hidden);
    out->context = float_layout_take(&layout, tokens, s->hidden);
    out->up = float_layout_take(&overlay, tokens, s->intermediate);
    return layout.overflow || overlay.overflow ? 0 : size_max(layout.used, overlay.used);
}

size_t bert_stride(const bert *b)
{
    return gemm_padded(b->shape.hidden);
}

size_t bert_scratch(const bert *b, size_t tokens, size_t longest)
{
    buffers unused;
    return place_buffers(b, tokens, longest, NULL, &unused);
}

/* x = LayerNorm(x + delta) for rows [rows][padded hidden] of both. */
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

/* Writes the first states, [tokens][hidden], from the tables of words and positions. */
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

/* qkv [tokens][3 * hidden] to context [tokens][hidden], text by text. */
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
    CHECK((uintptr_t)scratch % GEMM_ALIGNMENT_BYTES == 0);
    for (uint32_t i = 0; i < batch->count; i++) {
        CHECK(batch->lengths[i] >= 1 && batch->lengths[i] <= b->shape.positions);
        tokens += batch->lengths[i];
        longest = size_max(longest, batch->lengths[i]);
    }
    buffers u;
    (void)place_buffers(b, tokens, longest, scratch, &u);
    embed_tokens(b, batch, u.x);
    for (uint32_t i = 0; i < b->shape.layers; i++) {
        const layer *l = &b->layers[i];
        linear_run(&l->qkv, tokens, u.x, u.qkv, GEMM_IDENTITY);
        run_attention(b, batch, &u);
        linear_run(&l->attention_output, tokens, u.context, u.delta, GEMM_IDENTITY);
        run_norm(b, &l->attention_norm, tokens, u.delta, u.x);
        linear_run(&l->up, tokens, u.x, u.up, GEMM_GELU);
        linear_run(&l->down, tokens, u.up, u.delta, GEMM_IDENTITY);
        run_norm(b, &l->output_norm, tokens, u.delta, u.x);
    }
    return u.x;
}

/* ---- checking ---- */

static const char *check_norm(const norm *n, uint32_t hidden)
{
    if ((uintptr_t)n->gamma % GEMM_ALIGNMENT_BYTES || (uintptr_t)n->beta % GEMM_ALIGNMENT_BYTES)
        return "a norm's floats are not aligned";
    for (size_t i = 0; i < gemm_padded(hidden); i++) {
        bool sound = i < hidden ? isfinite(n->gamma[i]) && isfinite(n->beta[i])
                                : n->gamma[i] == 0 && n->beta[i] == 0;
        if (!sound) return "a norm's weights are not finite, or their padding not zero";
    }
    return NULL;
}

static const char *check_layer(const bert_shape *s, const layer *l)
{
    const char *fault = linear_check(&l->qkv, 3 * s->hidden, s->hidden);
    if (!fault) fault = linear_check(&l->attention_output, s->hidden, s->hidden);
    if (!fault) fault = linear_check(&l->up, s->intermediate, s->hidden);
    if (!fault) fault = linear_check(&l->down, s->hidden, s->intermediate);
    if (!fault) fault = check_norm(&l->attention_norm, s->hidden);
    if (!fault) fault = check_norm(&l->output_norm, s->hidden);
    return fault;
}

const char *bert_check(const bert *b)
{
    const bert_shape *s = &b->shape;
    size_t stride = bert_stride(b);
    if (b->word_embeddings->count != (uint64_t)s->vocabulary * s->hidden)
        return "the table of words is not [vocabulary][hidden]";
    for (size_t p = 0; p < s->positions; p++)
        for (size_t i = s->hidden; i < stride; i++)
            if (b->position_embeddings[p * stride + i] != 0)
                return "the padding of the table of positions is not zero";
    const char *fault = check_norm(&b->embedding_norm, s->hidden);
    for (uint32_t i = 0; !fault && i < s->layers; i++)
        fault = check_layer(s, &b->layers[i]);
    return fault;
}
