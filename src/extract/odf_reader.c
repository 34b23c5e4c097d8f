/* odf_reader.c - a stack of containers, each with at most one open paragraph. What stands within a
 * paragraph and is not part of its text (a note, a comment, the paragraph of a text box) is a
 * container of its own above it; when it ends, its text waits in `held` until the paragraph, or the
 * table around it, has been written. A cell's text goes to its table. */
#include "extract/odf_reader.h"

#include "extract/odf_formula.h"

#include <kith/types.h>

#include <stdio.h>

void odf_reader_init(odf_reader *r, extract_job *job, odf_styles *styles, office_sink sink)
{
    static const char *const NAMES[] = {
        // clang-format off
        "p", "h", "list", "list-item", "list-header", "table", "table-row", "table-cell",
        "table-header-rows", "covered-table-cell", "span", "s", "tab", "line-break", "note", "note-body",
        "note-citation", "annotation", "creator", "date", "date-string", "title", "desc", "frame", "object",
        "object-ole", "tracked-changes", "section", "ruby-text", "hidden-text", "page-number",
        "table-of-content", "alphabetical-index", "illustration-index", "table-index",
        "object-index", "user-index", "forms", "script", "scripts", "placeholder", "sequence-decls",
        "variable-decls", "user-field-decls", "event-listeners", "page-count", "sender-initials",
        "initials", "meta-creator-initials", "dde-source", "tracked-change", "chart", "math",
        "binary-data", "change-start", "change-end", "param", "fieldmark", NULL
        // clang-format on
    };
    *r = (odf_reader){.job = job, .styles = styles, .sink = sink};
    for (uint32_t i = 0; i < ODF_MAX_CONTAINERS; i++) {
        buffer_init(&r->containers[i].done, KITH_DOCUMENT_MAX_BYTES);
        buffer_init(&r->containers[i].open, KITH_DOCUMENT_MAX_BYTES);
        buffer_init(&r->containers[i].label, 1 << 16);
    }
    buffer *texts[] = {&r->run, &r->picture, &r->author, &r->held, &r->entries};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        buffer_init(texts[i], KITH_DOCUMENT_MAX_BYTES);
    table_init(&r->table, (table_sink){0});
    xml_names_add(&r->names, NAMES);
}

void odf_reader_done(odf_reader *r)
{
    for (uint32_t i = 0; i < ODF_MAX_CONTAINERS; i++) {
        buffer_done(&r->containers[i].done);
        buffer_done(&r->containers[i].open);
        buffer_done(&r->containers[i].label);
    }
    map_free(r->deletions);
    buffer *texts[] = {&r->run, &r->picture, &r->author, &r->held, &r->entries};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        buffer_done(texts[i]);
    table_done(&r->table);
}

/* ---- containers ---- */

static odf_container *innermost(odf_reader *r)
{
    return r->container_count ? &r->containers[r->container_count - 1] : NULL;
}

/* NULL when there are too many: the element is then left out. */
static odf_container *push(odf_reader *r, odf_container_kind kind)
{
    if (r->container_count == ODF_MAX_CONTAINERS) {
        r->skip_depth = r->depth;
        return NULL;
    }
    odf_container *c = &r->containers[r->container_count++];
    c->kind = kind;
    c->depth = r->depth;
    c->list_base = r->list_depth;
    c->paragraph_depth = 0;
    buffer_reset(&c->done);
    buffer_reset(&c->open);
    return c;
}

void odf_reader_begin_root(odf_reader *r)
{
    r->container_count = 0;
    r->had_page_field = false;
    (void)push(r, ODF_ROOT);
}

static kith_status emit(odf_reader *r, const office_block *block, kith_error *err)
{
    return r->sink.block(r->sink.context, block, err);
}

/* Writes what waits, unless the root has a paragraph or a table open. */
static kith_status release(odf_reader *r, kith_error *err)
{
    if (r->table_depth || r->container_count == 0 || r->containers[0].paragraph_depth)
        return KITH_OK;
    kith_status status = buffer_status(&r->held, "the notes of a paragraph", err);
    view held = buffer_view(&r->held);
    for (size_t at = 0; status == KITH_OK && at < held.size;) {
        view rest = view_slice(held, at, held.size);
        size_t size = strnlen(rest.data, rest.size);
        office_block block = {.kind = OFFICE_ASIDE, .text = view_slice(rest, 0, size)};
        status = emit(r, &block, err);
        at += size + 1;
    }
    buffer_reset(&r->held);
    return status;
}

static kith_status hold(odf_reader *r, const char *prefix, view text, kith_error *err)
{
    text = view_trim(text);
    if (text.size == 0) return KITH_OK;
    buffer_append_text(&r->held, prefix);
    buffer_append(&r->held, text);
    buffer_append_byte(&r->held, '\0');
    kith_status status = buffer_status(&r->held, "the notes of a paragraph", err);
    return status == KITH_OK ? release(r, err) : status;
}

/* The cell as often as the file says; one that is empty only takes the room. */
static kith_status add_cells(odf_reader *r, odf_container *c, kith_error *err)
{
    uint32_t count = c->repeated;
    if (c->cell.text.size == 0) {
        if (count > c->cell.columns) c->cell.columns = count;
        count = 1;
    }
    kith_status status = table_cell_add(&r->table, c->cell, err);
    for (uint32_t n = 1; n < count && status == KITH_OK; n++) {
        if (n == TABLE_MAX_COLUMNS || r->repeats == ODF_MAX_REPEATS)
            return extract_job_notice(r->job, "cells that are repeated very often are left out",
                                      err);
        r->repeats++;
        status = table_cell_add(&r->table, c->cell, err);
    }
    return status;
}

static kith_status pop(odf_reader *r, kith_error *err)
{
    char prefix[64] = "";
    odf_container *c = innermost(r);
    r->container_count--;
    r->list_depth = c->list_base;
    kith_status status = buffer_status(&c->done, "a part of a text", err);
    if (status != KITH_OK) return status;
    view text = view_trim(buffer_view(&c->done));
    odf_container *outer = innermost(r);
    switch (c->kind) {
    case ODF_CELL:
        c->cell.text = text;
        return add_cells(r, c, err);
    case ODF_NOTE:
        (void)snprintf(prefix, sizeof prefix, "%s %u: ", c->is_endnote ? "Endnote" : "Footnote",
                       ++r->notes[c->is_endnote]);
        return hold(r, prefix, text, err);
    case ODF_COMMENT: {
        view author = view_trim(buffer_view(&r->author));
        if (author.size > 48) author = VIEW("");
        (void)snprintf(prefix, sizeof prefix, author.size ? "Comment (%.*s): " : "Comment: %.*s",
                       VIEW_ARG(author));
        return hold(r, prefix, text, err);
    }
    case ODF_BOX:
        if (outer && outer->kind != ODF_ROOT && text.size) {
            if (outer->done.size) buffer_append_byte(&outer->done, ' ');
            buffer_append(&outer->done, text);
            return KITH_OK;
        }
        return hold(r, "", text, err);
    default:
        return KITH_OK;
    }
}

kith_status odf_reader_end_root(odf_reader *r, kith_error *err)
{
    kith_status status = KITH_OK;
    while (status == KITH_OK && r->container_count > 1)
        status = pop(r, err);
    if (status == KITH_OK) status = release(r, err);
    r->container_count = 0;
    r->list_depth = 0;
    return status;
}

/* ---- lists ---- */

static void begin_list(odf_reader *r, xml_attributes attributes)
{
    uint32_t depth = r->list_depth++;
    if (depth >= ODF_MAX_LIST_DEPTH) return;
    bool continues = view_equal(xml_attribute(attributes, "continue-numbering"), VIEW("true")) ||
                     xml_attribute(attributes, "continue-list").size > 0;
    uint32_t base = innermost(r) ? innermost(r)->list_base : 0;
    odf_list *list = &r->lists[depth];
    *list = (odf_list){.numbering =
                           odf_styles_list(r->styles, xml_attribute(attributes, "style-name"))};
    const odf_list *above = depth > base ? &r->lists[depth - 1] : NULL;
    if (!list->numbering && above) list->numbering = above->numbering;
    if (!list->numbering || continues) return;
    // Lists within an entry that only wraps them go on counting: the entry is one of before.
    if (!above)
        odf_numbering_restart(list->numbering);
    else if (above->had_label && depth - base < ODF_LIST_LEVELS)
        list->numbering->levels[depth - base].count = 0;
}

static void begin_entry(odf_reader *r, xml_attributes attributes, bool has_label)
{
    if (r->list_depth == 0 || r->list_depth > ODF_MAX_LIST_DEPTH) return;
    odf_list *list = &r->lists[r->list_depth - 1];
    list->start = odf_number(xml_attribute(attributes, "start-value"), 0);
    list->entry_is_open = has_label;
    list->had_label = false;
}

/* The label of the paragraph that begins, where it is the first one of an entry. */
static void label_entry(odf_reader *r, odf_container *c)
{
    if (r->list_depth <= c->list_base || r->list_depth > ODF_MAX_LIST_DEPTH) return;
    odf_list *list = &r->lists[r->list_depth - 1];
    uint32_t level = r->list_depth - 1 - c->list_base;
    c->block.is_entry = true;
    if (!list->entry_is_open || level >= ODF_LIST_LEVELS) return;
    list->entry_is_open = false;
    list->had_label = true;
    if (!list->numbering)
        buffer_append_byte(&c->label, '-');
    else
        odf_numbering_next(list->numbering, level, list->start, &c->label);
    list->start = 0;
    if (r->is_slide && view_equal(buffer_view(&c->label), VIEW("-"))) buffer_reset(&c->label);
}

/* ---- paragraphs ---- */

static void label_heading(odf_reader *r, odf_container *c, xml_attributes attributes)
{
    uint32_t level = odf_number(xml_attribute(attributes, "outline-level"), 1);
    c->block.level = level < 1 ? 1 : level > 6 ? 6 : level;
    if (r->list_depth > c->list_base) {
        label_entry(r, c);
        c->block.is_entry = false;
        if (view_equal(buffer_view(&c->label), VIEW("-"))) buffer_reset(&c->label);
        return;
    }
    bool is_unnumbered = view_equal(xml_attribute(attributes, "is-list-header"), VIEW("true"));
    if (is_unnumbered || level < 1 || level > ODF_LIST_LEVELS) return;
    bool restarts = view_equal(xml_attribute(attributes, "restart-numbering"), VIEW("true"));
    uint32_t start = restarts ? odf_number(xml_attribute(attributes, "start-value"), 0) : 0;
    odf_numbering_next(odf_styles_outline(r->styles), level - 1, start, &c->label);
}

static void begin_paragraph(odf_reader *r, bool is_heading, xml_attributes attributes)
{
    view style = xml_attribute(attributes, "style-name");
    odf_container *c = innermost(r);
    odf_style look = odf_styles_find(r->styles, "paragraph", style);
    if (look.hidden == ODF_YES) {
        r->skip_depth = r->depth;
        return;
    }
    if (c->paragraph_depth) c = push(r, ODF_BOX);
    if (!c) return;
    c->paragraph_depth = r->depth;
    c->raised = (raised){0};
    c->struck = (struck){0};
    c->struck_depth = look.struck == ODF_YES ? r->depth : 0;
    c->struck_start = 0;
    c->block = (office_block){.kind = OFFICE_PARAGRAPH};
    buffer_reset(&c->open);
    buffer_reset(&c->label);
    c->block.is_title = odf_styles_is(r->styles, "paragraph", style, "Title");
    if (is_heading)
        label_heading(r, c, attributes);
    else
        label_entry(r, c);
}

static kith_status end_paragraph(odf_reader *r, kith_error *err)
{
    odf_container *c = innermost(r);
    c->paragraph_depth = 0;
    kith_status status = buffer_status(&c->open, "a paragraph", err);
    if (status == KITH_OK) status = buffer_status(&c->label, "a paragraph", err);
    if (status != KITH_OK) return status;
    c->block.text = view_trim(buffer_view(&c->open));
    c->block.label = view_trim(buffer_view(&c->label));
    if (c->kind == ODF_ROOT) {
        if (c->block.text.size) status = emit(r, &c->block, err);
        return status == KITH_OK ? release(r, err) : status;
    }
    if (c->block.text.size) {
        if (c->done.size) buffer_append_byte(&c->done, c->kind == ODF_CELL ? ' ' : '\n');
        if (c->block.label.size) buffer_printf(&c->done, "%.*s ", VIEW_ARG(c->block.label));
        buffer_append(&c->done, c->block.text);
    }
    return c->kind == ODF_BOX ? pop(r, err) : KITH_OK;
}

/* Runs of white space are one space, none at the beginning of a line. */
static void append_collapsed(buffer *out, view text)
{
    for (size_t i = 0; i < text.size; i++) {
        char c = text.data[i];
        bool is_space = c == ' ' || c == '\n' || c == '\t' || c == '\r';
        char last = out->size ? out->data[out->size - 1] : '\n';
        if (!is_space)
            buffer_append_byte(out, c);
        else if (last != ' ' && last != '\n' && last != '\t')
            buffer_append_byte(out, ' ');
    }
}

/* Text of the open paragraph, if one is open. */
static buffer *open_text(odf_reader *r)
{
    odf_container *c = innermost(r);
    if (!c || !c->paragraph_depth || r->is_deleted) return NULL;
    return r->raise_depth > c->paragraph_depth ? &r->run : &c->open;
}

static void insert_spaces(odf_reader *r, uint32_t count)
{
    buffer *out = open_text(r);
    for (uint32_t i = 0; out && i < count && i < 100; i++)
        buffer_append_byte(out, ' ');
}

static void begin_span(odf_reader *r, xml_attributes attributes)
{
    odf_style style = odf_styles_find(r->styles, "text", xml_attribute(attributes, "style-name"));
    if (style.hidden == ODF_YES) {
        r->skip_depth = r->depth;
        return;
    }
    odf_container *c = innermost(r);
    if (style.struck == ODF_YES && c->paragraph_depth && !c->struck_depth) {
        c->struck_depth = r->depth;
        c->struck_start = c->open.size;
    }
    if (r->raise_depth || (style.align != ODF_RAISED && style.align != ODF_LOWERED)) return;
    r->raise_depth = r->depth;
    r->align = style.align;
    buffer_reset(&r->run);
}

static kith_status end_span(odf_reader *r, kith_error *err)
{
    odf_container *c = innermost(r);
    r->raise_depth = 0;
    if (!c || !c->paragraph_depth) return KITH_OK;
    if (r->align == ODF_RAISED)
        raised_append(&c->raised, &c->open, 0, buffer_view(&r->run));
    else
        lowered_append(&c->open, 0, buffer_view(&r->run));
    return buffer_status(&r->run, "a paragraph", err);
}

/* The innermost container's element at `depth` has ended. */
static void end_struck(odf_reader *r, uint32_t depth)
{
    odf_container *c = innermost(r);
    if (!c || c->struck_depth != depth) return;
    c->struck_depth = 0;
    struck_end_run(&c->struck, &c->open, c->struck_start);
}

/* ---- tables ---- */

static kith_status on_line(void *context, view line, uint32_t row, bool is_first, kith_error *err)
{
    odf_reader *r = context;
    office_block block = {.kind = is_first ? OFFICE_FIRST_ROW : OFFICE_ROW, .text = line};
    (void)row;
    return emit(r, &block, err);
}

static uint32_t spanned(xml_attributes attributes, const char *name)
{
    uint32_t count = odf_number(xml_attribute(attributes, name), 1);
    return count ? count : 1;
}

static kith_status begin_of_table(odf_reader *r, view name, xml_attributes attributes,
                                  kith_error *err)
{
    odf_container *c = innermost(r);
    if (view_equal(name, VIEW("table")) && c->kind == ODF_ROOT && !c->paragraph_depth) {
        r->table_depth = r->depth;
        r->table.sink = (table_sink){r, on_line};
        return KITH_OK;
    }
    if (c->kind != ODF_ROOT || !r->table_depth) return KITH_OK;
    if (view_equal(name, VIEW("table-header-rows"))) r->header_depth = r->depth;
    if (view_equal(name, VIEW("table-row"))) return table_row(&r->table, err);
    if (!view_equal(name, VIEW("table-cell"))) return KITH_OK;
    c = push(r, ODF_CELL);
    if (!c) return KITH_OK;
    c->repeated = spanned(attributes, "number-columns-repeated");
    c->cell = (table_cell){.rows = spanned(attributes, "number-rows-spanned"),
                           .columns = spanned(attributes, "number-columns-spanned"),
                           .is_header = r->header_depth > 0};
    return KITH_OK;
}

static kith_status end_of_table(odf_reader *r, kith_error *err)
{
    r->table_depth = 0;
    r->header_depth = 0;
    kith_status status = table_end(&r->table, err);
    return status == KITH_OK ? release(r, err) : status;
}

/* ---- frames ---- */

static kith_status end_frame(odf_reader *r, kith_error *err)
{
    bool is_picture = !r->frame_has_text;
    bool has_object = r->frame_has_object;
    odf_container *c = innermost(r);
    view text = view_trim(buffer_view(&r->picture));
    r->frame_depth = 0;
    if (c && has_object) {
        const char *what = arena_printf(
            r->job->memory, "%s%san embedded object (a chart, a formula, a sheet) is not read",
            r->place ? r->place : "", r->place ? ": " : "");
        if (!what) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a notice");
        return extract_job_notice(r->job, what, err);
    }
    if (!c || !is_picture || text.size == 0) return KITH_OK;
    if (c->kind == ODF_ROOT) return hold(r, "Picture: ", text, err);
    buffer *out = c->paragraph_depth ? &c->open : &c->done;
    if (out->size) buffer_append_byte(out, ' ');
    buffer_append(out, text);
    return KITH_OK;
}

static void begin_frame(odf_reader *r)
{
    if (r->frame_depth) return;
    r->frame_depth = r->depth;
    r->frame_has_text = r->frame_has_object = false;
    buffer_reset(&r->picture);
}

/* A formula is text of the paragraph that it stands in; other objects are told. */
static kith_status begin_object(odf_reader *r, view href, kith_error *err)
{
    view line = VIEW("");
    kith_status status = KITH_OK;
    r->skip_depth = r->depth; // a flat file has the object here
    if (r->parts) status = odf_formula_read(r->parts, href, r->job->memory, &line, err);
    odf_container *c = innermost(r);
    if (status != KITH_OK || line.size == 0 || !c) {
        r->frame_has_object = true;
        return status;
    }
    r->frame_has_text = true; // its picture says the same
    if (!c->paragraph_depth) return hold(r, "", line, err);
    buffer_append(&c->open, line);
    return KITH_OK;
}

/* ---- events ---- */

static bool is_left_out(view name)
{
    static const char *const LEFT_OUT[] = {
        // clang-format off
        "tracked-changes", "ruby-text", "note-citation", "hidden-text", "table-of-content",
        "alphabetical-index", "illustration-index", "table-index", "object-index", "user-index",
        "forms", "script", "scripts", "placeholder", "sequence-decls", "variable-decls",
        "user-field-decls", "event-listeners", "date-string", "initials", "sender-initials",
        "meta-creator-initials", "covered-table-cell", "dde-source", "page-count", "binary-data",
        // clang-format on
    };
    for (size_t i = 0; i < sizeof LEFT_OUT / sizeof LEFT_OUT[0]; i++)
        if (view_equal(name, view_of(LEFT_OUT[i]))) return true;
    return false;
}

static bool is_hidden(view name, xml_attributes attributes)
{
    if (!view_equal(name, VIEW("section"))) return false;
    view display = xml_attribute(attributes, "display");
    return view_equal(display, VIEW("none")) ||
           (view_equal(display, VIEW("condition")) &&
            view_equal(xml_attribute(attributes, "is-hidden"), VIEW("true")));
}

/* Notes, comments and frames. */
static kith_status begin_aside(odf_reader *r, view name, xml_attributes attributes, kith_error *err)
{
    odf_container *c = innermost(r);
    if (view_equal(name, VIEW("note"))) {
        odf_container *note = push(r, ODF_NOTE);
        if (note)
            note->is_endnote = view_equal(xml_attribute(attributes, "note-class"), VIEW("endnote"));
    } else if (view_equal(name, VIEW("annotation"))) {
        (void)push(r, ODF_COMMENT);
        buffer_reset(&r->author);
    } else if (view_equal(name, VIEW("creator")) && c->kind == ODF_COMMENT && !c->paragraph_depth) {
        r->author_depth = r->depth;
    } else if (view_equal(name, VIEW("date")) && c->kind == ODF_COMMENT && !c->paragraph_depth) {
        r->skip_depth = r->depth;
    } else if (view_equal(name, VIEW("frame"))) {
        begin_frame(r);
    } else if (view_equal(name, VIEW("object")) || view_equal(name, VIEW("object-ole"))) {
        return begin_object(r, xml_attribute(attributes, "href"), err);
    } else if (r->frame_depth && r->depth == r->frame_depth + 1 &&
               (view_equal(name, VIEW("title")) || view_equal(name, VIEW("desc")))) {
        r->title_depth = r->depth;
        if (r->picture.size) buffer_append_byte(&r->picture, ' ');
    }
    return KITH_OK;
}

/* ---- changes, fields of forms ---- */

/* Deletions are kept within the list of changes, or in the text between two marks (where changes are shown). Within the
 * list: notes which are deletions. */
static kith_status note_change(odf_reader *r, view name, xml_attributes attributes, kith_error *err)
{
    kith_status status = KITH_OK;
    if (view_equal(name, VIEW("changed-region"))) {
        r->change = arena_copy(r->job->memory, xml_attribute(attributes, "id"));
        if (!r->change.data) status = KITH_ERR_NO_MEMORY;
    } else if (view_equal(name, VIEW("deletion")) && r->change.size > 0) {
        if (!r->deletions) r->deletions = map_new();
        status = r->deletions ? map_put(r->deletions, r->change, 1) : KITH_ERR_NO_MEMORY;
    }
    return status == KITH_OK ? KITH_OK : fail(err, status, "out of memory for changes");
}

static void note_mark_of_change(odf_reader *r, view id, bool is_start)
{
    uint64_t ignored;
    if (r->deletions && map_get(r->deletions, id, &ignored)) r->is_deleted = is_start;
}

/* A list of a form shows the entry that is chosen. */
static void note_form_field(odf_reader *r, view name, view value)
{
    if (view_equal(name, VIEW("Dropdown_ListEntry"))) {
        buffer_append(&r->entries, value);
        buffer_append_byte(&r->entries, '\0');
    } else if (view_equal(name, VIEW("Dropdown_Selected"))) {
        buffer *out = open_text(r);
        view rest = buffer_view(&r->entries), mark = {"", 1};
        for (uint32_t left = odf_number(value, UINT32_MAX); left > 0 && rest.size > 0; left--)
            rest = view_slice(rest, view_find(rest, mark) + 1, rest.size);
        if (out && rest.size > 0) buffer_append(out, view_slice(rest, 0, view_find(rest, mark)));
    }
}

static void begin_inline(odf_reader *r, view name, xml_attributes attributes)
{
    buffer *out = NULL;
    if (view_equal(name, VIEW("span"))) {
        begin_span(r, attributes);
    } else if (view_equal(name, VIEW("s"))) {
        insert_spaces(r, spanned(attributes, "c"));
    } else if (view_equal(name, VIEW("tab"))) {
        out = open_text(r);
        if (out) buffer_append_byte(out, '\t');
    } else if (view_equal(name, VIEW("line-break"))) {
        out = open_text(r);
        if (out) buffer_append_byte(out, '\n');
    } else if (view_equal(name, VIEW("page-number"))) {
        r->had_page_field = true;
        r->skip_depth = r->depth;
    } else if (view_equal(name, VIEW("change-start")) || view_equal(name, VIEW("change-end"))) {
        note_mark_of_change(r, xml_attribute(attributes, "change-id"),
                            view_equal(name, VIEW("change-start")));
    } else if (view_equal(name, VIEW("fieldmark"))) {
        buffer_reset(&r->entries);
    } else if (view_equal(name, VIEW("param"))) {
        note_form_field(r, xml_attribute(attributes, "name"), xml_attribute(attributes, "value"));
    }
}

kith_status odf_reader_start(odf_reader *r, view name, xml_attributes attributes, kith_error *err)
{
    r->depth++;
    if (r->changes_depth) return note_change(r, name, attributes, err);
    if (r->skip_depth || r->container_count == 0 || !xml_names_may_have(&r->names, name))
        return KITH_OK;
    if (is_left_out(name) || is_hidden(name, attributes)) {
        r->skip_depth = r->depth;
        if (view_equal(name, VIEW("tracked-changes"))) r->changes_depth = r->depth;
        return KITH_OK;
    }
    if (view_equal(name, VIEW("p")) || view_equal(name, VIEW("h"))) {
        r->frame_has_text = true;
        begin_paragraph(r, view_equal(name, VIEW("h")), attributes);
    } else if (view_equal(name, VIEW("list"))) {
        begin_list(r, attributes);
    } else if (view_equal(name, VIEW("list-item")) || view_equal(name, VIEW("list-header"))) {
        begin_entry(r, attributes, view_equal(name, VIEW("list-item")));
    } else if (view_starts_with(name, VIEW("table"))) {
        return begin_of_table(r, name, attributes, err);
    } else {
        begin_inline(r, name, attributes);
        return begin_aside(r, name, attributes, err);
    }
    return KITH_OK;
}

kith_status odf_reader_end(odf_reader *r, view name, kith_error *err)
{
    uint32_t depth = r->depth--;
    odf_container *c = innermost(r);
    if (r->skip_depth) {
        if (r->skip_depth == depth) r->skip_depth = r->changes_depth = 0;
        return KITH_OK;
    }
    if (!c) return KITH_OK;
    kith_status status = r->raise_depth == depth ? end_span(r, err) : KITH_OK;
    end_struck(r, depth);
    if (status != KITH_OK) return status;
    if (r->title_depth == depth) r->title_depth = 0;
    if (r->author_depth == depth) r->author_depth = 0;
    if (c->paragraph_depth == depth) return end_paragraph(r, err);
    if (r->frame_depth == depth) return end_frame(r, err);
    if (r->header_depth == depth) r->header_depth = 0;
    if (r->table_depth == depth) return end_of_table(r, err);
    if (view_equal(name, VIEW("list")) && r->list_depth > c->list_base) r->list_depth--;
    return c->kind != ODF_ROOT && c->depth == depth ? pop(r, err) : KITH_OK;
}

kith_status odf_reader_text(odf_reader *r, view text, kith_error *err)
{
    if (r->skip_depth || r->container_count == 0) return KITH_OK;
    buffer *out = r->title_depth ? &r->picture : r->author_depth ? &r->author : open_text(r);
    if (!out) return KITH_OK;
    append_collapsed(out, text);
    return buffer_status(out, "a paragraph", err);
}
