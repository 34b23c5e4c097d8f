/* add.c - kith add: files and directories into a collection. */
#include "cli/command.h"
#include "cli/ingestion.h"
#include "cli/interrupt.h"
#include "cli/meaning.h"
#include "cli/scratch_directory.h"
#include "cli/workspace.h"
#include "os/clock.h"
#include "os/file.h"
#include "transfer/web_page.h"

#include <errno.h>
#include <stdio.h>

/* Checked before anything is opened: a mistyped path must not create a data directory. */
static kith_status check_paths(const settings *s, kith_error *err)
{
    for (size_t i = 0; i < s->argument_count; i++) {
        file_info info;
        kith_status status = file_stat(s->arguments[i], &info, err);
        if (status != KITH_OK) return status;
    }
    return KITH_OK;
}

static bool reads_input(const settings *s)
{
    return s->argument_count == 1 && strcmp(s->arguments[0], "-") == 0;
}

/* Copies standard input into a file of that name, whose ending says what it is. */
static kith_status copy_input(const char *path, kith_error *err)
{
    enum { INPUT_MAX_BYTES = 1 << 30 };
    char piece[1 << 16];
    size_t size = 0, got = 0;
    FILE *out = fopen(path, "we");
    if (!out) return fail(err, status_of_errno(errno), "'%s': %s", path, strerror(errno));
    kith_status status = KITH_OK;
    while (status == KITH_OK && (got = fread(piece, 1, sizeof piece, stdin)) > 0) {
        size += got;
        if (size > INPUT_MAX_BYTES)
            status = fail(err, KITH_ERR_LIMIT, "standard input has more than 1 GiB");
        else if (fwrite(piece, 1, got, out) != got)
            status = fail(err, status_of_errno(errno), "'%s': %s", path, strerror(errno));
    }
    if (status == KITH_OK && ferror(stdin))
        status = fail(err, KITH_ERR_IO, "standard input: %s", strerror(errno));
    if (fclose(out) != 0 && status == KITH_OK)
        status = fail(err, status_of_errno(errno), "'%s': %s", path, strerror(errno));
    return status;
}

/* Where files stand that are there only during the command, and what the only one is known by, if
 * not by its name. All NULL: files are known by their paths. */
typedef struct passing_file {
    const char *below, *as;
} passing_file;

/* What --no-wait has left. */
static void notice_waiting(const invocation *run, const workspace *w)
{
    kith_meaning meaning = {0};
    kith_status status =
        kith_collection_meaning(w->database, workspace_collection(run), &meaning, NULL);
    if (status != KITH_OK || meaning.waiting == 0) return;
    console_notice(run->console,
                   "%llu chunks are found by their words alone until kith watch, kith serve or the "
                   "next kith add has embedded them",
                   (unsigned long long)meaning.waiting);
}

static exit_status ingest(invocation *run, workspace *w, passing_file passing)
{
    const settings *s = run->settings;
    ingestion in;
    kith_ingest_report report = {0};
    kith_error err = {0};
    ingestion_start(&in, run->console);
    const kith_call call = workspace_call(run);
    const kith_chunk_options chunk = workspace_chunk_options(run);
    kith_ingest_options options = {
        .size = sizeof options,
        .call = &call,
        .chunk = &chunk,
        .min_characters = s->min_chars,
        .sync = s->sync,
        .dry_run = s->dry_run,
        .on_event = ingestion_event,
        .context = &in,
        .named_below = passing.below,
        .named_as = passing.as,
        .ocr_languages = s->ocr_language,
        .meaning = s->no_wait ? KITH_MEANING_LATER : KITH_MEANING_AFTER,
    };
    kith_status status = kith_ingest_paths(w->database, workspace_collection(run), s->arguments,
                                           s->argument_count, &options, &report, &err);
    exit_status result = report.errors || report.files_failed ? EXIT_PARTLY : EXIT_DONE;
    // A run that broke off reports what it had stored; one that never began has nothing to report.
    bool stored = report.processed || report.files_unchanged || report.files_removed;
    if (status == KITH_OK || status == KITH_ERR_CANCELLED || stored) ingestion_report(&in, &report);
    ingestion_done(&in);
    if (status == KITH_OK && s->no_wait && !s->dry_run) notice_waiting(run, w);
    if (status == KITH_ERR_CANCELLED) {
        console_notice(run->console, "interrupted: the documents counted above are stored, and "
                                     "what was embedded is kept; the same command goes on from "
                                     "here");
        result = EXIT_INTERRUPTED;
    } else if (status != KITH_OK) {
        result = console_fail(run->console, status, &err);
    }
    return result;
}

static exit_status open_and_ingest(invocation *run, kith_error *err)
{
    workspace w = {0};
    kith_status status = workspace_open(run, WORKSPACE_WRITE_TEXT, &w, err);
    if (status != KITH_OK) return console_fail(run->console, status, err);
    return workspace_close(run, &w, ingest(run, &w, (passing_file){0}));
}

/* Without a data directory the run compares with an empty temporary one, which is removed after it:
 * everything is reported as added. */
static exit_status dry_run(invocation *run, kith_error *err)
{
    workspace w = {0};
    const char *scratch = NULL;
    kith_status status = workspace_open(run, WORKSPACE_READ_TEXT, &w, err);
    if (status == KITH_OK) return workspace_close(run, &w, ingest(run, &w, (passing_file){0}));
    if (status == KITH_ERR_NOT_FOUND)
        status = scratch_directory_make(run, "dry-run", &scratch, err);
    if (status != KITH_OK) return console_fail(run->console, status, err);
    settings elsewhere = *run->settings;
    elsewhere.dir = scratch;
    invocation there = *run;
    there.settings = &elsewhere;
    exit_status result = open_and_ingest(&there, err);
    scratch_directory_remove(run, scratch);
    return result;
}

/* ---- what becomes a file of a directory that lives as long as the command ---- */

static exit_status ingest_passing(invocation *run, const char *path, passing_file passing)
{
    kith_error err = {0};
    settings of_file = *run->settings;
    invocation there = *run;
    workspace w = {0};
    of_file.arguments = &path;
    of_file.argument_count = 1;
    there.settings = &of_file;
    kith_status status = workspace_open(run, WORKSPACE_WRITE_TEXT, &w, &err);
    return status == KITH_OK ? workspace_close(run, &w, ingest(&there, &w, passing))
                             : console_fail(run->console, status, &err);
}

static bool is_file_name(const char *name)
{
    return !strchr(name, '/') && name[0] != '.' && name[0];
}

/* Standard input, known by its name alone. */
static exit_status add_input(invocation *run, kith_error *err)
{
    const settings *s = run->settings;
    const char *name = s->name, *scratch = NULL;
    if (!name || !is_file_name(name) || s->sync || s->dry_run) {
        console_notice(run->console, "standard input needs --name NAME, such as notes.md, whose "
                                     "ending says what it is, and neither --sync nor --dry-run");
        return EXIT_USAGE;
    }
    kith_status status = scratch_directory_make(run, "add", &scratch, err);
    if (status != KITH_OK) return console_fail(run->console, status, err);
    const char *path = arena_printf(run->memory, "%s/%s", scratch, name);
    status = path ? copy_input(path, err) : fail(err, KITH_ERR_NO_MEMORY, "out of memory");
    exit_status result = status == KITH_OK
                             ? ingest_passing(run, path, (passing_file){.below = scratch})
                             : console_fail(run->console, status, err);
    scratch_directory_remove(run, scratch);
    return result;
}

static kith_status write_file(const char *path, view bytes, kith_error *err)
{
    FILE *out = fopen(path, "we");
    if (!out) return fail(err, status_of_errno(errno), "'%s': %s", path, strerror(errno));
    bool is_written = fwrite(bytes.data, 1, bytes.size, out) == bytes.size;
    bool is_closed = fclose(out) == 0;
    return is_written && is_closed
               ? KITH_OK
               : fail(err, status_of_errno(errno), "'%s': %s", path, strerror(errno));
}

/* A page, known by its address. */
static exit_status add_page(invocation *run, kith_error *err)
{
    const settings *s = run->settings;
    const char *scratch = NULL, *path = NULL;
    const kith_call call = workspace_call(run);
    const call_limit limit = {
        .deadline_ns =
            call.timeout_ms ? clock_monotonic_ns() + (int64_t)call.timeout_ms * 1000000 : 0,
        .timeout_ms = call.timeout_ms,
        .is_cancelled = call.is_cancelled,
        .context = call.context,
    };
    web_page page;
    if (s->argument_count || s->sync || s->dry_run || (s->name && !is_file_name(s->name))) {
        console_notice(run->console, "--url adds one page: without PATH, --sync and --dry-run, and "
                                     "a --name is that of a file, such as page.html");
        return EXIT_USAGE;
    }
    kith_status status = web_page_get(s->url, &limit, run->memory, &page, err);
    if (status == KITH_OK) status = scratch_directory_make(run, "add", &scratch, err);
    if (status == KITH_OK) {
        view name = s->name ? view_of(s->name) : page.name;
        path = arena_printf(run->memory, "%s/%.*s", scratch, VIEW_ARG(name));
        status = path ? write_file(path, buffer_view(&page.bytes), err)
                      : fail(err, KITH_ERR_NO_MEMORY, "out of memory");
    }
    const passing_file passing = {.below = scratch, .as = page.url.data};
    web_page_done(&page);
    exit_status result = status == KITH_OK ? ingest_passing(run, path, passing)
                                           : console_fail(run->console, status, err);
    scratch_directory_remove(run, scratch);
    return result;
}

static exit_status add_run(invocation *run)
{
    kith_error err = {0};
    interrupt_catch(run->console->interrupts);
    if (run->settings->url) return add_page(run, &err);
    if (reads_input(run->settings)) return add_input(run, &err);
    if (run->settings->name) {
        console_notice(run->console, "--name is for standard input: kith add - --name NAME");
        return EXIT_USAGE;
    }
    if (run->settings->argument_count == 0) {
        console_notice(run->console, "kith add needs PATH... (see kith add --help)");
        return EXIT_USAGE;
    }
    kith_status status = check_paths(run->settings, &err);
    if (status != KITH_OK) return console_fail(run->console, status, &err);
    return run->settings->dry_run ? dry_run(run, &err) : open_and_ingest(run, &err);
}

static bool add_writes(const settings *s)
{
    return !s->dry_run && !reads_input(s) && !s->url; // what this process reads, it adds
}

const command command_add = {
    .name = "add",
    .arguments = "PATH...",
    .summary = "read files and directories into a collection",
    .description =
        "Reads the files, and the files below the directories, cuts them into chunks, embeds and "
        "stores them. A second run touches only what changed, by content hash. Links and hidden "
        "names are not followed; .gitignore and .kithignore files say what else is left out, as "
        "git reads them, but what is named outright is taken. Files that kith does not read are "
        "skipped with a notice, which is no failure.\n\n"
        "Two files with the same content and extension are embedded once; the second is said to be "
        "a duplicate, and takes the first one's place when that vanishes. A file that was renamed "
        "keeps its chunks, wherever it was before. With --sync a file that is gone or cannot be "
        "used any more loses its documents, if it was below the paths; a place that cannot be read "
        "loses nothing. kith files shows the state of each file later.\n\n"
        "kith add - --name notes.md reads standard input as a file of that name, which its source "
        "is called; the next one of the name replaces it. kith add --url https://... gets one "
        "page, whose source is its address; its content type and charset are those that the server "
        "tells.\n\n"
        "First all files are stored, and found by their words; then their chunks are embedded, the "
        "beginnings of files first, and are found by their meaning as it comes. A text that was "
        "embedded before, in whatever collection, is not embedded again. With --no-wait the second "
        "part is left to kith watch, kith serve or the next kith add.\n\n"
        "Ctrl-C keeps what is done, and so do a kill and the end of --timeout; the same command "
        "goes on from there.\n\n"
        "Progress and a line for each file that was skipped, failed, renamed or is a duplicate, "
        "and for each part of a file that is not read, go to standard error. As JSON: a line for "
        "each file or record with outcome (added, updated, "
        "unchanged, renamed, duplicate, removed, skipped, failed, ignored), source, and "
        "renamed_from, duplicate_of, status, reason and notices (a list: parts of the file that "
        "are not read) where there are; last a line "
        "{\"summary\": ...}.",
    .examples = "  kith add docs/ README.md\n"
                "  pandoc notes.wiki -f mediawiki -t markdown | kith add - --name notes.md\n"
                "  kith add --url https://example.org/guide.html\n"
                "  kith add --sync --dry-run docs/\n"
                "  kith add --sync --collection wiki --chunk-unit tokens --chunk-size 200 wiki/\n",
    .options = OPTIONS_STORE | OPTION_BIT(OPTION_WAIT) | OPTIONS_MODEL | OPTIONS_CHUNK |
               OPTION_BIT(OPTION_SYNC) | OPTION_BIT(OPTION_DRY_RUN) | OPTION_BIT(OPTION_NO_WAIT) |
               OPTION_BIT(OPTION_OCR_LANGUAGE) | OPTION_BIT(OPTION_MIN_CHARS) |
               OPTION_BIT(OPTION_TIMEOUT) | OPTION_BIT(OPTION_NAME) | OPTION_BIT(OPTION_URL) |
               OPTION_BIT(OPTION_TRUNCATE),
    .arguments_min = 0,
    .arguments_max = ARGUMENTS_ANY,
    .run = add_run,
    .writes = add_writes,
};
