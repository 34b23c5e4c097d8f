/* demo_pipeline.h - the second half of kith demo: a batch of documents of which one is refused,
 * questions whose answers are printed as they arrive (one question twice), and the metrics. */
#ifndef KITH_CLI_DEMO_PIPELINE_H
#define KITH_CLI_DEMO_PIPELINE_H

#include "cli/command.h"

#include <kith/operation.h>

/* Prints a heading; nothing when results are JSON. */
void demo_title(console *c, const char *text);

/* Runs it in `database`. `llm` may be NULL: answers are quoted. Errors: KITH_ERR_CANCELLED after
 * Ctrl-C, and those of kith_ingest, kith_ask and kith_metrics_get (kith.h). */
KITH_CHECKED kith_status demo_pipeline(invocation *run, kith *database, const kith_llm *llm,
                                       kith_error *err);

#endif
