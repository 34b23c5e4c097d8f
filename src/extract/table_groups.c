/* table_groups.c - see table_groups.h. */
#include "extract/table_groups.h"

enum { LABELS_MIN = 2, BLANKS_MIN = 2 };

static const label_cell *at(const label_grid *g, uint32_t row, uint32_t column)
{
    return &g->cells[(size_t)row * g->columns + column];
}

static bool is_filled(const label_grid *g, uint32_t row, uint32_t column)
{
    return at(g, row, column)->kind != LABEL_EMPTY;
}

/* Cells of a row, a merged one counted once. */
static uint32_t cells_in(const label_grid *g, uint32_t row)
{
    uint32_t count = 0, before = 0;
    for (uint32_t c = 0; c < g->columns; c++) {
        if (!is_filled(g, row, c)) continue;
        count += count == 0 || at(g, row, c)->source != before;
        before = at(g, row, c)->source;
    }
    return count;
}

static uint32_t first_filled(const label_grid *g, uint32_t row)
{
    uint32_t c = 0;
    while (c < g->columns && !is_filled(g, row, c))
        c++;
    return c;
}

/* A heading, and no sentence, note or pair. */
static bool may_head(view text)
{
    if (text.size == 0 || text.size > TABLE_GROUP_MAX_BYTES) return false;
    char first = text.data[0], last = text.data[text.size - 1];
    if (strchr("*(-.!?;,", last) && last != ')') return false;
    if (strchr("*(-.", first) || header_is_sum(text)) return false;
    return view_find(text, VIEW(": ")) == text.size;
}

bool table_groups_is_title(const table_groups *t, view text, label_kind kind)
{
    return t->title_kind != LABEL_EMPTY && kind == t->title_kind && may_head(text);
}

/* True when the row is a title: a row of values stands below it, with texts below numbers and dates,
 * so that it is of another kind than they are. */
static bool is_title(const label_grid *g, uint32_t row, uint32_t first)
{
    if (row + 1 >= g->rows || cells_in(g, row) != 1 || first_filled(g, row) > first) return false;
    const label_cell *cell = at(g, row, first_filled(g, row));
    if (cells_in(g, row + 1) < 2 || !may_head(cell->text)) return false;
    if (cell->kind == LABEL_TEXT) return true;
    for (uint32_t r = row + 1; r < g->rows; r++)
        if (cells_in(g, r) > 1 && at(g, r, first)->kind != LABEL_TEXT) return false;
    return cell->kind == LABEL_NUMBER || cell->kind == LABEL_DATE;
}

/* True when the column is filled in the first row of each group alone: its labels are all different,
 * and the rows between them begin in the next column and hold more than that. Numbers and dates are
 * labels only below a word that names what they are ("Date"): others say what was done to a row. */
static bool has_labels_once(const label_grid *g, uint32_t body, uint32_t column, bool is_first)
{
    uint32_t labels = 0, blanks = 0;
    bool names_attribute = body > 0 && header_names_attribute(at(g, body - 1, column)->text);
    for (uint32_t r = body; r < g->rows; r++) {
        const label_cell *cell = at(g, r, column);
        uint32_t first = first_filled(g, r);
        if (cells_in(g, r) == 1 && first < column + 1) continue; // a title, or a label alone
        if (first < g->columns && header_is_sum(at(g, r, first)->text)) continue;
        if (first < column) {
            if (cell->kind == LABEL_EMPTY) return false;
        } else if (cell->kind == LABEL_EMPTY) {
            // Columns between have labels too, or nothing will be carried on into this row.
            if (first > column + TABLE_GROUP_LEVELS || labels == 0 || cells_in(g, r) < 2)
                return false;
            blanks++;
            continue;
        }
        double ignored; // "2.1" is a number, also where it was typed as a text
        bool is_text =
            cell->kind == LABEL_TEXT && label_kind_of(cell->text, &ignored) == LABEL_TEXT;
        bool is_label = is_text || (names_attribute && cell->kind <= LABEL_DATE);
        if (!is_label || cell->text.size > TABLE_GROUP_MAX_BYTES) return false;
        for (uint32_t before = body; before < r && is_first; before++)
            if (view_equal(at(g, before, column)->text, cell->text)) return false;
        labels++;
    }
    return labels >= LABELS_MIN && blanks >= BLANKS_MIN;
}

void table_groups_find(table_groups *t, const label_grid *g, uint32_t body)
{
    *t = (table_groups){0};
    uint32_t first = g->columns;
    for (uint32_t r = body; r < g->rows; r++)
        if (cells_in(g, r) > 1 && first_filled(g, r) < first) first = first_filled(g, r);
    if (first + 2 > g->columns) return;
    t->first = first;
    uint32_t titles = 0, rows = 0; // under one title alone more than one row has to stand
    for (uint32_t r = body; r < g->rows && is_title(g, body, first); r++) {
        titles += is_title(g, r, first);
        rows += cells_in(g, r) > 1;
    }
    if (titles > 1 || rows > 1) t->title_kind = at(g, body, first_filled(g, body))->kind;
    while (t->levels < TABLE_GROUP_LEVELS && first + t->levels + 2 < g->columns &&
           has_labels_once(g, body, first + t->levels, t->levels == 0))
        t->levels++;
}

static void set(table_label *label, view text)
{
    label->size = text.size <= TABLE_GROUP_MAX_BYTES ? (uint32_t)text.size : 0;
    memcpy(label->text, text.data, label->size);
}

void table_groups_set_title(table_groups *t, view name, view text)
{
    table_groups_clear(t);
    if (name.size == 0 || name.size > TABLE_GROUP_MAX_BYTES || text.size > TABLE_GROUP_MAX_BYTES) {
        set(&t->title, text);
        return;
    }
    memcpy(t->title.text, name.data, name.size);
    memcpy(t->title.text + name.size, ": ", 2);
    memcpy(t->title.text + name.size + 2, text.data, text.size);
    t->title.size = (uint32_t)(name.size + 2 + text.size);
}

void table_groups_set_label(table_groups *t, uint32_t level, view text)
{
    if (level >= t->levels) return;
    set(&t->labels[level], text);
    for (uint32_t i = level + 1; i < t->levels; i++)
        t->labels[i].size = 0;
}

void table_groups_clear(table_groups *t)
{
    t->title.size = 0;
    for (uint32_t i = 0; i < TABLE_GROUP_LEVELS; i++)
        t->labels[i].size = 0;
}

view table_groups_title(const table_groups *t)
{
    return (view){t->title.text, t->title.size};
}

view table_groups_label(const table_groups *t, uint32_t level)
{
    return level < t->levels ? (view){t->labels[level].text, t->labels[level].size} : VIEW("");
}
