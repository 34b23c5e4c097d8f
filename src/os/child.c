/* child.c - one program, from its start to its end.
 *
 * Output is a pipe, read until its end or until a limit is reached. Its end does not mean that the
 * program ended, nor the reverse: a grandchild may hold the pipe open. Hence two waits, child_io_read
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

#include "os/child_io.h"
#include "os/clock.h"

#include <errno.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { FIRST_WAIT_US = 100, LONGEST_WAIT_US = 10000 };

typedef struct child {
    pid_t pid;
    child_io io;
    int64_t deadline_ns;
} child;

static kith_status start(child *c, const child_command *command, kith_error *err)
{
    kith_status status = child_io_open(command->input, &c->io, err);
    if (status != KITH_OK) return status;
    int error =
        child_spawn(command->arguments, c->io.input, c->io.theirs, command->in_group, &c->pid);
    child_io_hand_over(&c->io);
    if (error) return child_spawn_failed(error, command->arguments[0], err);
    child_set_limits(c->pid, command);
    return KITH_OK;
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
        if (child_milliseconds_left(c->deadline_ns) == 0)
            return (child_outcome){CHILD_OUT_OF_TIME, -1};
        (void)usleep(pause_us);
        if (pause_us < LONGEST_WAIT_US) pause_us *= 2;
    }
}

static void finish(child *c, bool in_group)
{
    child_io_close(&c->io); // SIGPIPE ends what still writes, even where kill() is refused to us
    if (!in_group) (void)kill(-c->pid, SIGKILL);
    (void)kill(c->pid, SIGKILL); // it may not have its group yet
    while (waitpid(c->pid, NULL, 0) < 0 && errno == EINTR)
        continue;
}

kith_status child_run(const child_command *command, buffer *output, child_outcome *out,
                      kith_error *err)
{
    child c = {.io = {-1, -1, -1}};
    c.deadline_ns = clock_monotonic_ns() + (int64_t)command->wall_ms * 1000000;
    kith_status status = start(&c, command, err);
    if (status == KITH_OK) {
        child_outcome outcome;
        if (child_io_read(&c.io, c.deadline_ns, output, &outcome)) outcome = await_end(&c);
        finish(&c, command->in_group);
        if (output->failed == KITH_ERR_NO_MEMORY)
            status = buffer_status(output, "what a program wrote", err);
        else
            *out = outcome;
    }
    child_io_close(&c.io);
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
