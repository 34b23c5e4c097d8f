/* derived.h - what a collection keeps in memory and can always rebuild: the vector index, the word
 * index, the metadata columns, and which row is which point. Good for one sequence number of the
 * store (refresh.c). As bytes: derived_parts.h. */
#ifndef KITH_DB_DERIVED_H
#define KITH_DB_DERIVED_H

#include "base/status.h"
#include "db/row_map.h"
#include "fields/columns.h"
#include "store/store.h"
#include "vector/vector_index.h"
#include "words/bm25_segment.h"

#include <stdint.h>

/* One row number names the same version of a point in all parts: row r of `index`, of `words`, of
 * `columns` and of `points`. Rows only ever grow in number; a point that changes gets a new row,
 * and its old one becomes a tombstone. See derived.c for the invariant. */
typedef struct derived {
    vector_index *index; /* NULL until the first vector */
    bitset live;         /* [rows] bits: not a tombstone; room for point_capacity */
    uint32_t live_count;
    columns *columns;
    bm25_segment *words; /* from row 0 */
    uint64_t *points; /* [point_capacity], the first vector_index_rows() in use: the store's row */
    uint32_t point_capacity;
    row_map rows;      /* the store's row -> its newest index row */
    uint64_t *damaged; /* [damaged_count], ascending: rows of the store that cannot be read and are
                          in no other part; they leave when they are put anew or deleted */
    uint32_t damaged_count, damaged_capacity;
    uint64_t sequence; /* of the store, up to which this is good; set by the caller */
} derived;

/* Empty, good for sequence 0. Errors: KITH_ERR_NO_MEMORY; *d is then all zero. */
KITH_CHECKED kith_status derived_init(derived *d, kith_error *err);
/* Frees everything and leaves *d all zero. Accepts all zero. */
void derived_done(derived *d);
/* Heap held. */
size_t derived_bytes(const derived *d);

/* The points that this stands for: those that can be found, and those that are damaged. */
uint64_t derived_points(const derived *d);

/* The vectors as they are now; there is an index. Good until the next change. */
vector_view derived_vectors(const derived *d);

/* Applies one change of the store: the point's row, if it has a live one, becomes a tombstone, and
 * unless the change is a deletion or the row is damaged the point gets a new row. Exclusive.
 * metric, dim  the collection's; change->vector has [dim] floats
 * Errors: KITH_ERR_NO_MEMORY, KITH_ERR_LIMIT (too many rows, or the word index is full),
 * KITH_ERR_INVALID or KITH_ERR_FORMAT (metadata that is no flat JSON object). The parts may then
 * disagree: `d` is only good for derived_done. */
KITH_CHECKED kith_status derived_apply(derived *d, kith_metric metric, uint32_t dim,
                                       const store_change *change, kith_error *err);
/* True when the tombstones are more than 1,024 and more than a third of all rows: they cost memory
 * and every search, and only a rebuild from the store removes them. */
bool derived_needs_rebuild(const derived *d);

/* Do the parts agree? For tests: walks every row, and aborts where vector_index_check does.
 * Errors: KITH_ERR_CORRUPT names what is broken. */
KITH_CHECKED kith_status derived_check(const derived *d, kith_error *err);

#endif
