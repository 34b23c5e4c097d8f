/* http_guard.h - which heads of requests are refused before anybody acts on them.
 *
 * When two parties on the way of a request (a proxy and this server) do not agree where it ends,
 * what one of them takes for its body is the next request for the other, with rights that nobody
 * checked (request smuggling). So whatever a strict reader of RFC 9112 would not accept is refused
 * here and the connection ends: libmicrohttpd 0.9.75 by itself takes the first of several
 * Content-Lengths, prefers Transfer-Encoding to Content-Length, waits for ever for the end of a
 * body with an unknown Transfer-Encoding, and passes white space within names.
 *
 * Three things are not seen here, because libmicrohttpd 0.9.75 has already taken the head apart
 * when it first calls: a line that ends with a bare LF counts as a line; a value that goes on in
 * the next line arrives joined; a value is cut at a NUL. Release 1.0 refuses all three by
 * itself. And two refusals are its own, as HTML and before that call: of a Content-Length that is no
 * number (400, or 413 when it has too many digits), and of a head that is larger than the memory of
 * a connection (431; one between max_head_bytes and that is refused in the form of its dialect). */
#ifndef KITH_NET_HTTP_GUARD_H
#define KITH_NET_HTTP_GUARD_H

#include "base/buffer.h"
#include "net/mhd_library.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct http_head {
    const char *method, *version; /* as they came, NUL-terminated */
    view path, query;             /* the target, before and after its first '?' */
} http_head;

typedef struct http_framing {
    bool has_body;           /* one byte or more may follow the head */
    bool is_chunked;         /* its length is not known */
    bool expects_continue;   /* the client waits for 100 before it sends the body */
    uint64_t content_length; /* 0 when chunked */
} http_framing;

/* Appends the names and values of all headers to `headers`, each with its NUL, as they came.
 * NULL, with *out filled: it is sane. Else what is wrong, for a person: static storage. The lead,
 * in libmicrohttpd's first call for a request. */
const char *http_guard(const mhd_library *mhd, struct MHD_Connection *c, const http_head *head,
                       buffer *headers, http_framing *out);

#endif
