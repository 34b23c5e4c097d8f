/* interrupt.h - Ctrl-C as a question that long work asks, so that it can stop in order. */
#ifndef KITH_CLI_INTERRUPT_H
#define KITH_CLI_INTERRUPT_H

#include <stdbool.h>

/* From now on the first SIGINT, SIGTERM or SIGHUP is only noted; the second ends the program as
 * usual. Called again, what was noted is forgotten. */
void interrupt_catch(void);
bool interrupt_noted(void);

#endif
