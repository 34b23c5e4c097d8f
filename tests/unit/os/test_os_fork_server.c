/* fork servers: each input meets a process of its own, whatever the one before did. This program is the
 * server: started as one it does what the word says. */
#include "test.h"

#include "os/clock.h"
#include "os/fork_host.h"
#include "os/fork_server.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
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

static void limit_files_of_server(rlim_t count)
{
    struct rlimit now;
    if (prlimit(getppid(), RLIMIT_NOFILE, NULL, &now) != 0) _exit(9);
    now.rlim_cur = count;
    if (prlimit(getppid(), RLIMIT_NOFILE, &now, NULL) != 0) _exit(9);
}

/* Starts a program that writes its number to the file, kills the server and would stay for long. */
static void start_one(const char *path)
{
    char line[8192];
    buffer output;
    child_outcome outcome;
    (void)snprintf(line, sizeof line, "echo $$ > '%s'; kill -9 %d; exec sleep 1000", path,
                   (int)getppid());
    const char *const arguments[] = {"/bin/sh", "-c", line, NULL};
    const child_command command = {
        .arguments = arguments, .wall_ms = 60000, .file_bytes = 100, .in_group = true};
    buffer_init(&output, 100);
    if (child_run(&command, &output, &outcome, NULL) != KITH_OK) _exit(9);
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
    if (strcmp(word, "blind the server") == 0 && is_served) {
        limit_files_of_server(1); // it may poll one file, and polls two, once it begins to anew
        (void)kill(getppid(), SIGSTOP);
        (void)kill(getppid(), SIGCONT);
        sleep(1000);
    }
    if (strcmp(word, "narrow the server") == 0) limit_files_of_server(4); // room for one more
    if (strncmp(word, "start one ", 10) == 0 && is_served) start_one(word + 10);
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

/* From here on close_range fails, which a child needs to become the program. */
static void cripple(void)
{
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_close_range, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
    struct sock_fprog filter = {.len = 4, .filter = code};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) != 0)
        _exit(9);
}

/* The server, under the name that says how. */
static int serve(int argc, char **argv)
{
    if (strstr(argv[0], "crippled")) cripple();
    if (strstr(argv[0], "slow")) sleep(5);
    return fork_host_serve(&argc, &argv) ? obey_all(argc, argv, true) : 0;
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

static void run_program(fork_servers *s, ran *r, const char *program, const char *word,
                        child_command command, size_t output_max)
{
    const char *const arguments[] = {program, word, NULL};
    *r = (ran){0};
    buffer_init(&r->output, output_max);
    command.arguments = arguments;
    if (command.wall_ms == 0) command.wall_ms = 60000;
    if (fork_servers_run(s, &command, &r->output, &r->outcome, &r->err) != KITH_OK)
        fail_msg("%s: %s", word, r->err.message);
}

static void run(fork_servers *s, ran *r, const char *word, child_command command, size_t output_max)
{
    run_program(s, r, own_path(), word, command, output_max);
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

static uint32_t milliseconds_since(int64_t start_ns)
{
    return (uint32_t)((clock_monotonic_ns() - start_ns) / 1000000);
}

/* Child and server of a run. */
static void ask_who(fork_servers *s, pid_t *child, pid_t *server)
{
    ran r;
    run(s, &r, "who", (child_command){0}, 100);
    assert_int_equal(sscanf(buffer_text(&r.output), "%d %d", child, server), 2);
    buffer_done(&r.output);
}

/* Sleeps in a process that has this number. 0: numbers cannot be chosen here. */
static pid_t sleep_as(pid_t wanted)
{
    char text[16];
    int fd = open("/proc/sys/kernel/ns_last_pid", O_WRONLY | O_CLOEXEC);
    if (fd < 0) return 0;
    int size = snprintf(text, sizeof text, "%d", (int)wanted - 1);
    bool is_set = write(fd, text, (size_t)size) == size;
    assert_int_equal(close(fd), 0);
    if (!is_set) return 0;
    pid_t made = fork();
    if (made == 0) {
        sleep(1000);
        _exit(0);
    }
    if (made == wanted) return made;
    (void)kill(made, SIGKILL);
    (void)waitpid(made, NULL, 0);
    return 0;
}

static void a_process_that_has_the_number_of_a_server_that_ended_is_left_alone(void **state)
{
    (void)state;
    fork_servers *s = fork_servers_new();
    pid_t child, server, other = 0;
    for (int i = 0; i < 10 && other == 0; i++) { // another process may take the number
        expect_output(s, "copy", VIEW("x"), "x");
        ask_who(s, &child, &server);
        assert_int_equal(kill(server, SIGKILL), 0);
        assert_int_equal(waitpid(server, NULL, 0), server); // as a program does that waits for any
        other = sleep_as(server);
    }
    if (other == 0) skip(); // not allowed here
    expect_output(s, "copy", VIEW("y"), "y");
    fork_servers_free(s);
    clock_sleep_ms(50);
    assert_int_equal(waitpid(other, NULL, WNOHANG), 0);
    assert_int_equal(kill(other, SIGKILL), 0);
    assert_int_equal(waitpid(other, NULL, 0), other);
}

static void a_server_that_cannot_watch_its_child_ends_with_it(void **state)
{
    (void)state;
    fork_servers *s = fork_servers_new();
    int64_t start = clock_monotonic_ns();
    expect_end(s, "blind the server", (child_command){.wall_ms = 30000}, CHILD_EXITED);
    assert_in_range(milliseconds_since(start), 0, 4000); // less than it is waited for
    expect_output(s, "copy", VIEW("x"), "x");
    fork_servers_free(s);
}

static void a_request_whose_files_do_not_arrive_is_answered(void **state)
{
    (void)state;
    fork_servers *s = fork_servers_new();
    expect_output(s, "narrow the server", VIEW(""), "");
    int64_t start = clock_monotonic_ns();
    ran r;
    run(s, &r, "copy", (child_command){.input = VIEW("x"), .wall_ms = 30000}, 100);
    assert_string_equal(buffer_text(&r.output), "x");
    assert_int_equal(r.outcome.code, 0);
    assert_in_range(milliseconds_since(start), 0, 20000);
    buffer_done(&r.output);
    fork_servers_free(s);
}

/* A name for the program itself, in a directory of its own. */
static void link_own(const char *directory, const char *name, char path[4096])
{
    (void)snprintf(path, 4096, "%s/%s", directory, name);
    assert_int_equal(symlink(own_path(), path), 0);
}

static void a_child_that_cannot_become_the_program_is_no_fault_of_the_input(void **state)
{
    (void)state;
    char directory[] = "/tmp/kith-fork-server-XXXXXX", path[4096];
    assert_non_null(mkdtemp(directory));
    link_own(directory, "crippled", path);
    fork_servers *s = fork_servers_new();
    for (int i = 0; i < 2; i++) {
        ran r;
        run_program(s, &r, path, "copy", (child_command){.input = VIEW("x")}, 100);
        assert_int_equal(r.outcome.how, CHILD_EXITED);
        assert_int_equal(r.outcome.code, 0);
        assert_string_equal(buffer_text(&r.output), "x");
        buffer_done(&r.output);
    }
    assert_true(fork_servers_started(s) >= 1);
    fork_servers_free(s);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(directory), 0);
}

static void a_server_is_waited_for_as_long_as_its_command_may_take(void **state)
{
    (void)state;
    char directory[] = "/tmp/kith-fork-server-XXXXXX", path[4096];
    assert_non_null(mkdtemp(directory));
    link_own(directory, "slow", path);
    fork_servers *s = fork_servers_new();
    int64_t start = clock_monotonic_ns();
    ran r;
    run_program(s, &r, path, "copy", (child_command){.input = VIEW("x"), .wall_ms = 1500}, 100);
    assert_string_equal(buffer_text(&r.output), "x");
    buffer_done(&r.output);
    assert_in_range(milliseconds_since(start), 0, 4500);
    fork_servers_free(s);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(directory), 0);
}

static void what_a_child_runs_ends_with_it_when_the_server_is_killed(void **state)
{
    (void)state;
    char directory[] = "/tmp/kith-fork-server-XXXXXX", path[4096], word[5000];
    assert_non_null(mkdtemp(directory));
    (void)snprintf(path, sizeof path, "%s/number", directory);
    (void)snprintf(word, sizeof word, "start one %s", path);
    fork_servers *s = fork_servers_new();
    expect_end(s, word, (child_command){.file_bytes = 100}, CHILD_EXITED);
    FILE *number = fopen(path, "r");
    int started = 0;
    assert_non_null(number);
    assert_int_equal(fscanf(number, "%d", &started), 1);
    (void)fclose(number);
    assert_true(started > 1);
    bool is = is_gone(started);
    if (!is) (void)kill(started, SIGKILL);
    assert_true(is);
    fork_servers_free(s);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(directory), 0);
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
    if (fork_host_is_wanted(argc, argv)) _exit(serve(argc, argv));
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
        cmocka_unit_test(a_process_that_has_the_number_of_a_server_that_ended_is_left_alone),
        cmocka_unit_test(a_server_that_cannot_watch_its_child_ends_with_it),
        cmocka_unit_test(a_request_whose_files_do_not_arrive_is_answered),
        cmocka_unit_test(a_child_that_cannot_become_the_program_is_no_fault_of_the_input),
        cmocka_unit_test(a_server_is_waited_for_as_long_as_its_command_may_take),
        cmocka_unit_test(what_a_child_runs_ends_with_it_when_the_server_is_killed),
        cmocka_unit_test(two_tables_have_servers_of_their_own),
        cmocka_unit_test(a_program_that_is_no_server_is_run_for_each_input),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
