/* hash.c - xxHash, inlined from its header. */
#define XXH_INLINE_ALL
#include <xxhash.h>

#include "base/hash.h"

#include <stdio.h>

uint64_t hash64(view v, uint64_t seed)
{
    return XXH3_64bits_withSeed(v.data, v.size, seed);
}

hash128 hash128_of(view v, uint64_t seed)
{
    XXH128_hash_t h = XXH3_128bits_withSeed(v.data, v.size, seed);
    return (hash128){.low = h.low64, .high = h.high64};
}

void hash128_hex(hash128 h, char out[33])
{
    (void)snprintf(out, 33, "%016llx%016llx", (unsigned long long)h.high,
                   (unsigned long long)h.low);
}
