/* metrics_output.h - what a data directory has been through: as lines for a person, as JSON, and for a
 * scraper. */
#ifndef KITH_CLI_METRICS_OUTPUT_H
#define KITH_CLI_METRICS_OUTPUT_H

#include "cli/console.h"

#include <kith/kith.h>

/* A block of lines. */
void metrics_show_text(console *c, const kith_metrics *m);
/* {"metrics": {...}}, a line. */
void metrics_show_json(console *c, const kith_metrics *m);

#endif
