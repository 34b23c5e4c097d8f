/* handed_command.c - see handed_command.h.
 *
 * The command is the very function that would run in the client's process, with three things
 * replaced. Its console writes messages to the client (MESSAGE_OUT, MESSAGE_ERR). Its signals, its
 * lines of standard input, and what it imports, come as messages, which a second thread, the
 * listener, receives as long as the command runs; a client that is gone is a signal that does not
 * go away. And its working directory is the client's: the thread leaves the one that the threads of
 * a process share (unshare(CLONE_FS)) and moves to the directory whose descriptor came with the
 * request. Threads that it starts are there as well, so paths that the server keeps are absolute
 * (workspace.c).
 *
 * Nothing that the client does can hold a lock of the server: the command waits for a slow reader
 * in a callback or between two calls of the library, where no lock is held (docs/locking.md).
 *
 * Threads: the command's sends, the listener receives. `lock` guards what the listener passes
 * on. */
#include "cli/handed_command.h"

#include "cli/channel.h"
#include "cli/handed_request.h"
#include "cli/import_source.h"
#include "os/clock.h"
#include "serve/command_socket.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

/* A client sends its request at once. A piece of output is one message. */
enum { REQUEST_MS = 10000, OUTPUT_PIECE_BYTES = 64 << 10 };

struct handed_command {
    int fd;
    const handed_options *options;
    interrupt_source interrupts;
    line_source lines;
    byte_source input;
    atomic_int output_error; /* errno of the client's standard output; 0: it takes all */

    pthread_mutex_t lock;   /* of what follows */
    pthread_cond_t changed; /* a reply has come, or interrupts.is_ended was set */
    bool has_reply;
    message_kind reply; /* MESSAGE_LINE, or one of MESSAGE_INPUT... */
    buffer reply_body;
};

static void ask_to_catch(void *context)
{
    handed_command *c = context;
    // A client that is gone is noticed by the listener.
    kith_status sent = channel_send(c->fd, MESSAGE_CATCH, VIEW(""), -1, NULL);
    (void)sent;
}

/* ---- lines and bytes ---- */

/* What a reply says that is not what was wanted. */
static kith_status take_failure(const message *m, kith_error *err)
{
    uint32_t failed = 0;
    if (m->kind != MESSAGE_INPUT_FAILED || !message_number(m, &failed) || failed == KITH_OK ||
        failed > KITH_ERR_INTERNAL)
        return fail(err, KITH_ERR_FORMAT, "the command sent a malformed reply");
    return fail(err, (kith_status)failed, "%.*s",
                VIEW_ARG(view_slice(m->body, sizeof failed, m->body.size)));
}

static kith_status take_line(const message *m, buffer *line, kith_error *err)
{
    if (m->kind != MESSAGE_LINE) return take_failure(m, err);
    buffer_append(line, m->body);
    return buffer_status(line, "line", err);
}

static kith_status take_bytes(const message *m, char *to, size_t size, size_t *count,
                              kith_error *err)
{
    if (m->kind != MESSAGE_INPUT) return take_failure(m, err);
    if (m->body.size > size)
        return fail(err, KITH_ERR_FORMAT, "the command sent more than it was asked for");
    if (m->body.size) memcpy(to, m->body.data, m->body.size);
    *count = m->body.size;
    return KITH_OK;
}

/* Waits for the reply, with the lock from here on; false: nobody is left to give it. */
static bool wait_for_reply(handed_command *c, message *out)
{
    CHECK(pthread_mutex_lock(&c->lock) == 0);
    while (!c->has_reply && !atomic_load(&c->interrupts.is_ended))
        CHECK(pthread_cond_wait(&c->changed, &c->lock) == 0);
    const bool came = c->has_reply;
    *out = (message){c->reply, buffer_view(&c->reply_body)};
    c->has_reply = false;
    return came;
}

/* The end of the client or of the server is the end of the input. */
static kith_status next_line(void *context, bool interactive, buffer *line, bool *is_end,
                             kith_error *err)
{
    handed_command *c = context;
    const char how = interactive ? 1 : 0;
    kith_status status = channel_send(c->fd, MESSAGE_WANTS_LINE, (view){&how, 1}, -1, err);
    if (status != KITH_OK) return status;
    message reply;
    buffer_reset(line);
    *is_end = !wait_for_reply(c, &reply) || reply.kind == MESSAGE_INPUT_END;
    if (!*is_end) status = take_line(&reply, line, err);
    CHECK(pthread_mutex_unlock(&c->lock) == 0);
    return status;
}

/* Whoever has lost the client, or the server, has not got all of the input. */
static kith_status next_bytes(void *context, char *to, size_t size, size_t *count, kith_error *err)
{
    handed_command *c = context;
    const size_t wanted = size < IMPORT_PIECE_BYTES ? size : IMPORT_PIECE_BYTES;
    kith_status status = channel_send_number(c->fd, MESSAGE_WANTS_INPUT, (uint32_t)wanted, err);
    if (status != KITH_OK) return status;
    message reply;
    *count = 0;
    if (!wait_for_reply(c, &reply))
        status = fail(err, KITH_ERR_CANCELLED, "the import was interrupted");
    else if (reply.kind != MESSAGE_INPUT_END)
        status = take_bytes(&reply, to, wanted, count, err);
    CHECK(pthread_mutex_unlock(&c->lock) == 0);
    return status;
}

static void remember_line(void *context, const char *line)
{
    handed_command *c = context;
    kith_status sent = channel_send(c->fd, MESSAGE_REMEMBER, view_of(line), -1, NULL);
    (void)sent; // costs one line of history
}

/* ---- listening ---- */

/* A reply that nobody asked for replaces the one before. */
static void keep_reply(handed_command *c, const message *m)
{
    CHECK(pthread_mutex_lock(&c->lock) == 0);
    c->has_reply = true;
    c->reply = m->kind;
    buffer_reset(&c->reply_body);
    buffer_append(&c->reply_body, m->body);
    CHECK(pthread_cond_broadcast(&c->changed) == 0);
    CHECK(pthread_mutex_unlock(&c->lock) == 0);
}

/* False: the client does not keep to the rules, and is as good as gone. */
static bool note_message(handed_command *c, const message *m)
{
    uint32_t error = 0;
    switch (m->kind) {
    case MESSAGE_INTERRUPT:
        atomic_store(&c->interrupts.is_asked, true);
        return true;
    case MESSAGE_OUTPUT_FAILED:
        if (!message_number(m, &error) || error == 0 || error > INT16_MAX) return false;
        atomic_store(&c->output_error, (int)error);
        return true;
    case MESSAGE_LINE:
    case MESSAGE_INPUT:
    case MESSAGE_INPUT_END:
    case MESSAGE_INPUT_FAILED:
        keep_reply(c, m);
        return true;
    default:
        return false;
    }
}

static void *listen_to_client(void *context)
{
    handed_command *c = context;
    buffer body;
    message m;
    buffer_init(&body, LINE_READER_MAX_BYTES);
    while (channel_receive(c->fd, -1, &body, &m, NULL, NULL) == KITH_OK && note_message(c, &m))
        ;
    buffer_done(&body);
    handed_command_interrupt(c);
    return NULL;
}

/* ---- the console ---- */

static ssize_t send_output(handed_command *c, message_kind kind, const char *bytes, size_t size)
{
    for (size_t at = 0; at < size; at += OUTPUT_PIECE_BYTES) {
        size_t piece = size - at < OUTPUT_PIECE_BYTES ? size - at : OUTPUT_PIECE_BYTES;
        if (channel_send(c->fd, kind, (view){bytes + at, piece}, -1, NULL) == KITH_OK) continue;
        errno = EPIPE;
        return 0;
    }
    return (ssize_t)size;
}

static ssize_t write_out(void *context, const char *bytes, size_t size)
{
    handed_command *c = context;
    int error = atomic_load(&c->output_error);
    if (error == 0) return send_output(c, MESSAGE_OUT, bytes, size);
    errno = error;
    return 0;
}

static ssize_t write_err(void *context, const char *bytes, size_t size)
{
    return send_output(context, MESSAGE_ERR, bytes, size);
}

static kith_status open_console(handed_command *c, const handed_request *r, console *out,
                                kith_error *err)
{
    console_init(out, r->env.no_color);
    out->out = fopencookie(c, "w", (cookie_io_functions_t){.write = write_out});
    out->err = fopencookie(c, "w", (cookie_io_functions_t){.write = write_err});
    out->out_terminal = r->out;
    out->err_terminal = r->err;
    out->in_is_tty = r->in_is_tty;
    out->interrupts = &c->interrupts;
    out->lines = &c->lines;
    out->input = &c->input;
    return out->out && out->err ? KITH_OK : fail(err, KITH_ERR_NO_MEMORY, "out of memory");
}

static void close_console(console *out)
{
    // What could not be written the client knows: it is the other end.
    if (out->out) (void)fclose(out->out);
    if (out->err) (void)fclose(out->err);
    console_done(out);
}

/* ---- the command ---- */

static kith_status receive_request(handed_command *c, arena *a, handed_request *out, int *directory,
                                   kith_error *err)
{
    char surroundings[SURROUNDINGS_BYTES];
    buffer body;
    message m = {0};
    buffer_init(&body, HANDED_REQUEST_MAX_BYTES);
    kith_status status = channel_receive(c->fd, REQUEST_MS, &body, &m, directory, err);
    if (status == KITH_OK && (m.kind != MESSAGE_REQUEST || *directory < 0))
        status = fail(err, KITH_ERR_FORMAT, "the first message of a command is its request");
    if (status == KITH_OK) status = handed_request_decode(m.body, a, out, err);
    if (body.size) explicit_bzero(body.data, body.size); // a key may be among it
    buffer_done(&body);
    if (status != KITH_OK) return status;
    handed_request_surroundings(surroundings);
    if (strcmp(surroundings, out->surroundings) == 0) return KITH_OK;
    return fail(err, KITH_ERR_UNSUPPORTED, "the server sees other files or another network");
}

/* Gives this thread a working directory of its own. */
static kith_status move_to(int directory, kith_error *err)
{
    if (unshare(CLONE_FS) == 0 && fchdir(directory) == 0) return KITH_OK;
    return fail(err, KITH_ERR_IO, "the server cannot work in this directory: %s", strerror(errno));
}

static void log_command(const handed_command *c, const handed_request *r, exit_status result,
                        int64_t begun_ns)
{
    log_stream *log = c->options->log;
    log_begin(log, LOG_INFO, "command");
    log_text(log, "name", r->argc > 1 ? r->argv[1] : "");
    log_number(log, "exit_status", (uint64_t)result);
    log_decimal(log, "seconds", (double)(clock_monotonic_ns() - begun_ns) / 1e9);
    log_end(log);
}

static void send_status(const handed_command *c, exit_status result)
{
    kith_status sent = channel_send_number(c->fd, MESSAGE_STATUS, (uint32_t)result, NULL);
    (void)sent; // nobody is left to be told
}

/* The console of the command that this thread runs. The library tells its notices in the thread of
 * the call that gave rise to them, to one receiver for the whole directory. */
static _Thread_local console *console_here;

void handed_command_notice(const char *notice)
{
    if (console_here) console_notice(console_here, "%s", notice);
}

static void run_request(handed_command *c, arena *a, handed_request *r)
{
    console out;
    kith_error err = {0};
    int64_t begun_ns = clock_monotonic_ns();
    exit_status result = EXIT_SYSTEM;
    kith_status status = open_console(c, r, &out, &err);
    if (status == KITH_OK) {
        environment_protect_key(&r->env);
        invocation run = {
            .argc = r->argc,
            .argv = r->argv,
            .environment = &r->env,
            .console = &out,
            .memory = a,
            .owner = c->options->space,
        };
        console_here = &out;
        result = c->options->runner(&run);
        console_here = NULL;
        console_flush(&out);
    }
    close_console(&out);
    send_status(c, result);
    log_command(c, r, result, begun_ns);
}

static void refuse(const handed_command *c, const kith_error *why)
{
    kith_status sent = channel_send(c->fd, MESSAGE_REFUSED, view_of(why->message), -1, NULL);
    (void)sent;
}

static kith_status accept_request(handed_command *c, pthread_t *listener, kith_error *err)
{
    if (pthread_create(listener, NULL, listen_to_client, c) != 0)
        return fail(err, KITH_ERR_NO_MEMORY, "the server cannot start a thread");
    // From here on it is the command's: a client that is gone is an interrupt.
    kith_status sent = channel_send(c->fd, MESSAGE_ACCEPTED, VIEW(""), -1, NULL);
    (void)sent;
    return KITH_OK;
}

void handed_command_run(handed_command *c)
{
    handed_request request;
    kith_error err = {0};
    pthread_t listener;
    int directory = -1;
    arena memory;
    arena_init(&memory, 0);
    kith_status status = command_socket_is_same_user(c->fd)
                             ? receive_request(c, &memory, &request, &directory, &err)
                             : KITH_ERR_AUTH;
    if (status == KITH_OK) status = move_to(directory, &err);
    if (directory >= 0) (void)close(directory);
    if (status == KITH_OK) status = accept_request(c, &listener, &err);
    if (status == KITH_OK) {
        run_request(c, &memory, &request);
        // Ends the listener; what was sent can still be read.
        (void)shutdown(c->fd, SHUT_RD);
        CHECK(pthread_join(listener, NULL) == 0);
    } else {
        refuse(c, &err);
    }
    arena_done(&memory);
}

/* ---- from outside ---- */

handed_command *handed_command_new(int fd, const handed_options *options)
{
    handed_command *c = calloc(1, sizeof *c);
    if (!c) {
        (void)close(fd);
        return NULL;
    }
    c->fd = fd;
    c->options = options;
    c->interrupts.on_catch = ask_to_catch;
    c->interrupts.context = c;
    c->lines = (line_source){.context = c, .next = next_line, .remember = remember_line};
    c->input = (byte_source){c, next_bytes};
    buffer_init(&c->reply_body, LINE_READER_MAX_BYTES);
    CHECK(pthread_mutex_init(&c->lock, NULL) == 0);
    clock_condition_init(&c->changed);
    return c;
}

void handed_command_interrupt(handed_command *c)
{
    CHECK(pthread_mutex_lock(&c->lock) == 0);
    atomic_store(&c->interrupts.is_ended, true);
    CHECK(pthread_cond_broadcast(&c->changed) == 0);
    CHECK(pthread_mutex_unlock(&c->lock) == 0);
}

void handed_command_cut(handed_command *c)
{
    (void)shutdown(c->fd, SHUT_RDWR);
}

void handed_command_free(handed_command *c)
{
    if (!c) return;
    (void)close(c->fd);
    buffer_done(&c->reply_body);
    CHECK(pthread_cond_destroy(&c->changed) == 0);
    CHECK(pthread_mutex_destroy(&c->lock) == 0);
    free(c);
}
