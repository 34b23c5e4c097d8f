/* What the JSON files of a model directory may say, and what each fault in them gets. */
#include "tiny_model.h"

#include "model/model_config.h"
#include "scratch.h"

static model_config read_config(const char *directory)
{
    kith_error err;
    model_config config;
    assert_ok(model_config_read(directory, &config, &err));
    return config;
}

static void assert_refused(const char *directory, kith_status expected, const char *word)
{
    kith_error err = {0};
    model_config config;
    assert_status(expected, model_config_read(directory, &config, &err));
    if (!strstr(err.message, word)) fail_msg("'%s' does not say '%s'", err.message, word);
}

static int set_up(void **state)
{
    if (scratch_setup(state) != 0) return -1;
    write_tiny_directory(*state);
    return 0;
}

static void remove_file(const char *directory, const char *name)
{
    char path[1024];
    (void)snprintf(path, sizeof path, "%s/%s", directory, name);
    assert_int_equal(0, remove(path));
}

static void a_directory_gives_shape_pooling_and_limit(void **state)
{
    model_config c = read_config(*state);
    assert_int_equal(TINY_HIDDEN, c.shape.hidden);
    assert_int_equal(TINY_LAYERS, c.shape.layers);
    assert_int_equal(TINY_HEADS, c.shape.heads);
    assert_int_equal(TINY_INTERMEDIATE, c.shape.intermediate);
    assert_int_equal(TINY_VOCABULARY, c.shape.vocabulary);
    assert_int_equal(TINY_POSITIONS, c.shape.positions);
    assert_int_equal(TINY_TYPES, c.shape.types);
    assert_float_equal(1e-12f, c.shape.epsilon, 0);
    assert_int_equal(POOLING_MEAN, c.pooling);
    assert_true(c.normalize);
    assert_int_equal(9, c.max_tokens);
    assert_string_equal(*state, c.transformer);
}

static void cls_pooling_without_normalize_is_read(void **state)
{
    write_file(*state, "modules.json",
               VIEW("[{\"path\":\"0_Transformer\",\"type\":\"a.b.Transformer\"},"
                    "{\"path\":\"p\",\"type\":\"Pooling\"}]"));
    write_file(*state, "0_Transformer/config.json", VIEW(TINY_CONFIG));
    write_file(*state, "p/config.json",
               VIEW("{\"pooling_mode_cls_token\":true,\"pooling_mode_mean_tokens\":false}"));
    model_config c = read_config(*state);
    assert_int_equal(POOLING_CLS, c.pooling);
    assert_false(c.normalize);
    assert_int_equal(TINY_POSITIONS, c.max_tokens); // the other folder has no max_seq_length
    assert_non_null(strstr(c.transformer, "/0_Transformer"));
}

static void without_modules_the_mean_is_taken_and_not_normalised(void **state)
{
    remove_file(*state, "modules.json");
    model_config c = read_config(*state);
    assert_int_equal(POOLING_MEAN, c.pooling);
    assert_false(c.normalize);
}

static void without_max_seq_length_the_tokenizer_limit_holds_up_to_the_positions(void **state)
{
    remove_file(*state, "sentence_bert_config.json");
    assert_int_equal(TINY_POSITIONS, read_config(*state).max_tokens);
    write_file(*state, "tokenizer_config.json", VIEW("{\"model_max_length\":30}"));
    assert_int_equal(30, read_config(*state).max_tokens);
    write_file(*state, "tokenizer_config.json", VIEW("{\"model_max_length\":1e30}"));
    assert_int_equal(TINY_POSITIONS, read_config(*state).max_tokens);
    write_file(*state, "sentence_bert_config.json", VIEW("{\"max_seq_length\":null}"));
    assert_int_equal(TINY_POSITIONS, read_config(*state).max_tokens);
}

/* The value of one key of config.json replaced, or the key removed with NULL. */
static void write_config_with(const char *directory, const char *key, const char *value)
{
    const char *text = TINY_CONFIG;
    const char *at = strstr(text, key);
    assert_non_null(at);
    const char *colon = strchr(at, ':'), *end = colon + strcspn(colon, ",}");
    buffer b;
    buffer_init(&b, 4096);
    if (value) {
        buffer_append(&b, (view){text, (size_t)(colon + 1 - text)});
        buffer_append_text(&b, value);
    } else {
        buffer_append(&b, (view){text, (size_t)(at - 1 - text)});
        buffer_append_text(&b, "\"other\":1");
    }
    buffer_append_text(&b, end);
    write_file(directory, "config.json", buffer_view(&b));
    buffer_done(&b);
}

static void each_fault_of_the_shape_is_named(void **state)
{
    static const struct {
        const char *key, *value;
        kith_status status;
        const char *word;
    } faults[] = {
        {"hidden_size", NULL, KITH_ERR_MODEL, "hidden_size"},
        {"hidden_size", "0", KITH_ERR_MODEL, "hidden_size"},
        {"hidden_size", "\"20\"", KITH_ERR_MODEL, "hidden_size"},
        {"hidden_size", "20.5", KITH_ERR_MODEL, "hidden_size"},
        {"hidden_size", "100000", KITH_ERR_MODEL, "hidden_size"},
        {"hidden_size", "21", KITH_ERR_MODEL, "heads"},
        {"num_hidden_layers", "257", KITH_ERR_MODEL, "num_hidden_layers"},
        {"num_attention_heads", "0", KITH_ERR_MODEL, "num_attention_heads"},
        {"num_attention_heads", "3", KITH_ERR_MODEL, "3 heads"},
        {"intermediate_size", "-1", KITH_ERR_MODEL, "intermediate_size"},
        {"vocab_size", "9223372036854775807", KITH_ERR_MODEL, "vocab_size"},
        {"max_position_embeddings", "1", KITH_ERR_MODEL, "max_position_embeddings"},
        {"type_vocab_size", "0", KITH_ERR_MODEL, "type_vocab_size"},
        {"layer_norm_eps", "0", KITH_ERR_MODEL, "layer_norm_eps"},
        {"layer_norm_eps", "1", KITH_ERR_MODEL, "layer_norm_eps"},
        {"model_type", "\"mpnet\"", KITH_ERR_UNSUPPORTED, "mpnet"},
        {"hidden_act", "\"gelu_new\"", KITH_ERR_UNSUPPORTED, "gelu_new"},
    };
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        write_config_with(*state, faults[i].key, faults[i].value);
        assert_refused(*state, faults[i].status, faults[i].word);
        assert_refused(*state, faults[i].status, "config.json");
    }
    write_file(*state, "config.json",
               VIEW("{\"model_type\":\"bert\",\"position_embedding_type\":\"relative_key\"}"));
    assert_refused(*state, KITH_ERR_UNSUPPORTED, "relative_key");
}

static void each_fault_of_the_modules_is_named(void **state)
{
#define MODULE(path, type)                                                                         \
    "{\"path\":\"" path "\",\"type\":\"sentence_transformers.models." type "\"}"
    static const struct {
        const char *modules;
        kith_status status;
        const char *word;
    } faults[] = {
        {"{}", KITH_ERR_MODEL, "a list"},
        {"[]", KITH_ERR_MODEL, "a list"},
        {"[" MODULE("", "Transformer") "]", KITH_ERR_UNSUPPORTED, "cross-encoder"},
        {"[" MODULE("", "WordEmbeddings") "]", KITH_ERR_UNSUPPORTED, "WordEmbeddings"},
        {"[" MODULE("", "StaticEmbedding") "," MODULE("1_Pooling", "Pooling") "]",
         KITH_ERR_UNSUPPORTED, "Pooling"},
        {"[" MODULE("", "StaticEmbedding") "," MODULE("", "Normalize") "," MODULE("", "Dense") "]",
         KITH_ERR_UNSUPPORTED, "Dense"},
        {"[" MODULE("../up", "StaticEmbedding") "]", KITH_ERR_MODEL, "leaves the directory"},
        {"[1,2]", KITH_ERR_MODEL, "no type or path"},
        {"[{\"path\":\"\"},{}]", KITH_ERR_MODEL, "no type or path"},
        {"[" MODULE("", "Transformer") "," MODULE("1_Pooling", "WeightedLayerPooling") "]",
         KITH_ERR_UNSUPPORTED, "WeightedLayerPooling"},
        {"[" MODULE("", "Transformer") "," MODULE("1_Pooling", "Pooling") "," MODULE("",
                                                                                     "Dense") "]",
         KITH_ERR_UNSUPPORTED, "Dense"},
        {"[" MODULE("", "Transformer") "," MODULE("1_Pooling", "Pooling") "," MODULE(
             "", "Normalize") "," MODULE("", "Normalize") "]",
         KITH_ERR_UNSUPPORTED, "module 3"},
        {"[" MODULE("", "Transformer") "," MODULE("../up", "Pooling") "]", KITH_ERR_MODEL,
         "leaves the directory"},
        {"[" MODULE("/etc", "Transformer") "," MODULE("p", "Pooling") "]", KITH_ERR_MODEL,
         "leaves the directory"},
        {"[", KITH_ERR_MODEL, "JSON"},
        {"1", KITH_ERR_MODEL, "neither"},
    };
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        write_file(*state, "modules.json", view_of(faults[i].modules));
        assert_refused(*state, faults[i].status, faults[i].word);
        assert_refused(*state, faults[i].status, "modules.json");
    }
}

static void each_fault_of_the_pooling_is_named(void **state)
{
    static const struct {
        const char *pooling;
        kith_status status;
        const char *word;
    } faults[] = {
        {"{}", KITH_ERR_MODEL, "0 pooling modes"},
        {"{\"pooling_mode_mean_tokens\":true,\"pooling_mode_cls_token\":true}",
         KITH_ERR_UNSUPPORTED, "2 pooling modes"},
        {"{\"pooling_mode_max_tokens\":true}", KITH_ERR_UNSUPPORTED, "'max'"},
        {"{\"pooling_mode_lasttoken\":true}", KITH_ERR_UNSUPPORTED, "lasttoken"},
        {"{\"pooling_mode_mean_tokens\":true,\"word_embedding_dimension\":21}", KITH_ERR_MODEL,
         "word_embedding_dimension 21"},
        {"nonsense", KITH_ERR_MODEL, "JSON"},
    };
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        write_file(*state, "1_Pooling/config.json", view_of(faults[i].pooling));
        assert_refused(*state, faults[i].status, faults[i].word);
        assert_refused(*state, faults[i].status, "1_Pooling/config.json");
    }
    remove_file(*state, "1_Pooling/config.json");
    assert_refused(*state, KITH_ERR_MODEL, "missing");
}

static void a_limit_beyond_the_positions_is_refused(void **state)
{
    write_file(*state, "sentence_bert_config.json", VIEW("{\"max_seq_length\":41}"));
    assert_refused(*state, KITH_ERR_MODEL, "41 tokens");
    write_file(*state, "sentence_bert_config.json", VIEW("{\"max_seq_length\":1}"));
    assert_refused(*state, KITH_ERR_MODEL, "1 tokens");
}

static void a_file_of_megabytes_is_refused(void **state)
{
    buffer b;
    buffer_init(&b, 2 << 20);
    assert_true(buffer_reserve(&b, 2 << 20));
    memset(b.data, ' ', 2 << 20);
    b.size = 2 << 20;
    write_file(*state, "config.json", buffer_view(&b));
    buffer_done(&b);
    assert_refused(*state, KITH_ERR_MODEL, "config.json");
}

static void a_directory_without_a_model_is_not_found(void **state)
{
    assert_refused("/nowhere/at/all", KITH_ERR_NOT_FOUND, "/nowhere/at/all");
    remove_file(*state, "config.json");
    assert_refused(*state, KITH_ERR_NOT_FOUND, "config.json");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, scratch_teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_directory_gives_shape_pooling_and_limit),
        TEST(cls_pooling_without_normalize_is_read),
        TEST(without_modules_the_mean_is_taken_and_not_normalised),
        TEST(without_max_seq_length_the_tokenizer_limit_holds_up_to_the_positions),
        TEST(each_fault_of_the_shape_is_named),
        TEST(each_fault_of_the_modules_is_named),
        TEST(each_fault_of_the_pooling_is_named),
        TEST(a_limit_beyond_the_positions_is_refused),
        TEST(a_file_of_megabytes_is_refused),
        TEST(a_directory_without_a_model_is_not_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
