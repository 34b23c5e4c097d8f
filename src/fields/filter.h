/* filter.h - metadata filters: parsed from JSON, evaluated over columns.
 *   {"field": value}
 *   {"field": {"$eq"|"$ne"|"$gt"|"$gte"|"$lt"|"$lte": value}}
 *   {"field": {"$in"|"$nin": [values]}}   at least one value
 *   {"$and"|"$or": [filters]}             $and of none matches every row, $or of none matches none
 * Several fields in one object, or several operators on one field, mean $and; {} is refused.
 * Numbers compare across integer and double, exactly; strings, booleans and numbers never equal one
 * another. A row without the field fails $eq $gt $gte $lt $lte $in and passes $ne $nin. $gt.. take
 * numbers only. */
#ifndef KITH_FIELDS_FILTER_H
#define KITH_FIELDS_FILTER_H

#include "base/arena.h"
#include "base/bitset.h"
#include "base/buffer.h"
#include "base/metadata.h"
#include "base/status.h"

#include <stdint.h>

enum {
    FILTER_MAX_BYTES = 4 << 20,
    FILTER_MAX_NODES = 1024, /* conditions, $and and $or */
    FILTER_MAX_DEPTH = 30,   /* of $and and $or; JSON_MAX_DEPTH allows no more */
    FILTER_MAX_VALUES = 10000
};

typedef struct filter filter;

/* Parses `json`; the filter lives in `a`. KITH_ERR_INVALID names the operator, the field or the
 * limit; KITH_ERR_FORMAT for broken JSON; KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status filter_parse(view json, arena *a, const filter **out, kith_error *err);
/* Does one record match? The slow way, for records that are not in the columns. */
bool filter_matches(const filter *f, const metadata *m);

/* The metadata of many rows, a column a field; strings are interned, and stay when their rows are
 * gone until the columns are written and read anew. Writers exclude all others; readers share. */
typedef struct columns columns;

columns *columns_new(void); /* NULL: out of memory */
void columns_free(columns *c);
size_t columns_bytes(const columns *c);
/* Replaces row's values; rows in between have none. KITH_ERR_NO_MEMORY: the row has no values then.
 */
KITH_CHECKED kith_status columns_set(columns *c, uint32_t row, const metadata *m, kith_error *err);
void columns_clear(columns *c, uint32_t row);
/* No row at or past this number has values; rows before it may have none either. */
uint64_t columns_rows(const columns *c);
/* Has the row no values at all? */
bool columns_row_is_empty(const columns *c, uint32_t row);
/* Does any row have the field? */
bool columns_has_field(const columns *c, view field);
/* Walks the fields that some row has: start with *cursor = 0; false at the end. */
bool columns_next_field(const columns *c, uint32_t *cursor, view *field);
/* The first field of the filter that no row has; false when there is none. */
bool columns_lack_field(const columns *c, const filter *f, view *field);
/* Sets exactly the bits of the rows < out->count that match. KITH_ERR_NO_MEMORY: `out` is spoilt.
 */
KITH_CHECKED kith_status columns_match(const columns *c, const filter *f, bitset *out,
                                       kith_error *err);
/* Serialised, closed by a checksum; reading is safe on untrusted bytes (KITH_ERR_CORRUPT). */
void columns_write(const columns *c, buffer *out);
KITH_CHECKED kith_status columns_read(view bytes, columns **out, kith_error *err);

#endif
