/* validate.c - the checks before anything is stored. */
#include "db/validate.h"

#include "base/metadata.h"
#include "base/utf8.h"

#include <math.h>

static bool is_name_character(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-';
}

kith_status validate_collection_name(view name, kith_error *err)
{
    if (name.size == 0 || name.size > KITH_NAME_MAX_BYTES)
        return fail(err, KITH_ERR_INVALID, "collection name has %zu bytes, allowed are 1 to %d",
                    name.size, KITH_NAME_MAX_BYTES);
    if (name.data[0] == '.')
        return fail(err, KITH_ERR_INVALID, "collection name '%.*s' starts with '.'",
                    VIEW_ARG(name));
    for (size_t i = 0; i < name.size; i++)
        if (!is_name_character(name.data[i]))
            return fail(err, KITH_ERR_INVALID,
                        "collection name has byte 0x%02x at %zu, allowed are letters, digits, '.', "
                        "'_', '-'",
                        (unsigned char)name.data[i], i);
    return KITH_OK;
}

kith_status validate_key(view key, const char *what, kith_error *err)
{
    if (key.size == 0 || key.size > KITH_KEY_MAX_BYTES)
        return fail(err, KITH_ERR_INVALID, "%s id has %zu bytes, allowed are 1 to %d", what,
                    key.size, KITH_KEY_MAX_BYTES);
    size_t bad = utf8_find_invalid(key);
    if (bad < key.size)
        return fail(err, KITH_ERR_INVALID, "%s id is not valid UTF-8 at byte %zu", what, bad);
    for (size_t i = 0; i < key.size; i++)
        if ((unsigned char)key.data[i] < 0x20 || key.data[i] == 0x7F)
            return fail(err, KITH_ERR_INVALID, "%s id has a control character at byte %zu", what,
                        i);
    return KITH_OK;
}

kith_status validate_vector(const float *vector, uint32_t dim, uint32_t expected_dim,
                            kith_metric metric, kith_error *err)
{
    if (dim == 0 || dim > KITH_DIMENSION_MAX)
        return fail(err, KITH_ERR_DIMENSION, "vector has %u dimensions, allowed are 1 to %d", dim,
                    KITH_DIMENSION_MAX);
    if (expected_dim != 0 && dim != expected_dim)
        return fail(err, KITH_ERR_DIMENSION, "vector has %u dimensions, the collection has %u", dim,
                    expected_dim);
    double squares = 0;
    for (uint32_t i = 0; i < dim; i++) {
        if (!isfinite(vector[i]))
            return fail(err, KITH_ERR_INVALID, "vector element %u is %s", i,
                        isnan(vector[i]) ? "NaN" : "infinite");
        squares += (double)vector[i] * (double)vector[i];
    }
    // Squares of such small floats underflow, so that a unit copy would be noise.
    if (metric == KITH_COSINE && sqrt(squares) < 1e-30)
        return fail(err, KITH_ERR_INVALID, "vector has zero length, which has no cosine");
    if (sqrt(squares) > 1e18)
        return fail(err, KITH_ERR_INVALID,
                    "vector is longer than 1e18: its distances would not be finite");
    return KITH_OK;
}

kith_status validate_content(view content, kith_error *err)
{
    if (content.size > KITH_DOCUMENT_MAX_BYTES)
        return fail(err, KITH_ERR_LIMIT, "content has %zu bytes, the limit is %d", content.size,
                    KITH_DOCUMENT_MAX_BYTES);
    size_t bad = utf8_find_invalid(content);
    if (bad < content.size)
        return fail(err, KITH_ERR_INVALID, "content is not valid UTF-8 at byte %zu", bad);
    return KITH_OK;
}

kith_status validate_metadata(view json, arena *a, view *out, kith_error *err)
{
    arena memory; // for the parsed tree, of which nothing is kept
    arena_init(&memory, 0);
    metadata fields = {.memory = &memory};
    kith_status status = metadata_parse(json, &fields, err);
    if (status == KITH_OK) status = metadata_to_json(&fields, a, out, err);
    arena_done(&memory);
    return status;
}
