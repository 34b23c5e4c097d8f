/* visual_order.c - see visual_order.h. */
#include "extract/visual_order.h"

#include "text/unicode.h"

#include <utf8proc.h>

static visual_kind kind_of(uint32_t code_point)
{
    const utf8proc_property_t *p = utf8proc_get_property((utf8proc_int32_t)code_point);
    switch (p->bidi_class) {
    case UTF8PROC_BIDI_CLASS_R:
    case UTF8PROC_BIDI_CLASS_AL:
        return VISUAL_RIGHT;
    case UTF8PROC_BIDI_CLASS_L:
        return VISUAL_LEFT;
    case UTF8PROC_BIDI_CLASS_EN:
    case UTF8PROC_BIDI_CLASS_AN:
        return VISUAL_NUMBER;
    default:
        return VISUAL_NEUTRAL;
    }
}

visual_kind visual_kind_of(view word)
{
    visual_kind found = VISUAL_NEUTRAL;
    for (size_t at = 0; at < word.size && found != VISUAL_RIGHT;) {
        uint32_t code_point;
        at += unicode_next(word.data + at, &code_point);
        visual_kind kind = kind_of(code_point);
        if (kind > found) found = kind;
    }
    return found;
}

bool visual_is_right_to_left(const uint8_t *kinds, uint32_t count)
{
    uint32_t left = 0, right = 0;
    for (uint32_t i = 0; i < count; i++) {
        left += kinds[i] == VISUAL_LEFT;
        right += kinds[i] == VISUAL_RIGHT;
    }
    return right > left;
}

/* In a line from left to right: where the words end that begin at `first` and are read from right
 * to left. The last is VISUAL_RIGHT; a number at their left was read behind them. */
static uint32_t end_of_right(const uint8_t *kinds, uint32_t count, uint32_t first)
{
    uint32_t end = first;
    if (kinds[first] != VISUAL_RIGHT && kinds[first] != VISUAL_NUMBER) return first;
    for (uint32_t i = first; i < count && kinds[i] != VISUAL_LEFT; i++)
        if (kinds[i] == VISUAL_RIGHT) end = i + 1;
    return end;
}

/* In a line from right to left: where the words begin that end before `end` and are read from left
 * to right. The first is VISUAL_LEFT; a number at their right was read behind them. */
static uint32_t begin_of_left(const uint8_t *kinds, uint32_t end)
{
    uint32_t begin = end;
    if (kinds[end - 1] != VISUAL_LEFT && kinds[end - 1] != VISUAL_NUMBER) return end;
    for (uint32_t i = end; i > 0 && kinds[i - 1] != VISUAL_RIGHT; i--)
        if (kinds[i - 1] == VISUAL_LEFT) begin = i - 1;
    return begin;
}

void visual_order(const uint8_t *kinds, uint32_t count, bool is_right_left, uint32_t *order,
                  bool *turned)
{
    uint32_t n = 0;
    if (is_right_left) {
        for (uint32_t end = count; end > 0;) {
            uint32_t begin = begin_of_left(kinds, end);
            for (uint32_t i = begin; i < end; i++) {
                turned[n] = false;
                order[n++] = i;
            }
            if (begin == end) {
                turned[n] = true;
                order[n++] = --begin;
            }
            end = begin;
        }
        return;
    }
    for (uint32_t first = 0; first < count;) {
        uint32_t end = end_of_right(kinds, count, first);
        for (uint32_t i = end; i > first; i--) {
            turned[n] = true;
            order[n++] = i - 1;
        }
        if (end == first) {
            turned[n] = false;
            order[n++] = end++;
        }
        first = end;
    }
}

/* Where the letter begins that ends at `end`, with the marks behind it. */
static size_t begin_of_letter(view word, size_t end)
{
    size_t at = end;
    while (at > 0) {
        uint32_t code_point;
        at -= unicode_previous(word.data, at, &code_point);
        utf8proc_category_t category = utf8proc_category((utf8proc_int32_t)code_point);
        if (category != UTF8PROC_CATEGORY_MN && category != UTF8PROC_CATEGORY_ME) break;
    }
    return at;
}

/* Where the sign of a number begins that ends at `end` ("%", "€", "°"); `end` when none does. */
static size_t begin_of_sign(view word, size_t end)
{
    uint32_t code_point;
    size_t size = end > 0 ? unicode_previous(word.data, end, &code_point) : 0;
    if (size == 0) return end;
    const utf8proc_property_t *p = utf8proc_get_property((utf8proc_int32_t)code_point);
    return p->bidi_class == UTF8PROC_BIDI_CLASS_ET ? end - size : end;
}

/* Where what is read from left to right begins that ends at `end`: letters and digits, single signs
 * between two of them ("1.5", "10:30") and the sign of a number on either side of it; `end` when
 * nothing does. */
static size_t begin_of_kept(view word, size_t end)
{
    size_t begin = end, last = begin_of_sign(word, end);
    uint32_t code_point = 0;
    bool is_sign_before = false, follows_number = false;
    if (last > 0) (void)unicode_previous(word.data, last, &code_point);
    if (last == 0 || kind_of(code_point) != VISUAL_NUMBER) last = end;
    for (size_t at = last; at > 0;) {
        at -= unicode_previous(word.data, at, &code_point);
        visual_kind kind = kind_of(code_point);
        bool is_kept = kind == VISUAL_LEFT || kind == VISUAL_NUMBER;
        if (kind == VISUAL_RIGHT || (!is_kept && (begin == end || is_sign_before))) break;
        if (is_kept) begin = at;
        if (is_kept) follows_number = kind == VISUAL_NUMBER;
        is_sign_before = !is_kept;
    }
    return follows_number && begin < end ? begin_of_sign(word, begin) : begin;
}

/* One of the four alefs (U+0622, U+0623, U+0625, U+0627), two bytes each. */
static bool is_alef(const char *at)
{
    return at[0] == '\xD8' && strchr("\xA2\xA3\xA5\xA7", at[1]) != NULL;
}

/* Mends the ligature of lam and an alef in the turned word that begins at `start`: its two letters are
 * listed as they are read, so that turning has put them the wrong way round. What tells it from an
 * alef that really stands before a lam: no word has two alefs in a row ("األقصى" is "الأقصى"), and
 * the article stands in none alone ("ال" is "لا"). Elsewhere both are words ("سلام", "سالم"), and it
 * stays. Ghostscript gives the alef of a ligature as U+4422 to U+4427. */
static void mend_ligatures(buffer *out, size_t start)
{
    static const char LAM[] = "\xD9\x84";
    enum { LETTER = 2, MANGLED = 3 };
    for (size_t i = start; i + LETTER + LETTER <= out->size; i++) {
        char *at = out->data + i;
        size_t left = out->size - i;
        if (left >= MANGLED + LETTER && memcmp(at, "\xE4\x90", 2) == 0 &&
            memcmp(at + MANGLED, LAM, LETTER) == 0) {
            char alef[] = {'\xD8', at[2]};
            if (!is_alef(alef)) continue;
            memcpy(at, LAM, LETTER);
            memcpy(at + LETTER, alef, LETTER);
            memmove(at + 2 * LETTER, at + MANGLED + LETTER, left - MANGLED - LETTER);
            out->size--;
            continue;
        }
        bool is_article = left == 2 * LETTER && i == start && memcmp(at, "\xD8\xA7", LETTER) == 0;
        bool follows_alef = i >= start + LETTER && is_alef(at - LETTER);
        if (!is_alef(at) || memcmp(at + LETTER, LAM, LETTER) != 0) continue;
        if (!is_article && !follows_alef) continue;
        memcpy(at + LETTER, at, LETTER);
        memcpy(at, LAM, LETTER);
    }
}

/* Appends the letters of `word` from its end, what is read from left to right in one piece. */
static void append_turned(view word, buffer *out)
{
    size_t start = out->size;
    for (size_t end = word.size; end > 0;) {
        size_t begin = begin_of_kept(word, end);
        if (begin == end) begin = begin_of_letter(word, end);
        buffer_append(out, view_slice(word, begin, end));
        end = begin;
    }
    if (out->failed == KITH_OK) mend_ligatures(out, start);
}

/* Appends stops and brackets of a number from their end; those behind it close what those before it
 * open, whichever way round the file lists them. */
static void append_signs(view signs, bool is_behind, buffer *out)
{
    for (size_t i = signs.size; i > 0; i--) {
        char c = signs.data[i - 1];
        bool is_round = c == '(' || c == ')', is_square = c == '[' || c == ']';
        if (is_round) c = is_behind ? ')' : '(';
        if (is_square) c = is_behind ? ']' : '[';
        buffer_append_byte(out, c);
    }
}

/* Appends a number: the stops and brackets at its left come behind it, the brackets at its right
 * before it. */
static void append_number(view word, buffer *out)
{
    size_t begin = 0, end = word.size;
    while (begin < end && strchr(".,:;!?()[]\"'", word.data[begin]))
        begin++;
    while (end > begin && strchr("()[]\"'", word.data[end - 1]))
        end--;
    append_signs(view_slice(word, end, word.size), false, out);
    buffer_append(out, view_slice(word, begin, end));
    append_signs(view_slice(word, 0, begin), true, out);
}

void visual_append_word(view word, buffer *out)
{
    if (visual_kind_of(word) == VISUAL_NUMBER)
        append_number(word, out);
    else
        append_turned(word, out);
}
