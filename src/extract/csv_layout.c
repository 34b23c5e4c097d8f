/* csv_layout.c - the first rows are read with each delimiter that may be meant, and then once more
 * into a grid of cells, which table_header.c judges as it does every table. */
#include "extract/csv_layout.h"

#include "extract/table_header.h"

enum { LOOK_ROWS = HEADER_LOOK_ROWS, BLOCK_MIN_ROWS = 3, ESCAPES_LOOK_ROWS = 10000 };
enum { SINGLE_LOOK_BYTES = 65536, SINGLE_MIN_FIELDS = 3, PROSE_MIN_WORDS = 4 };

/* The rows' numbers of columns. */
typedef struct widths {
    uint32_t rows, columns[LOOK_ROWS];
    uint32_t usual;      // the commonest number of columns
    uint32_t usual_rows; // rows that have it
    uint32_t widest;
    uint32_t block; // rows before the first blank line; all rows when there is none
} widths;

/* only_block  up to the first blank line */
static void measure(csv_reader r, csv_row *row, bool only_block, widths *w)
{
    bool more = true;
    *w = (widths){0};
    while (w->rows < LOOK_ROWS && csv_next(&r, row, &more, NULL) == KITH_OK && more) {
        if (row->is_apart && w->block == 0) w->block = w->rows;
        if (only_block && w->block) break;
        w->columns[w->rows++] = row->count;
        if (row->count > w->widest) w->widest = row->count;
    }
    if (w->block == 0) w->block = w->rows;
    for (uint32_t i = 0; i < w->rows; i++) {
        uint32_t same = 0;
        for (uint32_t k = 0; k < w->rows; k++)
            same += w->columns[k] == w->columns[i];
        bool is_better =
            same > w->usual_rows || (same == w->usual_rows && w->columns[i] > w->usual);
        if (!is_better) continue;
        w->usual = w->columns[i];
        w->usual_rows = same;
    }
}

/* Takes a line "sep=;" from the text. False when there is none. */
static bool take_separator(csv_reader *r, char *delimiter)
{
    size_t end = 0;
    while (end < r->text.size && r->text.data[end] != '\n')
        end++;
    view line = view_slice(r->text, 0, end), name = VIEW("sep=");
    if (line.size == name.size + 3 && line.data[0] == '"' && line.data[line.size - 1] == '"')
        line = view_slice(line, 1, line.size - 1);
    if (line.size != name.size + 1 || !view_equal_nocase(view_slice(line, 0, name.size), name))
        return false;
    *delimiter = line.data[name.size];
    r->offset = end < r->text.size ? end + 1 : end;
    r->line++;
    return true;
}

/* The delimiter that gives most rows the same number of columns; of equal ones the one that gives
 * more columns, then the one that is more usual. */
static char choose_delimiter(csv_reader r, csv_row *row)
{
    static const char CANDIDATES[] = {',', ';', '\t', '|', '^', '~'};
    char best = ',';
    double best_share = 0;
    uint32_t best_columns = 1;
    for (size_t i = 0; i < sizeof CANDIDATES; i++) {
        widths w;
        r.delimiter = CANDIDATES[i];
        measure(r, row, false, &w);
        if (w.rows == 0 || w.usual < 2) continue;
        double share = (double)w.usual_rows / w.rows;
        if (share < best_share || (share == best_share && w.usual <= best_columns)) continue;
        best_share = share;
        best_columns = w.usual;
        best = CANDIDATES[i];
    }
    return best;
}

/* True when the beginning of the text has a ' where a field may begin. */
static bool may_have_single_quotes(view text)
{
    if (text.size > SINGLE_LOOK_BYTES) text.size = SINGLE_LOOK_BYTES;
    for (size_t i = 0; i < text.size; i++)
        if (text.data[i] == '\'' && (i == 0 || strchr(",;\t|^~\n", text.data[i - 1]))) return true;
    return false;
}

/* True when values are quoted with ', which is the reader's quote, and not ": none begins with ", several are within ', and each ' that begins one is
 * closed at its end ("'00123" and "'tis" are not). */
static bool has_single_quotes(csv_reader r, csv_row *row)
{
    size_t quoted = 0, rows = 0;
    bool more = true;
    while (more && rows++ < ESCAPES_LOOK_ROWS) {
        if (csv_next(&r, row, &more, NULL) != KITH_OK) return false;
        for (uint32_t i = 0; i < row->count && i < CSV_MAX_FIELDS && more; i++) {
            const csv_field *f = &row->fields[i];
            if (f->is_odd || (!f->is_quoted && f->raw.size && f->raw.data[0] == '"')) return false;
            quoted += f->is_quoted;
        }
    }
    return quoted >= SINGLE_MIN_FIELDS;
}

/* Fields of the first rows with text behind their closing quote, where quotes are read like this; and
 * one for a quote that is never closed. */
static size_t count_odd_fields(csv_reader r, csv_row *row)
{
    size_t odd = 0, rows = 0;
    bool more = true;
    while (more && rows++ < ESCAPES_LOOK_ROWS) {
        if (csv_next(&r, row, &more, NULL) != KITH_OK) return odd + 1;
        for (uint32_t i = 0; i < row->count && i < CSV_MAX_FIELDS && more; i++)
            odd += row->fields[i].is_odd;
    }
    return odd;
}

/* Sets the quote to ' where values have that one, and the delimiter that is found with it. */
static void look_for_single_quotes(csv_reader *first, bool is_given, csv_row *row)
{
    csv_reader single = *first;
    single.quote = '\'';
    if (!may_have_single_quotes(first->text)) return;
    if (!is_given) single.delimiter = choose_delimiter(single, row);
    if (has_single_quotes(single, row)) *first = single;
}

/* True when quotes within quotes are written \" and not "": more fields are whole then. A folder's
 * path that ends with a backslash before its closing quote is no such thing. */
static bool has_backslashes(csv_reader r, csv_row *row)
{
    csv_reader escaped = r;
    escaped.backslash = true;
    const char both[] = {'\\', r.quote};
    if (view_find(r.text, (view){both, sizeof both}) == r.text.size) return false;
    return count_odd_fields(escaped, row) < count_odd_fields(r, row);
}

/* True when each row behind the first one has a field more than it, and some row something in its
 * last one. */
static bool has_row_names(csv_reader r, csv_row *row, const widths *w)
{
    bool more = true, is_filled = false;
    if (w->rows < BLOCK_MIN_ROWS || w->columns[0] < 2) return false;
    for (uint32_t i = 1; i < w->block; i++)
        if (w->columns[i] != w->columns[0] + 1) return false;
    for (uint32_t i = 0; i < w->block && csv_next(&r, row, &more, NULL) == KITH_OK; i++)
        is_filled |= i > 0 && row->count <= CSV_MAX_FIELDS &&
                     view_trim(row->fields[row->count - 1].raw).size > 0;
    return is_filled;
}

/* shift  of the first row, to the right */
static kith_status fill_grid(csv_reader r, csv_row *row, uint32_t shift, arena *a, label_grid *g,
                             kith_error *err)
{
    bool more = true;
    label_cell *cells = arena_new_array(a, label_cell, (size_t)g->rows * g->columns);
    if (!cells) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a table");
    uint32_t source = 0;
    for (uint32_t i = 0; i < g->rows && csv_next(&r, row, &more, NULL) == KITH_OK && more; i++)
        for (uint32_t c = 0, left = i ? 0 : shift; c < row->count && left + c < g->columns; c++) {
            label_cell *cell = &cells[(size_t)i * g->columns + left + c];
            kith_status status = csv_unescape(row->fields[c], a, &cell->text, err);
            if (status != KITH_OK) return status;
            cell->text = view_trim(cell->text);
            cell->kind = label_kind_of(cell->text, &cell->number);
            cell->source = ++source;
        }
    g->cells = cells;
    return KITH_OK;
}

static const label_cell *cell_at(const label_grid *g, uint32_t row, uint32_t column)
{
    return &g->cells[(size_t)row * g->columns + column];
}

static uint32_t filled(const label_grid *g, uint32_t row)
{
    uint32_t count = 0;
    for (uint32_t c = 0; c < g->columns; c++)
        count += cell_at(g, row, c)->kind != LABEL_EMPTY;
    return count;
}

/* True when the row is one of values: a plain number stands over nothing but plain numbers. */
static bool is_row_of_values(const label_grid *g, uint32_t row)
{
    for (uint32_t c = 0; c < g->columns; c++) {
        if (cell_at(g, row, c)->kind != LABEL_NUMBER) continue;
        uint32_t numbers = 0, others = 0;
        for (uint32_t r = row + 1; r < g->rows; r++) {
            numbers += cell_at(g, r, c)->kind == LABEL_NUMBER;
            others += cell_at(g, r, c)->kind == LABEL_TEXT;
        }
        if (numbers > 0 && others == 0) return true;
    }
    return false;
}

/* The header of the rows before a blank line, where these are surely a table, whatever stands behind
 * it. Two columns there may be settings above the table ("Sensor,TH-17" over "Rate,10"): they are one
 * only where a title stands above both, the rows and what follows, and no name has a digit. */
static header_finding find_in_block(const label_grid *g, const widths *w)
{
    const label_grid block = {g->cells, w->block, g->columns};
    if (w->block < BLOCK_MIN_ROWS || w->block == g->rows) return (header_finding){0};
    header_finding found = header_find(&block);
    if (found.kind != HEADER_ROWS || !found.is_sure) return (header_finding){0};
    if (filled(g, found.first) > 2) return found;
    bool has_digit = false;
    for (uint32_t c = 0; c < g->columns; c++)
        has_digit |= view_has_digit(cell_at(g, found.first, c)->text);
    bool has_titles = found.first > 0 && filled(g, w->block) == 1;
    return has_titles && !has_digit ? found : (header_finding){0};
}

static void judge(const label_grid *g, const widths *w, csv_layout *out)
{
    header_finding found = find_in_block(g, w);
    if (found.kind == HEADER_NONE) found = header_find(g);
    out->header_rows = 1;
    if (found.kind == HEADER_ROWS) {
        out->titles = found.first;
        out->header_rows = found.count;
        return;
    }
    if (found.kind == HEADER_KEYS) {
        out->is_keys = true;
        out->header_rows = 0;
        return;
    }
    // Lines that are narrower than a table of three columns or more are above it.
    uint32_t first = 0;
    while (w->usual > 2 && first + 1 < g->rows && filled(g, first) < 2 && filled(g, first + 1) > 0)
        first++;
    bool has_titles = w->usual > 2 && first + 1 < g->rows && w->columns[first] == w->usual;
    out->titles = has_titles ? first : 0;
    if (is_row_of_values(g, out->titles)) out->header_rows = 0;
}

/* Reads the first rows from found->first into *g, or only those up to a blank line. */
static kith_status look(csv_layout *found, csv_row *row, bool only_block, arena *a, label_grid *g,
                        widths *w, kith_error *err)
{
    measure(found->first, row, only_block, w);
    found->columns = w->widest;
    *g = (label_grid){.rows = w->rows, .columns = w->widest};
    if (g->columns > HEADER_LOOK_COLUMNS) g->columns = HEADER_LOOK_COLUMNS;
    found->has_row_names = has_row_names(found->first, row, w);
    return fill_grid(found->first, row, found->has_row_names, a, g, err);
}

kith_status csv_find_layout(view text, char delimiter, arena *a, csv_layout *out, kith_error *err)
{
    widths w;
    label_grid g;
    arena_mark mark = arena_set_mark(a);
    csv_layout found = {.first = csv_open(text, delimiter)};
    csv_row *row = arena_new_array(a, csv_row, 1);
    if (!row) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a table");
    bool is_given = take_separator(&found.first, &delimiter) || delimiter;
    if (!is_given) delimiter = choose_delimiter(found.first, row);
    found.first.delimiter = delimiter;
    look_for_single_quotes(&found.first, is_given, row);
    found.first.backslash = has_backslashes(found.first, row);
    kith_status status = look(&found, row, false, a, &g, &w, err);
    if (status == KITH_OK) {
        judge(&g, &w, &found);
        found.has_row_names &= found.titles == 0 && found.header_rows == 1;
        *out = found;
    }
    arena_rewind(a, mark);
    return status;
}

/* ---- sentences ---- */

bool csv_is_prose_row(const csv_row *row)
{
    for (uint32_t i = 0; i < row->count && i < CSV_MAX_FIELDS; i++) {
        view field = row->fields[i].raw;
        if (row->fields[i].is_quoted || view_trim(field).size == 0) return false;
        if (i == 0) continue;
        double ignored;
        if (field.data[0] != ' ' || label_kind_of(field, &ignored) == LABEL_NUMBER) return false;
    }
    return row->count <= CSV_MAX_FIELDS;
}

static bool ends_sentence(view text)
{
    text = view_trim(text);
    return text.size > 1 && strchr(".!?", text.data[text.size - 1]);
}

static uint32_t count_words(view text)
{
    uint32_t words = 0;
    for (size_t i = 0; i < text.size; i++)
        words += text.data[i] != ' ' && (i == 0 || text.data[i - 1] == ' ');
    return words;
}

kith_status csv_is_prose(const csv_layout *layout, arena *a, bool *is_prose, kith_error *err)
{
    csv_reader r = layout->first;
    bool more = true, first_ends = false, differ = false, all = r.delimiter == ',';
    uint32_t rows = 0, ends = 0, delimiters = 0, of_words = 0, in_columns = 0, first = 0;
    arena_mark mark = arena_set_mark(a);
    csv_row *row = arena_new_array(a, csv_row, 1);
    if (!row) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a table");
    while (all && rows < LOOK_ROWS && csv_next(&r, row, &more, NULL) == KITH_OK && more) {
        bool is_end = ends_sentence(row->raw), is_long = count_words(row->raw) >= PROSE_MIN_WORDS;
        if (rows == 0) first = row->count;
        if (rows == 0) first_ends = is_end;
        bool is_set = row->count == 1 && view_find(row->raw, VIEW("  ")) < row->raw.size;
        if (rows == 0 && !is_end && !is_long && !is_set) break;
        in_columns += is_set;
        all = csv_is_prose_row(row);
        differ |= row->count != first;
        delimiters += row->count - 1;
        ends += is_end;
        of_words += is_long;
        rows++;
    }
    arena_rewind(a, mark);
    bool are_sentences = (first_ends && 2 * ends > rows) || (differ && 2 * of_words > rows);
    *is_prose =
        all && rows > 0 && (delimiters > 0 ? are_sentences : rows > 1 && in_columns == rows);
    return KITH_OK;
}

kith_status csv_find_next_table(csv_reader at, arena *a, csv_layout *out, bool *found,
                                kith_error *err)
{
    widths w;
    label_grid g;
    arena_mark mark = arena_set_mark(a);
    csv_layout next = {.first = at};
    csv_row *row = arena_new_array(a, csv_row, 1);
    if (!row) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a table");
    header_finding header = {0};
    // A block that is surely a table is one by itself; looking at all 64 rows for each of many small
    // tables was eight times the work.
    kith_status status = look(&next, row, true, a, &g, &w, err);
    *found = status == KITH_OK && g.rows >= BLOCK_MIN_ROWS && filled(&g, 0) > 2;
    if (*found) header = header_find(&g);
    *found = *found && header.kind == HEADER_ROWS && header.is_sure;
    if (status == KITH_OK && !*found) {
        status = look(&next, row, false, a, &g, &w, err);
        if (status == KITH_OK) header = header_find(&g);
        *found = status == KITH_OK && header.kind == HEADER_ROWS && header.is_sure;
    }
    if (*found) {
        next.titles = header.first;
        next.header_rows = header.count;
        next.has_row_names &= next.titles == 0 && next.header_rows == 1;
        *out = next;
    }
    arena_rewind(a, mark);
    return status;
}
