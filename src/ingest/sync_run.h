/* sync_run.h - what the two halves of a sync share: finding and comparing the whole (sync.c), and
 * dealing with one file (sync_file.c). */
#ifndef KITH_INGEST_SYNC_RUN_H
#define KITH_INGEST_SYNC_RUN_H

#include "base/map.h"
#include "ingest/document_name.h"
#include "ingest/file_notes.h"
#include "ingest/ingest.h"
#include "ingest/sync.h"
#include "os/file.h"

typedef struct found_file {
    const char *path; /* absolute */
    file_info info;
} found_file;

typedef struct file_list {
    found_file *files; /* [count] */
    size_t count, capacity;
} file_list;

/* A source whose file is gone. */
typedef struct gone_source {
    view path, hash;
    bool taken; /* another path has its content now */
} gone_source;

/* Of a path, in sync_run.seen. */
typedef enum seen_state {
    SEEN_WAITING = 1,
    SEEN_DEALT_WITH = 2,
    SEEN_CHANGED = 3, /* what the store knows of it is about to be replaced */
    SEEN_GONE = 4     /* not met: a source without its file */
} seen_state;

typedef struct sync_run {
    ingest_run *in;
    store *store; /* NULL: a dry run into a collection that does not exist */
    uint64_t collection;
    name_giver names;
    file_notes notes;
    arena memory; /* of the whole run: paths */
    file_list found;
    file_list deferred; /* duplicates of files that may be about to change */
    map *seen;          /* paths met: seen_state */
    map *given;         /* content stored in this run, by its key: index into `givers` */
    file_list givers;   /* who gave it */
    const sync_scope *scope;
    const char **blocked; /* [blocked_count] places that cannot be read: nothing vanished there */
    size_t blocked_count, blocked_capacity;
    gone_source *gone; /* [gone_count] with sync */
    uint32_t gone_count, gone_capacity;
    map *gone_by_content; /* by content key: index into `gone` */
    map *left;            /* hashes of what files of this run held before; no value */
    buffer content;       /* of the file at hand */
    view settings;
    kith_error *err;
} sync_run;

/* `path` must last as long as the run. */
KITH_CHECKED kith_status file_list_add(sync_run *s, file_list *list, const char *path,
                                       const file_info *info);

/* Two files with one content key give the same documents, their names apart: the content with the
 * settings, as hex, and the extension, which tells the format. In `a`; data NULL: no memory. */
view content_key(view hash, view path, arena *a);

/* Reads the file and does what its state asks for. */
KITH_CHECKED kith_status sync_file(sync_run *s, const found_file *file);
/* The same once nothing that the file could be a duplicate of is about to change. */
KITH_CHECKED kith_status sync_file_finally(sync_run *s, const found_file *file);

#endif
