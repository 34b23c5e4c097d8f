/* llm_hint.h - tells a person at a terminal that a language model of this machine could write the
 * answers. */
#ifndef KITH_CLI_LLM_HINT_H
#define KITH_CLI_LLM_HINT_H

#include "cli/command.h"

/* Prints a notice with the setting to use when Ollama or llama.cpp answers on its usual port of
 * loopback. Asks nobody else, waits no longer than LLM_HINT_MS for each, and sends no more than a
 * request for "/". Does nothing unless results go to a terminal as text, or with --no-llm. */
void llm_hint(invocation *run);

enum { LLM_HINT_MS = 500 };

#endif
