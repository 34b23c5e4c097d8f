/* import.c - kith import: what an export holds, and what is in Chroma.
 * The bytes come from import_source.h or, in a server that does the work of another process, from
 * that process's. */
#include "transfer/import.h"

#include "cli/command.h"
#include "cli/import_source.h"
#include "cli/transfer_output.h"
#include "cli/workspace.h"

#include <string.h>

static exit_status import_from(invocation *run, byte_source source)
{
    console *c = run->console;
    workspace w = {0};
    kith_error err = {0};
    transfer_output t;
    transfer_output_start(&t, c, "imported");
    const transfer_observer observer = transfer_output_observer(&t);
    const import_request request = {
        .source = source,
        .name = import_source_name(run->settings),
        .is_of_chroma = import_source_is_chroma(run->settings),
    };
    kith_status status = workspace_open(run, WORKSPACE_WRITE, &w, &err);
    if (status == KITH_OK) status = import_lines(w.database, &request, &observer, &err);
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
    console *c = run->console;
    import_source own = {.fd = -1};
    size_t nothing = 0;
    kith_error err = {0};
    if (s->argument_count == 2 && strcmp(s->arguments[0], "chroma") != 0) {
        console_notice(c, "use: kith import FILE, kith import - for standard input, or kith import "
                          "chroma PATH or URL");
        return EXIT_USAGE;
    }
    // Before a data directory is made for nothing. The other process opens what it is asked for.
    kith_status status = c->input ? c->input->read(c->input->context, NULL, 0, &nothing, &err)
                                  : import_source_open(run, &own, &err);
    exit_status result = EXIT_DONE;
    if (status == KITH_OK)
        result = import_from(run, c->input ? *c->input : (byte_source){&own, import_source_read});
    else
        result = console_fail(c, status, &err);
    if (!c->input) import_source_close(&own);
    return result;
}

const command command_import = {
    .name = "import",
    .arguments = "FILE | - | chroma PATH | chroma URL",
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
        "Chroma should not run on it meanwhile. 'kith import chroma URL' reads a running server, "
        "http://host:8000 for example, of the tenant that it says is the caller's, or of --tenant, "
        "and all its databases, or --database. Collections come to the tenants, databases and "
        "collections of the same names, with ids, documents, uris, metadata and vectors. Records "
        "without a vector, and those that kith does not take, are counted and named; the status is "
        "then 1. Where a collection was written to while it was read, that is said; the same "
        "command then takes what was missed.\n\n"
        "As JSON: a line for each collection ({\"imported\": \"collection\", \"tenant\", "
        "\"database\", \"id\", \"created\", \"documents\", \"points\", \"documents_kept\", "
        "\"points_kept\", \"without_vector\", \"refused\", \"unapplied\"}), and {\"summary\": "
        "...}.",
    .examples = "  kith import notes.jsonl --dir copy\n"
                "  zstd -dc everything.jsonl.zst | kith import -\n"
                "  kith import chroma ./chroma_data\n"
                "  kith import chroma https://chroma.example:8000 --token-file token\n",
    .options = OPTION_BIT(OPTION_DIR) | OPTION_BIT(OPTION_WAIT) | OPTION_BIT(OPTION_TENANT) |
               OPTION_BIT(OPTION_DATABASE) | OPTION_BIT(OPTION_TOKEN_FILE) |
               OPTION_BIT(OPTION_TLS_CA),
    .arguments_min = 1,
    .arguments_max = 2,
    .run = import_run,
    .writes = command_writes_always,
};
