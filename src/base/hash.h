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

/* hash64() or hash128_of() with seed 0 of bytes that come piece by piece: the pieces' joined. */
typedef struct hash_stream hash_stream;
/* NULL: out of memory. The caller frees it with hash_stream_free(), which accepts NULL. */
hash_stream *hash_stream_new(void);
void hash_stream_free(hash_stream *s);
void hash_stream_add(hash_stream *s, view v);
/* Of all that was added so far. */
uint64_t hash_stream_value(const hash_stream *s);
/* hash128_of() with seed 0 of them. */
hash128 hash_stream_value128(const hash_stream *s);

/* 32 lower-case hex digits and a NUL. */
void hash128_hex(hash128 h, char out[33]);

#endif
