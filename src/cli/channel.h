/* channel.h - messages between a command and the server that it hands its work to (owner.h).
 *
 * A message on the stream socket is two little-endian u32, kind and bytes of the body, and the
 * body. Both programs have the same version (handed_request.h), so that this need not be stable. */
#ifndef KITH_CLI_CHANNEL_H
#define KITH_CLI_CHANNEL_H

#include "base/buffer.h"
#include "base/status.h"
#include "base/view.h"

#include <stdint.h>

typedef enum message_kind {
    /* command to server; REQUEST is the first, and carries the descriptor of a directory */
    MESSAGE_REQUEST = 1,   /* handed_request.h */
    MESSAGE_INTERRUPT,     /* "": a signal that asks the command to stop */
    MESSAGE_OUTPUT_FAILED, /* u32 errno: standard output takes nothing any more */
    MESSAGE_LINE,          /* a line of standard input, without its end */
    MESSAGE_INPUT,         /* bytes of import_source.h, as many as were wanted or fewer */
    MESSAGE_INPUT_END,     /* "": there are no more lines, or bytes */
    MESSAGE_INPUT_FAILED,  /* u32 kith_status, and a text */
    /* server to command; REFUSED or ACCEPTED is the first */
    MESSAGE_REFUSED,  /* a text, or "": the command runs in its own process */
    MESSAGE_ACCEPTED, /* "" */
    MESSAGE_OUT,      /* bytes for standard output */
    MESSAGE_ERR,      /* bytes for standard error */
    MESSAGE_CATCH,    /* "": from now on the first signal is an INTERRUPT (interrupt.h) */
    /* The answer is a LINE or one of INPUT_..., and an INPUT or one of INPUT_... */
    MESSAGE_WANTS_LINE,  /* 1 byte, 1: with editing and history */
    MESSAGE_WANTS_INPUT, /* u32 bytes; 0: only to open it, and the answer is an INPUT of "" */
    MESSAGE_REMEMBER,    /* a line for the history */
    MESSAGE_STATUS,      /* u32 exit status; the last */
    MESSAGE_KINDS
} message_kind;

typedef struct message {
    message_kind kind;
    view body; /* in the buffer that channel_receive was given */
} message;

/* Sends all of a message; waits as long as the other side reads nothing.
 * descriptor  passed along, or -1
 * One thread at a time. Errors: KITH_ERR_NETWORK: the other side is gone; KITH_ERR_LIMIT: the body
 * has 4 GiB; KITH_ERR_IO. */
KITH_CHECKED kith_status channel_send(int fd, message_kind kind, view body, int descriptor,
                                      kith_error *err);

/* A message whose body is a u32. Errors: as above. */
KITH_CHECKED kith_status channel_send_number(int fd, message_kind kind, uint32_t number,
                                             kith_error *err);

/* Receives a message; its body replaces what is in `body`, whose maximum bounds it.
 * timeout_ms   for the whole message; negative: none
 * *descriptor  what was passed along, the caller's to close, close-on-exec; else -1. NULL: what is
 *              passed is closed
 * One thread at a time. Errors: KITH_ERR_NETWORK: the other side is gone; KITH_ERR_TIMEOUT;
 * KITH_ERR_FORMAT: no such kind, or several descriptors; KITH_ERR_LIMIT, KITH_ERR_NO_MEMORY: the
 * body; KITH_ERR_IO. After an error the stream cannot be used any more. */
KITH_CHECKED kith_status channel_receive(int fd, int timeout_ms, buffer *body, message *out,
                                         int *descriptor, kith_error *err);

/* The u32 that a body begins with; false when it is shorter. */
bool message_number(const message *m, uint32_t *out);

#endif
