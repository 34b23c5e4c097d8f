/* workspace.c - see workspace.h. */
#include "cli/workspace.h"

#include "base/buffer.h"
#include "cli/interrupt.h"

#include <kith/catalog.h>
#include <kith/recall.h>
#include <kith/truncation.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* Completes the environment from the file that --env names, else from ./.env. */
static kith_status load_endpoint(invocation *run, kith_error *err)
{
    environment *e = run->environment;
    const char *named = run->settings->env, *ignored = NULL;
    if (e->file_read) return KITH_OK;
    if (named) return environment_load_named(e, named, run->memory, err);
    if (e->api_key && e->base_url) return KITH_OK;
    bool had_key = e->api_key != NULL;
    kith_status status = environment_load_found(e, ".env", run->memory, &ignored, err);
    if (status != KITH_OK) return status;
    if (ignored)
        console_notice(run->console,
                       "%s of ./.env ignored: a file that lies in a folder does not decide where "
                       "data goes; use it with --env .env",
                       ignored);
    // Nothing but that file names an endpoint, and what it names is the default one.
    if (!had_key && e->api_key && !e->base_url)
        console_notice(run->console, "the endpoint is OpenAI's, with OPENAI_API_KEY of ./.env");
    return KITH_OK;
}

/* The path from the root: what a server opens later, in the thread of a command that it runs for
 * another process, would be looked for in that process's working directory (handed_command.c).
 * NULL: out of memory, or there is no working directory. */
static const char *absolute_path(invocation *run, const char *path)
{
    char here[PATH_MAX];
    if (path[0] == '/') return path;
    return getcwd(here, sizeof here) ? arena_printf(run->memory, "%s/%s", here, path) : NULL;
}

kith_status workspace_embedder(invocation *run, kith_embedder **out, kith_error *err)
{
    const settings *s = run->settings;
    kith_embedder_options options = {.size = sizeof options, .threads = s->threads};
    if (s->embedder == EMBEDDER_OPENAI) {
        if (s->model_dir)
            return fail(err, KITH_ERR_INVALID, "--model-dir is for the local embedder");
        kith_status status = load_endpoint(run, err);
        if (status != KITH_OK) return status;
        if (!run->environment->api_key && !run->environment->base_url)
            return fail(err, KITH_ERR_AUTH,
                        "--embedder openai needs OPENAI_API_KEY or OPENAI_BASE_URL, in the "
                        "environment or the file of --env");
        options.base_url = run->environment->base_url;
        options.api_key = run->environment->api_key;
        options.model = s->embed_model ? s->embed_model : "text-embedding-3-small";
        return kith_embedder_open(&options, out, err);
    }
    if (s->embed_model)
        return fail(err, KITH_ERR_INVALID, "--embed-model goes with --embedder openai");
    const char *named = NULL;
    kith_status status =
        environment_model_directory(run->environment, s->model_dir, run->memory, &named, err);
    if (status != KITH_OK) return status;
    options.directory = absolute_path(run, named);
    options.cache = environment_packed_directory(run->environment, run->memory);
    options.precision = run->environment->precision;
    if (option_given(s, OPTION_PRECISION))
        options.precision = s->precision == PRECISION_F32 ? "f32" : "auto";
    if (!options.directory) return fail(err, KITH_ERR_IO, "the working directory is gone");
    status = kith_embedder_open(&options, out, err);
    if (status == KITH_ERR_NOT_FOUND)
        return fail(err, KITH_ERR_MODEL,
                    "no embedding model at '%s': kith model fetch gets all-MiniLM-L6-v2; or put "
                    "config.json, tokenizer.json, model.safetensors "
                    "and what else lies beside them at "
                    "https://huggingface.co/sentence-transformers/all-MiniLM-L6-v2 there; "
                    "--model-dir or KITH_MODEL name another place, and kith search --rank words "
                    "needs no model",
                    named);
    return status;
}

static void show_notice(void *context, const char *notice)
{
    console_notice(context, "%s", notice);
}

static bool is_writable(const char *directory)
{
    char path[PATH_MAX];
    int length = snprintf(path, sizeof path, "%s/kith.db", directory);
    if (length < 0 || (size_t)length >= sizeof path) return true;
    return access(directory, W_OK) == 0 && access(path, W_OK) == 0;
}

int32_t workspace_wait_ms(const invocation *run)
{
    const settings *s = run->settings;
    if (!option_given(s, OPTION_WAIT)) return 0;
    return s->wait == 0 ? -1 : (int32_t)s->wait * 1000;
}

static kith_status open_directory(invocation *run, workspace_need need, workspace *w,
                                  kith_error *err)
{
    bool reads = need == WORKSPACE_READ || need == WORKSPACE_READ_TEXT;
    bool must_exist = reads || need == WORKSPACE_CHANGE;
    kith_status status = environment_data_directory(run->environment, run->settings->dir,
                                                    run->memory, &w->directory, err);
    if (status != KITH_OK) return status;
    kith_options options = {
        .embedder = w->embedder,
        .must_exist = must_exist,
        .read_only = reads && !is_writable(w->directory),
        .wait_ms = workspace_wait_ms(run),
        .on_notice = w->on_notice,
        .notice_context = w->notice_context,
        .sample_every = !option_given(run->settings, OPTION_SAMPLE_EVERY) ? 0
                        : run->settings->sample_every ? run->settings->sample_every
                                                      : KITH_SAMPLE_NONE,
    };
    const char *path = w->directory;
    if (need == WORKSPACE_SERVE) path = absolute_path(run, path);
    if (!path) return fail(err, KITH_ERR_IO, "the working directory is gone");
    status = kith_open(path, &options, &w->database, err);
    if (status == KITH_ERR_FULL && reads && !options.read_only) {
        options.read_only = true;
        status = kith_open(w->directory, &options, &w->database, err);
    }
    w->read_only = options.read_only;
    if (status == KITH_ERR_NOT_FOUND && must_exist)
        return fail(err, status, "no data directory '%s': 'kith add PATH' makes one", w->directory);
    return status;
}

/* Where the local model is that the options name, without links; false: they name no local one, or
 * there is none. */
static bool find_local_model(invocation *run, char real[PATH_MAX])
{
    const settings *s = run->settings;
    const char *directory = NULL;
    return s->embedder == EMBEDDER_LOCAL &&
           environment_model_directory(run->environment, s->model_dir, run->memory, &directory,
                                       NULL) == KITH_OK &&
           realpath(directory, real);
}

/* Notes which local model a server has, so that commands can share it. */
static void note_model(invocation *run, workspace *w)
{
    char real[PATH_MAX];
    if (w->embedder && find_local_model(run, real))
        w->model_directory = arena_copy_text(run->memory, real);
}

/* Opens the embedder if the default model is there. */
static kith_status embedder_if_any(invocation *run, workspace *w, kith_error *err)
{
    const settings *s = run->settings;
    kith_status status = workspace_embedder(run, &w->embedder, err);
    bool is_named = s->model_dir || s->embed_model || option_given(s, OPTION_EMBEDDER) ||
                    run->environment->model;
    bool is_missing = status == KITH_ERR_MODEL || status == KITH_ERR_INVALID;
    note_model(run, w);
    if (is_named || !is_missing) return status;
    char *notice = arena_printf(run->memory, "texts cannot be embedded: %s", err->message);
    if (notice) w->on_notice(w->notice_context, notice);
    *err = (kith_error){0};
    return KITH_OK;
}

/* Whether the command embeds with the model that the server has. */
static bool is_model_of_owner(invocation *run)
{
    const settings *s = run->settings;
    char real[PATH_MAX];
    if (!run->owner->model_directory || s->embed_model || option_given(s, OPTION_THREADS) ||
        option_given(s, OPTION_PRECISION))
        return false;
    return find_local_model(run, real) && strcmp(real, run->owner->model_directory) == 0;
}

/* The directory of the cross-encoder; NULL: none. */
static const char *reranker_name(const invocation *run)
{
    return run->settings->rerank ? run->settings->rerank : run->environment->rerank;
}

/* What a command works on that a server runs for another process. */
static kith_status borrow(invocation *run, workspace_need need, workspace *w, kith_error *err)
{
    bool needs_text = need == WORKSPACE_READ_TEXT || need == WORKSPACE_WRITE_TEXT;
    kith_status status = environment_data_directory(run->environment, run->settings->dir,
                                                    run->memory, &w->directory, err);
    if (status != KITH_OK) return status;
    const bool shares_model = !needs_text || is_model_of_owner(run);
    // With a cross-encoder of its own it has a handle of its own; else it has the server's.
    if (shares_model && w->reranks && reranker_name(run) && run->owner->embedder)
        return kith_use_embedder(run->owner->database, run->owner->embedder, &w->database, err);
    if (shares_model) {
        w->database = run->owner->database;
        return KITH_OK;
    }
    status = workspace_embedder(run, &w->embedder, err);
    if (status != KITH_OK) return status;
    return kith_use_embedder(run->owner->database, w->embedder, &w->database, err);
}

/* Opens the cross-encoder that --rerank or KITH_RERANK names. */
static kith_status open_reranker(invocation *run, kith_cross_encoder **out, kith_error *err)
{
    const settings *s = run->settings;
    const char *named = reranker_name(run);
    if (!named) return KITH_OK;
    const char *directory = absolute_path(run, named);
    if (!directory) return fail(err, KITH_ERR_IO, "the working directory is gone");
    kith_status status = kith_cross_encoder_open(directory, s->threads, out, err);
    if (status == KITH_ERR_NOT_FOUND) status = KITH_ERR_MODEL;
    return status == KITH_OK ? status : fail_context(err, status, "the reranker '%s'", named);
}

kith_status workspace_open(invocation *run, workspace_need need, workspace *out, kith_error *err)
{
    workspace w = {.on_notice = out->on_notice,
                   .notice_context = out->notice_context,
                   .reranks = out->reranks};
    if (!w.on_notice) {
        w.on_notice = show_notice;
        w.notice_context = run->console;
    }
    kith_status status = KITH_OK;
    if (run->owner)
        status = borrow(run, need, &w, err);
    else if (need == WORKSPACE_READ_TEXT || need == WORKSPACE_WRITE_TEXT)
        status = workspace_embedder(run, &w.embedder, err);
    else if (need == WORKSPACE_SERVE)
        status = embedder_if_any(run, &w, err);
    if (status == KITH_OK && out->reranks) status = open_reranker(run, &w.reranker, err);
    if (status == KITH_OK && !run->owner) status = open_directory(run, need, &w, err);
    const bool has_own = w.database && !(run->owner && w.database == run->owner->database);
    if (status == KITH_OK && has_own && (!run->owner || w.reranker))
        kith_use_reranker(w.database, w.reranker, 0);
    if (status != KITH_OK) {
        kith_status closed = has_own ? kith_close(w.database, NULL) : KITH_OK;
        (void)closed; // the first failure is the one to report
        kith_cross_encoder_free(w.reranker);
        kith_embedder_free(w.embedder);
        return status;
    }
    *out = w;
    return KITH_OK;
}

exit_status workspace_close(invocation *run, workspace *w, exit_status so_far)
{
    kith_error err = {0};
    bool is_borrowed = run->owner && w->database == run->owner->database;
    kith_status status = is_borrowed ? KITH_OK : kith_close(w->database, &err);
    kith_embedder_free(w->embedder);
    kith_cross_encoder_free(w->reranker);
    *w = (workspace){0};
    if (status == KITH_OK) return so_far;
    exit_status failed = console_fail(run->console, status, &err);
    return so_far == EXIT_DONE ? failed : so_far;
}

kith_status workspace_llm(invocation *run, kith_llm *storage, const kith_llm **out_llm,
                          kith_error *err)
{
    *out_llm = NULL;
    if (run->settings->no_llm) return KITH_OK;
    kith_status status = load_endpoint(run, err);
    if (status != KITH_OK)
        return fail_context(err, status, "looking for an LLM (--no-llm does without)");
    const environment *e = run->environment;
    if (!e->api_key && !e->base_url) {
        if (run->settings->llm)
            return fail(err, KITH_ERR_AUTH,
                        "--llm needs OPENAI_API_KEY or OPENAI_BASE_URL, in the environment or the "
                        "file of --env");
        return KITH_OK;
    }
    const char *model = run->settings->llm ? run->settings->llm : e->llm;
    *storage = (kith_llm){
        .base_url = e->base_url,
        .api_key = e->api_key,
        .model = model ? model : "gpt-4o-mini",
        .temperature = option_given(run->settings, OPTION_TEMPERATURE)
                           ? run->settings->temperature / 100.0
                           : -1,
        .max_tokens = run->settings->max_tokens,
    };
    *out_llm = storage;
    return KITH_OK;
}

const char *workspace_collection(const invocation *run)
{
    return run->settings->collection ? run->settings->collection : "default";
}

kith_chunk_options workspace_chunk_options(const invocation *run)
{
    const settings *s = run->settings;
    kith_chunk_options options = {
        .unit = s->chunk_unit == 1 ? KITH_TOKENS : KITH_CHARACTERS,
        .chunk_size = s->chunk_size,
        .overlap = (int32_t)s->chunk_overlap,
    };
    // In the library 0 asks for the default; on the command line it means none.
    if (option_given(s, OPTION_CHUNK_OVERLAP) && s->chunk_overlap == 0) options.overlap = -1;
    return options;
}

void workspace_log_init(const invocation *run, log_stream *out)
{
    // --log-level counts in the order of its choices in options.c; absent, it is the first.
    static const log_level levels[] = {LOG_INFO, LOG_ERROR, LOG_WARN, LOG_DEBUG};
    const settings *s = run->settings;
    log_init(out, run->console->err, levels[s->log_level], s->log_format == LOG_FORMAT_JSON);
}

void workspace_log_notice(void *log, const char *notice)
{
    log_begin(log, LOG_WARN, "notice");
    log_text(log, "reason", notice);
    log_end(log);
}

static int was_interrupted(void *context)
{
    return interrupt_noted(context);
}

kith_call workspace_call(const invocation *run)
{
    // In the order of the choices in options.c.
    static const kith_truncation policies[] = {KITH_TRUNCATE, KITH_TRUNCATION_ERROR, KITH_SPLIT};
    return (kith_call){.size = sizeof(kith_call),
                       .truncation = policies[run->settings->truncate],
                       .timeout_ms = run->settings->timeout * 1000,
                       .is_cancelled = was_interrupted,
                       .context = run->console->interrupts};
}

const char *workspace_sentence(const invocation *run)
{
    const char *sentence = run->settings->arguments[0];
    for (size_t i = 1; sentence && i < run->settings->argument_count; i++)
        sentence = arena_printf(run->memory, "%s %s", sentence, run->settings->arguments[i]);
    return sentence;
}
