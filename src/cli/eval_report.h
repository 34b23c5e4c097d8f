/* eval_report.h - prints an evaluation: measures, the worst questions, settings side by side. */
#ifndef KITH_CLI_EVAL_REPORT_H
#define KITH_CLI_EVAL_REPORT_H

#include "cli/console.h"
#include "cli/eval_groups.h"

#include <kith/evaluate.h>
#include <stdbool.h>

/* One setting and its evaluation. */
typedef struct eval_outcome {
    const char *label;
    const kith_evaluation *evaluation;
} eval_outcome;

typedef struct eval_report {
    console *console;
    const kith_eval_questions *questions;
    const eval_outcome *outcomes; /* [count]; the first is what the others are compared with */
    uint32_t count;
    const eval_groups *groups; /* NULL: none are asked for */
    bool all;                  /* every question with a problem, not only the worst */
} eval_report;

/* As text: one outcome in full, several as a table with what is more than noise; then each by its
 * groups. As JSON lines: a line a question, then {"summary": ...} and {"group": ...} of each
 * outcome, then {"difference": ...} of each further outcome and measure. KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status eval_report_show(const eval_report *r, kith_error *err);

#endif
