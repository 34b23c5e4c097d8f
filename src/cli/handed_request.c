/* handed_request.c - see handed_request.h.
 * Format: u32 format, text version, text surroundings, u32 argc, argc texts, the texts of the
 * environment in the order of `texts`, a byte of flags, and for each of the two terminals u32 width
 * and a byte of flags. A text is u32 bytes, counted with its NUL, and the bytes; NULL has 0 bytes.
 * Format and version stand first for ever, so that each version can refuse every other one. */
#include "cli/handed_request.h"

#include <kith/kith.h>
#include <stdio.h>
#include <sys/stat.h>

enum { FORMAT = 2, TTY = 1, COLOR = 2, NO_COLOR = 1, TYPED = 2, WIDTH_MAX = 100000 };

static const size_t texts[] = {
    offsetof(environment, home),       offsetof(environment, data_home),
    offsetof(environment, cache_home), offsetof(environment, dir),
    offsetof(environment, model),      offsetof(environment, temporary),
    offsetof(environment, api_key),    offsetof(environment, base_url),
    offsetof(environment, llm),        offsetof(environment, output),
};
enum { TEXT_COUNT = sizeof texts / sizeof texts[0] };

static const char **text_of(const environment *e, size_t i)
{
    return (const char **)(uintptr_t)((const char *)e + texts[i]);
}

void handed_request_surroundings(char out[SURROUNDINGS_BYTES])
{
    static const char *const paths[] = {"/", "/proc/self/ns/mnt", "/proc/self/ns/net"};
    int used = 0;
    out[0] = '\0';
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        struct stat st;
        if (stat(paths[i], &st) != 0) st = (struct stat){0};
        used += snprintf(out + used, (size_t)(SURROUNDINGS_BYTES - used), "%llx:%llx ",
                         (unsigned long long)st.st_dev, (unsigned long long)st.st_ino);
        CHECK(used < SURROUNDINGS_BYTES);
    }
}

/* ---- encoding ---- */

static void append_text(buffer *out, const char *text)
{
    size_t bytes = text ? strlen(text) + 1 : 0;
    if (bytes > HANDED_REQUEST_MAX_BYTES) bytes = HANDED_REQUEST_MAX_BYTES; // `out` refuses them
    buffer_append_u32(out, (uint32_t)bytes);
    buffer_append(out, (view){text, bytes});
}

static void append_terminal(buffer *out, const terminal *t)
{
    buffer_append_u32(out, t->width);
    buffer_append_byte(out, (char)((t->is_tty ? TTY : 0) | (t->color ? COLOR : 0)));
}

void handed_request_encode(const handed_request *r, buffer *out)
{
    buffer_append_u32(out, FORMAT);
    append_text(out, kith_version());
    append_text(out, r->surroundings);
    buffer_append_u32(out, (uint32_t)r->argc);
    for (int i = 0; i < r->argc; i++)
        append_text(out, r->argv[i]);
    for (size_t i = 0; i < TEXT_COUNT; i++)
        append_text(out, *text_of(&r->env, i));
    buffer_append_byte(out, (char)((r->env.no_color ? NO_COLOR : 0) | (r->in_is_tty ? TYPED : 0)));
    append_terminal(out, &r->out);
    append_terminal(out, &r->err);
}

/* ---- decoding ---- */

typedef struct decoding {
    view rest;
    arena *memory;
    bool is_malformed;
} decoding;

static view take(decoding *d, size_t bytes)
{
    if (d->is_malformed || bytes > d->rest.size) {
        d->is_malformed = true;
        return (view){NULL, 0};
    }
    view taken = view_slice(d->rest, 0, bytes);
    d->rest = view_slice(d->rest, bytes, d->rest.size);
    return taken;
}

static uint32_t take_u32(decoding *d)
{
    view bytes = take(d, sizeof(uint32_t));
    return bytes.data ? load_u32(bytes.data) : 0;
}

static unsigned take_byte(decoding *d)
{
    view bytes = take(d, 1);
    return bytes.data ? (unsigned char)bytes.data[0] : 0;
}

/* NULL also when it is malformed, or memory is short. */
static char *take_text(decoding *d)
{
    view bytes = take(d, take_u32(d));
    if (!bytes.data || bytes.size == 0) return NULL;
    // Its NUL is the last byte, and the only one.
    if (memchr(bytes.data, 0, bytes.size) != bytes.data + bytes.size - 1) {
        d->is_malformed = true;
        return NULL;
    }
    return arena_copy_text(d->memory, bytes.data);
}

static terminal take_terminal(decoding *d)
{
    uint32_t width = take_u32(d);
    unsigned flags = take_byte(d);
    if (width == 0 || width > WIDTH_MAX) d->is_malformed = true;
    return (terminal){.is_tty = (flags & TTY) != 0, .color = (flags & COLOR) != 0, .width = width};
}

static kith_status take_arguments(decoding *d, handed_request *out, kith_error *err)
{
    uint32_t count = take_u32(d);
    if (count > HANDED_ARGUMENTS_MAX)
        return fail(err, KITH_ERR_LIMIT, "%u arguments, of at most %d", count,
                    HANDED_ARGUMENTS_MAX);
    if (count == 0) d->is_malformed = true;
    // A NULL ends the array, as it ends that of main.
    char **argv = arena_new_array(d->memory, char *, (size_t)count + 1);
    if (!argv) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for arguments");
    for (uint32_t i = 0; i < count && !d->is_malformed; i++) {
        argv[i] = take_text(d);
        if (!argv[i] && !d->memory->exhausted) d->is_malformed = true;
    }
    argv[count] = NULL;
    out->argc = (int)count;
    out->argv = argv;
    return KITH_OK;
}

kith_status handed_request_decode(view bytes, arena *a, handed_request *out, kith_error *err)
{
    decoding d = {.rest = bytes, .memory = a};
    handed_request r = {0};
    uint32_t format = take_u32(&d);
    const char *version = take_text(&d);
    if (version && (format != FORMAT || strcmp(version, kith_version()) != 0))
        return fail(err, KITH_ERR_UNSUPPORTED,
                    "the server that has the data directory is kith %s, this is kith %.64s",
                    kith_version(), version);
    r.surroundings = take_text(&d);
    kith_status status = take_arguments(&d, &r, err);
    if (status != KITH_OK) return status;
    for (size_t i = 0; i < TEXT_COUNT; i++)
        *text_of(&r.env, i) = take_text(&d);
    unsigned flags = take_byte(&d);
    r.env.no_color = (flags & NO_COLOR) != 0;
    r.in_is_tty = (flags & TYPED) != 0;
    r.out = take_terminal(&d);
    r.err = take_terminal(&d);
    if (a->exhausted) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a request");
    if (d.is_malformed || d.rest.size > 0 || !version || !r.surroundings || !r.env.temporary)
        return fail(err, KITH_ERR_FORMAT, "the request of a command is malformed");
    *out = r;
    return KITH_OK;
}
