/* html_scrub.c - leaves what kith reads of a page, and turns into text what attributes say.
 * kith reads a dozen attributes, no scripts, and knows a hundred elements. All else is removed before
 * the page is parsed, in one pass with short looks ahead, whose sum HTML_LOOKS_MAX bounds: what an element
 * is (a menu, a layout, an icon) is often said by what stands in it, which events do not know yet.
 * The parser behind it (html_parser.c) then has no comments, no elements whose content is not markup
 * and no made-up ones to deal with. */
#include "extract/html_scrub.h"

#include "extract/html_control.h"
#include "extract/html_element.h"
#include "extract/html_look.h"
#include "extract/html_roles.h"
#include "extract/html_style.h"
#include "extract/html_tag.h"
#include "extract/html_write.h"

#include <stdio.h>

enum {
    REVEAL_LOOKS_MAX = 200, // of 1 MiB each
    LINE_BYTES = 80         // longer text is no label of a menu
};

typedef struct scrub {
    scrub_page page;
    html_controls controls;
    html_roles roles; // of tables
    css_classes *classes;
    bool with_menus;
    bool has_begun; // a heading, or text beyond a line, came: not the page's head any more
    bool in_title;
    char shaped_name[TAG_NAME_MAX_BYTES + 1]; // of the open inline element that its style shapes
    view shaped;                              // it
    uint32_t shaped_depth;                    // open elements of that name from it on; 0: none
    uint32_t shape;                           // its looks
    uint32_t in_margin;                       // open <header>, <footer> and <aside>
    uint32_t reveal_looks;
    uint32_t marks;      // of the classes of the tag that is read
    size_t number_bytes; // that may be looked at yet for numbers of lines
    html_tag tag;        // the one that is read: a large local would be set to zero for each
} scrub;

/* ---- what is hidden ---- */

/* What a reader of the page never sees. What a control of the page opens is no such thing: the
 * answers of a list of questions are hidden until they are asked for. */
static bool is_hidden(scrub *s, const html_tag *t)
{
    view hidden = html_tag_attribute(t, "hidden");
    bool is = (hidden.data && !view_equal_nocase(hidden, VIEW("until-found"))) ||
              html_tag_says(t, "aria-hidden", "true") ||
              html_style_hides(html_tag_attribute(t, "style"));
    if (!is) return false;
    if (s->controls.after_question || html_tag_says(t, "role", "tabpanel")) return false;
    if (html_tag_says(t, "role", "region") && html_tag_attribute(t, "aria-labelledby").size > 0)
        return false;
    view id = html_tag_attribute(t, "id");
    return id.size == 0 || s->reveal_looks++ >= REVEAL_LOOKS_MAX ||
           !html_is_revealed(s->page.html, id);
}

/* ---- tags ---- */

/* Reading aids end where the next part of the ruby, or the ruby, begins or ends. */
static size_t skip_reading(scrub *s, const html_tag *t)
{
    html_tag next;
    for (size_t i = t->end; i < s->page.html.size; i++) {
        const char *found = memchr(s->page.html.data + i, '<', s->page.html.size - i);
        if (!found) return s->page.html.size;
        i = (size_t)(found - s->page.html.data);
        if (!html_tag_read(s->page.html, i, &next)) continue;
        view name = html_tag_name(&next);
        element_kind kind = html_element_kind(name);
        bool is_rtc = view_equal(html_tag_name(t), VIEW("rtc"));
        if (next.is_end && view_equal(name, html_tag_name(t))) return next.end;
        if ((kind == ELEMENT_READING && !is_rtc) || view_equal(name, VIEW("rb")) ||
            view_equal(name, VIEW("ruby")) || kind == ELEMENT_PARAGRAPH)
            return i;
    }
    return s->page.html.size;
}

static void write_list(scrub *s, const html_tag *t)
{
    static const char *const NAMES[] = {"start", "marks", "reversed", NULL};
    view marks = t->attribute_count > 0 ? html_list_type(t) : VIEW("");
    bool counts = html_tag_attribute(t, "reversed").data && !html_tag_attribute(t, "start").data &&
                  html_may_look(&s->page.looks);
    html_tag list = *t;
    char start[16];
    if (counts && list.attribute_count < TAG_MAX_ATTRIBUTES) {
        (void)snprintf(start, sizeof start, "%u", html_count_entries(s->page.html, t->end));
        list.attributes[list.attribute_count++] = (tag_attribute){VIEW("start"), view_of(start)};
        list.attribute_marks = UINT64_MAX; // one more is there
    }
    if (marks.size > 0 && list.attribute_count < TAG_MAX_ATTRIBUTES) {
        list.attributes[list.attribute_count++] = (tag_attribute){VIEW("marks"), marks};
        list.attribute_marks = UINT64_MAX;
    }
    html_write_start(s->page.out, &list, NAMES, NULL);
}

/* False for nearly all elements: neither their style nor a class says how they look. */
static bool has_look(const scrub *s, const html_tag *t)
{
    return (s->marks & HTML_IS_STRUCK) || s->classes->count > 0 ||
           html_tag_attribute(t, "style").size > 0;
}

/* What the element's own style says counts before its classes. */
static uint32_t look_of(const scrub *s, const html_tag *t)
{
    view style = html_tag_attribute(t, "style");
    uint32_t looks = s->marks & HTML_IS_STRUCK ? CSS_STRUCK : 0;
    if (s->classes->count > 0)
        looks |= css_classes_look(s->classes, html_tag_attribute(t, "class"));
    return style.size > 0 ? (looks & ~css_decides(style)) | css_look(style) : looks;
}

static bool strikes(const scrub *s, const html_tag *t)
{
    return has_look(s, t) && (look_of(s, t) & CSS_STRUCK) != 0;
}

static void write_start(scrub *s, const html_tag *t, element_kind kind)
{
    static const char *const CELL[] = {"colspan", "rowspan", "scope", NULL};
    static const char *const ENTRY[] = {"value", NULL};
    static const char *const OF_FIELDS[] = {"selected", NULL};
    static const char *const PART[] = {"aria-level", NULL};
    const char *flag = NULL;
    if (kind == ELEMENT_LIST) {
        write_list(s, t);
        return;
    }
    if (kind == ELEMENT_TABLE &&
        (html_is_listing_table(t) || html_tag_says(t, "role", "presentation") ||
         html_tag_says(t, "role", "none") ||
         (html_may_look(&s->page.looks) && html_table_is_layout(s->page.html, t->end))))
        flag = "layout";
    bool is_menu = kind == ELEMENT_SKIPPED && view_equal(html_tag_name(t), VIEW("nav"));
    if (is_menu && (s->with_menus || (html_may_look(&s->page.looks) &&
                                      html_is_more_than_links(s->page.html, t->end, VIEW("nav")))))
        flag = "content";
    if (kind == ELEMENT_SKIPPED && view_equal(html_tag_name(t), VIEW("object")))
        s->page.found->object = true;
    if (kind == ELEMENT_RAISED && html_control_is_sign_of_note(&s->controls, t)) flag = "note";
    if (!flag && t->attribute_count > 0 && strikes(s, t)) flag = "struck";
    bool is_heading = html_tag_says(t, "role", "heading");
    html_write_start(s->page.out, t,
                     kind == ELEMENT_CELL    ? CELL
                     : is_heading            ? PART
                     : t->name[0] == 'o'     ? OF_FIELDS
                     : kind == ELEMENT_ENTRY ? ENTRY
                                             : NULL,
                     flag);
}

/* What the page calls its navigation in another way than by <nav>: by its role, as a table of contents, or by the
 * classes of DocBook's stylesheets, whose tables "Prev | Up | Next" repeat titles of chapters. */
static bool is_menu_by_name(scrub *s, const html_tag *t)
{
    if (s->with_menus || t->self_closing) return false;
    if (s->marks & HTML_IS_MENU) return true;
    bool is_contents =
        (s->marks & HTML_IS_CONTENTS) != 0 || view_equal(html_tag_attribute(t, "id"), VIEW("toc"));
    return (is_contents || html_tag_says(t, "role", "navigation")) &&
           html_may_look(&s->page.looks) &&
           !html_is_more_than_links(s->page.html, t->end, html_tag_name(t));
}

/* A word of a class or id that is said of menus. */
static bool names_menu(view value)
{
    static const char *const WORDS[] = {"nav", "menu", "breadcrumb", NULL};
    for (size_t i = 0; i < value.size; i++) {
        bool begins = i == 0 || (unsigned char)((value.data[i - 1] | 32) - 'a') > 'z' - 'a';
        for (size_t w = 0; begins && WORDS[w]; w++)
            if (view_starts_with_nocase(view_slice(value, i, value.size), view_of(WORDS[w])))
                return true;
    }
    return false;
}

/* A menu that is marked as nothing: a list of links before all text of a page that has headings, in
 * its margins, or with a class that says what it is. Lists of links elsewhere are content. */
static bool is_menu_by_place(scrub *s, const html_tag *t)
{
    if (s->with_menus || t->self_closing || !view_equal(html_tag_name(t), VIEW("ul"))) return false;
    bool is_named =
        names_menu(html_tag_attribute(t, "class")) || names_menu(html_tag_attribute(t, "id"));
    if (!is_named && s->has_begun && !s->in_margin) return false;
    if (!html_may_look(&s->page.looks) || !html_is_link_list(s->page.html, t->end, VIEW("ul")))
        return false;
    return is_named || s->in_margin || html_has_heading(s->page.html, t->end);
}

/* Where on the page the reader is. */
static void note_place(scrub *s, view name, element_kind kind, bool is_end)
{
    if (kind == ELEMENT_HEADING && !is_end) s->has_begun = true;
    if (kind == ELEMENT_TITLE) s->in_title = !is_end;
    if (kind != ELEMENT_PARAGRAPH) return;
    bool is_margin = view_equal(name, VIEW("header")) || view_equal(name, VIEW("footer")) ||
                     view_equal(name, VIEW("aside"));
    if (is_margin && (!is_end || s->in_margin)) s->in_margin += is_end ? -1U : 1;
}

/* Inline elements that are rows and cells by their roles: what they hold does not touch. */
static void part_cells(scrub *s, const html_tag *t)
{
    static const char *const CELLS[] = {"cell", "gridcell", "columnheader", "rowheader", NULL};
    view role = html_tag_attribute(t, "role");
    if (role.size == 0) return;
    if (view_equal_nocase(role, VIEW("row"))) buffer_append(s->page.out, VIEW("<br>"));
    if (view_is_one_of_nocase(role, CELLS)) buffer_append_byte(s->page.out, ' ');
}

/* Inline elements that mean something. Returns the offset behind what is done. */
static size_t write_inline(scrub *s, const html_tag *t)
{
    static const char *const OF_THE_HEAD[] = {"link", "meta", "base", NULL};
    view name = html_tag_name(t);
    if (s->marks & HTML_IS_NO_TEXT)
        return t->self_closing ? t->end : html_skip_element(s->page.html, t->end, name);
    const view id = html_tag_attribute(t, "id");
    if (id.size > 0 && !view_is_one_of_nocase(name, OF_THE_HEAD))
        html_write_anchor(s->page.out, id);
    part_cells(s, t);
    view label = html_tag_attribute(t, "label");
    if (label.size && view_equal(name, VIEW("optgroup"))) {
        buffer_append(s->page.out, VIEW("<option>"));
        html_write_text(s->page.out, label);
        buffer_append(s->page.out, VIEW(":</option>"));
    }
    return t->end;
}

/* An inline element that its style raises, lowers or strikes through, as programs write it, becomes <sup>, <sub>, <s>. */
static void note_shape(scrub *s, const html_tag *t)
{
    if (t->self_closing) return;
    if (s->shaped_depth > 0) {
        s->shaped_depth += view_equal(html_tag_name(t), s->shaped);
        return;
    }
    s->shape = has_look(s, t) ? look_of(s, t) : 0;
    if (s->shape == 0) return;
    memcpy(s->shaped_name, t->name, sizeof t->name);
    s->shaped = (view){s->shaped_name, t->name_size};
    s->shaped_depth = 1;
    if (s->shape & CSS_STRUCK) buffer_append(s->page.out, VIEW("<s>"));
    if (s->shape & CSS_LOWERED) buffer_append(s->page.out, VIEW("<sub>"));
    if (s->shape & CSS_RAISED)
        buffer_append(s->page.out, html_control_is_sign_of_note(&s->controls, t)
                                       ? VIEW("<sup note=\"1\">")
                                       : VIEW("<sup>"));
}

static void end_shape(scrub *s, view name)
{
    if (!view_equal(name, s->shaped) || --s->shaped_depth > 0) return;
    if (s->shape & CSS_RAISED) html_write_end(s->page.out, VIEW("sup"));
    if (s->shape & CSS_LOWERED) html_write_end(s->page.out, VIEW("sub"));
    if (s->shape & CSS_STRUCK) html_write_end(s->page.out, VIEW("s"));
}

/* The content of a textarea, an xmp and a plaintext is text, whatever it looks like. */
static size_t write_plain(scrub *s, const html_tag *t)
{
    size_t end = html_find_end(s->page.html, t->end, html_tag_name(t));
    html_write_start(s->page.out, t, NULL, NULL);
    html_write_text(s->page.out, view_slice(s->page.html, t->end, end));
    return end;
}

static size_t scrub_start(scrub *s, const html_tag *t)
{
    view name = html_tag_name(t);
    element_kind kind = html_element_kind(name);
    size_t end = t->end;
    bool is_inline = html_element_is_inline(kind);
    s->marks = t->attribute_count > 0 ? html_class_marks(html_tag_attribute(t, "class")) : 0;
    if (kind == ELEMENT_OPAQUE) {
        size_t behind = t->self_closing ? end : html_find_end(s->page.html, end, name);
        if (view_equal(name, VIEW("style")) && css_is_screen(html_tag_attribute(t, "media")))
            css_classes_read(s->classes, view_slice(s->page.html, end, behind));
        return behind;
    }
    if (kind == ELEMENT_READING) return t->self_closing ? end : skip_reading(s, t);
    if (t->attribute_count > 0 && is_hidden(s, t)) {
        if (!is_inline) html_write_start(s->page.out, t, NULL, "hidden");
        return !is_inline || t->self_closing ? end : html_skip_element(s->page.html, end, name);
    }
    if (t->attribute_count > 0 && (kind == ELEMENT_PARAGRAPH || kind == ELEMENT_LIST) &&
        is_menu_by_name(s, t))
        return html_skip_element(s->page.html, end, name);
    if (t->attribute_count > 0 && html_may_be_numbers(s->page.html, t, s->marks) &&
        html_is_line_numbers(s->page.html, t, s->marks, &s->number_bytes))
        return html_skip_element(s->page.html, end, name);
    if (kind == ELEMENT_LIST && is_menu_by_place(s, t))
        return html_skip_element(s->page.html, end, name);
    note_place(s, name, kind, t->self_closing);
    if (t->attribute_count > 0 && (kind == ELEMENT_INLINE || kind == ELEMENT_PARAGRAPH) &&
        html_control_write_label(&s->controls, t, &end))
        return end;
    if (kind == ELEMENT_CONTROL) return html_control_write(&s->controls, t, s->marks);
    if (kind == ELEMENT_INLINE) {
        if (view_equal(name, VIEW("label"))) buffer_append_byte(s->page.out, ' ');
        size_t behind = t->attribute_count > 0 ? write_inline(s, t) : end;
        if (behind == end && (s->shaped_depth > 0 || t->attribute_count > 0)) note_shape(s, t);
        return behind;
    }
    bool is_plain = view_equal(name, VIEW("textarea")) || view_equal(name, VIEW("xmp")) ||
                    view_equal(name, VIEW("plaintext"));
    if (is_plain && !t->self_closing) return write_plain(s, t);
    write_start(s, t, kind);
    return end;
}

static void scrub_end(scrub *s, const html_tag *t)
{
    view name = html_tag_name(t);
    element_kind kind = html_element_kind(name);
    if (kind == ELEMENT_CONTROL) {
        html_control_end(&s->controls, t);
        return;
    }
    if (kind == ELEMENT_INLINE && s->shaped_depth > 0) end_shape(s, name);
    if (kind == ELEMENT_INLINE || kind == ELEMENT_OPAQUE || kind == ELEMENT_READING) return;
    note_place(s, name, kind, true);
    html_write_end(s->page.out, name);
}

/* Appends what stays of the tag, comment or declaration that begins with the '<' at i, or "&lt;"
 * when none does; returns the offset behind it. */
static size_t scrub_markup(scrub *s, size_t i)
{
    html_tag *t = &s->tag;
    if (i + 1 < s->page.html.size &&
        (s->page.html.data[i + 1] == '!' || s->page.html.data[i + 1] == '?'))
        return html_skip_declaration(s->page.html, i);
    if (!html_tag_read(s->page.html, i, t)) {
        buffer_append(s->page.out, VIEW("&lt;"));
        return i + 1;
    }
    if (!t->is_whole) return t->end;
    if (!t->is_end) {
        const char *part = t->attribute_count > 0 ? html_roles_part(&s->roles, t) : NULL;
        if (part && !is_hidden(s, t)) {
            html_write_anchor(s->page.out, html_tag_attribute(t, "id"));
            html_roles_begin(&s->roles, t, part, s->page.out);
            return t->end;
        }
        size_t end = scrub_start(s, t);
        if (end == t->end && !t->self_closing) html_roles_note(&s->roles, html_tag_name(t));
        return end;
    }
    if (!html_roles_end(&s->roles, html_tag_name(t), s->page.out)) scrub_end(s, t);
    return t->end;
}

void html_scrub(view html, bool with_menus, css_classes *classes, buffer *out,
                scrub_findings *found)
{
    scrub s = {.page = {.html = html, .out = out, .found = found},
               .with_menus = with_menus,
               .classes = classes,
               .number_bytes = 4 * html.size};
    s.controls.page = &s.page;
    for (size_t i = 0; i < html.size && out->failed == KITH_OK;) {
        const char *next = memchr(html.data + i, '<', html.size - i);
        size_t until = next ? (size_t)(next - html.data) : html.size;
        view text = view_slice(html, i, until);
        buffer_append(out, text);
        if (s.controls.after_question && view_trim(text).size > 0)
            s.controls.after_question = false;
        if (text.size > LINE_BYTES && !s.in_title && view_trim(text).size > LINE_BYTES)
            s.has_begun = true;
        i = next ? scrub_markup(&s, until) : until;
    }
}
