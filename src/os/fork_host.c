/* fork_host.c - the loop of a fork server: a request, a child, its end.
 *
 * The server reads nothing of an input: it hands the descriptors to the child, and wipes its words, so
 * that no later child has either in its memory. It is the child's parent, so it alone can kill by number
 * without hitting another process: the child's number, which is its group's too, stays taken until it
 * is collected, and the group is killed before that.
 *
 * It ends with the process that started it, whose end it sees as the end of the socket, also while a
 * child runs; and the child ends with it (PR_SET_PDEATHSIG), however it ends. */
#include "os/fork_host.h"

#include "base/size.h"
#include "os/child_io.h"
#include "os/fork_message.h"

#include <errno.h>
#include <linux/close_range.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SOCKET = STDIN_FILENO, DESCRIPTORS = 2, POLL_WITHOUT_PIDFD_MS = 1 };

bool fork_host_is_wanted(int count, char **arguments)
{
    int type = 0;
    socklen_t size = sizeof type;
    if (count != 2 || strcmp(arguments[1], FORK_SERVER_ARGUMENT) != 0) return false;
    // An input may have that name.
    return getsockopt(SOCKET, SOL_SOCKET, SO_TYPE, &type, &size) == 0 && type == SOCK_SEQPACKET;
}

static bool reply(fork_kind kind, child_end how, int code)
{
    const fork_reply r = {.kind = kind, .how = how, .code = code};
    return send(SOCKET, &r, sizeof r, MSG_NOSIGNAL) == sizeof r;
}

static void close_all(const int *fds, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (fds[i] >= 0) (void)close(fds[i]);
}

/* Takes the message's descriptors. All or none: of two that were sent one may have found no place. */
static void take_descriptors(struct msghdr *message, int fds[DESCRIPTORS])
{
    const struct cmsghdr *rights = CMSG_FIRSTHDR(message);
    if (!rights || rights->cmsg_level != SOL_SOCKET || rights->cmsg_type != SCM_RIGHTS) return;
    int found[DESCRIPTORS];
    size_t count = (rights->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    CHECK(count <= DESCRIPTORS); // there is no room for more
    memcpy(found, CMSG_DATA(rights), count * sizeof(int));
    if (count == DESCRIPTORS)
        memcpy(fds, found, sizeof found);
    else
        close_all(found, count);
}

/* The bytes of the next message, 0 at the end; its descriptors in fds, -1 for each that is not there. */
static ssize_t receive(fork_request *r, int fds[DESCRIPTORS])
{
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(DESCRIPTORS * sizeof(int))];
    } control;
    struct iovec whole = {.iov_base = r, .iov_len = sizeof *r};
    struct msghdr message = {.msg_iov = &whole,
                             .msg_iovlen = 1,
                             .msg_control = control.bytes,
                             .msg_controllen = sizeof control.bytes};
    ssize_t n;
    fds[0] = fds[1] = -1;
    do
        n = recvmsg(SOCKET, &message, MSG_CMSG_CLOEXEC);
    while (n < 0 && errno == EINTR);
    if (n <= 0) return 0;
    take_descriptors(&message, fds);
    return n;
}

/* In the child. False: it must end. */
static bool become_program(const fork_request *r, const int fds[DESCRIPTORS], pid_t server)
{
    const child_command limits = {
        .memory_bytes = r->memory_bytes, .file_bytes = r->file_bytes, .cpu_s = r->cpu_s};
    if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0 || getppid() != server) return false;
    if (setpgid(0, 0) != 0) return false;
    if (dup2(fds[0], STDIN_FILENO) < 0 || dup2(fds[1], STDOUT_FILENO) < 0) return false;
    if (close_range(STDERR_FILENO + 1, UINT32_MAX, 0) != 0) return false;
    child_set_limits(0, &limits);
    return true;
}

static void kill_child(pid_t child)
{
    (void)kill(-child, SIGKILL);
    (void)kill(child, SIGKILL); // it may not have its group yet
}

/* Waits for the child's end, and ends it when the other end says so or is gone. False: it is gone, or
 * the wait failed; the child is gone in any case. */
static bool await_child(pid_t child, siginfo_t *end)
{
    int pidfd = (int)syscall(SYS_pidfd_open, child, 0); // -1 before Linux 5.3
    bool has_user = true;
    for (;;) {
        struct pollfd ready[] = {{.fd = has_user ? SOCKET : -1, .events = POLLIN},
                                 {.fd = pidfd, .events = POLLIN}};
        int count = poll(ready, 2, pidfd < 0 ? POLL_WITHOUT_PIDFD_MS : -1);
        if (count < 0 && errno != EINTR) {
            has_user = false; // it will find that this server ended, and run the program itself
            break;
        }
        if (count > 0 && ready[0].revents) {
            uint32_t kind = 0;
            has_user = recv(SOCKET, &kind, sizeof kind, MSG_DONTWAIT | MSG_TRUNC) > 0;
            kill_child(child); // whatever was said, this child is not waited for any more
        }
        *end = (siginfo_t){0};
        int result = waitid(P_PID, (id_t)child, end, WEXITED | WNOWAIT | WNOHANG);
        if (result == 0 && end->si_pid == child) break;
        if (result < 0 && errno != EINTR) break;
    }
    if (pidfd >= 0) (void)close(pidfd);
    kill_child(child);
    while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
        continue;
    return has_user;
}

/* Tells the other end how the child ended; false when nobody listens. */
static bool tell_end(const siginfo_t *end)
{
    if (end->si_code == CLD_EXITED && end->si_status == FORK_NOT_PREPARED)
        return reply(FORK_FAILED, CHILD_EXITED, 0);
    if (end->si_code == CLD_EXITED) return reply(FORK_ENDED, CHILD_EXITED, end->si_status);
    if (end->si_status == SIGXCPU) return reply(FORK_ENDED, CHILD_OUT_OF_TIME, SIGXCPU);
    return reply(FORK_ENDED, CHILD_KILLED, end->si_status);
}

/* The command's arguments behind this program's own name. False: they are none, or memory is short. */
static bool take_words(const fork_request *r, int *count, char ***arguments)
{
    char **all = heap_new_array(FORK_WORDS_MAX + 2, sizeof *all);
    char *words = heap_new_array((size_t)r->word_bytes + 1, 1);
    int found = 1;
    if (!all || !words) return false;
    memcpy(words, r->words, r->word_bytes);
    all[0] = (*arguments)[0];
    for (size_t at = 0; at < r->word_bytes; at += strlen(words + at) + 1) {
        if (found > FORK_WORDS_MAX) return false;
        all[found++] = words + at;
    }
    *count = found;
    *arguments = all;
    return true;
}

bool fork_host_serve(int *count, char ***arguments)
{
    fork_request r;
    int fds[DESCRIPTORS];
    const struct rlimit no_core = {0};
    pid_t server = getpid();
    (void)setrlimit(RLIMIT_CORE, &no_core);
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || !reply(FORK_READY, CHILD_EXITED, 0))
        return false;
    for (;;) {
        size_t size = (size_t)receive(&r, fds), head = offsetof(fork_request, words);
        if (size == 0) return false;
        // Anything else is a FORK_KILL that came after the child's own end.
        bool is_request = size >= sizeof r.kind && r.kind == FORK_REQUEST;
        bool is_whole =
            is_request && size >= head && size - head == r.word_bytes && fds[0] >= 0 && fds[1] >= 0;
        pid_t child = is_whole ? fork() : -1;
        if (child == 0) {
            if (take_words(&r, count, arguments) && become_program(&r, fds, server)) return true;
            _exit(FORK_NOT_PREPARED); // allow _exit: a child of a fork server, which has no caller
        }
        close_all(fds, DESCRIPTORS);
        explicit_bzero(&r, size);
        if (!is_request) continue;
        siginfo_t end;
        if (child < 0 ? !reply(FORK_FAILED, CHILD_EXITED, 0)
                      : !await_child(child, &end) || !tell_end(&end))
            return false;
    }
}
