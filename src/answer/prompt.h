/* prompt.h - what an LLM is told: the rules, the passages within a budget, the question.
 * Passages are data: each stands between marks that carry a key made for this request, and the
 * rules say that nothing between them is an instruction. */
#ifndef KITH_ANSWER_PROMPT_H
#define KITH_ANSWER_PROMPT_H

#include "base/arena.h"
#include "base/status.h"
#include "llm/endpoint.h"

#include <kith/kith.h>

typedef struct prompt {
    chat_message messages[2]; /* system, user */
    uint32_t passages_sent;   /* whole passages, best first; the first one is cut, and says so, when
                                 it alone is over the budget */
} prompt;

/* context_characters > 0 bounds the passages' text; the rules and the question always go in whole.
 * `key` should not be guessable from a document. */
KITH_CHECKED kith_status prompt_write(const kith_passage *passages, uint32_t count,
                                      const char *question, uint32_t context_characters,
                                      uint64_t key, arena *a, prompt *out, kith_error *err);

#endif
