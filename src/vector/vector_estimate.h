/* vector_estimate.h - what an index of so many vectors takes, before there is one. */
#ifndef KITH_VECTOR_VECTOR_ESTIMATE_H
#define KITH_VECTOR_VECTOR_ESTIMATE_H

#include "vector/vector_index.h"

/* Bytes by what they are for. Their sum is what vector_index_bytes says of an index over so many rows
 * that were appended one after the other, all of them linked and coded, none removed; or of rows on a disk, with a full tail. */
typedef struct vector_estimate {
    vector_form form;
    uint64_t
        vectors; /* floats, to whole cache lines; of rows on a disk those that came last, at most */
    uint64_t slots;          /* which row is in which slot, and the other way round */
    uint64_t graph;          /* links, levels, states; of levels above 0 as many as are expected */
    uint64_t codes;          /* of 8 bits a dimension, or 4 (row_codes.h) */
    uint64_t neighbor_codes; /* rows of sign codes (coded_graph.h) */
    uint64_t sign_codes;     /* of a scan (flat_codes.h) */
    uint64_t
        lists; /* what is in memory of rows in lists; what stands above is then 0, but `vectors` */
    uint64_t lists_disk;   /* their codes and vectors */
    uint64_t vectors_disk; /* of rows that are not in lists */
} vector_estimate;

uint64_t vector_estimate_memory(const vector_estimate *e);
/* Of the form that such an index has: of the first one that fits in the budget.
 * options  as of vector_index_new
 * rows     up to VECTOR_ROWS_MAX
 * Any thread. Errors: those of vector_index_new; KITH_ERR_LIMIT for more rows. */
KITH_CHECKED kith_status vector_index_estimate(const vector_index_options *options, uint64_t rows,
                                               vector_estimate *out, kith_error *err);
/* How many rows an index may have before it is of that form, or of one that comes after it, at least 1; UINT32_MAX: any
 * number. */
uint32_t vector_index_rows_until(const vector_index_options *options, vector_form form);

#endif
