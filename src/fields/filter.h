/* filter.h - filters of points, by their metadata, text and id: built from JSON or by calls,
 * evaluated on one point.
 *
 *   {"field": value}                                     short for $eq
 *   {"field": {"$eq"|"$ne": value}}
 *   {"field": {"$gt"|"$gte"|"$lt"|"$lte": number}}
 *   {"field": {"$gt"|"$gte"|"$lt"|"$lte": date}}         of a field that holds ISO dates (date.h)
 *   {"field": {"$in"|"$nin": [values]}}                  at least one value
 *   {"field": {"$contains"|"$not_contains": value}}      of a field that holds a list
 *   {"field": {"$prefix"|"$glob": string}}               how a string begins; its pattern
 *   {"#document": {"$contains"|"$not_contains": text}}   of the point's text
 *   {"#document": {"$regex"|"$not_regex": pattern}}      of the point's text
 *   {"#id": {"$eq"|"$ne"|"$in"|"$nin": ...}}             of the point's id; {"#id": id} too
 *   {"$and"|"$or": [filters]}                            $and of none matches every row, $or of
 *                                                        none matches none
 *   {"$strict": filter}                                  the filter, but to it no list is equal to
 *                                                        a value
 *
 * Several fields in one object, or several operators on one field, mean $and; {} is refused.
 *
 * Types. A value is a boolean, a number or a string. Numbers compare across integer and double by
 * their exact values, without rounding; values of different types are never equal. $gt, $gte, $lt
 * and $lte take a number, which only numbers satisfy, or a date, which only strings that are dates
 * satisfy (filter_string.c says when).
 *
 * Lists. A list is equal to each of its values: it passes $eq, $in, $prefix and $glob when one of
 * its values does, and $ne and $nin when none does. Within $strict it is equal to nothing, as Chroma
 * has it: it fails $eq and $in and passes $ne and $nin, whatever is in it. $contains is $eq of lists
 * alone: a field that is no list contains nothing, a string no substring either. A list fails the
 * orderings.
 *
 * Missing values. The logic has two values, not the three of SQL: a condition on a field that the
 * row does not have is decided, never unknown. It fails $eq, $in, $gt, $gte, $lt, $lte, $prefix, $glob
 * and $contains, and passes $ne, $nin and $not_contains, which are exactly the negations of $eq, $in
 * and $contains. $gte is thus not the negation of $lt: a row without the field, or with a string in
 * it, fails both. There is no null value and no operator that asks whether a field exists. Likewise
 * a point without a text fails $contains and $regex, and passes their negations.
 *
 * Text and id are in no column. columns_match() knows only metadata; whoever has all rows at hand
 * uses columns_narrow(), which reads texts and ids only where columns leave a row undecided. */
#ifndef KITH_FIELDS_FILTER_H
#define KITH_FIELDS_FILTER_H

#include "base/arena.h"
#include "base/bitset.h"
#include "base/metadata.h"
#include "base/status.h"

#include <kith/filters.h>
#include <stdbool.h>

enum {
    /* Of the tree. No JSON reaches more: each object may be an $and of its members and hold an $or,
     * the innermost an $and of the operators on one field. */
    FILTER_MAX_LEVELS = 2 * KITH_FILTER_MAX_DEPTH + 1
};

/* A filter; never changes, so any number of threads may use it. */
typedef struct filter filter;

/* Parses `json`. *out lives in `a` and borrows nothing from `json`. Any thread. Errors:
 * KITH_ERR_INVALID names the operator, the field, the pattern or the limit; KITH_ERR_FORMAT when
 * `json` is not JSON; KITH_ERR_NO_MEMORY. *out is untouched then. */
KITH_CHECKED kith_status filter_parse(view json, arena *a, const filter **out, kith_error *err);

/* What a filter asks of a point beside its metadata. */
enum {
    FILTER_READS_ID = 1,
    FILTER_READS_TEXT = 2,
    FILTER_READS_PATTERN = 4 /* the text, by a regular expression */
};
/* FILTER_READS_... of all its conditions; 0: metadata alone. */
unsigned filter_reads(const filter *f);

/* A point as filters see it. */
typedef struct filter_point {
    view id;
    view text; /* data == NULL: it has none */
    const metadata *fields;
} filter_point;

/* Does one point match? Only what the filter reads need be set. For points that are not in columns:
 * columns_match() is the fast way for many rows, and gives the same answer. */
bool filter_matches(const filter *f, const filter_point *p);

/* A filter that the rows in `rows` match and no others, for columns_match() of as many rows; `rows` is
 * borrowed as long as the filter. NULL: out of memory. */
const filter *filter_of_rows(const bitset *rows, arena *a);

/* ---- built by calls ----
 * From the leaves up: conditions on one field, then groups of what was built. filter_parse does
 * this for JSON; a dialect of another form does it for its own. */

typedef enum filter_operator {
    FILTER_EQ,
    FILTER_NE,
    FILTER_GT,
    FILTER_GTE,
    FILTER_LT,
    FILTER_LTE,
    FILTER_IN,
    FILTER_NIN,
    FILTER_CONTAINS,
    FILTER_NOT_CONTAINS,
    FILTER_PREFIX_OF,
    FILTER_GLOB_OF,
    FILTER_REGEX,
    FILTER_NOT_REGEX
} filter_operator;

typedef enum filter_join { FILTER_AND, FILTER_OR } filter_join;

/* Start from {.memory = ...}, the arena in which all nodes of one filter are made; the counts bound
 * them together. One thread at a time. */
typedef struct filter_builder {
    arena *memory;
    uint32_t nodes, values, patterns;
    bool is_strict; /* to what is made while it is set, lists are equal to nothing ($strict) */
} filter_builder;

/* A condition on one field, or on "#document" or "#id".
 * field   1 byte or more; borrowed, as are strings in `values`: both must outlive the filter
 * values  [count] scalars, which are copied: one or more for FILTER_IN and FILTER_NIN, one for the
 *         others, a number or a date for the orderings, strings for "#document", "#id", prefixes
 *         and patterns
 * Errors: KITH_ERR_INVALID names the operator and the field, or the limit; KITH_ERR_NO_MEMORY. *out
 * is untouched then, and the builder is good for nothing more. */
KITH_CHECKED kith_status filter_leaf(filter_builder *b, filter_operator op, view field,
                                     const metadata_value *values, uint32_t count,
                                     const filter **out, kith_error *err);
/* All of the children, or some; an $and of one is that child. `children` [count] are of the same
 * builder; the list is copied. Errors: KITH_ERR_INVALID names the limit (nodes or levels);
 * KITH_ERR_NO_MEMORY; as for filter_leaf then. */
KITH_CHECKED kith_status filter_group(filter_builder *b, filter_join join,
                                      const filter *const *children, uint32_t count,
                                      const filter **out, kith_error *err);

#endif
