/* line_input.c - see line_input.h. */
#include "transfer/line_input.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

enum { READ_BYTES = 256 << 10 };

static kith_status read_descriptor(void *context, char *to, size_t size, size_t *count,
                                   kith_error *err)
{
    const int *fd = context;
    ssize_t n = -1;
    do {
        n = read(*fd, to, size);
    } while (n < 0 && errno == EINTR);
    if (n < 0) return fail(err, KITH_ERR_IO, "%s", strerror(errno));
    *count = (size_t)n;
    return KITH_OK;
}

byte_source byte_source_of(int *fd)
{
    return (byte_source){fd, read_descriptor};
}

void line_input_init(line_input *in, byte_source source, size_t max_bytes)
{
    *in = (line_input){.source = source, .max_bytes = max_bytes};
    buffer_init(&in->pending, max_bytes + 2 * READ_BYTES);
}

void line_input_done(line_input *in)
{
    buffer_done(&in->pending);
}

static kith_status fail_long(const line_input *in, kith_error *err)
{
    return fail(err, KITH_ERR_LIMIT, "a line of more than %zu bytes", in->max_bytes);
}

kith_status line_input_read(line_input *in, kith_error *err)
{
    buffer *b = &in->pending;
    if (in->taken > 0) {
        memmove(b->data, b->data + in->taken, b->size - in->taken);
        b->size -= in->taken;
        in->searched -= in->taken;
        in->taken = 0;
    }
    if (b->size > in->max_bytes) return fail_long(in, err);
    if (!buffer_reserve(b, READ_BYTES)) return buffer_status(b, "a line", err);
    size_t count = 0;
    kith_status status =
        in->source.read(in->source.context, b->data + b->size, READ_BYTES, &count, err);
    if (status != KITH_OK) return status;
    if (count == 0) in->at_end = true;
    b->size += count;
    return KITH_OK;
}

bool line_input_look(line_input *in, view *line)
{
    view read = buffer_view(&in->pending);
    const char *from = read.size > in->searched ? read.data + in->searched : NULL;
    const char *feed = from ? memchr(from, '\n', read.size - in->searched) : NULL;
    in->searched = feed ? (size_t)(feed - read.data) : read.size;
    if (!feed && (!in->at_end || read.size == in->taken)) return false;
    *line = view_slice(read, in->taken, in->searched);
    in->next = in->searched + (feed ? 1 : 0);
    return true;
}

void line_input_take(line_input *in)
{
    in->taken = in->searched = in->next;
    in->number++;
}

kith_status line_input_next(line_input *in, view *line, bool *found, kith_error *err)
{
    *found = line_input_look(in, line);
    while (!*found && !in->at_end) {
        kith_status status = line_input_read(in, err);
        if (status != KITH_OK) return status;
        *found = line_input_look(in, line);
    }
    if (!*found) return KITH_OK;
    line_input_take(in);
    return line->size > in->max_bytes ? fail_long(in, err) : KITH_OK;
}
