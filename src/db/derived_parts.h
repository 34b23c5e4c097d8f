/* derived_parts.h - a derived index as bytes, and back. */
#ifndef KITH_DB_DERIVED_PARTS_H
#define KITH_DB_DERIVED_PARTS_H

#include "base/buffer.h"
#include "db/snapshot.h"
#include "store/store.h"

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
 *   u64 live[rows / 64, rounded up]
 *   u64 count, damaged
 *   u64 damaged[count]
 *   u64 bytes, index      0 while there is no vector
 *   u64 segments
 *   each: u64 bytes, columns; u64 bytes, words
 *   u64 XXH3-64 of all before */
void derived_write(const snapshot *s, const store_binding *binding, buffer *out);
/* Reads what derived_write wrote; safe on untrusted bytes. Whether the file belongs to the caller's
 * store and collection is the caller's to say, of *binding; that the vectors are of the binding's
 * dim and metric is verified. *format is written always: the number in the first bytes, 0 when there
 * is none.
 * Errors: KITH_ERR_UNSUPPORTED (another format), KITH_ERR_CORRUPT (anything else that does not
 * check), KITH_ERR_NO_MEMORY; `out` and `binding` are then untouched. */
KITH_CHECKED kith_status derived_read(view bytes, snapshot **out, store_binding *binding,
                                      uint32_t *format, kith_error *err);

/* Reads the binding alone, and verifies nothing of it: whose file is this? False when the bytes are
 * not of this format. */
KITH_CHECKED bool derived_read_binding(view bytes, store_binding *out);

#endif
