/* interrupt.c - see interrupt.h. Holds the command line's one mutable global, because a signal
 * handler has nowhere else to write. */
#include "cli/interrupt.h"

#include <signal.h>
#include <stddef.h>

static volatile sig_atomic_t noted;

static void set_flag(int signal_number)
{
    (void)signal_number;
    noted = 1;
}

void interrupt_catch(void)
{
    noted = 0;
    // SA_RESETHAND: a second Ctrl-C kills. SA_RESTART: system calls that are running go on.
    struct sigaction action = {.sa_handler = set_flag,
                               .sa_flags = (int)(SA_RESETHAND | SA_RESTART)};
    (void)sigemptyset(&action.sa_mask);
    (void)sigaction(SIGINT, &action, NULL);
    (void)sigaction(SIGTERM, &action, NULL);
    (void)sigaction(SIGHUP, &action, NULL);
}

bool interrupt_noted(void)
{
    return noted != 0;
}
