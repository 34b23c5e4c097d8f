/* html_style.c - see html_style.h. */
#include "extract/html_style.h"

enum { STYLE_MAX_BYTES = 256, NUMBERS_MAX_BYTES = 64 << 10 };

/* The style without blanks, in lower case, as far as `out` has room. */
static view plain_style(view style, char out[STYLE_MAX_BYTES])
{
    size_t size = 0;
    for (size_t i = 0; i < style.size && size < STYLE_MAX_BYTES; i++) {
        char c = style.data[i];
        if (!is_ascii_space(c)) out[size++] = (char)(is_ascii_capital(c) ? c + ('a' - 'A') : c);
    }
    return (view){out, size};
}

bool html_style_hides(view style)
{
    char plain[STYLE_MAX_BYTES];
    if (style.size == 0) return false;
    view text = plain_style(style, plain);
    return view_find(text, VIEW("display:none")) < text.size ||
           view_find(text, VIEW("visibility:hidden")) < text.size;
}

bool html_class_strikes(view class)
{
    view line = VIEW("line-through"); // of Asciidoctor and Tailwind
    return class.size >= line.size && html_value_says(class, line);
}

/* ---- lists ---- */

static const struct {
    const char *style; /* of CSS */
    const char *class; /* of docutils and Asciidoctor */
    const char *type;
} LIST_TYPES[] = {{"lower-alpha", "loweralpha", "a"}, {"lower-latin", NULL, "a"},
                  {"upper-alpha", "upperalpha", "A"}, {"upper-latin", NULL, "A"},
                  {"lower-roman", "lowerroman", "i"}, {"upper-roman", "upperroman", "I"},
                  {"decimal", "arabic", "1"},         {"none", NULL, "none"}};

view html_list_type(const html_tag *t)
{
    char plain[STYLE_MAX_BYTES];
    view type = html_tag_attribute(t, "type"), style = html_tag_attribute(t, "style");
    if (style.size > 0) style = plain_style(style, plain);
    size_t at = view_find(style, VIEW("list-style"));
    if (at < style.size) {
        view rest = view_slice(style, at, style.size);
        rest = view_slice(rest, 0, view_find(rest, VIEW(";")));
        for (size_t i = 0; i < sizeof LIST_TYPES / sizeof LIST_TYPES[0]; i++)
            if (view_find(rest, view_of(LIST_TYPES[i].style)) < rest.size)
                return view_of(LIST_TYPES[i].type);
    }
    if (type.size > 0) return type;
    for (size_t i = 0; i < sizeof LIST_TYPES / sizeof LIST_TYPES[0]; i++)
        if (LIST_TYPES[i].class && html_tag_says(t, "class", LIST_TYPES[i].class))
            return view_of(LIST_TYPES[i].type);
    return VIEW("");
}

/* ---- listings ---- */

/* What may begin with a number of a line: most elements with a class begin with a letter or another element. */
static bool may_hold_numbers(view html, const html_tag *t)
{
    if (t->self_closing || t->end >= html.size) return false;
    char next = html.data[t->end], first = t->name[0];
    if (is_ascii_digit(next) || is_ascii_space(next))
        return first == 's' || first == 't' || first == 'p' || first == 'd';
    return next == '<' &&
           (view_equal(html_tag_name(t), VIEW("td")) || view_equal(html_tag_name(t), VIEW("div")));
}

/* Pygments, Chroma (Hugo), Rouge (Jekyll), highlight.js. */
bool html_is_line_numbers(view html, const html_tag *t)
{
    static const char *const CLASSES[] = {"linenos", "linenodiv", "lineno",          "lnt",
                                          "ln",      "gutter",    "hljs-ln-numbers", NULL};
    if (!may_hold_numbers(html, t)) return false;
    view class = html_tag_attribute(t, "class"), style = html_tag_attribute(t, "style"),
         unselected = VIEW("user-select:none"); // Hugo's, where it writes no classes
    bool is = style.size > unselected.size && view_find(style, unselected) < style.size;
    bool may_be = class.size > 1 && (view_find(class, VIEW("ln")) < class.size ||
                                     view_find(class, VIEW("lineno")) < class.size ||
                                     view_find(class, VIEW("gutter")) < class.size);
    for (size_t i = 0; may_be && CLASSES[i] && !is; i++)
        is = html_value_says(class, view_of(CLASSES[i]));
    if (!is) return false;
    size_t until = html.size - t->end > NUMBERS_MAX_BYTES ? t->end + NUMBERS_MAX_BYTES : html.size;
    size_t end = html_find_end(view_slice(html, 0, until), t->end, html_tag_name(t));
    bool in_tag = false;
    for (size_t i = t->end; i < end; i++) {
        char c = html.data[i];
        if (c == '<' || c == '>')
            in_tag = c == '<';
        else if (!in_tag && !is_ascii_digit(c) && !is_ascii_space(c))
            return false;
    }
    return end < until;
}

bool html_is_listing_table(const html_tag *t)
{
    return html_tag_says(t, "class", "highlighttable") || html_tag_says(t, "class", "lntable") ||
           html_tag_says(t, "class", "rouge-table") || html_tag_says(t, "class", "hljs-ln");
}
