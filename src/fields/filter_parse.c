/* filter_parse.c - from JSON to a tree of conditions.
 * Filters are untrusted input: bytes and depth are bounded here, nodes and values where nodes are
 * made (filter_build.c), and every refusal names what is wrong. An object with several members is
 * the $and of them, so that {"year": {"$gte": 1, "$lt": 5}} means both. */
#include "fields/filter_private.h"

#include "base/json.h"

typedef struct parser {
    filter_builder builder;
    kith_error *err;
    uint32_t depth;
} parser;

static kith_status out_of_memory(parser *p)
{
    return fail(p->err, KITH_ERR_NO_MEMORY, "out of memory for a filter");
}

/* A condition whose values are those of `list`. */
static kith_status parse_leaf(parser *p, filter_operator op, view field,
                              const json_value *const *list, uint32_t count, const filter **out)
{
    if (count > KITH_FILTER_MAX_VALUES)
        return fail(p->err, KITH_ERR_INVALID, "filter has more than %d values",
                    KITH_FILTER_MAX_VALUES);
    metadata_value *values = arena_new_array(p->builder.memory, metadata_value, count);
    if (!values) return out_of_memory(p);
    for (uint32_t i = 0; i < count; i++)
        if (!metadata_scalar_from_json(list[i], &values[i]))
            return fail(
                p->err, KITH_ERR_INVALID,
                "filter compares field '%.*s' with something that is no string, number or boolean",
                VIEW_ARG(filter_shown_name(field)));
    return filter_leaf(&p->builder, op, field, values, count, out, p->err);
}

static bool find_operator(view name, filter_operator *op)
{
    for (int i = FILTER_EQ; i <= FILTER_NOT_REGEX; i++) {
        if (!view_equal(name, view_of(filter_operator_name((filter_operator)i)))) continue;
        *op = (filter_operator)i;
        return true;
    }
    return false;
}

/* {"$op": operand} of one field */
static kith_status parse_condition(parser *p, view field, const json_member *m, const filter **out)
{
    filter_operator op;
    if (!find_operator(m->key, &op))
        return fail(p->err, KITH_ERR_INVALID, "filter has unknown operator '%.*s' on field '%.*s'",
                    VIEW_ARG(filter_shown_name(m->key)), VIEW_ARG(filter_shown_name(field)));
    if (op != FILTER_IN && op != FILTER_NIN) return parse_leaf(p, op, field, &m->value, 1, out);
    if (m->value->kind != JSON_ARRAY)
        return fail(p->err, KITH_ERR_INVALID,
                    "filter operator %s on field '%.*s' takes a list of values",
                    filter_operator_name(op), VIEW_ARG(filter_shown_name(field)));
    return parse_leaf(p, op, field, m->value->elements, m->value->count, out);
}

/* Parses one member of an object, or one element of a list, into *out. */
typedef kith_status (*parse_child)(parser *p, view field, const json_value *from, uint32_t i,
                                   const filter **out);

/* Joins what each member or element of `from` is parsed into. */
static kith_status parse_group(parser *p, filter_join join, view field, const json_value *from,
                               parse_child parse, const filter **out)
{
    if (from->count > KITH_FILTER_MAX_CONDITIONS)
        return fail(p->err, KITH_ERR_INVALID, "filter has more than %d conditions",
                    KITH_FILTER_MAX_CONDITIONS);
    const filter **children = arena_new_array(p->builder.memory, const filter *, from->count);
    if (!children) return out_of_memory(p);
    for (uint32_t i = 0; i < from->count; i++) {
        kith_status status = parse(p, field, from, i, &children[i]);
        if (status != KITH_OK) return status;
    }
    return filter_group(&p->builder, join, children, from->count, out, p->err);
}

static kith_status parse_nth_condition(parser *p, view field, const json_value *from, uint32_t i,
                                       const filter **out)
{
    return parse_condition(p, field, &from->members[i], out);
}

static kith_status parse_field(parser *p, view field, const json_value *value, const filter **out)
{
    if (value->kind != JSON_OBJECT) return parse_leaf(p, FILTER_EQ, field, &value, 1, out);
    if (value->count == 0)
        return fail(p->err, KITH_ERR_INVALID, "filter has no operator on field '%.*s'",
                    VIEW_ARG(filter_shown_name(field)));
    return parse_group(p, FILTER_AND, field, value, parse_nth_condition, out);
}

static kith_status parse_object(parser *p, const json_value *json, const filter **out);

static kith_status parse_nth_element(parser *p, view field, const json_value *from, uint32_t i,
                                     const filter **out)
{
    (void)field;
    return parse_object(p, from->elements[i], out);
}

/* {"$strict": filter}. No level of its own. */
static kith_status parse_strict(parser *p, const json_value *json, const filter **out)
{
    bool was_strict = p->builder.is_strict;
    p->builder.is_strict = true;
    p->depth--;
    kith_status status = parse_object(p, json, out);
    p->depth++;
    p->builder.is_strict = was_strict;
    return status;
}

static kith_status parse_nth_member(parser *p, view field, const json_value *from, uint32_t i,
                                    const filter **out)
{
    (void)field;
    const json_member *m = &from->members[i];
    if (view_equal(m->key, VIEW("$strict"))) return parse_strict(p, m->value, out);
    bool all = view_equal(m->key, VIEW("$and")), any = view_equal(m->key, VIEW("$or"));
    if (m->key.size > 0 && !all && !any && m->key.data[0] == '$')
        return fail(p->err, KITH_ERR_INVALID, "filter has unknown operator '%.*s'",
                    VIEW_ARG(filter_shown_name(m->key)));
    if (!all && !any) return parse_field(p, m->key, m->value, out);
    if (m->value->kind != JSON_ARRAY)
        return fail(p->err, KITH_ERR_INVALID, "filter operator %s takes a list of filters",
                    all ? "$and" : "$or");
    return parse_group(p, all ? FILTER_AND : FILTER_OR, (view){0}, m->value, parse_nth_element,
                       out);
}

static kith_status parse_object(parser *p, const json_value *json, const filter **out)
{
    if (json->kind != JSON_OBJECT)
        return fail(p->err, KITH_ERR_INVALID, "a filter is a JSON object");
    if (json->count == 0) return fail(p->err, KITH_ERR_INVALID, "empty filter");
    if (++p->depth > KITH_FILTER_MAX_DEPTH)
        return fail(p->err, KITH_ERR_INVALID, "filter is nested deeper than %d",
                    KITH_FILTER_MAX_DEPTH);
    kith_status status = parse_group(p, FILTER_AND, (view){0}, json, parse_nth_member, out);
    p->depth--;
    return status;
}

kith_status filter_parse(view json, arena *a, const filter **out, kith_error *err)
{
    parser p = {.builder = {.memory = a}, .err = err};
    const json_value *tree = NULL;
    if (json.size > KITH_FILTER_MAX_BYTES)
        return fail(err, KITH_ERR_INVALID, "filter has more than %d bytes", KITH_FILTER_MAX_BYTES);
    kith_status status = json_parse(json, KITH_FILTER_MAX_BYTES, a, &tree, err);
    if (status == KITH_ERR_LIMIT)
        return fail(err, KITH_ERR_INVALID, "filter is nested deeper than %d",
                    KITH_FILTER_MAX_DEPTH);
    if (status != KITH_OK) return fail_context(err, status, "filter");
    return parse_object(&p, tree, out);
}
