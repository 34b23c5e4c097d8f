/* metadata.c - entries in order of insertion; look-ups are linear, for there are few. */
#include "base/metadata.h"

#include "base/reserve.h"

kith_status metadata_set(metadata *m, view key, metadata_value value, kith_error *err)
{
    if (key.size == 0 || key.size > METADATA_MAX_KEY_BYTES)
        return fail(err, KITH_ERR_INVALID, "metadata key has %zu bytes, allowed are 1 to %d",
                    key.size, METADATA_MAX_KEY_BYTES);
    for (uint32_t i = 0; i < m->count; i++) {
        if (!view_equal(m->entries[i].key, key)) continue;
        m->entries[i].value = value;
        return KITH_OK;
    }
    if (m->count == METADATA_MAX_ENTRIES)
        return fail(err, KITH_ERR_LIMIT, "metadata has more than %d entries", METADATA_MAX_ENTRIES);
    metadata_entry *grown =
        arena_reserve(m->memory, m->entries, &m->capacity, m->count + 1, sizeof *grown);
    if (!grown) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for metadata");
    m->entries = grown;
    m->entries[m->count++] = (metadata_entry){key, value};
    return KITH_OK;
}

kith_status metadata_set_string(metadata *m, const char *key, view value, kith_error *err)
{
    return metadata_set(m, view_of(key), (metadata_value){METADATA_STRING, .string = value}, err);
}

kith_status metadata_set_integer(metadata *m, const char *key, int64_t value, kith_error *err)
{
    return metadata_set(m, view_of(key), (metadata_value){METADATA_INTEGER, .integer = value}, err);
}

const metadata_value *metadata_get(const metadata *m, view key)
{
    for (uint32_t i = 0; i < m->count; i++)
        if (view_equal(m->entries[i].key, key)) return &m->entries[i].value;
    return NULL;
}

kith_status metadata_from_json(const json_value *object, metadata *m, kith_error *err)
{
    if (object->kind != JSON_OBJECT)
        return fail(err, KITH_ERR_INVALID, "metadata is not a JSON object");
    for (uint32_t i = 0; i < object->count; i++) {
        const json_member *member = &object->members[i];
        metadata_value value = {0};
        switch (member->value->kind) {
        case JSON_NULL:
            continue;
        case JSON_BOOL:
            value = (metadata_value){METADATA_BOOL, .boolean = member->value->boolean};
            break;
        case JSON_INTEGER:
            value = (metadata_value){METADATA_INTEGER, .integer = member->value->integer};
            break;
        case JSON_DOUBLE:
            value = (metadata_value){METADATA_DOUBLE, .number = member->value->number};
            break;
        case JSON_STRING:
            value = (metadata_value){METADATA_STRING, .string = member->value->string};
            break;
        case JSON_ARRAY:
        case JSON_OBJECT:
            return fail(err, KITH_ERR_INVALID,
                        "metadata value of '%.64s' is not a string, number or boolean",
                        member->key.data);
        }
        kith_status status = metadata_set(m, member->key, value, err);
        if (status != KITH_OK) return status;
    }
    return KITH_OK;
}

kith_status metadata_parse(view json, metadata *m, kith_error *err)
{
    const json_value *object = NULL;
    kith_status status = json_parse(json, METADATA_MAX_BYTES, m->memory, &object, err);
    if (status != KITH_OK) return fail_context(err, status, "metadata");
    return metadata_from_json(object, m, err);
}

void metadata_write(const metadata *m, json_writer *w)
{
    json_begin_object(w);
    for (uint32_t i = 0; i < m->count; i++) {
        const metadata_value *value = &m->entries[i].value;
        json_key_view(w, m->entries[i].key);
        switch (value->kind) {
        case METADATA_STRING:
            json_string(w, value->string);
            break;
        case METADATA_INTEGER:
            json_integer(w, value->integer);
            break;
        case METADATA_DOUBLE:
            json_double(w, value->number);
            break;
        case METADATA_BOOL:
            json_bool(w, value->boolean);
            break;
        }
    }
    json_end_object(w);
}
