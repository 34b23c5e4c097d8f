/* store_internal.h - what the files of the store share: the store itself, and what one table's file
 * does for another's.
 *
 * Functions with a `writing` run inside a job of the writer; those with a `connection`
 * inside a read transaction or a job. Row files (collections, points, documents, sources,
 * unindexed_files, tombstones, cached_answers and others) know the rows of one table each, their
 * checksum and their statements. From below upwards: numbers, row_list; databases, settings,
 * conversations; collections, cached_answers; sequence, which begins and ends what the others do;
 * path_range and the other row files; and what touches several tables: dropped, deletion, commit,
 * deposit, change_feed, collection_copy, check. No file calls upwards.
 *
 * Errors: each function that reads a row fails with KITH_ERR_CORRUPT when the row's checksum does
 * not match, and each that runs a statement with what the engine fails with (sql.h).
 * Others are named at the function. Outputs are written on success only. */
#ifndef KITH_STORE_STORE_INTERNAL_H
#define KITH_STORE_STORE_INTERNAL_H

#include "store/access_keys.h"
#include "store/catalog.h"
#include "store/counters.h"
#include "store/documents.h"
#include "store/page_marks.h"
#include "store/readers.h"
#include "store/reembed.h"
#include "store/store.h"
#include "store/unindexed_files.h"
#include "store/writer.h"

/* Of the file `reserve`: the log of some hundred changed pages. */
enum { RESERVE_BYTES = 1 << 20 };

struct store {
    char *path;    /* of kith.db, absolute */
    char *reserve; /* of the file that holds room for deletions on a full disk (store.c) */
    readers *readers;
    page_marks *marks;
    writer *writer;                 /* NULL: opened for reading only */
    directory_turn *turn;           /* NULL: opened for reading only */
    _Atomic(connection *) watching; /* stamp.c's, from some question on */
    _Atomic(uint32_t) unstamped;    /* questions until then */
    int frozen_fd; /* keeps other processes from writing while it is open; -1: they may */
};

/* ---- stamp.c ---- */

/* Closes the connection that stamps are read by. Runs alone. */
void stamp_done(store *s);

/* ---- deletion.c ---- */

/* writer_run() for a deletion: when the disk is full, the reserve is given up and it runs again.
 * limit  ends the wait for others; NULL: none
 * Errors: writer_run_within()'s. */
KITH_CHECKED kith_status store_run_deletion(store *s, write_work work, void *context,
                                            const call_limit *limit, kith_error *err);

/* ---- sequence.c: how a call enters and leaves a collection ---- */

/* Acquires a reader and reads the collection's row, which fixes the snapshot: all that is read
 * until readers_release() is the collection at `out_collection->sequence`. Any thread.
 * a  holds the row's texts
 * Errors: KITH_ERR_NOT_FOUND, KITH_ERR_NO_MEMORY, and of a connection that had to be opened
 * KITH_ERR_IO, KITH_ERR_FULL, KITH_ERR_BUSY, KITH_ERR_CORRUPT; no reader is held then. */
KITH_CHECKED kith_status reading_begin(store *s, uint64_t collection, arena *a, connection **out,
                                       store_collection *out_collection, kith_error *err);
typedef struct reading {
    uint64_t collection;
    arena *memory;           /* holds the row's texts */
    const call_limit *limit; /* ends the wait for a reader; NULL: none */
} reading;
/* reading_begin() within a call's limit. Errors: also KITH_ERR_CANCELLED, KITH_ERR_TIMEOUT. */
KITH_CHECKED kith_status reading_begin_within(store *s, const reading *r, connection **out,
                                              store_collection *out_collection, kith_error *err);
/* Begins a change: reads the collection's row and advances the sequence of the copy in `out`. Every
 * row that the change writes carries out->sequence; the counts in `out` are kept up to date by the
 * functions that insert and delete. Ended by change_end(), or by change_cancel() when nothing was
 * written; a job that fails leaves it open, since its savepoint is rolled back.
 * Errors: KITH_ERR_NOT_FOUND, KITH_ERR_NO_MEMORY; no change is open then. */
KITH_CHECKED kith_status change_begin(writing *w, uint64_t collection, store_collection *out,
                                      kith_error *err);
/* Writes the new sequence and counts, and deletes the answers that were given from the state
 * before.
 * Errors: KITH_ERR_CORRUPT when the collection's row has vanished. */
KITH_CHECKED kith_status change_end(writing *w, const store_collection *changed, kith_error *err);
/* Ends a change that wrote no row: the sequence stays what it was, and answers stay valid. */
void change_cancel(writing *w);
/* Begins the writing of rows of a collection that has no row of its own yet, so that nobody can find
 * them (collection_copy.c). Ended by change_cancel(). */
void change_begin_unseen(writing *w, const store_collection *c);

/* Rows that carry a sequence are written inside a change, with the sequence of that change. */
static inline void check_in_change(const writing *w, uint64_t sequence)
{
    CHECK(w->in_change && w->change_sequence == sequence);
}

/* ---- numbers.c ---- */

typedef enum number_kind {
    NUMBER_POINT,
    NUMBER_COLLECTION,
    NUMBER_DATABASE,
    NUMBER_TENANT,
    NUMBER_CONVERSATION
} number_kind;

/* Takes `count` numbers, at least one: *first and those that follow it.
 * Errors: KITH_ERR_CORRUPT when there are none to take. */
KITH_CHECKED kith_status numbers_take(writing *w, number_kind kind, uint32_t count, uint64_t *first,
                                      kith_error *err);
/* Sees to it that the job has row numbers for `count` points that it will insert.
 * Errors: KITH_ERR_CORRUPT when there are none to take. */
KITH_CHECKED kith_status numbers_take_rows(writing *w, uint32_t count, kith_error *err);
/* Verifies that no row has a number above those given. Errors: KITH_ERR_CORRUPT. */
KITH_CHECKED kith_status numbers_check(connection *c, kith_error *err);

/* ---- databases.c ---- */

/* `a` holds the texts. Errors: KITH_ERR_NOT_FOUND, KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status database_read(connection *c, uint64_t id, arena *a, store_database *out,
                                       kith_error *err);
/* What is in the database is the caller's to delete.
 * Errors: KITH_ERR_CORRUPT when there is no such row. */
KITH_CHECKED kith_status database_delete_row(writing *w, uint64_t id, kith_error *err);
/* Verifies the rows of tenants and databases. Errors: KITH_ERR_CORRUPT, KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status databases_check(connection *c, arena *a, kith_error *err);
/* Binds two parameters, LIMIT and OFFSET. */
static inline void query_bind_page(query *q, const store_page *page)
{
    bool is_limited = page->limit > 0 && page->limit < INT64_MAX;
    query_bind_u64(q, is_limited ? page->limit : INT64_MAX);
    query_bind_u64(q, page->offset < INT64_MAX ? page->offset : INT64_MAX);
}

/* ---- settings.c ---- */

/* Inserts the row, or replaces the one of the collection. */
KITH_CHECKED kith_status settings_put(writing *w, uint64_t collection,
                                      const store_settings *settings, kith_error *err);
/* `a` holds the texts. Errors: KITH_ERR_CORRUPT when there is no row, KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status settings_read(connection *c, uint64_t collection, arena *a,
                                       store_settings *out, kith_error *err);
/* Has the collection a row? It is not verified. */
KITH_CHECKED kith_status settings_find(connection *c, uint64_t collection, bool *found,
                                       kith_error *err);
KITH_CHECKED kith_status settings_delete(writing *w, uint64_t collection, kith_error *err);
/* Verifies all rows, and that there are as many as collections. Errors: KITH_ERR_CORRUPT. */
KITH_CHECKED kith_status settings_check(connection *c, uint64_t collection_count, kith_error *err);

/* ---- access_keys.c ---- */

/* Verifies each row; in order of name, in `a`. Errors: KITH_ERR_CORRUPT, KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status access_keys_list(connection *c, arena *a, store_access_key **out,
                                          uint32_t *out_count, kith_error *err);

/* ---- collections.c ---- */

/* `a` holds the texts. Errors: KITH_ERR_NOT_FOUND, KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status collection_read(connection *c, uint64_t id, arena *a,
                                         store_collection *out, kith_error *err);
/* By uuid or by name, of which no other collection's row is read. Errors: as above. */
KITH_CHECKED kith_status collection_find(connection *c, const store_address *address, arena *a,
                                         store_collection *out, kith_error *err);
/* KITH_ERR_NOT_FOUND when the collection has another name; data == NULL: any will do. */
KITH_CHECKED kith_status collection_require_name(const store_collection *c, view name,
                                                 kith_error *err);
/* Writes all that can change of the row: dim, model, sequence, counts.
 * Errors: KITH_ERR_CORRUPT when there is no such row. */
KITH_CHECKED kith_status collection_replace(writing *w, const store_collection *c, kith_error *err);
/* Inserts the row of a collection, and that of its settings.
 * Errors: KITH_ERR_EXISTS (the name is taken). */
KITH_CHECKED kith_status collection_insert(writing *w, const store_collection *c,
                                           const store_settings *settings, kith_error *err);
/* Of all databases; `a` holds the array and the texts. Errors: KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status collection_list_all(connection *c, arena *a, store_collection **out,
                                             uint32_t *out_count, kith_error *err);
/* The same; of a row that fails its checksum the list has one of id 0, which is no collection's. */
KITH_CHECKED kith_status collection_list_sound(connection *c, arena *a, store_collection **out,
                                               uint32_t *out_count, kith_error *err);
/* Errors: KITH_ERR_NOT_FOUND, KITH_ERR_CORRUPT (its row), KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status collection_find(connection *c, const store_address *address, arena *a,
                                         store_collection *out, kith_error *err);
/* Of one database, in order of name; `a` holds the array and the texts.
 * page  NULL: all, those too that no list has
 * Errors: KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status collection_list(connection *c, uint64_t database, const store_page *page,
                                         arena *a, store_collection **out, uint32_t *out_count,
                                         kith_error *err);

/* A name that begins with a dot is no collection's own: the image of one that is being re-embedded,
 * and one whose image has taken its place, are called so, with a number behind (reembed.c). No list
 * of a database has them. */
#define COLLECTION_IMAGE_PREFIX    ".image-"
#define COLLECTION_REPLACED_PREFIX ".replaced-"
/* Writes the uuid, the name and the time of creation. Errors: KITH_ERR_CORRUPT when there is no such
 * row. */
KITH_CHECKED kith_status collection_identify(writing *w, const store_collection *c,
                                             kith_error *err);
/* Writes the limit of memory and what is in memory, unless they are so, and changes `c`. Errors: as there. */
KITH_CHECKED kith_status collection_set_memory(writing *w, store_collection *c,
                                               uint64_t index_memory, kith_memory memory,
                                               kith_error *err);
/* KITH_ERR_BUSY when another collection has taken the place of this one. */
KITH_CHECKED kith_status collection_require_current(const store_collection *c, kith_error *err);

/* ---- reembeddings.c ---- */

/* *out is untouched when the collection is not being re-embedded. */
KITH_CHECKED kith_status reembedding_find(connection *c, uint64_t collection,
                                          store_reembedding *out, bool *found, kith_error *err);
/* Inserts the row, or replaces that of its collection. */
KITH_CHECKED kith_status reembedding_put(writing *w, const store_reembedding *r, kith_error *err);
/* Deletes the row of the collection, or of the image, if there is one. */
KITH_CHECKED kith_status reembedding_delete(writing *w, uint64_t collection, kith_error *err);
/* *image is 0 when the collection has none. Reads the image's row and no other. */
KITH_CHECKED kith_status reembedding_image(writing *w, const store_collection *c, uint64_t *image,
                                           kith_error *err);
/* Verifies all rows. */
KITH_CHECKED kith_status reembeddings_check(connection *c, kith_error *err);
/* ---- model_places.c ---- */

KITH_CHECKED kith_status model_places_check(connection *c, kith_error *err);

/* ---- dropped.c ---- */

/* Marks rows of this number as those of a collection that does not exist. */
KITH_CHECKED kith_status dropped_insert(writing *w, uint64_t collection, kith_error *err);
KITH_CHECKED kith_status dropped_find(connection *c, uint64_t collection, bool *found,
                                      kith_error *err);
KITH_CHECKED kith_status dropped_delete(writing *w, uint64_t collection, kith_error *err);

/* The numbers of collections that were deleted, but not yet all of their rows. `a` holds the array.
 * Errors: KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status dropped_list(connection *c, arena *a, uint64_t **out, uint32_t *out_count,
                                      kith_error *err);
/* Deletes what a former process left of dropped collections, and of unfinished copies. What fails,
 * or would have to wait for another process, is left for the next opening, and so is everything
 * while any process copies a collection. On no account inside a job. */
void dropped_finish(store *s, const char *directory);

/* ---- points.c ---- */

typedef struct point_row {
    uint64_t row, collection, sequence;
    view key, document, metadata, content, vector; /* data == NULL: NULL */
    bool is_waiting;                               /* then the vector is empty */
    uint64_t promise;                              /* of a waiting one; below POINT_PROMISE_END */
    view prefix;                                   /* of a waiting one always there */
    view text;                                     /* a store_text_key; data == NULL: not known */
} point_row;

/* A promise is a number that SQLite takes for positive. */
#define POINT_PROMISE_END (UINT64_C(1) << 62)

/* reembeddings.c: takes the vector out of a row, so that it waits for another one. Its prefix, where it is not
 * known, is made up of what the metadata of a chunk say of its headings.
 * a  holds the prefix
 * Errors: KITH_ERR_INVALID (the point has no text), KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status point_wait_again(point_row *row, arena *a, kith_error *err);
/* Of a key as it lies in a row; all zero where that is none. */
store_text_key text_key_read(view stored);
/* data == NULL for a key that is all zero; borrows it. */
view text_key_view(const store_text_key *key);
/* Puts the row in place of the one of its number, as a part of the change that it carries.
 * Errors: KITH_ERR_CORRUPT when there is no such row. */
KITH_CHECKED kith_status point_replace(writing *w, const point_row *row, kith_error *err);
/* Reads and verifies the current row of a query that selects POINT_COLUMNS. Views live until the
 * query's next step. `out` is written when the row is damaged too, with what the row claims. */
KITH_CHECKED kith_status point_read(const query *q, point_row *out, kith_error *err);
/* Points that are inserted together. Begin with .w and .c; what point_batch_add() is given is
 * borrowed until the end. */
typedef struct point_batch {
    writing *w;
    store_collection *c; /* counts the points that were inserted */
    bool keep_existing;  /* a point whose key is taken is not inserted, which is no failure */
    uint32_t written;    /* rows that were inserted or replaced */
    uint32_t count;      /* those that were not inserted yet */
    point_row rows[STATEMENT_ROWS_MAX];
} point_batch;

/* Adds the point under the next of the row numbers that the job has taken (numbers_take_rows), and
 * inserts those that have gathered from time to time.
 * document  key of the document that the chunk belongs to; data == NULL: none
 * Errors: KITH_ERR_INVALID (no vector; a key came before in this change), KITH_ERR_EXISTS. */
KITH_CHECKED kith_status point_batch_add(point_batch *b, const store_point *p, view document,
                                         kith_error *err);
/* Inserts those that are left. Errors: KITH_ERR_INVALID (a key came before in this change),
 * KITH_ERR_EXISTS. */
KITH_CHECKED kith_status point_batch_end(point_batch *b, kith_error *err);
/* What POINT_LOCATE selects. */
enum { LOCATED_ROW, LOCATED_SEQUENCE, LOCATED_DOCUMENT };
/* Errors: KITH_ERR_INVALID when a point names a document: those are put with it (deposit.c). */
KITH_CHECKED kith_status points_require_no_document(const store_point *points, uint32_t count,
                                                    kith_error *err);
/* Puts points, none of which names a document, as a part of a change. *written is how many were
 * written, *first_row the number that the first new one was given.
 * Errors: store_put_points_with's. */
KITH_CHECKED kith_status points_put(writing *w, store_collection *c, const store_put *put,
                                    uint32_t *written, uint64_t *first_row, kith_error *err);
/* Looks the key up. *row is 0 when no point has it, and then *document is left alone; else
 * *document is the key of its document, in the job's arena, data == NULL: none.
 * Errors: KITH_ERR_NO_MEMORY. The row is not verified, so that a damaged one can be deleted. */
KITH_CHECKED kith_status point_locate(writing *w, const store_collection *c, view key,
                                      uint64_t *row, view *document, kith_error *err);
/* Deletes the row, leaves a tombstone of this change, and counts c->points down.
 * Errors: KITH_ERR_CORRUPT when there is no such row. */
KITH_CHECKED kith_status point_delete(writing *w, store_collection *c, uint64_t row,
                                      kith_error *err);
/* What point_delete() does, for all chunks of the document that are found; *deleted is their number.
 * Errors: KITH_ERR_CORRUPT (an index names a row that does not exist), KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status points_delete_of_document(writing *w, store_collection *c, view document,
                                                   uint32_t *deleted, kith_error *err);
/* The same for all chunks of all documents of the source. */
KITH_CHECKED kith_status points_delete_of_source(writing *w, store_collection *c, view path,
                                                 uint32_t *deleted, kith_error *err);

/* ---- waiting.c ---- */

/* How many points of the collection the index of waiting ones has. */
KITH_CHECKED kith_status waiting_count(connection *c, uint64_t collection, uint64_t *out,
                                       kith_error *err);

/* ---- tombstones.c ---- */

typedef struct tombstone_row {
    uint64_t collection, sequence, row;
} tombstone_row;

/* Row numbers of points count from 1. The tombstone of row 0 marks that those up to its sequence
 * were dropped. */
enum { DROPPED_MARK_ROW = 0 };

/* `out` is written when the row is damaged too, with what it claims. */
KITH_CHECKED kith_status tombstone_read(const query *q, tombstone_row *out, kith_error *err);
/* Inserts a tombstone of this change for each row. */
KITH_CHECKED kith_status tombstones_insert(writing *w, const store_collection *c,
                                           const uint64_t *rows, uint32_t count, kith_error *err);
/* The least row that was deleted after `sequence`, DROPPED_MARK_ROW where some of those deletions
 * are not known any more; UINT64_MAX: none was. The tombstones are not verified. */
KITH_CHECKED kith_status tombstones_least_row(connection *c, uint64_t collection, uint64_t sequence,
                                              uint64_t *row, kith_error *err);

/* ---- documents.c ---- */

typedef struct document_row {
    uint64_t collection, sequence;
    view key, source, title, metadata, text; /* text: only where it was asked for */
    int64_t updated_ms;
    uint64_t text_checksum; /* filled in by documents_insert() */
    uint32_t chunks;        /* that it has; not in the checksum, but held against those found */
    uint64_t chunks_found;  /* out only */
} document_row;

/* Reads and verifies the current row of a query that selects DOCUMENT_COLUMNS and, with
 * `with_text`, the text after them. Views live until the query's next step. */
KITH_CHECKED kith_status document_read(const query *q, bool with_text, document_row *out,
                                       kith_error *err);
/* Are the chunks found as many as the document counts? Errors: KITH_ERR_CORRUPT names it. */
KITH_CHECKED kith_status document_check_chunks(const document_row *row, kith_error *err);
/* store_get_document() in a snapshot that the caller holds. */
KITH_CHECKED kith_status document_get(connection *c, uint64_t collection, view key, arena *a,
                                      store_document *out, kith_error *err);

/* What a write must know of a document before it replaces or refuses it. */
typedef struct document_place {
    bool found;
    uint64_t sequence; /* of the change that put it */
    view source;       /* in the job's arena; data == NULL: it was put without a source */
} document_place;

/* The row is not verified, so that a damaged one can be replaced. Errors: KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status document_locate(writing *w, uint64_t collection, view key,
                                         document_place *out, kith_error *err);
/* Inserts the rows without their chunks and counts them in c->documents.
 * rows  [count]
 * Errors: when a key is taken, those of document_fail_taken(). */
KITH_CHECKED kith_status documents_insert(writing *w, store_collection *c, document_row *rows,
                                          uint32_t count, kith_error *err);
/* Deletes the row without its chunks, and counts c->documents down.
 * Errors: KITH_ERR_CORRUPT when there is no such row. */
KITH_CHECKED kith_status document_delete_row(writing *w, store_collection *c, view key,
                                             kith_error *err);
/* After one chunk of the document was deleted by itself. Errors: KITH_ERR_CORRUPT when there is no
 * such document. */
KITH_CHECKED kith_status document_lose_chunk(writing *w, const store_collection *c, view key,
                                             kith_error *err);
/* The chunks that the document should have; 0 when there is no such document. The row is not
 * verified. */
KITH_CHECKED kith_status document_chunks(connection *c, uint64_t collection, view key,
                                         uint32_t *out, kith_error *err);
/* The chunks that all documents of the source should have; 0 when there is no such source. The rows
 * are not verified. Errors: KITH_ERR_CORRUPT names the source when it counts more or fewer documents
 * than are found. */
KITH_CHECKED kith_status document_chunks_of_source(connection *c, uint64_t collection, view path,
                                                   uint64_t *out, kith_error *err);
/* Deletes the rows of all documents of the source without their chunks, and counts them down in `c`;
 * the source's own number of documents is the caller's to write. */
KITH_CHECKED kith_status documents_delete_rows_of_source(writing *w, store_collection *c, view path,
                                                         kith_error *err);
/* Fails with KITH_ERR_INVALID when the document at `place` was put by this very change, else with
 * KITH_ERR_EXISTS, and names the source that it belongs to. */
kith_status document_fail_taken(const store_collection *c, view key, const document_place *place,
                                kith_error *err);
/* Fails with KITH_ERR_NOT_FOUND. */
kith_status document_fail_missing(view key, kith_error *err);

/* ---- sources.c ---- */

typedef struct source_row {
    uint64_t collection, sequence;
    store_source source;
} source_row;

/* Reads and verifies the current row of a query that selects SOURCE_COLUMNS. Views live until the
 * query's next step. source.documents is what the source counts, compared with nothing. */
KITH_CHECKED kith_status source_read(const query *q, source_row *out, kith_error *err);
/* Of a row that was read from SOURCE_COLUMNS_COUNTED: are the documents found as many as the source
 * counts? Errors: KITH_ERR_CORRUPT names the source. */
KITH_CHECKED kith_status source_check_documents(const query *q, const source_row *row,
                                                kith_error *err);
/* Inserts the row, or replaces the one of its path. */
KITH_CHECKED kith_status source_put(writing *w, const source_row *row, kith_error *err);
/* What documents that join a source find: how many it counts, and its notices, in w's arena; 0 and
 * none without a row. Errors: KITH_ERR_CORRUPT (the row is damaged), KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status source_find_joined(writing *w, uint64_t collection, view path,
                                            uint32_t *documents, view *notices, kith_error *err);
/* Fails with KITH_ERR_NOT_FOUND when the path has no row. */
KITH_CHECKED kith_status source_require(writing *w, uint64_t collection, view path,
                                        kith_error *err);
/* Deletes the row, if there is one; its documents are the caller's to delete. */
KITH_CHECKED kith_status source_delete_row(writing *w, uint64_t collection, view path,
                                           kith_error *err);
/* After a document of the source was deleted by itself: counts it down. A source without documents is
 * deleted, another loses its hash, so that the next ingestion reads the file again.
 * Errors: KITH_ERR_CORRUPT (the row is damaged, or the documents left are not those counted). */
KITH_CHECKED kith_status source_lose_document(writing *w, const store_collection *c, view path,
                                              kith_error *err);
/* The same after a chunk was deleted by itself, but that the number of documents stays. */
KITH_CHECKED kith_status source_mark_incomplete(writing *w, const store_collection *c, view path,
                                                kith_error *err);

/* ---- walk_end.c ---- */

/* Fails with KITH_ERR_CORRUPT: "kith.db: WHAT 'NAME' should have EXPECTED rows, FOUND
 * were found". */
kith_status fail_missing_rows(kith_error *err, const char *what, view name, uint64_t expected,
                              uint64_t found);
/* Rows of a collection by a statement whose one parameter is its number. */
KITH_CHECKED kith_status rows_count(connection *c, statement_id id, uint64_t collection,
                                    uint64_t *out, kith_error *err);
/* After a walk of the collection's points, by row number, that came to its end in this snapshot:
 * are they all there?
 * found  how many the whole walk met; NULL when it did not begin at the first, and they are counted
 * Errors: KITH_ERR_CORRUPT when rows are missing. */
KITH_CHECKED kith_status points_walk_ended(connection *c, const store_collection *collection,
                                           const uint64_t *found, kith_error *err);
/* The same after a walk of its documents, by key. */
KITH_CHECKED kith_status documents_walk_ended(connection *c, const store_collection *collection,
                                              const uint32_t *found, kith_error *err);
/* A list by path, and the statements that count its rows: by another B-tree, and by its own. */
typedef struct path_walk {
    const char *what;
    statement_id counted, listed;
} path_walk;
extern const path_walk source_walk, file_walk;
/* The same after a walk of such a list. */
KITH_CHECKED kith_status paths_walk_ended(connection *c, const store_collection *collection,
                                          const path_walk *walk, const uint32_t *found,
                                          kith_error *err);

/* After a point, or a document, was not found by its key: is it not there, or was the search led
 * astray? Errors: KITH_ERR_CORRUPT names the row that is damaged. */
KITH_CHECKED kith_status point_verify_miss(connection *c, uint64_t collection, view key,
                                           kith_error *err);
KITH_CHECKED kith_status document_verify_miss(connection *c, uint64_t collection, view key,
                                              kith_error *err);
/* Before a page of a list behind the key, or path, `after` (empty: the first page) is read: would
 * the search for its beginning be led astray? Errors: KITH_ERR_CORRUPT names the row. */
KITH_CHECKED kith_status document_verify_begin(connection *c, uint64_t collection, view after,
                                               kith_error *err);
KITH_CHECKED kith_status source_verify_begin(connection *c, uint64_t collection, view after,
                                             kith_error *err);
KITH_CHECKED kith_status file_verify_begin(connection *c, uint64_t collection, view after,
                                           kith_error *err);

/* ---- path_range.c ---- */

/* A path and all paths below it. */
typedef struct path_range {
    statement_id statement; /* of the collection, the path, and two bounds of what is below */
    uint64_t collection;
    view top; /* absolute */
} path_range;

typedef kith_status (*row_visit)(const query *q, void *context, kith_error *err);
/* Visits every row of the range, in one snapshot; the first status other than KITH_OK ends the walk
 * and is returned. Any thread. Errors: KITH_ERR_NOT_FOUND (collection), KITH_ERR_NO_MEMORY, the
 * visit's. */
KITH_CHECKED kith_status path_range_visit(store *s, const path_range *range, row_visit visit,
                                          void *context, kith_error *err);

/* ---- unindexed_files.c ---- */

/* Reads and verifies the current row of a query that selects FILE_COLUMNS. Views live until the
 * query's next step. */
KITH_CHECKED kith_status file_read_row(const query *q, uint64_t *collection, store_file *out,
                                       kith_error *err);
/* Inserts the row, or replaces the one of its path. */
KITH_CHECKED kith_status file_put_row(writing *w, uint64_t collection, const store_file *f,
                                      kith_error *err);
/* Errors: KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status file_copy_out(const store_file *from, arena *a, store_file *out,
                                       kith_error *err);
/* Deletes the row of the path, if there is one. */
KITH_CHECKED kith_status file_delete_row(writing *w, uint64_t collection, view path,
                                         kith_error *err);

/* ---- cached_answers.c ---- */

typedef struct answer_row {
    uint64_t collection, sequence, bytes;
    int64_t created_ms, used_ms;
    view key, answer;
} answer_row;

/* Reads and verifies the current row of a query that selects ANSWER_COLUMNS. Views live until the
 * query's next step. */
KITH_CHECKED kith_status answer_read(const query *q, answer_row *out, kith_error *err);
KITH_CHECKED kith_status answers_delete_of_collection(writing *w, uint64_t collection,
                                                      kith_error *err);

/* ---- counters.c ---- */

/* Reads and verifies all, in order of name; `a` holds the array and the names. Rows that fail their checksum are left
 * out; *damaged is the name of the first of them, without data when there is none.
 * Errors: KITH_ERR_IO, KITH_ERR_CORRUPT, KITH_ERR_NO_MEMORY; outputs untouched. */
KITH_CHECKED kith_status counters_list(connection *c, arena *a, store_counter **out,
                                       uint32_t *out_count, view *damaged, kith_error *err);
/* Deletes those whose names begin with store_counter_prefix. */
KITH_CHECKED kith_status counters_delete_of_collection(writing *w, uint64_t collection,
                                                       kith_error *err);

/* ---- conversations.c ---- */

/* The conversations with a collection get its new name. */
KITH_CHECKED kith_status conversations_rename(writing *w, const store_collection *from, view name,
                                              kith_error *err);
/* Deletes all conversations of the database, with their turns. */
KITH_CHECKED kith_status conversations_delete_of_database(writing *w, uint64_t database,
                                                          kith_error *err);
/* Verifies every row, and that each conversation has exactly the turns that it counts.
 * Errors: KITH_ERR_CORRUPT, KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status conversations_check(connection *c, arena *a, kith_error *err);

/* ---- row_list.c ---- */

/* What is read of the rows of a query. */
typedef struct row_list {
    arena *memory;          /* holds the array, and the texts */
    const call_limit *call; /* checked before each row; NULL: no limits */
    size_t row_bytes;       /* of an element */
    /* Reads the query's current row into a zeroed element, and copies its texts. */
    kith_status (*read)(const query *q, const struct row_list *l, void *out, kith_error *err);
    unsigned with;  /* for `read` of points: STORE_WITH_... */
    void *rows;     /* out, [count] elements */
    uint32_t count; /* out */
} row_list;

/* Reads the rows of `q` to the end, and ends it.
 * Errors: `read`'s, KITH_ERR_CANCELLED, KITH_ERR_TIMEOUT, KITH_ERR_LIMIT (call),
 * KITH_ERR_NO_MEMORY; rows and count are then untouched. */
KITH_CHECKED kith_status row_list_read(row_list *l, query *q, kith_error *err);

/* ---- deletion.c, inside a change ---- */

/* Deletes points by their keys as a part of a change, those that there are and match. Errors:
 * store_delete_matching's. */
KITH_CHECKED kith_status points_delete_keys(writing *w, store_collection *c,
                                            const store_key_list *list, uint32_t *deleted,
                                            kith_error *err);
/* Deletes, as a part of a change, those that match op->where: of op->keys, or of all points as they
 * are now, those among them that this change has written. Errors: store_delete_matching's. */
KITH_CHECKED kith_status points_delete_matching(writing *w, store_collection *c,
                                                const store_operation *op, const call_limit *limit,
                                                uint32_t *deleted, kith_error *err);
/* Deletes the document and its chunks, which leave tombstones; counts c->documents and c->points
 * down. Errors: KITH_ERR_CORRUPT when the document, or a chunk that an index names, does not
 * exist. */
KITH_CHECKED kith_status document_delete(writing *w, store_collection *c, view key,
                                         kith_error *err);
/* What document_delete() does, for all documents of the source; the source's own row stays.
 * Errors: KITH_ERR_CORRUPT when an index names a row that does not exist, or the source counts other
 * documents or chunks than are found, KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status documents_delete_of_source(writing *w, store_collection *c, view path,
                                                    kith_error *err);

/* ---- queries and results ---- */

/* What a loop over rows checks before row number `rows`: whether its caller still wants the result,
 * every READ_CHECK_ROWS rows, and the bytes that the result has by now. */
enum { READ_CHECK_ROWS = 64 };
static inline kith_status check_reading(const call_limit *limit, uint32_t rows, uint64_t bytes,
                                        kith_error *err)
{
    kith_status status = rows % READ_CHECK_ROWS == 0 ? call_limit_check(limit, err) : KITH_OK;
    return status == KITH_OK ? call_limit_check_bytes(limit, bytes, err) : status;
}

static const store_part whole_list = {.limit = UINT32_MAX};

/* Begins a statement whose first two parameters are a collection and a path, which is bytes. */
static inline query query_begin_at(connection *c, statement_id id, uint64_t collection, view path)
{
    query q = query_begin(c, id);
    query_bind_u64(&q, collection);
    query_bind_blob(&q, path);
    return q;
}

/* Begins a statement whose first two parameters are a collection and a key, or a hash, in it. */
static inline query query_begin_in(connection *c, statement_id id, uint64_t collection, view key)
{
    query q = query_begin(c, id);
    query_bind_u64(&q, collection);
    query_bind_text(&q, key);
    return q;
}

static inline kith_status fail_no_room(kith_error *err)
{
    return fail(err, KITH_ERR_NO_MEMORY, "the result does not fit in memory");
}

/* Copies into the arena; a NULL view stays NULL, an empty one stays empty. False when the arena is
 * exhausted. */
static inline bool copy_view(arena *a, view from, view *to)
{
    *to = from.data ? arena_copy(a, from) : (view){NULL, 0};
    return !from.data || to->data;
}

/* For columns that are NOT NULL. */
static inline view view_or_empty(view v)
{
    return v.data ? v : VIEW("");
}

#endif
