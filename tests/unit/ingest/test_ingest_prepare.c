/* Tests of preparing documents: ids, metadata, what is embedded, and validation. */
#include "test.h"

#include "base/metadata.h"
#include "ingest/prepare.h"

static document text_document(arena *a, const char *text)
{
    return (document){.text = view_of(text), .text_is_file = true, .fields = {.memory = a}};
}

static const metadata_value *field(arena *a, view json, const char *key)
{
    kith_error err;
    metadata *m = arena_new_array(a, metadata, 1);
    m->memory = a;
    assert_ok(metadata_parse(json, m, &err));
    return metadata_get(m, view_of(key));
}

static void chunks_are_numbered_and_know_their_place(void **state)
{
    (void)state;
    arena a;
    kith_error err;
    prepared_document p;
    arena_init(&a, 0);
    document d = text_document(&a, "First line here.\nSecond line here.\nThird line here.\n");
    prepare_options options = {.chunk = {.chunk_size = 20, .overlap = -1}, .min_characters = 10};
    assert_ok(prepare_document(&d, VIEW("doc"), &options, &a, &p, &err));
    assert_int_equal(p.document.point_count, 3);
    for (uint32_t i = 0; i < 3; i++) {
        const store_point *point = &p.document.points[i];
        assert_string_equal(point->key.data, arena_printf(&a, "doc_%u", i));
        assert_int_equal(field(&a, point->metadata, "chunk_index")->integer, i);
        assert_int_equal(field(&a, point->metadata, "total_chunks")->integer, 3);
        assert_int_equal(field(&a, point->metadata, "line_start")->integer, i + 1);
        int64_t start = field(&a, point->metadata, "char_start")->integer;
        int64_t count = field(&a, point->metadata, "char_count")->integer;
        assert_int_equal(field(&a, point->metadata, "char_end")->integer, start + count);
        // ASCII: characters are bytes.
        assert_true(view_equal(point->content, (view){d.text.data + start, (size_t)count}));
    }
    assert_int_equal(field(&a, p.document.metadata, "content_length")->integer,
                     (int64_t)d.text.size);
    assert_string_equal(field(&a, p.document.metadata, "processed_at")->string.data,
                        "1970-01-01T00:00:00Z");
    arena_done(&a);
}

static void the_headings_above_a_chunk_are_embedded_before_its_content(void **state)
{
    (void)state;
    static const char text[] =
        "# Guide\nIntroduction to it all.\n## Install\nUse the package manager.\n";
    arena a;
    kith_error err;
    prepared_document p;
    arena_init(&a, 0);
    const heading headings[] = {{0, VIEW("Guide")}, {32, VIEW("Guide > Install")}};
    document d = text_document(&a, text);
    d.headings = headings;
    d.heading_count = 2;
    prepare_options options = {.chunk = {.chunk_size = 36, .overlap = -1}};
    assert_ok(prepare_document(&d, VIEW("g"), &options, &a, &p, &err));
    assert_int_equal(p.document.point_count, 2);
    assert_true(view_starts_with(p.embedded[0], VIEW("Guide\n# Guide\nIntroduction")));
    assert_true(view_starts_with(p.embedded[1], VIEW("Guide > Install\n## Install\nUse")));
    assert_string_equal(field(&a, p.document.points[1].metadata, "heading")->string.data,
                        "Guide > Install");
    arena_done(&a);
}

static void a_records_title_is_embedded_as_such_and_kept(void **state)
{
    (void)state;
    arena a;
    kith_error err;
    prepared_document p;
    arena_init(&a, 0);
    document d = text_document(&a, "Some content of a record.");
    d.title = VIEW("A Title");
    d.title_is_prefix = true;
    d.text_is_file = false;
    prepare_options options = {0};
    assert_ok(prepare_document(&d, VIEW("r"), &options, &a, &p, &err));
    assert_true(view_equal(p.embedded[0], VIEW("Title: A Title\nSome content of a record.")));
    assert_true(view_equal(p.document.points[0].content, VIEW("Some content of a record.")));
    assert_string_equal(field(&a, p.document.points[0].metadata, "title")->string.data, "A Title");
    assert_null(field(&a, p.document.points[0].metadata, "line_start")); // a line is never invented
    arena_done(&a);
}

static void what_follows_a_nul_is_embedded_too(void **state)
{
    (void)state;
    arena a;
    kith_error err;
    prepared_document p;
    arena_init(&a, 0);
    document d = text_document(&a, "");
    d.text = VIEW("Before it.\0And after.");
    prepare_options options = {0};
    assert_ok(prepare_document(&d, VIEW("n"), &options, &a, &p, &err));
    assert_true(view_ends_with_nocase(p.embedded[0], VIEW("Before it.\0And after.")));
    arena_done(&a);
}

static void missing_and_short_content_is_refused_with_the_numbers(void **state)
{
    (void)state;
    arena a;
    kith_error err;
    prepared_document p;
    arena_init(&a, 0);
    prepare_options options = {.min_characters = 10};
    document d = text_document(&a, "  \n ");
    assert_status(KITH_ERR_INVALID, prepare_document(&d, VIEW("x"), &options, &a, &p, &err));
    assert_non_null(strstr(err.message, "content is missing"));
    d.text = VIEW("  \u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9  ");
    assert_status(KITH_ERR_INVALID, prepare_document(&d, VIEW("x"), &options, &a, &p, &err));
    assert_non_null(strstr(err.message, "9 characters, at least 10"));
    options.min_characters = 9;
    assert_ok(prepare_document(&d, VIEW("x"), &options, &a, &p, &err));
    arena_done(&a);
}

static void bad_chunk_sizes_are_refused_with_the_numbers(void **state)
{
    (void)state;
    kith_error err;
    chunk_options out;
    kith_chunk_options o = {.chunk_size = 100, .overlap = 100};
    assert_status(KITH_ERR_INVALID, prepare_chunk_options(&o, NULL, &out, &err));
    assert_non_null(strstr(err.message, "overlap 100"));
    o = (kith_chunk_options){.chunk_size = CHUNK_MAX_SIZE + 1};
    assert_status(KITH_ERR_INVALID, prepare_chunk_options(&o, NULL, &out, &err));
    o = (kith_chunk_options){.unit = KITH_TOKENS, .chunk_size = 100};
    assert_status(KITH_ERR_INVALID, prepare_chunk_options(&o, NULL, &out, &err));
    o = (kith_chunk_options){.unit = 2};
    assert_status(KITH_ERR_INVALID, prepare_chunk_options(&o, NULL, &out, &err));
    o = (kith_chunk_options){0};
    assert_ok(prepare_chunk_options(&o, NULL, &out, &err));
    assert_int_equal(out.size, 1000);
    assert_int_equal(out.overlap, 200);
    o.overlap = -1;
    assert_ok(prepare_chunk_options(&o, NULL, &out, &err));
    assert_int_equal(out.overlap, 0);
}

static void a_fields_own_value_is_not_overwritten_by_the_title(void **state)
{
    (void)state;
    arena a;
    kith_error err;
    prepared_document p;
    arena_init(&a, 0);
    document d = text_document(&a, "Content that is long enough.");
    d.title = VIEW("From the document");
    assert_ok(metadata_set_string(&d.fields, "title", VIEW("From the metadata"), &err));
    prepare_options options = {0};
    assert_ok(prepare_document(&d, VIEW("x"), &options, &a, &p, &err));
    assert_string_equal(field(&a, p.document.metadata, "title")->string.data, "From the metadata");
    arena_done(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(chunks_are_numbered_and_know_their_place),
        cmocka_unit_test(the_headings_above_a_chunk_are_embedded_before_its_content),
        cmocka_unit_test(a_records_title_is_embedded_as_such_and_kept),
        cmocka_unit_test(what_follows_a_nul_is_embedded_too),
        cmocka_unit_test(missing_and_short_content_is_refused_with_the_numbers),
        cmocka_unit_test(bad_chunk_sizes_are_refused_with_the_numbers),
        cmocka_unit_test(a_fields_own_value_is_not_overwritten_by_the_title),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
