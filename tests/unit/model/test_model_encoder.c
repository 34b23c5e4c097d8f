/* The sentence encoder over a tiny model: what it says of itself, what it refuses, and texts of several waves. */
#include "tiny_encoder.h"

#include "base/arena.h"
#include "model/bert.h"
#include "model/safetensors.h"

static void an_encoder_describes_itself(void **state)
{
    char path[600];
    (void)snprintf(path, sizeof path, "%s//", (char *)*state);
    encoder *e = open_encoder(path);
    const encoder_info *info = encoder_describe(e);
    assert_int_equal(TINY_HIDDEN, info->dim);
    assert_int_equal(9, info->max_tokens);
    assert_string_equal(strrchr(*state, '/') + 1, info->name);
    assert_int_equal(TINY_VOCABULARY, tokenizer_vocabulary_size(encoder_tokenizer(e)));
    encoder_free(e);
}

static void the_fingerprint_follows_what_decides_the_vectors(void **state)
{
    char before[sizeof((encoder_info *)0)->fingerprint];
    encoder *e = open_encoder(*state);
    memcpy(before, encoder_describe(e)->fingerprint, sizeof before);
    assert_non_null(strstr(before, " mean norm 9 f32"));
    encoder_free(e);
    static const char *const changes[][2] = {
        {"README.md", "no part of the model"},
        {"vocab.txt", "[PAD]\n[UNK]\n[CLS]\n[SEP]\na\nb\n##c\n"},
        {"sentence_bert_config.json", "{\"max_seq_length\":10}"},
        {"1_Pooling/config.json", "{\"pooling_mode_cls_token\":true}"},
        {"modules.json", "[{\"path\":\"\",\"type\":\"Transformer\"},"
                         "{\"path\":\"1_Pooling\",\"type\":\"Pooling\"}]"},
    };
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        write_file(*state, changes[i][0], view_of(changes[i][1]));
        e = open_encoder(*state);
        bool same = strcmp(before, encoder_describe(e)->fingerprint) == 0;
        assert_true(same == (i == 0));
        memcpy(before, encoder_describe(e)->fingerprint, sizeof before);
        encoder_free(e);
    }
}

static void a_missing_directory_or_file_is_not_found(void **state)
{
    assert_refused("/nowhere/at/all", KITH_ERR_NOT_FOUND, "/nowhere/at/all");
    static const char *const files[] = {"model.safetensors", "vocab.txt", "config.json"};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        char path[600];
        (void)snprintf(path, sizeof path, "%s/%s", (char *)*state, files[i]);
        assert_int_equal(0, remove(path));
        assert_refused(*state, KITH_ERR_NOT_FOUND, *state);
    }
}

static void a_damaged_weights_file_is_named_with_its_fault(void **state)
{
    write_file(*state, "model.safetensors", VIEW("\377\377\377\377\377\377\377\377{}"));
    assert_refused(*state, KITH_ERR_MODEL, "/model.safetensors: the header claims");
    write_file(*state, "model.safetensors", VIEW(""));
    assert_refused(*state, KITH_ERR_MODEL, "/model.safetensors: 0 bytes");
    write_file(*state, "model.safetensors", VIEW("\2\0\0\0\0\0\0\0{}"));
    assert_refused(*state, KITH_ERR_MODEL, "/model.safetensors: tensor 'encoder.layer.1");
}

static void a_tokenizer_larger_than_the_network_is_refused(void **state)
{
    write_file(*state, "vocab.txt", VIEW("[PAD]\n[UNK]\n[CLS]\n[SEP]\na\nb\n##b\nc\n"));
    assert_refused(*state, KITH_ERR_MODEL, "the tokenizer has 8 tokens, the network 7");
}

static void no_text_is_no_work(void **state)
{
    kith_error err;
    encoder *e = open_encoder(*state);
    assert_ok(encoder_embed(e, NULL, 0, NULL, NULL, NULL, &err));
    encoder_free(e);
}

/* Two full waves and a part of one, with the largest pool below; more waves with the others. */
enum {
    POOL_THREADS_MAX = 4,
    WAVES_TEXTS = 2 * POOL_THREADS_MAX * ENCODER_WAVE_TEXTS_A_WORKER + 52,
};

/* Texts of many lengths, below and above the tiny model's limit. */
static void make_texts(view texts[WAVES_TEXTS])
{
    static const char letters[] = "a b a b b ab b a b abb a ab";
    rng r = {3};
    for (size_t i = 0; i < WAVES_TEXTS; i++) {
        uint32_t start = rng_below(&r, sizeof letters), end = rng_below(&r, sizeof letters);
        if (start > end) end = start;
        texts[i] = (view){letters + start, end - start};
    }
}

static void vectors_and_counts_of_several_waves_are_those_of_each_text_alone(void **state)
{
    enum { COUNT = WAVES_TEXTS };
    kith_error err;
    encoder *e = open_encoder(*state);
    static view texts[COUNT];
    make_texts(texts);
    float *expected = calloc(COUNT, TINY_HIDDEN * sizeof(float));
    float *out = calloc(COUNT, TINY_HIDDEN * sizeof(float));
    uint32_t *tokens = calloc(COUNT, sizeof *tokens), longest = 0;
    uint32_t *counted = calloc(COUNT, sizeof *counted);
    assert_true(expected && out && tokens && counted);
    for (uint32_t i = 0; i < COUNT; i++)
        assert_ok(
            encoder_embed(e, &texts[i], 1, NULL, expected + i * TINY_HIDDEN, &tokens[i], &err));
    for (uint32_t i = 0; i < COUNT; i++)
        longest = tokens[i] > longest ? tokens[i] : longest;
    assert_true(longest > 9); // some were cut, and it shows
    for (uint32_t threads = 1; threads <= POOL_THREADS_MAX; threads++) {
        thread_pool *pool = NULL;
        assert_ok(thread_pool_new(threads, &pool, &err));
        memset(out, 0, COUNT * TINY_HIDDEN * sizeof(float));
        memset(counted, 0, COUNT * sizeof *counted);
        assert_ok(
            encoder_embed(e, texts, COUNT, &(thread_share){.pool = pool}, out, counted, &err));
        assert_memory_equal(expected, out, COUNT * TINY_HIDDEN * sizeof(float));
        assert_memory_equal(tokens, counted, COUNT * sizeof *tokens);
        thread_pool_free(pool);
    }
    free(expected);
    free(out);
    free(tokens);
    free(counted);
    encoder_free(e);
}

static void tokens_of_several_waves_are_those_of_each_text_alone(void **state)
{
    kith_error err;
    encoder *e = open_encoder(*state);
    static view texts[WAVES_TEXTS];
    static encoded_text together[WAVES_TEXTS];
    make_texts(texts);
    thread_pool *pool = NULL;
    assert_ok(thread_pool_new(2, &pool, &err));
    arena a;
    arena_init(&a, 0);
    assert_ok(
        encoder_encode(e, texts, WAVES_TEXTS, &(thread_share){.pool = pool}, &a, together, &err));
    for (uint32_t i = 0; i < WAVES_TEXTS; i++) {
        encoded_text alone;
        arena_mark mark = arena_set_mark(&a);
        assert_ok(encoder_encode(e, &texts[i], 1, NULL, &a, &alone, &err));
        assert_int_equal(alone.count, together[i].count);
        assert_memory_equal(alone.ids, together[i].ids, alone.count * sizeof *alone.ids);
        assert_memory_equal(alone.states, together[i].states,
                            alone.count * TINY_HIDDEN * sizeof *alone.states);
        arena_rewind(&a, mark);
    }
    arena_done(&a);
    thread_pool_free(pool);
    encoder_free(e);
}

/* The states of one text, by the network itself. */
static void assert_states(const char *directory, encoder *e, view text, const encoded_text *encoded)
{
    char path[600];
    kith_error err;
    safetensors *weights = NULL;
    bert *network = NULL;
    (void)snprintf(path, sizeof path, "%s/model.safetensors", directory);
    assert_ok(safetensors_open(path, &weights, &err));
    bert_shape shape = {.hidden = TINY_HIDDEN,
                        .layers = TINY_LAYERS,
                        .heads = TINY_HEADS,
                        .intermediate = TINY_INTERMEDIATE,
                        .vocabulary = TINY_VOCABULARY,
                        .positions = TINY_POSITIONS,
                        .types = TINY_TYPES,
                        .epsilon = 1e-12F};
    assert_ok(bert_new(&shape, weights, NULL, &network, &err));
    uint32_t ids[9], length = tokenizer_encode(encoder_tokenizer(e), text, 9, ids, NULL);
    const uint32_t *rows[] = {ids};
    float *scratch = aligned_alloc(64, bert_scratch(network, 9, 9) * sizeof *scratch);
    assert_non_null(scratch);
    const float *states =
        bert_run(network, &(bert_batch){.ids = rows, .lengths = &length, .count = 1}, scratch);
    assert_int_equal(length - 2, encoded->count);
    for (uint32_t t = 0; t < encoded->count; t++) {
        const float *state = states + (t + 1) * bert_stride(network);
        double squares = 0;
        for (uint32_t i = 0; i < TINY_HIDDEN; i++)
            squares += (double)state[i] * state[i];
        assert_int_equal(ids[t + 1], encoded->ids[t]);
        for (uint32_t i = 0; i < TINY_HIDDEN; i++)
            assert_near(encoded->states[t * TINY_HIDDEN + i], state[i] / sqrt(squares), 1e-6);
    }
    free(scratch);
    bert_free(network);
    safetensors_free(weights);
}

static void tokens_are_those_of_the_network_between_the_special_ones(void **state)
{
    static const view texts[] = {{"a b", 3}, {"", 0}, {"a b a b a b a b a b a b", 23}, {"ab", 2}};
    enum { COUNT = sizeof texts / sizeof *texts };
    kith_error err;
    encoder *e = open_precision(*state, true);
    thread_pool *pool = NULL;
    assert_ok(thread_pool_new(3, &pool, &err));
    arena a;
    arena_init(&a, 0);
    encoded_text encoded[COUNT];
    assert_ok(encoder_encode(e, texts, COUNT, &(thread_share){.pool = pool}, &a, encoded, &err));
    for (uint32_t i = 0; i < COUNT; i++)
        assert_states(*state, e, texts[i], &encoded[i]);
    assert_int_equal(0, encoded[1].count);
    assert_int_equal(7, encoded[2].count); // cut to the model's 9
    arena_done(&a);
    arena_init(&a, 64);
    assert_status(KITH_ERR_NO_MEMORY, encoder_encode(e, texts, COUNT, NULL, &a, encoded, &err));
    arena_done(&a);
    thread_pool_free(pool);
    encoder_free(e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TINY(an_encoder_describes_itself),
        TINY(the_fingerprint_follows_what_decides_the_vectors),
        TINY(a_missing_directory_or_file_is_not_found),
        TINY(a_damaged_weights_file_is_named_with_its_fault),
        TINY(a_tokenizer_larger_than_the_network_is_refused),
        TINY(no_text_is_no_work),
        TINY(vectors_and_counts_of_several_waves_are_those_of_each_text_alone),
        TINY(tokens_of_several_waves_are_those_of_each_text_alone),
        TINY(tokens_are_those_of_the_network_between_the_special_ones),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
