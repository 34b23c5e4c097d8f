/* html_roles.c - a stack of the open parts; an element of another kind is counted at the innermost part
 * of its name, whose end tag is then not the next one. */
#include "extract/html_roles.h"

#include "extract/html_element.h"
#include "extract/html_write.h"

enum { SPAN_MAX_DIGITS = 3 };

static const char TABLE[] = "table", GROUP[] = "tbody", ROW[] = "tr", NAME[] = "th", CELL[] = "td";

static const struct {
    const char *role, *tag;
} PARTS[] = {{"table", TABLE},    {"grid", TABLE}, {"treegrid", TABLE},
             {"rowgroup", GROUP}, {"row", ROW},    {"columnheader", NAME},
             {"rowheader", NAME}, {"cell", CELL},  {"gridcell", CELL}};

const char *html_roles_part(const html_roles *r, const html_tag *t)
{
    view role = html_tag_attribute(t, "role");
    const char *tag = NULL, *outer = r->count ? r->parts[r->count - 1].tag : NULL;
    for (size_t i = 0; i < sizeof PARTS / sizeof *PARTS && role.size && !tag; i++)
        if (view_equal_nocase(role, view_of(PARTS[i].role))) tag = PARTS[i].tag;
    if (!tag || t->self_closing || r->count == HTML_ROLES_MAX) return NULL;
    element_kind kind = html_element_kind(html_tag_name(t));
    if (kind != ELEMENT_PARAGRAPH && kind != ELEMENT_INLINE && kind != ELEMENT_LIST &&
        kind != ELEMENT_ENTRY)
        return NULL;
    if (tag == TABLE) return tag;
    bool fits = tag == GROUP ? outer == TABLE
                : tag == ROW ? outer == TABLE || outer == GROUP
                             : outer == ROW;
    return fits ? tag : NULL;
}

static void append_span(buffer *out, const char *name, view number)
{
    if (number.size <= SPAN_MAX_DIGITS && view_is_digits(number))
        buffer_printf(out, " %s=\"%.*s\"", name, VIEW_ARG(number));
}

void html_roles_begin(html_roles *r, const html_tag *t, const char *tag, buffer *out)
{
    html_role_part *part = &r->parts[r->count++];
    *part = (html_role_part){.tag = tag};
    memcpy(part->name, t->name, t->name_size);
    buffer_append_byte(out, '<');
    buffer_append_text(out, tag);
    append_span(out, "colspan", html_tag_attribute(t, "aria-colspan"));
    append_span(out, "rowspan", html_tag_attribute(t, "aria-rowspan"));
    buffer_append_byte(out, '>');
}

/* The innermost part whose element has this name, counted from 1; 0: none. */
static uint32_t innermost(const html_roles *r, view name)
{
    uint32_t i = r->count;
    while (i > 0 && !view_equal(name, view_of(r->parts[i - 1].name)))
        i--;
    return i;
}

void html_roles_note(html_roles *r, view name)
{
    uint32_t i = innermost(r, name);
    if (i > 0) r->parts[i - 1].nested++;
}

bool html_roles_end(html_roles *r, view name, buffer *out)
{
    uint32_t i = innermost(r, name);
    if (i == 0) return false;
    if (r->parts[i - 1].nested > 0) {
        r->parts[i - 1].nested--;
        return false;
    }
    while (r->count >= i) // those within it that have no end tag
        html_write_end(out, view_of(r->parts[--r->count].tag));
    return true;
}
