/* answer_json.h - an answer as JSON: what is kept of it, what the program prints, what a server
 * sends. One form for all, so that a field cannot be lost on one of the ways. */
#ifndef KITH_ANSWER_ANSWER_JSON_H
#define KITH_ANSWER_ANSWER_JSON_H

#include "base/arena.h"
#include "base/json.h"
#include "base/status.h"

#include <kith/kith.h>

enum { ANSWER_JSON_MAX_BYTES = 64 << 20 };

/* Writes the answer's members into the object that the caller has begun. Numbers that are not known
 * (a line, the distance of what words alone found) are null. */
void answer_json_write(json_writer *w, const kith_answer *answer);

/* The whole object, to be kept; `out` is not initialised before, and to be done whatever the
 * result. */
KITH_CHECKED kith_status answer_json_keep(const kith_answer *answer, buffer *out, kith_error *err);

/* One event as an object of its own, {"event": "passages", ...}: passages (count, passages), text
 * and rewritten (text), citations (citations, refused, support), claims, usage, done (engine,
 * cached, timings), error (status, message). */
void answer_json_write_event(json_writer *w, const kith_ask_event *event);

/* Reads an object with those members; all in `a`. KITH_ERR_FORMAT when a member is missing or of
 * another kind, KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status answer_json_read(view json, arena *a, kith_answer *out, kith_error *err);

#endif
