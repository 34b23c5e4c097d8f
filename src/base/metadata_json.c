/* metadata_json.c - metadata from and to JSON. A file of its own, so that the programs that parse foreign
 * formats, which have metadata and no JSON, do not load the JSON parser (docs/decisions/091). */
#include "base/metadata.h"

bool metadata_scalar_from_json(const json_value *json, metadata_value *out)
{
    switch (json->kind) {
    case JSON_BOOL:
        *out = (metadata_value){METADATA_BOOL, .boolean = json->boolean};
        return true;
    case JSON_INTEGER:
        *out = (metadata_value){METADATA_INTEGER, .integer = json->integer};
        return true;
    case JSON_DOUBLE:
        *out = (metadata_value){METADATA_DOUBLE, .number = json->number};
        return true;
    case JSON_STRING:
        *out = (metadata_value){METADATA_STRING, .string = json->string};
        return true;
    case JSON_NULL:
    case JSON_ARRAY:
    case JSON_OBJECT:
        break;
    }
    return false;
}

static kith_status list_from_json(metadata *m, view key, const json_value *json,
                                  metadata_value *out, kith_error *err)
{
    // No memory for a list that is refused anyway: a file of records may hold long ones.
    uint32_t count = json->count <= METADATA_MAX_ELEMENTS ? json->count : 0;
    *out = (metadata_value){METADATA_LIST, .list = {NULL, json->count}};
    out->list.elements = arena_new_array(m->memory, metadata_value, count);
    if (!out->list.elements) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for metadata");
    for (uint32_t i = 0; i < count; i++)
        if (!metadata_scalar_from_json(json->elements[i], &out->list.elements[i]))
            return fail(err, KITH_ERR_INVALID,
                        "metadata list '%.*s' holds what is not a string, number or boolean",
                        VIEW_ARG(key));
    return KITH_OK;
}

static kith_status sparse_from_json(metadata *m, view key, const json_value *json,
                                    metadata_value *out, kith_error *err)
{
    kith_error why = {0};
    *out = (metadata_value){.kind = METADATA_SPARSE_VECTOR};
    kith_status status = sparse_vector_from_json(json, m->memory, &out->sparse, &why);
    if (status == KITH_OK) return KITH_OK;
    return fail(err, status, "metadata value of '%.*s': %s", VIEW_ARG(key), why.message);
}

static bool is_no_value(const json_value *json)
{
    return json->kind == JSON_NULL || (json->kind == JSON_ARRAY && json->count == 0);
}

kith_status metadata_set_json(metadata *m, view key, const json_value *json, kith_error *err)
{
    metadata_value value = {0};
    const bool is_list = json->kind == JSON_ARRAY, is_sparse = sparse_vector_is_meant(json);
    if (is_no_value(json)) return KITH_OK;
    if (!is_list && !is_sparse && !metadata_scalar_from_json(json, &value))
        return fail(
            err, KITH_ERR_INVALID,
            "metadata value of '%.*s' is not a string, number, boolean or list of such, and "
            "no sparse vector",
            VIEW_ARG(key));
    kith_status status = KITH_OK;
    if (is_list) status = list_from_json(m, key, json, &value, err);
    if (is_sparse) status = sparse_from_json(m, key, json, &value, err);
    return status == KITH_OK ? metadata_set(m, key, value, err) : status;
}

kith_status metadata_from_json(const json_value *object, metadata *m, kith_error *err)
{
    if (object->kind != JSON_OBJECT)
        return fail(err, KITH_ERR_INVALID, "metadata is not a JSON object");
    kith_status status = KITH_OK;
    for (uint32_t i = 0; i < object->count && status == KITH_OK; i++)
        status = metadata_set_json(m, object->members[i].key, object->members[i].value, err);
    return status;
}

kith_status metadata_parse(view json, metadata *m, kith_error *err)
{
    const json_value *object = NULL;
    kith_status status = json_parse(json, METADATA_MAX_BYTES, m->memory, &object, err);
    if (status != KITH_OK) return fail_context(err, status, "metadata");
    return metadata_from_json(object, m, err);
}

static void remove_key(metadata *m, view key)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < m->count; i++)
        if (!view_equal(m->entries[i].key, key)) m->entries[kept++] = m->entries[i];
    m->count = kept;
}

/* What is removed goes first, to make room for what is set. */
kith_status metadata_merge(metadata *m, view changes, kith_error *err)
{
    const json_value *object = NULL;
    kith_status status = json_parse(changes, METADATA_MAX_BYTES, m->memory, &object, err);
    if (status != KITH_OK) return fail_context(err, status, "metadata");
    for (uint32_t i = 0; object->kind == JSON_OBJECT && i < object->count; i++)
        if (is_no_value(object->members[i].value)) remove_key(m, object->members[i].key);
    return metadata_from_json(object, m, err);
}

static void write_value(json_writer *w, const metadata_value *value)
{
    switch (value->kind) {
    case METADATA_STRING:
        json_string(w, value->string);
        break;
    case METADATA_INTEGER:
        json_integer(w, value->integer);
        break;
    case METADATA_DOUBLE:
        json_real(w, value->number);
        break;
    case METADATA_BOOL:
        json_bool(w, value->boolean);
        break;
    case METADATA_LIST:
        json_begin_array(w);
        for (uint32_t i = 0; i < value->list.count; i++)
            write_value(w, &value->list.elements[i]);
        json_end_array(w);
        break;
    case METADATA_SPARSE_VECTOR:
        sparse_vector_write(w, &value->sparse);
        break;
    }
}

void metadata_write(const metadata *m, json_writer *w)
{
    json_begin_object(w);
    for (uint32_t i = 0; i < m->count; i++) {
        json_key_view(w, m->entries[i].key);
        write_value(w, &m->entries[i].value);
    }
    json_end_object(w);
}

kith_status metadata_to_json(const metadata *m, arena *a, view *out, kith_error *err)
{
    buffer json;
    buffer_init(&json, 2 * METADATA_MAX_BYTES); // so that the message can say how many there are
    metadata_write(m, &(json_writer){.out = &json});
    kith_status status = buffer_status(&json, "metadata", err);
    if (status == KITH_OK && json.size > METADATA_MAX_BYTES)
        status = fail(err, KITH_ERR_LIMIT, "metadata has %zu bytes as JSON, the limit is %d",
                      json.size, METADATA_MAX_BYTES);
    view copy = status == KITH_OK ? arena_copy(a, buffer_view(&json)) : (view){0};
    if (status == KITH_OK && !copy.data)
        status = fail(err, KITH_ERR_NO_MEMORY, "out of memory for metadata");
    if (status == KITH_OK) *out = copy;
    buffer_done(&json);
    return status;
}
