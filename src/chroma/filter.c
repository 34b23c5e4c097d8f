/* filter.c - walks Chroma's filters once: checks, counts and writes. To Chroma a list is equal to no
 * value, so what is written stands within kith's $strict. */
#include "chroma/filter.h"

#include "chroma/body.h"
#include "chroma/reply.h"

/* kith's own limit of a filter's text. */
enum { FILTER_MAX_BYTES = 4 << 20 };

typedef struct translation {
    serve_call *call;
    const schema *schema;
    json_writer w;
    uint32_t nodes;
} translation;

static bool refuse_where(serve_call *call)
{
    return refuse(call, 400, "Invalid where clause");
}

static bool refuse_document(serve_call *call)
{
    return refuse(call, 400, "Invalid where document clause");
}

static bool count_node(translation *t)
{
    if (++t->nodes <= t->call->limits->filter_nodes) return true;
    return refuse(t->call, 400, "the filter has more than %u conditions",
                  t->call->limits->filter_nodes);
}

static bool is_one_of(view name, const char *const *list)
{
    for (; *list; list++)
        if (view_equal(name, view_of(*list))) return true;
    return false;
}

static const char *const logical[] = {"$and", "$or", NULL};
static const char *const equality[] = {"$eq", "$ne", NULL};
static const char *const order[] = {"$gt", "$gte", "$lt", "$lte", NULL};
static const char *const membership[] = {"$in", "$nin", NULL};
static const char *const containment[] = {"$contains", "$not_contains", NULL};
static const char *const text_tests[] = {"$contains", "$not_contains", "$regex", "$not_regex",
                                         NULL};

static bool is_scalar(const json_value *value)
{
    return value->kind == JSON_STRING || value->kind == JSON_BOOL || body_is_number(value);
}

/* Values of one kind, by the first: a list of floats may have integers in it, not the other way. */
static bool is_list_of_one_kind(const json_value *list)
{
    if (list->kind != JSON_ARRAY || list->count == 0) return false;
    const json_kind first = list->elements[0]->kind;
    for (uint32_t i = 0; i < list->count; i++) {
        const json_value *element = list->elements[i];
        if (!is_scalar(element)) return false;
        const bool fits =
            element->kind == first || (first == JSON_DOUBLE && element->kind == JSON_INTEGER);
        if (!fits) return false;
    }
    return true;
}

static bool refuse_full_text(serve_call *call)
{
    return refuse(call, 400,
                  "Cannot filter using full-text search because FTS indexing is disabled");
}

static bool may_search_text(translation *t)
{
    return !t->schema || schema_is_indexed(t->schema, VIEW("#document"), INDEX_FULL_TEXT) ||
           refuse_full_text(t->call);
}

/* Is the field indexed for values of this kind? "#document" never is but by its full text. */
static bool may_test(translation *t, view field, const json_value *value)
{
    static const struct {
        index_kind index;
        const char *name;
    } of_kind[VALUE_KINDS] = {
        [VALUE_STRING] = {INDEX_STRING, "Str"},
        [VALUE_INT] = {INDEX_INT, "Int"},
        [VALUE_FLOAT] = {INDEX_FLOAT, "Float"},
        [VALUE_BOOL] = {INDEX_BOOL, "Bool"},
    };
    const value_kind kind = schema_kind_of(value);
    const bool is_text = view_equal(field, VIEW("#document"));
    if (!is_text && (!t->schema || schema_is_indexed(t->schema, field, of_kind[kind].index)))
        return true;
    return refuse(t->call, 400,
                  "Cannot filter using metadata key '%.200s' with type '%s' because indexing is "
                  "disabled",
                  field.data, of_kind[kind].name);
}

static void write_condition(translation *t, view field, view operator, const json_value * operand)
{
    json_begin_object(&t->w);
    json_key_view(&t->w, field);
    json_begin_object(&t->w);
    json_key_view(&t->w, operator);
    json_tree(&t->w, operand);
    json_end_object(&t->w);
    json_end_object(&t->w);
}

/* {field: operand} or {field: {operator: operand}}. */
static bool condition(translation *t, view field, const json_value *test)
{
    view operator= VIEW("$eq");
    const json_value *operand = test;
    if (test->kind == JSON_OBJECT) {
        if (test->count != 1) return refuse_where(t->call);
        operator= test->members[0].key;
        operand = test->members[0].value;
    }
    if (view_equal(field, VIEW("#document")) && is_one_of(operator, text_tests)) {
        if (operand->kind != JSON_STRING) return refuse_where(t->call);
        if (!may_search_text(t)) return false;
        write_condition(t, field, operator, operand);
        return true;
    }
    bool fits = false;
    if (is_one_of(operator, equality) || is_one_of(operator, containment))
        fits = is_scalar(operand);
    else if (is_one_of(operator, order))
        fits = body_is_number(operand);
    else if (is_one_of(operator, membership))
        fits = is_list_of_one_kind(operand);
    if (!fits) return refuse_where(t->call);
    if (!may_test(t, field, operand)) return false;
    write_condition(t, field, operator, operand);
    return true;
}

typedef bool (*node_translator)(translation *t, const json_value *node);

/* {"$and": [...]} and {"$or": [...]}; JSON's own limit of depth bounds the recursion. */
static bool combination(translation *t, const json_member *m, node_translator each)
{
    json_begin_object(&t->w);
    json_key_view(&t->w, m->key);
    json_begin_array(&t->w);
    for (uint32_t i = 0; i < m->value->count; i++)
        if (!each(t, m->value->elements[i])) return false;
    json_end_array(&t->w);
    json_end_object(&t->w);
    return true;
}

static bool where_node(translation *t, const json_value *node)
{
    if (!count_node(t)) return false;
    if (node->kind != JSON_OBJECT || node->count != 1) return refuse_where(t->call);
    const json_member *m = &node->members[0];
    if (is_one_of(m->key, logical))
        return m->value->kind == JSON_ARRAY ? combination(t, m, where_node) : refuse_where(t->call);
    if (view_starts_with(m->key, VIEW("$"))) return refuse_where(t->call);
    return condition(t, m->key, m->value);
}

static bool document_node(translation *t, const json_value *node)
{
    if (!count_node(t)) return false;
    if (node->kind != JSON_OBJECT || node->count != 1) return refuse_document(t->call);
    const json_member *m = &node->members[0];
    if (is_one_of(m->key, logical))
        return m->value->kind == JSON_ARRAY ? combination(t, m, document_node)
                                            : refuse_document(t->call);
    if (!is_one_of(m->key, text_tests) || m->value->kind != JSON_STRING)
        return refuse_document(t->call);
    if (!may_search_text(t)) return false;
    write_condition(t, VIEW("#document"), m->key, m->value);
    return true;
}

static void write_ids(translation *t, const filter_parts *parts)
{
    json_begin_object(&t->w);
    json_key(&t->w, "#id");
    json_begin_object(&t->w);
    json_key(&t->w, "$in");
    json_begin_array(&t->w);
    for (uint32_t i = 0; i < parts->id_count; i++)
        json_text(&t->w, parts->ids[i]);
    json_end_array(&t->w);
    json_end_object(&t->w);
    json_end_object(&t->w);
}

static bool translate(translation *t, const filter_parts *parts)
{
    const int count =
        (parts->where != NULL) + (parts->where_document != NULL) + (parts->ids != NULL);
    if (count > 1) {
        json_begin_object(&t->w);
        json_key(&t->w, "$and");
        json_begin_array(&t->w);
    }
    if (parts->where) {
        json_begin_object(&t->w);
        json_key(&t->w, "$strict");
        if (!where_node(t, parts->where)) return false;
        json_end_object(&t->w);
    }
    if (parts->where_document && !document_node(t, parts->where_document)) return false;
    if (parts->ids) write_ids(t, parts);
    if (count > 1) {
        json_end_array(&t->w);
        json_end_object(&t->w);
    }
    return true;
}

bool filter_write(serve_call *call, const filter_parts *parts, const schema *s, const char **out)
{
    *out = NULL;
    if (!parts->where && !parts->where_document && !parts->ids) return true;
    kith_error err = {0};
    buffer text;
    buffer_init(&text, FILTER_MAX_BYTES);
    translation t = {.call = call, .schema = s, .w = {.out = &text}};
    bool fine = translate(&t, parts);
    if (fine && buffer_status(&text, "the filter", &err) != KITH_OK)
        fine = refuse_error(call, &err);
    if (fine) *out = arena_copy(&call->arena, buffer_view(&text)).data;
    if (fine && !*out) fine = refuse(call, 500, "out of memory for the filter");
    buffer_done(&text);
    return fine;
}
