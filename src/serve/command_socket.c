/* command_socket.c - see command_socket.h. */
#include "serve/command_socket.h"

#include "net/http_listen.h"
#include "os/clock.h"
#include "serve/socket_path.h"

#include <errno.h>
#include <grp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* While the process has no descriptor left, the connection stays in the queue. */
enum { NO_DESCRIPTOR_MS = 100, GROUPS_MAX = 1024 };

struct command_socket {
    http_listener listener;
    int directory_fd; /* see socket_path.h; -1: none */
};

kith_status command_socket_open(const char *directory, command_socket **out, kith_error *err)
{
    char path[SOCKET_PATH_BYTES];
    command_socket *s = calloc(1, sizeof *s);
    if (!s) return fail(err, KITH_ERR_NO_MEMORY, "out of memory");
    s->listener.fd = s->directory_fd = -1;
    kith_status status = socket_path(directory, SOCKET_OF_COMMANDS, path, &s->directory_fd, err);
    if (status == KITH_OK) status = http_listen_unix(path, &s->listener, err);
    if (status == KITH_OK)
        *out = s;
    else
        command_socket_close(s);
    return status;
}

int command_socket_accept(command_socket *s)
{
    for (;;) {
        struct pollfd listening = {.fd = s->listener.fd, .events = POLLIN};
        int ready = poll(&listening, 1, -1);
        if (ready < 0 && errno == EINTR) continue;
        if (ready < 0 || (listening.revents & POLLHUP)) return -1; // it was shut down
        int fd = accept4(s->listener.fd, NULL, NULL, SOCK_CLOEXEC);
        if (fd >= 0) return fd;
        if (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS) {
            clock_sleep_ms(NO_DESCRIPTOR_MS);
            return -1;
        }
        // Anything else is about this connection, whose client may be gone already: the next one.
    }
}

void command_socket_wake(command_socket *s)
{
    (void)shutdown(s->listener.fd, SHUT_RDWR);
}

void command_socket_close(command_socket *s)
{
    if (!s) return;
    http_listener_close(&s->listener);
    if (s->directory_fd >= 0) (void)close(s->directory_fd);
    free(s);
}

static int by_number(const void *a, const void *b)
{
    gid_t x = *(const gid_t *)a, y = *(const gid_t *)b;
    return (x > y) - (x < y);
}

bool command_socket_is_same_user(int fd)
{
    struct ucred peer = {0};
    socklen_t size = sizeof peer;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return false;
    if (peer.uid != geteuid() || peer.gid != getegid()) return false;
    gid_t theirs[GROUPS_MAX], ours[GROUPS_MAX];
    socklen_t bytes = sizeof theirs;
    int count = getgroups(GROUPS_MAX, ours);
    if (count < 0 || getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, theirs, &bytes) != 0) return false;
    if (bytes != (size_t)count * sizeof *ours) return false;
    qsort(ours, (size_t)count, sizeof *ours, by_number);
    qsort(theirs, (size_t)count, sizeof *theirs, by_number);
    return memcmp(ours, theirs, bytes) == 0;
}
