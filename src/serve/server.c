/* server.c - see server.h: starting and stopping what request.c serves. */
#include "serve/server.h"

#include "base/size.h"
#include "os/clock.h"
#include "os/descriptor_limit.h"
#include "os/file.h"
#include "os/random.h"
#include "serve/control.h"
#include "serve/request.h"
#include "serve/socket_path.h"
#include "serve/state.h"

#include <kith/types.h>
#include <stdlib.h>
#include <unistd.h>

enum {
    CERTIFICATE_MAX_BYTES = 1 << 20,
    KEYS_EVERY_MS = 500,
    KEEP_ALIVE_MS = 15000,
    CONNECTIONS_MAX = 1024, /* of each HTTP server */
    OWN_DESCRIPTORS = 512   /* for all else that is open at a time */
};

static void complete_limits(serve_limits *l)
{
    if (!l->body_bytes) l->body_bytes = 41943040;
    if (!l->json_depth || l->json_depth > JSON_MAX_DEPTH) l->json_depth = JSON_MAX_DEPTH;
    if (!l->batch) l->batch = 5461;
    if (!l->dimension) l->dimension = KITH_DIMENSION_MAX;
    if (!l->metadata_bytes) l->metadata_bytes = 65536;
    if (!l->filter_nodes) l->filter_nodes = 1024;
    if (!l->k) l->k = KITH_K_MAX;
    if (!l->time_ms) l->time_ms = 60000;
}

/* The program's dialects, and after them the server's own. */
static kith_status collect_dialects(serve_state *s, kith_error *err)
{
    size_t count = 0;
    while (s->options.dialects[count])
        count++;
    s->dialects = heap_new_array(count + 2, sizeof(const dialect *));
    if (!s->dialects) return fail(err, KITH_ERR_NO_MEMORY, "out of memory");
    for (size_t i = 0; i < count; i++)
        s->dialects[i] = s->options.dialects[i];
    s->dialects[count] = &control_dialect;
    return KITH_OK;
}

/* How many connections each of its HTTP servers may have. Idle ones must not take the descriptors
 * that everybody else's requests need: for the database, uploads, and extractors. */
static uint32_t connections_allowed(const serve_options *o)
{
    const uint32_t servers = o->unix_path ? 2 : 1;
    const uint32_t wanted = servers * CONNECTIONS_MAX + OWN_DESCRIPTORS;
    const uint32_t limit = descriptor_limit_raise(wanted);
    if (limit == 0 || limit >= wanted) return CONNECTIONS_MAX;
    const uint32_t left = limit > 2 * OWN_DESCRIPTORS ? limit - OWN_DESCRIPTORS : limit / 2;
    return left > servers ? left / servers : 1;
}

static http_server_options listening(serve_state *s)
{
    return (http_server_options){
        .max_connections = connections_allowed(&s->options),
        .on_head = request_on_head,
        .on_request = request_on_request,
        .on_end = request_on_end,
        .on_refusal = request_on_refusal,
        .context = s,
    };
}

static kith_status listen_with_tls(serve_state *s, http_server_options *o, kith_error *err)
{
    const char *certificate_file = s->options.certificate_file, *key_file = s->options.key_file;
    buffer certificate, key;
    buffer_init(&certificate, CERTIFICATE_MAX_BYTES);
    buffer_init(&key, CERTIFICATE_MAX_BYTES);
    kith_status status =
        file_read(&file_ops_posix, certificate_file, CERTIFICATE_MAX_BYTES, &certificate, err);
    if (status == KITH_OK)
        status = file_read(&file_ops_posix, key_file, CERTIFICATE_MAX_BYTES, &key, err);
    o->certificate = buffer_view(&certificate);
    o->key = buffer_view(&key);
    if (status == KITH_OK) status = http_server_start(o, &s->server, err);
    if (key.size) explicit_bzero(key.data, key.size);
    buffer_done(&key);
    buffer_done(&certificate);
    return status;
}

static kith_status listen_all(serve_state *s, kith_error *err)
{
    const serve_options *options = &s->options;
    char own[SOCKET_PATH_BYTES];
    kith_status status =
        socket_path(options->directory, SOCKET_OF_SERVER, own, &s->directory_fd, err);
    if (status != KITH_OK) return status;
    http_server_options o = listening(s);
    o.host = options->host;
    o.port = options->port;
    o.bound_port = &s->guard.port;
    o.unix_path = own;
    status = options->certificate_file ? listen_with_tls(s, &o, err)
                                       : http_server_start(&o, &s->server, err);
    if (status != KITH_OK) return status;
    if (!options->unix_path) return KITH_OK;
    http_server_options extra = listening(s);
    extra.on_head = request_on_head_of_proxy;
    extra.unix_path = options->unix_path;
    return http_server_start(&extra, &s->extra, err);
}

/* Whoever reaches an address that is not loopback needs a key. */
static kith_status check_exposure(serve_state *s, kith_error *err)
{
    const char *host = s->options.host;
    if (!host || guard_is_loopback(host) || key_ring_is_closed(s->keys)) return KITH_OK;
    return fail(err, KITH_ERR_INVALID,
                "listening on %s without a key would let everybody in: make one with 'kith key "
                "create --name NAME --scope admin', or listen on 127.0.0.1",
                host);
}

/* A site that no browser ever sends would be listed in vain. */
static kith_status check_origins(const serve_options *o, kith_error *err)
{
    for (const char *const *listed = o->cors_origins; listed && *listed; listed++)
        if (!guard_names_site(view_of(*listed)))
            return fail(err, KITH_ERR_INVALID,
                        "--cors: '%s' is neither '*' nor a site such as https://app.example, with "
                        "nothing behind its name",
                        *listed);
    return KITH_OK;
}

/* ---- the keeper ---- */

/* Sends a comment, which clients pass over, on each stream that was silent for as long. */
static void keep_streams_locked(serve_state *s)
{
    for (serve_request *r = s->streams; r; r = r->next_stream)
        http_stream_keep_alive(r->exchange, VIEW(": keep-alive\n\n"), s->options.keep_alive_ms);
}

/* Looks for keys that were made or removed, until the server ends. Keys that cannot be read are as
 * they were, and the log says so once. */
static void *keep_keys(void *context)
{
    serve_state *s = context;
    bool was_told = false;
    CHECK(pthread_mutex_lock(&s->lock) == 0);
    while (!s->is_ending) {
        struct timespec next = clock_deadline(KEYS_EVERY_MS);
        int waited = pthread_cond_timedwait(&s->changed, &s->lock, &next);
        keep_streams_locked(s);
        if (waited == 0) continue;
        CHECK(pthread_mutex_unlock(&s->lock) == 0);
        kith_error err = {0};
        kith_status status = key_ring_refresh(s->keys, &err);
        if (status != KITH_OK && !was_told) {
            log_begin(s->options.log, LOG_ERROR, "keys_not_read");
            log_text(s->options.log, "status", kith_status_name(status));
            log_text(s->options.log, "reason", err.message);
            log_end(s->options.log);
        }
        was_told = status != KITH_OK;
        CHECK(pthread_mutex_lock(&s->lock) == 0);
    }
    CHECK(pthread_mutex_unlock(&s->lock) == 0);
    return NULL;
}

static kith_status start_keeper(serve_state *s, kith_error *err)
{
    s->has_keeper = pthread_create(&s->keeper, NULL, keep_keys, s) == 0;
    return s->has_keeper ? KITH_OK : fail(err, KITH_ERR_NO_MEMORY, "cannot start a thread");
}

static kith_status prepare(serve_state *s, kith_error *err)
{
    const serve_options *o = &s->options;
    if (!o->certificate_file != !o->key_file)
        return fail(err, KITH_ERR_INVALID, "a certificate and a key for it go together");
    kith_status status = check_origins(o, err);
    if (status == KITH_OK) status = random_bytes(&s->id_high, sizeof s->id_high, err);
    if (status == KITH_OK) status = collect_dialects(s, err);
    if (status == KITH_OK) status = router_new(s->dialects, &s->router, err);
    if (status == KITH_OK) status = serve_metrics_new(s->router, &s->metrics, err);
    if (status == KITH_OK) status = key_ring_new(o->k, &s->keys, err);
    if (status == KITH_OK)
        status = admission_new(o->rate_per_second, o->concurrent, &s->admission, err);
    if (status == KITH_OK) status = check_exposure(s, err);
    if (status != KITH_OK) return status;
    s->health = health_new(&(health_options){o->k, o->embedder, o->directory});
    return s->health ? KITH_OK : fail(err, KITH_ERR_NO_MEMORY, "out of memory");
}

static void state_free(serve_state *s)
{
    health_free(s->health);
    admission_free(s->admission);
    key_ring_free(s->keys);
    serve_metrics_free(s->metrics);
    router_free(s->router);
    free(s->dialects);
    if (s->directory_fd >= 0) (void)close(s->directory_fd);
    parse_room_done(&s->parsing);
    CHECK(pthread_cond_destroy(&s->changed) == 0);
    CHECK(pthread_mutex_destroy(&s->lock) == 0);
    free(s);
}

kith_status serve_start(const serve_options *options, serve_state **out, kith_error *err)
{
    serve_state *s = calloc(1, sizeof *s);
    if (!s) return fail(err, KITH_ERR_NO_MEMORY, "out of memory");
    s->options = *options;
    s->directory_fd = -1;
    s->guard = (guard){
        .host = options->host, .allowed = options->allowed_hosts, .origins = options->cors_origins};
    CHECK(pthread_mutex_init(&s->lock, NULL) == 0);
    clock_condition_init(&s->changed);
    complete_limits(&s->options.limits);
    const uint64_t largest = s->options.limits.body_bytes * PARSING_FACTOR;
    parse_room_init(&s->parsing, largest > PARSE_ROOM_BYTES ? largest : PARSE_ROOM_BYTES);
    if (!s->options.keep_alive_ms) s->options.keep_alive_ms = KEEP_ALIVE_MS;
    kith_status status = prepare(s, err);
    if (status == KITH_OK) status = start_keeper(s, err);
    if (status == KITH_OK) status = listen_all(s, err);
    if (status != KITH_OK) {
        (void)serve_stop(s, 0);
        return status;
    }
    *out = s;
    return KITH_OK;
}

uint16_t serve_port(const serve_state *s)
{
    return http_server_port(s->server);
}

bool serve_wait(serve_state *s, uint32_t ms)
{
    struct timespec end = clock_deadline(ms);
    CHECK(pthread_mutex_lock(&s->lock) == 0);
    int waited = 0;
    while (!s->stop_requested && waited == 0)
        waited = pthread_cond_timedwait(&s->changed, &s->lock, &end);
    bool requested = s->stop_requested;
    CHECK(pthread_mutex_unlock(&s->lock) == 0);
    return requested;
}

static void end_keeper(serve_state *s)
{
    CHECK(pthread_mutex_lock(&s->lock) == 0);
    s->is_ending = true;
    CHECK(pthread_cond_broadcast(&s->changed) == 0);
    CHECK(pthread_mutex_unlock(&s->lock) == 0);
    if (s->has_keeper) CHECK(pthread_join(s->keeper, NULL) == 0);
}

bool serve_stop(serve_state *s, uint32_t drain_ms)
{
    if (!s) return true;
    CHECK(pthread_mutex_lock(&s->lock) == 0);
    s->stop_requested = true;
    CHECK(pthread_mutex_unlock(&s->lock) == 0);
    // One after the other: what `extra` does meanwhile is drained by itself.
    bool in_order = !s->server || http_server_stop(s->server, drain_ms);
    if (s->extra && !http_server_stop(s->extra, drain_ms)) in_order = false;
    end_keeper(s);
    state_free(s);
    return in_order;
}
