/* pdftotext.c - one run of pdftotext. It lists words in reading order (two columns stay two), with
 * their boxes; joining words and lines is left to us (pdf_text.h). Its error messages are not parsed: the exit status says that the file
 * cannot be opened, and an encrypted PDF has /Encrypt in its trailer, which is never encrypted
 * itself. */
#include "extract/pdftotext.h"

#include "os/child.h"

#include <unistd.h>

const char *pdftotext_find(void)
{
    static const char *const PLACES[] = {"/usr/bin/pdftotext", "/usr/local/bin/pdftotext",
                                         "/bin/pdftotext"};
    for (size_t i = 0; i < sizeof PLACES / sizeof PLACES[0]; i++)
        if (access(PLACES[i], X_OK) == 0) return PLACES[i];
    return NULL;
}

static kith_status judge(const child_outcome *outcome, view bytes, const pdftotext_limits *limits,
                         kith_error *err)
{
    switch (outcome->how) {
    case CHILD_OUT_OF_TIME:
        return fail(err, KITH_ERR_TIMEOUT, "pdftotext was stopped after %u seconds", limits->cpu_s);
    case CHILD_OUT_OF_BOUNDS:
        return fail(err, KITH_ERR_LIMIT, "the PDF gives too much text");
    case CHILD_KILLED:
        return fail(err, KITH_ERR_FORMAT, "pdftotext crashed on it (signal %d)", outcome->code);
    case CHILD_EXITED:
        break;
    }
    if (outcome->code == 0) return KITH_OK;
    if (view_find(bytes, VIEW("/Encrypt")) < bytes.size)
        return fail(err, KITH_ERR_AUTH, "encrypted");
    return fail(err, KITH_ERR_FORMAT, "damaged PDF: pdftotext ends with status %d", outcome->code);
}

kith_status pdftotext_run(view bytes, const char *program, const pdftotext_limits *limits,
                          buffer *out, kith_error *err)
{
    // One page more than allowed shows that there are more.
    static const char last_page[] = "5001";
    _Static_assert(PDFTOTEXT_MAX_PAGES == 5000, "last_page");
    const char *const arguments[] = {program, "-q",      "-tsv", "-enc", "UTF-8",
                                     "-l",    last_page, "-",    "-",    NULL};
    child_command command = {
        .arguments = arguments,
        .input = bytes,
        .memory_bytes = limits->memory_bytes,
        .cpu_s = limits->cpu_s,
        .wall_ms = limits->wall_ms,
        .in_group = true,
    };
    child_outcome outcome;
    kith_status status = program ? child_run(&command, out, &outcome, err) : KITH_ERR_NOT_FOUND;
    if (status == KITH_ERR_NOT_FOUND)
        return fail(err, KITH_ERR_UNSUPPORTED,
                    "PDF is read by pdftotext, which is not installed (package poppler-utils)");
    return status == KITH_OK ? judge(&outcome, bytes, limits, err) : status;
}
