/* claim.h - the sentences of an answer that claim something, each with the passages that it cites.
 * A citation belongs to the sentence that it stands in or right behind ("It is high. [1]"), else to
 * the next one. Left out is what claims nothing: a heading, a question, the introduction of a list,
 * a sentence without a content word, and the admission that the passages do not say. */
#ifndef KITH_ANSWER_CLAIM_H
#define KITH_ANSWER_CLAIM_H

#include "base/arena.h"
#include "base/status.h"
#include "base/view.h"

#include <stdint.h>

enum { CLAIM_MAX_CITED = 64 /* of one claim; further ones are not looked at */ };

typedef struct claim {
    uint32_t start, end; /* bytes of the answer, with its citations */
    view text;           /* without citations, list marks and emphasis; in the arena */
    uint32_t *cited;     /* numbers of passages, each once */
    uint32_t cited_count;
} claim;

/* `answer` is valid UTF-8 that has passed the citation filter: every [n] names a passage. In `a`.
 * KITH_ERR_LIMIT (4 GiB), KITH_ERR_NO_MEMORY. Any thread. */
KITH_CHECKED kith_status claim_split(view answer, arena *a, claim **out, uint32_t *out_count,
                                     kith_error *err);

#endif
