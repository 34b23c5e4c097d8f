/* markdown.h - the headings of a Markdown text, for Markdown files and notebooks. */
#ifndef KITH_EXTRACT_MARKDOWN_H
#define KITH_EXTRACT_MARKDOWN_H

#include "extract/outline.h"

/* Adds the headings of text[base..], with offsets into the whole text.
 * text  valid UTF-8 without NUL, line ends \n
 * Errors: KITH_ERR_LIMIT (more than EXTRACT_MAX_HEADINGS), KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status markdown_headings(view text, size_t base, outline *found, kith_error *err);

#endif
