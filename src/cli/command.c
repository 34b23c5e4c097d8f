/* command.c - the list of commands, and what several of them share. */
#include "cli/command.h"

#include <string.h>

const command *const command_table[] = {
    &command_add,
    &command_search,
    &command_ask,
    &command_chat,
    &command_embed,
    &command_chunk,
    &command_files,
    &command_watch,
    &command_get,
    &command_rm,
    &command_stats,
    &command_collections,
    &command_conversations,
    &command_check,
    &command_backup,
    &command_restore,
    &command_export,
    &command_import,
    &command_serve,
    &command_stop,
    &command_key,
    &command_model,
    &command_reembed,
    &command_eval,
    &command_estimate,
    &command_demo,
    NULL,
};

const command *command_find(const char *name)
{
    for (const command *const *c = command_table; *c; c++)
        if (strcmp((*c)->name, name) == 0) return *c;
    return NULL;
}

bool command_writes_always(const settings *s)
{
    (void)s;
    return true;
}

bool command_writes_but_list(const settings *s)
{
    return s->argument_count > 0 && strcmp(s->arguments[0], "list") != 0;
}
