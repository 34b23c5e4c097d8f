/* sync_run.h - the state of one sync, and the phases that work on it. Private to the sync*.c files.
 *
 *   sync_run.c      birth, death, the invariants
 *   sync_find.c     the walk: which files there are
 *   sync_file.c     one file: what it is now against what the store knows
 *   sync_content.c  its content, as the new documents of the file
 *   sync_settle.c   duplicates that wait until their original and their note are stored
 *   sync_missing.c  sources and notes whose file the walk did not meet
 *   sync_promote.c  duplicates whose original no longer has the content
 *   sync.c          the order of the phases
 *
 * Calls go from sync.c down to the others, from sync_missing.c and sync_promote.c to
 * sync_settle.c, from there to sync_file.c, and on to sync_content.c. Every function that takes `s`
 * reports errors through s->err. Errors, where none are listed: what ends an ingestion (see
 * ingest_flush), KITH_ERR_CANCELLED, KITH_ERR_NO_MEMORY. */
#ifndef KITH_INGEST_SYNC_RUN_H
#define KITH_INGEST_SYNC_RUN_H

#include "base/map.h"
#include "ingest/document_name.h"
#include "ingest/file_list.h"
#include "ingest/file_notes.h"
#include "ingest/ingest.h"
#include "ingest/sync.h"
#include "os/fork_server.h"
#include "store/unindexed_files.h"

/* A source whose file is not on disk any more. */
typedef struct missing_source {
    view path, hash;
    bool is_moved; /* another path takes its documents over in this run */
} missing_source;

/* A file whose content another file has. It is neither noted nor reported yet. */
typedef struct waiting_duplicate {
    found_file file;
    view hash, original; /* in sync_run.waiting_memory */
    uint64_t bytes;
    bool is_known; /* the store has a source of its path, which is deleted with the settling */
} waiting_duplicate;

/* How far the run is with a path, in sync_run.seen. A path without a state was not met. */
typedef enum seen_state {
    SEEN_PENDING = 1,   /* found, or deferred: its content in the store may yet change */
    SEEN_PROCESSED = 2, /* has its outcome, or is about to get it */
    SEEN_CHANGED = 3,   /* its new documents are in the group or stored, or it waits to be settled
                           as a duplicate: it loses the content that the store says it has */
    SEEN_MISSING = 4    /* a source without its file */
} seen_state;

typedef struct sync_run {
    ingest_run *in;
    store *store; /* NULL: a dry run into a collection that does not exist */
    uint64_t collection;
    document_namer namer;
    file_notes notes;
    const sync_scope *scope;
    view settings; /* what of the settings shapes chunks, as text: the seed of the hashes */
    kith_error *err;
    arena memory;          /* of the whole run: paths and keys */
    buffer content;        /* of the file at hand; its memory is used again for the next */
    fork_servers *servers; /* of the parsers of foreign formats */

    map *seen;            /* path -> seen_state */
    file_list found;      /* regular files that the walk met, in its order */
    file_list deferred;   /* duplicates of files that were pending when they were compared */
    const char **blocked; /* [blocked_count] places that cannot be read: whether a file below one
                             is still there is unknown, so nothing below one counts as missing */
    size_t blocked_count, blocked_capacity;

    /* Content that this run stores, which the store may not show before the next flush. */
    map *stored_by_content;   /* content key -> index into content_owners */
    file_list content_owners; /* the file that owns each content */

    /* With options->sync. */
    missing_source *missing; /* [missing_count] */
    uint32_t missing_count, missing_capacity;
    map *missing_by_content; /* content key -> index into `missing` */

    /* Not reported before their originals are stored. */
    waiting_duplicate waiting[FILE_NOTES_GROUP]; /* [waiting_count] */
    uint32_t waiting_count;                      /* at most notes.group */
    arena waiting_memory;                        /* emptied when none waits */

    /* In a partial run: hashes that a source has lost in this run, each once. */
    view *lost; /* [lost_count] heap; the hashes are in the run's arena */
    uint32_t lost_count, lost_capacity;
    map *lost_hashes; /* the same hashes; the values say nothing */
} sync_run;

/* ---- sync_run.c ---- */

/* `in` and `scope` must outlive the run. Free with sync_run_free.
 * Errors, *out untouched: KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status sync_run_new(ingest_run *in, const sync_scope *scope, sync_run **out,
                                      kith_error *err);
/* Drops notes that were not flushed. */
void sync_run_free(sync_run *s);
/* What two files must share to give the same documents, names apart: the hash of content and
 * settings, as hex, followed by the extension, which selects the format. In `a`; data is NULL when
 * memory ran out. */
view content_key(view hash, view path, arena *a);
/* Remembers that a source loses the content, so that its duplicates are looked at when the run ends.
 * Does nothing in a whole run, which asks the store for every duplicate without an original. */
KITH_CHECKED kith_status sync_lose_content(sync_run *s, view hash);
/* For DCHECK and tests, between two files: NULL, or what is inconsistent within the run. */
const char *sync_run_check(const sync_run *s);

/* ---- sync_find.c ---- */

/* Walks from each start. Fills `found`, `blocked` and `seen`, and reports at once what will never
 * be a document: links, devices, places that cannot be read, names that the rules leave out.
 * data_directory  absolute, passed over with all that is below; NULL: none
 * Errors also: KITH_ERR_NOT_FOUND and KITH_ERR_IO (a start cannot be read), KITH_ERR_LIMIT
 * (directories are nested too deep), any status of scope->entered. */
KITH_CHECKED kith_status sync_find_files(sync_run *s, const char *data_directory);

/* ---- sync_file.c ---- */

/* Reads the file, compares it with the store, and does what its state asks for: the table at the
 * head of sync_file.c. A duplicate is put into `waiting`, which must have room; with may_defer, a
 * duplicate of a pending file into `deferred`. */
KITH_CHECKED kith_status sync_compare_file(sync_run *s, const found_file *file, bool may_defer);
/* The note of a duplicate, which borrows all three. */
store_file sync_duplicate_note(const found_file *file, view original, view hash);

/* ---- sync_settle.c ---- */

/* Brings a file to its outcome, or into `waiting` or `deferred`. */
KITH_CHECKED kith_status sync_file(sync_run *s, const found_file *file);
/* The same without deferring: for when no file that could own the content is pending, or when
 * waiting for it would go in a circle. */
KITH_CHECKED kith_status sync_deferred_file(sync_run *s, const found_file *file);
/* sync_deferred_file for a path that the store has a note of and that the walk need not have met.
 * The note is removed when the path is no regular file any more; a path that cannot be looked at,
 * or has changed in this run, is left alone. */
KITH_CHECKED kith_status sync_unvisited_file(sync_run *s, view path);
/* Stores all that waits: the group, the duplicates, the notes. Afterwards `waiting` is empty and
 * the store shows everything that this run has found so far. */
KITH_CHECKED kith_status sync_settle(sync_run *s);

/* ---- sync_missing.c ---- */

/* Fills `missing` with the sources below the starts that the walk did not meet. Needs the whole
 * walk behind it, and no file compared yet. */
KITH_CHECKED kith_status sync_find_missing(sync_run *s);
/* Offers each missing source to the noted duplicates of its content, which is where a duplicate
 * outside the starts takes its place; then deletes the sources that no path took over, a
 * transaction each, and reports them. */
KITH_CHECKED kith_status sync_remove_missing(sync_run *s);
/* Removes the notes on files below the starts that are no longer there. */
KITH_CHECKED kith_status sync_forget_missing_notes(sync_run *s);

/* ---- sync_promote.c ---- */

/* Syncs the noted duplicates whose original is no source with their content any more, wherever they
 * lie: the first of a content becomes a document, the others its duplicates. */
KITH_CHECKED kith_status sync_promote_duplicates(sync_run *s);

#endif
