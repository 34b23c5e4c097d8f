/* pdf_turn.c - a word of several letters is longer than high; in which way a line runs its words tell.
 *
 * The order of a turned page is found by cutting it: columns, which a strip without words parts from top
 * to bottom, are read one after the other; where there is none, what stands over the uppermost gap from
 * side to side is read first (XY-cut, Nagy & Seth 1984). */
#include "extract/pdf_turn.h"

#include "base/size.h"

#include <stdlib.h>

enum {
    LEAST_WORDS = 3, /* that say how a page lies */
    MAX_BLOCKS = 1000,
    MAX_CUTS = 300 /* of a page; what is left then is sorted by height */
};

static const float LONG = 1.2F;   /* times its height: a word that says so */
static const float GUTTER = 1.0F; /* times a line's height */

typedef enum way { WAY_UPRIGHT, WAY_UP, WAY_DOWN, WAY_OVER } way;

/* ---- how a page lies ---- */

/* Letters that stand beside each other in a word, of whatever script that is written in lines. */
static bool is_spelled(view text)
{
    uint32_t letters = 0;
    for (size_t i = 0; i < text.size; i++) {
        unsigned char byte = (unsigned char)text.data[i];
        if (byte >= 0xE2) return false; // U+2000 and above
        letters += (byte & 0xC0) != 0x80;
    }
    return letters >= 3;
}

static bool runs_right_to_left(view text)
{
    for (size_t i = 0; i < text.size; i++)
        if ((unsigned char)text.data[i] >= 0xD6) return true; // U+0590 and above
    return false;
}

/* What the words of a page, and the steps between them, say. */
typedef struct votes {
    uint32_t flat, tall;            /* words */
    uint32_t up, down, right, left; /* steps from a word to the next one of its line */
} votes;

static void count_line(const pdf_layout *l, const pdf_line *line, votes *v)
{
    const pdf_word *words = &pdf_words(l)[line->first];
    for (uint32_t i = 0; i < line->count; i++) {
        view text = pdf_word_text(l, &words[i]);
        float width = words[i].box.right - words[i].box.left, height = pdf_height(words[i].box);
        if (is_spelled(text)) {
            v->flat += width > LONG * height;
            v->tall += height > LONG * width;
        }
        if (i == 0 || runs_right_to_left(text)) continue;
        float x =
            words[i].box.left + words[i].box.right - words[i - 1].box.left - words[i - 1].box.right;
        float y =
            words[i].box.top + words[i].box.bottom - words[i - 1].box.top - words[i - 1].box.bottom;
        v->up += y < -height;
        v->down += y > height;
        v->right += x > width / 2;
        v->left += x < -width / 2;
    }
}

static way way_of(const pdf_layout *l, const pdf_page *page)
{
    votes v = {0};
    for (uint32_t i = page->first; i < page->first + page->count; i++)
        count_line(l, &pdf_lines(l)[i], &v);
    if (v.tall >= LEAST_WORDS && v.tall > 2 * v.flat) return v.down > v.up ? WAY_DOWN : WAY_UP;
    return v.flat >= LEAST_WORDS && v.left >= LEAST_WORDS && v.left > 2 * v.right ? WAY_OVER
                                                                                  : WAY_UPRIGHT;
}

static pdf_box turn_box(pdf_box b, way to, const pdf_page *page)
{
    switch (to) {
    case WAY_UP: // its beginning is below
        return (pdf_box){page->height - b.bottom, b.left, page->height - b.top, b.right};
    case WAY_DOWN:
        return (pdf_box){b.top, page->width - b.right, b.bottom, page->width - b.left};
    case WAY_OVER:
        return (pdf_box){page->width - b.right, page->height - b.bottom, page->width - b.left,
                         page->height - b.top};
    case WAY_UPRIGHT:
        break;
    }
    return b;
}

/* ---- the order ---- */

typedef struct block {
    pdf_box box;
    uint32_t first, count; /* lines */
} block;

static int by_top(const void *a, const void *b)
{
    const block *x = a, *y = b;
    if (x->box.top != y->box.top) return x->box.top < y->box.top ? -1 : 1;
    return x->box.left != y->box.left ? (x->box.left > y->box.left) - (x->box.left < y->box.left)
                                      : (x->first > y->first) - (x->first < y->first);
}

static int by_left(const void *a, const void *b)
{
    const block *x = a, *y = b;
    if (x->box.left != y->box.left) return x->box.left < y->box.left ? -1 : 1;
    return by_top(a, b);
}

/* How many of the blocks, sorted by their left edges, stand before the first strip that parts columns; all:
 * there is none. */
static uint32_t before_gutter(const block *list, uint32_t count)
{
    float right = list[0].box.right, least = GUTTER * 1e6F;
    for (uint32_t i = 0; i < count; i++) {
        float height = pdf_height(list[i].box);
        if (height < least) least = height; // a block of one line, if there is any
    }
    for (uint32_t i = 1; i < count; i++) {
        if (list[i].box.left > right + GUTTER * least) return i;
        if (list[i].box.right > right) right = list[i].box.right;
    }
    return count;
}

/* The same of the blocks, sorted by their tops, for a gap from side to side; one at least. */
static uint32_t before_gap(const block *list, uint32_t count)
{
    float bottom = list[0].box.bottom;
    for (uint32_t i = 1; i < count; i++) {
        if (list[i].box.top >= bottom) return i;
        if (list[i].box.bottom > bottom) bottom = list[i].box.bottom;
    }
    return count;
}

/* Sorts the blocks into the order in which they are read. */
static void sort_blocks(block *list, uint32_t count, uint32_t *cuts)
{
    while (count > 1) {
        qsort(list, count, sizeof *list, by_left);
        uint32_t first = *cuts < MAX_CUTS ? before_gutter(list, count) : count;
        ++*cuts;
        if (first < count) {
            sort_blocks(list, first, cuts);
        } else {
            qsort(list, count, sizeof *list, by_top);
            first = before_gap(list, count);
            if (first == count || *cuts >= MAX_CUTS) return;
            sort_blocks(list, first, cuts);
        }
        list += first;
        count -= first;
    }
}

/* The page's lines by blocks, in `blocks`; false when there are too many. */
static bool gather_blocks(const pdf_layout *l, const pdf_page *page, buffer *blocks)
{
    const pdf_line *lines = pdf_lines(l);
    buffer_reset(blocks);
    for (uint32_t i = page->first; i < page->first + page->count; i++) {
        block *last = blocks->size ? (block *)(void *)(blocks->data + blocks->size) - 1 : NULL;
        if (!last || lines[i].block != lines[last->first].block) {
            const block made = {lines[i].box, i, 1};
            buffer_append(blocks, (view){(const char *)&made, sizeof made});
            continue;
        }
        pdf_box b = lines[i].box;
        last->count++;
        if (b.left < last->box.left) last->box.left = b.left;
        if (b.top < last->box.top) last->box.top = b.top;
        if (b.right > last->box.right) last->box.right = b.right;
        if (b.bottom > last->box.bottom) last->box.bottom = b.bottom;
    }
    return blocks->failed == KITH_OK && blocks->size / sizeof(block) <= MAX_BLOCKS;
}

static void order_lines(pdf_layout *l, const pdf_page *page, buffer *blocks, buffer *lines)
{
    if (!gather_blocks(l, page, blocks)) return;
    block *list = (block *)(void *)blocks->data;
    uint32_t count = (uint32_t)(blocks->size / sizeof *list);
    uint32_t cuts = 0;
    sort_blocks(list, count, &cuts);
    buffer_reset(lines);
    for (uint32_t i = 0; i < count; i++)
        buffer_append(lines, (view){(const char *)&pdf_lines(l)[list[i].first],
                                    list[i].count * sizeof(pdf_line)});
    if (lines->failed == KITH_OK && lines->size)
        memcpy(&pdf_lines(l)[page->first], lines->data, lines->size);
}

/* ---- turning ---- */

static void turn_page(pdf_layout *l, pdf_page *page, way to)
{
    for (uint32_t i = page->first; i < page->first + page->count; i++) {
        pdf_line *line = &pdf_lines(l)[i];
        line->box = turn_box(line->box, to, page);
        for (uint32_t k = line->first; k < line->first + line->count; k++)
            pdf_words(l)[k].box = turn_box(pdf_words(l)[k].box, to, page);
    }
    if (to == WAY_OVER) return;
    float width = page->width;
    page->width = page->height;
    page->height = width;
}

kith_status pdf_turn_pages(pdf_layout *l, kith_error *err)
{
    buffer blocks, lines;
    buffer_init(&blocks, UINT32_MAX);
    buffer_init(&lines, UINT32_MAX);
    for (uint32_t i = 0; i < pdf_page_count(l); i++) {
        pdf_page *page = &pdf_pages(l)[i];
        way to = way_of(l, page);
        if (to == WAY_UPRIGHT) continue;
        turn_page(l, page, to);
        order_lines(l, page, &blocks, &lines);
    }
    kith_status status = buffer_status(&blocks, "the blocks of a page", err);
    if (status == KITH_OK) status = buffer_status(&lines, "the lines of a page", err);
    buffer_done(&blocks);
    buffer_done(&lines);
    return status;
}
