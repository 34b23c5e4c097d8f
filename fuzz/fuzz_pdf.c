/* fuzz_pdf.c - any list of words and any file of objects give a document that keeps the promises of
 * extract.h, or an error with a message. Input: the size of the list (two bytes, little-endian), the
 * list as pdftotext -raw -bbox writes it, or, when its first byte is no '<', tesseract, and the PDF. No program is
 * started. */
#include "base/utf8.h"
#include "extract/extract_job.h"
#include "extract/extraction_check.h"
#include "extract/pdf_bbox.h"
#include "extract/pdf_fonts.h"
#include "extract/pdf_labels.h"
#include "extract/pdf_order.h"
#include "extract/pdf_signs.h"
#include "extract/pdf_slant.h"
#include "extract/pdf_text.h"
#include "extract/pdf_turn.h"
#include "extract/pdf_unpack.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

enum { MAX_PAGES = 200 };

/* What pdftotext gets is a file whose objects are found again. */
static kith_status unpack(pdf_file *f, kith_error *err)
{
    pdf_file again = {0};
    buffer made;
    buffer_init(&made, 1 << 20);
    pdf_unpack(f, &made);
    kith_status status =
        made.size ? pdf_file_open(&again, buffer_view(&made), f->memory, err) : KITH_OK;
    CHECK(made.size == 0 || status != KITH_OK || again.catalog.kind == PDF_DICTIONARY);
    pdf_file_done(&again);
    buffer_done(&made);
    return status;
}

static kith_status read_file(extract_job *job, pdf_file *f, pdf_layout *l, pdf_guide *guide,
                             kith_error *err)
{
    const view *labels;
    pdf_leaves leaves = {0};
    kith_status status = pdf_file_open(f, job->bytes, job->memory, err);
    if (status == KITH_OK) status = unpack(f, err);
    if (status == KITH_OK) status = pdf_labels_read(f, pdf_page_count(l), &labels, err);
    for (uint32_t i = 0; status == KITH_OK && labels && i < pdf_page_count(l); i++)
        pdf_pages(l)[i].label = labels[i];
    if (status == KITH_OK) status = pdf_leaves_read(f, MAX_PAGES, &leaves, err);
    if (status == KITH_OK) status = pdf_fonts_tell(f, &leaves, l, job, err);
    if (status == KITH_OK) status = pdf_bookmarks_read(f, &leaves, &guide->bookmarks, err);
    if (status == KITH_OK) status = pdf_bookmarks_place(l, &guide->bookmarks, err);
    if (status == KITH_OK) status = pdf_signs_find(f, &leaves, l, err);
    if (status == KITH_OK) status = pdf_notes_read(f, &leaves, l, &guide->notes, err);
    if (status == KITH_OK) status = pdf_files_read(f, &leaves, job, err);
    pdf_leaves_done(&leaves);
    return status;
}

static kith_status read_list(view list, buffer *text, pdf_layout *l, kith_error *err)
{
    if (view_starts_with(list, VIEW("<"))) {
        kith_status status = pdf_bbox_read(l, list, MAX_PAGES, text, err);
        if (status == KITH_OK) status = pdf_join_slanted(l, err);
        if (status != KITH_OK) return status;
        pdf_turn_pages(l);
        return pdf_order_lines(l, err);
    }
    (void)utf8_append_repaired(text, list);
    for (size_t i = 0; i < text->size; i++)
        if ((unsigned char)text->data[i] < ' ' && text->data[i] != '\n' && text->data[i] != '\t')
            text->data[i] = ' ';
    return pdf_layout_read(l, buffer_view(text), MAX_PAGES, err);
}

static kith_status read_all(extract_job *job, file_format format, kith_error *err)
{
    (void)format;
    size_t size = (unsigned char)job->bytes.data[0] | (size_t)(unsigned char)job->bytes.data[1]
                                                          << 8;
    if (size > job->bytes.size - 2) size = job->bytes.size - 2;
    buffer text;
    pdf_layout layout;
    pdf_file file = {0};
    pdf_guide guide;
    manuscript m;
    document d;
    buffer_init(&text, 1 << 20);
    buffer_init(&guide.bookmarks, PDF_MAX_BOOKMARKS * sizeof(pdf_bookmark));
    buffer_init(&guide.notes, PDF_MAX_NOTES * sizeof(pdf_note));
    pdf_layout_init(&layout);
    manuscript_init(&m, job);
    view list = view_slice(job->bytes, 2, 2 + size);
    job->bytes = view_slice(job->bytes, 2 + size, job->bytes.size);
    kith_status status = extract_job_begin(job, "pdf", &d, err);
    if (status == KITH_OK) status = read_list(list, &text, &layout, err);
    if (status == KITH_OK) status = read_file(job, &file, &layout, &guide, err);
    if (status == KITH_OK) status = pdf_write_text(&layout, &guide, &m, err);
    if (status == KITH_OK) status = manuscript_finish(&m, &d, err);
    manuscript_done(&m);
    pdf_layout_done(&layout);
    pdf_file_done(&file);
    buffer_done(&guide.bookmarks);
    buffer_done(&guide.notes);
    buffer_done(&text);
    return status;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    if (size < 2) return 0;
    arena a;
    arena_init(&a, 0);
    extraction found = {0};
    kith_error err = {0};
    kith_status status = extract_job_run(
        &(extract_input){.name = VIEW("a.pdf"), .bytes = {(const char *)bytes, size}}, read_all, &a,
        &found, &err);
    CHECK(status == KITH_OK || err.message[0]);
    CHECK(status != KITH_ERR_INTERNAL);
    const char *broken = extraction_check(&found);
    CHECK(!broken);
    arena_done(&a);
    return 0;
}
