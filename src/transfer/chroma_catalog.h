/* chroma_catalog.h - the collections of a Chroma database. */
#ifndef KITH_TRANSFER_CHROMA_CATALOG_H
#define KITH_TRANSFER_CHROMA_CATALOG_H

#include "base/arena.h"
#include "transfer/sqlite_reader.h"

#include <kith/types.h>

typedef struct chroma_collection {
    const char *id, *name, *tenant, *database;
    uint32_t dimension; /* 0: there was no vector yet */
    kith_metric metric;
    const char *metadata;          /* JSON object; NULL: none */
    const char *configuration;     /* as the Chroma dialect of kith keeps it; NULL: none */
    const char *records, *vectors; /* ids of its segments; NULL: it has none */
} chroma_collection;

/* Lists them in order of tenant, database and name; all lives in `a`. Old files, which lack tenants
 * and databases, have theirs in the default ones.
 * Errors: those of sqlite_rows_next; KITH_ERR_FORMAT (a dimension, an id or a configuration is
 * damaged), KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status chroma_catalog_read(sqlite_reader *r, arena *a, chroma_collection **out,
                                             uint32_t *count, kith_error *err);
/* The last change of the queue that a segment has, by what Chroma noted; *noted is false, and *out
 * 0, where it noted nothing that can be one. Errors: those of sqlite_rows_next. */
KITH_CHECKED kith_status chroma_noted_sequence(sqlite_reader *r, const char *segment, uint64_t *out,
                                               bool *noted, kith_error *err);

#endif
