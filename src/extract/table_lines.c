/* table_lines.c - see table_lines.h. */
#include "extract/table_lines.h"

#include "extract/table_header.h"
#include "extract/table_names.h"

/* True when the slot's text stands elsewhere already and is too long to stand here too. */
static bool is_left_out(const table_slot *slot, bool continues)
{
    return (slot->is_below || continues) && slot->size > TABLE_REPEAT_MAX_BYTES;
}

/* "a | b |  | d": empty places count, those at the end do not. */
static void write_plain(table *t, const table_slot *slots, size_t count)
{
    size_t written = 0, last = 0;
    for (size_t i = 0; i < count; i++)
        if (slots[i].size) last = i;
    for (size_t i = 0; i <= last && i < count; i++) {
        bool continues = i > 0 && slots[i].source == slots[i - 1].source;
        if (continues) continue;
        if (written++) buffer_append(&t->line, VIEW(" | "));
        if (!is_left_out(&slots[i], false)) buffer_append(&t->line, table_text(t, &slots[i]));
    }
}

/* Appends "name: text" to the row. */
static void append_part(table *t, view name, view text)
{
    if (t->line.size) buffer_append(&t->line, VIEW(" | "));
    buffer_append(&t->line, name);
    if (name.size) buffer_append(&t->line, VIEW(": "));
    buffer_append(&t->line, text);
}

/* Takes up the labels of the row, and writes those that it leaves to a row above it. */
static void write_group(table *t, const table_slot *slots, size_t count)
{
    size_t first = 0;
    while (first + 1 < count && slots[first].size == 0)
        first++;
    if (header_is_sum(table_text(t, &slots[first]))) return;
    if (table_groups_title(&t->groups).size)
        append_part(t, VIEW(""), table_groups_title(&t->groups));
    uint32_t begin = t->groups.first, blank = slots[first].column - begin;
    for (uint32_t i = 0; i < blank && blank <= t->groups.levels; i++) {
        view label = table_groups_label(&t->groups, i);
        if (label.size) append_part(t, table_names_of(t, begin + i), label);
    }
    for (size_t i = first; i < count; i++)
        if (slots[i].size && slots[i].column >= begin)
            table_groups_set_label(&t->groups, slots[i].column - begin, table_text(t, &slots[i]));
}

/* True when the rows right above `row` have numbers in the column, and nothing else. */
static bool is_below_numbers(const table *t, size_t row, uint32_t column)
{
    enum { LOOK_ROWS = 16 };
    uint32_t numbers = 0;
    double ignored;
    for (size_t r = row; r > 0 && row - r < LOOK_ROWS; r--) {
        size_t count;
        const table_slot *slots = table_slots(t, r - 1, &count);
        for (size_t i = 0; i < count && slots[i].column <= column; i++) {
            view text = table_text(t, &slots[i]);
            if (slots[i].column != column || text.size == 0 || header_is_sum(text)) continue;
            if (label_kind_of(text, &ignored) != LABEL_NUMBER) return numbers > 0;
            numbers++;
        }
    }
    return numbers > 0;
}

/* Places up to the end of the cell that begins the row and is a value of no column: a spanning one that
 * stands below several names ("Total" of all columns but the last), or the label of a row of sums under
 * numbers ("Net" under "Unit price"); 1 where it is a value. */
static size_t label_places(const table *t, size_t row, const table_slot *slots, size_t count)
{
    size_t places = 1, first = 0;
    while (first + 1 < count && slots[first].size == 0)
        first++;
    bool is_sum = first > 0 && header_is_sum(table_text(t, &slots[first]));
    if (is_sum && is_below_numbers(t, row, slots[first].column)) return first + 1;
    bool differ = false;
    if (slots[0].size == 0 || slots[0].is_below) return 1;
    for (; places < count && slots[places].source == slots[0].source; places++)
        differ |= !view_equal(table_names_of(t, slots[places].column),
                              table_names_of(t, slots[0].column));
    return differ ? places : 1;
}

/* "Item: Lamp | Price: 20", behind the title and the labels of its group. */
static void write_named(table *t, size_t row, const table_slot *slots, size_t count)
{
    write_group(t, slots, count);
    size_t places = label_places(t, row, slots, count);
    if (places > 1)
        append_part(t, VIEW(""), table_text(t, slots[0].size ? &slots[0] : &slots[places - 1]));
    for (size_t i = places > 1 ? places : 0; i < count; i++) {
        bool continues = i > 0 && slots[i].source == slots[i - 1].source;
        view name = table_names_of(t, slots[i].column);
        if (slots[i].size == 0 || is_left_out(&slots[i], continues)) continue;
        if (continues && name.size == 0) continue;
        append_part(t, name, table_text(t, &slots[i]));
    }
}

static void write_pair(table *t, const table_slot *slots, size_t count)
{
    const table_slot *key = NULL;
    for (size_t i = 0; i < count; i++) {
        if (slots[i].size == 0 || (key && slots[i].source == key->source)) continue;
        buffer_append(&t->line,
                      key ? table_text(t, &slots[i]) : header_name(table_text(t, &slots[i])));
        if (!key) buffer_append(&t->line, VIEW(": "));
        key = &slots[i];
    }
}

/* A row that is one cell is a title or a note, unless it has only its own column's value. */
static bool is_remark(const table *t, table_shape shape, const table_slot *slots, size_t count)
{
    if (shape.cells != 1) return false;
    for (size_t i = 0; i < count; i++)
        if (slots[i].size)
            return i == 0 || (i + 1 < count && slots[i + 1].source == slots[i].source) ||
                   table_names_of(t, slots[i].column).size == 0;
    return true;
}

/* Takes up a row of one cell that heads the rows below it. */
static void take_title(table *t, const table_slot *slots, size_t count)
{
    double number;
    size_t first = 0;
    while (first + 1 < count && slots[first].size == 0)
        first++;
    view text = table_text(t, &slots[first]);
    if (slots[first].column > t->groups.first ||
        !table_groups_is_title(&t->groups, text, label_kind_of(text, &number)))
        return;
    bool has_column = slots[first].column < t->groups.first; // of its own, left of the rows
    table_groups_set_title(&t->groups,
                           has_column ? table_names_of(t, slots[first].column) : VIEW(""), text);
}

static bool has_own_text(const table_slot *slots, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (slots[i].size && !slots[i].is_below) return true;
    return false;
}

/* True for a row that begins another table, which touches this one: all of its texts name attributes, in
 * a place of its own each, and some stand below numbers. */
static bool begins_another(const table *t, size_t row, const table_slot *slots, size_t count)
{
    bool is_below = false;
    for (size_t i = 0; i < count; i++) {
        view text = table_text(t, &slots[i]);
        bool spans = slots[i].is_below || (i > 0 && slots[i].source == slots[i - 1].source);
        if (spans || !header_names_attribute(text) || header_is_sum(text)) return false;
        is_below |= is_below_numbers(t, row, slots[i].column);
    }
    return is_below && count >= 2;
}

void table_lines_write(table *t, size_t row, bool is_header)
{
    size_t count;
    const table_slot *slots = table_slots(t, row, &count);
    table_shape shape = table_row_shape(t, row);
    buffer_reset(&t->line);
    if (!has_own_text(slots, count)) return;
    bool is_new_header = !is_header && t->state == TABLE_NAMED &&
                         (table_is_header_row(shape) || begins_another(t, row, slots, count));
    if (is_new_header) {
        if (!t->in_header) buffer_reset(&t->names);
        t->groups = (table_groups){0};
        table_names_add(t, row);
    }
    t->in_header = is_new_header;
    bool is_alone = !is_header && !is_new_header && is_remark(t, shape, slots, count);
    if (is_alone && t->state == TABLE_NAMED) take_title(t, slots, count);
    if (is_header || is_new_header || is_alone)
        write_plain(t, slots, count);
    else if (t->state == TABLE_NAMED)
        write_named(t, row, slots, count);
    else if (t->state == TABLE_KEYS && shape.cells == 2)
        write_pair(t, slots, count);
    else
        write_plain(t, slots, count);
}
