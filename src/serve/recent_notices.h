/* recent_notices.h - the newest notices of the library (kith_options.on_notice), for whoever asks
 * the server; the log has all of them. */
#ifndef KITH_SERVE_RECENT_NOTICES_H
#define KITH_SERVE_RECENT_NOTICES_H

#include "base/json.h"
#include "base/status.h"

enum { NOTICES_KEPT = 32, NOTICES_TEXT_BYTES = 600 };

typedef struct recent_notices recent_notices; /* any thread */

/* NULL: out of memory. */
recent_notices *recent_notices_new(void);
/* Accepts NULL. */
void recent_notices_free(recent_notices *n);
/* Keeps the text, cut to NOTICES_TEXT_BYTES, in place of the oldest. `n` may be NULL. */
void recent_notices_add(recent_notices *n, const char *text);
/* Writes an array of {"at": UTC, "text"}, the newest first; an empty one for NULL. */
void recent_notices_write(recent_notices *n, json_writer *w);

#endif
