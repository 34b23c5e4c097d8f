/* conversations.c - kith conversations: lists, prints, exports and deletes them. */
#include "cli/answer_output.h"
#include "cli/command.h"
#include "cli/workspace.h"
#include "os/clock.h"

#include <inttypes.h>
#include <stdlib.h>

static void list_one_json(console *c, const kith_conversation *conversation)
{
    char created[21], updated[21];
    clock_format_utc(conversation->created_ms, created);
    clock_format_utc(conversation->updated_ms, updated);
    json_writer w = console_begin_json(c);
    json_begin_object(&w);
    json_member_unsigned(&w, "conversation", conversation->id);
    json_member_text(&w, "title", conversation->title);
    json_member_text(&w, "collection", conversation->collection);
    json_member_text(&w, "created", created);
    json_member_text(&w, "updated", updated);
    json_member_unsigned(&w, "turns", conversation->turn_count);
    json_end_object(&w);
    console_end_json(c);
}

static void list_one_text(console *c, const kith_conversation *conversation)
{
    char updated[21];
    clock_format_utc(conversation->updated_ms, updated);
    buffer_printf(&c->line, "%6" PRIu64 "  %s  %3zu %s  ", conversation->id, updated,
                  conversation->turn_count, conversation->turn_count == 1 ? "turn " : "turns");
    terminal_clean(&c->line, view_of(conversation->title), true);
    buffer_append_byte(&c->line, '\n');
    console_flush_line(c);
}

static kith_status list_all(invocation *run, kith *database, kith_error *err)
{
    console *c = run->console;
    kith_conversation_list *list = NULL;
    kith_status status = kith_conversations(database, &list, err);
    if (status != KITH_OK) return status;
    for (size_t i = 0; i < list->count; i++) {
        if (c->json)
            list_one_json(c, &list->conversations[i]);
        else
            list_one_text(c, &list->conversations[i]);
    }
    if (list->count == 0) console_notice(c, "no conversation yet: kith chat begins one");
    kith_conversation_list_free(list);
    return KITH_OK;
}

static kith_status show_one(invocation *run, kith *database, uint64_t id, kith_error *err)
{
    console *c = run->console;
    kith_conversation *conversation = NULL;
    kith_status status = kith_conversation_get(database, id, &conversation, err);
    if (status != KITH_OK) return status;
    if (c->json) console_printf(c, "%s\n", conversation->json);
    for (size_t i = 0; !c->json && i < conversation->turn_count; i++)
        answer_output_turn(c, &conversation->turns[i]);
    kith_conversation_free(conversation);
    return KITH_OK;
}

static kith_status export_one(invocation *run, kith *database, uint64_t id, kith_error *err)
{
    kith_conversation *conversation = NULL;
    kith_status status = kith_conversation_get(database, id, &conversation, err);
    if (status != KITH_OK) return status;
    // JSON only by --format json: an export is Markdown even where results are JSON lines.
    bool as_json =
        run->settings->format == FORMAT_JSON && option_given(run->settings, OPTION_FORMAT);
    console_write(run->console, view_of(as_json ? conversation->json : conversation->markdown));
    if (as_json) console_write(run->console, VIEW("\n"));
    kith_conversation_free(conversation);
    return KITH_OK;
}

static kith_status delete_one(invocation *run, kith *database, uint64_t id, kith_error *err)
{
    console *c = run->console;
    kith_status status = kith_conversation_delete(database, id, err);
    if (status != KITH_OK) return status;
    if (!c->json) {
        console_printf(c, "removed conversation %" PRIu64 "\n", id);
        return KITH_OK;
    }
    json_writer w = console_begin_json(c);
    json_begin_object(&w);
    json_member_text(&w, "removed", "conversation");
    json_member_unsigned(&w, "id", id);
    json_end_object(&w);
    console_end_json(c);
    return KITH_OK;
}

typedef struct conversation_verb {
    const char *name;
    kith_status (*run)(invocation *run, kith *database, uint64_t id, kith_error *err);
} conversation_verb;

static const conversation_verb verbs[] = {
    {"show", show_one}, {"export", export_one}, {"delete", delete_one}};

static const conversation_verb *find_verb(const char *name)
{
    for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++)
        if (strcmp(verbs[i].name, name) == 0) return &verbs[i];
    return NULL;
}

static exit_status refuse(console *c)
{
    console_notice(c, "use: kith conversations [list | show ID | export ID | delete ID]");
    return EXIT_USAGE;
}

static exit_status conversations_run(invocation *run)
{
    const settings *s = run->settings;
    console *c = run->console;
    const conversation_verb *verb = NULL;
    uint32_t id = 0;
    bool lists =
        s->argument_count == 0 || (s->argument_count == 1 && strcmp(s->arguments[0], "list") == 0);
    if (!lists) {
        verb = find_verb(s->arguments[0]);
        if (!verb || s->argument_count != 2 || !options_number(s->arguments[1], &id) || id == 0)
            return refuse(c);
    }
    bool exports = verb && verb->run == export_one;
    bool is_form = s->format == FORMAT_JSON || s->format == FORMAT_MARKDOWN;
    if (option_given(s, OPTION_FORMAT) && !(exports && is_form)) {
        console_notice(c, "--format json and --format markdown are for kith conversations export");
        return EXIT_USAGE;
    }
    workspace w = {0};
    kith_error err = {0};
    bool changes = verb && verb->run == delete_one;
    kith_status status = workspace_open(run, changes ? WORKSPACE_CHANGE : WORKSPACE_READ, &w, &err);
    if (status == KITH_OK)
        status = verb ? verb->run(run, w.database, id, &err) : list_all(run, w.database, &err);
    exit_status result = status == KITH_OK ? EXIT_DONE : console_fail(c, status, &err);
    return workspace_close(run, &w, result);
}

static bool conversations_writes(const settings *s)
{
    return s->argument_count > 0 && strcmp(s->arguments[0], "delete") == 0;
}

const command command_conversations = {
    .name = "conversations",
    .arguments = "[list | show ID | export ID | delete ID]",
    .summary = "list, read, export and delete what was talked about",
    .description = "kith chat keeps each conversation: the questions, what was searched for, the "
                   "answers with passages and citations, and when. They stay until they are "
                   "deleted, also when the documents have changed or gone since.\n\n"
                   "export writes Markdown, or with --format json all there is as one object. As "
                   "JSON: list gives a conversation a line with conversation, title, collection, "
                   "created, updated and turns; show gives the object of export.",
    .examples = "  kith conversations\n"
                "  kith conversations show 3\n"
                "  kith conversations export 3 > talk.md\n"
                "  kith conversations export 3 --format json > talk.json\n",
    .options = OPTION_BIT(OPTION_DIR) | OPTION_BIT(OPTION_WAIT) | OPTION_BIT(OPTION_FORMAT),
    .arguments_min = 0,
    .arguments_max = 2,
    .run = conversations_run,
    .writes = conversations_writes,
};
