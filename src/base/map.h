/* map.h - open-addressing map from a byte string to a 64-bit value.
 * Keys are copied into the map. Not thread safe. Iteration order is that of insertion until the
 * first removal. */
#ifndef KITH_BASE_MAP_H
#define KITH_BASE_MAP_H

#include "base/status.h"
#include "base/view.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct map map;

map *map_new(void); /* NULL: out of memory */
void map_free(map *m);
uint32_t map_count(const map *m);
/* Inserts or replaces. KITH_ERR_NO_MEMORY leaves the map unchanged. */
KITH_CHECKED kith_status map_put(map *m, view key, uint64_t value);
bool map_get(const map *m, view key, uint64_t *value);
bool map_remove(map *m, view key);
/* Walks all entries: start with *cursor = 0; false at the end. No change to the map meanwhile. */
bool map_next(const map *m, size_t *cursor, view *key, uint64_t *value);

#endif
