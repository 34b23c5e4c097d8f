/* export.c - see export.h.
 *
 * Points are walked in the order of their first writing, a page at a time, so that an import writes
 * them in this order again. Where the walk meets a chunk of a document, the whole document is read
 * in one state and written with all its chunks; the walk then passes over them. A document that is
 * replaced during the walk has its new chunks at the end of the order and is met again there: it
 * was written with the state of the first meeting, and the map of what was written passes it over.
 * Documents without chunks are never met, and come last, from the list of documents. */
#include "transfer/export.h"

#include "base/base64.h"
#include "base/json.h"
#include "base/map.h"
#include "base/size.h"
#include "base/utf8.h"

#include <string.h>

enum {
    PAGE_POINTS = 256,
    PAGE_DOCUMENTS = 256,
    /* Of a page of points; one that would take more is read again with fewer points. */
    PAGE_BYTES = 256 << 20
};

typedef struct exporting {
    const export_request *request;
    const transfer_observer *observer;
    buffer out;
    json_writer w;
    uint64_t collections, documents, points; /* of all that were exported */
    kith_error *err;
} exporting;

/* One collection while it is exported. */
typedef struct walk {
    exporting *x;
    kith *k; /* of its database */
    transfer_collection done;
    map *written; /* ids of documents */
} walk;

/* ---- lines ---- */

static void begin_line(exporting *x, const char *kind)
{
    x->w = (json_writer){.out = &x->out};
    json_begin_object(&x->w);
    json_key(&x->w, kind);
    json_begin_object(&x->w);
}

static kith_status end_line(exporting *x)
{
    json_end_object(&x->w);
    json_end_object(&x->w);
    buffer_append_byte(&x->out, '\n');
    return buffer_status(&x->out, "the export", x->err);
}

static void member_json(json_writer *w, const char *key, const char *json)
{
    json_key(w, key);
    json_raw(w, json ? view_of(json) : VIEW("null"));
}

static void member_vector(json_writer *w, const kith_point *p)
{
    json_key(w, "vector");
    json_raw(w, VIEW("\""));
    base64_append(w->out,
                  (view){(const char *)p->vector, (size_t)p->dimension * sizeof *p->vector});
    buffer_append_byte(w->out, '"');
}

static kith_status write_point(exporting *x, const char *kind, const kith_point *p)
{
    begin_line(x, kind);
    json_member_text(&x->w, "id", p->id);
    json_member_text(&x->w, "content", p->content);
    member_json(&x->w, "metadata", p->metadata);
    member_vector(&x->w, p);
    return end_line(x);
}

static kith_status write_header(exporting *x)
{
    begin_line(x, "kith_export");
    json_member_unsigned(&x->w, "format", TRANSFER_VERSION);
    json_member_text(&x->w, "written_by", kith_version());
    return end_line(x);
}

static kith_status write_collection(exporting *x, const kith_collection_info *info,
                                    const kith_collection_model *model)
{
    begin_line(x, "collection");
    json_member_text(&x->w, "name", info->name);
    json_member_text(&x->w, "metric", transfer_metric_name(info->metric));
    json_member_unsigned(&x->w, "dimension", model->dimension);
    json_member_text(&x->w, "model", model->model);
    member_json(&x->w, "metadata", info->metadata);
    json_member_text(&x->w, "configuration", info->configuration);
    return end_line(x);
}

/* ---- documents ---- */

static kith_status write_document(walk *o, const kith_whole_document *d)
{
    exporting *x = o->x;
    kith_status status = map_put(o->written, view_of(d->id), 1);
    if (status != KITH_OK) return fail(x->err, status, "out of memory for the ids of documents");
    begin_line(x, "document");
    json_member_text(&x->w, "id", d->id);
    json_member_text(&x->w, "title", d->title);
    // A path is whatever bytes the file system has, of which JSON holds only UTF-8.
    view source = view_of(d->source);
    if (utf8_is_valid(source)) {
        json_member_text(&x->w, "source", d->source);
    } else {
        json_key(&x->w, "source_base64");
        json_raw(&x->w, VIEW("\""));
        base64_append(&x->out, source);
        buffer_append_byte(&x->out, '"');
    }
    member_json(&x->w, "metadata", d->metadata);
    json_member_text(&x->w, "text", d->text);
    json_member_unsigned(&x->w, "chunks", d->chunk_count);
    status = end_line(x);
    for (size_t i = 0; status == KITH_OK && i < d->chunk_count; i++)
        status = write_point(x, "chunk", &d->chunks[i]);
    o->done.documents++;
    o->done.points += d->chunk_count;
    return status;
}

static kith_status export_document(walk *o, const char *id)
{
    kith_whole_document *d = NULL;
    uint64_t ignored = 0;
    if (map_get(o->written, view_of(id), &ignored)) return KITH_OK;
    kith_status status = kith_whole_document_get(o->k, o->done.name, id, &d, o->x->err);
    // It was deleted after the page that named it was read; or the collection was, which the next
    // page says.
    if (status == KITH_ERR_NOT_FOUND) return KITH_OK;
    if (status == KITH_OK) status = write_document(o, d);
    kith_whole_document_free(d);
    return status;
}

static kith_status export_chunkless(walk *o)
{
    kith_status status = KITH_OK;
    const char *next = "";
    kith_documents *page = NULL;
    while (status == KITH_OK && next) {
        kith_documents *read = NULL;
        const kith_page what = {.limit = PAGE_DOCUMENTS, .cursor = *next ? next : NULL};
        status = kith_documents_list(o->k, o->done.name, &what, &read, o->x->err);
        kith_documents_free(page);
        page = read;
        for (size_t i = 0; status == KITH_OK && i < page->count; i++)
            if (page->documents[i].chunks == 0) status = export_document(o, page->documents[i].id);
        next = status == KITH_OK ? page->next : NULL;
    }
    kith_documents_free(page);
    return status;
}

/* ---- points ---- */

static kith_status export_record(walk *o, const kith_records *page, size_t i)
{
    const kith_record *r = &page->records[i];
    if (r->document) return export_document(o, r->document);
    const kith_point p = {.id = r->id,
                          .content = r->content,
                          .metadata = r->metadata,
                          .vector = r->vector,
                          .dimension = page->dimension};
    o->done.points++;
    return write_point(o->x, "point", &p);
}

/* The page from the cursor on; a smaller one where the points are large. */
static kith_status read_page(walk *o, const char *cursor, kith_records **out)
{
    exporting *x = o->x;
    kith_status status = KITH_ERR_LIMIT;
    size_t points = PAGE_POINTS;
    for (; status == KITH_ERR_LIMIT; points /= 16) {
        const kith_call call = {.max_bytes = points > 1 ? PAGE_BYTES : 0};
        kith_selection s = {.size = sizeof s,
                            .limit = points ? points : 1,
                            .cursor = cursor,
                            .with_vectors = true,
                            .call = &call};
        status = kith_get(o->k, o->done.name, &s, out, x->err);
        if (points <= 1) break;
    }
    return status;
}

static kith_status export_points(walk *o)
{
    kith_status status = KITH_OK;
    kith_records *page = NULL;
    for (const char *next = ""; status == KITH_OK && next;) {
        kith_records *read = NULL;
        status = read_page(o, *next ? next : NULL, &read);
        kith_records_free(page);
        page = read;
        for (size_t i = 0; status == KITH_OK && i < page->count; i++)
            status = export_record(o, page, i);
        next = status == KITH_OK ? page->next : NULL;
        if (status == KITH_OK &&
            o->x->observer->on_progress(o->x->observer->context, o->done.name, o->done.points))
            status = fail(o->x->err, KITH_ERR_CANCELLED, "the export was interrupted");
    }
    kith_records_free(page);
    return status;
}

/* ---- collections ---- */

static kith_status export_collection(exporting *x, kith *k, const kith_collection_info *info)
{
    kith_collection_model *model = NULL;
    walk o = {.x = x,
              .k = k,
              .done = {.tenant = info->tenant, .database = info->database, .name = info->name},
              .written = map_new()};
    if (!o.written) return fail(x->err, KITH_ERR_NO_MEMORY, "out of memory for ids");
    kith_status status = kith_collection_model_get(k, info->name, &model, x->err);
    if (status == KITH_OK) status = write_collection(x, info, model);
    if (status == KITH_OK) status = export_points(&o);
    if (status == KITH_OK) status = export_chunkless(&o);
    if (status == KITH_OK) {
        begin_line(x, "collection_end");
        json_member_unsigned(&x->w, "documents", o.done.documents);
        json_member_unsigned(&x->w, "points", o.done.points);
        status = end_line(x);
    }
    if (status == KITH_OK) {
        x->collections++;
        x->documents += o.done.documents;
        x->points += o.done.points;
        x->observer->on_collection(x->observer->context, &o.done);
    }
    kith_collection_model_free(model);
    map_free(o.written);
    return status;
}

/* The collections of one database that are wanted: all, or those that are named. */
static kith_status export_database(exporting *x, kith *k, const char *tenant, const char *database)
{
    const export_request *r = x->request;
    kith *scoped = NULL;
    kith_collection_infos *infos = NULL;
    kith_status status = kith_use_database(k, tenant, database, &scoped, x->err);
    if (status != KITH_OK) return status;
    begin_line(x, "database");
    json_member_text(&x->w, "tenant", tenant);
    json_member_text(&x->w, "name", database);
    status = end_line(x);
    for (size_t i = 0; status == KITH_OK && i < size_max(r->count, 1); i++) {
        const char *name = r->count ? r->names[i] : NULL;
        kith_collection_infos_free(infos);
        infos = NULL;
        status = kith_collection_describe(scoped, name, NULL, &infos, x->err);
        for (size_t c = 0; status == KITH_OK && c < infos->count; c++)
            status = export_collection(x, scoped, &infos->collections[c]);
    }
    kith_collection_infos_free(infos);
    kith_status closed = kith_close(scoped, NULL);
    (void)closed; // closing a view cannot fail
    return status;
}

static kith_status export_everything(exporting *x, kith *k)
{
    kith_tenants *tenants = NULL;
    kith_status status = kith_tenants_list(k, NULL, &tenants, x->err);
    for (size_t t = 0; status == KITH_OK && t < tenants->count; t++) {
        kith_databases *databases = NULL;
        const char *tenant = tenants->names[t];
        status = kith_databases_list(k, tenant, NULL, NULL, &databases, x->err);
        for (size_t d = 0; status == KITH_OK && d < databases->count; d++)
            status = export_database(x, k, tenant, databases->databases[d].name);
        kith_databases_free(databases);
    }
    kith_tenants_free(tenants);
    return status;
}

/* What is named exists, before anything is written. */
static kith_status check_names(kith *k, const export_request *r, kith_error *err)
{
    kith *scoped = NULL;
    if (!r->tenant) return KITH_OK;
    kith_status status = kith_use_database(k, r->tenant, r->database, &scoped, err);
    if (status != KITH_OK) return status;
    for (size_t i = 0; status == KITH_OK && i < r->count; i++) {
        kith_collection_infos *infos = NULL;
        status = kith_collection_describe(scoped, r->names[i], NULL, &infos, err);
        kith_collection_infos_free(infos);
        for (size_t j = 0; status == KITH_OK && j < i; j++)
            if (strcmp(r->names[i], r->names[j]) == 0)
                status = fail(err, KITH_ERR_INVALID, "collection '%s' is named twice", r->names[i]);
    }
    kith_status closed = kith_close(scoped, NULL);
    (void)closed; // closing a view cannot fail
    return status;
}

kith_status export_collections(kith *k, const export_request *request,
                               const transfer_observer *observer, kith_error *err)
{
    exporting x = {.request = request, .observer = observer, .err = err};
    kith_status status = check_names(k, request, err);
    if (status != KITH_OK) return status;
    buffer_init_draining(&x.out, request->write, request->write_context);
    status = write_header(&x);
    if (status == KITH_OK)
        status = request->tenant ? export_database(&x, k, request->tenant, request->database)
                                 : export_everything(&x, k);
    if (status == KITH_OK) {
        begin_line(&x, "end");
        json_member_unsigned(&x.w, "collections", x.collections);
        json_member_unsigned(&x.w, "documents", x.documents);
        json_member_unsigned(&x.w, "points", x.points);
        status = end_line(&x);
    }
    kith_status drained = status == KITH_OK ? buffer_drain_rest(&x.out) : status;
    if (status == KITH_OK && drained != KITH_OK)
        status = fail(err, drained, "the export cannot be written");
    buffer_done(&x.out);
    return status;
}
