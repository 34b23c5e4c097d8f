/* derived.h - what a collection keeps in memory and can always rebuild: the vector index, the word
 * index, the metadata columns, and which row is which point. Good for one sequence number of the
 * store. Serialised into one file; a file that fails its checks is as good as none. */
#ifndef KITH_DB_DERIVED_H
#define KITH_DB_DERIVED_H

#include "base/buffer.h"
#include "base/status.h"
#include "db/row_map.h"
#include "fields/columns.h"
#include "store/store.h"
#include "vector/vector_index.h"
#include "words/bm25.h"

#include <stdint.h>

typedef struct derived {
    vector_index *index; /* NULL until the first vector */
    columns *columns;
    bm25 *words;      /* row for row with `index` */
    uint64_t *points; /* [rows] index row -> store row */
    uint32_t point_capacity;
    row_map rows;      /* store row -> its newest index row */
    uint64_t sequence; /* of the store, up to which this is good */
} derived;

KITH_CHECKED kith_status derived_init(derived *d, kith_error *err);
void derived_done(derived *d);
size_t derived_bytes(const derived *d);

/* Applies one change of the store. Exclusive. On failure `d` must be thrown away. */
KITH_CHECKED kith_status derived_apply(derived *d, kith_metric metric, uint32_t dim,
                                       const store_change *change, kith_error *err);
/* More tombstones than a third of all rows: time to rebuild. */
bool derived_is_worn(const derived *d);

/* The number in the file's first bytes. It counts up whenever this or one of the parts changes. */
enum { DERIVED_FORMAT = 4 };

/* File: "KITHDRV4" | u64 collection | u64 sequence | u64 rows | u64 points[rows] | u64 bytes, index
 * | u64 bytes, columns | u64 bytes, words | u64 XXH3-64 of all before. Little-endian. */
void derived_write(const derived *d, uint64_t collection, buffer *out);
/* KITH_ERR_UNSUPPORTED: of another format, *format; KITH_ERR_CORRUPT when anything does not check;
 * `out` is then untouched. */
KITH_CHECKED kith_status derived_read(view bytes, uint64_t collection, derived *out,
                                      uint32_t *format, kith_error *err);

#endif
