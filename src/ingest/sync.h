/* sync.h - files and directories into a collection, touching only what changed.
 * A file is its path (absolute) and the hash of its bytes and of the settings that shape chunks.
 * Equal hash: unchanged, nothing is extracted or embedded. Equal content under another path of the
 * same extension is embedded once. What can be said of each file: sync_file.c. */
#ifndef KITH_INGEST_SYNC_H
#define KITH_INGEST_SYNC_H

#include "base/status.h"
#include "ingest/ingest.h"

/* KITH_ERR_NOT_FOUND or KITH_ERR_IO when one of the paths cannot be read, before anything is
 * stored; KITH_ERR_CANCELLED; what ends an ingestion. */
KITH_CHECKED kith_status sync_paths(ingest_run *in, const char *const *paths, size_t count,
                                    kith_error *err);

/* A part of what is kept in sync. */
typedef struct sync_scope {
    const char *const *roots; /* [root_count] absolute, free of links: where ignore rules begin */
    size_t root_count;
    const char *const *starts; /* [start_count] what to look at; each is a root or below one */
    size_t start_count;
    /* Before a directory is read; may be NULL. */
    kith_status (*entered)(void *context, const char *path, kith_error *err);
    void *context;
    bool may_be_gone; /* a start that does not exist is what it is about, not an error */
    bool is_partial;  /* the starts are no more than what changed */
    /* A path that has to be looked at again when the endpoint that embeds answers; NULL: its failure
     * ends the run. */
    kith_status (*postponed)(void *context, view path, kith_error *err);
} sync_scope;

KITH_CHECKED kith_status sync_scope_run(ingest_run *in, const sync_scope *scope, kith_error *err);

/* Absolute paths without links, all checked before any is used; a link named outright is followed.
 * Free with sync_roots_free. */
KITH_CHECKED kith_status sync_resolve(const char *const *paths, size_t count, char ***out,
                                      kith_error *err);
void sync_roots_free(char **roots, size_t count);

#endif
