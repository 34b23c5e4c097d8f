/* sync.c - the walk, the comparison with what the store knows, and the ids of documents.
 *
 * Ids. A file's document is called by the file's stem; records of a file by their own id, else
 * stem-N. A name that another source already has gets longer: "parent/name.ext", then the absolute
 * path. What a file was called once it keeps, for unchanged files are not looked at again and a
 * changed file's old documents give up their names in the transaction that stores the new ones. */
#include "rag/sync.h"

#include "base/hash.h"
#include "base/map.h"
#include "base/size.h"
#include "base/utf8.h"
#include "os/file.h"
#include "rag/tree.h"
#include "text/extract_file.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>

typedef struct found_file {
    const char *path; /* absolute */
    file_info info;
} found_file;

typedef struct sync {
    ingest_run *in;
    store *store; /* NULL: a dry run into a collection that does not exist */
    uint64_t collection;
    arena memory; /* of the whole run: paths and names */
    found_file *files;
    size_t file_count, file_capacity;
    map *seen;      /* paths met, for sync */
    map *names;     /* document ids given in this run */
    buffer content; /* of the file at hand */
    view settings;
    kith_error *err;
} sync_run;

/* ---- finding ---- */

static kith_status keep_file(sync_run *s, const char *path, const file_info *info)
{
    if (s->file_count == s->file_capacity) {
        size_t capacity = s->file_capacity ? s->file_capacity * 2 : 256;
        found_file *grown = heap_grow_array(s->files, capacity, sizeof *grown);
        if (!grown) return fail(s->err, KITH_ERR_NO_MEMORY, "out of memory for the list of files");
        s->files = grown;
        s->file_capacity = capacity;
    }
    const char *copy = arena_copy_text(&s->memory, path);
    if (!copy) return fail(s->err, KITH_ERR_NO_MEMORY, "out of memory for the list of files");
    s->files[s->file_count++] = (found_file){copy, *info};
    s->in->total++;
    s->in->bytes_total += info->bytes;
    return map_put(s->seen, view_of(path), 1);
}

static kith_status visit_file(void *context, const char *path, const file_info *info,
                              const kith_error *problem)
{
    sync_run *s = context;
    uint64_t ignored;
    if (problem) {
        s->in->total++;
        return ingest_report(s->in, KITH_FAILED, path, problem, 0, true, s->err);
    }
    if (map_get(s->seen, view_of(path), &ignored)) return KITH_OK; // named twice
    if (info->kind == FILE_REGULAR) return keep_file(s, path, info);
    kith_error reason;
    (void)fail(&reason, KITH_ERR_UNSUPPORTED,
               info->kind == FILE_SYMLINK ? "symbolic link, not followed" : "not a regular file");
    s->in->total++;
    return ingest_report(s->in, KITH_SKIPPED, path, &reason, 0, true, s->err);
}

static kith_status note_ignored(void *context, const char *path)
{
    sync_run *s = context;
    s->in->total++;
    return ingest_report(s->in, KITH_IGNORED, path, NULL, 0, true, s->err);
}

/* Absolute paths of what was asked for, all checked before the first is walked. A link named
 * outright is followed. */
static kith_status find_files(sync_run *s, const char *const *paths, size_t count, char **roots)
{
    for (size_t i = 0; i < count; i++) {
        roots[i] = realpath(paths[i], NULL);
        if (!roots[i])
            return fail(s->err, status_of_errno(errno), "cannot read '%s': %s", paths[i],
                        strerror(errno));
    }
    const tree_visitor visitor = {visit_file, note_ignored, s};
    for (size_t i = 0; i < count; i++) {
        kith_status status = tree_walk(roots[i], roots[i], &visitor, s->err);
        if (status != KITH_OK) return status;
    }
    return KITH_OK;
}

/* ---- naming ---- */

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static const char *parent_and_name(const char *path)
{
    const char *name = base_name(path);
    const char *p = name - path > 1 ? name - 2 : path;
    while (p > path && p[-1] != '/')
        p--;
    return p;
}

/* Valid UTF-8 without control characters, at most KITH_KEY_MAX_BYTES less room for a chunk's
 * number. */
static view clean_name(view raw, arena *a)
{
    enum { NAME_MAX_BYTES = KITH_KEY_MAX_BYTES - 24 };
    buffer repaired;
    buffer_init(&repaired, 4 * PATH_MAX);
    (void)utf8_append_repaired(&repaired, raw);
    for (size_t i = 0; i < repaired.size; i++)
        if ((unsigned char)repaired.data[i] < 0x20 || repaired.data[i] == 0x7F)
            repaired.data[i] = '_';
    view v = buffer_view(&repaired);
    if (v.size > NAME_MAX_BYTES) {
        // The end of a path tells more than its beginning; start at a code point.
        size_t start = v.size - NAME_MAX_BYTES;
        while (start < v.size && ((unsigned char)v.data[start] & 0xC0) == 0x80)
            start++;
        v = view_slice(v, start, v.size);
    }
    view copy = arena_copy(a, v);
    buffer_done(&repaired);
    return copy;
}

/* Is the id free for the file: nobody's, or its own from before? */
static kith_status id_is_free(sync_run *s, view id, const char *path, bool *is_free)
{
    uint64_t ignored;
    *is_free = false;
    if (map_get(s->names, id, &ignored)) return KITH_OK; // given in this run
    arena scratch;
    arena_init(&scratch, 0);
    store_document existing;
    kith_status status =
        s->store ? store_get_document(s->store, s->collection, id, &scratch, &existing, s->err)
                 : KITH_ERR_NOT_FOUND;
    if (status == KITH_ERR_NOT_FOUND ||
        (status == KITH_OK && view_equal(existing.source, view_of(path)))) {
        *is_free = true;
        status = map_put(s->names, id, 1);
        if (status != KITH_OK) (void)fail(s->err, status, "out of memory for document ids");
    }
    arena_done(&scratch);
    return status;
}

static view stem_of(const char *path)
{
    view stem = view_of(base_name(path));
    const char *dot = memrchr(stem.data, '.', stem.size);
    if (dot && dot > stem.data) stem.size = (size_t)(dot - stem.data);
    return stem;
}

static kith_status name_document(sync_run *s, const found_file *file, const document *d,
                                 uint32_t record, bool many, view *out)
{
    arena *a = &s->in->memory;
    view stem = stem_of(file->path), own = d->id;
    const char *numbered = many ? arena_printf(a, "%.*s-%u", VIEW_ARG(stem), record + 1) : NULL;
    if (own.size == 0) own = numbered ? view_of(numbered) : stem;
    bool only = !many && d->id.size == 0; // the file is the document
    const char *const candidates[] = {
        arena_printf(a, "%.*s", VIEW_ARG(own)),
        only ? parent_and_name(file->path)
             : arena_printf(a, "%s#%.*s", parent_and_name(file->path), VIEW_ARG(own)),
        only ? file->path : arena_printf(a, "%s#%u", file->path, record + 1),
    };
    for (size_t i = 0; i < sizeof candidates / sizeof candidates[0]; i++) {
        view id = candidates[i] ? clean_name(view_of(candidates[i]), a) : (view){NULL, 0};
        if (!id.data) return fail(s->err, KITH_ERR_NO_MEMORY, "out of memory for a document's id");
        bool is_free = false;
        kith_status status = id_is_free(s, id, file->path, &is_free);
        if (status != KITH_OK || is_free) {
            *out = id;
            return status;
        }
    }
    return fail(s->err, KITH_ERR_EXISTS, "'%s' has two records with the id '%.*s'", file->path,
                VIEW_ARG(own));
}

/* ---- one file ---- */

/* What travels with every document of the file. */
static kith_status add_file_fields(document *d, const char *path, uint64_t bytes, arena *a,
                                   kith_error *err)
{
    d->fields.memory = a;
    view source = clean_name(view_of(path), a);
    kith_status status =
        source.data ? KITH_OK : fail(err, KITH_ERR_NO_MEMORY, "out of memory for metadata");
    if (status == KITH_OK) status = metadata_set_string(&d->fields, "source", source, err);
    if (status == KITH_OK) status = metadata_set_integer(&d->fields, "size", (int64_t)bytes, err);
    return status;
}

static kith_status report_problem(sync_run *s, const found_file *file, const extract_problem *p)
{
    kith_error problem;
    (void)fail(&problem, p->status, "%.*s", VIEW_ARG(p->reason));
    const char *label =
        arena_printf(&s->in->memory, "%s:%llu", file->path, (unsigned long long)p->record);
    if (!label) return fail(s->err, KITH_ERR_NO_MEMORY, "out of memory");
    return ingest_report(s->in, KITH_FAILED, label, &problem, 0, false, s->err);
}

/* Prepares the extraction's documents; those that fail are reported and left out. */
static kith_status prepare_documents(sync_run *s, const found_file *file, extraction *x,
                                     ingest_unit *unit, kith_error *last)
{
    arena *a = &s->in->memory;
    unit->documents = arena_new_array(a, prepared_document, x->document_count);
    if (!unit->documents)
        return fail(s->err, KITH_ERR_NO_MEMORY, "out of memory for '%s'", file->path);
    for (uint32_t i = 0; i < x->document_count; i++) {
        document *d = &x->documents[i];
        view id = {NULL, 0};
        kith_status status = add_file_fields(d, file->path, unit->bytes, a, last);
        if (status == KITH_OK) {
            status = name_document(s, file, d, i, x->document_count > 1, &id);
            if (status != KITH_OK) return status;
            status = prepare_document(d, id, &s->in->prepare, a,
                                      &unit->documents[unit->document_count], last);
        }
        if (status == KITH_ERR_NO_MEMORY) return fail(s->err, status, "%s", last->message);
        if (status == KITH_OK) {
            unit->document_count++;
        } else if (x->document_count > 1) {
            extract_problem problem = {i + 1, status, view_of(arena_copy_text(a, last->message))};
            status = report_problem(s, file, &problem);
            if (status != KITH_OK) return status;
        }
    }
    return KITH_OK;
}

static kith_status report_file(sync_run *s, const found_file *file, kith_ingest_outcome outcome,
                               const kith_error *problem)
{
    return ingest_report(s->in, outcome, file->path, problem, file->info.bytes, true, s->err);
}

static kith_status ingest_content(sync_run *s, const found_file *file, view bytes,
                                  const store_source *source, bool known)
{
    arena *a = &s->in->memory;
    extraction x = {0};
    kith_error problem = {0};
    extract_options how = {.worker = s->in->options->extract_worker};
    kith_status status = extract_file(view_of(base_name(file->path)), bytes, &how, a, &x, &problem);
    if (status == KITH_ERR_NO_MEMORY) return fail(s->err, status, "%s", problem.message);
    if (status != KITH_OK)
        return report_file(s, file, status == KITH_ERR_UNSUPPORTED ? KITH_SKIPPED : KITH_FAILED,
                           &problem);
    for (uint32_t i = 0; i < x.problem_count; i++) {
        status = report_problem(s, file, &x.problems[i]);
        if (status != KITH_OK) return status;
    }
    ingest_unit unit = {
        .source = source,
        .label = file->path,
        .outcome = known ? KITH_UPDATED : KITH_ADDED,
        .note =
            x.replaced ? arena_printf(a, "%zu invalid byte sequences replaced", x.replaced) : "",
        .bytes = bytes.size,
    };
    status = prepare_documents(s, file, &x, &unit, &problem);
    if (status != KITH_OK) return status;
    if (unit.document_count == 0) {
        if (problem.code == KITH_OK)
            (void)fail(&problem, KITH_ERR_INVALID, "no document in the file could be used");
        return report_file(s, file, KITH_FAILED, &problem);
    }
    return ingest_add(s->in, &unit, s->err);
}

/* What the file is now, in the group's memory. */
static store_source *describe_source(sync_run *s, const found_file *file)
{
    arena *a = &s->in->memory;
    char hex[33];
    hash128_hex(hash128_of(buffer_view(&s->content), hash64(s->settings, 0)), hex);
    store_source *source = arena_new_array(a, store_source, 1);
    view hash = arena_copy(a, view_of(hex));
    if (!source || !hash.data) return NULL;
    *source = (store_source){
        .path = view_of(file->path),
        .hash = hash,
        .bytes = s->content.size,
        .modified_ns = file->info.modified_ns,
    };
    return source;
}

/* KITH_ERR_NOT_FOUND. In the group's memory. */
static kith_status find_source(sync_run *s, view path, store_source *out)
{
    if (!s->store) return KITH_ERR_NOT_FOUND;
    return store_get_source(s->store, s->collection, path, &s->in->memory, out, s->err);
}

static kith_status sync_file(sync_run *s, const found_file *file)
{
    kith_error problem;
    kith_status status =
        file_read(&file_ops_posix, file->path, KITH_DOCUMENT_MAX_BYTES, &s->content, &problem);
    if (status == KITH_ERR_NO_MEMORY) return fail(s->err, status, "%s", problem.message);
    if (status != KITH_OK) return report_file(s, file, KITH_FAILED, &problem);
    const store_source *source = describe_source(s, file);
    if (!source) return fail(s->err, KITH_ERR_NO_MEMORY, "out of memory for '%s'", file->path);
    store_source known = {0};
    status = find_source(s, source->path, &known);
    if (status != KITH_OK && status != KITH_ERR_NOT_FOUND) return status;
    bool is_known = status == KITH_OK;
    if (is_known && view_equal(known.hash, source->hash))
        return report_file(s, file, KITH_UNCHANGED, NULL);
    // The extraction refers to the bytes, which must last until the group is stored.
    view bytes = arena_copy(&s->in->memory, buffer_view(&s->content));
    if (!bytes.data) return fail(s->err, KITH_ERR_NO_MEMORY, "out of memory for '%s'", file->path);
    return ingest_content(s, file, bytes, source, is_known);
}

/* ---- what is gone ---- */

static bool is_below(view path, const char *root)
{
    view r = view_of(root);
    return view_starts_with(path, r) &&
           (path.size == r.size || r.data[r.size - 1] == '/' || path.data[r.size] == '/');
}

static kith_status remove_vanished(sync_run *s, char *const *roots, size_t count)
{
    store_source *sources = NULL;
    uint32_t source_count = 0;
    uint64_t ignored;
    if (!s->store) return KITH_OK;
    kith_status status =
        store_list_sources(s->store, s->collection, &s->memory, &sources, &source_count, s->err);
    for (uint32_t i = 0; i < source_count && status == KITH_OK; i++) {
        bool below = false;
        for (size_t r = 0; r < count; r++)
            below = below || is_below(sources[i].path, roots[r]);
        if (!below || map_get(s->seen, sources[i].path, &ignored)) continue;
        if (!s->in->options->dry_run)
            status = collection_delete_source(s->in->collection, sources[i].path, s->err);
        const char *label = arena_printf(&s->memory, "%.*s", VIEW_ARG(sources[i].path));
        if (status == KITH_OK && label) {
            s->in->total++;
            status = ingest_report(s->in, KITH_REMOVED, label, NULL, 0, true, s->err);
        }
    }
    return status;
}

/* Chunks made with other settings are other chunks: they are part of "unchanged". The number is the
 * pipeline's version. */
static view settings_text(const ingest_run *in, arena *a)
{
    const kith_chunk_options *c = &in->prepare.chunk;
    return view_of(arena_printf(a, "1 %d %u %d %u", (int)c->unit, c->size, c->overlap,
                                in->prepare.min_characters));
}

kith_status sync_paths(ingest_run *in, const char *const *paths, size_t count, kith_error *err)
{
    sync_run s = {
        .in = in,
        .store = in->collection ? database_store(collection_database(in->collection)) : NULL,
        .collection = in->collection ? collection_id(in->collection) : 0,
        .seen = map_new(),
        .names = map_new(),
        .err = err,
    };
    arena_init(&s.memory, (size_t)4 << 30);
    buffer_init(&s.content, (size_t)KITH_DOCUMENT_MAX_BYTES + 1);
    s.settings = settings_text(in, &s.memory);
    char **roots = calloc(count ? count : 1, sizeof *roots);
    kith_status status = KITH_OK;
    if (!roots || !s.seen || !s.names || !s.settings.data)
        status = fail(err, KITH_ERR_NO_MEMORY, "out of memory for an ingestion");
    if (status == KITH_OK) status = find_files(&s, paths, count, roots);
    for (size_t i = 0; i < s.file_count && status == KITH_OK; i++)
        status = sync_file(&s, &s.files[i]);
    if (status == KITH_OK) status = ingest_flush(in, err);
    if (status == KITH_OK && in->options->sync) status = remove_vanished(&s, roots, count);
    for (size_t i = 0; roots && i < count; i++)
        free(roots[i]);
    free(roots);
    free(s.files);
    map_free(s.seen);
    map_free(s.names);
    buffer_done(&s.content);
    arena_done(&s.memory);
    return status;
}

kith_status prepare_file(const char *path, const prepare_options *options, arena *a,
                         extraction *extracted, prepared_document **out, kith_error *err)
{
    buffer content;
    buffer_init(&content, (size_t)KITH_DOCUMENT_MAX_BYTES + 1);
    prepared_document *documents = NULL;
    view stem = stem_of(path);
    kith_status status = file_read(&file_ops_posix, path, KITH_DOCUMENT_MAX_BYTES, &content, err);
    if (status == KITH_OK) {
        view bytes = arena_copy(a, buffer_view(&content));
        status = bytes.data ? extract_file(view_of(base_name(path)), bytes, &(extract_options){0},
                                           a, extracted, err)
                            : fail(err, KITH_ERR_NO_MEMORY, "out of memory for '%s'", path);
        if (status != KITH_OK) status = fail_context(err, status, "'%s'", path);
    }
    if (status == KITH_OK) {
        documents = arena_new_array(a, prepared_document, extracted->document_count);
        if (!documents) status = fail(err, KITH_ERR_NO_MEMORY, "out of memory for '%s'", path);
    }
    for (uint32_t i = 0; status == KITH_OK && i < extracted->document_count; i++) {
        const document *d = &extracted->documents[i];
        view id = d->id.size ? d->id
                  : extracted->document_count == 1
                      ? stem
                      : view_of(arena_printf(a, "%.*s-%u", VIEW_ARG(stem), i + 1));
        status = prepare_document(d, clean_name(id, a), options, a, &documents[i], err);
    }
    if (status == KITH_OK) *out = documents;
    buffer_done(&content);
    return status;
}
