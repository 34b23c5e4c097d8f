/* removal.c - see removal.h. */
#include "cli/removal.h"

#include "base/json.h"
#include "cli/workspace.h"

void removal_report(console *c, const char *kind, const char *id, uint64_t chunks)
{
    if (!c->json) {
        buffer_printf(&c->line, "removed %s ", kind);
        terminal_clean(&c->line, view_of(id), true);
        buffer_printf(&c->line, " (%llu %s)\n", (unsigned long long)chunks,
                      chunks == 1 ? "chunk" : "chunks");
        console_flush_line(c);
        return;
    }
    json_writer w = console_begin_json(c);
    json_begin_object(&w);
    json_member_text(&w, "removed", kind);
    json_member_text(&w, "id", id);
    json_member_unsigned(&w, "chunks", chunks);
    json_end_object(&w);
    console_end_json(c);
}

/* Whether the next line begins with y. */
static bool is_agreed(console *c)
{
    line_reader *lines = NULL;
    const char *reply = NULL;
    kith_status status = line_reader_new(false, c->lines, &lines, NULL);
    if (status == KITH_OK) status = line_reader_next(lines, &reply, NULL);
    bool is_yes = status == KITH_OK && reply && (reply[0] == 'y' || reply[0] == 'Y');
    line_reader_free(lines);
    return is_yes;
}

static exit_status confirm(invocation *run, const char *name)
{
    console *c = run->console;
    if (run->settings->yes) return EXIT_DONE;
    if (!c->in_is_tty || !c->err_terminal.is_tty) {
        console_notice(c, "removing collection '%s' needs --yes: there is nobody to ask", name);
        return EXIT_USAGE;
    }
    buffer_reset(&c->notice);
    buffer_append_text(&c->notice, "remove the whole collection '");
    terminal_clean(&c->notice, view_of(name), true);
    buffer_append_text(&c->notice, "'? [y/N] ");
    (void)fwrite(c->notice.data, 1, c->notice.size, c->err);
    (void)fflush(c->err);
    if (is_agreed(c)) return EXIT_DONE;
    console_notice(c, "nothing was removed");
    return EXIT_PARTLY;
}

static kith_status remove_collection(kith *database, const char *name, uint64_t *chunks,
                                     kith_error *err)
{
    kith_collection_list *list = NULL;
    kith_status status = kith_collections(database, name, &list, err);
    if (status != KITH_OK) return status;
    *chunks = list->count ? list->collections[0].chunks : 0;
    kith_collection_list_free(list);
    return kith_collection_delete(database, name, err);
}

exit_status removal_of_collection(invocation *run, const char *name)
{
    exit_status result = confirm(run, name);
    if (result != EXIT_DONE) return result;
    workspace w = {0};
    kith_error err = {0};
    uint64_t chunks = 0;
    kith_status status = workspace_open(run, WORKSPACE_CHANGE, &w, &err);
    if (status == KITH_OK) status = remove_collection(w.database, name, &chunks, &err);
    if (status == KITH_OK)
        removal_report(run->console, "collection", name, chunks);
    else
        result = console_fail(run->console, status, &err);
    return workspace_close(run, &w, result);
}
