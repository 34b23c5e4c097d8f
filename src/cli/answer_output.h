/* answer_output.h - prints an answer: its text as it arrives, then its sources; or one object. */
#ifndef KITH_CLI_ANSWER_OUTPUT_H
#define KITH_CLI_ANSWER_OUTPUT_H

#include "cli/command.h"

#include <kith/kith.h>

/* Why a call gave no answer. */
typedef struct answer_failure {
    kith_status status;
    kith_error error;
} answer_failure;

typedef struct answer_request {
    const char *question;
    const kith_llm *llm;       /* NULL: an extractive answer */
    const char *where;         /* filter or NULL */
    bool allow_unknown_fields; /* see filters.h */
    uint64_t conversation;     /* 0: none, the question stands alone */
    uint32_t k;                /* passages; 0: as -k says */
    answer_failure *failure;   /* receives why the call failed; NULL: its message is printed */
} answer_request;

/* Asks, and prints the answer. Returns EXIT_PARTLY when the answer was refused, EXIT_INTERRUPTED
 * after Ctrl-C, what exit_status_of makes of the failure when the LLM or the call failed (the
 * call's message is printed, or goes to request->failure), else EXIT_DONE. */
exit_status answer_output_ask(invocation *run, kith *database, const answer_request *request);

/* Prints the passages of a recorded answer; with --json the whole object that kith ask prints. */
void answer_output_passages(console *c, const kith_turn *turn);
/* Prints a recorded turn for people: question, answer, sources. */
void answer_output_turn(console *c, const kith_turn *turn);

#endif
