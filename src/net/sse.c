/* sse.c - the event stream, line by line.
 * A line is gathered until its end and only then understood, so it does not matter where the
 * network cuts it. The one thing that may still be cut is a line end of two bytes, \r\n: after \r
 * the line is complete at once (the next byte may never come), and after_cr drops the \n if it
 * follows. Bytes are not checked for UTF-8 here; the reader of an event does that. */
#include "net/sse.h"

void sse_parser_init(sse_parser *p, size_t max_event_bytes, sse_event on_event, void *context)
{
    *p = (sse_parser){.on_event = on_event, .context = context};
    buffer_init(&p->line, max_event_bytes);
    buffer_init(&p->data, max_event_bytes);
    buffer_init(&p->event, max_event_bytes);
}

void sse_parser_done(sse_parser *p)
{
    buffer_done(&p->line);
    buffer_done(&p->data);
    buffer_done(&p->event);
}

static kith_status dispatch(sse_parser *p)
{
    kith_status status = KITH_OK;
    // Each data line brought a \n; the last one separates nothing.
    if (p->data.size > 0)
        status =
            p->on_event(p->context, buffer_view(&p->event), (view){p->data.data, p->data.size - 1});
    buffer_reset(&p->data);
    buffer_reset(&p->event);
    return status;
}

static void take_field(sse_parser *p, view name, view value)
{
    if (view_equal(name, VIEW("data"))) {
        buffer_append(&p->data, value);
        buffer_append_byte(&p->data, '\n');
    } else if (view_equal(name, VIEW("event"))) {
        buffer_reset(&p->event);
        buffer_append(&p->event, value);
    }
}

static kith_status take_line(sse_parser *p, kith_error *err)
{
    view line = buffer_view(&p->line);
    if (!p->started && view_starts_with(line, VIEW("\xEF\xBB\xBF")))
        line = view_slice(line, 3, line.size);
    p->started = true;
    if (line.size == 0) return dispatch(p);
    size_t colon = view_find(line, VIEW(":"));
    view value = view_slice(line, colon < line.size ? colon + 1 : colon, line.size);
    if (view_starts_with(value, VIEW(" "))) value = view_slice(value, 1, value.size);
    take_field(p, view_slice(line, 0, colon), value); // a comment is a field without a name
    kith_status status = buffer_status(&p->data, "a server-sent event", err);
    return status == KITH_OK ? buffer_status(&p->event, "an event's name", err) : status;
}

static size_t find_line_end(view bytes)
{
    size_t i = 0;
    while (i < bytes.size && bytes.data[i] != '\n' && bytes.data[i] != '\r')
        i++;
    return i;
}

kith_status sse_parser_feed(sse_parser *p, view bytes, kith_error *err)
{
    while (bytes.size > 0) {
        if (p->after_cr && bytes.data[0] == '\n') bytes = view_slice(bytes, 1, bytes.size);
        p->after_cr = false;
        size_t end = find_line_end(bytes);
        buffer_append(&p->line, view_slice(bytes, 0, end));
        kith_status status = buffer_status(&p->line, "a line of an event stream", err);
        if (status != KITH_OK) return status;
        if (end == bytes.size) break;
        p->after_cr = bytes.data[end] == '\r';
        bytes = view_slice(bytes, end + 1, bytes.size);
        status = take_line(p, err);
        buffer_reset(&p->line);
        if (status != KITH_OK) return status;
    }
    return KITH_OK;
}
