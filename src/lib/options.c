/* options.c - see options.h. */
#include "lib/options.h"

#include "base/size.h"
#include "extract/ocr_languages.h"
#include "os/clock.h"

#include <kith/truncation.h>
#include <stddef.h>
#include <string.h>

kith_status options_room(const options_shape *shape, const void *given, size_t *size,
                         kith_error *err)
{
    size_t has = 0;
    if (given) memcpy(&has, given, sizeof has);
    if (has == 0) has = shape->first_bytes;
    if (has < shape->first_bytes)
        return fail(err, KITH_ERR_INVALID, "%s: size is %zu, it has at least %zu bytes",
                    shape->name, has, shape->first_bytes);
    *size = has;
    return KITH_OK;
}

void options_give(const options_shape *shape, const void *made, size_t size, void *given)
{
    memset(given, 0, size);
    memcpy(given, made, size_min(size, shape->bytes));
    memcpy(given, &size, sizeof size);
}

kith_status options_adopt(const options_shape *shape, const void *given, void *out, kith_error *err)
{
    size_t size = 0;
    kith_status status = options_room(shape, given, &size, err);
    if (status != KITH_OK) return status;
    const unsigned char *bytes = given;
    for (size_t i = shape->bytes; given && i < size; i++)
        if (bytes[i] != 0)
            return fail(err, KITH_ERR_UNSUPPORTED,
                        "%s: byte %zu is set, and this kith knows the first %zu", shape->name, i,
                        shape->bytes);
    memset(out, 0, shape->bytes);
    if (given) memcpy(out, given, size_min(size, shape->bytes));
    return KITH_OK;
}

kith_status options_adopt_ask(const kith_ask_options *given, kith_ask_options *out, kith_llm *llm,
                              kith_error *err)
{
    kith_ask_options wanted = {0};
    kith_status status = options_adopt(&OPTIONS_SHAPE(kith_ask_options), given, &wanted, err);
    if (status == KITH_OK && wanted.llm) {
        status = options_adopt(&OPTIONS_SHAPE(kith_llm), wanted.llm, llm, err);
        wanted.llm = llm;
    }
    if (status == KITH_OK && wanted.llm && (!llm->model || !*llm->model))
        status = fail(err, KITH_ERR_INVALID, "an LLM needs the name of its model");
    if (status == KITH_OK) *out = wanted;
    return status;
}

kith_status options_adopt_ingest(const kith_ingest_options *given, kith_ingest_options *out,
                                 kith_chunk_options *chunk, kith_error *err)
{
    kith_ingest_options wanted = {0};
    kith_status status =
        options_adopt(&(options_shape){"kith_ingest_options",
                                       offsetof(kith_ingest_options, ocr_languages), sizeof wanted},
                      given, &wanted, err);
    if (status == KITH_OK)
        status = options_adopt(&OPTIONS_SHAPE(kith_chunk_options), wanted.chunk, chunk, err);
    if (status != KITH_OK) return status;
    if (wanted.ocr_languages) status = ocr_languages_check(wanted.ocr_languages, err);
    if (status != KITH_OK) return status;
    wanted.chunk = chunk;
    *out = wanted;
    return KITH_OK;
}

kith_status check_truncation(uint64_t truncation, kith_error *err)
{
    if (truncation <= KITH_SPLIT) return KITH_OK;
    return fail(err, KITH_ERR_INVALID, "there is no kith_truncation %llu",
                (unsigned long long)truncation);
}

kith_status check_memory(kith_memory memory, kith_error *err)
{
    if (memory == KITH_MEMORY_FULL || memory == KITH_MEMORY_COMPACT) return KITH_OK;
    return fail(err, KITH_ERR_INVALID, "memory is %d, allowed are 0 (full) and 1 (compact)",
                (int)memory);
}

kith_status options_begin_call(const kith_call *given, call_limit *room, const call_limit **out,
                               kith_error *err)
{
    enum { NS_PER_MS = 1000 * 1000 };
    kith_call call;
    kith_status status =
        options_adopt(&(options_shape){"kith_call", offsetof(kith_call, truncation), sizeof call},
                      given, &call, err);
    if (status == KITH_OK) status = check_truncation(call.truncation, err);
    if (status != KITH_OK) return status;
    *room = (call_limit){
        .deadline_ns =
            call.timeout_ms ? clock_monotonic_ns() + (int64_t)call.timeout_ms * NS_PER_MS : 0,
        .timeout_ms = call.timeout_ms,
        .is_cancelled = call.is_cancelled,
        .context = call.context,
        .max_bytes = call.max_bytes,
        .truncation = (uint32_t)call.truncation,
    };
    *out = given ? room : NULL;
    return call_limit_check(*out, err);
}
