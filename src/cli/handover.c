/* handover.c - see handover.h.
 *
 * Standard output and error stay with this process: the server sends the bytes, and never holds a
 * descriptor of a terminal or a pipe, so that a reader which stops stops nothing but its command. A
 * line of standard input is read here too, and only when the server asks for it; and so is what is
 * imported: a file, standard input or Chroma, whose files are parsed in this process.
 *
 * A command is handed over as a whole or not at all. Until ACCEPTED has come the server has done
 * nothing, and the command may still run here; afterwards it may not, because it may have written.
 *
 * A path like /dev/stdin names a file that this process has open, and another one in the server. So
 * the file's own path is handed over.
 *
 * Not handed over: a command that says how long to wait for other writers (--wait), one that forces
 * a kernel (KITH_KERNELS), and one with a path like the /dev/fd/63 of a shell's <(...), behind
 * which there is no file. */
#include "cli/handover.h"

#include "base/view.h"
#include "cli/channel.h"
#include "cli/handed_request.h"
#include "cli/import_source.h"
#include "cli/interrupt.h"
#include "cli/line_reader.h"
#include "serve/command_socket.h"
#include "serve/socket_path.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
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
    import_source source; /* what an import reads, from its first WANTS_INPUT on */
    char **argv;          /* [run->argc], with paths that the server can follow */
    char *piece;          /* [IMPORT_PIECE_BYTES] of it; NULL: nothing was read yet */
    bool has_source, is_catching, is_interrupt_sent, is_failure_sent;
} handover;

/* ---- asking ---- */

static bool names_open_file(const char *argument)
{
    return view_starts_with(view_of(argument), VIEW("/dev/")) ||
           view_starts_with(view_of(argument), VIEW("/proc/"));
}

/* The path of a file or directory that an argument names as one of this process's descriptors;
 * NULL: it has none. */
static const char *path_of_open_file(invocation *run, const char *argument)
{
    char real[PATH_MAX];
    struct stat named, found;
    if (!realpath(argument, real) || names_open_file(real)) return NULL;
    if (stat(argument, &named) != 0 || stat(real, &found) != 0) return NULL;
    if (named.st_dev != found.st_dev || named.st_ino != found.st_ino) return NULL;
    return arena_copy_text(run->memory, real);
}

/* Copies the command line, with arguments such as /dev/stdin as the paths of what is open. False:
 * one has none, so that the server could not follow it. */
static bool prepare_arguments(handover *h)
{
    const settings *s = h->run->settings;
    const size_t count = (size_t)h->run->argc;
    h->argv = arena_new_array(h->run->memory, char *, count + 1);
    if (!h->argv) return false;
    memcpy(h->argv, h->run->argv, count * sizeof *h->argv);
    for (size_t i = 0; i < count; i++) {
        bool is_argument = false;
        for (size_t j = 0; j < s->argument_count; j++)
            is_argument = is_argument || s->arguments[j] == h->argv[i];
        if (!is_argument || !names_open_file(h->argv[i])) continue;
        const char *path = path_of_open_file(h->run, h->argv[i]);
        if (!path) return false;
        h->argv[i] = (char *)(uintptr_t)path;
    }
    return true;
}

static bool is_handed(handover *h, const command *c)
{
    const invocation *run = h->run;
    if (!c->writes || !c->writes(run->settings) || option_given(run->settings, OPTION_WAIT) ||
        run->environment->kernels || run->environment->precision)
        return false;
    h->argv = run->argv;
    // What an import reads is opened here.
    return c == &command_import || prepare_arguments(h);
}

static kith_status send_request(handover *h, const command *c, kith_error *err)
{
    const console *out = h->run->console;
    char surroundings[SURROUNDINGS_BYTES];
    handed_request_surroundings(surroundings);
    handed_request request = {
        .surroundings = surroundings,
        .argc = h->run->argc,
        .argv = h->argv,
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

static kith_status send_failure(handover *h, kith_status status, const kith_error *why,
                                kith_error *err)
{
    buffer told;
    buffer_init(&told, sizeof why->message + sizeof(uint32_t));
    buffer_append_u32(&told, (uint32_t)status);
    buffer_append_text(&told, why->message);
    kith_status sent = channel_send(h->fd, MESSAGE_INPUT_FAILED, buffer_view(&told), -1, err);
    buffer_done(&told);
    return sent;
}

static kith_status send_line(handover *h, bool interactive, kith_error *err)
{
    const char *line = NULL;
    kith_error wrong = {0};
    kith_status status = KITH_OK;
    if (!h->lines) status = line_reader_new(interactive, NULL, &h->lines, &wrong);
    if (status == KITH_OK) status = line_reader_next(h->lines, &line, &wrong);
    if (status == KITH_OK && !line)
        return channel_send(h->fd, MESSAGE_INPUT_END, VIEW(""), -1, err);
    if (status == KITH_OK) return channel_send(h->fd, MESSAGE_LINE, view_of(line), -1, err);
    return send_failure(h, status, &wrong, err);
}

static kith_status send_input(handover *h, const message *m, kith_error *err)
{
    uint32_t wanted = 0;
    size_t count = 0;
    kith_error wrong = {0};
    kith_status status = KITH_OK;
    if (!message_number(m, &wanted) || wanted > IMPORT_PIECE_BYTES)
        return fail(err, KITH_ERR_FORMAT, "the server wants %u bytes at a time", wanted);
    if (!h->piece) h->piece = arena_new_array(h->run->memory, char, IMPORT_PIECE_BYTES);
    if (!h->piece) status = fail(&wrong, KITH_ERR_NO_MEMORY, "out of memory");
    if (status == KITH_OK && !h->has_source) {
        status = import_source_open(h->run, &h->source, &wrong);
        h->has_source = true;
        h->source.other_fd = h->fd;
    }
    if (status == KITH_OK)
        status = import_source_read(&h->source, h->piece, wanted, &count, &wrong);
    if (status != KITH_OK) return send_failure(h, status, &wrong, err);
    return channel_send(h->fd, wanted && !count ? MESSAGE_INPUT_END : MESSAGE_INPUT,
                        (view){h->piece, count}, -1, err);
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
    case MESSAGE_WANTS_INPUT:
        return send_input(h, m, err);
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
        if (status != KITH_OK) break;
        status = handle(h, &m, &err);
        // A server that has ended takes no reply, but may have said before how the command ended.
        if (status == KITH_ERR_NETWORK) status = KITH_OK;
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
    if (!is_handed(&h, c)) return false;
    // Whatever keeps it from a server it meets again when it runs here, or it was no reason.
    if (environment_data_directory(run->environment, run->settings->dir, run->memory, &directory,
                                   &err) != KITH_OK ||
        socket_connect(directory, SOCKET_OF_COMMANDS, &h.fd, &err) != KITH_OK)
        return false;
    buffer_init(&h.body, HANDED_REQUEST_MAX_BYTES);
    bool is_done = command_socket_is_same_user(h.fd) && send_request(&h, c, &err) == KITH_OK &&
                   is_accepted(&h, &err);
    if (is_done) *result = follow(&h);
    if (h.has_source) import_source_close(&h.source);
    line_reader_free(h.lines);
    buffer_done(&h.body);
    (void)close(h.fd);
    return is_done;
}
