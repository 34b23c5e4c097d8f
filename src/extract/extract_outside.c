/* extract_outside.c - what other programs make of manual pages and of Word files of before 2007.
 * mandoc writes a page as for a terminal: letters are overstruck to be bold or underlined, sections
 * begin at the first column, the first and the last line are its header and footer. catdoc gives
 * paragraphs, a line each, and the cells of a row apart by tabs; it cannot tell hidden text. */
#include "extract/extract_file.h"
#include "extract/extract_job.h"
#include "extract/manuscript.h"
#include "extract/outside_program.h"

#include "base/utf8.h"

#include <kith/types.h>

static kith_status run(extract_job *job, file_kind kind, buffer *out, kith_error *err)
{
    const outside_run command = {
        .kind = kind,
        .program = outside_program_find(kind),
        .bytes = job->bytes,
        .memory_bytes = EXTRACT_PDF_MEMORY_BYTES,
        .cpu_s = EXTRACT_CPU_SECONDS,
        .wall_ms = EXTRACT_WALL_MS,
    };
    int exit_status = 0; // both programs give what they could read whatever it is
    buffer raw;
    buffer_init(&raw, KITH_DOCUMENT_MAX_BYTES);
    kith_status status = outside_program_run(&command, &raw, &exit_status, err);
    if (status == KITH_OK) job->replaced += utf8_append_repaired(out, buffer_view(&raw));
    if (status == KITH_OK) status = buffer_status(out, "the text of the file", err);
    buffer_done(&raw);
    return status;
}

/* ---- manual pages ---- */

/* Undoes overstriking, "N\bN" and "_\bN", in place. */
static void undo_overstrikes(buffer *text)
{
    size_t to = 0;
    for (size_t i = 0; i < text->size; i++) {
        if (text->data[i] != '\b') {
            text->data[to++] = text->data[i];
            continue;
        }
        while (to > 0 && ((unsigned char)text->data[to - 1] & 0xC0) == 0x80)
            to--;
        if (to > 0) to--;
    }
    text->size = to;
}

static kith_status add_sections(manuscript *m, view text, kith_error *err)
{
    kith_status status = KITH_OK;
    const char *gap = "\n\n";
    size_t last = text.size, at = 0;
    while (last > 0 && text.data[last - 1] != '\n')
        last--;
    (void)view_next_line(text, &at); // the header
    while (status == KITH_OK && at < last) {
        view line = view_next_line(text, &at), said = view_trim(line);
        size_t indent = 0;
        while (indent < line.size && line.data[indent] == ' ')
            indent++;
        if (said.size == 0) {
            gap = "\n\n";
            continue;
        }
        if (indent < 5) status = manuscript_heading(m, indent ? 2 : 1, said, err);
        if (status == KITH_OK) status = manuscript_block(m, gap, said, err);
        gap = "\n";
    }
    return status;
}

kith_status extract_manual(extract_job *job, kith_error *err)
{
    document d;
    buffer text;
    manuscript m;
    if (!outside_program_find(FILE_MANUAL)) {
        kith_status status = extract_job_decode(job, job->bytes, err);
        if (status == KITH_OK)
            status = extract_job_notice(job,
                                        "a manual page, shown as its source: mandoc is not "
                                        "installed (package mandoc)",
                                        err);
        return status == KITH_OK ? extract_plain(job, err) : status;
    }
    buffer_init(&text, 3 * (size_t)KITH_DOCUMENT_MAX_BYTES);
    manuscript_init(&m, job);
    kith_status status = extract_job_begin(job, "manual", &d, err);
    if (status == KITH_OK) status = run(job, FILE_MANUAL, &text, err);
    if (status == KITH_OK) {
        undo_overstrikes(&text);
        status = add_sections(&m, view_trim(buffer_view(&text)), err);
    }
    d.id = job->stem;
    d.title = job->stem;
    if (status == KITH_OK) status = manuscript_finish(&m, &d, err);
    manuscript_done(&m);
    buffer_done(&text);
    return status;
}

/* ---- Word of before 2007 ---- */

/* The cells of a row, apart by tabs, as those of a table without names. */
static kith_status add_line(manuscript *m, view line, bool *after_row, buffer *row, kith_error *err)
{
    size_t tab = view_find(line, VIEW("\t"));
    bool is_row = tab < line.size;
    buffer_reset(row);
    for (size_t i = 0; i < line.size; i++)
        if (line.data[i] == '\t')
            buffer_append_text(row, " | ");
        else
            buffer_append_byte(row, (unsigned char)line.data[i] < ' ' ? ' ' : line.data[i]);
    kith_status status = buffer_status(row, "a paragraph", err);
    if (status == KITH_OK)
        status = manuscript_block(m, is_row && *after_row ? "\n" : "\n\n", buffer_view(row), err);
    *after_row = is_row;
    return status;
}

kith_status extract_doc(extract_job *job, kith_error *err)
{
    document d;
    buffer text, row;
    manuscript m;
    bool after_row = false;
    buffer_init(&text, 3 * (size_t)KITH_DOCUMENT_MAX_BYTES);
    buffer_init(&row, 3 * (size_t)KITH_DOCUMENT_MAX_BYTES);
    manuscript_init(&m, job);
    kith_status status = extract_job_begin(job, "doc", &d, err);
    if (status == KITH_OK) status = run(job, FILE_DOC, &text, err);
    for (size_t at = 0; status == KITH_OK && at < text.size;) {
        view line = view_trim(view_next_line(buffer_view(&text), &at));
        if (line.size) status = add_line(&m, line, &after_row, &row, err);
    }
    if (status == KITH_OK && m.text.size == 0)
        status = fail(err, KITH_ERR_FORMAT, "no text in it that catdoc can read");
    if (status == KITH_OK)
        status = extract_job_notice(
            job, "Word (doc): headings, numbers of lists and hidden text are not told apart", err);
    d.id = job->stem;
    if (status == KITH_OK) status = manuscript_finish(&m, &d, err);
    manuscript_done(&m);
    buffer_done(&text);
    buffer_done(&row);
    return status;
}
