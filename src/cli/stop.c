/* stop.c - kith stop: ends the server of a data directory in order. */
#include "cli/command.h"
#include "serve/control.h"

enum { DEFAULT_WAIT_S = 60 };

static exit_status stop_run(invocation *run)
{
    const settings *s = run->settings;
    console *c = run->console;
    kith_error err = {0};
    const char *directory = NULL;
    int pid = 0;
    uint32_t wait_s = option_given(s, OPTION_WAIT) ? s->wait : DEFAULT_WAIT_S;
    kith_status status =
        environment_data_directory(run->environment, s->dir, run->memory, &directory, &err);
    if (status == KITH_OK) status = control_stop(directory, wait_s * 1000, &pid, &err);
    if (status != KITH_OK) return console_fail(c, status, &err);
    if (!c->json) {
        console_printf(c, "stopped the server of %s (process %d)\n", directory, pid);
        return EXIT_DONE;
    }
    json_writer w = console_begin_json(c);
    json_begin_object(&w);
    json_member_text(&w, "stopped", directory);
    json_member_unsigned(&w, "process", (uint64_t)pid);
    json_end_object(&w);
    console_end_json(c);
    return EXIT_DONE;
}

const command command_stop = {
    .name = "stop",
    .arguments = "",
    .summary = "end the server of a data directory in order",
    .description =
        "Tells the kith serve of the data directory to stop, over the socket that it has "
        "there, and waits until it has finished what is under way and closed the "
        "directory; --wait says how long.",
    .examples = "  kith stop --dir /srv/kith\n",
    .options = OPTION_BIT(OPTION_DIR) | OPTION_BIT(OPTION_WAIT),
    .arguments_min = 0,
    .arguments_max = 0,
    .run = stop_run,
};
