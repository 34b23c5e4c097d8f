/* columns_condition.c - what a condition asks of a column, in the form in which columns hold their values: an interval of numbers,
 * an element of lists, a boolean.
 *
 * Exactness across types. An integer bound becomes an interval of doubles, and a double bound one
 * of integers, such that a stored value is inside exactly when it satisfies the comparison with the
 * unrounded bound. Where the bound is not representable in the other type, the next value inside is
 * taken; where no value can be inside, the interval is empty. */
#include "fields/columns_private.h"
#include "fields/filter_private.h"

#include <math.h>

static const number_range ALL_NUMBERS = {INT64_MIN, INT64_MAX, -INFINITY, INFINITY};

static void exclude_integers(number_range *r)
{
    r->low = INT64_MAX;
    r->high = INT64_MIN;
}

/* Narrows the intervals to numbers > v, or >= v.
 * For an integer v the double nearest to it may lie on either side; `order` says on which (< 0: the
 * double is larger), and with that whether it is itself inside or the next one is. */
static void range_above(number_range *r, const metadata_value *v, bool or_equal)
{
    if (v->kind == METADATA_INTEGER) {
        double near = (double)v->integer;
        int order = compare_integer_with_double(v->integer, near);
        r->low_double = order < 0 || (order == 0 && or_equal) ? near : nextafter(near, INFINITY);
        if (or_equal)
            r->low = v->integer;
        else if (v->integer == INT64_MAX)
            exclude_integers(r);
        else
            r->low = v->integer + 1;
        return;
    }
    double bound = v->number;
    r->low_double = or_equal ? bound : nextafter(bound, INFINITY);
    if (bound >= 0x1p63)
        exclude_integers(r);
    else if (bound >= -0x1p63)
        r->low = or_equal ? (int64_t)ceil(bound) : (int64_t)floor(bound) + 1;
}

/* Narrows the intervals to numbers < v, or <= v: the mirror of range_above. */
static void range_below(number_range *r, const metadata_value *v, bool or_equal)
{
    if (v->kind == METADATA_INTEGER) {
        double near = (double)v->integer;
        int order = compare_integer_with_double(v->integer, near);
        r->high_double = order > 0 || (order == 0 && or_equal) ? near : nextafter(near, -INFINITY);
        if (or_equal)
            r->high = v->integer;
        else if (v->integer == INT64_MIN)
            exclude_integers(r);
        else
            r->high = v->integer - 1;
        return;
    }
    double bound = v->number;
    r->high_double = or_equal ? bound : nextafter(bound, -INFINITY);
    if (bound < -0x1p63 || (bound == -0x1p63 && !or_equal))
        exclude_integers(r);
    else if (bound < 0x1p63)
        r->high = or_equal ? (int64_t)floor(bound) : (int64_t)ceil(bound) - 1;
}

number_range columns_range_of(const filter *f, const metadata_value *v)
{
    number_range r = ALL_NUMBERS;
    if (f->kind != FILTER_LESS) range_above(&r, v, f->kind == FILTER_ONE_OF || f->or_equal);
    if (f->kind != FILTER_GREATER) range_below(&r, v, f->kind == FILTER_ONE_OF || f->or_equal);
    return r;
}

bool columns_find_wanted(const columns *c, const metadata_value *v, wanted_element *w)
{
    *w = (wanted_element){.type = LIST_OF_BOOLS, .element = v->kind == METADATA_BOOL && v->boolean};
    if (value_is_number(v)) {
        w->type = LIST_OF_NUMBERS;
        w->is_double = !number_to_element(v, &w->element);
    } else if (v->kind == METADATA_STRING) {
        w->type = LIST_OF_STRINGS;
        w->element = interned_find(&c->texts, v->string);
        return w->element != INTERNED_NONE;
    }
    return true;
}

void columns_match_bool(const column *col, bool value, bitset *out)
{
    for (uint32_t i = 0; i < col->count; i++) {
        const column_block *b = &col->blocks[i];
        if ((uint64_t)b->word * BLOCK_ROWS >= out->count) return;
        out->words[b->word] |= value ? b->truths : b->bools & ~b->truths;
    }
}
