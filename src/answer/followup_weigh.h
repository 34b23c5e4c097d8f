/* followup_weigh.h - does a question lean on the one before it? What the passages say of one whose
 * words do not tell: "How many copies were sold in the first week?"
 * Asked together with the words of the question before it, a question that leans finds a passage
 * that holds them and no less of its own; one with a subject of its own loses by them, or what it
 * finds knows nothing of them. How well that tells: docs/decisions/007. */
#ifndef KITH_ANSWER_FOLLOWUP_WEIGH_H
#define KITH_ANSWER_FOLLOWUP_WEIGH_H

#include "answer/retrieve.h"
#include "base/arena.h"
#include "base/status.h"
#include "base/view.h"

typedef struct followup {
    view question;
    view joined;   /* with the words that it lacks, as followup_join gives it */
    bool is_named; /* FOLLOWUP_NAMED: it must gain more by them */
} followup;

/* Two searches, unless the question has words enough to stand alone; of `options` k is not read.
 * Errors: retrieve's, KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status followup_weigh(const followup *f, collection *c, embedder *e,
                                        const retrieve_options *options, arena *a, bool *out,
                                        kith_error *err);

#endif
