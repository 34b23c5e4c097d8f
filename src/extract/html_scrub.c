/* html_scrub.c - leaves what kith reads of a page, and turns into text what attributes say.
 * kith reads a dozen attributes, no scripts, and knows a hundred elements. All else is removed before
 * the page is parsed, in one pass with short looks ahead, whose sum LOOKS_MAX bounds: what an element
 * is (a menu, a layout, an icon) is often said by what stands in it, which events do not know yet.
 * The parser behind it (html_parser.c) then has no comments, no elements whose content is not markup
 * and no made-up ones to deal with. */
#include "extract/html_scrub.h"

#include "extract/html_element.h"
#include "extract/html_look.h"
#include "extract/html_roles.h"
#include "extract/html_style.h"
#include "extract/html_tag.h"

#include <stdio.h>

enum {
    ID_MAX_BYTES = 200,
    ABBREVIATIONS_MAX = 64, // whose long forms were written
    LOOKS_MAX = 4000,       // of at most HTML_LOOK_BYTES each; later elements get the usual answer
    REVEAL_LOOKS_MAX = 200, // of 1 MiB each
    BUTTON_MAX_BYTES = 4096,
    BUTTON_TEXT_MAX_BYTES = 300, // a longer one is no question
    HEADING_LINK_MAX_BYTES = 32,
    LINE_BYTES = 80 // longer text is no label of a menu
};

typedef struct scrub {
    view html;
    buffer *out;
    scrub_findings *found;
    bool with_menus;
    bool in_question;    // an open <button> that was written
    bool after_question; // nothing but tags since a question's end
    bool is_svg_open;    // an svg without an end was met
    bool in_note;        // an open link that is the sign of a note
    bool in_reference;   // an open link within the page
    bool has_begun;      // a heading, or text beyond a line, came: not the page's head any more
    bool in_title;
    css_classes *classes;
    char shaped_name[TAG_NAME_MAX_BYTES +
                     1];   // of the open inline element that its style raises, lowers or strikes
    view shaped;           // it
    uint32_t shaped_depth; // open elements of that name from it on; 0: none
    uint32_t shape;        // its looks
    uint32_t in_margin;    // open <header>, <footer> and <aside>
    html_roles roles;      // of tables
    uint32_t looks, reveal_looks;
    uint32_t marks;      // of the classes of the tag that is read
    size_t number_bytes; // that may be looked at yet for numbers of lines
    view tabs;           // the name of the radio buttons that choose tabs
    view long_form;      // of the open <abbr>
    view long_forms[ABBREVIATIONS_MAX];
    uint32_t long_form_count;
    html_tag tag; // the one that is read: a large local would be set to zero for each
} scrub;

static bool may_look(scrub *s)
{
    return s->looks++ < LOOKS_MAX;
}

/* Offset of the end tag of t's element within `limit` bytes behind t; t->end when there is none. */
static size_t end_nearby(scrub *s, const html_tag *t, size_t limit)
{
    size_t until = s->html.size - t->end > limit ? t->end + limit : s->html.size;
    if (t->self_closing || !may_look(s)) return t->end;
    size_t end = html_find_end(view_slice(s->html, 0, until), t->end, html_tag_name(t));
    return end < until ? end : t->end;
}

/* ---- writing ---- */

static void append_text(scrub *s, view text)
{
    for (size_t i = 0, from = 0; i <= text.size; i++) {
        if (i < text.size && text.data[i] != '<') continue;
        buffer_append(s->out, view_slice(text, from, i));
        if (i < text.size) buffer_append(s->out, VIEW("&lt;"));
        from = i + 1;
    }
}

static void append_apart(scrub *s, view text)
{
    if (view_trim(text).size == 0) return;
    buffer_append_byte(s->out, ' ');
    append_text(s, text);
    buffer_append_byte(s->out, ' ');
}

static void append_attribute(scrub *s, const char *name, view value)
{
    if (!value.data || value.size > ID_MAX_BYTES) return;
    buffer_append_byte(s->out, ' ');
    buffer_append_text(s->out, name);
    buffer_append(s->out, VIEW("=\""));
    for (size_t i = 0, from = 0; i <= value.size; i++) {
        bool is_end = i == value.size;
        if (!is_end && value.data[i] != '"' && value.data[i] != '<') continue;
        buffer_append(s->out, view_slice(value, from, i));
        if (!is_end) buffer_append(s->out, value.data[i] == '"' ? VIEW("&quot;") : VIEW("&lt;"));
        from = i + 1;
    }
    buffer_append_byte(s->out, '"');
}

static void append_end(scrub *s, view name)
{
    buffer_append(s->out, VIEW("</"));
    buffer_append(s->out, name);
    buffer_append_byte(s->out, '>');
}

/* The start tag with the attributes of `names`, which of t become those of the tag.
 * flag  one more without a value, or NULL */
static void append_start(scrub *s, const html_tag *t, const char *const *names, const char *flag)
{
    buffer_append_byte(s->out, '<');
    buffer_append(s->out, html_tag_name(t));
    if (t->attribute_count > 0) {
        view id = html_tag_attribute(t, "id");
        if (id.size > 0) append_attribute(s, "id", id);
        for (; names && *names; names++)
            append_attribute(s, *names, html_tag_attribute(t, *names));
    }
    if (flag) buffer_printf(s->out, " %s=\"1\"", flag);
    buffer_append_byte(s->out, '>');
    if (t->self_closing) append_end(s, html_tag_name(t));
}

/* The id of an element whose tags are not written: <area> is an empty element of HTML. */
static void append_anchor(scrub *s, view id)
{
    if (id.size == 0 || id.size > ID_MAX_BYTES) return;
    buffer_append(s->out, VIEW("<area"));
    append_attribute(s, "id", id);
    buffer_append_byte(s->out, '>');
}

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
    if (s->after_question || html_tag_says(t, "role", "tabpanel")) return false;
    if (html_tag_says(t, "role", "region") && html_tag_attribute(t, "aria-labelledby").size > 0)
        return false;
    view id = html_tag_attribute(t, "id");
    return id.size == 0 || s->reveal_looks++ >= REVEAL_LOOKS_MAX || !html_is_revealed(s->html, id);
}

/* ---- elements that are replaced by what their attributes say ---- */

static bool is_file_name(view text)
{
    static const char *const ENDS[] = {".png", ".jpg", ".jpeg", ".gif", ".svg", ".webp"};
    for (size_t i = 0; i < sizeof ENDS / sizeof ENDS[0]; i++)
        if (view_ends_with_nocase(text, view_of(ENDS[i]))) return true;
    return false;
}

static void write_picture(scrub *s, const html_tag *t)
{
    view text = html_tag_attribute(t, "alt");
    if (view_trim(text).size == 0) text = html_tag_attribute(t, "aria-label");
    if (!is_file_name(view_trim(text))) append_apart(s, text);
}

static void write_state(scrub *s, bool is_on, bool is_radio)
{
    const char *state = is_radio ? "selected" : "checked";
    buffer_printf(s->out, " %s%s ", is_on ? "" : is_radio ? "not " : "un", state);
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
static bool opens_tab(scrub *s, const html_tag *t)
{
    view name = html_tag_attribute(t, "name"), rest = view_slice(s->html, t->end, s->html.size);
    while (rest.size > 0 && is_ascii_space(*rest.data))
        rest = view_slice(rest, 1, rest.size);
    if (view_starts_with_nocase(rest, VIEW("<input"))) s->tabs = name;
    return name.size > 0 && view_equal(name, s->tabs);
}

/* Of fields what the page filled in and nobody may change, and the state of check boxes. */
static void write_field(scrub *s, const html_tag *t)
{
    static const char *const TEXTS[] = {"",    "text", "number",         "date",  "time", "email",
                                        "tel", "url",  "datetime-local", "month", "week", NULL};
    view type = html_tag_attribute(t, "type");
    bool is_radio = view_equal_nocase(type, VIEW("radio"));
    bool is_box = is_radio || view_equal_nocase(type, VIEW("checkbox"));
    if (is_box && (is_toggle(t) || (is_radio && opens_tab(s, t)))) return;
    if (is_box)
        write_state(s, html_tag_attribute(t, "checked").data, is_radio);
    else if (view_is_one_of_nocase(type.data ? type : VIEW(""), TEXTS))
        append_apart(s, html_tag_attribute(t, "value"));
    else if (view_equal_nocase(type, VIEW("image")))
        write_picture(s, t);
}

/* Title and description of a drawing; returns the offset behind it. One that is not closed is read
 * as if its tag were not there. */
static size_t write_drawing(scrub *s, const html_tag *t)
{
    static const char *const PARTS[] = {"title", "desc"};
    size_t end = s->is_svg_open ? s->html.size : html_find_end(s->html, t->end, VIEW("svg"));
    s->is_svg_open = end == s->html.size; // no later one is closed either
    if (s->is_svg_open) return t->end;
    view inner = view_slice(s->html, 0, end);
    append_apart(s, html_tag_attribute(t, "aria-label"));
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
        if (view_equal(name, VIEW("text")) && !part.is_end) s->found->drawing = true;
        for (size_t k = 0; k < 2 && !part.is_end && !part.self_closing; k++)
            if (view_equal(name, view_of(PARTS[k]))) {
                size_t until = html_find_end(inner, i, name);
                append_apart(s, view_slice(inner, i, until));
                i = until;
            }
    }
    html_tag closing;
    return html_tag_read(s->html, end, &closing) ? closing.end : end;
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
static size_t write_button(scrub *s, const html_tag *t)
{
    buffer text;
    size_t end = end_nearby(s, t, BUTTON_MAX_BYTES);
    if (end == t->end) return end;
    if (html_tag_says(t, "role", "tab")) { // its panel need not come next: a line, and no heading
        buffer_append(s->out, VIEW("<br>"));
        return t->end;
    }
    buffer_init(&text, BUTTON_MAX_BYTES);
    html_gather_text(s->html, t->end, end, &text);
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
    append_start(s, t, NULL, NULL);
    s->in_question = true;
    return t->end;
}

static size_t write_abbreviation(scrub *s, const html_tag *t)
{
    view title = view_trim(html_tag_attribute(t, "title"));
    for (uint32_t i = 0; i < s->long_form_count; i++)
        if (view_equal(s->long_forms[i], title)) title.size = 0;
    s->long_form = title;
    return t->end;
}

static void end_abbreviation(scrub *s)
{
    if (s->long_form.size == 0) return;
    buffer_append(s->out, VIEW(" ("));
    append_text(s, s->long_form);
    buffer_append(s->out, VIEW(")"));
    if (s->long_form_count < ABBREVIATIONS_MAX) s->long_forms[s->long_form_count++] = s->long_form;
    s->long_form.size = 0;
}

/* What is shown where there are no scripts; a plea to switch them on is no content. */
static size_t write_noscript(scrub *s, const html_tag *t)
{
    size_t end = end_nearby(s, t, HTML_LOOK_BYTES);
    buffer text;
    buffer_init(&text, HTML_LOOK_BYTES);
    html_gather_text(s->html, t->end, end, &text);
    static const char *const PLEAS[] = {"JavaScript", "Javascript", "javascript", "Java Script"};
    bool is_plea = text.size == 0;
    for (size_t i = 0; i < sizeof PLEAS / sizeof PLEAS[0]; i++)
        is_plea = is_plea || view_find(buffer_view(&text), view_of(PLEAS[i])) < text.size;
    buffer_done(&text);
    if (!is_plea) buffer_append(s->out, VIEW("<br>"));
    return is_plea ? end : t->end;
}

static size_t write_frame(scrub *s, const html_tag *t)
{
    bool is_shown =
        html_tag_attribute(t, "src").size > 0 || html_tag_attribute(t, "srcdoc").size > 0;
    bool is_tiny = view_equal(html_tag_attribute(t, "height"), VIEW("0")) ||
                   view_equal(html_tag_attribute(t, "width"), VIEW("0"));
    if (is_shown && !is_tiny) s->found->frame = true;
    append_apart(s, html_tag_attribute(t, "title"));
    return t->self_closing ? t->end : html_find_end(s->html, t->end, VIEW("iframe"));
}

/* The link that a writer of documentation sets behind each heading, so that its address can be
 * copied: its text is a sign alone. Returns the offset of its end tag, t->end when it is none.
 * A section sign begins many a reference of lawyers, so that it has to be called an anchor. */
static size_t find_heading_link_end(const scrub *s, const html_tag *t)
{
    static const char *const SIGNS[] = {"\xC2\xB6",         "&para;",    "&#182;", "&#xB6;",
                                        "\xF0\x9F\x94\x97", "&#128279;", "#",      NULL};
    // Back from a note to where it is referred to.
    static const char *const BACK[] = {"\xE2\x86\xA9", "\xE2\x86\xA9\xEF\xB8\x8E", "&#8617;",
                                       "&#x21A9;",     "&#8617;&#65038;",          NULL};
    static const char *const SECTIONS[] = {"\xC2\xA7", "&sect;", "&#167;", "&#xA7;", NULL};
    view href = html_tag_attribute(t, "href"), of = html_tag_attribute(t, "class");
    size_t until = s->html.size - t->end > HEADING_LINK_MAX_BYTES ? t->end + HEADING_LINK_MAX_BYTES
                                                                  : s->html.size;
    if (view_find(href, VIEW("#")) == href.size) return t->end;
    view near = view_slice(s->html, 0, until);
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
static size_t write_link(scrub *s, const html_tag *t)
{
    size_t end = find_heading_link_end(s, t);
    if (end > t->end) {
        append_anchor(s, html_tag_attribute(t, "id"));
        return end;
    }
    view name = html_tag_attribute(t, "name");
    if (name.size == 0 && !html_tag_attribute(t, "href").data) name = html_tag_attribute(t, "id");
    append_anchor(s, name);
    // The sign of a note in an e-book, which is set above the line by its style.
    s->in_note = html_tag_says(t, "epub:type", "noteref") ||
                 html_tag_says(t, "role", "doc-noteref") || (s->marks & HTML_IS_NOTE) != 0;
    if (s->in_note) buffer_append(s->out, VIEW("<sup note=\"1\">"));
    s->in_reference = view_starts_with(html_tag_attribute(t, "href"), VIEW("#"));
    return t->end;
}

/* A raised text that is, or stands in, a link within the page is the sign of a note, and no exponent. */
static bool is_sign_of_note(scrub *s, const html_tag *t)
{
    html_tag link;
    size_t i = t->end;
    if (s->in_reference) return true;
    while (i < s->html.size && (is_ascii_space(s->html.data[i]) || s->html.data[i] == '['))
        i++;
    return i + 1 < s->html.size && s->html.data[i] == '<' && (s->html.data[i + 1] | 32) == 'a' &&
           html_tag_read(s->html, i, &link) && view_equal(html_tag_name(&link), VIEW("a")) &&
           view_starts_with(html_tag_attribute(&link, "href"), VIEW("#"));
}

/* An inline element of the table: returns the offset behind what is done. */
static size_t write_control(scrub *s, const html_tag *t)
{
    switch (t->name[0]) {
    case 'a':
        return t->name_size == 1 ? write_link(s, t) : write_abbreviation(s, t);
    case 'b':
        return write_button(s, t);
    case 'e':
        s->found->object = true;
        return t->end;
    case 'n':
        return write_noscript(s, t);
    case 's':
        return t->self_closing ? t->end : write_drawing(s, t);
    default:
        break;
    }
    if (view_equal(html_tag_name(t), VIEW("iframe"))) return write_frame(s, t);
    if (view_equal(html_tag_name(t), VIEW("frame"))) {
        if (html_tag_attribute(t, "src").size > 0) s->found->frame = true;
        return t->end;
    }
    if (view_equal(html_tag_name(t), VIEW("img")))
        write_picture(s, t);
    else
        write_field(s, t);
    return t->end;
}

/* ---- tags ---- */

/* Reading aids end where the next part of the ruby, or the ruby, begins or ends. */
static size_t skip_reading(scrub *s, const html_tag *t)
{
    html_tag next;
    for (size_t i = t->end; i < s->html.size; i++) {
        const char *found = memchr(s->html.data + i, '<', s->html.size - i);
        if (!found) return s->html.size;
        i = (size_t)(found - s->html.data);
        if (!html_tag_read(s->html, i, &next)) continue;
        view name = html_tag_name(&next);
        element_kind kind = html_element_kind(name);
        bool is_rtc = view_equal(html_tag_name(t), VIEW("rtc"));
        if (next.is_end && view_equal(name, html_tag_name(t))) return next.end;
        if ((kind == ELEMENT_READING && !is_rtc) || view_equal(name, VIEW("rb")) ||
            view_equal(name, VIEW("ruby")) || kind == ELEMENT_PARAGRAPH)
            return i;
    }
    return s->html.size;
}

/* An icon whose meaning stands in its label alone. Returns false when the tag is none. */
static bool write_label(scrub *s, const html_tag *t, size_t *end)
{
    view label = html_tag_attribute(t, "aria-label"), name = html_tag_name(t);
    if (!label.data && view_equal(name, VIEW("i"))) label = html_tag_attribute(t, "title");
    bool is_box = html_tag_says(t, "role", "checkbox") || html_tag_says(t, "role", "switch");
    view state = html_tag_attribute(t, "aria-checked");
    if (is_box && state.data) {
        write_state(s, view_equal_nocase(state, VIEW("true")), false);
        *end = t->end;
        return true;
    }
    if (view_trim(label).size == 0 || t->self_closing || !may_look(s)) return false;
    bool is_picture = html_tag_says(t, "role", "img");
    if (!is_picture && !html_is_empty(s->html, t->end, name)) return false;
    append_apart(s, label);
    *end = is_picture ? html_skip_element(s->html, t->end, name) : t->end;
    return true;
}

static void write_list(scrub *s, const html_tag *t)
{
    static const char *const NAMES[] = {"start", "marks", "reversed", NULL};
    view marks = t->attribute_count > 0 ? html_list_type(t) : VIEW("");
    bool counts = html_tag_attribute(t, "reversed").data && !html_tag_attribute(t, "start").data &&
                  may_look(s);
    html_tag list = *t;
    char start[16];
    if (counts && list.attribute_count < TAG_MAX_ATTRIBUTES) {
        (void)snprintf(start, sizeof start, "%u", html_count_entries(s->html, t->end));
        list.attributes[list.attribute_count++] = (tag_attribute){VIEW("start"), view_of(start)};
        list.attribute_marks = UINT64_MAX; // one more is there
    }
    if (marks.size > 0 && list.attribute_count < TAG_MAX_ATTRIBUTES) {
        list.attributes[list.attribute_count++] = (tag_attribute){VIEW("marks"), marks};
        list.attribute_marks = UINT64_MAX;
    }
    append_start(s, &list, NAMES, NULL);
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
         (may_look(s) && html_table_is_layout(s->html, t->end))))
        flag = "layout";
    bool is_menu = kind == ELEMENT_SKIPPED && view_equal(html_tag_name(t), VIEW("nav"));
    if (is_menu &&
        (s->with_menus || (may_look(s) && html_is_more_than_links(s->html, t->end, VIEW("nav")))))
        flag = "content";
    if (kind == ELEMENT_SKIPPED && view_equal(html_tag_name(t), VIEW("object")))
        s->found->object = true;
    if (kind == ELEMENT_RAISED && is_sign_of_note(s, t)) flag = "note";
    if (!flag && t->attribute_count > 0 && strikes(s, t)) flag = "struck";
    bool is_heading = html_tag_says(t, "role", "heading");
    append_start(s, t,
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
    return (is_contents || html_tag_says(t, "role", "navigation")) && may_look(s) &&
           !html_is_more_than_links(s->html, t->end, html_tag_name(t));
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
    if (!may_look(s) || !html_is_link_list(s->html, t->end, VIEW("ul"))) return false;
    return is_named || s->in_margin || html_has_heading(s->html, t->end);
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
    if (view_equal_nocase(role, VIEW("row"))) buffer_append(s->out, VIEW("<br>"));
    if (view_is_one_of_nocase(role, CELLS)) buffer_append_byte(s->out, ' ');
}

/* Inline elements that mean something. Returns the offset behind what is done. */
static size_t write_inline(scrub *s, const html_tag *t)
{
    static const char *const OF_THE_HEAD[] = {"link", "meta", "base", NULL};
    view name = html_tag_name(t);
    if (s->marks & HTML_IS_NO_TEXT)
        return t->self_closing ? t->end : html_skip_element(s->html, t->end, name);
    const view id = html_tag_attribute(t, "id");
    if (id.size > 0 && !view_is_one_of_nocase(name, OF_THE_HEAD)) append_anchor(s, id);
    part_cells(s, t);
    view label = html_tag_attribute(t, "label");
    if (label.size && view_equal(name, VIEW("optgroup"))) {
        buffer_append(s->out, VIEW("<option>"));
        append_text(s, label);
        buffer_append(s->out, VIEW(":</option>"));
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
    if (s->shape & CSS_STRUCK) buffer_append(s->out, VIEW("<s>"));
    if (s->shape & CSS_LOWERED) buffer_append(s->out, VIEW("<sub>"));
    if (s->shape & CSS_RAISED)
        buffer_append(s->out, is_sign_of_note(s, t) ? VIEW("<sup note=\"1\">") : VIEW("<sup>"));
}

static void end_shape(scrub *s, view name)
{
    if (!view_equal(name, s->shaped) || --s->shaped_depth > 0) return;
    if (s->shape & CSS_RAISED) append_end(s, VIEW("sup"));
    if (s->shape & CSS_LOWERED) append_end(s, VIEW("sub"));
    if (s->shape & CSS_STRUCK) append_end(s, VIEW("s"));
}

/* The content of a textarea, an xmp and a plaintext is text, whatever it looks like. */
static size_t write_plain(scrub *s, const html_tag *t)
{
    size_t end = html_find_end(s->html, t->end, html_tag_name(t));
    append_start(s, t, NULL, NULL);
    append_text(s, view_slice(s->html, t->end, end));
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
        size_t behind = t->self_closing ? end : html_find_end(s->html, end, name);
        if (view_equal(name, VIEW("style")) && css_is_screen(html_tag_attribute(t, "media")))
            css_classes_read(s->classes, view_slice(s->html, end, behind));
        return behind;
    }
    if (kind == ELEMENT_READING) return t->self_closing ? end : skip_reading(s, t);
    if (t->attribute_count > 0 && is_hidden(s, t)) {
        if (!is_inline) append_start(s, t, NULL, "hidden");
        return !is_inline || t->self_closing ? end : html_skip_element(s->html, end, name);
    }
    if (t->attribute_count > 0 && (kind == ELEMENT_PARAGRAPH || kind == ELEMENT_LIST) &&
        is_menu_by_name(s, t))
        return html_skip_element(s->html, end, name);
    if (t->attribute_count > 0 && html_may_be_numbers(s->html, t, s->marks) &&
        html_is_line_numbers(s->html, t, s->marks, &s->number_bytes))
        return html_skip_element(s->html, end, name);
    if (kind == ELEMENT_LIST && is_menu_by_place(s, t))
        return html_skip_element(s->html, end, name);
    note_place(s, name, kind, t->self_closing);
    if (t->attribute_count > 0 && (kind == ELEMENT_INLINE || kind == ELEMENT_PARAGRAPH) &&
        write_label(s, t, &end))
        return end;
    if (kind == ELEMENT_CONTROL) return write_control(s, t);
    if (kind == ELEMENT_INLINE) {
        if (view_equal(name, VIEW("label"))) buffer_append_byte(s->out, ' ');
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
        bool is_button = view_equal(name, VIEW("button"));
        if (is_button && s->in_question) append_end(s, name);
        if (is_button && s->in_question) s->after_question = true;
        if (is_button) s->in_question = false;
        if (t->name[0] == 'a' && t->name_size > 1) end_abbreviation(s);
        if (t->name[0] == 'a' && t->name_size == 1) {
            if (s->in_note) append_end(s, VIEW("sup"));
            s->in_note = s->in_reference = false;
        }
        return;
    }
    if (kind == ELEMENT_INLINE && s->shaped_depth > 0) end_shape(s, name);
    if (kind == ELEMENT_INLINE || kind == ELEMENT_OPAQUE || kind == ELEMENT_READING) return;
    note_place(s, name, kind, true);
    append_end(s, name);
}

/* Appends what stays of the tag, comment or declaration that begins with the '<' at i, or "&lt;"
 * when none does; returns the offset behind it. */
static size_t scrub_markup(scrub *s, size_t i)
{
    html_tag *t = &s->tag;
    if (i + 1 < s->html.size && (s->html.data[i + 1] == '!' || s->html.data[i + 1] == '?'))
        return html_skip_declaration(s->html, i);
    if (!html_tag_read(s->html, i, t)) {
        buffer_append(s->out, VIEW("&lt;"));
        return i + 1;
    }
    if (!t->is_whole) return t->end;
    if (!t->is_end) {
        const char *part = t->attribute_count > 0 ? html_roles_part(&s->roles, t) : NULL;
        if (part && !is_hidden(s, t)) {
            append_anchor(s, html_tag_attribute(t, "id"));
            html_roles_begin(&s->roles, t, part, s->out);
            return t->end;
        }
        size_t end = scrub_start(s, t);
        if (end == t->end && !t->self_closing) html_roles_note(&s->roles, html_tag_name(t));
        return end;
    }
    if (!html_roles_end(&s->roles, html_tag_name(t), s->out)) scrub_end(s, t);
    return t->end;
}

void html_scrub(view html, bool with_menus, css_classes *classes, buffer *out,
                scrub_findings *found)
{
    scrub s = {
        .html = html, .out = out, .found = found, .with_menus = with_menus, .classes = classes};
    s.number_bytes = 4 * html.size;
    for (size_t i = 0; i < html.size && out->failed == KITH_OK;) {
        const char *next = memchr(html.data + i, '<', html.size - i);
        size_t until = next ? (size_t)(next - html.data) : html.size;
        view text = view_slice(html, i, until);
        buffer_append(out, text);
        if (s.after_question && view_trim(text).size > 0) s.after_question = false;
        if (text.size > LINE_BYTES && !s.in_title && view_trim(text).size > LINE_BYTES)
            s.has_begun = true;
        i = next ? scrub_markup(&s, until) : until;
    }
}
