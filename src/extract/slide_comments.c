/* slide_comments.c - old: p:cm with its text in p:text. New (2018): p188:cm with a text body, and
 * p188:reply within it. */
#include "extract/slide_comments.h"

#include "extract/xml.h"

typedef struct comment_reading {
    buffer *out;
    bool in_text, begins; // a comment, or a paragraph of it
} comment_reading;

static kith_status on_start(void *context, view name, xml_attributes attributes, kith_error *err)
{
    (void)attributes, (void)err;
    comment_reading *c = context;
    if (view_equal(name, VIEW("cm")) || view_equal(name, VIEW("reply")) ||
        view_equal(name, VIEW("p")))
        c->begins = true;
    c->in_text = view_equal(name, VIEW("text")) || view_equal(name, VIEW("t"));
    return KITH_OK;
}

static kith_status on_end(void *context, view name, kith_error *err)
{
    (void)name, (void)err;
    comment_reading *c = context;
    c->in_text = false;
    return KITH_OK;
}

static kith_status on_text(void *context, view text, kith_error *err)
{
    comment_reading *c = context;
    if (!c->in_text) return KITH_OK;
    if (c->begins && c->out->size) buffer_append_byte(c->out, '\n');
    c->begins = false;
    buffer_append(c->out, text);
    return buffer_status(c->out, "a comment", err);
}

kith_status slide_comments_read(archive *z, view part, buffer *out, kith_error *err)
{
    comment_reading c = {.out = out};
    xml_events events = {&c, on_start, on_end, on_text};
    return package_read_part(z, part, &events, err);
}
