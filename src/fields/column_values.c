/* column_values.c - making the lists of values, and walking them; see column_values.h.
 *
 * All values of one kind, with their rows, are gathered in the order of rows and sorted by a radix sort, a byte
 * at a time from the lowest, which keeps that order among equal ones. Bytes that all values share, of
 * which there are many in small numbers, cost no pass. */
#include "fields/column_values.h"

#include "base/size.h"
#include "fields/columns_private.h"

#include <stdlib.h>

enum { DIGITS = 256, DIGIT_BITS = 8, DIGITS_OF_VALUE = 8 };

typedef struct valued_row {
    uint64_t value;
    uint32_t row;
} valued_row;

column_lookup *column_lookup_new(void)
{
    return heap_new_array(1, sizeof(column_lookup));
}

static void values_free(column_values *v)
{
    if (!v) return;
    for (int kind = 0; kind < VALUE_KINDS; kind++) {
        free(v->lists[kind].values);
        free(v->lists[kind].ends);
        free(v->lists[kind].rows);
    }
    free(v);
}

/* Acquire: the lists were filled before they were published. */
static column_values *values_of(const column_lookup *l)
{
    return atomic_load_explicit(&l->values, memory_order_acquire);
}

void column_lookup_free(column_lookup *l)
{
    if (!l) return;
    values_free(values_of(l));
    free(l);
}

static size_t list_rows(const value_list *l)
{
    return l->count ? l->ends[l->count - 1] : 0;
}

size_t column_lookup_bytes(const column_lookup *l)
{
    size_t bytes = sizeof *l;
    const column_values *v = values_of(l);
    if (!v) return bytes;
    bytes += sizeof *v;
    for (int kind = 0; kind < VALUE_KINDS; kind++) {
        const value_list *list = &v->lists[kind];
        bytes += list->count * (sizeof *list->values + sizeof *list->ends) +
                 list_rows(list) * sizeof *list->rows;
    }
    return bytes;
}

/* ---- gathered ---- */

static uint64_t mask_of(const column_block *b, value_kind kind)
{
    if (kind == VALUES_STRINGS) return b->strings;
    return kind == VALUES_INTEGERS ? b->integers : b->doubles;
}

static uint64_t value_in_block(const column_block *b, value_kind kind, uint32_t slot)
{
    if (kind == VALUES_STRINGS) return b->texts[slot];
    return kind == VALUES_INTEGERS ? value_of_integer(b->numbers[slot].integer)
                                   : value_of_double(b->numbers[slot].number);
}

/* Values of one kind that are no elements. out: NULL: they are only counted. */
static uint64_t gather_scalars(const column *col, value_kind kind, valued_row *out)
{
    uint64_t count = 0;
    for (uint32_t i = 0; i < col->count; i++) {
        const column_block *b = &col->blocks[i];
        uint64_t bits = mask_of(b, kind);
        if (!out) count += (uint64_t)__builtin_popcountll(bits);
        for (; out && bits; bits &= bits - 1) {
            uint32_t slot = (uint32_t)__builtin_ctzll(bits);
            out[count++] = (valued_row){value_in_block(b, kind, slot), b->word * BLOCK_ROWS + slot};
        }
    }
    return count;
}

static list_type type_of(value_kind kind)
{
    if (kind == VALUES_LISTED_STRINGS) return LIST_OF_STRINGS;
    return kind == VALUES_LISTED_BOOLS ? LIST_OF_BOOLS : LIST_OF_NUMBERS;
}

static uint64_t value_of_element(uint64_t element, value_kind kind)
{
    double number;
    if (kind == VALUES_LISTED_INTEGERS) return value_of_integer((int64_t)element);
    if (kind != VALUES_LISTED_DOUBLES) return element;
    memcpy(&number, &element, sizeof number);
    return value_of_double(number);
}

/* The same of elements. */
static uint64_t gather_elements(const column *col, value_kind kind, valued_row *out)
{
    uint64_t count = 0;
    for (uint32_t i = 0; i < col->list_count; i++) {
        const column_list *list = &col->lists[i];
        if (list->type != (uint16_t)type_of(kind)) continue;
        uint64_t at = column_list_start(col, i), end = list->end;
        if (kind == VALUES_LISTED_DOUBLES)
            at = end - list->doubles;
        else
            end -= list->doubles;
        if (!out) count += end - at;
        for (; out && at < end; at++)
            out[count++] = (valued_row){value_of_element(col->elements[at], kind), list->row};
    }
    return count;
}

static uint64_t gather(const column *col, value_kind kind, valued_row *out)
{
    return kind < VALUES_LISTED_STRINGS ? gather_scalars(col, kind, out)
                                        : gather_elements(col, kind, out);
}

/* ---- sorted ---- */

static uint32_t digit_of(uint64_t value, uint32_t digit)
{
    return (uint32_t)(value >> digit * DIGIT_BITS) & (DIGITS - 1);
}

/* Sorts list[count] by value, equal ones as they were; `other` has room for as many. Gives the one of both
 * that has them. */
static valued_row *sort_rows(valued_row *list, valued_row *other, size_t count)
{
    uint64_t differing = 0;
    for (size_t i = 1; i < count; i++)
        differing |= list[i].value ^ list[0].value;
    for (uint32_t digit = 0; digit < DIGITS_OF_VALUE; digit++) {
        size_t places[DIGITS] = {0}, place = 0;
        if (digit_of(differing, digit) == 0) continue;
        for (size_t i = 0; i < count; i++)
            places[digit_of(list[i].value, digit)]++;
        for (uint32_t d = 0; d < DIGITS; d++) {
            size_t of_digit = places[d];
            places[d] = place;
            place += of_digit;
        }
        for (size_t i = 0; i < count; i++)
            other[places[digit_of(list[i].value, digit)]++] = list[i];
        valued_row *sorted = other;
        other = list;
        list = sorted;
    }
    return list;
}

/* From list[count], sorted. False: out of memory; what was made is the caller's. */
static bool fill_list(const valued_row *list, uint32_t count, value_list *out)
{
    uint32_t distinct = 0;
    for (uint32_t i = 0; i < count; i++)
        distinct += i == 0 || list[i].value != list[i - 1].value;
    out->values = heap_new_array(distinct, sizeof *out->values);
    out->ends = heap_new_array(distinct, sizeof *out->ends);
    out->rows = heap_new_array(count, sizeof *out->rows);
    if (!out->values || !out->ends || !out->rows) return false;
    for (uint32_t i = 0; i < count; i++) {
        out->rows[i] = list[i].row;
        if (i == 0 || list[i].value != list[i - 1].value) out->values[out->count++] = list[i].value;
        out->ends[out->count - 1] = i + 1;
    }
    return true;
}

static bool make_list(const column *col, value_kind kind, value_list *out)
{
    const uint64_t count = gather(col, kind, NULL);
    if (count == 0) return true;
    if (count > UINT32_MAX) return false;
    valued_row *list = heap_new_array(count, sizeof *list);
    valued_row *other = heap_new_array(count, sizeof *other);
    bool done = list && other;
    if (done) {
        (void)gather(col, kind, list);
        done = fill_list(sort_rows(list, other, count), (uint32_t)count, out);
    }
    free(list);
    free(other);
    return done;
}

bool column_values_make(const column *col)
{
    if (values_of(col->lookup)) return true;
    column_values *made = heap_new_array(1, sizeof *made);
    bool done = made != NULL;
    for (value_kind kind = 0; done && kind < VALUE_KINDS; kind++)
        done = make_list(col, kind, &made->lists[kind]);
    if (!done) {
        values_free(made);
        return false;
    }
    atomic_store_explicit(&col->lookup->values, made, memory_order_release);
    return true;
}

bool column_has_values(const column *col)
{
    return values_of(col->lookup) != NULL;
}

const column_values *column_values_of(const column *col)
{
    column_lookup *l = col->lookup;
    const column_values *v = values_of(l);
    if (v || (col->count < VALUES_FROM_BLOCKS && col->list_count < VALUES_FROM_BLOCKS * BLOCK_ROWS))
        return v;
    // Relaxed: a count. One thread comes to be the last that goes without, and that one makes them.
    if (atomic_fetch_add_explicit(&l->scans, 1, memory_order_relaxed) != VALUES_AFTER_SCANS)
        return NULL;
    if (!column_values_make(col)) atomic_store_explicit(&l->scans, 0, memory_order_relaxed);
    return values_of(l);
}

/* ---- asked ---- */

/* The first value that is not below `value`; l->count: none. */
static uint32_t find_from(const value_list *l, uint64_t value)
{
    uint32_t low = 0, length = l->count;
    while (length > 0) {
        uint32_t half = length / 2;
        bool before = l->values[low + half] < value;
        low = before ? low + half + 1 : low;
        length = before ? length - half - 1 : half;
    }
    return low;
}

static uint32_t start_of(const value_list *l, uint32_t i)
{
    return i ? l->ends[i - 1] : 0;
}

static void add_rows(const value_list *l, uint32_t start, uint32_t end, bitset *out)
{
    for (uint32_t i = start; i < end; i++)
        if (l->rows[i] < out->count) bitset_set(out, l->rows[i]);
}

void value_list_match(const value_list *l, uint64_t low, uint64_t high, bitset *out)
{
    const uint32_t first = find_from(l, low);
    if (low > high || first == l->count || l->values[first] > high) return;
    uint32_t end = first;
    if (low == high)
        end = first + 1;
    else
        end = high == UINT64_MAX ? l->count : find_from(l, high + 1);
    add_rows(l, start_of(l, first), l->ends[end - 1], out);
}

const uint32_t *value_list_rows(const value_list *l, uint64_t value, uint32_t *count)
{
    const uint32_t at = find_from(l, value);
    const bool is_there = at < l->count && l->values[at] == value;
    *count = is_there ? l->ends[at] - start_of(l, at) : 0;
    return is_there ? l->rows + start_of(l, at) : NULL;
}

void value_list_match_at(const value_list *l, uint32_t i, bitset *out)
{
    add_rows(l, start_of(l, i), l->ends[i], out);
}

/* ---- verified ---- */

static const char *broken_list(const columns *c, const value_list *l)
{
    for (uint32_t i = 0; i < l->count; i++) {
        if (i > 0 && l->values[i - 1] >= l->values[i]) return "listed values do not ascend";
        if (start_of(l, i) >= l->ends[i]) return "a listed value has no rows";
        for (uint32_t at = start_of(l, i); at < l->ends[i]; at++) {
            if (l->rows[at] < c->first || l->rows[at] >= c->end)
                return "a listed row is outside the segment";
            if (at > start_of(l, i) && l->rows[at - 1] > l->rows[at])
                return "listed rows do not ascend";
        }
    }
    return NULL;
}

const char *column_broken_values(const columns *c, const column *col)
{
    const column_values *v = values_of(col->lookup);
    for (value_kind kind = 0; v && kind < VALUE_KINDS; kind++) {
        const char *broken = broken_list(c, &v->lists[kind]);
        if (broken) return broken;
        if (list_rows(&v->lists[kind]) != gather(col, kind, NULL))
            return "the listed values are not all that there are";
    }
    return NULL;
}
