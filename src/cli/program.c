/* program.c - see program.h. */
#include "cli/program.h"

#include "base/suggestion.h"
#include "cli/handover.h"
#include "cli/help.h"

#include <kith/kith.h>

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
    if (run->owner && !(c->writes && c->writes(s))) {
        console_notice(run->console, "kith %s is not handed to a server", c->name);
        return EXIT_USAGE;
    }
    exit_status result = EXIT_DONE;
    if (!run->owner && handover_run(run, c, &result)) return result;
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
    if (strcmp(name, "version") == 0 && s->argument_count == 1) return show_version(run);
    bool asks_help = strcmp(name, "help") == 0;
    if (asks_help && s->argument_count == 1) return show_help(run, NULL);
    if (asks_help) name = s->arguments[1];
    const command *c = command_find(name);
    if (!c) return unknown_command(run->console, name);
    if (asks_help) return show_help(run, c);
    return run_command(run, c, s);
}

/* An argument is wrong: the help that tells of it is its command's, where one is named. */
static exit_status bad_options(const invocation *run, const kith_error *err)
{
    char hint[64];
    const command *named = NULL;
    for (int i = 1; i < run->argc && !named; i++)
        named = command_find(run->argv[i]);
    (void)snprintf(hint, sizeof hint, "see kith %s%s--help", named ? named->name : "",
                   named ? " " : "");
    return usage_error(run->console, hint, err->message);
}

exit_status program_run(invocation *run)
{
    console *c = run->console;
    kith_error err = {0};
    settings *s = arena_new(run->memory, sizeof *s);
    if (!s) return usage_error(c, "see kith --help", "out of memory");
    if (options_parse(run->argc, run->argv, run->memory, s, &err) != KITH_OK)
        return bad_options(run, &err);
    run->settings = s;
    const char *output = run->environment->output;
    bool wants_text = output && strcmp(output, "text") == 0;
    bool wants_json = output && strcmp(output, "json") == 0;
    if (output && !wants_text && !wants_json)
        return usage_error(c, "see kith --help", "KITH_OUTPUT is neither 'text' nor 'json'");
    c->json = s->json || (!s->text && (wants_json || (!wants_text && !c->out_terminal.is_tty)));
    // The kernels are those of a process; a server has chosen them.
    if (!run->owner && kith_select_kernels(run->environment->kernels, &err) != KITH_OK) {
        console_notice(c, "KITH_KERNELS: %s", err.message);
        return EXIT_USAGE;
    }
    return dispatch(run, s);
}
