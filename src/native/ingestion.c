/* ingestion.c - see ingestion.h.
 *
 * The events of a stream: "progress" while chunks are embedded, "result" for each document or file
 * as it is finished, then "done" with the summary, or "error" when the ingestion ended before its
 * time. What was reported by then is stored, and is found by its words; what of it is not embedded yet
 * gets its vectors from the server. A client that leaves ends the ingestion likewise. */
#include "native/ingestion.h"

#include "native/entry.h"
#include "native/multipart.h"
#include "native/upload.h"
#include "serve/error_object.h"
#include "serve/request_check.h"

#include <kith/meaning.h>

/* ---- shapes ---- */

static const char *const orders[] = {"after", "later", NULL};
static const char *const units[] = {"characters", "tokens", NULL};
static const shape_member chunk_members[] = {
    {"size", false, {SHAPE_INTEGER, .min = 1, .max = 1000000}, "at most; else 1000 characters"},
    {"overlap", false, {SHAPE_INTEGER, .min = 0, .max = 999999}, "at most; less than the size"},
    {"unit", false, {SHAPE_TEXT, .choices = units}, NULL},
    {0}};
static const shape_member document_members[] = {
    {"id", true, {SHAPE_TEXT, .min = 1, .max = KITH_KEY_MAX_BYTES}, NULL},
    {"title", false, {SHAPE_TEXT}, NULL},
    {"content", true, {SHAPE_TEXT}, "at least 10 characters, or its result says failed"},
    {"metadata", false, {SHAPE_OBJECT}, NULL},
    {0}};
static const shape document_shape = {SHAPE_RECORD, .members = document_members};
static const shape_member request_members[] = {
    {"documents",
     true,
     {SHAPE_LIST, .min = 1, .max = KITH_BATCH_MAX_POINTS, .element = &document_shape},
     "one replaces the document of the same id"},
    {"chunk", false, {SHAPE_RECORD, .members = chunk_members}, "how texts are cut"},
    {"meaning",
     false,
     {SHAPE_TEXT, .choices = orders},
     "documents are stored, and found by words, before they are embedded: after (default) replies "
     "when that is done, later leaves it to the server"},
    {0}};
static const shape request_shape = {SHAPE_RECORD, .members = request_members,
                                    .name = "DocumentsRequest"};

static const char *const outcomes[] = {"added",     "updated", "unchanged", "removed",
                                       "skipped",   "failed",  "progress",  "ignored",
                                       "duplicate", "renamed", NULL};
static const shape_member result_members[] = {
    {"source", true, {SHAPE_TEXT}, "the document's id, or the file's name"},
    {"outcome", true, {SHAPE_TEXT, .choices = outcomes}, NULL},
    {"reason", true, {SHAPE_TEXT}, "why it failed or was skipped; else a note"},
    {"code", true, {SHAPE_TEXT, .nullable = true}, "of a failure"},
    {"notices", true, {SHAPE_LIST, .element = &notice_shape}, "parts of it that are not read"},
    {0}};
static const shape result_shape = {SHAPE_RECORD, .members = result_members,
                                   .name = "DocumentResult"};
static const shape_member summary_members[] = {
    {"processed", true, {SHAPE_INTEGER}, "documents added or updated"},
    {"chunks", true, {SHAPE_INTEGER}, NULL},
    {"errors", true, {SHAPE_INTEGER}, NULL},
    {"files_added", true, {SHAPE_INTEGER}, NULL},
    {"files_updated", true, {SHAPE_INTEGER}, NULL},
    {"files_unchanged", true, {SHAPE_INTEGER}, NULL},
    {"files_skipped", true, {SHAPE_INTEGER}, NULL},
    {"files_failed", true, {SHAPE_INTEGER}, NULL},
    {"seconds", true, {SHAPE_NUMBER}, NULL},
    {0}};
static const shape_member response_members[] = {
    {"results", true, {SHAPE_LIST, .element = &result_shape}, NULL},
    {"summary", true, {SHAPE_RECORD, .members = summary_members}, NULL},
    {0}};
static const shape response_shape = {SHAPE_RECORD, .members = response_members,
                                     .name = "DocumentResults"};

const route_shapes documents_add_shapes = {.request = &request_shape,
                                           .other_request = "multipart/form-data",
                                           .response = &response_shape,
                                           .other_response = "text/event-stream"};

/* ---- telling how it goes ---- */

typedef struct adding {
    serve_call *call;
    bool streams;    /* events, rather than one reply */
    bool has_begun;  /* the stream */
    bool is_gone;    /* the client left */
    buffer event;    /* of a stream: the one at hand */
    json_writer all; /* else: the reply, within the list of results */
    kith_ingest_options options;
    kith_chunk_options chunk;
    kith_ingest_report report;
} adding;

static void send(adding *a, const char *name)
{
    bool is_whole = a->event.failed == KITH_OK;
    if (!a->has_begun) serve_events_begin(a->call);
    a->has_begun = true;
    if (!a->is_gone) a->is_gone = !is_whole || !serve_event(a->call, name, buffer_view(&a->event));
    buffer_reset(&a->event);
}

static void write_result(json_writer *w, const kith_ingest_event *event)
{
    json_begin_object(w);
    json_member_text(w, "source", event->source);
    json_member_text(w, "outcome", outcomes[event->outcome]);
    json_member_text(w, "reason", event->reason);
    json_member_text(w, "code",
                     event->outcome == KITH_FAILED ? kith_status_name(event->status) : NULL);
    write_notices(w, event->notices);
    json_end_object(w);
}

static void write_progress(json_writer *w, const kith_ingest_event *event)
{
    json_begin_object(w);
    json_member_unsigned(w, "done", event->done);
    json_member_unsigned(w, "total", event->total);
    json_member_unsigned(w, "bytes_done", event->bytes_done);
    json_member_unsigned(w, "bytes_total", event->bytes_total);
    json_member_unsigned(w, "chunks", event->chunks);
    json_key(w, "seconds_left");
    if (event->seconds_left >= 0)
        json_double(w, event->seconds_left);
    else
        json_null(w);
    json_end_object(w);
}

static int on_event(void *context, const kith_ingest_event *event)
{
    adding *a = context;
    bool is_progress = event->outcome == KITH_PROGRESS;
    CHECK(event->outcome <= KITH_RENAMED); // the others are of kith_watch
    if (!a->streams) {
        if (!is_progress) write_result(&a->all, event);
        return 0;
    }
    json_writer w = {.out = &a->event};
    if (is_progress)
        write_progress(&w, event);
    else
        write_result(&w, event);
    send(a, is_progress ? "progress" : "result");
    return a->is_gone;
}

static void write_summary(json_writer *w, const kith_ingest_report *r)
{
    json_key(w, "summary");
    json_begin_object(w);
    json_member_unsigned(w, "processed", r->processed);
    json_member_unsigned(w, "chunks", r->chunks);
    json_member_unsigned(w, "errors", r->errors);
    json_member_unsigned(w, "files_added", r->files_added);
    json_member_unsigned(w, "files_updated", r->files_updated);
    json_member_unsigned(w, "files_unchanged", r->files_unchanged);
    json_member_unsigned(w, "files_skipped", r->files_skipped);
    json_member_unsigned(w, "files_failed", r->files_failed);
    json_member_double(w, "seconds", r->seconds);
    json_end_object(w);
}

static void finish_stream(adding *a, kith_status status, const kith_error *err)
{
    json_writer w = {.out = &a->event};
    buffer_reset(&a->event);
    json_begin_object(&w);
    if (status != KITH_OK) {
        json_member_text(&w, "code", kith_status_name(status));
        json_member_text(&w, "message", err->message);
    }
    write_summary(&w, &a->report);
    json_end_object(&w);
    send(a, status == KITH_OK ? "done" : "error");
    serve_events_end(a->call);
}

/* Replies by how the ingestion ended. */
static void finish(adding *a, kith_status status, const kith_error *err, const char *member)
{
    serve_audit(a->call, "added to '%s': %llu documents, %llu chunks, %llu errors",
                native_collection(a->call), (unsigned long long)a->report.processed,
                (unsigned long long)a->report.chunks, (unsigned long long)a->report.errors);
    if (a->has_begun || (a->streams && status == KITH_OK)) {
        finish_stream(a, status, err);
    } else if (status != KITH_OK) {
        error_object_refuse(a->call, err, member);
    } else {
        json_end_array(&a->all);
        write_summary(&a->all, &a->report);
        json_end_object(&a->all);
        serve_reply(a->call, 200);
    }
}

/* ---- documents ---- */

static kith_status read_document(serve_call *call, const json_value *d, kith_document *out,
                                 kith_error *err)
{
    view content = {NULL, 0};
    (void)json_get_string(d, "content", &content);
    *out = (kith_document){.id = shape_text(d, "id", ""),
                           .title = shape_text(d, "title", NULL),
                           .content = content.data,
                           .content_bytes = content.size};
    return request_metadata(call, d, "metadata", &out->metadata, err);
}

static void read_chunk(adding *a, const json_value *chunk)
{
    if (!chunk || chunk->kind == JSON_NULL) return;
    const json_value *given = json_get(chunk, "overlap");
    bool has_overlap = given && given->kind != JSON_NULL;
    int64_t overlap = shape_integer(chunk, "overlap", 0);
    a->chunk = (kith_chunk_options){
        .size = sizeof a->chunk,
        .unit = strcmp(shape_text(chunk, "unit", "characters"), "tokens") == 0 ? KITH_TOKENS
                                                                               : KITH_CHARACTERS,
        .chunk_size = (uint32_t)shape_integer(chunk, "size", 0),
        .overlap = has_overlap && overlap == 0 ? -1 : (int32_t)overlap,
    };
    a->options.chunk = &a->chunk;
}

/* The body as JSON that fits the request's shape, in the call's arena. */
static kith_status read_json(serve_call *call, const json_value **out, const char **member,
                             kith_error *err)
{
    view body = serve_body(call);
    kith_status status = json_parse(body, body.size, &call->arena, out, err);
    if (status != KITH_OK) return fail_context(err, status, "the body");
    return shape_check(&request_shape, *out, "", &call->arena, member, err);
}

static void add_documents(adding *a)
{
    serve_call *call = a->call;
    kith_error err = {0};
    const char *member = NULL;
    const json_value *body = NULL;
    kith_status status = read_json(call, &body, &member, &err);
    const json_value *list = status == KITH_OK ? json_get(body, "documents") : NULL;
    uint32_t count = list ? list->count : 0;
    if (status == KITH_OK && count > call->limits->batch) {
        member = "documents";
        status = fail(&err, KITH_ERR_LIMIT,
                      "documents has %u elements; this server takes %u (--max-batch)", count,
                      call->limits->batch);
    }
    kith_document *documents = arena_new_array(&call->arena, kith_document, count);
    if (status == KITH_OK && !documents)
        status = fail(&err, KITH_ERR_NO_MEMORY, "out of memory for %u documents", count);
    for (uint32_t i = 0; i < count && status == KITH_OK; i++)
        status = read_document(call, list->elements[i], &documents[i], &err);
    if (status == KITH_OK) {
        read_chunk(a, json_get(body, "chunk"));
        if (strcmp(shape_text(body, "meaning", orders[0]), "later") == 0)
            a->options.meaning = KITH_MEANING_LATER;
        status = kith_ingest(call->k, native_collection(call), documents, count, &a->options,
                             &a->report, &err);
    }
    finish(a, status, &err, member);
}

/* ---- files ---- */

/* The languages of pages that are pictures; whether they are installed is checked before a file is
 * read. */
static kith_status read_languages(adding *a, const multipart_part *part, kith_error *err)
{
    view text = arena_copy(&a->call->arena, part->content);
    if (!text.data) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a form");
    if (text.size == 0 || memchr(text.data, '\0', text.size))
        return fail(err, KITH_ERR_INVALID,
                    "ocr_language must be names as tesseract has them, such as deu+eng");
    a->options.ocr_languages = text.data;
    return KITH_OK;
}

/* Fields of the form that are no files are the members of "chunk", by their names there, and
 * "ocr_language". */
static kith_status read_fields(adding *a, const multipart_form *form, const char **member,
                               kith_error *err)
{
    arena *memory = &a->call->arena;
    json_member *members = arena_new_array(memory, json_member, form->count);
    json_value *values = arena_new_array(memory, json_value, form->count);
    if (!members || !values) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a form");
    json_value chunk = {.kind = JSON_OBJECT, .members = members};
    static const shape chunk_shape = {SHAPE_RECORD, .members = chunk_members};
    for (uint32_t i = 0; i < form->count; i++) {
        const multipart_part *part = &form->parts[i];
        if (part->filename.data) continue;
        if (view_equal(part->name, VIEW("ocr_language"))) {
            kith_status read = read_languages(a, part, err);
            if (read != KITH_OK) *member = "ocr_language";
            if (read != KITH_OK) return read;
            continue;
        }
        view prefix = VIEW("chunk_");
        bool is_chunk = view_starts_with(part->name, prefix);
        view key = is_chunk ? view_slice(part->name, prefix.size, part->name.size) : part->name;
        view text = arena_copy(memory, part->content);
        if (!text.data) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a form");
        values[chunk.count] = request_value(&chunk_shape, key, text);
        members[chunk.count] = (json_member){key, &values[chunk.count]};
        chunk.count++;
    }
    kith_status status = shape_check(&chunk_shape, &chunk, "chunk", memory, member, err);
    if (status == KITH_OK && chunk.count > 0) read_chunk(a, &chunk);
    return status;
}

static void add_files(adding *a)
{
    serve_call *call = a->call;
    kith_error err = {0};
    const char *member = NULL;
    multipart_form form = {0};
    upload files = {0};
    kith_status status = multipart_parse(serve_header(call, "Content-Type"), serve_body(call),
                                         &call->arena, &form, &err);
    if (status == KITH_OK) status = read_fields(a, &form, &member, &err);
    if (status == KITH_OK)
        status = upload_write(&form, call->temporary, &call->arena, &files, &err);
    if (status == KITH_OK && files.count == 0)
        status = fail(&err, KITH_ERR_INVALID, "the form holds no file");
    if (status == KITH_OK) {
        a->options.named_below = files.directory;
        status = kith_ingest_paths(call->k, native_collection(call), files.paths, files.count,
                                   &a->options, &a->report, &err);
    }
    upload_remove(&files);
    finish(a, status, &err, member);
}

void documents_add(serve_call *call)
{
    if (!native_begin(call)) return;
    adding a = {.call = call, .streams = request_wants_events(call)};
    a.options = (kith_ingest_options){.size = sizeof a.options,
                                      .on_event = on_event,
                                      .context = &a,
                                      .call = &call->call,
                                      .meaning = KITH_MEANING_AFTER};
    buffer_init(&a.event, 1 << 20);
    if (!a.streams) {
        a.all = serve_json(call);
        json_begin_object(&a.all);
        json_key(&a.all, "results");
        json_begin_array(&a.all);
    }
    if (multipart_is(serve_header(call, "Content-Type")))
        add_files(&a);
    else
        add_documents(&a);
    buffer_done(&a.event);
}
