/* claim.h - the sentences of an answer that claim something, each with the passages that it cites.
 * A citation belongs to the sentence that it is in or directly follows ("It is high. [1]"); one
 * before the first sentence belongs to that. Sentences that claim nothing are left out: headings,
 * questions, the introduction of a list ("The parts are:"), sentences without a content word, and
 * the statement that the passages do not say. claim.c describes how the answer is cut. */
#ifndef KITH_ANSWER_CLAIM_H
#define KITH_ANSWER_CLAIM_H

#include "base/arena.h"
#include "base/status.h"
#include "base/view.h"

#include <stdint.h>

enum { CLAIM_MAX_CITED = 64 /* passages of one claim; further ones are ignored */ };

typedef struct claim {
    uint32_t start, end; /* bytes of the answer, citations included; start < end */
    view text;           /* without citations, list marker and emphasis marks; in the arena */
    uint32_t *cited;     /* [cited_count] numbers of passages, from 1, each once; in the arena */
    uint32_t cited_count;
} claim;

/* answer  valid UTF-8 that has passed the citation filter: every [n] names a passage
 * out     [*out_count] claims in the order of the text, in `a`; untouched on failure
 * Any thread. Errors: KITH_ERR_LIMIT (4 GiB), KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status claim_split(view answer, arena *a, claim **out, uint32_t *out_count,
                                     kith_error *err);

#endif
