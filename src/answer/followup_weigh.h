/* followup_weigh.h - whether a question depends on the one before it, when its words alone do not
 * decide: "How many copies were sold in the first week?"
 * It is searched for twice: alone, and joined with the content words of the question before. When
 * it is a follow-up, the joined search finds a passage that holds the carried words and no fewer of
 * the question's own. When it has a subject of its own, the carried words lead away from the
 * passage that holds its own words, or the passage found does not hold the carried ones.
 * docs/decisions/007 has the measurements. */
#ifndef KITH_ANSWER_FOLLOWUP_WEIGH_H
#define KITH_ANSWER_FOLLOWUP_WEIGH_H

#include "answer/retrieve.h"
#include "base/arena.h"
#include "base/status.h"
#include "base/view.h"

typedef struct followup {
    view question; /* valid UTF-8 */
    view joined;   /* the question and the words that it lacks, as followup_join gives it */
    bool is_named; /* FOLLOWUP_NAMED: stricter thresholds */
} followup;

/* Sets *out to whether the question is a follow-up. Makes two searches with one passage each, or
 * none when it has no content word or so many that it must have a subject of its own.
 * options  where and fusion are used, k is not read
 * Any thread. *out is untouched on failure.
 * Errors:
 *   KITH_ERR_INVALID, FORMAT  the filter; a remote embedder's settings (INVALID)
 *   KITH_ERR_LIMIT      too many different words; a text is too long for a remote embedder; the
 *                       path of the derived file is too long
 *   KITH_ERR_MODEL, DIMENSION  the collection holds vectors of another model
 *   KITH_ERR_NOT_FOUND  the collection was deleted; a remote embedder does not know its model
 *   KITH_ERR_AUTH, RATE_LIMITED, TIMEOUT, NETWORK, REMOTE  a remote embedder failed
 *   KITH_ERR_BUSY, CORRUPT, IO, NO_MEMORY */
KITH_CHECKED kith_status followup_weigh(const followup *f, collection *c, embedder *e,
                                        const retrieve_options *options, arena *a, bool *out,
                                        kith_error *err);

#endif
