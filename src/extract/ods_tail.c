/* ods_tail.c - the text of a prompt, or of a header, is gathered until its element ends. A header is
 * written as Excel would (sheet_edges.h), so that both are judged alike. */
#include "extract/ods_tail.h"

#include "extract/sheet_edges.h"
#include "extract/workbook.h"

#include <kith/types.h>

enum { VALIDATIONS_MAX = 65536, PAGES_MAX = 10000, EDGE_MAX_BYTES = 65536 };

kith_status ods_tail_init(ods_tail *t, arena *memory, kith_error *err)
{
    *t = (ods_tail){.memory = memory, .by_name = map_new(), .pages = map_new()};
    buffer_init(&t->validations, VALIDATIONS_MAX * sizeof(ods_validation));
    buffer_init(&t->used, VALIDATIONS_MAX * sizeof(uint32_t));
    buffer_init(&t->edges, PAGES_MAX * sizeof(view));
    buffer_init(&t->text, KITH_DOCUMENT_MAX_BYTES);
    buffer_init(&t->line, 2 * (size_t)KITH_DOCUMENT_MAX_BYTES);
    buffer_init(&t->page, EDGE_MAX_BYTES);
    sheet_tail_init(&t->lines);
    return t->by_name && t->pages ? KITH_OK : fail(err, KITH_ERR_NO_MEMORY, "out of memory");
}

void ods_tail_done(ods_tail *t)
{
    buffer *all[] = {&t->validations, &t->used, &t->edges, &t->text, &t->line, &t->page};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        buffer_done(all[i]);
    map_free(t->by_name);
    map_free(t->pages);
    sheet_tail_done(&t->lines);
}

static kith_status keep(ods_tail *t, view text, view *out, kith_error *err)
{
    *out = arena_copy(t->memory, text);
    return out->data ? KITH_OK : fail(err, KITH_ERR_NO_MEMORY, "out of memory for a prompt");
}

/* ---- validations ---- */

/* `"S";"M";"L"` of cell-content-is-in-list("S";"M";"L"), as "S, M, L"; nothing for a list in cells. */
static void append_choices(view condition, buffer *out)
{
    view name = VIEW("cell-content-is-in-list(");
    size_t i = view_find(condition, name);
    if (i == condition.size) return;
    bool in_quotes = false;
    for (i += name.size; i < condition.size; i++) {
        char c = condition.data[i];
        bool is_quote = c == '"';
        bool is_doubled =
            in_quotes && is_quote && i + 1 < condition.size && condition.data[i + 1] == '"';
        if (!in_quotes && !is_quote && c != ';' && c != ' ') return; // ")", or an area
        if (is_doubled) i++;
        if (is_quote && !is_doubled)
            in_quotes = !in_quotes;
        else if (in_quotes)
            buffer_append_byte(out, c);
        else if (c == ';')
            buffer_append_text(out, ", ");
    }
}

static kith_status begin_validation(ods_tail *t, xml_attributes attributes, kith_error *err)
{
    buffer_reset(&t->text);
    append_choices(xml_attribute(attributes, "condition"), &t->text);
    kith_status status = buffer_status(&t->text, "the choices of a cell", err);
    t->prompt = t->title = VIEW("");
    if (status == KITH_OK) status = keep(t, buffer_view(&t->text), &t->choices, err);
    return status == KITH_OK ? keep(t, xml_attribute(attributes, "name"), &t->name, err) : status;
}

static kith_status end_prompt(ods_tail *t, kith_error *err)
{
    view text = view_trim(buffer_view(&t->text));
    buffer_reset(&t->line);
    if (text.size && t->title.size) buffer_printf(&t->line, "%.*s: ", VIEW_ARG(t->title));
    buffer_append(&t->line, text);
    kith_status status = buffer_status(&t->line, "a prompt", err);
    return status == KITH_OK ? keep(t, buffer_view(&t->line), &t->prompt, err) : status;
}

static kith_status end_validation(ods_tail *t, kith_error *err)
{
    const ods_validation found = {.prompt = t->prompt, .choices = t->choices};
    size_t index = t->validations.size / sizeof found;
    if ((found.prompt.size == 0 && found.choices.size == 0) || index >= VALIDATIONS_MAX)
        return KITH_OK;
    buffer_append(&t->validations, (view){(const char *)&found, sizeof found});
    if (map_put(t->by_name, t->name, index) != KITH_OK)
        return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a prompt");
    return buffer_status(&t->validations, "the list of validations", err);
}

/* ---- pages ---- */

static bool is_edge(view name)
{
    static const char *const NAMES[] = {
        "header", "footer", "header-left", "footer-left", "header-first", "footer-first", NULL};
    return view_is_one_of_nocase(name, NAMES);
}

/* Fields are left out, and a part that counts pages too unless it says more. */
static bool is_field(view name)
{
    static const char *const NAMES[] = {"sheet-name", "date", "time", "file-name", "title", NULL};
    return view_is_one_of_nocase(name, NAMES);
}

static bool is_count(view name)
{
    return view_equal(name, VIEW("page-number")) || view_equal(name, VIEW("page-count"));
}

static kith_status end_edge(ods_tail *t, kith_error *err)
{
    buffer_reset(&t->line);
    sheet_edge_append(buffer_view(&t->text), &t->line);
    kith_status status = buffer_status(&t->line, "a header of a page", err);
    if (status != KITH_OK || t->line.size == 0) return status;
    buffer_append(&t->page, buffer_view(&t->line));
    buffer_append_byte(&t->page, '\n');
    return buffer_status(&t->page, "the headers of a page", err);
}

static kith_status end_page(ods_tail *t, kith_error *err)
{
    view lines;
    size_t index = t->edges.size / sizeof lines;
    if (t->page.size == 0 || index >= PAGES_MAX) return KITH_OK;
    kith_status status = keep(t, buffer_view(&t->page), &lines, err);
    if (status != KITH_OK) return status;
    buffer_append(&t->edges, (view){(const char *)&lines, sizeof lines});
    if (map_put(t->pages, t->name, index) != KITH_OK)
        return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a page");
    return buffer_status(&t->edges, "the list of pages", err);
}

/* ---- events ---- */

static void begin_text(ods_tail *t, bool is_edge_text, bool is_shown)
{
    buffer_reset(&t->text);
    t->text_depth = t->depth;
    t->is_edge = is_edge_text;
    t->field_depth = is_shown ? 0 : t->depth;
}

/* Within a prompt or a header. */
static void in_text(ods_tail *t, view name)
{
    if (t->field_depth) return;
    if (is_field(name) || is_count(name)) {
        if (is_count(name) && t->is_edge) buffer_append_text(&t->text, "&P");
        t->field_depth = t->depth;
        return;
    }
    bool is_region = view_starts_with(name, VIEW("region-")) && name.size > 7;
    if (is_region && t->is_edge)
        buffer_printf(&t->text, "&%c", name.data[7] & ~0x20); // left, center, right
    else if (t->text.size && !view_equal(name, VIEW("span")))
        buffer_append_byte(&t->text, ' '); // a paragraph, a blank, a line break
}

kith_status ods_tail_start(ods_tail *t, view name, xml_attributes attributes, kith_error *err)
{
    t->depth++;
    bool is_shown = !view_equal(xml_attribute(attributes, "display"), VIEW("false"));
    if (t->text_depth) {
        in_text(t, name);
    } else if (view_equal(name, VIEW("content-validation"))) {
        return begin_validation(t, attributes, err);
    } else if (view_equal(name, VIEW("help-message"))) {
        begin_text(t, false, true);
        return keep(t, xml_attribute(attributes, "title"), &t->title, err);
    } else if (view_equal(name, VIEW("master-page"))) {
        buffer_reset(&t->page);
        return keep(t, xml_attribute(attributes, "name"), &t->name, err);
    } else if (is_edge(name)) {
        begin_text(t, true, is_shown);
    }
    return KITH_OK;
}

kith_status ods_tail_end(ods_tail *t, view name, kith_error *err)
{
    uint32_t depth = t->depth--;
    if (t->field_depth == depth) t->field_depth = 0;
    if (t->text_depth == depth) {
        t->text_depth = 0;
        return t->is_edge ? end_edge(t, err) : end_prompt(t, err);
    }
    if (t->text_depth) return KITH_OK;
    if (view_equal(name, VIEW("content-validation"))) return end_validation(t, err);
    return view_equal(name, VIEW("master-page")) ? end_page(t, err) : KITH_OK;
}

void ods_tail_text(ods_tail *t, view text)
{
    if (!t->text_depth || t->field_depth) return;
    for (size_t i = 0; i < text.size; i++) {
        char c = text.data[i];
        if (c == '&' && t->is_edge) buffer_append_byte(&t->text, '&');
        buffer_append_byte(&t->text, strchr("\n\r\t", c) ? ' ' : c);
    }
}

static kith_status on_start(void *context, view name, xml_attributes attributes, kith_error *err)
{
    return ods_tail_start(context, name, attributes, err);
}

static kith_status on_end(void *context, view name, kith_error *err)
{
    return ods_tail_end(context, name, err);
}

static kith_status on_text(void *context, view text, kith_error *err)
{
    ods_tail *t = context;
    ods_tail_text(t, text);
    return buffer_status(&t->text, "a header of a page", err);
}

kith_status ods_tail_read_pages(ods_tail *t, const odf_package *p, kith_error *err)
{
    xml_events events = {t, on_start, on_end, on_text};
    if (view_find(p->styles, VIEW("master-page")) == p->styles.size) return KITH_OK;
    return xml_read(p->styles, VIEW("styles.xml"), &events, err);
}

/* ---- cells and sheets ---- */

static ods_validation *validation_at(const ods_tail *t, uint64_t index)
{
    return (ods_validation *)(void *)t->validations.data + index;
}

/* Cells of a column come one after the other, from the top. */
static bool extends(sheet_area *area, sheet_area cells)
{
    if (area->first_column != cells.first_column || area->last_column != cells.last_column ||
        area->last_row + 1 != cells.first_row)
        return false;
    area->last_row = cells.last_row;
    return true;
}

kith_status ods_tail_cells(ods_tail *t, view name, uint32_t number, sheet_area cells,
                           kith_error *err)
{
    uint64_t index = 0;
    if (name.size == 0 || !map_get(t->by_name, name, &index)) return KITH_OK;
    ods_validation *v = validation_at(t, index);
    if (v->sheet != number) {
        uint32_t used = (uint32_t)index;
        buffer_append(&t->used, (view){(const char *)&used, sizeof used});
        v->sheet = number;
        v->count = 0;
    }
    for (uint32_t i = v->count > ODS_SHOWN_AREAS ? ODS_SHOWN_AREAS : v->count; i > 0; i--)
        if (extends(&v->areas[i - 1], cells)) return KITH_OK;
    if (v->count < ODS_SHOWN_AREAS) v->areas[v->count] = cells;
    if (v->count <= ODS_SHOWN_AREAS) v->count++;
    return buffer_status(&t->used, "the validations of a sheet", err);
}

static kith_status add_line(ods_tail *t, const ods_validation *v, const char *what, view text,
                            kith_error *err)
{
    char from[SHEET_CELL_NAME_BYTES], to[SHEET_CELL_NAME_BYTES];
    if (text.size == 0) return KITH_OK;
    buffer_reset(&t->line);
    buffer_printf(&t->line, "%s at", what);
    for (uint32_t i = 0; i < v->count && i < ODS_SHOWN_AREAS; i++) {
        sheet_area a = v->areas[i];
        sheet_cell_name(a.first_column, a.first_row, from);
        sheet_cell_name(a.last_column, a.last_row, to);
        buffer_printf(&t->line, " %s", from);
        if (strcmp(from, to) != 0) buffer_printf(&t->line, ":%s", to);
    }
    buffer_append_text(&t->line, ": ");
    buffer_append(&t->line, text);
    kith_status status = buffer_status(&t->line, "a prompt", err);
    return status == KITH_OK ? sheet_tail_add(&t->lines, buffer_view(&t->line), err) : status;
}

kith_status ods_tail_write(ods_tail *t, uint32_t number, view page, manuscript *m, kith_error *err)
{
    const uint32_t *used = (const uint32_t *)(const void *)t->used.data;
    kith_status status = KITH_OK;
    sheet_tail_reset(&t->lines);
    for (size_t i = 0; i < t->used.size / sizeof *used && status == KITH_OK; i++) {
        const ods_validation *v = validation_at(t, used[i]);
        if (v->sheet == number) status = add_line(t, v, "Prompt", v->prompt, err);
        if (v->sheet == number && status == KITH_OK)
            status = add_line(t, v, "Choices", v->choices, err);
    }
    buffer_reset(&t->used);
    uint64_t index = 0;
    bool has_edges = map_get(t->pages, page.size ? page : VIEW("Default"), &index);
    view lines = has_edges ? ((const view *)(const void *)t->edges.data)[index] : VIEW("");
    for (size_t at = 0; at < lines.size && status == KITH_OK;)
        status = sheet_tail_add(&t->lines, view_next_line(lines, &at), err);
    return status == KITH_OK ? sheet_tail_write(&t->lines, m, err) : status;
}
