/* eval_rechunk.h - copies a collection's documents into another data directory in chunks of another
 * size, so that kith eval can compare chunk settings.
 * A document whose file still has the stored text is ingested from the file, as kith add does,
 * because only the file has headings and pages; any other document is chunked from its stored text.
 * In the end the target holds exactly the documents of the collection. Points without a document
 * are not copied. */
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

/* Fills the new collection `target` of `to`. *from_text counts the documents that came from a file
 * and had to be chunked from their stored text. Errors: those of kith_collection_create,
 * kith_ingest, kith_ingest_paths and kith_document_get (kith.h); KITH_ERR_CANCELLED after Ctrl-C.
 * After an error the target holds part of the documents. */
KITH_CHECKED kith_status rechunk(const rechunking *r, const char *target,
                                 const kith_chunk_options *chunk, uint32_t *from_text,
                                 kith_error *err);

#endif
