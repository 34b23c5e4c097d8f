/* pdf_region.c - see pdf_region.h. */
#include "extract/pdf_region.h"

#include "extract/pdf_eye.h"
#include "extract/table_header.h"

enum {
    BLOCK_LINES = 12, /* of an address */
    MARK_BYTES = 4    /* of the number of an entry */
};

static const float ENTRY_GAP =
    2.5F; /* times the height of a line: between an entry's mark and its text */

/* The first of up to three rows from `row` on that has a piece under the whole of p, which is in line with it and
 * the only one there; false: there is none. */
static bool continues_below(const piece *pieces, const eye_row *rows, uint32_t row, uint32_t count,
                            const piece *p)
{
    for (uint32_t i = row; i < count && i < row + 3; i++) {
        uint32_t below = 0, aligned = 0;
        for (uint32_t k = 0; k < rows[i].count; k++) {
            const piece *other = &pieces[rows[i].first + k];
            below += eye_overlap(other, p);
            aligned += eye_overlap(other, p) && eye_is_aligned(other, p);
        }
        if (below) return below == 1 && aligned == 1;
    }
    return false;
}

uint32_t pdf_region_start(const pdf_tables *t, uint32_t first, uint32_t floor)
{
    const eye_row *rows = (const eye_row *)(const void *)t->rows.data;
    const piece *pieces = (const piece *)(const void *)t->pieces.data;
    uint32_t count = (uint32_t)(t->rows.size / sizeof *rows), start = first;
    float left = pieces[rows[first].first].box.left;
    while (start > floor && first - start < PDF_HEAD_ROWS) {
        const eye_row *row = &rows[start - 1];
        float height = row->bottom - row->top, gap = rows[start].top - row->bottom;
        bool overlaps = gap < -0.15F * height;
        if (row->is_justified || (!overlaps && gap > 0.5F * height)) break;
        bool belongs = true;
        for (uint32_t k = 0; k < row->count; k++) {
            const piece *p = &pieces[row->first + k];
            belongs &= continues_below(pieces, rows, start, count, p) &&
                       (overlaps || p->box.left > left + height);
        }
        if (!belongs) break;
        start--;
    }
    return start;
}

static float row_width(const pdf_tables *t, const eye_row *row)
{
    const piece *pieces = (const piece *)(const void *)t->pieces.data + row->first;
    return pieces[row->count - 1].box.right - pieces[0].box.left;
}

/* True when the row of several pieces overlaps the one of the piece, and none of them stands over or under it. */
static bool is_beside(const piece *pieces, const eye_row *row, const piece *own)
{
    float least = 0.15F * pdf_height(own->box);
    if (row->count < 2 || row->top > own->box.bottom - least || row->bottom < own->box.top + least)
        return false;
    for (uint32_t k = 0; k < row->count; k++)
        if (eye_overlap(&pieces[row->first + k], own)) return false;
    return true;
}

/* True when the row of one piece is the first or second line of a cell, and the row between the two lines has the
 * cells beside it, which stand in the middle of its height. */
static bool is_beside_cells(const pdf_tables *t, uint32_t row)
{
    const eye_row *rows = (const eye_row *)(const void *)t->rows.data;
    const piece *pieces = (const piece *)(const void *)t->pieces.data;
    uint32_t count = (uint32_t)(t->rows.size / sizeof *rows);
    for (uint32_t middle = row - 1; middle <= row + 1; middle += 2) {
        uint32_t other = 2 * middle - row;
        if (middle >= count || other >= count || rows[other].count != 1) continue;
        const piece *own = &pieces[rows[row].first], *next = &pieces[rows[other].first];
        float gap = fmaxf(own->box.top, next->box.top) - fminf(own->box.bottom, next->box.bottom);
        if (fabsf(own->box.left - next->box.left) < EYE_EDGE && gap < 0.6F * pdf_height(own->box) &&
            is_beside(pieces, &rows[middle], own) && is_beside(pieces, &rows[middle], next))
            return true;
    }
    return false;
}

/* The most pieces of a row among the few below `row`: of a wrapped cell some lines stand alone. */
static uint32_t most_below(const eye_row *rows, uint32_t row, uint32_t count)
{
    enum { REACH = 4 };
    uint32_t most = 0;
    for (uint32_t i = row + 1; i < count && i <= row + REACH; i++)
        if (rows[i].count > most) most = rows[i].count;
    return most;
}

/* True when two pieces of the row or more stand over numbers in line with them, a few rows below. */
static bool heads_numbers(const pdf_layout *l, const pdf_tables *t, uint32_t row)
{
    enum { REACH = 4 };
    const eye_row *rows = (const eye_row *)(const void *)t->rows.data;
    const piece *pieces = (const piece *)(const void *)t->pieces.data;
    uint32_t count = (uint32_t)(t->rows.size / sizeof *rows), found = 0;
    for (uint32_t k = rows[row].first; k < rows[row].first + rows[row].count; k++) {
        bool is_over = false;
        for (uint32_t i = row + 1; i < count && i <= row + REACH && !is_over; i++)
            for (uint32_t n = rows[i].first; n < rows[i].first + rows[i].count; n++) {
                double ignored;
                view text = pdf_word_text(l, &pdf_words(l)[pieces[n].first]);
                is_over |= pieces[n].count == 1 && eye_is_aligned(&pieces[k], &pieces[n]) &&
                           label_kind_of(text, &ignored) == LABEL_NUMBER;
            }
        found += is_over;
    }
    return found > 1;
}

/* True when `row` begins a table below lines that stand beside each other at the same left edge (an address beside
 * the number and date of a bill): it and the next row have more pieces than each of them, and it has a wider gap above it than theirs: much wider, unless it has numbers below it. */
static bool begins_below_blocks(const pdf_layout *l, const pdf_tables *t, uint32_t first,
                                uint32_t row, float widest)
{
    const eye_row *rows = (const eye_row *)(const void *)t->rows.data;
    const piece *pieces = (const piece *)(const void *)t->pieces.data;
    float height = rows[row].bottom - rows[row].top, gap = rows[row].top - rows[row - 1].bottom;
    float least = widest > 0.1F * height ? widest : 0.1F * height;
    uint32_t count = (uint32_t)(t->rows.size / sizeof *rows);
    if (row - first < 2 || row - first > BLOCK_LINES || row + 1 >= count) return false;
    if (gap < 0.25F * height || gap < 1.2F * least) return false;
    if (gap < 1.6F * least && !heads_numbers(l, t, row)) return false;
    float left = pieces[rows[row].first].box.left;
    uint32_t most = most_below(rows, row, count);
    if (fabsf(pieces[rows[first].first].box.left - left) >= height) return false;
    for (uint32_t i = first; i < row; i++) {
        if (rows[i].count >= rows[row].count || rows[i].count >= most) return false;
        for (uint32_t k = 0; k < rows[i].count && rows[i].count > 1; k++)
            if (!eye_row_aligns(pieces, &rows[first], &pieces[rows[i].first + k])) return false;
    }
    return true;
}

/* True when `row` begins a table of three columns or more below a line of two pieces (the numbers of an account), which
 * is farther from it than its next row. Names of groups are as near as rows are. */
static bool begins_below_line(const pdf_tables *t, uint32_t first, uint32_t row)
{
    const eye_row *rows = (const eye_row *)(const void *)t->rows.data;
    uint32_t count = (uint32_t)(t->rows.size / sizeof *rows);
    if (row != first + 1 || row + 1 >= count || rows[first].count != 2) return false;
    float height = rows[row].bottom - rows[row].top, gap = rows[row].top - rows[first].bottom;
    return rows[row].count > 2 && rows[row + 1].count > 2 && gap > 0.5F * height &&
           gap > 1.6F * (rows[row + 1].top - rows[row].bottom);
}

/* True when the row of one piece begins where a piece of the row above does. */
static bool begins_below(const pdf_tables *t, uint32_t row)
{
    const eye_row *above = (const eye_row *)(const void *)t->rows.data + row - 1;
    const piece *pieces = (const piece *)(const void *)t->pieces.data;
    float left = pieces[above[1].first].box.left;
    for (uint32_t k = 0; k < above->count; k++)
        if (fabsf(pieces[above->first + k].box.left - left) < EYE_EDGE / 2) return true;
    return false;
}

/* True when the row of one piece at the left edge goes on with the first cell of the row above: it begins in lower
 * case and is no wider than the cells of its column. A paragraph below the table begins with a capital. */
static bool is_tail(const pdf_layout *l, const pdf_tables *t, uint32_t first, uint32_t row)
{
    const eye_row *rows = (const eye_row *)(const void *)t->rows.data;
    const piece *pieces = (const piece *)(const void *)t->pieces.data;
    const piece *own = &pieces[rows[row].first];
    char c = pdf_word_text(l, &pdf_words(l)[own->first]).data[0];
    bool is_below = false;
    for (uint32_t i = row; i > first && i + 2 > row; i--) // cells in the middle may stand between
        is_below |= fabsf(own->box.left - pieces[rows[i - 1].first].box.left) < EYE_EDGE;
    if (c < 'a' || c > 'z' || !is_below) return false;
    for (uint32_t i = row; i-- > first;)
        if (rows[i].count > 1 && pieces[rows[i].first].box.left < own->box.right)
            return own->box.right < pieces[rows[i].first + 1].box.left;
    return false;
}

/* True for the entry of a list: "1." or a sign, and close behind it a text. */
static bool is_entry(const pdf_layout *l, const pdf_tables *t, uint32_t row)
{
    static const char *const SIGNS[] = {"•", "◦", "▪", "–", "-", "‣", "\uF0B7", NULL};
    const eye_row *own = (const eye_row *)(const void *)t->rows.data + row;
    const piece *p = (const piece *)(const void *)t->pieces.data + own->first;
    if (own->count < 2 || p->count != 1 ||
        p[1].box.left - p->box.right > ENTRY_GAP * pdf_height(p->box))
        return false;
    view text = pdf_word_text(l, &pdf_words(l)[p->first]);
    char last = text.data[text.size - 1];
    return view_is_one_of_nocase(text, SIGNS) ||
           (text.size <= MARK_BYTES && (last == '.' || last == ')'));
}

/* True when a list begins at `row`, of two entries or more, below rows of a table that are none and have no cell in
 * line with the entry's text. */
static bool begins_list(const pdf_layout *l, const pdf_tables *t, uint32_t first, uint32_t row)
{
    const eye_row *rows = (const eye_row *)(const void *)t->rows.data;
    const piece *pieces = (const piece *)(const void *)t->pieces.data;
    uint32_t count = (uint32_t)(t->rows.size / sizeof *rows);
    if (row - first < 2 || row + 1 >= count || rows[row].count != 2) return false;
    if (!is_entry(l, t, row) || !is_entry(l, t, row + 1)) return false;
    for (uint32_t i = first; i < row; i++)
        if (is_entry(l, t, i) || eye_row_aligns(pieces, &rows[i], &pieces[rows[row].first + 1]))
            return false;
    return true;
}

uint32_t pdf_region_end(const pdf_layout *l, const pdf_tables *t, uint32_t first)
{
    const eye_row *rows = (const eye_row *)(const void *)t->rows.data;
    uint32_t count = (uint32_t)(t->rows.size / sizeof *rows), end = first + 1;
    if (rows[first].is_justified) return first + 1;
    float width = row_width(t, &rows[first]), widest = 0; // gap between rows so far
    float own = rows[first].bottom - rows[first].top;
    for (uint32_t i = first + 1; i < count; i++) {
        float height = rows[i].bottom - rows[i].top, gap = rows[i].top - rows[i - 1].bottom;
        if (gap > PDF_ROW_GAP * height || rows[i].is_justified) break;
        if (rows[i].count > 1) {
            if (begins_below_blocks(l, t, first, i, widest) || begins_below_line(t, first, i) ||
                begins_list(l, t, first, i))
                break;
            if (row_width(t, &rows[i]) > width) width = row_width(t, &rows[i]);
            end = i + 1;
        } else if (is_beside_cells(t, i)) {
            end = i + 1;
        } else {
            const piece *pieces = (const piece *)(const void *)t->pieces.data;
            const pdf_box *box = &pieces[rows[i].first].box;
            bool is_inside =
                box->left > pieces[rows[first].first].box.left + height || is_tail(l, t, first, i);
            if (!is_inside && row_width(t, &rows[i]) > 0.6F * width) break;
            // A title between two tables: larger, or farther from the row above it than rows are.
            bool is_far = i > first + 1 && gap > 0.8F * height && gap > 1.6F * widest;
            if (!is_inside && (height > 1.15F * own || is_far)) break;
            // The tail of a wrapped cell; what begins at the left edge may be the next paragraph.
            bool is_close =
                gap < 0.6F * height || (gap < widest + EYE_EDGE / 4 && begins_below(t, i));
            if (end == i && is_close && is_inside) end = i + 1;
        }
        if (gap > widest) widest = gap;
    }
    return end;
}

uint32_t pdf_region_title(const pdf_tables *t, uint32_t first, uint32_t end)
{
    const eye_row *rows = (const eye_row *)(const void *)t->rows.data;
    const piece *pieces = (const piece *)(const void *)t->pieces.data;
    float left = pieces[rows[first].first].box.left;
    for (uint32_t i = first + 1; i < end; i++)
        if (rows[i].count == 1 && fabsf(pieces[rows[i].first].box.left - left) < 2 * EYE_EDGE)
            return i;
    return end;
}
