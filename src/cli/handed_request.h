/* handed_request.h - what a command tells the server that it hands its work to: what a process
 * knows at its start, but for the working directory, which goes beside it as a descriptor. */
#ifndef KITH_CLI_HANDED_REQUEST_H
#define KITH_CLI_HANDED_REQUEST_H

#include "base/arena.h"
#include "base/buffer.h"
#include "cli/environment.h"
#include "cli/terminal.h"

enum {
    HANDED_REQUEST_MAX_BYTES = 8 << 20, /* Linux hands a program at most 6 MiB of arguments */
    HANDED_ARGUMENTS_MAX = 1 << 20,
    SURROUNDINGS_BYTES = 160
};

typedef struct handed_request {
    const char *surroundings; /* handed_request_surroundings of the command's process */
    int argc;
    char **argv; /* [argc], of main */
    environment
        env; /* kernels, precision, notify_socket and file_read stay behind: the process's */
    terminal out, err;
    bool in_is_tty;
} handed_request;

/* Which files and networks a process sees, as a text to compare: the root directory, the namespaces
 * of mounts and of the network. */
void handed_request_surroundings(char out[SURROUNDINGS_BYTES]);

/* Appends the request, with this program's version before it. A request that is too long puts `out`
 * in its failed state. */
void handed_request_encode(const handed_request *r, buffer *out);
/* The texts are copied to `a`.
 * Errors: KITH_ERR_UNSUPPORTED: the other program is of another version; the message names both.
 * KITH_ERR_FORMAT: it is no request; KITH_ERR_LIMIT: too many arguments; KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status handed_request_decode(view bytes, arena *a, handed_request *out,
                                               kith_error *err);

#endif
