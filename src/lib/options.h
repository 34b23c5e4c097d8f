/* options.h - public option structures that can grow (docs/decisions/023).
 *
 * Such a structure begins with `size_t size`, which the program sets to the sizeof that it was
 * compiled with, or leaves 0. The library never reads the program's structure but through
 * options_adopt: it works with a full copy, in which members that the program does not know are
 * zero, and zero is every member's default. */
#ifndef KITH_LIB_OPTIONS_H
#define KITH_LIB_OPTIONS_H

#include "base/status.h"

#include <stddef.h>

typedef struct options_shape {
    const char *name;   /* of the structure, for messages */
    size_t first_bytes; /* its sizeof in the first release that had it */
    size_t bytes;       /* its sizeof now */
} options_shape;

/* For a structure that has not grown since its first release. */
#define OPTIONS_SHAPE(type) ((options_shape){#type, sizeof(type), sizeof(type)})

/* Copies the structure that the caller gave, and zeroes the rest of the copy.
 * given  begins with a size_t; NULL: all zero
 * out    shape->bytes; untouched on failure
 * Errors: KITH_ERR_INVALID (a size below first_bytes that is not 0), KITH_ERR_UNSUPPORTED (bytes
 * behind those that are known here are not zero: a member of a newer kith is set). */
KITH_CHECKED kith_status options_adopt(const options_shape *shape, const void *given, void *out,
                                       kith_error *err);

#endif
