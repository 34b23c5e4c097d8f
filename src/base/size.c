/* size.c - heap arrays whose byte count is checked, and how they grow. */
#include "base/size.h"

#include <stdlib.h>

void *heap_new_array(size_t count, size_t element_bytes)
{
    return calloc(size_max(count, 1), size_max(element_bytes, 1));
}

void *heap_grow_array(void *old, size_t count, size_t element_bytes)
{
    return reallocarray(old, size_max(count, 1), size_max(element_bytes, 1));
}

enum { FIRST_CAPACITY = 8 };

uint32_t reserve_capacity(uint32_t capacity, uint32_t needed)
{
    if (needed <= capacity) return capacity;
    uint32_t doubled = capacity > UINT32_MAX / 2 ? UINT32_MAX : capacity * 2;
    return (uint32_t)size_max(size_max(needed, doubled), FIRST_CAPACITY);
}

void *heap_reserve(void *array, uint32_t *capacity, uint32_t needed, size_t element_bytes)
{
    if (needed == 0) return NULL;
    if (needed <= *capacity) return array;
    uint32_t grown_capacity = reserve_capacity(*capacity, needed);
    void *grown = heap_grow_array(array, grown_capacity, element_bytes);
    if (grown) *capacity = grown_capacity;
    return grown;
}
