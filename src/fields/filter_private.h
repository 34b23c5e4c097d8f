/* filter_private.h - the parsed filter, for the files that evaluate it: a tree whose leaves are
 * conditions on one field, or on a point's text or id. The operators on fields are eight kinds of
 * leaf with three flags; the others are three kinds with one. */
#ifndef KITH_FIELDS_FILTER_PRIVATE_H
#define KITH_FIELDS_FILTER_PRIVATE_H

#include "base/regex.h"
#include "fields/date.h"
#include "fields/filter.h"

typedef enum filter_kind {
    FILTER_ALL,     /* $and: every child */
    FILTER_ANY,     /* $or: some child */
    FILTER_ONE_OF,  /* $eq, $in; $ne, $nin with `negated` */
    FILTER_GREATER, /* $gt, $gte with `or_equal` */
    FILTER_LESS,    /* $lt, $lte with `or_equal` */
    FILTER_AFTER,   /* $gt, $gte with `or_equal`, of a date */
    FILTER_BEFORE,  /* $lt, $lte with `or_equal`, of a date */
    FILTER_PREFIX,  /* $prefix */
    FILTER_GLOB,    /* $glob */
    FILTER_HOLDS,   /* $contains; $not_contains with `negated` */
    FILTER_ID,      /* "#id": $eq, $in; $ne, $nin with `negated` */
    FILTER_TEXT,    /* "#document": $contains; $not_contains with `negated` */
    FILTER_PATTERN, /* "#document": $regex; $not_regex with `negated` */
    FILTER_ROWS     /* the rows of a bitmap; no JSON makes it */
} filter_kind;

struct filter {
    filter_kind kind;
    bool negated;       /* $ne, $nin, $not_contains and $not_regex */
    bool or_equal;      /* $gte and $lte */
    bool is_strict;     /* a FILTER_ONE_OF to which lists are equal to nothing */
    unsigned reads;     /* FILTER_READS_... of itself and all below it */
    uint32_t level;     /* 1 for a leaf; of a group one more than the largest of its children */
    view field;         /* of a condition on a field */
    date_period period; /* of FILTER_AFTER and FILTER_BEFORE: the bound */
    uint32_t count;     /* of children or values */
    union {
        const filter **children;      /* of FILTER_ALL and FILTER_ANY */
        const metadata_value *values; /* of a leaf, scalars, ascending by value_compare; exactly
                                       * one of all kinds but FILTER_ONE_OF and FILTER_ID; a
                                       * number of FILTER_GREATER and FILTER_LESS */
        const regex *pattern;         /* of FILTER_PATTERN; freed with the filter's arena */
        const bitset *rows;           /* of FILTER_ROWS */
    };
};

/* Does the kind look into a string (filter_string.c)? */
static inline bool filter_is_of_string(const filter *f)
{
    return f->kind >= FILTER_AFTER && f->kind <= FILTER_GLOB;
}

/* Do elements of a list satisfy the condition as a scalar does? So it is with prefixes and
 * patterns, and not with the orderings. */
static inline bool filter_looks_into_lists(const filter *f)
{
    return f->kind == FILTER_PREFIX || f->kind == FILTER_GLOB;
}

/* Is it a condition on a metadata field? */
static inline bool filter_is_of_field(const filter *f)
{
    return f->kind >= FILTER_ONE_OF && f->kind <= FILTER_HOLDS;
}

/* A total order of scalars, as strcmp: booleans, then numbers by their exact value, then strings
 * bytewise. Values are equal in it exactly when $eq holds between them. No number is NaN. A list
 * may be compared with a scalar: it is the larger. */
int value_compare(const metadata_value *a, const metadata_value *b);
/* Compares by exact value, as strcmp: neither number is converted to the other's type, which could
 * round it. b is not NaN. */
int compare_integer_with_double(int64_t a, double b);
bool value_is_number(const metadata_value *v);
/* "$eq" and so on, for messages and for parsing. */
const char *filter_operator_name(filter_operator op);
/* The beginning of a field's or operator's name, cut between characters: enough for a message. */
view filter_shown_name(view name);
/* Does the string satisfy the condition, which filter_is_of_string? */
bool filter_accepts_string(const filter *f, view text);
/* Is `v` equal to one of the values of a FILTER_ONE_OF or FILTER_ID? f->negated is not looked at.
 * O(log count). */
bool filter_has_value(const filter *f, const metadata_value *v);

#endif
