/* Which precision a model gets, and the file that keeps its packed weights. */
#include "tiny_model.h"

#include "model/packed_weights.h"
#include "model/precision.h"
#include "scratch.h"
#include "simd/simd.h"

static const bert_shape shape = {.hidden = TINY_HIDDEN,
                                 .layers = TINY_LAYERS,
                                 .heads = TINY_HEADS,
                                 .intermediate = TINY_INTERMEDIATE,
                                 .vocabulary = TINY_VOCABULARY,
                                 .positions = TINY_POSITIONS,
                                 .types = TINY_TYPES,
                                 .epsilon = 1e-12F};
enum { PRODUCTS = TINY_LAYERS * BERT_PRODUCTS, MAX_TOKENS = 9 };

typedef struct fixture {
    char *directory;
    safetensors *weights;
    tokenizer *words;
    bert *reference;
    precision_model model;
} fixture;

/* `spoil` changes the model before it is written; NULL: it stays as it is. */
static void fixture_init(fixture *f, char *directory, void (*spoil)(tiny_model *))
{
    kith_error err;
    char path[600];
    *f = (fixture){.directory = directory};
    write_tiny_directory(directory);
    if (spoil) {
        tiny_model *m = tiny_model_new();
        buffer content;
        spoil(m);
        tiny_write(m, "F32", "", &content);
        write_file(directory, "model.safetensors", buffer_view(&content));
        buffer_done(&content);
        tiny_model_free(m);
    }
    (void)snprintf(path, sizeof path, "%s/model.safetensors", directory);
    assert_ok(safetensors_open(path, &f->weights, &err));
    assert_ok(tokenizer_open(directory, &f->words, &err));
    assert_ok(bert_new(&shape, f->weights, NULL, &f->reference, &err));
    f->model = (precision_model){&shape, f->weights, f->words, POOLING_MEAN, MAX_TOKENS};
}

static void fixture_done(fixture *f)
{
    bert_free(f->reference);
    tokenizer_free(f->words);
    safetensors_free(f->weights);
}

/* The smallest cosine of 27 texts of three letters, by the networks themselves. */
static double least_cosine(const fixture *f, const bert *network)
{
    double least = 1;
    for (int i = 0; i < 27; i++) {
        char text[] = {(char)('a' + i % 3), ' ', (char)('a' + i / 3 % 3), ' ',
                       (char)('a' + i / 9), 0};
        uint32_t ids[MAX_TOKENS];
        uint32_t length = tokenizer_encode(f->words, view_of(text), MAX_TOKENS, ids, NULL);
        const uint32_t *row = ids;
        bert_batch batch = {&row, &length, 1};
        float vectors[2][TINY_HIDDEN];
        const bert *networks[] = {f->reference, network};
        for (int n = 0; n < 2; n++) {
            size_t floats = bert_scratch(networks[n], MAX_TOKENS, MAX_TOKENS);
            float *scratch = aligned_alloc(GEMM_ALIGNMENT_BYTES, floats * sizeof(float));
            assert_non_null(scratch);
            pool_states(POOLING_MEAN, bert_run(networks[n], &batch, scratch),
                        bert_stride(networks[n]), length, TINY_HIDDEN, vectors[n]);
            normalise(vectors[n], TINY_HIDDEN);
            free(scratch);
        }
        double cosine = 0;
        for (int d = 0; d < TINY_HIDDEN; d++)
            cosine += (double)vectors[0][d] * (double)vectors[1][d];
        least = cosine < least ? cosine : least;
    }
    return least;
}

static void check_choice(void **state, void (*spoil)(tiny_model *))
{
    kith_error err;
    fixture f;
    bert *network = NULL;
    precision_choice choice = {0};
    char text[64];
    fixture_init(&f, *state, spoil);
    assert_ok(precision_choose(&f.model, f.reference, &choice, &network, &err));
    precision_describe(&choice, TINY_LAYERS, text, sizeof text);
    assert_true(choice.cosine >= PRECISION_TARGET);
    assert_true((network == NULL) == (choice.precisions == NULL));
    if (!network) assert_string_equal("f32", text);
    if (network) assert_true(least_cosine(&f, network) >= PRECISION_COSINE);
    bert_free(network);
    precision_choice_done(&choice);
    fixture_done(&f);
}

static void the_vectors_of_the_choice_are_those_of_float32(void **state)
{
    check_choice(state, NULL);
}

/* Channels that are many times larger than the rest. */
static void add_outliers(tiny_model *m)
{
    for (uint32_t i = 0; i < m->count; i++) {
        tiny_tensor *t = &m->tensors[i];
        if (!strstr(t->name, "LayerNorm.weight")) continue;
        t->values[3] *= 60;
        t->values[11] *= 25;
    }
}

static void outliers_cost_speed_and_not_the_vectors(void **state)
{
    check_choice(state, add_outliers);
}

static void a_choice_is_told_in_words(void **state)
{
    (void)state;
    char text[64];
    gemm_precision precisions[PRODUCTS] = {GEMM_INT8};
    precision_choice choice = {.precisions = precisions};
    precision_describe(&choice, TINY_LAYERS, text, sizeof text);
    assert_string_equal("int8", text);
    precisions[3] = precisions[7] = GEMM_BF16;
    precision_describe(&choice, TINY_LAYERS, text, sizeof text);
    assert_string_equal("int8, 2 of 8 products bf16", text);
    choice.precisions = NULL;
    precision_describe(&choice, TINY_LAYERS, text, sizeof text);
    assert_string_equal("f32", text);
}

/* ---- the file ---- */

static packed_key key_for(const char *directory)
{
    return (packed_key){.directory = directory,
                        .fingerprint = "xxh3:0123 mean norm 9 f32",
                        .level = simd()->level,
                        .products = PRODUCTS};
}

static void make_choice(gemm_precision precisions[PRODUCTS], precision_choice *out)
{
    for (uint32_t i = 0; i < PRODUCTS; i++)
        precisions[i] = i % 2 ? GEMM_INT16 : GEMM_FLOAT32;
    *out = (precision_choice){precisions, GEMM_FLOAT32, 0.9995};
}

static const char block_bytes[640] = "any weights";
static const view block = {block_bytes, sizeof block_bytes};

static void weights_are_found_as_they_were_kept(void **state)
{
    gemm_precision precisions[PRODUCTS];
    precision_choice choice;
    packed_weights found = {0};
    packed_key key = key_for(*state), other = key;
    make_choice(precisions, &choice);
    assert_false(packed_weights_open(&key, &found));
    assert_true(packed_weights_write(&key, &choice, block));
    assert_true(packed_weights_open(&key, &found));
    assert_true(view_equal(block, found.block));
    assert_int_equal(0, (uintptr_t)found.block.data % GEMM_ALIGNMENT_BYTES);
    assert_memory_equal(precisions, found.choice.precisions, sizeof precisions);
    assert_true(found.choice.cosine == choice.cosine);
    packed_weights_close(&found);
    other.fingerprint = "xxh3:0124 mean norm 9 f32";
    assert_false(packed_weights_open(&other, &found));
    other = key;
    other.products = PRODUCTS + BERT_PRODUCTS;
    assert_false(packed_weights_open(&other, &found));
}

static void weights_go_to_the_cache_where_the_model_cannot_be_written(void **state)
{
    char cache[600];
    gemm_precision precisions[PRODUCTS];
    precision_choice choice;
    packed_weights found = {0};
    packed_key key = key_for("/nowhere/at/all");
    make_choice(precisions, &choice);
    assert_false(packed_weights_write(&key, &choice, block));
    (void)snprintf(cache, sizeof cache, "%s/made/on/the/way", (char *)*state);
    key.cache = cache;
    assert_true(packed_weights_write(&key, &choice, block));
    assert_true(packed_weights_open(&key, &found));
    packed_weights_close(&found);
    key.fingerprint = "another";
    assert_false(packed_weights_open(&key, &found));
}

static void find_file(const char *directory, char path[600])
{
    static const gemm_precision all[] = {GEMM_INT8, GEMM_BF16, GEMM_INT16};
    int used = snprintf(path, 600, "%s/.kith-packed-%s", directory, simd_level_name(simd()->level));
    for (size_t i = 0; i < 3; i++)
        if (gemm_fast_format_of(simd()->level, all[i]))
            used += snprintf(path + used, 600 - (size_t)used, "-%s", gemm_precision_name(all[i]));
}

static void damaged_weights_are_none(void **state)
{
    char path[600];
    gemm_precision precisions[PRODUCTS];
    precision_choice choice;
    packed_weights found = {0};
    packed_key key = key_for(*state);
    kith_error err;
    buffer content;
    make_choice(precisions, &choice);
    assert_true(packed_weights_write(&key, &choice, block));
    find_file(*state, path);
    buffer_init(&content, 1 << 16);
    assert_ok(file_read(&file_ops_posix, path, 1 << 15, &content, &err));
    view whole = buffer_view(&content);
    char *damaged = malloc(whole.size);
    assert_non_null(damaged);
    const char *name = strrchr(path, '/') + 1;
    for (size_t i = 0; i < whole.size; i += i < 400 ? 1 : 13) {
        memcpy(damaged, whole.data, whole.size);
        damaged[i] ^= 1;
        write_file(*state, name, (view){damaged, whole.size});
        assert_false(packed_weights_open(&key, &found));
        write_file(*state, name, (view){whole.data, i});
        assert_false(packed_weights_open(&key, &found));
    }
    write_file(*state, name, whole);
    assert_true(packed_weights_open(&key, &found));
    packed_weights_close(&found);
    free(damaged);
    buffer_done(&content);
}

int main(void)
{
#define IN_DIRECTORY(name) cmocka_unit_test_setup_teardown(name, scratch_setup, scratch_teardown)
    const struct CMUnitTest tests[] = {
        IN_DIRECTORY(the_vectors_of_the_choice_are_those_of_float32),
        IN_DIRECTORY(outliers_cost_speed_and_not_the_vectors),
        cmocka_unit_test(a_choice_is_told_in_words),
        IN_DIRECTORY(weights_are_found_as_they_were_kept),
        IN_DIRECTORY(weights_go_to_the_cache_where_the_model_cannot_be_written),
        IN_DIRECTORY(damaged_weights_are_none),
    };
    kith_error err;
    int failed = 0;
    for (simd_level level = SIMD_SCALAR; level <= simd_level_best(); level++) {
        if (simd_select(level, &err) != KITH_OK) return 1;
        failed += cmocka_run_group_tests_name(simd_level_name(level), tests, NULL, NULL);
    }
    return failed;
}
