/* rewrite.h - lets an LLM rewrite a follow-up question so that it can be understood alone. */
#ifndef KITH_ANSWER_REWRITE_H
#define KITH_ANSWER_REWRITE_H

#include "base/arena.h"
#include "base/status.h"
#include "base/view.h"
#include "llm/endpoint.h"

#include <kith/kith.h>

enum { REWRITE_TURNS = 3 /* the last turns of a conversation that the LLM gets to see */ };

typedef struct rewriter {
    const kith_llm *llm;
    const call_limit *limit; /* NULL: none but the 30 seconds */
} rewriter;

/* Takes at most 30 seconds, with one retry.
 * turns     [turn_count] the last ones, oldest first
 * question  valid UTF-8
 * out       one line, in `a`; untouched on failure
 * usage     the tokens used, also on failure
 * Any thread.
 * Errors: KITH_ERR_INVALID, AUTH, NOT_FOUND, RATE_LIMITED, TIMEOUT or NETWORK (the request failed,
 * see endpoint.h), KITH_ERR_CANCELLED or TIMEOUT (the limit ended the call),
 * KITH_ERR_LIMIT (the prompt is too long for the LLM, or has more than 1 MiB),
 * KITH_ERR_REMOTE (the endpoint failed, or its answer is empty, cut off or longer than 1,000
 * bytes), KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status rewrite_question(const rewriter *with, const kith_turn *turns,
                                          uint32_t turn_count, view question, arena *a, view *out,
                                          llm_usage *usage, kith_error *err);

#endif
