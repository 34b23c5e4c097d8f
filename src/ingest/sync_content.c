/* sync_content.c - see sync_content.h. Who owns the memory: sync_file.c. */
#include "ingest/sync_content.h"

#include "base/path.h"
#include "base/utf8.h"
#include "extract/extract_file.h"
#include "fields/date.h"
#include "os/clock.h"

kith_status sync_report_unusable(sync_run *s, const found_file *file, const kith_error *problem)
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
static kith_status report_bad_content(sync_run *s, const sync_candidate *c,
                                      const kith_error *problem)
{
    kith_error extended = *problem;
    if (sync_is_known(c)) {
        bool remove = s->in->options->sync;
        (void)fail(&extended, problem->code, "%.400s; what it held before %s", problem->message,
                   remove ? "is removed" : "is still there");
        if (remove && !s->in->options->dry_run) {
            kith_status status =
                collection_delete_source(s->in->collection, c->source.path, s->err);
            if (status != KITH_OK) return status;
        }
    }
    return sync_report_unusable(s, c->file, &extended);
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

/* "dated", by which people look for what is new: the date that the document carries ("date", when
 * it is one of ISO 8601; a reader may have set it too), else when its file was changed. */
static kith_status add_dated(document *d, const sync_candidate *c, kith_error *err)
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
static kith_status add_file_fields(document *d, const sync_candidate *c, arena *a, kith_error *err)
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
static kith_status prepare_documents(sync_run *s, const sync_candidate *c, extraction *x,
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
static kith_status reuse_vectors(sync_run *s, const sync_candidate *c, ingest_unit *unit)
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
static kith_status own_content(sync_run *s, const sync_candidate *c)
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

/* KITH_ERR_UNSUPPORTED when there is no text, or none that is long enough. */
static kith_status check_text(sync_run *s, const extraction *x, kith_error *problem)
{
    if (has_no_text(x)) return fail(problem, KITH_ERR_UNSUPPORTED, "has no text");
    if (!is_too_short(s, x)) return KITH_OK;
    const char *why = too_short(s, longest_text(x, 0, x->document_count), &s->in->memory);
    return fail(problem, KITH_ERR_UNSUPPORTED, "%s", why);
}

/* The unit takes the place of the missing source's documents, with their vectors where it can. */
static kith_status take_over_former(sync_run *s, sync_candidate *c, ingest_unit *unit)
{
    CHECK(!c->former->is_moved);
    c->former->is_moved = true;
    c->source.former = c->former->path;
    kith_status status = reuse_vectors(s, c, unit);
    if (status == KITH_OK) status = sync_lose_content(s, c->former->hash);
    if (status != KITH_OK) return status;
    status = map_put(s->seen, c->former->path, SEEN_MISSING);
    return status == KITH_OK ? KITH_OK
                             : fail(s->err, status, "out of memory for the list of files");
}

kith_status sync_ingest_content(sync_run *s, sync_candidate *c)
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
    if (status == KITH_ERR_IO) return sync_report_unusable(s, c->file, &problem);
    if (status == KITH_OK) status = check_text(s, &x, &problem);
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
        .outcome = c->former          ? KITH_RENAMED
                   : sync_is_known(c) ? KITH_UPDATED
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
    if (c->former) status = take_over_former(s, c, &unit);
    if (status != KITH_OK) return status;
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
