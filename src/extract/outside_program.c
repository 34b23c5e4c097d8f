/* outside_program.c - one run of a program that reads a foreign format. Its messages are not parsed.
 * pdftotext lists words in the order of the file, with their boxes; the order of reading, and joining words
 * and lines, is left to us (pdf_order.h, pdf_text.h). */
#include "extract/outside_program.h"

#include "os/child.h"

#include <unistd.h>

typedef struct outside_program {
    file_kind kind;
    const char *name, *package, *format, *noun;
    const char *places[4];   // ended by NULL
    const char *options[11]; // the same
} outside_program;

// One page more than allowed shows that there are more.
#define PDFTOTEXT_LAST_PAGE "5001"
_Static_assert(PDFTOTEXT_MAX_PAGES == 5000, "PDFTOTEXT_LAST_PAGE");

static const outside_program PROGRAMS[] = {
    {FILE_PDF,
     "pdftotext",
     "poppler-utils",
     "PDF",
     "PDF",
     {"/usr/bin/pdftotext", "/usr/local/bin/pdftotext", "/bin/pdftotext", NULL},
     {"-q", "-raw", "-bbox", "-enc", "UTF-8", "-l", PDFTOTEXT_LAST_PAGE, "-", "-", NULL}},
    {FILE_MANUAL,
     "mandoc",
     "mandoc",
     "a manual page",
     "file",
     {"/usr/bin/mandoc", "/usr/local/bin/mandoc", NULL},
     {"-T", "utf8", "-O", "width=500", NULL}},
    {FILE_DOC,
     "catdoc",
     "catdoc",
     "Word (doc)",
     "file",
     {"/usr/bin/catdoc", "/usr/local/bin/catdoc", NULL},
     {"-d", "utf-8", "-w", NULL}},
    {FILE_DJVU,
     "djvutxt",
     "djvulibre-bin",
     "DjVu",
     "file",
     {"/usr/bin/djvutxt", "/usr/local/bin/djvutxt", NULL},
     {"-", NULL}},
};

static const outside_program *find(file_kind kind)
{
    for (size_t i = 0; i < sizeof PROGRAMS / sizeof PROGRAMS[0]; i++)
        if (PROGRAMS[i].kind == kind) return &PROGRAMS[i];
    return NULL;
}

bool outside_program_reads(file_kind kind)
{
    return find(kind) != NULL;
}

const char *outside_program_find(file_kind kind)
{
    const outside_program *p = find(kind);
    for (size_t i = 0; p && p->places[i]; i++)
        if (access(p->places[i], X_OK) == 0) return p->places[i];
    return NULL;
}

bool outside_program_find_ocr(const char *out[OUTSIDE_OCR_PROGRAMS])
{
    static const char *const PLACES[OUTSIDE_OCR_PROGRAMS][2] = {
        {"/usr/bin/pdftoppm", "/usr/local/bin/pdftoppm"},
        {"/usr/bin/tesseract", "/usr/local/bin/tesseract"}};
    const char *found[OUTSIDE_OCR_PROGRAMS] = {NULL};
    for (int i = 0; i < OUTSIDE_OCR_PROGRAMS; i++) {
        for (int k = 0; k < 2 && !found[i]; k++)
            if (access(PLACES[i][k], X_OK) == 0) found[i] = PLACES[i][k];
        if (!found[i]) return false;
    }
    memcpy(out, found, sizeof found);
    return true;
}

void outside_program_list(file_kind kind, const char *out[OUTSIDE_MAX_PROGRAMS + 1])
{
    for (int i = 0; i <= OUTSIDE_MAX_PROGRAMS; i++)
        out[i] = NULL;
    out[0] = outside_program_find(kind);
    if (kind == FILE_PDF && out[0]) (void)outside_program_find_ocr(out + 1);
}

static kith_status judge(const outside_program *p, const child_outcome *outcome, uint32_t cpu_s,
                         kith_error *err)
{
    switch (outcome->how) {
    case CHILD_OUT_OF_TIME:
        return fail(err, KITH_ERR_TIMEOUT, "%s was stopped after %u seconds", p->name, cpu_s);
    case CHILD_OUT_OF_BOUNDS:
        return fail(err, KITH_ERR_LIMIT, "the %s gives too much text", p->noun);
    case CHILD_KILLED:
        return fail(err, KITH_ERR_FORMAT, "%s crashed on it (signal %d)", p->name, outcome->code);
    case CHILD_EXITED:
        break;
    }
    return KITH_OK;
}

kith_status outside_program_run(const outside_run *run, buffer *out, int *exit_status,
                                kith_error *err)
{
    const outside_program *p = find(run->kind);
    CHECK(p);
    const char *arguments[1 + sizeof p->options / sizeof(const char *)] = {run->program};
    for (size_t i = 0; p->options[i]; i++)
        arguments[i + 1] = p->options[i];
    child_command command = {
        .arguments = arguments,
        .input = run->bytes,
        .memory_bytes = run->memory_bytes,
        .cpu_s = run->cpu_s,
        .wall_ms = run->wall_ms,
        .in_group = true,
    };
    child_outcome outcome;
    kith_status status =
        run->program ? child_run(&command, out, &outcome, err) : KITH_ERR_NOT_FOUND;
    if (status == KITH_ERR_NOT_FOUND)
        return fail(err, KITH_ERR_UNSUPPORTED,
                    "%s is read by %s, which is not installed (package %s)", p->format, p->name,
                    p->package);
    if (status == KITH_OK) status = judge(p, &outcome, run->cpu_s, err);
    if (status == KITH_OK) *exit_status = outcome.code;
    return status;
}
