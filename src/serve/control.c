/* control.c - see control.h.
 *
 * The answer says that the server was told; it ends a moment later. Whoever asked waits for the end
 * of the process and not of the socket, because the data directory is closed after the socket: only
 * then may it be restored or moved. The process is the one at the other end of the socket
 * (SO_PEERCRED), held by a pidfd so that another process that gets its number is not taken for it.
 */
#include "serve/control.h"

#include "os/clock.h"
#include "serve/call.h"
#include "serve/socket_path.h"

#include <errno.h>
#include <kith/operation.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

static void stop_server(serve_call *call)
{
    serve_request_stop(call);
    json_writer w = serve_json(call);
    json_begin_object(&w);
    json_member_bool(&w, "stopping", true);
    json_end_object(&w);
    serve_reply(call, 202);
}

static void save_counts(serve_call *call)
{
    kith_error err;
    bool saved = kith_metrics_save(call->k, &err) == KITH_OK;
    json_writer w = serve_json(call);
    json_begin_object(&w);
    json_member_bool(&w, "saved", saved);
    json_end_object(&w);
    serve_reply(call, 200);
}

static const route routes[] = {
    {"POST", "/control/stop", SCOPE_ADMIN, BODY_NONE, 0, stop_server, "stop the server"},
    {"POST", "/control/save_counts", SCOPE_ADMIN, BODY_NONE, 0, save_counts,
     "save what was counted, for other processes to see"},
};

const dialect control_dialect = {
    .name = "control",
    .prefix = "/control",
    .routes = routes,
    .route_count = sizeof routes / sizeof routes[0],
};

/* ---- asking ---- */

/* Sends the request and reads the beginning of the answer, which must be `expected`, a status line
 * of ANSWER_BYTES. */
static kith_status ask(int fd, const char *path, const char *expected, uint32_t wait_ms,
                       kith_error *err)
{
    enum { ANSWER_BYTES = sizeof "HTTP/1.1 202" - 1, REQUEST_BYTES = 256 };
    char request[REQUEST_BYTES], answer[ANSWER_BYTES];
    size_t got = 0;
    int size = snprintf(request, sizeof request,
                        "POST %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
                        "Content-Length: 0\r\n\r\n",
                        path);
    CHECK(size > 0 && size < REQUEST_BYTES && strlen(expected) == ANSWER_BYTES);
    if (send(fd, request, (size_t)size, MSG_NOSIGNAL) != size)
        return fail(err, KITH_ERR_IO, "cannot write to the server: %s", strerror(errno));
    while (got < sizeof answer) {
        struct pollfd readable = {.fd = fd, .events = POLLIN};
        int ready = poll(&readable, 1, (int)wait_ms);
        if (ready < 0 && errno == EINTR) continue;
        if (ready == 0) return fail(err, KITH_ERR_BUSY, "the server does not answer");
        ssize_t n = ready < 0 ? -1 : recv(fd, answer + got, sizeof answer - got, 0);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return fail(err, KITH_ERR_IO, "the server does not answer");
        got += (size_t)n;
    }
    if (memcmp(answer, expected, sizeof answer) == 0) return KITH_OK;
    return fail(err, KITH_ERR_IO, "what listens on the socket is no server of this version");
}

static kith_status wait_for_end(int process, int pid, uint32_t wait_ms, kith_error *err)
{
    int64_t end_ns = clock_monotonic_ns() + (int64_t)wait_ms * 1000000;
    struct pollfd ended = {.fd = process, .events = POLLIN};
    for (;;) {
        int64_t left_ms = (end_ns - clock_monotonic_ns()) / 1000000;
        int ready = poll(&ended, 1, left_ms > 0 ? (int)left_ms : 0);
        if (ready > 0) return KITH_OK;
        if (ready < 0 && errno != EINTR)
            return fail(err, KITH_ERR_IO, "cannot wait for process %d: %s", pid, strerror(errno));
        if (ready == 0 || left_ms <= 0)
            return fail(err, KITH_ERR_BUSY,
                        "process %d was told to stop, and finishes what is under way", pid);
    }
}

static kith_status open_peer(int fd, int *pid, int *process, kith_error *err)
{
    struct ucred peer = {0};
    socklen_t size = sizeof peer;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0 || peer.pid <= 0)
        return fail(err, KITH_ERR_IO, "cannot learn which process serves");
    *process = (int)syscall(SYS_pidfd_open, peer.pid, 0);
    if (*process < 0)
        return fail(err, KITH_ERR_IO, "cannot watch process %d: %s", (int)peer.pid,
                    strerror(errno));
    *pid = peer.pid;
    return KITH_OK;
}

kith_status control_stop(const char *directory, uint32_t wait_ms, int *pid, kith_error *err)
{
    int fd = -1, process = -1, server = 0;
    if (wait_ms > INT32_MAX) wait_ms = INT32_MAX;
    kith_status status = socket_connect(directory, SOCKET_OF_SERVER, &fd, err);
    if (status != KITH_OK) return status;
    status = open_peer(fd, &server, &process, err);
    if (status == KITH_OK) status = ask(fd, "/control/stop", "HTTP/1.1 202", wait_ms, err);
    (void)close(fd);
    if (status == KITH_OK && pid) *pid = server;
    if (status == KITH_OK) status = wait_for_end(process, server, wait_ms, err);
    if (process >= 0) (void)close(process);
    return status;
}

void control_save_counts(const char *directory, uint32_t wait_ms)
{
    int fd = -1;
    if (socket_connect(directory, SOCKET_OF_SERVER, &fd, NULL) != KITH_OK) return;
    kith_status status = ask(fd, "/control/save_counts", "HTTP/1.1 200",
                             wait_ms > INT32_MAX ? INT32_MAX : wait_ms, NULL);
    (void)status;
    (void)close(fd);
}
