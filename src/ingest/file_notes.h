/* file_notes.h - the notes on files that gave no document (skipped, failed, duplicate), gathered
 * and written in groups, since each write to the store is a transaction with a sync of its own.
 *
 * Only differences are written: a note equal to the stored one, and the removal of a note that the
 * store does not have, are dropped when they are added. So a second run over an unchanged folder
 * writes nothing. A note that is still in the group is lost when the process dies; that costs no
 * document, and the next run finds the same out again. */
#ifndef KITH_INGEST_FILE_NOTES_H
#define KITH_INGEST_FILE_NOTES_H

#include "base/arena.h"
#include "base/status.h"
#include "store/store.h"
#include "store/unindexed_files.h"

enum { FILE_NOTES_GROUP = 256 };

/* One thread at a time. */
typedef struct file_notes {
    store *store; /* NULL: nothing is noted (a dry run) */
    uint64_t collection;
    arena memory; /* of the group: the strings of `files`; emptied by each flush */
    store_file files[FILE_NOTES_GROUP];
    uint32_t count; /* of `files`; below `group` between two calls */
    uint32_t group; /* a flush follows this many notes: 1 to FILE_NOTES_GROUP */
} file_notes;

/* `group` notes are written together; see file_notes.group. */
void file_notes_init(file_notes *n, store *s, uint64_t collection, uint32_t group);
/* Frees the memory; notes that were not flushed are dropped. */
void file_notes_done(file_notes *n);
/* *stored: the store has this very note, or for STORE_FILE_FORGOTTEN none of the path. Notes that
 * wait in the group are not consulted. Without a store it is false.
 * Errors: KITH_ERR_IO, KITH_ERR_FULL, KITH_ERR_BUSY, KITH_ERR_CORRUPT, KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status file_notes_has(const file_notes *n, const store_file *file, bool *stored,
                                        kith_error *err);
/* Copies the note into the group and flushes when the group is full. state STORE_FILE_FORGOTTEN
 * removes what the store has of the path.
 * Errors: KITH_ERR_NO_MEMORY; and of reading the stored note and of writing a full group:
 * KITH_ERR_NOT_FOUND (the collection was deleted), KITH_ERR_IO, KITH_ERR_FULL, KITH_ERR_BUSY,
 * KITH_ERR_CORRUPT. */
KITH_CHECKED kith_status file_notes_add(file_notes *n, const store_file *file, kith_error *err);
/* Writes the group in one transaction and empties it, also when the write failed.
 * Errors: KITH_ERR_NOT_FOUND (the collection was deleted), KITH_ERR_IO, KITH_ERR_FULL,
 * KITH_ERR_BUSY, KITH_ERR_CORRUPT, KITH_ERR_NO_MEMORY; nothing of the group is stored then. */
KITH_CHECKED kith_status file_notes_flush(file_notes *n, kith_error *err);

#endif
