/* pdf_band.c - see pdf_band.h. */
#include "extract/pdf_band.h"

#include "extract/table_header.h"

#include <stdlib.h>

static const float BLANK = 0.2F; /* between words, times their height; most are wider */

enum { MAX_GAPS = 1024 /* that are looked at */ };

/* ---- gaps ---- */

/* True when the two rows have a column in common. */
static bool share_column(const region *r, const eye_row *a, const eye_row *b)
{
    for (uint32_t i = a->first; i < a->first + a->count; i++)
        for (uint32_t k = b->first; k < b->first + b->count; k++)
            if (r->pieces[i].column < r->pieces[k].column + r->pieces[k].columns &&
                r->pieces[k].column < r->pieces[i].column + r->pieces[i].columns)
                return true;
    return false;
}

/* Lines that overlap, as those of a cell beside one in the middle of it, have no gap. One that overlaps the lines above
 * and below it, and is of other columns, stands beside the gap between these. */
float pdf_gap_above(const region *r, uint32_t row)
{
    const eye_row *own = &r->rows[row], *above = own - 1;
    bool is_beside = row > 1 && above->top < above[-1].bottom && own->top < above->bottom &&
                     !share_column(r, above, above - 1) && !share_column(r, above, own);
    float gap = own->top - (is_beside ? above[-1].bottom : above->bottom);
    return gap > 0 ? gap : 0;
}

/* True when the rows [first, end), if one, would have a column whose cell has fewer lines. */
static bool is_wrapped(const region *r, uint32_t first, uint32_t end)
{
    uint32_t lines[PDF_MAX_COLUMNS] = {0};
    for (uint32_t i = first; i < end; i++)
        for (uint32_t k = 0; k < r->rows[i].count; k++)
            lines[r->pieces[r->rows[i].first + k].column]++;
    for (uint32_t c = 0; c < r->column_count; c++)
        if (lines[c] && lines[c] < end - first) return true;
    return false;
}

static int by_value(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

/* The widest gap between lines of one cell: that below the widest step from one gap to the next
 * larger one, of those steps that begin where lines of a text may stand, and below `limit`. < 0: all gaps
 * are alike. */
static float widest_within_cells(const region *r, float limit)
{
    float gaps[MAX_GAPS] = {0}, least = 1e6F, step = 0, found = -1;
    uint32_t count = 0;
    for (uint32_t i = 0; i < r->row_count; i++) {
        float height = r->rows[i].bottom - r->rows[i].top;
        if (height < least) least = height;
        if (i && count < MAX_GAPS) gaps[count++] = pdf_gap_above(r, i);
    }
    qsort(gaps, count, sizeof *gaps, by_value);
    for (uint32_t i = 1; i < count && gaps[i - 1] < 0.6F * least && gaps[i - 1] < limit; i++) {
        if (gaps[i] - gaps[i - 1] <= step || gaps[i] - gaps[i - 1] < 0.2F * least) continue;
        step = gaps[i] - gaps[i - 1];
        found = gaps[i - 1];
    }
    return found;
}

static view first_word(const region *r, const piece *p)
{
    return pdf_word_text(r->layout, &pdf_words(r->layout)[p->first]);
}

/* True when these rows hold more than one cell in a column: a number under another one, or a line with
 * room for another one above it. */
static bool has_cells_below(const region *r, uint32_t first, uint32_t end)
{
    const piece *last[PDF_MAX_COLUMNS] = {NULL};
    uint32_t numbers[PDF_MAX_COLUMNS] = {0};
    for (uint32_t i = first; i < end; i++)
        for (uint32_t k = 0; k < r->rows[i].count; k++) {
            double ignored;
            const piece *p = &r->pieces[r->rows[i].first + k], *above = last[p->column];
            last[p->column] = p;
            if (above && p->box.top - above->box.bottom > pdf_height(p->box)) return true;
            if (p->count > 1 || label_kind_of(first_word(r, p), &ignored) != LABEL_NUMBER) continue;
            if (numbers[p->column]++ > 0) return true;
        }
    return false;
}

/* True when lines no farther apart than this may be lines of cells, in a table of more than one row. */
static bool parts_rows(const region *r, float limit)
{
    uint32_t bands = 0;
    for (uint32_t first = 0, i = 1; i <= r->row_count; i++) {
        if (i < r->row_count && pdf_gap_above(r, i) <= limit) continue;
        bands++;
        if (i - first > 1 && is_wrapped(r, first, i) && has_cells_below(r, first, i)) return false;
        first = i;
    }
    return bands > 1;
}

/* ---- lines that are as far apart as rows ---- */

static const piece *piece_in(const region *r, uint32_t row, uint32_t column)
{
    for (uint32_t k = 0; k < r->rows[row].count; k++) {
        const piece *p = &r->pieces[r->rows[row].first + k];
        if (p->column == column) return p;
    }
    return NULL;
}

/* True when the piece goes on with what stands above it in its column: its first word had no room there. */
static bool had_no_room(const region *r, const piece *above, const piece *p)
{
    const pdf_word *first = &pdf_words(r->layout)[p->first];
    float room = r->edges[p->column][1] - above->box.right,
          word = first->box.right - first->box.left;
    return room < word + BLANK * pdf_height(p->box);
}

/* True when the lines of each column in the rows [first, end) are a cell in the middle of the height: as many stand
 * above it as below, in line with each other, and each had no room in the line above it. */
static bool are_cells_around(const region *r, uint32_t first, uint32_t end)
{
    const piece *last[PDF_MAX_COLUMNS] = {NULL};
    int32_t below[PDF_MAX_COLUMNS] = {0}; // more than above
    float middle = r->rows[first].top + r->rows[end - 1].bottom;
    for (uint32_t i = first; i < end; i++)
        for (uint32_t k = 0; k < r->rows[i].count; k++) {
            const piece *p = &r->pieces[r->rows[i].first + k], *above = last[p->column];
            float off = p->box.top + p->box.bottom - middle;
            last[p->column] = p;
            below[p->column] += (off > 2 * EYE_EDGE) - (off < -2 * EYE_EDGE);
            if (p->columns > 1) return false;
            if (above && !(eye_is_aligned(above, p) && had_no_room(r, above, p))) return false;
        }
    for (uint32_t c = 0; c < r->column_count; c++)
        if (below[c] != 0) return false;
    return true;
}

/* The number of bands, each with one line in the column and as many lines above it as below, in the middle of whose
 * height it stands, that the rows of the region are: of cells set in the middle. 0 when they are no such bands.
 * numbers  the bands are numbered too */
static uint32_t bands_around(const region *r, uint32_t column, bool numbers)
{
    uint32_t start = 0, band = 0, wrapped = 0;
    for (uint32_t i = 0; i < r->row_count; i++) {
        const piece *own = piece_in(r, i, column);
        if (!own) continue;
        uint32_t above = i - start, end = i + above + 1;
        if (end > r->row_count) return 0;
        float middle = r->rows[start].top + r->rows[end - 1].bottom;
        if (above && fabsf(middle - own->box.top - own->box.bottom) > 2 * EYE_EDGE) return 0;
        if (above && !are_cells_around(r, start, end)) return 0;
        for (uint32_t k = start; k < end; k++) {
            if (k != i && piece_in(r, k, column)) return 0;
            if (numbers) r->rows[k].band = band;
        }
        wrapped += above > 0;
        band++;
        start = end;
        i = end - 1;
    }
    return start == r->row_count && wrapped > 0 && band > 1 ? band : 0;
}

/* Of several such columns that with the fewest bands: one of wrapped cells may look like a column of single lines. */
static bool find_in_middle(region *r)
{
    uint32_t best = 0, least = UINT32_MAX;
    for (uint32_t c = 0; c < r->column_count; c++) {
        uint32_t bands = bands_around(r, c, false);
        if (bands == 0 || bands >= least) continue;
        least = bands;
        best = c;
    }
    return least < UINT32_MAX && bands_around(r, best, true) > 0;
}

/* The row is the next line of a cell of the row above it: it has that alone, and there was no room for it. What begins
 * at the left edge with a capital may be a title. */
static bool goes_on(const region *r, uint32_t row)
{
    const piece *p = &r->pieces[r->rows[row].first];
    if (r->column_count < 3 || row < 2 || r->rows[row].count != 1 || p->columns > 1) return false;
    char first = first_word(r, p).data[0];
    if (p->column == 0 && !(first >= 'a' && first <= 'z')) return false;
    const piece *above = piece_in(r, row - 1, p->column);
    return above && above->columns == 1 && above->count > 1 &&
           fabsf(above->box.left - p->box.left) < EYE_EDGE && had_no_room(r, above, p);
}

/* A row of one piece is a band of its own, and does not go on with the row above it. */
static bool has_loose_line(const region *r)
{
    for (uint32_t i = 0; i < r->row_count; i++) {
        bool is_alone = (i == 0 || r->rows[i - 1].band != r->rows[i].band) &&
                        (i + 1 == r->row_count || r->rows[i + 1].band != r->rows[i].band);
        if (is_alone && r->rows[i].count == 1 && !goes_on(r, i)) return true;
    }
    return false;
}

/* True when the row holds the name of rows alone, in the middle between two of them that leave its column out. */
static bool is_name_between(const region *r, uint32_t row)
{
    const eye_row *own = &r->rows[row], *above = own - 1, *below = own + 1;
    const piece *p = &r->pieces[own->first];
    if (own->count != 1 || p->columns > 1 || above->count < 2 || below->count < 2) return false;
    bool is_between = own->top < above->bottom && own->bottom > below->top &&
                      own->top > above->top && own->bottom < below->bottom;
    return is_between && !share_column(r, own, above) && !share_column(r, own, below) &&
           above[0].band + 1 == own->band && own->band + 1 == below->band;
}

static bool find_bands(region *r)
{
    float limit = widest_within_cells(r, 1e6F);
    while (limit >= 0 && !parts_rows(r, limit))
        limit = widest_within_cells(r, limit);
    uint32_t first = 0, band = 0;
    for (uint32_t i = 1; i <= r->row_count; i++) {
        if (i < r->row_count && pdf_gap_above(r, i) <= limit) continue;
        bool is_one = i - first > 1 && is_wrapped(r, first, i);
        for (uint32_t k = first; k < i; k++)
            r->rows[k].band = is_one ? band : band + (k - first);
        band = r->rows[i - 1].band + 1;
        first = i;
    }
    if ((has_loose_line(r) && find_in_middle(r)) || limit >= 0) return true;
    for (uint32_t i = 1, joined = 0; i < r->row_count; i++) {
        joined += goes_on(r, i);
        r->rows[i].band -= joined;
    }
    return false;
}

bool pdf_bands_find(region *r)
{
    bool is_loose = find_bands(r);
    // The name goes into the first of its rows, where it stands when it is set at the top.
    for (uint32_t i = r->row_count; i-- > 2;) {
        if (!is_name_between(r, i - 1)) continue;
        for (uint32_t k = i - 1; k < r->row_count; k++)
            r->rows[k].band--;
    }
    return is_loose;
}
