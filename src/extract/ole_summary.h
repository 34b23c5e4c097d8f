/* ole_summary.h - title and author of a file of Office of before 2007. */
#ifndef KITH_EXTRACT_OLE_SUMMARY_H
#define KITH_EXTRACT_OLE_SUMMARY_H

#include "extract/extract.h"
#include "extract/ole_file.h"

/* Sets d->title and the field "author" as far as the stream SummaryInformation has them; a damaged
 * one has none. Errors: KITH_ERR_NO_MEMORY, KITH_ERR_LIMIT (ole_read). */
KITH_CHECKED kith_status ole_summary_read(ole_file *f, document *d, kith_error *err);

#endif
