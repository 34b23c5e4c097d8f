/* sse.h - server-sent events, parsed as they come. Source: WHATWG HTML, 9.2. */
#ifndef KITH_NET_SSE_H
#define KITH_NET_SSE_H

#include "base/buffer.h"
#include "base/status.h"
#include "base/view.h"

/* One event: `data` lines joined by \n; `event` is empty when none was named. Not KITH_OK ends the
 * parse with that status. */
typedef kith_status (*sse_event)(void *context, view event, view data);

typedef struct sse_parser {
    buffer line, data, event;
    bool after_cr; /* a \n that comes next ends no second line */
    bool started;  /* the first line, where a byte order mark may stand, is over */
    sse_event on_event;
    void *context;
} sse_parser;

/* max_event_bytes bounds a line and an event: KITH_ERR_LIMIT. */
void sse_parser_init(sse_parser *p, size_t max_event_bytes, sse_event on_event, void *context);
void sse_parser_done(sse_parser *p);
/* Any split of the stream gives the same events. An event that the stream's end cuts short is not
 * given. After a failure (KITH_ERR_LIMIT, KITH_ERR_NO_MEMORY, or what on_event returned, with `err`
 * left alone) the parser must not be fed again. */
KITH_CHECKED kith_status sse_parser_feed(sse_parser *p, view bytes, kith_error *err);

#endif
