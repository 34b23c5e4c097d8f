/* interrupt.h - Ctrl-C as a flag that long work checks, so that it can stop in an orderly way.
 * A command is asked to stop by the signals of its process; one that a server runs for another
 * process (owner.h) by that process, which has the signals. */
#ifndef KITH_CLI_INTERRUPT_H
#define KITH_CLI_INTERRUPT_H

#include <stdatomic.h>
#include <stdbool.h>

/* Who asks a command that runs for another process to stop. Any thread sets the flags; `on_catch`
 * runs in the thread of the command. */
typedef struct interrupt_source {
    atomic_bool is_asked;            /* until the next interrupt_catch */
    atomic_bool is_ended;            /* for good: the other process is gone, or the server ends */
    void (*on_catch)(void *context); /* tells the other process to catch its signals */
    void *context;
} interrupt_source;

/* From now on the first SIGINT, SIGTERM or SIGHUP only sets the flag; the second ends the program
 * as usual. Calling it again clears the flag. source  NULL: the signals of this process. */
void interrupt_catch(interrupt_source *source);
bool interrupt_noted(const interrupt_source *source);

#endif
