/* html_scrub.h - HTML to the little of it that kith reads. */
#ifndef KITH_EXTRACT_HTML_SCRUB_H
#define KITH_EXTRACT_HTML_SCRUB_H

#include "base/buffer.h"

/* Appends `html` without comments, declarations, attributes, elements that are but a stretch of
 * text (a, b, span, made-up ones; their content stays), and elements whose content is not markup
 * (script, style; with their content). What is left are bare tags <name> and
 * </name> of known elements in lower case, and text in which no other '<' occurs. Linear time. */
void html_scrub(view html, buffer *out);

#endif
