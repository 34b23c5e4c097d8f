/* line_fields.c - see line_fields.h. */
#include "transfer/line_fields.h"

#include "base/base64.h"
#include "base/buffer.h"

#include <kith/types.h>
#include <string.h>

enum { OBJECT_MAX_BYTES = 1 << 20 };

kith_status fields_check(const json_value *object, const char *kind, const char *const *allowed,
                         kith_error *err)
{
    if (object->kind != JSON_OBJECT)
        return fail(err, KITH_ERR_FORMAT, "\"%s\" is not an object", kind);
    for (uint32_t i = 0; i < object->count; i++) {
        const char *const *name = allowed;
        while (*name && !view_equal(object->members[i].key, view_of(*name)))
            name++;
        if (!*name)
            return fail(err, KITH_ERR_FORMAT, "\"%s\" has an unknown member '%.*s'", kind,
                        (int)(object->members[i].key.size < 64 ? object->members[i].key.size : 64),
                        object->members[i].key.data);
    }
    return KITH_OK;
}

static bool is_null(const json_value *value)
{
    return !value || value->kind == JSON_NULL;
}

kith_status fields_text(const json_value *object, const char *key, bool may_be_null,
                        const char **out, kith_error *err)
{
    const json_value *value = json_get(object, key);
    if (is_null(value) && may_be_null) {
        *out = NULL;
        return KITH_OK;
    }
    if (!value) return fail(err, KITH_ERR_FORMAT, "\"%s\" is missing", key);
    if (value->kind != JSON_STRING) return fail(err, KITH_ERR_FORMAT, "\"%s\" is no text", key);
    if (value->string.size && memchr(value->string.data, 0, value->string.size))
        return fail(err, KITH_ERR_FORMAT, "\"%s\" holds a NUL byte", key);
    *out = value->string.data;
    return KITH_OK;
}

kith_status fields_count(const json_value *object, const char *key, uint64_t max, uint64_t *out,
                         kith_error *err)
{
    const json_value *value = json_get(object, key);
    if (!value) return fail(err, KITH_ERR_FORMAT, "\"%s\" is missing", key);
    if (value->kind != JSON_INTEGER || value->integer < 0)
        return fail(err, KITH_ERR_FORMAT, "\"%s\" is no count", key);
    if ((uint64_t)value->integer > max)
        return fail(err, KITH_ERR_LIMIT, "\"%s\" is %lld, the limit is %llu", key,
                    (long long)value->integer, (unsigned long long)max);
    *out = (uint64_t)value->integer;
    return KITH_OK;
}

kith_status fields_object(const json_value *object, const char *key, arena *a, const char **out,
                          kith_error *err)
{
    const json_value *value = json_get(object, key);
    *out = NULL;
    if (is_null(value)) return KITH_OK;
    if (value->kind != JSON_OBJECT) return fail(err, KITH_ERR_FORMAT, "\"%s\" is no object", key);
    buffer text;
    buffer_init(&text, OBJECT_MAX_BYTES);
    json_tree(&(json_writer){.out = &text}, value);
    kith_status status = buffer_status(&text, key, err);
    if (status == KITH_OK) *out = arena_copy(a, buffer_view(&text)).data;
    buffer_done(&text);
    if (status == KITH_OK && !*out) return fail(err, KITH_ERR_NO_MEMORY, "out of memory");
    return status;
}

/* The bytes of a member that is base64, with a NUL behind them. */
static kith_status decode(const json_value *value, const char *key, arena *a, unsigned char **out,
                          size_t *bytes, kith_error *err)
{
    if (!value || value->kind != JSON_STRING)
        return fail(err, KITH_ERR_FORMAT, "\"%s\" is missing, or no text", key);
    unsigned char *room = arena_new(a, base64_decoded_max(value->string.size) + 1);
    if (!room) return fail(err, KITH_ERR_NO_MEMORY, "out of memory");
    if (!base64_decode(value->string, room, bytes))
        return fail(err, KITH_ERR_FORMAT, "\"%s\" is not base64", key);
    room[*bytes] = 0;
    *out = room;
    return KITH_OK;
}

kith_status fields_bytes(const json_value *object, const char *key, arena *a, const char **out,
                         kith_error *err)
{
    const json_value *value = json_get(object, key);
    unsigned char *bytes = NULL;
    size_t count = 0;
    *out = NULL;
    if (is_null(value)) return KITH_OK;
    kith_status status = decode(value, key, a, &bytes, &count, err);
    if (status == KITH_OK && count && memchr(bytes, 0, count))
        return fail(err, KITH_ERR_FORMAT, "\"%s\" holds a NUL byte", key);
    *out = (const char *)bytes;
    return status;
}

kith_status fields_vector(const json_value *object, const char *key, arena *a, const float **out,
                          uint32_t *dimension, kith_error *err)
{
    unsigned char *bytes = NULL;
    size_t size = 0;
    kith_status status = decode(json_get(object, key), key, a, &bytes, &size, err);
    if (status != KITH_OK) return status;
    if (size == 0 || size % sizeof(float) != 0)
        return fail(err, KITH_ERR_FORMAT, "\"%s\" has %zu bytes, which are no float32s", key, size);
    if (size / sizeof(float) > KITH_DIMENSION_MAX)
        return fail(err, KITH_ERR_LIMIT, "\"%s\" has %zu dimensions, the limit is %d", key,
                    size / sizeof(float), KITH_DIMENSION_MAX);
    for (size_t i = 0; i < size; i += sizeof(float)) { // little-endian to the machine's order
        const uint32_t bits = load_u32(bytes + i);
        memcpy(bytes + i, &bits, sizeof bits);
    }
    *out = (const float *)(const void *)bytes; // the arena aligns it
    *dimension = (uint32_t)(size / sizeof(float));
    return KITH_OK;
}
