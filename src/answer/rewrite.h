/* rewrite.h - a follow-up question made whole by an LLM, from what was said before. */
#ifndef KITH_ANSWER_REWRITE_H
#define KITH_ANSWER_REWRITE_H

#include "base/arena.h"
#include "base/status.h"
#include "base/view.h"
#include "llm/endpoint.h"

#include <kith/kith.h>

/* What is shown of a conversation: its last turns. */
enum { REWRITE_TURNS = 3 };

/* turns   [turn_count] the last ones, oldest first
 * *out    one line, in `a`
 * *usage  also on failure
 * The errors are llm_chat's, within 30 seconds; KITH_ERR_REMOTE when what came is no question. */
KITH_CHECKED kith_status rewrite_question(const kith_llm *llm, const kith_turn *turns,
                                          uint32_t turn_count, view question, arena *a, view *out,
                                          llm_usage *usage, kith_error *err);

#endif
