/* transfer_output.h - what export and import tell: progress, notices, and a line for each
 * collection. */
#ifndef KITH_CLI_TRANSFER_OUTPUT_H
#define KITH_CLI_TRANSFER_OUTPUT_H

#include "cli/console.h"
#include "transfer/transfer.h"

#include <stdint.h>

typedef struct transfer_output {
    console *console;
    const char *verb;  /* "exported" or "imported" */
    bool only_notices; /* standard output has the export itself: the lines go to standard error */
    int64_t shown_ns;  /* when the bar was drawn last */
    transfer_collection sum;
    uint64_t collections;
} transfer_output;

/* Catches Ctrl-C, so that the work ends in order (KITH_ERR_CANCELLED). */
void transfer_output_start(transfer_output *t, console *c, const char *verb);
/* What a transfer reports to; `t` is borrowed. */
transfer_observer transfer_output_observer(transfer_output *t);
/* Erases the bar and sums up. */
void transfer_output_finish(transfer_output *t);

#endif
