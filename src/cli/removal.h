/* removal.h - removals, which cannot be undone: asks before, and reports what was removed. */
#ifndef KITH_CLI_REMOVAL_H
#define KITH_CLI_REMOVAL_H

#include "cli/command.h"

#include <stdint.h>

/* Reports a removal. kind: "document", "chunk", "collection", or "matching" (then id is the
 * filter). */
void removal_report(console *c, const char *kind, const char *id, uint64_t chunks);

/* Asks "remove ...? [y/N]" on the terminal unless --yes is given, and removes the collection.
 * EXIT_USAGE when there is neither a terminal nor --yes. */
exit_status removal_of_collection(invocation *run, const char *name);

#endif
