/* random.h - random bytes of the operating system: for ids that must never come twice. Any thread.
 */
#ifndef KITH_OS_RANDOM_H
#define KITH_OS_RANDOM_H

#include "base/status.h"

#include <stddef.h>

/* Fills out[bytes], at most 256. Errors: KITH_ERR_IO (the kernel has none to give, as in a sandbox
 * that forbids the call). */
KITH_CHECKED kith_status random_bytes(void *out, size_t bytes, kith_error *err);

#endif
