/* pdf_page.c - reads the table that tesseract writes: a row has twelve columns, of which the level (1 page, 3
 * block, 4 line, 5 word), the box and the text count. */
#include "extract/pdf_page.h"

#include "base/size.h"
#include "extract/raised.h"
#include "extract/visual_order.h"

#include <math.h>
#include <stdlib.h>

enum { COLUMNS = 12, LEVEL = 0, LEFT = 6, CONFIDENCE = 10, TEXT = 11 };

static const float LEAST_CONFIDENCE = 30; // per cent

enum { FARTHEST = 1000000 }; // of a coordinate, in points

void pdf_layout_init(pdf_layout *l)
{
    *l = (pdf_layout){0};
    buffer_init(&l->words, UINT32_MAX);
    buffer_init(&l->lines, UINT32_MAX);
    buffer_init(&l->pages, UINT32_MAX);
}

void pdf_layout_done(pdf_layout *l)
{
    buffer_done(&l->words);
    buffer_done(&l->lines);
    buffer_done(&l->pages);
}

float pdf_number(view v)
{
    static const double SCALES[] = {1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6};
    enum { DECIMALS_MAX = sizeof SCALES / sizeof *SCALES - 1 }; // more are finer than a float
    bool is_negative = v.size && v.data[0] == '-', has_point = false;
    uint64_t digits = 0;
    size_t decimals = 0;
    for (size_t i = is_negative; i < v.size && decimals < DECIMALS_MAX; i++) {
        if (!has_point && digits >= FARTHEST) break;
        if (v.data[i] == '.') {
            has_point = true;
        } else if (is_ascii_digit(v.data[i])) {
            digits = digits * 10 + (uint64_t)(v.data[i] - '0');
            decimals += has_point;
        }
    }
    float value = (float)((double)digits / SCALES[decimals]);
    return is_negative ? -value : value;
}

/* Splits a row; false when it has fewer columns. The text is what is left. */
static bool split(view row, view *columns)
{
    size_t at = 0;
    for (int i = 0; i < COLUMNS - 1; i++) { // of a few bytes each
        size_t start = at;
        while (at < row.size && row.data[at] != '\t')
            at++;
        if (at == row.size) return false;
        columns[i] = view_slice(row, start, at++);
    }
    columns[TEXT] = view_slice(row, at, row.size);
    return true;
}

static pdf_box read_box(const view *columns)
{
    float left = pdf_number(columns[LEFT]), top = pdf_number(columns[LEFT + 1]);
    return (pdf_box){left, top, left + pdf_number(columns[LEFT + 2]),
                     top + pdf_number(columns[LEFT + 3])};
}

static void add_word(pdf_layout *l, const view *columns, uint32_t block, bool is_new)
{
    pdf_word w = {read_box(columns), (uint32_t)(columns[TEXT].data - l->text.data),
                  (uint32_t)columns[TEXT].size};
    if (is_new) {
        pdf_line line = {
            .box = w.box, .first = (uint32_t)(l->words.size / sizeof w), .block = block};
        buffer_append(&l->lines, (view){(const char *)&line, sizeof line});
        if (l->lines.failed == KITH_OK && l->pages.size)
            pdf_pages(l)[pdf_page_count(l) - 1].count++;
    }
    buffer_append(&l->words, (view){(const char *)&w, sizeof w});
    if (l->lines.failed != KITH_OK || l->words.failed != KITH_OK) return;
    pdf_line *line = &pdf_lines(l)[l->lines.size / sizeof *line - 1];
    line->count++;
    line->box = pdf_box_around(line->box, w.box);
}

kith_status pdf_layout_read(pdf_layout *l, view tsv, uint32_t max_pages, kith_error *err)
{
    l->text = tsv;
    uint32_t block = 0;
    bool is_new = true; // the next word begins a line
    view columns[COLUMNS];
    for (size_t at = 0; at < tsv.size;) {
        const char *end = memchr(tsv.data + at, '\n', tsv.size - at);
        size_t next = end ? (size_t)(end - tsv.data) : tsv.size;
        bool is_row = split(view_slice(tsv, at, next), columns);
        at = next + 1;
        char level = is_row && columns[LEVEL].size == 1 ? columns[LEVEL].data[0] : '\0';
        if (level == '1') {
            pdf_page page = {
                .width = pdf_number(columns[LEFT + 2]),
                .height = pdf_number(columns[LEFT + 3]),
                .first = (uint32_t)(l->lines.size / sizeof(pdf_line)),
            };
            if (pdf_page_count(l) == max_pages)
                return fail(err, KITH_ERR_LIMIT, "the PDF has more than %u pages", max_pages);
            buffer_append(&l->pages, (view){(const char *)&page, sizeof page});
        }
        if (level == '1' || level == '3') block++;
        if (level == '1' || level == '3' || level == '4') is_new = true;
        bool is_word = level == '5' && view_trim(columns[TEXT]).size &&
                       pdf_number(columns[CONFIDENCE]) >= LEAST_CONFIDENCE;
        if (is_word && l->pages.size) {
            add_word(l, columns, block, is_new);
            is_new = false;
        }
    }
    kith_status status = buffer_status(&l->words, "the list of words", err);
    if (status == KITH_OK) status = buffer_status(&l->lines, "the list of lines", err);
    return status == KITH_OK ? buffer_status(&l->pages, "the list of pages", err) : status;
}

bool pdf_is_stacked(pdf_box above, pdf_box below)
{
    float height = pdf_height(above), gap = below.top - above.bottom;
    return gap > -0.3F * height && gap < 0.6F * height &&
           fabsf(pdf_height(below) - height) < 0.1F * height &&
           fabsf(above.left + above.right - below.left - below.right) < 0.3F * height;
}

/* -1: smaller than the word before it, which it touches, and below it; 1: above it, smaller or as large; 0: neither. */
static int rise(const pdf_word *base, const pdf_word *w)
{
    float size = pdf_height(base->box), raised_by = base->box.bottom - w->box.bottom;
    if (pdf_height(w->box) > 1.05F * size || pdf_height(w->box) < 0.3F * size) return 0;
    // Of type as large, no font explains that both edges are higher.
    if (pdf_height(w->box) > 0.95F * size)
        return fminf(raised_by, base->box.top - w->box.top) > 0.25F * size;
    // Of type that is hardly smaller, another font's descent explains less.
    if (raised_by > (pdf_height(w->box) > 0.8F * size ? 0.25F : 0.18F) * size) return 1;
    return w->box.top - base->box.top > 0.3F * size && raised_by < 0.05F * size ? -1 : 0;
}

typedef struct line_writer {
    const pdf_layout *layout;
    buffer *out;
    size_t start;           /* of the line in *out */
    uint32_t written;       /* words */
    const pdf_word *before; /* the word before */
    const pdf_word *base;   /* the last word on the line itself */
    raised sign;
    bool is_turned; /* the line has words that are read from right to left */
} line_writer;

/* The text of a word, with the signs of notes in it apart. */
static void append_signed(line_writer *to, const pdf_word *w, view text)
{
    view line = view_slice(text, 0, text.size - w->sign_tail); // without the marks behind the sign
    view body = view_slice(line, w->sign_before, line.size - w->sign_behind);
    if (w->sign_before) {
        buffer_append(to->out, view_slice(text, 0, w->sign_before));
        buffer_append_byte(to->out, ' ');
    }
    buffer_append(to->out, body);
    if (w->sign_behind)
        raised_append_sign(&to->sign, to->out, to->start,
                           view_slice(line, line.size - w->sign_behind, line.size));
    buffer_append(to->out, view_slice(text, line.size, text.size));
}

/* is_turned: the word is one of those that are read from right to left. */
static void write_word(line_writer *to, const pdf_word *w, bool is_turned)
{
    view text = pdf_word_text(to->layout, w);
    float gap = to->before ? w->box.left - to->before->box.right : 0;
    if (to->is_turned && to->before) gap = fmaxf(gap, to->before->box.left - w->box.right);
    float size = to->before ? pdf_height(to->before->box) : 0;
    bool touches = to->base && gap < 0.15F * pdf_height(to->base->box);
    int direction = touches && !to->is_turned ? rise(to->base, w) : 0;
    if (direction > 0) {
        raised_append(&to->sign, to->out, to->start, text);
    } else if (direction < 0) {
        lowered_append(to->out, to->start, text);
    } else if (to->before && to->before == to->base && pdf_is_stacked(to->base->box, w->box)) {
        buffer_append_byte(to->out, '/');
        buffer_append(to->out, text);
    } else {
        bool is_sign = to->written == 1 && rise(w, to->before) > 0; // of a note, before it
        if (gap > 0.1F * size || is_sign || gap < -size) buffer_append_byte(to->out, ' ');
        if (is_turned)
            visual_append_word(text, to->out);
        else
            append_signed(to, w, text);
        to->base = w;
    }
    to->before = w;
    to->written++;
}

static bool has_right_to_left(const pdf_layout *l, uint32_t first, uint32_t count)
{
    for (uint32_t i = first; i < first + count; i++) {
        view text = pdf_word_text(l, &pdf_words(l)[i]);
        if (pdf_may_be_right_to_left(text) && visual_kind_of(text) == VISUAL_RIGHT) return true;
    }
    return false;
}

/* Of a line without letters: is the nearest word before it that has some read from right to left? */
static bool follows_right_to_left(const pdf_layout *l, uint32_t first, uint32_t count)
{
    enum { LOOK_BACK_WORDS = 64 };
    for (uint32_t i = first; i < first + count; i++) {
        view text = pdf_word_text(l, &pdf_words(l)[i]);
        for (size_t at = 0; at < text.size; at++) // as nearly all lines have
            if ((text.data[at] | 32) >= 'a' && (text.data[at] | 32) <= 'z') return false;
        if (visual_kind_of(text) > VISUAL_NUMBER) return false;
    }
    for (uint32_t i = first; i > 0 && first - i < LOOK_BACK_WORDS; i--) {
        visual_kind kind = visual_kind_of(pdf_word_text(l, &pdf_words(l)[i - 1]));
        if (kind > VISUAL_NUMBER) return kind == VISUAL_RIGHT;
    }
    return false;
}

static void write_turned(line_writer *to, uint32_t first, uint32_t count, bool is_right_left)
{
    const pdf_word *words = pdf_words(to->layout) + first;
    uint8_t *kinds = heap_new_array(count, sizeof *kinds);
    uint32_t *order = heap_new_array(count, sizeof *order);
    bool *turned = heap_new_array(count, sizeof *turned);
    to->is_turned = true;
    if (kinds && order && turned) {
        for (uint32_t i = 0; i < count; i++)
            kinds[i] = (uint8_t)visual_kind_of(pdf_word_text(to->layout, &words[i]));
        is_right_left = is_right_left || visual_is_right_to_left(kinds, count);
        visual_order(kinds, count, is_right_left, order, turned);
        for (uint32_t i = 0; i < count; i++)
            write_word(to, &words[order[i]], turned[i]);
    } else {
        to->out->failed = KITH_ERR_NO_MEMORY;
    }
    free(kinds);
    free(order);
    free(turned);
}

/* Dots that lead the eye to a page's number become one sign, in place: "Ropes ....... 4". */
static void shorten_leaders(buffer *out, size_t start)
{
    enum { LEAST_DOTS = 5 };
    size_t to = start;
    for (size_t i = start; i < out->size;) {
        size_t end = i, dots = 0;
        while (end < out->size && (out->data[end] == '.' || (dots && out->data[end] == ' ')))
            dots += out->data[end++] == '.';
        if (dots < LEAST_DOTS) {
            size_t size = end > i ? end - i : 1;
            memmove(out->data + to, out->data + i, size);
            to += size;
            i += size;
            continue;
        }
        if (to > start && out->data[to - 1] == ' ') to--;
        static const char LEADER[] = " \xe2\x80\xa6 "; // no longer than the dots
        size_t size = end < out->size ? 5 : 4;
        memcpy(out->data + to, LEADER, size);
        to += size;
        i = end;
    }
    out->size = to;
}

void pdf_append_words(const pdf_layout *l, uint32_t first, uint32_t count, buffer *out)
{
    line_writer to = {.layout = l, .out = out, .start = out->size};
    bool has_some = has_right_to_left(l, first, count);
    if (has_some || follows_right_to_left(l, first, count)) {
        write_turned(&to, first, count, !has_some);
        return;
    }
    for (uint32_t i = first; i < first + count; i++)
        write_word(&to, &pdf_words(l)[i], false);
    view line = view_slice(buffer_view(out), to.start, out->size);
    if (view_find(line, VIEW("...")) < line.size || view_find(line, VIEW(". . .")) < line.size)
        shorten_leaders(out, to.start);
}
