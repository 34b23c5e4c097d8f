/* handover.h - the side of a writing command that hands its work to the server that has the data
 * directory (owner.h), instead of taking turns with it: the server has the model in memory already,
 * and puts the writes of all its clients into common groups. */
#ifndef KITH_CLI_HANDOVER_H
#define KITH_CLI_HANDOVER_H

#include "cli/command.h"

/* Hands the command to the server, if there is one that takes it, and passes on output, lines of
 * standard input and signals until it has ended; then *result is how. False: nothing was done, and
 * the command runs in this process. */
bool handover_run(invocation *run, const command *c, exit_status *result);

#endif
