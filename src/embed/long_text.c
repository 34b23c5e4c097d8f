/* long_text.c - see long_text.h. */
#include "embed/long_text.h"

#include "base/arena.h"
#include "base/utf8.h"

#include <math.h>

static double length_of(const float *vector, uint32_t dim)
{
    double squares = 0;
    for (uint32_t i = 0; i < dim; i++)
        squares += (double)vector[i] * (double)vector[i];
    return sqrt(squares);
}

/* The mean of parts[count], each counted by its tokens, brought to the length of `out` before: a model
 * whose vectors have length 1 gives such a one here, too. */
static void average(const float *parts, const chunk *chunks, uint32_t count, uint32_t dim,
                    float *out)
{
    const double before = length_of(out, dim);
    for (uint32_t i = 0; i < dim; i++) {
        double sum = 0, weight = 0;
        for (uint32_t p = 0; p < count; p++) {
            const double tokens = chunks[p].tokens ? chunks[p].tokens : 1;
            sum += tokens * (double)parts[(size_t)p * dim + i];
            weight += tokens;
        }
        out[i] = (float)(sum / weight);
    }
    const double now = length_of(out, dim);
    for (uint32_t i = 0; i < dim && now > 0; i++)
        out[i] = (float)((double)out[i] * before / now);
}

static kith_status split(const long_texts *t, uint32_t i, kith_error *err)
{
    arena memory;
    chunk *chunks = NULL;
    uint32_t count = 0;
    const view text = t->texts[i];
    const uint32_t most = t->max_tokens - t->special;
    const chunk_options sizes = {.unit = CHUNK_TOKENS,
                                 .size = most,
                                 .max_tokens = most,
                                 .count_tokens = t->count_tokens,
                                 .count_context = t->count_context};
    if (utf8_find_invalid(text) < text.size)
        return fail(err, KITH_ERR_INVALID, "text %u, which is to be split, is not valid UTF-8", i);
    arena_init(&memory, 0);
    kith_status status = chunk_text(text, &sizes, &memory, &chunks, &count, err);
    view *views = status == KITH_OK ? arena_new_array(&memory, view, count) : NULL;
    float *parts =
        views ? arena_new_bytes_array(&memory, (size_t)count * t->dim, sizeof *parts) : NULL;
    if (status == KITH_OK && !parts)
        status = fail(err, KITH_ERR_NO_MEMORY, "out of memory for %u parts of a text", count);
    for (uint32_t p = 0; status == KITH_OK && p < count; p++)
        views[p] = view_slice(text, chunks[p].start, chunks[p].end);
    if (status == KITH_OK && count > 0)
        status = t->embed(t->embed_context, views, count, parts, err);
    if (status == KITH_OK && count > 0)
        average(parts, chunks, count, t->dim, t->vectors + (size_t)i * t->dim);
    arena_done(&memory);
    return status;
}

kith_status long_texts_apply(const long_texts *t, kith_truncation policy, uint32_t *truncated,
                             kith_error *err)
{
    kith_status status = KITH_OK;
    for (uint32_t i = 0; status == KITH_OK && i < t->count; i++) {
        if (t->tokens[i] <= t->max_tokens) continue;
        if (policy == KITH_TRUNCATION_ERROR && t->count == 1)
            return fail(err, KITH_ERR_LIMIT, "the text has %u tokens, the model reads %u",
                        t->tokens[i], t->max_tokens);
        if (policy == KITH_TRUNCATION_ERROR)
            return fail(err, KITH_ERR_LIMIT, "text %u has %u tokens, the model reads %u", i,
                        t->tokens[i], t->max_tokens);
        if (policy == KITH_SPLIT)
            status = split(t, i, err);
        else if (truncated)
            ++*truncated;
    }
    return status;
}
