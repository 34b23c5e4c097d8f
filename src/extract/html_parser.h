/* html_parser.h - the markup that html_scrub leaves, as elements that nest and text.
 * Repaired by the rules of the HTML Standard's tree construction (13.2.6) as far as the text of a
 * page depends on them: which tags end which elements. No tree is made, and no formatting element
 * is opened again: html_scrub leaves none. */
#ifndef KITH_EXTRACT_HTML_PARSER_H
#define KITH_EXTRACT_HTML_PARSER_H

#include "base/status.h"
#include "extract/html_element.h"
#include "extract/html_tag.h"

#include <stdint.h>

/* What a reader of the page does with each; views and tags are borrowed for the call. Any status but
 * KITH_OK ends the reading with it. */
typedef struct html_events {
    void *context;
    kith_status (*start)(void *context, const html_tag *tag, element_kind kind);
    kith_status (*end)(void *context, element_kind kind);
    kith_status (*text)(void *context, view text); /* comes in pieces: each reference is one */
} html_events;

/* Reads the markup to its end; every element that started has then ended.
 * markup  as html_scrub writes it: known elements in lower case, no comments
 * At most EXTRACT_MAX_DEPTH elements are open at once, and an empty one in them: of what is nested
 * deeper the text comes, and empty paragraphs where blocks begin and end.
 * Linear in its length, times the depth. Errors: what an event returned. Any thread. */
KITH_CHECKED kith_status html_parse(view markup, const html_events *events);

/* Appends an attribute's value with its references decoded; at most `size` bytes are written, and
 * what does not fit is left out. Returns how many. */
size_t html_decode(view value, char *out, size_t size);

#endif
