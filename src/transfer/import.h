/* import.h - reads what export.h wrote, and stores it. */
#ifndef KITH_TRANSFER_IMPORT_H
#define KITH_TRANSFER_IMPORT_H

#include "transfer/line_input.h"
#include "transfer/transfer.h"

typedef struct import_request {
    byte_source source;
    const char *name; /* of the source, for messages: "NAME:LINE: ..." */
    /* What comes is of chroma_stream.h: a record that kith does not take is told, counted and
     * passed over, and lines tell notices and a failure. Else the first such record ends the
     * import. */
    bool is_of_chroma;
} import_request;

/* Reads JSON Lines of an export to their end. Tenants, databases and collections that are missing
 * are created. What is there stays: a point or a document whose id is taken is passed over and
 * counted as kept, so that an import which was ended can be run again.
 * k  of any database
 * Errors, after which what was stored stays:
 *   KITH_ERR_FORMAT       a line is malformed, unknown or in the wrong place; or the end is missing
 *   KITH_ERR_UNSUPPORTED  written by a newer version of the format
 *   KITH_ERR_LIMIT        a line, a text or a number is too large
 *   KITH_ERR_INVALID      a collection that is there has another metric; or what kith_put_with,
 *                         kith_whole_documents_put and kith_collection_ensure refuse
 *   KITH_ERR_DIMENSION, KITH_ERR_MODEL  a collection that is there has another dimension or model
 *   KITH_ERR_EXISTS       the id of a chunk or document is taken by something else
 *   KITH_ERR_CANCELLED    the observer asked for it
 *   those of the source
 *   KITH_ERR_IO, KITH_ERR_FULL, KITH_ERR_BUSY, KITH_ERR_CORRUPT, KITH_ERR_NO_MEMORY */
KITH_CHECKED kith_status import_lines(kith *k, const import_request *request,
                                      const transfer_observer *observer, kith_error *err);

#endif
