/* grounding.h - whether the passages support each claim of an LLM's answer.
 * A claim is compared with the sentences of the passages that it cites, or of all that were sent
 * when it cites none: by meaning and shared words, and by whether its numbers, names and negations
 * occur there too. grounding.c has the model and its weights, docs/decisions/011 their fit. */
#ifndef KITH_ANSWER_GROUNDING_H
#define KITH_ANSWER_GROUNDING_H

#include "answer/claim.h"
#include "base/arena.h"
#include "base/status.h"
#include "db/collection.h"
#include "embed/embedder.h"

#include <kith/kith.h>

enum {
    GROUNDING_MAX_CLAIMS = 24, /* judged in one answer: at most 72 embeddings */
    GROUNDING_SENTENCES = 2 /* of the passages, embedded for each claim: a third gained nothing */
};

/* A claim with less support than this is not supported. The model's bias is set for 0.5. */
#define GROUNDING_THRESHOLD 0.5

/* One claim against the passages that it cites, or all that were sent when it cites none. A
 * passage's heading and file name count as its words. */
typedef struct grounding_signals {
    double meaning;         /* largest cosine to a sentence that was embedded for it, 0..1 */
    double words;           /* share of its content words, by idf, that the passages have, 0..1 */
    double near_words;      /* the largest share that two neighboring sentences have, 0..1 */
    double numbers_missing; /* how many of its numbers occur in none of the passages */
    double names_missing;   /* how many of its names occur in none of them */
    double denial; /* 1: it negates and the nearest sentences do not, or the reverse; else 0 */
} grounding_signals;

typedef struct grounding {
    claim claim;
    bool is_measured; /* it is one of the first GROUNDING_MAX_CLAIMS */
    grounding_signals signals;
    uint32_t passage;    /* index of the passage with the sentence of the largest cosine */
    uint32_t start, end; /* that sentence: bytes of the passage's content; equal: there is none */
} grounding;

typedef struct grounding_with {
    collection *collection; /* its idf weighs the words */
    embedder *embedder;     /* called once */
} grounding_with;

/* Splits an answer into claims and measures each against the passages.
 * answer    valid UTF-8 that has passed the citation filter: every [n] has 1 <= n <= sent
 * passages  [sent] in the order of their numbers
 * out       [*out_count] claims in the order of the text, in `a`; the first GROUNDING_MAX_CLAIMS
 *           are measured; untouched on failure
 * Any thread.
 * Errors: KITH_ERR_LIMIT (the answer or a passage has 4 GiB; a remote embedder says that a text is
 * too long; the path of the derived file is too long), KITH_ERR_NO_MEMORY; from reading idfs, when
 * the index must be loaded, KITH_ERR_NOT_FOUND (the collection was deleted), BUSY, CORRUPT, IO;
 * from a remote embedder KITH_ERR_INVALID, AUTH, NOT_FOUND, RATE_LIMITED, TIMEOUT, NETWORK and
 * REMOTE, each for the reason that embedder_embed lists. */
KITH_CHECKED kith_status grounding_measure(const grounding_with *with, view answer,
                                           const kith_passage *passages, uint32_t sent, arena *a,
                                           grounding **out, uint32_t *out_count, kith_error *err);
/* 0..1: how likely the passages support a claim with these signals. Pure, any thread. */
double grounding_support(const grounding_signals *s);

/* Sets answer->claims from answer->text and the passages sent, and marks in the quotes of its
 * citations, which are whole passages, the sentences that support claims; all in `a`. Any thread.
 * It has no error, because judging must not cost the answer: when measuring fails every claim is
 * KITH_UNCHECKED, and when memory runs out there are no claims. */
void grounding_judge(const grounding_with *with, arena *a, kith_answer *answer);

#endif
