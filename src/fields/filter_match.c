/* filter_match.c - a filter on one value and on one point, and the order of values.
 * columns_match.c must agree with this for every filter and record; the unit tests and fuzz_filter
 * hold the two against each other. A missing value is a NULL here: see leaf_matches for what it
 * means. */
#include "fields/filter_private.h"

bool value_is_number(const metadata_value *v)
{
    return v->kind == METADATA_INTEGER || v->kind == METADATA_DOUBLE;
}

int compare_integer_with_double(int64_t a, double b)
{
    if (b >= 0x1p63) return -1;
    if (b < -0x1p63) return 1;
    int64_t whole = (int64_t)b;
    if (a != whole) return a < whole ? -1 : 1;
    double fraction = b - (double)whole; // exact: `whole` came from a double
    return (fraction < 0) - (fraction > 0);
}

static int compare_numbers(const metadata_value *a, const metadata_value *b)
{
    if (a->kind == METADATA_INTEGER && b->kind == METADATA_INTEGER)
        return (a->integer > b->integer) - (a->integer < b->integer);
    if (a->kind == METADATA_INTEGER) return compare_integer_with_double(a->integer, b->number);
    if (b->kind == METADATA_INTEGER) return -compare_integer_with_double(b->integer, a->number);
    return (a->number > b->number) - (a->number < b->number);
}

/* The rank of the type in value_compare. */
static int value_class(const metadata_value *v)
{
    if (v->kind == METADATA_BOOL) return 0;
    if (value_is_number(v)) return 1;
    return v->kind == METADATA_STRING ? 2 : 3;
}

int value_compare(const metadata_value *a, const metadata_value *b)
{
    if (value_class(a) != value_class(b)) return value_class(a) - value_class(b);
    if (a->kind == METADATA_BOOL) return a->boolean - b->boolean;
    if (a->kind == METADATA_STRING) return view_compare(a->string, b->string);
    return compare_numbers(a, b);
}

bool filter_has_value(const filter *f, const metadata_value *v)
{
    uint32_t low = 0, high = f->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        int order = value_compare(&f->values[middle], v);
        if (order == 0) return true;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return false;
}

static bool list_has(const metadata_value *list, const metadata_value *wanted)
{
    for (uint32_t i = 0; i < list->list.count; i++)
        if (value_compare(&list->list.elements[i], wanted) == 0) return true;
    return false;
}

static bool one_of_has(const filter *f, const metadata_value *v)
{
    if (v->kind != METADATA_LIST) return filter_has_value(f, v);
    for (uint32_t i = 0; !f->is_strict && i < v->list.count; i++)
        if (filter_has_value(f, &v->list.elements[i])) return true;
    return false;
}

static bool string_matches(const filter *f, const metadata_value *v)
{
    if (v->kind == METADATA_STRING) return filter_accepts_string(f, v->string);
    if (v->kind != METADATA_LIST || !filter_looks_into_lists(f)) return false;
    for (uint32_t i = 0; i < v->list.count; i++)
        if (v->list.elements[i].kind == METADATA_STRING &&
            filter_accepts_string(f, v->list.elements[i].string))
            return true;
    return false;
}

/* v is NULL when the record lacks the field: then the negated conditions hold and all others fail.
 */
static bool leaf_matches(const filter *f, const metadata_value *v)
{
    if (f->kind == FILTER_HOLDS)
        return (v && v->kind == METADATA_LIST && list_has(v, &f->values[0])) != f->negated;
    if (f->kind == FILTER_ONE_OF) return (v && one_of_has(f, v)) != f->negated;
    if (filter_is_of_string(f)) return v && string_matches(f, v);
    if (!v || !value_is_number(v)) return false;
    int order = compare_numbers(v, &f->values[0]);
    if (order == 0) return f->or_equal;
    return f->kind == FILTER_GREATER ? order > 0 : order < 0;
}

static bool text_contains(view text, view part)
{
    return text.data && (part.size == 0 || memmem(text.data, text.size, part.data, part.size));
}

static bool group_matches(const filter *f, const filter_point *p)
{
    bool decisive = f->kind == FILTER_ANY;
    for (uint32_t i = 0; i < f->count; i++)
        if (filter_matches(f->children[i], p) == decisive) return decisive;
    return !decisive;
}

bool filter_matches(const filter *f, const filter_point *p)
{
    const metadata_value id = {METADATA_STRING, .string = p->id};
    switch (f->kind) {
    case FILTER_ALL:
    case FILTER_ANY:
        return group_matches(f, p);
    case FILTER_ID:
        return filter_has_value(f, &id) != f->negated;
    case FILTER_TEXT:
        return text_contains(p->text, f->values[0].string) != f->negated;
    case FILTER_PATTERN:
        return (p->text.data && regex_finds(f->pattern, p->text)) != f->negated;
    case FILTER_ONE_OF:
    case FILTER_GREATER:
    case FILTER_LESS:
    case FILTER_AFTER:
    case FILTER_BEFORE:
    case FILTER_PREFIX:
    case FILTER_GLOB:
    case FILTER_HOLDS:
    case FILTER_ROWS: // no point has a row here
        break;
    }
    CHECK(f->kind != FILTER_ROWS);
    return leaf_matches(f, metadata_get(p->fields, f->field));
}

unsigned filter_reads(const filter *f)
{
    return f->reads;
}

const filter *filter_of_rows(const bitset *rows, arena *a)
{
    filter *f = arena_new_array(a, filter, 1);
    if (f) *f = (filter){.kind = FILTER_ROWS, .level = 1, .rows = rows};
    return f;
}
