/* columns_list.c - lists in a column: the form of their elements, adding one, and what holds of all
 * of them (columns_private.h says why there is a form); and what holds of sparse vectors beside
 * them and the scalars. */
#include "fields/columns_private.h"

#include "base/size.h"

#include <math.h>
#include <string.h>

enum { FIRST_LISTS = 4, FIRST_ELEMENTS = 16 };

/* Is it a whole number that fits 64 bits? It has an equal integer then. */
static bool fits_integer(double number)
{
    const double limit = 9223372036854775808.0; // 2^63
    return number >= -limit && number < limit && number == trunc(number);
}

bool number_to_element(const metadata_value *number, uint64_t *element)
{
    if (number->kind == METADATA_INTEGER || fits_integer(number->number)) {
        *element = number->kind == METADATA_INTEGER ? (uint64_t)number->integer
                                                    : (uint64_t)(int64_t)number->number;
        return true;
    }
    memcpy(element, &number->number, sizeof *element);
    return false;
}

static bool reserve_list(column *col)
{
    if (col->list_count < col->list_capacity) return true;
    uint32_t capacity =
        col->list_capacity ? col->list_capacity + col->list_capacity / 2 : FIRST_LISTS;
    column_list *grown = heap_grow_array(col->lists, capacity, sizeof *grown);
    if (!grown) return false;
    col->lists = grown;
    col->list_capacity = capacity;
    return true;
}

static bool reserve_elements(column *col, uint32_t count)
{
    if (count <= col->element_capacity - col->element_count) return true;
    uint64_t capacity =
        size_max(col->element_count + count,
                 col->element_capacity + size_max(col->element_capacity / 2, FIRST_ELEMENTS));
    uint64_t *grown = heap_grow_array(col->elements, capacity, sizeof *grown);
    if (!grown) return false;
    col->elements = grown;
    col->element_capacity = capacity;
    return true;
}

bool column_add_list(column *col, uint32_t row, const list_value *list)
{
    DCHECK(col->list_count == 0 || col->lists[col->list_count - 1].row < row);
    if (!reserve_list(col) || !reserve_elements(col, list->count)) return false;
    memcpy(&col->elements[col->element_count], list->elements,
           list->count * sizeof *list->elements);
    col->element_count += list->count;
    col->lists[col->list_count++] = (column_list){.row = row,
                                                  .type = (uint16_t)list->type,
                                                  .doubles = (uint16_t)list->doubles,
                                                  .end = col->element_count};
    return true;
}

static const char *broken_numbers(const uint64_t *doubles, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        double number;
        memcpy(&number, &doubles[i], sizeof number);
        if (isnan(number)) return "a number in a list is NaN";
        if (fits_integer(number)) return "a whole number in a list is a double";
    }
    return NULL;
}

/* What is wrong with the elements of a list, or NULL; texts is the number of interned strings. */
static const char *broken_list(list_type type, uint32_t doubles, const uint64_t *elements,
                               uint32_t count, uint32_t texts)
{
    if (count == 0 || count > METADATA_MAX_ELEMENTS) return "a list is empty or too long";
    if (doubles > (type == LIST_OF_NUMBERS ? count : 0)) return "a list has doubles past its end";
    switch (type) {
    case LIST_OF_NUMBERS:
        return broken_numbers(elements + count - doubles, doubles);
    case LIST_OF_STRINGS:
        for (uint32_t i = 0; i < count; i++)
            if (elements[i] == INTERNED_NONE || elements[i] > texts)
                return "a string in a list has no text";
        return NULL;
    case LIST_OF_BOOLS:
        for (uint32_t i = 0; i < count; i++)
            if (elements[i] > 1) return "a boolean in a list is neither true nor false";
        return NULL;
    }
    return "a list is of no type";
}

/* Is there a scalar of the row? Rows ascend from call to call: *at is where the last search was. */
static bool has_scalar(const column *col, uint32_t row, uint32_t *at)
{
    while (*at < col->count && col->blocks[*at].word < row / BLOCK_ROWS)
        ++*at;
    return *at < col->count && col->blocks[*at].word == row / BLOCK_ROWS &&
           (block_present(&col->blocks[*at]) >> row % BLOCK_ROWS & 1);
}

const char *column_broken_lists(const columns *c, const column *col)
{
    uint32_t at = 0;
    if (col->list_count > col->list_capacity || col->element_count > col->element_capacity)
        return "there are more lists than room";
    for (uint32_t i = 0; i < col->list_count; i++) {
        const column_list *list = &col->lists[i];
        uint64_t start = column_list_start(col, i);
        if (i > 0 && list[-1].row >= list->row) return "rows of lists do not ascend";
        if (list->row < c->first || list->row >= c->end)
            return "a row outside the segment has a list";
        if (has_scalar(col, list->row, &at)) return "a row has a list and a scalar";
        if (list->end <= start || list->end - start > METADATA_MAX_ELEMENTS ||
            list->end > col->element_count)
            return "a list is empty or ends outside the elements";
        const char *broken =
            broken_list((list_type)list->type, list->doubles, &col->elements[start],
                        (uint32_t)(list->end - start), c->texts.count);
        if (broken) return broken;
    }
    return col->list_count == 0 || col->lists[col->list_count - 1].end == col->element_count
               ? NULL
               : "there are elements of no list";
}

const char *column_broken_sparse(const columns *c, const column *col)
{
    uint32_t at = 0, list = 0;
    const char *broken = sparse_lists_broken(&col->sparse, c->first, c->end);
    for (uint32_t i = 0; !broken && i < col->sparse.row_count; i++) {
        const uint32_t row = col->sparse.rows[i];
        while (list < col->list_count && col->lists[list].row < row)
            list++;
        if (has_scalar(col, row, &at) || (list < col->list_count && col->lists[list].row == row))
            broken = "a row has a sparse vector and another value";
    }
    return broken;
}
