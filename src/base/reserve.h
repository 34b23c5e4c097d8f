/* reserve.h - arrays that grow as elements are appended, on the heap or in an arena.
 * Instead of a doubling loop at each place:
 *     entry *grown = heap_reserve(l->entries, &l->capacity, l->count + 1, sizeof *grown);
 *     if (!grown) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for ...");
 *     l->entries = grown;
 *     l->entries[l->count++] = e; */
#ifndef KITH_BASE_RESERVE_H
#define KITH_BASE_RESERVE_H

#include "base/arena.h"

#include <stddef.h>
#include <stdint.h>

/* Room for `needed` elements.
 * array     NULL at first; owned by the caller, who frees it
 * capacity  elements that fit, 0 at first; updated
 * Gives the array, which has moved when it grew; new elements are not zeroed. It grows to twice its
 * capacity or more, and to 8 elements or more, so that appending one by one copies each element
 * once or so; ask for more at first where more is likely. NULL when out of memory, or when `needed`
 * is 0, which is what a count of UINT32_MAX plus one comes to; array and *capacity are then as they
 * were. One thread at a time. */
void *heap_reserve(void *array, uint32_t *capacity, uint32_t needed, size_t element_bytes);

/* The same in an arena, new elements zeroed. An array that grew leaves its old copy in the arena;
 * all the old copies together are smaller than the array. NULL also when `a` is exhausted. */
void *arena_reserve(arena *a, void *array, uint32_t *capacity, uint32_t needed,
                    size_t element_bytes);

#endif
