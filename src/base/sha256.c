/* sha256.c - Nettle's. */
#include "base/sha256.h"

#include <nettle/memops.h>
#include <nettle/sha2.h>

void sha256(view v, uint8_t out[SHA256_BYTES])
{
    struct sha256_ctx state;
    sha256_init(&state);
    sha256_update(&state, v.size, (const uint8_t *)v.data);
    sha256_digest(&state, SHA256_BYTES, out);
}

bool sha256_equal(const uint8_t a[SHA256_BYTES], const uint8_t b[SHA256_BYTES])
{
    return memeql_sec(a, b, SHA256_BYTES) != 0;
}
