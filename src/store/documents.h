/* documents.h - documents and the sources (files) that they came from.
 *
 * What store.h says of promise, threads, memory and codes holds here too. */
#ifndef KITH_STORE_DOCUMENTS_H
#define KITH_STORE_DOCUMENTS_H

#include "store/store.h"

typedef struct store_document {
    view key; /* unique within the collection */
    view title;
    view metadata; /* canonical JSON */
    view text;
    view source;        /* path; data == NULL when it was put without a source; out only */
    uint32_t chunks;    /* how many it has; out only */
    int64_t updated_ms; /* since 1970, UTC */
    /* [point_count] its chunks, with vectors or waiting; out only by store_get_whole_document() */
    const store_point *points;
    uint32_t point_count;
} store_document;

typedef struct store_source {
    view path; /* unique within the collection */
    view hash; /* of the content and of the settings that shaped the chunks: equal means
                  unchanged. Empty when a part of the source was deleted */
    uint64_t bytes;
    int64_t modified_ns; /* since 1970, UTC */
    uint32_t documents;  /* how many it has; out only */
    view notices;        /* what its reader passed over or guessed, a notice a line; not looked at
                            with `joins` */
    view former;         /* in only: the path that the file had before it was renamed; the source of
                            that path is deleted in the same change. Empty: none */
    bool joins; /* in only: the documents join those that the source has. It then has no hash, so
                   that the file is read again, and bytes and modified_ns as they are given */
} store_source;

/* Puts documents with their chunks, as one change; *sequence is its number. With a source, the
 * documents replace all that the source had before. With NULL, each replaces the document of its
 * key. Old chunks leave tombstones; new ones get new row numbers.
 * With a source that says `joins`, they replace nothing.
 * documents  [count], may be none when a source is given; of their points `document` is not read
 * Errors: KITH_ERR_EXISTS (a document's or a chunk's key belongs to another source or, when a
 * source is given, to none; the message names it), KITH_ERR_INVALID (a key comes twice, a chunk has
 * no vector, or the collection has no dimension yet), KITH_ERR_NOT_FOUND (no such collection),
 * KITH_ERR_LIMIT, KITH_ERR_IO, KITH_ERR_FULL, KITH_ERR_BUSY, KITH_ERR_CORRUPT, KITH_ERR_NO_MEMORY;
 * nothing is put or replaced. */
KITH_CHECKED kith_status store_put_documents(store *s, uint64_t collection,
                                             const store_source *source,
                                             const store_document *documents, uint32_t count,
                                             uint64_t *sequence, kith_error *err);
/* One source with its documents. */
typedef struct store_deposit {
    const store_source *source;
    const store_document *documents; /* [count] */
    uint32_t count;
} store_deposit;

/* Sources to put, at least one. */
typedef struct store_deposits {
    const store_deposit *deposits; /* [count] */
    uint32_t count;
    const call_limit *limit; /* ends the wait for others that write; NULL: none */
} store_deposits;

/* Puts several sources, each as store_put_documents() would and as a change of its own, but in one
 * transaction: all or nothing, for one sync of the disk. *sequence is that of the last.
 * Errors: KITH_ERR_EXISTS (a document's or a chunk's key belongs to another source, or to none; the
 * message names it), KITH_ERR_INVALID (a key comes twice in a source, a chunk has no vector, or the
 * collection has no dimension yet), KITH_ERR_NOT_FOUND (no such collection), KITH_ERR_LIMIT,
 * KITH_ERR_CANCELLED, KITH_ERR_TIMEOUT (limit), KITH_ERR_IO, KITH_ERR_FULL, KITH_ERR_BUSY,
 * KITH_ERR_CORRUPT, KITH_ERR_NO_MEMORY; no source is put or replaced. */
KITH_CHECKED kith_status store_put_sources(store *s, uint64_t collection,
                                           const store_deposits *what, uint64_t *sequence,
                                           kith_error *err);
/* Deletes a document with its chunks, as one change. Its source is deleted when it has no document
 * left; else it loses its hash, so that the file is read again.
 * Errors: KITH_ERR_NOT_FOUND (no such document or collection), KITH_ERR_IO, KITH_ERR_FULL,
 * KITH_ERR_BUSY, KITH_ERR_CORRUPT (the source's row is damaged, or an index names a missing row),
 * KITH_ERR_NO_MEMORY; nothing is deleted. */
KITH_CHECKED kith_status store_delete_document(store *s, uint64_t collection, view key,
                                               uint64_t *sequence, kith_error *err);
/* Deletes a source with its documents and their chunks, as one change.
 * Errors: KITH_ERR_NOT_FOUND (no such source or collection), KITH_ERR_IO, KITH_ERR_FULL,
 * KITH_ERR_BUSY, KITH_ERR_CORRUPT (an index names a missing row, or fewer documents or chunks than are
 * counted), KITH_ERR_NO_MEMORY; nothing is deleted. */
KITH_CHECKED kith_status store_delete_source(store *s, uint64_t collection, view path,
                                             uint64_t *sequence, kith_error *err);
/* Reads a document with its text, without its chunks.
 * Errors: KITH_ERR_NOT_FOUND (no such document or collection), KITH_ERR_IO, KITH_ERR_FULL,
 * KITH_ERR_BUSY, KITH_ERR_CORRUPT, KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status store_get_document(store *s, uint64_t collection, view key, arena *a,
                                            store_document *out, kith_error *err);
/* Finds out whether there is a document, and *source: the path that it came from, in `a`; data NULL
 * when it was put without one. Reads neither text nor metadata, and does not verify the row.
 * Errors, *source untouched: KITH_ERR_NOT_FOUND (no such document or collection), KITH_ERR_IO,
 * KITH_ERR_FULL, KITH_ERR_BUSY, KITH_ERR_CORRUPT, KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status store_find_document(store *s, uint64_t collection, view key, arena *a,
                                             view *source, kith_error *err);
/* Errors: KITH_ERR_NOT_FOUND (no such source or collection), KITH_ERR_IO, KITH_ERR_FULL,
 * KITH_ERR_BUSY, KITH_ERR_CORRUPT (also when it has other documents than it counts),
 * KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status store_get_source(store *s, uint64_t collection, view path, arena *a,
                                          store_source *out, kith_error *err);
/* In order of path.
 * page  NULL: all
 * Errors: KITH_ERR_NOT_FOUND (no such collection), KITH_ERR_IO, KITH_ERR_FULL, KITH_ERR_BUSY,
 * KITH_ERR_CORRUPT (also when one has other documents than it counts), KITH_ERR_CANCELLED,
 * KITH_ERR_TIMEOUT, KITH_ERR_LIMIT (page->call), KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status store_list_sources(store *s, uint64_t collection, const store_part *page,
                                            arena *a, store_source **out, uint32_t *out_count,
                                            kith_error *err);
/* True accepts the source of this path. Does not call the store. */
typedef bool (*store_source_match)(void *context, view path);
/* Finds the first, in order of path, of the sources with this hash that `match` accepts.
 * `documents` is what the source counts, and not compared with those that are there.
 * Errors: KITH_ERR_NOT_FOUND (none is accepted, or no such collection), KITH_ERR_IO, KITH_ERR_FULL,
 * KITH_ERR_BUSY, KITH_ERR_CORRUPT, KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status store_find_source(store *s, uint64_t collection, view hash, arena *a,
                                           store_source_match match, void *context,
                                           store_source *out, kith_error *err);
/* `source` is borrowed for the visit, which does not call the store. Any status but KITH_OK ends
 * the walk, and is returned. */
typedef kith_status (*store_source_visit)(void *context, const store_source *source);
/* Visits every source whose path is `top` or lies below it. `documents` is what the source counts,
 * and not compared with those that are there.
 * Errors: KITH_ERR_NOT_FOUND (no such collection), KITH_ERR_IO, KITH_ERR_FULL, KITH_ERR_BUSY,
 * KITH_ERR_CORRUPT, KITH_ERR_NO_MEMORY, the visit's; some may have been visited. */
KITH_CHECKED kith_status store_visit_sources(store *s, uint64_t collection, view top,
                                             store_source_visit visit, void *context,
                                             kith_error *err);
/* Reads all chunks of a source's documents, in the order in which they were put; none when there is
 * no such source.
 * Errors: KITH_ERR_NOT_FOUND (no such collection), KITH_ERR_IO, KITH_ERR_FULL, KITH_ERR_BUSY,
 * KITH_ERR_CORRUPT, KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status store_source_points(store *s, uint64_t collection, view path,
                                             unsigned with, arena *a, store_point **out,
                                             uint32_t *out_count, kith_error *err);
/* Reads a document with its text and, out->points and out->point_count, its chunks with all that
 * they have, in the order in which they were put: all of one state.
 * Errors: KITH_ERR_NOT_FOUND (no such document or collection), KITH_ERR_IO, KITH_ERR_FULL,
 * KITH_ERR_BUSY, KITH_ERR_CORRUPT, KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status store_get_whole_document(store *s, uint64_t collection, view key, arena *a,
                                                  store_document *out, kith_error *err);
/* In order of key, without text and chunks.
 * page  NULL: all
 * Errors: KITH_ERR_NOT_FOUND (no such collection), KITH_ERR_IO, KITH_ERR_FULL, KITH_ERR_BUSY,
 * KITH_ERR_CORRUPT (also a page from the beginning that is shorter than the collection's count
 * says), KITH_ERR_CANCELLED, KITH_ERR_TIMEOUT, KITH_ERR_LIMIT (page->call), KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status store_list_documents(store *s, uint64_t collection, const store_part *page,
                                              arena *a, store_document **out, uint32_t *out_count,
                                              kith_error *err);

#endif
