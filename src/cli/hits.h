/* hits.h - the hits of a search on the screen and as JSON lines. */
#ifndef KITH_CLI_HITS_H
#define KITH_CLI_HITS_H

#include "cli/command.h"

#include <kith/kith.h>

/* Writes every hit, and with `explain` how they were found. */
void hits_print(invocation *run, const kith_hits *hits, const char *query, bool explain);

#endif
