/* sheet_lines.c - see sheet_lines.h. */
#include "extract/sheet_lines.h"

#include "extract/workbook.h"

/* Appends "name: text" to the row, behind what it has. */
static void append_part(sheet_lines *l, view name, view text)
{
    if (l->line.size > l->begin) buffer_append(&l->line, VIEW(" | "));
    buffer_append(&l->line, name);
    if (name.size) buffer_append(&l->line, VIEW(": "));
    buffer_append(&l->line, text);
}

/* Values with the names of their columns, if `named`; numbers and dates without a name with their
 * address, unless they stand alone. */
static void write_values(sheet_lines *l, sheet_span s, bool named)
{
    for (size_t i = 0; i < s.count; i++) {
        const sheet_slot *slot = &s.slots[i];
        bool goes_on = i > 0 && slot->source == s.slots[i - 1].source;
        view name = named ? l->columns[slot->column].name : VIEW("");
        if (goes_on && name.size == 0) continue;
        char address[SHEET_CELL_NAME_BYTES];
        bool needs_address = slot->kind == LABEL_NUMBER || slot->kind == LABEL_DATE;
        if (name.size == 0 && s.cells > 1 && needs_address) {
            sheet_cell_name(slot->column, s.row, address);
            name = view_of(address);
        }
        append_part(l, name, sheet_rows_text(l->rows, slot));
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
    bool is_pivot = s.cells == 2 && s.slots[s.count - 1].kind == LABEL_TEXT &&
                    header_is_aggregate(sheet_rows_text(l->rows, &s.slots[0]));
    if (is_pivot) return false; // "Sum of Amount", "Column Labels": a title, and a button
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

/* Takes up the labels of the row, and writes those that it leaves to a row above it. */
static void write_group(sheet_lines *l, table_groups *groups, uint32_t first, sheet_span s)
{
    uint32_t filled = s.slots[0].column - first;
    if (header_is_sum(sheet_rows_text(l->rows, s.slots))) return;
    if (table_groups_title(groups).size) append_part(l, VIEW(""), table_groups_title(groups));
    for (uint32_t i = 0; i < filled && filled <= groups->levels; i++) {
        view label = table_groups_label(groups, i);
        if (label.size) append_part(l, l->columns[first + i].name, label);
    }
    for (size_t i = 0; i < s.count; i++)
        table_groups_set_label(groups, s.slots[i].column - first,
                               sheet_rows_text(l->rows, &s.slots[i]));
}

/* Places of the cell that begins the row and is a value of no column: a merged one below several names
 * ("Total" of all columns but the last), or the label of a row of sums where the column holds dates or
 * numbers; 0 where it is a value. */
static size_t label_places(const sheet_lines *l, uint32_t first, sheet_span s)
{
    size_t count = 1;
    bool differ = false;
    uint32_t kinds = l->columns[s.slots[0].column].kinds;
    bool is_sum = s.slots[0].kind == LABEL_TEXT && kinds && !(kinds & 1u << LABEL_TEXT) &&
                  header_is_sum(sheet_rows_text(l->rows, s.slots));
    if (s.slots[0].column != first) return is_sum && s.slots[0].column > first;
    for (; count < s.count && s.slots[count].source == s.slots[0].source; count++)
        differ |=
            !view_equal(l->columns[s.slots[count].column].name, l->columns[s.slots[0].column].name);
    return differ || is_sum ? count : 0;
}

void sheet_line_named(sheet_lines *l, table_groups *groups, uint32_t first, sheet_span s)
{
    view text = sheet_rows_text(l->rows, s.slots);
    l->begin = l->line.size;
    bool heads = s.cells == 1 && s.slots[0].column <= first &&
                 table_groups_is_title(groups, text, s.slots[0].kind);
    bool has_column = s.slots[0].column < first; // of its own, left of the rows
    view name = has_column ? l->columns[s.slots[0].column].name : VIEW("");
    if (heads) table_groups_set_title(groups, name, text);
    if (heads || is_remark(l, s) || repeats_header(l, s)) {
        sheet_line_texts(l, s);
        return;
    }
    write_group(l, groups, first, s);
    size_t label = label_places(l, first, s);
    for (size_t i = label; i < s.count; i++)
        l->columns[s.slots[i].column].kinds |= 1u << s.slots[i].kind;
    if (label > 0) {
        append_part(l, VIEW(""), sheet_rows_text(l->rows, s.slots));
        s.slots += label;
        s.count -= label;
    }
    write_values(l, s, true);
}

void sheet_line_loose(sheet_lines *l, sheet_span s, bool are_keys)
{
    l->begin = l->line.size;
    if (is_row_of_pairs(l, s, are_keys))
        write_pairs(l, s);
    else
        write_values(l, s, false);
}
