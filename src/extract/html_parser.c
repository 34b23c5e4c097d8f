/* html_parser.c - a stack of open elements; a tag closes what cannot stand around it.
 *
 * A start tag first closes (start_closes): <p> an open paragraph, <li> the entry before it, <td> the
 * cell before it. An end tag closes the nearest element of its name and all within it, unless a
 * barrier stands between (13.2.4.2, "has an element in scope"): no end tag but a table's own closes
 * a cell from within, and </li> closes no entry of an outer list. An end tag without an element is
 * passed over, but for </p>, which is an empty paragraph.
 *
 * Elements that would be open beyond EXTRACT_MAX_DEPTH are counted and not kept: their text stands in
 * the innermost one that is, with a paragraph's break where a block begins or ends. Their end tags are
 * matched by their number alone, so that they close none of those that are kept. */
#include "extract/html_parser.h"

#include "extract/extract.h"
#include "extract/html_entity.h"

typedef struct open_element {
    element_kind kind;
    uint32_t name_size;
    char name[TAG_NAME_MAX_BYTES + 1];
} open_element;

typedef struct html_parser {
    view markup;
    const html_events *events;
    kith_status status;  // the first failure
    uint32_t depth;      // of open[]
    uint32_t beyond;     // elements that are open and not in open[], which is full
    uint32_t paragraphs; // <p> among them: most tags look for one, and few find it
    uint32_t tables;
    bool has_controls; // somewhere in the markup
    html_tag tag;
    open_element open[EXTRACT_MAX_DEPTH];
} html_parser;

static view name_of(const open_element *e)
{
    return (view){e->name, e->name_size};
}

static bool is_paragraph(element_kind kind, view name)
{
    return kind == ELEMENT_PARAGRAPH && name.size == 1;
}

/* ---- the stack ---- */

static void keep(html_parser *p, kith_status status)
{
    if (p->status == KITH_OK) p->status = status;
}

static void start(html_parser *p, const html_tag *t, element_kind kind)
{
    open_element *e = &p->open[p->depth++];
    e->kind = kind;
    e->name_size = (uint32_t)t->name_size;
    memcpy(e->name, t->name, sizeof e->name);
    p->paragraphs += is_paragraph(kind, html_tag_name(t));
    p->tables += kind == ELEMENT_TABLE;
    keep(p, p->events->start(p->events->context, t, kind));
}

static void end_top(html_parser *p)
{
    const open_element *e = &p->open[--p->depth];
    p->paragraphs -= is_paragraph(e->kind, name_of(e));
    p->tables -= e->kind == ELEMENT_TABLE;
    if (p->status == KITH_OK) keep(p, p->events->end(p->events->context, e->kind));
}

/* Closes all that is open from `depth` on. */
static void close_to(html_parser *p, uint32_t depth)
{
    while (p->depth > depth)
        end_top(p);
}

/* ---- what a start tag closes ---- */

/* No end tag of anything but a table's parts reaches beyond it. */
static bool is_barrier(const open_element *e)
{
    return e->kind == ELEMENT_CELL || e->kind == ELEMENT_TABLE ||
           (e->kind == ELEMENT_LINE && view_equal(name_of(e), VIEW("caption")));
}

static void close_paragraph(html_parser *p)
{
    for (uint32_t i = p->depth; p->paragraphs > 0 && i-- > 0;) {
        const open_element *e = &p->open[i];
        if (is_paragraph(e->kind, name_of(e))) {
            close_to(p, i);
            return;
        }
        if (is_barrier(e) || e->kind == ELEMENT_CONTROL) return;
    }
}

/* An entry may stand in these between it and the entry before it, which it closes all the same. */
static bool is_passed_by_entries(const open_element *e)
{
    switch (e->kind) {
    case ELEMENT_RAISED:
    case ELEMENT_LOWERED:
    case ELEMENT_STRUCK:
    case ELEMENT_MATH:
    case ELEMENT_TITLE:
        return true;
    case ELEMENT_PARAGRAPH:
        return view_equal(name_of(e), VIEW("div")) || view_equal(name_of(e), VIEW("p")) ||
               view_equal(name_of(e), VIEW("address"));
    default:
        return false;
    }
}

static bool is_entry_like(element_kind kind, element_kind other)
{
    bool is_definition = kind == ELEMENT_TERM || kind == ELEMENT_DEFINITION;
    return is_definition ? other == ELEMENT_TERM || other == ELEMENT_DEFINITION : other == kind;
}

static void close_entry(html_parser *p, element_kind kind)
{
    for (uint32_t i = p->depth; i-- > 0;) {
        if (is_entry_like(kind, p->open[i].kind)) {
            close_to(p, i);
            return;
        }
        if (!is_passed_by_entries(&p->open[i])) return;
    }
}

/* Closes what is open within the nearest table down to one of its parts of `kind`, or to the table.
 * Without a table: the outermost cell and row. */
static void close_to_table(html_parser *p, element_kind kind)
{
    uint32_t i = p->depth;
    for (; p->tables > 0 && i > 0; i--)
        if (p->open[i - 1].kind == ELEMENT_TABLE || p->open[i - 1].kind == kind) break;
    if (p->tables > 0) {
        close_to(p, i);
        return;
    }
    uint32_t outermost = i;
    for (; i > 0; i--) {
        element_kind open = p->open[i - 1].kind;
        if (open == kind) break;
        if (open == ELEMENT_CELL || open == ELEMENT_ROW) outermost = i - 1;
    }
    close_to(p, outermost);
}

/* A table within a table stands in a cell; elsewhere it ends the one before it. */
static void close_table_without_cell(html_parser *p)
{
    if (p->depth == 0) return;
    element_kind top = p->open[p->depth - 1].kind;
    if (top != ELEMENT_TABLE && top != ELEMENT_ROW && top != ELEMENT_HEAD && top != ELEMENT_ROWS)
        return;
    uint32_t i = p->depth;
    while (p->tables > 0 && p->open[--i].kind != ELEMENT_TABLE)
        continue;
    if (p->tables > 0) close_to(p, i);
}

/* The nearest group of rows, when it stands in the nearest table. */
static element_kind group_of_rows(const html_parser *p)
{
    for (uint32_t i = p->depth; i-- > 0 && p->open[i].kind != ELEMENT_TABLE;)
        if (p->open[i].kind == ELEMENT_HEAD || p->open[i].kind == ELEMENT_ROWS)
            return p->open[i].kind;
    return ELEMENT_TABLE;
}

/* Elements that stand in no paragraph (13.2.6.4.7). */
static bool ends_paragraph(element_kind kind, view name)
{
    switch (kind) {
    case ELEMENT_PARAGRAPH:
        return !view_equal(name, VIEW("textarea"));
    case ELEMENT_LIST:
        return !view_equal(name, VIEW("select"));
    case ELEMENT_ENTRY:
        return !view_equal(name, VIEW("option"));
    case ELEMENT_SKIPPED:
        return view_equal(name, VIEW("nav"));
    case ELEMENT_TERM:
    case ELEMENT_DEFINITION:
    case ELEMENT_TABLE:
    case ELEMENT_PREFORMATTED:
    case ELEMENT_HEADING:
    case ELEMENT_QUESTION:
    case ELEMENT_MAIN:
        return true;
    default:
        return false;
    }
}

static void start_closes(html_parser *p, element_kind kind, view name)
{
    switch (kind) {
    case ELEMENT_ENTRY:
    case ELEMENT_TERM:
    case ELEMENT_DEFINITION:
        close_entry(p, kind);
        break;
    case ELEMENT_CELL:
        close_to_table(p, ELEMENT_ROW);
        return;
    case ELEMENT_ROW:
        close_to_table(p, group_of_rows(p));
        return;
    case ELEMENT_HEAD:
    case ELEMENT_ROWS:
        close_to_table(p, ELEMENT_TABLE);
        return;
    case ELEMENT_LINE:
        if (p->tables > 0 && view_equal(name, VIEW("caption"))) close_to_table(p, ELEMENT_TABLE);
        return;
    default:
        break;
    }
    if (ends_paragraph(kind, name)) close_paragraph(p);
    if (kind == ELEMENT_TABLE) close_table_without_cell(p);
    if (kind == ELEMENT_HEADING && p->depth > 0 && p->open[p->depth - 1].kind == ELEMENT_HEADING)
        end_top(p);
}

/* ---- tags ---- */

static bool is_empty_element(element_kind kind, view name)
{
    return kind == ELEMENT_BREAK || kind == ELEMENT_ANCHOR ||
           (kind == ELEMENT_PARAGRAPH && view_equal(name, VIEW("hr")));
}

static bool is_body(element_kind kind, view name)
{
    return kind == ELEMENT_PARAGRAPH && view_equal(name, VIEW("body"));
}

/* An element without content, of the tag that was read. */
static void pass_empty(html_parser *p, element_kind kind)
{
    keep(p, p->events->start(p->events->context, &p->tag, kind));
    if (p->status == KITH_OK) keep(p, p->events->end(p->events->context, kind));
}

/* A start or end tag of an element that is open beyond the limit. */
static void read_beyond(html_parser *p, element_kind kind)
{
    if (is_empty_element(kind, html_tag_name(&p->tag))) {
        pass_empty(p, kind);
        return;
    }
    p->beyond += p->tag.is_end ? -1U : 1;
    if (!html_element_is_inline(kind)) pass_empty(p, ELEMENT_PARAGRAPH);
}

static void read_start(html_parser *p, element_kind kind)
{
    view name = html_tag_name(&p->tag);
    if (is_body(kind, name)) {
        if (p->depth > 0 && is_body(p->open[0].kind, name_of(&p->open[0]))) return;
        close_to(p, 0); // a title without an end
        p->beyond = 0;
    } else if (p->beyond == 0) {
        start_closes(p, kind, name);
    }
    if (p->status == KITH_OK && p->depth == EXTRACT_MAX_DEPTH) {
        read_beyond(p, kind);
        return;
    }
    if (p->status == KITH_OK) start(p, &p->tag, kind);
    if (p->status == KITH_OK && is_empty_element(kind, name)) end_top(p);
}

/* Whether the end tag of an element of this kind looks no further than e. */
static bool is_barrier_to(const open_element *e, element_kind kind, bool is_paragraph)
{
    switch (kind) {
    case ELEMENT_TABLE:
        return false;
    case ELEMENT_CELL:
    case ELEMENT_ROW:
    case ELEMENT_HEAD:
    case ELEMENT_ROWS:
        return e->kind == ELEMENT_TABLE;
    case ELEMENT_ENTRY:
        return e->kind == ELEMENT_LIST || is_barrier(e);
    default:
        return is_barrier(e) || (is_paragraph && e->kind == ELEMENT_CONTROL);
    }
}

static void read_end(html_parser *p, element_kind kind)
{
    view name = html_tag_name(&p->tag);
    if (is_empty_element(kind, name) || is_body(kind, name)) return;
    if (p->beyond > 0) {
        read_beyond(p, kind);
        return;
    }
    bool is_p = is_paragraph(kind, name);
    for (uint32_t i = p->depth; i-- > 0 && (!is_p || p->paragraphs > 0);) {
        const open_element *e = &p->open[i];
        bool is_it = e->kind == kind && (kind == ELEMENT_HEADING || view_equal(name_of(e), name));
        if (is_it) {
            close_to(p, i);
            return;
        }
        if (is_barrier_to(e, kind, is_p)) break;
    }
    if (!is_p) return;
    p->tag.attribute_count = 0;
    p->tag.attribute_marks = 0;
    pass_empty(p, kind);
}

/* ---- text ---- */

static bool is_control(char c)
{
    return (unsigned char)c < ' ' && !is_ascii_space(c);
}

static bool has_controls(view text)
{
    unsigned found = 0;
    for (size_t i = 0; i < text.size; i++)
        found |= is_control(text.data[i]);
    return found;
}

static void pass_on(html_parser *p, view text)
{
    if (text.size && p->status == KITH_OK) keep(p, p->events->text(p->events->context, text));
}

/* Without controls, which are none of a page's characters. */
static void pass_on_cleaned(html_parser *p, view text)
{
    if (!p->has_controls) {
        pass_on(p, text);
        return;
    }
    for (size_t i = 0, from = 0; i <= text.size; i++) {
        if (i < text.size && !is_control(text.data[i])) continue;
        pass_on(p, view_slice(text, from, i));
        from = i + 1;
    }
}

static void read_text(html_parser *p, view text)
{
    html_entity e;
    size_t from = 0, i = 0;
    while (i < text.size && p->status == KITH_OK) {
        const char *found = memchr(text.data + i, '&', text.size - i);
        i = found ? (size_t)(found - text.data) : text.size;
        if (!found || !html_entity_read(view_slice(text, i, text.size), &e)) {
            i += found != NULL;
            continue;
        }
        pass_on_cleaned(p, view_slice(text, from, i));
        pass_on(p, (view){e.text, e.text_size});
        from = i += e.size;
    }
    pass_on_cleaned(p, view_slice(text, from, text.size));
}

size_t html_decode(view value, char *out, size_t size)
{
    html_entity e;
    size_t written = 0;
    for (size_t i = 0; i < value.size;) {
        view piece = view_slice(value, i, i + 1);
        i++;
        if (piece.data[0] == '&' && html_entity_read(view_slice(value, i - 1, value.size), &e)) {
            piece = (view){e.text, e.text_size};
            i += e.size - 1;
        }
        if (piece.size > size - written) break;
        memcpy(out + written, piece.data, piece.size);
        written += piece.size;
    }
    return written;
}

/* ---- the whole ---- */

static void read_markup(html_parser *p)
{
    view markup = p->markup;
    for (size_t i = 0; i < markup.size && p->status == KITH_OK;) {
        const char *next = memchr(markup.data + i, '<', markup.size - i);
        size_t until = next ? (size_t)(next - markup.data) : markup.size;
        if (until > i) read_text(p, view_slice(markup, i, until));
        i = until;
        if (!next || p->status != KITH_OK) continue;
        if (!html_tag_read(markup, i, &p->tag)) {
            pass_on(p, view_slice(markup, i, i + 1));
            i++;
            continue;
        }
        i = p->tag.end;
        element_kind kind = html_element_kind(html_tag_name(&p->tag));
        if (p->tag.is_end)
            read_end(p, kind);
        else
            read_start(p, kind);
    }
    close_to(p, 0);
}

kith_status html_parse(view markup, const html_events *events)
{
    html_parser p = {.markup = markup, .events = events, .has_controls = has_controls(markup)};
    read_markup(&p);
    return p.status;
}
