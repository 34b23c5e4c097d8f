/* records.c - see records.h.
 * A malformed line in the middle of a batch must not cost the good lines before it: these are
 * returned, and the next call reads the malformed line again and fails. */
#include "cli/records.h"

#include "base/json.h"
#include "base/utf8.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

enum { READ_BYTES = 64 * 1024, BATCH_ARENA_BYTES = 1 << 30 };

void records_init(records *r, int fd, const char *name, input_choice form)
{
    *r = (records){.fd = fd, .name = name, .form = form};
    buffer_init(&r->pending, RECORDS_LINE_MAX_BYTES + READ_BYTES);
    arena_init(&r->batch, BATCH_ARENA_BYTES);
}

void records_done(records *r)
{
    buffer_done(&r->pending);
    arena_done(&r->batch);
}

static kith_status read_more(records *r, kith_error *err)
{
    // Bytes already taken make room first; a line longer than the limit fills the buffer and fails.
    if (r->taken > 0) {
        memmove(r->pending.data, r->pending.data + r->taken, r->pending.size - r->taken);
        r->pending.size -= r->taken;
        r->searched -= r->taken;
        r->taken = 0;
    }
    if (r->pending.size > RECORDS_LINE_MAX_BYTES)
        return fail(err, KITH_ERR_LIMIT, "%s:%llu: a line of more than %d MiB", r->name,
                    (unsigned long long)r->line + 1, RECORDS_LINE_MAX_BYTES >> 20);
    if (!buffer_reserve(&r->pending, READ_BYTES))
        return buffer_status(&r->pending, "input line", err);
    ssize_t n = -1;
    do {
        n = read(r->fd, r->pending.data + r->pending.size, READ_BYTES);
    } while (n < 0 && errno == EINTR);
    if (n < 0) return fail(err, KITH_ERR_IO, "%s: %s", r->name, strerror(errno));
    if (n == 0) r->at_end = true;
    r->pending.size += (size_t)n;
    return KITH_OK;
}

static bool would_wait(const records *r)
{
    struct pollfd p = {.fd = r->fd, .events = POLLIN};
    return poll(&p, 1, 0) == 0;
}

/* The next line without its end, not yet taken: *next is where the one after it begins. False when
 * more must be read. */
static bool find_line(records *r, view *line, size_t *next)
{
    const char *data = r->pending.data;
    size_t size = r->pending.size;
    const char *end =
        size > r->searched ? memchr(data + r->searched, '\n', size - r->searched) : NULL;
    if (!end) {
        r->searched = size;
        if (!r->at_end || size == r->taken) return false;
    }
    size_t stop = end ? (size_t)(end - data) : size;
    *next = end ? stop + 1 : size;
    if (stop > r->taken && data[stop - 1] == '\r') stop--;
    *line = view_slice((view){data, size}, r->taken, stop);
    r->searched = r->taken; // so that the line is found again if the caller does not take it
    return true;
}

static kith_status text_of_json(records *r, view line, view *out, kith_error *err)
{
    const json_value *value = NULL;
    kith_status status = json_parse(line, RECORDS_LINE_MAX_BYTES, &r->batch, &value, err);
    if (status != KITH_OK) return status;
    if (value->kind == JSON_STRING) {
        *out = value->string;
        return KITH_OK;
    }
    if (json_get_string(value, "text", out)) return KITH_OK;
    return fail(err, KITH_ERR_FORMAT, "neither a string nor an object with a string \"text\"");
}

/* Detects the form from the first line that is not blank. */
static void decide_form(records *r, view line)
{
    view text = view_trim(line), ignored;
    if (r->form != INPUT_AUTO || text.size == 0) return;
    bool may_be_json = text.data[0] == '{' || text.data[0] == '"';
    r->form =
        may_be_json && text_of_json(r, text, &ignored, NULL) == KITH_OK ? INPUT_JSONL : INPUT_LINES;
}

static kith_status take_text(records *r, view line, view *out, kith_error *err)
{
    if (r->form == INPUT_JSONL) {
        kith_status status = text_of_json(r, line, out, err);
        if (status == KITH_ERR_NO_MEMORY) return status;
        return status == KITH_OK ? KITH_OK
                                 : fail_context(err, KITH_ERR_FORMAT, "%s:%llu", r->name,
                                                (unsigned long long)r->line + 1);
    }
    if (utf8_is_valid(line)) {
        *out = arena_copy(&r->batch, line);
    } else {
        buffer repaired;
        buffer_init(&repaired, (size_t)RECORDS_LINE_MAX_BYTES * 3);
        (void)utf8_append_repaired(&repaired, line);
        *out = arena_copy(&r->batch, buffer_view(&repaired));
        buffer_done(&repaired);
        r->repaired++;
    }
    return out->data ? KITH_OK : fail(err, KITH_ERR_NO_MEMORY, "out of memory");
}

kith_status records_next(records *r, view out[RECORDS_BATCH_MAX], size_t *count, kith_error *err)
{
    size_t n = 0, bytes = 0;
    arena_reset(&r->batch);
    while (n < RECORDS_BATCH_MAX && bytes < RECORDS_BATCH_BYTES) {
        view line;
        size_t next = 0;
        if (!find_line(r, &line, &next)) {
            if (r->at_end || (n > 0 && would_wait(r))) break;
            kith_status status = read_more(r, err);
            if (status != KITH_OK && n == 0) return status;
            if (status != KITH_OK) break; // the next call reports it
            continue;
        }
        decide_form(r, line);
        bool is_text = r->form != INPUT_JSONL || view_trim(line).size > 0;
        if (is_text) {
            kith_status status = take_text(r, line, &out[n], err);
            if (status != KITH_OK && n == 0) return status;
            if (status != KITH_OK) break;
            bytes += out[n++].size;
        }
        r->taken = r->searched = next;
        r->line++;
    }
    *count = n;
    return KITH_OK;
}
