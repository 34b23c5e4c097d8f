/* sync_file.c - one file: what it is now, against what the store knows.
 *
 *   the path is          the content is                           outcome
 *   -------------------  ---------------------------------------  --------------------------------
 *   known, equal hash    -                                        unchanged: no new documents; a
 *                                                                 note on the path is removed
 *   any other            a missing source's                       renamed: new documents replace
 *                                                                 those of the former path, and
 *                                                                 those that the path had, in one
 *                                                                 transaction; equal chunks keep
 *                                                                 their vectors
 *   any other            another source's (or owned by a file     duplicate: not embedded, noted,
 *                        of this run)                             and what the path had is deleted
 *   known, another hash  new                                      updated: new documents replace
 *                                                                 the old in one transaction
 *   new                  new                                      added
 *   any                  not readable                             failed or skipped, and noted with
 *                                                                 the reason; old documents stay
 *   any                  readable, but without a usable document  the same; with options->sync the
 *                                                                 old documents are deleted
 *
 * "Known" means that the store has a source of this path, "another source's" that content_key is
 * equal: the same bytes and settings, and the same extension. A duplicate of a file that is still
 * pending is not decided here but put into `deferred`: the other file may be about to change. Every
 * other duplicate is put into `waiting`, since "duplicate" promises that the content is on disk
 * under the other path: sync_settle.c. "Renamed" promises that no moment exists in which the store
 * has neither or both of the two paths.
 *
 * A source is missing when it lies below the starts and the walk did not meet it (with
 * options->sync), or wherever it lies when its path leads to no regular file (is_on_disk). The
 * second kind is only found when a file with its content turns up, and only moved, never deleted,
 * so that a wrong guess loses nothing: the content stays, under a path that can be opened. A path
 * that cannot be looked at (no permission, a disk or server that fails) is not missing.
 *
 * In a run whose files are named below a directory (sync.h) the rows "renamed" and "duplicate" do
 * not occur, and in other runs such a file is no "another source".
 *
 * Memory. Three owners are at hand; to confuse them is a use after free:
 *
 *   the run's arena (s->memory)        paths of found and missing files, content keys; valid until
 *                                      the run ends
 *   the group's arena (s->in->memory)  hash, known source, bytes, extraction, documents, the unit's
 *                                      copy of the source; valid until the group is stored, and
 *                                      ingest_add stores it when this very file fills it
 *   the stack (read_and_compare)       the candidate and its found_file: they are read after
 *                                      ingest_add, so they must not lie in the group's arena
 *
 * s->content is reused for every file, so content that becomes documents is first copied into the
 * group's arena. What a file that came to nothing allocated there is given back at once by
 * rewinding to a mark, so that a folder of a million duplicates costs no memory while a group waits
 * to be filled. Once the content has been handed on (candidate.is_in_group) the mark is void: the
 * group may refer to what lies behind it, or may have been stored and the arena emptied. */
#include "base/hash.h"
#include "base/path.h"
#include "ingest/sync_content.h"
#include "os/clock.h"
#include "os/file.h"

#include <limits.h>

store_file sync_duplicate_note(const found_file *file, view original, view hash)
{
    return (store_file){
        .path = view_of(file->path),
        .state = STORE_FILE_DUPLICATE,
        .reason = VIEW(""),
        .original = original,
        .hash = hash,
        .bytes = file->info.bytes,
        .modified_ns = file->info.modified_ns,
    };
}

static kith_status forget_note(sync_run *s, const found_file *file)
{
    store_file n = {.path = view_of(file->path), .state = STORE_FILE_FORGOTTEN};
    return file_notes_add(&s->notes, &n, s->err);
}

/* ---- reading ---- */

/* Sets c->source from s->content; false when memory ran out. */
static bool describe_source(sync_run *s, sync_candidate *c)
{
    arena *a = &s->in->memory;
    char hex[33];
    const char *languages = s->in->options->ocr_languages;
    uint64_t seed = hash64(s->settings, 0);
    // What is read on pictures of pages depends on it, and is read again.
    if (languages && view_ends_with_nocase(view_of(c->file->path), VIEW(".pdf")))
        seed = hash64(view_of(languages), seed);
    hash128_hex(hash128_of(buffer_view(&s->content), seed), hex);
    c->source = (store_source){
        .path = view_of(c->file->path),
        .hash = arena_copy(a, view_of(hex)),
        .bytes = s->content.size,
        .modified_ns = c->file->info.modified_ns,
    };
    return c->source.hash.data != NULL;
}

/* ---- comparing ---- */

/* False when the path certainly leads to no regular file. A place that cannot be looked at counts
 * as there: what lies behind it may come back, and nothing is known of it meanwhile. */
static bool is_on_disk(view path)
{
    char text[PATH_MAX];
    file_info info;
    if (path.size >= sizeof text) return false;
    memcpy(text, path.data, path.size);
    text[path.size] = '\0';
    kith_status status = file_stat(text, &info, NULL);
    return status == KITH_OK ? info.kind == FILE_REGULAR : status != KITH_ERR_NOT_FOUND;
}

typedef struct original_search {
    sync_run *run;
    const char *path; /* of the file whose content it is */
    view vanished;    /* out, in the run's arena: the first that is not on disk; data NULL: none */
} original_search;

/* store_source_match: another path with the same extension that keeps its content in this run and
 * is on disk. A pending one is compared later, and is not looked at before. */
static bool is_original(void *context, view path)
{
    original_search *wanted = context;
    view extension = view_of(path_extension(wanted->path));
    uint64_t state = 0;
    if (view_equal(path, view_of(wanted->path))) return false;
    (void)map_get(wanted->run->seen, path, &state);
    if (state == SEEN_CHANGED || state == SEEN_MISSING) return false;
    // By the last name alone: "a.b/c" has no extension.
    if (path.data[0] != '/') return false; // of a file that was named below a directory
    const char *slash = memrchr(path.data, '/', path.size);
    view base = slash ? view_slice(path, (size_t)(slash + 1 - path.data), path.size) : path;
    const char *dot = memrchr(base.data, '.', base.size);
    view other =
        dot && dot > base.data ? (view){dot, base.size - (size_t)(dot - base.data)} : VIEW("");
    if (!view_equal(other, extension)) return false;
    if (state == SEEN_PENDING || is_on_disk(path)) return true;
    if (!wanted->vanished.data) wanted->vanished = arena_copy(&wanted->run->memory, path);
    return false;
}

/* Another path that owns this content: in this run, which is asked first because its owners may
 * still wait in the group, or in the store. KITH_ERR_NOT_FOUND when there is none, and then
 * c->former is the source that has the content but no file, if there is such a one; or a read error
 * of the store. */
static kith_status find_original(sync_run *s, sync_candidate *c, store_source *out)
{
    uint64_t owner = 0;
    arena *a = &s->in->memory;
    view key = content_key(c->source.hash, c->source.path, a);
    if (!key.data) return fail(s->err, KITH_ERR_NO_MEMORY, "out of memory");
    if (map_get(s->stored_by_content, key, &owner)) {
        CHECK(owner < s->content_owners.count);
        *out = (store_source){.path = view_of(s->content_owners.files[owner].path),
                              .hash = c->source.hash};
        return view_equal(out->path, c->source.path) ? KITH_ERR_NOT_FOUND : KITH_OK;
    }
    if (!s->store) return KITH_ERR_NOT_FOUND;
    original_search wanted = {.run = s, .path = c->file->path};
    kith_status status = store_find_source(s->store, s->collection, c->source.hash, a, is_original,
                                           &wanted, out, s->err);
    if (s->memory.exhausted) return fail(s->err, KITH_ERR_NO_MEMORY, "out of memory for a path");
    if (status == KITH_ERR_NOT_FOUND && wanted.vanished.data) {
        view hash = arena_copy(&s->memory, c->source.hash);
        if (!hash.data) return fail(s->err, KITH_ERR_NO_MEMORY, "out of memory for a path");
        c->vanished = (missing_source){.path = wanted.vanished, .hash = hash};
        c->former = &c->vanished;
    }
    return status;
}

/* The missing source with this content, unless it has moved already; NULL: none. */
static missing_source *find_missing(sync_run *s, const sync_candidate *c)
{
    uint64_t i = 0;
    view key = content_key(c->source.hash, c->source.path, &s->in->memory);
    if (!key.data || !map_get(s->missing_by_content, key, &i)) return NULL;
    CHECK(i < s->missing_count);
    return s->missing[i].is_moved ? NULL : &s->missing[i];
}

/* Reports the duplicate when nothing has to be stored first; else it waits (sync_settle.c). */
static kith_status add_duplicate(sync_run *s, const sync_candidate *c, const store_source *original)
{
    uint64_t state = 0;
    const store_file n = sync_duplicate_note(c->file, original->path, c->source.hash);
    bool is_settled = !s->notes.store; // a dry run
    kith_status status = KITH_OK;
    (void)map_get(s->seen, original->path, &state);
    if (!is_settled && !sync_is_known(c) && state != SEEN_CHANGED)
        status = file_notes_has(&s->notes, &n, &is_settled, s->err);
    if (status != KITH_OK) return status;
    if (is_settled) {
        ingest_result result = {.outcome = KITH_DUPLICATE,
                                .label = c->file->path,
                                .other = arena_copy(&s->in->memory, original->path).data,
                                .bytes = c->source.bytes};
        return ingest_report(s->in, &result, s->err);
    }
    CHECK(s->waiting_count < s->notes.group);
    waiting_duplicate d = {.file = *c->file,
                           .hash = arena_copy(&s->waiting_memory, c->source.hash),
                           .original = arena_copy(&s->waiting_memory, original->path),
                           .bytes = c->source.bytes,
                           .is_known = sync_is_known(c)};
    if (s->waiting_memory.exhausted)
        return fail(s->err, KITH_ERR_NO_MEMORY, "out of memory for a duplicate");
    s->waiting[s->waiting_count++] = d;
    if (!sync_is_known(c)) return KITH_OK;
    status = map_put(s->seen, c->source.path, SEEN_CHANGED);
    return status == KITH_OK ? KITH_OK
                             : fail(s->err, status, "out of memory for the list of files");
}

/* True while the path's content in the store may still be replaced in this run. */
static bool is_pending(const sync_run *s, view path)
{
    uint64_t state = 0;
    return map_get(s->seen, path, &state) && state == SEEN_PENDING;
}

static kith_status report_unchanged(sync_run *s, const sync_candidate *c)
{
    kith_status status = forget_note(s, c->file);
    if (status != KITH_OK) return status;
    ingest_result result = {
        .outcome = KITH_UNCHANGED, .label = c->file->path, .bytes = c->source.bytes};
    return ingest_report(s->in, &result, s->err);
}

static kith_status defer(sync_run *s, const sync_candidate *c)
{
    kith_status status = map_put(s->seen, c->source.path, SEEN_PENDING);
    if (status != KITH_OK) return fail(s->err, status, "out of memory for the list of files");
    return file_list_add(&s->deferred, c->file->path, &c->file->info, s->err);
}

/* Decides the outcome by the table at the head of this file, and carries it out. */
static kith_status compare(sync_run *s, sync_candidate *c, bool may_defer)
{
    if (sync_is_known(c) && view_equal(c->known.hash, c->source.hash))
        return report_unchanged(s, c);
    store_source original = {0};
    kith_status status = sync_is_known(c) ? sync_lose_content(s, c->known.hash) : KITH_OK;
    if (status != KITH_OK) return status;
    c->former = find_missing(s, c);
    bool is_alone = c->former || s->scope->named_below;
    status = is_alone ? KITH_ERR_NOT_FOUND : find_original(s, c, &original);
    if (status == KITH_OK)
        return may_defer && is_pending(s, original.path) ? defer(s, c)
                                                         : add_duplicate(s, c, &original);
    if (status != KITH_ERR_NOT_FOUND) return status;
    // The extraction refers to the bytes, which must last until the group is stored.
    c->bytes = arena_copy(&s->in->memory, buffer_view(&s->content));
    if (!c->bytes.data)
        return fail(s->err, KITH_ERR_NO_MEMORY, "out of memory for '%s'", c->file->path);
    return sync_ingest_content(s, c);
}

static kith_status read_and_compare(sync_run *s, const found_file *file, bool may_defer,
                                    bool *is_forecast)
{
    kith_error problem;
    arena *a = &s->in->memory;
    kith_status status = ingest_bound_memory(s->in, s->err);
    if (status != KITH_OK) return status;
    arena_mark before = arena_set_mark(a);
    found_file now = *file;
    sync_candidate c = {.file = &now};
    status = map_put(s->seen, view_of(file->path), SEEN_PROCESSED);
    if (status != KITH_OK) return fail(s->err, status, "out of memory for the list of files");
    const char *below = s->scope->named_below;
    const char *on_disk = s->scope->named_as ? s->scope->roots[0]
                          : below            ? arena_printf(a, "%s/%s", below, now.path)
                                             : now.path;
    if (!on_disk) return fail(s->err, KITH_ERR_NO_MEMORY, "out of memory for '%s'", now.path);
    status = file_read_settled(&file_ops_posix, on_disk, KITH_DOCUMENT_MAX_BYTES, &s->content,
                               &now.info, &problem);
    if (status == KITH_ERR_NO_MEMORY) return fail(s->err, status, "%s", problem.message);
    if (status != KITH_OK) return sync_report_unusable(s, &now, &problem);
    if (!describe_source(s, &c))
        return fail(s->err, KITH_ERR_NO_MEMORY, "out of memory for '%s'", file->path);
    if (s->store) {
        status = store_get_source(s->store, s->collection, c.source.path, a, &c.known, s->err);
        if (status != KITH_OK && status != KITH_ERR_NOT_FOUND) return status;
    }
    status = compare(s, &c, may_defer);
    if (!c.is_in_group) arena_rewind(a, before);
    *is_forecast = c.is_forecast;
    return status;
}

kith_status sync_compare_file(sync_run *s, const found_file *file, bool may_defer)
{
    int64_t start = clock_monotonic_ns();
    forecast *f = &s->in->forecast;
    double embedding = s->in->embed_seconds;
    bool is_forecast = false;
    kith_status status = read_and_compare(s, file, may_defer, &is_forecast);
    double seconds = (double)(clock_monotonic_ns() - start) / 1e9;
    if (!is_forecast) forecast_meet(f, file->path, file->info.bytes, 0, 0);
    forecast_spend(f, file->path, seconds - (s->in->embed_seconds - embedding));
    return status;
}
