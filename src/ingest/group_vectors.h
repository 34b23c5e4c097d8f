/* group_vectors.h - the vectors of a group's texts: embedded slice by slice, or as far as they are known. */
#ifndef KITH_INGEST_GROUP_VECTORS_H
#define KITH_INGEST_GROUP_VECTORS_H

#include "ingest/ingest.h"

/* What the texts became, in the order of the units, their documents and their chunks; units that have their vectors are
 * left out. On the heap, until group_vectors_done. */
typedef struct group_vectors {
    float *vectors;       /* [chunk_count][dim]; NULL when there is nothing to embed */
    store_text_key *keys; /* [chunk_count] */
    bool *found;          /* [chunk_count] the others wait for their vector; NULL: none does */
    uint32_t dim;         /* 0 when there is nothing to embed */
} group_vectors;

void group_vectors_done(group_vectors *v);

static inline uint32_t ingest_count_chunks(const ingest_unit *unit)
{
    uint32_t chunks = 0;
    for (uint32_t d = 0; d < unit->document_count; d++)
        chunks += unit->documents[d].document.point_count;
    return chunks;
}

/* The unit that fills the group by itself, and thereby ended it; NULL: there is none. */
static inline const ingest_unit *ingest_long_unit(const ingest_run *in)
{
    const ingest_unit *last = &in->units[in->unit_count - 1];
    return !last->has_vectors && ingest_count_chunks(last) > in->limits.chunks ? last : NULL;
}

/* Embeds the texts of the units at hand, and reports progress after each slice. Fails at once, without a request, after
 * an outage (in->outage).
 * out  zero; untouched on failure, and when there is nothing to embed
 * Errors: those of known_embed, of on_event; KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status group_vectors_embed(ingest_run *in, group_vectors *out,
                                             kith_error *problem);
/* The same for a run that stores words first: only what is known has its vector (out->found).
 * Error: KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status group_vectors_find(ingest_run *in, group_vectors *out,
                                            kith_error *problem);

#endif
