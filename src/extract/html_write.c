/* html_write.c - see html_write.h. */
#include "extract/html_write.h"

enum { ID_MAX_BYTES = 200 };

void html_write_text(buffer *out, view text)
{
    for (size_t i = 0, from = 0; i <= text.size; i++) {
        if (i < text.size && text.data[i] != '<') continue;
        buffer_append(out, view_slice(text, from, i));
        if (i < text.size) buffer_append(out, VIEW("&lt;"));
        from = i + 1;
    }
}

void html_write_apart(buffer *out, view text)
{
    if (view_trim(text).size == 0) return;
    buffer_append_byte(out, ' ');
    html_write_text(out, text);
    buffer_append_byte(out, ' ');
}

static void append_attribute(buffer *out, const char *name, view value)
{
    if (!value.data || value.size > ID_MAX_BYTES) return;
    buffer_append_byte(out, ' ');
    buffer_append_text(out, name);
    buffer_append(out, VIEW("=\""));
    for (size_t i = 0, from = 0; i <= value.size; i++) {
        bool is_end = i == value.size;
        if (!is_end && value.data[i] != '"' && value.data[i] != '<') continue;
        buffer_append(out, view_slice(value, from, i));
        if (!is_end) buffer_append(out, value.data[i] == '"' ? VIEW("&quot;") : VIEW("&lt;"));
        from = i + 1;
    }
    buffer_append_byte(out, '"');
}

void html_write_end(buffer *out, view name)
{
    buffer_append(out, VIEW("</"));
    buffer_append(out, name);
    buffer_append_byte(out, '>');
}

void html_write_start(buffer *out, const html_tag *t, const char *const *names, const char *flag)
{
    buffer_append_byte(out, '<');
    buffer_append(out, html_tag_name(t));
    if (t->attribute_count > 0) {
        view id = html_tag_attribute(t, "id");
        if (id.size > 0) append_attribute(out, "id", id);
        for (; names && *names; names++)
            append_attribute(out, *names, html_tag_attribute(t, *names));
    }
    if (flag) buffer_printf(out, " %s=\"1\"", flag);
    buffer_append_byte(out, '>');
    if (t->self_closing) html_write_end(out, html_tag_name(t));
}

void html_write_anchor(buffer *out, view id)
{
    if (id.size == 0 || id.size > ID_MAX_BYTES) return;
    buffer_append(out, VIEW("<area"));
    append_attribute(out, "id", id);
    buffer_append_byte(out, '>');
}
