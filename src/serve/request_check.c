/* request_check.c - see request_check.h.
 * A query parameter is a text on the wire; it is turned into the JSON value that its shape expects,
 * so that bodies and parameters are checked by the same code and refused in the same words. */
#include "serve/request_check.h"

/* "12" as a number, "true" as a truth value, by what the shape expects; else the text. */
static json_value value_of(const shape *s, view text)
{
    const json_value as_text = {.kind = JSON_STRING, .string = text};
    uint64_t value = 0;
    switch (s->kind) {
    case SHAPE_BOOL:
        if (view_equal(text, VIEW("true"))) return (json_value){.kind = JSON_BOOL, .boolean = true};
        if (view_equal(text, VIEW("false"))) return (json_value){.kind = JSON_BOOL};
        return as_text;
    case SHAPE_INTEGER:
        if (!view_number(text, INT64_MAX, &value)) return as_text;
        return (json_value){.kind = JSON_INTEGER, .integer = (int64_t)value};
    default:
        return as_text;
    }
}

json_value request_value(const shape *record, view name, view text)
{
    static const shape anything = {SHAPE_TEXT};
    const shape_member *m = record->members;
    while (m->name && !view_equal(view_of(m->name), name))
        m++;
    return value_of(m->name ? &m->is : &anything, text);
}

static kith_status check_query(serve_call *call, const shape *query, const char **member,
                               kith_error *err)
{
    for (const shape_member *m = query->members; m->name; m++) {
        view text = serve_query(call, m->name);
        if (!text.data && !m->required) continue;
        json_value value = value_of(&m->is, text);
        kith_status status =
            shape_check(&m->is, text.data ? &value : NULL, m->name, &call->arena, member, err);
        if (status != KITH_OK) return fail_context(err, status, "query");
    }
    return KITH_OK;
}

kith_status request_check(serve_call *call, const char **member, kith_error *err)
{
    const route_shapes *shapes = call->route->shapes;
    kith_status status = KITH_OK;
    if (!shapes) return KITH_OK;
    if (shapes->query) status = check_query(call, shapes->query, member, err);
    bool has_body = call->body || call->route->body == BODY_JSON;
    if (status == KITH_OK && shapes->request && has_body)
        status = shape_check(shapes->request, call->body, "", &call->arena, member, err);
    return status;
}

uint64_t request_number(serve_call *call, const char *name, uint64_t otherwise)
{
    uint64_t value = otherwise;
    (void)view_number(serve_query(call, name), INT64_MAX, &value);
    return value;
}

const char *request_text(serve_call *call, const char *name)
{
    return serve_query(call, name).data;
}

bool request_flag(serve_call *call, const char *name)
{
    return view_equal(serve_query(call, name), VIEW("true"));
}

/* The members of all objects in the value; JSON is at most JSON_MAX_DEPTH deep. */
static uint64_t count_members(const json_value *v)
{
    bool is_object = v->kind == JSON_OBJECT;
    if (!is_object && v->kind != JSON_ARRAY) return 0;
    uint64_t count = is_object ? v->count : 0;
    for (uint32_t i = 0; i < v->count; i++)
        count += count_members(is_object ? v->members[i].value : v->elements[i]);
    return count;
}

kith_status request_filter(serve_call *call, const json_value *object, const char *name,
                           const char **out, kith_error *err)
{
    const json_value *filter = json_get(object, name);
    uint64_t nodes = filter ? count_members(filter) : 0;
    if (nodes > call->limits->filter_nodes)
        return fail(err, KITH_ERR_LIMIT,
                    "%s has %llu conditions and operators; this server takes %u (--max-filter)",
                    name, (unsigned long long)nodes, call->limits->filter_nodes);
    return shape_json(object, name, &call->arena, out, err);
}

kith_status request_metadata(serve_call *call, const json_value *object, const char *name,
                             const char **out, kith_error *err)
{
    const char *text = NULL;
    kith_status status = shape_json(object, name, &call->arena, &text, err);
    if (status != KITH_OK) return status;
    if (text && strlen(text) > call->limits->metadata_bytes)
        return fail(err, KITH_ERR_LIMIT, "%s has %zu bytes; this server takes %u (--max-metadata)",
                    name, strlen(text), call->limits->metadata_bytes);
    *out = text;
    return KITH_OK;
}

bool request_wants_events(const serve_call *call)
{
    view accept = serve_header(call, "Accept");
    return view_find(accept, VIEW("text/event-stream")) < accept.size;
}
