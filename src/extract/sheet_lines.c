/* sheet_lines.c - see sheet_lines.h. */
#include "extract/sheet_lines.h"

#include "extract/workbook.h"

/* Values with the names of their columns, if `named`; numbers and dates without a name with their
 * address, unless they stand alone. */
static void write_values(sheet_lines *l, sheet_span s, bool named)
{
    size_t written = 0;
    for (size_t i = 0; i < s.count; i++) {
        const sheet_slot *slot = &s.slots[i];
        bool goes_on = i > 0 && slot->source == s.slots[i - 1].source;
        view name = named ? l->columns[slot->column].name : VIEW("");
        if (goes_on && name.size == 0) continue;
        if (written++) buffer_append(&l->line, VIEW(" | "));
        if (name.size) {
            buffer_append(&l->line, name);
            buffer_append(&l->line, VIEW(": "));
        } else if (s.cells > 1 && (slot->kind == LABEL_NUMBER || slot->kind == LABEL_DATE)) {
            char address[SHEET_CELL_NAME_BYTES];
            sheet_cell_name(slot->column, s.row, address);
            buffer_append_text(&l->line, address);
            buffer_append(&l->line, VIEW(": "));
        }
        buffer_append(&l->line, sheet_rows_text(l->rows, slot));
    }
}

void sheet_line_texts(sheet_lines *l, sheet_span s)
{
    for (size_t i = 0; i < s.count; i++) {
        if (i > 0 && s.slots[i].source == s.slots[i - 1].source) continue;
        if (i > 0) buffer_append(&l->line, VIEW(" | "));
        buffer_append(&l->line, sheet_rows_text(l->rows, &s.slots[i]));
    }
}

/* True when each second cell is the value of the key before it. `is_sure`: of two cells the first
 * is taken for a key, whatever its text. */
static bool is_row_of_pairs(const sheet_lines *l, sheet_span s, bool is_sure)
{
    uint32_t cell = 0;
    if (s.cells < 2 || s.cells % 2) return false;
    for (size_t i = 0; i < s.count; i++) {
        if (i > 0 && s.slots[i].source == s.slots[i - 1].source) continue;
        view text = sheet_rows_text(l->rows, &s.slots[i]);
        bool may_be_key = s.slots[i].kind == LABEL_TEXT && header_is_word(text);
        bool is_key = may_be_key && ((is_sure && s.cells == 2) || header_ends_with_colon(text) ||
                                     (s.cells > 2 && header_names_attribute(text)));
        if (cell++ % 2 == 0 ? !is_key : header_ends_with_colon(text)) return false;
    }
    return true;
}

static void write_pairs(sheet_lines *l, sheet_span s)
{
    uint32_t cell = 0;
    for (size_t i = 0; i < s.count; i++) {
        if (i > 0 && s.slots[i].source == s.slots[i - 1].source) continue;
        bool is_key = cell % 2 == 0;
        view text = sheet_rows_text(l->rows, &s.slots[i]);
        if (is_key && cell > 0) buffer_append(&l->line, VIEW(" | "));
        buffer_append(&l->line, is_key ? header_name(text) : text);
        if (is_key) buffer_append(&l->line, VIEW(": "));
        cell++;
    }
}

/* A row of one text is a title or a note: where its first column is the table's first too, or over
 * several columns. */
static bool is_remark(const sheet_lines *l, sheet_span s)
{
    const sheet_column *column = &l->columns[s.slots[0].column];
    bool is_first = s.slots[0].column == 1 || column[-1].table != column->table;
    return s.cells == 1 && s.slots[0].kind == LABEL_TEXT &&
           (is_first || s.count > 1 || s.slots[0].size > HEADER_NAME_MAX_BYTES);
}

static bool repeats_header(const sheet_lines *l, sheet_span s)
{
    for (size_t i = 0; i < s.count; i++)
        if (!view_equal(header_name(sheet_rows_text(l->rows, &s.slots[i])),
                        l->columns[s.slots[i].column].name))
            return false;
    return s.cells > 1;
}

void sheet_line_named(sheet_lines *l, sheet_span s)
{
    if (is_remark(l, s) || repeats_header(l, s)) {
        sheet_line_texts(l, s);
        return;
    }
    for (size_t i = 0; i < s.count; i++)
        l->columns[s.slots[i].column].kinds |= 1u << s.slots[i].kind;
    write_values(l, s, true);
}

void sheet_line_loose(sheet_lines *l, sheet_span s, bool are_keys)
{
    if (is_row_of_pairs(l, s, are_keys))
        write_pairs(l, s);
    else
        write_values(l, s, false);
}
