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
 * budget by itself is cut, and says so. What the passages leave is for the units. Rules, tags and
 * question are not counted.
 *
 * What the question demands and no passage has (demand.h) is told before the question: an LLM that
 * reads a list of exit codes is as easily led to answer for one that is not in it as kith was. */
#ifndef KITH_ANSWER_PROMPT_H
#define KITH_ANSWER_PROMPT_H

#include "base/arena.h"
#include "base/status.h"
#include "llm/endpoint.h"

#include <kith/kith.h>

/* What kith itself would quote of a passage: a row with the names of its columns, an option with its
 * description, a change with its version. */
typedef struct prompt_unit {
    uint32_t passage; /* index */
    view said;
} prompt_unit;

typedef struct prompt_input {
    const kith_passage *passages; /* [count] best first */
    uint32_t count;
    const char *question;
    uint32_t context_characters; /* the budget, > 0 */
    uint64_t key;                /* that no document can contain */
    const prompt_unit *units; /* [unit_count] best first; each stands within its passage's tags */
    uint32_t unit_count;
    const view *missing; /* [missing_count] what of the question no passage mentions */
    uint32_t missing_count;
} prompt_input;

typedef struct prompt {
    chat_message messages[2]; /* system, user */
    uint32_t passages_sent;   /* the first so many of the passages are in it */
} prompt;

/* out  in `a`; untouched on failure
 * Any thread. Errors: KITH_ERR_LIMIT (more than 64 MiB), KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status prompt_write(const prompt_input *in, arena *a, prompt *out,
                                      kith_error *err);

#endif
