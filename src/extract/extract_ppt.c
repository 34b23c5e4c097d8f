/* extract_ppt.c - PowerPoint of 97 to 2003 (ppt): slide by slide the title, then the other shapes as
 * they are seen (slide_order.h), tables, and the notes. The text of a placeholder stands in its shape,
 * or in the outline, a list of texts before all slides to which the shape then refers.
 * Source: [MS-PPT] and [MS-ODRAW]. */
#include "extract/extract_job.h"
#include "extract/manuscript.h"
#include "extract/ole_summary.h"
#include "extract/ppt_stream.h"
#include "extract/ppt_style.h"
#include "extract/raised.h"
#include "extract/slide_order.h"
#include "extract/table.h"
#include "extract/utf_wide.h"

#include "base/utf8.h"

#include <kith/types.h>

#include <stdlib.h>

enum {
    SLIDES_MAX = 10000,
    SHAPES_MAX = 10000, /* of a slide */
    DEPTH_MAX = 32,
    TEXTS_MAX = 100000 /* of the outline */
};

typedef enum ppt_type {
    PPT_EMBEDDED = 0x0FCC,
    PPT_SLIDE = 0x03EE,
    PPT_SLIDE_ATOM = 0x03EF,
    PPT_NOTES = 0x03F0,
    PPT_SLIDE_PERSIST = 0x03F3,
    PPT_SLIDE_SHOW = 0x03F9,
    PPT_OBJECTS = 0x0409,
    PPT_DRAWING = 0x040C,
    PPT_TEXT_REFERENCE = 0x0F9E,
    PPT_TEXT_HEADER = 0x0F9F,
    PPT_TEXT_WIDE = 0x0FA0,
    PPT_TEXT_STYLE = 0x0FA1,
    PPT_TEXT_BYTES = 0x0FA8,
    PPT_SLIDE_LIST = 0x0FF0,
    DRAW_CONTAINER = 0xF002,
    DRAW_GROUP = 0xF003,
    DRAW_SHAPE = 0xF004,
    DRAW_TEXT_BOX = 0xF00D,
    DRAW_CHILD_ANCHOR = 0xF00F,
    DRAW_ANCHOR = 0xF010,
    DRAW_PROPERTIES = 0xF122
} ppt_type;

enum {
    TEXT_TITLE = 0,
    TEXT_NOTES = 2,
    TEXT_CENTER_TITLE = 6,
    LIST_OF_SLIDES = 0,
    LIST_OF_NOTES = 2,
    TABLE_PROPERTY = 0x039F
};

/* A text with its kind. */
typedef struct ppt_text {
    uint32_t kind;
    view text;
} ppt_text;

typedef struct ppt_slide {
    uint32_t part, id;
    size_t first_text; /* of the outline's texts, up to the next slide's */
} ppt_slide;

/* A shape with text, or a table. */
typedef struct ppt_shape {
    slide_box box;
    ppt_text text;
    view table; /* the group's records; empty: a text */
} ppt_shape;

typedef struct show {
    extract_job *job;
    manuscript *m;
    ppt_stream stream;
    buffer slides, notes; /* elements: ppt_slide */
    buffer texts;         /* elements: ppt_text, of the outline */
    buffer shapes;        /* elements: ppt_shape, of the open slide */
    buffer boxes;         /* elements: slide_box */
    table table;
    const ppt_slide *open;
} show;

/* ---- texts ---- */

/* Appends units [first, end) of the text: \r ends a paragraph, a vertical tab a line of it. */
static void append_units(const ppt_record *atom, size_t first, size_t end, buffer *text)
{
    size_t start = text->size;
    for (size_t i = first; atom->type == PPT_TEXT_BYTES && i < end; i++) {
        char code[4]; // the lower halves of UTF-16's units
        buffer_append(text, (view){code, utf8_encode((unsigned char)atom->body.data[i], code)});
    }
    if (atom->type == PPT_TEXT_WIDE)
        (void)utf_wide_append(text, view_slice(atom->body, 2 * first, 2 * end), UTF_16LE);
    for (size_t i = start; i < text->size; i++)
        if (text->data[i] == '\v' || text->data[i] == '\r' || text->data[i] == '\0')
            text->data[i] = '\n';
}

/* The text of an atom, with what `style`, the record behind it, says of its characters. */
static kith_status read_text(show *s, const ppt_record *atom, view style, view *out,
                             kith_error *err)
{
    buffer text, spare;
    ppt_style runs;
    raised raise = {0};
    size_t units = atom->type == PPT_TEXT_WIDE ? atom->body.size / 2 : atom->body.size;
    size_t line = 0; // where the last line begins
    buffer_init(&text, KITH_DOCUMENT_MAX_BYTES);
    buffer_init(&spare, KITH_DOCUMENT_MAX_BYTES);
    ppt_style_open(&runs, style, (uint32_t)units);
    for (size_t at = 0; at < units;) {
        int align;
        uint32_t own = ppt_style_next(&runs, &align);
        size_t end = own < units - at ? at + own : units, run = text.size;
        append_units(atom, at, end, &text);
        raised_end_run(&raise, align, &text, line, run, &spare);
        for (size_t i = run; i < text.size; i++)
            if (text.data[i] == '\n') line = i + 1;
        at = end;
    }
    kith_status status = buffer_status(&text, "a text of a slide", err);
    if (status == KITH_OK) *out = arena_copy(s->job->memory, view_trim(buffer_view(&text)));
    buffer_done(&text);
    buffer_done(&spare);
    return status == KITH_OK && !out->data
               ? fail(err, KITH_ERR_NO_MEMORY, "out of memory for a text")
               : status;
}

static bool is_text(const ppt_record *r)
{
    return r->type == PPT_TEXT_WIDE || r->type == PPT_TEXT_BYTES;
}

/* The record of styles that follows the text, before another text. */
static view style_behind(view records, size_t at)
{
    ppt_record r;
    while (ppt_next(records, &at, &r) && r.type != PPT_TEXT_HEADER && !is_text(&r))
        if (r.type == PPT_TEXT_STYLE) return r.body;
    return VIEW("");
}

/* The outline: for each slide its number and identity, then its texts. */
static kith_status read_list(show *s, view list, buffer *slides, kith_error *err)
{
    kith_status status = KITH_OK;
    ppt_record r;
    ppt_text text = {0};
    for (size_t at = 0; status == KITH_OK && ppt_next(list, &at, &r);) {
        if (r.type == PPT_SLIDE_PERSIST) {
            ppt_slide slide = {ppt_u32(r.body, 0), ppt_u32(r.body, 12),
                               s->texts.size / sizeof text};
            buffer_append(slides, (view){(const char *)&slide, sizeof slide});
            status = buffer_status(slides, "the list of slides", err);
        } else if (r.type == PPT_TEXT_HEADER) {
            text = (ppt_text){.kind = ppt_u32(r.body, 0), .text = VIEW("")};
            buffer_append(&s->texts, (view){(const char *)&text, sizeof text});
            status = buffer_status(&s->texts, "the outline", err);
        } else if (is_text(&r) && s->texts.size) {
            ppt_text *last = (ppt_text *)(void *)s->texts.data + (s->texts.size / sizeof text - 1);
            status = read_text(s, &r, style_behind(list, at), &last->text, err);
        }
    }
    return status;
}

/* What a shape's text box says: its own text, or the one of the outline that it refers to. */
static kith_status read_box(show *s, view box, ppt_text *out, kith_error *err)
{
    kith_status status = KITH_OK;
    ppt_record r;
    size_t end =
        s->open && s->open + 1 < (const ppt_slide *)(void *)(s->slides.data + s->slides.size)
            ? s->open[1].first_text
            : s->texts.size / sizeof(ppt_text);
    *out = (ppt_text){.kind = UINT32_MAX, .text = VIEW("")};
    for (size_t at = 0; status == KITH_OK && ppt_next(box, &at, &r);) {
        if (r.type == PPT_TEXT_HEADER) out->kind = ppt_u32(r.body, 0);
        if (is_text(&r)) status = read_text(s, &r, style_behind(box, at), &out->text, err);
        if (r.type != PPT_TEXT_REFERENCE || !s->open) continue;
        size_t index = s->open->first_text + ppt_u32(r.body, 0);
        if (index < end) *out = ((const ppt_text *)(void *)s->texts.data)[index];
    }
    return status;
}

/* ---- shapes ---- */

static int64_t signed_u32(view body, size_t offset)
{
    return (int32_t)ppt_u32(body, offset);
}

/* Where a shape is; one that stands in a group by the group's own measure. */
static slide_box box_of(view shape)
{
    ppt_record r;
    int64_t edges[4] = {0, 0, 0, 0}; // left, top, right, bottom
    if (ppt_find(shape, DRAW_CHILD_ANCHOR, &r)) {
        for (size_t i = 0; i < 4; i++)
            edges[i] = signed_u32(r.body, 4 * i);
    } else if (ppt_find(shape, DRAW_ANCHOR, &r)) { // top, left, right, bottom
        static const size_t PLACES[] = {1, 0, 2, 3};
        bool is_small = r.body.size < 16;
        for (size_t i = 0; i < 4; i++)
            edges[i] = is_small ? (int16_t)ppt_u16(r.body, 2 * PLACES[i])
                                : signed_u32(r.body, 4 * PLACES[i]);
    }
    slide_box box = {edges[0], edges[1], edges[2] - edges[0], edges[3] - edges[1], 0};
    if (box.width < 0) box.width = 0;
    if (box.height < 0) box.height = 0;
    return box;
}

static kith_status add_shape(show *s, ppt_shape shape, kith_error *err)
{
    if (s->shapes.size / sizeof shape >= SHAPES_MAX)
        return fail(err, KITH_ERR_LIMIT, "a slide has more than %d shapes", SHAPES_MAX);
    buffer_append(&s->shapes, (view){(const char *)&shape, sizeof shape});
    return buffer_status(&s->shapes, "the shapes of a slide", err);
}

static bool is_table(view group)
{
    ppt_record shape, r;
    if (!ppt_find(group, DRAW_SHAPE, &shape) || !ppt_find(shape.body, DRAW_PROPERTIES, &r))
        return false;
    for (size_t at = 0; at + 6 <= r.body.size; at += 6)
        if ((ppt_u16(r.body, at) & 0x3FFF) == TABLE_PROPERTY) return ppt_u32(r.body, at + 2) & 1;
    return false;
}

/* place  of the group that the shapes are in, whose own measure theirs is; NULL: the slide's */
static kith_status gather(show *s, view group, const slide_box *place, uint32_t depth,
                          kith_error *err)
{
    kith_status status = KITH_OK;
    ppt_record r, part;
    bool is_first = true; // in a group that is the group itself
    for (size_t at = 0; status == KITH_OK && ppt_next(group, &at, &r); is_first = false) {
        ppt_shape shape = {.table = VIEW("")};
        if (r.type == DRAW_GROUP && depth < DEPTH_MAX) {
            shape.box = ppt_find(r.body, DRAW_SHAPE, &part) ? box_of(part.body) : (slide_box){0};
            if (place) shape.box = *place;
            shape.table = is_table(r.body) ? r.body : VIEW("");
            status = shape.table.size ? add_shape(s, shape, err)
                                      : gather(s, r.body, &shape.box, depth + 1, err);
        } else if (r.type == DRAW_SHAPE && !(is_first && depth > 0) &&
                   ppt_find(r.body, DRAW_TEXT_BOX, &part)) {
            shape.box = place ? *place : box_of(r.body);
            status = read_box(s, part.body, &shape.text, err);
            bool is_empty = shape.text.text.size == 0 || view_equal(shape.text.text, VIEW("*"));
            if (status == KITH_OK && !is_empty) status = add_shape(s, shape, err);
        }
    }
    return status;
}

/* The shapes of a slide or of its notes, in the order in which they are seen. */
static kith_status gather_slide(show *s, view slide, kith_error *err)
{
    ppt_record drawing, container, group;
    buffer_reset(&s->shapes);
    buffer_reset(&s->boxes);
    if (!ppt_find(slide, PPT_DRAWING, &drawing) ||
        !ppt_find(drawing.body, DRAW_CONTAINER, &container) ||
        !ppt_find(container.body, DRAW_GROUP, &group))
        return KITH_OK;
    kith_status status = gather(s, group.body, NULL, 0, err);
    const ppt_shape *shapes = (const ppt_shape *)(const void *)s->shapes.data;
    size_t count = s->shapes.size / sizeof *shapes;
    for (uint32_t i = 0; status == KITH_OK && i < count; i++) {
        slide_box box = shapes[i].box;
        box.index = i;
        buffer_append(&s->boxes, (view){(const char *)&box, sizeof box});
    }
    if (status == KITH_OK) status = buffer_status(&s->boxes, "the shapes of a slide", err);
    if (status == KITH_OK && count)
        slide_order((slide_box *)(void *)s->boxes.data, (uint32_t)count);
    return status;
}

/* ---- tables ---- */

/* How many of the edges, which ascend, lie before this one. */
static uint32_t index_of(const int64_t *edges, size_t count, int64_t edge)
{
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (edges[middle] < edge)
            low = middle + 1;
        else
            high = middle;
    }
    return (uint32_t)low;
}

static int compare_edges(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return x < y ? -1 : x > y;
}

static size_t unique(int64_t *edges, size_t count)
{
    size_t kept = 0;
    qsort(edges, count, sizeof *edges, compare_edges);
    for (size_t i = 0; i < count; i++)
        if (kept == 0 || edges[kept - 1] != edges[i]) edges[kept++] = edges[i];
    return kept;
}

/* Of qsort: row by row. */
static int compare_cells(const void *a, const void *b)
{
    const ppt_shape *x = a, *y = b;
    if (x->box.top != y->box.top) return x->box.top < y->box.top ? -1 : 1;
    return x->box.left < y->box.left ? -1 : x->box.left > y->box.left;
}

static kith_status read_cells(show *s, view group, buffer *cells, kith_error *err)
{
    kith_status status = KITH_OK;
    ppt_record r, part;
    for (size_t at = 0; status == KITH_OK && ppt_next(group, &at, &r);) {
        ppt_shape cell = {.table = VIEW("")};
        if (r.type != DRAW_SHAPE || !ppt_find(r.body, DRAW_CHILD_ANCHOR, &part)) continue;
        cell.box = box_of(r.body);
        if (cell.box.width == 0 || cell.box.height == 0) continue; // a line between cells
        if (ppt_find(r.body, DRAW_TEXT_BOX, &part))
            status = read_box(s, part.body, &cell.text, err);
        buffer_append(cells, (view){(const char *)&cell, sizeof cell});
        if (status == KITH_OK) status = buffer_status(cells, "the cells of a table", err);
    }
    return status;
}

static kith_status write_cells(show *s, const buffer *cells, kith_error *err)
{
    const ppt_shape *cell = (const ppt_shape *)(const void *)cells->data;
    size_t count = cells->size / sizeof *cell;
    int64_t *tops = arena_new_array(s->job->memory, int64_t, count + 1);
    int64_t *lefts = arena_new_array(s->job->memory, int64_t, count + 1);
    if (!tops || !lefts) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a table");
    for (size_t i = 0; i < count; i++) {
        tops[i] = cell[i].box.top;
        lefts[i] = cell[i].box.left;
    }
    size_t rows = unique(tops, count), columns = unique(lefts, count);
    kith_status status = KITH_OK;
    for (size_t i = 0; status == KITH_OK && i < count; i++) {
        const slide_box *b = &cell[i].box;
        bool begins_row = i == 0 || cell[i - 1].box.top != b->top;
        if (begins_row) status = table_row(&s->table, err);
        table_cell added = {
            .text = cell[i].text.text,
            .rows = index_of(tops, rows, b->top + b->height) - index_of(tops, rows, b->top),
            .columns =
                index_of(lefts, columns, b->left + b->width) - index_of(lefts, columns, b->left),
        };
        if (status == KITH_OK) status = table_cell_add(&s->table, added, err);
    }
    return status == KITH_OK ? table_end(&s->table, err) : status;
}

static kith_status write_table(show *s, view group, kith_error *err)
{
    buffer cells;
    buffer_init(&cells, SHAPES_MAX * sizeof(ppt_shape));
    kith_status status = read_cells(s, group, &cells, err);
    if (cells.size)
        qsort(cells.data, cells.size / sizeof(ppt_shape), sizeof(ppt_shape), compare_cells);
    if (status == KITH_OK) status = write_cells(s, &cells, err);
    buffer_done(&cells);
    return status;
}

/* ---- slides ---- */

static bool is_title(const ppt_shape *shape)
{
    return shape->table.size == 0 &&
           (shape->text.kind == TEXT_TITLE || shape->text.kind == TEXT_CENTER_TITLE);
}

static kith_status write_title(show *s, view title, kith_error *err)
{
    char *line = arena_printf(s->job->memory, "%.*s", VIEW_ARG(title));
    if (!line) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a title");
    for (size_t i = 0; line[i]; i++)
        if (line[i] == '\n') line[i] = ' ';
    kith_status status = manuscript_heading(s->m, 1, view_of(line), err);
    return status == KITH_OK ? manuscript_block(s->m, "\n\n", view_of(line), err) : status;
}

/* titles  the titles, else all the rest */
static kith_status write_shapes(show *s, bool titles, kith_error *err)
{
    const ppt_shape *shapes = (const ppt_shape *)(const void *)s->shapes.data;
    const slide_box *boxes = (const slide_box *)(const void *)s->boxes.data;
    kith_status status = KITH_OK;
    for (size_t i = 0; status == KITH_OK && i < s->boxes.size / sizeof *boxes; i++) {
        const ppt_shape *shape = &shapes[boxes[i].index];
        if (is_title(shape) != titles) continue;
        if (titles)
            status = write_title(s, shape->text.text, err);
        else if (shape->table.size)
            status = write_table(s, shape->table, err);
        else
            status = manuscript_block(s->m, "\n\n", shape->text.text, err);
    }
    return status;
}

static kith_status write_notes(show *s, uint32_t id, kith_error *err)
{
    const ppt_slide *notes = (const ppt_slide *)(const void *)s->notes.data;
    kith_status status = KITH_OK;
    ppt_record part = {.body = VIEW("")};
    for (size_t i = 0; id && i < s->notes.size / sizeof *notes; i++)
        if (notes[i].id == id && !ppt_part(&s->stream, notes[i].part, &part)) part.body = VIEW("");
    status = gather_slide(s, part.body, err);
    const ppt_shape *shapes = (const ppt_shape *)(const void *)s->shapes.data;
    for (size_t i = 0; status == KITH_OK && i < s->shapes.size / sizeof *shapes; i++) {
        if (shapes[i].text.kind != TEXT_NOTES || shapes[i].table.size) continue;
        const char *line =
            arena_printf(s->job->memory, "Notes: %.*s", VIEW_ARG(shapes[i].text.text));
        if (!line) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for notes");
        status = manuscript_block(s->m, "\n\n", view_of(line), err);
    }
    return status;
}

static kith_status tell_hidden(show *s, view slide, uint32_t number, kith_error *err)
{
    enum { HIDDEN = 4 };
    ppt_record r;
    if (!ppt_find(slide, PPT_SLIDE_SHOW, &r) || !(ppt_u16(r.body, 10) & HIDDEN)) return KITH_OK;
    const char *what =
        arena_printf(s->job->memory, "slide %u is hidden in the show; its text is read", number);
    return what ? extract_job_notice(s->job, what, err)
                : fail(err, KITH_ERR_NO_MEMORY, "out of memory for a notice");
}

static kith_status read_slide(show *s, const ppt_slide *slide, uint32_t number, kith_error *err)
{
    ppt_record part, atom;
    kith_status status = manuscript_place(s->m, PLACE_SLIDE, number, VIEW(""), err);
    if (status == KITH_OK) status = manuscript_end_headings(s->m, err);
    if (status != KITH_OK || !ppt_part(&s->stream, slide->part, &part)) return status;
    s->open = slide;
    status = gather_slide(s, part.body, err);
    if (status == KITH_OK) status = write_shapes(s, true, err);
    if (status == KITH_OK) status = write_shapes(s, false, err);
    s->open = NULL;
    if (status == KITH_OK) status = tell_hidden(s, part.body, number, err);
    uint32_t notes = ppt_find(part.body, PPT_SLIDE_ATOM, &atom) ? ppt_u32(atom.body, 16) : 0;
    return status == KITH_OK ? write_notes(s, notes, err) : status;
}

static kith_status read_show(show *s, kith_error *err)
{
    ppt_record all, r, object;
    kith_status status = KITH_OK;
    if (!ppt_part(&s->stream, s->stream.document, &all))
        return fail(err, KITH_ERR_FORMAT, "damaged: it has no list of slides");
    for (size_t at = 0; status == KITH_OK && ppt_next(all.body, &at, &r);) {
        if (r.type == PPT_SLIDE_LIST && r.instance == LIST_OF_SLIDES)
            status = read_list(s, r.body, &s->slides, err);
        else if (r.type == PPT_SLIDE_LIST && r.instance == LIST_OF_NOTES)
            status = read_list(s, r.body, &s->notes, err);
        else if (r.type == PPT_OBJECTS && ppt_find(r.body, PPT_EMBEDDED, &object))
            status =
                extract_job_notice(s->job, "embedded objects (charts, sheets) are not read", err);
    }
    const ppt_slide *slides = (const ppt_slide *)(const void *)s->slides.data;
    for (uint32_t i = 0; status == KITH_OK && i < s->slides.size / sizeof *slides; i++)
        status = read_slide(s, &slides[i], i + 1, err);
    return status;
}

/* ---- the file ---- */

static kith_status open_show(show *s, document *d, kith_error *err)
{
    ole_file f;
    view bytes, user;
    kith_status status = ole_open(s->job->bytes, s->job->memory, &f, err);
    if (status != KITH_OK) return status;
    uint32_t entry = ole_find(&f, OLE_ROOT, "PowerPoint Document");
    if (entry == OLE_NONE && ole_find(&f, OLE_ROOT, "EncryptedPackage") != OLE_NONE)
        return fail(err, KITH_ERR_AUTH, "encrypted");
    if (entry == OLE_NONE)
        return fail(err, KITH_ERR_FORMAT, "no presentation of PowerPoint 97 or later in it");
    status = ole_read(&f, entry, &bytes, err);
    if (status == KITH_OK)
        status = ole_read(&f, ole_find(&f, OLE_ROOT, "Current User"), &user, err);
    if (status == KITH_OK) status = ppt_open(bytes, user, s->job->memory, &s->stream, err);
    return status == KITH_OK ? ole_summary_read(&f, d, err) : status;
}

kith_status extract_ppt(extract_job *job, kith_error *err)
{
    document d;
    manuscript m;
    show s = {.job = job, .m = &m};
    buffer_init(&s.slides, SLIDES_MAX * sizeof(ppt_slide));
    buffer_init(&s.notes, SLIDES_MAX * sizeof(ppt_slide));
    buffer_init(&s.texts, TEXTS_MAX * sizeof(ppt_text));
    buffer_init(&s.shapes, SHAPES_MAX * sizeof(ppt_shape));
    buffer_init(&s.boxes, SHAPES_MAX * sizeof(slide_box));
    manuscript_init(&m, job);
    table_init(&s.table, table_to_manuscript(&m));
    kith_status status = extract_job_begin(job, "ppt", &d, err);
    if (status == KITH_OK) status = open_show(&s, &d, err);
    if (status == KITH_OK) status = read_show(&s, err);
    d.id = job->stem;
    if (status == KITH_OK) status = manuscript_finish(&m, &d, err);
    table_done(&s.table);
    manuscript_done(&m);
    buffer *lists[] = {&s.slides, &s.notes, &s.texts, &s.shapes, &s.boxes};
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++)
        buffer_done(lists[i]);
    return status;
}
