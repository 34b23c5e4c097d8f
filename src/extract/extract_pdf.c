/* extract_pdf.c - PDF: the text of each page; the page's position in the file, from 1, is its
 * place, with what the file calls it beside. The words and where they stand come from pdftotext; lines,
 * tables and running headers are found in them (pdf_text.h). */
#include "extract/extract_file.h"
#include "extract/extract_job.h"

#include "base/utf8.h"
#include "extract/manuscript.h"
#include "extract/outside_program.h"
#include "extract/pdf_file.h"
#include "extract/pdf_labels.h"
#include "extract/pdf_text.h"

#include <kith/types.h>

#include <unistd.h>

enum { LISTING_MAX_BYTES = 128 << 20 }; // about 45 bytes a word

/* Replaces NUL and other control characters, which some fonts yield for ligatures. */
static void clean(view raw, buffer *out)
{
    size_t start = out->size;
    (void)utf8_append_repaired(out, raw);
    for (size_t i = start; i < out->size; i++) {
        unsigned char c = (unsigned char)out->data[i];
        if (c < ' ' && c != '\n' && c != '\t') out->data[i] = ' ';
    }
}

/* Words in a font that is not in the file, named by a character collection of East Asia. */
static bool needs_poppler_data(view bytes)
{
    static const char *const NAMES[] = {"Japan1", "Korea1", "/Uni", "-RKSJ-", "/GBK", "-EUC-"};
    if (access("/usr/share/poppler/cMap", F_OK) == 0) return false;
    for (size_t i = 0; i < sizeof NAMES / sizeof NAMES[0]; i++)
        if (view_find(bytes, view_of(NAMES[i])) < bytes.size) return true;
    return false;
}

/* What the file holds beside its pages and is not read. Objects that the file compresses are not
 * looked into. */
static kith_status tell_rest(extract_job *job, kith_error *err)
{
    static const struct {
        const char *name, *notice;
    } PARTS[] = {
        {"/EmbeddedFile", "files within the PDF are not read"},
        {"/Subtype/Text", "notes (comments) on pages of the PDF are not read"},
        {"/Subtype /Text", "notes (comments) on pages of the PDF are not read"},
    };
    kith_status status = KITH_OK;
    for (size_t i = 0; i < sizeof PARTS / sizeof PARTS[0] && status == KITH_OK; i++) {
        size_t at = view_find(job->bytes, view_of(PARTS[i].name));
        size_t end = at + strlen(PARTS[i].name);
        if (end > job->bytes.size) continue;
        char next = end < job->bytes.size ? job->bytes.data[end] : ' ';
        bool is_name = i > 0 && ((next >= 'A' && next <= 'Z') || (next >= 'a' && next <= 'z'));
        if (!is_name) status = extract_job_notice(job, PARTS[i].notice, err);
    }
    return status;
}

static kith_status check_text(extract_job *job, const manuscript *m, kith_error *err)
{
    bool is_short = needs_poppler_data(job->bytes);
    if (m->text.size && is_short)
        return extract_job_notice(job,
                                  "Chinese, Japanese or Korean text may be missing: the package "
                                  "poppler-data is missing",
                                  err);
    if (m->text.size) return KITH_OK;
    if (is_short)
        return fail(err, KITH_ERR_UNSUPPORTED,
                    "no text in the PDF: its Chinese, Japanese or Korean fonts need tables, and "
                    "poppler-data is missing (package poppler-data)");
    return fail(err, KITH_ERR_UNSUPPORTED,
                "no text in the PDF: its pages are pictures (a program that adds their text to the "
                "PDF, such as ocrmypdf, makes it readable)");
}

/* Appends the words as pdftotext lists them. Its exit status says that the file cannot be opened; an
 * encrypted PDF has /Encrypt in its trailer, which is never encrypted itself. */
static kith_status list_words(const extract_job *job, buffer *out, kith_error *err)
{
    const outside_run run = {
        .kind = FILE_PDF,
        .program = outside_program_find(FILE_PDF),
        .bytes = job->bytes,
        .memory_bytes = EXTRACT_PDF_MEMORY_BYTES,
        .cpu_s = EXTRACT_CPU_SECONDS,
        .wall_ms = EXTRACT_WALL_MS,
    };
    int exit_status = 0;
    kith_status status = outside_program_run(&run, out, &exit_status, err);
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

/* The first heading is the document's title only when all others stand under it. */
static bool has_one_root(const buffer *bookmarks)
{
    const pdf_bookmark *list = (const pdf_bookmark *)(const void *)bookmarks->data;
    for (size_t i = 1; i < bookmarks->size / sizeof *list; i++)
        if (list[i].level == 1) return false;
    return true;
}

/* What the file says of its pages beside their words. */
static kith_status read_guide(pdf_file *f, pdf_layout *l, pdf_guide *guide, kith_error *err)
{
    pdf_leaves leaves = {0};
    kith_status status = name_pages(f, l, err);
    if (status == KITH_OK) status = pdf_leaves_read(f, pdf_page_count(l), &leaves, err);
    if (status == KITH_OK) status = pdf_bookmarks_read(f, &leaves, &guide->bookmarks, err);
    if (status == KITH_OK) status = pdf_bookmarks_place(l, &guide->bookmarks, err);
    pdf_leaves_done(&leaves);
    return status;
}

kith_status extract_pdf(extract_job *job, kith_error *err)
{
    document d;
    manuscript m;
    buffer raw, cleaned;
    pdf_layout layout;
    pdf_file file = {0};
    pdf_guide guide;
    buffer_init(&guide.bookmarks, PDF_MAX_BOOKMARKS * sizeof(pdf_bookmark));
    buffer_init(&raw, LISTING_MAX_BYTES);
    buffer_init(&cleaned, 3 * (size_t)LISTING_MAX_BYTES);
    pdf_layout_init(&layout);
    manuscript_init(&m, job);
    kith_status status = extract_job_begin(job, "pdf", &d, err);
    if (status == KITH_OK) status = list_words(job, &raw, err);
    if (status != KITH_OK) goto done;
    clean(buffer_view(&raw), &cleaned);
    buffer_done(&raw);
    status = buffer_status(&cleaned, "the text of the PDF", err);
    if (status == KITH_OK)
        status = pdf_layout_read(&layout, buffer_view(&cleaned), PDFTOTEXT_MAX_PAGES, err);
    if (status == KITH_OK) status = pdf_file_open(&file, job->bytes, job->memory, err);
    if (status == KITH_OK) status = read_guide(&file, &layout, &guide, err);
    if (status == KITH_OK) status = pdf_write_text(&layout, &guide, &m, err);
    if (!has_one_root(&guide.bookmarks)) m.found.first = VIEW("");
    if (status == KITH_OK) status = check_text(job, &m, err);
    if (status == KITH_OK) status = tell_rest(job, err);
    if (status != KITH_OK) goto done;
    d.id = job->stem;
    status = manuscript_finish(&m, &d, err);
done:
    manuscript_done(&m);
    pdf_layout_done(&layout);
    pdf_file_done(&file);
    buffer_done(&guide.bookmarks);
    buffer_done(&raw);
    buffer_done(&cleaned);
    return status;
}
