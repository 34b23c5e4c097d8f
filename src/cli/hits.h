/* hits.h - the hits of a search on the screen and as JSON lines. */
#ifndef KITH_CLI_HITS_H
#define KITH_CLI_HITS_H

#include "cli/command.h"

#include <kith/kith.h>

/* Writes every hit that is as near as --floor asks, and with `explain` how they were found. Returns
 * how many were written. */
size_t hits_print(invocation *run, const kith_hits *hits, const char *query, bool explain);

#endif
