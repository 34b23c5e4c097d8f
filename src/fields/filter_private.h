/* filter_private.h - the parsed filter, for the files that evaluate it. */
#ifndef KITH_FIELDS_FILTER_PRIVATE_H
#define KITH_FIELDS_FILTER_PRIVATE_H

#include "fields/filter.h"

typedef enum filter_kind {
    FILTER_ALL,     /* $and: every child */
    FILTER_ANY,     /* $or: some child */
    FILTER_ONE_OF,  /* $eq, $in; $ne, $nin with `negated` */
    FILTER_GREATER, /* $gt, $gte with `or_equal` */
    FILTER_LESS     /* $lt, $lte with `or_equal` */
} filter_kind;

struct filter {
    filter_kind kind;
    bool negated, or_equal;
    view field;     /* of the last three kinds */
    uint32_t count; /* of children or values */
    union {
        const filter **children;
        const metadata_value *values; /* in the order of value_compare; one for $gt to $lte */
    };
};

/* A total order in which values are equal exactly when a filter calls them equal: booleans, then
 * numbers by their exact value, then strings bytewise. */
int value_compare(const metadata_value *a, const metadata_value *b);
/* As strcmp; `b` is not NaN. Exact: nothing is rounded on the way. */
int compare_integer_with_double(int64_t a, double b);
bool value_is_number(const metadata_value *v);
/* Is it among the values of a FILTER_ONE_OF? */
bool filter_has_value(const filter *f, const metadata_value *v);

#endif
