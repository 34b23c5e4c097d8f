/* ingest_documents.c - documents that a program passes in, rather than files. */
#include "base/utf8.h"
#include "ingest/ingest.h"
#include "os/clock.h"

#include <string.h>

/* The text with "\r\n" and "\r" turned into "\n"; in `a` when it has any, data NULL when memory ran
 * out. */
static view normalise_lines(view text, arena *a)
{
    if (text.size == 0 || !memchr(text.data, '\r', text.size)) return text;
    char *out = arena_new(a, text.size);
    if (!out) return (view){NULL, 0};
    size_t size = 0;
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] == '\r' && i + 1 < text.size && text.data[i + 1] == '\n') continue;
        out[size++] = text.data[i] == '\r' ? '\n' : text.data[i];
    }
    return (view){out, size};
}

/* A document passed in by a program, checked: KITH_ERR_INVALID, KITH_ERR_LIMIT,
 * KITH_ERR_NO_MEMORY. */
static kith_status read_document(const kith_document *from, arena *a, document *out,
                                 kith_error *err)
{
    if (!from->id || !from->id[0]) return fail(err, KITH_ERR_INVALID, "id is missing");
    if (!from->content) return fail(err, KITH_ERR_INVALID, "content is missing");
    view content =
        from->content_bytes ? (view){from->content, from->content_bytes} : view_of(from->content);
    if (content.size > KITH_DOCUMENT_MAX_BYTES)
        return fail(err, KITH_ERR_LIMIT, "content has %zu bytes, the limit is %d", content.size,
                    KITH_DOCUMENT_MAX_BYTES);
    size_t bad = utf8_find_invalid(content);
    if (bad < content.size)
        return fail(err, KITH_ERR_INVALID, "content is not valid UTF-8 at byte %zu", bad);
    *out = (document){
        .id = view_of(from->id),
        .title = view_of(from->title),
        .text = normalise_lines(content, a),
        .title_is_prefix = from->title && from->title[0],
        .fields = {.memory = a},
    };
    if (!out->text.data) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for the content");
    return from->metadata ? metadata_parse(view_of(from->metadata), &out->fields, err) : KITH_OK;
}

static uint64_t content_bytes(const kith_document *d)
{
    return d->content_bytes ? d->content_bytes : d->content ? strlen(d->content) : 0;
}

static kith_status add_document(ingest_run *in, const kith_document *from, kith_error *err)
{
    kith_error problem;
    kith_status status = ingest_bound_memory(in, err);
    if (status != KITH_OK) return status;
    int64_t start = clock_monotonic_ns();
    document *d = arena_new_array(&in->memory, document, 1);
    prepared_document *prepared = arena_new_array(&in->memory, prepared_document, 1);
    if (!d || !prepared) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a document");
    status = read_document(from, &in->memory, d, &problem);
    if (status == KITH_OK)
        status = prepare_document(d, d->id, &in->prepare, &in->memory, prepared, &problem);
    if (status == KITH_ERR_NO_MEMORY) return fail(err, status, "%s", problem.message);
    const char *label = from->id ? from->id : "";
    ingest_unit unit = {
        .label = label,
        .outcome = KITH_ADDED,
        .note = "",
        .documents = prepared,
        .document_count = 1,
        .bytes = status == KITH_OK ? d->text.size : 0,
    };
    forecast_meet(&in->forecast, label, content_bytes(from),
                  status == KITH_OK ? ingest_work(&unit) : 0,
                  (double)(clock_monotonic_ns() - start) / 1e9);
    if (status != KITH_OK) {
        ingest_result result = {.outcome = KITH_FAILED, .label = label, .problem = &problem};
        return ingest_report(in, &result, err);
    }
    return ingest_add(in, &unit, err);
}

kith_status ingest_documents(ingest_run *in, const kith_document *documents, size_t count,
                             kith_error *err)
{
    kith_status status = KITH_OK;
    in->total = count;
    for (size_t i = 0; i < count; i++)
        forecast_expect(&in->forecast, documents[i].id ? documents[i].id : "",
                        content_bytes(&documents[i]));
    for (size_t i = 0; i < count && status == KITH_OK; i++)
        status = add_document(in, &documents[i], err);
    return status == KITH_OK ? ingest_flush(in, err) : status;
}
