/* pdf_table.c - a page's lines are cut into pieces at wide gaps, and pieces at one height are a
 * line of the eye. Lines of two pieces or more that follow each other closely may be a table: its
 * columns are those of pdf_grid.h, and its rows are parted by the wider ones of the gaps between lines,
 * so that the lines of a wrapped cell are one.
 *
 * Text in columns looks much the same and must stay in the order in which it is read: lines that
 * fill every column with four words or more are text, and so are two columns set closely of which
 * none holds numbers, what is hyphenated in many lines, words that stand under each other by chance,
 * and lists (a column of bullets or numbers beside one of text). */
#include "extract/pdf_table.h"

#include "extract/pdf_band.h"
#include "extract/pdf_eye.h"
#include "extract/pdf_grid.h"
#include "extract/pdf_hyphen.h"
#include "extract/pdf_region.h"
#include "extract/table_header.h"

#include <math.h>
#include <stdlib.h>

enum {
    PROSE_WORDS = 4,
    LEADER_DOTS = 3,   /* of a line of dots */
    MARK_BYTES = 4,    /* of a bullet, or the number of an item */
    CLAUSE_BYTES = 10, /* of the number of a clause, "12.3.4" */
    TOTAL_PIECES = 2   /* of a row with a sum: its name and the amount */
};

static const float HEADER_GAP = 2.0F, /* times the height of a line */
    BULLET_GAP = 2.5F;

void pdf_tables_init(pdf_tables *t)
{
    *t = (pdf_tables){0};
    buffer_init(&t->texts, UINT32_MAX);
    buffer_init(&t->cells, UINT32_MAX);
    buffer_init(&t->tables, UINT32_MAX);
    buffer_init(&t->edges, UINT32_MAX);
    buffer_init(&t->pieces, UINT32_MAX);
    buffer_init(&t->rows, UINT32_MAX);
}

void pdf_tables_done(pdf_tables *t)
{
    buffer_done(&t->texts);
    buffer_done(&t->cells);
    buffer_done(&t->tables);
    buffer_done(&t->edges);
    buffer_done(&t->pieces);
    buffer_done(&t->rows);
}

kith_status pdf_tables_status(const pdf_tables *t, kith_error *err)
{
    kith_status status = buffer_status(&t->pieces, "the pieces of a page", err);
    return status == KITH_OK ? buffer_status(&t->rows, "the lines of a page", err) : status;
}

/* ---- the header of a table ---- */

/* True when row `number` stands as close over the next as rows of one table do. */
static bool is_close(const eye_row *rows, uint32_t count, uint32_t number)
{
    const eye_row *row = &rows[number];
    if (number + 1 >= count) return false;
    float height = row->bottom - row->top, gap = row[1].top - row->bottom;
    if (gap < HEADER_GAP * height) return true;
    return number + 2 < count && gap < PDF_ROW_GAP * height &&
           gap < 1.5F * (row[2].top - row[1].bottom);
}

static bool holds_line(const piece *pieces, const eye_row *row, uint32_t line)
{
    for (uint32_t k = 0; k < row->count; k++)
        if (pieces[row->first + k].line == line) return true;
    return false;
}

/* True when each piece of the one row has its own of the other below it. */
static bool is_above_each(const piece *pieces, const eye_row *row, const eye_row *below)
{
    for (uint32_t k = 0; k < row->count; k++)
        if (!eye_overlap(&pieces[row->first + k], &pieces[below->first + k])) return false;
    return true;
}

bool pdf_heads_table(const pdf_layout *l, const pdf_page *page, uint32_t line, pdf_tables *t)
{
    pdf_box box = pdf_lines(l)[line].box;
    buffer_reset(&t->pieces);
    buffer_reset(&t->rows);
    for (uint32_t i = page->first; i < page->first + page->count; i++) {
        pdf_box other = pdf_lines(l)[i].box;
        if (other.top + other.bottom > 2 * box.top && other.top < box.bottom + 12 * pdf_height(box))
            eye_add_pieces(l, i, &t->pieces);
    }
    if (t->pieces.size / sizeof(piece) > PDF_MAX_PIECES) return false;
    eye_find_rows(&t->pieces, &t->rows);
    const piece *pieces = (const piece *)(const void *)t->pieces.data;
    const eye_row *rows = (const eye_row *)(const void *)t->rows.data;
    uint32_t count = (uint32_t)(t->rows.size / sizeof *rows), own = 0, most = 0, aligned = 0;
    while (own < count && !holds_line(pieces, &rows[own], line))
        own++;
    if (own == count || rows[own].count < 2) return false;
    uint32_t end = own + 1;
    bool is_over = false; // the columns of a row, as many as there are in it
    for (; is_close(rows, count, end - 1); end++) {
        if (rows[end].count > most) most = rows[end].count;
        is_over |= rows[end].count == rows[own].count && rows[own].count > 2 &&
                   is_above_each(pieces, &rows[own], &rows[end]);
    }
    for (uint32_t k = 0; k < rows[own].count; k++) {
        bool is_in_line = false;
        for (uint32_t i = own + 1; i < end && !is_in_line; i++)
            is_in_line =
                rows[i].count > 1 && eye_row_aligns(pieces, &rows[i], &pieces[rows[own].first + k]);
        aligned += is_in_line;
    }
    if (most < 2 || rows[own].count * 2 <= most) return false;
    return is_over || (aligned > 1 && aligned * 2 >= rows[own].count);
}

/* ---- what is no table ---- */

/* The first word of the piece. */
static view text_of(const region *r, const piece *p)
{
    const pdf_word *first = &pdf_words(r->layout)[p->first];
    return pdf_word_text(r->layout, first);
}

static bool is_of(view text, const char *bytes)
{
    for (size_t i = 0; i < text.size; i++)
        if (!strchr(bytes, text.data[i])) return false;
    return text.size > 0;
}

/* A bullet, "a)", "12.", "iv." */
static bool is_item_mark(const region *r, const piece *p)
{
    view text = text_of(r, p);
    if (p->count != 1 || text.size > MARK_BYTES) return false;
    char last = text.data[text.size - 1];
    return last == '.' || last == ')' || text.size == 1 || (unsigned char)text.data[0] >= 0xc0;
}

static bool ends_with_hyphen(const region *r, const piece *p)
{
    const pdf_word *last = &pdf_words(r->layout)[p->first + p->count - 1];
    view text = pdf_word_text(r->layout, last);
    return text.size > 2 && hyphen_at_end(text) > 0;
}

/* True when another piece of its column, up to four lines off, is aligned with it. */
static bool has_neighbour(const region *r, const piece *p)
{
    enum { REACH = 4 };
    uint32_t own = 0;
    while (own + 1 < r->row_count && &r->pieces[r->rows[own + 1].first] <= p)
        own++;
    uint32_t start = own > REACH ? own - REACH : 0;
    for (uint32_t i = start; i < r->row_count && i <= own + REACH; i++)
        if (i != own && eye_row_aligns(r->pieces, &r->rows[i], p)) return true;
    return false;
}

typedef struct column_look {
    uint32_t pieces, prose, numbers, marks, hyphens, aligned;
} column_look;

static column_look look_at(const region *r, uint32_t column)
{
    column_look look = {0};
    const piece *last = NULL; // of the column; lines of long cells may stand between
    bool was_in_line = false;
    float width = r->edges[column][1] - r->edges[column][0];
    for (uint32_t i = 0; i < r->row_count; i++) {
        for (uint32_t k = 0; k < r->rows[i].count; k++) {
            const piece *p = &r->pieces[r->rows[i].first + k];
            if (p->column != column) continue;
            double ignored;
            label_kind kind = label_kind_of(text_of(r, p), &ignored);
            look.pieces++;
            bool is_number = kind == LABEL_NUMBER || kind == LABEL_DATE;
            float share = (p->box.right - p->box.left) / width;
            look.prose += p->count >= PROSE_WORDS && share > 0.6F;
            look.numbers += is_number;
            look.hyphens += ends_with_hyphen(r, p);
            bool is_below = last && eye_is_aligned(last, p),
                 is_in_line = is_below || has_neighbour(r, p);
            look.aligned += (uint32_t)is_in_line + (is_below && !was_in_line);
            was_in_line = is_in_line;
            last = p;
            look.marks += is_item_mark(r, p);
        }
    }
    return look;
}

/* True when pieces of one cell stand beside each other by their height: they are of two columns
 * that no gap parts. */
static bool has_mixed_cell(const region *r)
{
    const piece *last[PDF_MAX_COLUMNS] = {NULL};
    for (uint32_t i = 0; i < r->row_count; i++) {
        for (uint32_t k = 0; k < r->rows[i].count; k++) {
            const piece *p = &r->pieces[r->rows[i].first + k];
            const piece *above = last[p->column];
            last[p->column] = p;
            if (above && above->columns == 1 && p->columns == 1 &&
                p->box.top < above->box.bottom - 0.3F * pdf_height(p->box))
                return true;
        }
    }
    return false;
}

/* A sign that begins an entry, close before its text. */
static bool is_bullet_before(const region *r, const piece *p, const piece *next)
{
    static const char *const BULLETS[] = {"•", "◦", "▪", "■",      "○",      "●",
                                          "‣", "–", "-", "\uF0B7", "\uF0A7", NULL};
    return p->count == 1 && view_is_one_of_nocase(text_of(r, p), BULLETS) &&
           next->box.left - p->box.right < BULLET_GAP * pdf_height(p->box);
}

/* True for a list beside something else: most rows begin with a bullet. */
static bool has_bullets(const region *r)
{
    uint32_t rows = 0, bullets = 0;
    for (uint32_t i = 0; i < r->row_count; i++) {
        const piece *first = &r->pieces[r->rows[i].first];
        rows += r->rows[i].count > 1;
        bullets += r->rows[i].count > 1 && is_bullet_before(r, first, first + 1);
    }
    return bullets > 1 && bullets * 2 > rows;
}

/* A text behind its mark; the first entry of a list within the list stands behind two. */
static bool is_entry_of_list(const region *r, const eye_row *row)
{
    const piece *first = &r->pieces[row->first], *last = first + row->count - 1;
    if (row->count < 2) return false;
    for (const piece *p = first; p < last; p++)
        if (!is_item_mark(r, p)) return false;
    return row->count == 2 || !is_ascii_digit(text_of(r, last).data[0]);
}

/* The text of a clause behind its number, "2.1", and in one line with it. */
static bool is_clause(const region *r, const eye_row *row)
{
    const piece *first = &r->pieces[row->first];
    view text = text_of(r, first);
    return row->count == 2 && first->count == 1 && first[1].line == first->line &&
           first[1].count > 1 && text.size <= CLAUSE_BYTES && is_of(text, "0123456789.") &&
           view_find(text, VIEW(".")) < text.size;
}

/* True for entries of lists within lists, whose marks stand in several columns, and lines of text with a wide gap. */
static bool is_list(const region *r)
{
    uint32_t entries = 0, lines = 0;
    for (uint32_t i = 0; i < r->row_count; i++) {
        const eye_row *row = &r->rows[i];
        const piece *first = &r->pieces[row->first];
        bool is_entry = is_entry_of_list(r, row) || is_clause(r, row);
        if (row->count > 1 && !is_entry && first->count < PROSE_WORDS) return false;
        entries += is_entry;
        lines += row->count > 1 && !is_entry;
    }
    return entries > lines;
}

/* ---- tables of contents ---- */

static view word_text(const region *r, uint32_t word)
{
    return pdf_word_text(r->layout, &pdf_words(r->layout)[word]);
}

/* True when dots lead through the row: a word of them, or words of one each. */
static bool has_leader(const region *r, const eye_row *row)
{
    uint32_t dots = 0;
    for (uint32_t k = row->first; k < row->first + row->count; k++) {
        const piece *p = &r->pieces[k];
        for (uint32_t w = p->first; w < p->first + p->count; w++) {
            view text = word_text(r, w);
            dots = is_of(text, ".") ? dots + (uint32_t)text.size : 0;
            if (dots >= LEADER_DOTS || view_equal(text, VIEW("…"))) return true;
        }
    }
    return false;
}

/* The number of a page at the end of the row; 0: there is none. */
static uint32_t page_of(const region *r, const eye_row *row)
{
    const piece *last = &r->pieces[row->first + row->count - 1];
    view text = word_text(r, last->first + last->count - 1);
    uint32_t number = 0;
    if (!is_of(text, "0123456789") || text.size > 4) return 0;
    for (size_t i = 0; i < text.size; i++)
        number = number * 10 + (uint32_t)(text.data[i] - '0');
    return number;
}

/* True for lines that lead to pages, by dots, or from the numbers of sections, and what begins below them. */
static bool is_contents(const region *r)
{
    uint32_t leaders = 0, entries = 0, numbered = 0, page = 0;
    for (uint32_t i = 0; i < r->row_count; i++) {
        const eye_row *row = &r->rows[i];
        uint32_t number = page_of(r, row);
        leaders += has_leader(r, row);
        if (row->count < 2 || number < page) continue;
        if (number > 0) page = number;
        entries += number > 0;
        numbered += number > 0 && is_of(word_text(r, r->pieces[row->first].first), "0123456789.");
    }
    bool is_most = entries * 2 > r->row_count;
    return leaders * 2 > r->row_count || (leaders > 0 && is_most) ||
           (numbered > 2 && numbered + 1 >= r->row_count &&
            !page_of(r, &r->rows[r->row_count - 1]));
}

static bool is_table(const region *r, bool is_loose)
{
    if (has_mixed_cell(r) || is_list(r) || has_bullets(r) || is_contents(r)) return false;
    uint32_t prose = 0, numeric = 0, whole_rows = 0, hyphens = 0, most = 0;
    column_look first = look_at(r, 0);
    for (uint32_t c = 0; c < r->column_count; c++) {
        column_look look = look_at(r, c);
        prose += look.prose * 10 > look.pieces * 5;
        numeric += look.numbers * 10 > look.pieces * 5;
        hyphens += look.hyphens;
        if (look.pieces > 2 && look.aligned * 10 < look.pieces * 6) return false;
    }
    float gaps = 0, heights = 0;
    for (uint32_t i = 0; i < r->row_count; i++) {
        whole_rows += r->rows[i].count > 1;
        if (r->rows[i].count > most) most = r->rows[i].count;
        heights += r->rows[i].bottom - r->rows[i].top;
        if (i) gaps += pdf_gap_above(r, i);
    }
    if (prose == r->column_count || whole_rows < 2 || hyphens * 4 > r->row_count) return false;
    if (r->column_count > 2 && most > 2)
        return whole_rows > 2 || numeric > 0 || is_loose || gaps > 0.4F * heights;
    if (first.marks == first.pieces) return false;
    return whole_rows > 2 && (is_loose || numeric > 0 || gaps > 0.45F * heights);
}

/* ---- what comes out ---- */

static void write_cell(const region *r, pdf_tables *t, const uint32_t rows[2], uint32_t column,
                       pdf_table *table)
{
    pdf_cell cell = {.row = r->rows[rows[0]].band, .column = column, .at = t->texts.size};
    for (uint32_t i = rows[0]; i < rows[1]; i++) {
        for (uint32_t k = 0; k < r->rows[i].count; k++) {
            const piece *p = &r->pieces[r->rows[i].first + k];
            if (p->column != column) continue;
            if (t->texts.size > cell.at) buffer_append_byte(&t->texts, '\n');
            pdf_append_words(r->layout, p->first, p->count, &t->texts);
            if (p->columns > cell.columns) cell.columns = p->columns;
            if (p->line < table->line) table->line = p->line;
            pdf_lines(r->layout)[p->line].is_cell = true;
        }
    }
    if (cell.columns == 0) return;
    cell.size = t->texts.size - cell.at;
    buffer_append(&t->cells, (view){(const char *)&cell, sizeof cell});
    table->count++;
}

static void write_table(const region *r, pdf_tables *t)
{
    pdf_table table = {.line = UINT32_MAX,
                       .first = (uint32_t)(t->cells.size / sizeof(pdf_cell)),
                       .edge = (uint32_t)(t->edges.size / sizeof r->edges[0]),
                       .columns = r->column_count,
                       .header = r->header_rows ? r->rows[r->header_rows - 1].band + 1 : 0};
    buffer_append(&t->edges, (view){(const char *)r->edges, r->column_count * sizeof r->edges[0]});
    for (uint32_t first = 0, end; first < r->row_count; first = end) {
        end = first + 1;
        while (end < r->row_count && r->rows[end].band == r->rows[first].band)
            end++;
        for (uint32_t c = 0; c < r->column_count; c++)
            write_cell(r, t, (const uint32_t[]){first, end}, c, &table);
    }
    buffer_append(&t->tables, (view){(const char *)&table, sizeof table});
}

static bool is_caption(const region *r, const eye_row *row)
{
    const piece *p = &r->pieces[row->first];
    const pdf_word *words = &pdf_words(r->layout)[p->first];
    return row->count == 1 &&
           header_is_caption(pdf_word_text(r->layout, words),
                             p->count > 1 ? pdf_word_text(r->layout, words + 1) : VIEW(""));
}

/* True when rows of two pieces end a region of rows with many: sums below a bill, whose names stand over several
 * columns and may close the gaps between these. */
static bool has_totals(const region *r)
{
    uint32_t totals = 0, wide = 0;
    for (uint32_t i = r->row_count; i-- > 0 && r->rows[i].count == TOTAL_PIECES;)
        totals++;
    for (uint32_t i = 0; i < r->row_count; i++)
        wide += r->rows[i].count > TOTAL_PIECES + 1;
    return totals > 0 && wide > 2;
}

/* True when no cell of the rows that make the columns stands in several of them. */
static bool has_whole_columns(const region *r)
{
    for (uint32_t i = 0; i < r->row_count; i++)
        for (uint32_t k = 0; k < r->rows[i].count && r->rows[i].count >= r->least; k++)
            if (r->pieces[r->rows[i].first + k].columns > 1) return false;
    return true;
}

/* Writes the rows [first, end), but captions below them, as a table when they are one; false when they
 * are none. */
static bool try_region(const pdf_layout *l, pdf_tables *t, uint32_t first, uint32_t end)
{
    region r = {.layout = l,
                .pieces = (piece *)(void *)t->pieces.data,
                .row_count = end - first,
                .left = 1e6F,
                .right = -1e6F};
    r.rows = (eye_row *)(void *)t->rows.data + first;
    while (r.row_count > 2 && is_caption(&r, &r.rows[r.row_count - 1]))
        r.row_count--;
    for (uint32_t i = 0; i < r.row_count; i++) {
        for (uint32_t k = 0; k < r.rows[i].count; k++) {
            pdf_box box = r.pieces[r.rows[i].first + k].box;
            if (box.left < r.left) r.left = box.left;
            if (box.right > r.right) r.right = box.right;
        }
    }
    bool is_found = pdf_grid_make(&r, t, first) && is_table(&r, pdf_bands_find(&r));
    if (!is_found) is_found = pdf_grid_make_below_groups(&r) && is_table(&r, pdf_bands_find(&r));
    if (!is_found && has_totals(&r)) {
        r.skipped = r.header_rows = 0;
        r.least = TOTAL_PIECES + 1;
        is_found = pdf_grid_make(&r, t, first) && has_whole_columns(&r) &&
                   is_table(&r, pdf_bands_find(&r));
    }
    if (!is_found) return false;
    write_table(&r, t);
    return true;
}

/* True for a line of text with a wide gap in it, which may stand close below a table. */
static bool is_line_of_text(const pdf_tables *t, uint32_t row)
{
    const eye_row *own = (const eye_row *)(const void *)t->rows.data + row;
    const piece *pieces = (const piece *)(const void *)t->pieces.data + own->first;
    for (uint32_t k = 0; k < own->count; k++)
        if (pieces[k].count >= 2 * PROSE_WORDS) return true;
    return false;
}

/* Finds the tables of the lines [first, end), which are of one zone. */
static kith_status find_in_zone(pdf_layout *l, uint32_t first, uint32_t end, pdf_tables *t,
                                kith_error *err)
{
    buffer_reset(&t->pieces);
    buffer_reset(&t->rows);
    for (uint32_t i = first; i < end; i++)
        if (!pdf_lines(l)[i].is_running) eye_add_pieces(l, i, &t->pieces);
    kith_status status = pdf_tables_status(t, err);
    if (status != KITH_OK || t->pieces.size / sizeof(piece) > PDF_MAX_PIECES) return status;
    eye_find_rows(&t->pieces, &t->rows);
    if (pdf_tables_status(t, err) == KITH_OK)
        eye_split_numbers(l, &t->pieces, &t->rows, PDF_MAX_PIECES);
    if (pdf_tables_status(t, err) == KITH_OK)
        eye_split_cells(l, &t->pieces, &t->rows, PDF_MAX_PIECES);
    status = pdf_tables_status(t, err);
    if (status != KITH_OK) return status;
    eye_find_justified(&t->pieces, &t->rows);
    uint32_t count = (uint32_t)(t->rows.size / sizeof(eye_row));
    for (uint32_t i = 0, floor = 0; i < count;) {
        const eye_row *row = (const eye_row *)(const void *)t->rows.data + i;
        uint32_t next = row->count > 1 ? pdf_region_end(l, t, i) : i + 1;
        bool may_be = next - i > 1;
        if (may_be && !try_region(l, t, pdf_region_start(t, i, floor), next)) {
            uint32_t title = pdf_region_title(t, i, next);
            if (next - i > 3 && is_line_of_text(t, next - 1)) title = next - 1;
            if (title - i > 1 && title < next)
                (void)try_region(l, t, pdf_region_start(t, i, floor), title);
            if (title < next) next = title + 1;
        }
        row = (const eye_row *)(const void *)t->rows.data + i;
        if (row->count > 1) floor = next;
        i = next;
    }
    return pdf_tables_status(t, err);
}

kith_status pdf_find_tables(pdf_layout *l, const pdf_page *page, pdf_tables *t, kith_error *err)
{
    buffer_reset(&t->texts);
    buffer_reset(&t->cells);
    buffer_reset(&t->tables);
    buffer_reset(&t->edges);
    kith_status status = KITH_OK;
    const pdf_line *lines = pdf_lines(l);
    uint32_t last = page->first + page->count;
    for (uint32_t i = page->first, end; i < last && status == KITH_OK; i = end) {
        end = i + 1;
        while (end < last && lines[end].zone == lines[i].zone)
            end++;
        status = find_in_zone(l, i, end, t, err);
    }
    if (status == KITH_OK) status = buffer_status(&t->texts, "the text of a table", err);
    if (status == KITH_OK) status = buffer_status(&t->cells, "the cells of a table", err);
    if (status == KITH_OK) status = buffer_status(&t->edges, "the columns of a table", err);
    return status == KITH_OK ? buffer_status(&t->tables, "the tables of a page", err) : status;
}
