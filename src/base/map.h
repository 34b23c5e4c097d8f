/* map.h - a hash map from a byte string to a 64-bit number.
 *
 * Keys are copied into the map, byte for byte: they may be empty and may hold NUL bytes. The hash
 * is not keyed: keys that were chosen to collide make each look-up walk all of them.
 * Readers may share a map that nobody changes; a change excludes everybody else. */
#ifndef KITH_BASE_MAP_H
#define KITH_BASE_MAP_H

#include "base/status.h"
#include "base/view.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct map map;

/* NULL: out of memory. */
map *map_new(void);
/* Accepts NULL. */
void map_free(map *m);

/* Entries in the map. */
uint32_t map_count(const map *m);
/* Inserts, or replaces the value. KITH_ERR_NO_MEMORY (also at 2^29 entries) leaves the map as it
 * was. */
KITH_CHECKED kith_status map_put(map *m, view key, uint64_t value);
/* False, with *value untouched, when the key is not there. */
bool map_get(const map *m, view key, uint64_t *value);
/* False when the key is not there. Never needs memory. */
bool map_remove(map *m, view key);

/* The next entry; start with *cursor = 0. False at the end. In order of insertion (a value that is
 * replaced keeps its place). *key is borrowed from the map until it is removed. Removing entries
 * during a walk is allowed; map_put voids the cursor. */
bool map_next(const map *m, size_t *cursor, view *key, uint64_t *value);

/* NULL, or which invariant of map.c is broken. For tests; O(entries) while probes are short. */
const char *map_check(const map *m);

#endif
