/* export.c - see export.h.
 *
 * Points are walked in the order of their first writing, a page at a time, so that an import writes
 * them in this order again. Where the walk meets a chunk of a document, the whole document is read
 * in one state and written with all its chunks; the walk then passes over them. A document that is
 * replaced during the walk has its new chunks at the end of the order and is met again there: it
 * was written with the state of the first meeting, and the map of what was written passes it over.
 * Documents without chunks are never met, and come last, from the list of documents. */
#include "transfer/export.h"

#include "base/map.h"
#include "base/size.h"
#include "base/utf8.h"
#include "transfer/line_writer.h"

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
    line_writer lines;
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

/* ---- documents ---- */

static kith_status write_document(walk *o, const kith_whole_document *d)
{
    exporting *x = o->x;
    kith_status status = map_put(o->written, view_of(d->id), 1);
    if (status != KITH_OK) return fail(x->err, status, "out of memory for the ids of documents");
    line_writer *w = &x->lines;
    line_writer_begin(w, "document");
    json_member_text(&w->json, "id", d->id);
    json_member_text(&w->json, "title", d->title);
    // A path is whatever bytes the file system has, of which JSON holds only UTF-8.
    view source = view_of(d->source);
    if (utf8_is_valid(source))
        json_member_text(&w->json, "source", d->source);
    else
        line_writer_base64(w, "source_base64", source);
    line_writer_json(w, "metadata", d->metadata);
    json_member_text(&w->json, "text", d->text);
    json_member_unsigned(&w->json, "chunks", d->chunk_count);
    status = line_writer_end(w, x->err);
    for (size_t i = 0; status == KITH_OK && i < d->chunk_count; i++)
        status = line_writer_chunk(w, &d->chunks[i], d->waiting ? d->waiting[i] : NULL, x->err);
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
    // Only chunks of documents are stored without one.
    if (!p.vector)
        return fail(o->x->err, KITH_ERR_CORRUPT, "point '%s' of no document has no vector", p.id);
    o->done.points++;
    return line_writer_point(&o->x->lines, &p, o->x->err);
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
                            .pass_waiting = true,
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
    if (status == KITH_OK) {
        const import_collection c = {info->name,     info->metric,        *model,
                                     info->metadata, info->configuration, info->index_memory,
                                     info->memory};
        status = line_writer_collection(&x->lines, &c, x->err);
    }
    if (status == KITH_OK) status = export_points(&o);
    if (status == KITH_OK) status = export_chunkless(&o);
    if (status == KITH_OK) {
        line_writer_begin(&x->lines, "collection_end");
        json_member_unsigned(&x->lines.json, "documents", o.done.documents);
        json_member_unsigned(&x->lines.json, "points", o.done.points);
        status = line_writer_end(&x->lines, x->err);
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
    status = line_writer_database(&x->lines, tenant, database, x->err);
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
    line_writer_init(&x.lines, request->write, request->write_context);
    status = line_writer_head(&x.lines, err);
    if (status == KITH_OK)
        status = request->tenant ? export_database(&x, k, request->tenant, request->database)
                                 : export_everything(&x, k);
    if (status == KITH_OK)
        status = line_writer_last(&x.lines, x.collections, x.documents, x.points, err);
    kith_status drained = status == KITH_OK ? line_writer_finish(&x.lines) : status;
    if (status == KITH_OK && drained != KITH_OK)
        status = fail(err, drained, "the export cannot be written");
    line_writer_done(&x.lines);
    return status;
}
