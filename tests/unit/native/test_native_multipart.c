/* Forms: as clients send them, and malformed in every way that must be refused. */
#include "test.h"

#include "base/buffer.h"
#include "native/multipart.h"

#define TYPE "multipart/form-data; boundary=XX"

static kith_status parse(const char *type, view body, arena *a, multipart_form *out,
                         kith_error *err)
{
    return multipart_parse(view_of(type), body, a, out, err);
}

static void assert_view(view v, const char *expected)
{
    if (!view_equal(v, view_of(expected)))
        fail_msg("got '%.*s', expected '%s'", VIEW_ARG(v), expected);
}

static void fields_and_files_are_found_as_curl_sends_them(void **state)
{
    (void)state;
    kith_error err = {0};
    arena a;
    arena_init(&a, 0);
    multipart_form form = {0};
    const char *body = "--XX\r\nContent-Disposition: form-data; name=\"chunk_size\"\r\n\r\n200\r\n"
                       "--XX\r\nContent-Disposition: form-data; name=\"file\"; "
                       "filename=\"a \\\"b\\\".md\"\r\nContent-Type: text/markdown\r\n\r\n"
                       "# A\r\n\r\n--X\r\n--XY\r\n\r\n"
                       "--XX\r\ncontent-disposition:form-data;filename=plain.txt;name=file \r\n\r\n"
                       "\r\n--XX--\r\n";
    assert_ok(parse(TYPE, view_of(body), &a, &form, &err));
    assert_int_equal(form.count, 3);
    assert_view(form.parts[0].name, "chunk_size");
    assert_view(form.parts[0].content, "200");
    assert_null(form.parts[0].filename.data);
    assert_view(form.parts[1].filename, "a \"b\".md");
    assert_view(form.parts[1].content, "# A\r\n\r\n--X\r\n--XY\r\n");
    assert_view(form.parts[2].name, "file");
    assert_view(form.parts[2].filename, "plain.txt");
    assert_view(form.parts[2].content, "");
    arena_done(&a);
}

static void any_bytes_are_a_content(void **state)
{
    (void)state;
    kith_error err = {0};
    arena a;
    arena_init(&a, 0);
    multipart_form form = {0};
    static const char body[] =
        "preamble\r\n--a b\t \r\nContent-Disposition: form-data; name=\"f\"; "
        "filename=\"z\"\r\n\r\n\0\xff\r\n\0--a b\r\n--a b--epilogue";
    assert_ok(
        parse("Multipart/Form-Data; charset=utf-8; boundary=\"a b\"", VIEW(body), &a, &form, &err));
    assert_int_equal(form.count, 1);
    assert_true(view_equal(form.parts[0].content, VIEW("\0\xff\r\n\0--a b")));
    assert_ok(parse(TYPE, VIEW("--XX--"), &a, &form, &err));
    assert_int_equal(form.count, 0);
    arena_done(&a);
}

static void names_beyond_ascii_come_in_both_forms(void **state)
{
    (void)state;
    kith_error err = {0};
    arena a;
    arena_init(&a, 0);
    multipart_form form = {0};
    const char *body =
        "--XX\r\nContent-Disposition: form-data; name=\"f\"; filename=\"r\xC3\xA9.txt\""
        "\r\n\r\n1\r\n"
        "--XX\r\nContent-Disposition: form-data; name=\"f\"; filename=\"r_.txt\"; "
        "filename*=utf-8'en'r%C3%A9%20x.txt\r\n\r\n2\r\n--XX--";
    assert_ok(parse(TYPE, view_of(body), &a, &form, &err));
    assert_view(form.parts[0].filename, "r\xC3\xA9.txt");
    assert_view(form.parts[1].filename, "r\xC3\xA9 x.txt");
    arena_done(&a);
}

static void what_is_no_form_is_refused_with_the_place(void **state)
{
    (void)state;
    static const struct {
        const char *type, *body, *message;
    } cases[] = {
        {"multipart/form-data", "--XX--", "Content-Type has no boundary"},
        {"multipart/form-data; boundary=", "--XX--", "Content-Type has no boundary"},
        {"multipart/form-data; boundary=\"XX", "--XX--", "Content-Type has no boundary"},
        {TYPE, "", "multipart body, byte 0: the boundary does not occur"},
        {TYPE, "--XY--", "multipart body, byte 0: the boundary does not occur"},
        {TYPE, "--XXX\r\n",
         "multipart body, byte 4: a boundary is not followed by the end of its line"},
        {TYPE, "--XX\r\nContent-Disposition: form-data; name=\"a\"",
         "multipart body, byte 6: the body ends within a part's headers"},
        {TYPE, "--XX\r\nno colon\r\n\r\n",
         "multipart body, byte 6: a header of a part has no colon"},
        {TYPE, "--XX\r\nContent-Disposition: attachment; name=a\r\n\r\n",
         "multipart body, byte 6: a part is not form-data"},
        {TYPE, "--XX\r\nContent-Disposition: form-data; name=\"a\r\n\r\nx\r\n--XX--",
         "multipart body, byte 6: Content-Disposition is malformed"},
        {TYPE, "--XX\r\nContent-Disposition: form-data; name\r\n\r\nx\r\n--XX--",
         "multipart body, byte 6: Content-Disposition is malformed"},
        {TYPE, "--XX\r\nContent-Disposition: form-data; name=\"a\"b\r\n\r\nx\r\n--XX--",
         "multipart body, byte 6: Content-Disposition is malformed"},
        {TYPE, "--XX\r\nContent-Type: text/plain\r\n\r\nx\r\n--XX--",
         "multipart body, byte 6: the part has no name"},
        {TYPE,
         "--XX\r\nContent-Disposition: form-data; name=f; filename*=latin-1''x\r\n\r\nx\r\n--XX--",
         "multipart body, byte 6: filename* is malformed, or not in UTF-8"},
        {TYPE,
         "--XX\r\nContent-Disposition: form-data; name=f; filename*=utf-8''%4\r\n\r\nx\r\n--XX--",
         "multipart body, byte 6: filename* is malformed, or not in UTF-8"},
        {TYPE, "--XX\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nx--XX--",
         "multipart body, byte 50: the body ends before the last boundary"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        kith_error err = {0};
        arena a;
        arena_init(&a, 0);
        multipart_form form = {0};
        assert_status(KITH_ERR_FORMAT,
                      parse(cases[i].type, view_of(cases[i].body), &a, &form, &err));
        assert_string_equal(err.message, cases[i].message);
        assert_int_equal(form.count, 0);
        arena_done(&a);
    }
}

/* Every prefix of a form is refused, and no byte behind it is read (ASan sees it). */
static void a_form_that_is_cut_off_is_refused_wherever_that_is(void **state)
{
    (void)state;
    const char *body = "--XX\r\nContent-Disposition: form-data; name=\"f\"; filename=\"a\\\"b\"; "
                       "filename*=utf-8''%C3%A9\r\n\r\ncontent\r\n--XX--";
    for (size_t size = 0; size < strlen(body); size++) {
        kith_error err = {0};
        arena a;
        arena_init(&a, 0);
        multipart_form form = {0};
        char *cut = malloc(size ? size : 1);
        assert_non_null(cut);
        memcpy(cut, body, size);
        assert_int_not_equal(parse(TYPE, (view){cut, size}, &a, &form, &err), KITH_OK);
        free(cut);
        arena_done(&a);
    }
}

static void each_limit_is_kept_and_named(void **state)
{
    (void)state;
    kith_error err = {0};
    arena a;
    arena_init(&a, 0);
    multipart_form form = {0};
    buffer body;
    buffer_init(&body, 1 << 20);
    for (int count = 0; count <= MULTIPART_MAX_PARTS; count++) {
        buffer_append_text(&body, "--XX\r\nContent-Disposition: form-data; name=f\r\n\r\nx\r\n");
        if (count + 1 != MULTIPART_MAX_PARTS) continue;
        size_t size = body.size;
        buffer_append_text(&body, "--XX--");
        assert_ok(parse(TYPE, buffer_view(&body), &a, &form, &err));
        assert_int_equal(form.count, MULTIPART_MAX_PARTS);
        body.size = size;
    }
    buffer_append_text(&body, "--XX--");
    assert_status(KITH_ERR_LIMIT, parse(TYPE, buffer_view(&body), &a, &form, &err));
    assert_string_equal(err.message, "the form has more than 1000 parts");

    for (int over = 0; over < 2; over++) {
        buffer_reset(&body);
        static const char start[] = "Content-Disposition: form-data; name=f\r\nX: ";
        buffer_append_text(&body, "--XX\r\n");
        buffer_append_text(&body, start);
        for (size_t i = sizeof start - 1 + 2; i < MULTIPART_MAX_HEAD_BYTES + (size_t)over; i++)
            buffer_append_byte(&body, 'x');
        buffer_append_text(&body, "\r\n\r\nx\r\n--XX--");
        kith_status status = parse(TYPE, buffer_view(&body), &a, &form, &err);
        assert_int_equal(status, over ? KITH_ERR_LIMIT : KITH_OK);
    }
    assert_non_null(strstr(err.message, "more than 16384 bytes"));

    const char *boundary = "multipart/form-data; boundary="
                           "0123456789012345678901234567890123456789012345678901234567890123456789";
    buffer_reset(&body);
    buffer_printf(&body, "--%s--", strchr(boundary, '=') + 1);
    assert_ok(parse(boundary, buffer_view(&body), &a, &form, &err));
    char longer[128];
    (void)snprintf(longer, sizeof longer, "%sx", boundary);
    assert_status(KITH_ERR_LIMIT, parse(longer, buffer_view(&body), &a, &form, &err));
    buffer_done(&body);
    arena_done(&a);
}

static void a_file_is_kept_under_the_last_part_of_its_name(void **state)
{
    (void)state;
    static const struct {
        const char *name, *kept; /* NULL: refused */
    } cases[] = {{"a.md", "a.md"},
                 {"/etc/passwd", "passwd"},
                 {"C:\\docs\\b.md", "b.md"},
                 {".hidden", ".hidden"},
                 {"x/../y", "y"},
                 {"..", NULL},
                 {"a/..", NULL},
                 {".", NULL},
                 {"", NULL},
                 {"a/", NULL},
                 {"a\nb", NULL},
                 {"a\x7F", NULL},
                 {"\xC3\xA9", "\xC3\xA9"},
                 {"\xC3", NULL}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        kith_error err = {0};
        const char *kept = NULL;
        arena a;
        arena_init(&a, 0);
        kith_status status = multipart_file_name(view_of(cases[i].name), &a, &kept, &err);
        assert_int_equal(status, cases[i].kept ? KITH_OK : KITH_ERR_INVALID);
        if (cases[i].kept) assert_string_equal(kept, cases[i].kept);
        arena_done(&a);
    }
    kith_error err = {0};
    const char *kept = NULL;
    char name[258] = "";
    arena a;
    arena_init(&a, 0);
    memset(name, 'n', 255);
    assert_ok(multipart_file_name(view_of(name), &a, &kept, &err));
    name[255] = 'n';
    assert_status(KITH_ERR_LIMIT, multipart_file_name(view_of(name), &a, &kept, &err));
    arena_done(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields_and_files_are_found_as_curl_sends_them),
        cmocka_unit_test(any_bytes_are_a_content),
        cmocka_unit_test(names_beyond_ascii_come_in_both_forms),
        cmocka_unit_test(what_is_no_form_is_refused_with_the_place),
        cmocka_unit_test(a_form_that_is_cut_off_is_refused_wherever_that_is),
        cmocka_unit_test(each_limit_is_kept_and_named),
        cmocka_unit_test(a_file_is_kept_under_the_last_part_of_its_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
