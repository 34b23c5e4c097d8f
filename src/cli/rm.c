/* rm.c - kith rm: removes documents, chunks, what a filter matches, or a whole collection. */
#include "cli/command.h"
#include "cli/removal.h"
#include "cli/workspace.h"

static kith_status remove_document(invocation *run, kith *database, const char *id, kith_error *err)
{
    const char *collection = workspace_collection(run);
    kith_stored_document *document = NULL;
    kith_status status = kith_document_get(database, collection, id, &document, err);
    if (status != KITH_OK) return status;
    uint64_t chunks = document->chunks;
    kith_stored_document_free(document);
    status = kith_document_delete(database, collection, id, err);
    if (status == KITH_OK) removal_report(run->console, "document", id, chunks);
    return status;
}

static kith_status remove_chunk(invocation *run, kith *database, const char *id, kith_error *err)
{
    kith_selection selection = {.ids = &id, .id_count = 1};
    size_t deleted = 0;
    kith_status status =
        kith_delete(database, workspace_collection(run), &selection, &deleted, err);
    if (status != KITH_OK) return status;
    if (deleted == 0)
        return fail(err, KITH_ERR_NOT_FOUND, "nothing is called '%s' in collection '%s'", id,
                    workspace_collection(run));
    removal_report(run->console, "chunk", id, 1);
    return KITH_OK;
}

static kith_status remove_id(invocation *run, kith *database, const char *id, kith_error *err)
{
    kind_choice kind = run->settings->kind;
    if (kind != KIND_CHUNK) {
        kith_status status = remove_document(run, database, id, err);
        if (status != KITH_ERR_NOT_FOUND || kind == KIND_DOCUMENT) return status;
    }
    return remove_chunk(run, database, id, err);
}

static kith_status remove_where(invocation *run, kith *database, kith_error *err)
{
    kith_selection selection = {.where = run->settings->where};
    size_t deleted = 0;
    kith_status status =
        kith_delete(database, workspace_collection(run), &selection, &deleted, err);
    if (status != KITH_OK) return status;
    if (deleted == 0) return fail(err, KITH_ERR_NOT_FOUND, "no chunk passes the filter");
    removal_report(run->console, "matching", run->settings->where, deleted);
    return KITH_OK;
}

/* Ids, --where and --all exclude each other, so that a typing error cannot remove more than was
 * meant. Returns what is wrong, or NULL. */
static const char *check_usage(const settings *s)
{
    int ways = (s->argument_count > 0) + (s->where != NULL) + s->all;
    if (ways == 0) return "say what to remove: ids, --where, or --all for the whole collection";
    if (ways > 1) return "ids, --where and --all exclude each other";
    if (s->all && !s->collection) return "--all needs --collection NAME";
    return NULL;
}

static exit_status remove_named(invocation *run, kith *database)
{
    const settings *s = run->settings;
    kith_error err = {0};
    exit_status result = EXIT_DONE;
    kith_status status = KITH_OK;
    if (s->where) status = remove_where(run, database, &err);
    if (status != KITH_OK) return console_fail(run->console, status, &err);
    for (size_t i = 0; i < s->argument_count; i++) {
        status = remove_id(run, database, s->arguments[i], &err);
        if (status == KITH_OK) continue;
        result = console_fail(run->console, status, &err);
        if (status != KITH_ERR_NOT_FOUND) break;
    }
    return result;
}

static exit_status rm_run(invocation *run)
{
    const char *wrong = check_usage(run->settings);
    if (wrong) {
        console_notice(run->console, "%s (see kith rm --help)", wrong);
        return EXIT_USAGE;
    }
    if (run->settings->all) return removal_of_collection(run, workspace_collection(run));
    workspace w = {0};
    kith_error err = {0};
    kith_status status = workspace_open(run, WORKSPACE_CHANGE, &w, &err);
    if (status != KITH_OK) return console_fail(run->console, status, &err);
    return workspace_close(run, &w, remove_named(run, w.database));
}

const command command_rm = {
    .name = "rm",
    .arguments = "[ID...]",
    .summary = "remove documents, chunks or a collection",
    .description =
        "Removes the documents or chunks that the ids name (a document with all its chunks), the "
        "chunks that --where accepts, or with "
        "--all the whole collection that --collection names. Their vectors go at once.\n\n"
        "As JSON: a line for each with removed (document, chunk, collection, or matching, whose id "
        "is the filter), id and chunks.",
    .examples = "  kith rm old-notes\n"
                "  kith rm --where '{\"category\": \"draft\"}'\n"
                "  kith rm --collection wiki --all --yes\n",
    .options = OPTIONS_STORE | OPTION_BIT(OPTION_WAIT) | OPTION_BIT(OPTION_KIND) |
               OPTION_BIT(OPTION_WHERE) | OPTION_BIT(OPTION_ALL) | OPTION_BIT(OPTION_YES),
    .arguments_min = 0,
    .arguments_max = ARGUMENTS_ANY,
    .run = rm_run,
    .writes = command_writes_always,
};
