/* sheet_rows.c - see sheet_rows.h. The slots of all held rows stand in one buffer, their texts in
 * another; a merged cell that reaches the open row is kept beside them with its text. */
#include "extract/sheet_rows.h"

#include "extract/table.h"

#include <kith/types.h>

#include <stdlib.h>

enum { MERGE_MAX_COLUMNS = 256, BUFFERS = 5 };

typedef struct sheet_row {
    uint32_t number;
    size_t first; // slot
} sheet_row;

typedef struct sheet_merge {
    sheet_area area;
    view text;
    sheet_slot slot; // what stands in its first cell
} sheet_merge;

int sheet_area_compare(const void *a, const void *b)
{
    const sheet_area *x = a, *y = b;
    if (x->first_row != y->first_row) return x->first_row < y->first_row ? -1 : 1;
    return x->first_column < y->first_column ? -1 : x->first_column > y->first_column;
}

static buffer *buffer_at(sheet_rows *r, size_t i)
{
    buffer *all[BUFFERS] = {&r->texts, &r->spare, &r->slots, &r->rows, &r->merges};
    return all[i];
}

void sheet_rows_init(sheet_rows *r, arena *memory)
{
    *r = (sheet_rows){.memory = memory};
    for (size_t i = 0; i < BUFFERS; i++)
        buffer_init(buffer_at(r, i), 4 * (size_t)KITH_DOCUMENT_MAX_BYTES);
}

void sheet_rows_done(sheet_rows *r)
{
    for (size_t i = 0; i < BUFFERS; i++)
        buffer_done(buffer_at(r, i));
}

void sheet_rows_reset(sheet_rows *r, const sheet_area *merged, size_t merged_count)
{
    for (size_t i = 0; i < BUFFERS; i++)
        buffer_reset(buffer_at(r, i));
    r->merged = merged;
    r->merged_count = merged_count;
    r->next_merge = r->begun = 0;
    r->last_column = r->row = r->sources = 0;
    r->repeats = 0;
    r->is_open = false;
}

kith_status sheet_rows_status(const sheet_rows *r, kith_error *err)
{
    kith_status status = KITH_OK;
    for (size_t i = 0; i < BUFFERS && status == KITH_OK; i++)
        status = buffer_status(buffer_at((sheet_rows *)r, i), "a sheet", err);
    return status;
}

size_t sheet_rows_count(const sheet_rows *r)
{
    return r->rows.size / sizeof(sheet_row);
}

size_t sheet_rows_slots(const sheet_rows *r)
{
    return r->slots.size / sizeof(sheet_slot);
}

static const sheet_row *row_at(const sheet_rows *r, size_t row)
{
    return (const sheet_row *)r->rows.data + row;
}

uint32_t sheet_rows_number(const sheet_rows *r, size_t row)
{
    return row_at(r, row)->number;
}

static size_t slots_end(const sheet_rows *r, size_t row)
{
    return row + 1 < sheet_rows_count(r) ? row_at(r, row + 1)->first
                                         : r->slots.size / sizeof(sheet_slot);
}

view sheet_rows_text(const sheet_rows *r, const sheet_slot *slot)
{
    return view_slice(buffer_view(&r->texts), slot->start, slot->start + slot->size);
}

/* ---- rows in ---- */

static void append_slot(sheet_rows *r, sheet_slot slot, view text)
{
    slot.start = r->texts.size;
    slot.size = text.size;
    buffer_append(&r->texts, text);
    buffer_append(&r->slots, (view){(const char *)&slot, sizeof slot});
}

/* Does the merged cell say something in `row`, or may it yet? */
static bool is_wanted(const sheet_rows *r, const sheet_merge *merge, uint32_t row)
{
    if (merge->area.first_row >= row) return true;
    return merge->area.last_row >= row && merge->text.size > 0 && r->repeats < TABLE_MAX_REPEATS;
}

/* Takes up the merged cells that begin in `row`, and drops those that ended or have nothing to repeat: each
 * that is kept costs time in each row. */
static void update_merges(sheet_rows *r, uint32_t row)
{
    sheet_merge *merges = (sheet_merge *)r->merges.data;
    size_t count = r->merges.size / sizeof *merges, kept = 0;
    r->begun = 0;
    for (size_t i = 0; i < count; i++) {
        if (!is_wanted(r, &merges[i], row)) continue;
        r->begun += merges[i].area.first_row < row;
        merges[kept++] = merges[i];
    }
    r->merges.size = kept * sizeof *merges;
    for (; r->next_merge < r->merged_count; r->next_merge++) {
        sheet_merge begun = {.area = r->merged[r->next_merge]};
        if (begun.area.first_row > row) break;
        if (begun.area.first_row == row)
            buffer_append(&r->merges, (view){(const char *)&begun, sizeof begun});
    }
}

/* Notes what stands in the merged cell that the slot begins. */
static void fill_merge(sheet_rows *r, const sheet_slot *slot, view text)
{
    sheet_merge *merges = (sheet_merge *)r->merges.data;
    size_t count = r->merges.size / sizeof *merges;
    for (size_t i = r->begun; i < count; i++) {
        sheet_merge *merge = &merges[i];
        if (merge->area.first_row != r->row || merge->area.first_column != slot->column) continue;
        if (text.size > TABLE_REPEAT_MAX_BYTES) return;
        merge->slot = *slot;
        merge->slot.repeats = true;
        merge->text = arena_copy(r->memory, text); // without memory it is not repeated
        return;
    }
}

static int by_column(const void *a, const void *b)
{
    const sheet_slot *x = a, *y = b;
    if (x->column != y->column) return x->column < y->column ? -1 : 1;
    return (int)x->repeats - (int)y->repeats;
}

/* Adds the places that merged cells cover in the open row. */
static void spread_merges(sheet_rows *r)
{
    const sheet_merge *merges = (const sheet_merge *)r->merges.data;
    size_t count = r->merges.size / sizeof *merges;
    for (size_t i = 0; i < count && r->repeats < TABLE_MAX_REPEATS; i++, r->repeats++) {
        sheet_merge merge = merges[i];
        uint32_t last = merge.area.first_column + MERGE_MAX_COLUMNS - 1;
        if (merge.text.size == 0) continue;
        if (last > merge.area.last_column) last = merge.area.last_column;
        if (last > SHEET_MAX_COLUMNS) last = SHEET_MAX_COLUMNS;
        for (uint32_t c = merge.area.first_column; c <= last; c++, r->repeats++) {
            if (c == merge.area.first_column && merge.area.first_row == r->row) continue;
            merge.slot.column = c;
            append_slot(r, merge.slot, merge.text);
        }
    }
}

void sheet_rows_close(sheet_rows *r)
{
    if (!r->is_open) return;
    r->is_open = false;
    size_t first = row_at(r, sheet_rows_count(r) - 1)->first,
           own = slots_end(r, sheet_rows_count(r) - 1);
    if (own == first) {
        r->rows.size -= sizeof(sheet_row);
        return;
    }
    spread_merges(r);
    sheet_slot *slots = (sheet_slot *)r->slots.data;
    size_t end = r->slots.size / sizeof *slots, kept = first + 1;
    if (r->slots.failed != KITH_OK) return;
    bool is_sorted = true;
    for (size_t i = first + 1; i < end && is_sorted; i++)
        is_sorted = slots[i - 1].column < slots[i].column;
    if (!is_sorted) {
        qsort(slots + first, end - first, sizeof *slots, by_column);
        for (size_t i = first + 1; i < end; i++)
            if (slots[i].column != slots[kept - 1].column) slots[kept++] = slots[i];
        r->slots.size = kept * sizeof *slots;
    }
    uint32_t last = ((sheet_slot *)r->slots.data)[r->slots.size / sizeof *slots - 1].column;
    if (last > r->last_column) r->last_column = last;
}

void sheet_rows_add(sheet_rows *r, sheet_cell cell)
{
    sheet_slot slot = {.column = cell.column,
                       .source = ++r->sources,
                       .look = cell.look,
                       .kind = cell.kind,
                       .number = cell.number};
    append_slot(r, slot, cell.text);
    if (r->merges.size) fill_merge(r, &slot, cell.text);
}

void sheet_rows_begin(sheet_rows *r, uint32_t number)
{
    sheet_row begun = {number, sheet_rows_slots(r)};
    buffer_append(&r->rows, (view){(const char *)&begun, sizeof begun});
    r->row = number;
    r->is_open = true;
    update_merges(r, number);
}

/* ---- rows out ---- */

sheet_span sheet_rows_span(const sheet_rows *r, size_t row, uint32_t first, uint32_t last)
{
    const sheet_slot *slots = (const sheet_slot *)r->slots.data;
    size_t start = row_at(r, row)->first, end = slots_end(r, row);
    while (start < end && slots[start].column < first)
        start++;
    size_t stop = start;
    while (stop < end && slots[stop].column <= last)
        stop++;
    sheet_span s = {slots + start, stop - start, 0, row_at(r, row)->number};
    for (size_t i = 0; i < s.count; i++)
        s.cells += i == 0 || s.slots[i].source != s.slots[i - 1].source;
    return s;
}

void sheet_rows_drop(sheet_rows *r, size_t row)
{
    size_t rows = sheet_rows_count(r), slot = row < rows ? row_at(r, row)->first : SIZE_MAX;
    if (row >= rows) {
        buffer_reset(&r->rows);
        buffer_reset(&r->slots);
        buffer_reset(&r->texts);
        return;
    }
    sheet_slot *slots = (sheet_slot *)r->slots.data;
    size_t count = r->slots.size / sizeof *slots;
    buffer_reset(&r->spare);
    for (size_t i = slot; i < count; i++) {
        view text = sheet_rows_text(r, &slots[i]);
        slots[i].start = r->spare.size;
        buffer_append(&r->spare, text);
    }
    buffer texts = r->texts;
    r->texts = r->spare;
    r->spare = texts;
    memmove(slots, slots + slot, (count - slot) * sizeof *slots);
    r->slots.size = (count - slot) * sizeof *slots;
    sheet_row *kept = (sheet_row *)r->rows.data;
    memmove(kept, kept + row, (rows - row) * sizeof *kept);
    r->rows.size = (rows - row) * sizeof *kept;
    for (size_t i = 0; i < rows - row; i++)
        kept[i].first -= slot;
}
