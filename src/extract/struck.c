/* struck.c - the marks are put when the run has ended: only then it is known that it has text, and
 * readers append to their text in pieces. */
#include "extract/struck.h"

#include "base/view.h"

static const char MARK[] = "~~";
enum { MARK_BYTES = sizeof MARK - 1 };

static void insert_mark(buffer *out, size_t at)
{
    size_t size = out->size;
    buffer_append(out, VIEW("~~"));
    if (out->failed != KITH_OK) return;
    memmove(out->data + at + MARK_BYTES, out->data + at, size - at);
    memcpy(out->data + at, MARK, MARK_BYTES);
}

/* True when nothing but blanks stands between the mark that ended the last struck text and `run`. */
static bool joins(const struck *s, const buffer *out, size_t run)
{
    if (s->end == 0 || s->end > run || memcmp(out->data + s->mark, MARK, MARK_BYTES) != 0)
        return false;
    for (size_t i = s->end; i < run; i++)
        if (out->data[i] != ' ') return false;
    return true;
}

void struck_reopen(struck *s, buffer *out)
{
    if (s->end == 0 || s->end != out->size || out->failed != KITH_OK) return;
    out->size = s->mark;
    *s = (struck){.mark = s->mark, .is_open = true};
}

/* Puts the mark back behind what has been written since. */
static void close_again(struck *s, buffer *out)
{
    size_t end = out->size;
    while (end > s->mark && is_ascii_space(out->data[end - 1]))
        end--;
    insert_mark(out, end);
    *s = (struck){.mark = end, .end = end + MARK_BYTES};
}

void struck_end_run(struck *s, buffer *out, size_t run)
{
    if (out->failed == KITH_OK && s->is_open) {
        close_again(s, out);
        return;
    }
    if (out->failed != KITH_OK || run >= out->size) return;
    while (run > 0 && ((unsigned char)out->data[run] & 0xC0) == 0x80)
        run--; // the sign of a note goes before the full stop that it follows (raised.c)
    size_t start = run, end = out->size;
    while (start < end && is_ascii_space(out->data[start]))
        start++;
    while (end > start && is_ascii_space(out->data[end - 1]))
        end--;
    if (start == end) return;
    bool goes_on = memchr(out->data + run, '\n', start - run) == NULL && joins(s, out, run);
    insert_mark(out, end);
    if (out->failed != KITH_OK) return;
    if (goes_on) {
        memmove(out->data + s->mark, out->data + s->end, out->size - s->end);
        out->size -= MARK_BYTES;
        end -= MARK_BYTES;
    } else {
        insert_mark(out, start);
        end += MARK_BYTES;
    }
    *s = (struck){.mark = end, .end = end + MARK_BYTES};
}
