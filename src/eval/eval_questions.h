/* eval_questions.h - reads the questions of an evaluation from JSON Lines.
 * A line:
 *   {"question": "...", "document": "guide.md" or ["a", "b"], "text": "..." or ["...", "..."],
 *    "refuse": true, "id": "..."}
 * Only the question is required. Any other key is an error, since an expectation with a misspelled
 * key would silently count for nothing. */
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

/* Reads all lines; blank ones are passed over.
 * name  what messages begin with, before the line's number
 * out   in `a`, nothing of it refers to `jsonl`; untouched on failure
 * Any thread.
 * Errors:
 *   KITH_ERR_FORMAT   a line is not a JSON object, has an unknown key, or a value of the wrong kind
 *   KITH_ERR_INVALID  no question in a line or in the text; a string that is empty, not UTF-8 or
 *                     has a NUL; an empty list; a refusal together with documents or texts
 *   KITH_ERR_LIMIT    more than KITH_EVAL_MAX_QUESTIONS questions; a line of more than 1 MiB or
 *                     nested too deep; more than KITH_EVAL_MAX_EXPECTED documents or texts; a
 *                     question or an expected string of more than 64 KiB
 *   KITH_ERR_NO_MEMORY */
KITH_CHECKED kith_status eval_questions_read(view jsonl, const char *name, arena *a,
                                             eval_questions *out, kith_error *err);

#endif
