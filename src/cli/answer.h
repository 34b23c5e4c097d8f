/* answer.h - an answer on the screen, piece by piece, with its sources; and as one JSON object. */
#ifndef KITH_CLI_ANSWER_H
#define KITH_CLI_ANSWER_H

#include "cli/command.h"

#include <kith/kith.h>

/* Asks and writes what came back: streamed text and sources, or JSON. EXIT_PARTLY when the answer
 * was refused, EXIT_MODEL when the LLM failed, EXIT_INTERRUPTED after Ctrl-C. */
exit_status answer_ask(invocation *run, kith *database, const char *question, const kith_llm *llm);

#endif
