/* sync.h - files and directories into a collection, touching only what changed.
 * A file is its path (absolute) and the hash of its bytes and of the settings that shape chunks.
 * Equal hash: unchanged, nothing is extracted or embedded. */
#ifndef KITH_RAG_SYNC_H
#define KITH_RAG_SYNC_H

#include "base/status.h"
#include "rag/ingest.h"

/* KITH_ERR_NOT_FOUND or KITH_ERR_IO when one of the paths cannot be read, before anything is
 * stored; KITH_ERR_CANCELLED; what ends an ingestion. */
KITH_CHECKED kith_status sync_paths(ingest_run *in, const char *const *paths, size_t count,
                                    kith_error *err);

/* The documents of one file as they would be prepared: for looking at chunks. All in `a`. */
KITH_CHECKED kith_status prepare_file(const char *path, const prepare_options *options, arena *a,
                                      extraction *extracted, prepared_document **out,
                                      kith_error *err);

#endif
