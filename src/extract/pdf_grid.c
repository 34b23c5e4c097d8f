/* pdf_grid.c - columns are the strips between which hardly any piece reaches.
 *
 * A header may stand over several columns, or in the middle of one that is narrower, over none of its cells; such names
 * are put over the columns that they are centred over.
 *
 * The header of a narrow column is as wide as the column, and so stands no farther from the next one than words do.
 * Such a piece is cut where both parts are in line with the cells of two columns, of which the same lines have both. */
#include "extract/pdf_grid.h"

#include "extract/pdf_region.h"
#include "extract/table_header.h"

enum {
    STRIPS = 2048,
    SPLIT_WORDS = 8 /* of a piece that may be two cells */
};

static const float TOUCH = 0.5F; /* points */

static uint32_t strip_of(const region *r, float x)
{
    float share = r->right > r->left ? (x - r->left) / (r->right - r->left) : 0;
    if (share <= 0) return 0;
    return share >= 1 ? STRIPS - 1 : (uint32_t)(share * (STRIPS - 1));
}

/* True for a piece over two pieces of another line: it spans columns. */
static bool is_spanning(const region *r, const piece *p)
{
    for (uint32_t i = 0; i < r->row_count; i++) {
        uint32_t below = 0;
        for (uint32_t k = 0; k < r->rows[i].count; k++) {
            pdf_box box = r->pieces[r->rows[i].first + k].box;
            // Cells beside each other do not overlap at all.
            below += p->box.right > box.left + TOUCH && box.right > p->box.left + TOUCH;
        }
        if (below > 1) return true;
    }
    return false;
}

/* False when there are fewer than two columns, or too many. */
static bool find_columns(region *r)
{
    uint32_t covered[STRIPS] = {0};
    for (uint32_t i = r->skipped; i < r->row_count; i++) {
        for (uint32_t k = 0; k < r->rows[i].count && r->rows[i].count >= r->least; k++) {
            const piece *p = &r->pieces[r->rows[i].first + k];
            if (is_spanning(r, p)) continue;
            uint32_t end = strip_of(r, p->box.right);
            for (uint32_t x = strip_of(r, p->box.left); x <= end; x++)
                covered[x]++;
        }
    }
    float width = (r->right - r->left) / (STRIPS - 1);
    r->column_count = 0;
    for (uint32_t x = 0; x < STRIPS;) {
        uint32_t end = x;
        while (end < STRIPS && (covered[end] > 0) == (covered[x] > 0))
            end++;
        float from = r->left + (float)x * width, to = r->left + (float)end * width;
        bool is_gap = covered[x] == 0;
        if (!is_gap || (to - from < EYE_LEAST_STRIP && r->column_count)) {
            if (is_gap ||
                (r->column_count && from - r->edges[r->column_count - 1][1] < EYE_LEAST_STRIP)) {
                r->edges[r->column_count - 1][1] = to;
            } else {
                if (r->column_count == PDF_MAX_COLUMNS) return false;
                r->edges[r->column_count][0] = from;
                r->edges[r->column_count++][1] = to;
            }
        }
        x = end;
    }
    return r->column_count >= 2;
}

static void place_pieces(region *r)
{
    for (uint32_t i = r->rows[0].first;
         i < r->rows[r->row_count - 1].first + r->rows[r->row_count - 1].count; i++) {
        piece *p = &r->pieces[i];
        p->columns = 0;
        for (uint32_t c = 0; c < r->column_count; c++) {
            if (p->box.right < r->edges[c][0] + 1 || p->box.left > r->edges[c][1] - 1) continue;
            if (p->columns == 0) p->column = c;
            p->columns = c - p->column + 1;
        }
        if (p->columns) continue;
        p->columns = 1; // between columns: the one before it
        p->column = 0;
        for (uint32_t c = 1; c < r->column_count && r->edges[c][0] < p->box.left; c++)
            p->column = c;
    }
}

/* ---- columns of a header ---- */

/* The rows at the top down to the last one that has a column for itself: a header that is centred over
 * narrower cells at one side of their columns, or over several columns, stands over none of them. 0: none
 * has, or more than a header's. */
static uint32_t rows_of_own_columns(const region *r)
{
    bool is_used[PDF_MAX_COLUMNS] = {false};
    uint32_t rows = 0;
    for (uint32_t i = r->row_count; i-- > 0;) {
        bool has_own = false;
        for (uint32_t k = 0; k < r->rows[i].count; k++) {
            const piece *p = &r->pieces[r->rows[i].first + k];
            bool is_own = p->columns == 1 && !is_used[p->column];
            has_own |= is_own;
            if (i >= PDF_HEAD_ROWS || !is_own)
                for (uint32_t c = p->column; c < p->column + p->columns; c++)
                    is_used[c] = true;
        }
        if (has_own && i < PDF_HEAD_ROWS && rows == 0) rows = i + 1;
    }
    return rows;
}

/* The column that is nearest to the middle of the piece. */
static uint32_t nearest_column(const region *r, const piece *p)
{
    float middle = (p->box.left + p->box.right) / 2, least = 1e6F;
    uint32_t nearest = 0;
    for (uint32_t c = 0; c < r->column_count; c++) {
        float before = r->edges[c][0] - middle, behind = middle - r->edges[c][1];
        float far = before > behind ? before : behind;
        if (far >= least) continue;
        least = far;
        nearest = c;
    }
    return nearest;
}

static float middle_of(const piece *p)
{
    return (p->box.left + p->box.right) / 2;
}

/* True when a piece may span those of the row below from `first` to `last`: it stands in their middle, and the pieces
 * beside it over none of them, nor nearer to one; that of the first column may stand nearer. */
static bool is_in_middle(const region *r, const eye_row *row, uint32_t k, const piece *first,
                         const piece *last)
{
    const piece *p = &r->pieces[row->first + k];
    float own = middle_of(p), from = middle_of(first), to = middle_of(last);
    if (last->column <= first->column || fabsf((from + to) / 2 - own) > EYE_EDGE) return false;
    if (k + 1 < row->count && middle_of(&p[1]) - to < to - own) return false;
    if (k == 0) return true;
    return p[-1].column == 0 ? first->box.right >= p[-1].box.right
                             : from - middle_of(&p[-1]) >= own - from;
}

/* Makes the pieces of a row span the columns of those pieces of the row below that they are in the middle of: the most
 * that there are. */
static void span_below(const region *r, const eye_row *row, const eye_row *below)
{
    const piece *list = &r->pieces[below->first];
    for (uint32_t k = 0; k < row->count; k++) {
        piece *p = &r->pieces[row->first + k];
        uint32_t most = 1;
        for (uint32_t a = 0; a < below->count; a++) {
            for (uint32_t b = a + 1; b < below->count; b++) {
                uint32_t columns = list[b].column - list[a].column + 1;
                if (!is_in_middle(r, row, k, &list[a], &list[b]) || columns <= most) continue;
                p->column = list[a].column;
                p->columns = most = columns;
            }
        }
    }
}

/* True when each piece of the row `below` stands under one of the row, but for the first column's, and two of these or
 * more over several. */
static bool covers(const region *r, const eye_row *row, const eye_row *below)
{
    uint32_t groups = 0;
    for (uint32_t k = 0; k < row->count; k++)
        groups += r->pieces[row->first + k].columns > 1;
    for (uint32_t b = 0; b < below->count; b++) {
        const piece *under = &r->pieces[below->first + b];
        uint32_t over = under->column == 0;
        for (uint32_t k = 0; k < row->count; k++) {
            const piece *p = &r->pieces[row->first + k];
            over += under->column > 0 && p->column <= under->column &&
                    under->column + under->columns <= p->column + p->columns;
        }
        if (over != 1) return false;
    }
    return groups > 1;
}

/* True for a row of values: most of its pieces are numbers, and no years. */
static bool is_of_numbers(const region *r, const eye_row *row)
{
    uint32_t numbers = 0;
    for (uint32_t k = row->first; k < row->first + row->count; k++) {
        const pdf_word *word = &pdf_words(r->layout)[r->pieces[k].first];
        double number = 0;
        label_kind kind = label_kind_of(pdf_word_text(r->layout, word), &number);
        numbers += kind == LABEL_NUMBER && !(number >= 1900 && number <= 2100);
    }
    return numbers * 2 > row->count;
}

/* The row of the names below those of groups in the first row; 0: there is none. A name beside both may stand between. */
static uint32_t row_below_groups(const region *r)
{
    uint32_t below = r->row_count > 1 && r->rows[1].count < r->rows[0].count ? 2 : 1;
    bool is_one = r->row_count > below + 1 && r->rows[below].count > r->rows[0].count &&
                  !is_of_numbers(r, &r->rows[below]);
    return is_one && r->rows[0].count <= PDF_MAX_COLUMNS ? below : 0;
}

/* Makes the names of the first row span the columns of the names below that they are centred over, when they share all
 * of these between them: "2023" over four quarters stands over no more than two of them. True when it names groups. */
static bool span_groups(region *r)
{
    piece before[PDF_MAX_COLUMNS];
    uint32_t below = row_below_groups(r);
    if (below == 0) return false;
    const eye_row *row = &r->rows[0];
    memcpy(before, &r->pieces[row->first], row->count * sizeof *before);
    span_below(r, row, &r->rows[below]);
    if (!covers(r, row, &r->rows[below])) {
        memcpy(&r->pieces[row->first], before, row->count * sizeof *before);
        if (!covers(r, row, &r->rows[below])) return false;
    }
    r->header_rows = below + 1;
    return true;
}

/* True when two pieces of a row are in one column. */
static bool has_shared_column(const region *r, const eye_row *row)
{
    for (uint32_t k = 1; k < row->count; k++) {
        const piece *p = &r->pieces[row->first + k];
        if (p[-1].column + p[-1].columns > p->column) return true;
    }
    return false;
}

/* Puts each piece of a row that has as many as there are columns into the next one, when each stands between the
 * columns before and behind its own: names that are centred over wide columns of short cells. */
static bool place_in_order(region *r, const eye_row *row)
{
    if (row->count != r->column_count) return false;
    for (uint32_t k = 0; k < row->count; k++) {
        const piece *p = &r->pieces[row->first + k];
        if (k > 0 && p->box.left < r->edges[k - 1][1]) return false;
        if (k + 1 < row->count && p->box.right > r->edges[k + 1][0]) return false;
    }
    for (uint32_t k = 0; k < row->count; k++) {
        r->pieces[row->first + k].column = k;
        r->pieces[row->first + k].columns = 1;
    }
    return true;
}

/* The first row as a header in the order of the columns that the others make; false, and all as it was, when it has
 * no column for itself. */
static bool place_first_row(region *r)
{
    region before = *r;
    const eye_row *row = &r->rows[0];
    if (r->row_count < 3 || row->count < 2 || row->count >= r->column_count) return false;
    r->skipped = 1;
    if (find_columns(r) && row->count == r->column_count) {
        place_pieces(r);
        if (place_in_order(r, row)) return true;
    }
    *r = before;
    place_pieces(r);
    return false;
}

/* Takes the columns from the rows below the header alone, when the header has columns of its own, and
 * puts each piece of the header into the nearest one. Leaves all as it was when that makes no header. */
static void place_header(region *r)
{
    if (place_first_row(r)) return;
    region before = *r;
    uint32_t rows = rows_of_own_columns(r);
    if (rows == 0 || r->row_count - rows < 2) return;
    r->skipped = rows;
    bool is_better = find_columns(r);
    if (is_better) place_pieces(r);
    for (uint32_t i = rows; is_better && i-- > 0;) {
        const eye_row *row = &r->rows[i];
        for (uint32_t k = 0; k < row->count; k++) {
            piece *p = &r->pieces[row->first + k];
            p->column = nearest_column(r, p);
            p->columns = 1;
        }
        // Of two rows the lower one is that of the columns; a wrapped line has another one above it.
        for (uint32_t j = i + 1; j < rows; j++)
            if (r->rows[j].count > row->count) {
                span_below(r, row, &r->rows[j]);
                break;
            }
        is_better = !has_shared_column(r, row) || place_in_order(r, row);
    }
    if (is_better) return;
    *r = before;
    place_pieces(r);
}

/* True when the box is in line with half of the column's cells, all on one side of them or in their
 * middle, or stands in the middle of the column. One cell alone may be so by chance. */
static bool aligns_with_column(const region *r, pdf_box box, uint32_t column)
{
    uint32_t cells = 0, left = 0, right = 0, middle = 0;
    for (uint32_t i = 0; i < r->row_count; i++) {
        for (uint32_t k = 0; k < r->rows[i].count; k++) {
            const piece *p = &r->pieces[r->rows[i].first + k];
            if (p->columns != 1 || p->column != column) continue;
            cells++;
            left += fabsf(p->box.left - box.left) < EYE_EDGE;
            right += fabsf(p->box.right - box.right) < EYE_EDGE;
            middle += fabsf(p->box.left + p->box.right - box.left - box.right) < EYE_EDGE;
        }
    }
    const float *edges = r->edges[column];
    bool is_centred = fabsf(edges[0] + edges[1] - box.left - box.right) < EYE_EDGE;
    return cells && (is_centred || left * 2 >= cells || right * 2 >= cells || middle * 2 >= cells);
}

/* True when half of the lines that have a cell of their own in this column, or in the next one, have one
 * in both: of wrapped cells most lines have one alone. */
static bool stand_beside(const region *r, uint32_t column)
{
    uint32_t rows = 0, cells[2] = {0, 0};
    for (uint32_t i = 0; i < r->row_count; i++) {
        bool has[2] = {false, false};
        for (uint32_t k = 0; k < r->rows[i].count; k++) {
            const piece *p = &r->pieces[r->rows[i].first + k];
            if (p->columns == 1 && p->column == column) has[0] = true;
            if (p->columns == 1 && p->column == column + 1) has[1] = true;
        }
        rows += has[0] && has[1];
        cells[0] += has[0];
        cells[1] += has[1];
    }
    return rows > 1 && rows * 2 >= (cells[0] < cells[1] ? cells[0] : cells[1]);
}

/* The word that begins another cell within the piece: both parts are in line with cells of their
 * columns, and what parts them lies between these. 0: none.
 * *column  of what stands before the word */
static uint32_t cell_within(const region *r, const piece *p, uint32_t *column)
{
    const pdf_word *words = pdf_words(r->layout);
    uint32_t end = p->first + p->count;
    if (p->count > SPLIT_WORDS) return 0;
    for (uint32_t i = p->first + 1; i < end; i++) {
        float left = words[i - 1].box.right, right = words[i].box.left;
        if (right < left + EYE_LEAST_STRIP) continue;
        pdf_box before = eye_box(r->layout, p->first, i), after = eye_box(r->layout, i, end);
        for (uint32_t c = p->column; c + 1 < p->column + p->columns; c++) {
            if (left > r->edges[c + 1][0] || right < r->edges[c][1] || !stand_beside(r, c) ||
                !aligns_with_column(r, before, c) || !aligns_with_column(r, after, c + 1))
                continue;
            *column = c;
            return i;
        }
    }
    return 0;
}

/* True for names of groups: several pieces over as many columns each, which are not all two cells. */
static bool names_groups(const region *r, const eye_row *row)
{
    uint32_t groups = 0, ignored, columns = 0, cells = 0;
    for (uint32_t k = 0; k < row->count; k++) {
        const piece *p = &r->pieces[row->first + k];
        if (p->columns < 2) continue;
        if (columns && p->columns != columns) return false;
        columns = p->columns;
        groups++;
        cells += cell_within(r, p, &ignored) > 0;
    }
    return groups > 1 && cells < groups;
}

/* Splits pieces over several columns whose words are cells set closely: the headers of narrow columns
 * stand no farther apart than words do. True when there were any. */
static bool split_cells(region *r, pdf_tables *t, uint32_t first_row)
{
    bool is_split = false;
    for (uint32_t i = 0; i < r->row_count; i++) {
        if (names_groups(r, &r->rows[i])) continue;
        for (uint32_t k = 0; k < r->rows[i].count; k++) {
            uint32_t at = r->rows[i].first + k, c = 0;
            uint32_t word = r->pieces[at].columns > 1 ? cell_within(r, &r->pieces[at], &c) : 0;
            if (word == 0 || t->pieces.size / sizeof(piece) >= PDF_MAX_PIECES ||
                !eye_split(r->layout, &t->pieces, &t->rows, first_row + i, at, word))
                continue;
            r->pieces = (piece *)(void *)t->pieces.data;
            piece *p = &r->pieces[at];
            p[1].columns = p->column + p->columns - (c + 1);
            p[1].column = c + 1;
            p->columns = c + 1 - p->column;
            is_split = true;
        }
    }
    return is_split;
}

bool pdf_grid_make(region *r, pdf_tables *t, uint32_t first_row)
{
    if (!find_columns(r)) return false;
    place_pieces(r);
    place_header(r);
    (void)span_groups(r);
    // A cell that is split may show that its columns stand beside each other.
    if (split_cells(r, t, first_row)) (void)split_cells(r, t, first_row);
    return true;
}

bool pdf_grid_make_below_groups(region *r)
{
    r->skipped = row_below_groups(r);
    if (r->skipped == 0 || !find_columns(r)) return false;
    place_pieces(r);
    const piece *end = &r->pieces[r->rows[r->skipped].first];
    for (piece *p = &r->pieces[r->rows[0].first]; p < end; p++) {
        p->column = nearest_column(r, p);
        p->columns = 1;
    }
    return span_groups(r);
}
