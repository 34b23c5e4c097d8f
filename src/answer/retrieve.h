/* retrieve.h - finds the passages that may answer a question: the best points by meaning and words.
 * Every passage gets its cosine to the question (`relevance`), also those that words alone found,
 * since whether an answer is refused is judged by it. */
#ifndef KITH_ANSWER_RETRIEVE_H
#define KITH_ANSWER_RETRIEVE_H

#include "base/arena.h"
#include "base/status.h"
#include "base/view.h"
#include "db/collection.h"
#include "embed/embedder.h"

#include <kith/kith.h>

typedef struct retrieval {
    kith_passage *passages; /* [count] best first; strings in the arena */
    uint32_t count;
    const float *scores;   /* [count] descending: the fused scores, of any scale */
    const float *question; /* [dim] the question's vector, in the arena */
    uint32_t dim;
    float together;           /* retrieve_together of the passages */
    uint32_t searched;        /* points that the filter accepts */
    uint32_t chunks, waiting; /* points of the collection; of them, without a vector */
    bool is_filtered;         /* by a filter: what it does not accept must not be shown */
    uint64_t sequence;        /* of the collection's state that was searched */
    int64_t embed_ns;         /* to embed the question */
    int64_t search_ns;        /* to search and to read the points */
} retrieval;

typedef struct retrieve_options {
    uint32_t k;                /* passages wanted, at least 1 */
    view where;                /* a filter in JSON; empty: no filter */
    bool allow_unknown_fields; /* in the filter */
    fusion_options fusion;
    const reranker *rerank;  /* of which the query is filled in; NULL, or without a score: none */
    const call_limit *limit; /* NULL: none */
} retrieve_options;

/* How a question's passages are ordered. Ranking by one side alone is a fusion in which the other
 * side has the weight 0, so that every passage still has its distance. Pure, any thread. */
fusion_options retrieve_fusion(const kith_ask_options *options);
/* Checks the options of a search or a question. Any thread. Error: KITH_ERR_INVALID (an unknown
 * ranking or fusion; a weight outside 0..1, or NaN). */
KITH_CHECKED kith_status retrieve_check(kith_ranking ranking, kith_fusion fusion,
                                        float meaning_weight, kith_error *err);

/* Of retrieve_together where there is nothing to tell: about the mean of all questions. */
#define TOGETHER_UNKNOWN 0.35F

/* How much the passages are of the first one's document: how many of the others are, of as many as
 * could be, less the share that points drawn by chance would have. -1..1; 0 where all points are of
 * one document; TOGETHER_UNKNOWN with fewer than two passages and where the document is of one chunk,
 * or of a number that is not known (the metadata "total_chunks"). Of a document a filter may leave a
 * part; chance would then have less of it than is subtracted.
 * passages  [count], their strings not NULL
 * searched  points that the filter accepts
 * a         for the metadata that is parsed
 * Any thread. */
float retrieve_together(const kith_passage *passages, uint32_t count, uint32_t searched, arena *a);

/* Embeds the question and searches. An empty collection gives no passages.
 * question  valid UTF-8
 * out       in `a`; untouched on failure
 * Any thread.
 * Errors:
 *   KITH_ERR_INVALID, FORMAT  the filter; a remote embedder's settings (INVALID)
 *   KITH_ERR_LIMIT      too many different words; a text is too long for a remote embedder; the
 *                       path of the derived file is too long
 *   KITH_ERR_MODEL, DIMENSION  the collection holds vectors of another model
 *   KITH_ERR_NOT_FOUND  the collection was deleted; a remote embedder does not know its model
 *   KITH_ERR_CANCELLED, TIMEOUT  the limit ended the call
 *   KITH_ERR_AUTH, RATE_LIMITED, TIMEOUT, NETWORK, REMOTE  a remote embedder failed
 *   KITH_ERR_BUSY, CORRUPT, IO, NO_MEMORY */
KITH_CHECKED kith_status retrieve(collection *c, embedder *e, view question,
                                  const retrieve_options *options, arena *a, retrieval *out,
                                  kith_error *err);

/* What is broken, or NULL: scores descend, and every passage has its strings and a relevance in
 * 0..1. For tests. */
const char *retrieval_check(const retrieval *r);

#endif
