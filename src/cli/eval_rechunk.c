/* eval_rechunk.c - see eval_rechunk.h. */
#include "cli/eval_rechunk.h"

#include "base/map.h"
#include "base/size.h"

#include <stdlib.h>
#include <unistd.h>

enum { BATCH_DOCUMENTS = 256, BATCH_BYTES = 8 << 20 };

typedef struct rechunk_run {
    const rechunking *with;
    const char *target;
    kith_ingest_options options;
    const kith_documents *documents; /* of the collection */
    kith_stored_document *batch[BATCH_DOCUMENTS];
    uint32_t batch_count;
    size_t batch_bytes;
    uint32_t from_text;
    kith_error *err;
} rechunk_run;

/* The files that documents came from and that can be read, each once. */
static kith_status readable_sources(const rechunk_run *r, const char ***out, size_t *out_count)
{
    map *seen = map_new();
    const char **paths = heap_new_array(r->documents->count + 1, sizeof *paths);
    size_t count = 0;
    kith_status status = seen && paths ? KITH_OK : KITH_ERR_NO_MEMORY;
    for (size_t i = 0; i < r->documents->count && status == KITH_OK; i++) {
        const char *source = r->documents->documents[i].source;
        uint64_t ignored;
        if (!*source || map_get(seen, view_of(source), &ignored) || access(source, R_OK) != 0)
            continue;
        paths[count++] = source;
        status = map_put(seen, view_of(source), 1);
    }
    map_free(seen);
    if (status != KITH_OK) {
        free(paths);
        return fail(r->err, status, "out of memory for a list of files");
    }
    *out = paths;
    *out_count = count;
    return KITH_OK;
}

static kith_status ingest_files(rechunk_run *r)
{
    const char **paths = NULL;
    size_t count = 0;
    kith_ingest_report report;
    kith_status status = readable_sources(r, &paths, &count);
    if (status == KITH_OK && count)
        status =
            kith_ingest_paths(r->with->to, r->target, paths, count, &r->options, &report, r->err);
    free(paths);
    return status;
}

static kith_status flush_batch(rechunk_run *r)
{
    kith_document documents[BATCH_DOCUMENTS];
    for (uint32_t i = 0; i < r->batch_count; i++)
        documents[i] = (kith_document){.id = r->batch[i]->id,
                                       .title = r->batch[i]->title,
                                       .content = r->batch[i]->text,
                                       .metadata = r->batch[i]->metadata};
    kith_ingest_report report = {0};
    kith_status status = KITH_OK;
    if (r->batch_count)
        status = kith_ingest(r->with->to, r->target, documents, r->batch_count, &r->options,
                             &report, r->err);
    if (status == KITH_OK && report.errors)
        status = fail(r->err, KITH_ERR_INTERNAL, "%llu stored documents could not be cut anew",
                      (unsigned long long)report.errors);
    for (uint32_t i = 0; i < r->batch_count; i++)
        kith_stored_document_free(r->batch[i]);
    r->batch_count = 0;
    r->batch_bytes = 0;
    return status;
}

/* Takes ownership of the document, which is freed with its batch. */
static kith_status add_from_text(rechunk_run *r, kith_stored_document *stored)
{
    r->from_text += *stored->source != 0;
    r->batch[r->batch_count++] = stored;
    r->batch_bytes += strlen(stored->text);
    bool is_full = r->batch_count == BATCH_DOCUMENTS || r->batch_bytes >= BATCH_BYTES;
    return is_full ? flush_batch(r) : KITH_OK;
}

/* *out: the target has the document with the same text. A document with this id and another text is
 * deleted from the target. */
static kith_status target_has(const rechunk_run *r, const kith_stored_document *stored, bool *out)
{
    kith_stored_document *there = NULL;
    kith_status status = kith_document_get(r->with->to, r->target, stored->id, &there, r->err);
    *out = false;
    if (status == KITH_ERR_NOT_FOUND) return KITH_OK;
    if (status != KITH_OK) return status;
    *out = strcmp(there->text, stored->text) == 0;
    if (!*out) status = kith_document_delete(r->with->to, r->target, stored->id, r->err);
    kith_stored_document_free(there);
    return status;
}

static kith_status complete(rechunk_run *r)
{
    for (size_t i = 0; i < r->documents->count; i++) {
        kith_stored_document *stored = NULL;
        bool there = false;
        const char *id = r->documents->documents[i].id;
        kith_status status =
            kith_document_get(r->with->from, r->with->collection, id, &stored, r->err);
        if (status == KITH_OK) status = target_has(r, stored, &there);
        if (status != KITH_OK || there)
            kith_stored_document_free(stored);
        else
            status = add_from_text(r, stored);
        if (status != KITH_OK) return status;
    }
    return flush_batch(r);
}

/* Removes documents that a file has gained since, and that the collection does not have. */
static kith_status remove_extra_documents(const rechunk_run *r)
{
    kith_documents *there = NULL;
    map *wanted = map_new();
    kith_status status = wanted ? KITH_OK : fail(r->err, KITH_ERR_NO_MEMORY, "out of memory");
    for (size_t i = 0; i < r->documents->count && status == KITH_OK; i++)
        status = map_put(wanted, view_of(r->documents->documents[i].id), 1);
    if (status == KITH_OK)
        status = kith_documents_list(r->with->to, r->target, NULL, &there, r->err);
    for (size_t i = 0; status == KITH_OK && i < there->count; i++) {
        uint64_t ignored;
        const char *id = there->documents[i].id;
        if (!map_get(wanted, view_of(id), &ignored))
            status = kith_document_delete(r->with->to, r->target, id, r->err);
    }
    kith_documents_free(there);
    map_free(wanted);
    return status;
}

/* Creates the target, with the collection's metric. */
static kith_status create_target(const rechunking *with, const char *target, kith_error *err)
{
    kith_collection_list *list = NULL;
    kith_status status = kith_collections(with->from, with->collection, &list, err);
    if (status != KITH_OK) return status;
    kith_collection_options options = {.metric = list->collections[0].metric};
    status = kith_collection_create(with->to, target, &options, err);
    kith_collection_list_free(list);
    return status;
}

kith_status rechunk(const rechunking *with, const char *target, const kith_chunk_options *chunk,
                    uint32_t *from_text, kith_error *err)
{
    kith_documents *documents = NULL;
    kith_status status = kith_documents_list(with->from, with->collection, NULL, &documents, err);
    if (status != KITH_OK) return status;
    rechunk_run r = {
        .with = with,
        .target = target,
        .options = {.chunk = chunk,
                    .skip_validation = true,
                    .on_event = ingestion_event,
                    .context = with->progress},
        .documents = documents,
        .err = err,
    };
    status = create_target(with, target, err);
    if (status == KITH_OK) status = ingest_files(&r);
    if (status == KITH_OK) status = complete(&r);
    if (status == KITH_OK) status = remove_extra_documents(&r);
    for (uint32_t i = 0; i < r.batch_count; i++)
        kith_stored_document_free(r.batch[i]);
    kith_documents_free(documents);
    if (status == KITH_OK) *from_text = r.from_text;
    return status;
}
