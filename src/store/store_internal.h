/* store_internal.h - what the files of the store share: the store itself, and what one table's file
 * does for another's. The functions with a `writing` run on the writer's thread inside a job; those
 * with a `connection` inside a read transaction or a job. */
#ifndef KITH_STORE_STORE_INTERNAL_H
#define KITH_STORE_STORE_INTERNAL_H

#include "store/readers.h"
#include "store/store.h"
#include "store/writer.h"

struct store {
    char *path; /* of kith.db, absolute */
    readers *readers;
    writer *writer;
};

/* ---- collections.c ---- */

/* KITH_ERR_NOT_FOUND. */
KITH_CHECKED kith_status collection_read(connection *c, uint64_t id, arena *a,
                                         store_collection *out, kith_error *err);
KITH_CHECKED kith_status collection_list(connection *c, arena *a, store_collection **out,
                                         uint32_t *out_count, kith_error *err);
/* Reads the collection that a job is about to change, its sequence already counted up. */
KITH_CHECKED kith_status change_begin(writing *w, uint64_t collection, store_collection *out,
                                      kith_error *err);
/* Writes its new sequence and counts, and drops the answers given from its former state. A job that
 * changed nothing leaves this out. */
KITH_CHECKED kith_status change_end(writing *w, const store_collection *changed, kith_error *err);
/* Acquires a reader whose snapshot has the collection; release it with readers_release(). */
KITH_CHECKED kith_status reading_begin(store *s, uint64_t collection, arena *a, connection **out,
                                       store_collection *out_collection, kith_error *err);

/* ---- points.c ---- */

typedef struct point_row {
    uint64_t row, collection, sequence;
    view key, document, metadata, content, vector; /* data == NULL: NULL */
} point_row;

/* Reads the current row of a query for POINT_COLUMNS; views live until its next step.
 * KITH_ERR_CORRUPT. */
KITH_CHECKED kith_status point_read(const query *q, point_row *out, kith_error *err);
/* `document`: the key of the document that the chunk belongs to; data == NULL for a point that
 * stands alone. Counts up c->points. */
KITH_CHECKED kith_status point_insert(writing *w, store_collection *c, const store_point *p,
                                      view document, kith_error *err);
KITH_CHECKED kith_status points_delete_of_document(writing *w, store_collection *c, view document,
                                                   kith_error *err);

/* ---- changes.c ---- */

typedef struct tombstone_row {
    uint64_t collection, sequence, row;
} tombstone_row;

KITH_CHECKED kith_status tombstone_read(const query *q, tombstone_row *out, kith_error *err);
KITH_CHECKED kith_status tombstone_insert(writing *w, const tombstone_row *t, kith_error *err);

/* ---- documents.c ---- */

typedef struct document_row {
    uint64_t collection, sequence;
    view key, source, title, metadata, text; /* text: only where it was asked for */
    int64_t updated_ms;
    uint64_t text_checksum;
    uint32_t chunks;
} document_row;

KITH_CHECKED kith_status document_read(const query *q, bool with_text, document_row *out,
                                       kith_error *err);
typedef struct document_place {
    bool found;
    uint64_t sequence;
    view source; /* in the job's arena; data == NULL: it came by a call */
} document_place;

KITH_CHECKED kith_status document_locate(writing *w, uint64_t collection, view key,
                                         document_place *out, kith_error *err);
KITH_CHECKED kith_status documents_delete_of_source(writing *w, store_collection *c, view path,
                                                    kith_error *err);

/* ---- sources.c ---- */

typedef struct source_row {
    uint64_t collection, sequence;
    store_source source;
} source_row;

/* A path and what lies below it; the statement takes the collection, the path and the two bounds. */
typedef struct below {
    statement_id statement;
    uint64_t collection;
    view top;
} below;

typedef kith_status (*row_visit)(const query *q, void *context, kith_error *err);
KITH_CHECKED kith_status visit_below(store *s, const below *b, row_visit visit, void *context,
                                     kith_error *err);
KITH_CHECKED kith_status source_read(const query *q, source_row *out, kith_error *err);
KITH_CHECKED kith_status source_delete_row(writing *w, uint64_t collection, view path,
                                           kith_error *err);
KITH_CHECKED kith_status source_put(writing *w, const source_row *row, kith_error *err);
/* Something that came from the source was deleted by itself: the source goes when none of its
 * documents is left, and else loses its hash, so that the next ingestion does not take it for
 * unchanged. */
KITH_CHECKED kith_status source_forget(writing *w, const store_collection *c, view path,
                                       kith_error *err);

/* ---- files.c ---- */

/* KITH_ERR_CORRUPT. */
KITH_CHECKED kith_status file_read_row(const query *q, uint64_t *collection, store_file *out,
                                       kith_error *err);
/* What is noted of the path goes, if anything is. */
KITH_CHECKED kith_status file_forget(writing *w, uint64_t collection, view path, kith_error *err);

/* ---- answers.c ---- */

typedef struct answer_row {
    uint64_t collection, sequence, bytes;
    int64_t created_ms, used_ms;
    view key, answer;
} answer_row;

KITH_CHECKED kith_status answer_read(const query *q, answer_row *out, kith_error *err);
KITH_CHECKED kith_status answers_delete_of_collection(writing *w, uint64_t collection,
                                                      kith_error *err);

/* ---- counters.c ---- */

/* Reads all, verified. */
KITH_CHECKED kith_status counters_list(connection *c, arena *a, store_counter **out,
                                       uint32_t *out_count, kith_error *err);

/* ---- conversations.c ---- */

/* Verifies every row, and that each conversation has the turns that it counts. */
KITH_CHECKED kith_status conversations_check(connection *c, arena *a, kith_error *err);

/* ---- results ---- */

static inline kith_status fail_no_room(kith_error *err)
{
    return fail(err, KITH_ERR_NO_MEMORY, "the result does not fit in memory");
}

/* Copies, and keeps NULL apart from empty. False when the arena is exhausted. */
static inline bool copy_view(arena *a, view from, view *to)
{
    *to = from.data ? arena_copy(a, from) : (view){NULL, 0};
    return !from.data || to->data;
}

static inline view view_or_empty(view v)
{
    return v.data ? v : VIEW("");
}

#endif
