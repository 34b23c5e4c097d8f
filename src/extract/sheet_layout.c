/* sheet_layout.c - rows are held until their block ends, or until there are enough of them to look
 * ahead from the oldest ones, which are then written. Everything is decided row by row and band by
 * band from the rows held; only names, the kinds of values seen below them, and the state of each
 * band outlive a row. So the memory of a sheet does not grow with its length.
 *
 * What a hostile sheet can cost: each place that a merged cell covers is counted, and after
 * REPEATS_MAX of them merged cells cover nothing more; a long text is not repeated. */
#include "extract/sheet_layout.h"

#include "base/size.h"
#include "extract/table.h"
#include "extract/workbook.h"

#include <kith/types.h>

#include <stdlib.h>

enum { REPEATS_MAX = TABLE_MAX_REPEATS, MERGE_MAX_COLUMNS = 256, BANDS_MAX = 64 };

typedef struct layout_slot {
    uint32_t column, source, look;
    label_kind kind;
    bool repeats;       // a place of a merged cell that is not its first
    size_t start, size; // into texts
    double number;
} layout_slot;

typedef struct layout_row {
    uint32_t number;
    size_t first; // slot
} layout_row;

typedef struct layout_merge {
    sheet_area area;
    view text;
    layout_slot slot; // what stands in its first cell
} layout_merge;

typedef struct layout_column {
    view name;
    uint32_t table; // that the name is of; 0: none
    uint32_t kinds; // a bit for each kind of value below the name
    bool used;      // in the block
} layout_column;

typedef enum band_state {
    BAND_BETWEEN, // tables
    BAND_LEAD,    // above a header
    BAND_HEADER,
    BAND_NAMED,
    BAND_KEYS,
    BAND_PLAIN
} band_state;

typedef struct layout_band {
    uint32_t first, last; // columns
    band_state state;
    uint32_t lead, header; // rows left of them
    bool continues;        // has no labels of its own: its cells go on with those on the left
    uint32_t header_look;
} layout_band;

/* The cells of one row in one band. */
typedef struct span {
    const layout_slot *slots;
    size_t count;
    uint32_t cells; // a merged one once
    uint32_t row;   // number
} span;

int sheet_area_compare(const void *a, const void *b)
{
    const sheet_area *x = a, *y = b;
    if (x->first_row != y->first_row) return x->first_row < y->first_row ? -1 : 1;
    return x->first_column < y->first_column ? -1 : x->first_column > y->first_column;
}

enum { BUFFERS = 7 };

static buffer *buffer_at(sheet_layout *l, size_t i)
{
    buffer *all[BUFFERS] = {&l->texts, &l->spare,  &l->slots, &l->rows,
                            &l->bands, &l->merges, &l->line};
    return all[i];
}

kith_status sheet_layout_init(sheet_layout *l, manuscript *m, kith_error *err)
{
    *l = (sheet_layout){.m = m};
    for (size_t i = 0; i < BUFFERS; i++)
        buffer_init(buffer_at(l, i), 4 * (size_t)KITH_DOCUMENT_MAX_BYTES);
    l->columns = heap_new_array(SHEET_MAX_COLUMNS + 1, sizeof *l->columns);
    l->grid = heap_new_array((size_t)HEADER_LOOK_ROWS * HEADER_LOOK_COLUMNS, sizeof *l->grid);
    if (!l->columns || !l->grid) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a sheet");
    return KITH_OK;
}

void sheet_layout_done(sheet_layout *l)
{
    for (size_t i = 0; i < BUFFERS; i++)
        buffer_done(buffer_at(l, i));
    free(l->columns);
    free(l->grid);
}

void sheet_layout_begin(sheet_layout *l, view name, const sheet_surroundings *around)
{
    for (size_t i = 0; i < BUFFERS; i++)
        buffer_reset(buffer_at(l, i));
    memset(l->columns, 0, (l->last_column + 1) * sizeof *l->columns);
    l->name = name;
    l->around = around;
    l->next_merge = l->next_table = l->next_annex = 0;
    l->row = l->last_column = l->sources = l->tables = 0;
    l->repeats = 0;
    l->in_block = l->row_is_open = false;
}

static kith_status status_of(const sheet_layout *l, kith_error *err)
{
    kith_status status = KITH_OK;
    for (size_t i = 0; i < BUFFERS && status == KITH_OK; i++)
        status = buffer_status(buffer_at((sheet_layout *)l, i), "a sheet", err);
    return status;
}

static size_t row_count(const sheet_layout *l)
{
    return l->rows.size / sizeof(layout_row);
}

static const layout_row *row_at(const sheet_layout *l, size_t row)
{
    return (const layout_row *)l->rows.data + row;
}

static size_t slots_end(const sheet_layout *l, size_t row)
{
    return row + 1 < row_count(l) ? row_at(l, row + 1)->first : l->slots.size / sizeof(layout_slot);
}

static view text_of(const sheet_layout *l, const layout_slot *slot)
{
    return view_slice(buffer_view(&l->texts), slot->start, slot->start + slot->size);
}

/* ---- rows in ---- */

static void append_slot(sheet_layout *l, layout_slot slot, view text)
{
    slot.start = l->texts.size;
    slot.size = text.size;
    buffer_append(&l->texts, text);
    buffer_append(&l->slots, (view){(const char *)&slot, sizeof slot});
}

/* Takes up the merged cells that begin at or above `row`, and drops those that ended. */
static void update_merges(sheet_layout *l, uint32_t row)
{
    layout_merge *merges = (layout_merge *)l->merges.data;
    size_t count = l->merges.size / sizeof *merges, kept = 0;
    for (size_t i = 0; i < count; i++)
        if (merges[i].area.last_row >= row) merges[kept++] = merges[i];
    l->merges.size = kept * sizeof *merges;
    for (; l->next_merge < l->around->merged_count; l->next_merge++) {
        layout_merge begun = {.area = l->around->merged[l->next_merge]};
        if (begun.area.first_row > row) break;
        if (begun.area.first_row == row)
            buffer_append(&l->merges, (view){(const char *)&begun, sizeof begun});
    }
}

/* Notes what stands in the merged cell that the slot begins. */
static void fill_merge(sheet_layout *l, const layout_slot *slot, view text)
{
    layout_merge *merges = (layout_merge *)l->merges.data;
    size_t count = l->merges.size / sizeof *merges;
    for (size_t i = 0; i < count; i++) {
        layout_merge *merge = &merges[i];
        if (merge->area.first_row != l->row || merge->area.first_column != slot->column) continue;
        if (text.size > TABLE_REPEAT_MAX_BYTES) return;
        merge->slot = *slot;
        merge->slot.repeats = true;
        merge->text = arena_copy(l->m->job->memory, text); // without memory it is not repeated
        return;
    }
}

static int by_column(const void *a, const void *b)
{
    const layout_slot *x = a, *y = b;
    if (x->column != y->column) return x->column < y->column ? -1 : 1;
    return (int)x->repeats - (int)y->repeats;
}

/* Adds the places that merged cells cover in the open row. */
static void spread_merges(sheet_layout *l)
{
    const layout_merge *merges = (const layout_merge *)l->merges.data;
    size_t count = l->merges.size / sizeof *merges;
    for (size_t i = 0; i < count && l->repeats < REPEATS_MAX; i++, l->repeats++) {
        layout_merge merge = merges[i];
        uint32_t last = merge.area.first_column + MERGE_MAX_COLUMNS - 1;
        if (merge.text.size == 0) continue;
        if (last > merge.area.last_column) last = merge.area.last_column;
        if (last > SHEET_MAX_COLUMNS) last = SHEET_MAX_COLUMNS;
        for (uint32_t c = merge.area.first_column; c <= last; c++, l->repeats++) {
            if (c == merge.area.first_column && merge.area.first_row == l->row) continue;
            merge.slot.column = c;
            append_slot(l, merge.slot, merge.text);
        }
    }
}

/* Ends the open row: its cells in order, each column once. A row of nothing but what merged cells
 * cover is none. */
static void close_row(sheet_layout *l)
{
    if (!l->row_is_open) return;
    l->row_is_open = false;
    size_t first = row_at(l, row_count(l) - 1)->first, own = slots_end(l, row_count(l) - 1);
    if (own == first) {
        l->rows.size -= sizeof(layout_row);
        return;
    }
    spread_merges(l);
    layout_slot *slots = (layout_slot *)l->slots.data;
    size_t end = l->slots.size / sizeof *slots, kept = first + 1;
    if (l->slots.failed != KITH_OK) return;
    bool is_sorted = true;
    for (size_t i = first + 1; i < end && is_sorted; i++)
        is_sorted = slots[i - 1].column < slots[i].column;
    if (!is_sorted) {
        qsort(slots + first, end - first, sizeof *slots, by_column);
        for (size_t i = first + 1; i < end; i++)
            if (slots[i].column != slots[kept - 1].column) slots[kept++] = slots[i];
        l->slots.size = kept * sizeof *slots;
    }
    uint32_t last = ((layout_slot *)l->slots.data)[l->slots.size / sizeof *slots - 1].column;
    if (last > l->last_column) l->last_column = last;
}

kith_status sheet_layout_cell(sheet_layout *l, sheet_cell cell, kith_error *err)
{
    if (cell.text.size == 0) return KITH_OK;
    layout_slot slot = {.column = cell.column,
                        .source = ++l->sources,
                        .look = cell.look,
                        .kind = cell.kind,
                        .number = cell.number};
    append_slot(l, slot, cell.text);
    if (l->merges.size) fill_merge(l, &slot, cell.text);
    return status_of(l, err);
}

/* ---- bands ---- */

static span span_of(const sheet_layout *l, const layout_band *b, size_t row)
{
    const layout_slot *slots = (const layout_slot *)l->slots.data;
    size_t start = row_at(l, row)->first, end = slots_end(l, row);
    while (start < end && slots[start].column < b->first)
        start++;
    size_t stop = start;
    while (stop < end && slots[stop].column <= b->last)
        stop++;
    span s = {slots + start, stop - start, 0, row_at(l, row)->number};
    for (size_t i = 0; i < s.count; i++)
        s.cells += i == 0 || s.slots[i].source != s.slots[i - 1].source;
    return s;
}

/* Marks the columns that the held rows use; of a row with one cell, a title, only its first. */
static void mark_columns(sheet_layout *l)
{
    const layout_slot *slots = (const layout_slot *)l->slots.data;
    for (uint32_t c = 0; c <= l->last_column; c++)
        l->columns[c].used = false;
    for (size_t r = 0; r < row_count(l); r++) {
        size_t start = row_at(l, r)->first, end = slots_end(l, r);
        for (size_t i = start; i < end; i++) {
            bool is_title = slots[start].source == slots[end - 1].source;
            l->columns[slots[i].column].used = true;
            if (is_title) break;
        }
    }
}

/* True when the first column of the band holds no texts but in the rows of a header: its rows have
 * no labels, so that they belong to the table on the left. */
static bool has_no_labels(const sheet_layout *l, const layout_band *b)
{
    uint32_t others = 0, texts = 0;
    for (size_t r = 0; r < row_count(l); r++) {
        span s = span_of(l, b, r);
        if (s.count == 0 || s.slots[0].column != b->first) continue;
        texts += s.slots[0].kind == LABEL_TEXT;
        others += s.slots[0].kind != LABEL_TEXT;
    }
    return others > texts;
}

static layout_band *band_at(const sheet_layout *l, size_t i)
{
    return (layout_band *)l->bands.data + i;
}

/* Parts the block that the held rows begin. A column alone is part of its neighbour. */
static void find_bands(sheet_layout *l)
{
    mark_columns(l);
    buffer_reset(&l->bands);
    for (uint32_t c = 1; c <= l->last_column; c++) {
        size_t count = l->bands.size / sizeof(layout_band);
        layout_band *last = count ? band_at(l, count - 1) : NULL;
        if (!l->columns[c].used) continue;
        bool is_next = last && (last->last + 1 == c || last->first == last->last);
        if (is_next || count == BANDS_MAX) {
            last->last = c;
            continue;
        }
        layout_band begun = {.first = c, .last = c};
        buffer_append(&l->bands, (view){(const char *)&begun, sizeof begun});
    }
    size_t count = l->bands.size / sizeof(layout_band);
    if (count > 1 && band_at(l, count - 1)->first == band_at(l, count - 1)->last) {
        band_at(l, count - 2)->last = band_at(l, count - 1)->last;
        l->bands.size -= sizeof(layout_band);
        count--;
    }
    for (size_t i = 0; i < count; i++) {
        layout_band *b = band_at(l, i);
        b->continues = i > 0 && has_no_labels(l, b);
        // Columns that later rows use belong to the band on their left.
        b->last = i + 1 < count ? band_at(l, i + 1)->first - 1 : SHEET_MAX_COLUMNS;
        if (i == 0) b->first = 1;
    }
}

/* ---- tables ---- */

/* The rows from `row` on that the band has without a gap, as a grid for header_find; *base is the
 * column of its first one. */
static label_grid grid_from(sheet_layout *l, const layout_band *b, size_t row, uint32_t *base)
{
    uint32_t first = UINT32_MAX, last = 0, rows = 0;
    for (; rows < HEADER_LOOK_ROWS && row + rows < row_count(l); rows++) {
        span s = span_of(l, b, row + rows);
        if (s.count == 0) break;
        if (s.slots[0].column < first) first = s.slots[0].column;
        if (s.slots[s.count - 1].column > last) last = s.slots[s.count - 1].column;
    }
    uint32_t columns = last - first + 1;
    if (columns > HEADER_LOOK_COLUMNS) columns = HEADER_LOOK_COLUMNS;
    memset(l->grid, 0, (size_t)rows * columns * sizeof *l->grid);
    for (uint32_t r = 0; r < rows; r++) {
        span s = span_of(l, b, row + r);
        for (size_t i = 0; i < s.count && s.slots[i].column - first < columns; i++) {
            const layout_slot *slot = &s.slots[i];
            l->grid[(size_t)r * columns + slot->column - first] =
                (label_cell){text_of(l, slot), slot->kind, slot->source, slot->look, slot->number};
        }
    }
    *base = first;
    return (label_grid){l->grid, rows, columns};
}

/* Forgets the names of the columns that the row uses. */
static void drop_names(sheet_layout *l, const layout_band *b, size_t row)
{
    span s = span_of(l, b, row);
    for (size_t i = 0; i < s.count; i++)
        l->columns[s.slots[i].column] = (layout_column){.used = true};
}

/* Gives the column the text as its name, behind the one that it has of the row above; a unit in
 * brackets. */
static kith_status join_name(sheet_layout *l, layout_column *column, view text, bool is_unit,
                             kith_error *err)
{
    bool is_cut, is_named = column->table == l->tables && column->name.size > 0;
    view name = header_short_name(text, &is_cut);
    if (is_named && name.size == 0) return KITH_OK;
    is_unit = is_unit && is_named && header_is_bare_unit(name);
    const char *joined =
        arena_printf(l->m->job->memory, "%.*s%s%s%.*s%s%s", is_named ? (int)column->name.size : 0,
                     is_named ? column->name.data : "", is_named ? " " : "", is_unit ? "(" : "",
                     VIEW_ARG(name), is_unit ? ")" : "", is_cut && name.size ? "..." : "");
    if (!joined) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a header");
    *column = (layout_column){.name = view_of(joined), .table = l->tables, .used = true};
    return KITH_OK;
}

/* Gives the columns the texts of a header row as names. `fills`: a text of this row is also for the
 * columns right of it, up to the next text, because the row below names the parts of it. */
static kith_status add_names(sheet_layout *l, const layout_band *b, size_t row, bool fills,
                             kith_error *err)
{
    span s = span_of(l, b, row);
    kith_status status = KITH_OK;
    bool are_units = true;
    for (size_t i = 0; i < s.count; i++)
        are_units &= s.slots[i].repeats || header_is_unit(text_of(l, &s.slots[i]));
    for (size_t i = 0; i < s.count && status == KITH_OK; i++) {
        const layout_slot *slot = &s.slots[i];
        layout_column *column = &l->columns[slot->column];
        view text = text_of(l, slot);
        bool is_merged_below = slot->repeats && column->table == l->tables &&
                               view_equal(column->name, header_name(text));
        if (!is_merged_below) status = join_name(l, column, text, are_units, err);
        uint32_t end = slot->column + 1;
        if (fills && i + 1 < s.count) end = s.slots[i + 1].column;
        if (fills && i + 1 == s.count) {
            span below = span_of(l, b, row + 1);
            if (below.count) end = below.slots[below.count - 1].column + 1;
        }
        for (uint32_t c = slot->column + 1; c < end && status == KITH_OK; c++)
            status = join_name(l, &l->columns[c], text, false, err);
    }
    return status;
}

/* True when the rows of the grid can be rows of the table whose names stand above a gap: the same
 * columns, the kinds of values that the table has there, and no keys in the first column. */
static bool goes_on(const sheet_layout *l, const label_grid *g, uint32_t base)
{
    uint32_t above = 0, used = 0, unnamed = 0, others = 0, attributes = 0, names = 0;
    bool has_body = false, kinds_agree = true;
    for (uint32_t c = 0; c < g->columns; c++) {
        const layout_column *column = &l->columns[base + c];
        uint32_t kinds = 0;
        for (uint32_t r = 0; r < g->rows; r++)
            kinds |= 1u << g->cells[(size_t)r * g->columns + c].kind;
        kinds &= ~(1u << LABEL_EMPTY);
        if (kinds == 0) continue;
        if (above && column->table && column->table != above) return false;
        if (column->table == 0) {
            unnamed++;
            continue;
        }
        above = column->table;
        used++;
        others += kinds != 1u << LABEL_TEXT;
        has_body |= column->kinds != 0;
        kinds_agree &= column->kinds == 0 || (kinds & ~column->kinds) == 0;
        names += column->name.size > 0;
        attributes += column->name.size > 0 && header_names_attribute(column->name);
    }
    if (used < 2 || unnamed > used || !kinds_agree || names == 0) return false;
    for (uint32_t r = 0; r < g->rows; r++) {
        view key = g->cells[(size_t)r * g->columns].text;
        if (used == 2 && header_names_attribute(key) && !header_names_total(key)) return false;
    }
    // Texts over texts say nothing; below a header alone, numbers differ from its texts.
    if (has_body) return others > 0;
    return attributes == names || (others > 0 && names > 2);
}

/* True when all columns of the grid are of one table above, and held nothing but texts there. */
static bool follows_texts(const sheet_layout *l, const label_grid *g, uint32_t base)
{
    uint32_t above = l->columns[base].table;
    for (uint32_t c = 0; c < g->columns; c++) {
        const layout_column *column = &l->columns[base + c];
        if (column->table != above || column->kinds & ~(1u << LABEL_TEXT)) return false;
    }
    return above != 0;
}

/* The first row of a table that the file itself declares, among the rows of the grid; rows when
 * there is none. */
static uint32_t declared_in(sheet_layout *l, const label_grid *g, uint32_t base, uint32_t number)
{
    const sheet_area *tables = l->around->tables;
    size_t count = l->around->table_count;
    while (l->next_table < count && tables[l->next_table].last_row < number)
        l->next_table++;
    for (size_t i = l->next_table; i < count && tables[i].first_row < number + g->rows; i++)
        if (tables[i].first_row >= number && tables[i].first_column < base + g->columns &&
            tables[i].last_column >= base)
            return tables[i].first_row - number;
    return g->rows;
}

/* True when the row below a header row has names that recur, so that it names the parts of groups. */
static bool names_parts(const sheet_layout *l, span below)
{
    for (size_t i = 1; i < below.count; i++)
        for (size_t k = 0; k < i; k++)
            if (below.slots[k].source != below.slots[i].source &&
                view_equal(text_of(l, &below.slots[k]), text_of(l, &below.slots[i])))
                return true;
    return false;
}

static bool is_all_names(span s)
{
    for (size_t i = 0; i < s.count; i++)
        if (s.slots[i].kind != LABEL_TEXT || s.slots[i].size > HEADER_NAME_MAX_BYTES) return false;
    return s.cells > 1;
}

static kith_status set_header(sheet_layout *l, layout_band *b, size_t row, uint32_t first,
                              uint32_t count, kith_error *err)
{
    kith_status status = KITH_OK;
    l->tables++;
    for (uint32_t r = first; r < first + count && status == KITH_OK; r++) {
        span above = span_of(l, b, row + r), below = {0};
        if (r + 1 < first + count) below = span_of(l, b, row + r + 1);
        bool is_merged = above.cells < above.count;
        bool fills = above.count * 2 <= below.count || names_parts(l, below);
        status = add_names(l, b, row + r, !is_merged && fills, err);
    }
    span s = span_of(l, b, row + first);
    b->header_look = s.count ? s.slots[0].look : 0;
    b->lead = first;
    b->header = count;
    b->state = first ? BAND_LEAD : BAND_HEADER;
    return status;
}

/* True for one row of names, or several of which the first has groups of columns. */
static bool is_header_alone(const sheet_layout *l, const layout_band *b, size_t row, uint32_t rows)
{
    bool has_groups = false;
    for (uint32_t r = 0; r < rows; r++) {
        span s = span_of(l, b, row + r);
        if (!is_all_names(s)) return false;
        has_groups |= r == 0 && s.cells < s.count;
    }
    return rows == 1 || (rows <= HEADER_MAX_ROWS && has_groups);
}

/* Decides what the rows are that begin at `row`, behind a gap. */
static kith_status begin_table(sheet_layout *l, layout_band *b, size_t row, kith_error *err)
{
    uint32_t base, number = row_at(l, row)->number;
    label_grid g = grid_from(l, b, row, &base);
    uint32_t declared = declared_in(l, &g, base, number);
    if (declared < g.rows) return set_header(l, b, row, declared, 1, err);
    header_finding found = header_find(&g);
    // Below a table of the same columns, rows of nothing but texts may go on with it or not.
    if (found.kind == HEADER_ROWS && !found.is_sure && follows_texts(l, &g, base))
        found.kind = HEADER_NONE;
    if (found.kind == HEADER_ROWS) return set_header(l, b, row, found.first, found.count, err);
    if (found.kind == HEADER_NONE && goes_on(l, &g, base)) {
        b->state = BAND_NAMED;
        return KITH_OK;
    }
    for (uint32_t r = 0; r < g.rows; r++)
        drop_names(l, b, row + r);
    b->state = found.kind == HEADER_KEYS ? BAND_KEYS : BAND_PLAIN;
    // A header may stand alone above a gap.
    if (!is_header_alone(l, b, row, g.rows)) return KITH_OK;
    band_state state = b->state;
    kith_status status = set_header(l, b, row, 0, g.rows, err);
    b->state = state;
    return status;
}

/* True when a row within a table looks like the header of the next one: texts where the table has
 * had nothing but other values. */
static kith_status look_for_next_header(sheet_layout *l, layout_band *b, size_t row, span s,
                                        kith_error *err)
{
    uint32_t base, differ = 0, attributes = 0, number = row_at(l, row)->number;
    for (size_t i = 0; i < s.count && s.slots[i].kind == LABEL_TEXT; i++) {
        uint32_t kinds = l->columns[s.slots[i].column].kinds;
        differ += kinds != 0 && (kinds & 1u << LABEL_TEXT) == 0;
    }
    if (differ == 0 || !is_all_names(s)) return KITH_OK;
    for (size_t i = 0; i < s.count; i++)
        attributes += header_names_attribute(text_of(l, &s.slots[i]));
    bool looks_so = b->header_look && s.slots[0].look == b->header_look;
    label_grid g = grid_from(l, b, row, &base);
    header_finding found = header_find(&g);
    bool is_declared = declared_in(l, &g, base, number) == 0;
    bool is_sure = differ > 1 || looks_so || attributes == s.count;
    if (!is_declared && (found.kind != HEADER_ROWS || found.first != 0 || !is_sure)) return KITH_OK;
    return set_header(l, b, row, 0, is_declared ? 1 : found.count, err);
}

/* ---- lines ---- */

/* Values with the names of their columns, if `named`; numbers and dates without a name with their
 * address, unless they stand alone. */
static void write_values(sheet_layout *l, span s, bool named)
{
    size_t written = 0;
    for (size_t i = 0; i < s.count; i++) {
        const layout_slot *slot = &s.slots[i];
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
        buffer_append(&l->line, text_of(l, slot));
    }
}

/* "a | b", each cell once. */
static void write_texts(sheet_layout *l, span s)
{
    for (size_t i = 0; i < s.count; i++) {
        if (i > 0 && s.slots[i].source == s.slots[i - 1].source) continue;
        if (i > 0) buffer_append(&l->line, VIEW(" | "));
        buffer_append(&l->line, text_of(l, &s.slots[i]));
    }
}

/* True when each second cell is the value of the key before it. `is_sure`: of two cells the first
 * is taken for a key, whatever its text. */
static bool is_row_of_pairs(const sheet_layout *l, span s, bool is_sure)
{
    uint32_t cell = 0;
    if (s.cells < 2 || s.cells % 2) return false;
    for (size_t i = 0; i < s.count; i++) {
        if (i > 0 && s.slots[i].source == s.slots[i - 1].source) continue;
        view text = text_of(l, &s.slots[i]);
        bool may_be_key = s.slots[i].kind == LABEL_TEXT && header_is_word(text);
        bool is_key = may_be_key && ((is_sure && s.cells == 2) || header_ends_with_colon(text) ||
                                     (s.cells > 2 && header_names_attribute(text)));
        if (cell++ % 2 == 0 ? !is_key : header_ends_with_colon(text)) return false;
    }
    return true;
}

static void write_pairs(sheet_layout *l, span s)
{
    uint32_t cell = 0;
    for (size_t i = 0; i < s.count; i++) {
        if (i > 0 && s.slots[i].source == s.slots[i - 1].source) continue;
        bool is_key = cell % 2 == 0;
        view text = text_of(l, &s.slots[i]);
        if (is_key && cell > 0) buffer_append(&l->line, VIEW(" | "));
        buffer_append(&l->line, is_key ? header_name(text) : text);
        if (is_key) buffer_append(&l->line, VIEW(": "));
        cell++;
    }
}

/* A row of one text is a title or a note: where its first column is the table's first too, or over
 * several columns. */
static bool is_remark(const sheet_layout *l, span s)
{
    const layout_column *column = &l->columns[s.slots[0].column];
    bool is_first = s.slots[0].column == 1 || column[-1].table != column->table;
    return s.cells == 1 && s.slots[0].kind == LABEL_TEXT &&
           (is_first || s.count > 1 || s.slots[0].size > HEADER_NAME_MAX_BYTES);
}

static bool repeats_header(const sheet_layout *l, span s)
{
    for (size_t i = 0; i < s.count; i++)
        if (!view_equal(header_name(text_of(l, &s.slots[i])), l->columns[s.slots[i].column].name))
            return false;
    return s.cells > 1;
}

static void write_row_of_table(sheet_layout *l, span s)
{
    if (is_remark(l, s) || repeats_header(l, s)) {
        write_texts(l, s);
        return;
    }
    for (size_t i = 0; i < s.count; i++)
        l->columns[s.slots[i].column].kinds |= 1u << s.slots[i].kind;
    write_values(l, s, true);
}

static kith_status write_band(sheet_layout *l, layout_band *b, size_t row, kith_error *err)
{
    span s = span_of(l, b, row);
    kith_status status = KITH_OK;
    if (s.count == 0) {
        b->state = BAND_BETWEEN;
        return KITH_OK;
    }
    if (b->state == BAND_BETWEEN)
        status = begin_table(l, b, row, err);
    else if (b->state == BAND_NAMED)
        status = look_for_next_header(l, b, row, s, err);
    if (l->line.size) buffer_append(&l->line, b->continues ? VIEW(" | ") : VIEW("\n"));
    switch (b->state) {
    case BAND_LEAD:
        if (is_row_of_pairs(l, s, true))
            write_pairs(l, s);
        else
            write_values(l, s, false);
        if (--b->lead == 0) b->state = BAND_HEADER;
        break;
    case BAND_HEADER:
        write_texts(l, s);
        if (--b->header == 0) b->state = BAND_NAMED;
        break;
    case BAND_NAMED:
        write_row_of_table(l, s);
        break;
    case BAND_KEYS:
    case BAND_PLAIN:
    case BAND_BETWEEN:
        if (is_row_of_pairs(l, s, b->state == BAND_KEYS))
            write_pairs(l, s);
        else
            write_values(l, s, false);
        break;
    }
    return status;
}

/* Writes the annexes of rows up to `row`, each at its own place. */
static kith_status write_annexes(sheet_layout *l, uint32_t row, kith_error *err)
{
    const sheet_surroundings *a = l->around;
    kith_status status = KITH_OK;
    for (; l->next_annex < a->annex_count && a->annexes[l->next_annex].row <= row &&
           status == KITH_OK;
         l->next_annex++) {
        const sheet_annex *annex = &a->annexes[l->next_annex];
        status = manuscript_place(l->m, PLACE_ROW, annex->row ? annex->row : 1, l->name, err);
        if (status == KITH_OK) status = manuscript_block(l->m, "\n\n", annex->text, err);
    }
    return status;
}

static kith_status write_row(sheet_layout *l, size_t row, kith_error *err)
{
    uint32_t number = row_at(l, row)->number;
    kith_status status = write_annexes(l, number - 1, err);
    buffer_reset(&l->line);
    const layout_slot *slots = (const layout_slot *)l->slots.data;
    bool is_title = slots[row_at(l, row)->first].source == slots[slots_end(l, row) - 1].source;
    for (size_t i = 0; i < l->bands.size / sizeof(layout_band) && status == KITH_OK; i++) {
        size_t written = l->line.size;
        status = write_band(l, band_at(l, i), row, err);
        if (is_title && written) l->line.size = written; // one text, over several bands
    }
    if (status == KITH_OK) status = status_of(l, err);
    if (status == KITH_OK) status = manuscript_place(l->m, PLACE_ROW, number, l->name, err);
    if (status == KITH_OK) status = manuscript_block(l->m, "\n\n", buffer_view(&l->line), err);
    return status == KITH_OK ? write_annexes(l, number, err) : status;
}

/* ---- the window ---- */

/* Keeps the rows from `row` on alone. */
static void drop_rows(sheet_layout *l, size_t row)
{
    size_t rows = row_count(l), slot = row < rows ? row_at(l, row)->first : SIZE_MAX;
    if (row >= rows) {
        buffer_reset(&l->rows);
        buffer_reset(&l->slots);
        buffer_reset(&l->texts);
        return;
    }
    layout_slot *slots = (layout_slot *)l->slots.data;
    size_t count = l->slots.size / sizeof *slots;
    buffer_reset(&l->spare);
    for (size_t i = slot; i < count; i++) {
        view text = text_of(l, &slots[i]);
        slots[i].start = l->spare.size;
        buffer_append(&l->spare, text);
    }
    buffer texts = l->texts;
    l->texts = l->spare;
    l->spare = texts;
    memmove(slots, slots + slot, (count - slot) * sizeof *slots);
    l->slots.size = (count - slot) * sizeof *slots;
    layout_row *kept = (layout_row *)l->rows.data;
    memmove(kept, kept + row, (rows - row) * sizeof *kept);
    l->rows.size = (rows - row) * sizeof *kept;
    for (size_t i = 0; i < rows - row; i++)
        kept[i].first -= slot;
}

/* Writes all held rows but the last `keep`. */
static kith_status write_rows(sheet_layout *l, size_t keep, kith_error *err)
{
    size_t rows = row_count(l);
    kith_status status = status_of(l, err);
    if (status != KITH_OK || rows <= keep) return status;
    if (!l->in_block) find_bands(l);
    l->in_block = true;
    for (size_t r = 0; r < rows - keep && status == KITH_OK; r++)
        status = write_row(l, r, err);
    drop_rows(l, rows - keep);
    return status;
}

kith_status sheet_layout_row(sheet_layout *l, uint32_t number, kith_error *err)
{
    kith_status status = KITH_OK;
    close_row(l);
    size_t rows = row_count(l);
    bool is_full =
        rows >= SHEET_HELD_ROWS || l->slots.size / sizeof(layout_slot) >= SHEET_HELD_CELLS;
    if (rows && row_at(l, rows - 1)->number + 1 != number) {
        status = write_rows(l, 0, err);
        l->in_block = false;
    } else if (rows && is_full) {
        status =
            write_rows(l, rows > SHEET_LOOK_AHEAD_ROWS ? SHEET_LOOK_AHEAD_ROWS : rows / 4, err);
    }
    layout_row begun = {number, l->slots.size / sizeof(layout_slot)};
    buffer_append(&l->rows, (view){(const char *)&begun, sizeof begun});
    l->row = number;
    l->row_is_open = true;
    update_merges(l, number);
    return status == KITH_OK ? status_of(l, err) : status;
}

kith_status sheet_layout_end(sheet_layout *l, kith_error *err)
{
    close_row(l);
    kith_status status = write_rows(l, 0, err);
    l->in_block = false;
    return status == KITH_OK ? write_annexes(l, UINT32_MAX, err) : status;
}
