/* batch_writer.h - writes the points and documents of an import into one collection, many at a
 * time.
 *
 * What an import reads is kept in the writer's arena until it is written: whoever reads a record
 * allocates it there and passes it on. A batch is one transaction, and what has an id that is there
 * already is passed over, so that an import which was killed can be run again: it finds what its
 * former run has committed, and goes on behind it. The order of the records is kept.
 *
 * A record that is refused costs none of those before it: the batch is then written one by one, up
 * to the one that is at fault, which is named by its origin. */
#ifndef KITH_TRANSFER_BATCH_WRITER_H
#define KITH_TRANSFER_BATCH_WRITER_H

#include "base/arena.h"
#include "base/buffer.h"
#include "transfer/transfer.h"

#include <stddef.h>

enum {
    BATCH_POINTS = 500,     /* points, or chunks of documents, in one transaction */
    BATCH_BYTES = 16 << 20, /* of memory, above which a batch is written before it is full */
    BATCH_MEMORY = 2000     /* MiB that one batch may take, which one document may need */
};

typedef struct batch_writer {
    kith *k; /* of the collection's database */
    transfer_collection *to;
    arena memory; /* of the batch; emptied when that is written */
    kith_point points[BATCH_POINTS];
    kith_whole_document documents[BATCH_POINTS];
    size_t point_count, document_count; /* one of them is 0 */
    size_t chunk_count;                 /* of the documents */
    uint64_t origin;                    /* the caller's, of what is added next: its line */
    uint64_t origins[BATCH_POINTS];     /* of each point or document of the batch */
    uint64_t refused;                   /* the origin of what was refused; 0: nothing was */
    /* Told of each record that is refused, which is then left out; NULL: the first one ends it. */
    void (*on_refused)(void *context, uint64_t origin, const kith_error *why);
    void *refused_context;
} batch_writer;

/* Both are borrowed until batch_writer_done. Counts go to `to`. */
void batch_writer_init(batch_writer *b, kith *k, transfer_collection *to);
/* Drops what was not written. */
void batch_writer_done(batch_writer *b);

/* Adds a point with its vector, or a document with its chunks; all that it points to lives in
 * b->memory, or outlives the batch, and its origin was set. The batch is written first when the
 * other kind is in it, and afterwards when it is full; b->memory is empty then.
 * Errors: those of kith_put_with, kith_whole_documents_put and kith_get; the batch is then empty,
 * and b->refused tells which record was refused, where it was one. */
KITH_CHECKED kith_status batch_writer_add_point(batch_writer *b, const kith_point *point,
                                                kith_error *err);
KITH_CHECKED kith_status batch_writer_add_document(batch_writer *b, const kith_whole_document *d,
                                                   kith_error *err);
/* Writes what is left. Errors: as above. */
KITH_CHECKED kith_status batch_writer_flush(batch_writer *b, kith_error *err);

#endif
