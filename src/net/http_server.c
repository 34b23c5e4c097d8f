/* http_server.c - starting and stopping, accepting, and the sweep.
 *
 * One daemon of libmicrohttpd is one event thread with an epoll of its own. None of them listens: the
 * accepting thread of this file takes connections from all listeners and deals them out, because
 * libmicrohttpd has one listening socket for a daemon, and because here the number of connections is
 * that of the whole server. The same thread sweeps: every SWEEP_MS it cuts the connections whose
 * deadline has passed. While there is no connection it waits for one without waking up.
 *
 * The Unix socket needs no TLS; when the port has it, the socket has a daemon of its own. */
#include "net/http_server.h"

#include "net/http_events.h"
#include "net/http_listen.h"
#include "os/clock.h"
#include "os/thread_pool.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    SWEEP_MS = 100,
    ACCEPT_PAUSE_MS = 50, /* when the system has no more file descriptors or memory */
    MAX_EVENT_THREADS = 16,
    /* What libmicrohttpd needs of a connection's memory beside the head: a record for each header
     * and each parameter of the query, and the head of the reply. */
    EXTRA_CONNECTION_BYTES = 32 << 10,
    LOG_BYTES = 256
};

struct http_server {
    http_service service;
    http_linger linger;
    http_listener listeners[2]; /* the port, the Unix socket; fd -1: none */
    struct MHD_Daemon *daemons[MAX_EVENT_THREADS + 1];
    uint32_t daemon_count;
    uint32_t unix_daemon, next_daemon; /* the accepting thread's */
    uint32_t host_daemons;
    pthread_t accepting;
    bool is_accepting, is_starting;
    int wake; /* eventfd */
    atomic_bool is_stopping;
    char log[LOG_BYTES]; /* the last line of libmicrohttpd while it starts */
};

/* ---- accepting ---- */

/* False: there is none, or the system cannot give it now. */
static bool accept_one(http_server *s, const http_listener *l)
{
    union {
        struct sockaddr any;
        struct sockaddr_storage storage;
    } peer = {0};
    socklen_t size = sizeof peer;
    int fd = accept4(l->fd, &peer.any, &size, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0) {
        if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)
            clock_sleep_ms(ACCEPT_PAUSE_MS);
        return errno == ECONNABORTED || errno == EINTR;
    }
    if (http_connections_count(&s->service.connections) >= s->service.options.max_connections) {
        (void)close(fd);
        return true;
    }
    uint32_t to = l->is_unix ? s->unix_daemon : s->next_daemon++ % s->host_daemons;
    // On failure it has closed the socket.
    (void)s->service.mhd.add_connection(s->daemons[to], fd, &peer.any, size);
    return true;
}

static void accept_all(http_server *s, const http_listener *l)
{
    for (uint32_t round = 0; round < 64 && accept_one(s, l); round++)
        ;
}

static void *accept_and_sweep(void *context)
{
    http_server *s = context;
    enum { WAKE, PORT, UNIX, FIXED };
    struct pollfd ready[FIXED + LINGER_MAX] = {
        [WAKE] = {.fd = s->wake, .events = POLLIN},
        [PORT] = {.fd = s->listeners[0].fd, .events = POLLIN},
        [UNIX] = {.fd = s->listeners[1].fd, .events = POLLIN},
    };
    int64_t next_sweep_ns = 0;
    while (!atomic_load(&s->is_stopping)) {
        uint32_t lingering = http_linger_fill(&s->linger, ready + FIXED);
        bool is_idle = lingering == 0 && http_connections_count(&s->service.connections) == 0;
        // Right after an accept the event thread may not have entered the connection yet.
        bool was_accepting = (ready[PORT].revents | ready[UNIX].revents) != 0;
        if (poll(ready, FIXED + lingering, is_idle && !was_accepting ? -1 : SWEEP_MS) < 0) continue;
        for (int i = PORT; i <= UNIX; i++)
            if (ready[i].revents) accept_all(s, &s->listeners[i - PORT]);
        int64_t now_ns = clock_monotonic_ns();
        if (lingering > 0) http_linger_sweep(&s->linger, now_ns);
        if (now_ns < next_sweep_ns) continue;
        http_connections_sweep(&s->service.connections, now_ns);
        next_sweep_ns = now_ns + (int64_t)SWEEP_MS * 1000000;
    }
    return NULL;
}

/* ---- starting ---- */

static void set_default(uint32_t *option, uint32_t value)
{
    if (*option == 0) *option = value;
}

static void set_defaults(http_server_options *o)
{
    set_default(&o->event_threads, 1);
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
    if (o->event_threads > MAX_EVENT_THREADS)
        return fail(err, KITH_ERR_INVALID, "%u event threads, allowed are 1 to %d",
                    o->event_threads, MAX_EVENT_THREADS);
    if (o->workers > THREADS_MAX)
        return fail(err, KITH_ERR_INVALID, "%u workers, allowed are 1 to %d", o->workers,
                    THREADS_MAX);
    return KITH_OK;
}

static __attribute__((format(printf, 2, 0))) void keep_log(void *context, const char *format,
                                                           va_list arguments)
{
    http_server *s = context;
    if (!s->is_starting) return;
    (void)vsnprintf(s->log, sizeof s->log, format, arguments);
    s->log[strcspn(s->log, "\n")] = '\0';
}

/* certificate NULL: without TLS. */
static kith_status start_daemon(http_server *s, const char *certificate, const char *key,
                                kith_error *err)
{
    http_service *service = &s->service;
    const http_server_options *o = &service->options;
    unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_NO_LISTEN_SOCKET | MHD_USE_ITC |
                     MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG;
    struct MHD_OptionItem tls[] = {
        {MHD_OPTION_HTTPS_MEM_CERT, 0, (void *)(uintptr_t)certificate},
        {MHD_OPTION_HTTPS_MEM_KEY, 0, (void *)(uintptr_t)key},
        {MHD_OPTION_HTTPS_PRIORITIES, 0, "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2"},
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
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, 2 * (size_t)o->max_head_bytes + EXTRA_CONNECTION_BYTES,
        MHD_OPTION_END);
    if (!daemon && certificate)
        return fail(err, KITH_ERR_INVALID, "the certificate and its key cannot be used: %s",
                    s->log[0] ? s->log : "no reason is known");
    if (!daemon) return fail(err, KITH_ERR_IO, "cannot start the HTTP server: %s", s->log);
    s->daemons[s->daemon_count++] = daemon;
    return KITH_OK;
}

static kith_status start_daemons(http_server *s, const http_server_options *o, kith_error *err)
{
    bool has_tls = o->certificate.size > 0;
    char *certificate = has_tls ? strndup(o->certificate.data, o->certificate.size) : NULL;
    char *key = has_tls ? strndup(o->key.data, o->key.size) : NULL;
    kith_status status = KITH_OK;
    if (has_tls && (!certificate || !key))
        status = fail(err, KITH_ERR_NO_MEMORY, "out of memory for a certificate");
    while (status == KITH_OK && s->daemon_count < s->service.options.event_threads)
        status = start_daemon(s, certificate, key, err);
    s->host_daemons = s->daemon_count;
    if (status == KITH_OK && has_tls && o->unix_path) {
        s->unix_daemon = s->daemon_count;
        status = start_daemon(s, NULL, NULL, err);
    }
    if (key) explicit_bzero(key, strlen(key));
    free(certificate);
    free(key);
    return status;
}

static kith_status listen_on(http_server *s, const http_server_options *o, kith_error *err)
{
    kith_status status = KITH_OK;
    if (o->host) status = http_listen_tcp(o->host, o->port, &s->listeners[0], err);
    if (status == KITH_OK && o->unix_path)
        status = http_listen_unix(o->unix_path, &s->listeners[1], err);
    return status;
}

static http_server *server_new(const http_server_options *options)
{
    http_server *s = calloc(1, sizeof *s);
    if (!s) return NULL;
    s->is_starting = true;
    s->service.options = *options;
    set_defaults(&s->service.options);
    s->service.linger = &s->linger;
    http_connections_init(&s->service.connections);
    http_linger_init(&s->linger);
    (void)pthread_mutex_init(&s->service.lock, NULL);
    (void)pthread_cond_init(&s->service.ended, NULL);
    s->listeners[0].fd = s->listeners[1].fd = s->wake = -1;
    return s;
}

kith_status http_server_start(const http_server_options *options, http_server **out,
                              kith_error *err)
{
    kith_status status = check_options(options, err);
    if (status != KITH_OK) return status;
    http_server *s = server_new(options);
    if (!s) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a server");
    status = mhd_library_open(MHD_LIBRARY_NAME, &s->service.mhd, err);
    if (status != KITH_OK) goto done;
    status = listen_on(s, options, err);
    if (status != KITH_OK) goto done;
    status = http_workers_start(s->service.options.workers, s->service.options.max_waiting,
                                http_work, &s->service, &s->service.workers, err);
    if (status != KITH_OK) goto done;
    status = start_daemons(s, options, err);
    if (status != KITH_OK) goto done;
    s->is_starting = false;
    s->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    s->is_accepting = s->wake >= 0 && pthread_create(&s->accepting, NULL, accept_and_sweep, s) == 0;
    if (!s->is_accepting) {
        status = fail(err, KITH_ERR_IO, "the system starts no thread for a server");
        goto done;
    }
    *out = s;
    s = NULL;
done:
    (void)http_server_stop(s, 0);
    return status;
}

uint16_t http_server_port(const http_server *s)
{
    return s->listeners[0].port;
}

/* ---- stopping ---- */

static void stop_accepting(http_server *s)
{
    atomic_store(&s->is_stopping, true);
    if (s->is_accepting) {
        (void)eventfd_write(s->wake, 1);
        (void)pthread_join(s->accepting, NULL);
    }
    for (uint32_t i = 0; i < 2; i++)
        http_listener_close(&s->listeners[i]);
}

/* True: no exchange is under way any longer. */
static bool wait_for_exchanges(http_service *service, uint32_t drain_ms)
{
    const struct timespec until = clock_deadline(drain_ms);
    (void)pthread_mutex_lock(&service->lock);
    int result = 0;
    while (service->under_way > 0 && result != ETIMEDOUT)
        result = pthread_cond_timedwait(&service->ended, &service->lock, &until);
    bool is_done = service->under_way == 0;
    (void)pthread_mutex_unlock(&service->lock);
    return is_done;
}

static void cut(http_service *service)
{
    atomic_store(&service->is_cutting, true);
    for (http_job *job = http_workers_take_waiting(service->workers), *next; job; job = next) {
        next = job->next;
        http_turn_away(job);
    }
    http_connections_cut_all(&service->connections);
}

bool http_server_stop(http_server *s, uint32_t drain_ms)
{
    if (!s) return true;
    http_service *service = &s->service;
    stop_accepting(s);
    atomic_store(&service->is_draining, true);
    http_connections_close_idle(&service->connections);
    bool is_complete = wait_for_exchanges(service, drain_ms);
    if (!is_complete) cut(service);
    http_workers_stop(service->workers);
    // No worker has an exchange, so no connection is suspended, or will be.
    for (uint32_t i = 0; i < s->daemon_count; i++)
        service->mhd.stop_daemon(s->daemons[i]);
    http_connections_done(&service->connections);
    http_linger_done(&s->linger);
    if (s->wake >= 0) (void)close(s->wake);
    (void)pthread_cond_destroy(&service->ended);
    (void)pthread_mutex_destroy(&service->lock);
    free(s);
    return is_complete;
}
