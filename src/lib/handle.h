/* handle.h - the public handle, and results that carry their own memory.
 * A result is one heap block: the arena that holds all it points to, then the public structure.
 * Freeing the structure frees everything. */
#ifndef KITH_LIB_HANDLE_H
#define KITH_LIB_HANDLE_H

#include "answer/answer_cache.h"
#include "base/arena.h"
#include "base/status.h"
#include "db/database.h"
#include "embed/embedder.h"
#include "metrics/metrics.h"

#include <kith/kith.h>

struct kith {
    database *database;
    embedder *embedder; /* borrowed; may be NULL */
    answer_cache cache;
    metrics *metrics;
};

/* A zeroed public structure of `bytes` and its arena; NULL: out of memory (`err` says so). */
void *result_new(size_t bytes, arena **memory, kith_error *err);
/* Accepts NULL. */
void result_free(const void *result);
/* Ends a call that made a result: on KITH_OK it moves to *out, else it is freed. Its value is `status`.
 * A macro, so that the compiler holds the type of `result` against that of `out`. */
#define RESULT_END(status, result, out)                                                            \
    ((status) == KITH_OK ? (void)(*(out) = (result)) : result_free(result), (status))

/* Counts a call that is done, and its failure, and gives the status back. */
kith_status count_call(kith *k, kith_status status);

/* KITH_ERR_MODEL when no embedder was given at kith_open. */
KITH_CHECKED kith_status require_embedder(const kith *k, kith_error *err);
/* A borrowed view of an optional C string: NULL gives data == NULL. */
view optional_view(const char *text);

#endif
