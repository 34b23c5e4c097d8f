/* test_chroma_filter.c - Chroma's filters as kith's: what is written, and what is refused. */
#include "test.h"

#include "call_for_test.h"
#include "chroma/filter.h"

static call_for_test t;

static bool translate(const char *where, const char *document, const schema *s, const char **out)
{
    kith_error err = {0};
    serve_call *call = call_begin(&t, NULL);
    filter_parts parts = {0};
    if (where) assert_ok(json_parse(view_of(where), 1 << 20, &call->arena, &parts.where, &err));
    if (document)
        assert_ok(
            json_parse(view_of(document), 1 << 20, &call->arena, &parts.where_document, &err));
    return filter_write(call, &parts, s, out);
}

static void assert_written(const char *where, const char *document, const char *expected)
{
    const char *out = NULL;
    assert_true(translate(where, document, NULL, &out));
    assert_string_equal(out, expected);
    call_end(&t);
}

static void conditions_are_written_with_their_operator(void **state)
{
    (void)state;
    assert_written("{\"a\":1}", NULL, "{\"$strict\":{\"a\":{\"$eq\":1}}}");
    assert_written("{\"a\":{\"$gte\":1.0}}", NULL, "{\"$strict\":{\"a\":{\"$gte\":1.0}}}");
    assert_written("{\"a\":{\"$nin\":[\"x\",\"y\"]}}", NULL,
                   "{\"$strict\":{\"a\":{\"$nin\":[\"x\",\"y\"]}}}");
    assert_written("{\"a\":{\"$in\":[1.5,2]}}", NULL, "{\"$strict\":{\"a\":{\"$in\":[1.5,2]}}}");
    assert_written("{\"a\":{\"$contains\":true}}", NULL,
                   "{\"$strict\":{\"a\":{\"$contains\":true}}}");
    assert_written("{\"$or\":[{\"a\":1},{\"$and\":[]}]}", NULL,
                   "{\"$strict\":{\"$or\":[{\"a\":{\"$eq\":1}},{\"$and\":[]}]}}");
}

static void texts_are_tested_by_the_documents_name(void **state)
{
    (void)state;
    assert_written(NULL, "{\"$contains\":\"x\"}", "{\"#document\":{\"$contains\":\"x\"}}");
    assert_written(NULL, "{\"$and\":[{\"$regex\":\"a\"},{\"$not_regex\":\"b\"}]}",
                   "{\"$and\":[{\"#document\":{\"$regex\":\"a\"}},"
                   "{\"#document\":{\"$not_regex\":\"b\"}}]}");
    assert_written("{\"#document\":{\"$not_contains\":\"x\"}}", NULL,
                   "{\"$strict\":{\"#document\":{\"$not_contains\":\"x\"}}}");
}

static void all_parts_must_match(void **state)
{
    (void)state;
    static const char *const ids[] = {"i", "j\"k"};
    const char *out = NULL;
    assert_written(
        "{\"a\":1}", "{\"$contains\":\"x\"}",
        "{\"$and\":[{\"$strict\":{\"a\":{\"$eq\":1}}},{\"#document\":{\"$contains\":\"x\"}}]}");
    serve_call *call = call_begin(&t, NULL);
    const filter_parts parts = {.ids = ids, .id_count = 2};
    assert_true(filter_write(call, &parts, NULL, &out));
    assert_string_equal(out, "{\"#id\":{\"$in\":[\"i\",\"j\\\"k\"]}}");
    assert_true(filter_write(call, &(filter_parts){0}, NULL, &out));
    assert_null(out);
    call_end(&t);
}

static void anything_else_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {"{}",
                                      "[1]",
                                      "{\"a\":1,\"b\":2}",
                                      "{\"a\":null}",
                                      "{\"a\":[1]}",
                                      "{\"a\":{}}",
                                      "{\"a\":{\"$gt\":1,\"$lt\":2}}",
                                      "{\"a\":{\"$gt\":\"x\"}}",
                                      "{\"a\":{\"$gt\":true}}",
                                      "{\"a\":{\"$in\":[]}}",
                                      "{\"a\":{\"$in\":1}}",
                                      "{\"a\":{\"$in\":[1,2.5]}}",
                                      "{\"a\":{\"$in\":[true,1]}}",
                                      "{\"a\":{\"$regex\":\"x\"}}",
                                      "{\"$not\":[{\"a\":1}]}",
                                      "{\"$and\":{\"a\":1}}",
                                      "{\"$and\":[{}]}",
                                      "{\"#document\":{\"$contains\":1}}"};
    static const char *const bad_documents[] = {"{}",
                                                "\"x\"",
                                                "{\"$eq\":\"x\"}",
                                                "{\"$contains\":1}",
                                                "{\"$or\":\"x\"}",
                                                "{\"$contains\":\"x\",\"$regex\":\"x\"}"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        const char *out = NULL;
        assert_refused(&t, translate(bad[i], NULL, NULL, &out), "Invalid where clause");
        call_end(&t);
    }
    for (size_t i = 0; i < sizeof bad_documents / sizeof bad_documents[0]; i++) {
        const char *out = NULL;
        assert_refused(&t, translate(NULL, bad_documents[i], NULL, &out),
                       "Invalid where document clause");
        call_end(&t);
    }
}

static void conditions_are_counted(void **state)
{
    (void)state;
    for (int conditions = 19; conditions <= 20; conditions++) {
        char where[1000];
        const char *out = NULL;
        int size = snprintf(where, sizeof where, "{\"$and\":["); // counts as one, too
        for (int i = 0; i < conditions; i++)
            size +=
                snprintf(where + size, sizeof where - (size_t)size, "%s{\"a\":1}", i ? "," : "");
        (void)snprintf(where + size, sizeof where - (size_t)size, "]}");
        const bool fine = translate(where, NULL, NULL, &out);
        if (conditions == 19)
            assert_true(fine);
        else
            assert_refused(&t, fine, "more than 20 conditions");
        call_end(&t);
    }
}

static void what_is_not_indexed_is_refused_by_name_and_kind(void **state)
{
    (void)state;
    const vector_settings vector = {.index = index_settings_default(KITH_COSINE)};
    const char *out = NULL;
    bool grew = false;
    arena a;
    schema s;
    arena_init(&a, 0);
    schema_init(&s, &vector);
    assert_true(schema_note(&s, &a, VIEW("n"), VALUE_INT, &grew));
    s.keys[0].state[INDEX_INT] = INDEX_DISABLED;
    s.defaults.state[INDEX_STRING] = INDEX_DISABLED;
    assert_refused(&t, translate("{\"n\":1}", NULL, &s, &out), "'n' with type 'Int'");
    call_end(&t);
    assert_refused(&t, translate("{\"x\":{\"$in\":[\"a\"]}}", NULL, &s, &out),
                   "'x' with type 'Str'");
    call_end(&t);
    assert_refused(&t, translate("{\"#document\":\"x\"}", NULL, &s, &out),
                   "'#document' with type 'Str'");
    call_end(&t);
    assert_true(translate("{\"n\":1.5}", "{\"$contains\":\"x\"}", &s, &out));
    call_end(&t);
    s.document.state[INDEX_FULL_TEXT] = INDEX_DISABLED;
    assert_refused(&t, translate(NULL, "{\"$contains\":\"x\"}", &s, &out), "full-text");
    call_end(&t);
    arena_done(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(conditions_are_written_with_their_operator),
        cmocka_unit_test(texts_are_tested_by_the_documents_name),
        cmocka_unit_test(all_parts_must_match),
        cmocka_unit_test(anything_else_is_refused),
        cmocka_unit_test(conditions_are_counted),
        cmocka_unit_test(what_is_not_indexed_is_refused_by_name_and_kind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
