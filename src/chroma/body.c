/* body.c - members of a body by their types. */
#include "chroma/body.h"

#include "chroma/reply.h"

const json_value *body_get(const json_value *object, const char *key)
{
    const json_value *value = json_get(object, key);
    return value && value->kind != JSON_NULL ? value : NULL;
}

const char *body_kind_name(const json_value *value)
{
    static const char *const names[] = {
        [JSON_NULL] = "null",      [JSON_BOOL] = "a boolean",  [JSON_INTEGER] = "an integer",
        [JSON_DOUBLE] = "a float", [JSON_STRING] = "a string", [JSON_ARRAY] = "a sequence",
        [JSON_OBJECT] = "a map",
    };
    return names[value->kind];
}

bool body_is_number(const json_value *value)
{
    return value->kind == JSON_INTEGER || value->kind == JSON_DOUBLE;
}

double body_number(const json_value *value)
{
    return value->kind == JSON_INTEGER ? (double)value->integer : value->number;
}

bool body_is_object(serve_call *call)
{
    if (call->body && call->body->kind == JSON_OBJECT) return true;
    return refuse_shape(call, "invalid type: %s, expected a map",
                        call->body ? body_kind_name(call->body) : "nothing");
}

static bool refuse_type(serve_call *call, const char *key, const json_value *value,
                        const char *expected)
{
    return refuse_shape(call, "%s: invalid type: %s, expected %s", key, body_kind_name(value),
                        expected);
}

/* The member is of `kind`, or absent: *out is then NULL. */
static bool member_of_kind(serve_call *call, const json_value *object, const char *key,
                           json_kind kind, const json_value **out)
{
    *out = body_get(object, key);
    if (!*out || (*out)->kind == kind) return true;
    const json_value example = {.kind = kind};
    return refuse_type(call, key, *out, body_kind_name(&example));
}

bool body_object(serve_call *call, const json_value *object, const char *key,
                 const json_value **out)
{
    return member_of_kind(call, object, key, JSON_OBJECT, out);
}

bool body_array(serve_call *call, const json_value *object, const char *key, const json_value **out)
{
    return member_of_kind(call, object, key, JSON_ARRAY, out);
}

/* A C string of it; refused when it has a NUL byte, which no text of kith holds. */
static bool text_of(serve_call *call, const char *key, uint32_t index, const json_value *value,
                    const char **out)
{
    if (memchr(value->string.data, 0, value->string.size))
        return refuse(call, 400, "%s[%u] holds a NUL character, which kith does not store", key,
                      index);
    *out = value->string.data;
    return true;
}

bool body_text(serve_call *call, const json_value *object, const char *key, const char **out)
{
    const json_value *value = NULL;
    if (!member_of_kind(call, object, key, JSON_STRING, &value)) return false;
    return !value || text_of(call, key, 0, value, out);
}

bool body_required_text(serve_call *call, const json_value *object, const char *key,
                        const char **out)
{
    if (!body_get(object, key)) return refuse_shape(call, "missing field `%s`", key);
    return body_text(call, object, key, out);
}

bool body_unsigned(serve_call *call, const json_value *object, const char *key, uint32_t *out)
{
    const json_value *value = body_get(object, key);
    if (!value) return true;
    if (value->kind != JSON_INTEGER) return refuse_type(call, key, value, "u32");
    if (value->integer < 0 || value->integer > UINT32_MAX)
        return refuse_shape(call, "%s: invalid value: integer `%lld`, expected u32", key,
                            (long long)value->integer);
    *out = (uint32_t)value->integer;
    return true;
}

bool body_bool(serve_call *call, const json_value *object, const char *key, bool *out)
{
    const json_value *value = NULL;
    if (!member_of_kind(call, object, key, JSON_BOOL, &value)) return false;
    if (value) *out = value->boolean;
    return true;
}

bool body_texts(serve_call *call, const json_value *object, const char *key, bool may_be_null,
                const char *const **out, uint32_t *count)
{
    const json_value *array = NULL;
    *out = NULL;
    *count = 0;
    if (!body_array(call, object, key, &array)) return false;
    if (!array) return true;
    const char **texts = arena_new_array(&call->arena, const char *, array->count);
    if (!texts) return refuse(call, 500, "out of memory for the request");
    for (uint32_t i = 0; i < array->count; i++) {
        const json_value *element = array->elements[i];
        if (element->kind == JSON_NULL && may_be_null) continue;
        if (element->kind != JSON_STRING)
            return refuse_shape(call, "%s[%u]: invalid type: %s, expected a string", key, i,
                                body_kind_name(element));
        if (!text_of(call, key, i, element, &texts[i])) return false;
    }
    *out = texts;
    *count = array->count;
    return true;
}
