/* choose.h - k hits out of more candidates, with at most so many of one document, and preferring
 * those that differ from what was chosen before. */
#ifndef KITH_DB_CHOOSE_H
#define KITH_DB_CHOOSE_H

#include "base/arena.h"
#include "base/status.h"

#include <stdint.h>

typedef struct choose_options {
    uint32_t k;
    uint32_t per_document; /* maximum of hits of one document; 0: any number */
    float diversity;       /* 0: in the candidates' order; up to 1: see choose_hits */
} choose_options;

typedef struct choose_candidate {
    uint32_t document;   /* number; 0: of no document, so per_document does not apply */
    float relevance;     /* 0..1 */
    const float *vector; /* [dim] of unit length; only read with diversity */
} choose_candidate;

/* Chooses up to k of candidates [count], which are ordered best first, and writes their indexes to
 * out [k]; *out_count is less than k only when per_document allows no more. How many are chosen
 * does not depend on diversity. With diversity d each choice is the candidate with the greatest
 *   (1 - d) relevance - d (cosine to the most similar hit chosen before),
 * of equals the first. Any thread. Errors: KITH_ERR_NO_MEMORY. Source: Carbonell & Goldstein 1998
 * (maximal marginal relevance, lambda = 1 - d). */
KITH_CHECKED kith_status choose_hits(const choose_candidate *candidates, uint32_t count,
                                     uint32_t dim, const choose_options *o, uint32_t *out,
                                     uint32_t *out_count, kith_error *err);

#endif
