/* location.h - prints where a text stands: "notes.md:12-20", "report.pdf, page 7". */
#ifndef KITH_CLI_LOCATION_H
#define KITH_CLI_LOCATION_H

#include "base/buffer.h"
#include "base/json.h"
#include "cli/terminal.h"

#include <stdint.h>

typedef struct location {
    const char *source;            /* path; "" or NULL when unknown: the document's id is shown */
    const char *document;          /* id, may be NULL when there is a source */
    const char *where;             /* "page 7", ...; "" or NULL when unknown */
    uint32_t line_start, line_end; /* 1-based; line_start 0: no lines; line_end 0: the same line */
} location;

/* Appends the location, without control characters, and as a link to the file where the terminal
 * shows links. */
void location_append(const terminal *t, buffer *out, const location *p);

/* A line number of kith.h as a JSON member: 0, no line, is null. */
void location_json_line(json_writer *w, const char *key, uint32_t line);

#endif
