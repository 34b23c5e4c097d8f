/* import_source.c - see import_source.h. */
#include "cli/import_source.h"

#include "cli/interrupt.h"
#include "os/file.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

enum { LOOK_MS = 100 /* how often a signal is looked for */ };

static bool is_url(const char *source)
{
    return strncmp(source, "http://", 7) == 0 || strncmp(source, "https://", 8) == 0;
}

bool import_source_is_chroma(const settings *s)
{
    return s->argument_count == 2;
}

const char *import_source_name(const settings *s)
{
    const char *path = s->arguments[s->argument_count - 1];
    return strcmp(path, "-") == 0 ? "standard input" : path;
}

/* ---- Chroma ---- */

static kith_status read_token(invocation *run, const char **out, kith_error *err)
{
    buffer bytes;
    const char *file = run->settings->token_file;
    if (!file) return KITH_OK;
    buffer_init(&bytes, CHROMA_TOKEN_MAX_BYTES + 2);
    kith_status status = file_read(&file_ops_posix, file, CHROMA_TOKEN_MAX_BYTES + 2, &bytes, err);
    const view token = view_trim(buffer_view(&bytes));
    if (status == KITH_OK && token.size > CHROMA_TOKEN_MAX_BYTES)
        status = fail(err, KITH_ERR_LIMIT, "'%s' has more than the %d bytes of a token", file,
                      CHROMA_TOKEN_MAX_BYTES);
    if (status == KITH_OK && (token.size == 0 || memchr(token.data, 0, token.size)))
        status = fail(err, KITH_ERR_INVALID, "'%s' holds no token", file);
    if (status == KITH_OK) {
        *out = arena_copy(run->memory, token).data;
        if (!*out) status = fail(err, KITH_ERR_NO_MEMORY, "out of memory");
    }
    if (bytes.size) explicit_bzero(bytes.data, bytes.size);
    buffer_done(&bytes);
    return status;
}

static kith_status check_directory(invocation *run, const char *path, kith_error *err)
{
    file_info info;
    const settings *s = run->settings;
    if (s->token_file || s->tls_ca || s->tenant || s->database)
        return fail(err, KITH_ERR_INVALID,
                    "--token-file, --tls-ca, --tenant and --database are for a server of Chroma, "
                    "and '%s' is no URL",
                    path);
    const char *file = arena_printf(run->memory, "%s/chroma.sqlite3", path);
    if (!file) return fail(err, KITH_ERR_NO_MEMORY, "out of memory");
    kith_status status = file_stat(file, &info, err);
    if (status == KITH_ERR_NOT_FOUND)
        return fail(err, status, "no data directory of Chroma: there is no '%s'", file);
    return status;
}

static kith_status open_chroma(invocation *run, import_source *out, kith_error *err)
{
    const settings *s = run->settings;
    const char *source = s->arguments[1];
    const bool is_server = is_url(source);
    out->server = (chroma_server){
        .url = source, .authorities_file = s->tls_ca, .tenant = s->tenant, .database = s->database};
    kith_status status =
        is_server ? read_token(run, &out->server.token, err) : check_directory(run, source, err);
    if (status == KITH_OK)
        status = chroma_stream_open(is_server ? NULL : source, &out->server, &out->chroma, err);
    if (status == KITH_OK) out->fd = chroma_stream_descriptor(out->chroma);
    return status;
}

/* ---- all ---- */

kith_status import_source_open(invocation *run, import_source *out, kith_error *err)
{
    const settings *s = run->settings;
    *out = (import_source){.fd = -1, .interrupts = run->console->interrupts, .other_fd = -1};
    if (import_source_is_chroma(s)) return open_chroma(run, out, err);
    out->is_standard_input = strcmp(s->arguments[0], "-") == 0;
    out->fd = out->is_standard_input ? STDIN_FILENO : open(s->arguments[0], O_RDONLY | O_CLOEXEC);
    if (out->fd >= 0) return KITH_OK;
    int error = errno;
    return fail(err, status_of_errno(error), "'%s': %s", s->arguments[0], strerror(error));
}

kith_status import_source_read(void *source, char *to, size_t size, size_t *count, kith_error *err)
{
    import_source *s = source;
    *count = 0;
    if (size == 0) return KITH_OK;
    for (;;) {
        struct pollfd fds[] = {{.fd = s->fd, .events = POLLIN},
                               {.fd = s->other_fd, .events = POLLIN}};
        (void)poll(fds, 2, LOOK_MS);
        if (interrupt_noted(s->interrupts) || fds[1].revents)
            return fail(err, KITH_ERR_CANCELLED, "the import was interrupted");
        if (!fds[0].revents) continue;
        ssize_t n = read(s->fd, to, size);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return fail(err, KITH_ERR_IO, "%s", strerror(errno));
        *count = (size_t)n;
        return KITH_OK;
    }
}

void import_source_close(import_source *s)
{
    if (s->chroma)
        chroma_stream_close(s->chroma);
    else if (s->fd >= 0 && !s->is_standard_input)
        (void)close(s->fd); // it was only read
    *s = (import_source){.fd = -1, .other_fd = -1};
}
