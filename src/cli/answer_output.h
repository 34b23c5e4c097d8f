/* answer_output.h - an answer on the screen, piece by piece, with its sources; and as one JSON object. */
#ifndef KITH_CLI_ANSWER_OUTPUT_H
#define KITH_CLI_ANSWER_OUTPUT_H

#include "cli/command.h"

#include <kith/kith.h>

typedef struct answer_request {
    const char *question;
    const kith_llm *llm;   /* NULL: an extractive answer */
    const char *where;     /* filter or NULL */
    uint64_t conversation; /* 0: a question by itself */
} answer_request;

/* Asks and writes what came back: streamed text and sources, or JSON. EXIT_PARTLY when the answer
 * was refused, EXIT_MODEL when the LLM failed, EXIT_INTERRUPTED after Ctrl-C. */
exit_status answer_ask(invocation *run, kith *database, const answer_request *request);

/* The passages behind a recorded answer; and the whole turn: question, answer, sources. As JSON:
 * the object of kith ask. */
void answer_show_passages(console *c, const kith_turn *turn);
void answer_show_turn(console *c, const kith_turn *turn);

#endif
