/* html_control.c - see html_control.h. */
#include "extract/html_control.h"

#include "extract/html_element.h"
#include "extract/html_look.h"
#include "extract/html_style.h"
#include "extract/html_write.h"

enum {
    BUTTON_MAX_BYTES = 4096,
    BUTTON_TEXT_MAX_BYTES = 300, // a longer one is no question
    HEADING_LINK_MAX_BYTES = 32
};

/* Offset of the end tag of t's element within `limit` bytes behind t; t->end when there is none. */
static size_t end_nearby(html_controls *c, const html_tag *t, size_t limit)
{
    size_t until = c->page->html.size - t->end > limit ? t->end + limit : c->page->html.size;
    if (t->self_closing || !html_may_look(&c->page->looks)) return t->end;
    size_t end = html_find_end(view_slice(c->page->html, 0, until), t->end, html_tag_name(t));
    return end < until ? end : t->end;
}

static bool is_file_name(view text)
{
    static const char *const ENDS[] = {".png", ".jpg", ".jpeg", ".gif", ".svg", ".webp"};
    for (size_t i = 0; i < sizeof ENDS / sizeof ENDS[0]; i++)
        if (view_ends_with_nocase(text, view_of(ENDS[i]))) return true;
    return false;
}

static void write_picture(html_controls *c, const html_tag *t)
{
    view text = html_tag_attribute(t, "alt");
    if (view_trim(text).size == 0) text = html_tag_attribute(t, "aria-label");
    if (!is_file_name(view_trim(text))) html_write_apart(c->page->out, text);
}

static void write_state(html_controls *c, bool is_on, bool is_radio)
{
    const char *state = is_radio ? "selected" : "checked";
    buffer_printf(c->page->out, " %s%s ", is_on ? "" : is_radio ? "not " : "un", state);
}

/* A check box whose state only opens a menu of the page, by its style. */
static bool is_toggle(const html_tag *t)
{
    view class = html_tag_attribute(t, "class");
    return html_tag_says(t, "role", "button") || html_tag_attribute(t, "aria-controls").data ||
           html_tag_attribute(t, "aria-expanded").data ||
           view_find(class, VIEW("toggle")) < class.size;
}

/* Radio buttons that follow each other without a text between choose a tab, by the page's style. */
static bool opens_tab(html_controls *c, const html_tag *t)
{
    view name = html_tag_attribute(t, "name"),
         rest = view_slice(c->page->html, t->end, c->page->html.size);
    while (rest.size > 0 && is_ascii_space(*rest.data))
        rest = view_slice(rest, 1, rest.size);
    if (view_starts_with_nocase(rest, VIEW("<input"))) c->tabs = name;
    return name.size > 0 && view_equal(name, c->tabs);
}

/* Of fields what the page filled in and nobody may change, and the state of check boxes. */
static void write_field(html_controls *c, const html_tag *t)
{
    static const char *const TEXTS[] = {"",    "text", "number",         "date",  "time", "email",
                                        "tel", "url",  "datetime-local", "month", "week", NULL};
    view type = html_tag_attribute(t, "type");
    bool is_radio = view_equal_nocase(type, VIEW("radio"));
    bool is_box = is_radio || view_equal_nocase(type, VIEW("checkbox"));
    if (is_box && (is_toggle(t) || (is_radio && opens_tab(c, t)))) return;
    if (is_box)
        write_state(c, html_tag_attribute(t, "checked").data, is_radio);
    else if (view_is_one_of_nocase(type.data ? type : VIEW(""), TEXTS))
        html_write_apart(c->page->out, html_tag_attribute(t, "value"));
    else if (view_equal_nocase(type, VIEW("image")))
        write_picture(c, t);
}

/* Title and description of a drawing; returns the offset behind it. One that is not closed is read
 * as if its tag were not there. */
static size_t write_drawing(html_controls *c, const html_tag *t)
{
    static const char *const PARTS[] = {"title", "desc"};
    size_t end =
        c->is_svg_open ? c->page->html.size : html_find_end(c->page->html, t->end, VIEW("svg"));
    c->is_svg_open = end == c->page->html.size; // no later one is closed either
    if (c->is_svg_open) return t->end;
    view inner = view_slice(c->page->html, 0, end);
    html_write_apart(c->page->out, html_tag_attribute(t, "aria-label"));
    html_tag part;
    for (size_t i = t->end; i < end;) {
        const char *next = memchr(inner.data + i, '<', end - i);
        if (!next) break;
        i = (size_t)(next - inner.data);
        if (!html_tag_read(inner, i, &part)) {
            i++;
            continue;
        }
        i = part.end;
        view name = html_tag_name(&part);
        if (view_equal(name, VIEW("text")) && !part.is_end) c->page->found->drawing = true;
        for (size_t k = 0; k < 2 && !part.is_end && !part.self_closing; k++)
            if (view_equal(name, view_of(PARTS[k]))) {
                size_t until = html_find_end(inner, i, name);
                html_write_apart(c->page->out, view_slice(inner, i, until));
                i = until;
            }
    }
    html_tag closing;
    return html_tag_read(c->page->html, end, &closing) ? closing.end : end;
}

static uint32_t count_words(view text)
{
    uint32_t count = 0;
    for (size_t i = 0; i < text.size; i++)
        count += text.data[i] == ' ';
    return text.size ? count + 1 : 0;
}

static bool is_question(view text)
{
    return view_ends_with_nocase(text, VIEW("?")) ||
           view_ends_with_nocase(text, VIEW("\xEF\xBC\x9F")) || // full width
           view_ends_with_nocase(text, VIEW("\xD8\x9F"));       // Arabic
}

/* A button is a heading when it is a question or opens a part of the page; one of several words is
 * kept as text where it is none. "Send", "Menu" and "Copy" are no content. Returns the offset
 * behind what is done. */
static size_t write_button(html_controls *c, const html_tag *t)
{
    buffer text;
    size_t end = end_nearby(c, t, BUTTON_MAX_BYTES);
    if (end == t->end) return end;
    if (html_tag_says(t, "role", "tab")) { // its panel need not come next: a line, and no heading
        buffer_append(c->page->out, VIEW("<br>"));
        return t->end;
    }
    buffer_init(&text, BUTTON_MAX_BYTES);
    html_gather_text(c->page->html, t->end, end, &text);
    view label = buffer_view(&text);
    bool opens = html_tag_attribute(t, "aria-expanded").data ||
                 html_tag_attribute(t, "aria-controls").data ||
                 view_find(html_tag_attribute(t, "class"), VIEW("accordion")) <
                     html_tag_attribute(t, "class").size;
    uint32_t words = count_words(label);
    bool is_content = label.size > 0 && label.size <= BUTTON_TEXT_MAX_BYTES &&
                      (is_question(label) || (opens && words > 1) || words > 3);
    bool is_heading = is_content && (is_question(label) || opens);
    buffer_done(&text);
    if (!is_content) return end;
    if (!is_heading) return t->end;
    html_write_start(c->page->out, t, NULL, NULL);
    c->in_question = true;
    return t->end;
}

static size_t write_abbreviation(html_controls *c, const html_tag *t)
{
    view title = view_trim(html_tag_attribute(t, "title"));
    for (uint32_t i = 0; i < c->long_form_count; i++)
        if (view_equal(c->long_forms[i], title)) title.size = 0;
    c->long_form = title;
    return t->end;
}

static void end_abbreviation(html_controls *c)
{
    if (c->long_form.size == 0) return;
    buffer_append(c->page->out, VIEW(" ("));
    html_write_text(c->page->out, c->long_form);
    buffer_append(c->page->out, VIEW(")"));
    if (c->long_form_count < HTML_ABBREVIATIONS_MAX)
        c->long_forms[c->long_form_count++] = c->long_form;
    c->long_form.size = 0;
}

/* What is shown where there are no scripts; a plea to switch them on is no content. */
static size_t write_noscript(html_controls *c, const html_tag *t)
{
    size_t end = end_nearby(c, t, HTML_LOOK_BYTES);
    buffer text;
    buffer_init(&text, HTML_LOOK_BYTES);
    html_gather_text(c->page->html, t->end, end, &text);
    static const char *const PLEAS[] = {"JavaScript", "Javascript", "javascript", "Java Script"};
    bool is_plea = text.size == 0;
    for (size_t i = 0; i < sizeof PLEAS / sizeof PLEAS[0]; i++)
        is_plea = is_plea || view_find(buffer_view(&text), view_of(PLEAS[i])) < text.size;
    buffer_done(&text);
    if (!is_plea) buffer_append(c->page->out, VIEW("<br>"));
    return is_plea ? end : t->end;
}

static size_t write_frame(html_controls *c, const html_tag *t)
{
    bool is_shown =
        html_tag_attribute(t, "src").size > 0 || html_tag_attribute(t, "srcdoc").size > 0;
    bool is_tiny = view_equal(html_tag_attribute(t, "height"), VIEW("0")) ||
                   view_equal(html_tag_attribute(t, "width"), VIEW("0"));
    if (is_shown && !is_tiny) c->page->found->frame = true;
    html_write_apart(c->page->out, html_tag_attribute(t, "title"));
    return t->self_closing ? t->end : html_find_end(c->page->html, t->end, VIEW("iframe"));
}

/* The link that a writer of documentation sets behind each heading, so that its address can be
 * copied: its text is a sign alone. Returns the offset of its end tag, t->end when it is none.
 * A section sign begins many a reference of lawyers, so that it has to be called an anchor. */
static size_t find_heading_link_end(const html_controls *c, const html_tag *t)
{
    static const char *const SIGNS[] = {"\xC2\xB6",         "&para;",    "&#182;", "&#xB6;",
                                        "\xF0\x9F\x94\x97", "&#128279;", "#",      NULL};
    // Back from a note to where it is referred to.
    static const char *const BACK[] = {"\xE2\x86\xA9", "\xE2\x86\xA9\xEF\xB8\x8E", "&#8617;",
                                       "&#x21A9;",     "&#8617;&#65038;",          NULL};
    static const char *const SECTIONS[] = {"\xC2\xA7", "&sect;", "&#167;", "&#xA7;", NULL};
    view href = html_tag_attribute(t, "href"), of = html_tag_attribute(t, "class");
    size_t until = c->page->html.size - t->end > HEADING_LINK_MAX_BYTES
                       ? t->end + HEADING_LINK_MAX_BYTES
                       : c->page->html.size;
    if (view_find(href, VIEW("#")) == href.size) return t->end;
    view near = view_slice(c->page->html, 0, until);
    size_t end = html_find_end(near, t->end, VIEW("a"));
    if (end < until && html_tag_says(t, "role", "doc-backlink")) return end;
    view sign = end < until ? view_trim(view_slice(near, t->end, end)) : VIEW("");
    bool is_called_so =
        view_find(of, VIEW("anchor")) < of.size || view_find(of, VIEW("link")) < of.size;
    bool is = view_is_one_of_nocase(sign, SIGNS) || view_is_one_of_nocase(sign, BACK) ||
              (is_called_so && view_is_one_of_nocase(sign, SECTIONS));
    return is ? end : t->end;
}

/* Of links only a name that others refer to. */
static size_t write_link(html_controls *c, const html_tag *t, uint32_t marks)
{
    size_t end = find_heading_link_end(c, t);
    if (end > t->end) {
        html_write_anchor(c->page->out, html_tag_attribute(t, "id"));
        return end;
    }
    view name = html_tag_attribute(t, "name");
    if (name.size == 0 && !html_tag_attribute(t, "href").data) name = html_tag_attribute(t, "id");
    html_write_anchor(c->page->out, name);
    // The sign of a note in an e-book, which is set above the line by its style.
    c->in_note = html_tag_says(t, "epub:type", "noteref") ||
                 html_tag_says(t, "role", "doc-noteref") || (marks & HTML_IS_NOTE) != 0;
    if (c->in_note) buffer_append(c->page->out, VIEW("<sup note=\"1\">"));
    c->in_reference = view_starts_with(html_tag_attribute(t, "href"), VIEW("#"));
    return t->end;
}

bool html_control_is_sign_of_note(const html_controls *c, const html_tag *t)
{
    html_tag link;
    size_t i = t->end;
    if (c->in_reference) return true;
    while (i < c->page->html.size &&
           (is_ascii_space(c->page->html.data[i]) || c->page->html.data[i] == '['))
        i++;
    return i + 1 < c->page->html.size && c->page->html.data[i] == '<' &&
           (c->page->html.data[i + 1] | 32) == 'a' && html_tag_read(c->page->html, i, &link) &&
           view_equal(html_tag_name(&link), VIEW("a")) &&
           view_starts_with(html_tag_attribute(&link, "href"), VIEW("#"));
}

bool html_control_write_label(html_controls *c, const html_tag *t, size_t *end)
{
    view label = html_tag_attribute(t, "aria-label"), name = html_tag_name(t);
    if (!label.data && view_equal(name, VIEW("i"))) label = html_tag_attribute(t, "title");
    bool is_box = html_tag_says(t, "role", "checkbox") || html_tag_says(t, "role", "switch");
    view state = html_tag_attribute(t, "aria-checked");
    if (is_box && state.data) {
        write_state(c, view_equal_nocase(state, VIEW("true")), false);
        *end = t->end;
        return true;
    }
    if (view_trim(label).size == 0 || t->self_closing || !html_may_look(&c->page->looks))
        return false;
    bool is_picture = html_tag_says(t, "role", "img");
    if (!is_picture && !html_is_empty(c->page->html, t->end, name)) return false;
    html_write_apart(c->page->out, label);
    *end = is_picture ? html_skip_element(c->page->html, t->end, name) : t->end;
    return true;
}

size_t html_control_write(html_controls *c, const html_tag *t, uint32_t marks)
{
    switch (t->name[0]) {
    case 'a':
        return t->name_size == 1 ? write_link(c, t, marks) : write_abbreviation(c, t);
    case 'b':
        return write_button(c, t);
    case 'e':
        c->page->found->object = true;
        return t->end;
    case 'n':
        return write_noscript(c, t);
    case 's':
        return t->self_closing ? t->end : write_drawing(c, t);
    default:
        break;
    }
    if (view_equal(html_tag_name(t), VIEW("iframe"))) return write_frame(c, t);
    if (view_equal(html_tag_name(t), VIEW("frame"))) {
        if (html_tag_attribute(t, "src").size > 0) c->page->found->frame = true;
        return t->end;
    }
    if (view_equal(html_tag_name(t), VIEW("img")))
        write_picture(c, t);
    else
        write_field(c, t);
    return t->end;
}

void html_control_end(html_controls *c, const html_tag *t)
{
    view name = html_tag_name(t);
    bool is_link = view_equal(name, VIEW("a"));
    if (view_equal(name, VIEW("button"))) {
        if (c->in_question) {
            html_write_end(c->page->out, name);
            c->after_question = true;
        }
        c->in_question = false;
    } else if (is_link) {
        if (c->in_note) html_write_end(c->page->out, VIEW("sup"));
        c->in_note = c->in_reference = false;
    } else if (t->name[0] == 'a') {
        end_abbreviation(c);
    }
}
