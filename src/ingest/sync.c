/* sync.c - the order of the phases of a sync, and the paths that it starts from.
 *
 * The store has sources (path, hash, documents) and notes (path, why it gave no document; for a
 * duplicate the hash and the original's path). The disk has files. A run compares each file with
 * the source of its path, and a new content with the contents of all sources of the same extension
 * and with those that this run is about to store. It must
 *
 *   (1) lose no content: bytes that lie below the starts, or that a noted duplicate elsewhere still
 *       has, are in the store when the run ends, under a path that has them;
 *   (2) embed no content twice, and none that is only renamed;
 *   (3) report nothing that is not on disk, and be right again after a kill at any moment, by the
 *       next run.
 *
 * The phases, each of which needs the ones before it:
 *
 *   1 find     Walk. Every regular file is pending from here on.
 *   2 missing  (sync) Sources below the starts that the walk did not meet. Before any file is
 *              compared, so that a path with a missing source's content is recognised as a rename
 *              and keeps the vectors (2), whether or not the path had another content before.
 *   3 compare  Each found file. Whoever has the content of a pending file is deferred, since that
 *              file may be about to change: if it does, the deferred file is the one that still has
 *              the content, and calling it a duplicate would lose it (1). All is settled: the group
 *              is stored, the duplicates whose original is stored are noted and reported.
 *   4 defer    The deferred files, for good. The original of each has its outcome now, or is
 *              deferred itself (two files that swapped their contents, a circle of renames); then
 *              the settling finds that the original has changed, and makes a document of the file.
 *   5 remove   (sync) What is still missing is offered to the noted duplicates elsewhere (1), and
 *              deleted when none takes it. Deleting before phase 4 could delete a content that a
 *              deferred file was about to take over.
 *   6 forget   (sync) Notes on files that have vanished.
 *   7 promote  Noted duplicates whose original has lost the content are compared again (1): those
 *              of a file that changed or moved in this run, and in a whole run those of a file that
 *              an earlier run was stopped at. Last, since every phase before may take a content
 *              away. sync_promote.c says how a partial run finds them without asking for all.
 *
 * Why nothing is embedded twice: the first file with a content becomes its owner before the next
 * file is compared, in `stored_by_content` if not yet in the store, and a source that is about to
 * be replaced (SEEN_CHANGED) does not count as an owner of what it had.
 *
 * A kill leaves whole transactions: a group, a deletion, a group of notes. A group that was not
 * stored leaves its files unknown or as they were, and the next run compares them again. A missing
 * source that was not deleted is still missing. Notes that were not written are found out again. A
 * file whose documents were deleted because it became a duplicate, and whose note was not written,
 * is new to the next run and becomes a duplicate or, when the other file is not there either, a
 * document. A duplicate left without an original is found by the query of phase 7 in a whole run,
 * with which kith watch begins.
 *
 * docs/decisions/009 says why duplicates are kept as notes. */
#include "ingest/sync.h"

#include "base/path.h"
#include "base/size.h"
#include "db/database.h"
#include "ingest/sync_run.h"

#include <errno.h>
#include <stdlib.h>

/* Phases 2 to 7. */
static kith_status sync_found(sync_run *s)
{
    bool removes = s->in->options->sync;
    kith_status status = removes ? sync_find_missing(s) : KITH_OK;
    for (size_t i = 0; i < s->found.count && status == KITH_OK; i++)
        status = sync_file(s, &s->found.files[i]);
    if (status == KITH_OK) status = sync_settle(s);
    DCHECK(status != KITH_OK || !sync_run_check(s));
    for (size_t i = 0; i < s->deferred.count && status == KITH_OK; i++)
        status = sync_deferred_file(s, &s->deferred.files[i]);
    if (status == KITH_OK) status = sync_settle(s);
    DCHECK(status != KITH_OK || !sync_run_check(s));
    if (status == KITH_OK && removes) status = sync_remove_missing(s);
    if (status == KITH_OK && removes) status = sync_forget_missing_notes(s);
    // Files that are named below a directory have no duplicates, and take no content away.
    if (status == KITH_OK && !s->scope->named_below) status = sync_promote_duplicates(s);
    DCHECK(status != KITH_OK || !sync_run_check(s));
    return status;
}

/* ingest_failed: notes a file that was read and could not be stored, so that it does not own its
 * content for the files that wait as its duplicates, and hands it to scope->postponed when the
 * endpoint is the cause. */
static kith_status note_failed(void *context, const ingest_unit *unit, const kith_error *problem,
                               kith_error *err)
{
    sync_run *s = context;
    const sync_scope *scope = s->scope;
    const store_file n = {
        .path = unit->source->path,
        .state = STORE_FILE_FAILED,
        .status = problem->code,
        .reason = view_of(problem->message),
        .bytes = unit->source->bytes,
        .modified_ns = unit->source->modified_ns,
    };
    view key = content_key(unit->source->hash, unit->source->path, &s->memory);
    if (!key.data) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for the list of contents");
    (void)map_remove(s->stored_by_content, key);
    kith_status status = file_notes_add(&s->notes, &n, err);
    if (!scope->postponed || s->in->outage.code == KITH_OK) return status;
    if (status == KITH_OK) status = scope->postponed(scope->context, n.path, err);
    // A rename that failed leaves the former path stored: the next run must find it missing again,
    // and find the new path with its content, to see the rename.
    if (status == KITH_OK && unit->other)
        status = scope->postponed(scope->context, view_of(unit->other), err);
    return status;
}

kith_status sync_scope_run(ingest_run *in, const sync_scope *scope, kith_error *err)
{
    sync_run *s = NULL;
    kith_status status = sync_run_new(in, scope, &s, err);
    if (status != KITH_OK) return status;
    in->on_failed = note_failed;
    in->failed_context = s;
    in->survives_outage = scope->postponed != NULL;
    // A data directory that lies below a start is not a folder of documents.
    char *data_directory =
        in->collection ? realpath(database_directory(collection_database(in->collection)), NULL)
                       : NULL;
    status = sync_find_files(s, data_directory);
    free(data_directory);
    if (status == KITH_OK) status = sync_found(s);
    if (status == KITH_OK || status == KITH_ERR_CANCELLED) {
        // The notes are true whether or not the run was stopped before its end.
        kith_error problem;
        kith_status noted = file_notes_flush(&s->notes, &problem);
        if (status == KITH_OK && noted != KITH_OK) status = fail(err, noted, "%s", problem.message);
    }
    sync_run_free(s);
    return status;
}

kith_status sync_resolve(const char *const *paths, size_t count, char ***out, kith_error *err)
{
    kith_status status = KITH_OK;
    char **roots = heap_new_array(count, sizeof *roots);
    if (!roots) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for paths");
    for (size_t i = 0; i < count && status == KITH_OK; i++) {
        roots[i] = realpath(paths[i], NULL);
        if (!roots[i])
            status = fail(err, status_of_errno(errno), "cannot read '%s': %s", paths[i],
                          strerror(errno));
    }
    if (status == KITH_OK)
        *out = roots;
    else
        sync_roots_free(roots, count);
    return status;
}

void sync_roots_free(char **roots, size_t count)
{
    for (size_t i = 0; roots && i < count; i++)
        free(roots[i]);
    free(roots);
}

/* Refuses what named_below cannot be combined with; *below is it without links, the caller's to free
 * whatever the result, or NULL. */
static kith_status resolve_below(const kith_ingest_options *options, char *const *roots,
                                 size_t count, char **below, kith_error *err)
{
    *below = NULL;
    if (options->named_as && (!options->named_below || count != 1 || !*options->named_as))
        return fail(err, KITH_ERR_INVALID, "named_as is for one file, below named_below");
    if (!options->named_below) return KITH_OK;
    if (options->sync)
        return fail(err, KITH_ERR_INVALID,
                    "files that are named below '%s' are never missing: not with sync",
                    options->named_below);
    *below = realpath(options->named_below, NULL);
    if (!*below)
        return fail(err, status_of_errno(errno), "cannot read '%s': %s", options->named_below,
                    strerror(errno));
    for (size_t i = 0; i < count; i++)
        if (!path_is_below(view_of(roots[i]), *below) || strcmp(roots[i], *below) == 0)
            return fail(err, KITH_ERR_INVALID, "'%s' is not below '%s'", roots[i],
                        options->named_below);
    return KITH_OK;
}

kith_status sync_paths(ingest_run *in, const char *const *paths, size_t count, kith_error *err)
{
    char **roots = NULL;
    char *below = NULL;
    kith_status status = sync_resolve(paths, count, &roots, err);
    if (status != KITH_OK) return status;
    status = resolve_below(in->options, roots, count, &below, err);
    const sync_scope scope = {.roots = (const char *const *)roots,
                              .root_count = count,
                              .starts = (const char *const *)roots,
                              .start_count = count,
                              .named_below = below,
                              .named_as = in->options->named_as};
    if (status == KITH_OK) status = sync_scope_run(in, &scope, err);
    free(below);
    sync_roots_free(roots, count);
    return status;
}
