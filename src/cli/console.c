/* console.c - see console.h. stdio, with the first failure of standard output remembered. */
#include "cli/console.h"

#include "cli/folding.h"

#include <errno.h>
#include <kith/types.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

enum { LINE_MAX_BYTES = 1 << 30, NOTICE_MAX_BYTES = 1 << 20 };

void console_init(console *c, bool no_color)
{
    *c = (console){.out = stdout, .err = stderr};
    c->out_terminal = terminal_of(STDOUT_FILENO, no_color);
    c->err_terminal = terminal_of(STDERR_FILENO, no_color);
    c->in_is_tty = isatty(STDIN_FILENO) == 1;
    buffer_init(&c->line, LINE_MAX_BYTES);
    buffer_init(&c->notice, NOTICE_MAX_BYTES);
}

void console_done(console *c)
{
    buffer_done(&c->line);
    buffer_done(&c->notice);
}

static void note_failure(console *c)
{
    if (!c->failed) c->failed = errno ? errno : EIO;
}

void console_write(console *c, view bytes)
{
    if (c->failed || bytes.size == 0) return;
    console_bar(c, VIEW(""));
    if (fwrite(bytes.data, 1, bytes.size, c->out) != bytes.size) note_failure(c);
    if (c->out_terminal.is_tty) console_flush(c);
}

void console_flush(console *c)
{
    if (!c->failed && fflush(c->out) != 0) note_failure(c);
}

void console_flush_line(console *c)
{
    if (c->line.failed != KITH_OK) {
        errno = c->line.failed == KITH_ERR_NO_MEMORY ? ENOMEM : EFBIG;
        note_failure(c);
    }
    console_write(c, buffer_view(&c->line));
    buffer_reset(&c->line);
}

json_writer console_begin_json(console *c)
{
    buffer_reset(&c->line);
    return (json_writer){.out = &c->line};
}

void console_json_line(console *c, kith_status status, const char *json)
{
    buffer_reset(&c->line);
    if (status == KITH_OK)
        buffer_append_text(&c->line, json);
    else
        c->line.failed = status;
    console_end_json(c);
}

void console_end_json(console *c)
{
    buffer_append_byte(&c->line, '\n');
    console_flush_line(c);
}

static void append_formatted(buffer *out, const char *format, va_list arguments)
{
    va_list again;
    va_copy(again, arguments);
    int n = vsnprintf(NULL, 0, format, again);
    va_end(again);
    if (n < 0 || !buffer_reserve(out, (size_t)n + 1)) return;
    (void)vsnprintf(out->data + out->size, (size_t)n + 1, format, arguments);
    out->size += (size_t)n;
}

void console_printf(console *c, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    append_formatted(&c->line, format, arguments);
    va_end(arguments);
    console_flush_line(c);
}

void console_notice(console *c, const char *format, ...)
{
    enum { INDENT = 2 };
    buffer message, clean;
    buffer_init(&message, NOTICE_MAX_BYTES);
    buffer_init(&clean, 4 * NOTICE_MAX_BYTES);
    va_list arguments;
    va_start(arguments, format);
    append_formatted(&message, format, arguments);
    va_end(arguments);

    console_bar(c, VIEW(""));
    if (c->out_terminal.is_tty) console_flush(c);
    buffer_reset(&c->notice);
    buffer_append_text(&clean, "kith: ");
    terminal_clean(&clean, buffer_view(&message), false);
    folding_whole(&c->notice, buffer_view(&clean),
                  c->err_terminal.is_tty ? c->err_terminal.width : 0, INDENT);
    buffer_append_byte(&c->notice, '\n');
    // A failure of standard error itself cannot be reported anywhere.
    (void)fwrite(c->notice.data, 1, c->notice.size, c->err);
    (void)fflush(c->err);
    buffer_done(&message);
    buffer_done(&clean);
}

exit_status console_fail(console *c, kith_status status, const kith_error *err)
{
    console_notice(c, "%s", err->message[0] ? err->message : kith_status_name(status));
    return exit_status_of(status);
}

void console_bar(console *c, view text)
{
    if (!c->err_terminal.is_tty || (text.size == 0 && !c->bar_shown)) return;
    buffer_reset(&c->notice);
    buffer_append_text(&c->notice, c->err_terminal.color ? "\r\x1b[K" : "\r");
    if (!c->err_terminal.color && text.size == 0)
        for (uint32_t i = 1; i < c->err_terminal.width; i++)
            buffer_append_byte(&c->notice, ' ');
    if (text.size == 0) buffer_append_byte(&c->notice, '\r');
    buffer_append(&c->notice, text);
    (void)fwrite(c->notice.data, 1, c->notice.size, c->err);
    (void)fflush(c->err);
    c->bar_shown = text.size > 0;
}

exit_status console_finish(console *c, exit_status so_far)
{
    console_bar(c, VIEW(""));
    errno = 0;
    if (!c->failed && (fflush(c->out) != 0 || ferror(c->out))) note_failure(c);
    if (!c->failed) return so_far;
    if (c->failed == EPIPE) return EXIT_PIPE;
    console_notice(c, "standard output: %s", strerror(c->failed));
    return EXIT_SYSTEM;
}
