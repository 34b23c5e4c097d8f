/* html_page.c - the pending things and the text; headings; lists. */
#include "extract/html_page.h"

#include <kith/types.h>

#include <endian.h>

enum {
    PAGE_TITLE_MAX_BYTES = 2048,
    SCRIPT_MAX_BYTES = 4096,
    LIST_NUMBER_MAX = 1000000,
    LIST_LETTER_MAX = 26,
    LIST_ROMAN_MAX = 399
};

void page_init(html_page *p, arena *memory, kith_error *err)
{
    *p = (html_page){
        .err = err, .cell_start = SIZE_MAX, .term_end = SIZE_MAX, .marker = NUMERAL_NONE};
    buffer_init(&p->text, KITH_DOCUMENT_MAX_BYTES);
    buffer_init(&p->title, KITH_DOCUMENT_MAX_BYTES);
    buffer_init(&p->script, SCRIPT_MAX_BYTES);
    buffer_init(&p->cell_text, KITH_DOCUMENT_MAX_BYTES);
    buffer_init(&p->marks, EXTRACT_MAX_MARKS * sizeof(place_mark));
    buffer_init(&p->row_anchors, EXTRACT_MAX_MARKS * sizeof(page_row_anchor));
    outline_init(&p->found, memory);
}

void page_done(html_page *p)
{
    table_done(&p->rows);
    outline_done(&p->found);
    buffer_done(&p->row_anchors);
    buffer_done(&p->marks);
    buffer_done(&p->cell_text);
    buffer_done(&p->script);
    buffer_done(&p->title);
    buffer_done(&p->text);
}

void page_fail(html_page *p, kith_status status)
{
    if (p->status == KITH_OK) p->status = status;
}

void page_break(html_page *p, uint32_t count)
{
    if (p->breaks < count) p->breaks = count;
    p->space = false;
}

/* ---- what is pending ---- */

/* "Term: meaning"; a term that ends with a mark of its own gets no colon. */
static void join_term(html_page *p)
{
    char last = p->text.size ? p->text.data[p->text.size - 1] : ' ';
    buffer_append(&p->text, last == ':' || last == '?' ? VIEW(" ") : VIEW(": "));
    p->after_term = false;
}

static void flush_anchor(html_page *p)
{
    if (!p->anchor.data || p->cell_start != SIZE_MAX) return;
    place_mark mark = {.offset = p->text.size, .kind = PLACE_ANCHOR, .name = p->anchor};
    buffer_append(&p->marks, (view){(const char *)&mark, sizeof mark});
    p->anchor.data = NULL;
    if (p->marks.failed != KITH_OK)
        page_fail(p, buffer_status(&p->marks, "the list of anchors", p->err));
}

static void flush_marker(html_page *p)
{
    int32_t number = p->marker_number;
    if (p->marker == NUMERAL_NONE) return;
    if (number < 0) buffer_append_byte(&p->text, '-');
    numeral_append(&p->text, p->marker, (uint32_t)(number < 0 ? -number : number));
    buffer_append_text(&p->text, p->marker == NUMERAL_BULLET ? " " : ". ");
    p->marker = NUMERAL_NONE;
}

void page_flush(html_page *p)
{
    bool at_start = p->text.size == 0 || p->text.size == p->cell_start;
    if (p->after_term && !at_start) {
        join_term(p);
    } else if (p->after_other_term && !at_start) {
        buffer_append_text(&p->text, ", ");
    } else if (p->breaks > 0 && !at_start) {
        buffer_append(&p->text, p->breaks > 1 ? VIEW("\n\n") : VIEW("\n"));
        p->line_start = p->text.size;
    } else if (p->space && !at_start) {
        buffer_append_byte(&p->text, ' ');
    }
    flush_anchor(p);
    if (p->end_level > 0 && p->cell_start == SIZE_MAX) {
        kith_status status = outline_end(&p->found, p->end_level, p->text.size, p->err);
        p->end_level = 0;
        if (status != KITH_OK) page_fail(p, status);
    }
    flush_marker(p);
    p->breaks = 0;
    p->space = p->after_term = p->after_other_term = false;
    if (p->heading_level > 0 && p->heading_start == SIZE_MAX) p->heading_start = p->text.size;
}

void page_move_anchors(html_page *p, size_t at)
{
    place_mark *marks = (place_mark *)p->marks.data;
    size_t count = p->marks.size / sizeof *marks;
    while (count > 0 && marks[count - 1].offset > at)
        marks[--count].offset = at;
    size_t last = p->marks.size / sizeof *marks;
    if (count + 1 < last) marks[count] = marks[last - 1]; // the nearer one
    if (count < last) last = count + 1;
    if (last > 1 && marks[last - 2].offset == marks[last - 1].offset) {
        marks[last - 2] = marks[last - 1];
        last--;
    }
    p->marks.size = last * sizeof *marks;
}

void page_strike(html_page *p, size_t start)
{
    if (p->struck_depth == 0) return;
    size_t before = p->struck.mark, size = p->text.size;
    struck_end_run(&p->struck, &p->text, start);
    // One mark more and one less: the run goes on with the one before.
    if (p->text.size == size && p->struck.mark > before) page_move_anchors(p, before);
}

void page_struck_reopen(html_page *p)
{
    size_t size = p->text.size;
    if (p->struck_depth == 0) return;
    struck_reopen(&p->struck, &p->text);
    if (p->text.size < size) page_move_anchors(p, p->text.size);
}

static void append_run(html_page *p, view run)
{
    page_flush(p);
    size_t start = p->text.size;
    if (p->after_math)
        formula_text(&p->math, run); // apart from the formula
    else
        buffer_append(&p->text, run);
    p->after_math = false;
    page_strike(p, start);
}

/* Of eight bytes those below '!', by their top bits: blanks, line ends and tabs, since the page's text
 * has no other controls. */
static uint64_t spaces_of(const char *bytes)
{
    const uint64_t ones = UINT64_C(0x0101010101010101);
    uint64_t x;
    memcpy(&x, bytes, sizeof x);
    x = le64toh(x);
    return ~(((x & (ones * 0x7F)) + ones * (0x80 - '!')) | x) & (ones * 0x80);
}

/* The end of the words that begin at i with a single blank between each two, as they stay. It is looked
 * for in eight bytes at once: most of a page's text passes here. */
static size_t words_end(view text, size_t i)
{
    while (text.size - i > 8) {
        uint64_t spaces = spaces_of(text.data + i), next = spaces_of(text.data + i + 1);
        for (uint64_t left = spaces; left; left &= left - 1) {
            size_t at = (size_t)__builtin_ctzll(left) / 8;
            bool stays = text.data[i + at] == ' ' && !(next & (left & -left));
            if (!stays) return i + at;
        }
        i += 8;
    }
    for (;;) {
        while (i < text.size && !is_ascii_space(text.data[i]))
            i++;
        if (text.size - i < 2 || text.data[i] != ' ' || is_ascii_space(text.data[i + 1])) return i;
        i++;
    }
}

static size_t word_end(view text, size_t i)
{
    while (i < text.size && !is_ascii_space(text.data[i]))
        i++;
    return i;
}

static bool is_no_break_space(view text, size_t i)
{
    return text.size - i > 1 && text.data[i] == '\xC2' && text.data[i + 1] == '\xA0';
}

static bool ends_with_filler(const html_page *p)
{
    size_t size = p->text.size;
    return size > 1 && p->text.data[size - 1] == '\xA0' && p->text.data[size - 2] == '\xC2';
}

/* True for a no-break space that begins a line or touches another blank: writers indent and fill with
 * them ("<p>&nbsp;</p>", "1.&nbsp;&nbsp; Delivery"). */
static bool is_filler(const html_page *p, view text, size_t i)
{
    if (!is_no_break_space(text, i)) return false;
    if (p->space || p->breaks > 0 || p->text.size == 0 || p->text.size == p->cell_start ||
        ends_with_filler(p))
        return true;
    return i + 2 < text.size &&
           (is_ascii_space(text.data[i + 2]) || is_no_break_space(text, i + 2));
}

static void append_collapsed(html_page *p, view text)
{
    for (size_t i = 0; i < text.size;) {
        if (text.data[i] == '\xC2' && is_filler(p, text, i)) {
            p->space = p->breaks == 0 && !ends_with_filler(p);
            i += 2;
            continue;
        }
        if (is_ascii_space(text.data[i])) {
            p->space = p->breaks == 0 && !ends_with_filler(p);
            p->after_math = false;
            i++;
            continue;
        }
        size_t start = i;
        i = p->after_math ? word_end(text, i) : words_end(text, i);
        append_run(p, view_slice(text, start, i));
    }
}

/* Line ends at the start of preformatted text are dropped where a line end is pending already. */
static void append_preformatted(html_page *p, view text)
{
    while (p->breaks > 0 && text.size > 0 && text.data[0] == '\n')
        text = view_slice(text, 1, text.size);
    if (text.size == 0) return;
    page_flush(p);
    size_t start = p->text.size;
    buffer_append(&p->text, text);
    page_strike(p, start);
}

void page_text(html_page *p, view text)
{
    if (p->in_title) {
        if (p->title.size < PAGE_TITLE_MAX_BYTES) buffer_append(&p->title, text);
    } else if (p->math_depth > 0) {
        view sign = view_trim(text);
        if (sign.size == 0) return;
        page_flush(p);
        formula_text(&p->math, sign);
    } else if (p->script_depth > 0) {
        buffer_append(&p->script, text); // what is too long for a sign is cut
    } else if (p->pre_depth > 0) {
        append_preformatted(p, text);
    } else {
        append_collapsed(p, text);
    }
    if (p->text.failed != KITH_OK) page_fail(p, p->text.failed);
}

void page_anchor(html_page *p, view id)
{
    p->anchor = p->last_anchor = arena_copy(p->found.memory, id);
    if (!p->anchor.data)
        page_fail(p, fail(p->err, KITH_ERR_NO_MEMORY, "out of memory for an anchor"));
}

void page_listing_begin(html_page *p)
{
    page_break(p, 2);
    if (p->pre_depth++ == 0) p->anchor_before_pre = p->last_anchor;
}

void page_listing_end(html_page *p)
{
    if (p->pre_depth > 0) p->pre_depth--;
    page_break(p, 2);
    if (p->pre_depth > 0 || p->anchor_before_pre.data == p->last_anchor.data) return;
    if (p->anchor_before_pre.data) p->anchor = p->last_anchor = p->anchor_before_pre;
}

/* ---- lists ---- */

/* A number of up to seven digits, which may have a sign; `otherwise` when it is none. */
static int32_t number_of(view text, int32_t otherwise)
{
    uint64_t value;
    text = view_trim(text);
    bool is_negative = text.size > 0 && text.data[0] == '-';
    if (is_negative) text = view_slice(text, 1, text.size);
    if (text.size > 7 || !view_number(text, INT32_MAX, &value)) return otherwise;
    return is_negative ? -(int32_t)value : (int32_t)value;
}

/* How a list counts to this number: letters to "z", Roman numbers to 399, all others decimal. */
static numeral_kind marker_kind(const page_list *l, int32_t number)
{
    bool is_letter = number >= 1 && number <= LIST_LETTER_MAX;
    bool is_roman = number >= 1 && number <= LIST_ROMAN_MAX;
    switch (l->type) {
    case 'a':
        return is_letter ? NUMERAL_LOWER_LETTER : NUMERAL_DECIMAL;
    case 'A':
        return is_letter ? NUMERAL_UPPER_LETTER : NUMERAL_DECIMAL;
    case 'i':
        return is_roman ? NUMERAL_LOWER_ROMAN : NUMERAL_DECIMAL;
    case 'I':
        return is_roman ? NUMERAL_UPPER_ROMAN : NUMERAL_DECIMAL;
    default:
        return NUMERAL_DECIMAL;
    }
}

void page_list_begin(html_page *p, bool is_ordered, view type, view start, bool is_reversed)
{
    page_break(p, p->list_depth > 0 ? 1 : 2);
    if (p->list_depth++ >= PAGE_LISTS) return;
    bool has_type = type.size == 1 && strchr("1aAiI", type.data[0]);
    p->lists[p->list_depth - 1] = (page_list){
        .is_ordered = is_ordered && !view_equal(type, VIEW("none")),
        .type = has_type ? type.data[0] : '1',
        .next = number_of(start, 1),
        .step = is_reversed ? -1 : 1,
    };
}

void page_list_end(html_page *p)
{
    if (p->list_depth > 0) p->list_depth--;
    page_break(p, p->list_depth > 0 ? 1 : 2);
}

void page_entry(html_page *p, view value)
{
    page_list *l =
        p->list_depth > 0 && p->list_depth <= PAGE_LISTS ? &p->lists[p->list_depth - 1] : NULL;
    page_break(p, 1);
    if (!l || !l->is_ordered) {
        p->marker = NUMERAL_BULLET;
        p->marker_number = 0;
        return;
    }
    int32_t number = value.data ? number_of(value, l->next) : l->next;
    p->marker = marker_kind(l, number);
    p->marker_number = number;
    if (number < LIST_NUMBER_MAX && number > -LIST_NUMBER_MAX) l->next = number + l->step;
}

/* ---- headings ---- */

/* A heading within a heading is the page's mistake: the outer one ends where the inner begins. */
void page_heading_end(html_page *p)
{
    uint32_t level = p->heading_level;
    p->heading_level = p->heading_depth = 0;
    page_break(p, 2);
    if (level == 0 || p->heading_start == SIZE_MAX) return;
    view title = view_slice(buffer_view(&p->text), p->heading_start, p->text.size);
    kith_status status = outline_add(&p->found, level, title, p->heading_start, p->err);
    if (status != KITH_OK) page_fail(p, status);
}

void page_heading_begin(html_page *p, uint32_t level)
{
    page_heading_end(p);
    p->heading_level = level;
    p->heading_depth = p->depth;
    p->heading_start = SIZE_MAX;
}
