/* extractive.h - an answer without an LLM: the sentences of the passages that fit the question best
 * (evidence.h), quoted and cited, or a refusal when the passages do not support one (verdict.h). */
#ifndef KITH_ANSWER_EXTRACTIVE_H
#define KITH_ANSWER_EXTRACTIVE_H

#include "answer/retrieve.h"
#include "base/arena.h"
#include "base/status.h"
#include "embed/embedder.h"

#include "answer/prompt.h"

#include <kith/kith.h>

typedef struct extractive_answer {
    const char *text; /* the quoted sentences, each with its [n]; or the sentence that refuses */
    bool refused;
    double support;                 /* 0..1 */
    const struct verdict *why;      /* in the arena: verdict.h */
    const struct evidence *weighed; /* what was weighed for it, in the arena: evidence.h */
    kith_citation *citations;       /* [citation_count] one for each quoted sentence */
    uint32_t citation_count;        /* 0 when refused */
} extractive_answer;

/* What an LLM is told beside the passages. */
typedef struct answer_hints {
    const prompt_unit *units; /* [unit_count] rows, options, entries and changes, best first */
    uint32_t unit_count;
    const view *missing; /* [missing_count] strict demands that are not met (demand.h) */
    uint32_t missing_count;
} answer_hints;

/* The units that would be quoted, and what the passages lack; none of either with an embedder without
 * token states, which would be asked over the network.
 * Otherwise as answer_from_sentences. */
KITH_CHECKED kith_status answer_hints_find(collection *c, embedder *e, view question,
                                           const retrieval *found, arena *a, answer_hints *out,
                                           kith_error *err);

/* The best unit alone, for an answer that is put together of several. */
typedef struct extractive_quote {
    bool refused;
    double support;
    view said, heading;
    kith_citation citation; /* of a passage of `found`; unset when refused */
    const struct verdict *why;
    const struct evidence *weighed;
} extractive_quote;

/* Otherwise as answer_from_sentences. */
KITH_CHECKED kith_status extractive_best(collection *c, embedder *e, view question,
                                         const retrieval *found, arena *a, extractive_quote *out,
                                         kith_error *err);
/* Appends a quote on one line, behind a blank, closed by its number: "It is 330 metres high. [1]" */
void extractive_append(struct buffer *out, view quote, uint32_t n);

/* Quotes at most two sentences of the passages found, or refuses.
 * question  valid UTF-8; the one that `found` was retrieved for
 * out       in `a`; citations borrow strings of `found`; untouched on failure
 * Any thread.
 * Errors: KITH_ERR_LIMIT (a passage of 4 GiB; a quote of 1 MiB; a text too long for a remote
 * embedder; the derived file's path is too long), KITH_ERR_NO_MEMORY; from reading idfs, when the
 * index must be loaded, KITH_ERR_NOT_FOUND (the collection was deleted), BUSY, CORRUPT, IO; from a
 * remote embedder KITH_ERR_INVALID, AUTH, NOT_FOUND, RATE_LIMITED, TIMEOUT, NETWORK, REMOTE. */
KITH_CHECKED kith_status answer_from_sentences(collection *c, embedder *e, view question,
                                               const retrieval *found, arena *a,
                                               extractive_answer *out, kith_error *err);

#endif
