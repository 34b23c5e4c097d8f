/* outlook.h - a message, appointment or contact of Outlook's, from its properties (mapi.h), written as
 * mail is (extract_mail.c): lines of headers, then the body. Who reads the file gathers the
 * properties: extract_msg.c, tnef.h. */
#ifndef KITH_EXTRACT_OUTLOOK_H
#define KITH_EXTRACT_OUTLOOK_H

#include "extract/extract_job.h"
#include "extract/manuscript.h"
#include "extract/mapi.h"

typedef struct outlook_message {
    mapi_properties own;
    view to, cc; /* from the table of recipients, where there is one */
    view from;   /* the same; empty: from the properties */
} outlook_message;

/* Appends "Name <address>" of a recipient to the line *list, apart by ", "; a person without a name
 * and an address is passed over. Errors: KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status outlook_add_person(const mapi_properties *p, arena *a, view *list,
                                            kith_error *err);
/* Appends the headers to the manuscript and the document's fields, and sets d->title. Errors:
 * KITH_ERR_LIMIT, KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status outlook_add_headers(const outlook_message *o, manuscript *m, document *d,
                                             kith_error *err);
/* Appends the body: the plain text; HTML where there is none, or it says little of it; else RTF.
 * *added tells whether there was one. A body that is damaged is told. Errors: KITH_ERR_LIMIT,
 * KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status outlook_add_body(const outlook_message *o, manuscript *m, bool *added,
                                          kith_error *err);
/* The name of an attached file without folders; "unnamed" when it has none. */
KITH_CHECKED kith_status outlook_file_name(const mapi_properties *p, arena *a, view *out,
                                           kith_error *err);
/* Adds a file to the job's attachments.
 * owner  the id of the document that holds it
 * Errors: KITH_ERR_LIMIT, KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status outlook_hand_on(extract_job *job, view owner, view name, view bytes,
                                         kith_error *err);
/* Adds the notice that an attachment is a link to a file elsewhere. Error: KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status outlook_note_link(extract_job *job, view name, kith_error *err);

#endif
