/* confine: each attempt in a process of its own, which tells by its end how it went. */
#include "test.h"

#include "os/confine.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { DONE = 0, REFUSED = 1, NOT_CONFINED = 2 };

typedef int (*attempt)(void); // DONE or REFUSED

static pid_t parent; // asked for before: the call is none that a computing process needs

/* The exit status of the attempt made under the profile, or minus the signal that ended it. */
static int try(confine_profile profile, const char *program, attempt what)
{
    parent = getpid();
    pid_t pid = fork();
    if (pid == 0) {
        confinement holds;
        struct rlimit none = {0};
        (void)setrlimit(RLIMIT_CORE, &none);
        const char *const programs[] = {program, NULL};
        if (confine(profile, programs, &holds, NULL) != KITH_OK) _exit(NOT_CONFINED);
        if (!holds.system_calls) _exit(NOT_CONFINED);
        _exit(what());
    }
    int status = 0;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static int told(bool done)
{
    return done ? DONE : REFUSED;
}

static int compute(void)
{
    char *memory = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) return REFUSED;
    memset(memory, 1, 1 << 20);
    return told(write(STDOUT_FILENO, "", 0) == 0);
}

static int open_a_file(void)
{
    return told(open("/etc/passwd", O_RDONLY) >= 0);
}

static int write_a_file(void)
{
    return told(open("/tmp/kith-confine-test", O_WRONLY | O_CREAT, 0600) >= 0);
}

static int open_a_socket(void)
{
    return told(socket(AF_INET, SOCK_STREAM, 0) >= 0);
}

/* Sockets made before the confinement, as a process may inherit them. */
static int datagrams, stream;

static struct sockaddr_in local_address(void)
{
    return (struct sockaddr_in){.sin_family = AF_INET,
                                .sin_port = htons(9), // discard
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

/* Any failure but the filter's own is the kernel's answer to a call that was let through. */
static int let_through(int64_t result)
{
    return told(result >= 0 || errno != EPERM);
}

static int connect_a_socket(void)
{
    struct sockaddr_in to = local_address();
    return let_through(connect(datagrams, (struct sockaddr *)&to, sizeof to));
}

static int bind_a_socket(void)
{
    struct sockaddr_in at = local_address();
    at.sin_port = 0;
    return let_through(bind(datagrams, (struct sockaddr *)&at, sizeof at));
}

static int listen_on_a_socket(void)
{
    return let_through(listen(stream, 1));
}

static int accept_on_a_socket(void)
{
    return let_through(accept(stream, NULL, NULL));
}

static int accept4_on_a_socket(void)
{
    return let_through(accept4(stream, NULL, NULL, SOCK_CLOEXEC));
}

static int send_to_an_address(void)
{
    struct sockaddr_in to = local_address();
    return let_through(sendto(datagrams, "x", 1, 0, (struct sockaddr *)&to, sizeof to));
}

static int send_a_message(void)
{
    struct sockaddr_in to = local_address();
    struct iovec bytes = {(char[]){"x"}, 1};
    struct msghdr message = {
        .msg_name = &to, .msg_namelen = sizeof to, .msg_iov = &bytes, .msg_iovlen = 1};
    return let_through(sendmsg(datagrams, &message, 0));
}

static int send_many_messages(void)
{
    struct sockaddr_in to = local_address();
    struct iovec bytes = {(char[]){"x"}, 1};
    struct mmsghdr message = {
        .msg_hdr = {.msg_name = &to, .msg_namelen = sizeof to, .msg_iov = &bytes, .msg_iovlen = 1}};
    return let_through(sendmmsg(datagrams, &message, 1, 0));
}

static int make_a_pair_of_sockets(void)
{
    int ends[2];
    return let_through(socketpair(AF_UNIX, SOCK_STREAM, 0, ends));
}

static int start_a_process(void)
{
    return told(syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0) >= 0);
}

static int run_a_shell(void)
{
    char *const arguments[] = {(char[]){"sh"}, NULL};
    (void)execve("/bin/sh", arguments, NULL);
    return REFUSED;
}

static int run_a_program(void)
{
    pid_t pid = 0;
    int status = 0;
    char *const arguments[] = {(char[]){"true"}, NULL};
    if (posix_spawn(&pid, "/usr/bin/true", NULL, NULL, arguments, NULL) != 0) return REFUSED;
    return told(waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static int trace_the_parent(void)
{
    return told(ptrace(PTRACE_ATTACH, parent, NULL, NULL) == 0);
}

static int signal_the_parent(void)
{
    return told(kill(parent, 0) == 0);
}

static int limit_the_parent(void)
{
    struct rlimit limit;
    return told(prlimit(parent, RLIMIT_NOFILE, NULL, &limit) == 0);
}

static int make_code(void)
{
    void *memory =
        mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return told(memory != MAP_FAILED);
}

static int abort_itself(void)
{
    abort();
}

static void computing_goes_on(void **state)
{
    (void)state;
    assert_int_equal(try(CONFINE_COMPUTE, NULL, compute), DONE);
    assert_int_equal(try(CONFINE_LAUNCH, NULL, compute), DONE);
}

static void a_computing_process_opens_no_file(void **state)
{
    (void)state;
    assert_int_equal(try(CONFINE_COMPUTE, NULL, open_a_file), REFUSED);
    assert_int_equal(try(CONFINE_COMPUTE, NULL, write_a_file), REFUSED);
}

static void anything_else_ends_a_computing_process(void **state)
{
    (void)state;
    static const attempt ATTEMPTS[] = {open_a_socket,    start_a_process,   run_a_shell,
                                       trace_the_parent, signal_the_parent, make_code};
    for (size_t i = 0; i < sizeof ATTEMPTS / sizeof ATTEMPTS[0]; i++)
        if (try(CONFINE_COMPUTE, NULL, ATTEMPTS[i]) != -SIGSYS) fail_msg("attempt %zu", i);
    assert_int_equal(try(CONFINE_COMPUTE, NULL, limit_the_parent), REFUSED);
}

/* ---- every call by its number ---- */

enum {
    NUMBERS = 520,
    X32 = 0x40000000,
    LET_THROUGH = 3,
    // The kernel's own for probes, of which no filter is asked; they do nothing elsewhere.
    URETPROBE = 335,
    UPROBE = 336
};

static long number_tried;

/* With arguments that no call takes, but for a protection without PROT_EXEC. */
static int call_by_number(void)
{
    errno = 0;
    long result = syscall(number_tried, -1L, -1L, 0L, -1L, -1L, -1L);
    return result < 0 && errno == EACCES ? REFUSED : LET_THROUGH;
}

static bool is_in(long number, const long *numbers, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (numbers[i] == number) return true;
    return false;
}

static void no_call_is_allowed_but_those_that_computing_needs(void **state)
{
    (void)state;
    static const long ALLOWED[] = {SYS_read,
                                   SYS_write,
                                   SYS_writev,
                                   SYS_close,
                                   SYS_lseek,
                                   SYS_fstat,
                                   SYS_munmap,
                                   SYS_mremap,
                                   SYS_brk,
                                   SYS_madvise,
                                   SYS_futex,
                                   SYS_exit,
                                   SYS_exit_group,
                                   SYS_rt_sigreturn,
                                   SYS_getpid,
                                   SYS_gettid,
                                   SYS_rt_sigprocmask,
                                   SYS_clock_gettime,
                                   SYS_gettimeofday,
                                   SYS_getrandom,
                                   SYS_sched_yield,
                                   SYS_sysinfo,
                                   SYS_rt_sigaction,
                                   SYS_sigaltstack,
                                   SYS_restart_syscall,
                                   SYS_sched_getaffinity,
                                   SYS_mmap,
                                   SYS_mprotect};
    static const long ANSWERED[] = {
        SYS_openat, SYS_newfstatat, SYS_statx,  SYS_faccessat, SYS_readlinkat,
        SYS_getcwd, SYS_ioctl,      SYS_fcntl,  SYS_prlimit64,
#ifdef SYS_open
        SYS_open,   SYS_stat,       SYS_access, SYS_readlink,
#endif
    };
    for (long i = 0; i < NUMBERS * 2 + 2; i++) {
        static const long LAST[] = {0x3fffffff, 0x7fffffff};
        number_tried = i < NUMBERS       ? i
                       : i < NUMBERS * 2 ? X32 + i - NUMBERS
                                         : LAST[i - NUMBERS * 2];
        if (number_tried == URETPROBE || number_tried == UPROBE) continue;
        int end = try(CONFINE_COMPUTE, NULL, call_by_number);
        bool is_allowed = is_in(number_tried, ALLOWED, sizeof ALLOWED / sizeof *ALLOWED);
        bool is_answered = is_in(number_tried, ANSWERED, sizeof ANSWERED / sizeof *ANSWERED);
        if (is_allowed ? end == -SIGSYS || end == REFUSED
                       : end != (is_answered ? REFUSED : -SIGSYS))
            fail_msg("call %ld: %d", number_tried, end);
    }
}

static void a_crash_is_still_told_as_one(void **state)
{
    (void)state;
    assert_int_equal(try(CONFINE_COMPUTE, NULL, abort_itself), -SIGABRT);
}

static void a_launching_process_runs_its_program_alone(void **state)
{
    (void)state;
    assert_int_equal(try(CONFINE_LAUNCH, "/usr/bin/true", run_a_program), DONE);
    confinement holds = {0};
    kith_error err = {0};
    pid_t pid = fork();
    const char *const none[] = {NULL};
    if (pid == 0) _exit(confine(CONFINE_LAUNCH, none, &holds, &err) == KITH_OK && holds.files);
    int status = 0;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    if (!WEXITSTATUS(status)) skip(); // a kernel without Landlock
    assert_int_equal(try(CONFINE_LAUNCH, "/usr/bin/true", run_a_shell), REFUSED);
    assert_int_equal(try(CONFINE_LAUNCH, "/usr/bin/true", open_a_file), REFUSED);
    assert_int_equal(try(CONFINE_LAUNCH, "/usr/bin/true", write_a_file), REFUSED);
}

static void a_launching_process_reaches_no_network_and_no_other_process(void **state)
{
    (void)state;
    static const attempt ATTEMPTS[] = {open_a_socket, trace_the_parent, signal_the_parent,
                                       limit_the_parent};
    for (size_t i = 0; i < sizeof ATTEMPTS / sizeof ATTEMPTS[0]; i++)
        if (try(CONFINE_LAUNCH, NULL, ATTEMPTS[i]) != REFUSED) fail_msg("attempt %zu", i);
}

static void a_launching_process_can_do_nothing_with_a_socket_that_it_inherits(void **state)
{
    (void)state;
    static const attempt ATTEMPTS[] = {
        connect_a_socket,   bind_a_socket,       listen_on_a_socket,
        accept_on_a_socket, accept4_on_a_socket, send_to_an_address,
        send_a_message,     send_many_messages,  make_a_pair_of_sockets};
    datagrams = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    stream = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    assert_true(datagrams >= 0 && stream >= 0);
    for (size_t i = 0; i < sizeof ATTEMPTS / sizeof ATTEMPTS[0]; i++)
        if (try(CONFINE_LAUNCH, NULL, ATTEMPTS[i]) != REFUSED) fail_msg("attempt %zu", i);
    assert_int_equal(close(datagrams), 0);
    assert_int_equal(close(stream), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(computing_goes_on),
        cmocka_unit_test(a_computing_process_opens_no_file),
        cmocka_unit_test(anything_else_ends_a_computing_process),
        cmocka_unit_test(no_call_is_allowed_but_those_that_computing_needs),
        cmocka_unit_test(a_crash_is_still_told_as_one),
        cmocka_unit_test(a_launching_process_runs_its_program_alone),
        cmocka_unit_test(a_launching_process_reaches_no_network_and_no_other_process),
        cmocka_unit_test(a_launching_process_can_do_nothing_with_a_socket_that_it_inherits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
