/* sse.h - server-sent events (text/event-stream), parsed as their bytes come.
 * `id` and `retry` are passed over: they are for reconnecting, which no caller does.
 * Source: WHATWG HTML, 9.2. */
#ifndef KITH_NET_SSE_H
#define KITH_NET_SSE_H

#include "base/buffer.h"
#include "base/status.h"
#include "base/view.h"

/* Called for each event that has data.
 * event  its name; empty when it has none
 * data   its `data` lines joined by \n; any bytes, perhaps not UTF-8
 * Both are borrowed for the call. Any status but KITH_OK ends the parse with it. */
typedef kith_status (*sse_event)(void *context, view event, view data);

typedef struct sse_parser {
    buffer line, data, event;
    bool after_cr; /* the line ended with \r: a \n that comes next belongs to that end */
    bool started;  /* the first line, which may begin with a byte order mark, is over */
    sse_event on_event;
    void *context;
} sse_parser;

/* max_event_bytes bounds each line, and an event's data and name. One thread at a time. */
void sse_parser_init(sse_parser *p, size_t max_event_bytes, sse_event on_event, void *context);
void sse_parser_done(sse_parser *p);
/* Takes the next bytes of the stream and calls on_event for each event that they complete. However
 * the stream is split over calls, the events are the same. One that the stream's end cuts short is
 * never reported.
 * Errors, after which the parser must not be fed again: KITH_ERR_LIMIT for a line or an event that
 * is too long; KITH_ERR_NO_MEMORY; what on_event returned, with `err` left alone. */
KITH_CHECKED kith_status sse_parser_feed(sse_parser *p, view bytes, kith_error *err);

#endif
