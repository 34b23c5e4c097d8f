#include "test.h"

#include "cli/console.h"

#include <errno.h>
#include <signal.h>
#include <unistd.h>

/* A console on two files without names. */
static console console_on_files(void)
{
    console c;
    console_init(&c, true);
    c.out = tmpfile();
    c.err = tmpfile();
    c.out_terminal = c.err_terminal = (terminal){.width = 80};
    assert_non_null(c.out);
    assert_non_null(c.err);
    return c;
}

static void close_files(console *c)
{
    (void)fclose(c->out);
    (void)fclose(c->err);
    console_done(c);
}

static const char *text_of(FILE *f)
{
    static char text[1024];
    assert_int_equal(fflush(f), 0);
    rewind(f);
    text[fread(text, 1, sizeof text - 1, f)] = 0;
    return text;
}

static void results_and_notices_go_their_own_ways(void **state)
{
    (void)state;
    console c = console_on_files();
    console_printf(&c, "%d hits\n", 3);
    json_writer w = console_begin_json(&c);
    json_begin_object(&w);
    json_end_object(&w);
    console_end_json(&c);
    console_notice(&c, "something about '%s'", "x");
    assert_int_equal(console_finish(&c, EXIT_PARTLY), EXIT_PARTLY);
    assert_string_equal(text_of(c.out), "3 hits\n{}\n");
    assert_string_equal(text_of(c.err), "kith: something about 'x'\n");
    close_files(&c);
}

static void a_notice_cannot_command_the_terminal(void **state)
{
    (void)state;
    console c = console_on_files();
    console_notice(&c, "%s", "\x1b[2Jcaf\xe9");
    assert_string_equal(text_of(c.err), "kith: ␛[2Jcaf\xef\xbf\xbd\n");
    close_files(&c);
}

static void a_failure_is_reported_and_gives_its_exit_status(void **state)
{
    (void)state;
    console c = console_on_files();
    kith_error err = {.code = KITH_ERR_BUSY, .message = "process 7 has it"}, silent = {0};
    assert_int_equal(console_fail(&c, KITH_ERR_BUSY, &err), EXIT_BUSY);
    assert_int_equal(console_fail(&c, KITH_ERR_NOT_FOUND, &silent), EXIT_MISSING);
    assert_string_equal(text_of(c.err), "kith: process 7 has it\nkith: not found\n");
    close_files(&c);
}

static void a_bar_is_drawn_on_a_terminal_only_and_wiped_before_a_notice(void **state)
{
    (void)state;
    console c = console_on_files();
    console_bar(&c, VIEW("[==]"));
    assert_string_equal(text_of(c.err), "");
    c.err_terminal = (terminal){.is_tty = true, .color = true, .width = 80};
    console_bar(&c, VIEW("[==]"));
    console_bar(&c, VIEW("[=]"));
    console_notice(&c, "note");
    assert_string_equal(text_of(c.err), "\r\x1b[K[==]\r\x1b[K[=]\r\x1b[K\rkith: note\n");
    close_files(&c);
}

static void a_full_disk_turns_success_into_failure(void **state)
{
    (void)state;
    console c = console_on_files();
    (void)fclose(c.out);
    c.out = fopen("/dev/full", "w");
    assert_non_null(c.out);
    console_printf(&c, "text\n");
    assert_int_equal(console_finish(&c, EXIT_DONE), EXIT_SYSTEM);
    assert_string_equal(text_of(c.err), "kith: standard output: No space left on device\n");
    close_files(&c);
}

static void a_reader_that_went_away_is_noticed_in_silence(void **state)
{
    (void)state;
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    (void)close(ends[0]);
    (void)signal(SIGPIPE, SIG_IGN);
    console c = console_on_files();
    (void)fclose(c.out);
    c.out = fdopen(ends[1], "w");
    console_printf(&c, "text\n");
    console_flush(&c);
    assert_true(console_failed(&c));
    assert_int_equal(console_finish(&c, EXIT_DONE), EXIT_PIPE);
    assert_string_equal(text_of(c.err), "");
    close_files(&c);
}

static void a_line_beyond_its_limit_is_a_failure(void **state)
{
    (void)state;
    console c = console_on_files();
    buffer_done(&c.line);
    buffer_init(&c.line, 4);
    console_printf(&c, "longer than that\n");
    assert_int_equal(c.failed, EFBIG);
    assert_int_equal(console_finish(&c, EXIT_DONE), EXIT_SYSTEM);
    close_files(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(results_and_notices_go_their_own_ways),
        cmocka_unit_test(a_notice_cannot_command_the_terminal),
        cmocka_unit_test(a_failure_is_reported_and_gives_its_exit_status),
        cmocka_unit_test(a_bar_is_drawn_on_a_terminal_only_and_wiped_before_a_notice),
        cmocka_unit_test(a_full_disk_turns_success_into_failure),
        cmocka_unit_test(a_reader_that_went_away_is_noticed_in_silence),
        cmocka_unit_test(a_line_beyond_its_limit_is_a_failure),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
