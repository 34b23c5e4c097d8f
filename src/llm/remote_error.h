/* remote_error.h - what an endpoint says went wrong, turned into a status and one line. */
#ifndef KITH_LLM_REMOTE_ERROR_H
#define KITH_LLM_REMOTE_ERROR_H

#include "base/json.h"
#include "base/status.h"
#include "base/view.h"
#include "llm/endpoint.h"

#include <stdbool.h>

enum { REMOTE_WORDS_BYTES = 240 };

/* Views into the answer; empty where it does not say. */
typedef struct remote_error {
    int http_status;
    view message, code, type, param;
} remote_error;

/* Reads {"error": {...}}, {"error": "text"}, {"message": "text"} and {"detail": "text"}; false when
 * `answer` (may be NULL) is none of them. An error inside an answer of 200 may bring its status as
 * a number in `code`. */
bool remote_error_find(const json_value *answer, int http_status, remote_error *out);

/* Fails with the status that the error stands for: KITH_ERR_AUTH, NOT_FOUND, RATE_LIMITED, LIMIT or
 * REMOTE. */
kith_status remote_error_fail(const endpoint *e, const remote_error *r, kith_error *err);

/* `text` as one line of valid UTF-8 with the key blotted out, cut. */
const char *remote_words(const endpoint *e, view text, char out[REMOTE_WORDS_BYTES]);

/* How messages name the endpoint. */
const char *endpoint_name(const endpoint *e);

#endif
