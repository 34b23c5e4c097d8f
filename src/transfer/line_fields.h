/* line_fields.h - the members of a line's object, each checked for its kind and range. Messages
 * name the member. What is read lives in the arena that the object was parsed into, or that is
 * passed. */
#ifndef KITH_TRANSFER_LINE_FIELDS_H
#define KITH_TRANSFER_LINE_FIELDS_H

#include "base/arena.h"
#include "base/json.h"
#include "base/status.h"

#include <stdbool.h>
#include <stdint.h>

/* The value is an object whose members are all in `allowed`, which ends with NULL: what this
 * version does not know is refused rather than lost. `kind` names the object. Errors:
 * KITH_ERR_FORMAT. */
KITH_CHECKED kith_status fields_check(const json_value *object, const char *kind,
                                      const char *const *allowed, kith_error *err);
/* A text without NUL bytes; with `may_be_null` also null or absent, which gives NULL.
 * Errors: KITH_ERR_FORMAT. */
KITH_CHECKED kith_status fields_text(const json_value *object, const char *key, bool may_be_null,
                                     const char **out, kith_error *err);
/* An integer from 0 to `max`. Errors: KITH_ERR_FORMAT, KITH_ERR_LIMIT (above it). */
KITH_CHECKED kith_status fields_count(const json_value *object, const char *key, uint64_t max,
                                      uint64_t *out, kith_error *err);
/* An object as JSON text; null or absent gives NULL. Errors: KITH_ERR_FORMAT, KITH_ERR_LIMIT (more
 * than 1 MiB), KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status fields_object(const json_value *object, const char *key, arena *a,
                                       const char **out, kith_error *err);
/* Base64 of bytes without a NUL, as a text; absent gives NULL. Errors: KITH_ERR_FORMAT,
 * KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status fields_bytes(const json_value *object, const char *key, arena *a,
                                      const char **out, kith_error *err);
/* Base64 of little-endian float32, at least one and at most KITH_DIMENSION_MAX; *out [*dimension].
 * Errors: KITH_ERR_FORMAT, KITH_ERR_LIMIT, KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status fields_vector(const json_value *object, const char *key, arena *a,
                                       const float **out, uint32_t *dimension, kith_error *err);

#endif
