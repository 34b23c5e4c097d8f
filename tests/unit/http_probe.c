/* http_probe.c - reads a byte at a time, so that nothing behind a reply is taken with it. */
#include "test.h"

#include "http_probe.h"
#include "patience.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { PATIENCE_MS = 20000, HEAD_BYTES = 64 << 10 };

int probe_connect(uint16_t port)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(port)};
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;
    assert_true(fd > 0);
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (connect(fd, (struct sockaddr *)&at, sizeof at) != 0)
        fail_msg("cannot connect to port %u: %s", port, strerror(errno));
    return fd;
}

int probe_connect_unix(const char *path)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    (void)snprintf(at.sun_path, sizeof at.sun_path, "%s", path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd > 0);
    if (connect(fd, (struct sockaddr *)&at, sizeof at) != 0)
        fail_msg("cannot connect to %s: %s", path, strerror(errno));
    return fd;
}

bool probe_send(int fd, const char *text)
{
    return probe_send_bytes(fd, text, strlen(text));
}

bool probe_send_bytes(int fd, const char *bytes, size_t size)
{
    while (size > 0) {
        ssize_t sent = send(fd, bytes, size, MSG_NOSIGNAL);
        if (sent <= 0) return false;
        bytes += sent;
        size -= (size_t)sent;
    }
    return true;
}

/* Bytes read, 0 at the end, -1 when the connection was reset. */
static ssize_t receive(int fd, char *out, size_t max)
{
    struct pollfd one = {.fd = fd, .events = POLLIN};
    if (poll(&one, 1, (int)patience_ms(PATIENCE_MS)) <= 0) fail_msg("no reply in time");
    return recv(fd, out, max, 0);
}

static bool receive_all(int fd, char *out, size_t size)
{
    for (size_t got = 0; got < size;) {
        ssize_t count = receive(fd, out + got, size - got);
        if (count <= 0) return false;
        got += (size_t)count;
    }
    return true;
}

/* A line with its CRLF; false when the connection ends in it. */
static bool receive_line(int fd, char *out, size_t capacity)
{
    size_t size = 0;
    do {
        assert_true(size + 1 < capacity);
        if (!receive_all(fd, out + size, 1)) return false;
        size++;
    } while (out[size - 1] != '\n');
    out[size] = '\0';
    return true;
}

static bool append(probe_reply *r, int fd, size_t size)
{
    r->body = realloc(r->body, r->body_size + size + 1);
    assert_non_null(r->body);
    if (!receive_all(fd, r->body + r->body_size, size)) return false;
    r->body_size += size;
    r->body[r->body_size] = '\0';
    return true;
}

static bool read_chunks(probe_reply *r, int fd)
{
    for (;;) {
        char line[64];
        if (!receive_line(fd, line, sizeof line)) return false;
        size_t size = strtoul(line, NULL, 16);
        if (!append(r, fd, size) || !receive_line(fd, line, sizeof line)) return false;
        assert_string_equal(line, "\r\n");
        if (size == 0) return true;
    }
}

static bool read_body(probe_reply *r, int fd)
{
    const char *length = probe_header(r, "Content-Length");
    if (length) return append(r, fd, strtoul(length, NULL, 10));
    const char *encoding = probe_header(r, "Transfer-Encoding");
    if (encoding && strcmp(encoding, "chunked") == 0) return read_chunks(r, fd);
    while (append(r, fd, 1)) // until it closes
        ;
    return true;
}

probe_reply probe_read(int fd, bool to_head)
{
    probe_reply r = {.head = calloc(1, HEAD_BYTES), .body = calloc(1, 1)};
    assert_true(r.head && r.body);
    size_t at = 0;
    for (;;) {
        if (!receive_line(fd, r.head + at, HEAD_BYTES - at)) return r;
        if (strcmp(r.head + at, "\r\n") == 0) break;
        at += strlen(r.head + at);
    }
    int minor, status;
    assert_int_equal(sscanf(r.head, "HTTP/1.%d %d ", &minor, &status), 2);
    if (to_head || status == 100 || status == 204 || status == 304 || read_body(&r, fd))
        r.status = status;
    return r;
}

void probe_reply_free(probe_reply *r)
{
    free(r->head);
    free(r->body);
    *r = (probe_reply){0};
}

const char *probe_header(const probe_reply *r, const char *name)
{
    static _Thread_local char value[1024];
    for (const char *line = strstr(r->head, "\r\n"); line; line = strstr(line + 2, "\r\n")) {
        const char *start = line + 2;
        if (strncasecmp(start, name, strlen(name)) != 0 || start[strlen(name)] != ':') continue;
        start += strlen(name) + 1 + strspn(start + strlen(name) + 1, " ");
        (void)snprintf(value, sizeof value, "%.*s", (int)strcspn(start, "\r"), start);
        return value;
    }
    return NULL;
}

bool probe_is_closed(int fd)
{
    char byte;
    return receive(fd, &byte, 1) <= 0;
}
