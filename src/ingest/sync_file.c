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
 * Memory. Three owners are at hand, and confusing them was once a use after free:
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
#include "base/path.h"
#include "ingest/sync_run.h"

#include "base/hash.h"
#include "base/utf8.h"
#include "extract/extract_file.h"
#include "fields/date.h"
#include "os/clock.h"
#include "os/file.h"

#include <limits.h>

/* The file at hand; on the stack of read_and_compare, its views in the group's arena. After ingest_add
 * only `is_in_group` and `is_forecast` may be read. */
typedef struct candidate {
    const found_file *file;
    store_source source;     /* as it is now */
    store_source known;      /* as the store has it; path.data == NULL: not at all */
    missing_source *former;  /* the missing source whose documents it takes over; NULL: none */
    missing_source vanished; /* what `former` points to when it is not one of run->missing */
    view bytes;              /* the content, once it is to become documents */
    bool is_forecast;        /* s->in->forecast counts it as met */
    bool is_in_group; /* the group may refer to what was allocated for it, or be stored and empty */
} candidate;

static bool is_known(const candidate *c)
{
    return c->known.path.data != NULL;
}

/* ---- reporting ---- */

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

static kith_status report_unusable(sync_run *s, const found_file *file, const kith_error *problem)
{
    bool skipped = problem->code == KITH_ERR_UNSUPPORTED;
    const store_file n = {
        .path = view_of(file->path),
        .state = skipped ? STORE_FILE_SKIPPED : STORE_FILE_FAILED,
        .status = problem->code,
        .reason = view_of(problem->message),
        .bytes = file->info.bytes,
        .modified_ns = file->info.modified_ns,
    };
    kith_status status = file_notes_add(&s->notes, &n, s->err);
    if (status != KITH_OK) return status;
    ingest_result result = {.outcome = skipped ? KITH_SKIPPED : KITH_FAILED,
                            .label = file->path,
                            .problem = problem,
                            .bytes = file->info.bytes};
    return ingest_report(s->in, &result, s->err);
}

/* The content gives no document. With options->sync the file's old documents are deleted, as those
 * of a file that has vanished are: neither content is on disk any more. */
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

/* One record of the file is unusable; the file itself goes on. */
static kith_status report_record(sync_run *s, const found_file *file, const extract_problem *p)
{
    kith_error problem;
    (void)fail(&problem, p->status, "%.*s", VIEW_ARG(p->reason));
    const char *label =
        arena_printf(&s->in->memory, "%s:%llu", file->path, (unsigned long long)p->record);
    if (!label) return fail(s->err, KITH_ERR_NO_MEMORY, "out of memory");
    ingest_result result = {
        .outcome = KITH_FAILED, .label = label, .problem = &problem, .is_record = true};
    return ingest_report(s->in, &result, s->err);
}

/* ---- content to documents ---- */

/* "dated", by which people look for what is new: the date that the document carries ("date", when
 * it is one of ISO 8601; a reader may have set it too), else when its file was changed. */
static kith_status add_dated(document *d, const candidate *c, kith_error *err)
{
    date_period ignored;
    view dated;
    const metadata_value *own = metadata_get(&d->fields, VIEW("date"));
    if (metadata_get(&d->fields, VIEW("dated"))) return KITH_OK;
    if (own && own->kind == METADATA_STRING && date_parse(own->string, &ignored)) {
        dated = own->string;
    } else {
        char changed[21];
        clock_format_utc(c->file->info.modified_ns / 1000000, changed);
        dated = arena_copy(d->fields.memory, view_of(changed));
    }
    if (!dated.data) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for metadata");
    kith_status status = metadata_set_string(&d->fields, "dated", dated, err);
    return status == KITH_ERR_LIMIT ? KITH_OK : status; // a document full of fields has no date
}

/* The fields that every document of the file gets. */
static kith_status add_file_fields(document *d, const candidate *c, arena *a, kith_error *err)
{
    d->fields.memory = a;
    view source = name_clean(c->source.path, a);
    kith_status status =
        source.data ? KITH_OK : fail(err, KITH_ERR_NO_MEMORY, "out of memory for metadata");
    if (status == KITH_OK) status = metadata_set_string(&d->fields, "source", source, err);
    if (status == KITH_OK)
        status = metadata_set_integer(&d->fields, "size", (int64_t)c->bytes.size, err);
    return status == KITH_OK ? add_dated(d, c, err) : status;
}

/* Prepares the extraction's documents; one that is unusable is left out, and reported when the file
 * has several. *last keeps the reason of the last one that was. */
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
            status = name_document(&s->namer, &named, d, i, a, &id, s->err);
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

/* Copies the vectors of the former path's chunks, if the new chunks are the same texts one by one.
 * They need not be: the hash does not cover the code that cuts, and another version of kith may cut
 * differently, or some wait for their vector; then the file is embedded. The first pass only compares, so that a difference at the
 * end leaves no chunk with a vector. */
static kith_status reuse_vectors(sync_run *s, const candidate *c, ingest_unit *unit)
{
    store_point *old = NULL;
    uint32_t count = 0, at = 0;
    kith_status status = store_source_points(s->store, s->collection, c->former->path,
                                             STORE_WITH_VECTOR | STORE_WITH_CONTENT, &s->in->memory,
                                             &old, &count, s->err);
    if (status != KITH_OK) return status;
    for (uint32_t pass = 0; pass < 2; pass++) {
        at = 0;
        for (uint32_t d = 0; d < unit->document_count; d++) {
            // prepare_document allocated the points in the group's arena: they are ours to write.
            store_point *points = (store_point *)(uintptr_t)unit->documents[d].document.points;
            for (uint32_t i = 0; i < unit->documents[d].document.point_count; i++, at++) {
                if (at >= count || !old[at].vector ||
                    !view_equal(points[i].content, old[at].content))
                    return KITH_OK;
                if (!pass) continue;
                points[i].vector = old[at].vector;
                points[i].text = old[at].text;
            }
        }
        if (at != count) return KITH_OK;
    }
    unit->has_vectors = true;
    return KITH_OK;
}

/* Records that this run stores the content, so that later files can be its duplicates before the
 * store shows it. */
static kith_status own_content(sync_run *s, const candidate *c)
{
    size_t owner = s->content_owners.count;
    view key = content_key(c->source.hash, c->source.path, &s->memory);
    kith_status status = key.data ? map_put(s->stored_by_content, key, owner) : KITH_ERR_NO_MEMORY;
    if (status != KITH_OK) return fail(s->err, status, "out of memory for the list of contents");
    return file_list_add(&s->content_owners, c->file->path, &c->file->info, s->err);
}

/* What of the file did not become a document as it was; "" when all did. */
static const char *note_of(const extraction *x, arena *a)
{
    const char *note = "";
    if (x->replaced) note = arena_printf(a, "%zu invalid byte sequences replaced", x->replaced);
    if (x->left_out && note)
        note = arena_printf(a,
                            "%s%s%zu values left out of the metadata (objects, or lists that are "
                            "nested, of several types or longer than %d)",
                            note, *note ? ", " : "", x->left_out, METADATA_MAX_ELEMENTS);
    return note ? note : "";
}

/* Sets the unit's notices, and those that the store keeps, which begin with the note. */
static kith_status set_notices(sync_run *s, const extraction *x, ingest_unit *unit,
                               store_source *source)
{
    arena *a = &s->in->memory;
    size_t count = 0;
    const char *lines = notices_lines(&x->notices, a);
    const char *const *texts = lines ? notices_split(view_of(lines), a, &count) : NULL;
    const char *separator = *unit->note && count ? "\n" : "";
    const char *kept = texts ? arena_printf(a, "%s%s%s", unit->note, separator, lines) : NULL;
    if (!kept) return fail(s->err, KITH_ERR_NO_MEMORY, "out of memory for notices");
    unit->notices = (kith_notices){count, texts};
    source->notices = view_of(kept);
    return KITH_OK;
}

/* Is there nothing in the file to be found? A blank slide, a notebook without cells, an empty file:
 * no failure of anybody. */
static bool has_no_text(const extraction *x)
{
    for (uint32_t i = 0; i < x->document_count; i++)
        if (view_trim(x->documents[i].text).size > 0) return false;
    return x->problem_count == 0;
}

/* Characters of the longest text among the documents from `from` to before `to`, without white space
 * around it. */
static size_t longest_text(const extraction *x, uint32_t from, uint32_t to)
{
    size_t longest = 0;
    for (uint32_t i = from; i < to; i++) {
        size_t characters = utf8_count(view_trim(x->documents[i].text));
        if (characters > longest) longest = characters;
    }
    return longest;
}

static const char *too_short(const sync_run *s, size_t characters, arena *a)
{
    return arena_printf(a, "has %zu character%s of text, at least %u are needed", characters,
                        characters == 1 ? "" : "s", s->in->prepare.min_characters);
}

/* A file within the file (an attachment, a member of an archive) is judged as one that lies in a
 * folder: without a text that is long enough it is left out, and a notice tells of the text that it
 * has. So is the text of a mail, whose attachments stay. */
static kith_status leave_out_short_parts(sync_run *s, extraction *x, kith_error *err)
{
    arena *a = &s->in->memory;
    kith_status status = KITH_OK;
    uint32_t kept = 0;
    for (uint32_t from = 0, to; from < x->document_count && status == KITH_OK; from = to) {
        for (to = from; to < x->document_count; to++)
            if (x->documents[to].part != x->documents[from].part) break;
        size_t longest = longest_text(x, from, to);
        if (longest >= s->in->prepare.min_characters) {
            memmove(x->documents + kept, x->documents + from, (to - from) * sizeof *x->documents);
            kept += to - from;
            continue;
        }
        const metadata_value *name = metadata_get(&x->documents[from].fields, VIEW("attachment"));
        const char *what = too_short(s, longest, a);
        if (what && x->documents[from].part > 0 && name)
            what = arena_printf(a, "attachment '%.*s': %s", VIEW_ARG(name->string), what);
        if (!what) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a notice");
        if (longest > 0) status = notices_add(&x->notices, view_of(what), a, err);
    }
    x->document_count = kept;
    return status;
}

/* True for a row of a table: nobody wrote a text there that is to be a document. */
static bool is_row(const document *d)
{
    const metadata_value *type = metadata_get(&d->fields, VIEW("type"));
    return d->record > 0 && type && type->kind == METADATA_STRING &&
           view_equal(type->string, VIEW("csv"));
}

/* Leaves out rows of a table that are too short, with one notice for all of them. */
static kith_status leave_out_short_rows(sync_run *s, extraction *x, kith_error *err)
{
    arena *a = &s->in->memory;
    uint64_t first = 0;
    uint32_t kept = 0, rows = 0;
    const metadata_value *of = NULL; // the file within the file that has the first one
    for (uint32_t i = 0; i < x->document_count; i++) {
        const document *d = &x->documents[i];
        size_t least = s->in->prepare.min_characters;
        if (!is_row(d) || utf8_count(view_trim(d->text)) >= least) {
            x->documents[kept++] = *d;
            continue;
        }
        if (rows++ == 0) {
            first = d->record;
            of = metadata_get(&d->fields, VIEW("attachment"));
        }
    }
    x->document_count = kept;
    if (rows == 0) return KITH_OK;
    const char *what = arena_printf(
        a,
        "%s%.*s%srows that are left out: %u, the first in line %llu; a row needs at least %u "
        "characters",
        of ? "attachment '" : "", of ? (int)of->string.size : 0, of ? of->string.data : "",
        of ? "': " : "", rows, (unsigned long long)first, s->in->prepare.min_characters);
    if (!what) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a notice");
    return notices_add(&x->notices, view_of(what), a, err);
}

/* True when no document of the file is long enough, and none was broken: a note of one word is no
 * failure of anybody either, where the same text given as a document is (docs/decisions/103). */
static bool is_too_short(const sync_run *s, const extraction *x)
{
    return x->problem_count == 0 &&
           longest_text(x, 0, x->document_count) < s->in->prepare.min_characters;
}

/* Extracts, prepares and adds the file to the group, as its new documents. */
static kith_status ingest_content(sync_run *s, candidate *c)
{
    arena *a = &s->in->memory;
    CHECK(c->bytes.data && !c->is_in_group);
    c->is_in_group = true;
    extraction x = {0};
    kith_error problem = {0};
    extract_options how = {.worker = s->in->options->extract_worker,
                           .ocr_languages = s->in->options->ocr_languages,
                           .servers = s->servers};
    const char *path = c->file->path;
    const char *name = path_base(s->scope->named_as ? s->scope->roots[0] : path);
    kith_status status = KITH_OK;
    if (c->bytes.size > 0) status = extract_file(view_of(name), c->bytes, &how, a, &x, &problem);
    if (status == KITH_ERR_NO_MEMORY) return fail(s->err, status, "%s", problem.message);
    // The parser could not be run: nothing is known of the content, and what it held before stays.
    if (status == KITH_ERR_IO) return report_unusable(s, c->file, &problem);
    if (status == KITH_OK && has_no_text(&x))
        status = fail(&problem, KITH_ERR_UNSUPPORTED, "has no text");
    else if (status == KITH_OK && is_too_short(s, &x))
        status = fail(&problem, KITH_ERR_UNSUPPORTED, "%s",
                      too_short(s, longest_text(&x, 0, x.document_count), a));
    if (status != KITH_OK) return report_bad_content(s, c, &problem);
    bool has_parts = x.document_count > 0 && x.documents[x.document_count - 1].part > 0;
    if (has_parts) status = leave_out_short_parts(s, &x, s->err);
    if (status == KITH_OK) status = leave_out_short_rows(s, &x, s->err);
    if (status != KITH_OK) return status;
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
        .note = note_of(&x, a),
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
        CHECK(!c->former->is_moved);
        c->former->is_moved = true;
        c->source.former = c->former->path;
        status = reuse_vectors(s, c, &unit);
        if (status == KITH_OK) status = sync_lose_content(s, c->former->hash);
        if (status != KITH_OK) return status;
        status = map_put(s->seen, c->former->path, SEEN_MISSING);
        if (status != KITH_OK) return fail(s->err, status, "out of memory for the list of files");
    }
    store_source *source = arena_new_array(a, store_source, 1);
    if (!source) return fail(s->err, KITH_ERR_NO_MEMORY, "out of memory for '%s'", path);
    *source = c->source;
    unit.source = source;
    status = set_notices(s, &x, &unit, source);
    if (status != KITH_OK) return status;
    // Before ingest_add, which may embed the group and report the time left meanwhile.
    forecast_meet(&s->in->forecast, path, c->file->info.bytes, ingest_work(&unit), 0);
    c->is_forecast = true;
    status = own_content(s, c);
    if (status == KITH_OK) status = map_put(s->seen, c->source.path, SEEN_CHANGED);
    return status == KITH_OK ? ingest_add(s->in, &unit, s->err) : status;
}

/* ---- reading ---- */

/* Sets c->source from s->content; false when memory ran out. */
static bool describe_source(sync_run *s, candidate *c)
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
static kith_status find_original(sync_run *s, candidate *c, store_source *out)
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
static missing_source *find_missing(sync_run *s, const candidate *c)
{
    uint64_t i = 0;
    view key = content_key(c->source.hash, c->source.path, &s->in->memory);
    if (!key.data || !map_get(s->missing_by_content, key, &i)) return NULL;
    CHECK(i < s->missing_count);
    return s->missing[i].is_moved ? NULL : &s->missing[i];
}

/* Reports the duplicate when nothing has to be stored first; else it waits (sync_settle.c). */
static kith_status add_duplicate(sync_run *s, const candidate *c, const store_source *original)
{
    uint64_t state = 0;
    const store_file n = sync_duplicate_note(c->file, original->path, c->source.hash);
    bool is_settled = !s->notes.store; // a dry run
    kith_status status = KITH_OK;
    (void)map_get(s->seen, original->path, &state);
    if (!is_settled && !is_known(c) && state != SEEN_CHANGED)
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
                           .is_known = is_known(c)};
    if (s->waiting_memory.exhausted)
        return fail(s->err, KITH_ERR_NO_MEMORY, "out of memory for a duplicate");
    s->waiting[s->waiting_count++] = d;
    if (!is_known(c)) return KITH_OK;
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

static kith_status report_unchanged(sync_run *s, const candidate *c)
{
    kith_status status = forget_note(s, c->file);
    if (status != KITH_OK) return status;
    ingest_result result = {
        .outcome = KITH_UNCHANGED, .label = c->file->path, .bytes = c->source.bytes};
    return ingest_report(s->in, &result, s->err);
}

static kith_status defer(sync_run *s, const candidate *c)
{
    kith_status status = map_put(s->seen, c->source.path, SEEN_PENDING);
    if (status != KITH_OK) return fail(s->err, status, "out of memory for the list of files");
    return file_list_add(&s->deferred, c->file->path, &c->file->info, s->err);
}

/* Decides the outcome by the table at the head of this file, and carries it out. */
static kith_status compare(sync_run *s, candidate *c, bool may_defer)
{
    if (is_known(c) && view_equal(c->known.hash, c->source.hash)) return report_unchanged(s, c);
    store_source original = {0};
    kith_status status = is_known(c) ? sync_lose_content(s, c->known.hash) : KITH_OK;
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
    return ingest_content(s, c);
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
    candidate c = {.file = &now};
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
    if (status != KITH_OK) return report_unusable(s, &now, &problem);
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
