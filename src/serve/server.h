/* server.h - kith serve: HTTP for a data directory.
 * Puts together what serves every request (serve/) and the dialects that the program hands in. */
#ifndef KITH_SERVE_SERVER_H
#define KITH_SERVE_SERVER_H

#include "serve/call.h"
#include "serve/log.h"
#include "serve/recent_notices.h"

typedef struct serve_options {
    kith *k;                      /* borrowed */
    kith_embedder *embedder;      /* borrowed; may be NULL */
    kith_cross_encoder *reranker; /* borrowed; may be NULL */
    const kith_llm *llm;          /* borrowed; may be NULL */
    const char *directory;        /* in which its own socket is made: see socket_path.h */
    const char *host;             /* NULL: only Unix sockets */
    uint16_t port;                /* 0: one that the system chooses */
    const char *unix_path; /* another socket than its own, as for a proxy: its requests need a
                              * key as those of `host` do; NULL: none */
    const char *certificate_file, *key_file; /* TLS on host and port; NULL: none */
    /* "NAME" or "NAME:PORT" that clients may call it by, besides loopback names and `host`; NULL
     * ends; NULL: none */
    const char *const *allowed_hosts;
    const char *const *cors_origins; /* "https://app.example", or "*"; NULL ends; NULL: none */
    bool strict_chroma, allow_reset;
    uint32_t rate_per_second;       /* requests of one key, or of all without a key; 0: no limit */
    uint32_t concurrent;            /* the same, at a time; 0: no limit */
    uint32_t keep_alive_ms;         /* a stream of events that is silent so long gets a comment;
                                     * within half a second; 0: 15,000 */
    serve_limits limits;            /* members that are zero: the defaults */
    uint64_t truncation;            /* a kith_truncation, of requests that name none */
    const dialect *const *dialects; /* NULL ends */
    const char *temporary;          /* a directory for files of one call, an upload's; NULL: /tmp */
    log_stream *log;
    recent_notices
        *notices; /* of the library, for administrators who ask for its health; may be NULL */
} serve_options;

typedef struct serve_state serve_state;

/* Listens and serves until serve_stop. `options` and what it points to outlive the server.
 * Errors: those of http_server_start and of router_new; EXISTS also: another kith serve has this
 * directory; INVALID also: a public address while there is no key (the message says what to do), a
 * certificate without a key; IO, NOT_FOUND, LIMIT: a certificate or key file cannot be read;
 * and those of kith_keys_list. */
KITH_CHECKED kith_status serve_start(const serve_options *options, serve_state **out,
                                     kith_error *err);
/* 0 without a host. */
uint16_t serve_port(const serve_state *s);
/* Waits until somebody asked the server to stop, at most `ms`; true: somebody did. */
bool serve_wait(serve_state *s, uint32_t ms);
/* Accepts nothing new, lets what is under way finish for at most `drain_ms`, frees. Accepts NULL.
 * True: nothing was cut off. */
bool serve_stop(serve_state *s, uint32_t drain_ms);

#endif
