/* column_values.h - the values of a column in order, and under each of them the rows that have it.
 *
 * A condition that few rows satisfy need not look at every row: equal values are one list of rows, and
 * the numbers of a range are lists that follow one another. The lists say nothing that blocks and
 * lists of a column do not say, and take 4 bytes a value and 12 a distinct one; making them takes
 * some 30 times as long as looking through the column once. So they are not saved, and there are
 * none until the column has been looked through VALUES_AFTER_SCANS times: a field that nobody
 * filters by costs nothing, and one that many filter by costs at most twice what is the least.
 * What joins segments makes them for the fields that had some, so that no search waits for it twice.
 *
 * A value is 64 bits whose order is that of the values: the number of an interned string, an integer or a double less
 * its sign's surprises (value_of_integer, value_of_double).
 *
 * Threads: as columns.h says; lists are published once, complete, by the thread whose scan made them due. */
#ifndef KITH_FIELDS_COLUMN_VALUES_H
#define KITH_FIELDS_COLUMN_VALUES_H

#include "base/bitset.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct column;
struct columns;

typedef enum value_kind {
    VALUES_STRINGS,
    VALUES_INTEGERS,
    VALUES_DOUBLES,
    VALUES_LISTED_STRINGS, /* elements of lists, as they are in columns_private.h */
    VALUES_LISTED_INTEGERS,
    VALUES_LISTED_DOUBLES,
    VALUES_LISTED_BOOLS, /* those that are no elements are bits of masks already */
    VALUE_KINDS
} value_kind;

typedef struct value_list {
    uint64_t *values; /* [count] ascending, each once */
    uint32_t *ends; /* [count] rows of value i: those from the end of the one before to this one */
    uint32_t *rows; /* [ends[count - 1]] ascending within a value; of elements, maybe twice */
    uint32_t count;
} value_list;

typedef struct column_values {
    value_list lists[VALUE_KINDS];
} column_values;

/* What a column knows of its values, on the heap, since searches change it in segments that do not
 * change. */
typedef struct column_lookup {
    _Atomic(column_values *) values; /* NULL: there are none yet */
    _Atomic(uint32_t) scans;         /* that went without */
} column_lookup;

enum {
    VALUES_AFTER_SCANS = 16,
    VALUES_FROM_BLOCKS = 16 /* a column with fewer, and fewer lists, is looked through as fast */
};

/* NULL: out of memory. */
column_lookup *column_lookup_new(void);
/* Accepts NULL. Exclusive. */
void column_lookup_free(column_lookup *l);
size_t column_lookup_bytes(const column_lookup *l);
/* The lists of the column, which the segment has; counts a scan where there are none, and makes them when
 * that was the last that goes without. NULL: the column is to be looked through. Any thread. */
const column_values *column_values_of(const struct column *col);
/* Makes them when there are none, however few values the column has. One thread at a time. False: out of memory. */
bool column_values_make(const struct column *col);
/* Are there any? Any thread. */
bool column_has_values(const struct column *col);
/* What is wrong with the lists of the column, or NULL; also where there are none. */
const char *column_broken_values(const struct columns *c, const struct column *col);

/* Adds to `out` the rows below out->count of the values from `low` to `high`, both included. */
void value_list_match(const value_list *l, uint64_t low, uint64_t high, bitset *out);
/* The rows of one value, ascending: rows[*count], of the list; none where there is no such value. */
const uint32_t *value_list_rows(const value_list *l, uint64_t value, uint32_t *count);
/* Of value number `i`. */
void value_list_match_at(const value_list *l, uint32_t i, bitset *out);

static inline uint64_t value_of_integer(int64_t integer)
{
    return (uint64_t)integer ^ UINT64_C(1) << 63;
}

/* Not NaN. -0 and 0 are one value. */
static inline uint64_t value_of_double(double number)
{
    uint64_t bits;
    number += 0.0; // -0 becomes 0
    memcpy(&bits, &number, sizeof bits);
    return bits >> 63 ? ~bits : bits | UINT64_C(1) << 63;
}

#endif
