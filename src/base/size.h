/* size.h - sizes whose arithmetic cannot overflow unnoticed, and heap arrays made with it. */
#ifndef KITH_BASE_SIZE_H
#define KITH_BASE_SIZE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* *out is the product, or the sum; false, with *out meaningless, when it does not fit. */
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

/* A heap array of `count` zeroed elements, the caller's to free(); 0 elements give memory too, so
 * that NULL is always a failure: out of memory, or count * element_bytes overflows. Any thread. */
void *heap_new_array(size_t count, size_t element_bytes);

/* As reallocarray(3): the array `old`, which may have moved, with `count` elements; new ones are
 * not zeroed. NULL (out of memory, overflow) leaves `old` as it was, still the caller's. */
void *heap_grow_array(void *old, size_t count, size_t element_bytes);

#endif
