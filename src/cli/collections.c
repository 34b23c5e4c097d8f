/* collections.c - kith collections: list, create, rename, delete. */
#include "base/json.h"
#include "cli/collection_stats.h"
#include "cli/command.h"
#include "cli/removal.h"
#include "cli/workspace.h"

#include <kith/catalog.h>

static exit_status list_collections(invocation *run)
{
    console *c = run->console;
    workspace w = {0};
    kith_collection_list *list = NULL;
    kith_error err = {0};
    kith_status status = workspace_open(run, WORKSPACE_READ, &w, &err);
    if (status == KITH_OK) status = kith_collections(w.database, NULL, &list, &err);
    exit_status result = EXIT_DONE;
    if (status != KITH_OK) {
        result = console_fail(c, status, &err);
        goto done;
    }
    for (size_t i = 0; i < list->count; i++) {
        const kith_collection_stats *stats = &list->collections[i];
        kith_meaning meaning = {0};
        if (c->json && status == KITH_OK)
            status = kith_collection_meaning(w.database, stats->name, &meaning, &err);
        if (status != KITH_OK) {
            result = console_fail(c, status, &err);
            break;
        }
        if (c->json)
            collection_stats_json(c, stats, &meaning, NULL);
        else
            console_printf(c, "%-24s %8llu documents %9llu chunks  %s\n", stats->name,
                           (unsigned long long)stats->documents, (unsigned long long)stats->chunks,
                           metric_name(stats->metric));
    }
    if (list->count == 0) console_notice(c, "no collection in '%s'", w.directory);
done:
    kith_collection_list_free(list);
    return workspace_close(run, &w, result);
}

static void print_created(console *c, const char *name)
{
    if (!c->json) {
        console_printf(c, "created collection %s\n", name);
        return;
    }
    json_writer w = console_begin_json(c);
    json_begin_object(&w);
    json_member_text(&w, "created", "collection");
    json_member_text(&w, "id", name);
    json_end_object(&w);
    console_end_json(c);
}

static exit_status create_collection(invocation *run, const char *name)
{
    const settings *s = run->settings;
    workspace w = {0};
    kith_error err = {0};
    kith_collection_options options = {.metric = (kith_metric)s->metric, .dimension = s->dimension};
    kith_status status = workspace_open(run, WORKSPACE_WRITE, &w, &err);
    if (status == KITH_OK) status = kith_collection_create(w.database, name, &options, &err);
    exit_status result = EXIT_DONE;
    if (status == KITH_OK)
        print_created(run->console, name);
    else
        result = console_fail(run->console, status, &err);
    return workspace_close(run, &w, result);
}

static void print_renamed(console *c, const char *from, const char *to)
{
    if (!c->json) {
        console_printf(c, "renamed collection %s to %s\n", from, to);
        return;
    }
    json_writer w = console_begin_json(c);
    json_begin_object(&w);
    json_member_text(&w, "renamed", "collection");
    json_member_text(&w, "from", from);
    json_member_text(&w, "id", to);
    json_end_object(&w);
    console_end_json(c);
}

static exit_status rename_collection(invocation *run, const char *from, const char *to)
{
    workspace w = {0};
    kith_error err = {0};
    const kith_collection_changes changes = {.size = sizeof changes, .name = to};
    kith_status status = workspace_open(run, WORKSPACE_CHANGE, &w, &err);
    if (status == KITH_OK) status = kith_collection_modify(w.database, from, &changes, &err);
    exit_status result = EXIT_DONE;
    if (status == KITH_OK)
        print_renamed(run->console, from, to);
    else
        result = console_fail(run->console, status, &err);
    return workspace_close(run, &w, result);
}

static exit_status collections_run(invocation *run)
{
    const settings *s = run->settings;
    const char *verb = s->argument_count > 0 ? s->arguments[0] : "list";
    const char *name = s->argument_count > 1 ? s->arguments[1] : NULL;
    const char *to = s->argument_count > 2 ? s->arguments[2] : NULL;
    bool lists = strcmp(verb, "list") == 0, creates = strcmp(verb, "create") == 0,
         deletes = strcmp(verb, "delete") == 0;
    if (!creates && (option_given(s, OPTION_METRIC) || option_given(s, OPTION_DIMENSION))) {
        console_notice(run->console, "--metric and --dimension are for kith collections create");
        return EXIT_USAGE;
    }
    if (lists && !name) return list_collections(run);
    if (creates && name && !to) return create_collection(run, name);
    if (deletes && name && !to) return removal_of_collection(run, name);
    if (strcmp(verb, "rename") == 0 && to) return rename_collection(run, name, to);
    console_notice(run->console,
                   "use: kith collections [list | create NAME | rename NAME NEW | delete NAME]");
    return EXIT_USAGE;
}

const command command_collections = {
    .name = "collections",
    .arguments = "[list | create NAME | rename NAME NEW | delete NAME]",
    .summary = "list, create, rename and delete collections",
    .description = "A collection is created by the first kith add, too; create chooses its metric "
                   "and dimension. A collection that is renamed keeps all that is in it, and its "
                   "conversations. delete asks first on a terminal.\n\n"
                   "As JSON: list gives the lines of kith stats; create gives {\"created\": "
                   "\"collection\", \"id\": NAME}, rename {\"renamed\": \"collection\", "
                   "\"from\": NAME, \"id\": NEW}, delete the line of kith rm.",
    .examples = "  kith collections\n"
                "  kith collections create images --metric ip --dimension 512\n"
                "  kith collections rename images pictures\n"
                "  kith collections delete pictures --yes\n",
    .options = OPTION_BIT(OPTION_DIR) | OPTION_BIT(OPTION_WAIT) | OPTION_BIT(OPTION_METRIC) |
               OPTION_BIT(OPTION_DIMENSION) | OPTION_BIT(OPTION_YES),
    .arguments_min = 0,
    .arguments_max = 3,
    .run = collections_run,
    .writes = command_writes_but_list,
};
