/* filter_build.c - the nodes of a filter, made one at a time, each checked against the limits.
 * Values of a condition are sorted here, once, so that matching can search them. */
#include "fields/filter_private.h"

#include "base/utf8.h"

#include <math.h>
#include <stdlib.h>

enum { NAME_SHOWN_BYTES = 64 };

typedef struct operator_rule {
    const char *name;
    filter_kind kind;
    bool negated, or_equal, takes_list;
} operator_rule;

static const operator_rule rules[] = {
    [FILTER_EQ] = {"$eq", FILTER_ONE_OF},
    [FILTER_NE] = {"$ne", FILTER_ONE_OF, .negated = true},
    [FILTER_GT] = {"$gt", FILTER_GREATER},
    [FILTER_GTE] = {"$gte", FILTER_GREATER, .or_equal = true},
    [FILTER_LT] = {"$lt", FILTER_LESS},
    [FILTER_LTE] = {"$lte", FILTER_LESS, .or_equal = true},
    [FILTER_IN] = {"$in", FILTER_ONE_OF, .takes_list = true},
    [FILTER_NIN] = {"$nin", FILTER_ONE_OF, .negated = true, .takes_list = true},
    [FILTER_CONTAINS] = {"$contains", FILTER_HOLDS},
    [FILTER_NOT_CONTAINS] = {"$not_contains", FILTER_HOLDS, .negated = true},
    [FILTER_PREFIX_OF] = {"$prefix", FILTER_PREFIX},
    [FILTER_GLOB_OF] = {"$glob", FILTER_GLOB},
    [FILTER_REGEX] = {"$regex", FILTER_PATTERN},
    [FILTER_NOT_REGEX] = {"$not_regex", FILTER_PATTERN, .negated = true},
};

const char *filter_operator_name(filter_operator op)
{
    return rules[op].name;
}

view filter_shown_name(view name)
{
    return view_slice(
        name, 0, utf8_floor(name, name.size < NAME_SHOWN_BYTES ? name.size : NAME_SHOWN_BYTES));
}

static kith_status out_of_memory(kith_error *err)
{
    return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a filter");
}

static kith_status new_node(filter_builder *b, filter_kind kind, filter **out, kith_error *err)
{
    if (b->nodes == KITH_FILTER_MAX_CONDITIONS)
        return fail(err, KITH_ERR_INVALID, "filter has more than %d conditions",
                    KITH_FILTER_MAX_CONDITIONS);
    b->nodes++;
    filter *f = arena_new_array(b->memory, filter, 1);
    if (!f) return out_of_memory(err);
    f->kind = kind;
    f->level = 1;
    *out = f;
    return KITH_OK;
}

static int compare_values(const void *a, const void *b)
{
    return value_compare(a, b);
}

static kith_status check_values(view field, const metadata_value *values, uint32_t count,
                                kith_error *err)
{
    for (uint32_t i = 0; i < count; i++) {
        bool is_nan = values[i].kind == METADATA_DOUBLE && isnan(values[i].number);
        if (values[i].kind == METADATA_LIST || is_nan)
            return fail(err, KITH_ERR_INVALID, "filter compares field '%.*s' with %s",
                        VIEW_ARG(filter_shown_name(field)), is_nan ? "NaN" : "a list");
    }
    return KITH_OK;
}

/* Which kind a condition on "#document" or "#id" is.
 * Errors: KITH_ERR_INVALID when the operator is not for it, or a value is no string. */
static kith_status find_point_kind(bool is_id, const operator_rule *rule,
                                   const metadata_value *values, uint32_t count, filter_kind *kind,
                                   kith_error *err)
{
    bool fits = is_id ? rule->kind == FILTER_ONE_OF
                      : rule->kind == FILTER_HOLDS || rule->kind == FILTER_PATTERN;
    if (!fits)
        return fail(err, KITH_ERR_INVALID, "filter: %s has no operator %s, but %s",
                    is_id ? "#id" : "#document", rule->name,
                    is_id ? "$eq, $ne, $in and $nin"
                          : "$contains, $not_contains, $regex and $not_regex");
    for (uint32_t i = 0; i < count; i++)
        if (values[i].kind != METADATA_STRING)
            return fail(err, KITH_ERR_INVALID, "filter operator %s on %s takes %s", rule->name,
                        is_id ? "#id" : "#document", rule->takes_list ? "strings" : "a string");
    *kind = is_id ? FILTER_ID : rule->kind == FILTER_HOLDS ? FILTER_TEXT : FILTER_PATTERN;
    return KITH_OK;
}

static void free_pattern(void *pattern)
{
    regex_free(pattern);
}

/* Compiles the pattern, which lives as long as the builder's memory. */
static kith_status add_pattern(filter_builder *b, view text, filter *f, kith_error *err)
{
    regex *pattern = NULL;
    if (b->patterns == KITH_FILTER_MAX_PATTERNS)
        return fail(err, KITH_ERR_INVALID, "filter has more than %d regular expressions",
                    KITH_FILTER_MAX_PATTERNS);
    if (text.size > KITH_FILTER_MAX_PATTERN_BYTES)
        return fail(err, KITH_ERR_INVALID,
                    "filter has a regular expression of %zu bytes, the limit is %d", text.size,
                    KITH_FILTER_MAX_PATTERN_BYTES);
    kith_status status = regex_new(text, KITH_FILTER_MAX_PATTERN_MEMORY, &pattern, err);
    if (status != KITH_OK) return fail_context(err, status, "filter");
    if (!arena_on_end(b->memory, free_pattern, pattern)) {
        regex_free(pattern);
        return out_of_memory(err);
    }
    b->patterns++;
    f->pattern = pattern;
    return KITH_OK;
}

/* What an ordering compares with: a number, or a string that is a date, which makes it another
 * kind and sets *period; and whether a prefix or a pattern is a string. */
static kith_status check_operand(const operator_rule *rule, view field, const metadata_value *v,
                                 filter_kind *kind, date_period *period, kith_error *err)
{
    view shown = filter_shown_name(field);
    if (*kind == FILTER_PREFIX || *kind == FILTER_GLOB) {
        if (v->kind != METADATA_STRING)
            return fail(err, KITH_ERR_INVALID, "filter operator %s on field '%.*s' takes a string",
                        rule->name, VIEW_ARG(shown));
        if (*kind == FILTER_GLOB && v->string.size > KITH_FILTER_MAX_GLOB_BYTES)
            return fail(err, KITH_ERR_INVALID, "filter has a pattern of %zu bytes, the limit is %d",
                        v->string.size, KITH_FILTER_MAX_GLOB_BYTES);
        return KITH_OK;
    }
    if ((*kind != FILTER_GREATER && *kind != FILTER_LESS) || value_is_number(v)) return KITH_OK;
    bool is_date = v->kind == METADATA_STRING && date_parse(v->string, period);
    if (!is_date)
        return fail(err, KITH_ERR_INVALID,
                    "filter operator %s on field '%.*s' takes a number or a date (2024, 2024-06, "
                    "2024-06-01 or 2024-06-01T08:30Z)",
                    rule->name, VIEW_ARG(shown));
    *kind = *kind == FILTER_GREATER ? FILTER_AFTER : FILTER_BEFORE;
    return KITH_OK;
}

static unsigned reads_of(filter_kind kind)
{
    return kind == FILTER_ID        ? FILTER_READS_ID
           : kind == FILTER_TEXT    ? FILTER_READS_TEXT
           : kind == FILTER_PATTERN ? FILTER_READS_TEXT | FILTER_READS_PATTERN
                                    : 0U;
}

kith_status filter_leaf(filter_builder *b, filter_operator op, view field,
                        const metadata_value *values, uint32_t count, const filter **out,
                        kith_error *err)
{
    const operator_rule *rule = &rules[op];
    view shown = filter_shown_name(field);
    filter *f = NULL;
    date_period period = {0};
    filter_kind kind = rule->kind;
    bool is_id = view_equal(field, VIEW("#id")), is_text = view_equal(field, VIEW("#document"));
    if (field.size == 0)
        return fail(err, KITH_ERR_INVALID, "filter names a field with an empty name");
    if (kind == FILTER_PATTERN && !is_text)
        return fail(err, KITH_ERR_INVALID, "filter operator %s is for #document, not for '%.*s'",
                    rule->name, VIEW_ARG(shown));
    if (count == 0 || (count > 1 && !rule->takes_list))
        return fail(err, KITH_ERR_INVALID, "filter operator %s on field '%.*s' takes %s",
                    rule->name, VIEW_ARG(shown),
                    rule->takes_list ? "a list of values" : "one value");
    if (count > KITH_FILTER_MAX_VALUES - b->values)
        return fail(err, KITH_ERR_INVALID, "filter has more than %d values",
                    KITH_FILTER_MAX_VALUES);
    kith_status status = check_values(field, values, count, err);
    if (status == KITH_OK && (is_id || is_text))
        status = find_point_kind(is_id, rule, values, count, &kind, err);
    if (status == KITH_OK) status = check_operand(rule, field, &values[0], &kind, &period, err);
    if (status == KITH_OK) status = new_node(b, kind, &f, err);
    if (status != KITH_OK) return status;
    f->period = period;
    f->is_strict = b->is_strict;
    f->negated = rule->negated;
    f->reads = reads_of(kind);
    if (kind == FILTER_PATTERN) {
        status = add_pattern(b, values[0].string, f, err);
        if (status == KITH_OK) *out = f;
        return status;
    }
    metadata_value *sorted = arena_new_array(b->memory, metadata_value, count);
    if (!sorted) return out_of_memory(err);
    memcpy(sorted, values, count * sizeof *values);
    qsort(sorted, count, sizeof *sorted, compare_values);
    f->or_equal = rule->or_equal;
    f->field = field;
    f->values = sorted;
    f->count = count;
    b->values += count;
    *out = f;
    return KITH_OK;
}

kith_status filter_group(filter_builder *b, filter_join join, const filter *const *children,
                         uint32_t count, const filter **out, kith_error *err)
{
    filter *group = NULL;
    if (join == FILTER_AND && count == 1) {
        *out = children[0];
        return KITH_OK;
    }
    kith_status status = new_node(b, join == FILTER_AND ? FILTER_ALL : FILTER_ANY, &group, err);
    if (status != KITH_OK) return status;
    const filter **copy = arena_new_array(b->memory, const filter *, count);
    if (!copy) return out_of_memory(err);
    for (uint32_t i = 0; i < count; i++) {
        copy[i] = children[i];
        group->reads |= children[i]->reads;
        if (children[i]->level >= group->level) group->level = children[i]->level + 1;
    }
    if (group->level > FILTER_MAX_LEVELS)
        return fail(err, KITH_ERR_INVALID, "filter has more than %d levels", FILTER_MAX_LEVELS);
    group->children = copy;
    group->count = count;
    *out = group;
    return KITH_OK;
}
