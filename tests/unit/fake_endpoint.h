/* fake_endpoint.h - an HTTP server on loopback that plays a script, for tests of what talks to one.
 * One thread, one connection at a time: connection i gets answer i, and the last answer again once
 * the script is over. An answer is raw bytes, so that every way of breaking HTTP can be written
 * down; requests are recorded as they came. */
#ifndef KITH_TEST_FAKE_ENDPOINT_H
#define KITH_TEST_FAKE_ENDPOINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct fake_answer {
    char *bytes; /* heap, owned by the endpoint */
    size_t size;
    uint32_t delay_ms;       /* before the first byte */
    size_t piece_bytes;      /* 0: all at once */
    uint32_t piece_delay_ms; /* between pieces */
    uint64_t flood_bytes;    /* so many 'x' follow */
    bool unasked;            /* it comes before any request was read */
    bool hangs;              /* the connection stays open until the client or the endpoint ends */
    bool resets;             /* it ends with RST rather than FIN */
} fake_answer;

typedef struct fake_endpoint fake_endpoint;

/* Bound to a free port of `address` ("127.0.0.1") and listening; fails the test when it cannot. */
fake_endpoint *fake_endpoint_new(const char *address);
/* Stops the thread and frees. */
void fake_endpoint_free(fake_endpoint *f);
/* "http://127.0.0.1:PORT"; lives as long as the endpoint. */
const char *fake_endpoint_url(const fake_endpoint *f);

/* The next answer of the script, to be adjusted before the start. `headers` are whole lines;
 * Content-Length and Connection are added. */
fake_answer *fake_endpoint_reply(fake_endpoint *f, int status, const char *headers,
                                 const char *body);
fake_answer *fake_endpoint_raw(fake_endpoint *f, const char *bytes, size_t size);
void fake_endpoint_start(fake_endpoint *f);

uint32_t fake_endpoint_request_count(fake_endpoint *f);
/* Head and body of request i, NUL-terminated; lives as long as the endpoint. */
const char *fake_endpoint_request(fake_endpoint *f, uint32_t i);

#endif
