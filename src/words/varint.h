/* varint.h - numbers in as few bytes as they need: 7 bits a byte, lowest first; the top bit says
 * that more follow. */
#ifndef KITH_WORDS_VARINT_H
#define KITH_WORDS_VARINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { VARINT_MAX_BYTES = 5 /* of a uint32_t */ };

/* Writes `value` to `out`, which has room, and returns the bytes written. */
static inline uint32_t varint_put(uint8_t *out, uint32_t value)
{
    uint32_t size = 0;
    for (; value >= 0x80; value >>= 7)
        out[size++] = (uint8_t)(value | 0x80);
    out[size++] = (uint8_t)value;
    return size;
}

/* The bytes that varint_put writes. */
static inline uint32_t varint_size(uint32_t value)
{
    uint32_t size = 1;
    for (; value >= 0x80; value >>= 7)
        size++;
    return size;
}

/* Decodes one number and returns where the next one begins. For bytes that varint_put wrote or
 * varint_read accepted: nothing bounds it. */
static inline const uint8_t *varint_get(const uint8_t *at, uint32_t *value)
{
    uint32_t v = 0;
    for (unsigned shift = 0;; shift += 7) {
        uint8_t byte = *at++;
        v |= (uint32_t)(byte & 0x7F) << shift;
        if (byte < 0x80) break;
    }
    *value = v;
    return at;
}

/* Decodes one number of bytes [size] that may be anything, from offset *at, which moves past it.
 * False past the end or above 32 bits; *at and *value mean nothing then. */
static inline bool varint_read(const uint8_t *bytes, uint32_t size, uint32_t *at, uint32_t *value)
{
    uint64_t v = 0;
    if (*at < size && bytes[*at] < 0x80) { // most are one byte
        *value = bytes[(*at)++];
        return true;
    }
    for (unsigned shift = 0; shift < 7 * VARINT_MAX_BYTES; shift += 7) {
        if (*at == size) return false;
        uint8_t byte = bytes[(*at)++];
        v |= (uint64_t)(byte & 0x7F) << shift;
        if (byte >= 0x80) continue;
        *value = (uint32_t)v;
        return v <= UINT32_MAX;
    }
    return false;
}

#endif
