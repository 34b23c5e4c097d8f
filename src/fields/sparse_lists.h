/* sparse_lists.h - the sparse vectors of one field in a segment, as inverted lists: for each
 * dimension the rows that have a value in it, ascending, each with its value.
 *
 * A search by a sparse vector reads the lists of the query's dimensions and nothing else, so it
 * costs what those dimensions are used, not what the vectors are long. Vectors cannot be read back
 * from here in one piece; they stand in the metadata that the store has.
 *
 * One thread builds them, row after row; from then on nobody changes them, and any number of
 * threads may read. */
#ifndef KITH_FIELDS_SPARSE_LISTS_H
#define KITH_FIELDS_SPARSE_LISTS_H

#include "base/bitset.h"
#include "base/sparse_vector.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct sparse_posting {
    uint32_t row;
    float value;
} sparse_posting;

typedef struct sparse_list {
    uint32_t dimension;
    uint32_t count, capacity;
    sparse_posting *postings; /* [count] ascending by row */
} sparse_list;

/* Zero-initialised it has no vectors. */
typedef struct sparse_lists {
    uint32_t *rows; /* [row_count] ascending: rows with a vector, one without any value too */
    uint32_t row_count, row_capacity;
    sparse_list *lists; /* [count] in the order in which their dimensions first came */
    uint32_t count, capacity;
    uint32_t *slots; /* [slot_count] hash table: 1 + a list's place, or 0 */
    uint32_t slot_count;
} sparse_lists;

void sparse_lists_done(sparse_lists *s);
size_t sparse_lists_bytes(const sparse_lists *s); /* memory held, without the struct; O(lists) */

/* Adds the vector of `row`, which comes behind all others. False: out of memory; the lists are then
 * good for sparse_lists_done only. */
KITH_CHECKED bool sparse_lists_add(sparse_lists *s, uint32_t row, const sparse_vector *v);
/* The list of a dimension; NULL: no row has a value in it. */
const sparse_list *sparse_lists_find(const sparse_lists *s, uint32_t dimension);
/* Adds those rows of `from` whose bit in `live` is set; all of them come behind those that are
 * there. False: as sparse_lists_add. */
KITH_CHECKED bool sparse_lists_transfer(const sparse_lists *from, const bitset *live,
                                        sparse_lists *to);

/* For reading them from a file, which has them list by list: adds a row, or a posting to the list
 * of a dimension. False: out of memory. What is added is not checked: sparse_lists_broken does
 * that. */
KITH_CHECKED bool sparse_lists_add_row(sparse_lists *s, uint32_t row);
KITH_CHECKED bool sparse_lists_add_posting(sparse_lists *s, uint32_t dimension,
                                           sparse_posting posting);

/* NULL, or what is broken: rows and postings ascend and lie within first..end - 1, each posting is
 * of a row that has a vector, values are finite, no list is empty, and each is found by its
 * dimension. */
const char *sparse_lists_broken(const sparse_lists *s, uint32_t first, uint32_t end);

#endif
