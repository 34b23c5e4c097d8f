/* http_pipe.h - the bytes of a streamed reply between the worker that writes them and the lead
 * that sends them: a ring of bounded size.
 *
 * When the ring is empty the lead must not wait: it parks the connection, and the next write, or
 * the end, resumes it. When the ring is full the writer waits until half of it was sent, not until
 * one byte was: so a client has to take at least half a ring in the time that a write may wait, and
 * one that reads a byte a second does not hold a worker. */
#ifndef KITH_NET_HTTP_PIPE_H
#define KITH_NET_HTTP_PIPE_H

#include "base/status.h"
#include "base/view.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct http_pipe http_pipe;

typedef struct http_pipe_connection {
    void (*park)(void *context);   /* by the reading thread, the pipe's lock held */
    void (*resume)(void *context); /* by the writing thread, the pipe's lock held */
    void *context;
} http_pipe_connection;

/* capacity > 1. NULL: out of memory. */
http_pipe *http_pipe_new(size_t capacity, http_pipe_connection connection);
/* Nobody reads or writes any longer. Accepts NULL. */
void http_pipe_free(http_pipe *p);

/* ---- the writer ---- */

typedef enum http_pipe_result { PIPE_WRITTEN, PIPE_CLOSED, PIPE_TOO_SLOW } http_pipe_result;

/* Waits at most wait_ms at a time for room. PIPE_CLOSED: nobody reads any longer. */
http_pipe_result http_pipe_write(http_pipe *p, view bytes, uint32_t wait_ms);
/* Writes `bytes`, few of them, unless something was written in the last `quiet_ms`, or is not read
 * yet. Never waits; never in between the bytes of one http_pipe_write. Any thread beside the
 * writer, before http_pipe_end. */
void http_pipe_keep_alive(http_pipe *p, view bytes, uint32_t quiet_ms);
/* No more bytes will be written. */
void http_pipe_end(http_pipe *p);
bool http_pipe_is_closed(http_pipe *p);

/* ---- the reader ---- */

enum { PIPE_PARKED = 0, PIPE_ENDED = -1 };

/* Bytes written to `out`, at most `max` > 0; PIPE_PARKED when there are none now, PIPE_ENDED when
 * there will be no more. Never waits. */
ptrdiff_t http_pipe_read(http_pipe *p, char *out, size_t max);
/* The connection has ended: writers return. Any thread; the connection is not resumed after it. */
void http_pipe_close(http_pipe *p);
/* Bytes read so far. */
uint64_t http_pipe_bytes_read(http_pipe *p);

#endif
