/* command.h - what a command of kith is, and all of them. One file implements each. */
#ifndef KITH_CLI_COMMAND_H
#define KITH_CLI_COMMAND_H

#include "base/arena.h"
#include "cli/console.h"
#include "cli/environment.h"
#include "cli/exit_status.h"
#include "cli/options.h"

struct workspace;

/* One run of the program, or of a command that a server runs for another process (owner.h).
 * settings->arguments are those after the command's name. */
typedef struct invocation {
    int argc;
    char **argv;              /* [argc] */
    const settings *settings; /* NULL until argv is parsed */
    environment *environment;
    console *console;
    arena *memory;                 /* dies with the run */
    const struct workspace *owner; /* the server's; NULL: this process runs its own command */
} invocation;

enum { ARGUMENTS_ANY = -1 };

typedef struct command {
    const char *name;
    const char *arguments;   /* "PATH..." for --help; "" when there are none */
    const char *summary;     /* one line */
    const char *description; /* paragraphs, separated by an empty line */
    const char *examples;    /* lines, each a command */
    option_set options;      /* besides OPTIONS_ALWAYS */
    int arguments_min, arguments_max;
    exit_status (*run)(invocation *run);
    /* Whether with these settings it writes to the data directory, so that it is handed to a server
     * that has it. NULL: it never does, or is a matter of the process. */
    bool (*writes)(const settings *s);
} command;

/* Two of them: for a command that always writes, and for one whose first argument is a verb, where
 * only "list" or none reads. */
bool command_writes_always(const settings *s);
bool command_writes_but_list(const settings *s);

#define OPTIONS_ALWAYS (OPTION_BIT(OPTION_JSON) | OPTION_BIT(OPTION_TEXT) | OPTION_BIT(OPTION_HELP))
#define OPTIONS_STORE  (OPTION_BIT(OPTION_DIR) | OPTION_BIT(OPTION_COLLECTION))
#define OPTIONS_MODEL                                                                              \
    (OPTION_BIT(OPTION_MODEL_DIR) | OPTION_BIT(OPTION_EMBEDDER) | OPTION_BIT(OPTION_EMBED_MODEL) | \
     OPTION_BIT(OPTION_PRECISION) | OPTION_BIT(OPTION_ENV) | OPTION_BIT(OPTION_THREADS))
#define OPTIONS_CHUNK                                                                              \
    (OPTION_BIT(OPTION_CHUNK_SIZE) | OPTION_BIT(OPTION_CHUNK_OVERLAP) |                            \
     OPTION_BIT(OPTION_CHUNK_UNIT))
#define OPTIONS_LLM                                                                                \
    (OPTION_BIT(OPTION_LLM) | OPTION_BIT(OPTION_TEMPERATURE) | OPTION_BIT(OPTION_MAX_TOKENS) |     \
     OPTION_BIT(OPTION_NO_LLM))

extern const command command_add, command_search, command_ask, command_embed, command_chunk,
    command_get, command_rm, command_stats, command_collections, command_eval, command_demo,
    command_chat, command_conversations, command_files, command_watch, command_check,
    command_backup, command_restore, command_serve, command_stop, command_key, command_export,
    command_import, command_model, command_reembed, command_estimate;

/* In the order of --help; ends with NULL. */
extern const command *const command_table[];
const command *command_find(const char *name);

#endif
