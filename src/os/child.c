/* child.c - one program, from its start to its end.
 *
 * Input is a file in memory (memfd), not a pipe. A pipe would have to be fed while the answer is
 * read, or both sides wait for each other once it is full; and writing to a program that died
 * raises SIGPIPE, whose disposition belongs to the program that uses this library.
 *
 * Output is a pipe, read until its end or until a limit is reached. Its end does not mean that the
 * program ended, nor the reverse: a grandchild may hold the pipe open. Hence two waits, read_answer
 * for the pipe and await_end for the process, under one deadline.
 *
 * The limits are set from here with prlimit(2) right after the start, since posix_spawn cannot set
 * any. The program may run for a moment without them; it cannot raise them afterwards. But what it
 * starts in that moment would inherit none, and no later call would reach it. So a program that
 * starts another one waits for its limits first (child_await_limits); the limit of CPU time is set
 * last, so whoever has it has them all.
 *
 * Its end is seen with WNOWAIT, which leaves it a zombie. As long as it is one, its number, which
 * is also its group's, is not given to another process; so the group is killed first and the zombie
 * collected after. */
#include "os/child.h"

#include "os/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { READ_BYTES = 1 << 16, OPEN_FILES_MAX = 64, FIRST_WAIT_US = 100, LONGEST_WAIT_US = 10000 };

typedef struct child {
    pid_t pid;
    int input, answer; // our ends; -1 when closed
    int64_t deadline_ns;
} child;

static kith_status fail_errno(kith_error *err, int error, const char *what)
{
    kith_status status = error == ENOMEM ? KITH_ERR_NO_MEMORY : KITH_ERR_IO;
    return fail(err, status, "cannot %s: %s", what, strerror(error));
}

static void close_file(int *fd)
{
    if (*fd >= 0) (void)close(*fd);
    *fd = -1;
}

/* The same file under a number above the three that the program's own files take, so that dup2 does
 * not overwrite one with another. Closes `fd`, also on failure, when it gives -1. */
static int move_up(int fd)
{
    int moved = fcntl(fd, F_DUPFD_CLOEXEC, 3);
    (void)close(fd);
    return moved;
}

static kith_status make_input(view bytes, int *out, kith_error *err)
{
    int fd = memfd_create("kith", MFD_CLOEXEC);
    if (fd >= 0) fd = move_up(fd);
    if (fd < 0) return fail_errno(err, errno, "make a file in memory");
    for (size_t at = 0; at < bytes.size;) {
        ssize_t n = write(fd, bytes.data + at, bytes.size - at);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) {
            int error = n < 0 ? errno : EIO;
            (void)close(fd);
            return fail_errno(err, error, "fill a file in memory");
        }
        at += (size_t)n;
    }
    if (lseek(fd, 0, SEEK_SET) != 0) {
        (void)close(fd);
        return fail_errno(err, EIO, "rewind a file in memory");
    }
    *out = fd;
    return KITH_OK;
}

static int set_files(posix_spawn_file_actions_t *files, int input, int answer)
{
    int error = posix_spawn_file_actions_adddup2(files, input, 0);
    if (error == 0) error = posix_spawn_file_actions_adddup2(files, answer, 1);
    if (error == 0) error = posix_spawn_file_actions_addopen(files, 2, "/dev/null", O_WRONLY, 0);
    if (error == 0) error = posix_spawn_file_actions_addclosefrom_np(files, 3);
    return error;
}

static int set_signals(posix_spawnattr_t *attributes, bool in_group)
{
    sigset_t none, all;
    int flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF;
    sigemptyset(&none);
    sigfillset(&all);
    if (!in_group) flags |= POSIX_SPAWN_SETPGROUP;
    int error = posix_spawnattr_setflags(attributes, (short)flags);
    if (error == 0) error = posix_spawnattr_setpgroup(attributes, 0);
    if (error == 0) error = posix_spawnattr_setsigmask(attributes, &none);
    return error ? error : posix_spawnattr_setsigdefault(attributes, &all);
}

static int spawn(const child_command *command, int input, int answer, pid_t *pid)
{
    static char path[] = "PATH=/usr/local/bin:/usr/bin:/bin", locale[] = "LC_ALL=C.UTF-8",
                threads[] = "OMP_THREAD_LIMIT=1";
    char *const environment[] = {path, locale, threads, NULL};
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    int error = posix_spawn_file_actions_init(&files);
    if (error) return error;
    error = posix_spawnattr_init(&attributes);
    if (error == 0) {
        error = set_files(&files, input, answer);
        if (error == 0) error = set_signals(&attributes, command->in_group);
        // posix_spawn does not write to the arguments; its type is older than const.
        char *const *words = (char *const *)(uintptr_t)command->arguments;
        if (error == 0) error = posix_spawn(pid, words[0], &files, &attributes, words, environment);
        posix_spawnattr_destroy(&attributes);
    }
    posix_spawn_file_actions_destroy(&files);
    return error;
}

static void limit(pid_t pid, __rlimit_resource_t resource, uint64_t soft, uint64_t hard)
{
    struct rlimit both = {.rlim_cur = soft, .rlim_max = hard};
    // Fails only when the program has ended, or when its hard limit is lower still.
    (void)prlimit(pid, resource, &both, NULL);
}

static void set_limits(pid_t pid, const child_command *command)
{
    limit(pid, RLIMIT_CORE, 0, 0);
    // Enough to pass its input on, in a file in memory, to a program that it starts itself.
    uint64_t file_bytes = command->file_bytes ? command->file_bytes : command->input.size;
    limit(pid, RLIMIT_FSIZE, file_bytes, file_bytes);
    limit(pid, RLIMIT_NOFILE, OPEN_FILES_MAX, OPEN_FILES_MAX);
    if (command->memory_bytes) limit(pid, RLIMIT_AS, command->memory_bytes, command->memory_bytes);
    // The soft limit sends SIGXCPU, by which await_end sees the reason; the hard one kills.
    if (command->cpu_s) limit(pid, RLIMIT_CPU, command->cpu_s, (uint64_t)command->cpu_s + 1);
}

static kith_status start(child *c, const child_command *command, kith_error *err)
{
    int ends[2];
    kith_status status = make_input(command->input, &c->input, err);
    if (status != KITH_OK) return status;
    if (pipe2(ends, O_CLOEXEC) != 0) return fail_errno(err, errno, "make a pipe");
    c->answer = move_up(ends[0]);
    int theirs = move_up(ends[1]);
    int error = c->answer < 0 || theirs < 0 ? EMFILE : spawn(command, c->input, theirs, &c->pid);
    close_file(&theirs);
    close_file(&c->input);
    if (error == ENOENT || error == EACCES || error == ENOTDIR)
        return fail(err, KITH_ERR_NOT_FOUND, "cannot run '%s': %s", command->arguments[0],
                    strerror(error));
    if (error) return fail_errno(err, error, "start a program");
    set_limits(c->pid, command);
    return KITH_OK;
}

static int milliseconds_left(const child *c)
{
    int64_t left = c->deadline_ns - clock_monotonic_ns();
    return left <= 0 ? 0 : (int)(left / 1000000 + 1);
}

/* Reads until the pipe's end. False, with the reason in *out, when a limit comes first. */
static bool read_answer(child *c, buffer *output, child_outcome *out)
{
    char block[READ_BYTES];
    for (;;) {
        struct pollfd ready = {.fd = c->answer, .events = POLLIN};
        int count = poll(&ready, 1, milliseconds_left(c));
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) {
            *out = (child_outcome){CHILD_OUT_OF_TIME, -1};
            return false;
        }
        ssize_t n = read(c->answer, block, sizeof block);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return true;
        buffer_append(output, (view){block, (size_t)n});
        if (output->failed != KITH_OK) {
            *out = (child_outcome){CHILD_OUT_OF_BOUNDS, -1};
            return false;
        }
    }
}

/* Waits for the program's end, or the deadline, without collecting it. */
static child_outcome await_end(const child *c)
{
    for (useconds_t pause_us = FIRST_WAIT_US;;) {
        siginfo_t info = {0};
        int result = waitid(P_PID, (id_t)c->pid, &info, WEXITED | WNOWAIT | WNOHANG);
        if (result < 0 && errno != EINTR) return (child_outcome){CHILD_EXITED, -1};
        if (result == 0 && info.si_pid == c->pid) {
            if (info.si_code == CLD_EXITED) return (child_outcome){CHILD_EXITED, info.si_status};
            if (info.si_status == SIGXCPU) return (child_outcome){CHILD_OUT_OF_TIME, SIGXCPU};
            return (child_outcome){CHILD_KILLED, info.si_status};
        }
        if (milliseconds_left(c) == 0) return (child_outcome){CHILD_OUT_OF_TIME, -1};
        (void)usleep(pause_us);
        if (pause_us < LONGEST_WAIT_US) pause_us *= 2;
    }
}

static void finish(child *c, bool in_group)
{
    close_file(&c->answer); // SIGPIPE ends what still writes, even where kill() is refused to us
    if (!in_group) (void)kill(-c->pid, SIGKILL);
    (void)kill(c->pid, SIGKILL); // it may not have its group yet
    while (waitpid(c->pid, NULL, 0) < 0 && errno == EINTR)
        continue;
}

kith_status child_run(const child_command *command, buffer *output, child_outcome *out,
                      kith_error *err)
{
    child c = {.input = -1, .answer = -1};
    c.deadline_ns = clock_monotonic_ns() + (int64_t)command->wall_ms * 1000000;
    kith_status status = start(&c, command, err);
    if (status == KITH_OK) {
        child_outcome outcome;
        if (read_answer(&c, output, &outcome)) outcome = await_end(&c);
        finish(&c, command->in_group);
        if (output->failed == KITH_ERR_NO_MEMORY)
            status = buffer_status(output, "what a program wrote", err);
        else
            *out = outcome;
    }
    close_file(&c.input);
    close_file(&c.answer);
    return status;
}

void child_await_limits(uint32_t timeout_ms)
{
    struct rlimit cpu;
    int64_t until_ns = clock_monotonic_ns() + (int64_t)timeout_ms * 1000000;
    while (getrlimit(RLIMIT_CPU, &cpu) == 0 && cpu.rlim_cur == RLIM_INFINITY &&
           clock_monotonic_ns() < until_ns)
        clock_sleep_ms(1);
}
