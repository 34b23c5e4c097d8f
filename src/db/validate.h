/* validate.h - what may be stored. The store believes its caller, so everything is checked here,
 * before any side effect. Messages name the thing, the limit and the place. */
#ifndef KITH_DB_VALIDATE_H
#define KITH_DB_VALIDATE_H

#include "base/arena.h"
#include "base/status.h"
#include "base/view.h"
#include "store/catalog.h"

#include <kith/types.h>
#include <stdint.h>

/* 1..KITH_NAME_MAX_BYTES of [A-Za-z0-9._-], not starting with '.'. Errors: KITH_ERR_INVALID. */
KITH_CHECKED kith_status validate_collection_name(view name, kith_error *err);
/* 1..KITH_NAME_MAX_BYTES of valid UTF-8 without control characters and '/'. `what` is "tenant" or
 * "database". Errors: KITH_ERR_INVALID. */
KITH_CHECKED kith_status validate_namespace(view name, const char *what, kith_error *err);
/* What the user says of a collection: metadata becomes the JSON that points' metadata has, in `a`,
 * and none when it has no field; configuration, an object of any shape, stays as it is.
 * Errors: KITH_ERR_INVALID (of another shape), KITH_ERR_FORMAT (not JSON), KITH_ERR_LIMIT,
 * KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status validate_settings(store_settings given, arena *a, store_settings *out,
                                           kith_error *err);
/* The same for what is to be different; *out has the new metadata and configuration, "" for none.
 * Errors: those of validate_settings. */
KITH_CHECKED kith_status validate_modification(const store_modification *given, arena *a,
                                               store_modification *out, kith_error *err);
/* 1..KITH_KEY_MAX_BYTES of valid UTF-8 without control characters. `what` is "point" or "document".
 * Errors: KITH_ERR_INVALID. */
KITH_CHECKED kith_status validate_key(view key, const char *what, kith_error *err);
/* vector        [dim] finite floats, no longer than 1e18, and under cosine no shorter than 1e-30
 * expected_dim  the collection's; 0: any from 1 to KITH_DIMENSION_MAX
 * Errors: KITH_ERR_DIMENSION, KITH_ERR_INVALID. */
KITH_CHECKED kith_status validate_vector(const float *vector, uint32_t dim, uint32_t expected_dim,
                                         kith_metric metric, kith_error *err);
/* Valid UTF-8 of at most KITH_DOCUMENT_MAX_BYTES. Errors: KITH_ERR_LIMIT, KITH_ERR_INVALID. */
KITH_CHECKED kith_status validate_content(view content, kith_error *err);

/* Reads metadata and gives it in the form in which it is stored (metadata_write): without white
 * space, and without the members that are null or empty lists. *out lives in `a`.
 * Errors: KITH_ERR_FORMAT (no JSON), KITH_ERR_INVALID, KITH_ERR_LIMIT, KITH_ERR_NO_MEMORY; *out is
 * untouched. */
KITH_CHECKED kith_status validate_metadata(view json, arena *a, view *out, kith_error *err);

#endif
