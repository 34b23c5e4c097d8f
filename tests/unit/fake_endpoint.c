/* fake_endpoint.c - accept, read a request, play the answer; a pipe tells the thread to stop. */
#include "test.h"

#include "base/buffer.h"
#include "fake_endpoint.h"
#include "os/clock.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MAX_ANSWERS = 64, MAX_REQUESTS = 256, MAX_REQUEST_BYTES = 8 << 20 };

struct fake_endpoint {
    int listener, stop[2];
    char url[64];
    fake_answer answers[MAX_ANSWERS];
    uint32_t answer_count;
    pthread_t thread;
    bool is_running;
    pthread_mutex_t lock; /* of what follows */
    char *requests[MAX_REQUESTS];
    uint32_t request_count;
};

fake_endpoint *fake_endpoint_new(const char *address)
{
    fake_endpoint *f = calloc(1, sizeof *f);
    assert_non_null(f);
    struct sockaddr_in at = {.sin_family = AF_INET};
    socklen_t size = sizeof at;
    assert_int_equal(inet_pton(AF_INET, address, &at.sin_addr), 1);
    f->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(f->listener >= 0);
    assert_int_equal(bind(f->listener, (struct sockaddr *)&at, sizeof at), 0);
    assert_int_equal(listen(f->listener, 64), 0);
    assert_int_equal(getsockname(f->listener, (struct sockaddr *)&at, &size), 0);
    assert_int_equal(pipe(f->stop), 0);
    assert_int_equal(pthread_mutex_init(&f->lock, NULL), 0);
    (void)snprintf(f->url, sizeof f->url, "http://%s:%u", address, ntohs(at.sin_port));
    return f;
}

void fake_endpoint_free(fake_endpoint *f)
{
    (void)close(f->stop[1]); // wakes every poll of the thread
    if (f->is_running) assert_int_equal(pthread_join(f->thread, NULL), 0);
    (void)close(f->stop[0]);
    (void)close(f->listener);
    for (uint32_t i = 0; i < f->answer_count; i++)
        free(f->answers[i].bytes);
    for (uint32_t i = 0; i < f->request_count; i++)
        free(f->requests[i]);
    (void)pthread_mutex_destroy(&f->lock);
    free(f);
}

const char *fake_endpoint_url(const fake_endpoint *f)
{
    return f->url;
}

fake_answer *fake_endpoint_raw(fake_endpoint *f, const char *bytes, size_t size)
{
    assert_true(f->answer_count < MAX_ANSWERS && !f->is_running);
    fake_answer *answer = &f->answers[f->answer_count++];
    answer->bytes = malloc(size + 1);
    assert_non_null(answer->bytes);
    memcpy(answer->bytes, bytes, size);
    answer->size = size;
    return answer;
}

fake_answer *fake_endpoint_reply(fake_endpoint *f, int status, const char *headers,
                                 const char *body)
{
    buffer text;
    buffer_init(&text, MAX_REQUEST_BYTES);
    buffer_printf(&text, "HTTP/1.1 %d Scripted\r\n%sContent-Length: %zu\r\n", status, headers,
                  strlen(body));
    buffer_printf(&text, "Connection: close\r\n\r\n%s", body);
    assert_int_equal(text.failed, KITH_OK);
    fake_answer *answer = fake_endpoint_raw(f, text.data, text.size);
    buffer_done(&text);
    return answer;
}

/* False when the endpoint must stop. */
static bool wait_readable(const fake_endpoint *f, int fd, int timeout_ms)
{
    struct pollfd both[2] = {{.fd = fd, .events = POLLIN}, {.fd = f->stop[0], .events = POLLIN}};
    (void)poll(both, 2, timeout_ms);
    return both[1].revents == 0;
}

static size_t content_length(const char *head)
{
    const char *line = strcasestr(head, "\r\nContent-Length:");
    return line ? strtoul(line + strlen("\r\nContent-Length:"), NULL, 10) : 0;
}

/* The whole request, NUL-terminated; NULL when the client went away first. */
static char *read_request(const fake_endpoint *f, int client)
{
    char *text = calloc(1, MAX_REQUEST_BYTES + 1);
    size_t size = 0;
    while (text && size < MAX_REQUEST_BYTES && wait_readable(f, client, -1)) {
        ssize_t got = recv(client, text + size, MAX_REQUEST_BYTES - size, 0);
        if (got <= 0) break;
        size += (size_t)got;
        const char *blank = strstr(text, "\r\n\r\n");
        if (blank && size >= (size_t)(blank - text) + 4 + content_length(text)) return text;
    }
    free(text);
    return NULL;
}

static void record(fake_endpoint *f, char *request)
{
    (void)pthread_mutex_lock(&f->lock);
    if (f->request_count < MAX_REQUESTS)
        f->requests[f->request_count++] = request;
    else
        free(request);
    (void)pthread_mutex_unlock(&f->lock);
}

static bool send_all(int client, const char *bytes, size_t size)
{
    while (size > 0) {
        ssize_t sent = send(client, bytes, size, MSG_NOSIGNAL);
        if (sent <= 0) return false;
        bytes += sent;
        size -= (size_t)sent;
    }
    return true;
}

static bool send_flood(int client, uint64_t bytes)
{
    char block[64 * 1024];
    memset(block, 'x', sizeof block);
    while (bytes > 0) {
        size_t size = bytes < sizeof block ? (size_t)bytes : sizeof block;
        if (!send_all(client, block, size)) return false;
        bytes -= size;
    }
    return true;
}

static void play(const fake_endpoint *f, int client, const fake_answer *answer)
{
    size_t piece = answer->piece_bytes ? answer->piece_bytes : answer->size;
    if (answer->delay_ms > 0 && !wait_readable(f, -1, (int)answer->delay_ms)) return;
    for (size_t at = 0; at < answer->size; at += piece) {
        size_t size = answer->size - at < piece ? answer->size - at : piece;
        if (!send_all(client, answer->bytes + at, size)) return;
        if (answer->piece_delay_ms > 0 && !wait_readable(f, -1, (int)answer->piece_delay_ms))
            return;
    }
    if (!send_flood(client, answer->flood_bytes)) return;
    if (answer->hangs) (void)wait_readable(f, client, -1);
}

static void serve(fake_endpoint *f, int client, const fake_answer *answer)
{
    int one = 1;
    (void)setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    char *request = answer->unasked ? NULL : read_request(f, client);
    if (request) record(f, request);
    if (request || answer->unasked) play(f, client, answer);
    if (answer->resets) {
        struct linger at_once = {.l_onoff = 1};
        (void)setsockopt(client, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    }
    (void)close(client);
}

static void *run(void *context)
{
    fake_endpoint *f = context;
    uint32_t next = 0;
    while (wait_readable(f, f->listener, -1)) {
        int client = accept4(f->listener, NULL, NULL, SOCK_CLOEXEC);
        if (client < 0) continue;
        serve(f, client, &f->answers[next]);
        if (next + 1 < f->answer_count) next++;
    }
    return NULL;
}

void fake_endpoint_start(fake_endpoint *f)
{
    assert_true(f->answer_count > 0);
    assert_int_equal(pthread_create(&f->thread, NULL, run, f), 0);
    f->is_running = true;
}

uint32_t fake_endpoint_request_count(fake_endpoint *f)
{
    (void)pthread_mutex_lock(&f->lock);
    uint32_t count = f->request_count;
    (void)pthread_mutex_unlock(&f->lock);
    return count;
}

const char *fake_endpoint_request(fake_endpoint *f, uint32_t i)
{
    (void)pthread_mutex_lock(&f->lock);
    const char *request = i < f->request_count ? f->requests[i] : "";
    (void)pthread_mutex_unlock(&f->lock);
    return request;
}
