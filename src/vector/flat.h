/* flat.h - exact search: every row that may be returned is compared. */
#ifndef KITH_VECTOR_FLAT_H
#define KITH_VECTOR_FLAT_H

#include "base/bitset.h"
#include "base/topk.h"
#include "vector/search_scratch.h"
#include "vector/vectors.h"

/* Offers the rows whose bit is set in both sets (NULL: all) to `best`. query [stride]. Any thread
 * with a scratch of its own. */
void flat_search(const vectors *v, const float *query, const bitset *live, const bitset *filter,
                 topk *best, scratch *s);

#endif
