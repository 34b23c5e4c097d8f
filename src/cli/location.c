/* location.c - see location.h. */
#include "cli/location.h"

#include <stdio.h>

/* "page=7" of "page 7" and "pages 7-8", as viewers of PDF take it; "" of other places. */
static void page_of(const char *where, char out[24])
{
    unsigned page = 0;
    out[0] = '\0';
    if (where && (sscanf(where, "page %9u", &page) == 1 || sscanf(where, "pages %9u", &page) == 1))
        (void)snprintf(out, 24, "page=%u", page);
}

void location_append(const terminal *t, buffer *out, const location *p)
{
    bool has_source = p->source && *p->source;
    const char *name = has_source ? p->source : p->document;
    buffer label;
    buffer_init(&label, 1 << 16);
    terminal_clean(&label, view_of(name), true);
    bool is_anchor = p->where && p->where[0] == '#'; // of a web page: page.html#anchor
    if (is_anchor) terminal_clean(&label, view_of(p->where), true);
    if (p->line_start) buffer_printf(&label, ":%u", p->line_start);
    if (p->line_start && p->line_end > p->line_start) buffer_printf(&label, "-%u", p->line_end);
    char page[24];
    page_of(p->where, page);
    if (has_source)
        terminal_link_to(t, out, p->source, page, buffer_view(&label));
    else
        buffer_append(out, buffer_view(&label));
    if (p->where && *p->where && !is_anchor) {
        buffer_append_text(out, ", ");
        terminal_clean(out, view_of(p->where), true);
    }
    buffer_done(&label);
}

void location_json_line(json_writer *w, const char *key, uint32_t line)
{
    json_key(w, key);
    if (line)
        json_integer(w, line);
    else
        json_null(w);
}
