/* meaning.h - what commands say of chunks that wait for their vectors. */
#ifndef KITH_CLI_MEANING_H
#define KITH_CLI_MEANING_H

#include "cli/command.h"

#include <kith/meaning.h>

/* Says, when some of the collection's chunks have no vector yet, how many have: "12 % of the chunks
 * have their meaning yet". Says nothing when it cannot be found out: whoever asks has his answer. */
void meaning_notice(const invocation *run, kith *database);
/* 12, of the chunks that have their vector; 100 only when all have. */
unsigned meaning_percent(const kith_meaning *meaning);

#endif
