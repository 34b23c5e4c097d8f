/* eval_rechunk.h - a collection's documents, cut anew into another data directory: what chunk
 * settings are compared on.
 * A document whose file still says what is stored is read from the file, as kith add would, so that
 * headings and pages are known; every other is cut from its stored text. In the end the target holds
 * the documents of the collection, no more and no less. Points without a document stay behind. */
#ifndef KITH_CLI_EVAL_RECHUNK_H
#define KITH_CLI_EVAL_RECHUNK_H

#include "cli/ingestion.h"

#include <kith/kith.h>

typedef struct rechunking {
    kith *from;
    const char *collection; /* of `from` */
    kith *to;
    ingestion *progress; /* shown while it embeds */
} rechunking;

/* Into the collection `target` of `to`. *from_text counts the documents that a file stood for and
 * that were cut from their stored text nevertheless. Errors: kith_ingest's and KITH_ERR_CANCELLED. */
KITH_CHECKED kith_status rechunk(const rechunking *r, const char *target,
                                 const kith_chunk_options *chunk, uint32_t *from_text,
                                 kith_error *err);

#endif
