/* interrupt.h - Ctrl-C as a flag that long work checks, so that it can stop in an orderly way. */
#ifndef KITH_CLI_INTERRUPT_H
#define KITH_CLI_INTERRUPT_H

#include <stdbool.h>

/* From now on the first SIGINT, SIGTERM or SIGHUP only sets the flag; the second ends the program
 * as usual. Calling it again clears the flag. */
void interrupt_catch(void);
bool interrupt_noted(void);

#endif
