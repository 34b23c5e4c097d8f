/* sync.h - files and directories into a collection, touching only what changed.
 *
 * A file is its absolute path and the hash of its bytes, seeded with the settings that shape
 * chunks. Equal path and hash: unchanged, nothing is extracted or embedded. Equal hash under
 * another path of the same extension: the content is embedded once, and the second path is noted as
 * a duplicate, or takes over the documents when the first path has vanished. sync.c argues the
 * order in which this is found out, sync_file.c has the table of outcomes.
 *
 * With named_below a file is its path below that directory, which is relative, as no other source's
 * is. Nobody can look such a file up on disk later on, so its content has one owner only, itself:
 * it is no duplicate and has none, and it is never missing. That is what keeps the rules above true
 * for all others. */
#ifndef KITH_INGEST_SYNC_H
#define KITH_INGEST_SYNC_H

#include "base/status.h"
#include "ingest/ingest.h"

/* Syncs the files at and below `paths`. With options->sync, the documents of files that have
 * vanished from below the paths are removed. Each file's outcome is an event; a file that cannot be
 * read or used is reported and does not stop the rest.
 * KITH_ERR_NOT_FOUND, KITH_ERR_IO   one of the paths cannot be read; nothing was stored
 * KITH_ERR_INVALID                  named_below with sync, or a path is not below it; named_as with
 *                                   several paths or without named_below; nothing was stored
 * KITH_ERR_CANCELLED                on_event asked to stop; what was reported is stored
 * KITH_ERR_LIMIT                    directories are nested too deep
 * or what ends an ingestion: see ingest_flush. */
KITH_CHECKED kith_status sync_paths(ingest_run *in, const char *const *paths, size_t count,
                                    kith_error *err);

/* What one run looks at. Everything is borrowed for the run. */
typedef struct sync_scope {
    const char *const *roots; /* [root_count] absolute, free of links: where ignore rules begin */
    size_t root_count;
    const char *const
        *starts; /* [start_count] where the walks begin; each is a root or below one */
    size_t start_count;
    /* Called before a directory is read; may be NULL. Not KITH_OK ends the run. */
    kith_status (*entered)(void *context, const char *path, kith_error *err);
    void *context;
    /* A start path that no longer exists means its files were removed; it is not an error. */
    bool may_be_missing;
    bool is_partial; /* the starts are what changed, and not all that is kept in sync */
    /* Absolute, free of links, all starts lie below it: files are known by their path below it, see
     * kith_ingest_options.named_below. NULL: by their absolute path. */
    const char *named_below;
    const char *named_as; /* with named_below and one file: what that is known by; NULL: its path */
    /* Called with each path whose file failed because the endpoint is down, and is to be synced
     * again once it answers. NULL: an outage ends the run. */
    kith_status (*postponed)(void *context, view path, kith_error *err);
} sync_scope;

/* One run over the scope. Errors: as sync_paths, but with may_be_missing no KITH_ERR_NOT_FOUND for
 * a start; and any status of the callbacks. */
KITH_CHECKED kith_status sync_scope_run(ingest_run *in, const sync_scope *scope, kith_error *err);

/* *out: [count] the paths made absolute and free of links (a link that is named outright is
 * followed); free with sync_roots_free.
 * Errors, *out untouched: KITH_ERR_NOT_FOUND, KITH_ERR_IO (one of them cannot be read),
 * KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status sync_resolve(const char *const *paths, size_t count, char ***out,
                                      kith_error *err);
/* Accepts NULL. */
void sync_roots_free(char **roots, size_t count);

#endif
