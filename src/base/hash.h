/* hash.h - XXH3 checksums. For damage and for change, not against an adversary. Source: xxHash 0.8. */
#ifndef KITH_BASE_HASH_H
#define KITH_BASE_HASH_H

#include "base/view.h"

#include <stdint.h>

typedef struct hash128 {
    uint64_t low, high;
} hash128;

typedef struct hash_stream hash_stream; /* several pieces, one checksum */

uint64_t hash64(view v, uint64_t seed);
hash128 hash128_of(view v);
/* 32 lower-case hex digits and a NUL. */
void hash128_hex(hash128 h, char out[33]);

hash_stream *hash_stream_new(void); /* NULL: out of memory */
void hash_stream_free(hash_stream *s);
void hash_stream_append(hash_stream *s, view v);
uint64_t hash_stream_digest64(const hash_stream *s);
hash128 hash_stream_digest128(const hash_stream *s);

#endif
