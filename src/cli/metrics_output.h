/* metrics_output.h - prints the metrics of a data directory, as lines for people or as JSON. */
#ifndef KITH_CLI_METRICS_OUTPUT_H
#define KITH_CLI_METRICS_OUTPUT_H

#include "cli/console.h"

#include <kith/operation.h>

/* Prints a block of lines. */
void metrics_output_text(console *c, const kith_metrics *m);
/* Prints the line {"metrics": {...}}. */
void metrics_output_json(console *c, const kith_metrics *m);

#endif
