/* row_map.h - from the store's row numbers to the index's: open addressing, 12 bytes a slot. One
 * thread at a time for changes. */
#ifndef KITH_DB_ROW_MAP_H
#define KITH_DB_ROW_MAP_H

#include "base/status.h"

#include <stdbool.h>
#include <stdint.h>

/* Zero-initialised is empty. Store rows are never 0. */
typedef struct row_map {
    uint64_t *keys; /* 0: empty */
    uint32_t *rows;
    uint32_t slots, count;
} row_map;

void row_map_done(row_map *m);
/* Inserts or replaces. */
KITH_CHECKED kith_status row_map_put(row_map *m, uint64_t key, uint32_t row);
bool row_map_get(const row_map *m, uint64_t key, uint32_t *row);

#endif
