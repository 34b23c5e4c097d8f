/* tnef.h - what Outlook and Exchange put into a mail's part application/ms-tnef (winmail.dat): the
 * message again, with its formatting, and the attached files.
 * A reader of our own over the properties that msg has as well; libytnef writes its complaints to
 * standard output, where the answer of a confined process goes.
 * Source: [MS-OXTNEF]. */
#ifndef KITH_EXTRACT_TNEF_H
#define KITH_EXTRACT_TNEF_H

#include "extract/outlook.h"

enum { TNEF_MAX_ATTACHMENTS = 2000, TNEF_MAX_PROPERTIES = 100000 };

typedef struct tnef_file {
    outlook_message message;
    buffer attachments; /* elements: mapi_properties, of TNEF_MAX_ATTACHMENTS at most */
} tnef_file;

/* Reads the part into *out, which borrows its bytes; end it with tnef_done, whatever is returned. A
 * part that is cut off gives what is there.
 * Errors: KITH_ERR_FORMAT (no TNEF, or nothing of it can be read), KITH_ERR_LIMIT,
 * KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status tnef_read(view bytes, tnef_file *out, kith_error *err);
void tnef_done(tnef_file *f);
/* Adds the attached files to the job's attachments, a message among them as TNEF.
 * owner  the id of the document that holds them
 * Errors: KITH_ERR_LIMIT, KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status tnef_hand_on(const tnef_file *f, extract_job *job, view owner,
                                      kith_error *err);

#endif
