/* extract_pdf.c - PDF: the text of each page; the page's position in the file, from 1, is its
 * place, with what the file calls it beside. The words and where they stand come from pdftotext; their order,
 * lines, tables and running headers are found in them (pdf_order.h, pdf_text.h). */
#include "extract/extract_file.h"
#include "extract/extract_job.h"
#include "extract/keywords.h"

#include "extract/manuscript.h"
#include "extract/outside_program.h"
#include "extract/pdf_bbox.h"
#include "extract/pdf_file.h"
#include "extract/pdf_fonts.h"
#include "extract/pdf_labels.h"
#include "extract/pdf_ocr.h"
#include "extract/pdf_order.h"
#include "extract/pdf_signs.h"
#include "extract/pdf_slant.h"
#include "extract/pdf_text.h"
#include "extract/pdf_turn.h"
#include "extract/pdf_unpack.h"

#include <kith/types.h>

#include <unistd.h>

enum { LISTING_MAX_BYTES = 256 << 20 }; // about 110 bytes a word

/* Words in a font that is not in the file, named by a character collection of East Asia. */
static bool needs_poppler_data(view bytes)
{
    static const char *const NAMES[] = {"Japan1", "Korea1", "/Uni", "-RKSJ-", "/GBK", "-EUC-"};
    if (access("/usr/share/poppler/cMap", F_OK) == 0) return false;
    for (size_t i = 0; i < sizeof NAMES / sizeof NAMES[0]; i++)
        if (view_find(bytes, view_of(NAMES[i])) < bytes.size) return true;
    return false;
}

/* What of the file is not read. */
static kith_status tell_rest(extract_job *job, const pdf_file *f, kith_error *err)
{
    if (!f->is_encrypted) return KITH_OK;
    return extract_job_notice(job,
                              "the PDF is encrypted: its bookmarks, comments and files within it "
                              "are not read",
                              err);
}

/* pictures  pages that are pictures */
static kith_status check_text(extract_job *job, const manuscript *m, uint32_t pictures,
                              kith_error *err)
{
    bool is_short = needs_poppler_data(job->bytes);
    if (m->text.size && is_short)
        return extract_job_notice(job,
                                  "Chinese, Japanese or Korean text may be missing: the package "
                                  "poppler-data is missing",
                                  err);
    if (m->text.size || job->attachments.size) return KITH_OK;
    if (is_short)
        return fail(err, KITH_ERR_UNSUPPORTED,
                    "no text in the PDF: its Chinese, Japanese or Korean fonts need tables, and "
                    "poppler-data is missing (package poppler-data)");
    const char *ignored[OUTSIDE_OCR_PROGRAMS];
    bool has_ocr = outside_program_find_ocr(ignored);
    if (pictures && !has_ocr)
        return fail(err, KITH_ERR_UNSUPPORTED,
                    "no text in the PDF: its pages are pictures, which tesseract reads, and it is "
                    "not installed (package tesseract-ocr)");
    return fail(err, KITH_ERR_UNSUPPORTED, "no text in the PDF%s",
                pictures ? ": its pages are pictures in which no text is found" : "");
}

/* Appends the words as pdftotext lists them. Its exit status says that the file cannot be opened; an
 * encrypted PDF has /Encrypt in its trailer, which is never encrypted itself. */
static kith_status list_words(const extract_job *job, pdf_file *f, buffer *out, kith_error *err)
{
    buffer unpacked;
    buffer_init(&unpacked, EXTRACT_PDF_FILE_BYTES);
    pdf_unpack(f, &unpacked);
    const outside_run run = {
        .kind = FILE_PDF,
        .program = outside_program_find(FILE_PDF),
        .bytes = unpacked.size ? buffer_view(&unpacked) : job->bytes,
        .memory_bytes = EXTRACT_PDF_MEMORY_BYTES,
        .cpu_s = EXTRACT_CPU_SECONDS,
        .wall_ms = EXTRACT_WALL_MS,
    };
    int exit_status = 0;
    kith_status status = outside_program_run(&run, out, &exit_status, err);
    buffer_done(&unpacked);
    if (status != KITH_OK || exit_status == 0) return status;
    if (view_find(job->bytes, VIEW("/Encrypt")) < job->bytes.size)
        return fail(err, KITH_ERR_AUTH, "encrypted");
    return fail(err, KITH_ERR_FORMAT, "damaged PDF: pdftotext ends with status %d", exit_status);
}

/* Gives the pages their labels. */
static kith_status name_pages(pdf_file *f, pdf_layout *l, kith_error *err)
{
    const view *labels;
    kith_status status = pdf_labels_read(f, pdf_page_count(l), &labels, err);
    for (uint32_t i = 0; status == KITH_OK && labels && i < pdf_page_count(l); i++)
        pdf_pages(l)[i].label = labels[i];
    return status;
}

/* What the file says of itself, for filters; its title is as often the name of a file as a title. */
static kith_status describe(pdf_file *f, document *d, kith_error *err)
{
    static const char *const KEYS[] = {"Author", "Keywords"};
    kith_status status = KITH_OK;
    pdf_object info = pdf_get(f, &f->trailer, "Info");
    for (size_t i = 0; i < 2 && status == KITH_OK; i++) {
        buffer text;
        buffer_init(&text, KEYWORDS_MAX_BYTES);
        pdf_object value = pdf_get(f, &info, KEYS[i]);
        if (value.kind == PDF_STRING) pdf_append_text(&value, &text);
        view kept = arena_copy(d->fields.memory, view_trim(buffer_view(&text)));
        bool is_whole = text.failed == KITH_OK && kept.size > 0;
        buffer_done(&text);
        if (!kept.data) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for metadata");
        if (is_whole)
            status = i ? keywords_set(&d->fields, kept, err)
                       : metadata_set_string(&d->fields, "author", kept, err);
    }
    return status;
}

/* The first heading is the document's title only when all others stand under it. */
static bool has_one_root(const buffer *bookmarks)
{
    const pdf_bookmark *list = (const pdf_bookmark *)(const void *)bookmarks->data;
    for (size_t i = 1; i < bookmarks->size / sizeof *list; i++)
        if (list[i].level == 1) return false;
    return true;
}

typedef struct reading {
    extract_job *job;
    buffer text; /* of all words; the layout points into it */
    pdf_layout layout;
    pdf_file file;
    pdf_leaves leaves;
    pdf_guide guide;
    uint32_t pictures; /* pages */
} reading;

static void reading_init(reading *r, extract_job *job)
{
    *r = (reading){.job = job};
    buffer_init(&r->text, 2 * (size_t)LISTING_MAX_BYTES);
    buffer_init(&r->guide.bookmarks, PDF_MAX_BOOKMARKS * sizeof(pdf_bookmark));
    buffer_init(&r->guide.notes, PDF_MAX_NOTES * sizeof(pdf_note));
    pdf_layout_init(&r->layout);
}

static void reading_done(reading *r)
{
    buffer_done(&r->text);
    buffer_done(&r->guide.bookmarks);
    buffer_done(&r->guide.notes);
    pdf_layout_done(&r->layout);
    pdf_file_done(&r->file);
    pdf_leaves_done(&r->leaves);
}

static kith_status read_layout(reading *r, kith_error *err)
{
    buffer raw;
    buffer_init(&raw, LISTING_MAX_BYTES);
    kith_status status = pdf_file_open(&r->file, r->job->bytes, r->job->memory, err);
    if (status == KITH_OK) status = list_words(r->job, &r->file, &raw, err);
    if (status == KITH_OK)
        status = pdf_bbox_read(&r->layout, buffer_view(&raw), PDFTOTEXT_MAX_PAGES, &r->text, err);
    buffer_done(&raw);
    if (status == KITH_OK) status = pdf_join_slanted(&r->layout, err);
    if (status != KITH_OK) return status;
    pdf_turn_pages(&r->layout);
    return pdf_order_lines(&r->layout, err);
}

/* What the file says of its pages beside their words, and the words of those that are pictures. */
static kith_status read_rest(reading *r, kith_error *err)
{
    pdf_layout *l = &r->layout;
    pdf_file *f = &r->file;
    const pdf_ocr ocr = {r->job, f, &r->leaves, l, &r->text, EXTRACT_OCR_WALL_MS};
    kith_status status = name_pages(f, l, err);
    if (status == KITH_OK) status = pdf_leaves_read(f, pdf_page_count(l), &r->leaves, err);
    if (status == KITH_OK) status = pdf_fonts_tell(f, &r->leaves, l, r->job, err);
    if (status == KITH_OK) status = pdf_ocr_read(&ocr, &r->pictures, err);
    if (status == KITH_OK) status = pdf_bookmarks_read(f, &r->leaves, &r->guide.bookmarks, err);
    if (status == KITH_OK) status = pdf_bookmarks_place(l, &r->guide.bookmarks, err);
    if (status == KITH_OK) status = pdf_signs_find(f, &r->leaves, l, err);
    if (status == KITH_OK) status = pdf_notes_read(f, &r->leaves, l, &r->guide.notes, err);
    return status == KITH_OK ? pdf_files_read(f, &r->leaves, r->job, err) : status;
}

kith_status extract_pdf(extract_job *job, kith_error *err)
{
    document d;
    manuscript m;
    reading r;
    reading_init(&r, job);
    manuscript_init(&m, job);
    kith_status status = extract_job_begin(job, "pdf", &d, err);
    if (status == KITH_OK) status = read_layout(&r, err);
    if (status == KITH_OK) status = read_rest(&r, err);
    if (status == KITH_OK) status = pdf_write_text(&r.layout, &r.guide, &m, err);
    if (!has_one_root(&r.guide.bookmarks)) m.found.first = VIEW("");
    if (status == KITH_OK) status = check_text(job, &m, r.pictures, err);
    if (status == KITH_OK) status = tell_rest(job, &r.file, err);
    if (status == KITH_OK) status = describe(&r.file, &d, err);
    d.id = job->stem;
    // Without text it is a cover for the files within.
    if (status == KITH_OK && m.text.size) status = manuscript_finish(&m, &d, err);
    manuscript_done(&m);
    reading_done(&r);
    return status;
}
