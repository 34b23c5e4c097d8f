/* database.h - an open data directory: the store, and the collections in use.
 * DIRECTORY/LOCK (whose turn it is to write) | kith.db (store) | derived/<collection number>/ */
#ifndef KITH_DB_DATABASE_H
#define KITH_DB_DATABASE_H

#include "base/arena.h"
#include "base/status.h"
#include "base/view.h"
#include "db/recall_figures.h"
#include "store/catalog.h"
#include "store/counters.h"
#include "store/store.h"
#include "vector/recall_curve.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct database database;
/* See collection.h. */
typedef struct collection collection;
typedef struct collection_index_state collection_index_state;

typedef struct database_options {
    bool must_exist; /* fail rather than create the directory */
    bool read_only;  /* write nothing, and so fail when the directory is missing */
    int64_t wait_ms; /* how long a write waits while other processes write */
    bool no_threads; /* start none: what an index needs beside the calls is done by the calls that
                        gave rise to it */
    /* Called with one line of text when an index was rebuilt, or a write has waited for a second
     * for another process, in the thread of a call on this database, with no lock held; what was
     * found beside the calls is told by the next one. NULL: nobody is notified. */
    void (*on_notice)(void *context, const char *notice);
    void *context;
    uint64_t memory_bytes;   /* budget of the indexes in memory; 0: half of the machine's */
    uint64_t text_log_bytes; /* of texts kept for filters (text_log.h); 0: its default */
    uint32_t sample_every;   /* one search in so many is compared with an exact one; 0: none */
    /* What a close may take, of all collections together, to measure the recall of those whose curve is due (recall.h);
     * 0: a second. */
    uint32_t closing_ms;
    /* Of an index on disk whose vectors, links and codes take more bytes, each page is read when it is first wanted;
     * 0: 16 MiB (derived_file.c). */
    uint64_t read_at_once;
} database_options;

/* Opens DIRECTORY, created with its parents when it is missing. `options` may be NULL: all zero.
 * Any number of processes may have it open (store.h); a collection that another one changed, deleted
 * or created anew is noticed when it is next acquired. The caller owns *out: database_close.
 * Errors: KITH_ERR_NOT_FOUND (with must_exist or read_only: there is no kith.db, or an empty one),
 * KITH_ERR_BUSY (it must be created or brought up to date, and other processes left no turn; or
 * another program holds kith.db locked), KITH_ERR_INVALID (the path is too long), KITH_ERR_CORRUPT,
 * KITH_ERR_UNSUPPORTED (written by a newer kith; read_only: or by an older one), KITH_ERR_IO,
 * KITH_ERR_FULL, KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status database_open(const char *directory, const database_options *options,
                                       database **out, kith_error *err);
/* Saves the indexes whose generations fell behind and closes the store. No call may be
 * running and no collection held. Accepts NULL. `d` is freed whatever is returned.
 * Errors: KITH_ERR_IO, KITH_ERR_FULL (the store could not be closed in order; what calls reported
 * as written stays written). */
KITH_CHECKED kith_status database_close(database *d, kith_error *err);

/* The same directory, with the names of collections looked up in this database of this tenant
 * instead of the default one. The caller owns *out: database_close, before that of `d`, which may
 * be a view itself; it gives back nothing but the view.
 * Errors: KITH_ERR_NOT_FOUND (no such tenant or database), KITH_ERR_BUSY, KITH_ERR_CORRUPT,
 * KITH_ERR_IO, KITH_ERR_FULL, KITH_ERR_NO_MEMORY. Any thread. */
KITH_CHECKED kith_status database_view(database *d, view tenant, view name, database **out,
                                       kith_error *err);
/* The number of the store's database in which names are looked up. */
uint64_t database_scope(const database *d);
/* Deletes a database with its collections, as database_delete_collection does; handles of them stay
 * valid, and views of it find nothing any longer.
 * Errors: KITH_ERR_INVALID (the default database), KITH_ERR_NOT_FOUND (no such tenant or database),
 * KITH_ERR_BUSY, KITH_ERR_CORRUPT, KITH_ERR_IO, KITH_ERR_FULL, KITH_ERR_NO_MEMORY; nothing is
 * deleted. Any thread. */
KITH_CHECKED kith_status database_delete_database(database *d, view tenant, view name,
                                                  kith_error *err);

/* Borrowed; lives as long as the database. */
store *database_store(database *d);
/* As it was opened; lives as long as the database. */
const char *database_directory(const database *d);

/* ---- collections ----
 * `name` is 1..KITH_NAME_MAX_BYTES of [A-Za-z0-9._-], not starting with '.'. Where it names a
 * collection that exists it may also be "uuid:" and the collection's uuid. */

/* What a new collection begins with. */
typedef struct collection_options {
    kith_metric metric;
    uint32_t dim; /* 0: set by the first vector */
    store_settings settings;
    uint64_t index_memory; /* bytes that its vectors may take in memory; 0: any number */
    kith_memory memory;
} collection_options;

/* Creates the collection unless there is one of its name, which is left as it is. *out describes
 * the one that there is then, its texts in `a`; *created says whether it is new.
 * Errors: KITH_ERR_INVALID (name, metric, dim, metadata, configuration), KITH_ERR_FORMAT (metadata
 * or configuration is not JSON), KITH_ERR_LIMIT (either is too long), KITH_ERR_NOT_FOUND (the
 * database was deleted), KITH_ERR_BUSY, KITH_ERR_CORRUPT, KITH_ERR_IO, KITH_ERR_FULL,
 * KITH_ERR_NO_MEMORY. Any thread. */
KITH_CHECKED kith_status database_obtain_collection(database *d, view name,
                                                    const collection_options *options, arena *a,
                                                    store_collection *out, bool *created,
                                                    kith_error *err);
/* dim     0: set by the first vector
 * Errors: KITH_ERR_INVALID (name, metric, dim), KITH_ERR_EXISTS, KITH_ERR_NOT_FOUND (the database
 * was deleted), KITH_ERR_BUSY, KITH_ERR_CORRUPT, KITH_ERR_IO, KITH_ERR_FULL, KITH_ERR_NO_MEMORY.
 * Any thread. */
KITH_CHECKED kith_status database_create_collection(database *d, view name, kith_metric metric,
                                                    uint32_t dim, kith_error *err);
/* Changes name, metadata, configuration and memory (store_modification). Handles that are held stay valid.
 * Errors: KITH_ERR_INVALID (a name, metadata or configuration), KITH_ERR_FORMAT (not JSON),
 * KITH_ERR_LIMIT (too long), KITH_ERR_NOT_FOUND, KITH_ERR_EXISTS (the new name is taken),
 * KITH_ERR_BUSY, KITH_ERR_CORRUPT, KITH_ERR_IO, KITH_ERR_FULL, KITH_ERR_NO_MEMORY; nothing is
 * changed. Any thread. */
KITH_CHECKED kith_status database_modify_collection(database *d, view name,
                                                    const store_modification *to, kith_error *err);
/* Copies the collection under a new name in the same database (store_collection_copy).
 * limit  checked between batches; NULL: none
 * Errors, after which there is no copy: KITH_ERR_INVALID (a name), KITH_ERR_NOT_FOUND,
 * KITH_ERR_EXISTS, KITH_ERR_CANCELLED, KITH_ERR_TIMEOUT, KITH_ERR_BUSY, KITH_ERR_CORRUPT,
 * KITH_ERR_LIMIT, KITH_ERR_IO, KITH_ERR_FULL, KITH_ERR_NO_MEMORY. Any thread. */
KITH_CHECKED kith_status database_copy_collection(database *d, view name, view new_name,
                                                  const call_limit *limit, kith_error *err);
/* Handles that are held stay valid; calls on them that ask the store fail with KITH_ERR_NOT_FOUND.
 * Its generations are removed when the last of them is released.
 * Errors: KITH_ERR_INVALID (name), KITH_ERR_NOT_FOUND, KITH_ERR_BUSY, KITH_ERR_CORRUPT,
 * KITH_ERR_IO, KITH_ERR_FULL, KITH_ERR_NO_MEMORY. Any thread. */
KITH_CHECKED kith_status database_delete_collection(database *d, view name, kith_error *err);
/* A counted handle, shared by all who hold the collection: database_release_collection each.
 * Loads nothing. Errors: KITH_ERR_INVALID (name), KITH_ERR_NOT_FOUND, KITH_ERR_BUSY,
 * KITH_ERR_CORRUPT, KITH_ERR_IO, KITH_ERR_NO_MEMORY. Any thread. */
KITH_CHECKED kith_status database_acquire_collection(database *d, view name, collection **out,
                                                     kith_error *err);
/* The handle of the collection that was last seen under this name, without a look at the store:
 * another process may have renamed it or deleted it since, so whoever uses it has the store compare
 * the name in the transaction in which he writes (collection_put.name). To be released as any
 * other. NULL: none is known, or it is being unloaded, or the name is a uuid: ask the store. Any
 * thread. */
collection *database_hold_known(database *d, view name);
/* Acquires the collection, and creates it (cosine, no dimension yet) when it is missing.
 * Errors: KITH_ERR_INVALID (name), KITH_ERR_NOT_FOUND (another thread deleted it at once),
 * KITH_ERR_BUSY, KITH_ERR_CORRUPT, KITH_ERR_IO, KITH_ERR_FULL, KITH_ERR_NO_MEMORY. Any thread. */
KITH_CHECKED kith_status database_ensure_collection(database *d, view name, collection **out,
                                                    kith_error *err);
/* Acquires the collection of this number, whatever it is called, and whether or not a name leads to
 * it (store/reembed.h). Errors: KITH_ERR_NOT_FOUND, KITH_ERR_BUSY, KITH_ERR_CORRUPT, KITH_ERR_IO,
 * KITH_ERR_NO_MEMORY. Any thread. */
KITH_CHECKED kith_status database_acquire_number(database *d, uint64_t id, collection **out,
                                                 kith_error *err);
/* database_delete_collection() for a collection that is held. */
KITH_CHECKED kith_status database_delete_held(collection *c, kith_error *err);
/* Gives one hold back; the collection's index stays in memory, unless that is more than the budget:
 * then indexes that nobody holds are unloaded, saved first where that is worth it, the least
 * recently used ones first. Accepts NULL. Any thread. */
void database_release_collection(collection *c);

typedef struct database_memory {
    uint64_t bytes;    /* of the indexes, each as of its last release */
    uint32_t loaded;   /* how many there are */
    uint64_t unloaded; /* how many were unloaded since the opening */
} database_memory;
/* Any thread. */
database_memory database_measure(database *d);

/* The recall of the collection's searches (recall_sampler.h), given the store's counters, and the curve of its index
 * if that is in memory, else one without queries. Any thread. */
recall_figures database_describe_recall(database *d, uint64_t id, const store_counter *counters,
                                        uint32_t count, recall_curve *curve);
/* What a collection's index takes, as far as it is in memory; all 0: it is not. */
typedef struct index_size {
    uint64_t bytes; /* as of its last release */
    uint32_t rows, live;
} index_size;
/* Nothing is loaded for it, and nobody waited for. Any thread. */
index_size database_index_size(database *d, uint64_t id);
/* Has the store's writer save what searches of all collections were sampled, and does not wait. Any thread. */
void database_save_recall(database *d);

/* Rows of the collection's index that wait to be linked into its graph, dead ones among them; 0 when
 * it is not in memory, or has no graph. Any thread. */
uint32_t database_unlinked(database *d, uint64_t id);
/* Describes the index of a collection, given its row in the store, as collection_index() would, and
 * acquires nothing. `a` holds the reason.
 * Errors: KITH_ERR_NOT_FOUND (the collection was deleted), KITH_ERR_BUSY, KITH_ERR_CORRUPT,
 * KITH_ERR_IO, KITH_ERR_NO_MEMORY. Any thread. */
KITH_CHECKED kith_status database_describe_index(database *d, const store_collection *stored,
                                                 arena *a, collection_index_state *out,
                                                 kith_error *err);

#endif
