/* validate.c - the checks before anything is stored. */
#include "db/validate.h"

#include "base/json.h"
#include "base/metadata.h"
#include "base/utf8.h"

#include <math.h>
#include <stdio.h>

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

/* Valid UTF-8 without control characters. `what` is "point id" or the like. */
static kith_status validate_text(view text, size_t max_bytes, const char *what, kith_error *err)
{
    if (text.size == 0 || text.size > max_bytes)
        return fail(err, KITH_ERR_INVALID, "%s has %zu bytes, allowed are 1 to %zu", what,
                    text.size, max_bytes);
    size_t bad = utf8_find_invalid(text);
    if (bad < text.size)
        return fail(err, KITH_ERR_INVALID, "%s is not valid UTF-8 at byte %zu", what, bad);
    for (size_t i = 0; i < text.size; i++)
        if ((unsigned char)text.data[i] < 0x20 || text.data[i] == 0x7F)
            return fail(err, KITH_ERR_INVALID, "%s has a control character at byte %zu", what, i);
    return KITH_OK;
}

kith_status validate_namespace(view name, const char *what, kith_error *err)
{
    char text[32];
    (void)snprintf(text, sizeof text, "%s name", what);
    size_t slash = view_find(name, VIEW("/"));
    kith_status status = validate_text(name, KITH_NAME_MAX_BYTES, text, err);
    if (status == KITH_OK && slash < name.size)
        return fail(err, KITH_ERR_INVALID, "%s name has a '/' at byte %zu", what, slash);
    return status;
}

/* A collection's metadata in the form in which it is stored; "" when it has no field. */
static kith_status validate_own_metadata(view json, arena *a, view *out, kith_error *err)
{
    kith_status status = validate_metadata(json, a, out, err);
    if (status == KITH_OK && view_equal(*out, VIEW("{}"))) *out = VIEW("");
    return status;
}

static kith_status validate_configuration(view json, arena *a, kith_error *err)
{
    const json_value *value = NULL;
    kith_status status = json_parse(json, KITH_CONFIGURATION_MAX_BYTES, a, &value, err);
    if (status == KITH_OK && value->kind != JSON_OBJECT)
        status = fail(err, KITH_ERR_INVALID, "not a JSON object");
    return status == KITH_OK ? status : fail_context(err, status, "configuration");
}

kith_status validate_modification(const store_modification *given, arena *a,
                                  store_modification *out, kith_error *err)
{
    kith_status status = KITH_OK;
    if (given->metadata.data)
        status = validate_own_metadata(given->metadata, a, &out->metadata, err);
    if (status != KITH_OK || !given->configuration.data) return status;
    out->configuration = given->configuration;
    return given->configuration.size ? validate_configuration(given->configuration, a, err)
                                     : KITH_OK;
}

kith_status validate_settings(store_settings given, arena *a, store_settings *out, kith_error *err)
{
    const store_modification all = {.metadata = given.metadata,
                                    .configuration = given.configuration};
    store_modification valid = {0};
    kith_status status = validate_modification(&all, a, &valid, err);
    if (status != KITH_OK) return status;
    *out = (store_settings){valid.metadata.size ? valid.metadata : (view){NULL, 0},
                            valid.configuration.size ? valid.configuration : (view){NULL, 0}};
    return KITH_OK;
}

kith_status validate_key(view key, const char *what, kith_error *err)
{
    char text[32];
    (void)snprintf(text, sizeof text, "%s id", what);
    return validate_text(key, KITH_KEY_MAX_BYTES, text, err);
}

/* In parts, so that an addition need not wait for the one before. */
static double square_of(const float *vector, uint32_t dim)
{
    enum { PARTS = 8 };
    double squares[PARTS] = {0}, square = 0;
    uint32_t i = 0;
    for (; i + PARTS <= dim; i += PARTS)
        for (uint32_t part = 0; part < PARTS; part++)
            squares[part] += (double)vector[i + part] * (double)vector[i + part];
    for (; i < dim; i++)
        squares[0] += (double)vector[i] * (double)vector[i];
    for (uint32_t part = 0; part < PARTS; part++)
        square += squares[part];
    return square;
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
    const double squares = square_of(vector, dim);
    // Squares of floats are finite, and so is a sum of as many as there may be.
    for (uint32_t i = 0; !isfinite(squares) && i < dim; i++)
        if (!isfinite(vector[i]))
            return fail(err, KITH_ERR_INVALID, "vector element %u is %s", i,
                        isnan(vector[i]) ? "NaN" : "infinite");
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
