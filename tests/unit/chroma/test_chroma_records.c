/* test_chroma_records.c - bodies of writes as points, vectors, and metadata both ways. */
#include "test.h"

#include "call_for_test.h"
#include "chroma/embeddings.h"
#include "chroma/metadata_text.h"
#include "chroma/record_batch.h"

static call_for_test t;

static bool parse(const char *body, kith_write_mode mode, bool may_lack, record_batch *out)
{
    return record_batch_parse(call_begin(&t, body), mode, may_lack, out);
}

static void columns_become_points(void **state)
{
    (void)state;
    record_batch b;
    assert_true(parse("{\"ids\":[\"a\",\"b\",\"c\"],\"embeddings\":[[1,2.5],[3,4],[5,6]],"
                      "\"documents\":[\"x\",null,\"\"],\"metadatas\":[{\"n\":1.0},null,{}],"
                      "\"uris\":[\"u\",\"v\",null]}",
                      KITH_ADD, false, &b));
    assert_int_equal(b.count, 3);
    assert_int_equal(b.dimension, 2);
    assert_int_equal(b.without, 0);
    assert_string_equal(b.points[0].id, "a");
    assert_string_equal(b.points[0].content, "x");
    assert_null(b.points[1].content);
    assert_string_equal(b.points[2].content, "");
    assert_near(b.points[0].vector[1], 2.5, 0);
    assert_string_equal(b.points[0].metadata, "{\"n\":1.0,\"chroma:uri\":\"u\"}");
    assert_string_equal(b.points[1].metadata, "{\"chroma:uri\":\"v\"}");
    assert_string_equal(b.points[2].metadata, "{}");
    call_end(&t);
}

static void base64_is_little_endian_float32(void **state)
{
    (void)state;
    record_batch b;
    assert_true(parse("{\"ids\":[\"a\"],\"embeddings\":[\"AACAPwAAIMA=\"]}", KITH_ADD, false, &b));
    assert_int_equal(b.dimension, 2);
    assert_near(b.points[0].vector[0], 1, 0);
    assert_near(b.points[0].vector[1], -2.5, 0);
    call_end(&t);
}

static void an_update_may_lack_vectors_and_null_a_field(void **state)
{
    (void)state;
    record_batch b;
    assert_true(parse("{\"ids\":[\"a\",\"b\"],\"embeddings\":[null,[1]],\"metadatas\":[{\"k\":null,"
                      "\"l\":[]},null]}",
                      KITH_UPDATE, false, &b));
    assert_int_equal(b.without, 1);
    assert_null(b.points[0].vector);
    assert_int_equal(b.points[0].dimension, 0);
    assert_string_equal(b.points[0].metadata, "{\"k\":null,\"l\":[]}");
    assert_null(b.points[1].metadata);
    call_end(&t);
    assert_true(parse("{\"ids\":[\"a\"]}", KITH_ADD, true, &b));
    assert_int_equal(b.without, 1);
    call_end(&t);
}

static void bad_columns_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *body, *words;
    } bad[] = {
        {"[]", "expected a map"},
        {"{\"embeddings\":[]}", "missing field `ids`"},
        {"{\"ids\":\"a\",\"embeddings\":[]}", "ids: invalid type"},
        {"{\"ids\":[1],\"embeddings\":[[1]]}", "ids[0]: invalid type"},
        {"{\"ids\":[\"a\\u0000\"],\"embeddings\":[[1]]}", "ids[0] holds a NUL"},
        {"{\"ids\":[\"a\"],\"embeddings\":[[1]],\"documents\":[\"\\u0000\"]}", "documents[0]"},
        {"{\"ids\":[\"a\"],\"embeddings\":null}", "EmbeddingsPayload"},
        {"{\"ids\":[\"a\"],\"embeddings\":[null]}", "EmbeddingsPayload"},
        {"{\"ids\":[\"a\"],\"embeddings\":[1]}", "EmbeddingsPayload"},
        {"{\"ids\":[\"a\"],\"embeddings\":[[\"x\"]]}", "expected f32"},
        {"{\"ids\":[\"a\"],\"embeddings\":[[1,2,3,4,5,6,7,8,9]]}", "over the limit of 8"},
        {"{\"ids\":[\"a\"],\"embeddings\":[[1]],\"uris\":[]}", "Inconsistent number"},
        {"{\"ids\":[\"a\"],\"embeddings\":[[1]],\"metadatas\":[1]}", "metadatas[0]: invalid type"},
        {"{\"ids\":[\"a\"],\"embeddings\":[[1]],\"metadatas\":[{\"k\":{}}]}", "metadatas[0].k"},
        {"{\"ids\":[\"a\"],\"embeddings\":[[1]],\"metadatas\":[{\"k\":[[1]]}]}", "metadatas[0].k"},
        {"{\"ids\":[\"a\"],\"embeddings\":[[1]],\"metadatas\":[{\"k\":[1,true]}]}",
         "metadatas[0].k"},
        {"{\"ids\":[\"a\"],\"embeddings\":[[1]],\"metadatas\":[{\"$k\":1}]}", "at index 0"},
        {"{\"ids\":[\"a\"],\"embeddings\":[[1]],\"metadatas\":[{\"\":1}]}", "at index 0"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        record_batch b;
        assert_refused(&t, parse(bad[i].body, KITH_ADD, false, &b), bad[i].words);
        call_end(&t);
    }
}

static void a_batch_and_its_metadata_are_limited(void **state)
{
    (void)state;
    static char body[8000];
    record_batch b;
    for (int over = 0; over < 2; over++) {
        int size = snprintf(body, sizeof body, "{\"embeddings\":[");
        for (int i = 0; i < 100 + over; i++)
            size += snprintf(body + size, sizeof body - (size_t)size, "%s[1]", i ? "," : "");
        size += snprintf(body + size, sizeof body - (size_t)size, "],\"ids\":[");
        for (int i = 0; i < 100 + over; i++)
            size += snprintf(body + size, sizeof body - (size_t)size, "%s\"%d\"", i ? "," : "", i);
        (void)snprintf(body + size, sizeof body - (size_t)size, "]}");
        const bool fine = parse(body, KITH_ADD, false, &b);
        if (over)
            assert_refused(&t, fine, "maximum batch size 100");
        else
            assert_true(fine);
        call_end(&t);
        // {"k":"..."} has eight bytes beside its text.
        (void)snprintf(body, sizeof body,
                       "{\"ids\":[\"a\"],\"embeddings\":[[1]],\"metadatas\":[{\"k\":\"%0*d\"}]}",
                       992 + over, 0);
        const bool taken = parse(body, KITH_ADD, false, &b);
        if (over)
            assert_refused(&t, taken, "metadatas[0] has more than 1000 bytes");
        else
            assert_true(taken);
        call_end(&t);
    }
}

static void hidden_fields_are_not_told(void **state)
{
    (void)state;
    static const struct {
        const char *kept, *told, *uri;
    } known[] = {
        {"{}", "null", "null"},
        {"{\"a\":1.0,\"b\":[true]}", "{\"a\":1.0,\"b\":[true]}", "null"},
        {"{\"chroma:uri\":\"u\"}", "{}", "\"u\""},
        {"{\"a\":1.0,\"chroma:uri\":\"u\",\"chroma:x\":1}", "{\"a\":1.0}", "\"u\""},
        {"{\"a\":\"\\\"chroma:uri\\\"\"}", "{\"a\":\"\\\"chroma:uri\\\"\"}", "null"},
    };
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        arena a;
        buffer out;
        arena_init(&a, 0);
        buffer_init(&out, 1000);
        metadata_write_answer(&(json_writer){.out = &out}, known[i].kept, &a);
        assert_string_equal(buffer_text(&out), known[i].told);
        buffer_reset(&out);
        metadata_write_uri(&(json_writer){.out = &out}, known[i].kept, &a);
        assert_string_equal(buffer_text(&out), known[i].uri);
        assert_int_equal(a.used, 0);
        buffer_done(&out);
        arena_done(&a);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(columns_become_points),
        cmocka_unit_test(base64_is_little_endian_float32),
        cmocka_unit_test(an_update_may_lack_vectors_and_null_a_field),
        cmocka_unit_test(bad_columns_are_refused),
        cmocka_unit_test(a_batch_and_its_metadata_are_limited),
        cmocka_unit_test(hidden_fields_are_not_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
