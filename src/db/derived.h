/* derived.h - what a collection keeps in memory and can always rebuild: the vector index, the word
 * index, the metadata columns, and which row is which point. Good for one sequence number of the
 * store (refresh.c). Serialised into one file; a file that fails its checks is as good as none. */
#ifndef KITH_DB_DERIVED_H
#define KITH_DB_DERIVED_H

#include "base/buffer.h"
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

/* The number in the file's first bytes. It counts up whenever this or one of the parts changes. */
enum { DERIVED_FORMAT = 5 };

/* Appends the file to `out`; check out->failed. `binding` is written as it is, but for the sequence.
 * Little-endian:
 *   "KITHDRV5"
 *   u64 token[2]
 *   u64 store[2]
 *   u64 collection
 *   u64 metric
 *   u64 dim
 *   u64 model             XXH3-64 of the fingerprint
 *   u64 sequence
 *   u64 rows
 *   u64 points[rows]
 *   u64 count, damaged
 *   u64 damaged[count]
 *   u64 bytes, index      0 while there is no vector
 *   u64 bytes, columns
 *   u64 bytes, words
 *   u64 XXH3-64 of all before */
void derived_write(const derived *d, const store_binding *binding, buffer *out);
/* Reads what derived_write wrote; safe on untrusted bytes. Whether the file belongs to the caller's
 * store and collection is the caller's to say, of *binding; that the vectors are of the binding's
 * dim and metric is verified. *format is written always: the number in the first bytes, 0 when there
 * is none.
 * Errors: KITH_ERR_UNSUPPORTED (another format), KITH_ERR_CORRUPT (anything else that does not
 * check), KITH_ERR_NO_MEMORY; `out` and `binding` are then untouched. */
KITH_CHECKED kith_status derived_read(view bytes, derived *out, store_binding *binding,
                                      uint32_t *format, kith_error *err);

/* Reads the binding alone, and verifies nothing of it: whose file is this? False when the bytes are
 * not of this format. */
KITH_CHECKED bool derived_read_binding(view bytes, store_binding *out);

/* Do the parts agree? For tests: walks every row, and aborts where vector_index_check does.
 * Errors: KITH_ERR_CORRUPT names what is broken. */
KITH_CHECKED kith_status derived_check(const derived *d, kith_error *err);

#endif
