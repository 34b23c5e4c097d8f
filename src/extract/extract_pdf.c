/* extract_pdf.c - PDF: the text of each page; the page's position in the file, from 1, is its
 * place, whatever number is printed on it. PDF marks no headings. pdftotext has rejoined words that
 * were hyphenated at the end of a line. */
#include "extract/extract_file.h"
#include "extract/extract_job.h"

#include "base/utf8.h"
#include "extract/manuscript.h"
#include "extract/pdftotext.h"

#include <kith/types.h>

/* Replaces NUL and other control characters, which some fonts yield for ligatures. */
static void clean(view raw, buffer *out)
{
    size_t start = out->size;
    (void)utf8_append_repaired(out, raw);
    for (size_t i = start; i < out->size; i++) {
        unsigned char c = (unsigned char)out->data[i];
        if (c < ' ' && c != '\n' && c != '\t' && c != '\f') out->data[i] = ' ';
    }
}

static kith_status add_pages(view text, manuscript *m, kith_error *err)
{
    kith_status status = KITH_OK;
    uint32_t number = 0;
    for (size_t at = 0; at < text.size && status == KITH_OK;) {
        const char *end = memchr(text.data + at, '\f', text.size - at);
        size_t next = end ? (size_t)(end - text.data) : text.size;
        if (++number > PDFTOTEXT_MAX_PAGES)
            return fail(err, KITH_ERR_LIMIT, "the PDF has more than %d pages", PDFTOTEXT_MAX_PAGES);
        status = manuscript_place(m, PLACE_PAGE, number, VIEW(""), err);
        if (status == KITH_OK)
            status = manuscript_block(m, "\n\n", view_slice(text, at, next), err);
        at = next + 1;
    }
    return status;
}

static kith_status check_text(const manuscript *m, kith_error *err)
{
    if (m->text.size) return KITH_OK;
    return fail(err, KITH_ERR_UNSUPPORTED, "no text in the PDF: its pages are pictures");
}

kith_status extract_pdf(extract_job *job, kith_error *err)
{
    static const pdftotext_limits LIMITS = {EXTRACT_PDF_MEMORY_BYTES, EXTRACT_CPU_SECONDS,
                                            EXTRACT_WALL_MS};
    document d;
    manuscript m;
    buffer raw, cleaned;
    buffer_init(&raw, KITH_DOCUMENT_MAX_BYTES);
    buffer_init(&cleaned, 3 * (size_t)KITH_DOCUMENT_MAX_BYTES);
    manuscript_init(&m, job);
    kith_status status = extract_job_begin(job, "pdf", &d, err);
    if (status == KITH_OK) status = pdftotext_run(job->bytes, pdftotext_find(), &LIMITS, &raw, err);
    if (status != KITH_OK) goto done;
    clean(buffer_view(&raw), &cleaned);
    status = buffer_status(&cleaned, "the text of the PDF", err);
    if (status == KITH_OK) status = add_pages(buffer_view(&cleaned), &m, err);
    if (status == KITH_OK) status = check_text(&m, err);
    if (status != KITH_OK) goto done;
    d.id = job->stem;
    status = manuscript_finish(&m, &d, err);
done:
    manuscript_done(&m);
    buffer_done(&raw);
    buffer_done(&cleaned);
    return status;
}
