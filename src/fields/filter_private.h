/* filter_private.h - the parsed filter, for the files that evaluate it: a tree whose leaves are
 * conditions on one field. The eight operators are three kinds of leaf with two flags. */
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
    bool negated;   /* $ne and $nin */
    bool or_equal;  /* $gte and $lte */
    view field;     /* of a leaf: the last three kinds */
    uint32_t count; /* of children or values */
    union {
        const filter **children;      /* of FILTER_ALL and FILTER_ANY */
        const metadata_value *values; /* of a leaf, ascending by value_compare; exactly one, a
                                       * number, of FILTER_GREATER and FILTER_LESS */
    };
};

/* A total order of values, as strcmp: booleans, then numbers by their exact value, then strings
 * bytewise. Values are equal in it exactly when $eq holds between them. No number is NaN. */
int value_compare(const metadata_value *a, const metadata_value *b);
/* Compares by exact value, as strcmp: neither number is converted to the other's type, which could
 * round it. b is not NaN. */
int compare_integer_with_double(int64_t a, double b);
bool value_is_number(const metadata_value *v);
/* Is `v` equal to one of the values of a FILTER_ONE_OF? f->negated is not looked at. O(log count).
 */
bool filter_has_value(const filter *f, const metadata_value *v);

#endif
