/* ingestion.h - what kith_ingest, kith_ingest_paths, kith_embed_waiting and kith_watch share. */
#ifndef KITH_LIB_INGESTION_H
#define KITH_LIB_INGESTION_H

#include "ingest/embed_later.h"
#include "ingest/ingest.h"
#include "lib/handle.h"

#include <kith/meaning.h>

/* The embedder for the collection, or, while there is none (`c` is NULL), the handle's. Has a remote
 * one that was not used yet embed one text, so that a refused key or an unknown model fails before
 * anything is written.
 * limit  of the request; may be NULL
 * Errors: choose_embedder's; KITH_ERR_AUTH, KITH_ERR_NOT_FOUND,
 * KITH_ERR_RATE_LIMITED, KITH_ERR_CANCELLED, KITH_ERR_TIMEOUT, KITH_ERR_NETWORK, KITH_ERR_REMOTE,
 * KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status ingestion_choose_embedder(kith *k, collection *c, const call_limit *limit,
                                                   embedder **out, kith_error *err);
/* Adds a run's documents, chunks and failures to the metrics. */
void ingestion_count(kith *k, const ingest_run *in);

/* Says what was cut and what was refused of chunks that waited, a KITH_PROGRESS with a reason each. What was
 * refused counts as the run's errors.
 * Errors: KITH_ERR_CANCELLED when the caller's event says so. */
KITH_CHECKED kith_status ingestion_report_embedded(ingest_run *in, const later_report *done,
                                                   kith_error *err);
/* Embeds what waits in the collection, or waits for whoever does; each slice is a KITH_PROGRESS of
 * the run. Texts that are refused count as the run's errors.
 * embedded  receives how many chunks got their vector here, also on failure
 * Errors: embed_later's. */
KITH_CHECKED kith_status ingestion_embed_waiting(collection *c, ingest_run *in, uint64_t *embedded,
                                                 kith_error *err);

#endif
