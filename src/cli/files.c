/* files.c - kith files: what became of each file. */
#include "cli/command.h"
#include "cli/ingestion.h"
#include "cli/workspace.h"
#include "os/clock.h"

static const char *const state_names[] = {
    [KITH_FILE_INDEXED] = "indexed",
    [KITH_FILE_SKIPPED] = "skipped",
    [KITH_FILE_FAILED] = "failed",
    [KITH_FILE_DUPLICATE] = "duplicate",
};

enum { STATE_COUNT = sizeof state_names / sizeof state_names[0] };

static void file_json(console *c, const kith_file *f, const kith_notices *notices)
{
    char modified[21];
    clock_format_utc(f->modified_ns / 1000000, modified);
    json_writer w = console_begin_json(c);
    json_begin_object(&w);
    json_member_text(&w, "source", f->path);
    json_member_text(&w, "state", state_names[f->state]);
    if (f->status != KITH_OK) {
        json_member_text(&w, "status", kith_status_name(f->status));
    }
    if (*f->reason) {
        json_member_text(&w, "reason", f->reason);
    }
    if (*f->original) {
        json_member_text(&w, "duplicate_of", f->original);
    }
    ingestion_json_notices(&w, notices);
    json_member_unsigned(&w, "documents", f->documents);
    json_member_unsigned(&w, "bytes", f->bytes);
    json_member_text(&w, "modified_at", modified);
    json_end_object(&w);
    console_end_json(c);
}

static void file_text(console *c, const kith_file *f, const kith_notices *notices)
{
    buffer_printf(&c->line, "%-9s  ", state_names[f->state]);
    terminal_clean(&c->line, view_of(f->path), true);
    if (*f->original) {
        buffer_append_text(&c->line, "  (same content as ");
        terminal_clean(&c->line, view_of(f->original), true);
        buffer_append_byte(&c->line, ')');
    } else if (*f->reason) {
        buffer_append_text(&c->line, "  (");
        terminal_clean(&c->line, view_of(f->reason), true);
        buffer_append_byte(&c->line, ')');
    }
    buffer_append_byte(&c->line, '\n');
    for (size_t i = 0; i < notices->count; i++) {
        buffer_append_text(&c->line, "           ! ");
        terminal_clean(&c->line, view_of(notices->texts[i]), true);
        buffer_append_byte(&c->line, '\n');
    }
    console_flush_line(c);
}

static void show(console *c, const kith_files *page, uint64_t counts[STATE_COUNT])
{
    for (size_t i = 0; i < page->count; i++) {
        counts[page->files[i].state]++;
        if (c->json)
            file_json(c, &page->files[i], &page->notices[i]);
        else
            file_text(c, &page->files[i], &page->notices[i]);
    }
}

static void show_sums(console *c, const uint64_t counts[STATE_COUNT])
{
    uint64_t all = 0;
    for (size_t s = 0; s < STATE_COUNT; s++)
        all += counts[s];
    buffer_printf(&c->line, "files: %llu", (unsigned long long)all);
    for (size_t s = 0; s < STATE_COUNT; s++)
        if (counts[s])
            buffer_printf(&c->line, ", %llu %s", (unsigned long long)counts[s], state_names[s]);
    buffer_append_byte(&c->line, '\n');
    console_flush_line(c);
}

/* Page by page, so that memory does not grow with the folder. */
static kith_status show_all(invocation *run, kith *database, kith_error *err)
{
    enum { PAGE_FILES = 1000 };
    kith_status status = KITH_OK;
    kith_files *page = NULL;
    uint64_t counts[STATE_COUNT] = {0};
    do {
        kith_files *next = NULL;
        const kith_page wanted = {.limit = PAGE_FILES, .cursor = page ? page->next : NULL};
        status = kith_files_list(database, workspace_collection(run), &wanted, &next, err);
        kith_files_free(page);
        page = next;
        if (status == KITH_OK) show(run->console, page, counts);
    } while (status == KITH_OK && page->next && !console_failed(run->console));
    if (status == KITH_OK && !run->console->json) show_sums(run->console, counts);
    kith_files_free(page);
    return status;
}

static exit_status files_run(invocation *run)
{
    workspace w = {0};
    kith_error err = {0};
    kith_status status = workspace_open(run, WORKSPACE_READ, &w, &err);
    if (status == KITH_OK) status = show_all(run, w.database, &err);
    exit_status result = status == KITH_OK ? EXIT_DONE : console_fail(run->console, status, &err);
    return workspace_close(run, &w, result);
}

const command command_files = {
    .name = "files",
    .arguments = "",
    .summary = "show what became of each file",
    .description =
        "Lists every file that kith add or kith watch has looked at, by path: indexed, skipped or "
        "failed with the reason, or duplicate with the file of the same content; and below an "
        "indexed one what its reader passed over or could only guess. What an ignore file leaves "
        "out is not listed.\n\n"
        "As JSON: a line for each file with source, state, documents, bytes, modified_at, and "
        "where there are, status, reason, duplicate_of and notices (a list). Bytes of a name that "
        "are not UTF-8 are "
        "shown as U+FFFD.",
    .examples = "  kith files\n"
                "  kith files --collection wiki --json\n",
    .options = OPTIONS_STORE,
    .arguments_min = 0,
    .arguments_max = 0,
    .run = files_run,
};
