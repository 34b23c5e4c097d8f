/* grounding.h - how far the passages bear out each claim of an LLM's answer: meaning and words of
 * the sentences that it cites, and whether its numbers, names and denials stand there too. The
 * weights and where they come from: docs/decisions/011. */
#ifndef KITH_ANSWER_GROUNDING_H
#define KITH_ANSWER_GROUNDING_H

#include "answer/claim.h"
#include "base/arena.h"
#include "base/status.h"
#include "db/collection.h"
#include "embed/embedder.h"

#include <kith/kith.h>

enum {
    GROUNDING_MAX_CLAIMS = 24, /* of one answer are judged: 72 embeddings at most */
    GROUNDING_SENTENCES = 2 /* of the passages are embedded for each claim: a third told no more */
};

/* Of one claim against the passages that it cites, or all when it cites none. Heading and file name
 * count as words of a passage. */
typedef struct grounding_signals {
    double meaning;         /* best cosine of a sentence, of those that were embedded */
    double words;           /* share of its content words, by idf, that the passages have */
    double near_words;      /* that two neighbouring sentences have, the best of them */
    double numbers_missing; /* how many stand in no passage */
    double names_missing;
    double denial; /* 1: it denies what the nearest sentences do not, or the reverse; else 0 */
} grounding_signals;

typedef struct grounding {
    claim claim;
    bool is_measured; /* it is one of the first GROUNDING_MAX_CLAIMS */
    grounding_signals signals;
    uint32_t passage;    /* of the sentence of the best cosine, from 0 */
    uint32_t start, end; /* that sentence: bytes of the passage's content; equal: there is none */
} grounding;

/* What the model is run with. */
typedef struct grounding_with {
    collection *collection; /* its idf weighs the words */
    embedder *embedder;     /* called once */
} grounding_with;

/* The claims of `answer`, measured against passages [sent] that its numbers name; in `a`. Errors:
 * those of claim_split, embedder_embed and collection_idf. */
KITH_CHECKED kith_status grounding_measure(const grounding_with *with, view answer,
                                           const kith_passage *passages, uint32_t sent, arena *a,
                                           grounding **out, uint32_t *out_count, kith_error *err);
/* 0..1; below 0.5 a claim is not borne out. */
double grounding_support(const grounding_signals *s);

/* Fills answer->claims from its text and the passages sent, and marks in the quotes of its citations,
 * which are whole passages, the sentences that bear claims out. What goes wrong leaves the claims out,
 * or unchecked: it must not cost the answer. */
void grounding_judge(const grounding_with *with, arena *a, kith_answer *answer);

#endif
