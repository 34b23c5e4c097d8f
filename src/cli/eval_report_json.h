/* eval_report_json.h - the JSON lines of kith eval; their keys are stable. */
#ifndef KITH_CLI_EVAL_REPORT_JSON_H
#define KITH_CLI_EVAL_REPORT_JSON_H

#include "cli/eval_report.h"

/* Writes the lines that eval_report_show describes. `seed` starts the paired bootstrap.
 * KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status eval_report_json(const eval_report *r, uint64_t seed, kith_error *err);

#endif
