/* watch.c - kith watch: keeps a collection in step with files and directories. */
#include "cli/command.h"
#include "cli/ingestion.h"
#include "cli/interrupt.h"
#include "cli/workspace.h"
#include "os/clock.h"
#include "serve/log.h"

typedef struct watching {
    console *console;
    log_stream log;
    uint64_t changes; /* events since the collection was last in step */
    bool was_in_step;
    kith_status reported;       /* why it waits, as was said last; KITH_OK: it does not */
    uint64_t failures_reported; /* of that, in a row */
    int64_t begun_ns;           /* when the present round began */
} watching;

typedef struct outcome_event {
    const char *name;
    log_level level;
} outcome_event;

static outcome_event event_of(kith_ingest_outcome outcome)
{
    static const outcome_event events[] = {
        [KITH_ADDED] = {"file_added", LOG_INFO},
        [KITH_UPDATED] = {"file_updated", LOG_INFO},
        [KITH_UNCHANGED] = {"file_unchanged", LOG_DEBUG},
        [KITH_REMOVED] = {"file_removed", LOG_INFO},
        [KITH_SKIPPED] = {"file_skipped", LOG_WARN},
        [KITH_FAILED] = {"file_failed", LOG_WARN},
        [KITH_PROGRESS] = {"progress", LOG_DEBUG},
        [KITH_IGNORED] = {"file_ignored", LOG_DEBUG},
        [KITH_DUPLICATE] = {"file_duplicate", LOG_INFO},
        [KITH_RENAMED] = {"file_renamed", LOG_INFO},
    };
    return events[outcome];
}

static void log_outcome(watching *w, const kith_ingest_event *event)
{
    outcome_event as = event_of(event->outcome);
    // Of chunks that waited, and were cut or refused.
    if (event->outcome == KITH_PROGRESS && *event->reason) as = (outcome_event){"notice", LOG_WARN};
    log_begin(&w->log, as.level, as.name);
    if (*event->source) log_text(&w->log, "path", event->source);
    if (*event->other)
        log_text(&w->log, event->outcome == KITH_DUPLICATE ? "duplicate_of" : "renamed_from",
                 event->other);
    if (event->status != KITH_OK) log_text(&w->log, "status", kith_status_name(event->status));
    if (*event->reason) log_text(&w->log, "reason", event->reason);
    if (event->outcome == KITH_PROGRESS) {
        log_number(&w->log, "done", event->done);
        log_number(&w->log, "total", event->total);
        log_number(&w->log, "chunks", event->chunks);
        if (event->chunks_waiting) log_number(&w->log, "chunks_waiting", event->chunks_waiting);
    }
    log_end(&w->log);
    for (size_t i = 0; i < event->notices->count; i++) {
        log_begin(&w->log, LOG_WARN, "file_notice");
        log_text(&w->log, "path", event->source);
        log_text(&w->log, "notice", event->notices->texts[i]);
        log_end(&w->log);
    }
}

static void log_in_step(watching *w)
{
    log_begin(&w->log, LOG_INFO, "in_step");
    log_number(&w->log, "changes", w->changes);
    log_decimal(&w->log, "seconds", (double)(clock_monotonic_ns() - w->begun_ns) / 1e9);
    log_end(&w->log);
}

static void log_waiting(watching *w, const kith_ingest_event *event)
{
    bool is_full = event->status == KITH_ERR_FULL;
    log_begin(&w->log, LOG_WARN, is_full ? "disk_full" : "endpoint_failed");
    log_text(&w->log, "status", kith_status_name(event->status));
    log_text(&w->log, "reason", event->reason);
    log_number(&w->log, "failures", event->done);
    if (!is_full) log_number(&w->log, "waiting", event->total);
    log_end(&w->log);
}

static int note_event(void *context, const kith_ingest_event *event)
{
    watching *w = context;
    if (event->outcome == KITH_WAITING) {
        if (event->status != w->reported || event->done != w->failures_reported)
            log_waiting(w, event);
        w->reported = event->status;
        w->failures_reported = event->done;
        w->was_in_step = false;
    } else if (event->outcome == KITH_WATCHING) {
        w->reported = KITH_OK;
        w->failures_reported = 0;
        if (!w->was_in_step) log_in_step(w);
        w->was_in_step = true;
        w->changes = 0;
    } else {
        if (w->was_in_step) w->begun_ns = clock_monotonic_ns();
        w->was_in_step = false;
        bool says_nothing = event->outcome == KITH_PROGRESS || event->outcome == KITH_UNCHANGED ||
                            event->outcome == KITH_IGNORED;
        w->changes += !says_nothing;
        log_outcome(w, event);
        if (w->console->json && event->outcome != KITH_PROGRESS)
            ingestion_event_json(w->console, event);
    }
    return interrupt_noted(w->console->interrupts) || console_failed(w->console);
}

static exit_status watch_paths(invocation *run, workspace *space, watching *w)
{
    const settings *s = run->settings;
    kith_ingest_report report = {0};
    kith_error err = {0};
    ingestion in;
    const kith_chunk_options chunk = workspace_chunk_options(run);
    const kith_call call = workspace_call(run);
    kith_ingest_options options = {
        .size = sizeof options,
        .call = &call,
        .chunk = &chunk,
        .min_characters = s->min_chars,
        .ocr_languages = s->ocr_language,
        .on_event = note_event,
        .context = w,
    };
    log_begin(&w->log, LOG_INFO, "started");
    log_text(&w->log, "directory", space->directory);
    log_text(&w->log, "collection", workspace_collection(run));
    log_end(&w->log);
    kith_status status = kith_watch(space->database, workspace_collection(run), s->arguments,
                                    s->argument_count, &options, &report, &err);
    bool in_order = status == KITH_ERR_CANCELLED;
    log_begin(&w->log, in_order ? LOG_INFO : LOG_ERROR, in_order ? "stopped" : "ended");
    if (!in_order) log_text(&w->log, "status", kith_status_name(status));
    if (!in_order) log_text(&w->log, "reason", err.message);
    log_number(&w->log, "documents", report.processed);
    log_number(&w->log, "chunks", report.chunks);
    log_decimal(&w->log, "seconds", report.seconds);
    log_end(&w->log);
    ingestion_start(&in, run->console);
    ingestion_report(&in, &report);
    ingestion_done(&in);
    return in_order ? EXIT_DONE : exit_status_of(status);
}

static exit_status watch_run(invocation *run)
{
    kith_error err = {0};
    watching w = {.console = run->console, .begun_ns = clock_monotonic_ns()};
    workspace space = {.on_notice = workspace_log_notice, .notice_context = &w.log};
    workspace_log_init(run, &w.log);
    interrupt_catch(run->console->interrupts);
    kith_status status = workspace_open(run, WORKSPACE_WRITE_TEXT, &space, &err);
    exit_status result =
        status == KITH_OK ? watch_paths(run, &space, &w) : console_fail(run->console, status, &err);
    result = workspace_close(run, &space, result);
    log_done(&w.log);
    return result;
}

const command command_watch = {
    .name = "watch",
    .arguments = "PATH...",
    .summary = "keep a collection in step with files and directories",
    .description =
        "Does what kith add --sync does, and then again for whatever changes, a moment after it "
        "came to rest: new, changed, renamed and removed files, new directories, changed ignore "
        "files. Runs until Ctrl-C or SIGTERM, keeps what is done, and goes on from there the next "
        "time. When a watched directory itself goes away it ends, and removes nothing. When a "
        "remote embedder fails, new and changed files are noted as failed, and taken up again once "
        "it answers. On a full disk it says so, and goes on when there is room.\n\n"
        "While it runs the data directory can be searched and asked by other kith commands, which "
        "see what is stored so far; those that write take turns with it, and wait for theirs as "
        "--wait says.\n\n"
        "The log goes to standard error, a line for each event: time, level, event, path, reason; "
        "never the text of a document. As JSON, standard output has the lines of kith add.",
    .examples = "  kith watch docs/ notes.md\n"
                "  kith watch --log-format json --log-level warn --collection wiki wiki/\n",
    .options = OPTIONS_STORE | OPTION_BIT(OPTION_WAIT) | OPTIONS_MODEL | OPTIONS_CHUNK |
               OPTION_BIT(OPTION_MIN_CHARS) | OPTION_BIT(OPTION_OCR_LANGUAGE) |
               OPTION_BIT(OPTION_LOG_FORMAT) | OPTION_BIT(OPTION_LOG_LEVEL) |
               OPTION_BIT(OPTION_TRUNCATE),
    .arguments_min = 1,
    .arguments_max = ARGUMENTS_ANY,
    .run = watch_run,
    .writes = command_writes_always,
};
