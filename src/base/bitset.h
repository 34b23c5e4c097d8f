/* bitset.h - a fixed number of bits, in words of 64.
 * The bits of the last word past `count` are clear, always: counting, and walking with bitset_next,
 * look at whole words. Readers may share a bitset that nobody changes. Setting two bits of one word
 * from two threads loses one of them. */
#ifndef KITH_BASE_BITSET_H
#define KITH_BASE_BITSET_H

#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct bitset {
    uint64_t *words; /* [ceil(count / 64)], bit i is bit i % 64 of word i / 64 */
    uint32_t count;  /* bits */
} bitset;

/* All bits clear; count may be 0. NULL: out of memory. */
bitset *bitset_new(uint32_t count);
/* Accepts NULL. */
void bitset_free(bitset *b);
void bitset_fill(bitset *b, bool value);
/* b becomes b and other, b or other, not b. Both have the same count. */
void bitset_and(bitset *b, const bitset *other);
void bitset_or(bitset *b, const bitset *other);
void bitset_not(bitset *b);
/* The number of set bits. */
uint32_t bitset_popcount(const bitset *b);
/* The first set bit at or after `from`, or b->count when there is none. */
uint32_t bitset_next(const bitset *b, uint32_t from);

/* NULL, or what is broken: a bit past the count is set. */
const char *bitset_check(const bitset *b);

/* i < count. */
static inline bool bitset_has(const bitset *b, uint32_t i)
{
    DCHECK(i < b->count);
    return (b->words[i >> 6] >> (i & 63)) & 1;
}

/* Any i: false past the end. */
static inline bool bitset_has_within(const bitset *b, uint32_t i)
{
    return i < b->count && bitset_has(b, i);
}

/* i < count. */
static inline void bitset_clear(bitset *b, uint32_t i)
{
    DCHECK(i < b->count);
    b->words[i >> 6] &= ~(UINT64_C(1) << (i & 63));
}

/* i < count; or, for an owner of `words` that sets a bit and then counts it, within its memory. */
static inline void bitset_set(bitset *b, uint32_t i)
{
    b->words[i >> 6] |= UINT64_C(1) << (i & 63);
}

#endif
