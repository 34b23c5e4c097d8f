/* markdown.h - where a Markdown text has its headings. */
#ifndef KITH_EXTRACT_MARKDOWN_H
#define KITH_EXTRACT_MARKDOWN_H

#include "extract/outline.h"

/* Adds the headings of text[base..] with their offsets into the whole. KITH_ERR_LIMIT,
 * KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status markdown_headings(view text, size_t base, outline *found, kith_error *err);

#endif
