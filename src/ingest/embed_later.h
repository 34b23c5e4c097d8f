/* embed_later.h - the second phase of an ingestion: chunks that wait in the store get their vectors.
 *
 * Which chunks wait, and in what order they come, is the store's to say (store/waiting.h), so it
 * does not matter who stored them, or when. Each slice of them is embedded and then stored in one
 * change: a kill costs the slice at hand. A slice that fails because of one of its texts is halved
 * until that text is alone; it is passed over, and waits on. */
#ifndef KITH_INGEST_EMBED_LATER_H
#define KITH_INGEST_EMBED_LATER_H

#include "base/status.h"
#include "db/collection.h"
#include "embed/embedder.h"
#include "os/call_limit.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct later_report {
    bool is_taken;       /* somebody else is embedding them: nothing was done */
    uint64_t waiting;    /* chunks left, as far as is known */
    uint64_t embedded;   /* chunks that have got their vector */
    uint64_t known;      /* of them: whose vector was there already */
    uint64_t refused;    /* chunks whose text the model does not take: they wait on */
    kith_error refusal;  /* why, of the first of those */
    uint64_t truncated;  /* chunks of which the model read the beginning alone */
    double seconds_left; /* negative: not known yet */
} later_report;

typedef struct later_options {
    const call_limit *limit; /* looked at between slices, and by a remote embedder; NULL: none */
    uint32_t slice;          /* chunks a slice; 0: 128 */
    /* Called after each slice; false ends the work with KITH_ERR_CANCELLED. NULL: nobody is told */
    bool (*goes_on)(void *context, const later_report *so_far);
    void *context;
} later_options;

/* Embeds what waits in the collection, until nothing does, or only texts that are refused.
 * report  is filled as far as the work came, also on failure
 * Any thread; of several that are called for one collection, in whatever process, one works.
 * Errors: KITH_ERR_MODEL, KITH_ERR_DIMENSION (the collection has another), KITH_ERR_NOT_FOUND (the
 * collection was deleted), embedder_embed's, KITH_ERR_CANCELLED, KITH_ERR_TIMEOUT (limit),
 * KITH_ERR_BUSY, KITH_ERR_CORRUPT, KITH_ERR_IO, KITH_ERR_FULL, KITH_ERR_LIMIT (the path of the data
 * directory is too long), KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status embed_later(collection *c, embedder *e, const later_options *options,
                                     later_report *report, kith_error *err);

#endif
