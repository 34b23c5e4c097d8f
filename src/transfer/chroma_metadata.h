/* chroma_metadata.h - metadata from the tables of a Chroma database, as JSON. */
#ifndef KITH_TRANSFER_CHROMA_METADATA_H
#define KITH_TRANSFER_CHROMA_METADATA_H

#include "base/buffer.h"
#include "transfer/sqlite_reader.h"

/* Statements that select key, string_value, int_value, float_value and bool_value of one owner, ?1,
 * in the order of the keys. Zero-initialise. */
typedef struct chroma_metadata {
    sqlite_rows *scalars;
    sqlite_rows *lists; /* a row for each element; NULL: the file is too old to have lists */
} chroma_metadata;

/* Of records, by their number.
 * Errors: those of sqlite_rows_open; what was opened is the caller's to close. */
KITH_CHECKED kith_status chroma_metadata_of_records(sqlite_reader *r, chroma_metadata *out,
                                                    kith_error *err);
/* Of collections, by their id. */
KITH_CHECKED kith_status chroma_metadata_of_collections(sqlite_reader *r, chroma_metadata *out,
                                                        kith_error *err);
void chroma_metadata_close(chroma_metadata *m);

/* Reads the metadata of the owner that was bound to both statements. `json` gets an object without
 * the document, which goes to `document`, unless that is NULL; *has_document says whether there was
 * one. Both buffers are emptied first.
 * Errors: those of sqlite_rows_next, KITH_ERR_LIMIT (a buffer is full). */
KITH_CHECKED kith_status chroma_metadata_read(chroma_metadata *m, buffer *json, buffer *document,
                                              bool *has_document, kith_error *err);

#endif
