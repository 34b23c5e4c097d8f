/* ingestion.h - what every call that ingests does around it. */
#ifndef KITH_LIB_INGESTION_H
#define KITH_LIB_INGESTION_H

#include "ingest/ingest.h"
#include "lib/handle.h"

/* A remote embedder first proves itself with one vector: a refused key or an unknown model must
 * fail before anything is written. */
KITH_CHECKED kith_status ingestion_prove_embedder(kith *k, kith_error *err);
/* Adds the run to the metrics. */
void ingestion_count(kith *k, const ingest_run *in);

#endif
