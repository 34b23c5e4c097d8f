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
/* Writes the numbers of the words, 0..count, to order [count] as they are read, and to turned [count]
 * for each place of it whether its word stands among those that are read from right to left.
 * kinds          visual_kind of the words from left to right [count]
 * is_right_left  direction of the line: visual_is_right_to_left, or for one without letters that of
 *                what stands before it */
void visual_order(const uint8_t *kinds, uint32_t count, bool is_right_left, uint32_t *order,
                  bool *turned);
/* Appends a word among those that are read from right to left as it is read: its letters and signs
 * turned round, each with the marks on it, but not the digits and Latin letters among them. Signs of
 * a number stay where they are ("50%", "-5"), but for a stop at its left (".2024" is read "2024.")
 * and brackets. Fails as the buffer does.
 * word  valid UTF-8 */
void visual_append_word(view word, buffer *out);

#endif
