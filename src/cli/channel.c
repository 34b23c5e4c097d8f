/* channel.c - see channel.h. Nothing here is read before its length was compared with a limit. */
#include "cli/channel.h"

#include "os/clock.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* DESCRIPTORS_MAX: room for one more than is allowed, so that a second one can be seen. */
enum { HEAD_BYTES = 8, DESCRIPTORS_MAX = 2 };

static kith_status other_is_gone(kith_error *err)
{
    return fail(err, KITH_ERR_NETWORK, "the process at the other end is gone");
}

static kith_status fail_errno(int error, kith_error *err)
{
    if (error == EPIPE || error == ECONNRESET) return other_is_gone(err);
    return fail(err, KITH_ERR_IO, "cannot speak to the other process: %s", strerror(error));
}

/* ---- sending ---- */

/* Sends `bytes`, with `descriptor` beside the first of them. */
static kith_status send_all(int fd, view bytes, int descriptor, kith_error *err)
{
    while (bytes.size > 0) {
        _Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {0};
        struct iovec piece = {.iov_base = (void *)(uintptr_t)bytes.data, .iov_len = bytes.size};
        struct msghdr m = {.msg_iov = &piece, .msg_iovlen = 1};
        if (descriptor >= 0) {
            m.msg_control = control;
            m.msg_controllen = sizeof control;
            struct cmsghdr *c = CMSG_FIRSTHDR(&m);
            *c = (struct cmsghdr){.cmsg_level = SOL_SOCKET,
                                  .cmsg_type = SCM_RIGHTS,
                                  .cmsg_len = CMSG_LEN(sizeof descriptor)};
            memcpy(CMSG_DATA(c), &descriptor, sizeof descriptor);
        }
        ssize_t n = sendmsg(fd, &m, MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return fail_errno(errno, err);
        descriptor = -1;
        bytes = view_slice(bytes, (size_t)n, bytes.size);
    }
    return KITH_OK;
}

kith_status channel_send(int fd, message_kind kind, view body, int descriptor, kith_error *err)
{
    if (body.size > UINT32_MAX) return fail(err, KITH_ERR_LIMIT, "a message is too long");
    buffer head;
    buffer_init(&head, HEAD_BYTES);
    buffer_append_u32(&head, (uint32_t)kind);
    buffer_append_u32(&head, (uint32_t)body.size);
    kith_status status = buffer_status(&head, "message", err);
    if (status == KITH_OK) status = send_all(fd, buffer_view(&head), descriptor, err);
    if (status == KITH_OK) status = send_all(fd, body, -1, err);
    buffer_done(&head);
    return status;
}

kith_status channel_send_number(int fd, message_kind kind, uint32_t number, kith_error *err)
{
    buffer body;
    buffer_init(&body, sizeof number);
    buffer_append_u32(&body, number);
    kith_status status = buffer_status(&body, "message", err);
    if (status == KITH_OK) status = channel_send(fd, kind, buffer_view(&body), -1, err);
    buffer_done(&body);
    return status;
}

/* ---- receiving ---- */

/* Takes the descriptors of a received piece; all but one that is wanted are closed. */
static kith_status take_descriptors(struct msghdr *m, int *descriptor, kith_error *err)
{
    int count = 0, got[DESCRIPTORS_MAX];
    for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c)) {
        if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS) continue;
        size_t bytes = c->cmsg_len - CMSG_LEN(0);
        for (size_t at = 0; at + sizeof(int) <= bytes && count < DESCRIPTORS_MAX; at += sizeof(int))
            memcpy(&got[count++], CMSG_DATA(c) + at, sizeof(int));
    }
    bool is_fine = count == 0 || (count == 1 && descriptor && *descriptor < 0);
    if (count == 1 && is_fine)
        *descriptor = got[0];
    else
        for (int i = 0; i < count; i++)
            (void)close(got[i]);
    if (is_fine) return KITH_OK;
    return fail(err, KITH_ERR_FORMAT, "a message carries descriptors that nobody asked for");
}

static kith_status wait_readable(int fd, int64_t end_ns, kith_error *err)
{
    for (;;) {
        int64_t left_ms = (end_ns - clock_monotonic_ns()) / 1000000 + 1;
        struct pollfd readable = {.fd = fd, .events = POLLIN};
        int ready = left_ms > 0 ? poll(&readable, 1, (int)left_ms) : 0;
        if (ready > 0) return KITH_OK;
        if (ready == 0) return fail(err, KITH_ERR_TIMEOUT, "the other process sends too slowly");
        if (errno != EINTR) return fail_errno(errno, err);
    }
}

/* end_ns 0: no limit. */
static kith_status receive_all(int fd, char *to, size_t bytes, int64_t end_ns, int *descriptor,
                               kith_error *err)
{
    while (bytes > 0) {
        kith_status status = end_ns ? wait_readable(fd, end_ns, err) : KITH_OK;
        if (status != KITH_OK) return status;
        _Alignas(struct cmsghdr) char control[CMSG_SPACE(DESCRIPTORS_MAX * sizeof(int))];
        struct iovec piece = {.iov_base = to, .iov_len = bytes};
        struct msghdr m = {.msg_iov = &piece,
                           .msg_iovlen = 1,
                           .msg_control = control,
                           .msg_controllen = sizeof control};
        ssize_t n = recvmsg(fd, &m, MSG_CMSG_CLOEXEC);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return fail_errno(errno, err);
        status = take_descriptors(&m, descriptor, err);
        if (status != KITH_OK) return status;
        if (n == 0) return other_is_gone(err);
        to += n;
        bytes -= (size_t)n;
    }
    return KITH_OK;
}

static kith_status receive_body(int fd, int64_t end_ns, buffer *body, message *out, int *descriptor,
                                kith_error *err)
{
    char head[HEAD_BYTES];
    kith_status status = receive_all(fd, head, sizeof head, end_ns, descriptor, err);
    if (status != KITH_OK) return status;
    uint32_t kind = load_u32(head), bytes = load_u32(head + 4);
    if (kind < MESSAGE_REQUEST || kind >= MESSAGE_KINDS)
        return fail(err, KITH_ERR_FORMAT, "message of the unknown kind %u", kind);
    if (!buffer_reserve(body, bytes)) return buffer_status(body, "message", err);
    status = receive_all(fd, body->data + body->size, bytes, end_ns, descriptor, err);
    if (status != KITH_OK) return status;
    body->size += bytes;
    *out = (message){(message_kind)kind, buffer_view(body)};
    return KITH_OK;
}

kith_status channel_receive(int fd, int timeout_ms, buffer *body, message *out, int *descriptor,
                            kith_error *err)
{
    int64_t end_ns = timeout_ms < 0 ? 0 : clock_monotonic_ns() + (int64_t)timeout_ms * 1000000;
    int passed = -1;
    buffer_reset(body);
    kith_status status = receive_body(fd, end_ns, body, out, descriptor ? &passed : NULL, err);
    if (status == KITH_OK && descriptor)
        *descriptor = passed;
    else if (passed >= 0)
        (void)close(passed);
    return status;
}

bool message_number(const message *m, uint32_t *out)
{
    if (m->body.size < sizeof *out) return false;
    *out = load_u32(m->body.data);
    return true;
}
