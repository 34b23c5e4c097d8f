/* evidence.h - the sentences of the passages, scored by how well they fit the question.
 *
 * A question is covered token by token. Each of its tokens, as the encoder represents it in
 * context, is compared with every token of a sentence, and the nearest one's cosine counts:
 * "surrender" is partly covered by "gave up", and "when" by a date. A sentence's fit is the mean
 * over the question's content words, rarer words weighing more, plus a part of the mean over all
 * its tokens; a passage's fit takes the best match of each token over all its sentences. evidence.c
 * has the formula. An embedder that gives no token states (a remote one) is asked for each
 * sentence's vector: exact word matches and the vector's cosine take the places of the two means.
 *
 * A word's weight comes from the model's vocabulary, not from the collection: in a small collection
 * whatever it contains is common, and an idf would say nothing. docs/decisions/006 has the fit of
 * the weights and what they achieve. */
#ifndef KITH_ANSWER_EVIDENCE_H
#define KITH_ANSWER_EVIDENCE_H

#include "answer/question.h"
#include "answer/retrieve.h"
#include "base/arena.h"
#include "base/status.h"
#include "embed/embedder.h"

typedef struct evidence_sentence {
    uint32_t passage;    /* index into retrieval.passages */
    uint32_t start, end; /* bytes of the passage's content */
    float score;         /* fit + kind and passage terms (evidence.c); larger is better */
    view said;           /* its bytes; of a row of a table with the names of its columns (row.h) */
} evidence_sentence;

typedef struct evidence {
    evidence_sentence *sentences; /* [count] best first; in the arena */
    uint32_t count;               /* at most EVIDENCE_SENTENCES */
    bool by_tokens;               /* fit is from token states; else from sentence vectors */
    float fit;                    /* of the passage that covers the question best, 0 to about 1.6 */
    float words; /* the largest BM25 share of a passage in the question's words, 0 to about 2 */
    const float *nearest; /* [question's words] the largest cosine of each to what was embedded, 0
                             without tokens of its own; NULL without by_tokens */
} evidence;

/* How many sentences are embedded at most: those with the highest promise, by shared words, by the
 * kind of thing that the question asks for, and by their passage's score. */
enum { EVIDENCE_SENTENCES = 8 };

/* Scores the sentences of the passages found.
 * found  passages with scores; for an embedder without tokens also the question's vector
 * text   the question, valid UTF-8
 * q      parsed from `text`; its weights and total are replaced when the embedder knows its model's
 *        vocabulary, also when the call fails
 * out    in `a`; untouched on failure
 * Any thread; `q` is the caller's alone.
 * Errors: KITH_ERR_NO_MEMORY; KITH_ERR_LIMIT (a passage of 4 GiB); and from a remote embedder
 * KITH_ERR_INVALID, AUTH, NOT_FOUND, RATE_LIMITED, LIMIT, TIMEOUT, NETWORK and REMOTE, each for the
 * reason that embedder_embed lists. */
KITH_CHECKED kith_status evidence_weigh(const retrieval *found, embedder *e, view text, question *q,
                                        arena *a, evidence *out, kith_error *err);

/* What is broken, or NULL: every sentence lies within its passage's content, their scores descend,
 * and there are at most EVIDENCE_SENTENCES. For tests. */
const char *evidence_check(const evidence *e, const retrieval *found);

#endif
