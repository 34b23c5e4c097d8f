/* key.c - kith key: makes, lists and removes the keys that kith serve asks for. */
#include "cli/command.h"
#include "cli/workspace.h"
#include "os/clock.h"

#include <kith/keys.h>

/* The choices of --scope stand in the order of kith_key_scope. */
static const char *scope_name(kith_key_scope scope)
{
    return option_table[OPTION_SCOPE].choices[scope];
}

/* Names of what the key is for, as members or as words; NULL is left out. */
static void write_restrictions(json_writer *w, const kith_key *key)
{
    if (key->tenant) json_member_text(w, "tenant", key->tenant);
    if (key->database) json_member_text(w, "database", key->database);
    if (key->collection) json_member_text(w, "collection", key->collection);
}

static void append_restriction(buffer *out, const char *what, const char *name)
{
    if (!name) return;
    buffer_printf(out, "  %s ", what);
    terminal_clean(out, view_of(name), true);
}

static kith_status create_key(invocation *run, kith *database, kith_error *err)
{
    const settings *s = run->settings;
    console *c = run->console;
    kith_key_options options = {.size = sizeof options,
                                .scope = (kith_key_scope)s->scope,
                                .tenant = s->tenant,
                                .database = s->database,
                                .collection = s->collection};
    char key[KITH_KEY_TEXT_BYTES];
    kith_status status = kith_key_create(database, s->name, &options, key, err);
    if (status != KITH_OK) return status;
    if (c->json) {
        json_writer w = console_begin_json(c);
        json_begin_object(&w);
        json_member_text(&w, "name", s->name);
        json_member_text(&w, "scope", scope_name(options.scope));
        json_member_text(&w, "key", key);
        json_end_object(&w);
        console_end_json(c);
    } else {
        console_printf(c, "%s\n", key);
        console_notice(c, "this is the only time that the key is shown");
    }
    return KITH_OK;
}

static void list_one(console *c, const kith_key *key)
{
    char created[21];
    clock_format_utc(key->created_ms, created);
    if (c->json) {
        json_writer w = console_begin_json(c);
        json_begin_object(&w);
        json_member_text(&w, "name", key->name);
        json_member_text(&w, "scope", scope_name(key->scope));
        json_member_text(&w, "created", created);
        write_restrictions(&w, key);
        json_end_object(&w);
        console_end_json(c);
        return;
    }
    buffer_printf(&c->line, "%-24s  %-5s  %s", key->name, scope_name(key->scope), created);
    append_restriction(&c->line, "tenant", key->tenant);
    append_restriction(&c->line, "database", key->database);
    append_restriction(&c->line, "collection", key->collection);
    buffer_append_byte(&c->line, '\n');
    console_flush_line(c);
}

static kith_status list_keys(invocation *run, kith *database, kith_error *err)
{
    kith_keys *keys = NULL;
    kith_status status = kith_keys_list(database, &keys, err);
    if (status != KITH_OK) return status;
    for (size_t i = 0; i < keys->count; i++)
        list_one(run->console, &keys->keys[i]);
    if (keys->count == 0)
        console_notice(run->console, "no key yet: kith key create --name NAME makes one");
    kith_keys_free(keys);
    return KITH_OK;
}

static kith_status remove_key(invocation *run, kith *database, kith_error *err)
{
    console *c = run->console;
    const char *name = run->settings->arguments[1];
    kith_status status = kith_key_delete(database, name, err);
    if (status != KITH_OK) return status;
    if (!c->json) {
        console_printf(c, "removed key %s\n", name);
        return KITH_OK;
    }
    json_writer w = console_begin_json(c);
    json_begin_object(&w);
    json_member_text(&w, "removed", "key");
    json_member_text(&w, "name", name);
    json_end_object(&w);
    console_end_json(c);
    return KITH_OK;
}

typedef struct key_verb {
    option_set options; /* besides --dir and --wait */
    const char *name;
    kith_status (*run)(invocation *run, kith *database, kith_error *err);
    size_t arguments; /* the verb included */
    workspace_need need;
} key_verb;

#define OPTIONS_CREATE                                                                             \
    (OPTION_BIT(OPTION_NAME) | OPTION_BIT(OPTION_SCOPE) | OPTION_BIT(OPTION_TENANT) |              \
     OPTION_BIT(OPTION_DATABASE) | OPTION_BIT(OPTION_COLLECTION))

static const key_verb verbs[] = {
    {OPTIONS_CREATE, "create", create_key, 1, WORKSPACE_WRITE},
    {0, "list", list_keys, 1, WORKSPACE_READ},
    {0, "rm", remove_key, 2, WORKSPACE_CHANGE},
};

static const key_verb *find_verb(const settings *s)
{
    for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++)
        if (strcmp(verbs[i].name, s->arguments[0]) == 0)
            return s->argument_count == verbs[i].arguments ? &verbs[i] : NULL;
    return NULL;
}

static exit_status key_run(invocation *run)
{
    const settings *s = run->settings;
    console *c = run->console;
    const key_verb *verb = find_verb(s);
    if (!verb) {
        console_notice(c, "use: kith key [create --name NAME | list | rm NAME]");
        return EXIT_USAGE;
    }
    if (s->given & OPTIONS_CREATE & ~verb->options) {
        console_notice(c, "kith key %s does not take what kith key create takes", verb->name);
        return EXIT_USAGE;
    }
    if (verb->run == create_key && !s->name) {
        console_notice(c, "kith key create needs --name");
        return EXIT_USAGE;
    }
    workspace w = {0};
    kith_error err = {0};
    kith_status status = workspace_open(run, verb->need, &w, &err);
    if (status == KITH_OK) status = verb->run(run, w.database, &err);
    exit_status result = status == KITH_OK ? EXIT_DONE : console_fail(c, status, &err);
    return workspace_close(run, &w, result);
}

const command command_key = {
    .name = "key",
    .arguments = "[create --name NAME | list | rm NAME]",
    .summary = "make, list and remove the keys that kith serve asks for",
    .description =
        "create prints a new key, once: the data directory keeps only its hash. --scope says what "
        "it "
        "allows: read; write, which also creates and deletes collections; or admin, which also has "
        "tenants, databases, and resetting and stopping the server. --tenant, --database and "
        "--collection say the only one of each that it is for; a database without --tenant is one "
        "of the default tenant, a collection without --database one of the default database.\n\n"
        "A server that runs takes new keys, and refuses removed ones, within a second. As soon as "
        "there is a key, every request needs one; when the last one is removed, a server that runs "
        "stays closed until it is started again.",
    .examples = "  kith key create --name laptop --scope admin\n"
                "  kith key create --name app --scope write --tenant acme --database prod\n"
                "  kith key list\n"
                "  kith key rm laptop\n",
    .options = OPTION_BIT(OPTION_DIR) | OPTION_BIT(OPTION_WAIT) | OPTIONS_CREATE,
    .arguments_min = 1,
    .arguments_max = 2,
    .run = key_run,
    .writes = command_writes_but_list,
};
