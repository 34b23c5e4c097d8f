/* sheet_layout.c - rows are held until their block ends, or until there are enough of them to look
 * ahead from the oldest ones, which are then written. Everything is decided row by row and band by
 * band from the rows held; only names, the kinds of values seen below them, and the state of each
 * band outlive a row. So the memory of a sheet does not grow with its length. */
#include "extract/sheet_layout.h"

#include "base/hash.h"
#include "base/size.h"

#include <kith/types.h>

#include <stdlib.h>

enum { BANDS_MAX = 64 };

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
    uint32_t header_look;  // 0: not known, or that of the rows below
    uint32_t base;         // first column of the table
    uint32_t rows;         // written below its header
    table_groups groups;
} layout_band;

int sheet_annex_compare(const void *a, const void *b)
{
    const sheet_annex *x = a, *y = b;
    if (x->row != y->row) return x->row < y->row ? -1 : 1;
    if (x->column != y->column) return x->column < y->column ? -1 : 1;
    return x->order < y->order ? -1 : x->order > y->order;
}

kith_status sheet_layout_init(sheet_layout *l, manuscript *m, kith_error *err)
{
    *l = (sheet_layout){.m = m};
    sheet_rows_init(&l->held, m->job->memory);
    buffer_init(&l->bands, BANDS_MAX * sizeof(layout_band));
    buffer_init(&l->lines.line, 4 * (size_t)KITH_DOCUMENT_MAX_BYTES);
    l->columns = heap_new_array(SHEET_MAX_COLUMNS + 1, sizeof *l->columns);
    l->grid = heap_new_array((size_t)HEADER_LOOK_ROWS * HEADER_LOOK_COLUMNS, sizeof *l->grid);
    l->lines.rows = &l->held;
    l->lines.columns = l->columns;
    if (!l->columns || !l->grid) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a sheet");
    return KITH_OK;
}

void sheet_layout_done(sheet_layout *l)
{
    sheet_rows_done(&l->held);
    buffer_done(&l->bands);
    buffer_done(&l->lines.line);
    free(l->columns);
    free(l->grid);
}

void sheet_layout_begin(sheet_layout *l, view name, const sheet_surroundings *around)
{
    memset(l->columns, 0, (l->held.last_column + 1) * sizeof *l->columns);
    sheet_rows_reset(&l->held, around->merged, around->merged_count);
    buffer_reset(&l->bands);
    buffer_reset(&l->lines.line);
    l->name = name;
    l->around = around;
    l->next_table = l->next_annex = 0;
    l->tables = 0;
    l->in_block = false;
}

static kith_status status_of(const sheet_layout *l, kith_error *err)
{
    kith_status status = sheet_rows_status(&l->held, err);
    if (status == KITH_OK) status = buffer_status(&l->bands, "a sheet", err);
    return status == KITH_OK ? buffer_status(&l->lines.line, "a sheet", err) : status;
}

/* ---- bands ---- */

static sheet_span span_of(const sheet_layout *l, const layout_band *b, size_t row)
{
    return sheet_rows_span(&l->held, row, b->first, b->last);
}

static sheet_span whole_row(const sheet_layout *l, size_t row)
{
    return sheet_rows_span(&l->held, row, 1, SHEET_MAX_COLUMNS);
}

/* Marks the columns that the held rows use; of a row with one cell, a title, only its first. */
static void mark_columns(sheet_layout *l)
{
    for (uint32_t c = 0; c <= l->held.last_column; c++)
        l->columns[c].used = false;
    for (size_t r = 0; r < sheet_rows_count(&l->held); r++) {
        sheet_span s = whole_row(l, r);
        for (size_t i = 0; i < (s.cells == 1 ? 1 : s.count); i++)
            l->columns[s.slots[i].column].used = true;
    }
}

/* True when the first column of the band holds no texts but in the rows of a header: its rows have
 * no labels, so that they belong to the table on the left. */
static bool has_no_labels(const sheet_layout *l, const layout_band *b)
{
    uint32_t others = 0, texts = 0;
    for (size_t r = 0; r < sheet_rows_count(&l->held); r++) {
        sheet_span s = span_of(l, b, r);
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

/* True when a column alone is a text of its own beside the columns of the band: the address over a
 * bill, beside its number and date. Two texts or more, none of which is a key, and two columns between. */
static bool stands_apart(const sheet_layout *l, uint32_t column, uint32_t first, uint32_t last)
{
    uint32_t texts = 0, gap = column < first ? first - column : column - last;
    for (size_t r = 0; r < sheet_rows_count(&l->held); r++) {
        sheet_span s = sheet_rows_span(&l->held, r, column, column);
        if (s.count == 0) continue;
        view text = sheet_rows_text(&l->held, &s.slots[0]);
        if (s.slots[0].kind != LABEL_TEXT || header_names_attribute(text) || header_is_sum(text) ||
            header_ends_with_colon(text))
            return false;
        texts++;
    }
    return texts >= 2 && gap > 2 && last > first;
}

/* The last column that is used without a gap from `column` on. */
static uint32_t end_of_columns(const sheet_layout *l, uint32_t column)
{
    while (column < l->held.last_column && l->columns[column + 1].used)
        column++;
    return column;
}

/* Parts the block that the held rows begin. A column alone is part of its neighbour, unless it stands
 * apart. */
static void find_bands(sheet_layout *l)
{
    mark_columns(l);
    buffer_reset(&l->bands);
    for (uint32_t c = 1; c <= l->held.last_column; c++) {
        size_t count = l->bands.size / sizeof(layout_band);
        layout_band *last = count ? band_at(l, count - 1) : NULL;
        if (!l->columns[c].used) continue;
        bool is_alone =
            last && last->first == last->last &&
            !(last->last + 1 < c && stands_apart(l, last->first, c, end_of_columns(l, c)));
        bool is_next = last && (last->last + 1 == c || is_alone);
        if (is_next || count == BANDS_MAX) {
            last->last = c;
            continue;
        }
        layout_band begun = {.first = c, .last = c};
        buffer_append(&l->bands, (view){(const char *)&begun, sizeof begun});
    }
    size_t count = l->bands.size / sizeof(layout_band);
    if (count > 1 && band_at(l, count - 1)->first == band_at(l, count - 1)->last &&
        !stands_apart(l, band_at(l, count - 1)->first, band_at(l, count - 2)->first,
                      band_at(l, count - 2)->last)) {
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
    for (; rows < HEADER_LOOK_ROWS && row + rows < sheet_rows_count(&l->held); rows++) {
        sheet_span s = span_of(l, b, row + rows);
        if (s.count == 0) break;
        if (s.slots[0].column < first) first = s.slots[0].column;
        if (s.slots[s.count - 1].column > last) last = s.slots[s.count - 1].column;
    }
    uint32_t columns = last - first + 1;
    if (columns > HEADER_LOOK_COLUMNS) columns = HEADER_LOOK_COLUMNS;
    memset(l->grid, 0, (size_t)rows * columns * sizeof *l->grid);
    for (uint32_t r = 0; r < rows; r++) {
        sheet_span s = span_of(l, b, row + r);
        for (size_t i = 0; i < s.count && s.slots[i].column - first < columns; i++) {
            const sheet_slot *slot = &s.slots[i];
            l->grid[(size_t)r * columns + slot->column - first] =
                (label_cell){sheet_rows_text(&l->held, slot), slot->kind, slot->source, slot->look,
                             slot->number};
        }
    }
    *base = first;
    return (label_grid){l->grid, rows, columns};
}

/* Forgets the names of the columns that the row uses. */
static void drop_names(sheet_layout *l, const layout_band *b, size_t row)
{
    sheet_span s = span_of(l, b, row);
    for (size_t i = 0; i < s.count; i++)
        l->columns[s.slots[i].column] = (sheet_column){.used = true};
}

/* Gives the column the text as its name, behind the one that it has of the row above; a unit in
 * brackets. */
static kith_status join_name(sheet_layout *l, sheet_column *column, view text, bool is_unit,
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
    *column = (sheet_column){.name = view_of(joined), .table = l->tables, .used = true};
    return KITH_OK;
}

/* Gives the columns the texts of a header row as names. `fills`: a text of this row is also for the
 * columns right of it, up to the next text, because the row below names the parts of it. */
static kith_status add_names(sheet_layout *l, const layout_band *b, size_t row, bool fills,
                             kith_error *err)
{
    sheet_span s = span_of(l, b, row);
    kith_status status = KITH_OK;
    bool are_units = true;
    for (size_t i = 0; i < s.count; i++)
        are_units &= s.slots[i].repeats || header_is_unit(sheet_rows_text(&l->held, &s.slots[i]));
    for (size_t i = 0; i < s.count && status == KITH_OK; i++) {
        const sheet_slot *slot = &s.slots[i];
        sheet_column *column = &l->columns[slot->column];
        view text = sheet_rows_text(&l->held, slot);
        bool is_merged_below = slot->repeats && column->table == l->tables &&
                               view_equal(column->name, header_name(text));
        if (!is_merged_below) status = join_name(l, column, text, are_units, err);
        uint32_t end = slot->column + 1;
        if (fills && i + 1 < s.count) end = s.slots[i + 1].column;
        if (fills && i + 1 == s.count) {
            sheet_span below = span_of(l, b, row + 1);
            if (below.count) end = below.slots[below.count - 1].column + 1;
        }
        for (uint32_t c = slot->column + 1; c < end && status == KITH_OK; c++)
            status = join_name(l, &l->columns[c], text, false, err);
    }
    return status;
}

static bool are_rows_of_sums(const label_grid *g)
{
    for (uint32_t r = 0; r < g->rows; r++)
        if (!header_is_sum(g->cells[(size_t)r * g->columns].text)) return false;
    return true;
}

/* True when the rows of the grid can be rows of the table whose names stand above a gap: the same
 * columns, the kinds of values that the table has there, and no keys in the first column. Of rows of
 * sums the first column holds labels, whatever it held above. */
static bool goes_on(const sheet_layout *l, const label_grid *g, uint32_t base)
{
    uint32_t above = 0, used = 0, unnamed = 0, others = 0, attributes = 0, names = 0;
    bool has_body = false, kinds_agree = true, are_sums = are_rows_of_sums(g);
    for (uint32_t c = 0; c < g->columns; c++) {
        const sheet_column *column = &l->columns[base + c];
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
        bool is_label = c == 0 && are_sums;
        // A formula without a value goes on with the numbers above it.
        if (column->kinds & 1u << LABEL_NUMBER) kinds &= ~(1u << LABEL_OTHER);
        kinds_agree &= is_label || column->kinds == 0 || (kinds & ~column->kinds) == 0;
        names += column->name.size > 0;
        attributes += column->name.size > 0 && header_names_attribute(column->name);
    }
    if (used < 2 || unnamed > used || !kinds_agree || names == 0) return false;
    for (uint32_t r = 0; r < g->rows; r++) {
        view key = g->cells[(size_t)r * g->columns].text;
        if (used == 2 && header_names_attribute(key) && !header_is_sum(key)) return false;
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
        const sheet_column *column = &l->columns[base + c];
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
static bool names_parts(const sheet_layout *l, sheet_span below)
{
    for (size_t i = 1; i < below.count; i++)
        for (size_t k = 0; k < i; k++)
            if (below.slots[k].source != below.slots[i].source &&
                view_equal(sheet_rows_text(&l->held, &below.slots[k]),
                           sheet_rows_text(&l->held, &below.slots[i])))
                return true;
    return false;
}

/* True when the header row below has names, and not only units, where this one leaves a place behind
 * its texts. */
static bool leaves_names_to(const sheet_layout *l, sheet_span above, sheet_span below)
{
    for (size_t i = 0, k = 0; i < below.count; i++) {
        while (k < above.count && above.slots[k].column < below.slots[i].column)
            k++;
        bool is_left =
            k > 0 && (k == above.count || above.slots[k].column != below.slots[i].column);
        if (is_left && !header_is_unit(sheet_rows_text(&l->held, &below.slots[i]))) return true;
    }
    return false;
}

static bool is_all_names(sheet_span s)
{
    for (size_t i = 0; i < s.count; i++)
        if (s.slots[i].kind != LABEL_TEXT || s.slots[i].size > HEADER_NAME_MAX_BYTES) return false;
    return s.cells > 1;
}

/* True for a row of the header that names its first column alone (table_header.h). */
static bool names_corner(sheet_span first, sheet_span row)
{
    return row.count == 1 && first.count > 0 && row.slots[0].column < first.slots[0].column;
}

static kith_status set_header(sheet_layout *l, layout_band *b, size_t row, uint32_t first,
                              uint32_t count, kith_error *err)
{
    kith_status status = KITH_OK;
    l->tables++;
    for (uint32_t r = first; r < first + count && status == KITH_OK; r++) {
        sheet_span above = span_of(l, b, row + r), below = {0};
        if (r + 1 < first + count) below = span_of(l, b, row + r + 1);
        if (r > first && names_corner(span_of(l, b, row + first), above))
            l->columns[above.slots[0].column] = (sheet_column){.used = true};
        bool is_merged = above.cells < above.count;
        bool fills = above.count * 2 <= below.count || names_parts(l, below) ||
                     leaves_names_to(l, above, below);
        status = add_names(l, b, row + r, !is_merged && fills, err);
    }
    sheet_span s = span_of(l, b, row + first), body = {0};
    if (row + first + count < sheet_rows_count(&l->held)) body = span_of(l, b, row + first + count);
    bool looks_as_body = body.count && s.count && body.slots[0].look == s.slots[0].look;
    b->header_look = s.count && !looks_as_body ? s.slots[0].look : 0;
    b->lead = first;
    b->header = count;
    b->rows = 0;
    b->state = first ? BAND_LEAD : BAND_HEADER;
    return status;
}

/* Judges which rows of the table belong together; `body` is the first one below its header. */
static void find_groups(layout_band *b, const label_grid *g, uint32_t base, uint32_t body)
{
    table_groups_find(&b->groups, g, body);
    b->base = base + b->groups.first;
}

/* True for one row of names, or several of which the first has groups of columns. */
static bool is_header_alone(const sheet_layout *l, const layout_band *b, size_t row, uint32_t rows)
{
    bool has_groups = false;
    for (uint32_t r = 0; r < rows; r++) {
        sheet_span s = span_of(l, b, row + r);
        if (!is_all_names(s)) return false;
        has_groups |= r == 0 && s.cells < s.count;
    }
    return rows == 1 || (rows <= HEADER_MAX_ROWS && has_groups);
}

/* Of the names of `count` columns from `base` on. */
static uint64_t hash_names(const sheet_layout *l, uint32_t base, uint32_t count)
{
    uint64_t hash = 0;
    for (uint32_t c = base; c < base + count; c++)
        hash = hash64(l->columns[c].name, hash + 1);
    return hash;
}

/* Carries the title over the table into its rows, where others beside it, or with the same names, could
 * be taken for it. */
static void take_title(const sheet_layout *l, layout_band *b, size_t row)
{
    sheet_span s = span_of(l, b, row);
    bool is_over_all = l->bands.size > sizeof(layout_band) && whole_row(l, row).cells == 1;
    if (s.cells != 1 || is_over_all || s.slots[0].kind != LABEL_TEXT ||
        b->groups.title_kind != LABEL_EMPTY)
        return;
    view text = sheet_rows_text(&l->held, &s.slots[0]);
    bool is_sentence = text.size > 0 && strchr(".!?", text.data[text.size - 1]);
    if (!is_sentence && header_is_name(text))
        table_groups_set_title(&b->groups, VIEW(""), header_name(text));
}

/* Decides what the rows are that begin at `row`, behind a gap. */
static kith_status begin_table(sheet_layout *l, layout_band *b, size_t row, kith_error *err)
{
    uint32_t base, number = sheet_rows_number(&l->held, row);
    label_grid g = grid_from(l, b, row, &base);
    uint32_t declared = declared_in(l, &g, base, number);
    if (declared < g.rows) {
        find_groups(b, &g, base, declared + 1);
        return set_header(l, b, row, declared, 1, err);
    }
    header_finding found = header_find(&g);
    // Below a table of the same columns, rows of nothing but texts may go on with it or not.
    if (found.kind == HEADER_ROWS && !found.is_sure && follows_texts(l, &g, base))
        found.kind = HEADER_NONE;
    if (found.kind == HEADER_ROWS) {
        uint64_t above = hash_names(l, base, g.columns);
        find_groups(b, &g, base, found.first + found.count);
        kith_status status = set_header(l, b, row, found.first, found.count, err);
        bool is_one_of_several =
            l->bands.size > sizeof(layout_band) || above == hash_names(l, base, g.columns);
        if (found.first > 0 && is_one_of_several) take_title(l, b, row + found.first - 1);
        return status;
    }
    if (found.kind == HEADER_NONE && goes_on(l, &g, base)) {
        // The groups of the rows above the gap, or titles that begin behind it.
        table_groups above = b->groups;
        uint32_t first = b->base;
        find_groups(b, &g, base, 0);
        bool has_above = first > 0; // the gap is in this band alone
        if (has_above && b->groups.title_kind == LABEL_EMPTY && b->groups.levels == 0) {
            b->groups = above;
            b->base = first;
        }
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

/* Takes a row within a table that looks like the header of the next one: texts where the table has
 * had nothing but other values. Below labels in the first column they are, unless they look as names
 * or name attributes, values that are no numbers: "Colour | red | blue" below "Weight | 12 | 14". */
static kith_status look_for_next_header(sheet_layout *l, layout_band *b, size_t row, sheet_span s,
                                        kith_error *err)
{
    uint32_t base, differ = 0, attributes = 0, number = sheet_rows_number(&l->held, row);
    for (size_t i = 0; i < s.count && s.slots[i].kind == LABEL_TEXT; i++) {
        uint32_t kinds = l->columns[s.slots[i].column].kinds;
        differ += kinds != 0 && (kinds & 1u << LABEL_TEXT) == 0;
    }
    if (differ == 0 || !is_all_names(s)) return KITH_OK;
    for (size_t i = 0; i < s.count; i++)
        attributes += header_names_attribute(sheet_rows_text(&l->held, &s.slots[i]));
    bool has_labels = (l->columns[s.slots[0].column].kinds & 1u << LABEL_TEXT) != 0;
    bool looks_so = b->header_look && s.slots[0].look == b->header_look;
    label_grid g = grid_from(l, b, row, &base);
    header_finding found = header_find(&g);
    bool is_declared = declared_in(l, &g, base, number) == 0;
    bool differs = differ > 1 && (!has_labels || (b->rows > 1 && attributes * 3 >= s.count * 2));
    bool is_sure = looks_so || attributes == s.count || differs;
    if (!is_declared && (found.kind != HEADER_ROWS || found.first != 0 || !is_sure)) return KITH_OK;
    uint32_t count = is_declared ? 1 : found.count;
    find_groups(b, &g, base, count);
    return set_header(l, b, row, 0, count, err);
}

/* ---- lines ---- */

static kith_status write_band(sheet_layout *l, layout_band *b, size_t row, kith_error *err)
{
    sheet_span s = span_of(l, b, row);
    kith_status status = KITH_OK;
    if (s.count == 0) {
        b->state = BAND_BETWEEN;
        table_groups_clear(&b->groups);
        return KITH_OK;
    }
    if (b->state == BAND_BETWEEN)
        status = begin_table(l, b, row, err);
    else if (b->state == BAND_NAMED)
        status = look_for_next_header(l, b, row, s, err);
    if (l->lines.line.size) buffer_append(&l->lines.line, b->continues ? VIEW(" | ") : VIEW("\n"));
    switch (b->state) {
    case BAND_LEAD:
        sheet_line_loose(&l->lines, s, true);
        if (--b->lead == 0) b->state = BAND_HEADER;
        break;
    case BAND_HEADER:
        sheet_line_texts(&l->lines, s);
        if (--b->header == 0) b->state = BAND_NAMED;
        break;
    case BAND_NAMED:
        sheet_line_named(&l->lines, &b->groups, b->base, s);
        b->rows++;
        break;
    case BAND_KEYS:
    case BAND_PLAIN:
    case BAND_BETWEEN:
        sheet_line_loose(&l->lines, s, b->state == BAND_KEYS);
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
    uint32_t number = sheet_rows_number(&l->held, row);
    kith_status status = write_annexes(l, number - 1, err);
    buffer_reset(&l->lines.line);
    bool is_title = whole_row(l, row).cells == 1;
    for (size_t i = 0; i < l->bands.size / sizeof(layout_band) && status == KITH_OK; i++) {
        size_t written = l->lines.line.size;
        status = write_band(l, band_at(l, i), row, err);
        if (is_title && written) l->lines.line.size = written; // one text, over several bands
    }
    if (status == KITH_OK) status = status_of(l, err);
    if (status == KITH_OK) status = manuscript_place(l->m, PLACE_ROW, number, l->name, err);
    if (status == KITH_OK)
        status = manuscript_block(l->m, "\n\n", buffer_view(&l->lines.line), err);
    return status == KITH_OK ? write_annexes(l, number, err) : status;
}

/* ---- the window ---- */

/* Writes all held rows but the last `keep`. */
static kith_status write_rows(sheet_layout *l, size_t keep, kith_error *err)
{
    size_t rows = sheet_rows_count(&l->held);
    kith_status status = status_of(l, err);
    if (status != KITH_OK || rows <= keep) return status;
    if (!l->in_block) find_bands(l);
    l->in_block = true;
    for (size_t r = 0; r < rows - keep && status == KITH_OK; r++)
        status = write_row(l, r, err);
    sheet_rows_drop(&l->held, rows - keep);
    return status;
}

kith_status sheet_layout_row(sheet_layout *l, uint32_t number, kith_error *err)
{
    kith_status status = KITH_OK;
    sheet_rows_close(&l->held);
    size_t rows = sheet_rows_count(&l->held);
    bool is_full = rows >= SHEET_HELD_ROWS || sheet_rows_slots(&l->held) >= SHEET_HELD_CELLS;
    if (rows && sheet_rows_number(&l->held, rows - 1) + 1 != number) {
        status = write_rows(l, 0, err);
        l->in_block = false;
    } else if (rows && is_full) {
        status =
            write_rows(l, rows > SHEET_LOOK_AHEAD_ROWS ? SHEET_LOOK_AHEAD_ROWS : rows / 4, err);
    }
    sheet_rows_begin(&l->held, number);
    return status == KITH_OK ? status_of(l, err) : status;
}

kith_status sheet_layout_cell(sheet_layout *l, sheet_cell cell, kith_error *err)
{
    if (cell.text.size == 0) return KITH_OK;
    sheet_rows_add(&l->held, cell);
    return status_of(l, err);
}

kith_status sheet_layout_end(sheet_layout *l, kith_error *err)
{
    sheet_rows_close(&l->held);
    kith_status status = write_rows(l, 0, err);
    l->in_block = false;
    return status == KITH_OK ? write_annexes(l, UINT32_MAX, err) : status;
}
