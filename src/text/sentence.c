/* sentence.c - walks from one run of white space to the next and asks boundary.c at each. */
#include "text/sentence.h"

#include "base/buffer.h"
#include "text/boundary.h"
#include "text/unicode.h"

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* True when the line at `i` begins like "- ", "* ", "1. ", "12) ", "# ", "| " or "```" in Markdown:
 * it does not continue the line before. */
static bool begins_block(view text, size_t i)
{
    if (i < text.size && text.data[i] >= '0' && text.data[i] <= '9')
        return boundary_is_list_number(text, i);
    view line = view_slice(text, i, text.size);
    if (view_starts_with(line, VIEW("```")) || view_starts_with(line, VIEW("\xE2\x80\xA2")))
        return true;
    if (line.size > 0 && line.data[0] == '|') return true;
    size_t hashes = 0;
    while (hashes < line.size && line.data[hashes] == '#')
        hashes++;
    if (hashes > 0) return hashes <= 6 && hashes < line.size && is_blank(line.data[hashes]);
    return line.size > 1 && (line.data[0] == '-' || line.data[0] == '*' || line.data[0] == '+') &&
           is_blank(line.data[1]);
}

typedef struct space {
    size_t end;
    uint32_t newlines;
} space;

static space skip_space(view text, size_t i)
{
    space s = {i, 0};
    while (s.end < text.size) {
        uint32_t c;
        size_t length = unicode_next(text.data + s.end, &c);
        if (!unicode_is_space(c)) break;
        s.newlines += c == '\n';
        s.end += length;
    }
    return s;
}

/* True when the line that ends at `end` is a row of a table, which the extractors write "a | b". */
static bool ends_row(view text, size_t start, size_t end)
{
    size_t line = end;
    while (line > start && text.data[line - 1] != '\n')
        line--;
    view row = view_slice(text, line, end);
    return view_find(row, VIEW(" | ")) < row.size;
}

/* True when the sentence that begins at `start` ends at `end`, before the white space `s`. */
static bool is_boundary(view text, size_t start, size_t end, space s)
{
    if (s.newlines > 1) return true;
    if (s.newlines == 1 && (text.data[start] == '#' || text.data[start] == '|') &&
        begins_block(text, start))
        return true; // a heading or a row is one line
    if (s.newlines == 1 && ends_row(text, start, end)) return true;
    if (s.newlines == 1 && begins_block(text, s.end)) return true;
    return boundary_ends_sentence(text, end);
}

static void append_sentence(buffer *list, size_t start, size_t end)
{
    if (start == end) return;
    sentence s = {(uint32_t)start, (uint32_t)end};
    buffer_append(list, (view){(const char *)&s, sizeof s});
}

static void split(view text, buffer *list)
{
    size_t start = skip_space(text, 0).end;
    size_t i = start;
    while (i < text.size) {
        uint32_t c;
        size_t next = i + unicode_next(text.data + i, &c);
        if (unicode_is_space(c)) {
            space s = skip_space(text, i);
            if (s.end == text.size || (start < i && is_boundary(text, start, i, s))) {
                append_sentence(list, start, i);
                start = s.end;
            }
            next = s.end;
        } else if (boundary_may_end_unspaced(c) && next < text.size &&
                   boundary_ends_sentence(text, next)) {
            append_sentence(list, start, next);
            start = skip_space(text, next).end;
            next = start;
        }
        i = next;
    }
    if (start < text.size) append_sentence(list, start, text.size);
}

kith_status sentence_split(view text, arena *a, sentence **out, uint32_t *out_count,
                           kith_error *err)
{
    if (text.size > UINT32_MAX)
        return fail(err, KITH_ERR_LIMIT, "text has %zu bytes, the limit is %u", text.size,
                    UINT32_MAX);
    buffer list;
    buffer_init(&list, (text.size / 2 + 1) * sizeof(sentence));
    split(text, &list);
    kith_status status = buffer_status(&list, "the list of sentences", err);
    if (status != KITH_OK) goto done;
    sentence *kept = arena_new(a, list.size);
    if (!kept) {
        status = fail(err, KITH_ERR_NO_MEMORY, "out of memory for sentences");
        goto done;
    }
    if (list.size) memcpy(kept, list.data, list.size);
    *out = kept;
    *out_count = (uint32_t)(list.size / sizeof *kept);
done:
    buffer_done(&list);
    return status;
}
