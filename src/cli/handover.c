/* handover.c - see handover.h.
 *
 * Standard output and error stay with this process: the server sends the bytes, and never holds a
 * descriptor of a terminal or a pipe, so that a reader which stops stops nothing but its command. A
 * line of standard input is read here too, and only when the server asks for it.
 *
 * A command is handed over as a whole or not at all. Until ACCEPTED has come the server has done
 * nothing, and the command may still run here; afterwards it may not, because it may have written.
 *
 * Not handed over: a command that says how long to wait for other writers (--wait), one that forces
 * a kernel (KITH_KERNELS), and one with a path like /dev/stdin or the /dev/fd/63 of a shell's <(...).
 * The server has its own of all three. */
#include "cli/handover.h"

#include "base/view.h"
#include "cli/channel.h"
#include "cli/handed_request.h"
#include "cli/interrupt.h"
#include "cli/line_reader.h"
#include "serve/command_socket.h"
#include "serve/socket_path.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

enum {
    FULL_AFTER_MS = 1000, /* without an answer: the server runs as many commands as it takes */
    LOOK_MS = 100         /* how often a signal is looked for */
};

typedef struct handover {
    invocation *run;
    int fd;
    buffer body; /* of the message that is looked at */
    line_reader *lines;
    bool is_catching, is_interrupt_sent, is_failure_sent;
} handover;

/* ---- asking ---- */

/* Whether an argument may name what this process has open, under another name in the server. */
static bool names_open_file(const settings *s)
{
    for (size_t i = 0; i < s->argument_count; i++) {
        view argument = view_of(s->arguments[i]);
        if (view_starts_with(argument, VIEW("/dev/")) || view_starts_with(argument, VIEW("/proc/")))
            return true;
    }
    return false;
}

static bool is_handed(const invocation *run, const command *c)
{
    return c->writes && c->writes(run->settings) && !option_given(run->settings, OPTION_WAIT) &&
           !run->environment->kernels && !names_open_file(run->settings);
}

static kith_status send_request(handover *h, const command *c, kith_error *err)
{
    const console *out = h->run->console;
    char surroundings[SURROUNDINGS_BYTES];
    handed_request_surroundings(surroundings);
    handed_request request = {
        .surroundings = surroundings,
        .argc = h->run->argc,
        .argv = h->run->argv,
        .env = *h->run->environment,
        .out = out->out_terminal,
        .err = out->err_terminal,
        .in_is_tty = out->in_is_tty,
    };
    if (!(c->options & OPTION_BIT(OPTION_ENV))) request.env.api_key = NULL; // it needs none
    // allow open: the descriptor only names the directory, for the server to work in
    int directory = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (directory < 0) return fail(err, KITH_ERR_IO, "no working directory");
    buffer_reset(&h->body);
    handed_request_encode(&request, &h->body);
    kith_status status = buffer_status(&h->body, "command line", err);
    if (status == KITH_OK)
        status = channel_send(h->fd, MESSAGE_REQUEST, buffer_view(&h->body), directory, err);
    (void)close(directory);
    return status;
}

/* True: the server has the command from now on. */
static bool is_accepted(handover *h, kith_error *err)
{
    message m;
    struct pollfd readable = {.fd = h->fd, .events = POLLIN};
    if (poll(&readable, 1, FULL_AFTER_MS) == 0)
        console_notice(h->run->console, "waiting: the server runs as many commands as it takes");
    kith_status status = channel_receive(h->fd, -1, &h->body, &m, NULL, err);
    if (status != KITH_OK || (m.kind != MESSAGE_ACCEPTED && m.kind != MESSAGE_REFUSED))
        return false;
    if (m.kind == MESSAGE_REFUSED && m.body.size > 0)
        console_notice(h->run->console, "%.*s; the command runs in a process of its own",
                       VIEW_ARG(m.body));
    return m.kind == MESSAGE_ACCEPTED;
}

/* ---- passing on ---- */

static void write_out(handover *h, view bytes)
{
    console *c = h->run->console;
    console_write(c, bytes);
    console_flush(c);
    if (!console_failed(c) || h->is_failure_sent) return;
    // A server that is gone is noticed when its next message is waited for.
    kith_status sent = channel_send_number(h->fd, MESSAGE_OUTPUT_FAILED, (uint32_t)c->failed, NULL);
    (void)sent;
    h->is_failure_sent = true;
}

static void write_err(handover *h, view bytes)
{
    console *c = h->run->console;
    if (c->out_terminal.is_tty) console_flush(c);
    (void)fwrite(bytes.data, 1, bytes.size, c->err);
    (void)fflush(c->err);
}

static kith_status send_line(handover *h, bool interactive, kith_error *err)
{
    const char *line = NULL;
    kith_error wrong = {0};
    kith_status status = KITH_OK;
    if (!h->lines) status = line_reader_new(interactive, NULL, &h->lines, &wrong);
    if (status == KITH_OK) status = line_reader_next(h->lines, &line, &wrong);
    if (status == KITH_OK && !line) return channel_send(h->fd, MESSAGE_LINE_END, VIEW(""), -1, err);
    if (status == KITH_OK) return channel_send(h->fd, MESSAGE_LINE, view_of(line), -1, err);
    buffer told;
    buffer_init(&told, sizeof wrong.message + sizeof(uint32_t));
    buffer_append_u32(&told, (uint32_t)status);
    buffer_append_text(&told, wrong.message);
    status = channel_send(h->fd, MESSAGE_LINE_FAILED, buffer_view(&told), -1, err);
    buffer_done(&told);
    return status;
}

static void remember(handover *h, view line)
{
    const char *text = arena_copy(h->run->memory, line).data;
    if (h->lines && text) line_reader_remember(h->lines, text);
}

/* Waits for a message, and tells the server of a signal meanwhile. */
static kith_status wait_for_message(handover *h, message *m, kith_error *err)
{
    for (;;) {
        struct pollfd readable = {.fd = h->fd, .events = POLLIN};
        int ready = poll(&readable, 1, h->is_catching && !h->is_interrupt_sent ? LOOK_MS : -1);
        if (h->is_catching && !h->is_interrupt_sent && interrupt_noted(NULL)) {
            h->is_interrupt_sent = true;
            kith_status sent = channel_send(h->fd, MESSAGE_INTERRUPT, VIEW(""), -1, NULL);
            (void)sent; // a server that is gone is noticed below
        }
        if (ready > 0) return channel_receive(h->fd, -1, &h->body, m, NULL, err);
        if (ready < 0 && errno != EINTR)
            return fail(err, KITH_ERR_IO, "cannot wait for the server: %s", strerror(errno));
    }
}

static kith_status handle(handover *h, const message *m, kith_error *err)
{
    switch (m->kind) {
    case MESSAGE_OUT:
        write_out(h, m->body);
        return KITH_OK;
    case MESSAGE_ERR:
        write_err(h, m->body);
        return KITH_OK;
    case MESSAGE_CATCH:
        interrupt_catch(NULL);
        h->is_catching = true;
        h->is_interrupt_sent = false;
        return KITH_OK;
    case MESSAGE_WANTS_LINE:
        return send_line(h, m->body.size == 1 && m->body.data[0] == 1, err);
    case MESSAGE_REMEMBER:
        remember(h, m->body);
        return KITH_OK;
    default:
        return fail(err, KITH_ERR_FORMAT, "the server sent a message of the kind %d", (int)m->kind);
    }
}

static exit_status follow(handover *h)
{
    kith_error err = {0};
    kith_status status = KITH_OK;
    while (status == KITH_OK) {
        message m;
        uint32_t ended = 0;
        status = wait_for_message(h, &m, &err);
        if (status == KITH_OK && m.kind == MESSAGE_STATUS && message_number(&m, &ended))
            return (exit_status)(ended & 0xff);
        if (status == KITH_OK) status = handle(h, &m, &err);
    }
    if (status == KITH_ERR_NETWORK)
        status = fail(&err, KITH_ERR_IO,
                      "the server ended before this command had: what it reported is stored, and "
                      "the same command goes on from there");
    return console_fail(h->run->console, status, &err);
}

bool handover_run(invocation *run, const command *c, exit_status *result)
{
    kith_error err = {0};
    const char *directory = NULL;
    handover h = {.run = run, .fd = -1};
    if (!is_handed(run, c)) return false;
    // Whatever keeps it from a server it meets again when it runs here, or it was no reason.
    if (environment_data_directory(run->environment, run->settings->dir, run->memory, &directory,
                                   &err) != KITH_OK ||
        socket_connect(directory, SOCKET_OF_COMMANDS, &h.fd, &err) != KITH_OK)
        return false;
    buffer_init(&h.body, HANDED_REQUEST_MAX_BYTES);
    bool is_done = command_socket_is_same_user(h.fd) && send_request(&h, c, &err) == KITH_OK &&
                   is_accepted(&h, &err);
    if (is_done) *result = follow(&h);
    line_reader_free(h.lines);
    buffer_done(&h.body);
    (void)close(h.fd);
    return is_done;
}
