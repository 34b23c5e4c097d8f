/* http_listen.c - socket, bind, listen; and who owns a socket file. */
#include "net/http_listen.h"

#include "os/file.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* Connections that the kernel accepts before the server does; the kernel lowers it to its own
 * maximum (net.core.somaxconn). */
enum { LISTEN_BACKLOG = 1024 };

static uint16_t port_of(int fd)
{
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
        struct sockaddr_storage storage;
    } at = {0};
    socklen_t size = sizeof at;
    if (getsockname(fd, &at.any, &size) != 0) return 0;
    return ntohs(at.any.sa_family == AF_INET6 ? at.v6.sin6_port : at.v4.sin_port);
}

static kith_status refused(const char *host, uint16_t port, const char *what, kith_error *err)
{
    if (errno == EADDRINUSE)
        return fail(err, KITH_ERR_EXISTS, "another program listens on %s port %u", host, port);
    return fail(err, KITH_ERR_IO, "cannot listen on %s port %u: %s: %s", host, port, what,
                strerror(errno));
}

static kith_status listen_at(const struct addrinfo *at, const char *host, uint16_t port,
                             http_listener *out, kith_error *err)
{
    int fd = socket(at->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) return refused(host, port, "socket", err);
    int on = 1;
    const char *failed = NULL;
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0)
        failed = "SO_REUSEADDR";
    else if (bind(fd, at->ai_addr, at->ai_addrlen) != 0)
        failed = "bind";
    else if (listen(fd, LISTEN_BACKLOG) != 0)
        failed = "listen";
    if (failed) {
        kith_status status = refused(host, port, failed, err);
        (void)close(fd);
        return status;
    }
    *out = (http_listener){.fd = fd, .port = port_of(fd)};
    return KITH_OK;
}

kith_status http_listen_tcp(const char *host, uint16_t port, http_listener *out, kith_error *err)
{
    *out = (http_listener){.fd = -1};
    struct addrinfo *found = NULL;
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM,
                                   .ai_flags = AI_PASSIVE | AI_NUMERICSERV};
    char service[8];
    (void)snprintf(service, sizeof service, "%u", port);
    int problem = getaddrinfo(host, service, &hints, &found);
    if (problem != 0)
        return fail(err, KITH_ERR_NOT_FOUND, "cannot listen on '%s': %s", host,
                    problem == EAI_SYSTEM ? strerror(errno) : gai_strerror(problem));
    kith_status status = listen_at(found, host, port, out, err);
    freeaddrinfo(found);
    return status;
}

/* Removes what a killed process left at the path; KITH_OK too when nothing is there. */
static kith_status remove_abandoned(const struct sockaddr_un *at, kith_error *err)
{
    struct stat there;
    if (lstat(at->sun_path, &there) != 0) {
        if (errno == ENOENT) return KITH_OK;
        return fail(err, KITH_ERR_IO, "cannot look at '%s': %s", at->sun_path, strerror(errno));
    }
    if (!S_ISSOCK(there.st_mode))
        return fail(err, KITH_ERR_EXISTS, "'%s' exists and is no socket", at->sun_path);
    int probe = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (probe < 0)
        return fail(err, KITH_ERR_IO, "cannot listen on '%s': %s", at->sun_path, strerror(errno));
    bool answered = connect(probe, (const struct sockaddr *)at, sizeof *at) == 0;
    int why = errno;
    (void)close(probe);
    if (answered || why == EAGAIN) // EAGAIN: its queue of connections is full
        return fail(err, KITH_ERR_EXISTS, "another program listens on '%s'", at->sun_path);
    if (why != ECONNREFUSED && why != ENOENT)
        return fail(err, KITH_ERR_IO, "cannot listen on '%s': %s", at->sun_path, strerror(why));
    if (file_ops_posix.unlink(at->sun_path) != 0 && errno != ENOENT)
        return fail(err, KITH_ERR_IO, "cannot replace '%s': %s", at->sun_path, strerror(errno));
    return KITH_OK;
}

kith_status http_listen_unix(const char *path, http_listener *out, kith_error *err)
{
    *out = (http_listener){.fd = -1};
    size_t length = strlen(path);
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    if (length == 0 || length > UNIX_PATH_MAX_BYTES)
        return fail(err, KITH_ERR_LIMIT,
                    "the path of a Unix socket has 1 to %d bytes, '%s' has %zu",
                    UNIX_PATH_MAX_BYTES, path, length);
    memcpy(at.sun_path, path, length + 1);
    kith_status status = remove_abandoned(&at, err);
    if (status != KITH_OK) return status;

    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    struct stat made;
    // On Linux the file gets the mode that the socket has when it is bound: never wider than 0600.
    if (fd < 0 || fchmod(fd, S_IRUSR | S_IWUSR) != 0 ||
        bind(fd, (const struct sockaddr *)&at, sizeof at) != 0) {
        status = fail(err, fd >= 0 && errno == EADDRINUSE ? KITH_ERR_EXISTS : KITH_ERR_IO,
                      "cannot listen on '%s': %s", path, strerror(errno));
    } else if (listen(fd, LISTEN_BACKLOG) != 0 || lstat(path, &made) != 0) {
        status = fail(err, KITH_ERR_IO, "cannot listen on '%s': %s", path, strerror(errno));
        (void)file_ops_posix.unlink(path);
    } else {
        *out =
            (http_listener){.fd = fd, .is_unix = true, .device = made.st_dev, .inode = made.st_ino};
        memcpy(out->path, path, length + 1);
        return KITH_OK;
    }
    if (fd >= 0) (void)close(fd);
    return status;
}

void http_listener_close(http_listener *l)
{
    if (l->fd < 0) return;
    (void)close(l->fd);
    l->fd = -1;
    struct stat there;
    if (l->is_unix && lstat(l->path, &there) == 0 && there.st_dev == l->device &&
        there.st_ino == l->inode)
        (void)file_ops_posix.unlink(l->path);
}
