/* endpoint.h - an OpenAI-compatible endpoint: embeddings and chat completions.
 *
 * 429, 5xx and lost connections are tried again, with exponential back-off and jitter and honouring
 * Retry-After, until `retries` or the deadline is used up; a wait that would outlast the deadline
 * ends the call at once. Silence is not tried again (call.c says why), nor is anything after the
 * first piece of a streamed answer.
 *
 * The key goes into the Authorization header and nowhere else: not into a message, even when the
 * endpoint repeats it. Any thread. */
#ifndef KITH_LLM_ENDPOINT_H
#define KITH_LLM_ENDPOINT_H

#include "base/arena.h"
#include "base/status.h"
#include "base/view.h"
#include "os/call_limit.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct endpoint {
    const char *base_url; /* NULL: https://api.openai.com/v1; a trailing slash does not matter;
                             without user name, query and fragment: KITH_ERR_INVALID */
    const char *api_key;  /* NULL or "": no Authorization header; required when base_url is NULL:
                             KITH_ERR_AUTH before anything is sent */
    const char *model;    /* required: KITH_ERR_INVALID before anything is sent */
    uint32_t timeout_ms;  /* of one attempt without a byte; 0: 60,000 */
    uint32_t deadline_ms; /* of all attempts at one request; 0: 180,000 */
    uint32_t retries;     /* after the first attempt; UINT32_MAX: 4 */
    uint32_t backoff_ms;  /* the first wait, doubled each time up to 30 s; 0: 500 */
    /* Ends the call, between attempts and within one: KITH_ERR_CANCELLED, KITH_ERR_TIMEOUT. NULL:
     * none. */
    const call_limit *limit;
} endpoint;

typedef struct llm_usage {
    uint64_t prompt_tokens, completion_tokens; /* 0 when the endpoint does not say */
} llm_usage;

/* Embeds `count` texts (none empty; newlines become spaces), a request for each batch of at most 96
 * texts or 256 KiB; an endpoint that takes less at once is asked with smaller batches.
 * dim          in: 0 accepts any dimension, else the one that it must be; out: what it is
 * out_vectors  [count][dim] in the order of `texts`, heap, the caller frees; NULL for no texts
 * usage        may be NULL
 * KITH_ERR_INVALID       an empty text, or a setting of `e`; nothing was sent
 * KITH_ERR_AUTH          401, 403; or no key for the default URL, and nothing was sent
 * KITH_ERR_NOT_FOUND     404: the model or the path is unknown
 * KITH_ERR_RATE_LIMITED  still 429 after the retries, or the quota is spent
 * KITH_ERR_LIMIT         a text is longer than the model takes; the message says which
 * KITH_ERR_TIMEOUT       silence, or the deadline is over
 * KITH_ERR_NETWORK       no connection, or it was cut off
 * KITH_ERR_REMOTE        another status; a malformed or oversized answer; a wrong count, index or
 *                        dimension; NaN. The message has the endpoint's own words, cut to a line,
 *                        the key replaced by "***".
 * KITH_ERR_IO, KITH_ERR_INTERNAL  libcurl is missing or cannot start
 * KITH_ERR_NO_MEMORY
 * All or nothing: on failure the outputs are untouched. */
KITH_CHECKED kith_status llm_embed(const endpoint *e, const view *texts, uint32_t count,
                                   uint32_t *dim, float **out_vectors, llm_usage *usage,
                                   kith_error *err);

typedef struct chat_message {
    const char *role; /* "system", "user", "assistant" */
    view content;
} chat_message;

typedef struct chat_options {
    double temperature;  /* 0..2 */
    uint32_t max_tokens; /* > 0 */
    /* Called with the pieces of the answer as they come, in valid UTF-8; may be NULL. Any status
     * but KITH_OK ends the stream and the call with it. */
    kith_status (*on_text)(void *context, view piece);
    /* Called when what came so far turns out to be the model's thoughts, which are no part of the
     * answer (thoughts.h): it begins anew with the next piece. May be NULL. */
    void (*on_discard)(void *context);
    void *context;
} chat_options;

/* Streams one completion. What the model thinks between tags is left out (thoughts.h).
 * messages   [count], at least one
 * out        the whole text, in `a`; of a call that fails, what came of it
 * truncated  the answer ended at max_tokens (finish_reason "length")
 * usage      may be NULL
 * truncated and usage are untouched on failure. An endpoint that refuses max_tokens, temperature or
 * stream_options, as some models do, is asked again without.
 * KITH_ERR_INVALID       no message, another role, a temperature or max_tokens out of range, or a
 *                        setting of `e`; nothing was sent
 * KITH_ERR_AUTH          401, 403; or no key for the default URL, and nothing was sent
 * KITH_ERR_NOT_FOUND     404: the model or the path is unknown
 * KITH_ERR_RATE_LIMITED  still 429 after the retries, or the quota is spent
 * KITH_ERR_LIMIT         the messages are longer than the model's context, or than 64 MiB
 * KITH_ERR_TIMEOUT       silence, or the deadline is over, before the answer was whole
 * KITH_ERR_NETWORK       no connection, or it was cut off before the answer was whole
 * KITH_ERR_REMOTE        another status; a malformed, oversized or empty answer, or nothing but
 *                        thoughts
 * KITH_ERR_IO, KITH_ERR_INTERNAL  libcurl is missing or cannot start
 * KITH_ERR_NO_MEMORY
 * or what on_text returned. */
KITH_CHECKED kith_status llm_chat(const endpoint *e, const chat_message *messages, uint32_t count,
                                  const chat_options *options, arena *a, view *out, bool *truncated,
                                  llm_usage *usage, kith_error *err);

#endif
