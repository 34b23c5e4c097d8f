/* size.h - arithmetic on sizes that says when it overflows. */
#ifndef KITH_BASE_SIZE_H
#define KITH_BASE_SIZE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

static inline __attribute__((warn_unused_result)) bool size_mul(size_t a, size_t b, size_t *out)
{
    return !__builtin_mul_overflow(a, b, out);
}

static inline __attribute__((warn_unused_result)) bool size_add(size_t a, size_t b, size_t *out)
{
    return !__builtin_add_overflow(a, b, out);
}

static inline size_t size_min(size_t a, size_t b)
{
    return a < b ? a : b;
}

static inline size_t size_max(size_t a, size_t b)
{
    return a > b ? a : b;
}

/* Heap array of `count` zeroed elements; NULL when out of memory or count * element overflows. Free
 * with free(). */
void *heap_new_array(size_t count, size_t element_bytes);
/* As reallocarray(3): NULL leaves `old` untouched. */
void *heap_grow_array(void *old, size_t count, size_t element_bytes);

#endif
