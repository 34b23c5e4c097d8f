/* guard.h - what a browser must not be used for: the Host and Origin headers of a request.
 *
 * A web page that anybody wrote runs in the browser of a person who can reach this server. It can
 * point a name of its own at our address (DNS rebinding) and so make its requests look like those
 * of its own site; the Host header then has that name. So a Host is refused that is not ours. And
 * it can send requests across sites; the Origin header then has its site. So what changes anything
 * is refused from a site that is neither ours nor listed. Programs that are no browsers send no
 * Origin, and the Host that they were given. */
#ifndef KITH_SERVE_GUARD_H
#define KITH_SERVE_GUARD_H

#include "base/view.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct guard {
    const char *host;           /* that the server was told to listen on; NULL: none */
    uint16_t port;              /* that it listens on; set before the first request is read */
    const char *const *allowed; /* "NAME" (any port) or "NAME:PORT"; NULL ends; NULL: none */
    const char *const *origins; /* "https://app.example", or "*"; NULL ends; NULL: none */
} guard;

/* May a request carry this Host ("localhost:8000", "[::1]:8000")? Ours are, with our port:
 * loopback names and addresses, `host`, and any address (not a name) when `host` means all of
 * them; and those that are allowed by name. Without a port in the header, 80 and 443 are meant. */
bool guard_host(const guard *g, view host);

typedef enum guard_origin {
    ORIGIN_OURS,   /* none, or the site that Host names */
    ORIGIN_LISTED, /* another one, to be answered with the headers of CORS */
    ORIGIN_FOREIGN /* another one, of which only reading methods are let through, without them */
} guard_origin;

/* Is it "*", or a site as browsers send it: SCHEME://HOST[:PORT], with nothing behind? */
bool guard_names_site(view text);

/* origin, host  of the request; data NULL: none */
guard_origin guard_origin_of(const guard *g, view origin, view host);

/* "127.x.x.x", "::1" or "localhost" (a name is not resolved). */
bool guard_is_loopback(const char *host);

#endif
