/* extract_manual.c - manual pages, as mandoc writes them for a terminal: letters are overstruck to be
 * bold or underlined, sections begin at the first column, the first and the last line are its header
 * and footer. */
#include "extract/extract_job.h"
#include "extract/manuscript.h"
#include "extract/outside_program.h"
#include "extract/outside_text.h"

#include <kith/types.h>

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
        return status == KITH_OK ? extract_plain(job, NULL, err) : status;
    }
    buffer_init(&text, 3 * (size_t)KITH_DOCUMENT_MAX_BYTES);
    manuscript_init(&m, job);
    kith_status status = extract_job_begin(job, "manual", &d, err);
    if (status == KITH_OK) status = outside_text(job, FILE_MANUAL, &text, err);
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
