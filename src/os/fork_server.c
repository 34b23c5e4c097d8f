/* fork_server.c - the half of fork servers that is in the process that uses them.
 *
 * A table of servers by program. Each is asked one thing at a time, so a reply is that of the request
 * before it, and a server that does not reply in time is killed, which ends its child. */
#include "os/fork_server.h"

#include "base/size.h"
#include "os/child_io.h"
#include "os/clock.h"
#include "os/fork_message.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    PROGRAMS_MAX = 4,
    GRACE_MS = 5000 /* to end a child that is to be killed */
};

typedef struct fork_server {
    char *program; /* NULL: an empty place of the table */
    pid_t pid;     /* 0: not running */
    int pidfd;     /* of pid; -1: not running, or not to be had (before Linux 5.4) */
    int socket;    /* -1: not running */
    bool is_ready;
    bool is_useless; /* it did not serve: not asked again */
} fork_server;

struct fork_servers {
    fork_server servers[PROGRAMS_MAX];
    uint32_t started;
    pid_t owner; /* a process that forked has a copy of the table, and servers of another one */
};

fork_servers *fork_servers_new(void)
{
    fork_servers *s = heap_new_array(1, sizeof *s);
    if (s) s->owner = getpid();
    return s;
}

/* Other code of this process may have collected the server, as a program does that ignores SIGCHLD or
 * waits for any child. Its number may be another process's by then, which the descriptor never is. */
static void kill_and_collect(const fork_server *s)
{
    siginfo_t end;
    idtype_t type = s->pidfd >= 0 ? P_PIDFD : P_PID;
    id_t id = (id_t)(s->pidfd >= 0 ? s->pidfd : s->pid);
    if (s->pidfd >= 0)
        (void)syscall(SYS_pidfd_send_signal, s->pidfd, SIGKILL, NULL, 0);
    else if (waitid(type, id, &end, WEXITED | WNOHANG | WNOWAIT) == 0)
        (void)kill(s->pid, SIGKILL); // a child of ours, if not the same one
    else
        return;
    while (waitid(type, id, &end, WEXITED) < 0 && errno == EINTR)
        continue;
}

/* It holds nothing that a kill could lose. */
static void end_server(fork_server *s)
{
    if (s->pid == 0) return;
    (void)close(s->socket);
    kill_and_collect(s);
    if (s->pidfd >= 0) (void)close(s->pidfd);
    s->pid = 0;
    s->socket = s->pidfd = -1;
    s->is_ready = false;
}

void fork_servers_free(fork_servers *s)
{
    for (size_t i = 0; s && i < PROGRAMS_MAX; i++) {
        if (s->owner == getpid()) end_server(&s->servers[i]);
        free(s->servers[i].program);
    }
    free(s);
}

uint32_t fork_servers_started(const fork_servers *s)
{
    return s->started;
}

/* The program's place in the table; NULL when the table is full, or memory short. */
static fork_server *server_of(fork_servers *s, const char *program)
{
    for (size_t i = 0; i < PROGRAMS_MAX; i++) {
        fork_server *one = &s->servers[i];
        if (!one->program) {
            *one = (fork_server){.program = strdup(program), .pidfd = -1, .socket = -1};
            return one->program ? one : NULL;
        }
        if (strcmp(one->program, program) == 0) return one;
    }
    return NULL;
}

static bool start_server(fork_server *s)
{
    int ends[2];
    const char *const arguments[] = {s->program, FORK_SERVER_ARGUMENT, NULL};
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) return false;
    int ours = fcntl(ends[0], F_DUPFD_CLOEXEC, 3), theirs = fcntl(ends[1], F_DUPFD_CLOEXEC, 3);
    int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
    (void)close(ends[0]);
    (void)close(ends[1]);
    bool is_started = ours >= 0 && theirs >= 0 && nowhere >= 0 &&
                      child_spawn(arguments, theirs, nowhere, false, &s->pid) == 0;
    if (theirs >= 0) (void)close(theirs);
    if (nowhere >= 0) (void)close(nowhere);
    if (is_started) {
        s->socket = ours;
        s->pidfd = (int)syscall(SYS_pidfd_open, s->pid, 0);
    } else {
        s->pid = 0;
        if (ours >= 0) (void)close(ours);
    }
    return is_started;
}

/* The next reply within the deadline; false when none comes. */
static bool await_reply(const fork_server *s, int64_t deadline_ns, fork_reply *out)
{
    for (;;) {
        struct pollfd ready = {.fd = s->socket, .events = POLLIN};
        int count = poll(&ready, 1, child_milliseconds_left(deadline_ns));
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) return false;
        ssize_t n = recv(s->socket, out, sizeof *out, MSG_DONTWAIT);
        if (n < 0 && errno == EINTR) continue;
        return n == sizeof *out;
    }
}

static int64_t from_now_ns(uint32_t ms)
{
    return clock_monotonic_ns() + (int64_t)ms * 1000000;
}

/* Starts the server when it does not run, and waits for it, on a machine that is short of time too, as
 * long as the command may take. False: it cannot be had. */
static bool make_ready(fork_servers *all, fork_server *s, uint32_t wall_ms)
{
    fork_reply hello;
    if (s->is_useless) return false;
    if (s->is_ready) return true;
    if (!start_server(s)) return false;
    all->started++;
    s->is_ready = await_reply(s, from_now_ns(wall_ms), &hello) && hello.kind == FORK_READY;
    if (!s->is_ready) {
        s->is_useless = true; // no program of ours, or one that cannot run here
        end_server(s);
    }
    return s->is_ready;
}

/* The words behind the program, as a request has them; false when they are too many or too long. */
static bool write_words(const char *const *arguments, fork_request *r)
{
    for (uint32_t i = 1; arguments[i]; i++) {
        size_t size = strlen(arguments[i]) + 1;
        if (i > FORK_WORDS_MAX || size > sizeof r->words - r->word_bytes) return false;
        memcpy(r->words + r->word_bytes, arguments[i], size);
        r->word_bytes += (uint32_t)size;
    }
    return true;
}

static bool send_request(const fork_server *s, fork_request *r, const child_io *io)
{
    size_t size = offsetof(fork_request, words) + r->word_bytes;
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(2 * sizeof(int))];
    } control = {0};
    struct iovec whole = {.iov_base = r, .iov_len = size};
    struct msghdr message = {.msg_iov = &whole,
                             .msg_iovlen = 1,
                             .msg_control = control.bytes,
                             .msg_controllen = sizeof control.bytes};
    struct cmsghdr *rights = CMSG_FIRSTHDR(&message);
    const int fds[] = {io->input, io->theirs};
    *rights = (struct cmsghdr){
        .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS, .cmsg_len = CMSG_LEN(sizeof fds)};
    memcpy(CMSG_DATA(rights), fds, sizeof fds);
    ssize_t n;
    do
        n = sendmsg(s->socket, &message, MSG_NOSIGNAL);
    while (n < 0 && errno == EINTR);
    return n == (ssize_t)size;
}

/* Ends the child, and waits until it is gone. False: the server does not say so. */
static bool kill_child(const fork_server *s)
{
    const uint32_t kind = FORK_KILL;
    fork_reply ended;
    return send(s->socket, &kind, sizeof kind, MSG_NOSIGNAL) == sizeof kind &&
           await_reply(s, from_now_ns(GRACE_MS), &ended);
}

/* One request, from its files to its child's end. False: the server failed, and *output may have grown. */
static bool run_in(const fork_server *s, const child_command *command, fork_request *r,
                   child_io *io, buffer *output, child_outcome *out)
{
    int64_t deadline_ns = from_now_ns(command->wall_ms);
    fork_reply reply;
    if (!send_request(s, r, io)) return false;
    child_io_hand_over(io);
    if (!child_io_read(io, deadline_ns, output, out)) return kill_child(s);
    if (await_reply(s, deadline_ns, &reply)) {
        *out = (child_outcome){(child_end)reply.how, reply.code};
        return reply.kind == FORK_ENDED && reply.how <= CHILD_OUT_OF_TIME;
    }
    *out = (child_outcome){CHILD_OUT_OF_TIME, -1};
    return child_milliseconds_left(deadline_ns) == 0 && kill_child(s);
}

kith_status fork_servers_run(fork_servers *s, const child_command *command, buffer *output,
                             child_outcome *out, kith_error *err)
{
    fork_request r = {
        .kind = FORK_REQUEST,
        .cpu_s = command->cpu_s,
        .memory_bytes = command->memory_bytes,
        .file_bytes = command->file_bytes ? command->file_bytes : command->input.size,
    };
    bool is_ours =
        s && s->owner == getpid() && !command->in_group && write_words(command->arguments, &r);
    fork_server *server = is_ours ? server_of(s, command->arguments[0]) : NULL;
    if (!server || !make_ready(s, server, command->wall_ms))
        return child_run(command, output, out, err);
    child_io io;
    child_outcome outcome;
    size_t size = output->size;
    kith_status status = child_io_open(command->input, &io, err);
    if (status != KITH_OK) return status;
    bool is_served = run_in(server, command, &r, &io, output, &outcome);
    child_io_close(&io);
    if (!is_served || outcome.how == CHILD_KILLED) end_server(server);
    if (output->failed == KITH_ERR_NO_MEMORY)
        return buffer_status(output, "what a program wrote", err);
    if (is_served) {
        *out = outcome;
        return KITH_OK;
    }
    if (output->failed == KITH_OK) output->size = size;
    return child_run(command, output, out, err);
}
