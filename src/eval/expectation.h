/* expectation.h - what a question of an evaluation expects, and whether passages and an answer meet
 * it. Texts are compared in their folded form (text/compare_form.h), an answer's without its
 * [n]. */
#ifndef KITH_EVAL_EXPECTATION_H
#define KITH_EVAL_EXPECTATION_H

#include "base/arena.h"
#include "base/status.h"
#include "base/view.h"

#include <kith/evaluate.h>
#include <stdbool.h>

typedef struct expectation {
    const kith_eval_question *question;
    const view *texts;  /* [question->text_count] folded */
    uint32_t count;     /* things that passages can meet: the documents; without one, 1 if there are
                           texts, else 0 */
    uint32_t *ranks;    /* [count] rank, from 1, of the first passage that meets each; 0: none */
    uint32_t text_rank; /* rank of the first passage that holds one of the texts; 0: none */
} expectation;

/* Checks a question before it is asked. Any thread.
 * Errors: KITH_ERR_INVALID (a string is empty or not UTF-8; a refusal together with documents or
 * texts), KITH_ERR_LIMIT (a string of more than 64 KiB; more than KITH_EVAL_MAX_EXPECTED documents
 * or texts). */
KITH_CHECKED kith_status expectation_check(const kith_eval_question *question, kith_error *err);
/* Looks for what a question expects in the passages found for it.
 * question  checked; borrowed by *out
 * passages  [count] in order of rank
 * out       in `a`; untouched on failure
 * Any thread. Errors: KITH_ERR_LIMIT (a text of more than 1 GiB), KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status expectation_meet(const kith_eval_question *question,
                                          const kith_passage *passages, uint32_t count, arena *a,
                                          expectation *out, kith_error *err);
/* Sets *out to whether the answer, without its [n], holds one of the expected texts. Any thread.
 * Errors: KITH_ERR_LIMIT (an answer of more than 1 GiB), KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status expectation_is_answered(const expectation *x, view answer, arena *a,
                                                 bool *out, kith_error *err);
/* Whether `expected` names the document with this id and path: it is the id, the path, or the end
 * of the path from behind a '/'. Pure, any thread. */
bool expectation_names(view expected, view id, view path);

#endif
