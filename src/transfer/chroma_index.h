/* chroma_index.h - the vectors in the folder of one of Chroma's HNSW indexes.
 * Only what names the vectors is in memory; each is read from the file when it is asked for. */
#ifndef KITH_TRANSFER_CHROMA_INDEX_H
#define KITH_TRANSFER_CHROMA_INDEX_H

#include "base/status.h"
#include "base/view.h"

#include <kith/types.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct chroma_index chroma_index;

/* Opens the index of a folder and checks it: sizes, offsets and counts against each other and
 * against the files.
 * dimension  of the vectors; more than 0
 * metric     under cosine the stored vectors have length 1, and are given the length they had
 * Errors: KITH_ERR_NOT_FOUND (no folder, or nothing was persisted to it yet), KITH_ERR_FORMAT,
 * KITH_ERR_UNSUPPORTED, KITH_ERR_LIMIT (a file is damaged, or too large), KITH_ERR_IO,
 * KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status chroma_index_open(const char *folder, uint32_t dimension,
                                           kith_metric metric, chroma_index **out, kith_error *err);
/* Accepts NULL. */
void chroma_index_close(chroma_index *x);

/* The last change of the queue that the index says it has; false: it does not say. */
bool chroma_index_sequence(const chroma_index *x, uint64_t *out);
/* Has it a vector of this record, that was not deleted? */
bool chroma_index_has(const chroma_index *x, view id);
/* Reads the vector of a record that it has. out [dimension]. Errors: KITH_ERR_IO. */
KITH_CHECKED kith_status chroma_index_read(const chroma_index *x, view id, float *out,
                                           kith_error *err);

#endif
