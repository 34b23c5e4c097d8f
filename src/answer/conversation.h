/* conversation.h - questions that build on each other, and the record of them. */
#ifndef KITH_ANSWER_CONVERSATION_H
#define KITH_ANSWER_CONVERSATION_H

#include "answer/answer.h"
#include "base/arena.h"
#include "base/status.h"
#include "store/store.h"

#include <kith/kith.h>

/* Answers the next question of a conversation and records the turn; a failure records nothing. A
 * follow-up question is first made whole: by the LLM when there is one and it can, else by the
 * words of the question before. Fills `out`, whose memory is in `a`. Errors:
 * kith_conversation_ask's. */
KITH_CHECKED kith_status conversation_ask(const answering *with, store *s, uint64_t id,
                                          const char *question, const kith_ask_options *options,
                                          arena *a, kith_answer *out, kith_error *err);

/* The conversation with all its turns, but for `json` and `markdown`; in `a`. */
KITH_CHECKED kith_status conversation_read(store *s, uint64_t id, arena *a, kith_conversation *out,
                                           kith_error *err);
/* Without turns; in `a`. */
KITH_CHECKED kith_status conversation_describe(const store_conversation *stored, arena *a,
                                               kith_conversation *out, kith_error *err);

/* ---- conversation_text.c ---- */

KITH_CHECKED kith_status conversation_json(const kith_conversation *c, arena *a, const char **out,
                                           kith_error *err);
/* For people; images are taken apart, so that reading the record loads nothing from anywhere. */
KITH_CHECKED kith_status conversation_markdown(const kith_conversation *c, arena *a,
                                               const char **out, kith_error *err);

#endif
