/* sheet_parts.c - merged cells stand behind the cells in the sheet's part, and are needed before
 * them: they are looked for in its bytes, backwards from its end, and not by a second reading of
 * all of it. What is found so in a part that is not UTF-8, or is no markup, only costs names, since
 * every area is checked. Comments with answers (threadedComment) are kept a second time as notes,
 * with a text for old programs: those notes are left out. Source: ECMA-376 part 1, 18.3.1.55,
 * 18.5, 18.7 and 20.5; MS-XLSX 2.6.205. */
#include "extract/sheet_parts.h"

#include "extract/xml.h"

#include <stdio.h>
#include <stdlib.h>

enum { REFERENCE_MAX_ROW = 1048576 };

void sheet_parts_init(sheet_parts *p)
{
    *p = (sheet_parts){0};
    buffer_init(&p->merged, SHEET_MAX_AREAS * sizeof(sheet_area));
    buffer_init(&p->tables, SHEET_MAX_AREAS * sizeof(sheet_area));
    buffer_init(&p->annexes, SHEET_MAX_ANNEXES * sizeof(sheet_annex));
}

void sheet_parts_done(sheet_parts *p)
{
    buffer_done(&p->merged);
    buffer_done(&p->tables);
    buffer_done(&p->annexes);
}

/* ---- references ---- */

bool sheet_reference(view text, uint32_t *column, uint32_t *row)
{
    uint32_t letters = 0, digits = 0;
    size_t i = 0;
    for (; i < text.size && i < 4; i++) {
        char c = text.data[i];
        if (c == '$') continue;
        if (!is_ascii_capital(c)) break;
        letters = letters * 26 + (uint32_t)(c - 'A') + 1;
    }
    if (i < text.size && text.data[i] == '$') i++;
    if (!workbook_index(view_slice(text, i, text.size), &digits)) return false;
    if (letters == 0 || letters > SHEET_MAX_COLUMNS || digits == 0 || digits > REFERENCE_MAX_ROW)
        return false;
    *column = letters;
    *row = digits;
    return true;
}

bool sheet_area_of(view text, sheet_area *out)
{
    size_t colon = view_find(text, VIEW(":"));
    sheet_area a;
    if (!sheet_reference(view_slice(text, 0, colon), &a.first_column, &a.first_row)) return false;
    a.last_column = a.first_column;
    a.last_row = a.first_row;
    if (colon < text.size &&
        !sheet_reference(view_slice(text, colon + 1, text.size), &a.last_column, &a.last_row))
        return false;
    if (a.last_column < a.first_column || a.last_row < a.first_row) return false;
    *out = a;
    return true;
}

/* ---- behind the cells ---- */

/* The value of ref="..." in the element that begins at `at`; empty when it has none. */
static view ref_of(view xml, size_t at)
{
    size_t end = at;
    while (end < xml.size && xml.data[end] != '>')
        end++;
    view element = view_slice(xml, at, end);
    size_t start = view_find(element, VIEW(" ref="));
    if (start + 7 > element.size) return (view){0};
    char quote = element.data[start + 5];
    size_t stop = start + 6;
    while (stop < element.size && element.data[stop] != quote)
        stop++;
    return view_slice(element, start + 6, stop);
}

static void add_area(buffer *areas, view reference)
{
    sheet_area area;
    if (sheet_area_of(reference, &area))
        buffer_append(areas, (view){(const char *)&area, sizeof area});
}

/* Finds mergeCell and autoFilter behind the last row. */
static void scan_tail(sheet_parts *p, view xml)
{
    static const char END[] = "sheetData>";
    size_t start = xml.size;
    while (start >= sizeof END - 1 &&
           memcmp(xml.data + start - (sizeof END - 1), END, sizeof END - 1) != 0)
        start--;
    if (start < sizeof END - 1) return;
    view tail = view_slice(xml, start, xml.size);
    for (size_t at = 0;;) {
        size_t found = at + view_find(view_slice(tail, at, tail.size), VIEW("mergeCell "));
        if (found >= tail.size) break;
        add_area(&p->merged, ref_of(tail, found));
        at = found + 1;
    }
    size_t filter = view_find(tail, VIEW("autoFilter "));
    if (filter < tail.size) add_area(&p->tables, ref_of(tail, filter));
}

/* ---- tables ---- */

static kith_status on_table(void *context, view name, xml_attributes attributes, kith_error *err)
{
    (void)err;
    sheet_parts *p = context;
    if (!view_equal(name, VIEW("table"))) return KITH_OK;
    if (!view_equal(xml_attribute(attributes, "headerRowCount"), VIEW("0")))
        add_area(&p->tables, xml_attribute(attributes, "ref"));
    return KITH_OK;
}

/* ---- notes, comments ---- */

typedef struct note_reading {
    sheet_parts *p;
    arena *memory;
    const char *word; // "Note" or "Comment"
    bool only_new;    // leaves out cells that have a comment already:
    size_t comments;  // the first of the annexes, in order
    uint32_t column, row;
    bool in_note, in_text, in_phonetic;
    buffer text;
} note_reading;

static int by_cell(const void *a, const void *b)
{
    const sheet_annex *x = a, *y = b;
    if (x->row != y->row) return x->row < y->row ? -1 : 1;
    return x->column < y->column ? -1 : x->column > y->column;
}

static kith_status add_annex(sheet_parts *p, arena *memory, uint32_t row, uint32_t column,
                             const char *prefix, view text, kith_error *err)
{
    text = view_trim(text);
    if (text.size == 0) return KITH_OK;
    const char *kept = arena_printf(memory, "%s%.*s", prefix, VIEW_ARG(text));
    if (!kept) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for notes");
    uint32_t order = (uint32_t)(p->annexes.size / sizeof(sheet_annex));
    sheet_annex annex = {row, column, order, view_of(kept)};
    buffer_append(&p->annexes, (view){(const char *)&annex, sizeof annex});
    return buffer_status(&p->annexes, "the list of notes", err);
}

static kith_status on_note(void *context, view name, xml_attributes attributes, kith_error *err)
{
    (void)err;
    note_reading *r = context;
    if (view_equal(name, VIEW("comment")) || view_equal(name, VIEW("threadedComment"))) {
        r->in_note = sheet_reference(xml_attribute(attributes, "ref"), &r->column, &r->row);
        buffer_reset(&r->text);
    } else if (view_equal(name, VIEW("rPh"))) {
        r->in_phonetic = true;
    } else if (view_equal(name, VIEW("t")) || view_equal(name, VIEW("text"))) {
        // A note's text is <text><r><t>, a comment's is <text> alone.
        bool is_text = view_equal(name, VIEW("t")) || !r->only_new;
        r->in_text = r->in_note && is_text && !r->in_phonetic;
    }
    return KITH_OK;
}

static kith_status on_note_text(void *context, view text, kith_error *err)
{
    note_reading *r = context;
    if (!r->in_text) return KITH_OK;
    buffer_append(&r->text, text);
    return buffer_status(&r->text, "a note", err);
}

static kith_status on_note_end(void *context, view name, kith_error *err)
{
    note_reading *r = context;
    if (view_equal(name, VIEW("t")) || view_equal(name, VIEW("text"))) r->in_text = false;
    if (view_equal(name, VIEW("rPh"))) r->in_phonetic = false;
    bool ends = view_equal(name, VIEW("comment")) || view_equal(name, VIEW("threadedComment"));
    if (!ends || !r->in_note) return KITH_OK;
    r->in_note = false;
    sheet_annex cell = {.row = r->row, .column = r->column};
    if (r->comments && bsearch(&cell, r->p->annexes.data, r->comments, sizeof cell, by_cell))
        return KITH_OK;
    char address[SHEET_CELL_NAME_BYTES], prefix[48];
    sheet_cell_name(r->column, r->row, address);
    snprintf(prefix, sizeof prefix, "%s on %s: ", r->word, address);
    return add_annex(r->p, r->memory, r->row, r->column, prefix, buffer_view(&r->text), err);
}

/* ---- drawings ---- */

typedef struct drawing_reading {
    sheet_parts *p;
    archive *z;
    const relationships *related;
    uint32_t row, column; // of the open anchor, 1-based
    buffer text;          // of the open shape
    buffer number;
    uint32_t fallbacks; // open mc:Fallback, which say for old programs what is there already
    bool in_from, in_text, in_row, in_column, in_picture;
} drawing_reading;

typedef struct chart_reading {
    buffer text;
    bool in_text, in_series_name, in_value;
} chart_reading;

static kith_status on_chart(void *context, view name, xml_attributes attributes, kith_error *err)
{
    (void)attributes, (void)err;
    chart_reading *c = context;
    if (view_equal(name, VIEW("tx"))) c->in_series_name = true;
    c->in_text = view_equal(name, VIEW("t"));
    c->in_value = c->in_series_name && view_equal(name, VIEW("v"));
    if (view_equal(name, VIEW("p")) || c->in_value)
        buffer_append(&c->text, c->text.size ? VIEW(" | ") : VIEW(""));
    return KITH_OK;
}

static kith_status on_chart_text(void *context, view text, kith_error *err)
{
    chart_reading *c = context;
    if (c->in_text || c->in_value) buffer_append(&c->text, text);
    return buffer_status(&c->text, "a chart", err);
}

static kith_status on_chart_end(void *context, view name, kith_error *err)
{
    (void)err;
    chart_reading *c = context;
    if (view_equal(name, VIEW("tx"))) c->in_series_name = false;
    c->in_text = c->in_value = false;
    return KITH_OK;
}

/* Reads the titles, axes and names of series of a chart; its values are cells. A diagram's texts
 * are read alike. */
static kith_status read_chart(drawing_reading *d, view part, const char *prefix, kith_error *err)
{
    chart_reading c = {0};
    xml_events events = {&c, on_chart, on_chart_end, on_chart_text};
    buffer_init(&c.text, ARCHIVE_MAX_ENTRY_BYTES);
    kith_status status = package_read_part(d->z, part, &events, err);
    view text = view_trim(buffer_view(&c.text));
    while (text.size && strchr("| ", text.data[text.size - 1]))
        text.size--;
    if (status == KITH_OK)
        status = add_annex(d->p, d->z->memory, d->row, d->column, prefix, text, err);
    buffer_done(&c.text);
    return status;
}

static kith_status on_drawing(void *context, view name, xml_attributes attributes, kith_error *err)
{
    drawing_reading *d = context;
    view id = xml_prefixed_attribute(attributes, "id");
    if (view_equal(name, VIEW("Fallback"))) d->fallbacks++;
    if (d->fallbacks) return KITH_OK;
    if (view_equal(name, VIEW("from"))) {
        d->in_from = true;
    } else if (view_equal(name, VIEW("row")) || view_equal(name, VIEW("col"))) {
        d->in_row = d->in_from && view_equal(name, VIEW("row"));
        d->in_column = d->in_from && !d->in_row;
        buffer_reset(&d->number);
    } else if (view_equal(name, VIEW("sp"))) {
        buffer_reset(&d->text);
    } else if (view_equal(name, VIEW("pic"))) {
        d->in_picture = true;
    } else if (view_equal(name, VIEW("cNvPr"))) {
        return add_annex(d->p, d->z->memory, d->row, d->column, d->in_picture ? "Picture: " : "",
                         xml_attribute(attributes, "descr"), err);
    } else if (view_equal(name, VIEW("p")) && d->text.size) {
        buffer_append_byte(&d->text, '\n');
    } else if (view_equal(name, VIEW("br"))) {
        buffer_append_byte(&d->text, '\n');
    } else if (view_equal(name, VIEW("t"))) {
        d->in_text = true;
    } else if (view_equal(name, VIEW("chart")) && id.size) {
        view part = relationship_by_id(d->related, id);
        if (archive_has(d->z, part)) return read_chart(d, part, "Chart: ", err);
    } else if (view_equal(name, VIEW("relIds"))) { // a diagram; r:dm names its texts
        view part = relationship_by_id(d->related, xml_prefixed_attribute(attributes, "dm"));
        return read_chart(d, part, "", err);
    }
    return KITH_OK;
}

static kith_status on_drawing_text(void *context, view text, kith_error *err)
{
    drawing_reading *d = context;
    if (d->fallbacks) return KITH_OK;
    if (d->in_text) buffer_append(&d->text, text);
    if (d->in_row || d->in_column) buffer_append(&d->number, text);
    return buffer_status(&d->text, "a text box", err);
}

static kith_status on_drawing_end(void *context, view name, kith_error *err)
{
    drawing_reading *d = context;
    uint32_t number = 0;
    if (view_equal(name, VIEW("Fallback"))) d->fallbacks--;
    if (d->fallbacks) return KITH_OK;
    bool has_number = (d->in_row || d->in_column) &&
                      workbook_index(view_trim(buffer_view(&d->number)), &number) &&
                      number < REFERENCE_MAX_ROW;
    if (has_number) *(d->in_row ? &d->row : &d->column) = number + 1;
    d->in_row = d->in_column = false;
    if (view_equal(name, VIEW("from"))) d->in_from = false;
    if (view_equal(name, VIEW("t"))) d->in_text = false;
    if (view_equal(name, VIEW("pic"))) d->in_picture = false;
    if (!view_equal(name, VIEW("sp"))) return KITH_OK;
    kith_status status =
        add_annex(d->p, d->z->memory, d->row, d->column, "", buffer_view(&d->text), err);
    buffer_reset(&d->text);
    return status;
}

static kith_status read_drawing(sheet_parts *p, archive *z, view part, kith_error *err)
{
    view xml;
    relationships related;
    drawing_reading d = {.p = p, .z = z, .related = &related, .row = 1, .column = 1};
    xml_events events = {&d, on_drawing, on_drawing_end, on_drawing_text};
    kith_status status = package_relationships(z, part, &related, err);
    if (status == KITH_OK) status = archive_read(z, part, &xml, err);
    if (status != KITH_OK) return status;
    buffer_init(&d.text, ARCHIVE_MAX_ENTRY_BYTES);
    buffer_init(&d.number, ARCHIVE_MAX_ENTRY_BYTES);
    status = xml_read(xml, part, &events, err);
    buffer_done(&d.text);
    buffer_done(&d.number);
    return status;
}

/* ---- all parts ---- */

static kith_status read_notes(sheet_parts *p, archive *z, view part, bool is_comment,
                              kith_error *err)
{
    view xml;
    note_reading r = {.p = p,
                      .memory = z->memory,
                      .word = is_comment ? "Comment" : "Note",
                      .only_new = !is_comment,
                      .comments = is_comment ? 0 : p->annexes.size / sizeof(sheet_annex)};
    xml_events events = {&r, on_note, on_note_end, on_note_text};
    kith_status status = archive_read(z, part, &xml, err);
    if (status != KITH_OK) return status;
    if (r.comments) qsort(p->annexes.data, r.comments, sizeof(sheet_annex), sheet_annex_compare);
    buffer_init(&r.text, ARCHIVE_MAX_ENTRY_BYTES);
    status = xml_read(xml, part, &events, err);
    buffer_done(&r.text);
    return status;
}

static kith_status read_table(sheet_parts *p, archive *z, view part, kith_error *err)
{
    xml_events events = {.context = p, .start = on_table};
    return package_read_part(z, part, &events, err);
}

/* Reads the related parts of one kind. */
static kith_status read_kind(sheet_parts *p, archive *z, const relationships *related,
                             const char *kind, kith_error *err)
{
    kith_status status = KITH_OK;
    for (uint32_t i = 0; i < related->count && status == KITH_OK; i++) {
        const relationship *r = &related->entries[i];
        if (!view_equal(r->kind, view_of(kind)) || !archive_has(z, r->target)) continue;
        if (strcmp(kind, "table") == 0)
            status = read_table(p, z, r->target, err);
        else if (strcmp(kind, "drawing") == 0)
            status = read_drawing(p, z, r->target, err);
        else
            status = read_notes(p, z, r->target, strcmp(kind, "threadedComment") == 0, err);
    }
    return status;
}

kith_status sheet_parts_read(sheet_parts *p, const workbook *book, const sheet *of, view xml,
                             extract_job *job, kith_error *err)
{
    // Comments go before the notes that repeat them.
    static const char *const KINDS[] = {"table", "threadedComment", "comments", "drawing"};
    relationships related = {0};
    buffer_reset(&p->merged);
    buffer_reset(&p->tables);
    buffer_reset(&p->annexes);
    scan_tail(p, xml);
    kith_status status = package_relationships(book->parts, of->part, &related, err);
    for (size_t i = 0; i < sizeof KINDS / sizeof *KINDS && status == KITH_OK; i++)
        status = read_kind(p, book->parts, &related, KINDS[i], err);
    bool has_embedded = relationship_by_kind(&related, "oleObject").size ||
                        relationship_by_kind(&related, "package").size;
    if (status == KITH_OK && has_embedded) {
        const char *what = arena_printf(job->memory, "sheet %.*s: an embedded file is not read",
                                        VIEW_ARG(of->name));
        status = what ? extract_job_notice(job, what, err)
                      : fail(err, KITH_ERR_NO_MEMORY, "out of memory for a notice");
    }
    if (status == KITH_OK) status = buffer_status(&p->merged, "the list of merged cells", err);
    if (status == KITH_OK) status = buffer_status(&p->tables, "the list of tables", err);
    if (status != KITH_OK) return status;
    p->all = (sheet_surroundings){
        .merged = (const sheet_area *)p->merged.data,
        .tables = (const sheet_area *)p->tables.data,
        .annexes = (const sheet_annex *)p->annexes.data,
        .merged_count = p->merged.size / sizeof(sheet_area),
        .table_count = p->tables.size / sizeof(sheet_area),
        .annex_count = p->annexes.size / sizeof(sheet_annex),
    };
    if (p->all.merged_count)
        qsort(p->merged.data, p->all.merged_count, sizeof(sheet_area), sheet_area_compare);
    if (p->all.table_count)
        qsort(p->tables.data, p->all.table_count, sizeof(sheet_area), sheet_area_compare);
    if (p->all.annex_count)
        qsort(p->annexes.data, p->all.annex_count, sizeof(sheet_annex), sheet_annex_compare);
    return KITH_OK;
}
