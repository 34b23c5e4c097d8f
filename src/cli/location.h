/* location.h - where a text stands, as a person writes it: "notes.md:12-20", "report.pdf, page 7". */
#ifndef KITH_CLI_LOCATION_H
#define KITH_CLI_LOCATION_H

#include "base/buffer.h"
#include "base/json.h"
#include "cli/terminal.h"

#include <stdint.h>

typedef struct place {
    const char *source;            /* path; "" or NULL when unknown: the document's id stands in */
    const char *document;          /* id, may be NULL when there is a source */
    const char *where;             /* "page 7", ...; "" or NULL when unknown */
    uint32_t line_start, line_end; /* 1-based; line_start 0: no lines; line_end 0: the same line */
} place;

/* Appends the place, cleaned, as a link to the file where the terminal knows links. */
void place_append(const terminal *t, buffer *out, const place *p);

/* A line number of kith.h as a JSON member: 0, no line, is null. */
void place_json_line(json_writer *w, const char *key, uint32_t line);

#endif
