/* citation.c - the scanner whose states citation.h lists. */
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

/* Whether the text appended so far ends with an open bracket and only what may follow one, such as
 * "[" or "[1, ": what is appended next could complete a citation that nobody wrote. */
static bool is_open(const citation_filter *f)
{
    view text = buffer_view(f->out);
    size_t i = text.size, low = i > sizeof f->held ? i - sizeof f->held : 0;
    while (i > low && text.data[i - 1] != '\0' && strchr("0123456789,; ", text.data[i - 1]))
        i--;
    return i > low && text.data[i - 1] == '[';
}

/* A removed number must not join what is on its two sides to a new citation: in "[1[7]2]" a blank
 * takes its place. */
static void remove_number(citation_filter *f)
{
    f->removed++;
    if (is_open(f)) buffer_append_byte(f->out, ' ');
}

static void cite(citation_filter *f, uint32_t n)
{
    if (n == 0 || n > f->passages) {
        remove_number(f);
        return;
    }
    buffer_printf(f->out, "[%u]", n);
    for (uint32_t i = 0; i < f->cited_count; i++)
        if (f->cited[i] == n) return;
    CHECK(f->cited_count < f->passages);
    f->cited[f->cited_count++] = n;
}

/* `held` is "[digits, digits ...": cites or removes each number. */
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

/* Whether c may be held behind what is held already. */
static bool may_follow(const citation_filter *f, char c)
{
    if (is_ascii_digit(c)) return true;
    // Not directly behind the bracket: "[, 1]" is no citation.
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

const char *citation_filter_check(const citation_filter *f)
{
    if (f->held_size > sizeof f->held) return "more is held than fits";
    if (f->held_size > 0 && f->held[0] != '[') return "what is held begins with no bracket";
    if (f->held_size > 1 && !is_ascii_digit(f->held[1])) return "no number follows the bracket";
    for (uint32_t i = 2; i < f->held_size; i++)
        if (f->held[i] == '\0' || !strchr("0123456789,; ", f->held[i]))
            return "what is held cannot become a citation";
    if (f->cited_count > f->passages) return "more passages are cited than were sent";
    for (uint32_t i = 0; i < f->cited_count; i++) {
        if (f->cited[i] == 0 || f->cited[i] > f->passages) return "a passage is cited that is none";
        for (uint32_t j = 0; j < i; j++)
            if (f->cited[j] == f->cited[i]) return "a passage is listed twice";
    }
    return NULL;
}
