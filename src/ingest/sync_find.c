/* sync_find.c - the walk of a sync: which files there are, and which places cannot be read. */
#include "base/path.h"
#include "base/size.h"
#include "ingest/sync_run.h"
#include "ingest/tree.h"

static kith_status add_found(sync_run *s, const char *path, const file_info *info)
{
    const char *copy = arena_copy_text(&s->memory, path);
    if (!copy) return fail(s->err, KITH_ERR_NO_MEMORY, "out of memory for the list of files");
    kith_status status = file_list_add(&s->found, copy, info, s->err);
    if (status != KITH_OK) return status;
    s->in->total++;
    s->in->bytes_total += info->bytes;
    forecast_expect(&s->in->forecast, path, info->bytes);
    status = map_put(s->seen, view_of(path), SEEN_PENDING);
    return status == KITH_OK ? KITH_OK
                             : fail(s->err, status, "out of memory for the list of files");
}

static kith_status add_blocked(sync_run *s, const char *path)
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

/* Reports a path that cannot be a document. KITH_ERR_UNSUPPORTED in `problem` means that it never
 * will be (a link, a device): skipped. Anything else means that it could not be read: failed, and
 * what was below it counts as still there. */
static kith_status report_unreadable(sync_run *s, const char *path, const file_info *info,
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
    ingest_result result = {
        .outcome = failed ? KITH_FAILED : KITH_SKIPPED, .label = path, .problem = problem};
    s->in->total++;
    kith_status status = map_put(s->seen, n.path, SEEN_PROCESSED);
    if (status == KITH_OK && failed) status = add_blocked(s, path);
    if (status == KITH_OK) status = file_notes_add(&s->notes, &n, s->err);
    return status == KITH_OK ? ingest_report(s->in, &result, s->err) : status;
}

/* What the store knows the file by. */
static const char *known_as(const sync_run *s, const char *path)
{
    if (s->scope->named_as) return s->scope->named_as;
    return s->scope->named_below ? path + strlen(s->scope->named_below) + 1 : path;
}

static kith_status visit_file(void *context, const char *on_disk, const file_info *info,
                              const kith_error *problem)
{
    sync_run *s = context;
    const char *path = known_as(s, on_disk);
    uint64_t ignored;
    kith_error reason;
    if (map_get(s->seen, view_of(path), &ignored)) return KITH_OK; // below two of the starts
    if (problem) return report_unreadable(s, path, info, problem);
    if (info->kind == FILE_REGULAR) return add_found(s, path, info);
    (void)fail(&reason, KITH_ERR_UNSUPPORTED,
               info->kind == FILE_SYMLINK ? "symbolic link, not followed" : "not a regular file");
    return report_unreadable(s, path, info, &reason);
}

static kith_status report_ignored(void *context, const char *path)
{
    sync_run *s = context;
    const sync_scope *scope = s->scope;
    // It is named outright, too, and is walked for itself.
    if (strcmp(path_root_of(scope->roots, scope->root_count, view_of(path)), path) == 0)
        return KITH_OK;
    s->in->total++;
    const ingest_result ignored = {.outcome = KITH_IGNORED, .label = known_as(s, path)};
    return ingest_report(s->in, &ignored, s->err);
}

static kith_status enter_directory(void *context, const char *path)
{
    sync_run *s = context;
    return s->scope->entered ? s->scope->entered(s->scope->context, path, s->err) : KITH_OK;
}

static kith_status walk(sync_run *s, const char *root, const char *start,
                        const tree_visitor *visitor)
{
    const kith_status status = tree_walk(root, start, visitor, s->err);
    // sync_find_missing compares the store with the walk, so an empty walk is enough here.
    return status == KITH_ERR_NOT_FOUND && s->scope->may_be_missing ? KITH_OK : status;
}

/* The roots below a start: its own walk leaves them out where they are hidden or ignored, and what no
 * walk meets counts as gone. */
static kith_status walk_roots_below(sync_run *s, const char *start, const tree_visitor *visitor)
{
    const sync_scope *scope = s->scope;
    kith_status status = KITH_OK;
    for (size_t i = 0; i < scope->root_count && status == KITH_OK; i++) {
        const char *root = scope->roots[i];
        if (strcmp(root, start) != 0 && path_is_below(view_of(root), start))
            status = walk(s, root, root, visitor);
    }
    return status;
}

kith_status sync_find_files(sync_run *s, const char *data_directory)
{
    const sync_scope *scope = s->scope;
    const tree_visitor visitor = {visit_file, report_ignored, enter_directory, data_directory, s};
    for (size_t i = 0; i < scope->start_count; i++) {
        const char *start = scope->starts[i];
        const char *root = path_root_of(scope->roots, scope->root_count, view_of(start));
        if (!root) continue;
        kith_status status = walk(s, root, start, &visitor);
        // In a whole run each root is a start.
        if (status == KITH_OK && scope->is_partial) status = walk_roots_below(s, start, &visitor);
        if (status != KITH_OK) return status;
    }
    DCHECK(!sync_run_check(s));
    return KITH_OK;
}
