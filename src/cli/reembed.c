/* reembed.c - kith reembed: another model for a collection, while it is used. */
#include "base/json.h"
#include "cli/command.h"
#include "cli/ingestion.h"
#include "cli/workspace.h"

#include <kith/reembed.h>
#include <limits.h>
#include <stdlib.h>

static void show_report(console *c, const char *collection, const kith_reembed_report *r)
{
    if (c->json) {
        json_writer w = console_begin_json(c);
        json_begin_object(&w);
        json_member_text(&w, "collection", collection);
        json_member_unsigned(&w, "chunks", r->chunks);
        json_member_unsigned(&w, "embedded", r->embedded);
        json_member_unsigned(&w, "truncated", r->truncated);
        json_key(&w, "was_done");
        json_bool(&w, r->was_done);
        json_member_double(&w, "seconds", r->seconds);
        json_end_object(&w);
        console_end_json(c);
        return;
    }
    if (r->was_done)
        console_printf(c, "collection '%s' has the vectors of this model\n", collection);
    else
        console_printf(c, "collection '%s': %llu chunks, %llu embedded; %.1f s\n", collection,
                       (unsigned long long)r->chunks, (unsigned long long)r->embedded, r->seconds);
}

/* Where the local model is, without links, for whoever meets its vectors later; NULL: it is remote. */
static const char *find_directory(invocation *run, kith_error *err)
{
    const char *named = NULL;
    char real[PATH_MAX];
    if (run->settings->embedder == EMBEDDER_OPENAI) return NULL;
    kith_status status = environment_model_directory(run->environment, run->settings->model_dir,
                                                     run->memory, &named, err);
    return status == KITH_OK && realpath(named, real) ? arena_copy_text(run->memory, real) : NULL;
}

static exit_status reembed(invocation *run, const workspace *w, kith_embedder *to)
{
    ingestion in;
    kith_error err = {0};
    kith_reembed_report report = {0};
    const char *collection = workspace_collection(run);
    const kith_call call = workspace_call(run);
    ingestion_start(&in, run->console);
    const kith_reembed_options options = {.size = sizeof options,
                                          .directory = find_directory(run, NULL),
                                          .on_event = ingestion_event,
                                          .context = &in,
                                          .call = &call};
    kith_status status = kith_reembed(w->database, collection, to, &options, &report, &err);
    ingestion_done(&in);
    if (status == KITH_OK) {
        show_report(run->console, collection, &report);
        return EXIT_DONE;
    }
    if (status != KITH_ERR_CANCELLED) return console_fail(run->console, status, &err);
    console_notice(run->console,
                   "interrupted: the collection is as it was, and what was embedded is kept; the "
                   "same command goes on from here, --abandon drops it");
    return EXIT_INTERRUPTED;
}

static exit_status embed_with_model(invocation *run, const workspace *w)
{
    kith_error err = {0};
    kith_embedder *to = NULL;
    // --model is --model-dir by the name that says what it is for here.
    settings with_model = *run->settings;
    invocation named = *run;
    if (with_model.model) with_model.model_dir = with_model.model;
    named.settings = &with_model;
    kith_status status = workspace_embedder(&named, &to, &err);
    if (status != KITH_OK) return console_fail(run->console, status, &err);
    exit_status result = reembed(&named, w, to);
    kith_embedder_free(to);
    return result;
}

static exit_status abandon(invocation *run, const workspace *w)
{
    kith_error err = {0};
    kith_status status = kith_reembed_abandon(w->database, workspace_collection(run), &err);
    return status == KITH_OK ? EXIT_DONE : console_fail(run->console, status, &err);
}

static exit_status reembed_run(invocation *run)
{
    const settings *s = run->settings;
    bool has_model = s->model || s->model_dir || option_given(s, OPTION_EMBEDDER);
    if (s->abandon == has_model) {
        console_notice(run->console,
                       "kith reembed takes the model to embed with, as --model DIR or "
                       "--embedder openai, or --abandon");
        return EXIT_USAGE;
    }
    workspace w = {0};
    kith_error err = {0};
    kith_status status = workspace_open(run, WORKSPACE_CHANGE, &w, &err);
    if (status != KITH_OK) return console_fail(run->console, status, &err);
    return workspace_close(run, &w, s->abandon ? abandon(run, &w) : embed_with_model(run, &w));
}

const command command_reembed = {
    .name = "reembed",
    .arguments = "",
    .summary = "give a collection another embedding model",
    .description =
        "Embeds the stored texts of the collection with another model, while it is searched and "
        "written as before: by its former vectors, until the new ones are whole, which then take "
        "their place at once. The former ones are dropped; until then the collection is on disk "
        "twice. Interrupted or killed, the same command goes on where it stopped; --abandon drops "
        "what it has made.\n\n"
        "Where the model is gets noted in the data directory: searches, questions, kith add, kith "
        "watch and a running server use it for this collection from then on, whatever model "
        "they were started with. So one data directory may have collections of several models. An "
        "endpoint (--embedder openai) is not noted.\n\n"
        "As JSON: an object with collection, chunks, embedded (in this run), truncated (of them, "
        "longer "
        "than the model reads), was_done (it had this model) and seconds.",
    .examples = "  kith reembed --model ~/models/bge-small-en-v1.5\n"
                "  kith reembed --collection wiki --model ./e5-base\n"
                "  kith reembed --abandon\n",
    .options = OPTIONS_STORE | OPTIONS_MODEL | OPTION_BIT(OPTION_MODEL) |
               OPTION_BIT(OPTION_ABANDON) | OPTION_BIT(OPTION_WAIT) | OPTION_BIT(OPTION_TIMEOUT) |
               OPTION_BIT(OPTION_TRUNCATE),
    .arguments_min = 0,
    .arguments_max = 0,
    .run = reembed_run,
    .writes = command_writes_always,
};
