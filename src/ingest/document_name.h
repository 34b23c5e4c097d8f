/* document_name.h - the ids of documents that come from files.
 * A file's document is called by the file's stem; records of a file by their own id, else stem-N. A
 * name that another source already has gets longer: "parent/name.ext", then the absolute path. What
 * a file was called once it keeps while it does not change; a changed file's old documents give up
 * their names in the transaction that stores the new ones. */
#ifndef KITH_INGEST_DOCUMENT_NAME_H
#define KITH_INGEST_DOCUMENT_NAME_H

#include "base/arena.h"
#include "base/map.h"
#include "base/status.h"
#include "base/view.h"
#include "extract/extract.h"
#include "store/store.h"

#include <stdbool.h>

typedef struct name_giver {
    store *store; /* NULL: there is none yet, and every name is free */
    uint64_t collection;
    map *given; /* in this run */
} name_giver;

typedef struct named_file {
    const char *path;   /* absolute */
    const char *former; /* the path whose names it takes over; NULL: none */
    bool has_records;   /* more than one document */
} named_file;

/* The id of the file's document number `record`, from 0; it lives in `a`. KITH_ERR_EXISTS when two
 * records of one file have the same id, KITH_ERR_NO_MEMORY, and the store's. */
KITH_CHECKED kith_status name_document(const name_giver *giver, const named_file *file,
                                       const document *d, uint32_t record, arena *a, view *out,
                                       kith_error *err);

/* Valid UTF-8 without control characters, short enough for a key; in `a`, data NULL when memory ran
 * out. */
view name_clean(view raw, arena *a);

#endif
