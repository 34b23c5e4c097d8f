/* known.h - embedding texts, but for those whose vectors are known.
 *
 * A text that was embedded before by the same model has the vector that it had: a chunk of a file
 * that was moved or cut anew, the overlap of two chunks that came out alike, the same file in
 * another collection. The store finds it by the text's key (store/waiting.h). Texts that come
 * twice in one call are embedded once.
 *
 * What is known is known within one database of one tenant, and what a client put as a vector of
 * its own is not known at all (docs/decisions/049).
 *
 * A `known` belongs to one thread. */
#ifndef KITH_INGEST_KNOWN_H
#define KITH_INGEST_KNOWN_H

#include "base/status.h"
#include "db/collection.h"
#include "embed/embedder.h"
#include "ingest/unfinished.h"
#include "store/waiting.h"

#include <stdint.h>

typedef struct known {
    collection *collection;  /* borrowed */
    embedder *embedder;      /* borrowed */
    const call_limit *limit; /* of what is embedded; NULL: none */
    unfinished *unfinished;  /* embeds the texts that are not known; NULL: the embedder does */
    uint64_t database;       /* of the collection: another one's vectors are not found */
    char *model;             /* what keys are made with; NULL: none are made */
    char *split_model;       /* and those of texts that are too long and split */
    uint32_t dim;            /* of the vectors; 0: not known yet, and then none is looked up */
    uint64_t found;          /* texts so far that were not embedded */
    uint32_t truncated;      /* texts so far of which the model read the beginning alone */
} known;

/* `c` and `e` must outlive it; release with known_done. A remote model that is not identified has
 * no keys: its name alone may stand for several models.
 * Errors: KITH_ERR_NOT_FOUND (the collection was deleted), KITH_ERR_BUSY, KITH_ERR_CORRUPT,
 * KITH_ERR_IO, KITH_ERR_NO_MEMORY; nothing is to be released. */
KITH_CHECKED kith_status known_init(known *k, collection *c, embedder *e, kith_error *err);
void known_done(known *k);
/* Finds or embeds the vectors of texts[count].
 * keys  [count] receives their keys, all zero where none are made
 * *out  heap [count][*dim], the caller frees; untouched on failure, as *dim is
 * Errors: embedder_embed's, KITH_ERR_NO_MEMORY. That the store cannot be asked is none: the texts
 * are then embedded. */
KITH_CHECKED kith_status known_embed(known *k, const view *texts, uint32_t count,
                                     store_text_key *keys, float **out, uint32_t *dim,
                                     kith_error *err);

/* Only looks up.
 * keys     [count] receives their keys, all zero where none are made
 * vectors  [count][k->dim], written where found[i]
 * found    [count] */
void known_find(known *k, const view *texts, uint32_t count, store_text_key *keys, float *vectors,
                bool *found);

#endif
