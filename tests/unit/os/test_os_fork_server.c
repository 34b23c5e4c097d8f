/* fork servers: each input meets a process of its own, whatever the one before did. This program is the
 * server: started as one it does what the word says. */
#include "test.h"

#include "os/clock.h"
#include "os/fork_host.h"
#include "os/fork_server.h"

#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

/* ---- the program ---- */

static void copy_input(void)
{
    char bytes[4096];
    for (ssize_t n; (n = read(STDIN_FILENO, bytes, sizeof bytes)) > 0;)
        if (write(STDOUT_FILENO, bytes, (size_t)n) != n) _exit(9);
}

static void list_files(void)
{
    DIR *open_files = opendir("/proc/self/fd");
    for (struct dirent *e; open_files && (e = readdir(open_files));)
        if (e->d_name[0] != '.') dprintf(STDOUT_FILENO, "%s ", e->d_name);
}

/* How often the text that the input has with its bytes changed by one stands in this process's memory. */
static void search_memory(void)
{
    char wanted[64] = "", line[256];
    ssize_t size = read(STDIN_FILENO, wanted, sizeof wanted);
    for (ssize_t i = 0; i < size; i++)
        wanted[i] = (char)(wanted[i] + 1);
    FILE *maps = fopen("/proc/self/maps", "r"), *memory = fopen("/proc/self/mem", "r");
    unsigned long start, end;
    int found = 0;
    while (size > 0 && maps && memory && fgets(line, sizeof line, maps)) {
        if (sscanf(line, "%lx-%lx rw", &start, &end) != 2 || !strstr(line, " rw")) continue;
        if (end - start > (64 << 20)) continue; // a sanitizer's shadow
        char *bytes = malloc(end - start);
        if (!bytes || fseek(memory, (long)start, SEEK_SET) != 0) _exit(9);
        size_t read_bytes = fread(bytes, 1, end - start, memory);
        for (size_t i = 0; i + (size_t)size <= read_bytes; i++)
            found += memcmp(bytes + i, wanted, (size_t)size) == 0;
        free(bytes);
    }
    dprintf(STDOUT_FILENO, "%d", found);
}

static void show_limits(void)
{
    static const __rlimit_resource_t SHOWN[] = {RLIMIT_AS, RLIMIT_CPU, RLIMIT_FSIZE, RLIMIT_CORE,
                                                RLIMIT_NOFILE};
    for (size_t i = 0; i < sizeof SHOWN / sizeof SHOWN[0]; i++) {
        struct rlimit l;
        if (getrlimit(SHOWN[i], &l) == 0)
            dprintf(STDOUT_FILENO, "%llu ", (unsigned long long)l.rlim_cur);
    }
}

/* is_served  the parent is a server, not the test */
static int obey(const char *word, bool is_served)
{
    if (strcmp(word, "copy") == 0) copy_input();
    if (strcmp(word, "files") == 0) list_files();
    if (strcmp(word, "memory") == 0) search_memory();
    if (strcmp(word, "limits") == 0) show_limits();
    if (strcmp(word, "crash") == 0) {
        (void)signal(SIGSEGV, SIG_DFL); // not a sanitizer's
        (void)raise(SIGSEGV);
    }
    if (strcmp(word, "kill the server") == 0 && is_served) {
        (void)kill(getppid(), SIGKILL);
        sleep(1000);
    }
    if (strcmp(word, "stop the server") == 0 && is_served) (void)kill(getppid(), SIGSTOP);
    if (strcmp(word, "spin") == 0)
        for (;;)
            continue;
    if (strcmp(word, "sleep") == 0) sleep(1000);
    if (strcmp(word, "flood") == 0)
        for (;;)
            if (write(STDOUT_FILENO, word, 5) != 5) return 8;
    if (strcmp(word, "leave one") == 0) {
        pid_t left = fork();
        if (left == 0) (void)close(STDOUT_FILENO);
        if (left == 0) sleep(1000);
        dprintf(STDOUT_FILENO, "%d", (int)left);
    }
    if (strcmp(word, "who") == 0) dprintf(STDOUT_FILENO, "%d %d", (int)getpid(), (int)getppid());
    return word[0] == '7' ? 7 : 0;
}

static int obey_all(int count, char **arguments, bool is_served)
{
    if (count == 2) return obey(arguments[1], is_served);
    dprintf(STDOUT_FILENO, "%s", is_served ? "served" : "alone");
    for (int i = 1; i < count; i++)
        dprintf(STDOUT_FILENO, "[%s]", arguments[i]);
    return 0;
}

/* ---- the tests ---- */

typedef struct ran {
    buffer output;
    child_outcome outcome;
    kith_error err;
} ran;

static const char *own_path(void)
{
    static char path[4096];
    assert_true(readlink("/proc/self/exe", path, sizeof path - 1) > 0);
    return path;
}

static void run(fork_servers *s, ran *r, const char *word, child_command command, size_t output_max)
{
    const char *const arguments[] = {own_path(), word, NULL};
    *r = (ran){0};
    buffer_init(&r->output, output_max);
    command.arguments = arguments;
    if (command.wall_ms == 0) command.wall_ms = 60000;
    if (fork_servers_run(s, &command, &r->output, &r->outcome, &r->err) != KITH_OK)
        fail_msg("%s: %s", word, r->err.message);
}

static void expect_output(fork_servers *s, const char *word, view input, const char *expected)
{
    ran r;
    run(s, &r, word, (child_command){.input = input}, 4096);
    assert_int_equal(r.outcome.how, CHILD_EXITED);
    assert_string_equal(buffer_text(&r.output), expected);
    buffer_done(&r.output);
}

static void expect_end(fork_servers *s, const char *word, child_command command, child_end how)
{
    ran r;
    run(s, &r, word, command, 100000);
    if (r.outcome.how != how) fail_msg("%s: %d, code %d", word, r.outcome.how, r.outcome.code);
    buffer_done(&r.output);
}

static bool is_gone(pid_t pid)
{
    char path[64], line[256] = "";
    (void)snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    for (int i = 0; i < 500; i++) { // it may be a zombie until init has looked
        FILE *stat = fopen(path, "r");
        if (!stat) return true;
        bool is_read = fgets(line, sizeof line, stat);
        (void)fclose(stat);
        if (!is_read || strstr(line, ") Z")) return true;
        clock_sleep_ms(10);
    }
    return false;
}

static void one_server_runs_many_inputs_each_in_a_process_of_its_own(void **state)
{
    (void)state;
    fork_servers *s = fork_servers_new();
    pid_t last_child = 0, last_server = 0;
    size_t size = 3 << 20; // more than any pipe holds
    char *text = malloc(size);
    memset(text, 'x', size);
    for (int i = 0; i < 20; i++) {
        ran r;
        run(s, &r, "copy", (child_command){.input = {text, size - (size_t)i}}, 2 * size);
        assert_int_equal(r.outcome.code, 0);
        assert_true(view_equal(buffer_view(&r.output), (view){text, size - (size_t)i}));
        buffer_done(&r.output);
        run(s, &r, "who", (child_command){0}, 100);
        int child, server;
        assert_int_equal(sscanf(buffer_text(&r.output), "%d %d", &child, &server), 2);
        assert_true(child != last_child && (i == 0 || server == last_server));
        last_child = child;
        last_server = server;
        buffer_done(&r.output);
    }
    ran r;
    run(s, &r, "7", (child_command){0}, 100);
    assert_int_equal(r.outcome.how, CHILD_EXITED);
    assert_int_equal(r.outcome.code, 7);
    buffer_done(&r.output);
    assert_int_equal(fork_servers_started(s), 1);
    fork_servers_free(s);
    assert_true(is_gone(last_server));
    free(text);
}

static void every_argument_comes_whole_or_without_a_server(void **state)
{
    (void)state;
    char longest[5000] = "";
    memset(longest, 'w', sizeof longest - 1);
    fork_servers *s = fork_servers_new();
    const char *const CASES[][7] = {{own_path(), "a b", "", NULL},
                                    {own_path(), "--fork-server", "", "c", "d", NULL},
                                    {own_path(), "1", "2", "3", "4", "5", NULL},
                                    {own_path(), "x", longest, NULL}};
    for (size_t i = 0; i < 4; i++) {
        ran r = {0};
        kith_error err = {0};
        buffer expected;
        const child_command command = {.arguments = CASES[i], .wall_ms = 60000};
        buffer_init(&r.output, 10000);
        buffer_init(&expected, 10000);
        buffer_append_text(&expected, i < 2 ? "served" : "alone");
        for (int k = 1; CASES[i][k]; k++)
            buffer_printf(&expected, "[%s]", CASES[i][k]);
        assert_status(KITH_OK, fork_servers_run(s, &command, &r.output, &r.outcome, &err));
        assert_string_equal(buffer_text(&r.output), buffer_text(&expected));
        buffer_done(&r.output);
        buffer_done(&expected);
    }
    fork_servers_free(s);
}

static void a_crash_costs_its_input_alone_and_the_server(void **state)
{
    (void)state;
    fork_servers *s = fork_servers_new();
    for (uint32_t i = 1; i <= 3; i++) {
        ran r;
        expect_output(s, "copy", VIEW("before"), "before");
        run(s, &r, "crash", (child_command){0}, 100);
        assert_int_equal(r.outcome.how, CHILD_KILLED);
        assert_int_equal(r.outcome.code, SIGSEGV);
        buffer_done(&r.output);
        assert_int_equal(fork_servers_started(s), i);
    }
    expect_output(s, "copy", VIEW("after"), "after");
    assert_int_equal(fork_servers_started(s), 4);
    fork_servers_free(s);
}

static void times_and_bounds_end_a_child_and_not_the_server(void **state)
{
    (void)state;
    fork_servers *s = fork_servers_new();
    int64_t start = clock_monotonic_ns();
    for (int i = 0; i < 2; i++) {
        expect_end(s, "sleep", (child_command){.wall_ms = 200}, CHILD_OUT_OF_TIME);
        expect_end(s, "spin", (child_command){.cpu_s = 1}, CHILD_OUT_OF_TIME);
        expect_end(s, "flood", (child_command){0}, CHILD_OUT_OF_BOUNDS);
        expect_output(s, "copy", VIEW("still here"), "still here");
    }
    assert_true(clock_monotonic_ns() - start < 100 * (int64_t)1000000000);
    assert_int_equal(fork_servers_started(s), 1);
    fork_servers_free(s);
}

static void the_limits_are_those_of_each_command(void **state)
{
    (void)state;
    fork_servers *s = fork_servers_new();
    static const uint64_t MEMORY = UINT64_C(1) << 46; // room for a sanitizer
    const child_command first = {.memory_bytes = MEMORY, .cpu_s = 9, .input = VIEW("12345")};
    ran r;
    run(s, &r, "limits", first, 100);
    assert_string_equal(buffer_text(&r.output), "70368744177664 9 5 0 64 ");
    buffer_done(&r.output);
    run(s, &r, "limits",
        (child_command){.memory_bytes = MEMORY * 2, .cpu_s = 11, .file_bytes = 700}, 100);
    assert_string_equal(buffer_text(&r.output), "140737488355328 11 700 0 64 ");
    buffer_done(&r.output);
    fork_servers_free(s);
}

static void no_file_and_no_byte_of_an_earlier_input_is_in_a_later_process(void **state)
{
    (void)state;
    fork_servers *s = fork_servers_new();
    FILE *leaked = tmpfile(); // not close-on-exec
    assert_non_null(leaked);
    // In no literal, which would be in every process: each letter is that of `coded` and one more.
    static const char CODED[] = "rdbqds\037ne\037sgd\037ehqrs\037ehkd",
                      OTHER[] = "rdbqds\037ne\037sgd\037rhwsg\037gntrd"; // that is nowhere
    char secret[sizeof CODED] = "";
    for (size_t i = 0; CODED[i]; i++)
        secret[i] = (char)(CODED[i] + 1);
    expect_output(s, "copy", view_of(secret), secret);
    expect_output(s, secret, VIEW(""), "");
    expect_output(s, "files", VIEW("x"), "0 1 2 3 "); // the three, and the directory that is read
    // Later words take the place of the first letters. The search itself leaves traces, of any text as many.
    ran found, other;
    run(s, &found, "memory", (child_command){.input = view_of(CODED + 14)}, 100);
    run(s, &other, "memory", (child_command){.input = view_of(OTHER + 14)}, 100);
    assert_string_equal(buffer_text(&found.output), buffer_text(&other.output));
    buffer_done(&found.output);
    buffer_done(&other.output);
    (void)fclose(leaked);
    fork_servers_free(s);
}

static void what_a_child_started_is_gone_with_it(void **state)
{
    (void)state;
    fork_servers *s = fork_servers_new();
    ran r;
    run(s, &r, "leave one", (child_command){0}, 100);
    pid_t left = atoi(buffer_text(&r.output)); // allow atoi: digits of our own
    assert_true(left > 1 && is_gone(left));
    buffer_done(&r.output);
    fork_servers_free(s);
}

static void a_server_that_ends_or_hangs_is_replaced(void **state)
{
    (void)state;
    fork_servers *s = fork_servers_new();
    expect_output(s, "copy", VIEW("x"), "x");
    ran r;
    run(s, &r, "who", (child_command){0}, 100);
    int child, server;
    assert_int_equal(sscanf(buffer_text(&r.output), "%d %d", &child, &server), 2);
    buffer_done(&r.output);
    assert_int_equal(kill(server, SIGKILL), 0);
    expect_output(s, "copy", VIEW("y"), "y");
    expect_output(s, "copy", VIEW("z"), "z");
    assert_int_equal(fork_servers_started(s), 2);
    // With a child: both end, and the word is obeyed anew, without a server.
    expect_end(s, "kill the server", (child_command){0}, CHILD_EXITED);
    expect_end(s, "stop the server", (child_command){.wall_ms = 300}, CHILD_EXITED);
    expect_output(s, "copy", VIEW("z"), "z");
    assert_int_equal(fork_servers_started(s), 4);
    fork_servers_free(s);
}

static void two_tables_have_servers_of_their_own(void **state)
{
    (void)state;
    fork_servers *one = fork_servers_new(), *two = fork_servers_new();
    expect_output(one, "copy", VIEW("x"), "x");
    expect_output(two, "copy", VIEW("x"), "x");
    expect_end(one, "crash", (child_command){0}, CHILD_KILLED);
    expect_output(two, "copy", VIEW("y"), "y");
    fork_servers_free(one);
    expect_output(two, "copy", VIEW("z"), "z");
    assert_int_equal(fork_servers_started(two), 1);
    fork_servers_free(two);
}

static void a_program_that_is_no_server_is_run_for_each_input(void **state)
{
    (void)state;
    fork_servers *s = fork_servers_new();
    static const char *const SHELL[] = {"/bin/cat", "/proc/self/comm", NULL}, *const NOWHERE[] = {
                                                                                  "/nowhere", "x",
                                                                                  NULL};
    for (int i = 0; i < 3; i++) {
        ran r = {0};
        kith_error err = {0};
        child_command command = {.arguments = SHELL, .wall_ms = 60000};
        buffer_init(&r.output, 100);
        assert_status(KITH_OK, fork_servers_run(s, &command, &r.output, &r.outcome, &err));
        assert_string_equal(buffer_text(&r.output), "cat\n");
        buffer_done(&r.output);
        command.arguments = NOWHERE;
        assert_status(KITH_ERR_NOT_FOUND,
                      fork_servers_run(s, &command, &r.output, &r.outcome, &err));
        command.arguments = SHELL;
        assert_status(KITH_OK, fork_servers_run(NULL, &command, &r.output, &r.outcome, &err));
        buffer_done(&r.output);
    }
    assert_in_range(fork_servers_started(s), 1, 1);
    fork_servers_free(s);
}

int main(int argc, char **argv)
{
    if (fork_host_is_wanted(argc, argv))
        _exit(fork_host_serve(&argc, &argv) ? obey_all(argc, argv, true) : 0);
    if (argc > 1) _exit(obey_all(argc, argv, false));
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_server_runs_many_inputs_each_in_a_process_of_its_own),
        cmocka_unit_test(every_argument_comes_whole_or_without_a_server),
        cmocka_unit_test(a_crash_costs_its_input_alone_and_the_server),
        cmocka_unit_test(times_and_bounds_end_a_child_and_not_the_server),
        cmocka_unit_test(the_limits_are_those_of_each_command),
        cmocka_unit_test(no_file_and_no_byte_of_an_earlier_input_is_in_a_later_process),
        cmocka_unit_test(what_a_child_started_is_gone_with_it),
        cmocka_unit_test(a_server_that_ends_or_hangs_is_replaced),
        cmocka_unit_test(two_tables_have_servers_of_their_own),
        cmocka_unit_test(a_program_that_is_no_server_is_run_for_each_input),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
