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

static void catch_signals(void)
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

void interrupt_catch(interrupt_source *source)
{
    if (!source) {
        catch_signals();
        return;
    }
    atomic_store(&source->is_asked, false);
    source->on_catch(source->context);
}

bool interrupt_noted(const interrupt_source *source)
{
    if (!source) return noted != 0;
    return atomic_load(&source->is_asked) || atomic_load(&source->is_ended);
}
