/* stats.c - kith stats: what the collections hold and what they cost. */
#include "cli/collection_stats.h"
#include "cli/command.h"
#include "cli/workspace.h"

static exit_status stats_run(invocation *run)
{
    console *c = run->console;
    workspace w = {0};
    kith_collection_list *list = NULL;
    kith_error err = {0};
    kith_status status = workspace_open(run, WORKSPACE_READ, &w, &err);
    if (status == KITH_OK)
        status = kith_collections(w.database, run->settings->collection, &list, &err);
    exit_status result = EXIT_DONE;
    if (status != KITH_OK) {
        result = console_fail(c, status, &err);
        goto done;
    }
    for (size_t i = 0; i < list->count; i++) {
        if (c->json)
            collection_stats_json(c, &list->collections[i]);
        else
            collection_stats_text(c, &list->collections[i]);
    }
    if (list->count == 0) console_notice(c, "no collection in '%s'", w.directory);
done:
    kith_collection_list_free(list);
    return workspace_close(run, &w, result);
}

const command command_stats = {
    .name = "stats",
    .arguments = "",
    .summary = "show what the collections hold and cost",
    .description = "Shows documents, chunks, model, dimension, index and bytes of each collection, "
                   "or of the one that --collection names. Bytes on "
                   "disk count the store, which all collections share, and the collection's own "
                   "derived files.\n\n"
                   "As JSON: a collection a line with name, documents, chunks, model, metric, "
                   "dimension, bytes_disk, bytes_memory, index and "
                   "index_state.",
    .examples = "  kith stats\n"
                "  kith stats --collection wiki --json\n",
    .options = OPTIONS_STORE,
    .arguments_min = 0,
    .arguments_max = 0,
    .run = stats_run,
};
