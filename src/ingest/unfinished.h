/* unfinished.h - embedding the texts of a long document so that a kill does not lose the vectors.
 *
 * A group that one document fills many times over is embedded slice by slice for minutes before it
 * is stored. Each slice's vectors are therefore put into the store's pending vectors as soon as
 * they are there, and looked up before a slice is embedded: whoever embeds the same texts again,
 * after a kill or Ctrl-C, begins where the last one ended. Groups of the usual size are not worth
 * it: a kill loses a few seconds of work there.
 *
 * An `unfinished` belongs to one thread. */
#ifndef KITH_INGEST_UNFINISHED_H
#define KITH_INGEST_UNFINISHED_H

#include "base/status.h"
#include "db/collection.h"
#include "embed/embedder.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct unfinished {
    collection *collection;  /* borrowed */
    embedder *embedder;      /* borrowed */
    const call_limit *limit; /* of what is embedded; set after unfinished_begin; NULL: none */
    uint64_t owner;          /* of the document: what its vectors are dropped by */
    uint32_t dim;            /* of the vectors; 0: not known before the first slice */
    uint64_t found;          /* texts whose vectors were there already */
} unfinished;

/* label  the file's path or the document's id
 * A collection without vectors is pinned to the embedder's dimension and model when the first
 * pending vectors are put, so that another process can look them up. */
unfinished unfinished_begin(collection *c, embedder *e, const char *label);
/* Embeds texts[count], those whose vectors are pending left out, and puts the new vectors.
 * *out  heap [count][*dim], the caller frees; untouched on failure
 * Errors: embedder_embed's, KITH_ERR_NO_MEMORY. That the store cannot give or take pending vectors
 * is none: the document's own deposit will tell. */
KITH_CHECKED kith_status unfinished_embed(unfinished *u, const view *texts, uint32_t count,
                                          float **out, uint32_t *dim, kith_error *err);
/* The document was stored, or will not be: its vectors are dropped. Those that cannot be are
 * dropped with age. */
void unfinished_end(const unfinished *u);

#endif
