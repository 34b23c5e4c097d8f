#include "stream_for_test.h"
#include "test.h"

#include "cli/records.h"

#include <fcntl.h>
#include <unistd.h>

/* All texts as "<a><b>", then the message of the failure that ended the stream. */
static const char *all_texts(view text, input_choice form)
{
    static char joined[4096];
    size_t used = 0;
    int fd = stream_of(text);
    records r;
    kith_error err = {0};
    records_init(&r, fd, "in", form);
    for (;;) {
        view texts[RECORDS_BATCH_MAX];
        size_t count = 0;
        if (records_next(&r, texts, &count, &err) != KITH_OK) {
            (void)snprintf(joined + used, sizeof joined - used, "!%s", err.message);
            break;
        }
        if (count == 0) break;
        for (size_t i = 0; i < count; i++)
            used +=
                (size_t)snprintf(joined + used, sizeof joined - used, "<%.*s>", VIEW_ARG(texts[i]));
    }
    records_done(&r);
    (void)close(fd);
    if (used == 0 && err.code == KITH_OK) joined[0] = 0;
    return joined;
}

static void every_line_is_a_text(void **state)
{
    (void)state;
    assert_string_equal(all_texts(VIEW("one\ntwo\r\n\nfour"), INPUT_AUTO), "<one><two><><four>");
    assert_string_equal(all_texts(VIEW("one\n"), INPUT_AUTO), "<one>");
    assert_string_equal(all_texts(VIEW(""), INPUT_AUTO), "");
    assert_string_equal(all_texts(VIEW("\n"), INPUT_AUTO), "<>");
}

static void json_lines_are_strings_or_objects_with_text(void **state)
{
    (void)state;
    assert_string_equal(all_texts(VIEW("\"a\\nb\"\n\n{\"id\": 3, \"text\": \"c\"}\n"), INPUT_AUTO),
                        "<a\nb><c>");
    assert_string_equal(all_texts(VIEW("{\"text\": \"c\"}"), INPUT_JSONL), "<c>");
}

static void what_only_looks_like_json_is_a_text(void **state)
{
    (void)state;
    assert_string_equal(all_texts(VIEW("\"Hello,\" she said.\n{x}\n"), INPUT_AUTO),
                        "<\"Hello,\" she said.><{x}>");
    assert_string_equal(all_texts(VIEW("{\"content\": \"c\"}\n"), INPUT_AUTO),
                        "<{\"content\": \"c\"}>");
}

static void the_form_can_be_forced(void **state)
{
    (void)state;
    assert_string_equal(all_texts(VIEW("\"a\"\n"), INPUT_LINES), "<\"a\">");
    assert_string_equal(all_texts(VIEW("plain\n"), INPUT_JSONL)[0] == '!' ? "!" : "", "!");
}

static void a_malformed_line_is_named_and_the_ones_before_it_are_kept(void **state)
{
    (void)state;
    const char *got = all_texts(VIEW("\"a\"\n\"b\"\n{\"text\": 5}\n\"d\"\n"), INPUT_AUTO);
    assert_string_equal(got, "<a><b>!in:3: neither a string nor an object with a string \"text\"");
}

static void invalid_utf8_is_replaced_and_counted(void **state)
{
    (void)state;
    kith_error err = {0};
    int fd = stream_of(VIEW("caf\xe9\nfine\n\xff\n"));
    records r;
    view texts[RECORDS_BATCH_MAX];
    size_t count = 0;
    records_init(&r, fd, "in", INPUT_AUTO);
    assert_ok(records_next(&r, texts, &count, &err));
    assert_int_equal(count, 3);
    assert_true(view_equal(texts[0], VIEW("caf\xef\xbf\xbd")));
    assert_int_equal(r.repaired, 2);
    records_done(&r);
    (void)close(fd);
}

static void many_lines_come_in_bounded_batches(void **state)
{
    (void)state;
    enum { LINES = 100000 };
    kith_error err = {0};
    buffer text;
    buffer_init(&text, 10 << 20);
    for (int i = 0; i < LINES; i++)
        buffer_printf(&text, "line %d\n", i);
    int fd = stream_of(buffer_view(&text));
    records r;
    records_init(&r, fd, "in", INPUT_AUTO);
    size_t seen = 0;
    for (;;) {
        view texts[RECORDS_BATCH_MAX];
        size_t count = 0;
        assert_ok(records_next(&r, texts, &count, &err));
        if (count == 0) break;
        assert_true(count <= RECORDS_BATCH_MAX);
        for (size_t i = 0; i < count; i++) {
            char expected[32];
            (void)snprintf(expected, sizeof expected, "line %zu", seen + i);
            assert_true(view_equal(texts[i], view_of(expected)));
        }
        seen += count;
        assert_true(r.input.pending.capacity <= 1 << 20);
    }
    assert_int_equal(seen, LINES);
    records_done(&r);
    buffer_done(&text);
    (void)close(fd);
}

static void a_batch_ends_where_the_next_line_is_not_there_yet(void **state)
{
    (void)state;
    kith_error err = {0};
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write(ends[1], "one\ntwo\nthr", 11), 11);
    records r;
    view texts[RECORDS_BATCH_MAX];
    size_t count = 0;
    records_init(&r, ends[0], "in", INPUT_AUTO);
    assert_ok(records_next(&r, texts, &count, &err));
    assert_int_equal(count, 2);
    assert_int_equal(write(ends[1], "ee\n", 3), 3);
    (void)close(ends[1]);
    assert_ok(records_next(&r, texts, &count, &err));
    assert_int_equal(count, 1);
    assert_true(view_equal(texts[0], VIEW("three")));
    assert_ok(records_next(&r, texts, &count, &err));
    assert_int_equal(count, 0);
    records_done(&r);
    (void)close(ends[0]);
}

static void a_line_beyond_the_limit_is_refused(void **state)
{
    (void)state;
    kith_error err = {0};
    int fd = open("/dev/zero", O_RDONLY | O_CLOEXEC);
    records r;
    view texts[RECORDS_BATCH_MAX];
    size_t count = 0;
    records_init(&r, fd, "in", INPUT_AUTO);
    assert_status(KITH_ERR_LIMIT, records_next(&r, texts, &count, &err));
    assert_string_equal(err.message, "in:1: a line of more than 64 MiB");
    records_done(&r);
    (void)close(fd);
}

static void a_stream_that_cannot_be_read_is_named(void **state)
{
    (void)state;
    kith_error err = {0};
    int fd = open("/tmp", O_RDONLY | O_CLOEXEC);
    records r;
    view texts[RECORDS_BATCH_MAX];
    size_t count = 0;
    records_init(&r, fd, "in", INPUT_AUTO);
    assert_status(KITH_ERR_IO, records_next(&r, texts, &count, &err));
    assert_string_equal(err.message, "in: Is a directory");
    records_done(&r);
    (void)close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_line_is_a_text),
        cmocka_unit_test(json_lines_are_strings_or_objects_with_text),
        cmocka_unit_test(what_only_looks_like_json_is_a_text),
        cmocka_unit_test(the_form_can_be_forced),
        cmocka_unit_test(a_malformed_line_is_named_and_the_ones_before_it_are_kept),
        cmocka_unit_test(invalid_utf8_is_replaced_and_counted),
        cmocka_unit_test(many_lines_come_in_bounded_batches),
        cmocka_unit_test(a_batch_ends_where_the_next_line_is_not_there_yet),
        cmocka_unit_test(a_line_beyond_the_limit_is_refused),
        cmocka_unit_test(a_stream_that_cannot_be_read_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
