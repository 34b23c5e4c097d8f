/* slide_order.c - recursive cuts (XY-cut: Nagy & Seth 1984). The widest gap decides between rows and
 * columns: a heading stands nearer to its own text than to the column beside it. Boxes are shrunk by
 * a tenth before they are looked at, since those of neighbouring texts overlap a little. */
#include "extract/slide_order.h"

#include <stdlib.h>
#include <string.h>

static int64_t start_of(const slide_box *b, bool across)
{
    return across ? b->left + b->width / 20 : b->top + b->height / 20;
}

static int64_t end_of(const slide_box *b, bool across)
{
    return across ? b->left + b->width - b->width / 20 : b->top + b->height - b->height / 20;
}

static int compare_at(const slide_box *a, const slide_box *b, bool across)
{
    int64_t x = start_of(a, across), y = start_of(b, across);
    if (x != y) return x < y ? -1 : 1;
    x = start_of(a, !across), y = start_of(b, !across);
    if (x != y) return x < y ? -1 : 1;
    return a->index < b->index ? -1 : a->index > b->index;
}

static int compare_across(const void *a, const void *b)
{
    return compare_at(a, b, true);
}

static int compare_down(const void *a, const void *b)
{
    return compare_at(a, b, false);
}

/* The widest gap between boxes that are sorted by their start: the boxes from *at on lie behind it.
 * Its width; negative: there is none. */
static int64_t widest_gap(const slide_box *boxes, uint32_t count, bool across, uint32_t *at)
{
    int64_t widest = -1, end = end_of(&boxes[0], across);
    for (uint32_t i = 1; i < count; i++) {
        int64_t gap = start_of(&boxes[i], across) - end;
        if (gap >= 0 && gap > widest) {
            widest = gap;
            *at = i;
        }
        if (end_of(&boxes[i], across) > end) end = end_of(&boxes[i], across);
    }
    return widest;
}

/* Each call parts the boxes, so that there are fewer than SLIDE_MAX_CUTS within one another. */
static void cut(slide_box *boxes, uint32_t count)
{
    uint32_t column = 0, row = 0;
    if (count < 2) return;
    qsort(boxes, count, sizeof *boxes, compare_across);
    int64_t across = widest_gap(boxes, count, true, &column);
    qsort(boxes, count, sizeof *boxes, compare_down);
    int64_t down = widest_gap(boxes, count, false, &row);
    if (across < 0 && down < 0) return; // by the upper edge
    if (across > down) qsort(boxes, count, sizeof *boxes, compare_across);
    uint32_t at = across > down ? column : row;
    cut(boxes, at);
    cut(boxes + at, count - at);
}

void slide_order(slide_box *boxes, uint32_t count)
{
    if (count > SLIDE_MAX_CUTS)
        qsort(boxes, count, sizeof *boxes, compare_down);
    else
        cut(boxes, count);
}
