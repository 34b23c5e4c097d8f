/* derived.h - the rows of one derived index: what a collection keeps in memory and can always build
 * again from the store.
 *
 * One row number names the same version of a point in all parts: in the vectors, in `points`, in
 * `documents` and `ids`, in the segments of words and fields (segment.h), in the bits of a snapshot
 * (snapshot.h). A point that waits for its vector has a placeholder there: a direction that is as
 * good as random, which no search looks at (snapshot_vectors). When the vector comes the point has
 * changed, and gets a row that waits no more. Rows are only ever added. A point that changes gets a new row, and its old one is
 * dead: no snapshot that is taken from then on has its bit set. Where its vector is the same, the new row takes it over, with
 * the node and the codes that were made of it (docs/decisions/094). Dead rows leave when the index is
 * built anew, which begins another `derived`, with row 0. So nothing that a search may hold is
 * moved, changed or freed while the search runs: it holds a snapshot, and the snapshot holds this.
 *
 * Threads: the applier (refresh.c) is one thread at a time; it adds rows, and `index`, `points`,
 * `rows` and `documents` are its own. Searches take the index from their snapshot, and look only at
 * rows that the snapshot has, all of which were written before it was published. */
#ifndef KITH_DB_DERIVED_H
#define KITH_DB_DERIVED_H

#include "base/status.h"
#include "db/recall.h"
#include "db/row_documents.h"
#include "db/row_ids.h"
#include "db/row_map.h"
#include "db/text_cache.h"
#include "store/store.h"
#include "vector/region.h"
#include "vector/vector_index.h"

#include <stdatomic.h>
#include <stdint.h>

/* The store's row numbers are below it. */
#define DERIVED_WAITS (UINT64_C(1) << 63)

typedef struct derived {
    atomic_uint holders; /* freed with the last */
    kith_metric metric;
    vector_budget budget; /* of `index`, when it is made; set before a row is added */
    vector_index *index;  /* NULL until the first vector */
    region points;        /* uint64_t [rows]: the store's row of each row, dead ones too, never 0;
                            with DERIVED_WAITS where its vector is a placeholder */
    /* The applier's: the store's row -> its newest row. Of an index that was loaded it is made when a change
     * asks for it (derived_find); until then is_mapped is false, and the map empty. */
    row_map rows;
    bool is_mapped;
    uint64_t highest_point;  /* the applier's: no row has a point above it */
    row_documents documents; /* of each row, dead ones too */
    row_ids ids;             /* of each row, dead ones too */
    lazy_source
        ids_part; /* whoever does the upkeep's: where ids are to be read from (derived_read_ids); zero: nowhere */
    text_cache texts;    /* where the rows' texts are kept */
    index_recall recall; /* how much searches of `index` find; any thread's */
    uint64_t generation; /* that it was loaded from; 0: none */
    store_token token;   /* of that */
} derived;

/* Without rows, held once. NULL: out of memory. */
derived *derived_new(kith_metric metric);
/* Any thread that holds it, or is kept from losing it. Gives back what it was given. */
derived *derived_hold(derived *d);
/* Frees it with its last holder. Accepts NULL. Any thread. */
void derived_release(derived *d);
/* Memory in use: what regions have in reserve takes address space alone. The applier's. */
size_t derived_bytes(derived *d);

/* Rows, published or not. The applier's. */
static inline uint32_t derived_rows(const derived *d)
{
    return d->index ? vector_index_rows(d->index) : 0;
}

/* The store's row of a published row. */
static inline uint64_t derived_point(const derived *d, uint32_t row)
{
    return *(const uint64_t *)region_at(&d->points, row) & ~DERIVED_WAITS;
}

/* The newest of the rows 0..rows of a point, which are published; *is_known false, with *row untouched, when it
 * has none. The applier's. Errors: KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status derived_find(derived *d, uint32_t rows, uint64_t point, uint32_t *row,
                                      bool *is_known);
/* Makes the map of the rows 0..rows, unless it is there. The applier's. Errors: KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status derived_make_map(derived *d, uint32_t rows);

/* Had the point no vector yet when it got this published row? */
static inline bool derived_waits(const derived *d, uint32_t row)
{
    return (*(const uint64_t *)region_at(&d->points, row) & DERIVED_WAITS) != 0;
}

/* Asks for what is read of a row that is a hit. */
static inline void derived_prefetch(const derived *d, uint32_t row)
{
    __builtin_prefetch(region_at(&d->points, row));
    __builtin_prefetch(region_at(&d->documents.numbers, row));
    row_ids_prefetch_place(&d->ids, row);
}

#endif
