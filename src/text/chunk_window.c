/* chunk_window.c - one scan over the text: graphemes by utf8proc, white space gathered, breaks
 * ranked.
 *
 * A run of white space is one unit, with the same rank on both its sides: chunks are trimmed, so
 * whether one ends before or after it makes no difference, and a chunk may end on either side.
 *
 * A grapheme of more than 128 code points is nothing that a person reads (Unicode's stream-safe
 * format, UAX #15, allows 30 marks); it is cut there, so that every unit is bounded. */
#include "text/chunk_window.h"

#include "base/reserve.h"
#include "text/boundary.h"
#include "text/unicode.h"

#include <stdlib.h>
#include <utf8proc.h>

enum { GRAPHEME_MAX_CODE_POINTS = 128, FIRST_CAPACITY = 1024 };

void window_init(chunk_window *w, view text)
{
    *w = (chunk_window){.text = text, .end = UINT32_MAX};
}

void window_done(chunk_window *w)
{
    free(w->marks);
    w->marks = NULL;
}

static kith_status append_mark(chunk_window *w, mark m, kith_error *err)
{
    if (w->count == w->capacity) { // asked here: this runs once for each character
        uint32_t needed = w->count ? w->count + 1 : FIRST_CAPACITY;
        mark *grown = heap_reserve(w->marks, &w->capacity, needed, sizeof *grown);
        if (!grown) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a chunk");
        w->marks = grown;
    }
    w->marks[w->count++] = m;
    return KITH_OK;
}

typedef struct grapheme {
    uint32_t bytes, characters, newlines;
    uint32_t last; /* code point */
    bool is_blank; /* white space only */
} grapheme;

static grapheme read_grapheme(view text, uint32_t start)
{
    uint32_t c;
    size_t at = start + unicode_next(text.data + start, &c);
    grapheme g = {.characters = 1, .newlines = c == '\n', .is_blank = unicode_is_space(c)};
    utf8proc_int32_t state = 0;
    while (at < text.size && g.characters < GRAPHEME_MAX_CODE_POINTS) {
        uint32_t next;
        size_t length = unicode_next(text.data + at, &next);
        if (c < 0x80 && next < 0x80) { // by far the most
            if (c != '\r' || next != '\n') break;
        } else if (utf8proc_grapheme_break_stateful((utf8proc_int32_t)c, (utf8proc_int32_t)next,
                                                    &state)) {
            break;
        }
        g.characters++;
        g.newlines += next == '\n';
        g.is_blank = g.is_blank && unicode_is_space(next);
        c = next;
        at += length;
    }
    g.last = c;
    g.bytes = (uint32_t)(at - start);
    return g;
}

static void advance(mark *m, grapheme g)
{
    m->byte += g.bytes;
    m->character += g.characters;
    m->line += g.newlines;
}

/* Takes the run of white space that begins with `g`. */
static kith_status scan_blank(chunk_window *w, grapheme g, kith_error *err)
{
    mark start = w->next;
    do {
        advance(&w->next, g);
        if (w->next.byte == w->text.size) break;
        g = read_grapheme(w->text, w->next.byte);
    } while (g.is_blank);
    uint32_t newlines = w->next.line - start.line;
    bool ends = start.byte > 0 && boundary_ends_sentence(w->text, start.byte);
    start.rank = newlines > 1    ? BREAK_PARAGRAPH
                 : ends          ? BREAK_SENTENCE
                 : newlines == 1 ? BREAK_LINE
                                 : BREAK_SPACE;
    start.is_blank = true;
    w->next.rank = start.rank;
    return append_mark(w, start, err);
}

static kith_status scan_unit(chunk_window *w, kith_error *err)
{
    grapheme g = read_grapheme(w->text, w->next.byte);
    if (g.is_blank) return scan_blank(w, g, err);
    kith_status status = append_mark(w, w->next, err);
    if (status != KITH_OK) return status;
    advance(&w->next, g);
    bool ends = boundary_may_end_unspaced(g.last) && w->next.byte < w->text.size &&
                boundary_ends_sentence(w->text, w->next.byte);
    w->next.rank = ends ? BREAK_SENTENCE : BREAK_NONE;
    return KITH_OK;
}

kith_status window_reach(chunk_window *w, uint32_t unit, kith_error *err)
{
    kith_status status = KITH_OK;
    while (status == KITH_OK && w->end == UINT32_MAX && unit >= w->first + w->count) {
        if (w->next.byte < w->text.size) {
            status = scan_unit(w, err);
        } else {
            status = append_mark(w, w->next, err);
            if (status == KITH_OK) w->end = w->first + w->count - 1;
        }
    }
    return status;
}

void window_forget(chunk_window *w, uint32_t unit)
{
    uint32_t unneeded = unit - w->first;
    // Only when they are half of all: each mark then moves once or so, however many calls there
    // are.
    if (unneeded < FIRST_CAPACITY || unneeded < w->count / 2) return;
    memmove(w->marks, w->marks + unneeded, (w->count - unneeded) * sizeof *w->marks);
    w->first += unneeded;
    w->count -= unneeded;
}

kith_status window_split(chunk_window *w, uint32_t unit, kith_error *err)
{
    kith_status status = window_reach(w, unit + 1, err);
    if (status != KITH_OK) return status;
    mark m = *window_at(w, unit);
    uint32_t extra = window_at(w, unit + 1)->character - m.character - 1;
    for (uint32_t i = 0; i < extra; i++) {
        status = append_mark(w, (mark){0}, err); // room, into which the marks behind it move
        if (status != KITH_OK) return status;
    }
    mark *at = w->marks + (unit - w->first);
    size_t behind = w->count - extra - (unit - w->first) - 1;
    memmove(at + 1 + extra, at + 1, behind * sizeof *at);
    for (uint32_t i = 1; i <= extra; i++) {
        uint32_t c;
        m.byte += (uint32_t)unicode_next(w->text.data + m.byte, &c);
        m.character++;
        at[i] = (mark){m.byte, m.character, m.line, BREAK_NONE, false};
    }
    if (w->end != UINT32_MAX) w->end += extra;
    return KITH_OK;
}
