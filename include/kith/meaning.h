/* meaning.h - words first: chunks that are found by their words while their vectors are still to come.
 *
 * Embedding takes most of an ingestion's time. With KITH_MEANING_AFTER or KITH_MEANING_LATER a
 * document is stored, and found by its words and by filters, before its chunks are embedded. A chunk
 * without its vector waits: a search by vectors alone does not find it, one by both does, by its
 * words. Whoever embeds what waits, in whatever process, gives each chunk its vector as it comes.
 * What kith.h says of memory, errors and threads holds here too. */
#ifndef KITH_MEANING_H
#define KITH_MEANING_H

#include <kith/kith.h>

#ifdef __cplusplus
extern "C" {
#endif

/* When the chunks of an ingestion get their vectors: kith_ingest_options.meaning. */
typedef enum kith_meaning_order {
    KITH_MEANING_TOGETHER = 0, /* a document is stored once its chunks are embedded */
    /* First all documents are stored, then all that waits in the collection is embedded, whoever
     * stored it. kith_ingest and kith_ingest_paths. */
    KITH_MEANING_AFTER = 1,
    KITH_MEANING_LATER = 2 /* all is stored; kith_embed_waiting embeds, here or elsewhere */
} kith_meaning_order;

typedef struct kith_meaning {
    size_t size;      /* sizeof, set before the call; 0: the first release's */
    uint64_t chunks;  /* of the collection, points without a document included */
    uint64_t waiting; /* of them: without their vector yet */
} kith_meaning;

/* How many chunks of the collection have their meaning. Its cost grows with the number of those
 * that have not.
 * Errors: NOT_FOUND (no such collection), INVALID (the size of the structure), BUSY, CORRUPT, IO,
 * FULL, NO_MEMORY; *out untouched. */
KITH_API kith_status kith_collection_meaning(kith *k, const char *collection, kith_meaning *out,
                                             kith_error *err);

/* Embeds what waits in the collection, those chunks first that promise most: beginnings of
 * documents before what follows them. A group of vectors that was stored is on disk; what a kill
 * interrupts goes on with the next call. While somebody else embeds them, in this process or another,
 * it waits for that. Chunks whose text the model refuses wait on, as the last event's reason says.
 * options  on_event gets KITH_PROGRESS; beside on_event, context and call nothing is read. NULL: none
 * embedded  may be NULL; receives how many chunks got their vector, also on failure
 * Errors: NOT_FOUND, MODEL (there is no embedder, or the collection is pinned to another model),
 * those of the embedder as kith_ingest has them, CANCELLED, TIMEOUT, BUSY, CORRUPT, IO, FULL,
 * NO_MEMORY; the chunks that have their vector keep it. */
KITH_API kith_status kith_embed_waiting(kith *k, const char *collection,
                                        const kith_ingest_options *options, uint64_t *embedded,
                                        kith_error *err);

#ifdef __cplusplus
}
#endif

#endif
