/* regex.h - regular expressions that match in linear time, by RE2 behind the bridge file regex.cc.
 *
 * Patterns are hostile input. RE2 has no back-references and no look-around, so that the time of a
 * match is linear in the text and bounded by the compiled pattern, whose memory is bounded; what it
 * does not do, it refuses. Pattern and text are UTF-8. Matching is a search: ^ and $ are the ends of
 * the text, unless (?m) says lines. */
#ifndef KITH_BASE_REGEX_H
#define KITH_BASE_REGEX_H

#include "base/status.h"
#include "base/view.h"

#include <stdbool.h>
#include <stddef.h>

/* A compiled pattern; any number of threads may use one. */
typedef struct regex regex;

/* max_bytes  of the compiled pattern and what matching keeps for it
 * *out       the caller frees it with regex_free
 * Errors: KITH_ERR_INVALID (the pattern is none, or needs more than max_bytes; the message says what
 * is wrong), KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status regex_new(view pattern, size_t max_bytes, regex **out, kith_error *err);
/* Accepts NULL. */
void regex_free(regex *r);
/* Does the pattern match some part of the text? */
bool regex_finds(const regex *r, view text);

#endif
