/* import.c - see import.h.
 *
 * The lines follow each other as the format says (docs/formats.md): a head; databases, each with
 * its collections; in a collection points, and documents each followed by its chunks; a line that
 * ends the collection with its counts, and one that ends the export. So the state of the reading is
 * which database and collection are open, and which document still waits for chunks. Everything
 * that a line says is checked before any of it is stored, and an export that was cut off is told by
 * the lines that it lacks. */
#include "transfer/import.h"

#include "base/json.h"
#include "base/size.h"
#include "transfer/batch_writer.h"
#include "transfer/import_target.h"
#include "transfer/line_fields.h"
#include "transfer/line_input.h"

#include <kith/catalog.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct importing {
    kith *k;
    const import_request *request;
    const transfer_observer *observer;
    bool has_head, has_end;
    arena catalog;  /* texts of the open database and collection */
    kith *database; /* NULL: none is open */
    const char *tenant, *database_name;
    bool in_collection;
    transfer_collection to;
    batch_writer batch;
    uint64_t documents_read, points_read; /* of the open collection */
    uint32_t notices;                     /* of it, about records that kith does not take */
    uint64_t collections, documents, points;
    kith_whole_document document; /* that waits for chunks, or has id NULL */
    size_t chunks_expected;
    uint64_t line, document_line; /* the number of the line that is read; and of the document's */
    kith_point *chunks;           /* [chunks_capacity] on the heap */
    const char **waiting;         /* [chunks_capacity] on the heap: kith_whole_document's */
    bool any_waits;               /* of the document's chunks */
    size_t chunks_capacity;
    kith_error *err;
} importing;

static kith_status misplaced(const importing *in, const char *what)
{
    return fail(in->err, KITH_ERR_FORMAT, "\"%s\" is in the wrong place", what);
}

/* ---- the head and the end ---- */

static kith_status read_head(importing *in, const json_value *o)
{
    static const char *const members[] = {"format", "written_by", NULL};
    uint64_t version = 0;
    if (in->has_head) return misplaced(in, "kith_export");
    if (o->kind != JSON_OBJECT) return fields_check(o, "kith_export", members, in->err);
    kith_status status = fields_count(o, "format", INT64_MAX, &version, in->err);
    if (status == KITH_OK && version != TRANSFER_VERSION)
        return fail(in->err, KITH_ERR_UNSUPPORTED,
                    "format %llu of a newer kith; this one reads format %d",
                    (unsigned long long)version, TRANSFER_VERSION);
    if (status == KITH_OK) status = fields_check(o, "kith_export", members, in->err);
    in->has_head = true;
    return status;
}

static kith_status check_count(const importing *in, const json_value *o, const char *what,
                               uint64_t read)
{
    uint64_t said = 0;
    kith_status status = fields_count(o, what, INT64_MAX, &said, in->err);
    if (status == KITH_OK && said != read)
        return fail(in->err, KITH_ERR_FORMAT, "there should be %llu %s, %llu were read",
                    (unsigned long long)said, what, (unsigned long long)read);
    return status;
}

static kith_status read_end(importing *in, const json_value *o)
{
    static const char *const members[] = {"collections", "documents", "points", NULL};
    if (in->in_collection) return misplaced(in, "end");
    kith_status status = fields_check(o, "end", members, in->err);
    if (status == KITH_OK) status = check_count(in, o, "collections", in->collections);
    if (status == KITH_OK) status = check_count(in, o, "documents", in->documents);
    if (status == KITH_OK) status = check_count(in, o, "points", in->points);
    in->has_end = true;
    return status;
}

/* ---- databases and collections ---- */

static void close_database(importing *in)
{
    kith_status closed = kith_close(in->database, NULL);
    (void)closed; // closing a view cannot fail
    in->database = NULL;
}

static const char *keep(importing *in, const char *text)
{
    return text ? arena_copy_text(&in->catalog, text) : NULL;
}

static kith_status read_database(importing *in, const json_value *o)
{
    static const char *const members[] = {"tenant", "name", NULL};
    const char *tenant = NULL, *name = NULL;
    if (in->in_collection) return misplaced(in, "database");
    kith_status status = fields_check(o, "database", members, in->err);
    if (status == KITH_OK) status = fields_text(o, "tenant", false, &tenant, in->err);
    if (status == KITH_OK) status = fields_text(o, "name", false, &name, in->err);
    if (status != KITH_OK) return status;
    close_database(in);
    arena_reset(&in->catalog);
    in->tenant = keep(in, tenant);
    in->database_name = keep(in, name);
    if (!in->tenant || !in->database_name)
        return fail(in->err, KITH_ERR_NO_MEMORY, "out of memory");
    return import_database(in->k, in->tenant, in->database_name, &in->database, in->err);
}

static kith_status parse_memory(importing *in, const json_value *o, kith_memory *out)
{
    const char *memory = NULL;
    kith_status status = fields_text(o, "memory", false, &memory, in->err);
    if (status != KITH_OK) return status;
    *out = strcmp(memory, "compact") == 0 ? KITH_MEMORY_COMPACT : KITH_MEMORY_FULL;
    if (*out == KITH_MEMORY_COMPACT || strcmp(memory, "full") == 0) return KITH_OK;
    return fail(in->err, KITH_ERR_FORMAT, "\"memory\" is none of full and compact");
}

static kith_status parse_collection(importing *in, const json_value *o, arena *a,
                                    import_collection *out)
{
    static const char *const members[] = {"name",         "metric",   "dimension",
                                          "model",        "metadata", "configuration",
                                          "index_memory", "memory",   NULL};
    const char *metric = NULL;
    uint64_t dimension = 0;
    kith_status status = fields_check(o, "collection", members, in->err);
    if (status == KITH_OK) status = fields_text(o, "name", false, &out->name, in->err);
    if (status == KITH_OK) status = fields_text(o, "metric", false, &metric, in->err);
    if (status == KITH_OK && !transfer_metric_parse(metric, &out->metric))
        status = fail(in->err, KITH_ERR_FORMAT, "\"metric\" is none of cosine, l2 and ip");
    if (status == KITH_OK)
        status = fields_count(o, "dimension", KITH_DIMENSION_MAX, &dimension, in->err);
    if (status == KITH_OK) status = fields_text(o, "model", false, &out->model.model, in->err);
    if (status == KITH_OK) status = fields_object(o, "metadata", a, &out->metadata, in->err);
    if (status == KITH_OK)
        status = fields_text(o, "configuration", true, &out->configuration, in->err);
    if (status == KITH_OK && json_get(o, "index_memory"))
        status = fields_count(o, "index_memory", INT64_MAX, &out->index_memory, in->err);
    if (status == KITH_OK && json_get(o, "memory")) status = parse_memory(in, o, &out->memory);
    out->model.dimension = (uint32_t)dimension;
    return status;
}

static void on_refused(void *context, uint64_t origin, const kith_error *why)
{
    importing *in = context;
    char text[KITH_ERROR_MESSAGE_BYTES + 256];
    const char *reason = why->message;
    (void)origin; // the message has the record's id
    in->to.refused++;
    const char *what = transfer_left_out(&in->notices, &reason);
    if (!what) return;
    (void)snprintf(text, sizeof text, "collection '%.100s': %s: %s", in->to.name, what, reason);
    in->observer->on_notice(in->observer->context, text);
}

static kith_status read_collection(importing *in, const json_value *o, arena *a)
{
    import_collection wanted = {0};
    if (!in->database || in->in_collection) return misplaced(in, "collection");
    kith_status status = parse_collection(in, o, a, &wanted);
    if (status != KITH_OK) return status;
    in->to = (transfer_collection){
        .tenant = in->tenant, .database = in->database_name, .name = keep(in, wanted.name)};
    if (!in->to.name) return fail(in->err, KITH_ERR_NO_MEMORY, "out of memory");
    status = import_obtain(in->database, &wanted, &in->to, in->err);
    if (status != KITH_OK) return status;
    batch_writer_init(&in->batch, in->database, &in->to);
    if (in->request->is_of_chroma) in->batch.on_refused = on_refused;
    in->batch.refused_context = in;
    in->in_collection = true;
    in->documents_read = in->points_read = 0;
    in->notices = 0;
    return KITH_OK;
}

/* What whoever read Chroma has left out. */
static kith_status read_left_out(importing *in, const json_value *o)
{
    uint64_t missing = 0, refused = 0, unapplied = 0;
    kith_status status = fields_count(o, "without_vector", INT64_MAX, &missing, in->err);
    if (status == KITH_OK) status = fields_count(o, "refused", INT64_MAX, &refused, in->err);
    if (status == KITH_OK) status = fields_count(o, "unapplied", INT64_MAX, &unapplied, in->err);
    in->to.vectors_missing += missing;
    in->to.refused += refused;
    in->to.unapplied += unapplied;
    return status;
}

static kith_status read_collection_end(importing *in, const json_value *o)
{
    static const char *const members[] = {"documents", "points", NULL};
    static const char *const all[] = {"documents", "points",    "without_vector",
                                      "refused",   "unapplied", NULL};
    const bool has_all = in->request->is_of_chroma;
    if (!in->in_collection) return misplaced(in, "collection_end");
    kith_status status = fields_check(o, "collection_end", has_all ? all : members, in->err);
    if (status == KITH_OK && has_all) status = read_left_out(in, o);
    if (status == KITH_OK) status = check_count(in, o, "documents", in->documents_read);
    if (status == KITH_OK) status = check_count(in, o, "points", in->points_read);
    if (status == KITH_OK) status = batch_writer_flush(&in->batch, in->err); // frees `o`
    if (status != KITH_OK) return status;
    in->observer->on_collection(in->observer->context, &in->to);
    batch_writer_done(&in->batch);
    in->in_collection = false;
    in->collections++;
    in->documents += in->documents_read;
    in->points += in->points_read;
    return KITH_OK;
}

/* ---- points and documents ---- */

/* waiting  NULL: the point must have its vector; else receives what the text of one that waits for
 *          its vector begins with, or NULL */
static kith_status parse_point(importing *in, const json_value *o, const char *kind,
                               kith_point *out, const char **waiting)
{
    static const char *const members[] = {"id", "content", "metadata", "vector", NULL};
    static const char *const without[] = {"id", "content", "metadata", "waiting", NULL};
    arena *a = &in->batch.memory;
    const bool waits = waiting && o->kind == JSON_OBJECT && json_get(o, "waiting");
    kith_status status = fields_check(o, kind, waits ? without : members, in->err);
    if (status == KITH_OK) status = fields_text(o, "id", false, &out->id, in->err);
    if (status == KITH_OK) status = fields_text(o, "content", true, &out->content, in->err);
    if (status == KITH_OK) status = fields_object(o, "metadata", a, &out->metadata, in->err);
    if (status == KITH_OK && waits) return fields_text(o, "waiting", false, waiting, in->err);
    if (status == KITH_OK)
        status = fields_vector(o, "vector", a, &out->vector, &out->dimension, in->err);
    return status;
}

static kith_status note_progress(importing *in)
{
    const transfer_observer *observer = in->observer;
    in->points_read++;
    if (!observer->on_progress(observer->context, in->to.name, in->points_read)) return KITH_OK;
    return fail(in->err, KITH_ERR_CANCELLED, "the import was interrupted");
}

static kith_status read_point(importing *in, const json_value *o)
{
    kith_point point = {0};
    if (!in->in_collection) return misplaced(in, "point");
    kith_status status = parse_point(in, o, "point", &point, NULL);
    in->batch.origin = in->line;
    if (status == KITH_OK) status = batch_writer_add_point(&in->batch, &point, in->err);
    return status == KITH_OK ? note_progress(in) : status;
}

/* Passes the document on when all of its chunks are there. */
static kith_status end_document(importing *in)
{
    kith_whole_document *d = &in->document;
    if (d->chunk_count < in->chunks_expected) return KITH_OK;
    arena *a = &in->batch.memory;
    kith_point *chunks = arena_new_array(a, kith_point, d->chunk_count);
    const char **waiting = arena_new_array(a, const char *, in->any_waits ? d->chunk_count : 0);
    if (!chunks || !waiting)
        return fail(in->err, KITH_ERR_NO_MEMORY, "out of memory for a document");
    if (d->chunk_count) memcpy(chunks, in->chunks, d->chunk_count * sizeof *chunks);
    if (in->any_waits) memcpy(waiting, in->waiting, d->chunk_count * sizeof *waiting);
    d->chunks = chunks;
    d->waiting = in->any_waits ? waiting : NULL;
    in->any_waits = false;
    in->batch.origin = in->document_line;
    kith_status status = batch_writer_add_document(&in->batch, d, in->err);
    *d = (kith_whole_document){0};
    in->documents_read++;
    return status;
}

static kith_status read_document(importing *in, const json_value *o)
{
    static const char *const members[] = {"id",       "title", "source", "source_base64",
                                          "metadata", "text",  "chunks", NULL};
    kith_whole_document *d = &in->document;
    kith_whole_document read = {0};
    uint64_t chunks = 0;
    const char *bytes = NULL;
    arena *a = &in->batch.memory;
    if (!in->in_collection) return misplaced(in, "document");
    kith_status status = fields_check(o, "document", members, in->err);
    if (status == KITH_OK) status = fields_text(o, "id", false, &read.id, in->err);
    if (status == KITH_OK) status = fields_text(o, "title", true, &read.title, in->err);
    if (status == KITH_OK) status = fields_text(o, "source", true, &read.source, in->err);
    if (status == KITH_OK) status = fields_bytes(o, "source_base64", a, &bytes, in->err);
    if (status == KITH_OK) status = fields_object(o, "metadata", a, &read.metadata, in->err);
    if (status == KITH_OK) status = fields_text(o, "text", true, &read.text, in->err);
    if (status == KITH_OK)
        status = fields_count(o, "chunks", TRANSFER_CHUNKS_MAX, &chunks, in->err);
    if (status != KITH_OK) return status;
    if (bytes) read.source = bytes;
    *d = read;
    in->document_line = in->line;
    in->chunks_expected = (size_t)chunks;
    return end_document(in);
}

static kith_status grow_chunks(importing *in)
{
    size_t capacity = size_max(64, in->chunks_capacity * 2);
    kith_point *chunks = heap_grow_array(in->chunks, capacity, sizeof *chunks);
    if (chunks) in->chunks = chunks;
    const char **waiting = heap_grow_array(in->waiting, capacity, sizeof *waiting);
    if (waiting) in->waiting = waiting;
    if (!chunks || !waiting) return fail(in->err, KITH_ERR_NO_MEMORY, "out of memory for chunks");
    in->chunks_capacity = capacity;
    return KITH_OK;
}

static kith_status read_chunk(importing *in, const json_value *o)
{
    kith_whole_document *d = &in->document;
    kith_point chunk = {0};
    const char *waiting = NULL;
    if (!d->id) return misplaced(in, "chunk");
    kith_status status = parse_point(in, o, "chunk", &chunk, &waiting);
    if (status == KITH_OK && d->chunk_count == in->chunks_capacity) status = grow_chunks(in);
    if (status != KITH_OK) return status;
    in->any_waits |= waiting != NULL;
    in->waiting[d->chunk_count] = waiting;
    in->chunks[d->chunk_count++] = chunk;
    status = end_document(in);
    return status == KITH_OK ? note_progress(in) : status;
}

/* ---- what only chroma_stream.h writes ---- */

static kith_status read_notice(importing *in, const json_value *o)
{
    static const char *const members[] = {"text", NULL};
    const char *text = NULL;
    kith_status status = fields_check(o, "notice", members, in->err);
    if (status == KITH_OK) status = fields_text(o, "text", false, &text, in->err);
    if (status == KITH_OK) in->observer->on_notice(in->observer->context, text);
    return status;
}

/* The other side has failed: that is the failure of the import. */
static kith_status read_failure(importing *in, const json_value *o)
{
    static const char *const members[] = {"status", "message", NULL};
    uint64_t code = 0;
    const char *message = NULL;
    kith_status status = fields_check(o, "failed", members, in->err);
    if (status == KITH_OK) status = fields_count(o, "status", KITH_ERR_INTERNAL, &code, in->err);
    if (status == KITH_OK) status = fields_text(o, "message", false, &message, in->err);
    if (status != KITH_OK) return status;
    return fail(in->err, code ? (kith_status)code : KITH_ERR_FORMAT, "%s", message);
}

/* ---- lines ---- */

static kith_status dispatch(importing *in, view kind, const json_value *o, arena *a)
{
    if (view_equal(kind, VIEW("kith_export"))) return read_head(in, o);
    if (!in->has_head)
        return fail(in->err, KITH_ERR_FORMAT, "the first line is not that of an export of kith");
    if (in->has_end) return fail(in->err, KITH_ERR_FORMAT, "something follows the end");
    if (in->request->is_of_chroma && view_equal(kind, VIEW("notice"))) return read_notice(in, o);
    if (in->request->is_of_chroma && view_equal(kind, VIEW("failed"))) return read_failure(in, o);
    if (view_equal(kind, VIEW("chunk"))) return read_chunk(in, o);
    if (in->document.id)
        return fail(in->err, KITH_ERR_FORMAT, "document '%.64s' should have %zu chunks, %zu follow",
                    in->document.id, in->chunks_expected, in->document.chunk_count);
    if (view_equal(kind, VIEW("point"))) return read_point(in, o);
    if (view_equal(kind, VIEW("document"))) return read_document(in, o);
    if (view_equal(kind, VIEW("collection"))) return read_collection(in, o, a);
    if (view_equal(kind, VIEW("collection_end"))) return read_collection_end(in, o);
    if (view_equal(kind, VIEW("database"))) return read_database(in, o);
    if (view_equal(kind, VIEW("end"))) return read_end(in, o);
    return fail(in->err, KITH_ERR_FORMAT, "a line of an unknown kind, '%.*s'",
                (int)size_min(kind.size, 64), kind.data);
}

static kith_status read_line(importing *in, view line)
{
    const json_value *value = NULL;
    arena alone; // a line outside of a collection is in no batch
    arena_init(&alone, (size_t)64 << 20);
    arena *a = in->in_collection ? &in->batch.memory : &alone;
    kith_status status = json_parse(line, TRANSFER_LINE_MAX_BYTES, a, &value, in->err);
    if (status == KITH_OK && (value->kind != JSON_OBJECT || value->count != 1))
        status = fail(in->err, KITH_ERR_FORMAT, "not an object of one member");
    if (status == KITH_OK) status = dispatch(in, value->members[0].key, value->members[0].value, a);
    arena_done(&alone);
    return status;
}

static kith_status read_all(importing *in, line_input *input)
{
    for (;;) {
        view line;
        bool found = false;
        kith_status status = line_input_next(input, &line, &found, in->err);
        if (status != KITH_OK || !found) return status;
        in->line = input->number;
        status = read_line(in, line);
        if (status != KITH_OK) return status;
    }
}

static kith_status check_end(const importing *in)
{
    if (in->has_end) return KITH_OK;
    return fail(in->err, KITH_ERR_FORMAT, "%s",
                in->has_head ? "the export ends before its last line: it was cut off"
                             : "there is no export in it");
}

/* Says where it went wrong. Of Chroma nobody sees the lines. */
static kith_status add_place(const importing *in, uint64_t line, kith_status status)
{
    if (in->in_collection && in->batch.refused) line = in->batch.refused;
    if (!in->request->is_of_chroma)
        return fail_context(in->err, status, "%s:%llu", in->request->name,
                            (unsigned long long)line);
    return in->in_collection ? fail_context(in->err, status, "collection '%.100s'", in->to.name)
                             : status;
}

kith_status import_lines(kith *k, const import_request *request, const transfer_observer *observer,
                         kith_error *err)
{
    line_input input;
    kith_error unsaid = {0};
    importing *in = heap_new_array(1, sizeof *in);
    if (!in) return fail(err, KITH_ERR_NO_MEMORY, "out of memory");
    *in = (importing){.k = k, .request = request, .observer = observer, .err = err ? err : &unsaid};
    arena_init(&in->catalog, 0);
    line_input_init(&input, request->source, TRANSFER_LINE_MAX_BYTES);
    kith_status status = read_all(in, &input);
    if (status == KITH_OK) status = check_end(in);
    if (status != KITH_OK) status = add_place(in, input.number, status);
    if (in->in_collection) {
        // What was read before the failure is sound: it is stored rather than read again.
        kith_status stored = batch_writer_flush(&in->batch, NULL);
        (void)stored; // the failure before it is the one to report
        observer->on_collection(observer->context, &in->to);
        batch_writer_done(&in->batch);
    }
    close_database(in);
    arena_done(&in->catalog);
    line_input_done(&input);
    free(in->chunks);
    free(in->waiting);
    free(in);
    return status;
}
