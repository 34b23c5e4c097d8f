/* collection_private.h - a collection's handle as the files of this room share it.
 *
 * Who calls whom, without a circle (each arrow points at what is called):
 *
 *   database.c          -> collection.c, refresh.c, derived_file.c, leftovers.c
 *   collection_write.c  -> collection.c, refresh.c
 *   search.c            -> refresh.c, rank.c, match.c
 *   rank.c              -> match.c
 *   refresh.c           -> collection.c, derived_file.c, derived.c
 *   derived_file.c      -> derived.c
 *
 * `_locked` in a name: the caller holds collection.lock, for reading or for writing as stated. */
#ifndef KITH_DB_COLLECTION_PRIVATE_H
#define KITH_DB_COLLECTION_PRIVATE_H

#include "db/collection.h"
#include "db/derived.h"

#include <pthread.h>

/* What a collection needs of whoever opened it. All of it outlives the collection. */
typedef struct collection_home {
    store *store;
    const char *directory; /* the data directory; the derived file lies in DIRECTORY/derived */
    /* Called with one line of text when an index was rebuilt, in the thread of the call that
     * rebuilt it, with no lock held; NULL: nobody is notified. */
    void (*on_notice)(void *context, const char *notice);
    void *notice_context;
    database *database; /* only handed out, by collection_database */
} collection_home;

struct collection {
    collection_home home;
    uint64_t id;
    kith_metric metric;
    /* For messages. A renaming replaces the pointer; former names stay allocated as long as the
     * handle, since a thread may be writing a message with one. */
    const char *_Atomic name;
    struct collection_name *names; /* all that it had, guarded by database.mutex */

    /* Guards everything below: searches hold it for reading, refresh.c for writing. */
    pthread_rwlock_t lock;
    derived derived; /* all zero until the first use, and after a failed refresh */
    bool loaded;     /* `derived` holds the state of sequence derived.sequence, and no other */
    bool behind; /* a refresh has failed since the last one that did not: the index may lack what
                        was reported as written */
    kith_error trouble; /* why, while it is behind */
    bool rebuilt;       /* the derived file was of no use when the index was last loaded */
    bool must_save; /* write the derived file at the next refresh, however few the changes: the one
                        on disk would be of no use at the next open either */
    uint64_t unsaved; /* changes applied since the derived file was written */

    /* The newest sequence that the store was seen to have. A search that finds the index behind it
     * brings it up to date. Relaxed: it is only compared, and a search that starts after a commit
     * was seen by its own thread sees that thread's value. */
    _Atomic uint64_t noted_sequence;
};

/* ---- collection.c ---- */

/* A handle with nothing loaded. `home` is copied, `description` is read during the call only.
 * The caller owns *out: collection_free. Errors: KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status collection_new(const collection_home *home,
                                        const store_collection *description, collection **out,
                                        kith_error *err);
/* No other call may run on `c`. Writes nothing: collection_save does, before. */
void collection_free(collection *c);

/* Notes the name that the store has for it now; without memory for it the old one stays. The caller
 * holds database.mutex. */
void collection_rename(collection *c, view name);
/* The store was seen to have this sequence: the next search finds all that it stands for. */
void collection_note_sequence(collection *c, uint64_t sequence);

/* ---- refresh.c; takes the lock for writing, so the caller holds none ---- */

/* Brings the derived index to the store's newest sequence, after loading it when it is not loaded
 * yet; writes the derived file when much has changed. What has returned KITH_OK from the store
 * before this call is in the index after it.
 * Errors: KITH_ERR_NOT_FOUND (the collection was deleted), KITH_ERR_LIMIT (the derived file's path
 * is too long, or the index is full), KITH_ERR_CORRUPT (see store_changes), KITH_ERR_BUSY
 * (another program holds kith.db locked), KITH_ERR_IO, KITH_ERR_NO_MEMORY. The collection is then
 * behind, its index unloaded, or, when nothing was applied yet, as it was. */
KITH_CHECKED kith_status collection_refresh(collection *c, kith_error *err);
/* Empties the index and reads it from the store anew, for when it disagrees with the store; `why`
 * says so in the notice. Errors: collection_refresh's. */
KITH_CHECKED kith_status collection_rebuild(collection *c, const char *why, kith_error *err);
/* Removes the hits whose point was found damaged in the store from the index, with a notice, unless
 * the index has moved on from hits->sequence.
 * rows  [hits->count] the points' row numbers
 * Errors: KITH_ERR_NO_MEMORY; the index is then unloaded. */
KITH_CHECKED kith_status collection_hide_damaged(collection *c, const collection_hits *hits,
                                                 const uint64_t *rows, kith_error *err);
/* Writes the derived file when it is behind by enough to be worth it. A failure costs only time at
 * the next open, so none is reported. */
void collection_save(collection *c);

/* ---- derived_file.c ---- */

enum { NOTICE_BYTES = 512 };

/* Loads c->derived from its file, or empties it when there is no file or none of use; the latter
 * writes `notice`, which says why, and sets rebuilt and must_save. The lock is held for writing.
 * Takes a turn of its own, when it can have one at once, before a file is rejected.
 * Errors leave the index unloaded: KITH_ERR_LIMIT (path too long), KITH_ERR_NOT_FOUND (the
 * collection was deleted), KITH_ERR_BUSY, KITH_ERR_CORRUPT, KITH_ERR_IO, KITH_ERR_FULL,
 * KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status derived_file_load_locked(collection *c, char notice[NOTICE_BYTES],
                                                  kith_error *err);
/* Writes c->derived to its file, synced. Returns the sequence that the file is good for now; 0 when
 * it was not written, and then the old file is untouched: it could not be, or another process has
 * written a newer one. The lock is held for writing, and it is this process's turn. */
uint64_t derived_file_save_locked(collection *c);
/* Bytes of the file on disk; 0 when there is none. Takes no lock. */
uint64_t derived_file_bytes(const collection *c);
/* Removes the file of a collection that was deleted. A file that cannot be removed does no harm: a
 * collection's number is never used again. Takes no lock. */
void derived_file_remove(const collection *c);

/* ---- leftovers.c ---- */

/* Before the store is opened: refuses a directory whose kith.db is empty, or missing, while what it
 * held is still there. Errors: KITH_ERR_CORRUPT. */
KITH_CHECKED kith_status leftovers_check(const char *directory, kith_error *err);

/* ---- rank.c; the lock is held for reading ---- */

/* Fills hits->ranks, details, count, plan and words_scored with the best `wanted` candidates, best
 * first; fewer only when fewer live points match. Results live in `a`.
 * Errors: KITH_ERR_INVALID (vector, field), KITH_ERR_DIMENSION, KITH_ERR_LIMIT (too many words),
 * KITH_ERR_NO_MEMORY; `hits` is then undefined. */
KITH_CHECKED kith_status rank_points_locked(const collection *c, const collection_query *q,
                                            const filter *where, uint32_t wanted, arena *a,
                                            collection_hits *hits, kith_error *err);

/* ---- match.c; the lock is held for reading ---- */

/* Bit i of *out, which the caller frees: index row i matches the filter. Tombstones have no
 * metadata, but match $ne and $nin like any row without the field: see match_query_locked for live
 * rows only. derived.index must not be NULL. Errors: KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status match_filter_locked(const collection *c, const filter *where, bitset **out,
                                             kith_error *err);
/* Bit i of *out, which the caller frees: row i is live, matches `where` (NULL: all do) and holds
 * the required words of `words` (NULL: none). *out is NULL when nothing restricts the rows.
 * derived.index must not be NULL. Errors: KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status match_query_locked(const collection *c, const filter *where,
                                            const bm25_query *words, bitset **out, kith_error *err);
/* KITH_ERR_INVALID names the first field of the filter that no live point has, and the nearest that
 * some point has. In an empty collection every field is accepted. */
KITH_CHECKED kith_status check_fields_locked(const collection *c, const filter *where,
                                             kith_error *err);

#endif
