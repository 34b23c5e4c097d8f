/* fork_message.h - what a process and its fork servers tell each other, over a socket that keeps
 * messages apart (SOCK_SEQPACKET). Both ends run on one machine and are of one build. Private to src/os.
 *
 *   server   FORK_READY                        once, when it is loaded
 *   process  FORK_REQUEST, words | input, pipe  the two as descriptors (SCM_RIGHTS)
 *   process  FORK_KILL                         at any time: end the child, if there is one
 *   server   FORK_ENDED how, code              to each request: the child and all that it started are gone
 *   server   FORK_FAILED                       or: there is no child, by no fault of the input
 */
#ifndef KITH_OS_FORK_MESSAGE_H
#define KITH_OS_FORK_MESSAGE_H

#include <stdint.h>

#define FORK_SERVER_ARGUMENT "--fork-server"

enum { FORK_WORDS_MAX = 4, FORK_WORDS_MAX_BYTES = 4096 };

/* The exit status of a child that could not become the program, which the server tells as FORK_FAILED.
 * A program that ends with it is run once more, without a server. */
enum { FORK_NOT_PREPARED = 113 };

typedef enum fork_kind {
    FORK_READY = 1,
    FORK_REQUEST,
    FORK_KILL,
    FORK_ENDED,
    FORK_FAILED
} fork_kind;

typedef struct fork_request {
    uint32_t kind;
    uint32_t cpu_s; /* this and the next two: of child_command */
    uint64_t memory_bytes, file_bytes;
    uint32_t word_bytes;
    /* The command's arguments behind the program, each ended by NUL; word_bytes of it are sent. */
    char words[FORK_WORDS_MAX_BYTES];
} fork_request;

typedef struct fork_reply {
    uint32_t kind;
    uint32_t how; /* child_end */
    int32_t code;
} fork_reply;

#endif
