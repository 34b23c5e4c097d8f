/* documents.c - see documents.h; documents come in by ingestion.c. */
#include "native/documents.h"

#include "native/entry.h"
#include "serve/error_object.h"

/* ---- shapes ---- */

static const shape_member document_members[] = {
    {"id", true, {SHAPE_TEXT}, NULL},
    {"title", true, {SHAPE_TEXT}, NULL},
    {"source", true, {SHAPE_TEXT}, "name or path of its file"},
    {"metadata", true, {SHAPE_OBJECT}, NULL},
    {"chunks", true, {SHAPE_INTEGER}, NULL},
    {"text", false, {SHAPE_TEXT}, "of a single document"},
    {0}};
static const shape document_shape = {SHAPE_RECORD, .members = document_members, .name = "Document"};
static const shape_member list_members[] = {
    {"documents", true, {SHAPE_LIST, .element = &document_shape}, "in order of id"},
    {"next", true, {SHAPE_TEXT, .nullable = true}, "cursor of the page that follows"},
    {0}};
static const shape list_shape = {SHAPE_RECORD, .members = list_members};

static const char *const states[] = {"indexed", "skipped", "failed", "duplicate", NULL};
static const shape_member file_members[] = {
    {"path", true, {SHAPE_TEXT}, NULL},
    {"state", true, {SHAPE_TEXT, .choices = states}, NULL},
    {"reason", true, {SHAPE_TEXT}, "why it was skipped or failed"},
    {"original", true, {SHAPE_TEXT}, "of a duplicate"},
    {"notices", true, {SHAPE_LIST, .element = &notice_shape}, "parts of it that are not read"},
    {"documents", true, {SHAPE_INTEGER}, NULL},
    {"bytes", true, {SHAPE_INTEGER}, NULL},
    {0}};
static const shape file_shape = {SHAPE_RECORD, .members = file_members, .name = "File"};
static const shape_member files_members[] = {
    {"files", true, {SHAPE_LIST, .element = &file_shape}, "in order of path"},
    {"next", true, {SHAPE_TEXT, .nullable = true}, "cursor of the page that follows"},
    {0}};
static const shape files_shape = {SHAPE_RECORD, .members = files_members};

const route_shapes documents_list_shapes = {.query = &page_query_shape, .response = &list_shape};
const route_shapes documents_get_shapes = {.response = &document_shape};
const route_shapes documents_delete_shapes = {.response = &deleted_shape};
const route_shapes files_list_shapes = {.query = &page_query_shape, .response = &files_shape};

/* ---- handlers ---- */

static void write_document(json_writer *w, const kith_stored_document *d)
{
    json_begin_object(w);
    json_member_text(w, "id", d->id);
    json_member_text(w, "title", d->title ? d->title : "");
    json_member_text(w, "source", d->source ? d->source : "");
    json_key(w, "metadata");
    json_raw(w, view_of(d->metadata && d->metadata[0] ? d->metadata : "{}"));
    json_member_unsigned(w, "chunks", d->chunks);
    if (d->text) json_member_text(w, "text", d->text);
    json_end_object(w);
}

void documents_list(serve_call *call)
{
    kith_error err = {0};
    kith_documents *page = NULL;
    if (!native_begin(call)) return;
    const kith_page wanted = native_page(call);
    if (kith_documents_list(call->k, native_collection(call), &wanted, &page, &err) != KITH_OK) {
        error_object_refuse(call, &err, NULL);
        return;
    }
    json_writer w = serve_json(call);
    json_begin_object(&w);
    json_key(&w, "documents");
    json_begin_array(&w);
    for (size_t i = 0; i < page->count; i++)
        write_document(&w, &page->documents[i]);
    json_end_array(&w);
    json_member_text(&w, "next", page->next);
    json_end_object(&w);
    kith_documents_free(page);
    serve_reply(call, 200);
}

void documents_get(serve_call *call)
{
    kith_error err = {0};
    kith_stored_document *d = NULL;
    if (!native_begin(call)) return;
    const char *id = call->captures[1].data;
    if (kith_document_get(call->k, native_collection(call), id, &d, &err) != KITH_OK) {
        error_object_refuse(call, &err, NULL);
        return;
    }
    json_writer w = serve_json(call);
    write_document(&w, d);
    kith_stored_document_free(d);
    serve_reply(call, 200);
}

void documents_delete(serve_call *call)
{
    kith_error err = {0};
    if (!native_begin(call)) return;
    const char *id = call->captures[1].data;
    if (kith_document_delete(call->k, native_collection(call), id, &err) != KITH_OK) {
        error_object_refuse(call, &err, NULL);
        return;
    }
    serve_audit(call, "deleted a document of '%s'", native_collection(call));
    reply_deleted(call, id);
}

static void write_file(json_writer *w, const kith_file *f, const kith_notices *notices)
{
    json_begin_object(w);
    json_member_text(w, "path", f->path);
    json_member_text(w, "state", states[f->state]);
    json_member_text(w, "reason", f->reason);
    json_member_text(w, "original", f->original);
    write_notices(w, notices);
    json_member_unsigned(w, "documents", f->documents);
    json_member_unsigned(w, "bytes", f->bytes);
    json_end_object(w);
}

void files_list(serve_call *call)
{
    kith_error err = {0};
    kith_files *page = NULL;
    if (!native_begin(call)) return;
    const kith_page wanted = native_page(call);
    if (kith_files_list(call->k, native_collection(call), &wanted, &page, &err) != KITH_OK) {
        error_object_refuse(call, &err, NULL);
        return;
    }
    json_writer w = serve_json(call);
    json_begin_object(&w);
    json_key(&w, "files");
    json_begin_array(&w);
    for (size_t i = 0; i < page->count; i++)
        write_file(&w, &page->files[i], &page->notices[i]);
    json_end_array(&w);
    json_member_text(&w, "next", page->next);
    json_end_object(&w);
    kith_files_free(page);
    serve_reply(call, 200);
}
