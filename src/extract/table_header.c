/* table_header.c - the evidence for a header, strongest first:
 *
 * 1. Contrast: below a row of names some column holds nothing but numbers, dates or truth values.
 * 2. Look: the style of the row differs, in every column, from the style of the row below it.
 * 3. A row of three or more texts, each in a column of its own, over rows of texts.
 *
 * Names are texts. Years, dates, truth values and whole numbers that count up by one are names
 * too, when the columns below them hold other things than these. A row that leaves columns of the
 * table unnamed (but for the first, the corner) is no header, so that a line of key and value above
 * a table is none.
 *
 * A table of two columns is harder: a list of keys and values looks like a table with one header
 * row. There, words that commonly name an attribute ("Price", "Datum") decide, on the side of keys
 * when they fill the first column, on the side of a header when they fill its row; and what they
 * do not decide is in doubt, unless there are two rows of evidence. Where they fill both, as in
 * "Name | Town" over "Person 1 | Oslo", a key and value sheet has few rows and keys that differ in
 * kind: a long column of texts that differ in their numbers alone holds things, not keys;
 * and so does a short one over numbers, when they are numbered things of its name: "Room" over "Room 1". */
#include "extract/table_header.h"

#include <math.h>

enum { TITLE_ROWS_MAX = 24, LONG_TABLE_ROWS = 12 };

static const label_cell *at(const label_grid *g, uint32_t row, uint32_t column)
{
    return &g->cells[(size_t)row * g->columns + column];
}

static bool is_filled(const label_grid *g, uint32_t row, uint32_t column)
{
    return at(g, row, column)->kind != LABEL_EMPTY;
}

static bool continues_left(const label_grid *g, uint32_t row, uint32_t column)
{
    return column > 0 && is_filled(g, row, column - 1) &&
           at(g, row, column - 1)->source == at(g, row, column)->source;
}

/* Cells of a row, a merged one counted once. */
static uint32_t cells_in(const label_grid *g, uint32_t row)
{
    uint32_t count = 0;
    for (uint32_t c = 0; c < g->columns; c++)
        count += is_filled(g, row, c) && !continues_left(g, row, c);
    return count;
}

/* ---- rows ---- */

static bool is_year(const label_cell *c)
{
    return c->kind == LABEL_NUMBER && c->number >= 1900 && c->number <= 2100 &&
           c->number == floor(c->number);
}

/* The cells of a row that are no texts: years, dates or truth values, or numbers that count up by
 * one; all of one kind, each but once, or more than once side by side if they may repeat. */
static bool are_names_in_sequence(const label_grid *g, uint32_t row, bool may_repeat)
{
    const label_cell *before = NULL;
    uint32_t count = 0;
    bool all_years = true, step_is_one = true, ascends = true, descends = true;
    for (uint32_t c = 0; c < g->columns; c++) {
        const label_cell *cell = at(g, row, c);
        if (cell->kind == LABEL_EMPTY || cell->kind == LABEL_TEXT || continues_left(g, row, c))
            continue;
        if (before && before->kind != cell->kind) return false;
        if (before && view_equal(before->text, cell->text)) {
            if (!may_repeat) return false;
            continue;
        }
        if (cell->kind == LABEL_OTHER) return false;
        all_years &= is_year(cell);
        if (before) {
            step_is_one &= cell->number - before->number == 1;
            ascends &= cell->number > before->number;
            descends &= cell->number < before->number;
        }
        before = cell;
        count++;
    }
    if (count == 0) return true;
    if (count == 1) return all_years; // one number or date among texts is a value
    if (before->kind == LABEL_TRUTH) return true;
    if (before->kind == LABEL_NUMBER && !all_years) {
        const label_cell *corner = at(g, row, 0);
        bool is_named = corner->kind == LABEL_EMPTY ||
                        (corner->kind == LABEL_TEXT && header_names_attribute(corner->text));
        return step_is_one && (count >= 5 || (count >= 3 && is_named)) &&
               corner->kind != LABEL_NUMBER;
    }
    return ascends || descends;
}

static bool is_row_of_names(const label_grid *g, uint32_t row)
{
    uint32_t texts = 0, colons = 0;
    for (uint32_t c = 0; c < g->columns; c++) {
        texts += at(g, row, c)->kind == LABEL_TEXT;
        colons += at(g, row, c)->kind == LABEL_TEXT && header_ends_with_colon(at(g, row, c)->text);
    }
    if (colons && colons < texts) return false; // a form: "Name: | Ann | City: | Kiel"
    for (uint32_t c = 0; c < g->columns; c++)
        if (at(g, row, c)->kind == LABEL_TEXT && !header_is_name(at(g, row, c)->text) &&
            !header_is_unit(at(g, row, c)->text))
            return false;
    return cells_in(g, row) >= 2 && are_names_in_sequence(g, row, false);
}

/* True when each cell of the row stands over the first of several names of the row below it, or over a
 * column that has none there, so that the row names groups although nothing is merged. A line of key
 * and value ("Customer", "Blue Barn") looks the same where it begins in the first column: there all
 * texts have to name attributes, or to look as the names below do and not as the rows below those. */
static bool spreads_over_names(const label_grid *g, uint32_t row)
{
    uint32_t groups = 0, attributes = 0, cells = 0, alike = 0;
    for (uint32_t c = 0; c < g->columns; c++) {
        const label_cell *cell = at(g, row, c), *name = at(g, row + 1, c);
        if (cell->kind == LABEL_EMPTY) continue;
        bool is_single = c + 1 == g->columns || is_filled(g, row, c + 1);
        if (cell->kind != LABEL_TEXT || !header_is_word(cell->text)) return false;
        if (header_ends_with_colon(cell->text) || is_single != (name->kind == LABEL_EMPTY))
            return false;
        if (!is_single && !is_filled(g, row + 1, c + 1)) return false;
        cells++;
        groups += !is_single;
        attributes += header_names_attribute(cell->text);
        const label_cell *value = row + 2 < g->rows ? at(g, row + 2, c) : cell;
        alike += cell->look && (is_single || cell->look == name->look) && value->look &&
                 value->look != cell->look;
    }
    bool leaves_first = !is_filled(g, row, 0);
    if (groups >= 2 && leaves_first) return true;
    return groups >= 1 && cells >= 2 && (attributes == cells || alike == cells);
}

/* Columns of the corner: those at the left that the row leaves empty and that hold texts alone, labels
 * of groups and of the rows in them; at least the first one. */
static uint32_t corner_columns(const label_grid *g, uint32_t row)
{
    uint32_t c = 0;
    for (; c + 2 < g->columns && !is_filled(g, row, c); c++)
        for (uint32_t r = row + 1; r < g->rows; r++)
            if (is_filled(g, r, c) && at(g, r, c)->kind != LABEL_TEXT) return c ? c : 1;
    return c ? c : 1;
}

/* True when the row has a cell in each column that rows below use, the corner apart, or the row of
 * groups above it has. One column in eight may be without a name: a column of remarks often is. */
static bool covers(const label_grid *g, uint32_t row)
{
    uint32_t used = 0, unnamed = 0, corner = corner_columns(g, row);
    bool has_groups = row > 0 && spreads_over_names(g, row - 1);
    for (uint32_t c = 0; c < g->columns; c++) {
        bool is_used = false;
        for (uint32_t r = row + 1; r < g->rows && !is_used; r++)
            is_used = is_filled(g, r, c);
        used += is_used;
        bool is_named = is_filled(g, row, c) || (has_groups && is_filled(g, row - 1, c));
        unnamed += is_used && !is_named && c >= corner;
    }
    return unnamed <= used / 8;
}

/* True when `other` has the same texts as `row`: a header that a writer repeats. */
static bool is_same_row(const label_grid *g, uint32_t row, uint32_t other)
{
    for (uint32_t c = 0; c < g->columns; c++)
        if (!view_equal(at(g, row, c)->text, at(g, other, c)->text)) return false;
    return true;
}

/* True when the header stands again below rows of values. */
static bool is_repeated(const label_grid *g, uint32_t row)
{
    for (uint32_t r = row + 2; r + 1 < g->rows; r++)
        if (is_same_row(g, row, r)) return true;
    return false;
}

/* How the cells below `row` in a column differ from its name: 0 not, 1 mostly, 2 all of them. */
static int column_contrast(const label_grid *g, uint32_t row, uint32_t column)
{
    const label_cell *name = at(g, row, column);
    uint32_t filled = 0, other = 0;
    bool first_is_other = false, is_sequence = name->kind != LABEL_TEXT;
    for (uint32_t r = row + 1; r < g->rows; r++) {
        const label_cell *cell = at(g, r, column);
        if (cell->kind == LABEL_EMPTY || is_same_row(g, row, r)) continue;
        bool differs = is_sequence ? cell->kind != name->kind || (is_year(name) && !is_year(cell))
                                   : cell->kind != LABEL_TEXT;
        // Under a number that counts, any number counts; years and dates must differ.
        if (is_sequence && name->kind == LABEL_NUMBER && !is_year(name))
            differs = cell->kind == LABEL_NUMBER;
        if (filled++ == 0) first_is_other = differs;
        other += differs;
    }
    if (!first_is_other) return 0;
    return other == filled ? 2 : other * 5 >= filled * 4 ? 1 : 0;
}

/* The best contrast of the row; a name that is no text must have it in every column. */
static int contrast(const label_grid *g, uint32_t row)
{
    int best = 0;
    for (uint32_t c = 0; c < g->columns; c++) {
        if (!is_filled(g, row, c)) continue;
        int found = column_contrast(g, row, c);
        if (at(g, row, c)->kind != LABEL_TEXT && found == 0) {
            bool has_cells = false;
            for (uint32_t r = row + 1; r < g->rows && !has_cells; r++)
                has_cells = is_filled(g, r, c);
            if (has_cells) return 0;
        }
        if (found > best) best = found;
    }
    return best;
}

/* True when the row leaves out the corner of a table whose first column is filled below it. */
static bool leaves_corner(const label_grid *g, uint32_t row)
{
    if (is_filled(g, row, 0)) return false;
    for (uint32_t r = row + 1; r < g->rows; r++)
        if (at(g, r, 0)->kind != LABEL_TEXT) return false;
    for (uint32_t c = 1; c < g->columns; c++)
        if (at(g, row, c)->kind != LABEL_TEXT) return false;
    return true;
}

/* True when the style of each cell differs from the style below it; titles of groups are passed over. */
static bool looks_different(const label_grid *g, uint32_t row)
{
    uint32_t compared = 0, next = row + 1;
    while (next + 1 < g->rows && cells_in(g, next) == 1)
        next++;
    for (uint32_t c = 0; c < g->columns && next < g->rows; c++) {
        const label_cell *name = at(g, row, c), *below = at(g, next, c);
        if (name->kind == LABEL_EMPTY || below->kind == LABEL_EMPTY) continue;
        if (name->look == 0 || below->look == 0 || name->look == below->look) return false;
        compared++;
    }
    return compared >= 2;
}

/* True when a text of the row stands below it in the same column again: it is a value then. */
static bool recurs(const label_grid *g, uint32_t row)
{
    for (uint32_t c = 0; c < g->columns; c++)
        for (uint32_t r = row + 1; r < g->rows && is_filled(g, row, c); r++)
            if (at(g, r, c)->source != at(g, row, c)->source && cells_in(g, r) > 1 &&
                view_equal(at(g, r, c)->text, at(g, row, c)->text))
                return true;
    return false;
}

static bool has_repeated_name(const label_grid *g, uint32_t row)
{
    for (uint32_t c = 1; c < g->columns; c++)
        for (uint32_t before = 0; before < c && is_filled(g, row, c); before++)
            if (is_filled(g, row, before) && at(g, row, before)->source != at(g, row, c)->source &&
                view_equal(at(g, row, before)->text, at(g, row, c)->text))
                return true;
    return false;
}

/* True when all cells are units, but for those that are merged with the ones above. */
static bool is_row_of_units(const label_grid *g, uint32_t row)
{
    uint32_t units = 0, others = 0;
    for (uint32_t c = 0; c < g->columns; c++)
        if (is_filled(g, row, c) &&
            (row == 0 || at(g, row, c)->source != at(g, row - 1, c)->source)) {
            bool found = at(g, row, c)->kind == LABEL_TEXT && header_is_unit(at(g, row, c)->text);
            units += found;
            others += !found;
        }
    return units > 0 && others == 0;
}

/* True when a cell of the row has nothing beside it where the row below has a name. */
static bool leaves_names_below(const label_grid *g, uint32_t row)
{
    for (uint32_t c = 1; c < g->columns; c++)
        if (!is_filled(g, row, c) && is_filled(g, row, c - 1) && is_filled(g, row + 1, c))
            return true;
    return false;
}

/* True when the row below has texts under merged cells alone, and more than one under some: in a PDF
 * nothing says that the names beside them are merged downwards. */
static bool has_parts_below(const label_grid *g, uint32_t row)
{
    bool has_two = false;
    for (uint32_t c = 0; c < g->columns; c++) {
        if (!is_filled(g, row + 1, c)) continue;
        bool is_first = c + 1 < g->columns && is_filled(g, row, c) && continues_left(g, row, c + 1);
        bool is_later = is_filled(g, row, c) && continues_left(g, row, c);
        if (!is_first && !is_later) return false;
        has_two |= is_later && is_filled(g, row + 1, c - 1) && !continues_left(g, row + 1, c);
    }
    return has_two;
}

/* True for "temp | temp | rain" over "min | max | sum": a name of a group that is written over each of
 * its columns, which the row below tells apart. What the row below leaves out has a name of its own
 * here; the first column is left out by one of both. */
static bool repeats_over_names(const label_grid *g, uint32_t row)
{
    bool repeats = false;
    for (uint32_t c = 0; c < g->columns; c++) {
        const label_cell *group = at(g, row, c), *name = at(g, row + 1, c);
        if (group->kind == LABEL_EMPTY && name->kind != LABEL_EMPTY) return false;
        if (group->kind == LABEL_EMPTY) continue;
        bool is_alone = name->kind == LABEL_EMPTY;
        if ((!is_alone && name->kind != LABEL_TEXT) || !header_is_name(group->text)) return false;
        for (uint32_t before = 0; before < c; before++) {
            const label_cell *other = at(g, row + 1, before);
            if (!view_equal(at(g, row, before)->text, group->text)) continue;
            if (is_alone || view_equal(other->text, name->text)) return false;
            repeats |= before + 1 == c;
        }
    }
    return repeats && is_filled(g, row, 0) + is_filled(g, row + 1, 0) < 2;
}

/* True when the row below the header names its corner and nothing else, as pandas writes the name of
 * an index: an attribute, where a title of rows is a thing. What stands in the corner of a row of names
 * below a row of groups is then what these names are ("region" over "North"). */
static bool names_corner_of(const label_grid *g, uint32_t first, uint32_t last)
{
    uint32_t row = last + 1;
    if (row + 1 >= g->rows || cells_in(g, row) != 1 || !is_filled(g, row, 0)) return false;
    if (is_filled(g, first, 0)) return false;
    return is_filled(g, row + 1, 0) && cells_in(g, row + 1) > 1 &&
           header_names_attribute(at(g, row, 0)->text);
}

/* Rows of the header of a table of pandas whose index has several names: the last one holds these and
 * nothing else, and the rows above it leave their columns out, but for the first one, where the names
 * of the rows stand. 0: it is none. */
static uint32_t rows_above_index(const label_grid *g)
{
    for (uint32_t row = 1; row + 1 < g->rows && row < HEADER_MAX_ROWS; row++) {
        uint32_t count = 0;
        while (count < g->columns && at(g, row, count)->kind == LABEL_TEXT &&
               header_is_word(at(g, row, count)->text))
            count++;
        bool is = count >= 2 && count == cells_in(g, row) && count < g->columns;
        for (uint32_t r = 0; is && r < row; r++)
            for (uint32_t c = 1; is && c < g->columns; c++)
                is = is_filled(g, r, c) == (c >= count);
        for (uint32_t c = 0; is && c < count; c++)
            is = is_filled(g, row + 1, c);
        if (is && cells_in(g, row + 1) > count) return row + 1;
    }
    return 0;
}

/* True when the row names groups of the columns that the header row below it names. */
static bool is_row_of_groups(const label_grid *g, uint32_t row)
{
    uint32_t cells = cells_in(g, row), widest = 0, width = 0;
    for (uint32_t c = 0; c < g->columns; c++) {
        width = !is_filled(g, row, c) ? 0 : continues_left(g, row, c) ? width + 1 : 1;
        if (width > widest) widest = width;
    }
    if (cells == 0 || widest >= g->columns) return false; // a title
    if (cells == 1 && is_filled(g, row, 0)) return false; // the same, of the first columns
    if (is_row_of_units(g, row + 1)) return is_row_of_names(g, row);
    if (widest >= 2)
        return (cells_in(g, row + 1) > cells || has_parts_below(g, row)) &&
               are_names_in_sequence(g, row, false);
    // Where each column has a name of its own, texts that recur in the row below are values.
    bool has_groups = has_repeated_name(g, row) || leaves_names_below(g, row);
    if (has_repeated_name(g, row + 1) && has_groups && cells >= 2 &&
        are_names_in_sequence(g, row, true))
        return true;
    return spreads_over_names(g, row) || repeats_over_names(g, row);
}

/* The header that `row` belongs to, with the rows of groups above it and of names below it. */
static header_finding rows_of(const label_grid *g, uint32_t row)
{
    uint32_t first = row, last = row;
    while (last + 2 < g->rows && last - first + 1 < HEADER_MAX_ROWS &&
           is_row_of_names(g, last + 1) && is_row_of_groups(g, last))
        last++;
    while (first > 0 && last - first + 1 < HEADER_MAX_ROWS && is_row_of_groups(g, first - 1))
        first--;
    if (last - first + 1 < HEADER_MAX_ROWS && names_corner_of(g, first, last)) last++;
    return (header_finding){HEADER_ROWS, first, last - first + 1, true};
}

/* ---- tables of two columns ---- */

typedef struct pair_count {
    uint32_t pairs, colons, attributes; // rows with both cells; with such keys, not in `skipped`
    uint32_t kinds;                     // a bit for each kind of value
    uint32_t looks_apart;               // rows whose key and value have different styles
    uint32_t numbered;                  // rows whose key is that of the row above but for digits
    uint32_t known;                     // rows whose value stands in a row above too
    bool repeats;                       // some key stands there twice
} pair_count;

/* True for "Person 1" and "Person 27": texts that differ in their digits, if at all. */
static bool are_numbered(view a, view b)
{
    size_t i = 0, j = 0;
    for (;;) {
        while (i < a.size && is_ascii_digit(a.data[i]))
            i++;
        while (j < b.size && is_ascii_digit(b.data[j]))
            j++;
        if (i == a.size || j == b.size) return i == a.size && j == b.size;
        if (a.data[i++] != b.data[j++]) return false;
    }
}

static pair_count count_pairs(const label_grid *g, uint32_t from)
{
    pair_count n = {0};
    for (uint32_t r = from; r < g->rows; r++) {
        const label_cell *key = at(g, r, 0), *value = at(g, r, 1);
        if (key->kind == LABEL_EMPTY || value->kind == LABEL_EMPTY || key->source == value->source)
            continue;
        n.pairs++;
        n.colons += key->kind == LABEL_TEXT && header_ends_with_colon(key->text);
        n.attributes += key->kind == LABEL_TEXT && header_names_attribute(key->text);
        // A formula without a value, or an error, is a number that is not known.
        n.kinds |= 1u << (value->kind == LABEL_OTHER ? LABEL_NUMBER : value->kind);
        n.looks_apart += key->look && value->look && key->look != value->look;
        n.numbered += r > from && are_numbered(at(g, r - 1, 0)->text, key->text);
        bool is_known = false;
        for (uint32_t before = from; before < r; before++) {
            n.repeats |= view_equal(at(g, before, 0)->text, key->text);
            is_known |= view_equal(at(g, before, 1)->text, value->text);
        }
        n.known += is_known;
    }
    return n;
}

/* True for a long list of numbered things and of texts that most of them share with others. */
static bool is_list_of_things(pair_count body)
{
    return body.pairs >= LONG_TABLE_ROWS && body.kinds == 1u << LABEL_TEXT &&
           body.numbered + 1 == body.pairs && body.known * 2 > body.pairs;
}

/* True when the first row names things that the rows below it number: "Room | Seats" over "Room 1 | 12". */
static bool is_over_numbered(const label_grid *g, uint32_t row, pair_count body)
{
    view name = header_name(at(g, row, 0)->text);
    if (body.pairs < 2 || body.numbered + 1 != body.pairs || row + 1 == g->rows) return false;
    view first = at(g, row + 1, 0)->text;
    return name.size && view_starts_with_nocase(first, name) && first.size > name.size + 1 &&
           first.data[name.size] == ' ' && is_ascii_digit(first.data[name.size + 1]) &&
           header_is_word(at(g, row, 1)->text);
}

static bool is_pair_of_attributes(const label_grid *g, uint32_t row)
{
    return header_names_attribute(at(g, row, 0)->text) &&
           header_names_attribute(at(g, row, 1)->text);
}

static header_finding find_in_two_columns(const label_grid *g)
{
    const header_finding keys = {.kind = HEADER_KEYS}, none = {0};
    uint32_t first = 0;
    while (first + 1 < g->rows && cells_in(g, first) < 2)
        first++; // titles
    pair_count all = count_pairs(g, first), body = count_pairs(g, first + 1);
    if (all.pairs == 0) return none;
    if (all.colons * 2 > all.pairs) return keys;
    bool is_header_row = is_row_of_names(g, first);
    if (is_header_row && looks_different(g, first)) return rows_of(g, first);
    if (is_header_row && is_repeated(g, first) && contrast(g, first) == 2) return rows_of(g, first);
    bool says_attributes = is_header_row && is_pair_of_attributes(g, first);
    if (says_attributes && is_list_of_things(body) && all.numbered == body.numbered &&
        !recurs(g, first))
        return rows_of(g, first);
    if (is_header_row && is_over_numbered(g, first, body) && contrast(g, first) == 2)
        return rows_of(g, first);
    bool keys_are_attributes = all.attributes >= 2 && all.attributes * 2 >= all.pairs;
    if (keys_are_attributes && body.attributes * 2 >= body.pairs) return keys;
    bool contrasts = is_header_row && contrast(g, first) == 2;
    if (says_attributes && (contrasts || body.attributes * 2 < body.pairs))
        return rows_of(g, first);
    for (uint32_t r = first + 1; r + 1 < g->rows && r < TITLE_ROWS_MAX; r++)
        if (is_pair_of_attributes(g, r) && contrast(g, r) == 2) return rows_of(g, r);
    uint32_t texts = 1u << LABEL_TEXT;
    bool values_differ = (body.kinds & (body.kinds - 1)) != 0;
    bool keys_look_apart = all.pairs >= 2 && all.looks_apart == all.pairs;
    if (is_header_row && first + 1 < g->rows && is_row_of_units(g, first + 1))
        return rows_of(g, first + 1);
    if (contrasts && !values_differ) {
        bool is_sure = body.pairs >= 2 ||
                       (header_names_attribute(at(g, first, 1)->text) && body.attributes == 0);
        return is_sure ? rows_of(g, first) : none;
    }
    if (values_differ && !body.repeats) return all.attributes || keys_look_apart ? keys : none;
    if (all.kinds == texts && keys_look_apart) return keys;
    bool is_long = is_header_row && (body.repeats || body.pairs >= LONG_TABLE_ROWS);
    if (!is_long || recurs(g, first)) return none;
    header_finding found = rows_of(g, first);
    found.is_sure = false;
    return found;
}

/* ---- */

/* The columns that hold something of their own, at most `limit` of them: a column whose cells are
 * all merged with those on their left is none. */
static uint32_t columns_used(const label_grid *g, uint32_t *out, uint32_t limit)
{
    uint32_t count = 0;
    for (uint32_t c = 0; c < g->columns && count < limit; c++)
        for (uint32_t r = 0; r < g->rows; r++)
            if (is_filled(g, r, c) && !continues_left(g, r, c)) {
                out[count++] = c;
                break;
            }
    return count;
}

static bool are_attributes(const label_grid *g, uint32_t row)
{
    for (uint32_t c = 0; c < g->columns; c++)
        if (is_filled(g, row, c) && !header_names_attribute(at(g, row, c)->text)) return false;
    return true;
}

static uint32_t attributes_in(const label_grid *g, uint32_t row, uint32_t first)
{
    uint32_t count = 0;
    for (uint32_t c = first; c < g->columns; c++)
        count += is_filled(g, row, c) && header_names_attribute(at(g, row, c)->text);
    return count;
}

/* True when all rows from `first` to `row` have as many cells: `row` is then one of the values below a
 * header, and only the rest of the table holds numbers, unless more of its texts name attributes. Its
 * first text does not count: a row of values may say what it is of ("Price | 5 | 12"). */
static bool is_below_header(const label_grid *g, uint32_t first, uint32_t row)
{
    for (uint32_t r = first; r < row; r++)
        if (cells_in(g, r) < cells_in(g, row)) return false;
    return attributes_in(g, first, 0) >= attributes_in(g, row, 1);
}

/* True for "Employee | Ann | Month | March": keys that name attributes, each before its value, over a
 * row that begins with such a key too. */
static bool is_row_of_pairs(const label_grid *g, uint32_t row)
{
    uint32_t cell = 0;
    for (uint32_t c = 0; c < g->columns; c++) {
        if (!is_filled(g, row, c) || continues_left(g, row, c)) continue;
        if (header_names_attribute(at(g, row, c)->text) != (cell++ % 2 == 0)) return false;
    }
    return cell >= 4 && cell % 2 == 0 && header_names_attribute(at(g, row + 1, 0)->text);
}

/* True for a row of an address beside keys and their values: "Port Street 1 | No. | R-17" over
 * "Kiel | Date | 2 May". A column behind the first one holds nothing but words for attributes, from this
 * row on, and behind it stands a text here that is none. */
static bool is_beside_keys(const label_grid *g, uint32_t row)
{
    for (uint32_t c = 1; c + 1 < g->columns; c++) {
        const label_cell *value = at(g, row, c + 1);
        if (!is_filled(g, row, c) || value->kind != LABEL_TEXT ||
            header_names_attribute(value->text))
            continue;
        uint32_t keys = 0;
        bool has_other = false;
        for (uint32_t r = row; r < g->rows && !has_other; r++) {
            if (!is_filled(g, r, c)) continue;
            has_other = !header_names_attribute(at(g, r, c)->text);
            keys++;
        }
        if (keys >= 2 && !has_other) return true;
    }
    return false;
}

static header_finding find_in_columns(const label_grid *g)
{
    uint32_t mostly = UINT32_MAX, widest = UINT32_MAX, indexed = rows_above_index(g);
    if (indexed) return (header_finding){HEADER_ROWS, 0, indexed, true};
    for (uint32_t r = 0; r + 1 < g->rows && r < TITLE_ROWS_MAX; r++) {
        if (!is_row_of_names(g, r) || !covers(g, r) || is_row_of_pairs(g, r) ||
            is_beside_keys(g, r))
            continue;
        int found = contrast(g, r);
        if (widest == UINT32_MAX && is_repeated(g, r)) return rows_of(g, r);
        bool has_groups = widest != UINT32_MAX && widest + 1 == r && has_repeated_name(g, widest) &&
                          is_row_of_groups(g, widest);
        if (widest != UINT32_MAX && !has_groups && !looks_different(g, r) &&
            is_below_header(g, widest, r))
            continue;
        if (found == 2 || looks_different(g, r) || leaves_corner(g, r)) return rows_of(g, r);
        if (found == 1 && mostly == UINT32_MAX) mostly = r;
        if (widest == UINT32_MAX && cells_in(g, r) >= 3) widest = r;
    }
    if (mostly != UINT32_MAX) return rows_of(g, mostly);
    if (widest == UINT32_MAX || recurs(g, widest) || has_repeated_name(g, widest))
        return (header_finding){0};
    if (!are_names_in_sequence(g, widest, false)) return (header_finding){0};
    for (uint32_t c = 0; c < g->columns; c++) // without contrast only words are names
        if (is_filled(g, widest, c) &&
            (at(g, widest, c)->kind != LABEL_TEXT || !header_is_word(at(g, widest, c)->text)))
            return (header_finding){0};
    for (uint32_t r = 0; r < widest; r++)
        if (cells_in(g, r) >= 3) return (header_finding){0};
    header_finding found = rows_of(g, widest);
    found.is_sure = are_attributes(g, widest);
    return found;
}

header_finding header_find(const label_grid *g)
{
    uint32_t used[3], count = columns_used(g, used, 3);
    if (count < 2 || g->rows < 2) return (header_finding){0};
    if (count > 2) return find_in_columns(g);
    label_cell pairs[HEADER_LOOK_ROWS * 2];
    for (uint32_t r = 0; r < g->rows; r++)
        for (uint32_t c = 0; c < 2; c++)
            pairs[r * 2 + c] = *at(g, r, used[c]);
    return find_in_two_columns(&(label_grid){pairs, g->rows, 2});
}
