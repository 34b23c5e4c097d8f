/* hash.h - XXH3 checksums. For damage and for change, not against an adversary. Source: xxHash 0.8.
 */
#ifndef KITH_BASE_HASH_H
#define KITH_BASE_HASH_H

#include "base/view.h"

#include <stdint.h>

typedef struct hash128 {
    uint64_t low, high;
} hash128;

/* Several pieces: hand the hash of the first as the seed of the next. */
uint64_t hash64(view v, uint64_t seed);
hash128 hash128_of(view v, uint64_t seed);
/* 32 lower-case hex digits and a NUL. */
void hash128_hex(hash128 h, char out[33]);

#endif
