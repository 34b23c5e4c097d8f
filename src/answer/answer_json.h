/* answer_json.h - an answer as JSON: one form for what is kept, what conversations record and what
 * is printed, so that a member cannot be missing from one of them. */
#ifndef KITH_ANSWER_ANSWER_JSON_H
#define KITH_ANSWER_ANSWER_JSON_H

#include "base/arena.h"
#include "base/json.h"
#include "base/status.h"

#include <kith/kith.h>

enum { ANSWER_JSON_MAX_BYTES = 64 << 20 };

/* Writes the answer's members into the object that the caller has begun. Numbers that are not known
 * (a line, the distance of what words alone found) are null. Any thread, one writer at a time. It
 * has no error of its own: a buffer that is full or out of memory says so by buffer_status. */
void answer_json_write(json_writer *w, const kith_answer *answer);

/* Writes the answer as one object of at most ANSWER_JSON_MAX_BYTES, to be kept.
 * out  need not be initialised; the caller frees it with buffer_done, also after an error
 * Any thread. Errors: KITH_ERR_LIMIT (longer than that), KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status answer_json_keep(const kith_answer *answer, buffer *out, kith_error *err);

/* Writes one event as an object of its own, {"event": "passages", ...}, with these members:
 *   passages         count, passages
 *   text, rewritten  text
 *   citations        refused, support, citations, citations_removed
 *   claims           claims
 *   usage            usage
 *   done             engine, cached, truncated, timings, meaning
 *   error            status, message
 * Any thread, one writer at a time. */
void answer_json_write_event(json_writer *w, const kith_ask_event *event);

/* Reads an object that answer_json_keep wrote, in this version or an earlier one: `claims`, the
 * timing `check_ms` and `meaning` may be missing. Other members are ignored. Everything read lives in `a`.
 * Any thread. *out is untouched on failure.
 * Errors: KITH_ERR_FORMAT (no JSON; a member is missing, of the wrong kind or out of range),
 * KITH_ERR_LIMIT (more than ANSWER_JSON_MAX_BYTES, or nested too deep), KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status answer_json_read(view json, arena *a, kith_answer *out, kith_error *err);

#endif
