/* mbox.h - the messages of a mailbox file, which nothing but a line "From ..." parts. Pure. */
#ifndef KITH_EXTRACT_MBOX_H
#define KITH_EXTRACT_MBOX_H

#include "base/buffer.h"
#include "base/view.h"

#include <stdbool.h>
#include <stddef.h>

/* The next message at or after *at, without the line before it, and moves *at behind it. A line
 * "From ..." parts messages when it has a time and a year, stands first or behind a blank line, and
 * a header follows it: sentences begin with "From " too. False when there is none. */
bool mbox_next(view mailbox, size_t *at, view *out);
/* True when a line of the message was quoted by its writer: ">From ", ">>From ". */
bool mbox_is_quoted(view message);
/* Appends the message with one '>' taken from each such line of its body. */
void mbox_append_unquoted(view message, buffer *out);

#endif
