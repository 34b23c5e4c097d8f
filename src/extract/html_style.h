/* html_style.h - what the style and the classes of an element say of its text, where a page says it with the element
 * and not in a style sheet, or with a class that a common writer always means so. Pure. */
#ifndef KITH_EXTRACT_HTML_STYLE_H
#define KITH_EXTRACT_HTML_STYLE_H

#include "extract/html_tag.h"

/* The value of `style` hides the element. */
bool html_style_hides(view style);
/* The value of `class` has one that writers always mean as a line through the text. */
bool html_class_strikes(view class);
/* How the entries of a list are marked, as the attribute `type` says it: "1", "a", "A", "i", "I"; "none"; or empty. */
view html_list_type(const html_tag *t);
/* The element holds nothing but the numbers of lines of a listing, which are no part of it. */
bool html_is_line_numbers(view html, const html_tag *t);
/* The table lays out a listing beside the numbers of its lines. */
bool html_is_listing_table(const html_tag *t);

#endif
