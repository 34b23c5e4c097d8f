/* filter_parse.c - from JSON to a tree of conditions.
 * Filters are untrusted input: depth, nodes and values are bounded, and every refusal names what is
 * wrong. An object with several members is the $and of them, so that
 * {"year": {"$gte": 1, "$lt": 5}} means both. Values of a condition are sorted here, once, so that
 * matching can search them. */
#include "fields/filter_private.h"

#include "base/json.h"
#include "base/utf8.h"

#include <stdlib.h>

enum { NAME_SHOWN_BYTES = 64 };

typedef struct parser {
    arena *memory;
    kith_error *err;
    uint32_t nodes, values, depth;
} parser;

/* The beginning of a name, cut between characters: enough for an error message. */
static view shown(view name)
{
    return view_slice(
        name, 0, utf8_floor(name, name.size < NAME_SHOWN_BYTES ? name.size : NAME_SHOWN_BYTES));
}

static kith_status out_of_memory(parser *p)
{
    return fail(p->err, KITH_ERR_NO_MEMORY, "out of memory for a filter");
}

static kith_status new_node(parser *p, filter_kind kind, view field, filter **out)
{
    if (++p->nodes > FILTER_MAX_NODES)
        return fail(p->err, KITH_ERR_INVALID, "filter has more than %d conditions",
                    FILTER_MAX_NODES);
    filter *f = arena_new_array(p->memory, filter, 1);
    if (!f) return out_of_memory(p);
    f->kind = kind;
    f->field = field;
    *out = f;
    return KITH_OK;
}

static kith_status read_value(parser *p, view field, const json_value *json, metadata_value *out)
{
    if (++p->values > FILTER_MAX_VALUES)
        return fail(p->err, KITH_ERR_INVALID, "filter has more than %d values", FILTER_MAX_VALUES);
    switch (json->kind) {
    case JSON_BOOL:
        *out = (metadata_value){METADATA_BOOL, .boolean = json->boolean};
        return KITH_OK;
    case JSON_INTEGER:
        *out = (metadata_value){METADATA_INTEGER, .integer = json->integer};
        return KITH_OK;
    case JSON_DOUBLE:
        *out = (metadata_value){METADATA_DOUBLE, .number = json->number};
        return KITH_OK;
    case JSON_STRING:
        *out = (metadata_value){METADATA_STRING, .string = json->string};
        return KITH_OK;
    case JSON_NULL:
    case JSON_ARRAY:
    case JSON_OBJECT:
        break;
    }
    return fail(p->err, KITH_ERR_INVALID,
                "filter compares field '%.*s' with something that is no string, number or boolean",
                VIEW_ARG(shown(field)));
}

static int compare_values(const void *a, const void *b)
{
    return value_compare(a, b);
}

static kith_status parse_values(parser *p, const json_value *const *list, uint32_t count, filter *f)
{
    metadata_value *values = arena_new_array(p->memory, metadata_value, count);
    if (!values) return out_of_memory(p);
    for (uint32_t i = 0; i < count; i++) {
        kith_status status = read_value(p, f->field, list[i], &values[i]);
        if (status != KITH_OK) return status;
    }
    qsort(values, count, sizeof *values, compare_values);
    f->values = values;
    f->count = count;
    return KITH_OK;
}

typedef struct operator_rule {
    const char *name;
    filter_kind kind;
    bool negated, or_equal, takes_list;
} operator_rule;

static const operator_rule operators[] = {
    {"$eq", FILTER_ONE_OF},
    {"$ne", FILTER_ONE_OF, .negated = true},
    {"$in", FILTER_ONE_OF, .takes_list = true},
    {"$nin", FILTER_ONE_OF, .negated = true, .takes_list = true},
    {"$gt", FILTER_GREATER},
    {"$gte", FILTER_GREATER, .or_equal = true},
    {"$lt", FILTER_LESS},
    {"$lte", FILTER_LESS, .or_equal = true},
};

static const operator_rule *find_operator(view name)
{
    for (size_t i = 0; i < sizeof operators / sizeof operators[0]; i++)
        if (view_equal(name, view_of(operators[i].name))) return &operators[i];
    return NULL;
}

/* {"$op": operand} of one field */
static kith_status parse_condition(parser *p, view field, const json_member *m, const filter **out)
{
    const operator_rule *rule = find_operator(m->key);
    if (!rule)
        return fail(p->err, KITH_ERR_INVALID, "filter has unknown operator '%.*s' on field '%.*s'",
                    VIEW_ARG(shown(m->key)), VIEW_ARG(shown(field)));
    filter *f = NULL;
    kith_status status = new_node(p, rule->kind, field, &f);
    if (status != KITH_OK) return status;
    f->negated = rule->negated;
    f->or_equal = rule->or_equal;
    if (!rule->takes_list) {
        status = parse_values(p, &m->value, 1, f);
    } else if (m->value->kind != JSON_ARRAY || m->value->count == 0) {
        status = fail(p->err, KITH_ERR_INVALID,
                      "filter operator %s on field '%.*s' takes a list of values", rule->name,
                      VIEW_ARG(shown(field)));
    } else {
        status = parse_values(p, m->value->elements, m->value->count, f);
    }
    if (status != KITH_OK) return status;
    if (rule->kind != FILTER_ONE_OF && !value_is_number(&f->values[0]))
        return fail(p->err, KITH_ERR_INVALID, "filter operator %s on field '%.*s' takes a number",
                    rule->name, VIEW_ARG(shown(field)));
    *out = f;
    return KITH_OK;
}

/* Parses one member of an object, or one element of a list, into *out. */
typedef kith_status (*parse_child)(parser *p, view field, const json_value *from, uint32_t i,
                                   const filter **out);

/* Makes a node of `kind` with a child for each member or element of `from`. An $and of one child is
 * that child. */
static kith_status parse_group(parser *p, filter_kind kind, view field, const json_value *from,
                               parse_child parse, const filter **out)
{
    if (kind == FILTER_ALL && from->count == 1) return parse(p, field, from, 0, out);
    filter *group = NULL;
    kith_status status = new_node(p, kind, (view){0}, &group);
    if (status != KITH_OK) return status;
    const filter **children = arena_new_array(p->memory, const filter *, from->count);
    if (!children) return out_of_memory(p);
    for (uint32_t i = 0; i < from->count; i++) {
        status = parse(p, field, from, i, &children[i]);
        if (status != KITH_OK) return status;
    }
    group->children = children;
    group->count = from->count;
    *out = group;
    return KITH_OK;
}

static kith_status parse_nth_condition(parser *p, view field, const json_value *from, uint32_t i,
                                       const filter **out)
{
    return parse_condition(p, field, &from->members[i], out);
}

static kith_status parse_field(parser *p, view field, const json_value *value, const filter **out)
{
    if (value->kind != JSON_OBJECT) {
        const json_member equals = {VIEW("$eq"), value};
        return parse_condition(p, field, &equals, out);
    }
    if (value->count == 0)
        return fail(p->err, KITH_ERR_INVALID, "filter has no operator on field '%.*s'",
                    VIEW_ARG(shown(field)));
    return parse_group(p, FILTER_ALL, field, value, parse_nth_condition, out);
}

static kith_status parse_object(parser *p, const json_value *json, const filter **out);

static kith_status parse_nth_element(parser *p, view field, const json_value *from, uint32_t i,
                                     const filter **out)
{
    (void)field;
    return parse_object(p, from->elements[i], out);
}

static kith_status parse_nth_member(parser *p, view field, const json_value *from, uint32_t i,
                                    const filter **out)
{
    (void)field;
    const json_member *m = &from->members[i];
    bool all = view_equal(m->key, VIEW("$and")), any = view_equal(m->key, VIEW("$or"));
    if (m->key.size == 0)
        return fail(p->err, KITH_ERR_INVALID, "filter names a field with an empty name");
    if (!all && !any && m->key.data[0] == '$')
        return fail(p->err, KITH_ERR_INVALID, "filter has unknown operator '%.*s'",
                    VIEW_ARG(shown(m->key)));
    if (!all && !any) return parse_field(p, m->key, m->value, out);
    if (m->value->kind != JSON_ARRAY)
        return fail(p->err, KITH_ERR_INVALID, "filter operator %s takes a list of filters",
                    all ? "$and" : "$or");
    return parse_group(p, all ? FILTER_ALL : FILTER_ANY, (view){0}, m->value, parse_nth_element,
                       out);
}

static kith_status parse_object(parser *p, const json_value *json, const filter **out)
{
    if (json->kind != JSON_OBJECT)
        return fail(p->err, KITH_ERR_INVALID, "a filter is a JSON object");
    if (json->count == 0) return fail(p->err, KITH_ERR_INVALID, "empty filter");
    if (++p->depth > FILTER_MAX_DEPTH)
        return fail(p->err, KITH_ERR_INVALID, "filter is nested deeper than %d", FILTER_MAX_DEPTH);
    kith_status status = parse_group(p, FILTER_ALL, (view){0}, json, parse_nth_member, out);
    p->depth--;
    return status;
}

kith_status filter_parse(view json, arena *a, const filter **out, kith_error *err)
{
    parser p = {.memory = a, .err = err};
    const json_value *tree = NULL;
    if (json.size > FILTER_MAX_BYTES)
        return fail(err, KITH_ERR_INVALID, "filter has more than %d bytes", FILTER_MAX_BYTES);
    kith_status status = json_parse(json, FILTER_MAX_BYTES, a, &tree, err);
    if (status == KITH_ERR_LIMIT)
        return fail(err, KITH_ERR_INVALID, "filter is nested deeper than %d", FILTER_MAX_DEPTH);
    if (status != KITH_OK) return fail_context(err, status, "filter");
    return parse_object(&p, tree, out);
}
