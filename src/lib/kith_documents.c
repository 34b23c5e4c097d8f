/* kith_documents.c - ingesting, reading and deleting documents; looking at chunks.
 *
 * Both ways of ingesting, paths and documents passed in, run through run_ingestion, so that the
 * order of its checks is the same for both: the embedder first answers (a wrong key must not leave
 * an empty collection behind), then the collection is created or opened, then ingest_init compares
 * it with the model, and only then is anything read. The report is filled as far as the run came,
 * also when it failed. */
#include "base/size.h"
#include "db/collection.h"
#include "ingest/ingest.h"
#include "ingest/sync.h"
#include "lib/ingestion.h"
#include "lib/options.h"
#include "lib/page.h"
#include "os/clock.h"

#include <kith/preview.h>
#include <stdlib.h>
#include <string.h>

typedef struct ingest_call {
    const kith_document *documents; /* [count]; or, when paths is not NULL: */
    const char *const *paths;       /* [count] */
    size_t count;
} ingest_call;

/* The collection, created when it is missing, and its embedder. A dry run creates nothing: *out
 * stays NULL then. Release *out with database_release_collection, also on failure. */
static kith_status open_collection(kith *k, const char *name, bool dry_run, const call_limit *limit,
                                   collection **out, embedder **e, kith_error *err)
{
    kith_status status = database_acquire_collection(k->database, view_of(name), out, err);
    if (status != KITH_OK && status != KITH_ERR_NOT_FOUND) return status;
    if (!dry_run)
        status = ingestion_choose_embedder(k, *out, limit, e, err);
    else if (*out)
        status = choose_embedder(k, *out, e, err);
    else
        status = require_embedder(k, err);
    if (status == KITH_OK && !*e) *e = k->embedder;
    if (status != KITH_OK || *out || dry_run) return status;
    return database_ensure_collection(k->database, view_of(name), out, err);
}

/* One ingestion with options that were adopted. */
typedef struct ingestion_job {
    const char *name; /* of the collection */
    const ingest_call *call;
    const kith_ingest_options *options;
    const call_limit *limit;
    kith_ingest_report *report; /* may be NULL */
} ingestion_job;

static kith_status ingest_in(kith *k, const ingestion_job *job, collection *c, embedder *e,
                             kith_error *err)
{
    const ingest_call *call = job->call;
    const kith_ingest_options *o = job->options;
    ingest_run in = {0};
    uint64_t embedded = 0;
    kith_status status = ingest_init(&in, c, e, o, err);
    if (status != KITH_OK) return status;
    in.limit = job->limit;
    in.words_first = o->meaning != KITH_MEANING_TOGETHER && !o->dry_run;
    status = call->paths ? sync_paths(&in, call->paths, call->count, err)
                         : ingest_documents(&in, call->documents, call->count, err);
    if (status == KITH_OK && o->meaning == KITH_MEANING_AFTER && !o->dry_run)
        status = ingestion_embed_waiting(c, &in, &embedded, err);
    if (job->report) *job->report = in.report;
    if (!o->dry_run) ingestion_count(k, &in);
    ingest_done(&in);
    return status;
}

/* What was stored in a collection whose place another one has taken is in that one, too: it is met
 * there as unchanged, or replaced by itself. */
static kith_status run_job(kith *k, const ingestion_job *job, kith_error *err)
{
    collection *c = NULL;
    embedder *e = NULL;
    kith_status status =
        open_collection(k, job->name, job->options->dry_run, job->limit, &c, &e, err);
    if (status == KITH_OK) status = ingest_in(k, job, c, e, err);
    while (acquire_successor(k, job->name, status, &c)) {
        status = choose_embedder(k, c, &e, err);
        if (status == KITH_OK) status = ingest_in(k, job, c, e, err);
    }
    status = collection_explain_missing(c, status, err);
    database_release_collection(c);
    return status;
}

static kith_status run_ingestion(kith *k, const char *name, const ingest_call *call,
                                 const kith_ingest_options *options, kith_ingest_report *report,
                                 kith_error *err)
{
    kith_ingest_options wanted;
    kith_chunk_options chunking;
    call_limit room;
    int64_t start = clock_monotonic_ns();
    ingestion_job job = {.name = name, .call = call, .options = &wanted, .report = report};
    if (report) *report = (kith_ingest_report){0};
    kith_status status = options_adopt_ingest(options, &wanted, &chunking, err);
    if (status == KITH_OK && wanted.meaning > KITH_MEANING_LATER)
        status = fail(err, KITH_ERR_INVALID, "there is no order of meaning %llu",
                      (unsigned long long)wanted.meaning);
    if (status == KITH_OK) status = options_begin_call(wanted.call, &room, &job.limit, err);
    if (status == KITH_OK) status = run_job(k, &job, err);
    if (report) report->seconds = (double)(clock_monotonic_ns() - start) / 1e9;
    return count_call(k, status);
}

kith_status kith_ingest(kith *k, const char *collection_name, const kith_document *documents,
                        size_t count, const kith_ingest_options *options,
                        kith_ingest_report *report, kith_error *err)
{
    return run_ingestion(k, collection_name, &(ingest_call){.documents = documents, .count = count},
                         options, report, err);
}

kith_status kith_ingest_paths(kith *k, const char *collection_name, const char *const *paths,
                              size_t count, const kith_ingest_options *options,
                              kith_ingest_report *report, kith_error *err)
{
    return run_ingestion(k, collection_name, &(ingest_call){.paths = paths, .count = count},
                         options, report, err);
}

kith_status kith_document_get(kith *k, const char *name, const char *id, kith_stored_document **out,
                              kith_error *err)
{
    arena *memory = NULL;
    kith_stored_document *result = result_new(sizeof *result, &memory, err);
    if (!result) return KITH_ERR_NO_MEMORY;
    collection *c = NULL;
    store_document d = {0};
    kith_status status = database_acquire_collection(k->database, view_of(name), &c, err);
    if (status == KITH_OK)
        status = store_get_document(database_store(k->database), collection_id(c), view_of(id),
                                    memory, &d, err);
    if (status == KITH_OK) {
        *result = (kith_stored_document){
            .id = arena_copy(memory, d.key).data,
            .title = arena_copy(memory, d.title).data,
            .source = arena_copy(memory, d.source).data,
            .metadata = arena_copy(memory, d.metadata).data,
            .text = arena_copy(memory, d.text).data,
            .chunks = d.chunks,
        };
        if (memory->exhausted)
            status = fail(err, KITH_ERR_NO_MEMORY, "out of memory for a document");
    }
    status = collection_explain_missing(c, status, err);
    database_release_collection(c);
    return RESULT_END(status, result, out);
}

void kith_stored_document_free(kith_stored_document *stored)
{
    result_free(stored);
}

static kith_status list_documents(const page_request *page, kith_documents *out, kith_error *err)
{
    store_document *listed = NULL;
    uint32_t count = 0;
    collection *c = page->collection;
    kith_status status =
        store_list_documents(database_store(collection_database(c)), collection_id(c), &page->rows,
                             page->memory, &listed, &count, err);
    uint32_t shown = (uint32_t)size_min(count, page->limit);
    kith_stored_document *documents = arena_new_array(page->memory, kith_stored_document, shown);
    if (status == KITH_OK && !documents)
        status = fail(err, KITH_ERR_NO_MEMORY, "out of memory for %u documents", count);
    for (uint32_t i = 0; i < shown && status == KITH_OK; i++)
        documents[i] = (kith_stored_document){
            .id = listed[i].key.data,
            .title = listed[i].title.data,
            .source = listed[i].source.data ? listed[i].source.data : "",
            .metadata = listed[i].metadata.data ? listed[i].metadata.data : "",
            .chunks = listed[i].chunks,
        };
    *out = (kith_documents){shown, documents, NULL};
    if (status == KITH_OK && shown < count)
        status = page_end(page, listed[shown - 1].key, &out->next, err);
    return status;
}

kith_status kith_documents_list(kith *k, const char *name, const kith_page *page,
                                kith_documents **out, kith_error *err)
{
    page_request request = {.kind = CURSOR_DOCUMENTS};
    kith_documents *result = result_new(sizeof *result, &request.memory, err);
    if (!result) return KITH_ERR_NO_MEMORY;
    kith_status status = page_open(&request, k, name, page, err);
    if (status == KITH_OK) status = list_documents(&request, result, err);
    status = page_close(&request, status, err);
    return RESULT_END(status, result, out);
}

void kith_documents_free(kith_documents *documents)
{
    result_free(documents);
}

kith_status kith_document_delete(kith *k, const char *name, const char *id, kith_error *err)
{
    collection *c = NULL;
    kith_status status = database_acquire_collection(k->database, view_of(name), &c, err);
    do {
        if (c) status = collection_delete_document(c, view_of(id), err);
    } while (acquire_successor(k, name, status, &c));
    status = collection_explain_missing(c, status, err);
    database_release_collection(c);
    return status;
}

static uint32_t token_count(embedder *e, view text)
{
    return e && embedder_counts_tokens(e)
               ? embedder_count_tokens(e, text) + embedder_special_tokens(e)
               : 0;
}

static void describe_chunk(const prepared_document *p, uint32_t i, embedder *e, arena *a,
                           kith_chunk *out)
{
    const chunk *c = &p->chunks[i];
    bool lines = p->origin->text_is_file;
    *out = (kith_chunk){
        .id = arena_copy(a, p->document.points[i].key).data,
        .content = arena_copy(a, p->document.points[i].content).data,
        .heading = arena_copy(a, p->headings[i]).data,
        .lead_in = arena_copy(a, p->leads[i]).data,
        .place = arena_copy(a, p->places[i]).data,
        .char_start = c->char_start,
        .char_end = c->char_end,
        .line_start = lines ? c->line_start + p->origin->line_offset : 0,
        .line_end = lines ? c->line_end + p->origin->line_offset : 0,
        .tokens = token_count(e, p->embedded[i]),
    };
}

/* NULL when memory ran out. */
static const kith_notices *list_notices(const extraction *x, arena *a)
{
    kith_notices *list = arena_new_array(a, kith_notices, 1);
    const char *lines = notices_lines(&x->notices, a);
    if (list && lines) list->texts = notices_split(view_of(lines), a, &list->count);
    return list && list->texts ? list : NULL;
}

static kith_status describe_chunks(const prepared_document *documents, const extraction *x,
                                   embedder *e, arena *a, kith_chunks *out, kith_error *err)
{
    size_t count = 0;
    for (uint32_t d = 0; d < x->document_count; d++)
        count += documents[d].document.point_count;
    kith_chunk *chunks = arena_new_array(a, kith_chunk, count);
    const char **problems = arena_new_bytes_array(a, x->problem_count, sizeof *problems);
    if (!chunks || !problems) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for chunks");
    for (uint32_t d = 0; d < x->document_count; d++)
        for (uint32_t i = 0; i < documents[d].document.point_count; i++)
            describe_chunk(&documents[d], i, e, a, &chunks[out->count++]);
    for (uint32_t i = 0; i < x->problem_count; i++)
        problems[i] =
            arena_printf(a, "record %llu: %.*s", (unsigned long long)x->problems[i].record,
                         VIEW_ARG(x->problems[i].reason));
    out->chunks = chunks;
    out->problems = problems;
    out->problem_count = x->problem_count;
    out->notices = list_notices(x, a);
    return a->exhausted || !out->notices ? fail(err, KITH_ERR_NO_MEMORY, "out of memory for chunks")
                                         : KITH_OK;
}

kith_status kith_preview_file(kith_embedder *e, const char *path,
                              const kith_ingest_options *options, kith_chunks **out,
                              kith_error *err)
{
    arena *memory = NULL;
    kith_ingest_options wanted;
    kith_chunk_options chunking;
    kith_status status = options_adopt_ingest(options, &wanted, &chunking, err);
    if (status != KITH_OK) return status;
    kith_chunks *result = result_new(sizeof *result, &memory, err);
    if (!result) return KITH_ERR_NO_MEMORY;
    extraction x = {0};
    prepared_document *documents = NULL;
    const extract_options how = {.worker = wanted.extract_worker,
                                 .ocr_languages = wanted.ocr_languages};
    const prepare_options prepare = {.now_ms = clock_wall_ms(), .embedder = e, .chunk = chunking};
    status = prepare_file(path, &how, &prepare, memory, &x, &documents, err);
    if (status == KITH_OK) status = describe_chunks(documents, &x, e, memory, result, err);
    return RESULT_END(status, result, out);
}

kith_status kith_chunk_file(kith_embedder *e, const char *path, const kith_chunk_options *options,
                            kith_chunks **out, kith_error *err)
{
    return kith_preview_file(
        e, path, &(kith_ingest_options){.size = sizeof(kith_ingest_options), .chunk = options}, out,
        err);
}

void kith_chunks_free(kith_chunks *chunks)
{
    result_free(chunks);
}
