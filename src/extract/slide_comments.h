/* slide_comments.h - the comments on a slide, in the old and the new form of PowerPoint. */
#ifndef KITH_EXTRACT_SLIDE_COMMENTS_H
#define KITH_EXTRACT_SLIDE_COMMENTS_H

#include "extract/office_package.h"

#include "base/buffer.h"

/* Appends a line for each comment (and answer to one) of the part. Errors: those of archive_read and
 * xml_read, KITH_ERR_LIMIT (text). */
KITH_CHECKED kith_status slide_comments_read(archive *z, view part, buffer *out, kith_error *err);

#endif
