/* conversation.h - questions that build on each other, and the record of them. */
#ifndef KITH_ANSWER_CONVERSATION_H
#define KITH_ANSWER_CONVERSATION_H

#include "answer/answer.h"
#include "base/arena.h"
#include "base/status.h"
#include "store/conversations.h"

#include <kith/kith.h>

/* Answers the next question of a conversation and records the turn. A question that depends on the
 * one before is completed first: by the LLM when the options name one and it succeeds, else with
 * the words of the question before (followup.h).
 * options  NULL: all defaults
 * out      in `a`; untouched on failure
 * Any thread. Two calls for one conversation at the same time both record a turn; which one is
 * first is not defined.
 * Errors, after which no turn is recorded:
 *   KITH_ERR_NOT_FOUND  no such conversation; the collection was deleted; a remote embedder does
 *                       not know its model
 *   KITH_ERR_INVALID    the question is empty; k, ranking, fusion, weight or filter is not
 *                       acceptable; a remote embedder's settings are wrong
 *   KITH_ERR_FORMAT     the filter is not JSON; a recorded answer cannot be read
 *   KITH_ERR_LIMIT      the question has more than 64 KiB or too many different words; a text is
 *                       too long for a remote embedder; the derived file's path is too long
 *   KITH_ERR_MODEL, DIMENSION  the collection holds vectors of another model
 *   KITH_ERR_CANCELLED  on_event returned something else than 0
 *   KITH_ERR_AUTH, RATE_LIMITED, TIMEOUT, NETWORK, REMOTE  a remote embedder failed
 *   KITH_ERR_BUSY, CORRUPT, IO, FULL, NO_MEMORY */
KITH_CHECKED kith_status conversation_ask(const answering *with, store *s, uint64_t id,
                                          const char *question, const kith_ask_options *options,
                                          arena *a, kith_answer *out, kith_error *err);

/* The same for a caller that keeps the record: the question is completed from options->before, of
 * which there is at least one, and nothing is recorded.
 * Errors: as conversation_ask, but for the conversation; KITH_ERR_INVALID also when a question of
 * options->before is NULL or not UTF-8. */
KITH_CHECKED kith_status conversation_ask_after(const answering *with, const char *question,
                                                const kith_ask_options *options, arena *a,
                                                kith_answer *out, kith_error *err);

/* Reads a conversation with all its turns; `json` and `markdown` stay NULL. In `a`; untouched on
 * failure. Any thread.
 * Errors: KITH_ERR_NOT_FOUND (no such conversation), KITH_ERR_FORMAT or KITH_ERR_LIMIT (a recorded
 * answer cannot be read), KITH_ERR_BUSY, KITH_ERR_CORRUPT, KITH_ERR_IO, KITH_ERR_FULL,
 * KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status conversation_read(store *s, uint64_t id, arena *a, kith_conversation *out,
                                           kith_error *err);
/* Copies what the store lists of a conversation, without its turns, into `a`. Any thread. Error:
 * KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status conversation_describe(const store_conversation *stored, arena *a,
                                               kith_conversation *out, kith_error *err);

/* ---- conversation_text.c ---- */

/* Both write a conversation that was read with its turns, into `a`; *out is untouched on failure.
 * Any thread. Errors: KITH_ERR_LIMIT (more than 1 GiB), KITH_ERR_NO_MEMORY. */

/* For programs: one JSON object. */
KITH_CHECKED kith_status conversation_json(const kith_conversation *c, arena *a, const char **out,
                                           kith_error *err);
/* For people: Markdown, in which "![" is escaped, so that a viewer loads no image that a document
 * or an LLM names. */
KITH_CHECKED kith_status conversation_markdown(const kith_conversation *c, arena *a,
                                               const char **out, kith_error *err);

#endif
