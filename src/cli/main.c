/* main.c - from argv to a command and back to an exit status. */
#include "base/suggestion.h"
#include "cli/command.h"
#include "cli/help.h"

#include <kith/kith.h>
#include <signal.h>

static exit_status usage_error(console *c, const char *hint, const char *message)
{
    console_notice(c, "%s (%s)", message, hint);
    return EXIT_USAGE;
}

static exit_status show_version(invocation *run)
{
    console *c = run->console;
    // A script that reads the version of a program expects a line of text.
    if (run->settings->json) {
        json_writer w = console_begin_json(c);
        json_begin_object(&w);
        json_member_text(&w, "version", kith_version());
        json_member_text(&w, "kernels", kith_kernels());
        json_end_object(&w);
        console_end_json(c);
    } else {
        console_printf(c, "kith %s (kernels: %s)\n", kith_version(), kith_kernels());
    }
    return EXIT_DONE;
}

/* "kith --help", "kith help", "kith help add" and "kith add --help". */
static exit_status show_help(invocation *run, const command *c)
{
    buffer *out = &run->console->line;
    if (c)
        help_command(&run->console->out_terminal, out, c);
    else
        help_program(&run->console->out_terminal, out);
    console_flush_line(run->console);
    return EXIT_DONE;
}

static exit_status unknown_command(console *c, const char *name)
{
    suggestion found = {.word = view_of(name)};
    for (const command *const *known = command_table; *known; known++)
        suggestion_offer(&found, (*known)->name);
    if (found.best)
        console_notice(c, "unknown command '%s'; did you mean '%s'?", name, found.best);
    else
        console_notice(c, "unknown command '%s' (see kith --help)", name);
    return EXIT_USAGE;
}

static exit_status run_command(invocation *run, const command *c, settings *s)
{
    kith_error err = {0};
    char hint[64];
    (void)snprintf(hint, sizeof hint, "see kith %s --help", c->name);
    if (s->help) return show_help(run, c);
    if (options_check(s, c->options | OPTIONS_ALWAYS, c->name, &err) != KITH_OK)
        return usage_error(run->console, hint, err.message);
    s->arguments++;
    s->argument_count--;
    int count = (int)s->argument_count;
    if (count < c->arguments_min) {
        console_notice(run->console, "kith %s needs %s (%s)", c->name, c->arguments, hint);
        return EXIT_USAGE;
    }
    if (c->arguments_max != ARGUMENTS_ANY && count > c->arguments_max) {
        console_notice(run->console, "kith %s: one argument too many: '%s' (%s)", c->name,
                       s->arguments[c->arguments_max], hint);
        return EXIT_USAGE;
    }
    return c->run(run);
}

static exit_status dispatch(invocation *run, settings *s)
{
    if (s->argument_count == 0) {
        if (s->version) return show_version(run);
        if (s->help) return show_help(run, NULL);
        if (s->given) return usage_error(run->console, "see kith --help", "no command given");
        (void)show_help(run, NULL);
        return EXIT_USAGE;
    }
    const char *name = s->arguments[0];
    bool asks_help = strcmp(name, "help") == 0;
    if (asks_help && s->argument_count == 1) return show_help(run, NULL);
    if (asks_help) name = s->arguments[1];
    const command *c = command_find(name);
    if (!c) return unknown_command(run->console, name);
    if (asks_help) return show_help(run, c);
    return run_command(run, c, s);
}

int main(int argc, char **argv)
{
    // A reader that goes away must not kill a write to the database; console_finish reports it.
    (void)signal(SIGPIPE, SIG_IGN);
    // A file that reaches the limit of ulimit -f is an error of the write (EFBIG), told like a full
    // disk; the signal would end the process before anybody could say so.
    (void)signal(SIGXFSZ, SIG_IGN);
    environment env;
    environment_read(&env);
    console con;
    console_init(&con, env.no_color);
    arena memory;
    arena_init(&memory, 0);

    settings s = {0};
    kith_error err = {0};
    exit_status result = EXIT_DONE;
    if (options_parse(argc, argv, &memory, &s, &err) != KITH_OK) {
        result = usage_error(&con, "see kith --help", err.message);
        goto done;
    }
    con.json = s.json || (!s.text && !con.out_terminal.is_tty);
    kith_status status = kith_select_kernels(env.kernels, &err);
    if (status != KITH_OK) {
        console_notice(&con, "KITH_KERNELS: %s", err.message);
        result = EXIT_USAGE;
        goto done;
    }
    invocation run = {.settings = &s, .environment = &env, .console = &con, .memory = &memory};
    result = dispatch(&run, &s);
done:
    result = console_finish(&con, result);
    console_done(&con);
    arena_done(&memory);
    return (int)result;
}
