/* pdf_eye.c - pieces are parted where a gap is wider than one between words; rows are what stands at
 * one height. */
#include "extract/pdf_eye.h"

#include "base/size.h"
#include "base/utf8.h"
#include "extract/table_header.h"

#include <stdlib.h>

static const float CELL_GAP = 0.7F, EVEN_GAPS = 0.15F,
                   FAR_WORDS = 3.0F; /* times their height: no gap within a text */

void eye_add_pieces(const pdf_layout *l, uint32_t number, buffer *out)
{
    const pdf_line *line = &pdf_lines(l)[number];
    const pdf_word *words = pdf_words(l);
    piece p = {.line = number};
    for (uint32_t i = line->first; i < line->first + line->count; i++) {
        pdf_box box = words[i].box;
        if (p.count && !line->is_stretched && box.left - p.box.right > CELL_GAP * pdf_height(box)) {
            buffer_append(out, (view){(const char *)&p, sizeof p});
            p.count = 0;
        }
        if (p.count == 0) {
            p.box = box;
            p.first = i;
        }
        p.count++;
        p.box = pdf_box_around(p.box, box);
    }
    if (p.count) buffer_append(out, (view){(const char *)&p, sizeof p});
}

static int by_height(const void *a, const void *b)
{
    const piece *x = a, *y = b;
    float p = x->box.top + x->box.bottom, q = y->box.top + y->box.bottom;
    return p != q ? (p > q) - (p < q) : (x->first > y->first) - (x->first < y->first);
}

static int by_left(const void *a, const void *b)
{
    const piece *x = a, *y = b;
    return x->box.left != y->box.left ? (x->box.left > y->box.left) - (x->box.left < y->box.left)
                                      : (x->first > y->first) - (x->first < y->first);
}

static void add_row(buffer *rows, piece *pieces, uint32_t first, uint32_t end)
{
    eye_row row = {pieces[first].box.top, pieces[first].box.bottom, first, end - first, 0, false};
    for (uint32_t i = first; i < end; i++) {
        if (pieces[i].box.top < row.top) row.top = pieces[i].box.top;
        if (pieces[i].box.bottom > row.bottom) row.bottom = pieces[i].box.bottom;
    }
    qsort(pieces + first, end - first, sizeof *pieces, by_left);
    buffer_append(rows, (view){(const char *)&row, sizeof row});
}

void eye_find_rows(buffer *list, buffer *rows)
{
    piece *pieces = (piece *)(void *)list->data;
    uint32_t count = (uint32_t)(list->size / sizeof *pieces);
    if (count == 0) return;
    qsort(pieces, count, sizeof *pieces, by_height);
    uint32_t first = 0;
    for (uint32_t i = 1; i < count; i++) {
        float middle = (pieces[i].box.top + pieces[i].box.bottom) / 2;
        if (middle <= pieces[first].box.bottom - 0.2F * pdf_height(pieces[first].box)) continue;
        add_row(rows, pieces, first, i);
        first = i;
    }
    add_row(rows, pieces, first, count);
}

bool eye_row_aligns(const piece *pieces, const eye_row *row, const piece *p)
{
    for (uint32_t k = 0; k < row->count; k++)
        if (eye_is_aligned(&pieces[row->first + k], p)) return true;
    return false;
}

/* A justified line has gaps of one width, and its words stand under none of the next lines'. */
static bool is_justified(const piece *pieces, const eye_row *rows, uint32_t count, uint32_t number)
{
    const eye_row *row = &rows[number];
    const piece *p = pieces + row->first;
    uint32_t even = 0, aligned = 0;
    for (uint32_t k = 1; k + 1 < row->count; k++) {
        float before = p[k].box.left - p[k - 1].box.right;
        even += fabsf(before - (p[k + 1].box.left - p[k].box.right)) < EVEN_GAPS &&
                before < FAR_WORDS * pdf_height(p[k].box);
        aligned += (number > 0 && eye_row_aligns(pieces, row - 1, &p[k])) ||
                   (number + 1 < count && eye_row_aligns(pieces, row + 1, &p[k]));
    }
    return even > 0 && even * 2 >= row->count - 2 && aligned * 2 < row->count - 2;
}

void eye_find_justified(const buffer *list, buffer *all)
{
    const piece *pieces = (const piece *)(const void *)list->data;
    eye_row *rows = (eye_row *)(void *)all->data;
    uint32_t count = (uint32_t)(all->size / sizeof *rows);
    for (uint32_t i = 0; i < count; i++)
        rows[i].is_justified = rows[i].count > 2 && is_justified(pieces, rows, count, i);
}

pdf_box eye_box(const pdf_layout *l, uint32_t first, uint32_t end)
{
    const pdf_word *words = pdf_words(l);
    pdf_box box = words[first].box;
    for (uint32_t i = first + 1; i < end; i++)
        box = pdf_box_around(box, words[i].box);
    return box;
}

bool eye_split(const pdf_layout *l, buffer *pieces, buffer *all, uint32_t row, uint32_t at,
               uint32_t word)
{
    piece after = ((piece *)(void *)pieces->data)[at];
    size_t size = pieces->size;
    after.count = after.first + after.count - word;
    after.first = word;
    after.box = eye_box(l, word, word + after.count);
    buffer_append(pieces, (view){(const char *)&after, sizeof after});
    if (pieces->size == size) return false;
    piece *p = (piece *)(void *)pieces->data + at;
    memmove(p + 2, p + 1, size - (at + 1) * sizeof *p);
    p[1] = after;
    p->count -= after.count;
    p->box = eye_box(l, p->first, word);
    eye_row *rows = (eye_row *)(void *)all->data;
    rows[row].count++;
    for (size_t i = row + 1; i < all->size / sizeof *rows; i++)
        rows[i].first++;
    return true;
}

/* ---- numbers ---- */

enum { NUMBERS_REACH = 3, NUMBERS_ROWS = 2, NUMBERS_MAX = 16 };

static const float APART = 0.75F, /* of a digit's width: between two numbers */
    GROUPS_APART = 1.3F;          /* between those that may be one, "1 234 567" or "030 123" */

/* The digits of a word, up to four; 0 for what is no number. */
static uint32_t digits_of(view text)
{
    double ignored;
    uint32_t digits = 0;
    if (label_kind_of(text, &ignored) != LABEL_NUMBER) return 0;
    for (size_t i = 0; i < text.size; i++)
        digits += is_ascii_digit(text.data[i]);
    return digits < 4 && digits == text.size ? digits : 4;
}

/* "199.00", "5,5": two of these beside each other are never one number. */
static bool is_decimal(view text)
{
    for (size_t digits = 1; digits <= 2 && digits + 1 < text.size; digits++) {
        char mark = text.data[text.size - digits - 1];
        if (mark == '.' || mark == ',') return digits_of(text) == 4;
    }
    return false;
}

static bool are_decimals(const pdf_layout *l, const piece *p)
{
    const pdf_word *words = &pdf_words(l)[p->first];
    if (p->count < 2 || p->count > NUMBERS_MAX) return false;
    for (uint32_t i = 0; i < p->count; i++)
        if (!is_decimal(pdf_word_text(l, &words[i]))) return false;
    return true;
}

/* Numbers that no space within one number explains the gaps between. */
static bool are_apart(const pdf_layout *l, const piece *p)
{
    const pdf_word *words = &pdf_words(l)[p->first];
    if (are_decimals(l, p)) return true;
    bool may_be_one =
        pdf_word_text(l, words).data[0] == '0' || digits_of(pdf_word_text(l, words)) < 4;
    float least = 1e6F;
    if (p->count < 2 || p->count > NUMBERS_MAX) return false;
    for (uint32_t i = 0; i < p->count; i++) {
        view text = pdf_word_text(l, &words[i]);
        uint32_t digits = digits_of(text);
        if (digits == 0) return false;
        if (i > 0 && digits != 3) may_be_one &= text.data[0] == '0' || digits < 3;
        float digit = (words[i].box.right - words[i].box.left) / (float)text.size;
        if (i > 0 && (words[i].box.left - words[i - 1].box.right) / digit < least)
            least = (words[i].box.left - words[i - 1].box.right) / digit;
    }
    return least > (may_be_one ? GROUPS_APART : APART);
}

/* True when the words of both end at the same places. */
static bool ends_alike(const pdf_layout *l, const piece *a, const piece *b)
{
    const pdf_word *words = pdf_words(l);
    if (a->count != b->count) return false;
    for (uint32_t i = 0; i < a->count; i++)
        if (fabsf(words[a->first + i].box.right - words[b->first + i].box.right) > EYE_EDGE / 2)
            return false;
    return true;
}

/* True when each word of the piece has one of the row that ends where it ends, or each one that begins
 * where it begins. */
static bool has_word_under_each(const pdf_layout *l, const piece *list, const eye_row *row,
                                const piece *p)
{
    const pdf_word *words = pdf_words(l);
    uint32_t left = 0, right = 0;
    for (uint32_t i = p->first; i < p->first + p->count; i++) {
        bool begins = false, ends = false;
        for (uint32_t k = row->first; k < row->first + row->count; k++)
            for (uint32_t w = list[k].first; w < list[k].first + list[k].count; w++) {
                begins |= fabsf(words[w].box.left - words[i].box.left) < EYE_EDGE / 2;
                ends |= fabsf(words[w].box.right - words[i].box.right) < EYE_EDGE / 2;
            }
        left += begins;
        right += ends;
    }
    return left == p->count || right == p->count;
}

static uint32_t words_in(const piece *list, const eye_row *row)
{
    uint32_t words = 0;
    for (uint32_t k = row->first; k < row->first + row->count; k++)
        words += list[k].count;
    return words;
}

/* True when enough rows nearby have numbers under each of the piece's, or any words, where these stand apart. */
static bool are_columns(const pdf_layout *l, const buffer *pieces, const buffer *all, uint32_t row,
                        const piece *p)
{
    const piece *list = (const piece *)(const void *)pieces->data;
    const eye_row *rows = (const eye_row *)(const void *)all->data;
    uint32_t count = (uint32_t)(all->size / sizeof *rows), found = 0;
    for (uint32_t i = row > NUMBERS_REACH ? row - NUMBERS_REACH : 0;
         i < count && i <= row + NUMBERS_REACH; i++) {
        bool is_under = false;
        for (uint32_t k = 0; k < rows[i].count && i != row; k++)
            is_under |= ends_alike(l, p, &list[rows[i].first + k]) &&
                        are_apart(l, &list[rows[i].first + k]);
        // A row of one piece is a header that is set as closely, if it has as many words.
        bool may_be_cells =
            rows[i].count > 1 || words_in(list, &rows[i]) == words_in(list, &rows[row]);
        found +=
            is_under || (i != row && may_be_cells && has_word_under_each(l, list, &rows[i], p));
    }
    return found >= (are_decimals(l, p) ? 1 : NUMBERS_ROWS);
}

void eye_split_numbers(const pdf_layout *l, buffer *pieces, buffer *rows, uint32_t max_pieces)
{
    size_t count = pieces->size / sizeof(piece);
    bool *is_wanted = heap_new_array(count, sizeof *is_wanted); // decided before any is split
    if (!is_wanted) pieces->failed = KITH_ERR_NO_MEMORY;
    for (uint32_t r = 0; is_wanted && r < rows->size / sizeof(eye_row); r++) {
        const eye_row row = ((const eye_row *)(const void *)rows->data)[r];
        for (uint32_t k = row.first; k < row.first + row.count; k++) {
            const piece *p = (const piece *)(const void *)pieces->data + k;
            is_wanted[k] = are_apart(l, p) && are_columns(l, pieces, rows, r, p);
        }
    }
    uint32_t at = 0;
    for (uint32_t r = 0, old = 0; is_wanted && r < rows->size / sizeof(eye_row); r++) {
        uint32_t own = ((const eye_row *)(const void *)rows->data)[r].count;
        for (uint32_t k = 0; k < own; k++, at++) {
            uint32_t words = ((const piece *)(const void *)pieces->data)[at].count;
            bool fits = pieces->size / sizeof(piece) + words <= max_pieces;
            if (!is_wanted[old++] || !fits) continue;
            for (; words > 1; words--, at++) {
                uint32_t next = ((const piece *)(const void *)pieces->data)[at].first + 1;
                if (!eye_split(l, pieces, rows, r, at, next)) goto done;
            }
        }
    }
done:
    free(is_wanted);
}

/* ---- cells that nearly touch ---- */

enum { CELLS_REACH = 3, CELLS_ROWS = 2, CELLS_MAX_WORDS = 32, NAMES_LEAST = 3, UNIT_BYTES = 3 };

static const float CLOSE_CELLS = 0.4F, /* times the height of a word */
    CLOSE_NAMES = 0.35F,               /* the same, between names of which each has its cells */
    WIDER = 1.5F,                      /* than the least gap of the piece */
    AMOUNT_GAP = 0.75F,   /* of a letter's width, between an amount and the next cell */
    EVEN_LETTERS = 0.02F; /* of the width of letters that are all as wide */

static float gap_before(const pdf_word *words, uint32_t at)
{
    return words[at].box.left - words[at - 1].box.right;
}

static float least_gap(const pdf_word *words, const piece *p)
{
    float least = 1e6F;
    for (uint32_t i = p->first + 1; i < p->first + p->count; i++)
        least = fminf(least, gap_before(words, i));
    return least;
}

/* True when the gap before the word may be one between cells: wider than one between words must be, and, where
 * the piece has several gaps, wider than its least. */
static bool may_part(const pdf_word *words, const piece *p, float least, uint32_t at)
{
    float gap = gap_before(words, at);
    return gap > CLOSE_CELLS * pdf_height(words[at].box) && (p->count == 2 || gap > WIDER * least);
}

static bool begins_with_number(const pdf_layout *l, const piece *p)
{
    double ignored;
    label_kind kind = label_kind_of(pdf_word_text(l, &pdf_words(l)[p->first]), &ignored);
    return kind == LABEL_NUMBER || kind == LABEL_DATE;
}

/* True when the row has a piece that begins where p does, and behind it a cell in line with that from the word on. */
static bool has_cell_there(const pdf_layout *l, const piece *list, const eye_row *row,
                           const piece *p, uint32_t at)
{
    const pdf_word *words = pdf_words(l);
    float left = words[at].box.left, right = words[p->first + p->count - 1].box.right;
    for (uint32_t k = row->first; k < row->first + row->count; k++) {
        const piece *other = &list[k];
        if (fabsf(other->box.left - p->box.left) > EYE_EDGE) continue;
        if (k + 1 < row->first + row->count && (fabsf(other[1].box.left - left) < EYE_EDGE ||
                                                fabsf(other[1].box.right - right) < EYE_EDGE))
            return true;
        if (other->count < 3 || other->count > CELLS_MAX_WORDS) return false;
        if (p->count < 3 && !begins_with_number(l, p)) return false;
        float least = least_gap(words, other);
        for (uint32_t i = other->first + 1; i < other->first + other->count; i++)
            if (fabsf(words[i].box.left - left) < EYE_EDGE / 2 && may_part(words, other, least, i))
                return true;
        return false;
    }
    return false;
}

static bool parts_cells(const pdf_layout *l, const buffer *pieces, const buffer *all, uint32_t row,
                        const piece *p, uint32_t at)
{
    const piece *list = (const piece *)(const void *)pieces->data;
    const eye_row *rows = (const eye_row *)(const void *)all->data;
    uint32_t count = (uint32_t)(all->size / sizeof *rows), found = 0;
    for (uint32_t i = row > CELLS_REACH ? row - CELLS_REACH : 0;
         i < count && i <= row + CELLS_REACH; i++)
        found += i != row && has_cell_there(l, list, &rows[i], p, at);
    return found >= CELLS_ROWS;
}

/* Amounts at the right of their column nearly touch the words at the left of the next one. */

static const char *const AMOUNT_SIGNS[] = {"%", "€", "$", "£", "EUR", "USD", "CHF", NULL};

static bool is_amount(view text)
{
    return is_ascii_digit(text.data[text.size - 1]) || view_is_one_of_nocase(text, AMOUNT_SIGNS);
}

/* "m" in "2.5 m": letters behind a number. */
static bool is_unit_behind_number(const pdf_layout *l, const piece *p, uint32_t at)
{
    double ignored;
    const pdf_word *words = pdf_words(l);
    if (at <= p->first || words[at].size > UNIT_BYTES) return false;
    char first = pdf_word_text(l, &words[at]).data[0];
    bool is_word = is_ascii_capital((char)(first & ~0x20)) || (unsigned char)first >= 0x80;
    return is_word && label_kind_of(pdf_word_text(l, &words[at - 1]), &ignored) == LABEL_NUMBER;
}

/* True when all words of the piece before this one are an amount, also with a unit, and it is no part of that. */
static bool is_behind_amount(const pdf_layout *l, const piece *p, uint32_t at)
{
    view text = pdf_word_text(l, &pdf_words(l)[at]);
    bool has_unit = is_unit_behind_number(l, p, at - 1);
    for (uint32_t i = p->first; i < at - has_unit; i++)
        if (!is_amount(pdf_word_text(l, &pdf_words(l)[i]))) return false;
    return !is_ascii_digit(text.data[0]) && !is_amount(text);
}

/* True when the gap before the word is wider than a blank: that is half as wide as a letter, or as wide where all
 * letters are. */
static bool is_wider_than_blank(const pdf_layout *l, uint32_t at)
{
    const pdf_word *own = &pdf_words(l)[at], *before = own - 1;
    float letter = (own->box.right - own->box.left) / (float)utf8_count(pdf_word_text(l, own));
    float other =
        (before->box.right - before->box.left) / (float)utf8_count(pdf_word_text(l, before));
    bool is_even = fabsf(letter - other) < EVEN_LETTERS * letter;
    return gap_before(pdf_words(l), at) > (is_even ? WIDER : AMOUNT_GAP) * fmaxf(letter, other);
}

/* What a row has at the gap before a word: a gap with the same edges, or a cell that begins at the right one. */
typedef struct gap_look {
    bool is_there;
    bool
        is_set_right; /* what stands before it begins elsewhere, and other words follow: no unit does */
} gap_look;

static gap_look look_for_gap(const pdf_layout *l, const piece *list, const eye_row *row,
                             const piece *own, uint32_t at)
{
    const pdf_word *words = pdf_words(l);
    float left = words[at - 1].box.right, right = words[at].box.left;
    for (uint32_t k = row->first; k < row->first + row->count; k++) {
        const piece *p = &list[k];
        if (k > row->first && fabsf(p->box.left - right) < EYE_EDGE / 2)
            return (gap_look){true, false};
        if (p->box.left > left || p->box.right < right || p->count > CELLS_MAX_WORDS) continue;
        for (uint32_t i = p->first + 1; i < p->first + p->count; i++)
            if (fabsf(words[i - 1].box.right - left) < EYE_EDGE / 2 &&
                fabsf(words[i].box.left - right) < EYE_EDGE / 2)
                return (gap_look){true, fabsf(p->box.left - own->box.left) > EYE_EDGE &&
                                            !view_equal(pdf_word_text(l, &words[i]),
                                                        pdf_word_text(l, &words[at]))};
    }
    return (gap_look){false, false};
}

/* True when the word begins a cell behind an amount: rows nearby have a gap there too, and it is wider than a blank or
 * amounts of several widths end at it. Lines of a text have no other cells. */
static bool follows_amount(const pdf_layout *l, const buffer *pieces, const buffer *all,
                           uint32_t row, const piece *own, uint32_t at)
{
    const piece *list = (const piece *)(const void *)pieces->data;
    const eye_row *rows = (const eye_row *)(const void *)all->data;
    uint32_t count = (uint32_t)(all->size / sizeof *rows), found = 0;
    if (rows[row].count < 2 || own == &list[rows[row].first] || !is_behind_amount(l, own, at))
        return false;
    bool is_cell = is_wider_than_blank(l, at);
    for (uint32_t i = row > CELLS_REACH ? row - CELLS_REACH : 0;
         i < count && i <= row + CELLS_REACH; i++) {
        if (i == row) continue;
        gap_look look = look_for_gap(l, list, &rows[i], own, at);
        found += look.is_there;
        is_cell |= look.is_set_right;
    }
    return is_cell && found >= CELLS_ROWS;
}

/* True for names set as closely as words: the words of the row each stand over a cell of the next two rows, or in the
 * middle over it, and these have no other cells. */
static bool names_each_cell(const pdf_layout *l, const buffer *pieces, const buffer *all,
                            uint32_t row, const piece *p)
{
    const piece *list = (const piece *)(const void *)pieces->data;
    const eye_row *rows = (const eye_row *)(const void *)all->data + row;
    const pdf_word *words = &pdf_words(l)[p->first];
    if (row + 2 >= all->size / sizeof *rows || rows->count > 1 || p->count < NAMES_LEAST)
        return false;
    if (least_gap(pdf_words(l), p) <= CLOSE_NAMES * pdf_height(p->box)) return false;
    for (uint32_t i = 1; i <= 2; i++) {
        if (rows[i].count != p->count) return false;
        for (uint32_t k = 0; k < p->count; k++) {
            const piece name = {.box = words[k].box};
            if (!eye_is_aligned(&name, &list[rows[i].first + k])) return false;
        }
    }
    return true;
}

/* Marks the words of the piece that begin cells; marks[i] is that of its word i. */
static void mark_cells(const pdf_layout *l, const buffer *pieces, const buffer *rows, uint32_t row,
                       const piece *p, bool *marks)
{
    const pdf_word *words = pdf_words(l);
    if (p->count < 2 || p->count > CELLS_MAX_WORDS || pdf_lines(l)[p->line].is_stretched) return;
    float least = least_gap(words, p);
    bool are_names = names_each_cell(l, pieces, rows, row, p);
    for (uint32_t i = 1; i < p->count; i++)
        marks[i] = are_names ||
                   (may_part(words, p, least, p->first + i) &&
                    parts_cells(l, pieces, rows, row, p, p->first + i)) ||
                   follows_amount(l, pieces, rows, row, p, p->first + i);
}

void eye_split_cells(const pdf_layout *l, buffer *pieces, buffer *rows, uint32_t max_pieces)
{
    const piece *list = (const piece *)(const void *)pieces->data;
    size_t count = pieces->size / sizeof *list, words = 0;
    for (size_t i = 0; i < count; i++)
        words += list[i].count;
    bool *marks = heap_new_array(words, sizeof *marks); // decided before any is split
    if (!marks) pieces->failed = KITH_ERR_NO_MEMORY;
    size_t at = 0;
    for (uint32_t r = 0; marks && r < rows->size / sizeof(eye_row); r++) {
        const eye_row *row = (const eye_row *)(const void *)rows->data + r;
        for (uint32_t k = row->first; k < row->first + row->count; at += list[k++].count)
            mark_cells(l, pieces, rows, r, &list[k], &marks[at]);
    }
    at = 0;
    for (uint32_t r = 0, k = 0; marks && r < rows->size / sizeof(eye_row); r++) {
        uint32_t own = ((const eye_row *)(const void *)rows->data)[r].count;
        for (; own > 0; own--, k++) {
            piece p = ((const piece *)(const void *)pieces->data)[k];
            for (uint32_t i = 0; i < p.count; i++, at++) {
                bool fits = pieces->size / sizeof p < max_pieces;
                if (!marks[at] || !fits) continue;
                if (!eye_split(l, pieces, rows, r, k, p.first + i)) goto done;
                k++;
            }
        }
    }
done:
    free(marks);
}
