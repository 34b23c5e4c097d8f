/* collections.c - kith collections: list, create, rename, delete. */
#include "base/json.h"
#include "cli/collection_stats.h"
#include "cli/command.h"
#include "cli/removal.h"
#include "cli/workspace.h"

#include <kith/budget.h>
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
        kith_index_memory memory = {.size = sizeof memory};
        if (c->json) status = kith_collection_meaning(w.database, stats->name, &meaning, &err);
        if (c->json && status == KITH_OK)
            status = kith_collection_memory(w.database, stats->name, &memory, &err);
        if (status != KITH_OK) {
            result = console_fail(c, status, &err);
            break;
        }
        if (c->json)
            collection_stats_json(c, stats, &meaning, NULL, &memory);
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

enum { MIB = 1 << 20 };

/* Is anything said of the memory of vectors? */
static bool has_limit(const settings *s)
{
    return option_given(s, OPTION_INDEX_MEMORY) || option_given(s, OPTION_MEMORY);
}

static kith_status limit_memory(invocation *run, workspace *w, const char *name, kith_error *err)
{
    const settings *s = run->settings;
    const uint64_t bytes = (uint64_t)s->index_memory * MIB;
    const kith_memory memory = (kith_memory)s->memory;
    const kith_collection_changes to = {.size = sizeof to,
                                        .index_memory =
                                            option_given(s, OPTION_INDEX_MEMORY) ? &bytes : NULL,
                                        .memory = option_given(s, OPTION_MEMORY) ? &memory : NULL};
    return has_limit(s) ? kith_collection_modify(w->database, name, &to, err) : KITH_OK;
}

static exit_status create_collection(invocation *run, const char *name)
{
    const settings *s = run->settings;
    workspace w = {0};
    kith_error err = {0};
    const kith_collection_options options = {.size = sizeof options,
                                             .metric = (kith_metric)s->metric,
                                             .dimension = s->dimension,
                                             .index_memory = (uint64_t)s->index_memory * MIB,
                                             .memory = (kith_memory)s->memory};
    kith_status status = kith_index_memory_check(options.index_memory, options.dimension, &err);
    if (status == KITH_OK) status = workspace_open(run, WORKSPACE_WRITE, &w, &err);
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

/* What is so now, whether it was changed or not. */
static void print_limit(console *c, const char *name, const kith_collection_info *now)
{
    const bool is_compact = now->memory == KITH_MEMORY_COMPACT;
    const char *what = is_compact ? "graph and codes" : "vectors";
    if (!c->json && now->index_memory > 0)
        console_printf(c, "%s of %s may take %llu MiB in memory\n", what, name,
                       (unsigned long long)(now->index_memory / MIB));
    else if (!c->json)
        console_printf(c, "%s of %s may take any memory\n", what, name);
    if (!c->json && is_compact)
        console_printf(c, "its vectors are on the disk, as soon as there is a graph\n");
    if (!c->json) return;
    json_writer w = console_begin_json(c);
    json_begin_object(&w);
    json_member_text(&w, "limited", "collection");
    json_member_text(&w, "id", name);
    json_member_unsigned(&w, "index_memory", now->index_memory);
    json_member_text(&w, "memory", collection_memory_name(now->memory));
    json_end_object(&w);
    console_end_json(c);
}

static exit_status limit_collection(invocation *run, const char *name)
{
    workspace w = {0};
    kith_error err = {0};
    kith_collection_infos *found = NULL;
    if (!has_limit(run->settings)) {
        console_notice(run->console, "kith collections limit needs --index-memory MIB or --memory");
        return EXIT_USAGE;
    }
    kith_status status = workspace_open(run, WORKSPACE_CHANGE, &w, &err);
    if (status == KITH_OK) status = limit_memory(run, &w, name, &err);
    if (status == KITH_OK) status = kith_collection_describe(w.database, name, NULL, &found, &err);
    exit_status result = EXIT_DONE;
    if (status == KITH_OK)
        print_limit(run->console, name, &found->collections[0]);
    else
        result = console_fail(run->console, status, &err);
    kith_collection_infos_free(found);
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
    const bool limits = strcmp(verb, "limit") == 0;
    if (!creates && !limits && has_limit(s)) {
        console_notice(run->console,
                       "--index-memory and --memory are for kith collections create and limit");
        return EXIT_USAGE;
    }
    if (lists && !name) return list_collections(run);
    if (limits && name && !to) return limit_collection(run, name);
    if (creates && name && !to) return create_collection(run, name);
    if (deletes && name && !to) return removal_of_collection(run, name);
    if (strcmp(verb, "rename") == 0 && to) return rename_collection(run, name, to);
    console_notice(run->console,
                   "use: kith collections [list | create NAME | rename NAME NEW | limit NAME | "
                   "delete NAME]");
    return EXIT_USAGE;
}

const command command_collections = {
    .name = "collections",
    .arguments = "[list | create NAME | rename NAME NEW | limit NAME | delete NAME]",
    .summary = "list, create, rename, limit and delete collections",
    .description =
        "A collection is created by the first kith add, too; create chooses its metric "
        "and dimension. A collection that is renamed keeps all that is in it, and its "
        "conversations. limit sets the memory that its vectors may take; when they "
        "would take more, they move to the disk, and their codes and the graph stay; when these "
        "would take more, too, all of it is in lists on the disk, which searches read; it is at "
        "least 1 MiB, and 1 KiB a dimension. With --memory compact vectors are on the disk from "
        "4,097 on, whatever fits. delete asks first on a terminal.\n\n"
        "As JSON: list gives the lines of kith stats; create gives {\"created\": "
        "\"collection\", \"id\": NAME}, rename {\"renamed\": \"collection\", "
        "\"from\": NAME, \"id\": NEW}, limit {\"limited\": \"collection\", \"id\": NAME, "
        "\"index_memory\": BYTES, \"memory\": \"full\" or \"compact\"}, delete the line of kith "
        "rm.",
    .examples = "  kith collections\n"
                "  kith collections create images --metric ip --dimension 512\n"
                "  kith collections rename images pictures\n"
                "  kith collections limit pictures --index-memory 512\n"
                "  kith collections limit pictures --memory compact\n"
                "  kith collections delete pictures --yes\n",
    .options = OPTION_BIT(OPTION_DIR) | OPTION_BIT(OPTION_WAIT) | OPTION_BIT(OPTION_METRIC) |
               OPTION_BIT(OPTION_DIMENSION) | OPTION_BIT(OPTION_INDEX_MEMORY) |
               OPTION_BIT(OPTION_MEMORY) | OPTION_BIT(OPTION_YES),
    .arguments_min = 0,
    .arguments_max = 3,
    .run = collections_run,
    .writes = command_writes_but_list,
};
