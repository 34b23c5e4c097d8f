/* import.c - kith import: what an export holds. */
#include "transfer/import.h"
#include "transfer/import_chroma.h"

#include "cli/command.h"
#include "cli/transfer_output.h"
#include "cli/workspace.h"
#include "os/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* *name is the one for messages. */
static kith_status open_input(const char *path, int *fd, const char **name, kith_error *err)
{
    bool is_input = strcmp(path, "-") == 0;
    *name = is_input ? "standard input" : path;
    *fd = is_input ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    if (*fd >= 0) return KITH_OK;
    int error = errno;
    return fail(err, status_of_errno(error), "'%s': %s", path, strerror(error));
}

static exit_status import_file(invocation *run, const char *path)
{
    console *c = run->console;
    workspace w = {0};
    kith_error err = {0};
    transfer_output t;
    const char *name = path;
    int fd = -1;
    kith_status status = open_input(path, &fd, &name, &err);
    if (status != KITH_OK) return console_fail(c, status, &err);
    transfer_output_start(&t, c, "imported");
    const transfer_observer observer = transfer_output_observer(&t);
    status = workspace_open(run, WORKSPACE_WRITE, &w, &err);
    if (status == KITH_OK) status = import_lines(w.database, fd, name, &observer, &err);
    if (fd != STDIN_FILENO) (void)close(fd); // it was only read
    transfer_output_finish(&t);
    exit_status result = status == KITH_OK ? EXIT_DONE : console_fail(c, status, &err);
    return workspace_close(run, &w, result);
}

static exit_status import_directory(invocation *run, const char *path)
{
    console *c = run->console;
    workspace w = {0};
    kith_error err = {0};
    file_info info;
    transfer_output t;
    const char *file = arena_printf(run->memory, "%s/chroma.sqlite3", path);
    kith_status status =
        file ? file_stat(file, &info, &err) : fail(&err, KITH_ERR_NO_MEMORY, "out of memory");
    // Before a data directory is made for nothing.
    if (status == KITH_ERR_NOT_FOUND)
        (void)fail(&err, status, "no data directory of Chroma: there is no '%s'", file);
    if (status != KITH_OK) return console_fail(c, status, &err);
    transfer_output_start(&t, c, "imported");
    const transfer_observer observer = transfer_output_observer(&t);
    status = workspace_open(run, WORKSPACE_WRITE, &w, &err);
    if (status == KITH_OK) status = import_chroma(w.database, path, &observer, &err);
    transfer_output_finish(&t);
    bool is_whole = t.sum.vectors_missing + t.sum.refused + t.sum.unapplied == 0;
    exit_status result = status != KITH_OK ? console_fail(c, status, &err)
                         : is_whole        ? EXIT_DONE
                                           : EXIT_PARTLY;
    return workspace_close(run, &w, result);
}

static exit_status import_run(invocation *run)
{
    const settings *s = run->settings;
    if (s->argument_count == 1) return import_file(run, s->arguments[0]);
    const char *source = s->arguments[1];
    bool is_url = strncmp(source, "http://", 7) == 0 || strncmp(source, "https://", 8) == 0;
    if (strcmp(s->arguments[0], "chroma") == 0 && !is_url) return import_directory(run, source);
    if (is_url)
        console_notice(run->console, "importing from a running server of Chroma is not there yet: "
                                     "stop it, and name its data directory");
    else
        console_notice(run->console, "use: kith import FILE, kith import - for standard input, or "
                                     "kith import chroma PATH");
    return EXIT_USAGE;
}

/* A server takes a file of kith's own: standard input is this process's, and what another program
 * wrote is parsed where it costs nobody else anything. */
static bool import_writes(const settings *s)
{
    return s->argument_count == 1 && strcmp(s->arguments[0], "-") != 0;
}

const command command_import = {
    .name = "import",
    .arguments = "FILE | - | chroma PATH",
    .summary = "store what kith export wrote, or what is in Chroma",
    .description =
        "Reads the JSON Lines of 'kith export' from a file or from standard input (-), and stores "
        "them in the tenants, databases and collections of the same names, which are created where "
        "they are missing. Vectors are stored as they are; nothing is embedded, and no model is "
        "needed.\n\n"
        "What is there already stays: a point or a document whose id is taken is passed over and "
        "counted. So an import that was ended can simply be run again, and goes on where it was. A "
        "line that is damaged ends the import with its number; everything before it is stored.\n\n"
        "'kith import chroma PATH' reads a data directory of Chroma, which is not written to; "
        "Chroma "
        "should not run on it meanwhile. Its collections come to the tenants, databases and "
        "collections of the "
        "same names, with ids, documents, uris, metadata and vectors. Records without a vector, "
        "and those that kith does not take, are counted and named; the status is then 1. A running "
        "server of Chroma cannot be read yet.\n\n"
        "As JSON: a line for each collection ({\"imported\": \"collection\", \"tenant\", "
        "\"database\", \"id\", \"created\", \"documents\", \"points\", \"documents_kept\", "
        "\"points_kept\", \"without_vector\", \"refused\", \"unapplied\"}), and {\"summary\": "
        "...}.",
    .examples = "  kith import notes.jsonl --dir copy\n"
                "  zstd -dc everything.jsonl.zst | kith import -\n"
                "  kith import chroma ./chroma_data\n",
    .options = OPTION_BIT(OPTION_DIR) | OPTION_BIT(OPTION_WAIT),
    .arguments_min = 1,
    .arguments_max = 2,
    .run = import_run,
    .writes = import_writes,
};
