/* eval_questions.h - the questions of an evaluation out of JSON Lines.
 * A line: {"question": "...", "document": "guide.md" or ["a", "b"], "text": "..." or ["...", "..."],
 * "refuse": true, "id": "..."}; all but the question may be left out. A key that is none of these is
 * an error, since a question whose expectation was misspelled would count for nothing in silence. */
#ifndef KITH_EVAL_EVAL_QUESTIONS_H
#define KITH_EVAL_EVAL_QUESTIONS_H

#include "base/arena.h"
#include "base/status.h"
#include "base/view.h"

#include <kith/evaluate.h>

typedef struct eval_questions {
    kith_eval_question *questions; /* [count] */
    const char **ids;              /* [count] NULL where a line has none */
    const uint32_t *lines;         /* [count] 1-based */
    uint32_t count;
} eval_questions;

/* Reads all lines; blank ones are passed over. Everything lives in `a`. Messages begin with `name`
 * and the line's number. KITH_ERR_FORMAT (no JSON, an unknown key, a value of another kind),
 * KITH_ERR_INVALID (no question in a line or in the file, an empty text, a refusal together with
 * what is expected), KITH_ERR_LIMIT, KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status eval_questions_read(view jsonl, const char *name, arena *a,
                                             eval_questions *out, kith_error *err);

#endif
