/* sparse_vector.c - reading, checking and writing sparse vectors. */
#include "base/sparse_vector.h"

#include <math.h>

bool sparse_vector_is_meant(const json_value *json)
{
    view type = {0};
    return json_get_string(json, "#type", &type) && view_equal(type, VIEW("sparse_vector"));
}

static kith_status check_count(uint32_t count, kith_error *err)
{
    if (count <= SPARSE_VECTOR_MAX) return KITH_OK;
    return fail(err, KITH_ERR_LIMIT, "a sparse vector has %u values, the limit is %d", count,
                SPARSE_VECTOR_MAX);
}

kith_status sparse_vector_check(const sparse_vector *v, kith_error *err)
{
    kith_status status = check_count(v->count, err);
    if (status != KITH_OK) return status;
    for (uint32_t i = 0; i < v->count; i++) {
        if (i > 0 && v->indices[i] <= v->indices[i - 1])
            return fail(
                err, KITH_ERR_INVALID,
                "sparse vector: indices[%u] is %u, which does not ascend from the %u before", i,
                v->indices[i], v->indices[i - 1]);
        if (!isfinite(v->values[i]))
            return fail(err, KITH_ERR_INVALID, "sparse vector: values[%u] is NaN or infinite", i);
    }
    return KITH_OK;
}

static kith_status find_array(const json_value *json, const char *name, const json_value **out,
                              kith_error *err)
{
    *out = json_get(json, name);
    if (*out && (*out)->kind == JSON_ARRAY) return KITH_OK;
    return fail(err, KITH_ERR_INVALID, "sparse vector: '%s' is not there or no array", name);
}

static kith_status check_members(const json_value *json, kith_error *err)
{
    static const char *const known[] = {"#type", "indices", "values", "tokens"};
    for (uint32_t i = 0; i < json->count; i++) {
        bool is_known = false;
        for (size_t k = 0; k < sizeof known / sizeof known[0]; k++)
            is_known |= view_equal(json->members[i].key, view_of(known[k]));
        if (!is_known)
            return fail(err, KITH_ERR_INVALID, "sparse vector: unknown member '%.64s'",
                        json->members[i].key.data);
    }
    return KITH_OK;
}

static bool read_index(const json_value *json, uint32_t *out)
{
    if (json->kind != JSON_INTEGER || json->integer < 0 || json->integer > UINT32_MAX) return false;
    *out = (uint32_t)json->integer;
    return true;
}

/* A number beyond float32 is read as infinite, which sparse_vector_check refuses. */
static bool read_value(const json_value *json, float *out)
{
    if (json->kind != JSON_INTEGER && json->kind != JSON_DOUBLE) return false;
    const double number = json->kind == JSON_INTEGER ? (double)json->integer : json->number;
    *out = fabs(number) <= (double)__FLT_MAX__ ? (float)number : INFINITY;
    return true;
}

static kith_status read_pairs(const json_value *indices, const json_value *values, uint32_t *to,
                              float *value_to, kith_error *err)
{
    for (uint32_t i = 0; i < indices->count; i++) {
        if (!read_index(indices->elements[i], &to[i]))
            return fail(err, KITH_ERR_INVALID,
                        "sparse vector: indices[%u] is not an integer within 0..4294967295", i);
        if (!read_value(values->elements[i], &value_to[i]))
            return fail(err, KITH_ERR_INVALID, "sparse vector: values[%u] is not a number", i);
    }
    return KITH_OK;
}

static kith_status read_tokens(const json_value *json, uint32_t count, arena *a, const view **out,
                               kith_error *err)
{
    const json_value *tokens = json_get(json, "tokens");
    if (!tokens || tokens->kind == JSON_NULL) return KITH_OK;
    if (tokens->kind != JSON_ARRAY || tokens->count != count)
        return fail(err, KITH_ERR_INVALID, "sparse vector: 'tokens' is not an array of %u texts",
                    count);
    view *texts = arena_new_array(a, view, count);
    if (!texts) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a sparse vector");
    for (uint32_t i = 0; i < count; i++) {
        if (tokens->elements[i]->kind != JSON_STRING)
            return fail(err, KITH_ERR_INVALID, "sparse vector: tokens[%u] is not a text", i);
        texts[i] = tokens->elements[i]->string;
    }
    *out = texts;
    return KITH_OK;
}

kith_status sparse_vector_from_json(const json_value *json, arena *a, sparse_vector *out,
                                    kith_error *err)
{
    const json_value *indices = NULL, *values = NULL;
    sparse_vector read = {0};
    if (!sparse_vector_is_meant(json))
        return fail(err, KITH_ERR_INVALID,
                    "a sparse vector is an object whose '#type' is 'sparse_vector'");
    kith_status status = check_members(json, err);
    if (status == KITH_OK) status = find_array(json, "indices", &indices, err);
    if (status == KITH_OK) status = find_array(json, "values", &values, err);
    if (status != KITH_OK) return status;
    if (indices->count != values->count)
        return fail(err, KITH_ERR_INVALID, "sparse vector: there are %u indices and %u values",
                    indices->count, values->count);
    status = check_count(indices->count, err);
    if (status != KITH_OK) return status;
    uint32_t *dimensions = arena_new_array(a, uint32_t, indices->count);
    float *numbers = arena_new_array(a, float, indices->count);
    if (!dimensions || !numbers)
        return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a sparse vector");
    read = (sparse_vector){.indices = dimensions, .values = numbers, .count = indices->count};
    status = read_pairs(indices, values, dimensions, numbers, err);
    if (status == KITH_OK) status = sparse_vector_check(&read, err);
    if (status == KITH_OK) status = read_tokens(json, read.count, a, &read.tokens, err);
    if (status == KITH_OK) *out = read;
    return status;
}

void sparse_vector_write(json_writer *w, const sparse_vector *v)
{
    json_begin_object(w);
    json_member_text(w, "#type", "sparse_vector");
    json_key(w, "indices");
    json_begin_array(w);
    for (uint32_t i = 0; i < v->count; i++)
        json_integer(w, v->indices[i]);
    json_end_array(w);
    json_key(w, "values");
    json_floats(w, v->values, v->count);
    if (v->tokens) {
        json_key(w, "tokens");
        json_begin_array(w);
        for (uint32_t i = 0; i < v->count; i++)
            json_string(w, v->tokens[i]);
        json_end_array(w);
    }
    json_end_object(w);
}
