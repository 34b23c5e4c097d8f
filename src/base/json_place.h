/* json_place.h - where a text ceases to be JSON, for the message about it.
 * simdjson says what kind of mistake a text has, and not where. A text that it refused is read once
 * more, by the grammar alone (RFC 8259) and up to the first mistake. What is accepted is for
 * simdjson to decide. */
#ifndef KITH_BASE_JSON_PLACE_H
#define KITH_BASE_JSON_PLACE_H

#include "base/view.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct json_place {
    uint64_t line, column; /* from 1; columns are code points */
    bool is_end;           /* of the text */
    const char *wrong;     /* "a value is expected"; static storage */
} json_place;

/* False when the grammar has nothing against the text, or it is nested deeper than
 * JSON_MAX_DEPTH. */
bool json_find_mistake(view text, json_place *out);

#endif
