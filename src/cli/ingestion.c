/* ingestion.c - see ingestion.h. */
#include "cli/ingestion.h"

#include "base/json.h"
#include "cli/folding.h"
#include "cli/interrupt.h"
#include "os/clock.h"

/* A screen can follow ten bars a second; a log wants a line now and then. */
static const int64_t bar_interval_ns = 100 * 1000 * 1000;
static const int64_t sentence_interval_ns = (int64_t)10 * 1000 * 1000 * 1000;

void ingestion_start(ingestion *in, console *c)
{
    *in = (ingestion){.console = c};
    buffer_init(&in->bar, 1 << 16);
    progress_start(&in->progress, clock_monotonic_ns());
    in->shown_ns = in->progress.start_ns;
}

void ingestion_done(ingestion *in)
{
    console_bar(in->console, VIEW(""));
    buffer_done(&in->bar);
}

static const char *outcome_name(kith_ingest_outcome outcome)
{
    switch (outcome) {
    case KITH_ADDED:
        return "added";
    case KITH_UPDATED:
        return "updated";
    case KITH_UNCHANGED:
        return "unchanged";
    case KITH_REMOVED:
        return "removed";
    case KITH_SKIPPED:
        return "skipped";
    case KITH_FAILED:
        return "failed";
    case KITH_IGNORED:
        return "ignored";
    case KITH_DUPLICATE:
        return "duplicate";
    case KITH_RENAMED:
        return "renamed";
    case KITH_WATCHING:
        return "watching";
    case KITH_WAITING:
        return "waiting";
    case KITH_PROGRESS:
        return "progress";
    }
    return "unknown";
}

void ingestion_json_notices(json_writer *w, const kith_notices *notices)
{
    if (notices->count == 0) return;
    json_key(w, "notices");
    json_begin_array(w);
    for (size_t i = 0; i < notices->count; i++)
        json_text(w, notices->texts[i]);
    json_end_array(w);
}

void ingestion_event_json(console *c, const kith_ingest_event *event)
{
    json_writer w = console_begin_json(c);
    json_begin_object(&w);
    json_member_text(&w, "outcome", outcome_name(event->outcome));
    json_member_text(&w, "source", event->source);
    if (*event->other) {
        json_member_text(&w, event->outcome == KITH_DUPLICATE ? "duplicate_of" : "renamed_from",
                         event->other);
    }
    if (event->outcome == KITH_FAILED) {
        json_member_text(&w, "status", kith_status_name(event->status));
    }
    if (event->reason && *event->reason) {
        json_member_text(&w, "reason", event->reason);
    }
    ingestion_json_notices(&w, event->notices);
    json_end_object(&w);
    console_end_json(c);
    console_flush(c); // a program that follows the run must see each file at once
}

/* A notice about a file. It is one line, though file names may contain line feeds. */
static void event_notice(ingestion *in, const kith_ingest_event *event)
{
    bool has_reason = event->reason && *event->reason;
    bool is_problem = event->outcome == KITH_SKIPPED || event->outcome == KITH_FAILED;
    if (!is_problem && !has_reason && !*event->other) return;
    if (event->outcome == KITH_PROGRESS) { // of the whole run: no file is named
        console_notice(in->console, "%s", event->reason);
        return;
    }
    buffer_reset(&in->bar);
    buffer_printf(&in->bar, "%s: ", outcome_name(event->outcome));
    terminal_clean(&in->bar, view_of(event->source), true);
    if (*event->other) {
        buffer_append_text(&in->bar,
                           event->outcome == KITH_DUPLICATE ? ": same content as " : ": was ");
        terminal_clean(&in->bar, view_of(event->other), true);
    }
    if (has_reason || is_problem) {
        buffer_append_text(&in->bar, ": ");
        buffer_append_text(&in->bar, has_reason ? event->reason : kith_status_name(event->status));
    }
    console_notice(in->console, "%.*s", VIEW_ARG(buffer_view(&in->bar)));
}

/* A line for each part of the file that is not read; a file name may contain line feeds. */
static void show_notices(ingestion *in, const kith_ingest_event *event)
{
    for (size_t i = 0; i < event->notices->count; i++) {
        buffer_reset(&in->bar);
        terminal_clean(&in->bar, view_of(event->source), true);
        buffer_append_text(&in->bar, ": ");
        terminal_clean(&in->bar, view_of(event->notices->texts[i]), true);
        console_notice(in->console, "%.*s", VIEW_ARG(buffer_view(&in->bar)));
    }
}

static void show_progress(ingestion *in, int64_t now_ns)
{
    console *c = in->console;
    bool is_tty = c->err_terminal.is_tty;
    if (now_ns - in->shown_ns < (is_tty ? bar_interval_ns : sentence_interval_ns)) return;
    in->shown_ns = now_ns;
    buffer_reset(&in->bar);
    if (is_tty) {
        progress_bar(&in->progress, c->err_terminal.width - 1, &in->bar);
        console_bar(c, buffer_view(&in->bar));
    } else {
        progress_sentence(&in->progress, &in->bar);
        console_notice(c, "%.*s", VIEW_ARG(buffer_view(&in->bar)));
    }
}

int ingestion_event(void *context, const kith_ingest_event *event)
{
    ingestion *in = context;
    console *c = in->console;
    int64_t now_ns = clock_monotonic_ns();
    progress_sample sample = {.files = event->done,
                              .files_total = event->total,
                              .bytes = event->bytes_done,
                              .bytes_total = event->bytes_total,
                              .chunks = event->chunks,
                              .waiting = event->chunks_waiting,
                              .seconds_left = event->seconds_left};
    progress_update(&in->progress, now_ns, &sample);
    if (!in->only_progress) {
        if (c->json && event->outcome != KITH_PROGRESS) ingestion_event_json(c, event);
        event_notice(in, event);
        show_notices(in, event);
    }
    show_progress(in, now_ns);
    return interrupt_noted(c->interrupts) || console_failed(c);
}

static void report_json(console *c, const kith_ingest_report *r)
{
    const struct {
        const char *key;
        uint64_t count;
    } counts[] = {
        {"documents_processed", r->processed},
        {"chunks_created", r->chunks},
        {"errors", r->errors},
        {"files_added", r->files_added},
        {"files_updated", r->files_updated},
        {"files_unchanged", r->files_unchanged},
        {"files_removed", r->files_removed},
        {"files_skipped", r->files_skipped},
        {"files_failed", r->files_failed},
        {"files_duplicate", r->files_duplicate},
        {"files_renamed", r->files_renamed},
        {"files_ignored", r->files_ignored},
        {"bytes", r->bytes},
    };
    json_writer w = console_begin_json(c);
    json_begin_object(&w);
    json_key(&w, "summary");
    json_begin_object(&w);
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        json_member_unsigned(&w, counts[i].key, counts[i].count);
    }
    json_member_double(&w, "seconds", r->seconds);
    json_end_object(&w);
    json_end_object(&w);
    console_end_json(c);
}

/* ", 3 updated"; nothing for none. */
static void append_count(buffer *out, uint64_t count, const char *word)
{
    if (count) buffer_printf(out, ", %llu %s", (unsigned long long)count, word);
}

static void append_files(buffer *out, const kith_ingest_report *r)
{
    buffer_printf(out, "files: %llu added", (unsigned long long)r->files_added);
    append_count(out, r->files_updated, "updated");
    append_count(out, r->files_unchanged, "unchanged");
    append_count(out, r->files_removed, "removed");
    append_count(out, r->files_renamed, "renamed");
    append_count(out, r->files_duplicate, "duplicate");
    append_count(out, r->files_skipped, "skipped");
    append_count(out, r->files_failed, "failed");
    append_count(out, r->files_ignored, "ignored");
    buffer_append_byte(out, '\n');
}

static void report_text(console *c, const kith_ingest_report *r, bool of_documents)
{
    buffer text;
    buffer_init(&text, 1 << 16);
    if (!of_documents) append_files(&text, r);
    buffer_printf(&text, "documents: %llu processed, %llu chunks created, %llu errors",
                  (unsigned long long)r->processed, (unsigned long long)r->chunks,
                  (unsigned long long)r->errors);
    buffer_append_text(&text, "; ");
    buffer_printf(&text, "%.1f s", r->seconds);
    if (r->chunks && r->seconds > 0)
        buffer_printf(&text, ", %.1f chunks/s", (double)r->chunks / r->seconds);
    folding_whole(&c->line, buffer_view(&text), c->out_terminal.is_tty ? c->out_terminal.width : 0,
                  2);
    buffer_append_byte(&c->line, '\n');
    console_flush_line(c);
    buffer_done(&text);
}

void ingestion_report(ingestion *in, const kith_ingest_report *report)
{
    if (in->console->json)
        report_json(in->console, report);
    else
        report_text(in->console, report, in->of_documents);
}
