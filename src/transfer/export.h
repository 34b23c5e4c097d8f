/* export.h - writes collections as JSON Lines. */
#ifndef KITH_TRANSFER_EXPORT_H
#define KITH_TRANSFER_EXPORT_H

#include "base/buffer.h"
#include "transfer/transfer.h"

#include <stddef.h>

typedef struct export_request {
    /* The database that is exported. Both NULL: every database of every tenant. */
    const char *tenant, *database;
    const char *const *names; /* [count] of its collections; none: all of them */
    size_t count;
    buffer_drain write; /* takes the bytes; its failure ends the export */
    void *write_context;
} export_request;

/* Exports what the request names, in the order of the names or by name. What others write meanwhile
 * is in the export or not, a document always with all the chunks that it had at one moment; what is
 * there all the time is there once.
 * Errors: KITH_ERR_NOT_FOUND (a tenant, a database or a collection, before anything is written),
 * KITH_ERR_CANCELLED (the observer), those of `write` and of reading (kith_get); what was written
 * then has no end line, so that an import tells that it is not whole. */
KITH_CHECKED kith_status export_collections(kith *k, const export_request *request,
                                            const transfer_observer *observer, kith_error *err);

#endif
