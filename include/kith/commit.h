/* commit.h - several writes of points as one, on condition that what they rest on has not changed.
 *
 *     read kith_collection_info's `changes` (kith/catalog.h), then the points; decide;
 *     kith_commit with that number, the ids that were read, and the writes.
 *
 * When somebody else has written one of those points in between, nothing is written and the outcome
 * says so: read again. Nothing is locked meanwhile.
 * What kith.h says of memory, errors and threads holds here too. */
#ifndef KITH_COMMIT_H
#define KITH_COMMIT_H

#include <kith/kith.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct kith_operation {
    /* An add keeps a point that there is, an update passes over one that there is not, and both
     * upsert and update merge, an id coming as often as it likes: kith_put_options with
     * keep_existing, pass_missing, merge and allow_repeated. */
    kith_write_mode mode;
    bool deletes;              /* in place of a write: of the points only the ids are looked at */
    bool allow_unknown_fields; /* of `where`, see filters.h */
    /* [count]; content without a vector is embedded as kith_put_with does it, before anything is
     * compared or written: what changes meanwhile is seen. */
    const kith_point *points;
    size_t count; /* up to KITH_BATCH_MAX_POINTS in all operations together */
    /* Deletes of the points, or with `points` NULL of all that there are, those that match this
     * filter (kith/filters.h) when the commit is done: what the operations before have written
     * among them. Whether they are the ones that matched at `since` is not asked. */
    const char *where;
    size_t limit; /* and of them the first so many, in order of first writing; 0: all */
    size_t *done; /* out, of KITH_COMMITTED: points written or deleted; NULL: not asked */
} kith_operation;

typedef enum kith_commit_outcome {
    KITH_COMMITTED = 0,
    /* One of the ids was written since; or is not there, and something has been deleted since. */
    KITH_CONFLICT = 1,
    KITH_STALE = 2 /* so much has happened since that nobody can tell: read again */
} kith_commit_outcome;

typedef struct kith_commit_request {
    size_t size;                      /* sizeof; 0: the first release's */
    uint64_t since;                   /* `changes` from before the reading */
    const char *const *read_ids;      /* [read_count] what was read, or found missing */
    size_t read_count;                /* up to KITH_FILTER_MAX_VALUES */
    const kith_operation *operations; /* [operation_count] done in this order */
    size_t operation_count;
    const kith_call *call; /* max_bytes is not read; NULL: no limits */
    /* Receives how many of the contents that were embedded are longer than the model reads, and were
     * cut (truncation.h); NULL: nobody asks. */
    uint64_t *truncated;
    size_t operation_size; /* sizeof(kith_operation), which may grow; 0: the first release's */
} kith_commit_request;

/* Does all operations or none: comparing and writing are one transaction. *changes (may be NULL) is the collection's number of changes
 * afterwards, of KITH_COMMITTED only. An id may come in several operations.
 * Errors; nothing is written: those of kith_put_with and kith_delete; INVALID also when `since` is
 * a number that the collection has not come to, or where something is given that does not delete;
 * LIMIT above the limits. */
KITH_API kith_status kith_commit(kith *k, const char *collection,
                                 const kith_commit_request *request, kith_commit_outcome *outcome,
                                 uint64_t *changes, kith_error *err);

#ifdef __cplusplus
}
#endif

#endif
