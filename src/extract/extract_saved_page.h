/* extract_saved_page.h - web pages in one file, in kith-extract-mail alone (GMime). */
#ifndef KITH_EXTRACT_SAVED_PAGE_H
#define KITH_EXTRACT_SAVED_PAGE_H

#include "extract/extract_job.h"

/* Reads job->bytes (MHTML) as the HTML page in it. Errors: KITH_ERR_FORMAT (no page in it), and those
 * of extract_job_decode and extract_html. */
KITH_CHECKED kith_status extract_saved_page(extract_job *job, kith_error *err);

#endif
