/* validate.h - what may be stored. Every check comes before any side effect and names the thing,
 * the limit and the place. */
#ifndef KITH_DB_VALIDATE_H
#define KITH_DB_VALIDATE_H

#include "base/status.h"
#include "base/view.h"

#include <kith/types.h>
#include <stdint.h>

/* 1..KITH_NAME_MAX_BYTES of [A-Za-z0-9._-], not starting with '.'. KITH_ERR_INVALID. */
KITH_CHECKED kith_status validate_collection_name(view name, kith_error *err);
/* 1..KITH_KEY_MAX_BYTES of valid UTF-8 without control characters. `what` is "point" or "document".
 * KITH_ERR_INVALID. */
KITH_CHECKED kith_status validate_key(view key, const char *what, kith_error *err);
/* Finite, of the dimension (0: any up to KITH_DIMENSION_MAX), not of zero length under cosine.
 * KITH_ERR_DIMENSION, KITH_ERR_INVALID. */
KITH_CHECKED kith_status validate_vector(const float *vector, uint32_t dim, uint32_t expected_dim,
                                         kith_metric metric, kith_error *err);
/* Valid UTF-8 of at most KITH_DOCUMENT_MAX_BYTES. KITH_ERR_LIMIT, KITH_ERR_INVALID. */
KITH_CHECKED kith_status validate_content(view content, kith_error *err);

#endif
