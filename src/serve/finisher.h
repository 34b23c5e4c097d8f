/* finisher.h - what waits for its vectors in a served directory gets them while it is served.
 *
 * kith add --no-wait, an add that was interrupted, and whatever else stores words first leave chunks
 * that are not embedded (kith/meaning.h). A thread of the server looks for such collections, in all
 * databases, and embeds what waits there, when nobody else does. Questions go before it: it embeds in
 * the lane that gives way to them. */
#ifndef KITH_SERVE_FINISHER_H
#define KITH_SERVE_FINISHER_H

#include "base/status.h"
#include "serve/log.h"

#include <kith/kith.h>

typedef struct finisher finisher;

/* Starts the thread.
 * k    whose embedder is used; outlives it, as `log` does
 * out  to be ended with finisher_stop
 * Errors: KITH_ERR_NO_MEMORY, KITH_ERR_IO (no thread can be started). */
KITH_CHECKED kith_status finisher_start(kith *k, log_stream *log, finisher **out, kith_error *err);
/* Ends the thread after the texts at hand. Accepts NULL. */
void finisher_stop(finisher *f);

#endif
