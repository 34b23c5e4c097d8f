/* demand.h - what a question demands of the passages: each number, code, name and other content
 * word, and whether any passage has it. A passage may be near to a question in everything but the
 * one thing that was asked for: "exit code 17" where the list has 16 and 19.
 *
 * A demand is met by the same stem, another spelling, a typing error, a part of a compound, "two"
 * for 2, another word for the same attribute ("Price EUR" for "cost", attribute.h), in a passage,
 * in its headings or in the name of its document. A code or number is met only as it stands: 16 is
 * not met by 2016-12-16. Between languages only codes and names are the same, so a question in
 * another language than the passages demands nothing else. */
#ifndef KITH_ANSWER_DEMAND_H
#define KITH_ANSWER_DEMAND_H

#include "answer/evidence.h"
#include "answer/question.h"
#include "answer/retrieve.h"
#include "base/arena.h"
#include "base/status.h"
#include "base/view.h"

typedef enum demand_kind {
    DEMAND_WORD, /* any content word; another may stand for it */
    DEMAND_NAME, /* capitalised within the question, or in capitals; or a year */
    DEMAND_RARE, /* a word that the model's vocabulary has in pieces, and nothing near it; of another
                    language than English any noun that nothing is near to */
    DEMAND_KIND, /* what kind of answer it is: "threads" of "how many threads", "born", "per day",
                    in the languages of question words */
    DEMAND_CODE  /* with a digit, or built as an identifier: "17", "CVE-2021-22945", "--mda";
                    or a capital by itself: "B" of "Model B" */
} demand_kind;

typedef struct demand {
    view text; /* as the question writes it */
    demand_kind kind;
    float weight;  /* of the question's word, > 0 */
    float nearest; /* the largest cosine to a text that was embedded, 0..1; 1 when it is met */
    bool is_met;
    bool is_in_another; /* not met, but a passage of another document has it */
    bool is_of_another; /* not met: the best unit's document says it of other things alone */
    bool is_unknown;    /* a name that is not met, and that nothing in the collection has */
    bool is_apart; /* a code that is met, but not in the best unit nor in what stands above it */
    bool is_elsewhere; /* the question names a document by it that was found, and what the best unit
                          is of does not mention it */
} demand;

typedef struct demands {
    demand *list; /* [count] in the order of the question; in the arena */
    uint32_t count;
    uint32_t met_count; /* also of words that are not demanded, since they are foreign */
    bool is_foreign;    /* the question is in another language than the document that meets most */
} demands;

/* Whether a passage without it answers something else: all kinds but WORD and NAME, for which
 * another word may stand, and a name that is unknown. Pure. */
bool demand_is_strict(const demand *d);

/* q, e  of the question `text`, after evidence_weigh
 * out   in `a`; untouched on failure; its texts point into `text`
 * Any thread. Errors: KITH_ERR_LIMIT (a text of 4 GiB), KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status demands_read(view text, const question *q, const retrieval *found,
                                      const evidence *e, arena *a, demands *out, kith_error *err);

#endif
