/* child: what a program gets, what comes back, and each limit. */
#include "test.h"

#include "os/child.h"
#include "os/clock.h"

#include <signal.h>

typedef struct ran {
    buffer output;
    child_outcome outcome;
    kith_error err;
} ran;

/* Runs a line of shell with this input. */
static kith_status run(ran *r, const char *line, child_command command, size_t output_max)
{
    const char *const arguments[] = {"/bin/sh", "-c", line, NULL};
    *r = (ran){0};
    buffer_init(&r->output, output_max);
    command.arguments = arguments;
    if (command.wall_ms == 0) command.wall_ms = 60000;
    return child_run(&command, &r->output, &r->outcome, &r->err);
}

static void assert_output(ran *r, const char *expected)
{
    assert_string_equal(buffer_text(&r->output), expected);
    buffer_done(&r->output);
}

static void a_program_gets_its_input_and_its_output_comes_back(void **state)
{
    (void)state;
    ran r;
    size_t size = 3 << 20; // more than any pipe holds
    char *text = malloc(size);
    memset(text, 'x', size);
    assert_int_equal(run(&r, "cat", (child_command){.input = {text, size}}, 2 * size), KITH_OK);
    assert_int_equal(r.outcome.how, CHILD_EXITED);
    assert_int_equal(r.outcome.code, 0);
    assert_true(view_equal(buffer_view(&r.output), (view){text, size}));
    buffer_done(&r.output);
    free(text);
}

static void the_exit_status_and_the_signal_are_told(void **state)
{
    (void)state;
    ran r;
    assert_int_equal(run(&r, "echo no; exit 7", (child_command){0}, 100), KITH_OK);
    assert_int_equal(r.outcome.how, CHILD_EXITED);
    assert_int_equal(r.outcome.code, 7);
    assert_output(&r, "no\n");
    assert_int_equal(run(&r, "kill -SEGV $$", (child_command){0}, 100), KITH_OK);
    assert_int_equal(r.outcome.how, CHILD_KILLED);
    assert_int_equal(r.outcome.code, SIGSEGV);
    buffer_done(&r.output);
}

static void nothing_of_the_environment_and_no_open_file_reaches_it(void **state)
{
    (void)state;
    ran r;
    FILE *leaked = tmpfile(); // not close-on-exec
    assert_non_null(leaked);
    assert_int_equal(setenv("KITH_SECRET", "key", 1), 0);
    assert_int_equal(run(&r, "echo \"[$KITH_SECRET][$HOME]\"; ls /proc/self/fd | wc -l",
                         (child_command){0}, 100),
                     KITH_OK);
    assert_output(&r, "[][]\n4\n"); // the three, and the directory that ls reads
    (void)fclose(leaked);
    (void)unsetenv("KITH_SECRET");
}

static void time_is_limited_by_the_wall_and_by_the_processor(void **state)
{
    (void)state;
    ran r;
    int64_t start = clock_monotonic_ns();
    assert_int_equal(run(&r, "sleep 100", (child_command){.wall_ms = 200}, 100), KITH_OK);
    assert_int_equal(r.outcome.how, CHILD_OUT_OF_TIME);
    buffer_done(&r.output);
    assert_int_equal(run(&r, "exec >&-; sleep 100", (child_command){.wall_ms = 200}, 100), KITH_OK);
    assert_int_equal(r.outcome.how, CHILD_OUT_OF_TIME); // though its output is at an end
    buffer_done(&r.output);
    assert_int_equal(run(&r, "while :; do :; done", (child_command){.cpu_s = 1}, 100), KITH_OK);
    assert_int_equal(r.outcome.how, CHILD_OUT_OF_TIME);
    buffer_done(&r.output);
    assert_true(clock_monotonic_ns() - start < 60 * (int64_t)1000000000);
}

static void output_past_the_maximum_ends_it(void **state)
{
    (void)state;
    ran r;
    assert_int_equal(run(&r, "yes", (child_command){0}, 100000), KITH_OK);
    assert_int_equal(r.outcome.how, CHILD_OUT_OF_BOUNDS);
    buffer_done(&r.output);
}

static void memory_files_and_cores_are_limited(void **state)
{
    (void)state;
    ran r;
    child_command command = {.memory_bytes = 256 << 20, .cpu_s = 9, .input = VIEW("12345")};
    // The limits are set when it has begun: give them a moment.
    assert_int_equal(run(&r, "sleep 0.2; ulimit -v; ulimit -t; ulimit -c; ulimit -n", command, 100),
                     KITH_OK);
    assert_output(&r, "262144\n9\n0\n64\n");
}

static void what_it_started_is_gone_with_it(void **state)
{
    (void)state;
    ran r;
    assert_int_equal(run(&r, "sleep 1000 >&- & echo $!", (child_command){.wall_ms = 20000}, 100),
                     KITH_OK);
    assert_int_equal(r.outcome.how, CHILD_EXITED);
    int pid = atoi(buffer_text(&r.output)); // allow atoi: digits of a shell
    assert_true(pid > 1);
    char path[64], line[256] = "";
    (void)snprintf(path, sizeof path, "/proc/%d/stat", pid);
    for (int i = 0; i < 200; i++) { // it may be a zombie until init has looked
        FILE *stat = fopen(path, "r");
        if (!stat) break;
        bool is_read = fgets(line, sizeof line, stat);
        (void)fclose(stat);
        if (is_read && strstr(line, ") Z")) break;
        if (i == 199) fail_msg("still there: %s", line);
        clock_sleep_ms(10);
    }
    buffer_done(&r.output);
}

static void a_program_that_is_not_there_is_not_found(void **state)
{
    (void)state;
    const char *const arguments[] = {"/nowhere/program", NULL};
    child_command command = {.arguments = arguments, .wall_ms = 1000};
    child_outcome outcome;
    buffer output;
    kith_error err = {0};
    buffer_init(&output, 10);
    assert_status(KITH_ERR_NOT_FOUND, child_run(&command, &output, &outcome, &err));
    assert_non_null(strstr(err.message, "/nowhere/program"));
    buffer_done(&output);
}

static void a_program_of_the_group_runs_as_any_other_or_is_told_missing(void **state)
{
    (void)state;
    ran r;
    static const char LINE[] = "cat; ls /proc/self/fd | tr '\\n' ' '; env | wc -l; exit 5";
    for (int i = 0; i < 2; i++) {
        child_command command = {.input = VIEW("in "), .in_group = i == 1, .cpu_s = 9};
        assert_int_equal(run(&r, LINE, command, 1000), KITH_OK);
        assert_int_equal(r.outcome.how, CHILD_EXITED);
        assert_int_equal(r.outcome.code, 5);
        assert_output(&r, "in 0 1 2 3 4\n"); // 3 is the directory that ls reads; sh sets PWD
    }
    static const char *const MISSING[] = {"/nowhere/program", NULL};
    const child_command command = {.arguments = MISSING, .wall_ms = 60000, .in_group = true};
    buffer_init(&r.output, 10);
    kith_error err = {0};
    assert_status(KITH_ERR_NOT_FOUND, child_run(&command, &r.output, &r.outcome, &err));
    assert_non_null(strstr(err.message, "/nowhere/program"));
    buffer_done(&r.output);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_program_gets_its_input_and_its_output_comes_back),
        cmocka_unit_test(the_exit_status_and_the_signal_are_told),
        cmocka_unit_test(nothing_of_the_environment_and_no_open_file_reaches_it),
        cmocka_unit_test(time_is_limited_by_the_wall_and_by_the_processor),
        cmocka_unit_test(output_past_the_maximum_ends_it),
        cmocka_unit_test(memory_files_and_cores_are_limited),
        cmocka_unit_test(what_it_started_is_gone_with_it),
        cmocka_unit_test(a_program_that_is_not_there_is_not_found),
        cmocka_unit_test(a_program_of_the_group_runs_as_any_other_or_is_told_missing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
