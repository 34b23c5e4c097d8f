/* collection_private.h - what database.c and the collection's files share. */
#ifndef KITH_DB_COLLECTION_PRIVATE_H
#define KITH_DB_COLLECTION_PRIVATE_H

#include "db/collection.h"
#include "db/derived.h"

#include <pthread.h>

struct collection {
    collection *next; /* in the database's list; guarded by its mutex */
    uint32_t holders; /* guarded by the database's mutex */
    bool dropped;     /* guarded by the database's mutex */
    database *owner;
    uint64_t id;
    kith_metric metric;
    char name[KITH_NAME_MAX_BYTES + 1];

    /* Readers search, writers apply changes. `derived` is empty and `loaded` false until the first
     * use. */
    pthread_rwlock_t lock;
    derived derived;
    bool loaded, rebuilt;
    bool must_save;   /* the file is of another format */
    uint64_t unsaved; /* changes applied since the derived file was written */
};

/* In collection.c. */
KITH_CHECKED kith_status collection_new(database *owner, const store_collection *description,
                                        collection **out, kith_error *err);
void collection_free(collection *c);

/* In refresh.c. Brings the derived index up to the store, loading it first when need be; writes the
 * derived file when much has changed. */
KITH_CHECKED kith_status collection_refresh(collection *c, kith_error *err);
/* Writes the derived file when it is behind. Failure costs only time at the next open. */
void collection_save(collection *c);
/* DIRECTORY/derived/<id>.index into out[bytes]; false when too long. */
bool collection_derived_path(const collection *c, char *out, size_t bytes);

/* In rank.c, the lock held for reading. Fills hits->ranks, details, count, plan and words_scored
 * with the best `wanted` candidates; fewer only when there are no more. */
KITH_CHECKED kith_status rank_points_locked(const collection *c, const collection_query *q,
                                            const filter *where, uint32_t wanted, arena *a,
                                            collection_hits *hits, kith_error *err);

/* In match.c, the lock held for reading, the index not NULL. Bit i: row i matches the filter. The
 * caller frees. */
KITH_CHECKED kith_status match_filter_locked(const collection *c, const filter *where, bitset **out,
                                             kith_error *err);

/* Bit i: row i is live, matches the filter (or NULL) and holds what `words` (or NULL) demand. *out is NULL
 * when nothing is asked for. The caller frees. */
KITH_CHECKED kith_status match_query_locked(const collection *c, const filter *where,
                                            const bm25_query *words, bitset **out, kith_error *err);
/* KITH_ERR_INVALID names the first field that no live point has, and the nearest that some have. An
 * empty collection knows every field. The index may be NULL. */
KITH_CHECKED kith_status check_fields_locked(const collection *c, const filter *where,
                                             kith_error *err);

/* In database.c; no lock held. */
void database_tell(const database *d, const char *notice);

#endif
