/* llm_hint.c - see llm_hint.h. Whatever else listens on such a port is told from the two by what it
 * answers to a request for "/": Ollama in the text, llama.cpp as the server's name. */
#include "cli/llm_hint.h"

#include "os/clock.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { ANSWER_BYTES = 2048 };

typedef struct local_server {
    uint16_t port;
    const char *name, *mark; /* of its answer */
} local_server;

static const local_server servers[] = {
    {11434, "Ollama", "Ollama is running"},
    {8080, "llama.cpp", "Server: llama.cpp"},
};

/* Waits until the socket is ready or the time is over. */
static bool wait_for(int fd, short events, int64_t end_ns)
{
    struct pollfd wanted = {.fd = fd, .events = events};
    int64_t left = (end_ns - clock_monotonic_ns()) / 1000000;
    return left > 0 && poll(&wanted, 1, (int)left) == 1 && (wanted.revents & events) != 0;
}

static bool connect_to(int fd, uint16_t port, int64_t end_ns)
{
    struct sockaddr_in loopback = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr = {htonl(INADDR_LOOPBACK)}};
    int problem = 0;
    socklen_t size = sizeof problem;
    if (connect(fd, (const struct sockaddr *)&loopback, sizeof loopback) == 0) return true;
    return errno == EINPROGRESS && wait_for(fd, POLLOUT, end_ns) &&
           getsockopt(fd, SOL_SOCKET, SO_ERROR, &problem, &size) == 0 && problem == 0;
}

/* What answers on the port, up to ANSWER_BYTES - 1, NUL-terminated; "" when nothing does. */
static void read_answer(uint16_t port, char out[ANSWER_BYTES])
{
    static const char request[] = "GET / HTTP/1.0\r\nHost: localhost\r\n\r\n";
    int64_t end_ns = clock_monotonic_ns() + (int64_t)LLM_HINT_MS * 1000000;
    size_t size = 0;
    ssize_t got = 1;
    out[0] = '\0';
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) return;
    bool is_sent = connect_to(fd, port, end_ns) &&
                   send(fd, request, sizeof request - 1, MSG_NOSIGNAL) == sizeof request - 1;
    while (is_sent && got > 0 && size + 1 < ANSWER_BYTES && wait_for(fd, POLLIN, end_ns)) {
        got = recv(fd, out + size, ANSWER_BYTES - 1 - size, 0);
        if (got > 0) size += (size_t)got;
    }
    out[size] = '\0';
    (void)close(fd); // what came was read; nothing can be lost
}

void llm_hint(invocation *run)
{
    console *c = run->console;
    char answer[ANSWER_BYTES];
    if (!c->out_terminal.is_tty || c->json || run->settings->no_llm) return;
    for (size_t i = 0; i < sizeof servers / sizeof *servers; i++) {
        read_answer(servers[i].port, answer);
        if (!strstr(answer, servers[i].mark)) continue;
        console_notice(c,
                       "%s runs on this machine and could write the answer: "
                       "OPENAI_BASE_URL=http://localhost:%u/v1 kith ask --llm MODEL ... "
                       "(--no-llm: do not look for it)",
                       servers[i].name, (unsigned)servers[i].port);
        return;
    }
}
