/* html_meta.h - what a page says of itself in <meta>: author, keywords and date, for filters. */
#ifndef KITH_EXTRACT_HTML_META_H
#define KITH_EXTRACT_HTML_META_H

#include "base/metadata.h"

/* Sets the fields "author" (several joined by "; "), "keywords" (a list, keywords.h) and "date" (of
 * ISO 8601 alone, the day of publication before that of a change) from the <meta> of the first
 * 256 KiB before <body>; names of Dublin Core, Open Graph and Google Scholar too. A value of more than
 * 1 KiB (keywords: 4 KiB) is left out.
 * html  as the page is written, entities not decoded
 * Errors: KITH_ERR_NO_MEMORY, and those of metadata_set. */
KITH_CHECKED kith_status html_meta_set(metadata *fields, view html, kith_error *err);

#endif
