/* rm.c - kith rm: removes documents, chunks, what a filter matches, or a whole collection. */
#include "cli/command.h"
#include "cli/named_documents.h"
#include "cli/narrowing.h"
#include "cli/removal.h"
#include "cli/workspace.h"
#include "os/file.h"

static kith_status remove_document(invocation *run, kith *database, const char *id, kith_error *err)
{
    const char *collection = workspace_collection(run);
    kith_stored_document *document = NULL;
    kith_status status = kith_document_get(database, collection, id, &document, err);
    if (status != KITH_OK) return status;
    uint64_t chunks = document->chunks;
    status = kith_document_delete(database, collection, id, err);
    if (status == KITH_OK) {
        file_info info;
        removal_report(run->console, "document", id, chunks);
        if (document->source[0] && file_stat(document->source, &info, NULL) == KITH_OK)
            console_notice(run->console,
                           "'%s' is still there: the next kith add or watch of it brings it back, "
                           "unless a .kithignore leaves it out",
                           document->source);
    }
    kith_stored_document_free(document);
    return status;
}

static kith_status remove_documents(invocation *run, kith *database, const named_documents *found,
                                    kith_error *err)
{
    kith_status status = KITH_OK;
    for (size_t i = 0; status == KITH_OK && i < found->count; i++) {
        status = remove_document(run, database, found->ids[i], err);
        if (status == KITH_ERR_NOT_FOUND) status = KITH_OK; // another process was quicker
    }
    return status;
}

static kith_status remove_path(invocation *run, kith *database, const char *path, bool below,
                               kith_error *err)
{
    named_documents found;
    kith_status status = named_documents_of_path(run, database, path, below, &found, err);
    return status == KITH_OK ? remove_documents(run, database, &found, err) : status;
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
        if (status != KITH_ERR_NOT_FOUND) return status;
        if (kind == KIND_DOCUMENT) return remove_path(run, database, id, false, err);
    }
    kith_status status = remove_chunk(run, database, id, err);
    if (status != KITH_ERR_NOT_FOUND || kind == KIND_CHUNK) return status;
    status = remove_path(run, database, id, false, NULL);
    if (status == KITH_ERR_NOT_FOUND)
        return fail(err, status, "nothing is called '%s' in collection '%s'", id,
                    workspace_collection(run));
    return status == KITH_OK ? status : fail(err, status, "removing '%s' failed", id);
}

/* With --in, --type, --since and --until whole documents are meant. */
static kith_status remove_narrowed(invocation *run, kith *database, kith_error *err)
{
    const char *where = NULL;
    bool allow_unknown = false;
    named_documents found;
    kith_status status = narrowing_filter(run, &where, &allow_unknown, err);
    if (status == KITH_OK)
        status = named_documents_where(run, database, where, allow_unknown, &found, err);
    if (status == KITH_OK && found.count == 0)
        status = fail(err, KITH_ERR_NOT_FOUND, "there is no such document in collection '%s'",
                      workspace_collection(run));
    return status == KITH_OK ? remove_documents(run, database, &found, err) : status;
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
    bool by_filter = s->where || narrowing_is_asked(s);
    int ways = (s->argument_count > 0) + (s->path.count > 0) + by_filter + s->all;
    if (ways == 0)
        return "say what to remove: ids or paths, --path, --in, --type, --since, --until, --where, "
               "or --all for the whole collection";
    if (ways > 1) return "ids, --path, filters and --all exclude each other";
    if (s->all && !s->collection) return "--all needs --collection NAME";
    return NULL;
}

static exit_status remove_named(invocation *run, kith *database)
{
    const settings *s = run->settings;
    kith_error err = {0};
    exit_status result = EXIT_DONE;
    kith_status status = KITH_OK;
    if (narrowing_is_asked(s))
        status = remove_narrowed(run, database, &err);
    else if (s->where)
        status = remove_where(run, database, &err);
    if (status != KITH_OK) return console_fail(run->console, status, &err);
    size_t count = s->argument_count + s->path.count; // of one of the two there is none
    for (size_t i = 0; i < count; i++) {
        status = s->path.count ? remove_path(run, database, s->path.values[i], true, &err)
                               : remove_id(run, database, s->arguments[i], &err);
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
    .arguments = "[ID|PATH...]",
    .summary = "remove documents, chunks or a collection",
    .description =
        "Removes the documents or chunks that the ids name (a document with all its chunks), or "
        "the documents of a file by its path; with --path those of a file or folder, also when it "
        "is gone; with --in, --type, --since and --until those that all of them accept; the "
        "chunks that --where alone accepts; or with "
        "--all the whole collection that --collection names. Their vectors go at once.\n\n"
        "As JSON: a line for each with removed (document, chunk, collection, or matching, whose id "
        "is the filter), id and chunks.",
    .examples = "  kith rm old-notes notes/old.md\n"
                "  kith rm --path notes/gone/\n"
                "  kith rm --where '{\"category\": \"draft\"}'\n"
                "  kith rm --collection wiki --all --yes\n",
    .options = OPTIONS_STORE | OPTION_BIT(OPTION_WAIT) | OPTION_BIT(OPTION_KIND) | OPTIONS_NARROW |
               OPTION_BIT(OPTION_PATH) | OPTION_BIT(OPTION_ALL) | OPTION_BIT(OPTION_YES),
    .arguments_min = 0,
    .arguments_max = ARGUMENTS_ANY,
    .run = rm_run,
    .writes = command_writes_always,
};
