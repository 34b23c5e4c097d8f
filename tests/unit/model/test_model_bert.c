/* The network against one written plainly in double, at every level that this CPU runs. */
#include "tiny_model.h"

#include "model/bert.h"
#include "simd/gemm.h"
#include "simd/simd.h"

static const bert_shape shape = {TINY_HIDDEN,     TINY_LAYERS,    TINY_HEADS, TINY_INTERMEDIATE,
                                 TINY_VOCABULARY, TINY_POSITIONS, TINY_TYPES, 1e-12f};

/* ---- the plain network ---- */

enum { H = TINY_HIDDEN, L = TINY_POSITIONS, F = TINY_INTERMEDIATE };

static const float *values(tiny_model *m, uint32_t layer, const char *name)
{
    char full[96];
    (void)snprintf(full, sizeof full, "encoder.layer.%u.%s", layer, name);
    return tiny_find(m, full)->values;
}

/* out[o] = in W'[o] + b[o] */
static void plain_linear(const double *in, uint32_t inputs, const float *w, const float *b,
                         uint32_t outputs, double *out)
{
    for (uint32_t o = 0; o < outputs; o++) {
        out[o] = b[o];
        for (uint32_t i = 0; i < inputs; i++)
            out[o] += in[i] * w[o * inputs + i];
    }
}

static void plain_norm(double *x, const float *gamma, const float *beta)
{
    double mean = 0, variance = 0;
    for (int i = 0; i < H; i++)
        mean += x[i] / H;
    for (int i = 0; i < H; i++)
        variance += (x[i] - mean) * (x[i] - mean) / H;
    for (int i = 0; i < H; i++)
        x[i] = (x[i] - mean) / sqrt(variance + 1e-12) * gamma[i] + beta[i];
}

static void plain_attention(double q[][H], double k[][H], double v[][H], uint32_t tokens,
                            uint32_t query, double *out)
{
    enum { D = H / TINY_HEADS };
    for (int head = 0; head < TINY_HEADS; head++) {
        double weights[L], sum = 0;
        for (uint32_t t = 0; t < tokens; t++) {
            double score = 0;
            for (int i = head * D; i < (head + 1) * D; i++)
                score += q[query][i] * k[t][i];
            sum += weights[t] = exp(score / sqrt(D));
        }
        for (int i = head * D; i < (head + 1) * D; i++) {
            out[i] = 0;
            for (uint32_t t = 0; t < tokens; t++)
                out[i] += weights[t] / sum * v[t][i];
        }
    }
}

static void plain_layer(tiny_model *m, uint32_t layer, uint32_t tokens, double x[][H])
{
    static double q[L][H], k[L][H], v[L][H];
    for (uint32_t t = 0; t < tokens; t++) {
        plain_linear(x[t], H, values(m, layer, "attention.self.query.weight"),
                     values(m, layer, "attention.self.query.bias"), H, q[t]);
        plain_linear(x[t], H, values(m, layer, "attention.self.key.weight"),
                     values(m, layer, "attention.self.key.bias"), H, k[t]);
        plain_linear(x[t], H, values(m, layer, "attention.self.value.weight"),
                     values(m, layer, "attention.self.value.bias"), H, v[t]);
    }
    for (uint32_t t = 0; t < tokens; t++) {
        double context[H], delta[H], up[F];
        plain_attention(q, k, v, tokens, t, context);
        plain_linear(context, H, values(m, layer, "attention.output.dense.weight"),
                     values(m, layer, "attention.output.dense.bias"), H, delta);
        for (int i = 0; i < H; i++)
            x[t][i] += delta[i];
        plain_norm(x[t], values(m, layer, "attention.output.LayerNorm.weight"),
                   values(m, layer, "attention.output.LayerNorm.bias"));
        plain_linear(x[t], H, values(m, layer, "intermediate.dense.weight"),
                     values(m, layer, "intermediate.dense.bias"), F, up);
        for (int i = 0; i < F; i++)
            up[i] = 0.5 * up[i] * (1 + erf(up[i] / sqrt(2)));
        plain_linear(up, F, values(m, layer, "output.dense.weight"),
                     values(m, layer, "output.dense.bias"), H, delta);
        for (int i = 0; i < H; i++)
            x[t][i] += delta[i];
        plain_norm(x[t], values(m, layer, "output.LayerNorm.weight"),
                   values(m, layer, "output.LayerNorm.bias"));
    }
}

static void plain_run(tiny_model *m, const uint32_t *ids, uint32_t tokens, double x[][H])
{
    const float *words = tiny_find(m, "embeddings.word_embeddings.weight")->values;
    const float *positions = tiny_find(m, "embeddings.position_embeddings.weight")->values;
    const float *types = tiny_find(m, "embeddings.token_type_embeddings.weight")->values;
    for (uint32_t t = 0; t < tokens; t++) {
        for (uint32_t i = 0; i < H; i++)
            x[t][i] = (double)words[ids[t] * H + i] + positions[t * H + i] + types[i];
        plain_norm(x[t], tiny_find(m, "embeddings.LayerNorm.weight")->values,
                   tiny_find(m, "embeddings.LayerNorm.bias")->values);
    }
    for (uint32_t layer = 0; layer < TINY_LAYERS; layer++)
        plain_layer(m, layer, tokens, x);
}

/* ---- texts ---- */

enum { TEXTS = 6 };
static const uint32_t lengths[TEXTS] = {5, 1, TINY_POSITIONS, 17, 2, 8};

static void make_texts(uint32_t ids[TEXTS][TINY_POSITIONS])
{
    rng r = {7};
    for (uint32_t i = 0; i < TEXTS; i++)
        for (uint32_t t = 0; t < TINY_POSITIONS; t++)
            ids[i][t] = rng_below(&r, TINY_VOCABULARY);
}

static float *new_scratch(const bert *b, size_t tokens, size_t longest)
{
    size_t floats = bert_scratch(b, tokens, longest);
    float *scratch = aligned_alloc(GEMM_ALIGNMENT_BYTES, floats * sizeof(float));
    assert_non_null(scratch);
    return scratch;
}

static bert *open_model(const safetensors *weights)
{
    kith_error err;
    bert *b = NULL;
    assert_ok(bert_new(&shape, weights, NULL, &b, &err));
    const char *fault = bert_check(b);
    if (fault) fail_msg("%s", fault);
    return b;
}

/* The model written as a file and opened, checked against the plain network text by text. */
static void check_file(tiny_model *m, view file)
{
    kith_error err;
    safetensors *weights = NULL;
    assert_ok(open_bytes(file, &weights, &err));
    bert *b = open_model(weights);
    uint32_t ids[TEXTS][TINY_POSITIONS];
    make_texts(ids);
    float *scratch = new_scratch(b, TINY_POSITIONS, TINY_POSITIONS);
    for (uint32_t i = 0; i < TEXTS; i++) {
        double expected[L][H];
        plain_run(m, ids[i], lengths[i], expected);
        const uint32_t *row = ids[i];
        const float *states = bert_run(b, &(bert_batch){&row, &lengths[i], 1}, scratch);
        for (uint32_t t = 0; t < lengths[i]; t++)
            for (uint32_t c = 0; c < H; c++)
                assert_float_equal(expected[t][c], states[t * bert_stride(b) + c], 2e-5);
    }
    free(scratch);
    bert_free(b);
    safetensors_free(weights);
}

static void the_states_are_those_of_the_plain_network(void **state)
{
    (void)state;
    tiny_model *m = tiny_model_new();
    buffer file;
    tiny_write(m, "F32", "", &file);
    check_file(m, buffer_view(&file));
    buffer_done(&file);
    tiny_model_free(m);
}

static void half_precision_and_prefixed_files_are_read(void **state)
{
    (void)state;
    static const char *const files[][2] = {{"F16", ""}, {"BF16", "bert."}, {"F32", "model."}};
    tiny_model *m = tiny_model_new();
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        buffer file;
        tiny_write(m, files[i][0], files[i][1], &file);
        check_file(m, buffer_view(&file));
        buffer_done(&file);
    }
    tiny_model_free(m);
}

static void norms_may_be_called_gamma_and_beta(void **state)
{
    (void)state;
    tiny_model *plain = tiny_model_new(), *old = tiny_model_new();
    for (uint32_t i = 0; i < old->count; i++) {
        char *norm = strstr(old->tensors[i].name, "LayerNorm.");
        if (!norm) continue;
        norm += strlen("LayerNorm.");
        bool weight = strcmp(norm, "weight") == 0;
        memcpy(norm, weight ? "gamma" : "beta", weight ? 6 : 5);
    }
    buffer file;
    tiny_write(old, "F32", "bert.", &file);
    check_file(plain, buffer_view(&file));
    buffer_done(&file);
    tiny_model_free(plain);
    tiny_model_free(old);
}

/* A model with all products in one precision; NULL when this CPU has none. */
static bert *open_coded(const safetensors *weights, gemm_precision precision)
{
    kith_error err;
    bert *b = NULL;
    gemm_precision precisions[TINY_LAYERS * BERT_PRODUCTS];
    for (size_t i = 0; i < sizeof precisions / sizeof *precisions; i++)
        precisions[i] = precision;
    bert_recipe recipe = {precisions, GEMM_FLOAT32, NULL};
    kith_status status = bert_new(&shape, weights, &recipe, &b, &err);
    if (precision != GEMM_FLOAT32 && !gemm_format_of(simd()->level, precision)) {
        assert_status(KITH_ERR_UNSUPPORTED, status);
        return NULL;
    }
    assert_int_equal(KITH_OK, status);
    const char *fault = bert_check(b);
    if (fault) fail_msg("%s", fault);
    return b;
}

static void check_batches(const safetensors *weights, gemm_precision precision)
{
    bert *b = open_coded(weights, precision);
    if (!b) return;
    uint32_t ids[TEXTS][TINY_POSITIONS];
    make_texts(ids);
    float *alone = new_scratch(b, TINY_POSITIONS, TINY_POSITIONS);
    float *together = new_scratch(b, TEXTS * TINY_POSITIONS, TINY_POSITIONS);
    // Every rotation of the texts as one batch.
    for (uint32_t first = 0; first < TEXTS; first++) {
        const uint32_t *rows[TEXTS];
        uint32_t counts[TEXTS];
        for (uint32_t i = 0; i < TEXTS; i++) {
            rows[i] = ids[(first + i) % TEXTS];
            counts[i] = lengths[(first + i) % TEXTS];
        }
        const float *states = bert_run(b, &(bert_batch){rows, counts, TEXTS}, together);
        for (uint32_t i = 0; i < TEXTS; i++) {
            const float *expected = bert_run(b, &(bert_batch){rows + i, counts + i, 1}, alone);
            size_t floats = counts[i] * bert_stride(b);
            assert_memory_equal(expected, states, floats * sizeof(float));
            states += floats;
        }
    }
    free(alone);
    free(together);
    bert_free(b);
}

/* The tiny model as a file, and parsed. */
typedef struct tiny_file {
    buffer file;
    safetensors *weights;
} tiny_file;

static void tiny_file_init(tiny_file *t)
{
    kith_error err;
    tiny_model *m = tiny_model_new();
    tiny_write(m, "F32", "", &t->file);
    assert_ok(open_bytes(buffer_view(&t->file), &t->weights, &err));
    tiny_model_free(m);
}

static void tiny_file_done(tiny_file *t)
{
    safetensors_free(t->weights);
    buffer_done(&t->file);
}

static void a_text_has_the_same_bits_in_any_batch_and_precision(void **state)
{
    (void)state;
    tiny_file t;
    tiny_file_init(&t);
    for (gemm_precision p = GEMM_INT8; p <= GEMM_FLOAT32; p++)
        check_batches(t.weights, p);
    tiny_file_done(&t);
}

static void states_of_each_precision_are_near_those_of_float32(void **state)
{
    (void)state;
    static const double most[] = {0.3, 0.1, 0.01};
    tiny_file t;
    tiny_file_init(&t);
    bert *reference = open_model(t.weights);
    uint32_t ids[TEXTS][TINY_POSITIONS];
    make_texts(ids);
    const uint32_t *row = ids[2];
    bert_batch batch = {&row, &lengths[2], 1};
    float *scratch = new_scratch(reference, TINY_POSITIONS, TINY_POSITIONS);
    const float *expected = bert_run(reference, &batch, scratch);
    for (gemm_precision p = GEMM_INT8; p < GEMM_FLOAT32; p++) {
        bert *b = open_coded(t.weights, p);
        if (!b) continue;
        float *own = new_scratch(b, TINY_POSITIONS, TINY_POSITIONS);
        const float *states = bert_run(b, &batch, own);
        for (size_t i = 0; i < lengths[2] * bert_stride(b); i++)
            assert_float_equal(expected[i], states[i], most[p]);
        free(own);
        bert_free(b);
    }
    free(scratch);
    bert_free(reference);
    tiny_file_done(&t);
}

static void an_adopted_block_is_the_model_that_it_was_taken_from(void **state)
{
    (void)state;
    kith_error err;
    tiny_file t;
    tiny_file_init(&t);
    gemm_precision precisions[TINY_LAYERS * BERT_PRODUCTS];
    for (uint32_t i = 0; i < TINY_LAYERS * BERT_PRODUCTS; i++)
        precisions[i] = i % 3 ? GEMM_INT16 : GEMM_FLOAT32; // every level has int16
    bert_recipe recipe = {precisions, GEMM_FLOAT32, NULL};
    bert *made = NULL, *adopted = NULL;
    assert_ok(bert_new(&shape, t.weights, &recipe, &made, &err));
    view block = bert_block(made);
    char *copy = aligned_alloc(GEMM_ALIGNMENT_BYTES, block.size);
    assert_non_null(copy);
    memcpy(copy, block.data, block.size);
    assert_status(KITH_ERR_MODEL, bert_adopt(&shape, t.weights, &recipe,
                                             (view){copy, block.size - 64}, &adopted, &err));
    assert_ok(bert_adopt(&shape, t.weights, &recipe, (view){copy, block.size}, &adopted, &err));
    assert_null(bert_check(adopted));
    uint32_t ids[TEXTS][TINY_POSITIONS];
    make_texts(ids);
    const uint32_t *row = ids[3];
    bert_batch batch = {&row, &lengths[3], 1};
    float *one = new_scratch(made, TINY_POSITIONS, TINY_POSITIONS);
    float *two = new_scratch(adopted, TINY_POSITIONS, TINY_POSITIONS);
    assert_memory_equal(bert_run(made, &batch, one), bert_run(adopted, &batch, two),
                        lengths[3] * bert_stride(made) * sizeof(float));
    free(one);
    free(two);
    bert_free(adopted);
    bert_free(made);
    free(copy);
    tiny_file_done(&t);
}

/* ---- faults ---- */

static void assert_refused(const tiny_model *m, const char *type, const bert_shape *s,
                           const char *word)
{
    kith_error err;
    buffer file;
    safetensors *weights = NULL;
    bert *b = NULL;
    tiny_write(m, type, "", &file);
    assert_ok(open_bytes(buffer_view(&file), &weights, &err));
    assert_status(KITH_ERR_MODEL, bert_new(s, weights, NULL, &b, &err));
    assert_null(b);
    if (!strstr(err.message, word)) fail_msg("'%s' does not say '%s'", err.message, word);
    safetensors_free(weights);
    buffer_done(&file);
}

static void each_missing_tensor_is_named(void **state)
{
    (void)state;
    tiny_model *m = tiny_model_new();
    for (uint32_t i = 0; i < m->count; i++) {
        char name[96];
        memcpy(name, m->tensors[i].name, sizeof name);
        (void)snprintf(m->tensors[i].name, sizeof name, "elsewhere");
        assert_refused(m, "F32", &shape, name);
        memcpy(m->tensors[i].name, name, sizeof name);
    }
    tiny_model_free(m);
}

static void a_tensor_of_another_shape_is_refused(void **state)
{
    (void)state;
    tiny_model *m = tiny_model_new();
    tiny_tensor *t = tiny_find(m, "encoder.layer.1.intermediate.dense.weight");
    t->rows = TINY_HIDDEN;
    t->columns = TINY_INTERMEDIATE; // as many elements, transposed
    assert_refused(m, "F32", &shape, "[52][20] expected");
    tiny_model_free(m);
}

static void a_configuration_that_claims_more_than_the_file_is_refused(void **state)
{
    (void)state;
    tiny_model *m = tiny_model_new();
    bert_shape more = shape;
    more.layers = 256;
    assert_refused(m, "F32", &more, "encoder.layer.255.");
    more = shape;
    more.positions = 1 << 24;
    assert_refused(m, "F32", &more, "position_embeddings");
    more = shape;
    more.vocabulary++;
    assert_refused(m, "F32", &more, "word_embeddings");
    tiny_model_free(m);
}

static void weights_that_are_no_floats_or_not_finite_are_refused(void **state)
{
    (void)state;
    tiny_model *m = tiny_model_new();
    assert_refused(m, "I16", &shape, "is not F32, F16 or BF16");
    tiny_find(m, "encoder.layer.0.attention.self.key.bias")->values[3] = NAN;
    assert_refused(m, "F32", &shape, "attention.self.key.bias' holds a NaN");
    tiny_model_free(m);
}

static int run_level(simd_level level)
{
    kith_error err;
    if (simd_select(level, &err) != KITH_OK) return 0; // a level above this CPU's best
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_states_are_those_of_the_plain_network),
        cmocka_unit_test(half_precision_and_prefixed_files_are_read),
        cmocka_unit_test(norms_may_be_called_gamma_and_beta),
        cmocka_unit_test(a_text_has_the_same_bits_in_any_batch_and_precision),
        cmocka_unit_test(states_of_each_precision_are_near_those_of_float32),
        cmocka_unit_test(an_adopted_block_is_the_model_that_it_was_taken_from),
        cmocka_unit_test(each_missing_tensor_is_named),
        cmocka_unit_test(a_tensor_of_another_shape_is_refused),
        cmocka_unit_test(a_configuration_that_claims_more_than_the_file_is_refused),
        cmocka_unit_test(weights_that_are_no_floats_or_not_finite_are_refused),
    };
    return cmocka_run_group_tests_name(simd_level_name(level), tests, NULL, NULL);
}

int main(void)
{
    int failed = 0;
    for (simd_level level = SIMD_SCALAR; level <= SIMD_AMX; level++)
        failed += run_level(level);
    return failed;
}
