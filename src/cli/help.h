/* help.h - the text of --help, rendered from the tables of commands, options and exit statuses. */
#ifndef KITH_CLI_HELP_H
#define KITH_CLI_HELP_H

#include "cli/command.h"
#include "cli/terminal.h"

/* Appends the help of one command, at most 100 columns wide. */
void help_command(const terminal *t, buffer *out, const command *c);
void help_program(const terminal *t, buffer *out);

#endif
