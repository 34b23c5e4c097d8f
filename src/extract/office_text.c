/* office_text.c - a paragraph is collected until it ends, and is then a block, or in a table a part
 * of its cell; a row is a block of one line, "a | b". A table within a table is text of the outer
 * cell. Traps of the format: text boxes stand inside the paragraph that they are anchored in, and
 * mc:Fallback repeats for old programs what mc:Choice says for new ones. */
#include "extract/office_text.h"

#include <kith/types.h>

void office_text_init(office_text *t, manuscript *m, const char *gap)
{
    *t = (office_text){.m = m, .gap = gap};
    buffer_init(&t->paragraph, KITH_DOCUMENT_MAX_BYTES);
    buffer_init(&t->row, KITH_DOCUMENT_MAX_BYTES);
}

void office_text_done(office_text *t)
{
    buffer_done(&t->paragraph);
    buffer_done(&t->row);
}

static bool is_one_of(view name, const char *const *names)
{
    for (; *names; names++)
        if (view_equal(name, view_of(*names))) return true;
    return false;
}

/* A cell is one line. */
static void append_to_cell(office_text *t, view text)
{
    text = view_trim(text);
    if (text.size == 0) return;
    if (t->cell_has_text) buffer_append_byte(&t->row, ' ');
    for (size_t i = 0; i < text.size; i++)
        buffer_append_byte(&t->row, text.data[i] == '\n' ? ' ' : text.data[i]);
    t->cell_has_text = true;
}

static kith_status write_paragraph(office_text *t, view text, kith_error *err)
{
    kith_status status = KITH_OK;
    if (t->level) status = manuscript_heading(t->m, t->level, text, err);
    if (status != KITH_OK) return status;
    const char *gap = t->is_entry && t->after_entry ? "\n" : t->gap;
    t->after_entry = t->is_entry;
    return manuscript_block(t->m, gap, text, err);
}

static kith_status end_paragraph(office_text *t, kith_error *err)
{
    kith_status status = buffer_status(&t->paragraph, "a paragraph", err);
    view text = view_trim(buffer_view(&t->paragraph));
    if (status == KITH_OK && text.size) {
        if (t->table_depth)
            append_to_cell(t, text);
        else
            status = write_paragraph(t, text, err);
    }
    buffer_reset(&t->paragraph);
    return status;
}

static kith_status begin_paragraph(office_text *t, kith_error *err)
{
    // Text boxes stand within the paragraph that they are anchored in.
    kith_status status = end_paragraph(t, err);
    t->level = 0;
    t->is_entry = false;
    return status;
}

static kith_status end_row(office_text *t, kith_error *err)
{
    kith_status status = buffer_status(&t->row, "a row", err);
    if (status == KITH_OK)
        status = manuscript_block(t->m, t->row_is_first ? "\n\n" : "\n", buffer_view(&t->row), err);
    if (t->row.size) t->row_is_first = false;
    buffer_reset(&t->row);
    t->after_entry = false;
    return status;
}

static void append_raw(office_text *t, char c)
{
    if (!t->muted && t->properties_depth == 0) buffer_append_byte(&t->paragraph, c);
}

static void begin_cell(office_text *t)
{
    if (t->table_depth != 1) return;
    if (t->cells++ > 0) buffer_append_text(&t->row, " | ");
    t->cell_has_text = false;
}

kith_status office_text_start(office_text *t, view name, bool *skipped, kith_error *err)
{
    // mc:Fallback repeats mc:Choice; the others hold deleted text, field codes, old properties.
    static const char *const LEFT_OUT[] = {"Fallback",  "del",       "moveFrom",  "delText",
                                           "instrText", "pPrChange", "rPrChange", NULL};
    t->depth++;
    *skipped = t->skip_depth > 0;
    if (*skipped) return KITH_OK;
    if (is_one_of(name, LEFT_OUT)) {
        t->skip_depth = t->depth;
        *skipped = true;
        return KITH_OK;
    }
    if (view_equal(name, VIEW("pPr")) && t->properties_depth == 0) t->properties_depth = t->depth;
    if (view_equal(name, VIEW("t"))) {
        t->in_text = true;
        if (t->prefix && !t->muted) {
            buffer_append_text(&t->paragraph, t->prefix);
            t->prefix = NULL;
        }
    } else if (view_equal(name, VIEW("tab"))) {
        append_raw(t, '\t');
    } else if (view_equal(name, VIEW("br")) || view_equal(name, VIEW("cr"))) {
        append_raw(t, '\n');
    } else if (view_equal(name, VIEW("noBreakHyphen"))) {
        append_raw(t, '-');
    } else if (view_equal(name, VIEW("p"))) {
        return begin_paragraph(t, err);
    } else if (view_equal(name, VIEW("tbl"))) {
        kith_status status = end_paragraph(t, err);
        if (t->table_depth++ == 0) t->row_is_first = true;
        return status;
    } else if (view_equal(name, VIEW("tr"))) {
        if (t->table_depth == 1) t->cells = 0;
    } else if (view_equal(name, VIEW("tc"))) {
        begin_cell(t);
    }
    return KITH_OK;
}

kith_status office_text_end(office_text *t, view name, kith_error *err)
{
    uint32_t depth = t->depth--;
    if (t->skip_depth) {
        if (t->skip_depth == depth) t->skip_depth = 0;
        return KITH_OK;
    }
    if (t->properties_depth == depth) t->properties_depth = 0;
    if (view_equal(name, VIEW("t")))
        t->in_text = false;
    else if (view_equal(name, VIEW("p")))
        return end_paragraph(t, err);
    else if (view_equal(name, VIEW("tr")) && t->table_depth == 1)
        return end_row(t, err);
    else if (view_equal(name, VIEW("tbl")) && t->table_depth)
        t->table_depth--;
    return KITH_OK;
}

kith_status office_text_append(office_text *t, view text, kith_error *err)
{
    if (!t->in_text || t->skip_depth || t->muted) return KITH_OK;
    buffer_append(&t->paragraph, text);
    return buffer_status(&t->paragraph, "a paragraph", err);
}
