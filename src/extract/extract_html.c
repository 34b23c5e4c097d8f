/* extract_html.c - the text that a reader of the page sees, with its block structure.
 * html_parser.c repairs the markup and decodes entities; its events are written as text: a blank
 * line between paragraphs, "- " or the number before list entries, table rows with
 * the names of their columns, preformatted text as it is, formulas and raised text on one line.
 * Navigation, scripts, buttons and what is hidden are left out; when the page marks its main part,
 * only that is taken. The ids of its elements are places, by which passages are cited. Nothing is
 * loaded: no network, no DTD.
 *
 * html_scrub.c reads the page first and html_page.h holds the text; this file knows which element
 * does what. */
#include "extract/extract_job.h"

#include "base/utf8.h"
#include "extract/css_classes.h"
#include "extract/extract_bookmarks.h"
#include "extract/html_element.h"
#include "extract/html_meta.h"
#include "extract/html_page.h"
#include "extract/html_parser.h"
#include "extract/html_scrub.h"

#include <kith/types.h>

enum {
    TITLE_MAX_BYTES = 1024,
    QUESTION_TOP_LEVEL = 2,
    TERMS_LINE_BYTES = 60, // of a line of terms to which another one is added
    ID_DECODED_BYTES =
        512 // html_scrub writes ids of 200 bytes at most, and no reference grows twofold
};

static kith_status on_text(void *context, view text)
{
    html_page *p = context;
    if (p->skip_depth == 0) page_text(p, text);
    return p->status;
}

/* ---- elements that begin ---- */

/* A question's part ends with the element that it stands in, once that has more text. Within a
 * heading or a cell it is text. */
static void begin_question(html_page *p)
{
    if (p->heading_level > 0 || p->cell_depth > 0) return;
    uint32_t level = p->last_level + 1;
    if (level < QUESTION_TOP_LEVEL) level = QUESTION_TOP_LEVEL;
    page_heading_begin(p, level > OUTLINE_LEVELS ? OUTLINE_LEVELS : level);
    p->question_level = p->heading_level;
    p->question_depth = p->depth > 1 ? p->depth - 1 : 0;
    p->question_end = SIZE_MAX; // known when it ends
}

static void begin_heading(html_page *p, char digit)
{
    if (digit < '1' || digit > '6' || p->cell_depth > 0) return;
    page_heading_begin(p, (uint32_t)(digit - '0'));
    p->last_level = p->heading_level;
    p->question_depth = 0;
}

/* A heading without its end tag is not all that follows: a paragraph behind its text ends it. */
static void end_open_heading(html_page *p, view name)
{
    bool has_text = p->heading_level > 0 && p->heading_start != SIZE_MAX;
    if (has_text && p->question_end != SIZE_MAX && view_equal(name, VIEW("p"))) page_heading_end(p);
}

static void begin_script(html_page *p, bool is_lowered, bool is_note)
{
    if (p->script_depth > 0) return;
    buffer_reset(&p->script);
    p->script_depth = p->depth;
    p->is_lowered = is_lowered;
    p->is_note = is_note;
}

/* Terms that share what they mean stand on one line: "Monday, Tuesday: 9 to 5". Long ones, such as
 * the signatures of functions, have a line each, and so have those of different lists. */
static void begin_term(html_page *p)
{
    bool is_shared = p->term_end == p->text.size && p->breaks < 2;
    p->after_other_term = is_shared && p->text.size - p->line_start <= TERMS_LINE_BYTES;
    p->term_start = p->text.size;
    page_break(p, 1);
}

static void begin_definition(html_page *p)
{
    if (p->term_end == p->text.size) p->after_term = true;
    page_break(p, 1);
}

static void begin_title(html_page *p)
{
    p->in_title = p->title.size == 0;
    if (!p->in_title) p->skip_depth = p->depth;
}

static void begin_main(html_page *p)
{
    page_break(p, 2);
    if (p->main_end > 0 || p->in_main) return;
    p->main_start = p->text.size;
    p->in_main = true;
}

/* An element that stands for itself: a block, or a part of a text. */
static void begin_element(html_page *p, element_kind kind, const html_tag *t)
{
    switch (kind) {
    case ELEMENT_OPAQUE:
    case ELEMENT_SKIPPED:
        if (html_tag_attribute(t, "content").data)
            page_break(p, 2);
        else
            p->skip_depth = p->depth;
        break;
    case ELEMENT_TITLE:
        begin_title(p);
        break;
    case ELEMENT_BREAK:
        page_break(p, p->breaks == 0 ? 1 : 2);
        break;
    case ELEMENT_LINE:
        page_break(p, 1);
        break;
    case ELEMENT_TERM:
        begin_term(p);
        break;
    case ELEMENT_DEFINITION:
        begin_definition(p);
        break;
    case ELEMENT_MAIN:
        begin_main(p);
        break;
    case ELEMENT_PREFORMATTED:
        page_listing_begin(p);
        break;
    case ELEMENT_HEADING:
        begin_heading(p, t->name_size == 2 ? t->name[1] : ' ');
        break;
    case ELEMENT_QUESTION:
    case ELEMENT_CONTROL:
        begin_question(p);
        break;
    case ELEMENT_RAISED:
    case ELEMENT_LOWERED:
        begin_script(p, kind == ELEMENT_LOWERED, html_tag_attribute(t, "note").data);
        break;
    case ELEMENT_STRUCK:
        if (p->struck_depth == 0) p->struck_depth = p->depth;
        break;
    case ELEMENT_MATH:
        page_math_begin(p, html_tag_name(t));
        break;
    case ELEMENT_PARAGRAPH:
        end_open_heading(p, html_tag_name(t));
        page_break(p, 2);
        begin_heading(p, html_tag_attribute(t, "aria-level").size
                             ? html_tag_attribute(t, "aria-level").data[0]
                             : ' ');
        break;
    default:
        break;
    }
}

/* What is no part of a formula ends it (HTML 13.2.6.5): its text has been put into shape only so far as it goes. */
static void leave_math(html_page *p, element_kind kind)
{
    if (p->math_depth == 0 || html_element_is_inline(kind) || kind == ELEMENT_BREAK ||
        kind == ELEMENT_ANCHOR)
        return;
    p->math_depth = 0;
    p->after_math = false;
}

/* Lists and tables. */
static void begin_structure(html_page *p, element_kind kind, const html_tag *t)
{
    switch (kind) {
    case ELEMENT_LIST:
        page_list_begin(p, view_equal(html_tag_name(t), VIEW("ol")), html_tag_attribute(t, "marks"),
                        html_tag_attribute(t, "start"), html_tag_attribute(t, "reversed").data);
        break;
    case ELEMENT_ENTRY:
        page_entry(p, html_tag_attribute(t, "value"));
        break;
    case ELEMENT_TABLE:
        if (html_tag_attribute(t, "layout").data)
            page_break(p, 2);
        else
            page_table_begin(p);
        break;
    case ELEMENT_HEAD:
        p->in_head = p->cell_depth == 0;
        break;
    case ELEMENT_ROW:
        page_row_begin(p);
        break;
    case ELEMENT_CELL:
        page_cell_begin(p, html_tag_attribute(t, "rowspan"), html_tag_attribute(t, "colspan"),
                        view_equal(html_tag_name(t), VIEW("th")));
        break;
    default:
        begin_element(p, kind, t);
        break;
    }
}

/* Not inlined where most tags pass, which have no id: its array would be set to zero for each. */
__attribute__((noinline)) static void begin_anchor(html_page *p, view id)
{
    char decoded[ID_DECODED_BYTES];
    page_anchor(p, (view){decoded, html_decode(id, decoded, sizeof decoded)});
}

static kith_status on_start(void *context, const html_tag *t, element_kind kind)
{
    html_page *p = context;
    p->depth++;
    if (p->skip_depth > 0) return p->status;
    if (html_tag_attribute(t, "hidden").data) {
        p->skip_depth = p->depth;
        return p->status;
    }
    p->math_kinds[p->depth] = 0;
    leave_math(p, kind);
    const view id = html_tag_attribute(t, "id");
    // The parts of a formula move until it ends; the place is that of the formula.
    if (id.size > 0 && p->math_depth == 0) begin_anchor(p, id);
    if (p->struck_depth == 0 && html_tag_attribute(t, "struck").data) p->struck_depth = p->depth;
    begin_structure(p, kind, t);
    if (kind == ELEMENT_ENTRY) p->is_selected = html_tag_attribute(t, "selected").data;
    return p->status;
}

/* ---- elements that end ---- */

static void end_script(html_page *p)
{
    if (p->script_depth != p->depth) return;
    view text = view_trim(buffer_view(&p->script));
    size_t start = p->cell_start == SIZE_MAX ? p->line_start : p->cell_start;
    p->script_depth = 0;
    if (text.size == 0) return;
    page_flush(p);
    page_struck_reopen(p);
    size_t run = p->text.size;
    char last = run > 0 ? p->text.data[run - 1] : ' ';
    if (p->is_lowered)
        lowered_append(&p->text, start, text);
    else if (p->is_note && is_ascii_digit(text.data[0]))
        raised_append_sign(&p->raise, &p->text, start, text);
    else
        raised_append(&p->raise, &p->text, start, text);
    if (run > 0 && p->text.data[run - 1] != last)
        page_move_anchors(p, run - 1); // before a full stop
    page_strike(p, run);
    if (p->text.failed != KITH_OK) page_fail(p, p->text.failed);
}

static void end_main(html_page *p)
{
    if (p->in_main && p->text.size > p->main_start) p->main_end = p->text.size;
    p->in_main = false;
    page_break(p, 2);
}

static void end_element(html_page *p, element_kind kind)
{
    switch (kind) {
    case ELEMENT_TITLE:
        p->in_title = false;
        break;
    case ELEMENT_LINE:
        page_break(p, 1);
        break;
    case ELEMENT_DEFINITION:
        if (p->after_term) p->term_end = SIZE_MAX; // it was empty, and what follows is none
        p->after_term = false;
        page_break(p, 1);
        break;
    case ELEMENT_TERM:
        p->after_other_term = false; // where it was empty
        if (p->text.size > p->term_start) p->term_end = p->text.size;
        page_break(p, 1);
        break;
    case ELEMENT_ENTRY:
        if (p->is_selected && p->marker == NUMERAL_NONE) page_text(p, VIEW(" (selected)"));
        p->is_selected = false;
        p->marker = NUMERAL_NONE;
        page_break(p, 1);
        break;
    case ELEMENT_LIST:
        page_list_end(p);
        break;
    case ELEMENT_TABLE:
        page_table_end(p);
        break;
    case ELEMENT_HEAD:
        p->in_head = false;
        break;
    case ELEMENT_ROW:
        if (p->table_depth == 0) page_break(p, 1);
        break;
    case ELEMENT_CELL:
        if (p->cell_depth == p->depth) page_cell_end(p);
        p->space = p->breaks == 0;
        break;
    case ELEMENT_MAIN:
        end_main(p);
        break;
    case ELEMENT_PREFORMATTED:
        page_listing_end(p);
        break;
    case ELEMENT_RAISED:
    case ELEMENT_LOWERED:
        end_script(p);
        break;
    case ELEMENT_MATH:
        page_math_end(p);
        break;
    case ELEMENT_HEADING:
    case ELEMENT_PARAGRAPH:
        page_break(p, 2);
        break;
    default:
        break;
    }
}

/* The part of a question ends with the element around it, or, where that held nothing but the
 * question, with the one around that. */
static void end_question(html_page *p)
{
    if (p->text.size == p->question_end) {
        p->question_depth--;
        return;
    }
    p->end_level = p->question_level;
    p->question_depth = 0;
}

static kith_status on_end(void *context, element_kind kind)
{
    html_page *p = context;
    if (p->struck_depth == p->depth) p->struck_depth = 0;
    if (p->skip_depth == 0) {
        if (p->heading_depth == p->depth) {
            page_heading_end(p);
            if (p->question_end == SIZE_MAX) p->question_end = p->text.size;
        }
        if (p->question_depth == p->depth) end_question(p);
        end_element(p, kind);
    } else if (p->skip_depth == p->depth) {
        p->skip_depth = 0;
    }
    p->depth--;
    return p->status;
}

/* ---- the whole page ---- */

/* The page's main part, to which headings and anchors are cut as well, the last anchor before it
 * staying; the whole text when it has none. */
static view keep_main(html_page *p)
{
    view text = buffer_view(&p->text);
    size_t start = p->main_start, end = p->main_end;
    if (end == 0) start = 0, end = text.size;
    while (start < end && text.data[start] == '\n')
        start++;
    heading *headings = (heading *)p->found.headings.data;
    size_t count = p->found.headings.size / sizeof(heading), kept = 0;
    for (size_t i = 0; i < count; i++) {
        heading h = headings[i];
        if (h.offset < start || h.offset >= end) continue;
        headings[kept++] = (heading){h.offset - start, h.path};
    }
    p->found.headings.size = kept * sizeof(heading);
    place_mark *marks = (place_mark *)p->marks.data;
    count = p->marks.size / sizeof *marks;
    kept = 0;
    for (size_t i = 0; i < count; i++) {
        place_mark mark = marks[i];
        if (mark.offset < start) continue; // text stands between it and the main part
        if (mark.offset >= end) break;
        mark.offset -= start;
        if (kept > 0 && marks[kept - 1].offset == mark.offset) kept--; // a nearer one
        marks[kept++] = mark;
    }
    p->marks.size = kept * sizeof *marks;
    return view_slice(text, start, end);
}

static kith_status finish_page(extract_job *job, html_page *p, document *d, kith_error *err)
{
    d->id = job->stem;
    d->text = arena_copy(job->memory, keep_main(p));
    view title = view_trim(buffer_view(&p->title));
    d->title = arena_copy(job->memory, view_slice(title, 0, utf8_floor(title, TITLE_MAX_BYTES)));
    place_mark *marks = arena_new(job->memory, p->marks.size);
    if (!d->text.data || !d->title.data || !marks)
        return fail(err, KITH_ERR_NO_MEMORY, "out of memory for the text of the page");
    if (p->marks.size) memcpy(marks, p->marks.data, p->marks.size);
    d->marks = marks;
    d->mark_count = (uint32_t)(p->marks.size / sizeof *marks);
    kith_status status = outline_finish(&p->found, d, err);
    if (status == KITH_OK && d->title.size > 0)
        status = metadata_set_string(&d->fields, "title", d->title, err);
    if (status == KITH_OK) status = html_meta_set(&d->fields, job->text, err);
    return status == KITH_OK ? extract_job_add(job, d, err) : status;
}

static kith_status tell_findings(extract_job *job, const scrub_findings *found, kith_error *err)
{
    kith_status status = KITH_OK;
    if (found->frame)
        status = extract_job_notice(job, "a page within the page (iframe, frame) is not read", err);
    if (found->object && status == KITH_OK)
        status = extract_job_notice(job, "an embedded object is not read", err);
    if (found->drawing && status == KITH_OK)
        status = extract_job_notice(job, "the labels of a drawing (svg) are not read", err);
    return status;
}

static kith_status read_page(extract_job *job, bool with_menus, html_page *p, kith_error *err)
{
    buffer scrubbed;
    scrub_findings found = {0};
    const html_events events = {.context = p, .start = on_start, .end = on_end, .text = on_text};
    buffer_init(&scrubbed, 2 * KITH_DOCUMENT_MAX_BYTES);
    page_init(p, job->memory, err);
    // Most are no larger; memory that is not written to costs nothing, and a buffer that moves does.
    (void)buffer_reserve(&scrubbed, job->text.size);
    css_classes classes;
    classes.count = 0;
    if (job->classes) classes = *job->classes;
    html_scrub(job->text, with_menus, &classes, &scrubbed, &found);
    kith_status status = buffer_status(&scrubbed, "the HTML without scripts", err);
    (void)buffer_reserve(&p->text, scrubbed.size);
    if (status == KITH_OK) status = html_parse(buffer_view(&scrubbed), &events);
    if (p->text.failed != KITH_OK) status = buffer_status(&p->text, "the text of the page", err);
    if (status == KITH_OK) status = tell_findings(job, &found, err);
    buffer_done(&scrubbed);
    return status;
}

kith_status extract_html(extract_job *job, kith_error *err)
{
    document d;
    if (bookmarks_are(job->text)) return extract_bookmarks(job, err);
    kith_status status = extract_job_begin(job, "html", &d, err);
    if (status != KITH_OK) return status;
    html_page *p = arena_new(job->memory, sizeof *p); // large for a stack
    if (!p) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for HTML");
    status = read_page(job, false, p, err);
    if (status == KITH_OK && p->text.size == 0) { // a page of nothing but menus
        page_done(p);
        status = read_page(job, true, p, err);
    }
    if (status == KITH_OK) status = finish_page(job, p, &d, err);
    page_done(p);
    return status;
}
