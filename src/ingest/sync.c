/* sync.c - finding files, and what became of those that are found no more.
 *
 * Order matters, so that no content is embedded twice and none is lost: first what is gone is made
 * out, so that a new path with its content can take its place; then the files are dealt with, but
 * for duplicates of files that are yet to be; then those; then the rest of what is gone is removed,
 * after a duplicate elsewhere was offered its place; at last duplicates whose original has changed
 * become documents of their own. docs/decisions/009 says why duplicates are kept as notes. */
#include "ingest/sync.h"

#include "base/path.h"
#include "base/size.h"
#include "db/database.h"
#include "ingest/document_name.h"
#include "ingest/sync_run.h"
#include "ingest/tree.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>

/* ---- finding ---- */

kith_status file_list_add(sync_run *s, file_list *list, const char *path, const file_info *info)
{
    if (list->count == list->capacity) {
        size_t capacity = list->capacity ? list->capacity * 2 : 256;
        found_file *grown = heap_grow_array(list->files, capacity, sizeof *grown);
        if (!grown) return fail(s->err, KITH_ERR_NO_MEMORY, "out of memory for the list of files");
        list->files = grown;
        list->capacity = capacity;
    }
    list->files[list->count++] = (found_file){path, *info};
    return KITH_OK;
}

static kith_status keep_file(sync_run *s, const char *path, const file_info *info)
{
    const char *copy = arena_copy_text(&s->memory, path);
    if (!copy) return fail(s->err, KITH_ERR_NO_MEMORY, "out of memory for the list of files");
    kith_status status = file_list_add(s, &s->found, copy, info);
    if (status != KITH_OK) return status;
    s->in->total++;
    s->in->bytes_total += info->bytes;
    status = map_put(s->seen, view_of(path), SEEN_WAITING);
    return status == KITH_OK ? KITH_OK
                             : fail(s->err, status, "out of memory for the list of files");
}

static kith_status keep_blocked(sync_run *s, const char *path)
{
    if (s->blocked_count == s->blocked_capacity) {
        size_t capacity = s->blocked_capacity ? s->blocked_capacity * 2 : 16;
        const char **grown = heap_grow_array(s->blocked, capacity, sizeof *grown);
        if (!grown) return fail(s->err, KITH_ERR_NO_MEMORY, "out of memory for the list of files");
        s->blocked = grown;
        s->blocked_capacity = capacity;
    }
    const char *copy = arena_copy_text(&s->memory, path);
    if (!copy) return fail(s->err, KITH_ERR_NO_MEMORY, "out of memory for the list of files");
    s->blocked[s->blocked_count++] = copy;
    return KITH_OK;
}

/* A file that is none, or a place that cannot be read. */
static kith_status report_found(sync_run *s, const char *path, const file_info *info,
                                const kith_error *problem)
{
    bool failed = problem->code != KITH_ERR_UNSUPPORTED;
    store_file n = {
        .path = view_of(path),
        .state = failed ? STORE_FILE_FAILED : STORE_FILE_SKIPPED,
        .status = problem->code,
        .reason = view_of(problem->message),
        .bytes = info->bytes,
        .modified_ns = info->modified_ns,
    };
    ingest_news news = {
        .outcome = failed ? KITH_FAILED : KITH_SKIPPED, .label = path, .problem = problem};
    s->in->total++;
    kith_status status = map_put(s->seen, n.path, SEEN_DEALT_WITH);
    if (status == KITH_OK && failed) status = keep_blocked(s, path);
    if (status == KITH_OK) status = file_notes_add(&s->notes, &n, s->err);
    return status == KITH_OK ? ingest_report(s->in, &news, s->err) : status;
}

static kith_status visit_file(void *context, const char *path, const file_info *info,
                              const kith_error *problem)
{
    sync_run *s = context;
    uint64_t ignored;
    kith_error reason;
    if (map_get(s->seen, view_of(path), &ignored)) return KITH_OK; // named twice
    if (problem) return report_found(s, path, info, problem);
    if (info->kind == FILE_REGULAR) return keep_file(s, path, info);
    (void)fail(&reason, KITH_ERR_UNSUPPORTED,
               info->kind == FILE_SYMLINK ? "symbolic link, not followed" : "not a regular file");
    return report_found(s, path, info, &reason);
}

static kith_status note_ignored(void *context, const char *path)
{
    sync_run *s = context;
    s->in->total++;
    return ingest_report(s->in, &(ingest_news){.outcome = KITH_IGNORED, .label = path}, s->err);
}

static kith_status enter_directory(void *context, const char *path)
{
    sync_run *s = context;
    return s->scope->entered ? s->scope->entered(s->scope->context, path, s->err) : KITH_OK;
}

/* Walks from each start. */
static kith_status find_files(sync_run *s, const char *data_directory)
{
    const sync_scope *scope = s->scope;
    const tree_visitor visitor = {visit_file, note_ignored, enter_directory, data_directory, s};
    for (size_t i = 0; i < scope->start_count; i++) {
        const char *start = scope->starts[i];
        size_t r = 0;
        while (r < scope->root_count && !path_is_below(view_of(start), scope->roots[r]))
            r++;
        if (r == scope->root_count) continue;
        kith_status status = tree_walk(scope->roots[r], start, &visitor, s->err);
        // What is gone is found by what is known of it.
        bool is_gone = status == KITH_ERR_NOT_FOUND && scope->may_be_gone;
        if (status != KITH_OK && !is_gone) return status;
    }
    return KITH_OK;
}

/* ---- what is gone ---- */

static bool is_blocked(const sync_run *s, view path)
{
    for (size_t i = 0; i < s->blocked_count; i++)
        if (path_is_below(path, s->blocked[i])) return true;
    return false;
}

static bool has_vanished(const sync_run *s, view path)
{
    uint64_t state = SEEN_GONE;
    return (!map_get(s->seen, path, &state) || state == SEEN_GONE) && !is_blocked(s, path);
}

static kith_status keep_gone(void *context, const store_source *source)
{
    sync_run *s = context;
    uint64_t ignored;
    // The starts of a part may lie one in the other.
    bool is_kept = map_get(s->seen, source->path, &ignored);
    if (is_kept || !has_vanished(s, source->path)) return KITH_OK;
    if (s->gone_count == s->gone_capacity) {
        uint32_t capacity = s->gone_capacity ? s->gone_capacity * 2 : 64;
        gone_source *grown = heap_grow_array(s->gone, capacity, sizeof *grown);
        if (!grown) return fail(s->err, KITH_ERR_NO_MEMORY, "out of memory for what is gone");
        s->gone = grown;
        s->gone_capacity = capacity;
    }
    gone_source gone = {.path = arena_copy(&s->memory, source->path),
                        .hash = arena_copy(&s->memory, source->hash)};
    view key = content_key(gone.hash, gone.path, &s->memory);
    kith_status status =
        key.data ? map_put(s->gone_by_content, key, s->gone_count) : KITH_ERR_NO_MEMORY;
    if (status == KITH_OK) status = map_put(s->seen, gone.path, SEEN_GONE);
    if (status != KITH_OK) return fail(s->err, status, "out of memory for what is gone");
    s->gone[s->gone_count++] = gone;
    return KITH_OK;
}

static kith_status find_gone(sync_run *s)
{
    kith_status status = KITH_OK;
    for (size_t i = 0; s->store && i < s->scope->start_count && status == KITH_OK; i++)
        status = store_visit_sources(s->store, s->collection, view_of(s->scope->starts[i]),
                                     keep_gone, s, s->err);
    return status;
}

/* A file that was not looked at in this run; one that is no longer there is none. */
static kith_status deal_with_outsider(sync_run *s, view path)
{
    found_file file = {arena_copy(&s->memory, path).data, {0}};
    uint64_t state = 0;
    if (!file.path) return fail(s->err, KITH_ERR_NO_MEMORY, "out of memory for a path");
    if (map_get(s->seen, path, &state) && state == SEEN_CHANGED) return KITH_OK;
    if (file_stat(file.path, &file.info, NULL) != KITH_OK || file.info.kind != FILE_REGULAR)
        return KITH_OK;
    s->in->total++;
    s->in->bytes_total += file.info.bytes;
    return sync_file_finally(s, &file);
}

/* Offers the place of what is gone to duplicates that this run did not meet. */
static kith_status offer_place(sync_run *s, const gone_source *gone)
{
    store_file *duplicates = NULL;
    uint32_t count = 0;
    kith_status status = store_list_duplicates(s->store, s->collection, gone->hash, &s->memory,
                                               &duplicates, &count, s->err);
    for (uint32_t i = 0; i < count && status == KITH_OK && !gone->taken; i++)
        status = deal_with_outsider(s, duplicates[i].path);
    return status;
}

static kith_status remove_gone(sync_run *s)
{
    kith_status status = KITH_OK;
    for (uint32_t i = 0; i < s->gone_count && status == KITH_OK; i++)
        if (!s->gone[i].taken) status = offer_place(s, &s->gone[i]);
    if (status == KITH_OK) status = ingest_flush(s->in, s->err);
    for (uint32_t i = 0; i < s->gone_count && status == KITH_OK; i++) {
        if (s->gone[i].taken) continue;
        if (!s->in->options->dry_run)
            status = collection_delete_source(s->in->collection, s->gone[i].path, s->err);
        if (status != KITH_OK) return status;
        s->in->total++;
        ingest_news news = {.outcome = KITH_REMOVED, .label = s->gone[i].path.data};
        status = ingest_report(s->in, &news, s->err);
    }
    return status;
}

typedef struct vanished_notes {
    sync_run *run;
    view *paths; /* [count] */
    size_t count, capacity;
} vanished_notes;

static kith_status keep_vanished(void *context, const store_file *file)
{
    vanished_notes *v = context;
    sync_run *s = v->run;
    if (!has_vanished(s, file->path)) return KITH_OK;
    if (v->count == v->capacity) {
        size_t capacity = v->capacity ? v->capacity * 2 : 64;
        view *grown = heap_grow_array(v->paths, capacity, sizeof *grown);
        if (!grown) return fail(s->err, KITH_ERR_NO_MEMORY, "out of memory for what is gone");
        v->paths = grown;
        v->capacity = capacity;
    }
    v->paths[v->count] = arena_copy(&s->memory, file->path);
    if (!v->paths[v->count++].data)
        return fail(s->err, KITH_ERR_NO_MEMORY, "out of memory for what is gone");
    return KITH_OK;
}

/* What was noted of files that are gone says nothing any more. */
static kith_status forget_gone(sync_run *s)
{
    vanished_notes v = {.run = s};
    kith_status status = KITH_OK;
    for (size_t i = 0; s->notes.store && i < s->scope->start_count && status == KITH_OK; i++)
        status = store_visit_files(s->store, s->collection, view_of(s->scope->starts[i]),
                                   keep_vanished, &v, s->err);
    for (size_t i = 0; i < v.count && status == KITH_OK; i++) {
        store_file n = {.path = v.paths[i], .state = STORE_FILE_FORGOTTEN};
        status = file_notes_add(&s->notes, &n, s->err);
    }
    free(v.paths);
    return status;
}

static kith_status deal_with_all(sync_run *s, const store_file *files, uint32_t count)
{
    kith_status status = KITH_OK;
    for (uint32_t i = 0; i < count && status == KITH_OK; i++)
        status = deal_with_outsider(s, files[i].path);
    return status;
}

static bool is_any(void *context, view path)
{
    (void)context;
    (void)path;
    return true;
}

/* Duplicates of the contents that files of this run had before. */
static kith_status adopt_left(sync_run *s)
{
    kith_status status = KITH_OK;
    size_t cursor = 0;
    view hash;
    uint64_t ignored;
    while (status == KITH_OK && map_next(s->left, &cursor, &hash, &ignored)) {
        store_file *duplicates = NULL;
        store_source other;
        uint32_t count = 0;
        status = store_find_source(s->store, s->collection, hash, &s->memory, is_any, NULL, &other,
                                   s->err);
        if (status != KITH_ERR_NOT_FOUND) continue; // there is another, or a failure
        status = store_list_duplicates(s->store, s->collection, hash, &s->memory, &duplicates,
                                       &count, s->err);
        if (status == KITH_OK) status = deal_with_all(s, duplicates, count);
    }
    return status;
}

/* Duplicates whose original holds something else now. A part is dealt with in its own time, not in
 * that of all there is; what an earlier run could not finish is left to the next whole one. */
static kith_status adopt_orphans(sync_run *s)
{
    store_file *orphans = NULL;
    uint32_t count = 0;
    if (!s->notes.store) return KITH_OK;
    kith_status status = file_notes_flush(&s->notes, s->err);
    if (status == KITH_OK && s->scope->is_partial)
        status = adopt_left(s);
    else if (status == KITH_OK)
        status = store_list_orphans(s->store, s->collection, &s->memory, &orphans, &count, s->err);
    if (status == KITH_OK) status = deal_with_all(s, orphans, count);
    return status == KITH_OK ? ingest_flush(s->in, s->err) : status;
}

/* ---- the run ---- */

/* Chunks made with other settings are other chunks: they are part of "unchanged". The number is the
 * pipeline's version. */
static view settings_text(const ingest_run *in, arena *a)
{
    const kith_chunk_options *c = &in->prepare.chunk;
    return view_of(arena_printf(a, "1 %d %u %d %u", (int)c->unit, c->size, c->overlap,
                                in->prepare.min_characters));
}

static kith_status sync_found(sync_run *s)
{
    kith_status status = s->in->options->sync ? find_gone(s) : KITH_OK;
    for (size_t i = 0; i < s->found.count && status == KITH_OK; i++)
        status = sync_file(s, &s->found.files[i]);
    if (status == KITH_OK) status = ingest_flush(s->in, s->err);
    for (size_t i = 0; i < s->deferred.count && status == KITH_OK; i++)
        status = sync_file_finally(s, &s->deferred.files[i]);
    if (status == KITH_OK) status = ingest_flush(s->in, s->err);
    if (status == KITH_OK && s->in->options->sync) status = remove_gone(s);
    if (status == KITH_OK && s->in->options->sync) status = forget_gone(s);
    return status == KITH_OK ? adopt_orphans(s) : status;
}

static void run_done(sync_run *s)
{
    free(s->found.files);
    free(s->deferred.files);
    free(s->givers.files);
    free(s->blocked);
    map_free(s->seen);
    map_free(s->given);
    free(s->gone);
    map_free(s->gone_by_content);
    map_free(s->left);
    map_free(s->names.given);
    file_notes_done(&s->notes);
    buffer_done(&s->content);
    arena_done(&s->memory);
    free(s);
}

static kith_status run_new(ingest_run *in, sync_run **out, kith_error *err)
{
    sync_run *s = calloc(1, sizeof *s);
    if (!s) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for an ingestion");
    s->in = in;
    s->err = err;
    if (in->collection) {
        s->store = database_store(collection_database(in->collection));
        s->collection = collection_id(in->collection);
    }
    s->names = (name_giver){s->store, s->collection, map_new()};
    s->seen = map_new();
    s->given = map_new();
    s->gone_by_content = map_new();
    s->left = map_new();
    file_notes_init(&s->notes, in->options->dry_run ? NULL : s->store, s->collection);
    arena_init(&s->memory, (size_t)4 << 30);
    buffer_init(&s->content, (size_t)KITH_DOCUMENT_MAX_BYTES + 1);
    s->settings = settings_text(in, &s->memory);
    if (!s->seen || !s->given || !s->gone_by_content || !s->left || !s->names.given ||
        !s->settings.data) {
        run_done(s);
        return fail(err, KITH_ERR_NO_MEMORY, "out of memory for an ingestion");
    }
    *out = s;
    return KITH_OK;
}

/* A file that was read and could not be stored. */
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
    kith_status status = file_notes_add(&s->notes, &n, err);
    if (!scope->postponed || s->in->outage.code == KITH_OK) return status;
    if (status == KITH_OK) status = scope->postponed(scope->context, n.path, err);
    // What it was called is still stored, and has to be found gone together with it.
    if (status == KITH_OK && unit->other)
        status = scope->postponed(scope->context, view_of(unit->other), err);
    return status;
}

kith_status sync_scope_run(ingest_run *in, const sync_scope *scope, kith_error *err)
{
    sync_run *s = NULL;
    kith_status status = run_new(in, &s, err);
    if (status != KITH_OK) return status;
    s->scope = scope;
    in->on_failed = note_failed;
    in->failed_context = s;
    in->outlives_endpoint = scope->postponed != NULL;
    // A data directory among the documents is none of them.
    char *data_directory =
        in->collection ? realpath(database_directory(collection_database(in->collection)), NULL)
                       : NULL;
    status = find_files(s, data_directory);
    free(data_directory);
    if (status == KITH_OK) status = sync_found(s);
    if (status == KITH_OK || status == KITH_ERR_CANCELLED) {
        // What was found out is kept also when the run was stopped.
        kith_error problem;
        kith_status noted = file_notes_flush(&s->notes, &problem);
        if (status == KITH_OK && noted != KITH_OK) status = fail(err, noted, "%s", problem.message);
    }
    run_done(s);
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

kith_status sync_paths(ingest_run *in, const char *const *paths, size_t count, kith_error *err)
{
    char **roots = NULL;
    kith_status status = sync_resolve(paths, count, &roots, err);
    if (status != KITH_OK) return status;
    const sync_scope scope = {.roots = (const char *const *)roots,
                              .root_count = count,
                              .starts = (const char *const *)roots,
                              .start_count = count};
    status = sync_scope_run(in, &scope, err);
    sync_roots_free(roots, count);
    return status;
}
