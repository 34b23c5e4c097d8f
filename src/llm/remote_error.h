/* remote_error.h - what an endpoint says went wrong, turned into a status and one line of text.
 * Pure; any thread. */
#ifndef KITH_LLM_REMOTE_ERROR_H
#define KITH_LLM_REMOTE_ERROR_H

#include "base/json.h"
#include "base/status.h"
#include "base/view.h"
#include "llm/endpoint.h"

#include <stdbool.h>

enum { REMOTE_WORDS_BYTES = 240 }; /* of a line, its NUL included */

/* Views into the answer; empty where it does not say. code is "insufficient_quota" and the like,
 * param the field of the request that is at fault. */
typedef struct remote_error {
    int http_status;
    view message, code, type, param;
} remote_error;

/* Reads {"error": {...}} and {"error": "text"}, and from an http_status of 300 on {"message":
 * "text"} and {"detail": "text"}. False when `answer`, which may be NULL, is none of them; *out
 * then holds the http_status alone. An error inside an answer of 200 may bring its status as a
 * number in `code`, which *out then has instead. */
bool remote_error_find(const json_value *answer, int http_status, remote_error *out);

/* May a smaller request be accepted? True for 400, 413 and 422 but where the error is about the key,
 * the model or another field of the request than the input. */
bool remote_error_may_be_size(const remote_error *r);

/* Fails with the status that the error stands for; the message names the endpoint and has its own
 * words. KITH_ERR_AUTH (401, 403), KITH_ERR_NOT_FOUND (404, or a code that says that the model is
 * unknown), KITH_ERR_RATE_LIMITED (429), KITH_ERR_LIMIT (below 500: the text is too long),
 * KITH_ERR_REMOTE (all others). */
kith_status remote_error_fail(const endpoint *e, const remote_error *r, kith_error *err);

/* Writes `text` to `out` as one line of valid UTF-8, each occurrence of the key replaced by "***",
 * cut with "..." where it is too long; returns `out`. */
const char *remote_words(const endpoint *e, view text, char out[REMOTE_WORDS_BYTES]);

/* The base URL, by which messages name the endpoint. */
const char *endpoint_name(const endpoint *e);

#endif
