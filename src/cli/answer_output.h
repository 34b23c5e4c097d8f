/* answer_output.h - prints an answer: its text as it arrives, then its sources; or one object. */
#ifndef KITH_CLI_ANSWER_OUTPUT_H
#define KITH_CLI_ANSWER_OUTPUT_H

#include "cli/command.h"

#include <kith/kith.h>

typedef struct answer_request {
    const char *question;
    const kith_llm *llm;       /* NULL: an extractive answer */
    const char *where;         /* filter or NULL */
    bool allow_unknown_fields; /* see filters.h */
    uint64_t conversation;     /* 0: none, the question stands alone */
} answer_request;

/* Asks, and prints the answer. Returns EXIT_PARTLY when the answer was refused, EXIT_INTERRUPTED
 * after Ctrl-C, what exit_status_of makes of the failure when the LLM or the call failed (the
 * call's message is printed), else EXIT_DONE. */
exit_status answer_output_ask(invocation *run, kith *database, const answer_request *request);

/* Prints the passages of a recorded answer; with --json the whole object that kith ask prints. */
void answer_output_passages(console *c, const kith_turn *turn);
/* Prints a recorded turn for people: question, answer, sources. */
void answer_output_turn(console *c, const kith_turn *turn);

#endif
