/* snippet.h - shows the few lines of a chunk that match the query best, with its words marked. */
#ifndef KITH_CLI_SNIPPET_H
#define KITH_CLI_SNIPPET_H

#include "base/buffer.h"
#include "cli/terminal.h"

#include <stdint.h>

enum { SNIPPET_INDENT = 4, SNIPPET_LINES = 3 };

/* Appends up to SNIPPET_LINES indented lines of `content` and a line feed: from the beginning, or
 * from where most words of the query stand together. The words (letters and digits, without case in
 * ASCII) are bold where the terminal takes styles. */
void snippet_append(const terminal *t, buffer *out, view content, view query);

#endif
