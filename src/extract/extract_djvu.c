/* extract_djvu.c - the text layer of scanned books (DjVu), as djvutxt writes it: lines, and a form feed
 * behind each page. Lines of a paragraph are not told apart from others; two line ends are. */
#include "extract/extract_job.h"
#include "extract/manuscript.h"
#include "extract/outside_text.h"

#include <kith/types.h>

static kith_status add_pages(manuscript *m, view text, kith_error *err)
{
    kith_status status = KITH_OK;
    for (uint32_t page = 1; text.size > 0 && status == KITH_OK; page++) {
        size_t end = view_find(text, VIEW("\f"));
        status = manuscript_place(m, PLACE_PAGE, page, VIEW(""), err);
        if (status == KITH_OK) status = manuscript_block(m, "\n\n", view_slice(text, 0, end), err);
        text = view_slice(text, end < text.size ? end + 1 : end, text.size);
    }
    return status;
}

kith_status extract_djvu(extract_job *job, kith_error *err)
{
    document d;
    buffer text;
    manuscript m;
    buffer_init(&text, KITH_DOCUMENT_MAX_BYTES);
    manuscript_init(&m, job);
    kith_status status = extract_job_begin(job, "djvu", &d, err);
    if (status == KITH_OK) status = outside_text(job, FILE_DJVU, &text, err);
    if (status == KITH_OK) status = add_pages(&m, buffer_view(&text), err);
    if (status == KITH_OK && m.text.size == 0)
        status = fail(err, KITH_ERR_UNSUPPORTED,
                      "no text in the DjVu file, whose pages are pictures: make a PDF of it (ddjvu "
                      "-format=pdf), which is read by OCR");
    d.id = job->stem;
    if (status == KITH_OK) status = manuscript_finish(&m, &d, err);
    manuscript_done(&m);
    buffer_done(&text);
    return status;
}
