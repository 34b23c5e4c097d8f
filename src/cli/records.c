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

enum { BATCH_ARENA_BYTES = 1 << 30 };

void records_init(records *r, int fd, const char *name, input_choice form)
{
    *r = (records){.fd = fd, .name = name, .form = form};
    line_input_init(&r->input, byte_source_of(&r->fd), RECORDS_LINE_MAX_BYTES);
    arena_init(&r->batch, BATCH_ARENA_BYTES);
}

void records_done(records *r)
{
    line_input_done(&r->input);
    arena_done(&r->batch);
}

static kith_status fail_long(const records *r, kith_error *err)
{
    return fail(err, KITH_ERR_LIMIT, "%s:%llu: a line of more than %d MiB", r->name,
                (unsigned long long)r->input.number + 1, RECORDS_LINE_MAX_BYTES >> 20);
}

static kith_status read_more(records *r, kith_error *err)
{
    kith_status status = line_input_read(&r->input, err);
    if (status == KITH_ERR_LIMIT) return fail_long(r, err);
    return status == KITH_ERR_IO ? fail_context(err, status, "%s", r->name) : status;
}

static bool would_wait(const records *r)
{
    struct pollfd p = {.fd = r->fd, .events = POLLIN};
    return poll(&p, 1, 0) == 0;
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
    if (line.size > RECORDS_LINE_MAX_BYTES) return fail_long(r, err);
    if (r->form == INPUT_JSONL) {
        kith_status status = text_of_json(r, line, out, err);
        if (status == KITH_ERR_NO_MEMORY) return status;
        return status == KITH_OK ? KITH_OK
                                 : fail_context(err, KITH_ERR_FORMAT, "%s:%llu", r->name,
                                                (unsigned long long)r->input.number + 1);
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
        if (!line_input_look(&r->input, &line)) {
            if (r->input.at_end || (n > 0 && would_wait(r))) break;
            kith_status status = read_more(r, err);
            if (status != KITH_OK && n == 0) return status;
            if (status != KITH_OK) break; // the next call reports it
            continue;
        }
        if (line.size && line.data[line.size - 1] == '\r') line.size--;
        decide_form(r, line);
        bool is_text = r->form != INPUT_JSONL || view_trim(line).size > 0;
        if (is_text) {
            kith_status status = take_text(r, line, &out[n], err);
            if (status != KITH_OK && n == 0) return status;
            if (status != KITH_OK) break;
            bytes += out[n++].size;
        }
        line_input_take(&r->input);
    }
    *count = n;
    return KITH_OK;
}
