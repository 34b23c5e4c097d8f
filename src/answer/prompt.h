/* prompt.h - the messages to the LLM: rules, passages within a budget, question.
 *
 * Passages are data. Each is enclosed in tags that carry a key made for this request, so that no
 * document can contain the closing tag, and the rules say that nothing between the tags is an
 * instruction. That lowers the risk of a prompt injection and does not exclude it; so whatever the
 * LLM answers is treated as untrusted text, too (citation.h, grounding.h).
 *
 * Budget: context_characters bounds the code points of passage text in all. Passages are taken
 * whole, best first, until the next one would exceed it; a later, shorter one is not taken instead,
 * so that what was sent is always passages 1..passages_sent. Only a first passage that exceeds the
 * budget by itself is cut, and says so. Rules, tags and question are not counted. */
#ifndef KITH_ANSWER_PROMPT_H
#define KITH_ANSWER_PROMPT_H

#include "base/arena.h"
#include "base/status.h"
#include "llm/endpoint.h"

#include <kith/kith.h>

typedef struct prompt {
    chat_message messages[2]; /* system, user */
    uint32_t passages_sent;   /* the first so many of the passages are in it */
} prompt;

/* passages            [count] best first
 * question            NUL-terminated
 * context_characters  the budget, > 0
 * key                 that no document can contain
 * out                 in `a`; untouched on failure
 * Any thread. Errors: KITH_ERR_LIMIT (more than 64 MiB), KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status prompt_write(const kith_passage *passages, uint32_t count,
                                      const char *question, uint32_t context_characters,
                                      uint64_t key, arena *a, prompt *out, kith_error *err);

#endif
