/* stats.c - kith stats: what the collections hold and what they cost, and what has been done with
 * them. */
#include "cli/collection_stats.h"
#include "cli/command.h"
#include "cli/metrics_output.h"
#include "cli/workspace.h"
#include "serve/control.h"

#include <kith/catalog.h>
#include <kith/model.h>
#include <kith/reembed.h>
#include <string.h>

/* The directory with the local model that the settings name, if it is at hand. */
typedef struct model_view {
    kith_embedder *embedder;
    kith *database; /* NULL: there is no room for one */
} model_view;

static model_view use_model(invocation *run, const workspace *w)
{
    model_view v = {NULL, NULL};
    if (workspace_embedder(run, &v.embedder, NULL) != KITH_OK) v.embedder = NULL;
    if (kith_use_embedder(w->database, v.embedder, &v.database, NULL) != KITH_OK) v.database = NULL;
    return v;
}

static void leave_model(model_view *v)
{
    kith_status closed = v->database ? kith_close(v->database, NULL) : KITH_OK;
    (void)closed; // it holds nothing of its own
    kith_embedder_free(v->embedder);
}

/* In which precision the collection's model runs here; NULL: it is not at hand, was never
 * loaded, or is remote. The text
 * lives as long as the view and the directory. */
static const char *precision_of(const model_view *v, const kith_collection_stats *stats)
{
    kith_embedder *e = NULL;
    kith_model_info info = {0};
    if (!v->database || !stats->model[0] ||
        kith_collection_embedder(v->database, stats->name, &e, NULL) != KITH_OK ||
        strcmp(kith_embedder_describe(e).fingerprint, stats->model) != 0 ||
        !kith_model_peek(e, &info))
        return NULL;
    return info.precision;
}

static kith_status show_collections(invocation *run, const workspace *w, kith_error *err)
{
    console *c = run->console;
    kith_collection_list *list = NULL;
    // The state of one is worth loading its index. Why that fails is part of the state.
    kith_status loaded = run->settings->collection
                             ? kith_collection_load(w->database, run->settings->collection, NULL)
                             : KITH_OK;
    (void)loaded;
    kith_status status = kith_collections(w->database, run->settings->collection, &list, err);
    if (status != KITH_OK) return status;
    model_view with_model = use_model(run, w);
    for (size_t i = 0; status == KITH_OK && i < list->count; i++) {
        const kith_collection_stats *stats = &list->collections[i];
        kith_meaning meaning = {0};
        collection_model model = {.precision = precision_of(&with_model, stats),
                                  .recall.size = sizeof model.recall,
                                  .memory.size = sizeof model.memory};
        status = kith_collection_meaning(w->database, stats->name, &meaning, err);
        if (status == KITH_OK)
            status = kith_reembed_state(w->database, stats->name, &model.reembedding, err);
        if (status == KITH_OK)
            status = kith_collection_recall(w->database, stats->name, &model.recall, err);
        if (status == KITH_OK)
            status = kith_collection_memory(w->database, stats->name, &model.memory, err);
        if (status != KITH_OK) break;
        if (c->json)
            collection_stats_json(c, stats, &meaning, &model, &model.memory);
        else
            collection_stats_text(c, stats, &meaning, &model);
    }
    leave_model(&with_model);
    if (list->count == 0) console_notice(c, "no collection in '%s'", w->directory);
    kith_collection_list_free(list);
    return status;
}

static kith_status show_metrics(invocation *run, const workspace *w, kith_error *err)
{
    console *c = run->console;
    kith_metrics *figures = NULL;
    kith_status status = kith_metrics_get(w->database, &figures, err);
    if (status != KITH_OK) return status;
    if (run->settings->format == FORMAT_PROMETHEUS)
        console_write(c, view_of(figures->prometheus));
    else if (c->json)
        metrics_output_json(c, figures);
    else
        metrics_output_text(c, figures);
    kith_metrics_free(figures);
    return KITH_OK;
}

/* What a server of the directory has counted in the last minute is only in its memory. */
static void have_counts_saved(invocation *run)
{
    enum { WAIT_MS = 2000 };
    const char *directory = NULL;
    if (environment_data_directory(run->environment, run->settings->dir, run->memory, &directory,
                                   NULL) == KITH_OK)
        control_save_counts(directory, WAIT_MS);
}

static exit_status stats_run(invocation *run)
{
    const settings *s = run->settings;
    bool for_scraper = s->format == FORMAT_PROMETHEUS;
    workspace w = {0};
    kith_error err = {0};
    bool is_other = option_given(s, OPTION_FORMAT) && !for_scraper;
    if (is_other || (for_scraper && s->collection)) {
        console_notice(run->console, for_scraper
                                         ? "the metrics are of all collections together"
                                         : "kith stats takes --format prometheus, or --json");
        return EXIT_USAGE;
    }
    have_counts_saved(run);
    kith_status status = workspace_open(run, WORKSPACE_READ, &w, &err);
    if (status == KITH_OK && !for_scraper) status = show_collections(run, &w, &err);
    // They count the whole directory, so there are none of one collection.
    if (status == KITH_OK && !s->collection) status = show_metrics(run, &w, &err);
    exit_status result = status == KITH_OK ? EXIT_DONE : console_fail(run->console, status, &err);
    return workspace_close(run, &w, result);
}

const command command_stats = {
    .name = "stats",
    .arguments = "",
    .summary = "show what the collections hold and cost",
    .description =
        "Shows documents, chunks, model, dimension, index and bytes of each collection, "
        "or of the one that --collection names. Bytes on "
        "disk count the store, which all collections share, and the collection's own "
        "derived files. The index of the one that --collection names is loaded for it; of others "
        "it is said whether there is a file to load.\n\n"
        "Then come the metrics of the whole directory since it was made: questions and "
        "searches, times by stage, the cache, documents and chunks, tokens, errors; "
        "--format prometheus writes them alone, for a scraper.\n\n"
        "As JSON: a collection a line with name, documents, chunks, chunks_waiting (without their "
        "vector yet), model, model_name, precision (in which the model runs here; null when it is "
        "not at hand), reembedding (model, chunks and waiting of an unfinished kith reembed, or "
        "null), metric, "
        "dimension, bytes_disk, bytes_memory, index, "
        "index_state, index_reason and recall (of sampled searches by vector: recall, low and high "
        "of an interval of 95 %, searches, since; null when none was sampled); then, without "
        "--collection, a line with metrics.",
    .examples = "  kith stats\n"
                "  kith stats --collection wiki --json\n"
                "  kith stats --format prometheus\n",
    .options = OPTIONS_STORE | OPTION_BIT(OPTION_FORMAT),
    .arguments_min = 0,
    .arguments_max = 0,
    .run = stats_run,
};
