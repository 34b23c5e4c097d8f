/* evidence.h - the units of the passages (unit.h), scored by how well they answer the question.
 *
 * A question is covered token by token. Each of its tokens, as the encoder represents it in
 * context, is compared with every token of a unit, and the nearest one's cosine counts:
 * "surrender" is partly covered by "gave up", and "when" by a date. A unit's fit is the mean
 * over the question's content words, rarer words weighing more, plus a part of the mean over all
 * its tokens; a passage's fit takes the best match of each token over all its units.
 * evidence_fit.c has the formula. An embedder that gives no token states (a remote one) is asked for each
 * unit's vector: exact word matches and the vector's cosine take the places of the two means.
 * Which unit is quoted is decided by these and by the signals that reader.h lists.
 *
 * A word's weight comes from the model's vocabulary, not from the collection: in a small collection
 * whatever it contains is common, and an idf would say nothing. docs/decisions/006 has the fit of
 * the passages, docs/decisions/046 how units are found and scored. */
#ifndef KITH_ANSWER_EVIDENCE_H
#define KITH_ANSWER_EVIDENCE_H

#include "answer/passage_text.h"
#include "answer/question.h"
#include "answer/reader.h"
#include "answer/retrieve.h"
#include "answer/subject.h"
#include "answer/unit.h"
#include "base/arena.h"
#include "base/status.h"
#include "embed/embedder.h"

typedef struct evidence_sentence {
    const unit *unit;    /* one of the passage's */
    uint32_t passage;    /* index into retrieval.passages */
    uint32_t start, end; /* the unit's: bytes of the passage's text */
    float score;         /* the reader's; larger is better */
    view said;           /* the unit's */
    reader_signals signals;
    const float *nearest; /* [question's words] the cosine of each to its nearest token, 0 without
                             tokens of its own; NULL where it was not embedded, or by vectors */
    subject_saying says;  /* what it says of the attribute that the question wants to know */
    bool is_of_another;   /* it has "Part 1" of the question's "part 3": exact_name_of_another */
} evidence_sentence;

/* A passage with all units of its text, also those that its neighbors hold. */
typedef struct evidence_passage {
    const unit *units; /* [count] in order */
    uint32_t count;
} evidence_passage;

typedef struct evidence {
    evidence_sentence *sentences; /* [considered] in the arena: those that were embedded, best
                                     first, then the others by their promise */
    uint32_t count;               /* how many were embedded, at most EVIDENCE_SENTENCES */
    uint32_t considered;
    evidence_passage *passages; /* [found->count] */
    bool by_tokens;             /* fit is from token states; else from the units' vectors */
    float fit;                  /* of the passage that covers the question best, 0 to about 1.6 */
    float form;  /* the share of all units that are no plain sentences: near 0 in articles, about
                    half in manuals */
    float words; /* the largest BM25 share of a passage in the question's words, 0 to about 2 */
    const float *nearest; /* [question's words] the largest cosine of each to what was embedded, 0
                             without tokens of its own; NULL without by_tokens */
} evidence;

/* How many units are embedded at most: those with the highest promise, which is the reader's score
 * without token states. No more than EVIDENCE_BYTES of text in all, but at least one unit. */
enum { EVIDENCE_SENTENCES = 8, EVIDENCE_BYTES = 1600 };

/* What is weighed. */
typedef struct evidence_input {
    const retrieval *found;    /* with scores; for an embedder without tokens also the question's
                               vector */
    const passage_text *texts; /* [found->count] */
    embedder *embedder;
    view text; /* the question, valid UTF-8 */
} evidence_input;

/* Scores the units of the passages found.
 * q      parsed from `in->text`; its weights and total are replaced when the embedder knows its
 *        model's vocabulary, also when the call fails
 * out    in `a`; untouched on failure
 * Any thread; `q` is the caller's alone.
 * Errors: KITH_ERR_NO_MEMORY; KITH_ERR_LIMIT (a passage of 4 GiB); and from a remote embedder
 * KITH_ERR_INVALID, AUTH, NOT_FOUND, RATE_LIMITED, LIMIT, TIMEOUT, NETWORK and REMOTE, each for the
 * reason that embedder_embed lists. */
KITH_CHECKED kith_status evidence_weigh(const evidence_input *in, question *q, arena *a,
                                        evidence *out, kith_error *err);

/* How sure the reader is of the best unit: its share in the sum of e^score of those that were
 * embedded, 0..1; 0 without units. Pure. */
double evidence_certainty(const evidence *e);

/* What is broken, or NULL: every unit lies within its passage's text and is partly in its content,
 * the scores descend, and there are at most EVIDENCE_SENTENCES. For tests. */
const char *evidence_check(const evidence *e, const evidence_input *in);

#endif
