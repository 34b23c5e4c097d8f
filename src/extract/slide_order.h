/* slide_order.h - the order in which a person reads boxes on a page: a file stores shapes in the
 * order of their making. */
#ifndef KITH_EXTRACT_SLIDE_ORDER_H
#define KITH_EXTRACT_SLIDE_ORDER_H

#include "base/size.h"

#include <stdint.h>

enum { SLIDE_MAX_CUTS = 1000 /* boxes beyond are ordered by their upper edge alone */ };

typedef struct slide_box {
    int64_t left, top, width, height; /* any unit; width and height >= 0 */
    uint32_t index; /* of the caller; of two boxes at one place the lower comes first */
} slide_box;

/* Sorts the boxes: cut by cut, along the widest gap that parts them (of two alike the horizontal
 * one), upper before lower and left before right; what no gap parts, by its upper edge. */
void slide_order(slide_box *boxes, uint32_t count);

#endif
