/* visual_order.h - text that is listed as it is seen, from left to right, put into the order in
 * which it is read. A PDF shows Hebrew and Arabic so: the last letter of each word first, and the
 * last word of a line first. What stands within it from left to right (numbers, Latin words) keeps
 * its order. Source: the rules of Unicode's bidirectional algorithm (UAX 9), backwards and without
 * its explicit marks, which what is seen does not have. Pure. */
#ifndef KITH_EXTRACT_VISUAL_ORDER_H
#define KITH_EXTRACT_VISUAL_ORDER_H

#include "base/buffer.h"

#include <stdint.h>

typedef enum visual_kind {
    VISUAL_NEUTRAL, /* no letter and no digit */
    VISUAL_NUMBER,  /* digits and no letter */
    VISUAL_LEFT,    /* letters that are read from left to right */
    VISUAL_RIGHT    /* at least one letter of a script that is read from right to left */
} visual_kind;

/* word  valid UTF-8 */
visual_kind visual_kind_of(view word);
/* Is a line of these words, kinds [count], read from right to left? It is when more of them are
 * VISUAL_RIGHT than VISUAL_LEFT. */
bool visual_is_right_to_left(const uint8_t *kinds, uint32_t count);
/* Writes the numbers of the words, 0..count, to order [count] as they are read.
 * kinds  visual_kind of the words from left to right [count] */
void visual_order(const uint8_t *kinds, uint32_t count, uint32_t *order);
/* Appends a word of kind VISUAL_RIGHT as it is read: its letters turned round, each with the marks
 * on it, but not the digits and Latin letters among them. Fails as the buffer does.
 * word  valid UTF-8 */
void visual_append_word(view word, buffer *out);

#endif
