/* extract_odt.c - OpenDocument texts and presentations. A text gives its paragraphs, headings, lists
 * and tables, with notes and comments behind the paragraph that refers to them, and headers and
 * footers once, at the end; the place of text is the number of its paragraph in the body, where a
 * table counts as one, as in Word. A presentation gives its slides as PowerPoint's: the title first,
 * as heading, the other shapes in the order in which they are seen, then the speaker's notes.
 * Source: OpenDocument 1.3 part 3, sections 3, 5 and 10. */
#include "extract/extract_job.h"
#include "extract/manuscript.h"
#include "extract/odf_package.h"
#include "extract/odf_reader.h"
#include "extract/office_body.h"
#include "extract/slide_order.h"

#include <kith/types.h>

#include <stdio.h>

enum { SHAPES_MAX = 100000, SLIDES_MAX = 10000, SHORT_MARGIN_BYTES = 24 };

typedef enum odf_part { PART_BODY, PART_MARGINS } odf_part;

/* A shape of the open slide: its blocks lie in `blocks`. */
typedef struct odf_shape {
    slide_box box;
    size_t start, end; // of its blocks
    bool is_title;
} odf_shape;

typedef struct odf_reading {
    extract_job *job;
    manuscript *m;
    odf_styles styles;
    odf_reader reader;
    odf_part part;
    bool is_slides;
    office_body body;
    uint32_t root_depth; // of the element that holds text; 0: none is open
    // headers and footers
    const char *margin;
    buffer collected;
    // slides
    uint32_t slide, shape_depth, notes_depth;
    buffer blocks; // of the slide: each u32 bytes | is_joined | text
    buffer shapes; // elements: odf_shape
    buffer notes;  // of the slide
    char place[32];
} odf_reading;

/* ---- blocks ---- */

static kith_status on_block(void *context, const office_block *block, kith_error *err)
{
    view text;
    odf_reading *r = context;
    if (!r->is_slides && r->part == PART_BODY) return office_body_write(&r->body, block, err);
    kith_status status = office_body_text(&r->body, block, &text, err);
    if (status != KITH_OK) return status;
    if (r->part == PART_MARGINS || r->notes_depth) {
        buffer *out = r->part == PART_MARGINS ? &r->collected : &r->notes;
        if (out->size) buffer_append_byte(out, '\n');
        buffer_append(out, text);
        return buffer_status(out, "notes", err);
    }
    bool joins = block->kind == OFFICE_ROW || block->kind == OFFICE_PARAGRAPH;
    if (text.size > UINT32_MAX - 1) return fail(err, KITH_ERR_LIMIT, "a paragraph is too long");
    buffer_append_u32(&r->blocks, (uint32_t)text.size);
    buffer_append_byte(&r->blocks, joins);
    buffer_append(&r->blocks, text);
    return buffer_status(&r->blocks, "a slide", err);
}

/* ---- slides ---- */

/* "12.5cm" in thousandths of a millimetre; 0 when it is no length. */
static int64_t length_of(view text)
{
    static const struct {
        const char *unit;
        int64_t micrometres;
    } UNITS[] = {{"cm", 10000}, {"mm", 1000}, {"in", 25400}, {"pt", 353}, {"pc", 4233}};
    int64_t whole = 0, scale = 1;
    size_t i = 0;
    bool is_negative = text.size && text.data[0] == '-', has_point = false;
    for (i = is_negative; i < text.size && i < 14; i++) {
        char c = text.data[i];
        if (c == '.' && !has_point) {
            has_point = true;
            continue;
        }
        if (!is_ascii_digit(c)) break;
        if (has_point && scale >= 1000) continue;
        whole = whole * 10 + (c - '0');
        if (has_point) scale *= 10;
    }
    view unit = view_slice(text, i, text.size);
    for (size_t u = 0; u < sizeof UNITS / sizeof UNITS[0]; u++)
        if (view_equal(unit, view_of(UNITS[u].unit)) && whole < 1000000000) {
            int64_t length = whole * UNITS[u].micrometres / scale;
            return is_negative ? -length : length;
        }
    return 0;
}

static int64_t positive(int64_t length)
{
    return length > 0 ? length : 0;
}

static bool is_margin_shape(view class)
{
    static const char *const CLASSES[] = {"footer",      "header", "date-time",
                                          "page-number", "page",   NULL};
    return view_is_one_of_nocase(class, CLASSES);
}

static kith_status begin_shape(odf_reading *r, xml_attributes attributes, kith_error *err)
{
    view class = xml_attribute(attributes, "class");
    odf_shape shape = {
        .box = {.left = length_of(xml_attribute(attributes, "x")),
                .top = length_of(xml_attribute(attributes, "y")),
                .width = positive(length_of(xml_attribute(attributes, "width"))),
                .height = positive(length_of(xml_attribute(attributes, "height")))},
        .start = r->blocks.size,
        .is_title = view_equal(class, VIEW("title")),
    };
    r->shape_depth = r->reader.depth + 1;
    if (r->notes_depth ? !view_equal(class, VIEW("notes")) : is_margin_shape(class))
        r->reader.skip_depth = r->shape_depth;
    shape.box.index = (uint32_t)(r->shapes.size / sizeof shape);
    if (!r->notes_depth) buffer_append(&r->shapes, (view){(const char *)&shape, sizeof shape});
    return buffer_status(&r->shapes, "the list of shapes", err);
}

static void end_shape(odf_reading *r)
{
    r->shape_depth = 0;
    if (r->notes_depth || r->shapes.size == 0) return;
    odf_shape *shapes = (odf_shape *)(void *)r->shapes.data;
    shapes[r->shapes.size / sizeof *shapes - 1].end = r->blocks.size;
}

static kith_status write_shape(odf_reading *r, const odf_shape *shape, kith_error *err)
{
    kith_status status = KITH_OK;
    bool is_first = true;
    for (size_t at = shape->start; status == KITH_OK && at < shape->end;) {
        const char *head = r->blocks.data + at;
        uint32_t size = load_u32(head);
        view text = {head + 5, size};
        if (is_first && shape->is_title) status = manuscript_heading(r->m, 1, text, err);
        bool joins = !is_first && head[4];
        if (status == KITH_OK) status = manuscript_block(r->m, joins ? "\n" : "\n\n", text, err);
        is_first = false;
        at += 5 + (size_t)size;
    }
    return status;
}

static kith_status end_slide(odf_reading *r, kith_error *err)
{
    kith_status status = odf_reader_end_root(&r->reader, err);
    const odf_shape *shapes = (const odf_shape *)(const void *)r->shapes.data;
    uint32_t count = (uint32_t)(r->shapes.size / sizeof *shapes), boxed = 0;
    slide_box *boxes = arena_new_array(r->job->memory, slide_box, count ? count : 1);
    if (!boxes) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a slide");
    for (uint32_t i = 0; status == KITH_OK && i < count; i++) {
        if (shapes[i].is_title)
            status = write_shape(r, &shapes[i], err);
        else
            boxes[boxed++] = shapes[i].box;
    }
    slide_order(boxes, boxed);
    for (uint32_t i = 0; status == KITH_OK && i < boxed; i++)
        status = write_shape(r, &shapes[boxes[i].index], err);
    view notes = view_trim(buffer_view(&r->notes));
    if (status != KITH_OK || notes.size == 0) return status;
    return office_body_named(&r->body, "Notes", notes, err);
}

static kith_status begin_slide(odf_reading *r, xml_attributes attributes, kith_error *err)
{
    if (++r->slide > SLIDES_MAX)
        return fail(err, KITH_ERR_LIMIT, "the file has more than %d slides", SLIDES_MAX);
    view style = xml_attribute(attributes, "style-name");
    buffer_reset(&r->blocks);
    buffer_reset(&r->shapes);
    buffer_reset(&r->notes);
    (void)snprintf(r->place, sizeof r->place, "slide %u", r->slide);
    r->reader.place = r->place;
    odf_reader_begin_root(&r->reader);
    kith_status status = manuscript_place(r->m, PLACE_SLIDE, r->slide, VIEW(""), err);
    if (status == KITH_OK) status = manuscript_end_headings(r->m, err);
    if (status != KITH_OK || odf_styles_find(&r->styles, "drawing-page", style).hidden != ODF_YES)
        return status;
    const char *what =
        arena_printf(r->job->memory, "slide %u is hidden in the show; its text is read", r->slide);
    if (!what) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a notice");
    return extract_job_notice(r->job, what, err);
}

/* ---- headers and footers ---- */

static const char *margin_of(view name)
{
    if (view_equal(name, VIEW("header")) || view_equal(name, VIEW("header-left")) ||
        view_equal(name, VIEW("header-first")))
        return "Header";
    bool is_footer = view_equal(name, VIEW("footer")) || view_equal(name, VIEW("footer-left")) ||
                     view_equal(name, VIEW("footer-first"));
    return is_footer ? "Footer" : NULL;
}

static kith_status end_margin(odf_reading *r, kith_error *err)
{
    kith_status status = odf_reader_end_root(&r->reader, err);
    view text = view_trim(buffer_view(&r->collected));
    bool is_number = r->reader.had_page_field && text.size < SHORT_MARGIN_BYTES;
    if (status != KITH_OK || is_number) return status;
    return office_body_margin(&r->body, r->margin, text, err);
}

/* ---- events ---- */

static kith_status begin_roots(odf_reading *r, view name, xml_attributes attributes,
                               kith_error *err)
{
    uint32_t depth = r->reader.depth + 1;
    if (r->root_depth) {
        bool is_notes = view_equal(name, VIEW("notes"));
        if (!r->is_slides || r->part == PART_MARGINS || r->shape_depth) return KITH_OK;
        if (is_notes && depth == r->root_depth + 1) {
            r->notes_depth = depth;
            return KITH_OK;
        }
        bool is_shape = depth == (r->notes_depth ? r->notes_depth : r->root_depth) + 1;
        return is_shape ? begin_shape(r, attributes, err) : KITH_OK;
    }
    if (r->part == PART_MARGINS) {
        r->margin = margin_of(name);
        if (!r->margin) return KITH_OK;
        buffer_reset(&r->collected);
        odf_reader_begin_root(&r->reader);
    } else if (r->is_slides && view_equal(name, VIEW("page"))) {
        kith_status status = begin_slide(r, attributes, err);
        if (status != KITH_OK) return status;
    } else if (!r->is_slides && view_equal(name, VIEW("text")) && depth == 3) {
        odf_reader_begin_root(&r->reader);
    } else {
        return KITH_OK;
    }
    r->root_depth = depth;
    return KITH_OK;
}

static kith_status on_start(void *context, view name, xml_attributes attributes, kith_error *err)
{
    odf_reading *r = context;
    bool is_style = r->part == PART_BODY && !r->root_depth;
    kith_status status = is_style ? odf_styles_start(&r->styles, name, attributes, err) : KITH_OK;
    if (status == KITH_OK) status = begin_roots(r, name, attributes, err);
    return status == KITH_OK ? odf_reader_start(&r->reader, name, attributes, err) : status;
}

static kith_status on_end(void *context, view name, kith_error *err)
{
    odf_reading *r = context;
    uint32_t depth = r->reader.depth;
    if (r->part == PART_BODY && !r->root_depth) odf_styles_end(&r->styles, name);
    kith_status status = odf_reader_end(&r->reader, name, err);
    if (status != KITH_OK) return status;
    if (r->shape_depth == depth) end_shape(r);
    if (r->notes_depth == depth) r->notes_depth = 0;
    if (r->root_depth != depth) return KITH_OK;
    r->root_depth = 0;
    if (r->part == PART_MARGINS) return end_margin(r, err);
    return r->is_slides ? end_slide(r, err) : odf_reader_end_root(&r->reader, err);
}

static kith_status on_text(void *context, view text, kith_error *err)
{
    return odf_reader_text(&((odf_reading *)context)->reader, text, err);
}

static kith_status read_parts(odf_reading *r, const odf_package *p, kith_error *err)
{
    xml_events events = {r, on_start, on_end, on_text};
    kith_status status = odf_package_styles(p, &r->styles, err);
    if (status == KITH_OK) status = xml_read(p->content, VIEW("content.xml"), &events, err);
    if (status != KITH_OK || r->is_slides || p->styles.size == 0) return status;
    // They stand behind the last chapter but do not belong to it.
    status = manuscript_end_headings(r->m, err);
    if (status == KITH_OK) status = manuscript_place(r->m, PLACE_NONE, 0, VIEW(""), err);
    r->part = PART_MARGINS;
    return status == KITH_OK ? xml_read(p->styles, VIEW("styles.xml"), &events, err) : status;
}

static kith_status read_file(extract_job *job, bool is_slides, const char *type, kith_error *err)
{
    document d;
    odf_package p;
    manuscript m;
    odf_reading r = {.job = job, .m = &m, .is_slides = is_slides};
    buffer *texts[] = {&r.collected, &r.blocks, &r.notes};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        buffer_init(texts[i], KITH_DOCUMENT_MAX_BYTES);
    buffer_init(&r.shapes, SHAPES_MAX * sizeof(odf_shape));
    manuscript_init(&m, job);
    office_body_init(&r.body, &m);
    odf_reader_init(&r.reader, job, &r.styles, (office_sink){&r, on_block});
    r.reader.is_slide = is_slides;
    kith_status status = odf_styles_init(&r.styles, job->memory, err);
    if (status == KITH_OK) status = extract_job_begin(job, type, &d, err);
    if (status == KITH_OK) status = odf_package_open(job, &p, &d, err);
    r.reader.parts = status == KITH_OK && p.is_archive ? &p.parts : NULL;
    if (status == KITH_OK) status = read_parts(&r, &p, err);
    if (status != KITH_OK) goto done;
    d.id = job->stem;
    if (r.body.title.size) d.title = r.body.title;
    status = extract_job_clean(job, d.title, &d.title, err);
    if (status != KITH_OK) goto done;
    status = manuscript_finish(&m, &d, err);
done:
    odf_reader_done(&r.reader);
    odf_styles_done(&r.styles);
    manuscript_done(&m);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        buffer_done(texts[i]);
    buffer_done(&r.shapes);
    office_body_done(&r.body);
    return status;
}

kith_status extract_odt(extract_job *job, kith_error *err)
{
    return read_file(job, false, "odt", err);
}

kith_status extract_odp(extract_job *job, kith_error *err)
{
    return read_file(job, true, "odp", err);
}
