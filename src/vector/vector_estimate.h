/* vector_estimate.h - what an index of so many vectors takes, before there is one. */
#ifndef KITH_VECTOR_VECTOR_ESTIMATE_H
#define KITH_VECTOR_VECTOR_ESTIMATE_H

#include "vector/vector_index.h"

/* Bytes by what they are for. Their sum is what vector_index_bytes says of an index over so many rows
 * that were appended one after the other, all of them linked and coded, none removed; or of rows in lists, with a full tail. */
typedef struct vector_estimate {
    uint64_t vectors;        /* floats, to whole cache lines */
    uint64_t slots;          /* which row is in which slot, and the other way round */
    uint64_t graph;          /* links, levels, states; of levels above 0 as many as are expected */
    uint64_t codes;          /* of 8 bits a dimension (row_codes.h) */
    uint64_t neighbor_codes; /* rows of sign codes (coded_graph.h) */
    uint64_t sign_codes;     /* of a scan (flat_codes.h) */
    uint64_t
        lists; /* where all of it would be more than the budget allows: what is in memory of rows in lists. All
                              * else is then 0, but `vectors`: of those that came last, at most */
    uint64_t lists_disk; /* their codes and vectors */
} vector_estimate;

uint64_t vector_estimate_memory(const vector_estimate *e);
/* options  as of vector_index_new
 * rows     up to VECTOR_ROWS_MAX
 * Any thread. Errors: those of vector_index_new; KITH_ERR_LIMIT for more rows. */
KITH_CHECKED kith_status vector_index_estimate(const vector_index_options *options, uint64_t rows,
                                               vector_estimate *out, kith_error *err);

#endif
