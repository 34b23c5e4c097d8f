/* worker.c - from the file on standard input to the answer on standard output.
 * Order is the point: the file is read whole, the rights are dropped, and only then is it parsed.
 * (The format is detected before, from the name and a search for signatures: it decides which
 * rights a PDF keeps.) */
#include "worker/worker.h"

#include "extract/encoding.h"
#include "extract/extraction_wire.h"
#include "extract/format.h"
#include "extract/outside_program.h"
#include "extract/unpack.h"
#include "os/child.h"
#include "os/confine.h"

#include <kith/types.h>

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

enum {
    NO_ANSWER = 3,
    READ_BYTES = 1 << 20,
    LIMITS_WAIT_MS = 5000 /* whoever starts kith-extract by hand sets none */
};

// A sanitizer needs calls that the filter ends the process for.
#ifdef KITH_DEBUG
enum { IS_CONFINED = 0 };
/* Visible, or the sanitizer's library does not find it. */
__attribute__((visibility("default"))) const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "detect_leaks=0:allocator_may_return_null=1"; // the process ends with its document
}
#else
enum { IS_CONFINED = 1 };
#endif

static bool read_input(buffer *out)
{
    for (;;) {
        if (!buffer_reserve(out, READ_BYTES)) return false;
        ssize_t n = read(STDIN_FILENO, out->data + out->size, READ_BYTES);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return n == 0;
        out->size += (size_t)n;
    }
}

static bool write_output(view bytes)
{
    for (size_t at = 0; at < bytes.size;) {
        ssize_t n = write(STDOUT_FILENO, bytes.data + at, bytes.size - at);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return false;
        at += (size_t)n;
    }
    return true;
}

/* A PDF, a manual page and an old Word file are read by a program that must be started; everything
 * else by computing alone. */
static kith_status drop_rights(file_kind kind, kith_error *err)
{
    confinement ignored; // what the kernel lacks it lacks; the limits of the parent hold anyway
    bool launches = outside_program_reads(kind);
    if (launches) child_await_limits(LIMITS_WAIT_MS); // for the program to inherit
    if (!IS_CONFINED) return KITH_OK;
    if (!launches) return confine(CONFINE_COMPUTE, NULL, &ignored, err);
    const char *programs[OUTSIDE_MAX_PROGRAMS + 1];
    outside_program_list(kind, programs);
    return confine(CONFINE_LAUNCH, programs, &ignored, err);
}

int worker_run(int count, char **arguments, extract_function parse, bool (*needs_converter)(view))
{
    arena memory;
    buffer input, answer;
    extraction found = {0};
    kith_error err = {0};
    if (count != 2) return NO_ANSWER;
    view name = view_of(arguments[1]);
    arena_init(&memory, 0);
    buffer_init(&input, (size_t)KITH_DOCUMENT_MAX_BYTES + 2 * READ_BYTES);
    buffer_init(&answer, EXTRACTION_WIRE_MAX_BYTES);
    if (!read_input(&input)) return NO_ANSWER;
    view bytes = buffer_view(&input);
    file_kind kind = format_detect(name, bytes).kind;
    // Converters are modules on disk, which cannot be opened once the rights are dropped.
    bool decodes = format_is_text(kind) || format_is_mail(kind);
    bool has_code_pages =
        kind == FILE_RTF || kind == FILE_XLS || kind == FILE_MSG || kind == FILE_TNEF;
    if (has_code_pages || (decodes && needs_converter(bytes))) encoding_preload();
    if (kind == FILE_PACKED) unpack_preload(bytes);
    kith_status status = drop_rights(kind, &err);
    if (status == KITH_OK) status = parse(name, bytes, &memory, &found, &err);
    extraction_write(status == KITH_OK ? &found : NULL, &err, &answer);
    return answer.failed == KITH_OK && write_output(buffer_view(&answer)) ? 0 : NO_ANSWER;
}
