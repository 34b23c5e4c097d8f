/* citation.c - a scanner over the answer's bytes. */
#include "answer/citation.h"

#include <string.h>

void citation_filter_init(citation_filter *f, uint32_t passages, buffer *out)
{
    CHECK(passages <= CITATION_MAX_PASSAGES);
    memset(f, 0, sizeof *f);
    f->passages = passages;
    f->out = out;
}

static void release_held(citation_filter *f)
{
    buffer_append(f->out, (view){f->held, f->held_size});
    f->held_size = 0;
}

/* Does the text end with what could become a citation, "[" or "[1, "? */
static bool is_open(const citation_filter *f)
{
    view text = buffer_view(f->out);
    size_t i = text.size, low = i > sizeof f->held ? i - sizeof f->held : 0;
    while (i > low && text.data[i - 1] != '\0' && strchr("0123456789,; ", text.data[i - 1]))
        i--;
    return i > low && text.data[i - 1] == '[';
}

/* What stands on either side of a number that goes must not make another one: "[1[7]2]". */
static void drop(citation_filter *f)
{
    f->removed++;
    if (is_open(f)) buffer_append_byte(f->out, ' ');
}

static void cite(citation_filter *f, uint32_t n)
{
    if (n == 0 || n > f->passages) {
        drop(f);
        return;
    }
    buffer_printf(f->out, "[%u]", n);
    for (uint32_t i = 0; i < f->cited_count; i++)
        if (f->cited[i] == n) return;
    f->cited[f->cited_count++] = n;
}

/* held is "[digits, digits ...": each number is cited or dropped. */
static void close_bracket(citation_filter *f)
{
    uint32_t n = 0;
    bool in_number = false;
    for (uint32_t i = 1; i <= f->held_size; i++) {
        bool digit = i < f->held_size && is_ascii_digit(f->held[i]);
        if (digit) n = n > CITATION_MAX_PASSAGES ? n : n * 10 + (uint32_t)(f->held[i] - '0');
        if (!digit && in_number) {
            cite(f, n);
            n = 0;
        }
        in_number = digit;
    }
    f->held_size = 0;
}

static bool may_follow(const citation_filter *f, char c)
{
    if (is_ascii_digit(c)) return true;
    // "[, 1]" is no citation.
    return f->held_size > 1 && (c == ',' || c == ' ' || c == ';');
}

void citation_filter_feed(citation_filter *f, view piece)
{
    for (size_t i = 0; i < piece.size; i++) {
        char c = piece.data[i];
        if (f->held_size > 1 && c == ']') {
            close_bracket(f);
            continue;
        }
        bool holds = f->held_size > 0 && f->held_size < sizeof f->held && may_follow(f, c);
        if (f->held_size > 0 && !holds) release_held(f);
        if (holds || c == '[')
            f->held[f->held_size++] = c;
        else
            buffer_append_byte(f->out, c);
    }
}

void citation_filter_finish(citation_filter *f)
{
    release_held(f);
}
