/* html_style.h - what the style and the classes of an element say of its text, where a page says it with the element
 * and not in a style sheet, or with a class that a common writer always means so. Pure. */
#ifndef KITH_EXTRACT_HTML_STYLE_H
#define KITH_EXTRACT_HTML_STYLE_H

#include "extract/html_tag.h"

/* The value of `style` hides the element. */
bool html_style_hides(view style);
/* Classes by which a common writer always means the same. */
enum {
    HTML_IS_MENU =
        1, /* of DocBook's stylesheets, whose tables "Prev | Up | Next" repeat titles of chapters */
    HTML_IS_CONTENTS = 2, /* a table of contents */
    HTML_IS_NO_TEXT = 4,  /* MediaWiki's "[Edit]" behind a heading, and its way back from a note */
    HTML_IS_NOTE = 8,     /* pandoc's link to a footnote */
    HTML_IS_STRUCK = 16,  /* a line through the text: Asciidoctor, Tailwind */
    HTML_IS_NUMBERS =
        32 /* numbers of lines: Pygments, Chroma (Hugo), Rouge (Jekyll), highlight.js */
};

/* Those that the value of `class` has, in one pass. */
uint32_t html_class_marks(view class);
/* How the entries of a list are marked, as the attribute `type` says it: "1", "a", "A", "i", "I"; "none"; or empty. */
view html_list_type(const html_tag *t);
/* False for nearly all elements, of which html_is_line_numbers() is false then. */
static inline bool html_may_be_numbers(view html, const html_tag *t, uint32_t marks)
{
    return (marks & HTML_IS_NUMBERS) || (t->end < html.size && is_ascii_digit(html.data[t->end]));
}
/* The element holds nothing but the numbers of lines of a listing, which are no part of it.
 * marks   of its class
 * budget  bytes that may be looked at for all elements of a page; what was looked at is taken from it */
bool html_is_line_numbers(view html, const html_tag *t, uint32_t marks, size_t *budget);
/* The table lays out a listing beside the numbers of its lines. */
bool html_is_listing_table(const html_tag *t);

#endif
