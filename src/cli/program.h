/* program.h - from a parsed command line to what it asks for: a command, help, the version. */
#ifndef KITH_CLI_PROGRAM_H
#define KITH_CLI_PROGRAM_H

#include "cli/command.h"

/* Parses run->argv, and does what it says: in this process, or in the server that has the data
 * directory. Everything that is wrong with it has been told. Fills run->settings in. */
exit_status program_run(invocation *run);

#endif
