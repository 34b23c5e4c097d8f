/* folding.c - see folding.h. */
#include "cli/folding.h"

#include "base/utf8.h"
#include "cli/terminal.h"

enum { WORD_MAX_BYTES = 1 << 20, ESCAPE = 0x1b };

void folding_init(folding *f, uint32_t width, uint32_t indent)
{
    *f = (folding){.width = width, .indent = indent};
    buffer_init(&f->word, WORD_MAX_BYTES);
}

void folding_done(folding *f)
{
    buffer_done(&f->word);
}

static void put_spaces(buffer *out, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        buffer_append_byte(out, ' ');
}

void folding_end(folding *f, buffer *out)
{
    bool breaks = f->column > f->indent && f->word_columns > 0 &&
                  f->column + f->spaces + f->word_columns > f->width;
    if (f->word.size == 0) return;
    if (breaks) {
        buffer_append_byte(out, '\n');
        put_spaces(out, f->indent);
        f->column = f->indent;
    } else {
        put_spaces(out, f->spaces);
        f->column += f->spaces;
    }
    buffer_append(out, buffer_view(&f->word));
    f->column += f->word_columns;
    f->spaces = f->word_columns = 0;
    buffer_reset(&f->word);
}

static void end_line(folding *f, buffer *out)
{
    folding_end(f, out);
    buffer_append_byte(out, '\n');
    f->column = f->spaces = 0;
}

/* Bytes of the colour at the beginning of `text`; 0: there is none. */
static size_t colour_bytes(view text)
{
    if (text.size < 2 || text.data[0] != ESCAPE || text.data[1] != '[') return 0;
    size_t end = view_find(text, VIEW("m"));
    return end < text.size ? end + 1 : text.size;
}

void folding_append(folding *f, buffer *out, view text)
{
    if (f->width == 0) {
        buffer_append(out, text);
        return;
    }
    for (size_t at = 0; at < text.size;) {
        uint32_t code = 0;
        view rest = view_slice(text, at, text.size);
        size_t size = colour_bytes(rest);
        view one = view_slice(rest, 0, size ? size : utf8_decode(rest.data, rest.size, &code));
        if (one.size == 0) one = view_slice(rest, 0, 1);
        uint32_t columns = size ? 0 : terminal_columns(one);
        at += one.size;
        if (code == '\n') {
            end_line(f, out);
        } else if (code == ' ') {
            folding_end(f, out);
            f->spaces++;
        } else {
            if (columns > 1) folding_end(f, out); // a line may end before it
            buffer_append(&f->word, one);
            f->word_columns += columns;
            if (columns > 1) folding_end(f, out);
        }
    }
}

void folding_whole(buffer *out, view text, uint32_t width, uint32_t indent)
{
    folding f;
    folding_init(&f, width, indent);
    folding_append(&f, out, text);
    folding_end(&f, out);
    folding_done(&f);
}
