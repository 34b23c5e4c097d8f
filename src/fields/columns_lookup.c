/* columns_lookup.c - a condition on a column whose values are listed (column_values.h): instead of a
 * look at every row, the rows of the values that satisfy it. */
#include "base/size.h"
#include "fields/column_values.h"
#include "fields/columns_private.h"
#include "fields/filter_private.h"

#include <string.h>

static void match_range(const column_values *v, const number_range *r, bitset *out)
{
    if (r->low <= r->high)
        value_list_match(&v->lists[VALUES_INTEGERS], value_of_integer(r->low),
                         value_of_integer(r->high), out);
    if (r->low_double <= r->high_double)
        value_list_match(&v->lists[VALUES_DOUBLES], value_of_double(r->low_double),
                         value_of_double(r->high_double), out);
}

/* Scalars that are equal to a number or a string. */
static void match_scalars(const columns *c, const column_values *v, const filter *f,
                          const metadata_value *value, bitset *out)
{
    if (value->kind == METADATA_STRING) {
        const uint32_t text = interned_find(&c->texts, value->string);
        if (text != INTERNED_NONE) value_list_match(&v->lists[VALUES_STRINGS], text, text, out);
        return;
    }
    const number_range range = columns_range_of(f, value);
    match_range(v, &range, out);
}

/* Lists of which an element is equal to the value. */
static void match_elements(const columns *c, const column_values *v, const metadata_value *value,
                           bitset *out)
{
    wanted_element wanted;
    if (!columns_find_wanted(c, value, &wanted)) return;
    value_kind kind = VALUES_LISTED_BOOLS;
    uint64_t listed = wanted.element;
    if (wanted.type == LIST_OF_STRINGS) {
        kind = VALUES_LISTED_STRINGS;
    } else if (wanted.type == LIST_OF_NUMBERS && wanted.is_double) {
        kind = VALUES_LISTED_DOUBLES;
        listed = value_of_double(value->number);
    } else if (wanted.type == LIST_OF_NUMBERS) {
        kind = VALUES_LISTED_INTEGERS;
        listed = value_of_integer((int64_t)wanted.element);
    }
    value_list_match(&v->lists[kind], listed, listed, out);
}

void columns_match_listed(const columns *c, const column *col, const column_values *v,
                          const filter *f, bitset *out)
{
    if (f->kind == FILTER_GREATER || f->kind == FILTER_LESS) {
        const number_range range = columns_range_of(f, &f->values[0]);
        match_range(v, &range, out);
        return;
    }
    for (uint32_t i = 0; i < f->count; i++) {
        const metadata_value *value = &f->values[i];
        if (f->kind == FILTER_ONE_OF && value->kind == METADATA_BOOL)
            columns_match_bool(col, value->boolean, out);
        else if (f->kind == FILTER_ONE_OF)
            match_scalars(c, v, f, value, out);
        if (!f->is_strict || f->kind == FILTER_HOLDS) match_elements(c, v, value, out);
    }
}

/* The one list that a value has in a segment; *count 0 where it has none. False: it has two, or there are no lists. */
static bool find_list(const columns *c, const filter *f, const uint32_t **rows, uint32_t *count)
{
    const metadata_value *value = &f->values[0];
    const column *col = columns_find_field(c, f->field);
    wanted_element element;
    *rows = NULL;
    *count = 0;
    if (!col) return true;
    if (!column_has_values(col)) return false;
    // Elements of lists would be a second one.
    if (!f->is_strict && col->list_count > 0 && columns_find_wanted(c, value, &element))
        return false;
    const value_list *lists = column_values_of(col)->lists;
    if (value->kind == METADATA_STRING) {
        const uint32_t text = interned_find(&c->texts, value->string);
        if (text != INTERNED_NONE) *rows = value_list_rows(&lists[VALUES_STRINGS], text, count);
        return true;
    }
    const number_range range = columns_range_of(f, value);
    uint32_t doubles = 0;
    const uint32_t *others = NULL;
    if (range.low <= range.high)
        *rows = value_list_rows(&lists[VALUES_INTEGERS], value_of_integer(range.low), count);
    if (range.low_double <= range.high_double)
        others =
            value_list_rows(&lists[VALUES_DOUBLES], value_of_double(range.low_double), &doubles);
    if (doubles > 0 && *count > 0) return false;
    if (doubles > 0) {
        *rows = others;
        *count = doubles;
    }
    return true;
}

static bool is_one_value(const filter *f)
{
    return f->kind == FILTER_ONE_OF && f->count == 1 && !f->negated &&
           (f->values[0].kind == METADATA_STRING || value_is_number(&f->values[0]));
}

bool columns_find_listed(const column_segments *list, const filter *f, const bitset *live,
                         uint32_t rows, uint32_t most, uint32_t **out, uint32_t *count)
{
    const uint32_t *found;
    uint32_t found_count, all = 0, kept = 0;
    if (!is_one_value(f)) return false;
    for (uint32_t i = 0; i < list->count; i++) {
        if (!find_list(list->segments[i], f, &found, &found_count)) return false;
        if (found_count > most - all) return false;
        all += found_count;
    }
    uint32_t *made = heap_new_array(all, sizeof *made);
    if (!made) return false;
    for (uint32_t i = 0; i < list->count; i++) {
        (void)find_list(list->segments[i], f, &found, &found_count);
        while (found_count > 0 && found[found_count - 1] >= rows)
            found_count--;
        if (!live && found_count > 0) memcpy(made + kept, found, found_count * sizeof *made);
        if (!live) kept += found_count;
        for (uint32_t at = 0; live && at < found_count; at++) {
            made[kept] = found[at];
            kept += bitset_has(live, found[at]);
        }
    }
    *out = made;
    *count = kept;
    return true;
}

static void match_strings(const columns *c, const value_list *l, const filter *f, bitset *out)
{
    for (uint32_t i = 0; i < l->count; i++)
        if (filter_accepts_string(f, interned_text(&c->texts, (uint32_t)l->values[i])))
            value_list_match_at(l, i, out);
}

void columns_match_listed_strings(const columns *c, const column_values *v, const filter *f,
                                  bitset *out)
{
    match_strings(c, &v->lists[VALUES_STRINGS], f, out);
    if (filter_looks_into_lists(f)) match_strings(c, &v->lists[VALUES_LISTED_STRINGS], f, out);
}
