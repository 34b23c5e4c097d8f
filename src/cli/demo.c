/* demo.c - kith demo: shows everything once, in a temporary directory that is removed at the end:
 * first a small knowledge base of three files, then a pipeline (demo_pipeline.c). It makes the same
 * calls as the other commands and prints their real results. */
#include "cli/answer_output.h"
#include "cli/collection_stats.h"
#include "cli/command.h"
#include "cli/demo_documents.h"
#include "cli/demo_pipeline.h"
#include "cli/hits.h"
#include "cli/ingestion.h"
#include "cli/interrupt.h"
#include "cli/scratch_directory.h"
#include "cli/workspace.h"
#include "os/file.h"

static const char *const questions[] = {
    "What is machine learning?",
    "How does a vector database find similar texts?",
    "Why does retrieval-augmented generation reduce hallucination?",
};

static const char search_query[] = "finding sentences that say the same in other words";

/* Writes the documents to ordinary files below `root`. */
static kith_status write_documents(const char *root, arena *a, const char **out_folder,
                                   kith_error *err)
{
    const char *folder = arena_printf(a, "%s/documents", root);
    if (!folder) return fail(err, KITH_ERR_NO_MEMORY, "out of memory");
    kith_status status = directory_create(&file_ops_posix, folder, err);
    for (const demo_document *d = demo_documents; d->file_name && status == KITH_OK; d++) {
        const char *path = arena_printf(a, "%s/%s", folder, d->file_name);
        if (!path) return fail(err, KITH_ERR_NO_MEMORY, "out of memory");
        status = file_replace(&file_ops_posix, path, view_of(d->text), err);
    }
    *out_folder = folder;
    return status;
}

static kith_status ingest(invocation *run, kith *database, const char *folder, kith_error *err)
{
    demo_title(run->console, "1. A small knowledge base: three files");
    ingestion in;
    kith_ingest_report report = {0};
    ingestion_start(&in, run->console);
    // The texts are short: smaller chunks than usual keep their sections apart.
    const kith_chunk_options chunk = {.chunk_size = 500, .overlap = 100};
    kith_ingest_options options = {.chunk = &chunk, .on_event = ingestion_event, .context = &in};
    kith_status status =
        kith_ingest_paths(database, workspace_collection(run), &folder, 1, &options, &report, err);
    if (status == KITH_OK) ingestion_report(&in, &report);
    ingestion_done(&in);
    if (status == KITH_OK && report.errors)
        return fail(err, KITH_ERR_INTERNAL, "a document of the demo failed");
    return status;
}

/* A refusal (EXIT_PARTLY) is no reason to stop the demo. */
static exit_status ask_all(invocation *run, kith *database, const kith_llm *llm)
{
    for (size_t i = 0; i < sizeof questions / sizeof questions[0]; i++) {
        demo_title(run->console, questions[i]);
        answer_request request = {.question = questions[i], .llm = llm};
        exit_status result = answer_output_ask(run, database, &request);
        if (result != EXIT_DONE && result != EXIT_PARTLY) return result;
    }
    return EXIT_DONE;
}

static kith_status search(invocation *run, kith *database, kith_error *err)
{
    demo_title(run->console,
               "Similarity search: finding sentences that say the same in other words");
    kith_hits *hits = NULL;
    kith_query query = {.text = search_query, .k = 3, .ranking = KITH_RANK_MEANING};
    kith_status status = kith_search(database, workspace_collection(run), &query, &hits, err);
    if (status == KITH_OK) hits_print(run, hits, search_query, false);
    kith_hits_free(hits);
    return status;
}

static kith_status statistics(invocation *run, kith *database, kith_error *err)
{
    demo_title(run->console, "Statistics");
    kith_collection_list *list = NULL;
    kith_status status = kith_collections(database, workspace_collection(run), &list, err);
    for (size_t i = 0; status == KITH_OK && i < list->count; i++) {
        const kith_meaning meaning = {0}; // the demo waits for all
        if (run->console->json)
            collection_stats_json(run->console, &list->collections[i], &meaning, NULL, NULL);
        else
            collection_stats_text(run->console, &list->collections[i], &meaning, NULL);
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
    if (status == KITH_OK) status = demo_pipeline(run, w->database, llm, &err);
    if (status == KITH_ERR_CANCELLED) return EXIT_INTERRUPTED;
    return status == KITH_OK ? EXIT_DONE : console_fail(run->console, status, &err);
}

static exit_status demo_run(invocation *run)
{
    workspace w = {0};
    kith_error err = {0};
    // The demo is for people, even when its output goes to a file: JSON only by --json.
    run->console->json = run->settings->json;
    kith_status status = workspace_embedder(run, &w.embedder, &err);
    if (status != KITH_OK) return console_fail(run->console, status, &err);
    const char *root = NULL;
    interrupt_catch(run->console->interrupts);
    status = scratch_directory_make(run, "demo", &root, &err);
    exit_status result =
        status == KITH_OK ? demonstrate(run, &w, root) : console_fail(run->console, status, &err);
    result = workspace_close(run, &w, result);
    scratch_directory_remove(run, root);
    if (result == EXIT_DONE && !run->console->json)
        console_printf(run->console, "\nNow yours: kith add FOLDER, then kith ask QUESTION\n");
    return result;
}

const command command_demo = {
    .name = "demo",
    .arguments = "",
    .summary = "show everything once on small knowledge bases",
    .description =
        "Works in a temporary directory that is removed at the end. First a small knowledge base: "
        "three short files (artificial intelligence, vector databases, retrieval-augmented "
        "generation) are added, three questions asked, a search made, the statistics shown. Then a "
        "pipeline: a batch of five documents, one of which is refused; three questions, with what "
        "is found as it is found; one of them again, from the cache; and the performance report. "
        "Nothing is prepared: the answers are made from the documents as they are for kith ask. "
        "The output is text, also in a pipe.\n\n"
        "With --json: the lines of kith add, kith ask, kith search and kith stats, in "
        "the "
        "order of what happens.",
    .examples = "  kith demo\n",
    .options = OPTIONS_MODEL | OPTIONS_LLM,
    .arguments_min = 0,
    .arguments_max = 0,
    .run = demo_run,
};
