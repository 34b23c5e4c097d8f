/* handle.h - the public handle, and results that own their memory.
 * A result is one heap block: first an arena, which holds everything that the result points to,
 * then the public structure, whose address the caller gets. result_free steps back from that
 * address to the arena; so only what result_new returned may be passed to it, and the caller frees
 * one pointer for everything.
 *
 * Every call that makes a result has this shape: result_new, work into the result and its arena,
 * release what was acquired, RESULT_END. */
#ifndef KITH_LIB_HANDLE_H
#define KITH_LIB_HANDLE_H

#include "answer/answer.h"
#include "base/arena.h"
#include "base/status.h"
#include "db/database.h"
#include "embed/embedder.h"
#include "lib/models.h"
#include "metrics/metrics.h"

#include <kith/catalog.h>

struct kith {
    database *database;
    embedder *embedder; /* borrowed; may be NULL; choose_embedder() says which one to use */
    models *models;     /* of collections that are of another one */
    answer_cache cache;
    answer_reranker rerank; /* its score is NULL without one */
    metrics *metrics;
    char *tenant, *database_name;
    bool is_view; /* by kith_use_database: all but the names and `database` is another handle's */
};

/* A zeroed public structure of `bytes`, and in *memory its arena (at most 4 GiB). NULL when out of
 * memory, with the message in `err`. */
void *result_new(size_t bytes, arena **memory, kith_error *err);
/* Accepts NULL. */
void result_free(const void *result);
/* Ends a call that made a result: on KITH_OK it moves to *out, else it is freed. Its value is
 * `status`. A macro, so that the compiler holds the type of `result` against that of `out`. */
#define RESULT_END(status, result, out)                                                            \
    ((status) == KITH_OK ? (void)(*(out) = (result)) : result_free(result), (status))

/* Counts a failed call in the metrics (KITH_OK is not counted), saves the metrics when that is due,
 * and returns `status`. */
kith_status count_call(kith *k, kith_status status);

/* How long to wait for a turn, by the member `wait_ms` of public options. */
int64_t wait_of(int32_t wait_ms);
/* The text of a uuid in the arena; NULL when that is exhausted. */
const char *result_uuid(arena *a, const uuid *id);
/* Reads what a list is asked for (kith_databases.c). Errors: KITH_ERR_INVALID,
 * KITH_ERR_UNSUPPORTED (options.h). */
KITH_CHECKED kith_status list_page(const kith_list_options *options, store_page *out,
                                   kith_error *err);

/* KITH_ERR_MODEL when the directory was opened without an embedder. */
KITH_CHECKED kith_status require_embedder(const kith *k, kith_error *err);
/* The embedder for texts of the collection, or that are compared with it; *out as models_choose.
 * Errors: models_choose's. */
KITH_CHECKED kith_status choose_embedder(const kith *k, collection *c, embedder **out,
                                         kith_error *err);
/* Acquires the collection, with the embedder for it. Without any embedder that is what is said, also
 * when there is no such collection. Release *c, also on failure.
 * Errors: choose_embedder's, database_acquire_collection's. */
KITH_CHECKED kith_status acquire_with_embedder(kith *k, view name, collection **c, embedder **e,
                                               kith_error *err);
/* After a write to *c, which was acquired by its name, has ended with `status`: has it failed since
 * another collection has taken the place of this one (kith/reembed.h)? Then *c is that one, the other
 * is released, and the write is to be tried again. */
bool acquire_successor(kith *k, const char *name, kith_status status, collection **c);
/* A view of a C string that may be NULL: then data is NULL. */
view optional_view(const char *text);

#endif
