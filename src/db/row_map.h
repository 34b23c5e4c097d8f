/* row_map.h - from the store's row numbers to the index's: open addressing, 12 bytes a slot.
 * Any number of threads may read at once, none beside a change. */
#ifndef KITH_DB_ROW_MAP_H
#define KITH_DB_ROW_MAP_H

#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* All zero is empty. The store's rows are never 0, so a key of 0 marks an empty slot. */
typedef struct row_map {
    uint64_t *keys; /* [slots] */
    uint32_t *rows; /* [slots] */
    uint32_t slots; /* 0 or a power of two */
    uint32_t count; /* slots in use, at most half */
} row_map;

/* Frees everything and leaves the map empty. */
void row_map_done(row_map *m);
/* Memory held. */
size_t row_map_bytes(const row_map *m);
/* Makes room for `more` keys beside those that are there: as many calls of row_map_put cannot fail
 * then. Errors: KITH_ERR_NO_MEMORY, also beyond 2^29 keys; the map is then as it was. */
KITH_CHECKED kith_status row_map_reserve(row_map *m, uint32_t more);
/* Inserts, or replaces the row of a key that is there. `key` is not 0.
 * Errors: KITH_ERR_NO_MEMORY, also beyond 2^29 keys; the map is then as it was. */
KITH_CHECKED kith_status row_map_put(row_map *m, uint64_t key, uint32_t row);
/* Puts what `from` has; row_map_reserve made room for it. */
void row_map_merge(row_map *m, const row_map *from);
/* False, with *row untouched, when the key is not there; 0 never is. */
bool row_map_get(const row_map *m, uint64_t key, uint32_t *row);

/* Is every key found where it lies, and the count right? For tests: walks every slot.
 * Errors: KITH_ERR_CORRUPT names what is broken. */
KITH_CHECKED kith_status row_map_check(const row_map *m, kith_error *err);

#endif
