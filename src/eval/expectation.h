/* expectation.h - what a question of an evaluation expects, and whether passages and an answer meet
 * it. Texts are compared folded (text/compare_form.h), an answer's without its [n]. */
#ifndef KITH_EVAL_EXPECTATION_H
#define KITH_EVAL_EXPECTATION_H

#include "base/arena.h"
#include "base/status.h"
#include "base/view.h"

#include <kith/evaluate.h>
#include <stdbool.h>

typedef struct expectation {
    const kith_eval_question *question;
    const view *texts;  /* folded, [question->text_count] */
    uint32_t count;     /* of what passages are looked at for: the documents, else 1 for the texts,
                           else 0 */
    uint32_t *ranks;    /* [count] place of the first passage that meets each; 0: none */
    uint32_t text_rank; /* of the first passage that holds one of the texts; 0: none */
} expectation;

/* Checks the question by itself. KITH_ERR_INVALID, KITH_ERR_LIMIT. */
KITH_CHECKED kith_status expectation_check(const kith_eval_question *question, kith_error *err);
/* Looks for what `question` (borrowed, checked) expects in the passages; all in `a`. */
KITH_CHECKED kith_status expectation_meet(const kith_eval_question *question,
                                          const kith_passage *passages, uint32_t count, arena *a,
                                          expectation *out, kith_error *err);
/* Does the answer hold one of the expected texts? */
KITH_CHECKED kith_status expectation_is_answered(const expectation *x, view answer, arena *a,
                                                 bool *out, kith_error *err);
/* Is `expected` the document with this id and path: the id, the path, or the end of it? */
bool expectation_names(view expected, view id, view path);

#endif
