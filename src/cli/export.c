/* export.c - kith export: collections as JSON Lines. */
#include "transfer/export.h"

#include "cli/command.h"
#include "cli/transfer_output.h"
#include "cli/workspace.h"
#include "os/file.h"

#include <kith/catalog.h>
#include <string.h>

static kith_status write_to_console(void *context, view bytes)
{
    console *c = context;
    console_write(c, bytes);
    return console_failed(c) ? KITH_ERR_IO : KITH_OK;
}

/* A file that gets its name when all of it is on disk. */
typedef struct output_file {
    const char *path, *unfinished;
    file_writer writer;
    kith_error trouble; /* of the write that failed */
} output_file;

static kith_status write_to_file(void *context, view bytes)
{
    output_file *f = context;
    return file_writer_write(&f->writer, bytes, &f->trouble);
}

static kith_status open_output(invocation *run, const char *path, output_file *out, kith_error *err)
{
    file_info info;
    const file_ops *ops = &file_ops_posix;
    kith_status status = file_stat(path, &info, err);
    if (status == KITH_OK && !run->settings->force)
        return fail(err, KITH_ERR_EXISTS, "'%s' exists: --force replaces it", path);
    if (status != KITH_OK && status != KITH_ERR_NOT_FOUND) return status;
    out->path = path;
    out->unfinished = arena_printf(run->memory, "%s.tmp", path);
    if (!out->unfinished) return fail(err, KITH_ERR_NO_MEMORY, "out of memory");
    return file_writer_open(ops, out->unfinished, &out->writer, err);
}

/* Gives the file its name, or, after a failure, removes it. */
static kith_status close_output(output_file *f, kith_status so_far, kith_error *err)
{
    const file_ops *ops = &file_ops_posix;
    kith_status status = so_far;
    if (status != KITH_OK && f->trouble.code != KITH_OK) {
        status = f->trouble.code;
        *err = f->trouble;
    }
    if (status == KITH_OK)
        status = file_writer_finish(&f->writer, err);
    else
        file_writer_abandon(&f->writer);
    if (status == KITH_OK) status = file_move(ops, f->unfinished, f->path, err);
    if (status != KITH_OK) (void)ops->unlink(f->unfinished);
    return status;
}

static kith_status export_to(invocation *run, kith *database, transfer_output *t, output_file *file,
                             kith_error *err)
{
    const settings *s = run->settings;
    bool names_database = s->tenant || s->database || s->argument_count > 0;
    const transfer_observer observer = transfer_output_observer(t);
    export_request request = {
        .names = (const char *const *)s->arguments,
        .count = s->argument_count,
        .write = file ? write_to_file : write_to_console,
        .write_context = file ? (void *)file : run->console,
    };
    if (names_database) {
        request.tenant = s->tenant ? s->tenant : KITH_DEFAULT_TENANT;
        request.database = s->database ? s->database : KITH_DEFAULT_DATABASE;
    }
    return export_collections(database, &request, &observer, err);
}

static exit_status export_run(invocation *run)
{
    const char *path = run->settings->output;
    console *c = run->console;
    workspace w = {0};
    kith_error err = {0};
    output_file file = {0};
    transfer_output t;
    transfer_output_start(&t, c, "exported");
    t.only_notices = !path;
    kith_status status = workspace_open(run, WORKSPACE_READ, &w, &err);
    if (status != KITH_OK) return console_fail(c, status, &err);
    if (path) status = open_output(run, path, &file, &err);
    bool is_open = path && status == KITH_OK;
    if (status == KITH_OK) status = export_to(run, w.database, &t, path ? &file : NULL, &err);
    if (is_open) status = close_output(&file, status, &err);
    exit_status result = EXIT_DONE;
    if (status == KITH_OK)
        transfer_output_finish(&t);
    else if (!console_failed(c)) // the program's end says why standard output failed
        result = console_fail(c, status, &err);
    return workspace_close(run, &w, result);
}

const command command_export = {
    .name = "export",
    .arguments = "[COLLECTION...]",
    .summary = "write collections as JSON Lines, for kith import",
    .description =
        "Writes the collections that are named, of the default database or the one of --tenant and "
        "--database; without any of the three, all collections of all databases. Each comes with "
        "its metadata, configuration, limit of memory, metric, dimension and model, its points "
        "with their vectors bit for bit, and its documents with text, source and chunks. 'kith "
        "import' makes the same of it in another data directory, also one of another version. "
        "Others may read and write meanwhile.\n\n"
        "Not in it: conversations, kept answers, keys, metrics, the notes about files that gave no "
        "document, and what tells that a file is unchanged: the first 'kith add' of the files "
        "reads them again.\n\n"
        "With -o the file gets its name when it is whole and on disk, and one that exists is "
        "replaced with --force only. As JSON, with -o: a line for each collection ({\"exported\": "
        "\"collection\", \"tenant\", \"database\", \"id\", \"documents\", \"points\"}), and "
        "{\"summary\": ...}. Without -o the counts go to standard error.",
    .examples = "  kith export notes -o notes.jsonl\n"
                "  kith export | zstd > everything.jsonl.zst\n",
    .options = OPTION_BIT(OPTION_DIR) | OPTION_BIT(OPTION_OUTPUT) | OPTION_BIT(OPTION_FORCE) |
               OPTION_BIT(OPTION_TENANT) | OPTION_BIT(OPTION_DATABASE),
    .arguments_min = 0,
    .arguments_max = ARGUMENTS_ANY,
    .run = export_run,
};
