/* test_transfer_input.c - lines of a stream, in whatever pieces they come. */
#include "stream_for_test.h"
#include "test.h"

#include "transfer/line_input.h"

#include <stdlib.h>
#include <unistd.h>

enum { MAX_BYTES = 10 };

static void lines_come_with_their_numbers_and_the_last_needs_no_end(void **state)
{
    (void)state;
    kith_error err = {0};
    line_input in;
    view line = {NULL, 0};
    bool found = false;
    const char *const expected[] = {"one", "", "0123456789", "last"};
    int fd = stream_of(VIEW("one\n\n0123456789\nlast"));
    line_input_init(&in, byte_source_of(&fd), MAX_BYTES);
    for (uint64_t i = 0; i < 4; i++) {
        assert_ok(line_input_next(&in, &line, &found, &err));
        assert_true(found);
        assert_int_equal(in.number, i + 1);
        assert_int_equal(line.size, strlen(expected[i]));
        assert_true(line.size == 0 || memcmp(line.data, expected[i], line.size) == 0);
    }
    for (int i = 0; i < 2; i++) {
        assert_ok(line_input_next(&in, &line, &found, &err));
        assert_false(found);
    }
    line_input_done(&in);
    (void)close(fd);
}

static void a_line_above_the_limit_is_refused(void **state)
{
    (void)state;
    kith_error err = {0};
    line_input in;
    view line;
    bool found;
    const view texts[] = {VIEW("01234567890"), VIEW("01234567890\nx")};
    for (int i = 0; i < 2; i++) {
        int fd = stream_of(texts[i]);
        line_input_init(&in, byte_source_of(&fd), MAX_BYTES);
        assert_status(KITH_ERR_LIMIT, line_input_next(&in, &line, &found, &err));
        line_input_done(&in);
        (void)close(fd);
    }
}

/* Larger than what is read at a time, twice over, so that lines lie across reads. */
static void a_long_stream_comes_whole(void **state)
{
    (void)state;
    enum { LINES = 100000, MODULUS = 31 };
    kith_error err = {0};
    line_input in;
    view line;
    bool found;
    char text[MODULUS];
    FILE *file = tmpfile();
    assert_non_null(file);
    memset(text, 'x', sizeof text);
    for (int i = 0; i < LINES; i++)
        assert_true(fprintf(file, "%.*s\n", i % MODULUS, text) > 0);
    rewind(file);
    int fd = fileno(file);
    line_input_init(&in, byte_source_of(&fd), MODULUS);
    for (int i = 0; i < LINES; i++) {
        assert_ok(line_input_next(&in, &line, &found, &err));
        assert_true(found && line.size == (size_t)(i % MODULUS));
    }
    assert_ok(line_input_next(&in, &line, &found, &err));
    assert_false(found);
    line_input_done(&in);
    assert_int_equal(fclose(file), 0);
}

static void a_stream_that_cannot_be_read_fails(void **state)
{
    (void)state;
    kith_error err = {0};
    line_input in;
    view line;
    bool found;
    int fd = -1;
    line_input_init(&in, byte_source_of(&fd), MAX_BYTES);
    assert_status(KITH_ERR_IO, line_input_next(&in, &line, &found, &err));
    line_input_done(&in);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_come_with_their_numbers_and_the_last_needs_no_end),
        cmocka_unit_test(a_line_above_the_limit_is_refused),
        cmocka_unit_test(a_long_stream_comes_whole),
        cmocka_unit_test(a_stream_that_cannot_be_read_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
