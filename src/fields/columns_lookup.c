/* columns_lookup.c - a condition on a column whose values are listed (column_values.h): instead of a
 * look at every row, the rows of the values that satisfy it. */
#include "fields/column_values.h"
#include "fields/columns_private.h"
#include "fields/filter_private.h"

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
