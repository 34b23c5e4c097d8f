/* test_chroma_schema.c - schemas and settings: read, written, grown, refused; and names. */
#include "test.h"

#include "call_for_test.h"
#include "chroma/name.h"
#include "chroma/settings.h"

static call_for_test t;

static bool parse(const char *json, schema *s)
{
    kith_error err = {0};
    const json_value *tree = NULL;
    const vector_settings vector = {.index = index_settings_default(KITH_SQUARED_L2)};
    serve_call *call = call_begin(&t, NULL);
    assert_ok(json_parse(view_of(json), 1 << 20, &call->arena, &tree, &err));
    schema_init(s, &vector);
    return schema_parse(call, tree, s);
}

static char *text_of(const schema *s)
{
    buffer out;
    buffer_init(&out, 1 << 20);
    schema_write(&(json_writer){.out = &out}, s);
    char *text = strdup(buffer_text(&out));
    buffer_done(&out);
    return text;
}

static void what_is_written_is_read_again(void **state)
{
    (void)state;
    schema s, again;
    bool grew = false;
    assert_true(parse("{\"defaults\":{\"string\":{\"string_inverted_index\":{\"enabled\":false,"
                      "\"config\":{}}}},\"keys\":{\"t\":{\"int\":{\"int_inverted_index\":"
                      "{\"enabled\":false,\"config\":{}}}},\"u\":{\"string\":{}},\"#embedding\":"
                      "{\"float_list\":{\"vector_index\":{\"enabled\":true,\"config\":{\"space\":"
                      "\"ip\",\"hnsw\":{\"ef_search\":7},\"embedding_function\":{\"type\":"
                      "\"known\",\"name\":\"mine\",\"config\":{\"a\":1.0}}}}}}}}",
                      &s));
    assert_int_equal(s.vector.index.space, KITH_INNER_PRODUCT);
    assert_int_equal(s.vector.index.ef_search, 7);
    assert_int_equal(s.vector.index.ef_construction, 100);
    assert_int_equal(s.default_vector.index.space, KITH_SQUARED_L2);
    assert_false(schema_is_indexed(&s, VIEW("t"), INDEX_INT));
    assert_true(schema_is_indexed(&s, VIEW("t"), INDEX_FLOAT));
    assert_false(schema_is_indexed(&s, VIEW("t"), INDEX_STRING)); // by the default
    assert_true(schema_note(&s, &t.request.call.arena, VIEW("new"), VALUE_STRING, &grew));
    assert_true(grew);
    char *text = text_of(&s);
    assert_non_null(strstr(text, "\"new\":{\"string\":{\"fts_index\":{\"enabled\":false,"
                                 "\"config\":{}},\"string_inverted_index\":{\"enabled\":false"));
    assert_non_null(strstr(text, "\"u\":{\"string\":{}}"));
    assert_non_null(strstr(text, "{\"type\":\"known\",\"name\":\"mine\",\"config\":{\"a\":1.0}}"));
    call_end(&t);
    assert_true(parse(text, &again));
    char *second = text_of(&again);
    assert_string_equal(second, text);
    call_end(&t);
    free(text);
    free(second);
}

static void a_key_grows_once_for_each_kind(void **state)
{
    (void)state;
    schema s;
    assert_true(parse("{\"defaults\":{},\"keys\":{}}", &s));
    for (int round = 0; round < 2; round++)
        for (int i = 0; i < 40; i++) {
            char name[8];
            bool grew = false;
            (void)snprintf(name, sizeof name, "k%d", i);
            const view key = arena_copy(&t.request.call.arena, view_of(name));
            assert_true(schema_note(&s, &t.request.call.arena, key, VALUE_INT, &grew));
            assert_int_equal(grew, round == 0);
        }
    assert_int_equal(s.count, 40);
    call_end(&t);
}

static void kinds_of_values_are_chromas(void **state)
{
    (void)state;
    static const struct {
        const char *json;
        value_kind kind;
    } known[] = {{"1", VALUE_INT},         {"1.0", VALUE_FLOAT},      {"true", VALUE_BOOL},
                 {"\"x\"", VALUE_STRING},  {"[\"x\"]", VALUE_STRING}, {"[1,2]", VALUE_INT},
                 {"[1,2.5]", VALUE_FLOAT}, {"[]", VALUE_BOOL},        {"null", VALUE_KINDS},
                 {"{}", VALUE_KINDS}};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        serve_call *call = call_begin(&t, known[i].json);
        assert_int_equal(schema_kind_of(call->body), known[i].kind);
        call_end(&t);
    }
}

static void indexes_are_enabled_only_where_chroma_has_them(void **state)
{
    (void)state;
#define INDEX(type, index) "{\"" type "\":{\"" index "\":{\"enabled\":true,\"config\":{}}}}"
#define BY_DEFAULT(kind)   "{\"defaults\":" kind ",\"keys\":{}}"
#define OF_KEY(key, kind)  "{\"defaults\":{},\"keys\":{\"" key "\":" kind "}}"
    static const struct {
        const char *json, *words;
    } bad[] = {
        {"{}", "missing field `defaults`"},
        {"{\"defaults\":{}}", "missing field `keys`"},
        {BY_DEFAULT(INDEX("float_list", "vector_index")), "cannot be enabled by default"},
        {BY_DEFAULT(INDEX("string", "fts_index")), "cannot be enabled by default"},
        {OF_KEY("t", INDEX("float_list", "vector_index")), "only be enabled on #embedding"},
        {OF_KEY("t", INDEX("string", "fts_index")), "only be enabled on #document"},
        {OF_KEY("#document", INDEX("string", "string_inverted_index")),
         "not be enabled on #document"},
        {BY_DEFAULT(INDEX("sparse_vector", "sparse_vector_index")), "only be enabled on a key"},
        {OF_KEY("#document", INDEX("sparse_vector", "sparse_vector_index")),
         "only be enabled on a key"},
        {OF_KEY("t", "{\"sparse_vector\":{\"sparse_vector_index\":{\"enabled\":true,\"config\":"
                     "{\"bm25\":1}}}}"),
         "bm25"},
        {OF_KEY("#other", "{}"), "cannot begin with '#'"},
        {OF_KEY("t", "1"), "expected a map"},
        {OF_KEY("t", "{\"int\":{\"int_inverted_index\":{}}}"), "missing field `enabled`"},
        {OF_KEY("#embedding", "{\"float_list\":{\"vector_index\":{\"enabled\":true,\"config\":"
                              "{\"hnsw\":{},\"spann\":{}}}}}"),
         "at the same time"},
        {OF_KEY("#embedding", "{\"float_list\":{\"vector_index\":{\"enabled\":true,\"config\":"
                              "{\"source_key\":\"x\"}}}}"),
         "only source from #document"},
        {OF_KEY("#embedding", "{\"float_list\":{\"vector_index\":{\"enabled\":true,\"config\":"
                              "{\"space\":\"x\"}}}}"),
         "unknown variant `x`"},
        {OF_KEY("#embedding", "{\"float_list\":{\"vector_index\":{\"enabled\":true,\"config\":"
                              "{\"embedding_function\":{\"type\":\"x\"}}}}}"),
         "unknown variant `x`"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        schema s;
        assert_refused(&t, parse(bad[i].json, &s), bad[i].words);
        call_end(&t);
    }
}

static void numbers_of_an_index_are_read_and_refused(void **state)
{
    (void)state;
    index_settings numbers = index_settings_default(KITH_SQUARED_L2);
    const index_settings defaults = numbers;
    serve_call *call = call_begin(
        &t, "{\"space\":\"cosine\",\"ef_search\":5,\"resize_factor\":2,\"num_threads\":null}");
    assert_true(index_settings_parse(call, call->body, INDEX_CREATE, "hnsw", &numbers));
    assert_int_equal(numbers.space, KITH_COSINE);
    assert_int_equal(numbers.ef_search, 5);
    assert_near(numbers.resize_factor, 2, 0);
    assert_false(index_settings_equal(&numbers, &defaults));
    assert_refused(&t, index_settings_parse(call, call->body, INDEX_CHANGE, "hnsw", &numbers),
                   "unknown field `space`");
    call_end(&t);
    static const char *const bad[] = {"{\"x\":1}", "{\"ef_search\":-1}", "{\"ef_search\":1.5}",
                                      "{\"space\":1}", "{\"resize_factor\":\"x\"}"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        call = call_begin(&t, bad[i]);
        assert_refused(&t, index_settings_parse(call, call->body, INDEX_CREATE, "hnsw", &numbers),
                       "hnsw.");
        call_end(&t);
    }
    call = call_begin(&t, "{\"hnsw:space\":\"ip\",\"hnsw:M\":3,\"other\":1}");
    numbers = defaults;
    assert_true(index_settings_from_metadata(call, call->body, &numbers));
    assert_int_equal(numbers.space, KITH_INNER_PRODUCT);
    assert_int_equal(numbers.max_neighbors, 3);
    call_end(&t);
    call = call_begin(&t, "{\"hnsw:space\":\"ip\",\"hnsw:what\":3}");
    numbers = defaults;
    assert_refused(&t, index_settings_from_metadata(call, call->body, &numbers), "hnsw parameters");
    assert_true(index_settings_equal(&numbers, &defaults));
    call_end(&t);
}

static void a_collection_made_elsewhere_has_defaults_and_its_own_metric(void **state)
{
    (void)state;
    settings s;
    const char *text = NULL;
    kith_error err = {0};
    kith_collection_info info = {.id = "i", .name = "n", .metric = KITH_COSINE};
    serve_call *call = call_begin(&t, NULL);
    assert_true(settings_load(call, &info, &s));
    assert_int_equal(s.schema.vector.index.space, KITH_COSINE);
    info.configuration = "{\"of\":\"somebody else\"}";
    assert_true(settings_load(call, &info, &s));
    assert_int_equal(s.schema.vector.index.space, KITH_COSINE);
    s.forked_from = VIEW("origin");
    assert_ok(settings_to_text(call, &s, &text, &err));
    info.configuration = text;
    assert_true(settings_load(call, &info, &s));
    assert_true(view_equal(s.forked_from, VIEW("origin")));
    call_end(&t);
}

static void a_schema_beyond_what_kith_keeps_is_told(void **state)
{
    (void)state;
    settings s = {.forked_from = VIEW("")};
    const char *text = NULL;
    kith_error err = {0};
    const vector_settings vector = {.index = index_settings_default(KITH_COSINE)};
    serve_call *call = call_begin(&t, NULL);
    schema_init(&s.schema, &vector);
    for (int i = 0; i < 1000; i++) {
        bool grew = false;
        const char *name = arena_printf(&call->arena, "key number %d", i);
        assert_true(schema_note(&s.schema, &call->arena, view_of(name), VALUE_STRING, &grew));
    }
    assert_status(KITH_ERR_LIMIT, settings_to_text(call, &s, &text, &err));
    assert_null(text);
    call_end(&t);
}

static void names_are_those_that_chroma_allows(void **state)
{
    (void)state;
    static const char *const good[] = {"abc", "a-b", "1.2.3", "1.2.3.4.5", "256.1.1.1", "a_b.c"};
    static const char *const bad[] = {"",     "ab",      "_ab", "ab_", "a b",
                                      "a..b", "1.2.3.4", "aé",  "a/b"};
    char why[600], longest[514];
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        if (!name_is_allowed(good[i], why, sizeof why)) fail_msg("%s: %s", good[i], why);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (name_is_allowed(bad[i], why, sizeof why)) fail_msg("took '%s'", bad[i]);
    memset(longest, 'a', 513);
    longest[513] = 0;
    assert_false(name_is_allowed(longest, why, sizeof why));
    longest[512] = 0;
    assert_true(name_is_allowed(longest, why, sizeof why));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read_again),
        cmocka_unit_test(a_key_grows_once_for_each_kind),
        cmocka_unit_test(kinds_of_values_are_chromas),
        cmocka_unit_test(indexes_are_enabled_only_where_chroma_has_them),
        cmocka_unit_test(numbers_of_an_index_are_read_and_refused),
        cmocka_unit_test(a_collection_made_elsewhere_has_defaults_and_its_own_metric),
        cmocka_unit_test(a_schema_beyond_what_kith_keeps_is_told),
        cmocka_unit_test(names_are_those_that_chroma_allows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
