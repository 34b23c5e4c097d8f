/* removal.h - removing what cannot be brought back: the question first, the receipt after. */
#ifndef KITH_CLI_REMOVAL_H
#define KITH_CLI_REMOVAL_H

#include "cli/command.h"

#include <stdint.h>

/* The receipt. kind: "document", "chunk", "collection", or "matching" (then id is the filter). */
void removal_tell(console *c, const char *kind, const char *id, uint64_t chunks);

/* Asks "remove ...? [y/N]" on the terminal unless --yes is given, and removes the collection.
 * Without a terminal to ask on: EXIT_USAGE. */
exit_status removal_of_collection(invocation *run, const char *name);

#endif
