/* worker.c - from the file on standard input to the answer on standard output.
 * Order is the point: the file is read whole, the rights are dropped, and only then is it parsed.
 * (The format is detected before, from the name and a search for signatures: it decides which
 * rights a PDF keeps.) */
#include "worker/worker.h"

#include "base/size.h"
#include "extract/encoding.h"
#include "extract/extraction_wire.h"
#include "extract/format.h"
#include "extract/outside_program.h"
#include "extract/unpack.h"
#include "os/child.h"
#include "os/confine.h"
#include "os/fork_host.h"

#include <kith/types.h>

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    NO_ANSWER = 3,
    HEAP_LEAST_BYTES = 16 << 10, /* of a text for which the heap is prepared */
    HEAP_MOST_BYTES = 1 << 20,
    HEAP_PAGE_BYTES = 4096,
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

/* Only files in memory have seals: that of os/child.h is nobody else's, who could cut it while it is read. */
static bool map_input(view *out)
{
    struct stat file;
    if (fcntl(STDIN_FILENO, F_GET_SEALS) < 0 || fstat(STDIN_FILENO, &file) != 0) return false;
    if (file.st_size <= 0 || file.st_size > KITH_DOCUMENT_MAX_BYTES) return false;
    void *bytes =
        mmap(NULL, (size_t)file.st_size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, STDIN_FILENO, 0);
    if (bytes == MAP_FAILED) return false;
    *out = (view){bytes, (size_t)file.st_size};
    return true;
}

/* Standard input as a whole. */
static bool read_input(view *out)
{
    buffer all; // kept for the rest of the process
    if (map_input(out)) return true;
    buffer_init(&all, (size_t)KITH_DOCUMENT_MAX_BYTES + 2 * READ_BYTES);
    for (;;) {
        if (!buffer_reserve(&all, READ_BYTES)) return false;
        ssize_t n = read(STDIN_FILENO, all.data + all.size, READ_BYTES);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) {
            *out = buffer_view(&all);
            return n == 0;
        }
        all.size += (size_t)n;
    }
}

/* A buffer_drain: what is passed on at once needs no memory here, however much it is. */
static kith_status write_output(void *context, view bytes)
{
    (void)context;
    for (size_t at = 0; at < bytes.size;) {
        ssize_t n = write(STDOUT_FILENO, bytes.data + at, bytes.size - at);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return KITH_ERR_IO;
        at += (size_t)n;
    }
    return KITH_OK;
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

/* Has the kernel give the heap its pages at once: to a process of its own each page is a fault, and
 * those of a text, its markup and what is written of it were 34 of a page of 64 KB (4 % of its time).
 * What the kernel cannot do, or for which there is no memory, is left to the faults. */
static void prepare_heap(size_t text_bytes)
{
#ifdef MADV_POPULATE_WRITE
    if (text_bytes < HEAP_LEAST_BYTES || text_bytes > HEAP_MOST_BYTES) return;
    size_t pages = 2 * text_bytes / HEAP_PAGE_BYTES;
    (void)mallopt(M_MMAP_THRESHOLD, 8 * HEAP_MOST_BYTES);           // it is to be of the heap,
    (void)mallopt(M_TRIM_THRESHOLD, 8 * HEAP_MOST_BYTES);           // and to stay there
    char *room = heap_grow_array(NULL, pages + 1, HEAP_PAGE_BYTES); // which sets nothing to zero
    if (!room) return;
    size_t behind = (uintptr_t)room % HEAP_PAGE_BYTES;
    (void)madvise(room + (HEAP_PAGE_BYTES - behind) % HEAP_PAGE_BYTES, pages * HEAP_PAGE_BYTES,
                  MADV_POPULATE_WRITE);
    free(room);
#else
    (void)text_bytes;
#endif
}

/* One file, from standard input to standard output; the exit status. */
static int read_file(int count, char **arguments, const worker_parser *parser)
{
    arena memory;
    buffer answer;
    view bytes;
    extraction found = {0};
    kith_error err = {0};
    arena_init(&memory, 0);
    buffer_init_draining(&answer, write_output, NULL);
    if (!read_input(&bytes)) return NO_ANSWER;
    const extract_input input = {.name = view_of(arguments[1]),
                                 .bytes = bytes,
                                 .ocr_languages = count > 2 ? arguments[2] : NULL};
    file_kind kind = format_detect(input.name, bytes).kind;
    // Converters are modules on disk, which cannot be opened once the rights are dropped.
    bool decodes = format_is_text(kind) || format_is_mail(kind);
    bool has_code_pages =
        kind == FILE_RTF || kind == FILE_XLS || kind == FILE_MSG || kind == FILE_TNEF;
    if (has_code_pages || (decodes && parser->needs_converter(bytes))) encoding_preload();
    if (kind == FILE_PACKED) unpack_preload(bytes);
    if (format_is_text(kind)) prepare_heap(bytes.size);
    kith_status status = drop_rights(kind, &err);
    if (status == KITH_OK) status = parser->parse(&input, &memory, &found, &err);
    extraction_write(status == KITH_OK ? &found : NULL, &err, &answer);
    return buffer_drain_rest(&answer) == KITH_OK ? 0 : NO_ANSWER;
}

static void warm_up(const worker_parser *parser)
{
    arena memory;
    const extract_input sample = {.name = view_of(parser->sample_name),
                                  .bytes = view_of(parser->sample)};
    extraction ignored = {0};
    kith_error err = {0};
    arena_init(&memory, 0);
    (void)parser->parse(&sample, &memory, &ignored, &err);
    arena_done(&memory);
}

int worker_run(int count, char **arguments, const worker_parser *parser)
{
    if (count < 2 || count > 3) return NO_ANSWER;
    if (!fork_host_is_wanted(count, arguments)) return read_file(count, arguments, parser);
    warm_up(parser);
    if (!fork_host_serve(&count, &arguments)) return 0;
    // Without the endings of what the server loaded.
    _exit(read_file(count, arguments, parser)); // allow _exit: the program's end
}
