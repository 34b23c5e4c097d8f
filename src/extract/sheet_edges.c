/* sheet_edges.c - one walk over the code, and a look at each part when it ends. */
#include "extract/sheet_edges.h"

#include "base/hex.h"

enum { COLOUR_DIGITS = 6, COUNTING_MIN_WORDS = 4 };

static const view SEPARATOR = {" | ", 3};

typedef struct edge_part {
    size_t start;   // of its text in the buffer
    bool has_count; // &P or &N
} edge_part;

static uint32_t count_words(view text)
{
    uint32_t words = 0;
    for (size_t i = 0; i < text.size; i++)
        words += !is_ascii_space(text.data[i]) && (i == 0 || is_ascii_space(text.data[i - 1]));
    return words;
}

/* Trims the part's text, with the separator behind it, or takes it out where it says nothing. */
static void end_part(edge_part *p, buffer *out)
{
    if (out->failed != KITH_OK) return;
    buffer_trim(out, p->start);
    view text = view_slice(buffer_view(out), p->start, out->size);
    if (p->has_count && count_words(text) < COUNTING_MIN_WORDS) out->size = p->start;
    if (out->size > p->start) buffer_append(out, SEPARATOR);
    *p = (edge_part){.start = out->size};
}

/* Passes over the code whose letter is at i; returns the offset behind it. */
static size_t read_code(view code, size_t i, edge_part *p, buffer *out)
{
    char c = code.data[i++];
    size_t end = i;
    switch (c) {
    case '&':
        buffer_append_byte(out, '&');
        return i;
    case 'P':
    case 'N':
        p->has_count = true;
        return i;
    case '"': // a font
        end = i + view_find(view_slice(code, i, code.size), VIEW("\""));
        return end < code.size ? end + 1 : code.size;
    case 'K': // a colour: "FF0000", or that of a theme, "01+000"
        while (end < code.size && end < i + COLOUR_DIGITS &&
               (hex_digit(code.data[end]) >= 0 || code.data[end] == '+' || code.data[end] == '-'))
            end++;
        return end;
    default:
        while (is_ascii_digit(c) && end < code.size && is_ascii_digit(code.data[end]))
            end++; // a size
        return end;
    }
}

void sheet_edge_append(view code, buffer *out)
{
    size_t first = out->size;
    edge_part p = {.start = first};
    for (size_t i = 0; i < code.size && out->failed == KITH_OK;) {
        char c = code.data[i++];
        // The letters of codes are ASCII: before another one the sign is text.
        if (c != '&' || i == code.size || (unsigned char)code.data[i] >= 0x80) {
            buffer_append_byte(out, (unsigned char)c < ' ' ? ' ' : c);
        } else if (strchr("LCR", code.data[i])) {
            end_part(&p, out);
            i++;
        } else {
            i = read_code(code, i, &p, out);
        }
    }
    end_part(&p, out);
    if (out->failed == KITH_OK && out->size > first) out->size -= SEPARATOR.size;
}
