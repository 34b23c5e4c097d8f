/* bitset.h - a fixed run of bits. Not thread safe for writing. */
#ifndef KITH_BASE_BITSET_H
#define KITH_BASE_BITSET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct bitset {
    uint64_t *words;
    uint32_t count; /* bits */
} bitset;

/* All bits clear; NULL: out of memory. */
bitset *bitset_new(uint32_t count);
void bitset_free(bitset *b);
void bitset_fill(bitset *b, bool value);
void bitset_and(bitset *b, const bitset *other); /* same count */
void bitset_or(bitset *b, const bitset *other);  /* same count */
void bitset_not(bitset *b);
uint32_t bitset_popcount(const bitset *b);
/* First set bit at or after `from`, or b->count. */
uint32_t bitset_next(const bitset *b, uint32_t from);

static inline bool bitset_has(const bitset *b, uint32_t i)
{
    return (b->words[i >> 6] >> (i & 63)) & 1;
}

static inline void bitset_set(bitset *b, uint32_t i)
{
    b->words[i >> 6] |= UINT64_C(1) << (i & 63);
}

static inline void bitset_clear(bitset *b, uint32_t i)
{
    b->words[i >> 6] &= ~(UINT64_C(1) << (i & 63));
}

#endif
