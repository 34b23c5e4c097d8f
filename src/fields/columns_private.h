/* columns_private.h - a segment as it is in memory, for columns*.c.
 *
 * A column holds its scalars in a sorted run of blocks and its lists, for which other conditions
 * hold, apart from them. A block holds the scalars of 64 rows that follow one another:
 * block w those of rows 64 * w to 64 * w + 63, by the numbers that rows have in the whole index.
 * Which rows have a value, and of which type, is one bit a row in a mask for each type, so that
 * matching a block yields one word of the resulting bitmap. Two segments may each have a block for
 * the word in which one ends and the other begins; their bits differ, and matching joins them by
 * or. Where no row has the field there is no block: a field that few rows have costs little,
 * however many rows there are.
 *
 * Lists are a run of rows, each with the end of its elements in one array of 8-byte elements. The
 * one condition on a list asks whether an element is equal to a value, so elements are kept in a
 * form in which equal values have equal bits: strings as numbers of interned strings; numbers that
 * are whole and fit 64 bits as integers, before the other numbers, as doubles; booleans as 0 and 1.
 *
 * Invariants, which columns_check verifies:
 *   1. a column's blocks ascend by `word`, none twice;
 *   2. a row is in at most one of strings, integers, doubles, bools, and `truths` is part of
 *      `bools`;
 *   3. a block with a string has `texts`, one with a number has `numbers`; texts of its strings are
 *      numbers of interned strings, and no double is NaN;
 *   4. every row in a mask is one of the segment's, first..end - 1;
 *   5. rows with lists ascend, are the segment's, and are in no mask; a list has at least one
 *      element, and its elements follow those of the list before; texts are numbers of interned
 *      strings, doubles are neither NaN nor whole numbers that fit an integer, booleans 0 or 1;
 *   6. sparse vectors hold what sparse_lists_broken checks, and their rows are in no mask and have
 *      no list;
 *   7. where there are lists of values (column_values.h), they ascend, and have as many rows as the column has
 *      values.
 * What texts[] and numbers[] hold for rows outside their masks means nothing. */
#ifndef KITH_FIELDS_COLUMNS_PRIVATE_H
#define KITH_FIELDS_COLUMNS_PRIVATE_H

#include "fields/column_values.h"
#include "fields/columns.h"
#include "fields/interned.h"
#include "fields/sparse_lists.h"

enum { BLOCK_ROWS = 64 };

typedef union column_number {
    int64_t integer;
    double number;
} column_number;

typedef struct column_block {
    uint32_t word; /* the first row / 64, and the number of the word in a bitmap */
    uint64_t strings, integers, doubles, bools; /* bit i: row 64 * word + i has such a value */
    uint64_t truths;                            /* the bools that are true */
    uint32_t *texts; /* [BLOCK_ROWS] numbers in columns.texts; NULL before the first string */
    column_number *numbers; /* [BLOCK_ROWS]; NULL before the first number */
} column_block;

typedef enum list_type { LIST_OF_STRINGS, LIST_OF_NUMBERS, LIST_OF_BOOLS } list_type;

typedef struct column_list {
    uint32_t row;
    uint16_t type;    /* list_type */
    uint16_t doubles; /* the last so many elements are doubles, the others integers; 0 unless
                       * LIST_OF_NUMBERS */
    uint64_t end;     /* its elements are those from the end of the list before to this one */
} column_list;

/* A row's list on its way into a column. */
typedef struct list_value {
    list_type type;
    uint32_t count, doubles;
    uint64_t elements[METADATA_MAX_ELEMENTS]; /* [count] */
} list_value;

typedef struct column {
    column_block *blocks; /* [count] ascending by word */
    uint32_t count, capacity;
    column_list *lists; /* [list_count] ascending by row */
    uint32_t list_count, list_capacity;
    uint64_t *elements; /* [element_count] of all lists */
    uint64_t element_count, element_capacity;
    sparse_lists sparse; /* sparse vectors, which no condition is on */
    column_lookup *lookup;
} column;

struct columns {
    interned fields; /* names; field number n is columns[n - 1] */
    interned texts;  /* string values of all fields */
    column *columns; /* [fields.count] */
    uint32_t capacity;
    uint32_t first, end; /* the rows are first..end - 1 */
};

/* The rows of the block that have a value. */
static inline uint64_t block_present(const column_block *b)
{
    return b->strings | b->integers | b->doubles | b->bools;
}

/* The word of a bitmap, 0 past its end. */
static inline uint64_t word_or_zero(const bitset *b, uint32_t word)
{
    return word < ((uint64_t)b->count + 63) / 64 ? b->words[word] : 0;
}

/* The rows of the word that are the segment's. */
uint64_t columns_rows_of_word(const columns *c, uint32_t word);
/* The column of `field`, or NULL. */
const column *columns_find_field(const columns *c, view field);
/* The column of `field`, a new one when there is none; valid until the next call. NULL: out of
 * memory, nothing changed. */
column *columns_add_field(columns *c, view field);
/* The block of `word`, which is the last one or comes behind it; valid until the next call. NULL:
 * out of memory, nothing changed. */
column_block *column_add_block(column *col, uint32_t word);
/* Adds the list of `row`, which comes behind all others. False: out of memory, nothing that can be
 * seen has changed. */
KITH_CHECKED bool column_add_list(column *col, uint32_t row, const list_value *list);
/* Where the elements of list number `i` begin. */
static inline uint64_t column_list_start(const column *col, uint32_t i)
{
    return i ? col->lists[i - 1].end : 0;
}
/* The form in which a number is an element: an integer, or a double. True: an integer. */
bool number_to_element(const metadata_value *number, uint64_t *element);
/* The numbers that match: integers in low..high, doubles in low_double..high_double, ends included.
 * An interval is empty when its low end is above its high end. */
typedef struct number_range {
    int64_t low, high;              /* for integers */
    double low_double, high_double; /* for doubles */
} number_range;

/* Of a number among the values of an equality or an ordering. */
number_range columns_range_of(const filter *f, const metadata_value *v);

/* What $contains looks for: `element` among the elements of lists of the type; of numbers among the
 * doubles or among the others. */
typedef struct wanted_element {
    list_type type;
    bool is_double;
    uint64_t element;
} wanted_element;

/* False: no list of the segment can have it. */
bool columns_find_wanted(const columns *c, const metadata_value *v, wanted_element *w);
/* Adds to `out` the rows of one column with this boolean. */
void columns_match_bool(const column *col, bool value, bitset *out);
/* The same as a look through the column gives, by its lists of values: of a condition that does not look into
 * strings, and of one that does. */
void columns_match_listed(const columns *c, const column *col, const column_values *v,
                          const filter *f, bitset *out);
void columns_match_listed_strings(const columns *c, const column_values *v, const filter *f,
                                  bitset *out);
/* Adds to `out` the rows of one column whose string, or an element of whose list, satisfies a
 * condition that filter_is_of_string. Errors: KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status columns_match_strings(const columns *c, const column *col, const filter *f,
                                               bitset *out, kith_error *err);
/* What is wrong with the lists of the column (invariant 5), or NULL. */
const char *column_broken_lists(const columns *c, const column *col);
/* The same of its sparse vectors (invariant 6). */
const char *column_broken_sparse(const columns *c, const column *col);
/* Makes room for strings, or numbers, in a block. False: out of memory, nothing changed. */
KITH_CHECKED bool column_block_add_texts(column_block *b);
KITH_CHECKED bool column_block_add_numbers(column_block *b);

#endif
