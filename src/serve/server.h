/* server.h - kith serve: HTTP for a data directory.
 * Puts together what serves every request (serve/) and the dialects that the program hands in. */
#ifndef KITH_SERVE_SERVER_H
#define KITH_SERVE_SERVER_H

#include "serve/call.h"

typedef struct serve_options {
    kith *k;                 /* borrowed */
    kith_embedder *embedder; /* borrowed; may be NULL */
    const kith_llm *llm;     /* borrowed; may be NULL */
    const char *directory;   /* for the socket and messages */
    const char *host;        /* "127.0.0.1" */
    uint16_t port;
    const char *unix_path;                   /* NULL: none */
    const char *certificate_file, *key_file; /* TLS; NULL: none */
    const char *const *allowed_hosts;        /* besides loopback names and `host`; NULL ends */
    const char *const *cors_origins;         /* NULL ends; NULL: no CORS */
    bool allow_public; /* set by the caller that knows of keys: a public address is then allowed */
    bool strict_chroma, allow_reset, log_json;
    uint32_t rate_per_second, concurrent;            /* of one key; 0: no limit */
    serve_limits limits;                             /* zero members: the defaults */
    const dialect *const *dialects;                  /* NULL ends */
    void (*on_log)(void *context, const char *line); /* one line each, text or JSON */
    void *context;
} serve_options;

typedef struct serve_state serve_state;

/* Listens and serves until serve_stop.
 * Errors: those of http_server_start; INVALID: a public address without a key (names it);
 * IO: a certificate cannot be read. */
KITH_CHECKED kith_status serve_start(const serve_options *options, serve_state **out,
                                     kith_error *err);
uint16_t serve_port(const serve_state *s);
/* True once somebody asked it to stop by its admin route. */
bool serve_stop_requested(const serve_state *s);
void serve_stop(serve_state *s, uint32_t drain_ms);

#endif
