/* store.h - the SQLite catalog: collections, sources, documents, points with their vectors. The one
 * source of truth.
 *
 * Promise: when a writing call returns KITH_OK, the write is on disk (WAL, synchronous=FULL). A
 * call is all or nothing. One writer thread owns the one connection that writes and checkpoints; it
 * takes whatever calls are waiting and commits them together (group commit), each in a savepoint of
 * its own. Readers are query_only connections from a small pool. Every row carries a checksum,
 * verified when it is read, and the sequence number of the commit that wrote it; sequences count up
 * per collection, so that a derived index can ask for what changed after the one it is good for.
 *
 * The caller (db) has validated names, ids, sizes and vectors, and holds the lock of the directory;
 * the store refuses what would break its own invariants.
 *
 * Any thread may call, but for store_open and store_close. Besides the errors named, any call may
 * fail with KITH_ERR_IO, KITH_ERR_FULL, KITH_ERR_NO_MEMORY, KITH_ERR_CORRUPT (names table and row),
 * KITH_ERR_BUSY (another program holds kith.db locked), and, when it names a collection by its
 * number, with KITH_ERR_NOT_FOUND. Outputs are then untouched, and nothing was written; after a
 * failed sync it is unknown what the disk holds, and the store writes no more until reopened. */
#ifndef KITH_STORE_STORE_H
#define KITH_STORE_STORE_H

#include "base/arena.h"
#include "base/status.h"
#include "base/view.h"
#include "os/directory_lock.h"

#include <kith/types.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct store store;

/* Opens or creates DIRECTORY/kith.db. KITH_ERR_CORRUPT, KITH_ERR_UNSUPPORTED (written by a newer
 * kith; nothing touched), KITH_ERR_IO. */
KITH_CHECKED kith_status store_open(const char *directory, store **out, kith_error *err);
/* The lock under which `s` was opened, borrowed until store_close(): each write first checks that
 * it still holds (directory_lock_check). Call it before the first write. */
void store_set_lock(store *s, const directory_lock *lock);
/* Waits for queued writes, checkpoints, closes. Accepts NULL. */
KITH_CHECKED kith_status store_close(store *s, kith_error *err);
/* Bytes on disk of the database and its log. */
uint64_t store_bytes(const store *s);

/* ---- collections ---- */

typedef struct store_collection {
    uint64_t id;
    view name;
    kith_metric metric;
    uint32_t dim; /* 0 until the first vector sets it */
    view model; /* the embedder's fingerprint, then, after a line feed, its name when it was pinned;
                   empty when vectors come from the caller */
    uint64_t sequence; /* of the newest change */
    uint64_t documents, points;
    int64_t created_ms;
} store_collection;

/* The parts of a model. Models are the same when their fingerprints are; the name is for people. */
view store_model_fingerprint(view model);
view store_model_name(view model);

/* KITH_ERR_EXISTS. dim 0 and an empty model may be set later by store_collection_pin. */
KITH_CHECKED kith_status store_collection_create(store *s, view name, kith_metric metric,
                                                 uint32_t dim, view model, int64_t now_ms,
                                                 uint64_t *id, kith_error *err);
/* Sets dim and model where they are unset; KITH_ERR_DIMENSION or KITH_ERR_MODEL when they are set
 * to something else. */
KITH_CHECKED kith_status store_collection_pin(store *s, uint64_t collection, uint32_t dim,
                                              view model, kith_error *err);
KITH_CHECKED kith_status store_collection_delete(store *s, uint64_t collection, kith_error *err);
/* KITH_ERR_NOT_FOUND. Views live in `a`. */
KITH_CHECKED kith_status store_collection_get(store *s, view name, arena *a, store_collection *out,
                                              kith_error *err);
KITH_CHECKED kith_status store_collection_list(store *s, arena *a, store_collection **out,
                                               uint32_t *out_count, kith_error *err);

/* ---- points ---- */

typedef struct store_point {
    uint64_t row;        /* the store's number for the point, never reused; out only */
    view key;            /* unique within the collection */
    view document;       /* key of its document, empty when it stands alone */
    view content;        /* data == NULL: none (or, in an update, unchanged) */
    view metadata;       /* canonical JSON object; data == NULL: none (or unchanged) */
    const float *vector; /* [dim], as given; NULL: unchanged (update only) or not asked for */
} store_point;

typedef enum store_mode {
    STORE_ADD, /* KITH_ERR_EXISTS names the first key that is taken */
    STORE_UPSERT,
    STORE_UPDATE /* KITH_ERR_NOT_FOUND names the first key that is missing; NULL fields stay */
} store_mode;

/* KITH_ERR_INVALID: a key comes twice in one call, `document` is not empty, a new point has no
 * vector, or the collection has no dimension yet. A chunk of a document that is put by its key
 * stays in its document. *sequence is the commit's. */
KITH_CHECKED kith_status store_put_points(store *s, uint64_t collection, store_mode mode,
                                          const store_point *points, uint32_t count,
                                          uint64_t *sequence, kith_error *err);
/* Missing keys are passed over; *deleted counts the rest, and *sequence stays when that is 0. A
 * source that loses a chunk so loses its hash. */
KITH_CHECKED kith_status store_delete_points(store *s, uint64_t collection, const view *keys,
                                             uint32_t count, uint64_t *sequence, uint32_t *deleted,
                                             kith_error *err);

enum { STORE_WITH_VECTOR = 1, STORE_WITH_CONTENT = 2, STORE_WITH_METADATA = 4 };

/* By key, in the order asked; a missing key leaves out[i].row == 0. */
KITH_CHECKED kith_status store_get_points(store *s, uint64_t collection, const view *keys,
                                          uint32_t count, unsigned with, arena *a, store_point *out,
                                          kith_error *err);
/* By the store's numbers, in the order asked; a missing one leaves out[i].row == 0. */
KITH_CHECKED kith_status store_get_rows(store *s, uint64_t collection, const uint64_t *rows,
                                        uint32_t count, unsigned with, arena *a, store_point *out,
                                        kith_error *err);
/* Points with row > after_row in order of row, at most `limit`. */
KITH_CHECKED kith_status store_scan_points(store *s, uint64_t collection, uint64_t after_row,
                                           uint32_t limit, unsigned with, arena *a,
                                           store_point **out, uint32_t *out_count, kith_error *err);

/* ---- changes, for derived indexes ---- */

typedef struct store_change {
    uint64_t sequence;
    uint64_t row;
    bool deleted;
    const float *vector; /* [dim]; NULL when deleted */
    view metadata;
    view content;
} store_change;

/* Called in order of sequence; memory is the store's until it returns. Not KITH_OK ends the walk
 * with that status. */
typedef kith_status (*store_change_visit)(void *context, const store_change *change);
/* Every point whose newest change came after `after_sequence` (deletions included), read in one
 * snapshot; *sequence is what the snapshot is good for. KITH_ERR_NOT_FOUND: no such collection, or
 * deletions from after `after_sequence` were forgotten: begin at 0; nothing was visited. */
KITH_CHECKED kith_status store_changes(store *s, uint64_t collection, uint64_t after_sequence,
                                       store_change_visit visit, void *context, uint64_t *sequence,
                                       kith_error *err);
/* Nobody will ask for what was deleted up to `sequence` any more. No change of the collection. */
KITH_CHECKED kith_status store_forget_deletions(store *s, uint64_t collection, uint64_t sequence,
                                                kith_error *err);

/* ---- documents and the sources (files) they came from ---- */

typedef struct store_document {
    view key;
    view title;
    view metadata; /* canonical JSON */
    view text;
    view source;     /* path, empty when it came by a call; out only */
    uint32_t chunks; /* out only */
    int64_t updated_ms;
    const store_point *points; /* its chunks, vectors included; in only */
    uint32_t point_count;
} store_document;

typedef struct store_source {
    view path; /* unique within the collection */
    view hash; /* of the content and of the settings that shaped the chunks; "unchanged" means equal
                  hashes */
    uint64_t bytes;
    int64_t modified_ns;
    uint32_t documents; /* out only */
    view former;        /* in only: the path that the file had before, whose source goes in the same
                           transaction; empty: none */
} store_source;

/* Puts documents with their chunks. With `source`, what that source had before and is not in the
 * call disappears in the same transaction; with NULL each document replaces the one of its key. Old
 * chunks get tombstones, new ones new row numbers. points[].document is not read.
 * KITH_ERR_EXISTS names a document key, or a chunk key, that belongs to another source (or to none,
 * when a source is given). KITH_ERR_INVALID as for store_put_points. count may be 0 with a source.
 */
KITH_CHECKED kith_status store_put_documents(store *s, uint64_t collection,
                                             const store_source *source,
                                             const store_document *documents, uint32_t count,
                                             uint64_t *sequence, kith_error *err);
/* One source with its documents, as in store_put_documents. */
typedef struct store_deposit {
    const store_source *source;
    const store_document *documents;
    uint32_t count;
} store_deposit;

/* Several sources in one transaction, which costs one sync of the disk: all or nothing. */
KITH_CHECKED kith_status store_put_sources(store *s, uint64_t collection,
                                           const store_deposit *deposits, uint32_t count,
                                           uint64_t *sequence, kith_error *err);
/* A source that keeps other documents loses its hash, so that it does not pass for unchanged; one
 * that keeps none is deleted. */
KITH_CHECKED kith_status store_delete_document(store *s, uint64_t collection, view key,
                                               uint64_t *sequence, kith_error *err); /* NOT_FOUND */
KITH_CHECKED kith_status store_delete_source(store *s, uint64_t collection, view path,
                                             uint64_t *sequence, kith_error *err); /* NOT_FOUND */
KITH_CHECKED kith_status store_get_document(store *s, uint64_t collection, view key, arena *a,
                                            store_document *out, kith_error *err); /* NOT_FOUND */
KITH_CHECKED kith_status store_get_source(store *s, uint64_t collection, view path, arena *a,
                                          store_source *out, kith_error *err); /* NOT_FOUND */
KITH_CHECKED kith_status store_list_sources(store *s, uint64_t collection, arena *a,
                                            store_source **out, uint32_t *out_count,
                                            kith_error *err);
/* The first, by path, of the sources with this hash that `match` accepts. KITH_ERR_NOT_FOUND. */
typedef bool (*store_source_match)(void *context, view path);
KITH_CHECKED kith_status store_find_source(store *s, uint64_t collection, view hash, arena *a,
                                           store_source_match match, void *context,
                                           store_source *out, kith_error *err);
/* Every source whose path is `top` or lies below it, `documents` apart; the views live until the
 * visit returns. The visit does not call the store, and ends it with any other status than KITH_OK. */
typedef kith_status (*store_source_visit)(void *context, const store_source *source);
KITH_CHECKED kith_status store_visit_sources(store *s, uint64_t collection, view top,
                                             store_source_visit visit, void *context,
                                             kith_error *err);
/* All chunks of a source's documents, in the order in which they were put. */
KITH_CHECKED kith_status store_source_points(store *s, uint64_t collection, view path,
                                             unsigned with, arena *a, store_point **out,
                                             uint32_t *out_count, kith_error *err);
/* Without text and points; in order of key. */
KITH_CHECKED kith_status store_list_documents(store *s, uint64_t collection, arena *a,
                                              store_document **out, uint32_t *out_count,
                                              kith_error *err);

/* ---- files that gave no document ---- */

typedef enum store_file_state {
    STORE_FILE_SKIPPED,
    STORE_FILE_FAILED,
    STORE_FILE_DUPLICATE, /* `original` has the same content */
    STORE_FILE_FORGOTTEN  /* in only: what is noted of the path goes */
} store_file_state;

typedef struct store_file {
    view path; /* unique within the collection */
    store_file_state state;
    kith_status status; /* why, as a code */
    view reason;        /* why, for a person */
    view original;
    view hash; /* of a duplicate: as of a source; else empty */
    uint64_t bytes;
    int64_t modified_ns;
} store_file;

/* Notes all, each in place of what was noted of its path. No change of the collection. A file that
 * becomes a source is forgotten here in that transaction. */
KITH_CHECKED kith_status store_note_files(store *s, uint64_t collection, const store_file *files,
                                          uint32_t count, kith_error *err);
KITH_CHECKED kith_status store_get_file(store *s, uint64_t collection, view path, arena *a,
                                        store_file *out, kith_error *err); /* NOT_FOUND */
/* By path. */
KITH_CHECKED kith_status store_list_files(store *s, uint64_t collection, arena *a, store_file **out,
                                          uint32_t *out_count, kith_error *err);
/* As store_visit_sources. */
typedef kith_status (*store_file_visit)(void *context, const store_file *file);
KITH_CHECKED kith_status store_visit_files(store *s, uint64_t collection, view top,
                                           store_file_visit visit, void *context, kith_error *err);
/* The duplicates with this hash, by path. */
KITH_CHECKED kith_status store_list_duplicates(store *s, uint64_t collection, view hash, arena *a,
                                               store_file **out, uint32_t *out_count,
                                               kith_error *err);
/* The duplicates whose content no source has any more, by path. */
KITH_CHECKED kith_status store_list_orphans(store *s, uint64_t collection, arena *a,
                                            store_file **out, uint32_t *out_count, kith_error *err);

/* ---- answers given before, kept for whoever asks the same again ---- */

typedef struct store_answer {
    view key;          /* all that shaped the answer, but the collection and its state */
    view answer;       /* as the caller writes it */
    uint64_t sequence; /* of the collection's state that it was given from */
} store_answer;

/* What all answers together may cost. */
typedef struct store_answer_limits {
    uint64_t bytes; /* the least recently used go first */
    int64_t age_ms;
} store_answer_limits;

/* Keeps an answer in place of the one of its key. One that the collection has moved on from since,
 * or that is itself over the limit, is not kept, which is no failure. Every change of a collection
 * drops its answers in the same transaction: what was deleted is quoted no more. */
KITH_CHECKED kith_status store_put_answer(store *s, uint64_t collection, const store_answer *answer,
                                          const store_answer_limits *limits, int64_t now_ms,
                                          kith_error *err);
/* KITH_ERR_NOT_FOUND: none of this key, or too old. Notes the use, to the minute, which is a write.
 */
KITH_CHECKED kith_status store_get_answer(store *s, uint64_t collection, view key,
                                          const store_answer_limits *limits, int64_t now_ms,
                                          arena *a, view *answer, kith_error *err);
/* How many are kept, and the bytes that count against the limit. */
KITH_CHECKED kith_status store_answer_totals(store *s, uint64_t *count, uint64_t *bytes,
                                             kith_error *err);

/* ---- counters, by name ---- */

typedef struct store_counter {
    view name;
    uint64_t value;
} store_counter;

/* These are all the counters from now on. Names come once each. */
KITH_CHECKED kith_status store_replace_counters(store *s, const store_counter *counters,
                                                uint32_t count, kith_error *err);
/* By name; views live in `a`. */
KITH_CHECKED kith_status store_list_counters(store *s, arena *a, store_counter **out,
                                             uint32_t *out_count, kith_error *err);

/* ---- conversations ---- */

typedef struct store_conversation {
    uint64_t id;
    view collection; /* by name: the conversation outlives it */
    view title;      /* empty until the first turn */
    int64_t created_ms, updated_ms;
    uint32_t turns;
} store_conversation;

typedef struct store_turn {
    uint32_t n; /* from 1; out only */
    int64_t asked_ms;
    view question;
    view searched; /* data == NULL: the question as it is */
    view answer;   /* as the caller writes it */
} store_turn;

KITH_CHECKED kith_status store_conversation_create(store *s, view collection, int64_t now_ms,
                                                   uint64_t *id, kith_error *err);
/* KITH_ERR_NOT_FOUND, as all that name a conversation. The title is that of the first turn. */
KITH_CHECKED kith_status store_conversation_add(store *s, uint64_t id, const store_turn *turn,
                                                view title, kith_error *err);
KITH_CHECKED kith_status store_conversation_get(store *s, uint64_t id, arena *a,
                                                store_conversation *out, kith_error *err);
/* The one that was last talked in comes first. */
KITH_CHECKED kith_status store_conversation_list(store *s, arena *a, store_conversation **out,
                                                 uint32_t *out_count, kith_error *err);
/* The turns after `after`, in order. */
KITH_CHECKED kith_status store_conversation_turns(store *s, uint64_t id, uint32_t after, arena *a,
                                                  store_turn **out, uint32_t *out_count,
                                                  kith_error *err);
KITH_CHECKED kith_status store_conversation_delete(store *s, uint64_t id, kith_error *err);

/* Verifies SQLite's own structure and every row's checksum. KITH_ERR_CORRUPT names the first
 * damaged row. */
KITH_CHECKED kith_status store_check(store *s, kith_error *err);

#endif
