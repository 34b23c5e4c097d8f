/* files.c - kith files: what became of each file. */
#include "base/map.h"
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

/* The ids of each file's documents, in the run's memory. */
typedef struct document_id {
    const char *id;
    const struct document_id *next;
} document_id;

/* ids  of a source: the address of its first document_id */
static const document_id *ids_of(const map *ids, const char *path)
{
    uint64_t first = 0;
    bool has_any = map_get(ids, view_of(path), &first);
    return has_any ? (const document_id *)(uintptr_t)first : NULL;
}

static kith_status read_ids(invocation *run, kith *database, map *ids, kith_error *err)
{
    enum { PAGE_DOCUMENTS = 5000 };
    kith_documents *page = NULL;
    kith_status status = KITH_OK;
    do {
        kith_documents *next = NULL;
        const kith_page wanted = {.limit = PAGE_DOCUMENTS, .cursor = page ? page->next : NULL};
        status = kith_documents_list(database, workspace_collection(run), &wanted, &next, err);
        kith_documents_free(page);
        page = next;
        // From the last one, so that each list, which grows at its head, is nearly in order.
        for (size_t i = status == KITH_OK ? page->count : 0; i-- > 0;) {
            const kith_stored_document *d = &page->documents[i];
            if (!d->source[0]) continue;
            document_id *entry = arena_new(run->memory, sizeof *entry);
            const char *id = arena_copy_text(run->memory, d->id);
            if (entry) *entry = (document_id){id, ids_of(ids, d->source)};
            if (!entry || !id ||
                map_put(ids, view_of(d->source), (uint64_t)(uintptr_t)entry) != KITH_OK) {
                status = fail(err, KITH_ERR_NO_MEMORY, "out of memory for ids");
                break;
            }
        }
    } while (status == KITH_OK && page->next);
    kith_documents_free(page);
    return status;
}

/* "  [a]", "  [a, b, c and 40 more]" */
static void append_ids(console *c, const document_id *ids)
{
    enum { SHOWN_MAX = 3 };
    size_t count = 0;
    if (!ids) return;
    buffer_append_text(&c->line, "  [");
    for (; ids; ids = ids->next, count++) {
        if (count >= SHOWN_MAX) continue;
        if (count) buffer_append_text(&c->line, ", ");
        terminal_clean(&c->line, view_of(ids->id), true);
    }
    if (count > SHOWN_MAX) buffer_printf(&c->line, " and %zu more", count - SHOWN_MAX);
    buffer_append_byte(&c->line, ']');
}

static void file_json(console *c, const kith_file *f, const kith_notices *notices, const map *ids)
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
    json_key(&w, "ids");
    json_begin_array(&w);
    for (const document_id *d = ids_of(ids, f->path); d; d = d->next)
        json_text(&w, d->id);
    json_end_array(&w);
    json_member_unsigned(&w, "bytes", f->bytes);
    json_member_text(&w, "modified_at", modified);
    json_end_object(&w);
    console_end_json(c);
}

static void file_text(console *c, const kith_file *f, const kith_notices *notices, const map *ids)
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
    append_ids(c, ids_of(ids, f->path));
    buffer_append_byte(&c->line, '\n');
    for (size_t i = 0; i < notices->count; i++) {
        buffer_append_text(&c->line, "           ! ");
        terminal_clean(&c->line, view_of(notices->texts[i]), true);
        buffer_append_byte(&c->line, '\n');
    }
    console_flush_line(c);
}

static void show(console *c, const kith_files *page, const map *ids, uint64_t counts[STATE_COUNT])
{
    for (size_t i = 0; i < page->count; i++) {
        counts[page->files[i].state]++;
        if (c->json)
            file_json(c, &page->files[i], &page->notices[i], ids);
        else
            file_text(c, &page->files[i], &page->notices[i], ids);
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

/* Page by page, so that memory grows with the folder by the ids alone. */
static kith_status show_all(invocation *run, kith *database, const map *ids, kith_error *err)
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
        if (status == KITH_OK) show(run->console, page, ids, counts);
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
    map *ids = map_new();
    if (status == KITH_OK && !ids) status = fail(&err, KITH_ERR_NO_MEMORY, "out of memory for ids");
    if (status == KITH_OK) status = read_ids(run, w.database, ids, &err);
    if (status == KITH_OK) status = show_all(run, w.database, ids, &err);
    map_free(ids);
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
        "indexed one what its reader passed over or could only guess. In brackets stand the ids of "
        "its documents, as kith get and kith rm take them. What an ignore file leaves "
        "out is not listed.\n\n"
        "As JSON: a line for each file with source, state, documents, ids, bytes, modified_at, and "
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
