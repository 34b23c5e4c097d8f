/* log.c - see log.h. In key=value a value is plain when it cannot be misread, else a JSON string,
 * so that a line can be parsed whatever a file is called. */
#include "serve/log.h"

#include "os/clock.h"

enum { LINE_MAX_BYTES = 1 << 16 };

static const char *const level_names[] = {
    [LOG_ERROR] = "error", [LOG_WARN] = "warn", [LOG_INFO] = "info", [LOG_DEBUG] = "debug"};

void log_init(log_stream *l, FILE *out, log_level level, bool json)
{
    *l = (log_stream){.out = out, .level = level, .json = json};
    CHECK(pthread_mutex_init(&l->lock, NULL) == 0);
    buffer_init(&l->line, LINE_MAX_BYTES);
}

kith_status log_write_apart(log_stream *l, kith_error *err)
{
    (void)fflush(l->out);
    return log_writer_start(fileno(l->out), &l->writer_thread, err);
}

bool log_is_full(const log_stream *l)
{
    return l->writer_thread && log_writer_is_full(l->writer_thread);
}

static bool is_plain(view value)
{
    for (size_t i = 0; i < value.size; i++) {
        char c = value.data[i];
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                     (c != '\0' && strchr("-_./:+@,", c));
        if (!plain) return false;
    }
    return value.size > 0;
}

static void begin_field(log_stream *l, const char *key)
{
    if (l->json) {
        json_key(&l->writer, key);
        return;
    }
    if (l->line.size) buffer_append_byte(&l->line, ' ');
    buffer_append_text(&l->line, key);
    buffer_append_byte(&l->line, '=');
}

static void begin_event(log_stream *l, log_level level, const char *event)
{
    char time[21];
    l->is_open = level <= l->level;
    l->is_kept = false;
    if (!l->is_open) return;
    buffer_reset(&l->line);
    l->writer = (json_writer){.out = &l->line};
    if (l->json) json_begin_object(&l->writer);
    clock_format_utc(clock_wall_ms(), time);
    log_text(l, "time", time);
    log_text(l, "level", level_names[level]);
    log_text(l, "event", event);
}

void log_begin(log_stream *l, log_level level, const char *event)
{
    CHECK(pthread_mutex_lock(&l->lock) == 0);
    begin_event(l, level, event);
}

void log_keep(log_stream *l)
{
    l->is_kept = true;
}

void log_text(log_stream *l, const char *key, const char *value)
{
    if (!l->is_open) return;
    begin_field(l, key);
    view text = view_of(value);
    if (!l->json && is_plain(text))
        buffer_append(&l->line, text);
    else
        json_string(l->json ? &l->writer : &(json_writer){.out = &l->line}, text);
}

void log_number(log_stream *l, const char *key, uint64_t value)
{
    if (!l->is_open) return;
    begin_field(l, key);
    if (l->json)
        json_integer(&l->writer, (int64_t)value);
    else
        buffer_printf(&l->line, "%llu", (unsigned long long)value);
}

void log_decimal(log_stream *l, const char *key, double value)
{
    if (!l->is_open) return;
    begin_field(l, key);
    if (l->json)
        json_double(&l->writer, value);
    else
        buffer_printf(&l->line, "%.3f", value);
}

static void end_line(log_stream *l)
{
    if (l->json) json_end_object(&l->writer);
    buffer_append_byte(&l->line, '\n');
}

static void write_line(log_stream *l)
{
    end_line(l);
    if (l->writer_thread) {
        (void)log_writer_put(l->writer_thread, buffer_view(&l->line), l->is_kept);
        return;
    }
    // One write, so that lines of several processes do not mix. A failure cannot be reported.
    (void)fwrite(l->line.data, 1, l->line.size, l->out);
    (void)fflush(l->out);
}

static void begin_dropped(log_stream *l, uint64_t dropped)
{
    begin_event(l, LOG_ERROR, "lines_dropped");
    log_number(l, "count", dropped);
    log_text(l, "reason", "nobody read the log, and the room for lines that wait was full");
}

static void tell_dropped(log_stream *l)
{
    const uint64_t dropped = l->writer_thread ? log_writer_take_dropped(l->writer_thread) : 0;
    if (dropped == 0) return;
    begin_dropped(l, dropped);
    write_line(l);
}

void log_end(log_stream *l)
{
    if (l->is_open) {
        write_line(l);
        tell_dropped(l);
    }
    l->is_open = false;
    CHECK(pthread_mutex_unlock(&l->lock) == 0);
}

void log_done(log_stream *l)
{
    const uint64_t dropped = l->writer_thread ? log_writer_take_last_dropped(l->writer_thread) : 0;
    if (dropped > 0) {
        begin_dropped(l, dropped);
        end_line(l);
        log_writer_put_last(l->writer_thread, buffer_view(&l->line));
    }
    log_writer_stop(l->writer_thread);
    buffer_done(&l->line);
    CHECK(pthread_mutex_destroy(&l->lock) == 0);
}
