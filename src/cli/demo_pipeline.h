/* demo_pipeline.h - the second half of kith demo: a batch of documents of which one is no good,
 * questions whose answers are watched as they come, one of them twice, and the metrics. */
#ifndef KITH_CLI_DEMO_PIPELINE_H
#define KITH_CLI_DEMO_PIPELINE_H

#include "cli/command.h"

#include <kith/kith.h>

/* A heading of the demo; nothing with JSON. */
void demo_title(console *c, const char *text);

/* KITH_ERR_CANCELLED after Ctrl-C; the calls' errors. `llm` may be NULL. */
KITH_CHECKED kith_status demo_pipeline(invocation *run, kith *database, const kith_llm *llm,
                                       kith_error *err);

#endif
