/* verdict.h - whether the passages support an answer; when not, the sentence that says what they
 * lack. */
#ifndef KITH_ANSWER_VERDICT_H
#define KITH_ANSWER_VERDICT_H

#include "answer/support.h"

typedef struct verdict {
    bool refused;
    double odds;      /* log odds that the passages answer; refused below 0 */
    double support;   /* 0..1: how likely the best unit is right; of a refusal as of a unit without
                         certainty */
    const char *text; /* of a refusal; else "" */
    support_signals signals;
    demands demands;
} verdict;

/* q, e  of the question `text`, after evidence_weigh
 * out   in `a`; untouched on failure
 * Any thread. Errors: KITH_ERR_LIMIT (a text of 4 GiB), KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status verdict_reach(view text, const question *q, const retrieval *found,
                                       const evidence *e, arena *a, verdict *out, kith_error *err);

#endif
