/* html_look.h - questions about an element whose start tag was just read, answered by looking ahead
 * in the page: what a single pass over it cannot know. Pure. Each looks at HTML_LOOK_BYTES at most.
 * i is the offset behind the start tag in all of them. */
#ifndef KITH_EXTRACT_HTML_LOOK_H
#define KITH_EXTRACT_HTML_LOOK_H

#include "base/buffer.h"
#include "extract/html_tag.h"

#include <stdint.h>

enum {
    HTML_LOOK_BYTES = 64 * 1024,
    HTML_LOOKS_MAX = 4000 /* of a page; its later elements get the usual answer */
};

/* Counts a look ahead; false when the page has had them all. */
static inline bool html_may_look(uint32_t *looks)
{
    return (*looks)++ < HTML_LOOKS_MAX;
}

/* Offset behind the end tag that belongs to the element, with those of its own name within it; for
 * one that is not closed, where the end tag of an outer element stands, or the page ends; i for one
 * that has no content ("wbr"). Looks as far as it must. */
size_t html_skip_element(view html, size_t i, view name);
/* The table arranges parts of the page and names nothing: it holds another table, sections, headings or, in its only
 * row, a listing, and no header cell. */
bool html_table_is_layout(view html, size_t i);
/* More of its text but headings stands outside links than in them, and that is no mere word or
 * two. */
bool html_is_more_than_links(view html, size_t i, view name);
/* The same of the whole page. */
bool html_page_is_more_than_links(view html);
/* A list of links as menus are: four links or more, short ones, and next to no text beside them. */
bool html_is_link_list(view html, size_t i, view name);
/* A heading follows. */
bool html_has_heading(view html, size_t i);
/* A table of contents: nearly all text of the page but its headings stands in links within the book,
 * of which there are three at least. */
bool html_is_contents(view html);
/* How many entries the list has, without those of lists within it. */
uint32_t html_count_entries(view html, size_t i);
/* True when nothing but white space stands before the element's end tag. */
bool html_is_empty(view html, size_t i, view name);
/* Appends the text in [i, end) without tags, its white space collapsed and entities as they are. */
void html_gather_text(view html, size_t i, size_t end, buffer *out);
/* The page has a control or link that shows the element with this id. */
bool html_is_revealed(view html, view id);

#endif
