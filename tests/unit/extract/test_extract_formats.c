/* Dispatch: kinds by name and content, refusals, and the formats whose text is the file. */
#include "extracted.h"

#include <kith/types.h>

static void a_text_file_becomes_its_stem_and_its_text(void **state)
{
    (void)state;
    extracted e;
    extracted_expect(&e, "notes.v2.txt", VIEW("one\r\ntwo\rthree\n"), 1);
    const document *d = &e.found.documents[0];
    assert_view(d->id, "notes.v2");
    assert_view(d->text, "one\ntwo\nthree\n");
    assert_field(d, "type", "text");
    assert_null(metadata_get(&d->fields, VIEW("encoding")));
    assert_true(d->text_is_file);
    assert_false(d->title_is_prefix);
    assert_int_equal(d->record, 0);
    assert_int_equal(e.found.replaced, 0);
    extracted_done(&e);
}

static void an_encoding_other_than_utf8_is_a_field(void **state)
{
    (void)state;
    extracted e;
    extracted_expect(&e, "old.txt", VIEW("caf\xE9"), 1);
    assert_field(&e.found.documents[0], "encoding", "windows-1252");
    assert_view(e.found.documents[0].text, "caf\xC3\xA9");
    extracted_done(&e);
    extracted_expect(&e, "wide.md", VIEW("\xFF\xFE#\0 \0h\0i\0\r\0\n\0"), 1);
    assert_field(&e.found.documents[0], "encoding", "utf-16le");
    assert_heading(&e.found.documents[0], 0, "# hi\n", "hi");
    extracted_done(&e);
}

static void replaced_bytes_are_counted(void **state)
{
    (void)state;
    extracted e;
    extracted_expect(&e, "a.txt", VIEW("\xC3\xA4\xC3\xB6\xC3\xBC\xC3\x9F \xFF"), 1);
    assert_int_equal(e.found.replaced, 1);
    extracted_done(&e);
}

static void code_has_its_language(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"a.c", "c"},
        {"b.PY", "python"},
        {"Makefile", "make"},
        {"x.test.ts", "typescript"},
        {"CMakeLists.txt", "cmake"},
        {"q.sql", "sql"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        extracted e;
        extracted_expect(&e, cases[i][0], VIEW("some source\n"), 1);
        assert_field(&e.found.documents[0], "type", "code");
        assert_field(&e.found.documents[0], "language", cases[i][1]);
        assert_true(e.found.documents[0].text_is_file);
        extracted_done(&e);
    }
}

static void an_unknown_extension_is_text_unless_the_content_says_more(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        view bytes;
        const char *type;
    } cases[] = {
        {"README", {"hello", sizeof "hello" - 1}, "text"},
        {"data.xyz", {"hello", sizeof "hello" - 1}, "text"},
        {".profile", {"hello", sizeof "hello" - 1}, "text"},
        {"page", {"\n<!DOCTYPE html><p>hello", sizeof "\n<!DOCTYPE html><p>hello" - 1}, "html"},
        {"tool",
         {"#!/usr/bin/env python3\nprint()\n", sizeof "#!/usr/bin/env python3\nprint()\n" - 1},
         "code"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        extracted e;
        extracted_expect(&e, cases[i].name, cases[i].bytes, 1);
        assert_field(&e.found.documents[0], "type", cases[i].type);
        assert_view(e.found.documents[0].id, i == 1 ? "data" : cases[i].name);
        extracted_done(&e);
    }
}

/* Each says what to do. */
static void formats_that_are_not_read_are_refused_by_name(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"a.mobi", "convert it to EPUB"},
        {"a.azw3", "convert it to EPUB"},
        {"a.xlsb", "save it as xlsx"},
        {"a.pages", "export it as Word or PDF"},
        {"a.numbers", "export it as Excel"},
        {"a.webarchive", "save the page as HTML"},
        {"a.pst", "readpst"},
        {"a.rar", "pack it as zip"},
        {"a.accdb", "export its tables"},
        {"a.parquet", "export it as CSV"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        extracted_expect_failure(cases[i][0], VIEW("text"), KITH_ERR_UNSUPPORTED, cases[i][1]);
    extracted_expect_failure("disguised.txt", VIEW("PAR1 ..."), KITH_ERR_UNSUPPORTED,
                             "Parquet is not read");
    extracted_expect_failure("a.db", VIEW("SQLite format 3\0"), KITH_ERR_UNSUPPORTED,
                             "databases are not read");
    extracted_expect_failure("a", VIEW("7z\xBC\xAF\x27\x1C"), KITH_ERR_UNSUPPORTED, "7-Zip");
    // A ZIP file is known by what it holds.
    extracted_expect_failure("a.key", VIEW("PK\x03\x04 Index/Document.iwa"), KITH_ERR_UNSUPPORTED,
                             "Keynote of Apple");
    extracted_expect_failure("a.bin", VIEW("PK\x03\x04 xl/workbook.bin"), KITH_ERR_UNSUPPORTED,
                             "save it as xlsx");
}

/* Found by the fuzzer: the bytes went into the text as they were. */
static void quoted_bytes_of_a_contact_are_decoded(void **state)
{
    (void)state;
    static const char *const HEADS[] = {"FN;ENCODING=QUOTED-PRINTABLE",
                                        "FN;CHARSET=ISO-8859-1;ENCODING=QUOTED-PRINTABLE",
                                        "FN;CHARSET=none;ENCODING=QUOTED-PRINTABLE"};
    for (size_t i = 0; i < sizeof HEADS / sizeof HEADS[0]; i++) {
        extracted e;
        char card[200];
        (void)snprintf(card, sizeof card, "BEGIN:VCARD\n%s:J=F6rg Wolf\nEND:VCARD\n", HEADS[i]);
        extracted_expect(&e, "a.vcf", view_of(card), 1);
        assert_view(e.found.documents[0].text, "J\xC3\xB6rg Wolf");
        extracted_done(&e);
    }
}

static void binary_files_are_refused(void **state)
{
    (void)state;
    extracted_expect_failure("a.txt",
                             VIEW("\x7F"
                                  "ELF\2\1\1"),
                             KITH_ERR_UNSUPPORTED, "binary file");
    extracted_expect_failure("picture", VIEW("\x89PNG\r\n\x1A\n"), KITH_ERR_UNSUPPORTED,
                             "binary file");
    extracted_expect_failure("a.bin", VIEW("\1\2\3\4\5\6\7\0\1\2\3"), KITH_ERR_UNSUPPORTED,
                             "binary file");
    extracted_expect_failure("archive", VIEW("PK\x03\x04...."), KITH_ERR_UNSUPPORTED,
                             "binary file");
}

static void a_file_above_the_limit_is_refused_at_once(void **state)
{
    (void)state;
    size_t size = (size_t)KITH_DOCUMENT_MAX_BYTES + 1;
    char *bytes = malloc(size);
    memset(bytes, 'x', size);
    extracted_expect_failure("big.txt", (view){bytes, size}, KITH_ERR_LIMIT, "67108865");
    memset(bytes, 0xE9, size); // two bytes each once decoded
    extracted_expect_failure("big.txt", (view){bytes, size - 1}, KITH_ERR_LIMIT, "decoded text");
    free(bytes);
}

static void an_exhausted_arena_is_an_error(void **state)
{
    (void)state;
    static const char *const names[] = {"a.txt",   "a.md",  "a.html", "a.json",
                                        "a.jsonl", "a.csv", "a.c"};
    view text = VIEW("{\"content\": \"# a\\r\", \"b\": 1}\r\n# head, c\r\n1,2\r\n<h1>a</h1>");
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        for (size_t bytes = 16; bytes < 4096; bytes += 16) {
            arena a;
            arena_init(&a, bytes);
            extraction found = {0};
            kith_error err = {0};
            kith_status status = extract_here(view_of(names[i]), text, &a, &found, &err);
            assert_true(status == KITH_OK || status == KITH_ERR_NO_MEMORY ||
                        status == KITH_ERR_FORMAT);
            arena_done(&a);
        }
}

static void a_name_that_is_not_utf8_is_repaired(void **state)
{
    (void)state;
    extracted e;
    extracted_expect(&e, "caf\xE9.txt", VIEW("hello"), 1);
    assert_view(e.found.documents[0].id, "caf\xEF\xBF\xBD");
    extracted_done(&e);
}

static void an_empty_file_gives_no_document(void **state)
{
    (void)state;
    static const char *const names[] = {"a.txt", "a.md", "a.html", "a.c", "a.ipynb", "a.csv"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        extracted e;
        extracted_expect(&e, names[i], (view){0}, 0);
        extracted_done(&e);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_text_file_becomes_its_stem_and_its_text),
        cmocka_unit_test(an_encoding_other_than_utf8_is_a_field),
        cmocka_unit_test(replaced_bytes_are_counted),
        cmocka_unit_test(code_has_its_language),
        cmocka_unit_test(an_unknown_extension_is_text_unless_the_content_says_more),
        cmocka_unit_test(formats_that_are_not_read_are_refused_by_name),
        cmocka_unit_test(quoted_bytes_of_a_contact_are_decoded),
        cmocka_unit_test(binary_files_are_refused),
        cmocka_unit_test(a_file_above_the_limit_is_refused_at_once),
        cmocka_unit_test(an_exhausted_arena_is_an_error),
        cmocka_unit_test(a_name_that_is_not_utf8_is_repaired),
        cmocka_unit_test(an_empty_file_gives_no_document),
    };
    return cmocka_run_group_tests_name("extract", tests, NULL, NULL);
}
