/* sync_file.c - one file: what it is now, against what the store knows.
 *
 *   known, equal hash             unchanged
 *   known, another hash           updated; or a duplicate, when another source has that content
 *   new, content of a gone file   renamed: its chunks move with their vectors
 *   new, content of a source      duplicate: noted, embedded once
 *   new                           added
 *
 * A file that gives no document is noted with the reason. */
#include "base/path.h"
#include "ingest/sync_run.h"

#include "base/hash.h"
#include "extract/extract_file.h"

/* The file at hand. It lies on the stack: handing its documents to the group may fill the group, and
 * a group that was stored frees its memory, where all that the views below refer to lies (but the
 * path, which is the run's). After ingest_add only `is_kept` may be read. */
typedef struct candidate {
    const found_file *file;
    store_source source; /* as it is now */
    store_source known;  /* as it was; path.data == NULL: not known */
    gone_source *former; /* whose place it takes; NULL: none */
    view bytes;
    bool is_kept; /* the group may refer to what was allocated for it, or be stored and empty */
} candidate;

static bool is_known(const candidate *c)
{
    return c->known.path.data != NULL;
}

view content_key(view hash, view path, arena *a)
{
    const char *text = arena_printf(a, "%.*s", VIEW_ARG(path));
    const char *key = text ? arena_printf(a, "%.*s%s", VIEW_ARG(hash), path_extension(text)) : NULL;
    return view_of(key);
}

/* ---- reporting ---- */

static kith_status note(sync_run *s, const found_file *file, store_file_state state,
                        const kith_error *problem, const store_source *original)
{
    store_file n = {
        .path = view_of(file->path),
        .state = state,
        .status = problem ? problem->code : KITH_OK,
        .reason = problem ? view_of(problem->message) : VIEW(""),
        .original = original ? original->path : VIEW(""),
        .hash = original ? original->hash : VIEW(""),
        .bytes = file->info.bytes,
        .modified_ns = file->info.modified_ns,
    };
    return file_notes_add(&s->notes, &n, s->err);
}

static kith_status forget(sync_run *s, const found_file *file)
{
    store_file n = {.path = view_of(file->path), .state = STORE_FILE_FORGOTTEN};
    return file_notes_add(&s->notes, &n, s->err);
}

static kith_status report_unusable(sync_run *s, const found_file *file, const kith_error *problem)
{
    bool skipped = problem->code == KITH_ERR_UNSUPPORTED;
    kith_status status =
        note(s, file, skipped ? STORE_FILE_SKIPPED : STORE_FILE_FAILED, problem, NULL);
    if (status != KITH_OK) return status;
    ingest_news news = {.outcome = skipped ? KITH_SKIPPED : KITH_FAILED,
                        .label = file->path,
                        .problem = problem,
                        .bytes = file->info.bytes};
    return ingest_report(s->in, &news, s->err);
}

/* The file holds something else now, and nothing that can be read: with sync, its old documents
 * are as gone as those of a file that vanished. */
static kith_status report_bad_content(sync_run *s, const candidate *c, const kith_error *problem)
{
    kith_error extended = *problem;
    if (is_known(c)) {
        bool remove = s->in->options->sync;
        (void)fail(&extended, problem->code, "%.400s; what it held before %s", problem->message,
                   remove ? "is removed" : "is still there");
        if (remove && !s->in->options->dry_run) {
            kith_status status =
                collection_delete_source(s->in->collection, c->source.path, s->err);
            if (status != KITH_OK) return status;
        }
    }
    return report_unusable(s, c->file, &extended);
}

static kith_status report_record(sync_run *s, const found_file *file, const extract_problem *p)
{
    kith_error problem;
    (void)fail(&problem, p->status, "%.*s", VIEW_ARG(p->reason));
    const char *label =
        arena_printf(&s->in->memory, "%s:%llu", file->path, (unsigned long long)p->record);
    if (!label) return fail(s->err, KITH_ERR_NO_MEMORY, "out of memory");
    ingest_news news = {
        .outcome = KITH_FAILED, .label = label, .problem = &problem, .is_record = true};
    return ingest_report(s->in, &news, s->err);
}

/* ---- content to documents ---- */

/* What travels with every document of the file. */
static kith_status add_file_fields(document *d, const candidate *c, arena *a, kith_error *err)
{
    d->fields.memory = a;
    view source = name_clean(c->source.path, a);
    kith_status status =
        source.data ? KITH_OK : fail(err, KITH_ERR_NO_MEMORY, "out of memory for metadata");
    if (status == KITH_OK) status = metadata_set_string(&d->fields, "source", source, err);
    if (status == KITH_OK)
        status = metadata_set_integer(&d->fields, "size", (int64_t)c->bytes.size, err);
    return status;
}

/* Prepares the extraction's documents; those that fail are reported and left out. */
static kith_status prepare_documents(sync_run *s, const candidate *c, extraction *x,
                                     ingest_unit *unit, kith_error *last)
{
    arena *a = &s->in->memory;
    const char *path = c->file->path;
    const named_file named = {path, c->former ? arena_copy(a, c->former->path).data : NULL,
                              x->document_count > 1};
    unit->documents = arena_new_array(a, prepared_document, x->document_count);
    if (!unit->documents) return fail(s->err, KITH_ERR_NO_MEMORY, "out of memory for '%s'", path);
    for (uint32_t i = 0; i < x->document_count; i++) {
        document *d = &x->documents[i];
        view id = {NULL, 0};
        kith_status status = add_file_fields(d, c, a, last);
        if (status == KITH_OK) {
            status = name_document(&s->names, &named, d, i, a, &id, s->err);
            if (status != KITH_OK) return status;
            status = prepare_document(d, id, &s->in->prepare, a,
                                      &unit->documents[unit->document_count], last);
        }
        if (status == KITH_ERR_NO_MEMORY) return fail(s->err, status, "%s", last->message);
        if (status == KITH_OK) {
            unit->document_count++;
        } else if (named.has_records) {
            extract_problem problem = {i + 1, status, view_of(arena_copy_text(a, last->message))};
            status = report_record(s, c->file, &problem);
            if (status != KITH_OK) return status;
        }
    }
    return KITH_OK;
}

/* The chunks of the file that this one was take their vectors along, when they are the same chunks:
 * a newer kith may cut otherwise. */
static kith_status take_vectors(sync_run *s, const candidate *c, ingest_unit *unit)
{
    store_point *old = NULL;
    uint32_t count = 0, at = 0;
    if (s->in->options->dry_run) return KITH_OK;
    kith_status status = store_source_points(s->store, s->collection, c->former->path,
                                             STORE_WITH_VECTOR | STORE_WITH_CONTENT, &s->in->memory,
                                             &old, &count, s->err);
    if (status != KITH_OK) return status;
    for (uint32_t pass = 0; pass < 2; pass++) {
        at = 0;
        for (uint32_t d = 0; d < unit->document_count; d++) {
            // The points are ours, in the group's arena.
            store_point *points = (store_point *)(uintptr_t)unit->documents[d].document.points;
            for (uint32_t i = 0; i < unit->documents[d].document.point_count; i++, at++) {
                if (at >= count || !view_equal(points[i].content, old[at].content)) return KITH_OK;
                if (pass) points[i].vector = old[at].vector;
            }
        }
        if (at != count) return KITH_OK;
    }
    unit->has_vectors = true;
    return KITH_OK;
}

static kith_status ingest_content(sync_run *s, candidate *c)
{
    arena *a = &s->in->memory;
    c->is_kept = true;
    extraction x = {0};
    kith_error problem = {0};
    extract_options how = {.worker = s->in->options->extract_worker};
    const char *path = c->file->path;
    kith_status status = extract_file(view_of(path_base(path)), c->bytes, &how, a, &x, &problem);
    if (status == KITH_ERR_NO_MEMORY) return fail(s->err, status, "%s", problem.message);
    if (status != KITH_OK) return report_bad_content(s, c, &problem);
    for (uint32_t i = 0; i < x.problem_count; i++) {
        status = report_record(s, c->file, &x.problems[i]);
        if (status != KITH_OK) return status;
    }
    ingest_unit unit = {
        .label = path,
        .other = c->former ? c->former->path.data : NULL,
        .outcome = c->former     ? KITH_RENAMED
                   : is_known(c) ? KITH_UPDATED
                                 : KITH_ADDED,
        .note =
            x.replaced ? arena_printf(a, "%zu invalid byte sequences replaced", x.replaced) : "",
        .bytes = c->bytes.size,
    };
    status = prepare_documents(s, c, &x, &unit, &problem);
    if (status != KITH_OK) return status;
    if (unit.document_count == 0) {
        if (problem.code == KITH_OK)
            (void)fail(&problem, KITH_ERR_INVALID, "no document in the file could be used");
        return report_bad_content(s, c, &problem);
    }
    if (c->former) {
        c->former->taken = true;
        c->source.former = c->former->path;
        status = take_vectors(s, c, &unit);
        if (status != KITH_OK) return status;
    }
    store_source *source = arena_new_array(a, store_source, 1);
    if (!source) return fail(s->err, KITH_ERR_NO_MEMORY, "out of memory for '%s'", path);
    *source = c->source;
    unit.source = source;
    view key = content_key(c->source.hash, c->source.path, &s->memory);
    status = key.data ? map_put(s->given, key, s->givers.count) : KITH_ERR_NO_MEMORY;
    if (status != KITH_OK) return fail(s->err, status, "out of memory for the list of contents");
    status = file_list_add(s, &s->givers, path, &c->file->info); // its path is the run's
    if (status == KITH_OK) status = map_put(s->seen, c->source.path, SEEN_CHANGED);
    return status == KITH_OK ? ingest_add(s->in, &unit, s->err) : status;
}

/* ---- reading ---- */

/* What the file is now. */
static bool describe(sync_run *s, candidate *c)
{
    arena *a = &s->in->memory;
    char hex[33];
    hash128_hex(hash128_of(buffer_view(&s->content), hash64(s->settings, 0)), hex);
    c->source = (store_source){
        .path = view_of(c->file->path),
        .hash = arena_copy(a, view_of(hex)),
        .bytes = s->content.size,
        .modified_ns = c->file->info.modified_ns,
    };
    return c->source.hash.data != NULL;
}

/* ---- comparing ---- */

typedef struct same_kind {
    const sync_run *run;
    const char *path;
} same_kind;

/* store_source_match: another path with the same extension, whose content will still be there. */
static bool is_other_of_kind(void *context, view path)
{
    const same_kind *wanted = context;
    view extension = view_of(path_extension(wanted->path));
    uint64_t state = 0;
    if (view_equal(path, view_of(wanted->path))) return false;
    if (map_get(wanted->run->seen, path, &state) && state == SEEN_CHANGED) return false;
    // Compared as a name of its own, so that "a.b/c" has no extension.
    const char *slash = memrchr(path.data, '/', path.size);
    view base = slash ? view_slice(path, (size_t)(slash + 1 - path.data), path.size) : path;
    const char *dot = memrchr(base.data, '.', base.size);
    view other =
        dot && dot > base.data ? (view){dot, base.size - (size_t)(dot - base.data)} : VIEW("");
    return view_equal(other, extension);
}

/* Another path that has this content, in this run or from before. KITH_ERR_NOT_FOUND. */
static kith_status find_original(sync_run *s, const candidate *c, store_source *out)
{
    uint64_t giver = 0;
    arena *a = &s->in->memory;
    view key = content_key(c->source.hash, c->source.path, a);
    if (!key.data) return fail(s->err, KITH_ERR_NO_MEMORY, "out of memory");
    if (map_get(s->given, key, &giver)) {
        *out = (store_source){.path = view_of(s->givers.files[giver].path), .hash = c->source.hash};
        return view_equal(out->path, c->source.path) ? KITH_ERR_NOT_FOUND : KITH_OK;
    }
    if (!s->store) return KITH_ERR_NOT_FOUND;
    same_kind kind = {s, c->file->path};
    return store_find_source(s->store, s->collection, c->source.hash, a, is_other_of_kind, &kind,
                             out, s->err);
}

static gone_source *find_gone(sync_run *s, const candidate *c)
{
    uint64_t i = 0;
    view key = content_key(c->source.hash, c->source.path, &s->in->memory);
    if (!key.data || !map_get(s->gone_by_content, key, &i)) return NULL;
    return s->gone[i].taken ? NULL : &s->gone[i];
}

static kith_status report_duplicate(sync_run *s, const candidate *c, const store_source *original)
{
    if (is_known(c) && !s->in->options->dry_run) {
        kith_status status = collection_delete_source(s->in->collection, c->source.path, s->err);
        if (status != KITH_OK) return status;
    }
    store_source of = {.path = original->path, .hash = c->source.hash};
    kith_status status = note(s, c->file, STORE_FILE_DUPLICATE, NULL, &of);
    if (status != KITH_OK) return status;
    ingest_news news = {.outcome = KITH_DUPLICATE,
                        .label = c->file->path,
                        .other = arena_copy(&s->in->memory, original->path).data,
                        .bytes = c->source.bytes};
    return ingest_report(s->in, &news, s->err);
}

/* May the path still change its content in this run? */
static bool is_waiting(const sync_run *s, view path)
{
    uint64_t state = 0;
    return map_get(s->seen, path, &state) && state == SEEN_WAITING;
}

static kith_status compare(sync_run *s, candidate *c, bool may_defer)
{
    if (is_known(c) && view_equal(c->known.hash, c->source.hash)) {
        kith_status status = forget(s, c->file);
        if (status != KITH_OK) return status;
        ingest_news news = {
            .outcome = KITH_UNCHANGED, .label = c->file->path, .bytes = c->source.bytes};
        return ingest_report(s->in, &news, s->err);
    }
    store_source original = {0};
    if (!is_known(c)) c->former = find_gone(s, c);
    kith_status status = is_known(c) ? map_put(s->left, c->known.hash, 1) : KITH_OK;
    if (status != KITH_OK) return fail(s->err, status, "out of memory for the list of contents");
    status = c->former ? KITH_ERR_NOT_FOUND : find_original(s, c, &original);
    if (status == KITH_OK) {
        if (!may_defer || !is_waiting(s, original.path)) return report_duplicate(s, c, &original);
        status = map_put(s->seen, c->source.path, SEEN_WAITING);
        if (status != KITH_OK) return fail(s->err, status, "out of memory for the list of files");
        return file_list_add(s, &s->deferred, c->file->path, &c->file->info);
    }
    if (status != KITH_ERR_NOT_FOUND) return status;
    // The extraction refers to the bytes, which must last until the group is stored.
    c->bytes = arena_copy(&s->in->memory, buffer_view(&s->content));
    if (!c->bytes.data)
        return fail(s->err, KITH_ERR_NO_MEMORY, "out of memory for '%s'", c->file->path);
    return ingest_content(s, c);
}

static kith_status deal_with(sync_run *s, const found_file *file, bool may_defer)
{
    kith_error problem;
    arena *a = &s->in->memory;
    kith_status status = ingest_bound_memory(s->in, s->err);
    if (status != KITH_OK) return status;
    // A folder of duplicates is to cost no memory while a group waits to be filled.
    arena_mark before = arena_set_mark(a);
    found_file now = *file;
    candidate c = {.file = &now};
    status = map_put(s->seen, view_of(file->path), SEEN_DEALT_WITH);
    if (status != KITH_OK) return fail(s->err, status, "out of memory for the list of files");
    status = file_read_settled(&file_ops_posix, now.path, KITH_DOCUMENT_MAX_BYTES, &s->content,
                               &now.info, &problem);
    if (status == KITH_ERR_NO_MEMORY) return fail(s->err, status, "%s", problem.message);
    if (status != KITH_OK) return report_unusable(s, &now, &problem);
    if (!describe(s, &c))
        return fail(s->err, KITH_ERR_NO_MEMORY, "out of memory for '%s'", file->path);
    if (s->store) {
        status = store_get_source(s->store, s->collection, c.source.path, a, &c.known, s->err);
        if (status != KITH_OK && status != KITH_ERR_NOT_FOUND) return status;
    }
    status = compare(s, &c, may_defer);
    if (!c.is_kept) arena_rewind(a, before);
    return status;
}

kith_status sync_file(sync_run *s, const found_file *file)
{
    return deal_with(s, file, true);
}

kith_status sync_file_finally(sync_run *s, const found_file *file)
{
    return deal_with(s, file, false);
}
