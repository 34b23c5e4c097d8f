/* extract_bookmarks.h - the bookmarks of a browser, exported as HTML (Netscape's format). */
#ifndef KITH_EXTRACT_EXTRACT_BOOKMARKS_H
#define KITH_EXTRACT_EXTRACT_BOOKMARKS_H

#include "extract/extract_job.h"

/* The page begins as every such file does. */
bool bookmarks_are(view html);
/* Reads job->text. Errors: KITH_ERR_LIMIT (headings, text), KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status extract_bookmarks(extract_job *job, kith_error *err);

#endif
