/* size.c - heap arrays whose byte count is checked. */
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
