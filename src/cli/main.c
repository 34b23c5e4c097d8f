/* main.c - what is of the process: its arguments, environment, streams and signals. */
#include "cli/program.h"

#include <signal.h>

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
    invocation run = {
        .argc = argc, .argv = argv, .environment = &env, .console = &con, .memory = &memory};
    exit_status result = program_run(&run);
    result = console_finish(&con, result);
    console_done(&con);
    arena_done(&memory);
    return (int)result;
}
