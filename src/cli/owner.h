/* owner.h - a server runs the writing commands of other processes on the data directory that it
 * has: `kith add` beside `kith serve` embeds with the model that is loaded, and writes in common
 * groups. Over DIR/command.sock, for processes with the server's user and groups (docs/decisions/036). */
#ifndef KITH_CLI_OWNER_H
#define KITH_CLI_OWNER_H

#include "cli/handed_command.h"

/* At a time; one more waits until one of them has ended. */
enum { OWNER_COMMANDS_MAX = 16 };

typedef struct owner owner;

/* Takes commands from now on, in threads of its own. The caller is the directory's server.
 * Errors: those of command_socket_open; KITH_ERR_NO_MEMORY: no thread can be started. */
KITH_CHECKED kith_status owner_start(const char *directory, const handed_options *options,
                                     owner **out, kith_error *err);
/* Takes no more commands, and asks those that run to end as Ctrl-C does. Accepts NULL. */
void owner_interrupt(owner *o);
/* After owner_interrupt: waits until all have ended, and frees. Connections of commands that still
 * run after `drain_ms` are cut off: they may wait for a client that does not read. Accepts NULL.
 * False: some were. */
bool owner_stop(owner *o, uint32_t drain_ms);

#endif
