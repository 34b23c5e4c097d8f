/* json_repair.h - what programs write for JSON and is none, made JSON that says the same: comments and
 * commas before a closing bracket (configurations), NaN and Infinity (Python), halves of surrogate
 * pairs (texts that were cut), control characters within strings. Numbers that neither an int64 nor a
 * double holds become strings, which stand as they are written. And a text that cannot be read as a
 * whole, cut into the values that it lists. */
#ifndef KITH_EXTRACT_JSON_REPAIR_H
#define KITH_EXTRACT_JSON_REPAIR_H

#include "base/arena.h"
#include "base/json.h"
#include "base/status.h"
#include "base/view.h"

#include <stdbool.h>
#include <stddef.h>

typedef struct json_repairs {
    size_t not_numbers;     /* NaN and the like, which became null */
    size_t lone_surrogates; /* which became U+FFFD */
} json_repairs;

/* Sets *out to a repaired copy in `a`; what it does not know it leaves as it is. O(bytes).
 * text  valid UTF-8
 * Errors: KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status json_repair(view text, arena *a, view *out, json_repairs *found,
                                     kith_error *err);

/* Parses a file's JSON, repaired where it is none as it stands or has numbers that would be rounded;
 * the failure told is the first. *found, where it is not NULL, says what was repaired.
 * Errors: those of json_parse(). */
KITH_CHECKED kith_status json_parse_repaired(view text, arena *a, const json_value **out,
                                             json_repairs *found, kith_error *err);

/* Where a walk over the values of a text is. */
typedef struct json_pieces {
    view text;
    size_t at;
    bool in_list; /* within "[": the values end with its "]" */
} json_pieces;

/* Begins at the first value of the list that the text is; of the first list of objects among the
 * members of the object that it is; or else of the text itself, whose values follow one another. */
json_pieces json_pieces_of(view text);
/* The next value, from its first byte to its last, which may be damaged or cut off; false at the
 * end. It takes brackets and strings for what ends a value, and looks at nothing else. */
bool json_pieces_next(json_pieces *p, view *piece);

/* Do brackets and quotes match from the beginning to the end of the text? Then it is not cut off. */
bool json_is_balanced(view text);

#endif
