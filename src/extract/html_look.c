/* html_look.c - the walks stop at the first tag that settles the question, which keeps pages of
 * nothing but open tags from costing more than their length times a constant. */
#include "extract/html_look.h"

#include "extract/html_element.h"

enum {
    REVEAL_LOOK_BYTES = 1 << 20,
    TAGS_MAX = 4096,
    PROSE_MIN_BYTES = 40,
    MENU_MIN_LINKS = 4,
    MENU_LINK_BYTES = 24 /* of a link's text, on average, without spaces */
};

/* Moves *i to the next tag at or after it and reads it; *i is then its '<'. False at the end. */
static bool next_tag(view html, size_t *i, html_tag *out)
{
    while (*i < html.size) {
        const char *found = memchr(html.data + *i, '<', html.size - *i);
        if (!found) return false;
        *i = (size_t)(found - html.data);
        if (*i + 1 < html.size && (html.data[*i + 1] == '!' || html.data[*i + 1] == '?')) {
            *i = html_skip_declaration(html, *i);
            continue;
        }
        if (html_tag_read(html, *i, out)) return out->is_whole;
        ++*i;
    }
    return false;
}

static view window(view html, size_t i)
{
    size_t end = html.size - i > HTML_LOOK_BYTES ? i + HTML_LOOK_BYTES : html.size;
    return view_slice(html, 0, end);
}

static bool is_void(view name)
{
    static const char *const NAMES[] = {"area",  "base", "br",   "col",    "embed", "hr",  "img",
                                        "input", "link", "meta", "source", "track", "wbr", NULL};
    return view_is_one_of_nocase(name, NAMES);
}

size_t html_skip_element(view html, size_t i, view name)
{
    html_tag t;
    uint32_t same = 1, blocks = 0;
    if (is_void(name)) return i;
    while (next_tag(html, &i, &t)) {
        view found = html_tag_name(&t);
        element_kind kind = html_element_kind(found);
        size_t start = i;
        i = t.end;
        if (kind == ELEMENT_OPAQUE && !t.is_end && !t.self_closing)
            i = html_find_end(html, i, found);
        else if (view_equal(found, name))
            same += t.is_end ? -1U : t.self_closing ? 0 : 1;
        else if (kind == ELEMENT_PARAGRAPH && !is_void(found) && !t.self_closing) {
            if (t.is_end && blocks == 0) return start; // of an outer element
            blocks += t.is_end ? -1U : 1;
        }
        if (same == 0) return i;
    }
    return html.size;
}

bool html_table_is_layout(view html, size_t i)
{
    html_tag t;
    bool has_parts = false, has_listing = false;
    uint32_t rows = 0;
    html = window(html, i);
    for (uint32_t n = 0; n < TAGS_MAX && next_tag(html, &i, &t); n++, i = t.end) {
        view name = html_tag_name(&t);
        element_kind kind = html_element_kind(name);
        if (kind == ELEMENT_TABLE) return !t.is_end || has_parts || (has_listing && rows == 1);
        rows += kind == ELEMENT_ROW && !t.is_end;
        has_listing |= view_equal(name, VIEW("pre"));
        if (view_equal(name, VIEW("th"))) return false;
        if (kind == ELEMENT_HEADING || kind == ELEMENT_MAIN || view_equal(name, VIEW("article")) ||
            view_equal(name, VIEW("section")) || view_equal(name, VIEW("nav")) ||
            view_equal(name, VIEW("form")))
            has_parts = true;
    }
    return has_parts;
}

static size_t count_text(view text)
{
    size_t count = 0;
    for (size_t i = 0; i < text.size; i++)
        count += !is_ascii_space(text.data[i]);
    return count;
}

bool html_is_more_than_links(view html, size_t i, view name)
{
    html_tag t;
    size_t inside = 0, outside = 0, from = i, depth = 1;
    bool in_link = false, in_heading = false;
    html = window(html, i);
    while (depth > 0 && next_tag(html, &i, &t)) {
        size_t text = count_text(view_slice(html, from, i));
        if (in_link || !in_heading) *(in_link ? &inside : &outside) += text;
        view found = html_tag_name(&t);
        element_kind kind = html_element_kind(found);
        if (view_equal(found, VIEW("a"))) in_link = !t.is_end;
        if (kind == ELEMENT_HEADING) in_heading = !t.is_end;
        if (view_equal(found, name)) depth += t.is_end ? (size_t)-1 : 1;
        bool is_script = kind == ELEMENT_OPAQUE && !t.is_end && !t.self_closing;
        i = from = is_script ? html_find_end(html, t.end, found) : t.end;
    }
    return outside > inside && outside >= PROSE_MIN_BYTES;
}

bool html_page_is_more_than_links(view html)
{
    html_tag t;
    for (size_t i = 0; next_tag(html, &i, &t); i = t.end)
        if (view_equal(html_tag_name(&t), VIEW("body")))
            return html_is_more_than_links(html, t.end, VIEW("body"));
    return false;
}

bool html_is_link_list(view html, size_t i, view name)
{
    html_tag t;
    size_t inside = 0, outside = 0, links = 0, from = i, depth = 1;
    bool in_link = false;
    html = window(html, i);
    while (depth > 0 && next_tag(html, &i, &t)) {
        view found = html_tag_name(&t);
        *(in_link ? &inside : &outside) += count_text(view_slice(html, from, i));
        if (view_equal(found, VIEW("a"))) {
            in_link = !t.is_end && html_tag_attribute(&t, "href").size > 0;
            links += in_link;
        }
        if (view_equal(found, name)) depth += t.is_end ? (size_t)-1 : 1;
        if (html_element_kind(found) == ELEMENT_HEADING) return false;
        i = from = t.end;
    }
    return depth == 0 && links >= MENU_MIN_LINKS && inside <= links * MENU_LINK_BYTES &&
           outside * 20 <= inside;
}

bool html_has_heading(view html, size_t i)
{
    html_tag t;
    html = window(html, i);
    for (uint32_t n = 0; n < TAGS_MAX && next_tag(html, &i, &t); n++, i = t.end)
        if (html_element_kind(html_tag_name(&t)) == ELEMENT_HEADING) return true;
    return false;
}

bool html_is_contents(view html)
{
    html_tag t;
    size_t inside = 0, outside = 0, links = 0, from = 0, i = 0;
    bool in_body = false, in_link = false, in_heading = false;
    html = window(html, 0);
    for (; next_tag(html, &i, &t); i = from = t.end) {
        view name = html_tag_name(&t), href = html_tag_attribute(&t, "href");
        size_t text = count_text(view_slice(html, from, i));
        if (in_body && !in_heading) *(in_link ? &inside : &outside) += text;
        if (view_equal(name, VIEW("body"))) in_body = !t.is_end;
        if (html_element_kind(name) == ELEMENT_HEADING) in_heading = !t.is_end;
        if (!view_equal(name, VIEW("a"))) continue;
        in_link = !t.is_end && href.size > 0 && view_find(href, VIEW(":")) == href.size;
        links += in_link;
    }
    return links >= 3 && inside >= 4 * outside;
}

uint32_t html_count_entries(view html, size_t i)
{
    html_tag t;
    uint32_t count = 0, depth = 1;
    html = window(html, i);
    for (; depth > 0 && next_tag(html, &i, &t); i = t.end) {
        element_kind kind = html_element_kind(html_tag_name(&t));
        if (kind == ELEMENT_LIST) depth += t.is_end ? -1U : 1;
        if (kind == ELEMENT_ENTRY && !t.is_end && depth == 1) count++;
    }
    return count;
}

bool html_is_empty(view html, size_t i, view name)
{
    html_tag t;
    while (i < html.size && is_ascii_space(html.data[i]))
        i++;
    return i < html.size && html.data[i] == '<' && html_tag_read(html, i, &t) && t.is_end &&
           view_equal(html_tag_name(&t), name);
}

static void append_words(buffer *out, view text)
{
    for (size_t i = 0; i < text.size; i++) {
        char c = text.data[i];
        if (!is_ascii_space(c))
            buffer_append_byte(out, c);
        else if (out->size > 0 && out->data[out->size - 1] != ' ')
            buffer_append_byte(out, ' ');
    }
}

void html_gather_text(view html, size_t i, size_t end, buffer *out)
{
    html_tag t;
    html = view_slice(html, 0, end);
    for (size_t from = i;; from = i) {
        bool more = next_tag(html, &i, &t);
        append_words(out, view_slice(html, from, more ? i : end));
        if (!more) break;
        element_kind kind = html_element_kind(html_tag_name(&t));
        bool is_left_out = kind == ELEMENT_OPAQUE || view_equal(html_tag_name(&t), VIEW("svg"));
        i = is_left_out && !t.is_end && !t.self_closing
                ? html_find_end(html, t.end, html_tag_name(&t))
                : t.end;
        if (html_tag_attribute(&t, "alt").size > 0)
            append_words(out, html_tag_attribute(&t, "alt"));
    }
    while (out->size > 0 && out->data[out->size - 1] == ' ')
        out->size--;
}

/* What stands before the id: aria-controls="..., data-bs-target="#..., href="#... */
static bool names_it(view html, size_t at)
{
    static const char *const KEYS[] = {"aria-controls=", "target=", "href=", "toggle="};
    if (at > 0 && html.data[at - 1] == '#') at--;
    if (at == 0 || (html.data[at - 1] != '"' && html.data[at - 1] != '\'')) return false;
    at--;
    for (size_t i = 0; i < sizeof KEYS / sizeof KEYS[0]; i++)
        if (view_ends_with_nocase(view_slice(html, 0, at), view_of(KEYS[i]))) return true;
    return false;
}

bool html_is_revealed(view html, view id)
{
    if (id.size == 0) return false;
    view looked =
        view_slice(html, 0, html.size < REVEAL_LOOK_BYTES ? html.size : REVEAL_LOOK_BYTES);
    for (size_t at = 0; at < looked.size; at += id.size) {
        at += view_find(view_slice(looked, at, looked.size), id);
        size_t end = at + id.size;
        bool is_whole = end < looked.size && (looked.data[end] == '"' || looked.data[end] == '\'');
        if (is_whole && names_it(looked, at)) return true;
    }
    return false;
}
