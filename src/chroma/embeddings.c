/* embeddings.c - decodes vectors into the call's arena. */
#include "chroma/embeddings.h"

#include "base/base64.h"
#include "chroma/body.h"
#include "chroma/reply.h"

#include <math.h>

static bool refuse_payload(serve_call *call)
{
    return refuse_shape(call, "embeddings: data did not match any variant of untagged enum "
                              "EmbeddingsPayload");
}

static bool refuse_memory(serve_call *call)
{
    return refuse(call, 500, "out of memory for the embeddings");
}

static bool numbers_to_floats(const json_value *array, float *out)
{
    for (uint32_t i = 0; i < array->count; i++) {
        const json_value *value = array->elements[i];
        if (!body_is_number(value)) return false;
        const double number = body_number(value);
        out[i] = fabs(number) > (double)__FLT_MAX__
                     ? copysignf(INFINITY, (float)(number > 0) - 0.5F)
                     : (float)number;
    }
    return true;
}

bool embedding_parse(serve_call *call, const char *key, const json_value *array, const float **out)
{
    if (array->kind != JSON_ARRAY)
        return refuse_shape(call, "%s: invalid type: %s, expected a sequence", key,
                            body_kind_name(array));
    if (array->count > call->limits->dimension)
        return refuse(call, 400, "%s: an embedding of %u dimensions is over the limit of %u", key,
                      array->count, call->limits->dimension);
    float *values = arena_new_array(&call->arena, float, array->count);
    if (!values) return refuse_memory(call);
    if (!numbers_to_floats(array, values))
        return refuse_shape(call, "%s: invalid type, expected f32", key);
    *out = values;
    return true;
}

/* Makes floats of four little-endian bytes each, where they are. */
static const float *bytes_to_floats(unsigned char *bytes, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        const uint32_t bits = load_u32(bytes + sizeof bits * i);
        memcpy(bytes + sizeof bits * i, &bits, sizeof bits);
    }
    return (const float *)(const void *)bytes;
}

static bool parse_text(serve_call *call, view text, const float **out, uint32_t *dimension)
{
    size_t size = 0;
    unsigned char *bytes = arena_new(&call->arena, base64_decoded_max(text.size));
    if (!bytes) return refuse_memory(call);
    if (!base64_decode(text, bytes, &size))
        return refuse(call, 400, "Invalid base64 string: Invalid character, length or padding");
    if (size % sizeof(float) != 0)
        return refuse(call, 400,
                      "Invalid byte length: %zu bytes cannot be converted to f32 values (must be "
                      "divisible by 4)",
                      size);
    if (size / sizeof(float) > call->limits->dimension)
        return refuse(call, 400, "an embedding of %zu dimensions is over the limit of %u",
                      size / sizeof(float), call->limits->dimension);
    *dimension = (uint32_t)(size / sizeof(float));
    *out = bytes_to_floats(bytes, *dimension);
    return true;
}

static bool all_finite(const float *values, uint32_t count)
{
    // All bits of the exponent are set in infinities and NaN alone. Integers, since a sum of floats
    // must be taken in order, one by one.
    enum { EXPONENT = 0x7f800000 };
    uint32_t strange = 0;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t bits;
        memcpy(&bits, &values[i], sizeof bits);
        strange |= (uint32_t)((bits & EXPONENT) == EXPONENT);
    }
    return strange == 0;
}

static bool check(serve_call *call, const embeddings *e, uint32_t i, bool from_text)
{
    if (e->dimension == 0)
        return refuse(
            call, 400,
            "Validation error: embeddings: Each embedding must have at least 1 dimension");
    if (all_finite(e->rows[i], e->dimension)) return true;
    if (!from_text)
        return refuse(call, 400,
                      "Validation error: embeddings: Embeddings must not contain NaN or Infinity "
                      "values");
    uint32_t at = 0;
    while (isfinite(e->rows[i][at]))
        at++;
    return refuse(call, 400, "Non-finite float value at embedding index %u: %s", i,
                  isnan(e->rows[i][at]) ? "NaN" : "inf");
}

bool embeddings_parse(serve_call *call, const json_value *array, bool may_be_null, embeddings *out)
{
    if (array->kind != JSON_ARRAY) return refuse_payload(call);
    *out = (embeddings){.count = array->count};
    out->rows = arena_new_array(&call->arena, const float *, array->count);
    if (!out->rows) return refuse_memory(call);
    json_kind form = JSON_NULL;
    for (uint32_t i = 0; i < array->count; i++) {
        const json_value *entry = array->elements[i];
        uint32_t dimension = 0;
        if (entry->kind == JSON_NULL && may_be_null) {
            out->missing++;
            continue;
        }
        if (entry->kind != JSON_STRING && entry->kind != JSON_ARRAY) return refuse_payload(call);
        const bool is_first = form == JSON_NULL;
        if (!is_first && entry->kind != form) return refuse_payload(call);
        form = entry->kind;
        if (form == JSON_STRING) {
            if (!parse_text(call, entry->string, &out->rows[i], &dimension)) return false;
        } else {
            if (!embedding_parse(call, "embeddings", entry, &out->rows[i])) return false;
            dimension = entry->count;
        }
        if (is_first) out->dimension = dimension;
        if (dimension != out->dimension)
            return refuse(call, 400, "Inconsistent dimensions in provided embeddings");
        if (!check(call, out, i, form == JSON_STRING)) return false;
    }
    return true;
}
