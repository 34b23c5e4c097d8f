/* office_drawing.c - a diagram's part lists points (texts, and others that only lay it out) and the
 * connections between them; a connection of the default type hangs a point below another, at a
 * place. Walked from the points that hang below none that has text, that is the order of reading.
 * Sources: ECMA-376 part 1, sections 21.2 (charts) and 21.4 (diagrams). */
#include "extract/office_drawing.h"

#include "extract/word_styles.h"
#include "extract/xml.h"

#include "base/decimal.h"
#include "base/map.h"

#include <kith/types.h>

#include <stdlib.h>

enum { DIAGRAM_MAX_DEPTH = 64 };

/* ---- diagrams ---- */

typedef struct diagram_point {
    view id, text;
    bool is_layout; // of no text of its own: pres, parTrans, sibTrans
    bool is_child, is_written;
} diagram_point;

typedef struct diagram_link {
    uint32_t parent, child, order;
} diagram_link;

typedef struct diagram_reading {
    arena *memory;
    map *by_id;
    buffer points; // elements: diagram_point
    buffer links;  // elements: diagram_link
    buffer text;   // of the open point
    bool in_point, in_text;
} diagram_reading;

static diagram_point *point_at(const diagram_reading *d, size_t i)
{
    return (diagram_point *)d->points.data + i;
}

static size_t point_count(const diagram_reading *d)
{
    return d->points.size / sizeof(diagram_point);
}

static kith_status begin_point(diagram_reading *d, xml_attributes attributes, kith_error *err)
{
    static const char *const LAYOUT[] = {"pres", "parTrans", "sibTrans", NULL};
    if (point_count(d) == DRAWING_MAX_POINTS) return KITH_OK;
    diagram_point p = {
        .id = arena_copy(d->memory, xml_attribute(attributes, "modelId")),
        .is_layout = view_is_one_of_nocase(xml_attribute(attributes, "type"), LAYOUT),
    };
    kith_status status = p.id.data ? map_put(d->by_id, p.id, point_count(d)) : KITH_ERR_NO_MEMORY;
    if (status != KITH_OK) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a diagram");
    buffer_append(&d->points, (view){(const char *)&p, sizeof p});
    d->in_point = true;
    buffer_reset(&d->text);
    return buffer_status(&d->points, "a diagram", err);
}

static kith_status on_link(diagram_reading *d, xml_attributes attributes, kith_error *err)
{
    uint64_t parent = 0, child = 0;
    view type = xml_attribute(attributes, "type");
    if ((type.size && !view_equal(type, VIEW("parOf"))) ||
        d->links.size / sizeof(diagram_link) == DRAWING_MAX_POINTS ||
        !map_get(d->by_id, xml_attribute(attributes, "srcId"), &parent) ||
        !map_get(d->by_id, xml_attribute(attributes, "destId"), &child))
        return KITH_OK;
    diagram_link link = {(uint32_t)parent, (uint32_t)child,
                         word_number(xml_attribute(attributes, "srcOrd"), 0)};
    point_at(d, child)->is_child = true;
    buffer_append(&d->links, (view){(const char *)&link, sizeof link});
    return buffer_status(&d->links, "a diagram", err);
}

static kith_status on_diagram(void *context, view name, xml_attributes attributes, kith_error *err)
{
    diagram_reading *d = context;
    if (view_equal(name, VIEW("pt")) && !d->in_point) return begin_point(d, attributes, err);
    if (view_equal(name, VIEW("cxn"))) return on_link(d, attributes, err);
    if (!d->in_point) return KITH_OK;
    // dgm:t holds paragraphs, whose runs have an a:t each.
    if (view_equal(name, VIEW("p")) || view_equal(name, VIEW("br"))) {
        if (d->text.size) buffer_append_byte(&d->text, ' ');
        d->in_text = false;
    } else if (view_equal(name, VIEW("t"))) {
        d->in_text = true;
    } else if (!view_equal(name, VIEW("r"))) {
        d->in_text = false;
    }
    return KITH_OK;
}

static kith_status on_diagram_end(void *context, view name, kith_error *err)
{
    diagram_reading *d = context;
    if (view_equal(name, VIEW("t"))) d->in_text = false;
    if (!view_equal(name, VIEW("pt")) || !d->in_point) return KITH_OK;
    d->in_point = false;
    kith_status status = buffer_status(&d->text, "a diagram", err);
    if (status != KITH_OK) return status;
    diagram_point *p = point_at(d, point_count(d) - 1);
    p->text = arena_copy(d->memory, view_trim(buffer_view(&d->text)));
    return p->text.data ? KITH_OK : fail(err, KITH_ERR_NO_MEMORY, "out of memory for a diagram");
}

static kith_status on_diagram_text(void *context, view text, kith_error *err)
{
    (void)err;
    diagram_reading *d = context;
    if (d->in_point && d->in_text) buffer_append(&d->text, text);
    return KITH_OK;
}

static int compare_links(const void *a, const void *b)
{
    const diagram_link *x = a, *y = b;
    if (x->parent != y->parent) return x->parent < y->parent ? -1 : 1;
    return (x->order > y->order) - (x->order < y->order);
}

/* The index of the first link of the parent, or the number of links. */
static size_t first_link(const diagram_reading *d, uint32_t parent)
{
    const diagram_link *links = (const diagram_link *)d->links.data;
    size_t low = 0, high = d->links.size / sizeof *links;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (links[middle].parent < parent)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Each point is written once, so that a ring of connections ends. */
static void write_point(diagram_reading *d, uint32_t i, uint32_t depth, buffer *out)
{
    const diagram_link *links = (const diagram_link *)d->links.data;
    diagram_point *p = point_at(d, i);
    if (p->is_written || p->is_layout || depth == DIAGRAM_MAX_DEPTH) return;
    p->is_written = true;
    if (p->text.size) {
        if (out->size) buffer_append_byte(out, '\n');
        buffer_append(out, p->text);
    }
    for (size_t l = first_link(d, i); l < d->links.size / sizeof *links && links[l].parent == i;
         l++)
        write_point(d, links[l].child, depth + 1, out);
}

static kith_status read_diagram(archive *z, view part, buffer *out, kith_error *err)
{
    diagram_reading d = {.memory = z->memory, .by_id = map_new()};
    xml_events events = {&d, on_diagram, on_diagram_end, on_diagram_text};
    buffer_init(&d.points, DRAWING_MAX_POINTS * sizeof(diagram_point));
    buffer_init(&d.links, DRAWING_MAX_POINTS * sizeof(diagram_link));
    buffer_init(&d.text, KITH_DOCUMENT_MAX_BYTES);
    kith_status status =
        d.by_id ? KITH_OK : fail(err, KITH_ERR_NO_MEMORY, "out of memory for a diagram");
    if (status == KITH_OK) status = package_read_part(z, part, &events, err);
    if (status == KITH_OK && d.links.size)
        qsort(d.links.data, d.links.size / sizeof(diagram_link), sizeof(diagram_link),
              compare_links);
    for (size_t pass = 0; status == KITH_OK && pass < 2; pass++) // the rest hangs in rings
        for (size_t i = 0; i < point_count(&d); i++)
            if (pass || !point_at(&d, i)->is_child) write_point(&d, (uint32_t)i, 0, out);
    if (status == KITH_OK) status = buffer_status(out, "a diagram", err);
    map_free(d.by_id);
    buffer_done(&d.points);
    buffer_done(&d.links);
    buffer_done(&d.text);
    return status;
}

/* ---- charts ---- */

typedef enum chart_place {
    CHART_ELSEWHERE,
    CHART_TITLE,
    CHART_NAME,
    CHART_CATEGORY,
    CHART_VALUE
} chart_place;

typedef struct chart_reading {
    arena *memory;
    buffer *out;
    buffer text;  // of the title, the name, or the open value
    buffer names; // elements: view, by the index of their point
    chart_place place;
    uint32_t point;  // index of the open one
    uint32_t points; // written of the series
    bool in_series, in_text, has_title;
} chart_reading;

static kith_status on_chart(void *context, view name, xml_attributes attributes, kith_error *err)
{
    (void)err;
    chart_reading *c = context;
    if (view_equal(name, VIEW("ser"))) {
        c->in_series = true;
        c->points = 0;
        buffer_reset(&c->names);
    } else if (view_equal(name, VIEW("title"))) {
        c->place = c->in_series ? CHART_ELSEWHERE : CHART_TITLE;
        buffer_reset(&c->text);
    } else if (c->in_series && view_equal(name, VIEW("tx"))) {
        c->place = CHART_NAME;
        buffer_reset(&c->text);
    } else if (view_equal(name, VIEW("cat")) || view_equal(name, VIEW("xVal"))) {
        c->place = CHART_CATEGORY;
    } else if (view_equal(name, VIEW("val")) || view_equal(name, VIEW("yVal"))) {
        c->place = CHART_VALUE;
    } else if (view_equal(name, VIEW("pt"))) {
        c->point = word_number(xml_attribute(attributes, "idx"), 0);
    } else if (view_equal(name, VIEW("v")) || view_equal(name, VIEW("t"))) {
        c->in_text = true;
        if (c->place == CHART_CATEGORY || c->place == CHART_VALUE) buffer_reset(&c->text);
    }
    return KITH_OK;
}

static void begin_line(chart_reading *c)
{
    if (c->out->size) buffer_append_byte(c->out, '\n');
}

static bool is_fraction(view number)
{
    for (size_t i = 0; i < number.size; i++)
        if (strchr(".eE", number.data[i])) return true;
    return false;
}

static void write_value(chart_reading *c)
{
    const view *names = (const view *)c->names.data;
    view value = view_trim(buffer_view(&c->text));
    view category = c->point < c->names.size / sizeof *names ? names[c->point] : VIEW("");
    if (c->points++ >= DRAWING_MAX_POINTS || value.size == 0) return;
    if (c->points == 1 && c->out->size && c->out->data[c->out->size - 1] != ' ') begin_line(c);
    if (c->points > 1) buffer_append_text(c->out, ", ");
    buffer_append(c->out, category);
    if (category.size) buffer_append_byte(c->out, ' ');
    double number = 0;
    if (is_fraction(value) &&
        decimal_read(value, &number)) // without what binary floating point adds
        buffer_printf(c->out, "%.12g", number);
    else
        buffer_append(c->out, value);
}

static kith_status keep_category(chart_reading *c, kith_error *err)
{
    view name = arena_copy(c->memory, view_trim(buffer_view(&c->text))), none = VIEW("");
    if (!name.data) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a chart");
    if (c->point >= DRAWING_MAX_POINTS) return KITH_OK;
    while (c->names.size / sizeof name <= c->point)
        buffer_append(&c->names, (view){(const char *)&none, sizeof none});
    if (c->names.failed == KITH_OK) ((view *)c->names.data)[c->point] = name;
    return buffer_status(&c->names, "a chart", err);
}

static kith_status on_chart_end(void *context, view name, kith_error *err)
{
    chart_reading *c = context;
    view text = view_trim(buffer_view(&c->text));
    if (view_equal(name, VIEW("v")) || view_equal(name, VIEW("t"))) {
        c->in_text = false;
        if (c->place == CHART_CATEGORY) return keep_category(c, err);
        if (c->place == CHART_VALUE) write_value(c);
    } else if (view_equal(name, VIEW("title")) && c->place == CHART_TITLE) {
        begin_line(c);
        if (text.size) buffer_append_text(c->out, c->has_title ? "Axis: " : "Chart: ");
        buffer_append(c->out, text);
        c->has_title = true;
        c->place = CHART_ELSEWHERE;
    } else if (view_equal(name, VIEW("tx")) && c->place == CHART_NAME) {
        begin_line(c);
        buffer_append(c->out, text);
        if (text.size) buffer_append_text(c->out, ": ");
        c->place = CHART_ELSEWHERE;
    } else if (view_equal(name, VIEW("ser"))) {
        c->in_series = false;
    } else if (view_equal(name, VIEW("cat")) || view_equal(name, VIEW("val")) ||
               view_equal(name, VIEW("xVal")) || view_equal(name, VIEW("yVal"))) {
        c->place = CHART_ELSEWHERE;
    }
    return buffer_status(c->out, "a chart", err);
}

static kith_status on_chart_text(void *context, view text, kith_error *err)
{
    (void)err;
    chart_reading *c = context;
    if (c->in_text && c->place != CHART_ELSEWHERE) buffer_append(&c->text, text);
    return KITH_OK;
}

static kith_status read_chart(archive *z, view part, buffer *out, kith_error *err)
{
    chart_reading c = {.memory = z->memory, .out = out};
    xml_events events = {&c, on_chart, on_chart_end, on_chart_text};
    buffer_init(&c.text, KITH_DOCUMENT_MAX_BYTES);
    buffer_init(&c.names, DRAWING_MAX_POINTS * sizeof(view));
    kith_status status = package_read_part(z, part, &events, err);
    buffer_done(&c.text);
    buffer_done(&c.names);
    return status;
}

/* ---- both ---- */

view drawing_description(view text)
{
    size_t end = view_find(text, VIEW("Description automatically generated"));
    return view_trim(view_slice(text, 0, end));
}

kith_status drawing_read(archive *z, const relationships *related, view name,
                         xml_attributes attributes, buffer *out, const char **unread,
                         kith_error *err)
{
    bool is_chart = view_equal(name, VIEW("chart"));
    view part =
        relationship_by_id(related, xml_prefixed_attribute(attributes, is_chart ? "id" : "dm"));
    *unread = NULL;
    if (part.size == 0) return KITH_OK;
    if (view_find(part, VIEW("chartEx")) < part.size || !archive_has(z, part)) {
        *unread = is_chart ? "a chart is not read" : "a diagram is not read";
        return KITH_OK;
    }
    return is_chart ? read_chart(z, part, out, err) : read_diagram(z, part, out, err);
}
