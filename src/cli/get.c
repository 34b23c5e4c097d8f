/* get.c - kith get: a document or a chunk by its id. */
#include "base/json.h"
#include "base/suggestion.h"
#include "cli/command.h"
#include "cli/named_documents.h"
#include "cli/workspace.h"

enum { SUGGESTIONS_FROM = 5000 }; /* chunks that are looked at for a similar id */

static void field_text(console *c, const char *name, const char *value)
{
    if (!value || !*value) return;
    terminal_style(&c->out_terminal, &c->line, STYLE_BOLD, view_of(name));
    buffer_append_text(&c->line, ": ");
    terminal_clean(&c->line, view_of(value), true);
    buffer_append_byte(&c->line, '\n');
}

static void body_text(console *c, const char *text)
{
    buffer_append_byte(&c->line, '\n');
    terminal_clean(&c->line, view_of(text ? text : ""), false);
    buffer_append_text(&c->line, "\n\n");
    console_flush_line(c);
}

static void write_document(console *c, const kith_stored_document *d)
{
    if (!c->json) {
        char chunks[32];
        (void)snprintf(chunks, sizeof chunks, "%u", d->chunks);
        field_text(c, "document", d->id);
        field_text(c, "title", d->title);
        field_text(c, "source", d->source);
        field_text(c, "chunks", chunks);
        field_text(c, "metadata", d->metadata);
        body_text(c, d->text);
        return;
    }
    json_writer w = console_begin_json(c);
    json_begin_object(&w);
    json_member_text(&w, "kind", "document");
    json_member_text(&w, "id", d->id);
    json_member_text(&w, "title", d->title);
    json_member_text(&w, "source", d->source);
    json_member_unsigned(&w, "chunks", d->chunks);
    json_key(&w, "metadata");
    json_raw(&w, d->metadata ? view_of(d->metadata) : VIEW("{}"));
    json_member_text(&w, "text", d->text);
    json_end_object(&w);
    console_end_json(c);
}

static void write_chunk(console *c, const kith_record *r)
{
    if (!c->json) {
        field_text(c, "chunk", r->id);
        field_text(c, "document", r->document);
        field_text(c, "metadata", r->metadata);
        body_text(c, r->content);
        return;
    }
    json_writer w = console_begin_json(c);
    json_begin_object(&w);
    json_member_text(&w, "kind", "chunk");
    json_member_text(&w, "id", r->id);
    json_member_text(&w, "document", r->document);
    json_member_text(&w, "content", r->content);
    json_key(&w, "metadata");
    json_raw(&w, r->metadata ? view_of(r->metadata) : VIEW("{}"));
    json_end_object(&w);
    console_end_json(c);
}

static kith_status show_chunk(invocation *run, kith *database, const char *id, kith_error *err)
{
    kith_records *records = NULL;
    kith_selection selection = {.ids = &id, .id_count = 1};
    kith_status status = kith_get(database, workspace_collection(run), &selection, &records, err);
    if (status != KITH_OK) return status;
    if (records->count == 0)
        status = fail(err, KITH_ERR_NOT_FOUND, "no chunk '%s'", id);
    else
        write_chunk(run->console, &records->records[0]);
    kith_records_free(records);
    return status;
}

/* Every document of the file. */
static kith_status show_path(invocation *run, kith *database, const char *path, kith_error *err)
{
    named_documents found;
    kith_status status = named_documents_of_path(run, database, path, false, &found, err);
    for (size_t i = 0; status == KITH_OK && i < found.count; i++) {
        kith_stored_document *document = NULL;
        status =
            kith_document_get(database, workspace_collection(run), found.ids[i], &document, err);
        if (status == KITH_OK) write_document(run->console, document);
        kith_stored_document_free(document);
    }
    return status;
}

static kith_status show(invocation *run, kith *database, const char *id, kith_error *err)
{
    kind_choice kind = run->settings->kind;
    if (kind != KIND_CHUNK) {
        kith_stored_document *document = NULL;
        kith_status status =
            kith_document_get(database, workspace_collection(run), id, &document, err);
        if (status == KITH_OK) write_document(run->console, document);
        kith_stored_document_free(document);
        if (status != KITH_ERR_NOT_FOUND) return status;
        if (kind == KIND_DOCUMENT) return show_path(run, database, id, err);
    }
    kith_status status = show_chunk(run, database, id, err);
    if (status != KITH_ERR_NOT_FOUND || kind == KIND_CHUNK) return status;
    return show_path(run, database, id, err);
}

/* "did you mean": looks through the first chunks and their documents. */
static void suggest(invocation *run, kith *database, const char *id)
{
    kith_records *records = NULL;
    kith_selection selection = {.limit = SUGGESTIONS_FROM};
    suggestion found = {.word = view_of(id)};
    // A failure here costs nothing but the suggestion.
    if (kith_get(database, workspace_collection(run), &selection, &records, NULL) != KITH_OK)
        return;
    for (size_t i = 0; i < records->count; i++) {
        const kith_record *r = &records->records[i];
        bool wants_documents = run->settings->kind != KIND_CHUNK;
        if (r->document && wants_documents) suggestion_offer(&found, r->document);
        if (run->settings->kind != KIND_DOCUMENT) suggestion_offer(&found, r->id);
    }
    if (found.best) console_notice(run->console, "did you mean '%s'?", found.best);
    kith_records_free(records);
}

static exit_status get_run(invocation *run)
{
    const settings *s = run->settings;
    workspace w = {0};
    kith_error err = {0};
    kith_status status = workspace_open(run, WORKSPACE_READ, &w, &err);
    if (status != KITH_OK) return console_fail(run->console, status, &err);
    exit_status result = EXIT_DONE;
    // A missing id does not stop the others.
    for (size_t i = 0; i < s->argument_count && !console_failed(run->console); i++) {
        status = show(run, w.database, s->arguments[i], &err);
        if (status == KITH_OK) continue;
        if (status == KITH_ERR_NOT_FOUND)
            (void)fail(&err, status, "nothing is called '%s' in collection '%s'", s->arguments[i],
                       workspace_collection(run));
        result = console_fail(run->console, status, &err);
        if (status != KITH_ERR_NOT_FOUND) break;
        suggest(run, w.database, s->arguments[i]);
    }
    return workspace_close(run, &w, result);
}

const command command_get = {
    .name = "get",
    .arguments = "ID|PATH...",
    .summary = "show a document or a chunk by its id or its file",
    .description = "Shows the text and the metadata of what the ids name. Where a document and a "
                   "chunk share an id, the document is shown; "
                   "--kind chunk shows the other. What is no id is taken for the path of a file, "
                   "all of whose documents are shown; kith files lists the ids.\n\n"
                   "As JSON: a line for each with kind (document or chunk) and id; a document has "
                   "title, source, chunks, metadata and text, a chunk has "
                   "document, content and metadata.",
    .examples = "  kith get readme\n"
                "  kith get docs/readme.md\n"
                "  kith get readme_0 --kind chunk --json\n",
    .options = OPTIONS_STORE | OPTION_BIT(OPTION_KIND),
    .arguments_min = 1,
    .arguments_max = ARGUMENTS_ANY,
    .run = get_run,
};
