/* markup_outline.h - the headings of texts in a light markup: reStructuredText, Org, AsciiDoc, Typst,
 * LaTeX. The text itself stays as it is written, so that lines and bytes of a passage are the file's;
 * the rules are those of docutils, Org, Asciidoctor, Typst and LaTeX for titles of sections alone. */
#ifndef KITH_EXTRACT_MARKUP_OUTLINE_H
#define KITH_EXTRACT_MARKUP_OUTLINE_H

#include "extract/outline.h"

enum { MARKUP_MAX_HEADINGS = 20000 }; /* of a file; later ones are text */

/* Adds the headings of `text`; what stands in listings, literal blocks and comments is none.
 * markup  "rst", "org", "asciidoc", "typst" or "latex"; any other, and NULL, has none
 * title   the title that the text gives itself (#+title, \title); left alone when it gives none
 * Linear. Errors: KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status markup_outline(view text, const char *markup, outline *found, view *title,
                                        kith_error *err);

#endif
