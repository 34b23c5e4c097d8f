/* chunk_window.h - the part of a text that a chunk is being cut from, as units. Internal to
 * src/text. A unit is one grapheme cluster, or a whole run of white space: between units a chunk
 * may begin and end. Units are numbered from 0 on and found from left to right, once each; those
 * before the current chunk are forgotten. */
#ifndef KITH_TEXT_CHUNK_WINDOW_H
#define KITH_TEXT_CHUNK_WINDOW_H

#include "base/status.h"
#include "base/view.h"

#include <stdbool.h>
#include <stdint.h>

/* How good a place to break the boundary before a unit is. */
typedef enum break_rank {
    BREAK_NONE,
    BREAK_SPACE,
    BREAK_LINE,
    BREAK_SENTENCE,
    BREAK_PARAGRAPH
} break_rank;

/* Where a unit begins. */
typedef struct mark {
    uint32_t byte, character, line; /* before it in the text */
    uint8_t rank;
    bool is_blank;
} mark;

typedef struct chunk_window {
    view text;
    mark *marks; /* of the units first .. first + count - 1, and, at the end of the text, of the end
                  */
    uint32_t first, count, capacity;
    uint32_t end;        /* the unit number of the end of the text; UINT32_MAX until it is found */
    mark next;           /* where the scan goes on */
    bool sentence_ended; /* at the last unit that is not blank */
} chunk_window;

/* text  valid UTF-8, at most UINT32_MAX - 1 bytes */
void window_init(chunk_window *w, view text);
void window_done(chunk_window *w);
/* Finds units until `unit` is known or the text ends. KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status window_reach(chunk_window *w, uint32_t unit, kith_error *err);
/* Forgets the units before `unit`. */
void window_forget(chunk_window *w, uint32_t unit);
/* Breaks a unit into its code points; the units after it move up. */
KITH_CHECKED kith_status window_split(chunk_window *w, uint32_t unit, kith_error *err);

/* Of a known unit, or of the end. */
static inline const mark *window_at(const chunk_window *w, uint32_t unit)
{
    return &w->marks[unit - w->first];
}

#endif
