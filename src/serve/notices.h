/* notices.h - the newest notices of the library (kith_options.on_notice), for whoever asks the
 * server; the log has all of them. */
#ifndef KITH_SERVE_NOTICES_H
#define KITH_SERVE_NOTICES_H

#include "base/json.h"
#include "base/status.h"

enum { NOTICES_KEPT = 32, NOTICES_TEXT_BYTES = 600 };

typedef struct notices notices; /* any thread */

/* NULL: out of memory. */
notices *notices_new(void);
/* Accepts NULL. */
void notices_free(notices *n);
/* Keeps the text, cut to NOTICES_TEXT_BYTES, in place of the oldest. `n` may be NULL. */
void notices_add(notices *n, const char *text);
/* Writes an array of {"at": UTC, "text"}, the newest first; an empty one for NULL. */
void notices_write(notices *n, json_writer *w);

#endif
