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

/* The capacity of an array that must hold `needed` elements: `capacity` when that is enough, else
 * at least twice as much, so that appending one by one copies each element once or so. The first
 * growth gives 8 elements or more; whoever knows better asks for more the first time. */
uint32_t reserve_capacity(uint32_t capacity, uint32_t needed);

/* Room for `needed` elements in a heap array that grows as elements are appended:
 *     entry *grown = heap_reserve(l->entries, &l->capacity, l->count + 1, sizeof *grown);
 *     if (!grown) return fail(err, KITH_ERR_NO_MEMORY, ...);
 *     l->entries = grown;
 * array     NULL at first; owned by the caller, who frees it
 * capacity  elements that fit, 0 at first; updated
 * Gives the array, which may have moved; new elements are not zeroed. NULL when out of memory, or
 * when `needed` is 0, which is what a count of UINT32_MAX plus one comes to; array and *capacity
 * are then as they were. One thread at a time. In an arena: arena_reserve. */
void *heap_reserve(void *array, uint32_t *capacity, uint32_t needed, size_t element_bytes);

#endif
