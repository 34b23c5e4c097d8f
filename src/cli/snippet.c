/* snippet.c - a window slides over the words of the content; the one with most different words of
 * the query wins, of equals the one where they stand closest, then the earliest. Words of one or
 * two bytes are too common to count. */
#include "cli/snippet.h"

#include "base/size.h"

enum { QUERY_WORDS_MAX = 32, WORD_BYTES_MIN = 3, CONTEXT_BYTES = 40 };

typedef struct word_set {
    view words[QUERY_WORDS_MAX];
    uint32_t count;
} word_set;

static bool is_word_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (unsigned char)c >= 0x80;
}

/* The next word at or after *at, which moves behind it; empty at the end. */
static view next_word(view text, size_t *at)
{
    size_t start = *at;
    while (start < text.size && !is_word_byte(text.data[start]))
        start++;
    size_t end = start;
    while (end < text.size && is_word_byte(text.data[end]))
        end++;
    *at = end;
    return view_slice(text, start, end);
}

static int word_find(const word_set *set, view word)
{
    for (uint32_t i = 0; i < set->count; i++)
        if (view_equal_nocase(set->words[i], word)) return (int)i;
    return -1;
}

static word_set words_of(view query)
{
    word_set set = {.count = 0};
    size_t at = 0;
    for (view word = next_word(query, &at); word.size > 0; word = next_word(query, &at)) {
        bool is_new = word.size >= WORD_BYTES_MIN && word_find(&set, word) < 0;
        if (is_new && set.count < QUERY_WORDS_MAX) set.words[set.count++] = word;
    }
    return set;
}

typedef struct found_words {
    uint32_t count; /* different words of the query */
    size_t span;    /* bytes from the first to the last of them */
} found_words;

static found_words words_within(view text, const word_set *set)
{
    found_words found = {0};
    uint32_t seen = 0;
    size_t at = 0;
    for (view word = next_word(text, &at); word.size > 0; word = next_word(text, &at)) {
        int number = word_find(set, word);
        if (number < 0 || (seen >> number & 1)) continue;
        seen |= 1u << number;
        found.count++;
        found.span = (size_t)(word.data - text.data);
    }
    return found;
}

/* Offset of the word that opens the best window of `window` bytes; 0 when no word is found. */
static size_t best_start(view content, const word_set *set, size_t window)
{
    size_t best_offset = 0, at = 0;
    found_words best = {0};
    for (view word = next_word(content, &at); word.size > 0; word = next_word(content, &at)) {
        if (word_find(set, word) < 0) continue;
        size_t start = (size_t)(word.data - content.data);
        size_t end = size_min(content.size, start + window);
        found_words found = words_within(view_slice(content, start, end), set);
        bool is_better =
            found.count > best.count || (found.count == best.count && found.span < best.span);
        if (!is_better) continue;
        best = found;
        best_offset = start;
    }
    return best_offset;
}

/* Steps back from the first match to where reading can begin: the start of the line, of the
 * sentence, or of a word shortly before. */
static size_t step_back(view content, size_t start)
{
    size_t low = start > CONTEXT_BYTES ? start - CONTEXT_BYTES : 0;
    if (low == 0) return 0;
    for (size_t i = start; i > low; i--)
        if (content.data[i - 1] == '\n' ||
            (content.data[i - 1] == ' ' && content.data[i - 2] == '.'))
            return i;
    for (size_t i = low; i < start; i++)
        if (content.data[i] == ' ') return i + 1;
    return start;
}

static void append_marked(const terminal *t, buffer *out, view text, const word_set *set)
{
    size_t at = 0, written = 0;
    for (view word = next_word(text, &at); word.size > 0; word = next_word(text, &at)) {
        if (word_find(set, word) < 0) continue;
        size_t start = (size_t)(word.data - text.data);
        buffer_append(out, view_slice(text, written, start));
        terminal_style(t, out, STYLE_BOLD, word);
        written = at;
    }
    buffer_append(out, view_slice(text, written, text.size));
}

void snippet_append(const terminal *t, buffer *out, view content, view query)
{
    word_set set = words_of(query);
    size_t columns = t->width > SNIPPET_INDENT ? t->width - SNIPPET_INDENT : 1;
    size_t start = best_start(content, &set, columns * (SNIPPET_LINES - 1));
    // Matches that fit on the first lines are shown from the beginning.
    start = start < columns ? 0 : step_back(content, start);

    buffer clean, filled;
    buffer_init(&clean, SIZE_MAX / 2);
    buffer_init(&filled, SIZE_MAX / 2);
    if (start > 0) buffer_append_text(&clean, "... ");
    size_t shown = size_min(content.size, start + columns * 4 * (SNIPPET_LINES + 1));
    terminal_clean(&clean, view_slice(content, start, shown), true);
    wrapping w = {.width = t->width,
                  .first = SNIPPET_INDENT,
                  .indent = SNIPPET_INDENT,
                  .max_lines = SNIPPET_LINES};
    terminal_wrap(&filled, buffer_view(&clean), &w);
    buffer_printf(out, "%*s", SNIPPET_INDENT, "");
    append_marked(t, out, buffer_view(&filled), &set);
    buffer_append_byte(out, '\n');
    buffer_done(&clean);
    buffer_done(&filled);
}
