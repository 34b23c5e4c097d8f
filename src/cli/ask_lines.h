/* ask_lines.h - kith ask --lines: questions from standard input, one after the other, so that a
 * script loads the model and the index once. */
#ifndef KITH_CLI_ASK_LINES_H
#define KITH_CLI_ASK_LINES_H

#include "cli/answer_output.h"
#include "cli/command.h"

/* Reads questions a line until the input ends, and writes a JSON line for each, in their order, as
 * soon as it is answered. A line is a question, or an object with question and, if wanted, filter
 * (an object, in place of the command line's) and k. Empty lines are passed over. A line that fails
 * gets an object with its number, its question as far as it could be read, status and error, and
 * the next one is read.
 * defaults  what a line does not say; its question is not read
 * Returns EXIT_PARTLY when one was refused or failed; EXIT_INTERRUPTED after Ctrl-C; EXIT_SYSTEM,
 * told, when nothing can be read or written any more; else EXIT_DONE. */
exit_status ask_lines(invocation *run, kith *database, const answer_request *defaults);

#endif
