/* sha256.h - SHA-256 (FIPS 180-4), and a comparison whose time tells nothing: for secrets. What only
 * has to find damage or change uses hash.h, which is faster. */
#ifndef KITH_BASE_SHA256_H
#define KITH_BASE_SHA256_H

#include "base/view.h"

#include <stdbool.h>
#include <stdint.h>

enum { SHA256_BYTES = 32 };

void sha256(view v, uint8_t out[SHA256_BYTES]);
/* Its time does not depend on where the two differ. */
bool sha256_equal(const uint8_t a[SHA256_BYTES], const uint8_t b[SHA256_BYTES]);

#endif
