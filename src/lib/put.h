/* put.h - what every write of points reads of its options and of each point (kith_points.c). */
#ifndef KITH_LIB_PUT_H
#define KITH_LIB_PUT_H

#include "db/collection.h"

#include <kith/kith.h>

/* A mode of the store, and what stands beside it. */
unsigned put_store_manner(const kith_put_options *o);
/* Reads all of a point but its metadata; `out` borrows from it.
 * i    its place, for messages
 * dim  in and out: of the vectors so far; 0: there was none
 * Errors: KITH_ERR_INVALID (no id), KITH_ERR_DIMENSION (the vectors differ). */
KITH_CHECKED kith_status put_read_point(const kith_point *p, size_t i, uint32_t *dim,
                                        store_point *out, kith_error *err);
/* Metadata as it is stored; changes to it stay as they were given, since null means something.
 * Errors: those of validate_metadata. */
KITH_CHECKED kith_status put_read_metadata(const char *json, bool is_change, arena *a, view *out,
                                           kith_error *err);

#endif
