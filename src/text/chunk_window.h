/* chunk_window.h - the part of a text that a chunk is being cut from, as units. Internal to
 * src/text.
 * A unit is one grapheme cluster, or a whole run of white space. Chunks begin and end between
 * units. Units are numbered from 0 from the beginning of the text. Each is found once, from left to
 * right; those before the current chunk are forgotten, so memory is bounded by the chunk's size and
 * not by the text's. One thread at a time. */
#ifndef KITH_TEXT_CHUNK_WINDOW_H
#define KITH_TEXT_CHUNK_WINDOW_H

#include "base/status.h"
#include "base/view.h"

#include <stdbool.h>
#include <stdint.h>

/* How good a place to break the boundary before a unit is; a higher value is better. */
typedef enum break_rank {
    BREAK_NONE,
    BREAK_SPACE,
    BREAK_LINE,
    BREAK_SENTENCE,
    BREAK_PARAGRAPH
} break_rank;

/* The beginning of a unit, or the end of the text. */
typedef struct mark {
    uint32_t byte, character, line; /* that precede it in the text */
    uint8_t rank;                   /* break_rank of the boundary before it */
    bool is_blank;                  /* the unit is white space */
} mark;

typedef struct chunk_window {
    view text;
    mark *marks; /* [count] of units first and on; the last may be the end of the text */
    uint32_t first, count, capacity;
    uint32_t end; /* the unit number of the end of the text; UINT32_MAX until it is found */
    mark next;    /* where the scan goes on */
} chunk_window;

/* text  valid UTF-8 of less than UINT32_MAX bytes, borrowed until window_done */
void window_init(chunk_window *w, view text);
void window_done(chunk_window *w);
/* Finds units until `unit` is known or the text ends. Error: KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status window_reach(chunk_window *w, uint32_t unit, kith_error *err);
/* The units before `unit` are no longer needed. */
void window_forget(chunk_window *w, uint32_t unit);
/* Breaks a unit into its code points, as many units; the numbers of those after it grow.
 * Error: KITH_ERR_NO_MEMORY; the window must not be used further then. */
KITH_CHECKED kith_status window_split(chunk_window *w, uint32_t unit, kith_error *err);

/* Of a known unit, or of the end; until the next call that is not const. */
static inline const mark *window_at(const chunk_window *w, uint32_t unit)
{
    DCHECK(unit >= w->first && unit - w->first < w->count);
    return &w->marks[unit - w->first];
}

#endif
