/* store.h - the SQLite catalog: collections, their points with their vectors, and what changed. The
 * one source of truth; everything else is derived from it. What collections are called, and in which
 * database of which tenant: catalog.h. Documents and the files they came from: documents.h; files
 * that gave none: unindexed_files.h. Conversations, answers and counters: conversations.h,
 * cached_answers.h, counters.h. Checking and copying all of it: integrity.h.
 *
 * Promise. When a writing call returns KITH_OK, the write is on disk (write-ahead log,
 * synchronous=FULL) and every call that starts afterwards sees it. A call is all or nothing. One
 * thread writes: it commits whatever calls are waiting in one transaction (writer.c). Each reading
 * call reads one snapshot (readers.c) and never waits for a writer. Every row carries a checksum,
 * verified whenever the row is read, and the sequence of the change that wrote it, which counts up
 * per collection (sequence.c) so that a derived index can ask what has changed since.
 *
 * The caller (db) has validated names, ids, sizes and vectors; the store refuses what would break
 * its own invariants. Other processes may have the same store open: each takes its turn to write
 * (writer.c), and all read at any time.
 *
 * Threads: any thread may call, except that store_open() comes before and store_close() after all
 * others. No function calls back but those that take a visit or a match.
 *
 * Memory: arguments are borrowed for the call. Results lie in the arena that is passed, and live as
 * long as it does; a call that fails may leave unused copies in it.
 *
 * State after a failure: outputs are untouched and nothing was written. One case is different: when
 * a sync of the disk fails, KITH_ERR_IO is returned and it is unknown whether the write will be
 * there when the store is opened again; until then every writing call fails with KITH_ERR_IO, and
 * reading goes on with the state before.
 *
 * The codes that depend on the machine or the file, which each call lists by name:
 *   KITH_ERR_IO         the disk or the file system failed
 *   KITH_ERR_FULL       no space is left, also when a reader cannot grow the log's shared memory
 *   KITH_ERR_BUSY       another program held kith.db locked for 5 seconds
 *   KITH_ERR_CORRUPT    a row fails its checksum or is missing (the message names table and row),
 *                       fewer rows are found than are counted (walk_end.c), or SQLite found the file
 *                       damaged
 *   KITH_ERR_NO_MEMORY  of the heap, or of the arena up to its maximum
 *   KITH_ERR_LIMIT      a row would be larger than SQLite allows, 1 GB
 * KITH_ERR_INTERNAL, any other code of SQLite, means a bug in the store and is not listed. */
#ifndef KITH_STORE_STORE_H
#define KITH_STORE_STORE_H

#include "base/arena.h"
#include "base/status.h"
#include "base/uuid.h"
#include "base/view.h"
#include "os/call_limit.h"

#include <kith/types.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct store store;

typedef struct store_options {
    bool read_only;  /* nothing is written: writing calls fail with KITH_ERR_INVALID */
    int64_t wait_ms; /* how long a write waits while other processes write */
    /* Called in the thread of a writing call, once, when it has waited for a second for another
     * process; NULL: nobody is told. It must not call the store. */
    void (*on_wait)(void *context);
    void *context;
} store_options;

/* Opens or creates DIRECTORY/kith.db; the directory exists. Any number of processes, and of stores
 * of one process, may have it open. A log that a former process left is read, and moved into the
 * database before the first write; an older schema is brought up to date.
 * With read_only nothing is created but SQLite's shared memory. Where there is no room or no right
 * for that (read-only media, a full disk), other processes cannot write while the store is open.
 * Errors: KITH_ERR_UNSUPPORTED (written by a newer kith, the file was not touched; read_only: or by
 * an older one), KITH_ERR_NOT_FOUND (read_only: the file is empty), KITH_ERR_CORRUPT (damaged, no
 * catalog of kith, or the log is damaged or of another time: sqlite_log_verify.c), KITH_ERR_IO,
 * KITH_ERR_FULL (no room for the shared memory), KITH_ERR_BUSY (the file must be created or brought
 * up to date, and other processes left no turn; or another program holds it locked),
 * KITH_ERR_NO_MEMORY. A file that was just created may stay behind, empty; the next opening takes
 * it for new. */
KITH_CHECKED kith_status store_open_with(const char *directory, const store_options *options,
                                         store **out, kith_error *err);
/* store_open_with() to read and write; waits for 5 s. Errors: as there. */
KITH_CHECKED kith_status store_open(const char *directory, store **out, kith_error *err);
bool store_is_read_only(const store *s);
/* Keeps other processes from writing, for whoever replaces a file that belongs to the store; calls
 * of this process are not held up. False at once when another process has its turn, or the store is
 * read-only; else store_turn_end() must follow. Any thread. */
KITH_CHECKED bool store_turn_begin(store *s);
void store_turn_end(store *s);
/* Runs the writes that are queued, checkpoints, closes and frees. Accepts NULL.
 * Errors: KITH_ERR_IO (also when a sync had failed before), KITH_ERR_FULL, KITH_ERR_BUSY,
 * KITH_ERR_CORRUPT, KITH_ERR_NO_MEMORY: the store is closed all the same. What could not be moved
 * into the database stays in the log, and the next opening moves it. */
KITH_CHECKED kith_status store_close(store *s, kith_error *err);
/* Bytes on disk of the database and its log; a file that cannot be asked counts as 0. */
uint64_t store_bytes(const store *s);
/* Frees the pages that the writing connection keeps, 4 MiB at most: after many writes, when no more
 * are expected at once. Does not wait for it. */
void store_give_back_memory(store *s);

/* ---- collections ---- */

/* The number of the database that is always there (catalog.h). */
enum { STORE_DEFAULT_DATABASE = 1 };

typedef struct store_collection {
    uint64_t id; /* counts from 1, never used again after a deletion */
    uint64_t database;
    uuid uuid;
    view name; /* unique in its database */
    kith_metric metric;
    uint32_t dim; /* 0 until the first vector sets it */
    view model;   /* the embedder's fingerprint, then, each after a line feed, its name and sketch
                   when it was pinned (model.c); empty when vectors come from the caller */
    uint64_t sequence;          /* number of committed changes */
    uint64_t documents, points; /* how many it has */
    int64_t created_ms;         /* since 1970, UTC */
    uint64_t writer;            /* of the store that made the newest change; 0: not known */
    uint64_t writer_since;      /* the first change of that store's uninterrupted run */
    uint64_t index_memory;      /* bytes that its vectors may take in memory; 0: any number */
    kith_memory memory;         /* what of them is there */
} store_collection;

/* The parts of a model, as slices of it; the name is for people, and may be empty. Only a remote
 * model has a sketch. */
view store_model_fingerprint(view model);
view store_model_name(view model);
view store_model_sketch(view model);

/* The newest change of the collection that another store, of this process or another, may have
 * made; every later one was made by calls on this store. Any thread. */
uint64_t store_foreign_sequence(const store *s, const store_collection *c);

/* Of one moment. */
enum { STORE_STAMP_WORDS = 12 };
typedef struct store_stamp {
    uint32_t words[STORE_STAMP_WORDS];
} store_stamp;

/* What all commits to the store, by whatever process, change: where a stamp that was read before something was
 * asked of the store is equal to one that is read now, the answer would be the same now. A look into
 * memory. False: there is none; so it is for the first questions, and where the store is read only. Any thread. */
bool store_read_stamp(store *s, store_stamp *out);
bool store_stamp_equal(const store_stamp *a, const store_stamp *b);

typedef enum store_model_difference {
    STORE_MODEL_SAME,
    STORE_MODEL_OTHER,             /* the fingerprints differ */
    STORE_MODEL_OTHER_OF_THIS_NAME /* a remote model that is called the same gives other vectors */
} store_model_difference;
/* Are vectors of the two models comparable? Both name one; model.c has the reasons. */
store_model_difference store_model_compare(view x, view y);

/* Creates an empty collection at sequence 0 in the default database.
 * dim, model  may be 0 and empty: store_collection_pin() sets them later
 * now_ms      becomes created_ms
 * Errors: KITH_ERR_EXISTS (the name is taken), KITH_ERR_IO, KITH_ERR_FULL, KITH_ERR_BUSY,
 * KITH_ERR_CORRUPT, KITH_ERR_NO_MEMORY; nothing is created. */
KITH_CHECKED kith_status store_collection_create(store *s, view name, kith_metric metric,
                                                 uint32_t dim, view model, int64_t now_ms,
                                                 uint64_t *id, kith_error *err);
typedef struct store_pin {
    uint32_t dim;            /* 0: left alone */
    view model;              /* empty: left alone */
    view name;               /* that the collection must have; data == NULL: any */
    const call_limit *limit; /* ends the wait for others that write; NULL: none */
} store_pin;
/* Sets dim and model where they are unset. Writes nothing when both are set as wanted. The sequence
 * does not advance.
 * Errors: KITH_ERR_DIMENSION, KITH_ERR_MODEL (it is set to something else), KITH_ERR_NOT_FOUND (no
 * such collection, or it has another name), KITH_ERR_CANCELLED, KITH_ERR_TIMEOUT (limit),
 * KITH_ERR_IO, KITH_ERR_FULL, KITH_ERR_BUSY, KITH_ERR_CORRUPT, KITH_ERR_NO_MEMORY; neither is
 * set. */
KITH_CHECKED kith_status store_collection_pin(store *s, uint64_t collection, const store_pin *pin,
                                              kith_error *err);
/* Deletes the collection with all that is in it: in one small transaction it is gone for everyone,
 * and its name is free. Its rows stay on disk until store_collection_purge(), or the next opening.
 * Conversations that name it stay.
 * Errors: KITH_ERR_NOT_FOUND, KITH_ERR_IO, KITH_ERR_FULL, KITH_ERR_BUSY, KITH_ERR_CORRUPT,
 * KITH_ERR_NO_MEMORY; nothing is deleted. */
KITH_CHECKED kith_status store_collection_drop(store *s, uint64_t collection, kith_error *err);
/* Deletes the rows of a dropped collection in batches, between which other writes go on. A failure
 * is not reported: the next opening deletes what is left. */
void store_collection_purge(store *s, uint64_t collection);
/* Finds a collection of the default database.
 * Errors: KITH_ERR_NOT_FOUND, KITH_ERR_IO, KITH_ERR_FULL, KITH_ERR_BUSY, KITH_ERR_CORRUPT,
 * KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status store_collection_get(store *s, view name, arena *a, store_collection *out,
                                              kith_error *err);

/* ---- points ---- */

/* Of a text that was embedded, and of the model: waiting.h. All zero: not known. */
typedef struct store_text_key {
    uint8_t bytes[16];
} store_text_key;

typedef struct store_point {
    uint64_t row;        /* row number, unique in the store, never reused; out only */
    uint64_t sequence;   /* of the change that wrote it; out only */
    view key;            /* unique within the collection */
    view document;       /* key of its document, empty when it belongs to none */
    view content;        /* data == NULL: none (or, in an update, unchanged) */
    view metadata;       /* canonical JSON object; data == NULL: none (or unchanged) */
    const float *vector; /* [dim], as it was put; NULL: unchanged (update only), not asked for, or
                            the point is waiting */
    bool is_waiting;     /* its vector comes later (waiting.h); to be put in a deposit only */
    uint64_t promise;    /* of a waiting one: those with less get their vectors sooner */
    view prefix; /* what stands before `content` in the text to embed; data == NULL: not known,
                            but of a waiting one none */
    store_text_key text; /* what the vector was made of; zero: not known */
    const char *damage;  /* only with STORE_PASS_DAMAGED; out only */
} store_point;

typedef enum store_mode {
    STORE_ADD,    /* keys must be new */
    STORE_UPSERT, /* new or existing; of an existing point only row and document stay */
    STORE_UPDATE  /* keys must exist; fields that are NULL stay as they are */
} store_mode;

/* Beside a mode. */
enum {
    STORE_MODE = 3, /* the bits of the mode */
    /* STORE_ADD: a point whose key is taken, also by one before it, is not put. */
    STORE_KEEP_EXISTING = 4,
    STORE_PASS_MISSING = 8, /* STORE_UPDATE: a key that is missing is passed over */
    /* STORE_UPSERT, STORE_UPDATE: a key may come more than once; each point is put onto what those
     * before it left. */
    STORE_ALLOW_REPEATED = 16,
    /* STORE_UPSERT, STORE_UPDATE: an existing point is changed as STORE_UPDATE does, but that
     * metadata is a set of changes (metadata_merge). */
    STORE_MERGE = 32
};

/* Points to put, and what became of them. */
typedef struct store_put {
    unsigned how;              /* a mode, and what stands beside it */
    const store_point *points; /* [count] */
    uint32_t count;
    view name;               /* that the collection must have; data == NULL: any */
    const call_limit *limit; /* ends the wait for others that write; NULL: none */
    /* Out: the number of the change, or, when all were passed over, the collection's. */
    uint64_t sequence;
    uint64_t total; /* out: points that the collection has after a change */
    /* Out, for whoever keeps an index: all points are new, and nothing is stored of them but what
     * was put; their row numbers are this one and those that follow. 0: that is not so. */
    uint64_t first_row;
} store_put;

/* Puts points, as one change. An existing point keeps its row number. A chunk of a document stays
 * in its document when it is put by its key.
 * put->points  `document` empty, `vector` of the collection's dim floats
 * Errors: KITH_ERR_EXISTS (STORE_ADD; names the first key that is taken), KITH_ERR_NOT_FOUND
 * (STORE_UPDATE; names the first key that is missing; or no such collection, or not of this name),
 * KITH_ERR_INVALID (a key comes twice, `document` is not empty, a new point has no vector, or the
 * collection has no dimension yet), KITH_ERR_LIMIT (also: merged metadata is too large),
 * KITH_ERR_IO, KITH_ERR_FULL, KITH_ERR_BUSY, KITH_ERR_CORRUPT (an update, or merging, of a damaged
 * row), KITH_ERR_NO_MEMORY; no point is put, and what is out means nothing. */
KITH_CHECKED kith_status store_put_points_with(store *s, uint64_t collection, store_put *put,
                                               kith_error *err);
/* The same, for whoever asks for the number of the change alone. */
KITH_CHECKED kith_status store_put_points(store *s, uint64_t collection, unsigned how,
                                          const store_point *points, uint32_t count,
                                          uint64_t *sequence, kith_error *err);
/* Deletes points, as one change, and passes over keys that are missing. *deleted counts those
 * found; when it is 0 there is no change, and *sequence is the collection's. A source that loses a
 * chunk loses its hash, so that its file is read again.
 * Errors: KITH_ERR_NOT_FOUND (no such collection), KITH_ERR_IO, KITH_ERR_FULL, KITH_ERR_BUSY,
 * KITH_ERR_CORRUPT (the source's row is damaged, or an index names a missing row; damaged points
 * can be deleted), KITH_ERR_NO_MEMORY; no point is deleted. */
KITH_CHECKED kith_status store_delete_points(store *s, uint64_t collection, const view *keys,
                                             uint32_t count, uint64_t *sequence, uint32_t *deleted,
                                             kith_error *err);

/* Does the point match? It has its key, content and metadata. Runs inside the job, in this thread
 * or in the writer's, perhaps more than once for a point; does not call the store. Any status but
 * KITH_OK ends the deletion and is returned. */
typedef kith_status (*store_point_match)(void *context, const store_point *point, bool *matches,
                                         kith_error *err);

/* Which points a deletion within a commit is of, beside its keys. */
typedef struct store_condition {
    store_point_match match;
    void *context; /* match's */
    /* [count] ascending: rows that hold all points that matched after change `sequence`. Those, and
     * all that has changed since, are asked again in the job. Not read where keys are given. */
    const uint64_t *rows;
    uint32_t count;
    uint64_t sequence;
    uint64_t limit; /* of those that match the first so many, in order of row; 0: all */
} store_condition;

/* One of several writes: points to put, or points to delete. */
typedef struct store_operation {
    bool deletes;
    const view *keys; /* [count] deletes those that there are; NULL: any, with `where` */
    const store_condition *where; /* deletes of them those that match; NULL: all */
    unsigned how;                 /* a mode, and what stands beside it */
    const store_point *points;    /* [count] puts these */
    uint32_t count;
    uint32_t done; /* out: points that were written or deleted */
} store_operation;

typedef enum store_commit_outcome {
    STORE_COMMITTED,
    STORE_CONFLICT, /* something that was read has changed, or may have been deleted */
    STORE_STALE     /* what was deleted since is not known any more */
} store_commit_outcome;

typedef struct store_commit {
    uint64_t since;   /* the collection's sequence from before the reading */
    const view *read; /* [read_count] keys of what was read, or found missing */
    uint32_t read_count;
    store_operation *operations; /* [count] in their order */
    uint32_t count;
    const call_limit *limit; /* ends the wait for others that write, and what is read in the job;
                                NULL: none */
    store_commit_outcome outcome; /* out */
    uint64_t sequence; /* out: the number of the change, or, when nothing was written, the
                          collection's */
} store_commit;

/* Does all operations as one change if nothing of what was read has changed after `since`; else
 * nothing, and the outcome says why. commit.c says what is told apart.
 * Errors: those of store_put_points_with and store_delete_points; KITH_ERR_INVALID also when
 * `since` is not yet, the conditions' own, KITH_ERR_CANCELLED and KITH_ERR_TIMEOUT (limit); nothing
 * is written. */
KITH_CHECKED kith_status store_commit_operations(store *s, uint64_t collection,
                                                 store_commit *commit, kith_error *err);

typedef struct store_key_list {
    const view *keys; /* [count] */
    uint32_t count;
    store_point_match match; /* NULL: all of them */
    void *context;           /* match's */
    const call_limit *limit; /* checked from key to key, as `match` is called; NULL: none */
} store_key_list;
/* store_delete_points() of those that match. Each is asked about in the transaction that deletes
 * it, so that a point which another call has changed meanwhile, and which no longer matches, stays.
 * Errors: KITH_ERR_NOT_FOUND (no such collection), KITH_ERR_IO, KITH_ERR_FULL, KITH_ERR_BUSY,
 * KITH_ERR_CORRUPT (a point's or a source's row is damaged, or an index names a missing row),
 * KITH_ERR_NO_MEMORY, the match's, KITH_ERR_CANCELLED, KITH_ERR_TIMEOUT (limit); no point is
 * deleted. */
KITH_CHECKED kith_status store_delete_matching(store *s, uint64_t collection,
                                               const store_key_list *list, uint64_t *sequence,
                                               uint32_t *deleted, kith_error *err);

/* What is copied to the results besides row, key and document; the rest stays NULL. */
enum { STORE_WITH_VECTOR = 1, STORE_WITH_CONTENT = 2, STORE_WITH_METADATA = 4 };
/* Beside those, for store_get_rows() alone: a damaged row is no failure, but leaves its entry's row
 * 0 and the message in its entry's `damage`. */
enum { STORE_PASS_DAMAGED = 8 };

/* A part of a collection's points, in order of row. */
typedef struct store_scan {
    uint64_t after_row;     /* points with a greater row */
    uint64_t offset;        /* of them without the first so many; 0 beside an after_row */
    uint32_t limit;         /* at most so many; UINT32_MAX: all */
    unsigned with;          /* STORE_WITH_... */
    const call_limit *call; /* checked from point to point; NULL: none */
} store_scan;
/* A part of a list, in order of its key or path. */
typedef struct store_part {
    view after;             /* what is greater by its bytes; empty: from the beginning */
    uint32_t limit;         /* at most so many; UINT32_MAX: all */
    const call_limit *call; /* checked from row to row; NULL: none */
} store_part;

/* Reads points by key, in the order asked.
 * out  [count]; a key that is missing leaves its entry's row 0
 * Errors: KITH_ERR_NOT_FOUND (no such collection), KITH_ERR_IO, KITH_ERR_FULL, KITH_ERR_BUSY,
 * KITH_ERR_CORRUPT, KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status store_get_points(store *s, uint64_t collection, const view *keys,
                                          uint32_t count, unsigned with, arena *a, store_point *out,
                                          kith_error *err);
/* Reads points by row number, in the order asked.
 * out  [count]; a row that is missing, or of another collection, leaves its entry's row 0
 * Errors: KITH_ERR_NOT_FOUND (no such collection), KITH_ERR_IO, KITH_ERR_FULL, KITH_ERR_BUSY,
 * KITH_ERR_CORRUPT, KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status store_get_rows(store *s, uint64_t collection, const uint64_t *rows,
                                        uint32_t count, unsigned with, arena *a, store_point *out,
                                        kith_error *err);
/* Looks row numbers up by key.
 * list  its match is not read
 * rows  [list->count]; 0 for a key that is missing
 * Errors: KITH_ERR_NOT_FOUND (no such collection), KITH_ERR_CANCELLED, KITH_ERR_TIMEOUT (limit),
 * KITH_ERR_IO, KITH_ERR_FULL, KITH_ERR_BUSY, KITH_ERR_CORRUPT, KITH_ERR_NO_MEMORY; what is in
 * `rows` means nothing then. */
KITH_CHECKED kith_status store_find_rows(store *s, uint64_t collection, const store_key_list *list,
                                         uint64_t *rows, kith_error *err);
/* Rows to be looked at one after the other. */
typedef struct store_row_list {
    const uint64_t *rows; /* [count] */
    uint32_t count;
    bool pass_damaged;       /* a damaged row is no failure, and is not visited */
    const call_limit *limit; /* checked from row to row; NULL: none */
    /* Called for rows[i], unless it is missing or of another collection. The point has its row, key,
     * content and metadata, which are borrowed for the visit; it does not call the store. */
    void (*visit)(void *context, uint32_t i, const store_point *point);
    void *context;
} store_row_list;
/* Visits rows, in the order asked; no more than one of them is in memory at a time.
 * Errors: KITH_ERR_NOT_FOUND (no such collection), KITH_ERR_CANCELLED, KITH_ERR_TIMEOUT (limit),
 * KITH_ERR_IO, KITH_ERR_FULL, KITH_ERR_BUSY, KITH_ERR_CORRUPT, KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status store_visit_rows(store *s, uint64_t collection, const store_row_list *list,
                                          kith_error *err);
/* Reads a part of the points. Its cost does not depend on where it lies, but for an offset, of
 * which page_marks.c says what it costs.
 * Errors: KITH_ERR_NOT_FOUND (no such collection), KITH_ERR_IO, KITH_ERR_FULL, KITH_ERR_BUSY,
 * KITH_ERR_CORRUPT (also a part from the beginning or an offset that is shorter than the
 * collection's count says), KITH_ERR_CANCELLED, KITH_ERR_TIMEOUT, KITH_ERR_LIMIT (scan->call),
 * KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status store_scan_points(store *s, uint64_t collection, const store_scan *scan,
                                           arena *a, store_point **out, uint32_t *out_count,
                                           kith_error *err);

/* ---- changes, for derived indexes ---- */

typedef struct store_change {
    uint64_t sequence; /* of the row's newest change */
    uint64_t row;
    bool deleted;
    const char *damage;  /* a message that names the row, which is damaged: nothing of it can be
                            used, and its number and sequence may be wrong too. NULL: it is sound */
    uint32_t dim;        /* the collection's; 0: there has never been a vector */
    const float *vector; /* [dim]; NULL when deleted, damaged or waiting for it */
    view metadata;       /* data == NULL: none, deleted or damaged */
    view content;        /* data == NULL: none, deleted or damaged */
    view key;            /* its id; data == NULL: deleted or damaged */
    view document;       /* key of its document; data == NULL: none, deleted or damaged */
} store_change;

/* `change` and all it points to are borrowed for the visit, which may call the store. Any status
 * but KITH_OK ends the walk, and store_changes() returns it. */
typedef kith_status (*store_change_visit)(void *context, const store_change *change);

/* A walk of a collection's changes, in one call or in several. The caller sets the first lines and
 * leaves the others 0; each call that succeeds moves them on. */
typedef struct store_feed {
    uint64_t collection;
    uint64_t sequence; /* visit what changed after it; 0: everything */
    uint32_t limit;    /* visit about so many points a call; 0: all */
    store_change_visit visit;
    void *context;
    uint64_t row;   /* 0: all of change `sequence` was visited; else its points up to this row, and
                       all before it */
    uint64_t began; /* of a walk from 0: the collection's sequence at its first call */
} store_feed;

/* The state that a walk of the changes led to. */
typedef struct store_state {
    uint64_t sequence; /* of the collection */
    uint64_t points;   /* how many it has, damaged ones included */
    bool is_more;      /* the walk has not come to the end: call again */
} store_state;

/* Visits every row whose newest change came after feed->sequence, each once, in order of sequence.
 * A deletion may be of a row that the caller has never met, to be ignored. All of one call is read
 * in one snapshot; *state is the collection's in it: whoever applied the walk to its end holds
 * exactly the state after that change. What may be concluded from sequences: sequence.c.
 * With a limit a call ends after about so many points, perhaps in the middle of a change, so that
 * no snapshot is held for long; the next call goes on in a newer one, where what changed meanwhile
 * comes again, under its newer sequence. Only the state after the last call is one that the
 * collection was in.
 * A damaged point comes as such, so that it costs no other point; a damaged tombstone ends the
 * walk, unless it cannot be of a point that the walk has visited.
 * Errors: KITH_ERR_NOT_FOUND, and nothing was visited: no such collection, or tombstones that the
 * walk needs were dropped, so that it would be incomplete: start over with 0.
 * KITH_ERR_IO, KITH_ERR_FULL, KITH_ERR_BUSY, KITH_ERR_CORRUPT (also a walk from 0 in one call that
 * does not meet as many points as the collection counts), KITH_ERR_NO_MEMORY, the visit's: part of
 * the changes may have been visited; *state and the feed are untouched. */
KITH_CHECKED kith_status store_changes(store *s, store_feed *feed, store_state *state,
                                       kith_error *err);
/* Drops the tombstones up to `sequence`: call it once every reader of this collection will ask for
 * changes after `sequence` or later, also after a crash (tombstones.c). A reader that asks from
 * before is then refused. The collection's sequence does not advance.
 * Errors: KITH_ERR_NOT_FOUND (no such collection), KITH_ERR_IO, KITH_ERR_FULL, KITH_ERR_BUSY,
 * KITH_ERR_CORRUPT, KITH_ERR_NO_MEMORY; the tombstones stay. */
KITH_CHECKED kith_status store_drop_tombstones(store *s, uint64_t collection, uint64_t sequence,
                                               kith_error *err);

/* ---- derived files: which file of an index belongs to this store (derived_files.c) ---- */

/* 128 random bits; all zero: none. */
typedef struct store_token {
    uint64_t part[2];
} store_token;

/* What a derived file carries in its head, so that it can be told from that of any other store,
 * collection or time. */
typedef struct store_binding {
    store_token token; /* of this one file */
    store_token store; /* of kith.db, made when it was */
    uint64_t collection, metric, dim;
    uint64_t model;    /* XXH3-64 of the fingerprint */
    uint64_t sequence; /* of the state that the file holds; here, the collection's */
} store_binding;

/* Reads what a file must agree with to belong: token and former token are of the files that may lie
 * there, zero where there is none; the rest is the collection's, as of now.
 * Errors: KITH_ERR_NOT_FOUND (no such collection), KITH_ERR_IO, KITH_ERR_FULL, KITH_ERR_BUSY,
 * KITH_ERR_CORRUPT, KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status store_read_binding(store *s, uint64_t collection, store_binding *out,
                                            store_token *former, kith_error *err);
/* Makes a token for a file that is about to be written, and records it beside the one that lies
 * there now. To be called before the rename. The collection's sequence does not advance.
 * present  token of the file that the new one will replace; zero: none, or none of use
 * Errors: KITH_ERR_NOT_FOUND (no such collection), KITH_ERR_IO, KITH_ERR_FULL, KITH_ERR_BUSY,
 * KITH_ERR_CORRUPT, KITH_ERR_NO_MEMORY; nothing is recorded. */
KITH_CHECKED kith_status store_bind_derived_file(store *s, uint64_t collection,
                                                 const store_token *present, store_binding *out,
                                                 kith_error *err);

#endif
