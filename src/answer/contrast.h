/* contrast.h - questions about two things of which each has a document of its own ("gzip or xz", a
 * manual page each), or of which one is nowhere. One search for both finds passages that mention both;
 * what each thing is stands elsewhere. So each side is searched for by itself, and what there is on
 * each is quoted; of a thing that nothing mentions the answer says so. Of two things that are told
 * apart in one document (pair.h) nothing changes. */
#ifndef KITH_ANSWER_CONTRAST_H
#define KITH_ANSWER_CONTRAST_H

#include "answer/extractive.h"
#include "answer/retrieve.h"

enum { CONTRAST_PASSAGES = 2 /* of each side */ };

typedef struct contrast_side {
    view thing;           /* in the question */
    const char *question; /* what it is asked for: "What is gzip?" */
    bool is_known;        /* something in the collection mentions it */
    retrieval found;      /* with the count 0 where nothing is to be quoted */
    uint32_t first;       /* where these passages stand among those of the question */
} contrast_side;

typedef struct contrast {
    bool applies;
    contrast_side sides[2];
} contrast;

/* What is needed for the searches. */
typedef struct contrast_search {
    collection *collection;
    embedder *embedder;
    view question; /* valid UTF-8 */
    const retrieve_options *options;
} contrast_search;

/* Decides whether the question is such a one; with k = 1 it is none. When it is, the passages of the sides come first in
 * *found, before as many of the former as the limit k leaves.
 * found  of the question; unchanged unless out->applies
 * out    in `a`; untouched on failure
 * Two to four more searches for a question about a difference, none for others. Any thread.
 * Errors: as retrieve, and those of answer_from_sentences. */
KITH_CHECKED kith_status contrast_find(const contrast_search *s, arena *a, retrieval *found,
                                       contrast *out, kith_error *err);

/* The answer: what is nowhere, then a unit of each side; refused when both are nowhere.
 * c      applies
 * found  as contrast_find left it
 * out    in `a`, untouched on failure and when *done stays false: a side has nothing to quote
 * Any thread. Errors: as answer_from_sentences. */
KITH_CHECKED kith_status contrast_answer(const contrast_search *s, const contrast *c,
                                         const retrieval *found, arena *a, extractive_answer *out,
                                         bool *done, kith_error *err);

#endif
