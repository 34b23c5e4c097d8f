/* options.h - reading public structures that begin with their size, so that they can grow.
 * A caller that was compiled with an older header passes a shorter structure: the members that it
 * does not know are zero, which is their default. A caller with a newer header passes a longer one:
 * as long as what this library does not know is zero, that asks for nothing. */
#ifndef KITH_LIB_OPTIONS_H
#define KITH_LIB_OPTIONS_H

#include "base/status.h"

#include <stddef.h>

/* Copies the caller's structure into ours, whose size is `bytes`.
 * in     begins with a size_t, its size in bytes; 0 stands for `first`. NULL: all zero
 * first  size of the structure in the first version that had it
 * what   its name, for messages
 * Errors: KITH_ERR_INVALID (shorter than `first`, or beyond `bytes` not zero). */
KITH_CHECKED kith_status options_read(void *out, size_t bytes, const void *in, size_t first,
                                      const char *what, kith_error *err);

#endif
