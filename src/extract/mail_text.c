/* mail_text.c - line by line. */
#include "extract/mail_text.h"

enum { WORD_MIN_BYTES = 3 };

static size_t line_end(view v, size_t i)
{
    return i + view_find(view_slice(v, i, v.size), VIEW("\n"));
}

bool mail_text_is_encrypted(view text)
{
    return view_starts_with(view_trim(text), VIEW("-----BEGIN PGP MESSAGE-----"));
}

view mail_text_unsigned(view text)
{
    view begin = VIEW("-----BEGIN PGP SIGNED MESSAGE-----");
    view trimmed = view_trim(text);
    if (!view_starts_with(trimmed, begin)) return text;
    size_t start = view_find(trimmed, VIEW("\n\n")); // behind the name of the hash
    if (start == trimmed.size) return text;
    view body = view_slice(trimmed, start + 2, trimmed.size);
    return view_slice(body, 0, view_find(body, VIEW("\n-----BEGIN PGP SIGNATURE-----")));
}

static size_t quote_depth(view line)
{
    size_t depth = 0;
    while (depth < line.size && line.data[depth] == '>')
        depth++;
    return depth;
}

void mail_text_append_flowed(view text, bool del_sp, buffer *out)
{
    bool goes_on = false;
    size_t last_depth = 0;
    for (size_t i = 0, end; i < text.size; i = end + 1) {
        end = line_end(text, i);
        view line = view_slice(text, i, end);
        size_t depth = quote_depth(line);
        view words = view_slice(line, depth, line.size);
        if (words.size > 0 && words.data[0] == ' ') words = view_slice(words, 1, words.size);
        bool is_signature = view_equal(words, VIEW("-- "));
        bool joins = goes_on && depth == last_depth && !is_signature;
        if (i > 0 && !joins) buffer_append_byte(out, '\n');
        if (!joins) buffer_append(out, view_slice(line, 0, depth));
        if (!joins && depth > 0) buffer_append_byte(out, ' ');
        goes_on = words.size > 0 && words.data[words.size - 1] == ' ' && !is_signature;
        if (goes_on && del_sp) words = view_slice(words, 0, words.size - 1);
        buffer_append(out, words);
        last_depth = depth;
    }
}

bool mail_text_is_stub(view plain, view html)
{
    size_t words = 0, missing = 0, plain_words = 0;
    for (size_t i = 0; i < plain.size; i++)
        plain_words += plain.data[i] == ' ' || plain.data[i] == '\n';
    for (size_t i = 0, end; i < html.size; i = end + 1) {
        end = i;
        while (end < html.size && html.data[end] != ' ')
            end++;
        view word = view_slice(html, i, end);
        if (word.size < WORD_MIN_BYTES) continue;
        words++;
        missing += view_find(plain, word) == plain.size;
    }
    return words > 0 && missing * 2 >= words && words * 2 > plain_words;
}
