/* unindexed_files.h - notes about files that yielded no document.
 *
 * What store.h says of promise, threads, memory and codes holds here too. */
#ifndef KITH_STORE_UNINDEXED_FILES_H
#define KITH_STORE_UNINDEXED_FILES_H

#include "store/store.h"

typedef enum store_file_state {
    STORE_FILE_SKIPPED,
    STORE_FILE_FAILED,
    STORE_FILE_DUPLICATE, /* `original` has the same content */
    STORE_FILE_FORGOTTEN  /* in only: the note of this path is deleted */
} store_file_state;

typedef struct store_file {
    view path; /* unique within the collection */
    store_file_state state;
    kith_status status; /* why, as a code */
    view reason;        /* why, for a person */
    view original;      /* path; empty when it is no duplicate */
    view hash;          /* of a duplicate: that of the source with the same content; else empty */
    uint64_t bytes;
    int64_t modified_ns; /* since 1970, UTC */
} store_file;

/* Writes all notes, each in place of the one of its path. No change of the collection: its sequence
 * does not advance. A file that becomes a source loses its note in that same transaction.
 * files  [count]
 * Errors: KITH_ERR_NOT_FOUND (no such collection), KITH_ERR_LIMIT, KITH_ERR_IO, KITH_ERR_FULL,
 * KITH_ERR_BUSY, KITH_ERR_CORRUPT, KITH_ERR_NO_MEMORY; no note is written. */
KITH_CHECKED kith_status store_note_files(store *s, uint64_t collection, const store_file *files,
                                          uint32_t count, kith_error *err);
/* Errors: KITH_ERR_NOT_FOUND (no note of this path, or no such collection), KITH_ERR_IO,
 * KITH_ERR_FULL, KITH_ERR_BUSY, KITH_ERR_CORRUPT, KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status store_get_file(store *s, uint64_t collection, view path, arena *a,
                                        store_file *out, kith_error *err);
/* In order of path.
 * page  NULL: all
 * Errors: KITH_ERR_NOT_FOUND (no such collection), KITH_ERR_IO, KITH_ERR_FULL, KITH_ERR_BUSY,
 * KITH_ERR_CORRUPT, KITH_ERR_CANCELLED, KITH_ERR_TIMEOUT, KITH_ERR_LIMIT (page->call),
 * KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status store_list_files(store *s, uint64_t collection, const store_part *page,
                                          arena *a, store_file **out, uint32_t *out_count,
                                          kith_error *err);
/* `file` is borrowed for the visit, which does not call the store. Any status but KITH_OK ends the
 * walk, and is returned. */
typedef kith_status (*store_file_visit)(void *context, const store_file *file);
/* Visits every note whose path is `top` or lies below it.
 * Errors: KITH_ERR_NOT_FOUND (no such collection), KITH_ERR_IO, KITH_ERR_FULL, KITH_ERR_BUSY,
 * KITH_ERR_CORRUPT, KITH_ERR_NO_MEMORY, the visit's; some may have been visited. */
KITH_CHECKED kith_status store_visit_files(store *s, uint64_t collection, view top,
                                           store_file_visit visit, void *context, kith_error *err);
/* The duplicates with this hash, in order of path.
 * Errors: KITH_ERR_NOT_FOUND (no such collection), KITH_ERR_IO, KITH_ERR_FULL, KITH_ERR_BUSY,
 * KITH_ERR_CORRUPT, KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status store_list_duplicates(store *s, uint64_t collection, view hash, arena *a,
                                               store_file **out, uint32_t *out_count,
                                               kith_error *err);
/* The duplicates whose `original` is no source with their hash any longer, in order of path: either
 * their content is not in the collection, or it is under another path than they say.
 * Errors: KITH_ERR_NOT_FOUND (no such collection), KITH_ERR_IO, KITH_ERR_FULL, KITH_ERR_BUSY,
 * KITH_ERR_CORRUPT, KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status store_list_orphans(store *s, uint64_t collection, arena *a,
                                            store_file **out, uint32_t *out_count, kith_error *err);

#endif
