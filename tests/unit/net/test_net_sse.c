/* test_net_sse.c - the expected events are written out by hand from the rules of WHATWG HTML 9.2;
 * each stream is also fed at every split into two and byte by byte. */
#include "test.h"

#include "net/sse.h"

enum { MAX_EVENT_BYTES = 64 };

/* Events as text, "name|data;" each, so that one comparison shows the difference. */
static kith_status transcribe(void *context, view event, view data)
{
    buffer *out = context;
    buffer_printf(out, "%.*s|%.*s;", VIEW_ARG(event), VIEW_ARG(data));
    return KITH_OK;
}

static void feed_split(view stream, size_t first, size_t piece, buffer *out)
{
    kith_error err = {0};
    sse_parser parser;
    sse_parser_init(&parser, MAX_EVENT_BYTES, transcribe, out);
    assert_ok(sse_parser_feed(&parser, view_slice(stream, 0, first), &err));
    for (size_t at = first; at < stream.size; at += piece) {
        size_t end = stream.size - at < piece ? stream.size : at + piece;
        assert_ok(sse_parser_feed(&parser, view_slice(stream, at, end), &err));
    }
    sse_parser_done(&parser);
}

static void check_events(view stream, const char *expected)
{
    buffer out;
    buffer_init(&out, 4096);
    for (size_t split = 0; split <= stream.size; split++) {
        buffer_reset(&out);
        feed_split(stream, split, stream.size + 1, &out);
        assert_string_equal(buffer_text(&out), expected);
    }
    buffer_reset(&out);
    feed_split(stream, 0, 1, &out);
    assert_string_equal(buffer_text(&out), expected);
    buffer_done(&out);
}

static void an_event_ends_with_an_empty_line(void **state)
{
    (void)state;
    check_events(VIEW("data: one\n\ndata: two\n\n"), "|one;|two;");
}

static void lines_end_with_lf_cr_or_both(void **state)
{
    (void)state;
    check_events(VIEW("data: a\r\n\r\ndata: b\r\rdata: c\n\n"), "|a;|b;|c;");
    check_events(VIEW("data: a\r\ndata: b\rdata: c\ndata: d\r\n\r\n"), "|a\nb\nc\nd;");
}

static void data_lines_are_joined_by_a_newline(void **state)
{
    (void)state;
    check_events(VIEW("data: YHOO\ndata: +2\ndata: 10\n\n"), "|YHOO\n+2\n10;");
    check_events(VIEW("data\n\ndata\ndata\n\ndata:"), "|;|\n;");
}

static void one_space_after_the_colon_is_dropped(void **state)
{
    (void)state;
    check_events(VIEW("data:test\n\ndata: test\n\ndata:  test\n\ndata:\ttest\n\n"),
                 "|test;|test;| test;|\ttest;");
}

static void comments_and_unknown_fields_are_passed_over(void **state)
{
    (void)state;
    check_events(VIEW(": ping\n\n:\nid: 7\nretry: 10\nDATA: x\nfoo\ndata: y\n: z\n\n"), "|y;");
}

static void an_event_has_a_name_until_it_is_given(void **state)
{
    (void)state;
    check_events(VIEW("event: error\ndata: x\n\ndata: y\n\n"), "error|x;|y;");
    check_events(VIEW("event: a\nevent: b\ndata: x\n\n"), "b|x;");
}

static void an_event_without_data_is_not_given_and_loses_its_name(void **state)
{
    (void)state;
    check_events(VIEW("event: lost\n\ndata: x\n\n"), "|x;");
}

static void a_byte_order_mark_counts_only_at_the_start(void **state)
{
    (void)state;
    check_events(VIEW("\xEF\xBB\xBF"
                      "data: x\n\n\xEF\xBB\xBF"
                      "data: y\n\ndata: z\n\n"),
                 "|x;|z;");
}

static void an_event_that_the_end_cuts_short_is_not_given(void **state)
{
    (void)state;
    check_events(VIEW("data: x\n\ndata: y\n"), "|x;");
    check_events(VIEW("data: x\n\ndata: y"), "|x;");
    check_events(VIEW(""), "");
}

static void colons_belong_to_the_value_after_the_first(void **state)
{
    (void)state;
    check_events(VIEW("data: {\"a\":1}\n\ndata::x\n\n"), "|{\"a\":1};|:x;");
}

static kith_status ignore(void *context, view event, view data)
{
    (void)context;
    (void)event;
    (void)data;
    return KITH_OK;
}

static void check_limit(size_t longest, const char *field, const char *end, kith_status expected)
{
    kith_error err = {0};
    sse_parser parser;
    kith_status status = KITH_OK;
    sse_parser_init(&parser, MAX_EVENT_BYTES, ignore, NULL);
    status = sse_parser_feed(&parser, view_of(field), &err);
    for (size_t i = strlen(field); i < longest && status == KITH_OK; i++)
        status = sse_parser_feed(&parser, VIEW("x"), &err);
    if (status == KITH_OK) status = sse_parser_feed(&parser, view_of(end), &err);
    assert_status(expected, status);
    sse_parser_done(&parser);
}

static void a_line_above_the_limit_is_an_error(void **state)
{
    (void)state;
    check_limit(MAX_EVENT_BYTES, "data:", "\n\n", KITH_OK);
    check_limit(MAX_EVENT_BYTES + 1, "data:", "\n\n", KITH_ERR_LIMIT);
    check_limit(MAX_EVENT_BYTES + 1, ":", "\n", KITH_ERR_LIMIT);
}

static void an_event_above_the_limit_is_an_error(void **state)
{
    (void)state;
    kith_error err = {0};
    sse_parser parser;
    kith_status status = KITH_OK;
    sse_parser_init(&parser, MAX_EVENT_BYTES, ignore, NULL);
    size_t lines = 0;
    while (status == KITH_OK && lines < MAX_EVENT_BYTES) {
        status = sse_parser_feed(&parser, VIEW("data: 1234567\n"), &err);
        lines++;
    }
    assert_status(KITH_ERR_LIMIT, status);
    assert_int_equal(lines, MAX_EVENT_BYTES / 8 + 1);
    sse_parser_done(&parser);
}

static kith_status stop_at_second(void *context, view event, view data)
{
    (void)event;
    (void)data;
    uint32_t *count = context;
    return ++*count == 2 ? KITH_ERR_CANCELLED : KITH_OK;
}

static void the_callback_ends_the_parse_with_its_status(void **state)
{
    (void)state;
    kith_error err = {0};
    uint32_t count = 0;
    sse_parser parser;
    sse_parser_init(&parser, MAX_EVENT_BYTES, stop_at_second, &count);
    assert_status(KITH_ERR_CANCELLED,
                  sse_parser_feed(&parser, VIEW("data: 1\n\ndata: 2\n\ndata: 3\n\n"), &err));
    assert_int_equal(count, 2);
    sse_parser_done(&parser);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_event_ends_with_an_empty_line),
        cmocka_unit_test(lines_end_with_lf_cr_or_both),
        cmocka_unit_test(data_lines_are_joined_by_a_newline),
        cmocka_unit_test(one_space_after_the_colon_is_dropped),
        cmocka_unit_test(comments_and_unknown_fields_are_passed_over),
        cmocka_unit_test(an_event_has_a_name_until_it_is_given),
        cmocka_unit_test(an_event_without_data_is_not_given_and_loses_its_name),
        cmocka_unit_test(a_byte_order_mark_counts_only_at_the_start),
        cmocka_unit_test(an_event_that_the_end_cuts_short_is_not_given),
        cmocka_unit_test(colons_belong_to_the_value_after_the_first),
        cmocka_unit_test(a_line_above_the_limit_is_an_error),
        cmocka_unit_test(an_event_above_the_limit_is_an_error),
        cmocka_unit_test(the_callback_ends_the_parse_with_its_status),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
