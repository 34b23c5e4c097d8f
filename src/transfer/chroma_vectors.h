/* chroma_vectors.h - the vectors of one collection of a Chroma data directory.
 * They lie in two places: in the folder of the index, up to a change of the queue, and for the
 * changes behind it in the queue itself. Where the folder cannot be used the queue alone is read,
 * which has what Chroma did not purge yet. */
#ifndef KITH_TRANSFER_CHROMA_VECTORS_H
#define KITH_TRANSFER_CHROMA_VECTORS_H

#include "transfer/sqlite_reader.h"

#include <kith/types.h>

typedef struct chroma_vectors chroma_vectors;

typedef struct chroma_vectors_request {
    sqlite_reader *database;
    const char *folder;     /* of the index; NULL: the collection has none */
    const char *segment;    /* id of the vector segment; NULL as above */
    const char *collection; /* its id */
    uint32_t dimension;     /* more than 0 */
    kith_metric metric;
} chroma_vectors_request;

/* Finds where each vector lies. The request's texts and database are borrowed until the end.
 * *folder_trouble says why the index was not used: code KITH_OK when it was, KITH_ERR_NOT_FOUND
 * when there is none yet.
 * Errors: those of sqlite_rows_next. */
KITH_CHECKED kith_status chroma_vectors_open(const chroma_vectors_request *request,
                                             chroma_vectors **out, kith_error *folder_trouble,
                                             kith_error *err);
/* Accepts NULL. */
void chroma_vectors_close(chroma_vectors *v);
/* Reads the newest vector of a record; *found is false when there is none, or it is not of the
 * dimension. out [dimension]. Errors: those of sqlite_rows_next, KITH_ERR_IO. */
KITH_CHECKED kith_status chroma_vectors_read(chroma_vectors *v, view id, float *out, bool *found,
                                             kith_error *err);

#endif
