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

/* ---- classes ---- */

#define CLASS_BIT(first, size) (UINT64_C(1) << (((first)*7U + (size)) & 63))

// clang-format off
#define CLASSES(X)                                      \
    X("navheader", HTML_IS_MENU)                        \
    X("navfooter", HTML_IS_MENU)                        \
    X("toc", HTML_IS_CONTENTS)                          \
    X("mw-editsection", HTML_IS_NO_TEXT)                \
    X("mw-cite-backlink", HTML_IS_NO_TEXT)              \
    X("footnote-ref", HTML_IS_NOTE)                     \
    X("line-through", HTML_IS_STRUCK)                   \
    X("text-decoration-line-through", HTML_IS_STRUCK)   \
    X("linenos", HTML_IS_NUMBERS)                       \
    X("linenodiv", HTML_IS_NUMBERS)                     \
    X("lineno", HTML_IS_NUMBERS)                        \
    X("lnt", HTML_IS_NUMBERS)                           \
    X("ln", HTML_IS_NUMBERS)                            \
    X("gutter", HTML_IS_NUMBERS)                        \
    X("hljs-ln-numbers", HTML_IS_NUMBERS)

#define ROW_OF(name, mark) {{(name), sizeof(name) - 1}, (mark)},
static const struct {
    view name;
    uint32_t mark;
} MARKS[] = {CLASSES(ROW_OF)};
// clang-format on

static uint32_t mark_of(view class)
{
    // A bit for each class, by its first letter and its size: nearly all classes of a page have none. Constant folded.
#define BIT_OF(name, mark) | CLASS_BIT((unsigned char)(name)[0], (unsigned)sizeof(name) - 1)
    const uint64_t bits = 0 CLASSES(BIT_OF);
    if (!(bits & CLASS_BIT((unsigned char)*class.data | 0x20U, (unsigned)class.size))) return 0;
    for (size_t k = 0; k < sizeof MARKS / sizeof MARKS[0]; k++)
        if (class.size == MARKS[k].name.size && view_equal_nocase(class, MARKS[k].name))
            return MARKS[k].mark;
    return 0;
}

uint32_t html_class_marks(view class)
{
    uint32_t marks = 0;
    for (size_t i = 0; i < class.size;) {
        size_t end = i;
        while (end < class.size && !is_ascii_space(class.data[end]))
            end++;
        if (end > i) marks |= mark_of(view_slice(class, i, end));
        i = end + 1;
    }
    return marks;
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

/* "</name" stands at i. */
static bool is_end_tag(view html, size_t i, view name)
{
    size_t end = i + 2 + name.size; // of the name
    if (end > html.size || html.data[i + 1] != '/') return false;
    return html_find_end(view_slice(html, 0, end < html.size ? end + 1 : end), i, name) == i;
}

/* Whether digits are all that the element holds. */
static bool holds_numbers(view html, const html_tag *t, size_t *budget)
{
    size_t until = html.size - t->end > NUMBERS_MAX_BYTES ? t->end + NUMBERS_MAX_BYTES : html.size;
    if (until - t->end > *budget) until = t->end + *budget;
    bool in_tag = false, is_end = false;
    size_t i = t->end;
    for (; i < until && !is_end; i++) {
        char c = html.data[i];
        if (c == '<' || c == '>')
            in_tag = c == '<';
        else if (!in_tag && !is_ascii_digit(c) && !is_ascii_space(c))
            break;
        is_end = c == '<' && is_end_tag(html, i, html_tag_name(t));
    }
    *budget -= i - t->end;
    return is_end;
}

bool html_is_line_numbers(view html, const html_tag *t, uint32_t marks, size_t *budget)
{
    view unselected = VIEW("user-select:none"); // Hugo's, where it writes no classes
    bool is = (marks & HTML_IS_NUMBERS) != 0;
    if (!is && t->end < html.size && is_ascii_digit(html.data[t->end])) {
        view style = html_tag_attribute(t, "style");
        is = style.size > unselected.size && view_find(style, unselected) < style.size;
    }
    return is && !t->self_closing && holds_numbers(html, t, budget);
}

bool html_is_listing_table(const html_tag *t)
{
    return html_tag_says(t, "class", "highlighttable") || html_tag_says(t, "class", "lntable") ||
           html_tag_says(t, "class", "rouge-table") || html_tag_says(t, "class", "hljs-ln");
}
