/* extract_file.c - chooses where a file is parsed, runs the worker, and follows attachments.
 * A worker is a process that a hostile file may control: its answer is data to be checked
 * (extraction_wire.c), and whatever it does, crash, hang, exhaust its limits or write nonsense, is
 * reported as a failure of its file. Only what this process lacks (memory, a process to start) is
 * the call's own failure. */
#include "extract/extract_file.h"

#include "base/size.h"
#include "base/utf8.h"
#include "extract/extraction_wire.h"
#include "extract/format.h"

#include <kith/types.h>

#include <dlfcn.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

// The sanitizers reserve terabytes of address space.
#ifdef KITH_DEBUG
enum { MEMORY_IS_LIMITED = 0 };
#else
enum { MEMORY_IS_LIMITED = 1 };
#endif

/* ---- where the worker is ---- */

static bool is_program(const char *path)
{
    return access(path, X_OK) == 0;
}

/* The directory of the file that this code was loaded from: the library, or a program that it is
 * linked into. */
static bool own_directory(char *out, size_t size)
{
    Dl_info info;
    char path[PATH_MAX];
    if (!dladdr((void *)(uintptr_t)extract_file, &info) || !info.dli_fname) return false;
    // A program's own entry is the name it was started by, which may be relative.
    const char *name = info.dli_fname[0] == '/' ? info.dli_fname : "/proc/self/exe";
    if (!realpath(name, path)) return false;
    char *slash = strrchr(path, '/');
    if (!slash || (size_t)(slash - path) >= size) return false;
    memcpy(out, path, (size_t)(slash - path));
    out[slash - path] = '\0';
    return true;
}

/* Mail has a program of its own, so that GMime and GLib, half of the time that a parser takes to
 * start, are loaded for mail alone. */
static const char *program_of(file_kind kind)
{
    return format_is_mail(kind) ? "kith-extract-mail" : "kith-extract";
}

/* Beside the library or program (a build directory), where it is installed, relative to it and as
 * configured. NULL when it is nowhere. */
static const char *find_worker(file_kind kind, arena *a)
{
    static const char *const PLACES[] = {"", "/../libexec/kith", "/../../libexec/kith"};
    char directory[PATH_MAX];
    if (own_directory(directory, sizeof directory))
        for (size_t i = 0; i < sizeof PLACES / sizeof PLACES[0]; i++) {
            const char *path = arena_printf(a, "%s%s/%s", directory, PLACES[i], program_of(kind));
            if (path && is_program(path)) return path;
        }
    const char *configured = arena_printf(a, KITH_LIBEXECDIR "/%s", program_of(kind));
    return configured && is_program(configured) ? configured : NULL;
}

/* ---- one file in the worker ---- */

enum {
    WORKER_NO_ANSWER = 3, /* worker/worker.h */
    SHELL_NOT_RUN = 126   /* and 127: what a program is called by has not found it */
};

static kith_status judge(const child_outcome *outcome, const buffer *answer, uint32_t cpu_s,
                         kith_error *err)
{
    switch (outcome->how) {
    case CHILD_OUT_OF_TIME:
        return fail(err, KITH_ERR_TIMEOUT, "the parser was stopped after %u seconds", cpu_s);
    case CHILD_OUT_OF_BOUNDS:
        return fail(err, KITH_ERR_LIMIT, "the file gives more text than %d bytes",
                    EXTRACTION_WIRE_MAX_BYTES);
    case CHILD_KILLED:
        return fail(err, KITH_ERR_FORMAT, "the parser crashed on it (signal %d)", outcome->code);
    case CHILD_EXITED:
        break;
    }
    if (answer->size > 0) return KITH_OK;
    // Not the file's failure: the program could not be run, or could not begin or answer.
    if (outcome->code == WORKER_NO_ANSWER || outcome->code >= SHELL_NOT_RUN)
        return fail(err, KITH_ERR_IO, "the parser could not do its work (exit status %d)",
                    outcome->code);
    return fail(err, KITH_ERR_FORMAT, "the parser ended without an answer (exit status %d)",
                outcome->code);
}

/* Memory that ran out in the worker, whose limit it is, is the file's failure and not this
 * process's: KITH_ERR_NO_MEMORY would end a whole ingestion. */
static kith_status blame_file(kith_status status, kith_error *err)
{
    if (status != KITH_ERR_NO_MEMORY) return status;
    return fail(err, KITH_ERR_LIMIT, "the file needs more memory than its parser is allowed");
}

static kith_status choose_worker(file_kind kind, const extract_options *o, arena *a,
                                 const char **out, kith_error *err)
{
    const char *found = !o->worker             ? find_worker(kind, a)
                        : format_is_mail(kind) ? arena_printf(a, "%s-mail", o->worker)
                                               : o->worker;
    if (!found)
        return fail(err, KITH_ERR_UNSUPPORTED,
                    "this format is read by the program %s, which is not installed",
                    program_of(kind));
    *out = found;
    return KITH_OK;
}

static child_command limits_of(file_kind kind, const extract_options *o)
{
    uint32_t cpu_s = kind == FILE_HTML ? EXTRACT_HTML_CPU_SECONDS : EXTRACT_CPU_SECONDS;
    return (child_command){
        .memory_bytes = MEMORY_IS_LIMITED ? EXTRACT_WORKER_MEMORY_BYTES : 0,
        .file_bytes = kind == FILE_PDF ? EXTRACT_PDF_FILE_BYTES : 0,
        .cpu_s = o->cpu_s ? o->cpu_s : cpu_s,
        .wall_ms = EXTRACT_WALL_MS + (kind == FILE_PDF ? EXTRACT_OCR_WALL_MS : 0),
    };
}

static kith_status run_worker(view name, view bytes, file_kind kind, const extract_options *o,
                              arena *a, extraction *out, kith_error *err)
{
    const char *worker = NULL;
    kith_status status = choose_worker(kind, o, a, &worker, err);
    if (status != KITH_OK) return status;
    view own_name = arena_copy(a, name);
    if (!own_name.data) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a name");
    const char *const arguments[] = {worker, own_name.data,
                                     kind == FILE_PDF ? o->ocr_languages : NULL, NULL};
    child_command command = limits_of(kind, o);
    command.arguments = arguments;
    command.input = bytes;
    buffer answer;
    child_outcome outcome;
    buffer_init(&answer, EXTRACTION_WIRE_MAX_BYTES);
    status = fork_servers_run(o->servers, &command, &answer, &outcome, err);
    if (status == KITH_ERR_NOT_FOUND)
        status = fail(err, KITH_ERR_UNSUPPORTED,
                      "this format is read by the program %s, which is not at '%s'",
                      program_of(kind), worker);
    if (status == KITH_OK) status = judge(&outcome, &answer, command.cpu_s, err);
    view kept = {0};
    if (status == KITH_OK) {
        kept = arena_copy(a, buffer_view(&answer));
        if (!kept.data) status = fail(err, KITH_ERR_NO_MEMORY, "out of memory for an extraction");
    }
    buffer_done(&answer);
    if (status != KITH_OK) return status;
    status = extraction_read(kept, a, out, err);
    return a->exhausted ? status : blame_file(status, err);
}

static kith_status extract_one(view name, view bytes, const extract_options *options, arena *a,
                               extraction *out, kith_error *err)
{
    file_format format = format_detect(name, bytes);
    if (!format_is_foreign(format.kind)) return extract(name, bytes, a, out, err);
    if (bytes.size > KITH_DOCUMENT_MAX_BYTES)
        return fail(err, KITH_ERR_LIMIT, "the file has %zu bytes, the limit is %d", bytes.size,
                    KITH_DOCUMENT_MAX_BYTES);
    return run_worker(name, bytes, format.kind, options, a, out, err);
}

/* ---- attachments ---- */

typedef struct gathering {
    const extract_options *options;
    arena *memory;
    buffer documents, problems; // of all files so far
    uint32_t attachments;
    size_t attached_bytes; // of archives within the file
    size_t replaced, left_out;
    notice_list notices;
} gathering;

static kith_status add_problem(gathering *g, const attachment *from, kith_status why,
                               const char *reason, kith_error *err)
{
    const char *text =
        arena_printf(g->memory, "attachment '%.*s': %s", VIEW_ARG(from->name), reason);
    if (!text) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a problem");
    extract_problem problem = {0, why, view_of(text)};
    buffer_append(&g->problems, (view){(const char *)&problem, sizeof problem});
    return buffer_status(&g->problems, "the list of problems", err);
}

/* "letter/report.pdf", or "letter/report.csv-3" of several; a record's own id stays its end. */
static view attachment_id(const attachment *from, const document *d, bool is_only, uint32_t index,
                          arena *a)
{
    const char *own = is_only         ? ""
                      : d->record > 0 ? arena_printf(a, "-%llu", (unsigned long long)d->record)
                                      : arena_printf(a, "-%u", index + 1);
    const char *id = own ? arena_printf(a, "%.*s%s%.*s%s", VIEW_ARG(from->owner),
                                        from->owner.size ? "/" : "", VIEW_ARG(from->name), own)
                         : NULL;
    return view_of(id);
}

/* Those of an attachment begin with its name. */
static kith_status add_notices(gathering *g, const extraction *x, const attachment *from,
                               kith_error *err)
{
    const char *prefix =
        from ? arena_printf(g->memory, "attachment '%.*s': ", VIEW_ARG(from->name)) : "";
    if (!prefix) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a notice");
    return notices_add_all(&g->notices, &x->notices, prefix, g->memory, err);
}

static kith_status add_documents(gathering *g, const extraction *x, const attachment *from,
                                 kith_error *err)
{
    for (uint32_t i = 0; i < x->document_count; i++) {
        document d = x->documents[i];
        if (from) {
            d.id = attachment_id(from, &d, x->document_count == 1, i, g->memory);
            d.part = g->attachments;
            d.text_is_file = false; // its lines are not the file's
            if (!d.id.data) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for an id");
            kith_status status = metadata_set_string(&d.fields, "attachment", from->name, err);
            if (status != KITH_OK) return status;
        }
        buffer_append(&g->documents, (view){(const char *)&d, sizeof d});
    }
    buffer_append(&g->problems,
                  (view){(const char *)x->problems, x->problem_count * sizeof *x->problems});
    g->replaced += x->replaced;
    g->left_out += x->left_out;
    kith_status status = buffer_status(&g->documents, "the list of documents", err);
    if (status == KITH_OK) status = buffer_status(&g->problems, "the list of problems", err);
    return status == KITH_OK ? add_notices(g, x, from, err) : status;
}

static kith_status follow(gathering *g, const extraction *x, view owner, uint32_t depth,
                          kith_error *err);

/* The name without the folders of an archive. */
static view base_name(view path)
{
    size_t start = path.size;
    while (start > 0 && path.data[start - 1] != '/')
        start--;
    return view_slice(path, start, path.size);
}

/* Counts what x brings to be extracted next, all of which stays in memory; true: it is too much. */
static bool is_too_large(gathering *g, const extraction *x)
{
    for (uint32_t i = 0; i < x->attachment_count; i++)
        if (g->attached_bytes <= EXTRACT_MAX_ATTACHED_BYTES)
            g->attached_bytes += x->attachments[i].bytes.size;
    return g->attached_bytes > EXTRACT_MAX_ATTACHED_BYTES;
}

/* Pictures, programs and the like are left out silently. A document in a format that is not read, or a
 * scan without OCR, is told: nobody would look for it in vain. */
static kith_status pass_over(gathering *g, const attachment *from, const char *why, kith_error *err)
{
    file_kind kind = format_detect(base_name(from->name), from->bytes).kind;
    if (kind == FILE_BINARY || format_is_text(kind)) return KITH_OK;
    const char *what = arena_printf(g->memory, "attachment '%.*s': %s", VIEW_ARG(from->name), why);
    if (!what) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a notice");
    return notices_add(&g->notices, view_of(what), g->memory, err);
}

static kith_status extract_attachment(gathering *g, const attachment *from, uint32_t depth,
                                      kith_error *err)
{
    extraction x = {0};
    kith_error problem = {0};
    if (depth > EXTRACT_MAX_NESTING)
        return add_problem(g, from, KITH_ERR_LIMIT, "it is attached too deep to be read", err);
    if (g->attached_bytes > EXTRACT_MAX_ATTACHED_BYTES)
        return add_problem(g, from, KITH_ERR_LIMIT, "the archives before it are too large", err);
    if (++g->attachments > EXTRACT_MAX_ATTACHMENTS) {
        if (g->attachments > EXTRACT_MAX_ATTACHMENTS + 1) return KITH_OK; // reported once
        return add_problem(g, from, KITH_ERR_LIMIT, "it and those after it are too many", err);
    }
    kith_status status =
        extract_one(base_name(from->name), from->bytes, g->options, g->memory, &x, &problem);
    if (status == KITH_ERR_NO_MEMORY) return fail(err, status, "%s", problem.message);
    if (status == KITH_ERR_UNSUPPORTED) return pass_over(g, from, problem.message, err);
    if (status != KITH_OK) return add_problem(g, from, status, problem.message, err);
    status = add_documents(g, &x, from, err);
    if (status != KITH_OK || x.attachment_count == 0) return status;
    if (is_too_large(g, &x))
        return add_problem(g, from, KITH_ERR_LIMIT, "what it holds is too large to be unpacked",
                           err);
    const char *owner = arena_printf(g->memory, "%.*s%s%.*s", VIEW_ARG(from->owner),
                                     from->owner.size ? "/" : "", VIEW_ARG(from->name));
    if (!owner) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for an id");
    return follow(g, &x, view_of(owner), depth + 1, err);
}

/* Extracts the attachments of x.
 * owner  replaces the owner that they name; empty: they keep it */
static kith_status follow(gathering *g, const extraction *x, view owner, uint32_t depth,
                          kith_error *err)
{
    kith_status status = KITH_OK;
    for (uint32_t i = 0; i < x->attachment_count && status == KITH_OK; i++) {
        attachment from = x->attachments[i];
        if (owner.size) from.owner = owner;
        status = extract_attachment(g, &from, depth, err);
    }
    return status;
}

static kith_status finish(gathering *g, extraction *out, kith_error *err)
{
    extraction all = {
        .documents = arena_new(g->memory, g->documents.size),
        .document_count = (uint32_t)(g->documents.size / sizeof(document)),
        .problems = arena_new(g->memory, g->problems.size),
        .problem_count = (uint32_t)(g->problems.size / sizeof(extract_problem)),
        .replaced = g->replaced,
        .left_out = g->left_out,
        .notices = g->notices,
    };
    if (!all.documents || !all.problems)
        return fail(err, KITH_ERR_NO_MEMORY, "out of memory for the documents");
    if (g->documents.size) memcpy(all.documents, g->documents.data, g->documents.size);
    if (g->problems.size) memcpy(all.problems, g->problems.data, g->problems.size);
    *out = all;
    return KITH_OK;
}

kith_status extract_file(view name, view bytes, const extract_options *options, arena *a,
                         extraction *out, kith_error *err)
{
    extraction x = {0};
    kith_status status = extract_one(name, bytes, options, a, &x, err);
    if (status == KITH_OK && format_detect(name, bytes).kind == FILE_PACKED) {
        attachment inner = {0};
        if (x.attachment_count == 1) inner = x.attachments[0];
        x = (extraction){0};
        status = extract_one(inner.name, inner.bytes, options, a, &x, err);
    }
    if (status == KITH_OK && x.attachment_count == 0) *out = x;
    if (status != KITH_OK || x.attachment_count == 0) return status;
    gathering g = {.options = options, .memory = a};
    buffer_init(&g.documents, EXTRACT_MAX_DOCUMENTS * sizeof(document));
    buffer_init(&g.problems, EXTRACT_MAX_DOCUMENTS * sizeof(extract_problem));
    status = add_documents(&g, &x, NULL, err);
    if (status == KITH_OK) status = follow(&g, &x, VIEW(""), 1, err);
    if (status == KITH_OK) status = finish(&g, out, err);
    buffer_done(&g.documents);
    buffer_done(&g.problems);
    return status;
}
