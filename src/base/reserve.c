/* reserve.c - growing by doubling. */
#include "base/reserve.h"

#include "base/size.h"

enum { FIRST_CAPACITY = 8 };

static uint32_t grown_capacity(uint32_t capacity, uint32_t needed)
{
    uint32_t doubled = capacity > UINT32_MAX / 2 ? UINT32_MAX : capacity * 2;
    return (uint32_t)size_max(size_max(needed, doubled), FIRST_CAPACITY);
}

void *heap_reserve(void *array, uint32_t *capacity, uint32_t needed, size_t element_bytes)
{
    if (needed == 0) return NULL;
    if (needed <= *capacity) return array;
    uint32_t larger = grown_capacity(*capacity, needed);
    void *grown = heap_grow_array(array, larger, element_bytes);
    if (grown) *capacity = larger;
    return grown;
}

void *arena_reserve(arena *a, void *array, uint32_t *capacity, uint32_t needed,
                    size_t element_bytes)
{
    if (needed == 0) return NULL;
    if (needed <= *capacity) return array;
    uint32_t larger = grown_capacity(*capacity, needed);
    void *grown = arena_new_bytes_array(a, larger, element_bytes);
    if (!grown) return NULL;
    if (*capacity) memcpy(grown, array, *capacity * element_bytes); // did not overflow when made
    *capacity = larger;
    return grown;
}
