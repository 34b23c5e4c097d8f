/* demo.c - kith demo: everything once, on three documents in a temporary directory that is removed
 * at the end. It calls what the other commands call and prints what came back. */
#include "cli/answer.h"
#include "cli/collection_stats.h"
#include "cli/command.h"
#include "cli/demo_documents.h"
#include "cli/hits.h"
#include "cli/ingestion.h"
#include "cli/interrupt.h"
#include "cli/workspace.h"
#include "os/file.h"

#include <errno.h>
#include <ftw.h>
#include <stdlib.h>
#include <unistd.h>

static const char *const questions[] = {
    "What is machine learning?",
    "How does a vector database find similar texts?",
    "Why does retrieval-augmented generation reduce hallucination?",
};

static const char search_query[] = "searching by meaning instead of by words";

static int remove_entry(const char *path, const struct stat *info, int kind, struct FTW *walk)
{
    (void)info;
    (void)kind;
    (void)walk;
    return remove(path);
}

/* Writes the documents below `root`, as files that anybody could have. */
static kith_status write_documents(const char *root, arena *a, const char **out_folder,
                                   kith_error *err)
{
    const char *folder = arena_printf(a, "%s/documents", root);
    if (!folder) return fail(err, KITH_ERR_NO_MEMORY, "out of memory");
    kith_status status = directory_create(folder, err);
    for (const demo_document *d = demo_documents; d->file_name && status == KITH_OK; d++) {
        const char *path = arena_printf(a, "%s/%s", folder, d->file_name);
        if (!path) return fail(err, KITH_ERR_NO_MEMORY, "out of memory");
        status = file_replace(&file_ops_posix, path, view_of(d->text), err);
    }
    *out_folder = folder;
    return status;
}

static void title(console *c, const char *text)
{
    if (c->json) return;
    buffer_append_byte(&c->line, '\n');
    terminal_style(&c->out_terminal, &c->line, STYLE_BOLD, view_of(text));
    buffer_append_byte(&c->line, '\n');
    console_flush_line(c);
}

static kith_status ingest(invocation *run, kith *database, const char *folder, kith_error *err)
{
    title(run->console, "Reading three documents");
    ingestion in;
    kith_ingest_report report = {0};
    ingestion_start(&in, run->console);
    kith_ingest_options options = {.on_event = ingestion_event, .context = &in};
    kith_status status =
        kith_ingest_paths(database, workspace_collection(run), &folder, 1, &options, &report, err);
    if (status == KITH_OK) ingestion_report(&in, &report);
    ingestion_done(&in);
    if (status == KITH_OK && report.errors)
        return fail(err, KITH_ERR_INTERNAL, "a document of the demo failed");
    return status;
}

/* EXIT_PARTLY, a refusal, is an answer too. */
static exit_status ask_all(invocation *run, kith *database, const kith_llm *llm)
{
    for (size_t i = 0; i < sizeof questions / sizeof questions[0]; i++) {
        title(run->console, questions[i]);
        exit_status result = answer_ask(run, database, questions[i], llm);
        if (result != EXIT_DONE && result != EXIT_PARTLY) return result;
    }
    return EXIT_DONE;
}

static kith_status search(invocation *run, kith *database, kith_error *err)
{
    title(run->console, "Similarity search: searching by meaning instead of by words");
    kith_hits *hits = NULL;
    kith_query query = {.text = search_query, .k = 3, .ranking = KITH_RANK_MEANING};
    kith_status status = kith_search(database, workspace_collection(run), &query, &hits, err);
    if (status == KITH_OK) hits_print(run, hits, search_query, true);
    kith_hits_free(hits);
    return status;
}

static kith_status statistics(invocation *run, kith *database, kith_error *err)
{
    title(run->console, "Statistics");
    kith_collection_list *list = NULL;
    kith_status status = kith_collections(database, NULL, &list, err);
    for (size_t i = 0; status == KITH_OK && i < list->count; i++) {
        if (run->console->json)
            collection_stats_json(run->console, &list->collections[i]);
        else
            collection_stats_text(run->console, &list->collections[i]);
    }
    kith_collection_list_free(list);
    return status;
}

static exit_status demonstrate(invocation *run, workspace *w, const char *root)
{
    kith_error err = {0};
    kith_llm storage;
    const kith_llm *llm = NULL;
    const char *folder = NULL;
    w->directory = arena_printf(run->memory, "%s/data", root);
    if (!w->directory)
        return console_fail(run->console, fail(&err, KITH_ERR_NO_MEMORY, "out of memory"), &err);
    kith_options options = {.embedder = w->embedder};
    kith_status status = workspace_llm(run, &storage, &llm, &err);
    if (status == KITH_OK) status = write_documents(root, run->memory, &folder, &err);
    if (status == KITH_OK) status = kith_open(w->directory, &options, &w->database, &err);
    if (status == KITH_OK) status = ingest(run, w->database, folder, &err);
    if (status == KITH_ERR_CANCELLED) return EXIT_INTERRUPTED;
    if (status != KITH_OK) return console_fail(run->console, status, &err);
    exit_status result = ask_all(run, w->database, llm);
    if (result != EXIT_DONE) return result;
    status = search(run, w->database, &err);
    if (status == KITH_OK) status = statistics(run, w->database, &err);
    return status == KITH_OK ? EXIT_DONE : console_fail(run->console, status, &err);
}

static exit_status demo_run(invocation *run)
{
    workspace w = {0};
    kith_error err = {0};
    // A show is for people, also when they keep it in a file.
    run->console->json = run->settings->json;
    kith_status status = workspace_embedder(run, &w.embedder, &err);
    if (status != KITH_OK) return console_fail(run->console, status, &err);
    exit_status result = EXIT_SYSTEM;
    interrupt_catch();
    char *root = arena_printf(run->memory, "%s/kith-demo-XXXXXX", run->environment->temporary);
    if (!root || !mkdtemp(root)) {
        console_notice(run->console, "cannot make a directory in '%s': %s",
                       run->environment->temporary, strerror(errno));
    } else {
        result = demonstrate(run, &w, root);
    }
    result = workspace_close(run, &w, result);
    enum { OPEN_DIRECTORIES = 8 };
    if (root && nftw(root, remove_entry, OPEN_DIRECTORIES, FTW_DEPTH | FTW_PHYS) != 0 &&
        errno != ENOENT)
        console_notice(run->console, "could not remove '%s': %s", root, strerror(errno));
    if (result == EXIT_DONE && !run->console->json)
        console_printf(run->console, "\nNow yours: kith add FOLDER, then kith ask QUESTION\n");
    return result;
}

const command command_demo = {
    .name = "demo",
    .arguments = "",
    .summary = "show everything once on a small knowledge base",
    .description = "Writes three short documents (artificial intelligence, vector databases, "
                   "retrieval-augmented generation) to a temporary "
                   "directory, adds them, asks three questions, searches, shows the statistics and "
                   "removes the directory. Nothing is prepared: the "
                   "answers are made from the documents as they are for kith ask. The output is "
                   "text, also in a pipe.\n\n"
                   "With --json: the lines of kith add, kith ask, kith search --explain and kith "
                   "stats, in that order.",
    .examples = "  kith demo\n",
    .options = OPTIONS_MODEL | OPTIONS_LLM,
    .arguments_min = 0,
    .arguments_max = 0,
    .run = demo_run,
};
