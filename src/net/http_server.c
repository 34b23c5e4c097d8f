/* http_server.c - starting and stopping, accepting, and the sweep.
 *
 * libmicrohttpd does not listen, and has no threads: whichever thread leads (net/http_crew.h) waits
 * in one epoll for the listeners, for libmicrohttpd's own epoll, and for being woken; accepts
 * connections and hands them over, lets libmicrohttpd read, call and send, and every SWEEP_MS cuts
 * the connections whose deadline has passed. While there is no connection it waits without end.
 *
 * The Unix socket needs no TLS; when the port has it, the socket has a daemon of its own. */
#include "net/http_server.h"

#include "net/http_events.h"
#include "net/http_listen.h"
#include "os/clock.h"
#include "os/thread_pool.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    SWEEP_MS = 100,
    ACCEPT_ROUNDS = 64, /* then the connections have their turn */
    /* Rounds of libmicrohttpd before jobs have their turn: one to take a reply, one to send it. */
    RUN_ROUNDS = 4,
    /* So often in a row the sockets are not asked, because there was something to do anyway. */
    UNASKED_MAX = 8,
    /* What libmicrohttpd needs of a connection's memory beside the head: a record for each header
     * and each parameter of the query, and the head of the reply. It clears all of it for each
     * request, so that more would cost. */
    EXTRA_CONNECTION_BYTES = 16 << 10,
    LOG_BYTES = 256
};

/* What an event of the epoll is about. */
enum { TAG_PORT, TAG_UNIX, LISTENERS, TAG_DAEMON = LISTENERS, TAG_WAKE, TAG_LINGER };

struct http_server {
    http_service service;
    http_listener listeners[LISTENERS];    /* fd -1: none */
    struct MHD_Daemon *daemons[LISTENERS]; /* the one for each listener, or twice the same */
    int epoll;
    /* The lead's. */
    int64_t next_sweep_ns;
    uint32_t unasked;
    bool is_paused; /* the system has no more file descriptors: nothing is accepted until a sweep */
    bool is_starting;
    bool has_tls;        /* on the port */
    char log[LOG_BYTES]; /* the first line of libmicrohttpd while it starts */
};

/* ---- leading ---- */

static bool watch_fd(http_server *s, int operation, int fd, uint32_t events, uint64_t tag)
{
    struct epoll_event wanted = {.events = events, .data.u64 = tag};
    return epoll_ctl(s->epoll, operation, fd, &wanted) == 0;
}

static void pause_accepting(http_server *s, bool is_paused)
{
    s->is_paused = is_paused;
    for (uint32_t i = 0; i < LISTENERS; i++)
        if (s->listeners[i].fd >= 0)
            (void)watch_fd(s, EPOLL_CTL_MOD, s->listeners[i].fd, is_paused ? 0 : EPOLLIN, i);
}

/* A client that comes when all connections are taken is told so before it has asked anything. Its
 * path, and so the form of its dialect's failures, is not known: the body is a text. A handshake
 * would take what the limit is there to save: with TLS it only sees the connection closed. */
static void refuse_connection(http_server *s, uint32_t listener, int fd)
{
    char body[128], reply[512];
    int size = snprintf(body, sizeof body, "all %u connections are in use: try again later\n",
                        s->service.options.max_connections);
    int bytes = snprintf(reply, sizeof reply,
                         "HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/plain\r\n"
                         "Content-Length: %d\r\nRetry-After: 1\r\nConnection: close\r\n\r\n%s",
                         size, body);
    CHECK(size < (int)sizeof body && bytes < (int)sizeof reply);
    bool is_secret = s->has_tls && listener == TAG_PORT;
    // A new socket has room for it; a client that is gone already needs none.
    if (!is_secret && send(fd, reply, (size_t)bytes, MSG_DONTWAIT | MSG_NOSIGNAL) == bytes)
        http_linger_add(&s->service.linger, fd);
    (void)close(fd);
}

/* False: there is none, or the system cannot give it now. */
static bool accept_one(http_server *s, uint32_t listener)
{
    union {
        struct sockaddr any;
        struct sockaddr_storage storage;
    } peer = {0};
    socklen_t size = sizeof peer;
    http_service *service = &s->service;
    int fd = accept4(s->listeners[listener].fd, &peer.any, &size, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0) {
        if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)
            pause_accepting(s, true);
        return errno == ECONNABORTED || errno == EINTR;
    }
    if (http_connections_count(&service->connections) >= service->options.max_connections)
        refuse_connection(s, listener, fd);
    else // on failure it has closed the socket
        (void)service->mhd.add_connection(s->daemons[listener], fd, &peer.any, size);
    return true;
}

/* Waits at most `timeout_ms` for something to do, and accepts. */
static void wait_and_accept(http_server *s, int timeout_ms)
{
    struct epoll_event ready[8];
    int count = epoll_wait(s->epoll, ready, sizeof ready / sizeof ready[0], timeout_ms);
    for (int i = 0; i < count; i++) {
        uint64_t tag = ready[i].data.u64;
        eventfd_t woken;
        if (tag == TAG_WAKE)
            (void)eventfd_read(s->service.wake, &woken);
        else if (tag == TAG_LINGER)
            http_linger_sweep(&s->service.linger, clock_monotonic_ns());
        else if (tag < LISTENERS)
            for (int round = 0; round < ACCEPT_ROUNDS && accept_one(s, (uint32_t)tag); round++)
                ;
    }
}

static bool has_second_daemon(const http_server *s)
{
    return s->daemons[1] && s->daemons[1] != s->daemons[0];
}

/* Has libmicrohttpd something to do without any socket being ready? */
static bool has_pending(const http_server *s)
{
    MHD_UNSIGNED_LONG_LONG wait_ms;
    for (uint32_t i = 0; i < LISTENERS; i++)
        if (s->daemons[i] && s->service.mhd.get_timeout(s->daemons[i], &wait_ms) == MHD_YES &&
            wait_ms == 0)
            return true;
    return false;
}

static void run_daemons(http_server *s)
{
    for (uint32_t round = 0; round < RUN_ROUNDS && (round == 0 || has_pending(s)); round++) {
        if (s->daemons[0]) (void)s->service.mhd.run(s->daemons[0]);
        if (has_second_daemon(s)) (void)s->service.mhd.run(s->daemons[1]);
    }
}

static void sweep(http_server *s)
{
    int64_t now_ns = clock_monotonic_ns();
    if (now_ns < s->next_sweep_ns) return;
    s->next_sweep_ns = now_ns + (int64_t)SWEEP_MS * 1000000;
    http_connections_sweep(&s->service.connections, now_ns);
    http_linger_sweep(&s->service.linger, now_ns);
    if (s->is_paused) pause_accepting(s, false);
}

static void lead(void *context, int wait_ms)
{
    http_server *s = context;
    http_service *service = &s->service;
    atomic_store(&service->is_waiting, true);
    bool has_work = atomic_exchange(&service->has_resumed, false) || has_pending(s);
    if (has_work) atomic_store(&service->is_waiting, false);
    if (!has_work || ++s->unasked > UNASKED_MAX) {
        s->unasked = 0;
        bool must_sweep = http_connections_count(&service->connections) > 0 || s->is_paused ||
                          service->linger.count > 0;
        if (must_sweep && (wait_ms < 0 || wait_ms > SWEEP_MS)) wait_ms = SWEEP_MS;
        wait_and_accept(s, has_work ? 0 : wait_ms);
        atomic_store(&service->is_waiting, false);
    }
    run_daemons(s);
    sweep(s);
}

static void wake(void *context)
{
    http_server *s = context;
    (void)eventfd_write(s->service.wake, 1);
}

/* ---- starting ---- */

static void set_default(uint32_t *option, uint32_t value)
{
    if (*option == 0) *option = value;
}

static void set_defaults(http_server_options *o)
{
    set_default(&o->workers, 16);
    set_default(&o->max_waiting, 1024);
    set_default(&o->max_connections, 1024);
    set_default(&o->max_head_bytes, 32 << 10);
    set_default(&o->head_timeout_ms, 10000);
    set_default(&o->idle_timeout_ms, 60000);
    set_default(&o->body_timeout_ms, 300000);
    if (o->max_bodies_bytes == 0) o->max_bodies_bytes = UINT64_C(512) << 20;
    // Only http_server_start reads these, and they may end with it.
    o->host = o->unix_path = NULL;
    o->bound_port = NULL;
    o->certificate = o->key = (view){0};
}

static kith_status check_options(const http_server_options *o, kith_error *err)
{
    if (!o->host && !o->unix_path)
        return fail(err, KITH_ERR_INVALID, "a server needs a host, a Unix socket, or both");
    if ((o->certificate.size > 0) != (o->key.size > 0))
        return fail(err, KITH_ERR_INVALID, "TLS needs a certificate and its key, one is missing");
    if (o->certificate.size > 0 && !o->host)
        return fail(err, KITH_ERR_INVALID, "TLS is for a host and port, and none is given");
    if (o->workers >= THREADS_MAX)
        return fail(err, KITH_ERR_INVALID, "%u workers, allowed are 1 to %d", o->workers,
                    THREADS_MAX - 1);
    return KITH_OK;
}

static __attribute__((format(printf, 2, 0))) void keep_log(void *context, const char *format,
                                                           va_list arguments)
{
    http_server *s = context;
    if (!s->is_starting || s->log[0]) return;
    (void)vsnprintf(s->log, sizeof s->log, format, arguments);
    s->log[strcspn(s->log, "\n")] = '\0';
}

/* Starts the daemon of one listener; certificate NULL: without TLS. */
static kith_status start_daemon(http_server *s, uint32_t listener, const char *certificate,
                                const char *key, kith_error *err)
{
    http_service *service = &s->service;
    const http_server_options *o = &service->options;
    unsigned flags =
        MHD_USE_EPOLL | MHD_USE_NO_LISTEN_SOCKET | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG;
    struct MHD_OptionItem tls[] = {
        {MHD_OPTION_HTTPS_MEM_CERT, 0, (void *)(uintptr_t)certificate},
        {MHD_OPTION_HTTPS_MEM_KEY, 0, (void *)(uintptr_t)key},
        {MHD_OPTION_HTTPS_PRIORITIES, 0,
         (void *)(uintptr_t) "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2"},
        {MHD_OPTION_END, 0, NULL}};
    struct MHD_OptionItem none[] = {{MHD_OPTION_END, 0, NULL}};
    s->log[0] = '\0';
    struct MHD_Daemon *daemon = service->mhd.start_daemon(
        flags | (certificate ? MHD_USE_TLS : 0U), 0, NULL, NULL, http_on_access, service,
        MHD_OPTION_EXTERNAL_LOGGER, keep_log, s, // first, so that it hears of the others
        MHD_OPTION_ARRAY, certificate ? tls : none, MHD_OPTION_NOTIFY_COMPLETED, http_on_completed,
        service, MHD_OPTION_NOTIFY_CONNECTION, http_on_connection, service,
        MHD_OPTION_URI_LOG_CALLBACK, http_on_target, service, MHD_OPTION_UNESCAPE_CALLBACK,
        http_keep_escaped, service, MHD_OPTION_CONNECTION_LIMIT, (unsigned)o->max_connections,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)o->max_head_bytes + EXTRA_CONNECTION_BYTES,
        MHD_OPTION_END);
    if (!daemon && certificate)
        return fail(err, KITH_ERR_INVALID, "the certificate and its key cannot be used: %s",
                    s->log[0] ? s->log : "no reason is known");
    if (!daemon) return fail(err, KITH_ERR_IO, "cannot start the HTTP server: %s", s->log);
    s->daemons[listener] = daemon;
    const union MHD_DaemonInfo *info =
        service->mhd.get_daemon_info(daemon, MHD_DAEMON_INFO_EPOLL_FD);
    if (!info || !watch_fd(s, EPOLL_CTL_ADD, info->epoll_fd, EPOLLIN, TAG_DAEMON))
        return fail(err, KITH_ERR_IO, "cannot watch the HTTP server: %s", strerror(errno));
    return KITH_OK;
}

static kith_status start_daemons(http_server *s, const http_server_options *o, kith_error *err)
{
    bool has_tls = s->has_tls = o->certificate.size > 0;
    char *certificate = has_tls ? strndup(o->certificate.data, o->certificate.size) : NULL;
    char *key = has_tls ? strndup(o->key.data, o->key.size) : NULL;
    kith_status status = KITH_OK;
    if (has_tls && (!certificate || !key))
        status = fail(err, KITH_ERR_NO_MEMORY, "out of memory for a certificate");
    if (status == KITH_OK) status = start_daemon(s, TAG_PORT, certificate, key, err);
    if (status == KITH_OK && has_tls && o->unix_path)
        status = start_daemon(s, TAG_UNIX, NULL, NULL, err);
    else
        s->daemons[TAG_UNIX] = s->daemons[TAG_PORT];
    if (key) explicit_bzero(key, strlen(key));
    free(certificate);
    free(key);
    return status;
}

static kith_status listen_on(http_server *s, const http_server_options *o, kith_error *err)
{
    kith_status status = KITH_OK;
    if (o->host) status = http_listen_tcp(o->host, o->port, &s->listeners[TAG_PORT], err);
    if (status == KITH_OK && o->unix_path)
        status = http_listen_unix(o->unix_path, &s->listeners[TAG_UNIX], err);
    for (uint32_t i = 0; i < LISTENERS && status == KITH_OK; i++)
        if (s->listeners[i].fd >= 0 && !watch_fd(s, EPOLL_CTL_ADD, s->listeners[i].fd, EPOLLIN, i))
            status = fail(err, KITH_ERR_IO, "cannot watch a listener: %s", strerror(errno));
    return status;
}

static http_server *server_new(const http_server_options *options)
{
    http_server *s = calloc(1, sizeof *s);
    if (!s) return NULL;
    s->is_starting = true;
    s->service.options = *options;
    set_defaults(&s->service.options);
    for (uint32_t i = 0; i < LISTENERS; i++)
        s->listeners[i].fd = -1;
    s->epoll = epoll_create1(EPOLL_CLOEXEC);
    s->service.wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    http_connections_init(&s->service.connections);
    http_linger_init(&s->service.linger, s->epoll, TAG_LINGER);
    return s;
}

kith_status http_server_start(const http_server_options *options, http_server **out,
                              kith_error *err)
{
    kith_status status = check_options(options, err);
    if (status != KITH_OK) return status;
    http_server *s = server_new(options);
    if (!s) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a server");
    if (s->epoll < 0 || s->service.wake < 0 ||
        !watch_fd(s, EPOLL_CTL_ADD, s->service.wake, EPOLLIN, TAG_WAKE)) {
        status = fail(err, KITH_ERR_IO, "cannot start a server: %s", strerror(errno));
        goto done;
    }
    status = mhd_library_open(MHD_LIBRARY_NAME, &s->service.mhd, err);
    if (status != KITH_OK) goto done;
    status = start_daemons(s, options, err);
    if (status != KITH_OK) goto done;
    status = listen_on(s, options, err);
    if (status != KITH_OK) goto done;
    if (options->bound_port) *options->bound_port = http_server_port(s);
    s->is_starting = false;
    status = http_crew_start(s->service.options.workers, s->service.options.max_waiting,
                             (http_crew_work){lead, wake, http_work, s}, &s->service.crew, err);
    if (status != KITH_OK) goto done;
    *out = s;
    s = NULL;
done:
    (void)http_server_stop(s, 0);
    return status;
}

uint16_t http_server_port(const http_server *s)
{
    return s->listeners[TAG_PORT].port;
}

uint32_t http_server_connections(http_server *s)
{
    return http_connections_count(&s->service.connections);
}

/* ---- stopping: the caller leads ---- */

/* Leads until no exchange is under way. False: not before `deadline_ns`, which 0 is not. */
static bool finish_exchanges(http_server *s, int64_t deadline_ns)
{
    while (atomic_load(&s->service.under_way) > 0) {
        if (deadline_ns != 0 && clock_monotonic_ns() >= deadline_ns) return false;
        lead(s, SWEEP_MS);
    }
    return true;
}

static void cut(http_service *service)
{
    atomic_store(&service->is_cutting, true);
    for (http_job *job = http_crew_take_waiting(service->crew), *next; job; job = next) {
        next = job->next;
        http_turn_away(job);
    }
    http_connections_cut_all(&service->connections);
}

bool http_server_stop(http_server *s, uint32_t drain_ms)
{
    if (!s) return true;
    http_service *service = &s->service;
    int64_t deadline_ns = http_deadline(drain_ms);
    if (service->crew) http_crew_take_lead(service->crew);
    for (uint32_t i = 0; i < LISTENERS; i++)
        http_listener_close(&s->listeners[i]);
    atomic_store(&service->is_draining, true);
    http_connections_close_idle(&service->connections);
    bool is_complete = finish_exchanges(s, deadline_ns);
    if (!is_complete) {
        cut(service);
        (void)finish_exchanges(s, 0); // handlers come to their ends
    }
    http_crew_stop(service->crew);
    // Nobody has an exchange, so no connection is suspended.
    if (has_second_daemon(s)) service->mhd.stop_daemon(s->daemons[TAG_UNIX]);
    if (s->daemons[TAG_PORT]) service->mhd.stop_daemon(s->daemons[TAG_PORT]);
    http_connections_done(&service->connections);
    http_linger_done(&service->linger);
    if (service->wake >= 0) (void)close(service->wake);
    if (s->epoll >= 0) (void)close(s->epoll);
    free(s);
    return is_complete;
}
