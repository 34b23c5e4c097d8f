/* bitset.c - whole words at a time; whatever may set bits past the count clears them again. */
#include "base/bitset.h"

#include "base/size.h"

#include <stdlib.h>
#include <string.h>

static size_t word_count(const bitset *b)
{
    return ((size_t)b->count + 63) / 64;
}

static void clear_tail(bitset *b)
{
    if (b->count % 64) b->words[word_count(b) - 1] &= (UINT64_C(1) << (b->count % 64)) - 1;
}

bitset *bitset_new(uint32_t count)
{
    bitset *b = malloc(sizeof *b);
    if (!b) return NULL;
    b->count = count;
    b->words = heap_new_array(word_count(b), sizeof *b->words);
    if (!b->words) {
        free(b);
        return NULL;
    }
    return b;
}

void bitset_free(bitset *b)
{
    if (!b) return;
    free(b->words);
    free(b);
}

void bitset_fill(bitset *b, bool value)
{
    memset(b->words, value ? 0xff : 0, word_count(b) * sizeof *b->words);
    clear_tail(b);
}

void bitset_and(bitset *b, const bitset *other)
{
    CHECK(b->count == other->count);
    for (size_t i = 0; i < word_count(b); i++)
        b->words[i] &= other->words[i];
}

void bitset_or(bitset *b, const bitset *other)
{
    CHECK(b->count == other->count);
    for (size_t i = 0; i < word_count(b); i++)
        b->words[i] |= other->words[i];
}

void bitset_not(bitset *b)
{
    for (size_t i = 0; i < word_count(b); i++)
        b->words[i] = ~b->words[i];
    clear_tail(b);
}

uint32_t bitset_popcount(const bitset *b)
{
    uint32_t count = 0;
    for (size_t i = 0; i < word_count(b); i++)
        count += (uint32_t)__builtin_popcountll(b->words[i]);
    return count;
}

uint32_t bitset_next(const bitset *b, uint32_t from)
{
    if (from >= b->count) return b->count;
    size_t i = from / 64;
    uint64_t word = b->words[i] & (~UINT64_C(0) << (from % 64));
    while (word == 0) {
        if (++i == word_count(b)) return b->count;
        word = b->words[i];
    }
    return (uint32_t)(i * 64) + (uint32_t)__builtin_ctzll(word);
}

const char *bitset_check(const bitset *b)
{
    uint32_t tail = b->count % 64;
    if (tail && b->words[word_count(b) - 1] >> tail != 0) return "a bit past the count is set";
    return NULL;
}
