/* evidence.h - the sentences of the passages, weighed by how well they fit the question.
 *
 * A question is covered word by word. Each of its tokens, as the encoder understands it among the
 * others, is sought among those of a sentence, and the nearest counts with its cosine: "surrender"
 * is covered by "gave up" in part, and "when" by a date. A sentence's fit is the mean over the
 * question's content words, rarer words weighing more, plus a part of the mean over all its tokens;
 * a passage's is that of all its sentences together. An embedder that shows no tokens is asked for
 * the sentence's vector: the words that stand there as they are, and its cosine, take their places.
 *
 * What a word weighs comes from the model's vocabulary, not from the collection, in which, when it
 * is small, whatever it holds is common. docs/decisions/006 has the weights and what they give. */
#ifndef KITH_ANSWER_EVIDENCE_H
#define KITH_ANSWER_EVIDENCE_H

#include "answer/question.h"
#include "answer/retrieve.h"
#include "base/arena.h"
#include "base/status.h"
#include "embed/embedder.h"

typedef struct evidence_sentence {
    uint32_t passage;    /* its number among the passages, from 0 */
    uint32_t start, end; /* bytes into the passage's content */
    float score;         /* its fit, whether it holds what is asked for, and its passage's score */
} evidence_sentence;

typedef struct evidence {
    evidence_sentence *sentences; /* best first; in the arena */
    uint32_t count;
    bool by_tokens;
    float fit; /* of the passage that covers the question best, 0 to about 1.6 */
    float
        words; /* BM25's term of the question's words in the passage that has most, 0 to about 2 */
} evidence;

/* Embeds EVIDENCE_SENTENCES sentences at most: those that are most promising by words, by the kind
 * of what is asked for, and by passage. Replaces the question's weights when the embedder knows
 * better ones. KITH_ERR_NO_MEMORY, LIMIT, and embedder_embed's. */
enum { EVIDENCE_SENTENCES = 8 };
KITH_CHECKED kith_status evidence_weigh(const retrieval *found, embedder *e, view text, question *q,
                                        arena *a, evidence *out, kith_error *err);

#endif
