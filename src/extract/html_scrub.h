/* html_scrub.h - reduces HTML to the little of it that kith reads, before html_parser.c reads it. */
#ifndef KITH_EXTRACT_HTML_SCRUB_H
#define KITH_EXTRACT_HTML_SCRUB_H

#include "base/buffer.h"

#include "extract/css_classes.h"

#include <stdbool.h>

/* What was met that carries text and is not read. */
typedef struct scrub_findings {
    bool frame;   /* an iframe or frame with an address or a document of its own */
    bool object;  /* an object or embed */
    bool drawing; /* an svg with text in it */
} scrub_findings;

/* Appends `html` without comments, declarations, the tags of inline elements (b, span, made-up ones;
 * their content stays), elements whose content is not markup (script, style; with their content)
 * and inline elements that are hidden. What is left: tags <name> and </name> of known elements in
 * lower case, with at most eight of the attributes that extract_html reads, and text in which every
 * other '<' has become "&lt;". What attributes alone say has become text: the alt text of pictures,
 * the state of check boxes, the value of fields, labels of icons, the long form of abbreviations.
 * Linear time.
 * html       valid UTF-8
 * classes    those that are known before; the page's own are added
 * with_menus navigation is kept, whatever it consists of
 * out        at most four times as large; out->failed: KITH_ERR_LIMIT or KITH_ERR_NO_MEMORY */
void html_scrub(view html, bool with_menus, css_classes *classes, buffer *out,
                scrub_findings *found);

#endif
