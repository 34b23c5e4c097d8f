/* selection.h - the points that a kith_selection names: by ids, by a filter, or all; a page of
 * them. */
#ifndef KITH_LIB_SELECTION_H
#define KITH_LIB_SELECTION_H

#include "db/collection.h"
#include "os/call_limit.h"

#include <kith/kith.h>

typedef struct selected {
    store_point *points; /* [count] in the arena, as are their texts, each with a NUL behind it */
    uint32_t count;
    const char *next; /* cursor of the page that follows; NULL: none, or by ids */
} selected;

/* Reads the points.
 * wanted  adopted (options.h)
 * call    checked between batches of points; its max_bytes bounds what the arena takes; NULL: none
 * with    STORE_WITH_...
 * Any thread.
 * Errors: KITH_ERR_INVALID (the filter, a field that no point has; the cursor, also beside ids or
 * an offset), KITH_ERR_FORMAT (the filter is not JSON), KITH_ERR_LIMIT (too many ids, max_bytes,
 * the derived file's path), KITH_ERR_CANCELLED, KITH_ERR_TIMEOUT (call), KITH_ERR_NOT_FOUND (the
 * collection was deleted), KITH_ERR_BUSY, KITH_ERR_CORRUPT, KITH_ERR_IO, KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status selection_read(collection *c, const kith_selection *wanted,
                                        const call_limit *call, unsigned with, arena *a,
                                        selected *out, kith_error *err);

/* Counts the points: all from the collection's row, those that match a filter from the index, those
 * of ids by reading them.
 * wanted  adopted, without offset, limit and cursor
 * a       for what is needed meanwhile
 * Any thread. Errors: those of selection_read. */
KITH_CHECKED kith_status selection_count(collection *c, const kith_selection *wanted,
                                         const call_limit *call, arena *a, uint64_t *out,
                                         kith_error *err);

#endif
