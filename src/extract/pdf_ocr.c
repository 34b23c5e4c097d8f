/* pdf_ocr.c - a page is drawn by pdftoppm and read by tesseract, one process each, with the rights
 * and limits that pdftotext has. tesseract lists words as pdftotext -tsv does, in pixels.
 *
 * What is read on a photograph are letters by chance: words of which the program is not sure are
 * left out, and a page whose words are not sure on the average has no text, which is told. */
#include "extract/pdf_ocr.h"

#include "base/size.h"
#include "base/utf8.h"
#include "extract/extract_file.h"
#include "extract/ocr_languages.h"
#include "extract/outside_program.h"
#include "os/child.h"
#include "os/clock.h"

#include <stdio.h>

enum {
    FEW_WORDS = 8,            /* that a scanner adds to a page */
    LARGE_PIXELS = 500 * 500, /* of a picture beside them */
    DRAWING_BYTES = 100,      /* of a page's contents that draw anything */
    MAX_FORMS = 3,            /* pictures within pictures */
    MAX_PICTURES = 50,        /* that are looked at on a page */
    PICTURE_MAX_BYTES = 40 << 20,
    PAGE_MAX_BYTES = 8 << 20, /* of the list of its words */
    SURE_PERCENT = 60,
    MAX_RANGES = 12 /* of pages in a notice */
};

/* ---- which pages are pictures ---- */

/* The pixels of the largest picture that the resources name. */
static double largest_picture(pdf_file *f, const pdf_object *resources, uint32_t depth)
{
    pdf_object named = pdf_get(f, resources, "XObject");
    double largest = 0;
    for (uint32_t i = 0; named.kind == PDF_DICTIONARY && i < named.count && i < MAX_PICTURES; i++) {
        pdf_object picture = pdf_resolve(f, &named.elements[2 * i + 1]);
        pdf_object kind = pdf_get(f, &picture, "Subtype"), width = pdf_get(f, &picture, "Width"),
                   height = pdf_get(f, &picture, "Height");
        double pixels = width.number * height.number;
        if (pdf_is_name(&kind, "Form") && depth < MAX_FORMS) {
            pdf_object own = pdf_get(f, &picture, "Resources");
            pixels = largest_picture(f, &own, depth + 1);
        }
        if (pixels > largest) largest = pixels;
    }
    return largest;
}

static bool draws_anything(pdf_file *f, const pdf_object *page)
{
    pdf_object contents = pdf_get(f, page, "Contents");
    size_t size = contents.is_stream ? contents.text.size : 0;
    for (uint32_t i = 0; contents.kind == PDF_ARRAY && i < contents.count && i < MAX_PICTURES;
         i++) {
        pdf_object part = pdf_resolve(f, &contents.elements[i]);
        size += part.is_stream ? part.text.size : 0;
    }
    return size > DRAWING_BYTES;
}

/* Of a file whose objects are not known every page without words may be one. */
static bool is_picture(const pdf_ocr *run, uint32_t number)
{
    const pdf_page *page = &pdf_pages(run->layout)[number];
    uint32_t words = 0;
    for (uint32_t i = page->first; i < page->first + page->count; i++)
        words += pdf_lines(run->layout)[i].count;
    if (words > FEW_WORDS) return false;
    if (number >= pdf_leaf_count(run->leaves)) return words == 0;
    const pdf_object *leaf = &pdf_leaf_at(run->leaves, number)->page;
    pdf_object resources = pdf_page_resources(run->file, *leaf);
    double pixels = largest_picture(run->file, &resources, 0);
    return pixels >= LARGE_PIXELS ||
           (words == 0 && (pixels > 0 || draws_anything(run->file, leaf)));
}

/* ---- notices ---- */

typedef struct page_list {
    char text[160]; /* "2, 5-9" */
    uint32_t count, ranges, last;
    size_t cut; /* where the last range's end stands in text; 0: the range is one page */
} page_list;

/* Pages come in order. */
static void list_page(page_list *l, uint32_t page)
{
    size_t size = strlen(l->text);
    bool is_next = l->count && page == l->last + 1;
    l->count++;
    l->last = page;
    if (l->ranges > MAX_RANGES) return;
    if (is_next) {
        if (l->cut == 0) l->cut = size;
        (void)snprintf(l->text + l->cut, sizeof l->text - l->cut, "-%u", page);
        return;
    }
    l->cut = 0;
    if (l->ranges++ == MAX_RANGES)
        (void)snprintf(l->text + size, sizeof l->text - size, " and more");
    else
        (void)snprintf(l->text + size, sizeof l->text - size, "%s%u", size ? ", " : "", page);
}

static kith_status tell(extract_job *job, const page_list *l, const char *what, kith_error *err)
{
    if (l->count == 0) return KITH_OK;
    const char *text = arena_printf(job->memory, "%s %s: %s%s", l->count == 1 ? "page" : "pages",
                                    l->text, l->count == 1 ? "a picture" : "pictures", what);
    if (!text) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a notice");
    return extract_job_notice(job, text, err);
}

/* ---- one page ---- */

/* LEFT: there was no time for it, or there were too many. */
typedef enum page_outcome { WAS_READ, HAS_NONE, FAILED, LEFT, OUTCOMES } page_outcome;

typedef struct reader {
    const pdf_ocr *run;
    const char *programs[OUTSIDE_OCR_PROGRAMS];
    ocr_languages languages;
    const char *names; /* those that are read in */
    int64_t deadline_ns;
    buffer picture, words; /* of the page */
    buffer text;           /* the lists of all pages that were read */
    buffer pages;          /* elements: uint32_t, those pages, from 0 */
} reader;

/* True when it ran to its end and wrote something. */
static bool run_program(const reader *r, const char *const *arguments, view input, buffer *out)
{
    int64_t left_ms = (r->deadline_ns - clock_monotonic_ns()) / 1000000;
    child_command command = {
        .arguments = arguments,
        .input = input,
        .file_bytes = PICTURE_MAX_BYTES,
        .memory_bytes = EXTRACT_WORKER_MEMORY_BYTES,
        .cpu_s = PDF_OCR_PAGE_CPU_S,
        .wall_ms = left_ms < 1 ? 1 : (uint32_t)left_ms,
        .in_group = true,
    };
    child_outcome outcome;
    kith_error ignored = {0};
    buffer_reset(out);
    kith_status status = child_run(&command, out, &outcome, &ignored);
    return status == KITH_OK && outcome.how == CHILD_EXITED && outcome.code == 0 && out->size;
}

static view column_of(view row, uint32_t number)
{
    size_t at = 0;
    for (uint32_t i = 0; i < number; i++) {
        size_t tab = view_find(view_slice(row, at, row.size), VIEW("\t"));
        if (at + tab >= row.size) return VIEW("");
        at += tab + 1;
    }
    view rest = view_slice(row, at, row.size);
    return view_slice(rest, 0, view_find(rest, VIEW("\t")));
}

/* True for a list of one page whose words are sure. Pictures within it are words of blanks. */
static bool is_sure(view list)
{
    enum { LEVEL = 0, CONFIDENCE = 10, TEXT = 11 };
    uint64_t sum = 0, words = 0, pages = 0;
    for (size_t at = 0; at < list.size;) {
        view row = view_next_line(list, &at), level = column_of(row, LEVEL);
        pages += view_equal(level, VIEW("1"));
        if (!view_equal(level, VIEW("5")) || view_trim(column_of(row, TEXT)).size == 0) continue;
        view confidence = column_of(row, CONFIDENCE);
        uint32_t percent = 0;
        for (size_t i = 0; i < confidence.size && i < 3 && is_ascii_digit(confidence.data[i]); i++)
            percent = 10 * percent + (uint32_t)(confidence.data[i] - '0');
        sum += percent;
        words++;
    }
    return pages == 1 && words && sum >= SURE_PERCENT * words;
}

/* Appends the list of the page's words to r->text when they are sure. */
static page_outcome read_page(reader *r, uint32_t number)
{
    char page[16], size[16], dots[16];
    const pdf_page *p = &pdf_pages(r->run->layout)[number];
    float points = p->width > p->height ? p->width : p->height;
    uint32_t dpi = points > 1 ? (uint32_t)(PDF_OCR_LONG_SIDE * 72.0F / points) : 300;
    (void)snprintf(page, sizeof page, "%u", number + 1);
    (void)snprintf(size, sizeof size, "%d", PDF_OCR_LONG_SIDE);
    (void)snprintf(dots, sizeof dots, "%u", dpi < 70 ? 70 : dpi > 2400 ? 2400 : dpi);
    const char *const draw[] = {r->programs[0], "-q",        "-gray", "-f", page, "-l",
                                page,           "-scale-to", size,    "-",  NULL};
    const char *const read[] = {r->programs[1], "-",     "-", "-l",  r->names, "--dpi",
                                dots,           "--psm", "3", "tsv", NULL};
    if (!run_program(r, draw, r->run->job->bytes, &r->picture)) return FAILED;
    if (!run_program(r, read, buffer_view(&r->picture), &r->words)) return FAILED;
    if (!is_sure(buffer_view(&r->words))) return HAS_NONE;
    size_t start = r->text.size;
    (void)utf8_append_repaired(&r->text, buffer_view(&r->words));
    for (size_t i = start; i < r->text.size; i++)
        if ((unsigned char)r->text.data[i] < ' ' && r->text.data[i] != '\n' &&
            r->text.data[i] != '\t')
            r->text.data[i] = ' ';
    buffer_append_byte(&r->text, '\n');
    buffer_append_u32(&r->pages, number);
    return WAS_READ;
}

/* ---- the words of all pages ---- */

static void scale(pdf_box *box, float factor)
{
    box->left *= factor;
    box->top *= factor;
    box->right *= factor;
    box->bottom *= factor;
}

/* Appends the lines and words of page `from` of `read`, whose text begins at `base`, as page `to`. */
static void take_page(pdf_layout *l, const pdf_layout *read, uint32_t from, pdf_page *to,
                      size_t base, buffer *lines)
{
    const pdf_page *page = &pdf_pages(read)[from];
    float factor = page->width > 0 ? to->width / page->width : 1;
    to->first = (uint32_t)(lines->size / sizeof(pdf_line));
    to->count = page->count;
    to->is_read_by_ocr = true;
    for (uint32_t i = page->first; i < page->first + page->count; i++) {
        pdf_line line = pdf_lines(read)[i];
        uint32_t first = line.first;
        line.first = (uint32_t)(l->words.size / sizeof(pdf_word));
        scale(&line.box, factor);
        buffer_append(lines, (view){(const char *)&line, sizeof line});
        for (uint32_t k = first; k < first + line.count; k++) {
            pdf_word word = pdf_words(read)[k];
            word.at += (uint32_t)base;
            scale(&word.box, factor);
            buffer_append(&l->words, (view){(const char *)&word, sizeof word});
        }
    }
}

/* Lines stand in the order of their pages. */
static kith_status merge(reader *r, kith_error *err)
{
    pdf_layout *l = r->run->layout, read;
    buffer lines;
    pdf_layout_init(&read);
    buffer_init(&lines, UINT32_MAX);
    size_t base = r->run->text->size, count = r->pages.size / 4, next = 0;
    kith_status status = buffer_status(&r->text, "what was read on the pages", err);
    if (status == KITH_OK)
        status = pdf_layout_read(&read, buffer_view(&r->text), PDF_OCR_MAX_PAGES, err);
    if (status == KITH_OK) buffer_append(r->run->text, buffer_view(&r->text));
    for (uint32_t i = 0; status == KITH_OK && i < pdf_page_count(l); i++) {
        pdf_page *page = &pdf_pages(l)[i];
        bool is_read =
            next < count && next < pdf_page_count(&read) && load_u32(r->pages.data + 4 * next) == i;
        if (is_read) {
            take_page(l, &read, (uint32_t)next++, page, base, &lines);
            continue;
        }
        uint32_t first = page->first;
        page->first = (uint32_t)(lines.size / sizeof(pdf_line));
        buffer_append(&lines,
                      (view){(const char *)&pdf_lines(l)[first], page->count * sizeof(pdf_line)});
    }
    if (status == KITH_OK) status = buffer_status(r->run->text, "the text of the PDF", err);
    if (status == KITH_OK) status = buffer_status(&lines, "the list of lines", err);
    if (status == KITH_OK) status = buffer_status(&l->words, "the list of words", err);
    if (status == KITH_OK) {
        buffer kept = l->lines;
        l->lines = lines;
        lines = kept;
        l->text = buffer_view(r->run->text);
    }
    buffer_done(&lines);
    pdf_layout_done(&read);
    return status;
}

/* lists  [OUTCOMES] */
static kith_status tell_all(const reader *r, const page_list *lists, kith_error *err)
{
    extract_job *job = r->run->job;
    bool has_many = r->names == r->languages.names && r->languages.installed > OCR_MAX_LANGUAGES;
    const char *by = arena_printf(job->memory, ", read by OCR (%s%s), which makes mistakes",
                                  r->names, has_many ? " alone" : "");
    if (!by) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a notice");
    kith_status status = tell(job, &lists[WAS_READ], by, err);
    if (status == KITH_OK)
        status =
            tell(job, &lists[HAS_NONE], ", in which OCR finds no text of which it is sure", err);
    if (status == KITH_OK) status = tell(job, &lists[FAILED], ", could not be read by OCR", err);
    if (status == KITH_OK)
        status = tell(job, &lists[LEFT],
                      ", not read: OCR has no time for them, or they are too many", err);
    return status;
}

/* pictures  the pages, [count] of uint32_t */
static kith_status read_pages(reader *r, const buffer *pictures, kith_error *err)
{
    page_list lists[OUTCOMES] = {0};
    buffer_init(&r->picture, PICTURE_MAX_BYTES);
    buffer_init(&r->words, PAGE_MAX_BYTES);
    buffer_init(&r->text, (size_t)PAGE_MAX_BYTES * 16);
    buffer_init(&r->pages, 4 * (size_t)PDF_OCR_MAX_PAGES);
    for (size_t i = 0; i < pictures->size / 4; i++) {
        uint32_t number = load_u32(pictures->data + 4 * i);
        bool has_room = i < PDF_OCR_MAX_PAGES && clock_monotonic_ns() < r->deadline_ns;
        list_page(&lists[has_room ? read_page(r, number) : LEFT], number + 1);
    }
    kith_status status = r->pages.size ? merge(r, err) : KITH_OK;
    if (status == KITH_OK) status = tell_all(r, lists, err);
    buffer_done(&r->picture);
    buffer_done(&r->words);
    buffer_done(&r->text);
    buffer_done(&r->pages);
    return status;
}

kith_status pdf_ocr_read(const pdf_ocr *run, uint32_t *pictures, kith_error *err)
{
    buffer found;
    page_list missing = {{0}, 0, 0, 0, 0};
    reader r = {.run = run};
    buffer_init(&found, UINT32_MAX);
    for (uint32_t i = 0; i < pdf_page_count(run->layout); i++)
        if (is_picture(run, i)) buffer_append_u32(&found, i);
    kith_status status = buffer_status(&found, "the list of pictures", err);
    *pictures = (uint32_t)(found.size / 4);
    if (status == KITH_OK && found.size && outside_program_find_ocr(r.programs)) {
        ocr_languages_find(&r.languages);
        r.names = run->job->ocr_languages ? run->job->ocr_languages : r.languages.names;
        r.deadline_ns = clock_monotonic_ns() + (int64_t)run->wall_ms * 1000000;
        status = read_pages(&r, &found, err);
    } else if (status == KITH_OK &&
               run->layout->words.size) { // what has no text fails with the reason
        for (size_t i = 0; i < found.size / 4; i++)
            list_page(&missing, load_u32(found.data + 4 * i) + 1);
        status = tell(run->job, &missing,
                      ", not read: tesseract is not installed (package tesseract-ocr)", err);
    }
    buffer_done(&found);
    return status;
}
