/* extract_doc.c - Word of before 2007. Files of before 1997, and those that are damaged, are read by
 * catdoc, which gives paragraphs, a line each, and the cells of a row apart by tabs. */
#include "extract/doc_text.h"
#include "extract/extract_job.h"
#include "extract/manuscript.h"
#include "extract/outside_text.h"

#include <kith/types.h>

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

static kith_status read_older(extract_job *job, manuscript *m, kith_error *err)
{
    bool after_row = false;
    buffer text, row;
    buffer_init(&text, 3 * (size_t)KITH_DOCUMENT_MAX_BYTES);
    buffer_init(&row, 3 * (size_t)KITH_DOCUMENT_MAX_BYTES);
    kith_status status = outside_text(job, FILE_DOC, &text, err);
    for (size_t at = 0; status == KITH_OK && at < text.size;) {
        view line = view_trim(view_next_line(buffer_view(&text), &at));
        if (line.size) status = add_line(m, line, &after_row, &row, err);
    }
    if (status == KITH_OK && m->text.size == 0)
        status = fail(err, KITH_ERR_FORMAT, "no text in it that catdoc can read");
    if (status == KITH_OK)
        status = extract_job_notice(
            job, "Word (doc): headings, numbers of lists and hidden text are not told apart", err);
    buffer_done(&text);
    buffer_done(&row);
    return status;
}

static kith_status read_word(extract_job *job, manuscript *m, kith_error *err)
{
    doc_file file;
    kith_error why = {0};
    kith_status status = doc_open(job->bytes, job->memory, &file, &why);
    if (status == KITH_ERR_UNSUPPORTED || status == KITH_ERR_FORMAT) return read_older(job, m, err);
    if (status != KITH_OK) return fail(err, status, "%s", why.message);
    status = doc_write_text(&file, m, err);
    return status == KITH_OK
               ? extract_job_notice(job, "Word (doc): numbers of lists are not told apart", err)
               : status;
}

kith_status extract_doc(extract_job *job, kith_error *err)
{
    document d;
    manuscript m;
    manuscript_init(&m, job);
    kith_status status = extract_job_begin(job, "doc", &d, err);
    if (status == KITH_OK) status = read_word(job, &m, err);
    d.id = job->stem;
    if (status == KITH_OK) status = manuscript_finish(&m, &d, err);
    manuscript_done(&m);
    return status;
}
