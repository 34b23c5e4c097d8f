/* bert_weights.c - see bert_weights.h. The tensors' names are those of Hugging Face's BertModel. */
#include "model/bert_weights.h"

#include "base/size.h"
#include "model/float_layout.h"
#include "model/weight_loader.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

size_t bert_energy_count(const bert_shape *shape)
{
    return bert_energy_offset(shape, shape->layers * BERT_PRODUCTS);
}

static void place_norm(bert_norm *n, uint32_t hidden, float_layout *layout)
{
    n->gamma = float_layout_take(layout, 1, hidden);
    n->beta = float_layout_take(layout, 1, hidden);
}

/* The format of a product; NULL: float32. KITH_ERR_UNSUPPORTED: the CPU has none. */
static kith_status choose_formats(bert *b, const bert_recipe *recipe, kith_error *err)
{
    b->attend = b->kernels->attend;
    if (!recipe) return KITH_OK;
    for (uint32_t i = 0; i < b->shape.layers * BERT_PRODUCTS; i++) {
        gemm_precision precision = recipe->precisions[i];
        if (precision == GEMM_FLOAT32) continue;
        const gemm_format *format = gemm_format_of(b->level, precision);
        if (!format)
            return fail(err, KITH_ERR_UNSUPPORTED, "this CPU has no %s products",
                        gemm_precision_name(precision));
        *bert_product_at(b, i) = (linear){.format = format};
        b->is_coded = true;
    }
    if (recipe->attention == GEMM_FLOAT32) return KITH_OK;
    const gemm_format *format = gemm_format_of(b->level, recipe->attention);
    if (!format || !format->attend)
        return fail(err, KITH_ERR_UNSUPPORTED, "this CPU has no attention in %s",
                    gemm_precision_name(recipe->attention));
    b->attend = format->attend;
    return KITH_OK;
}

/* The layers' formats are chosen already, and stay. */
static void place_linear(linear *l, const bert *b, uint32_t outputs, uint32_t inputs,
                         float_layout *layout)
{
    linear_place(l, b->kernels, l->format, outputs, inputs, layout);
}

static void place_weights(bert *b, float_layout *layout)
{
    const bert_shape *s = &b->shape;
    b->position_embeddings = float_layout_take(layout, s->positions, s->hidden);
    place_norm(&b->embedding_norm, s->hidden, layout);
    for (uint32_t i = 0; i < s->layers; i++) {
        bert_layer *l = &b->layers[i];
        place_linear(&l->qkv, b, 3 * s->hidden, s->hidden, layout);
        place_linear(&l->attention_output, b, s->hidden, s->hidden, layout);
        place_linear(&l->up, b, s->intermediate, s->hidden, layout);
        place_linear(&l->down, b, s->hidden, s->intermediate, layout);
        place_norm(&l->attention_norm, s->hidden, layout);
        place_norm(&l->output_norm, s->hidden, layout);
    }
}

/* `name` without ".weight" and ".bias", which models converted from TensorFlow call gamma and
 * beta. */
static kith_status load_norm(const weight_loader *l, const char *name, uint32_t hidden,
                             bert_norm *out)
{
    char gamma[256], beta[256];
    (void)snprintf(gamma, sizeof gamma, "%s%s.gamma", l->prefix, name);
    bool old = safetensors_find(l->weights, gamma) != NULL;
    (void)snprintf(gamma, sizeof gamma, "%s.%s", name, old ? "gamma" : "weight");
    (void)snprintf(beta, sizeof beta, "%s.%s", name, old ? "beta" : "bias");
    kith_status status = weight_loader_read(l, gamma, 1, hidden, out->gamma);
    if (status != KITH_OK) return status;
    return weight_loader_read(l, beta, 1, hidden, out->beta);
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
    status = tensor_read(types, 0, s->hidden, l->staging, l->err);
    for (uint32_t p = 0; status == KITH_OK && p < s->positions; p++) {
        float *row = b->position_embeddings + (size_t)p * gemm_padded(s->hidden);
        status = tensor_read(positions, (uint64_t)p * s->hidden, s->hidden, row, l->err);
        for (uint32_t i = 0; i < s->hidden; i++)
            row[i] += l->staging[i];
    }
    if (status != KITH_OK) return status;
    return load_norm(l, "embeddings.LayerNorm", s->hidden, &b->embedding_norm);
}

/* Error: those of weight_loader_read, KITH_ERR_NO_MEMORY. */
static kith_status load_second_type(const weight_loader *l, bert *b)
{
    const bert_shape *s = &b->shape;
    if (s->types < 2) return KITH_OK;
    float *types = heap_new_array((size_t)s->types * s->hidden, sizeof *types);
    if (!types) return fail(l->err, KITH_ERR_NO_MEMORY, "no memory for token types");
    kith_status status = weight_loader_read(l, "embeddings.token_type_embeddings.weight", s->types,
                                            s->hidden, types);
    for (uint32_t i = 0; status == KITH_OK && i < s->hidden; i++)
        types[i] = types[s->hidden + i] - types[i];
    if (status == KITH_OK)
        b->second_type = types;
    else
        free(types);
    return status;
}

static kith_status load_qkv(const weight_loader *l, const char *name, const float *energy,
                            linear *out)
{
    static const char *const parts[] = {"query", "key", "value"};
    char names[3][160];
    const char *pointers[3];
    for (uint32_t i = 0; i < 3; i++) {
        (void)snprintf(names[i], sizeof names[i], "%s.%s", name, parts[i]);
        pointers[i] = names[i];
    }
    return linear_load(out, l, pointers, 3, energy);
}

/* energy  of all products' inputs, or NULL */
static kith_status load_layer(const weight_loader *l, const bert *b, uint32_t number,
                              const float *energy)
{
    bert_layer *to = &b->layers[number];
    const struct {
        const char *name;
        bert_product product; /* BERT_PRODUCTS: a norm */
        bert_norm *norm;
    } parts[] = {
        {"attention.self", BERT_QKV, NULL},
        {"attention.output.dense", BERT_ATTENTION_OUTPUT, NULL},
        {"attention.output.LayerNorm", BERT_PRODUCTS, &to->attention_norm},
        {"intermediate.dense", BERT_UP, NULL},
        {"output.dense", BERT_DOWN, NULL},
        {"output.LayerNorm", BERT_PRODUCTS, &to->output_norm},
    };
    kith_status status = KITH_OK;
    for (size_t i = 0; status == KITH_OK && i < sizeof parts / sizeof *parts; i++) {
        char text[128];
        const char *name = text;
        (void)snprintf(text, sizeof text, "encoder.layer.%u.%s", number, parts[i].name);
        if (parts[i].norm) {
            status = load_norm(l, name, b->shape.hidden, parts[i].norm);
            continue;
        }
        uint32_t product = number * BERT_PRODUCTS + parts[i].product;
        const float *inputs = energy ? energy + bert_energy_offset(&b->shape, product) : NULL;
        if (parts[i].product == BERT_QKV)
            status = load_qkv(l, name, inputs, &to->qkv);
        else
            status = linear_load(bert_product_at(b, product), l, &name, 1, inputs);
    }
    return status;
}

static kith_status load_all(bert *b, const safetensors *weights, const float *energy,
                            kith_error *err)
{
    const bert_shape *s = &b->shape;
    // The widest matrix, and one row more, which packing codes needs.
    size_t rows = size_max(3 * (size_t)s->hidden, s->intermediate) + 1;
    weight_loader l = {
        .weights = weights, .prefix = weight_loader_find_prefix(weights), .err = err};
    l.staging = heap_new_array(rows + s->intermediate / s->hidden, s->hidden * sizeof(float));
    if (!l.staging) return fail(err, KITH_ERR_NO_MEMORY, "no memory for a weight matrix");
    kith_status status = load_embeddings(&l, b);
    if (status == KITH_OK) status = load_second_type(&l, b);
    for (uint32_t i = 0; status == KITH_OK && i < s->layers; i++)
        status = load_layer(&l, b, i, energy);
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

/* Counts the block's floats. Error: KITH_ERR_MODEL. */
static kith_status measure_block(bert *b, kith_error *err)
{
    float_layout measured = {0};
    place_weights(b, &measured);
    size_t bytes = 0;
    if (measured.overflow || !size_mul(measured.used, sizeof(float), &bytes))
        return fail(err, KITH_ERR_MODEL, "the model's shape overflows");
    b->floats = measured.used;
    return KITH_OK;
}

static void place_block(bert *b, float *block)
{
    float_layout placed = {.block = block};
    b->block = block;
    place_weights(b, &placed);
    CHECK(!placed.overflow && placed.used == b->floats);
}

/* Allocates the block, zeroed, and places all weights in it from its first aligned float on. */
static kith_status allocate_block(bert *b, kith_error *err)
{
    size_t floats = 0;
    if (!size_add(b->floats, GEMM_PAD, &floats))
        return fail(err, KITH_ERR_MODEL, "the model's shape overflows");
    b->memory = heap_new_array(floats, sizeof(float));
    if (!b->memory) return fail(err, KITH_ERR_NO_MEMORY, "no memory for %zu weights", floats);
    float *block = b->memory;
    uintptr_t misaligned = (uintptr_t)block % GEMM_ALIGNMENT_BYTES;
    if (misaligned) block += (GEMM_ALIGNMENT_BYTES - misaligned) / sizeof(float);
    place_block(b, block);
    return KITH_OK;
}

/* A model whose formats are chosen and whose block is measured, but not there yet. */
static kith_status prepare(const bert_shape *shape, const bert_recipe *recipe, bert **out,
                           kith_error *err)
{
    CHECK(shape->layers > 0 && shape->heads > 0 && shape->hidden % shape->heads == 0);
    bert *b = calloc(1, sizeof *b);
    if (!b) return fail(err, KITH_ERR_NO_MEMORY, "no memory for a model");
    kith_status status = KITH_OK;
    b->shape = *shape;
    b->level = simd()->level;
    b->kernels = simd()->gemm;
    b->layers = heap_new_array(shape->layers, sizeof *b->layers);
    if (!b->layers)
        status = fail(err, KITH_ERR_NO_MEMORY, "no memory for %u layers", shape->layers);
    if (status == KITH_OK) status = choose_formats(b, recipe, err);
    if (status == KITH_OK) status = measure_block(b, err);
    if (status == KITH_OK)
        *out = b;
    else
        bert_free(b);
    return status;
}

kith_status bert_new(const bert_shape *shape, const safetensors *weights, const bert_recipe *recipe,
                     bert **out, kith_error *err)
{
    bert *b = NULL;
    kith_status status = check_depth(shape, weights, err);
    if (status != KITH_OK) return status;
    status = prepare(shape, recipe, &b, err);
    if (status != KITH_OK) return status;
    status = allocate_block(b, err);
    if (status == KITH_OK) status = load_all(b, weights, recipe ? recipe->energy : NULL, err);
    if (status != KITH_OK) {
        bert_free(b);
        return status;
    }
    *out = b;
    return KITH_OK;
}

kith_status bert_adopt(const bert_shape *shape, const safetensors *weights,
                       const bert_recipe *recipe, view block, bert **out, kith_error *err)
{
    bert *b = NULL;
    weight_loader l = {
        .weights = weights, .prefix = weight_loader_find_prefix(weights), .err = err};
    const tensor *words = NULL;
    CHECK((uintptr_t)block.data % GEMM_ALIGNMENT_BYTES == 0);
    kith_status status = weight_loader_find_checked(&l, "embeddings.word_embeddings.weight",
                                                    shape->vocabulary, shape->hidden, &words);
    if (status != KITH_OK) return status;
    status = prepare(shape, recipe, &b, err);
    if (status != KITH_OK) return status;
    if (block.size != b->floats * sizeof(float)) {
        bert_free(b);
        return fail(err, KITH_ERR_MODEL, "packed weights have another size");
    }
    // Nothing writes to a block once it is loaded.
    place_block(b, (float *)(uintptr_t)block.data);
    b->word_embeddings = words;
    status = load_second_type(&l, b);
    if (status != KITH_OK) {
        bert_free(b);
        return status;
    }
    for (uint32_t i = 0; i < shape->layers * BERT_PRODUCTS; i++)
        linear_adopt(bert_product_at(b, i));
    *out = b;
    return KITH_OK;
}

void bert_free(bert *b)
{
    if (!b) return;
    free(b->memory);
    free(b->second_type);
    free(b->layers);
    free(b);
}

simd_level bert_level(const bert *b)
{
    return b->level;
}

view bert_block(const bert *b)
{
    return (view){(const char *)b->block, b->floats * sizeof(float)};
}

/* ---- checking ---- */

static const char *check_norm(const bert_norm *n, uint32_t hidden)
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

static const char *check_layer(const bert_shape *s, const bert_layer *l)
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
