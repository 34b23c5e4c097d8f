/* hash.h - XXH3 checksums. They find damage and change; an adversary can make two texts collide.
 * Their values are stored (catalog, derived files): neither the algorithm nor the seeds may change
 * without a new format. Source: xxHash 0.8. */
#ifndef KITH_BASE_HASH_H
#define KITH_BASE_HASH_H

#include "base/view.h"

#include <stdint.h>

typedef struct hash128 {
    uint64_t low, high;
} hash128;

/* Of one piece of memory. For several, the hash of one is the seed of the next; that is not the
 * hash of the pieces joined. */
uint64_t hash64(view v, uint64_t seed);
hash128 hash128_of(view v, uint64_t seed);
/* 32 lower-case hex digits and a NUL. */
void hash128_hex(hash128 h, char out[33]);

#endif
