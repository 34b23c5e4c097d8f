/* transfer_output.c - see transfer_output.h. */
#include "cli/transfer_output.h"

#include "base/json.h"
#include "cli/interrupt.h"
#include "os/clock.h"

#include <stdio.h>
#include <string.h>

static const int64_t bar_interval_ns = 100 * 1000 * 1000;

void transfer_output_start(transfer_output *t, console *c, const char *verb)
{
    *t = (transfer_output){.console = c, .verb = verb, .shown_ns = clock_monotonic_ns()};
    interrupt_catch(c->interrupts);
}

static int on_progress(void *context, const char *collection, uint64_t points)
{
    transfer_output *t = context;
    char text[160];
    if (interrupt_noted(t->console->interrupts)) return 1;
    int64_t now = clock_monotonic_ns();
    if (now - t->shown_ns < bar_interval_ns) return 0;
    t->shown_ns = now;
    int length =
        snprintf(text, sizeof text, "%.100s %llu points", collection, (unsigned long long)points);
    if (length > 0 && (size_t)length < sizeof text)
        console_bar(t->console, (view){text, (size_t)length});
    return 0;
}

static void on_notice(void *context, const char *notice)
{
    transfer_output *t = context;
    console_notice(t->console, "%s", notice);
}

static void add(transfer_collection *sum, const transfer_collection *done)
{
    sum->documents += done->documents;
    sum->points += done->points;
    sum->documents_kept += done->documents_kept;
    sum->points_kept += done->points_kept;
    sum->vectors_missing += done->vectors_missing;
    sum->refused += done->refused;
    sum->unapplied += done->unapplied;
}

static void counts_json(json_writer *w, const transfer_collection *done, bool is_import)
{
    json_member_unsigned(w, "documents", done->documents);
    json_member_unsigned(w, "points", done->points);
    if (!is_import) return;
    json_member_unsigned(w, "documents_kept", done->documents_kept);
    json_member_unsigned(w, "points_kept", done->points_kept);
    json_member_unsigned(w, "without_vector", done->vectors_missing);
    json_member_unsigned(w, "refused", done->refused);
    json_member_unsigned(w, "unapplied", done->unapplied);
}

static void counts_text(buffer *out, const transfer_collection *done)
{
    buffer_printf(out, "%llu documents, %llu points", (unsigned long long)done->documents,
                  (unsigned long long)done->points);
    if (done->documents_kept || done->points_kept)
        buffer_printf(out, "; %llu documents and %llu points were there already and stay",
                      (unsigned long long)done->documents_kept,
                      (unsigned long long)done->points_kept);
    if (done->vectors_missing)
        buffer_printf(out, "; %llu records without a vector were left out",
                      (unsigned long long)done->vectors_missing);
    if (done->refused)
        buffer_printf(out, "; %llu records that kith does not take were left out",
                      (unsigned long long)done->refused);
    if (done->unapplied)
        buffer_printf(out, "; %llu changes in Chroma's queue were left out",
                      (unsigned long long)done->unapplied);
}

/* "exported tenant/database/name: ..." */
static void line_text(transfer_output *t, const transfer_collection *done)
{
    buffer *out = &t->console->line;
    buffer_printf(out, "%s %s/%s/%s: ", t->verb, done->tenant, done->database, done->name);
    counts_text(out, done);
}

static void print_collection(transfer_output *t, const transfer_collection *done, bool is_import)
{
    console *c = t->console;
    if (t->only_notices) {
        line_text(t, done);
        const char *text = buffer_text(&c->line);
        console_notice(c, "%s", text ? text : "");
        buffer_reset(&c->line);
        return;
    }
    if (!c->json) {
        line_text(t, done);
        buffer_append_byte(&c->line, '\n');
        console_flush_line(c);
        return;
    }
    json_writer w = console_begin_json(c);
    json_begin_object(&w);
    json_member_text(&w, t->verb, "collection");
    json_member_text(&w, "tenant", done->tenant);
    json_member_text(&w, "database", done->database);
    json_member_text(&w, "id", done->name);
    if (is_import) json_member_bool(&w, "created", done->is_new);
    counts_json(&w, done, is_import);
    json_end_object(&w);
    console_end_json(c);
}

static void on_collection(void *context, const transfer_collection *done)
{
    transfer_output *t = context;
    bool is_import = strcmp(t->verb, "imported") == 0;
    print_collection(t, done, is_import);
    if (done->differs)
        console_notice(t->console,
                       "collection '%s' was there: it keeps its own metadata, configuration and "
                       "limit of memory, which differ from those that were imported",
                       done->name);
    add(&t->sum, done);
    t->collections++;
}

transfer_observer transfer_output_observer(transfer_output *t)
{
    return (transfer_observer){.context = t,
                               .on_collection = on_collection,
                               .on_notice = on_notice,
                               .on_progress = on_progress};
}

void transfer_output_finish(transfer_output *t)
{
    console *c = t->console;
    console_bar(c, VIEW(""));
    if (t->only_notices) return;
    if (!c->json) {
        buffer_printf(&c->line, "%s %llu collections: ", t->verb,
                      (unsigned long long)t->collections);
        counts_text(&c->line, &t->sum);
        buffer_append_byte(&c->line, '\n');
        console_flush_line(c);
        return;
    }
    json_writer w = console_begin_json(c);
    json_begin_object(&w);
    json_key(&w, "summary");
    json_begin_object(&w);
    json_member_unsigned(&w, "collections", t->collections);
    counts_json(&w, &t->sum, strcmp(t->verb, "imported") == 0);
    json_end_object(&w);
    json_end_object(&w);
    console_end_json(c);
}
