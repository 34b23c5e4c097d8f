/* line_input.c - see line_input.h. */
#include "transfer/line_input.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

enum { READ_BYTES = 256 << 10 };

void line_input_init(line_input *in, int fd, size_t max_bytes)
{
    *in = (line_input){.fd = fd, .max_bytes = max_bytes};
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

static kith_status read_more(line_input *in, kith_error *err)
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
    ssize_t n = -1;
    do {
        n = read(in->fd, b->data + b->size, READ_BYTES);
    } while (n < 0 && errno == EINTR);
    if (n < 0) return fail(err, KITH_ERR_IO, "%s", strerror(errno));
    if (n == 0) in->at_end = true;
    b->size += (size_t)n;
    return KITH_OK;
}

kith_status line_input_next(line_input *in, view *line, bool *found, kith_error *err)
{
    const buffer *b = &in->pending;
    for (;;) {
        const char *from = b->size > in->searched ? b->data + in->searched : NULL;
        const char *feed = from ? memchr(from, '\n', b->size - in->searched) : NULL;
        size_t end = feed ? (size_t)(feed - b->data) : b->size;
        if (feed || (in->at_end && b->size > in->taken)) {
            *line = view_slice(buffer_view(b), in->taken, end);
            in->taken = in->searched = feed ? end + 1 : end;
            in->number++;
            *found = true;
            return line->size > in->max_bytes ? fail_long(in, err) : KITH_OK;
        }
        if (in->at_end) {
            *found = false;
            return KITH_OK;
        }
        in->searched = b->size;
        kith_status status = read_more(in, err);
        if (status != KITH_OK) return status;
    }
}
