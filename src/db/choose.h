/* choose.h - k hits out of more candidates: not many of one document, not many alike. */
#ifndef KITH_DB_CHOOSE_H
#define KITH_DB_CHOOSE_H

#include "base/arena.h"
#include "base/status.h"
#include "base/view.h"

#include <stdint.h>

typedef struct choose_options {
    uint32_t k;
    uint32_t per_document; /* at most so many hits of one document; 0: any number */
    float diversity;       /* 0: in order; above, up to 1: see choose_hits */
} choose_options;

typedef struct choose_candidate {
    view document;       /* empty: belongs to none, and is never one too many */
    float relevance;     /* 0..1 */
    const float *vector; /* [dim] of length 1; only read with diversity */
} choose_candidate;

/* Chooses up to k of the candidates, which are best first, as numbers into out [k]; fewer only when
 * fewer may be had. With diversity d each choice is the one with the most
 *   (1 - d) relevance - d (cosine to the most similar hit chosen before),
 * of equals the first. KITH_ERR_NO_MEMORY. Source: Carbonell & Goldstein 1998 (maximal marginal
 * relevance, lambda = 1 - d). */
KITH_CHECKED kith_status choose_hits(const choose_candidate *candidates, uint32_t count,
                                     uint32_t dim, const choose_options *o, uint32_t *out,
                                     uint32_t *out_count, kith_error *err);

#endif
