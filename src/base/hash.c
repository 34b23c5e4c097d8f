/* hash.c - xxHash, inlined from its header. */
#define XXH_INLINE_ALL
#include <xxhash.h>

#include "base/hash.h"

#include <stdio.h>
#include <stdlib.h>

uint64_t hash64(view v, uint64_t seed)
{
    return XXH3_64bits_withSeed(v.data, v.size, seed);
}

hash128 hash128_of(view v, uint64_t seed)
{
    XXH128_hash_t h = XXH3_128bits_withSeed(v.data, v.size, seed);
    return (hash128){.low = h.low64, .high = h.high64};
}

/* XXH3_state_t wants 64-byte alignment, which its size is a multiple of. */
struct hash_stream {
    XXH3_state_t state;
};

hash_stream *hash_stream_new(void)
{
    hash_stream *s = aligned_alloc(_Alignof(hash_stream), sizeof *s);
    if (s) (void)XXH3_64bits_reset(&s->state);
    return s;
}

void hash_stream_free(hash_stream *s)
{
    free(s);
}

void hash_stream_add(hash_stream *s, view v)
{
    (void)XXH3_64bits_update(&s->state, v.data, v.size);
}

uint64_t hash_stream_value(const hash_stream *s)
{
    return XXH3_64bits_digest(&s->state);
}

hash128 hash_stream_value128(const hash_stream *s)
{
    XXH128_hash_t h = XXH3_128bits_digest(&s->state);
    return (hash128){.low = h.low64, .high = h.high64};
}

void hash128_hex(hash128 h, char out[33])
{
    (void)snprintf(out, 33, "%016llx%016llx", (unsigned long long)h.high,
                   (unsigned long long)h.low);
}
