/* html_scrub.h - reduces HTML to the little of it that kith reads, before libxml2 parses it. */
#ifndef KITH_EXTRACT_HTML_SCRUB_H
#define KITH_EXTRACT_HTML_SCRUB_H

#include "base/buffer.h"

/* Appends `html` without comments, declarations, attributes, the tags of inline elements (a, b,
 * span, made-up ones; their content stays), and elements whose content is not markup (script,
 * style; with their content). What is left: tags <name> and </name> of known elements in lower case
 * without attributes, and text in which every other '<' has become "&lt;". Linear time.
 * html  valid UTF-8
 * out   at most four times as large; out->failed: KITH_ERR_LIMIT or KITH_ERR_NO_MEMORY */
void html_scrub(view html, buffer *out);

#endif
