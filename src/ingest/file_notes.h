/* file_notes.h - what is noted of files that gave no document: gathered, and written many at a time,
 * since each writing is a transaction of its own. Only what differs from what is stored is written. */
#ifndef KITH_INGEST_FILE_NOTES_H
#define KITH_INGEST_FILE_NOTES_H

#include "base/arena.h"
#include "base/status.h"
#include "store/store.h"

enum { FILE_NOTES_GROUP = 256 };

typedef struct file_notes {
    store *store; /* NULL: nothing is noted (a dry run) */
    uint64_t collection;
    arena memory; /* of the group */
    store_file files[FILE_NOTES_GROUP];
    uint32_t count;
} file_notes;

void file_notes_init(file_notes *n, store *s, uint64_t collection);
void file_notes_done(file_notes *n);
/* Copies the note. */
KITH_CHECKED kith_status file_notes_add(file_notes *n, const store_file *file, kith_error *err);
KITH_CHECKED kith_status file_notes_flush(file_notes *n, kith_error *err);

#endif
