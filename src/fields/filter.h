/* filter.h - metadata filters: parsed from JSON, evaluated on one record.
 *
 *   {"field": value}                                          short for $eq {"field":
 *   {"$eq"|"$ne"|"$gt"|"$gte"|"$lt"|"$lte": value}} {"field": {"$in"|"$nin": [values]}}
 *   at least one value {"$and"|"$or": [filters]}                                 $and of none
 *   matches every row, $or of none matches none
 *
 * Several fields in one object, or several operators on one field, mean $and; {} is refused.
 *
 * Types. A value is a boolean, a number or a string. Numbers compare across integer and double by
 * their exact values, without rounding; values of different types are never equal. $gt, $gte, $lt
 * and $lte take numbers, and only numbers satisfy them.
 *
 * Missing values. The logic has two values, not the three of SQL: a condition on a field that the
 * row does not have is decided, never unknown. It fails $eq, $in, $gt, $gte, $lt and $lte, and
 * passes $ne and $nin, which are exactly the negations of $eq and $in. $gte is thus not the
 * negation of $lt: a row without the field, or with a string in it, fails both. There is no null
 * value and no operator that asks whether a field exists. */
#ifndef KITH_FIELDS_FILTER_H
#define KITH_FIELDS_FILTER_H

#include "base/arena.h"
#include "base/metadata.h"
#include "base/status.h"

#include <stdbool.h>

enum {
    FILTER_MAX_BYTES = 4 << 20, /* of JSON */
    FILTER_MAX_NODES = 1024,    /* conditions, $and and $or */
    FILTER_MAX_DEPTH = 30,      /* of $and and $or; JSON_MAX_DEPTH allows no more */
    FILTER_MAX_VALUES = 10000   /* in all conditions together */
};

/* A parsed filter; never changes, so any number of threads may use it. */
typedef struct filter filter;

/* Parses `json`. *out lives in `a` and borrows nothing from `json`. Any thread. Errors:
 * KITH_ERR_INVALID names the operator, the field or the limit; KITH_ERR_FORMAT when `json` is not
 * JSON; KITH_ERR_NO_MEMORY. *out is untouched then. */
KITH_CHECKED kith_status filter_parse(view json, arena *a, const filter **out, kith_error *err);

/* Does one record match? For records that are not in columns: columns_match() is the fast way for
 * many rows, and gives the same answer. */
bool filter_matches(const filter *f, const metadata *m);

#endif
