/* import_chroma.c - see import_chroma.h.
 *
 * The table `embeddings` says which records a collection has, in the order of their insertion, as
 * far as Chroma has applied its queue to its tables; it does so at once, so that nothing is left
 * after a server that was stopped. What is left all the same is counted and told, not imported. */
#include "transfer/import_chroma.h"

#include "base/size.h"
#include "transfer/batch_writer.h"
#include "transfer/chroma_catalog.h"
#include "transfer/chroma_metadata.h"
#include "transfer/chroma_vectors.h"
#include "transfer/import_target.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { METADATA_READ_BYTES = 1 << 20, NOTICES_MAX = 10 /* about records of one collection */ };

/* One collection while it is imported. */
typedef struct chroma_import {
    const transfer_observer *observer;
    sqlite_reader *database;
    const chroma_collection *from;
    transfer_collection to;
    batch_writer batch;
    chroma_vectors *vectors; /* NULL: no vector was ever written */
    chroma_metadata metadata;
    buffer json, document; /* of the record that is read */
    uint64_t read;
    uint32_t notices;
    kith_error *err;
} chroma_import;

static void notice(const transfer_observer *observer, const char *collection, const char *what,
                   const char *why)
{
    char text[KITH_ERROR_MESSAGE_BYTES + 256];
    (void)snprintf(text, sizeof text, "collection '%.100s': %.100s: %s", collection, what, why);
    observer->on_notice(observer->context, text);
}

/* Of many records that are left out the first are named; all are counted. */
static void leave_out(chroma_import *in, uint64_t *count, const char *why)
{
    ++*count;
    if (in->notices == NOTICES_MAX)
        notice(in->observer, in->from->name, "more records were left out", "see the counts");
    if (in->notices++ < NOTICES_MAX)
        notice(in->observer, in->from->name, "a record was left out", why);
}

static void on_refused(void *context, uint64_t origin, const kith_error *why)
{
    chroma_import *in = context;
    (void)origin; // the message has the record's id
    leave_out(in, &in->to.refused, why->message);
}

/* ---- a record ---- */

static bool has_nul(view v)
{
    return v.size > 0 && memchr(v.data, 0, v.size) != NULL;
}

static kith_status add_point(chroma_import *in, view id, const float *vector, bool has_document)
{
    arena *a = &in->batch.memory;
    const kith_point point = {
        .id = arena_copy(a, id).data,
        .content = has_document ? arena_copy(a, buffer_view(&in->document)).data : NULL,
        .metadata = arena_copy(a, buffer_view(&in->json)).data,
        .vector = vector,
        .dimension = in->from->dimension,
    };
    if (a->exhausted) return fail(in->err, KITH_ERR_NO_MEMORY, "out of memory for a record");
    in->batch.origin = in->read;
    return batch_writer_add_point(&in->batch, &point, in->err);
}

static kith_status read_record(chroma_import *in, int64_t number, view id)
{
    if (!id.data) id = VIEW("");
    bool has_document = false, has_vector = false;
    char why[160];
    const int shown = (int)size_min(id.size, 100);
    const arena_mark mark = arena_set_mark(&in->batch.memory);
    float *vector = arena_new_array(&in->batch.memory, float, in->from->dimension);
    if (!vector) return fail(in->err, KITH_ERR_NO_MEMORY, "out of memory for a record");
    kith_status status = KITH_OK;
    if (in->vectors) status = chroma_vectors_read(in->vectors, id, vector, &has_vector, in->err);
    if (status != KITH_OK) return status;
    if (!has_vector) {
        (void)snprintf(why, sizeof why, "'%.*s' has no vector", shown, id.data);
        arena_rewind(&in->batch.memory, mark);
        leave_out(in, &in->to.vectors_missing, why);
        return KITH_OK;
    }
    sqlite_rows_reset(in->metadata.scalars);
    sqlite_rows_bind_number(in->metadata.scalars, 1, number);
    if (in->metadata.lists) {
        sqlite_rows_reset(in->metadata.lists);
        sqlite_rows_bind_number(in->metadata.lists, 1, number);
    }
    status = chroma_metadata_read(&in->metadata, &in->json, &in->document, &has_document, in->err);
    bool is_text = !has_nul(id) && !has_nul(buffer_view(&in->document));
    if (status != KITH_ERR_LIMIT && (status != KITH_OK || is_text))
        return status == KITH_OK ? add_point(in, id, vector, has_document) : status;
    arena_rewind(&in->batch.memory, mark);
    (void)snprintf(why, sizeof why, "'%.*s': %s", shown, id.data,
                   is_text ? "its metadata or its document is too long" : "it holds a NUL byte");
    leave_out(in, &in->to.refused, why);
    return KITH_OK;
}

static kith_status read_records(chroma_import *in)
{
    enum { NUMBER, ID };
    sqlite_rows *rows = NULL;
    if (!in->from->records) return KITH_OK;
    kith_status status = sqlite_rows_open(
        in->database, "SELECT id, embedding_id FROM embeddings WHERE segment_id = ?1 ORDER BY id",
        &rows, in->err);
    if (status != KITH_OK) return status;
    sqlite_rows_bind_text(rows, 1, in->from->records);
    for (bool found = true; status == KITH_OK;) {
        status = sqlite_rows_next(rows, &found, in->err);
        if (status != KITH_OK || !found) break;
        const int64_t number = sqlite_rows_number(rows, NUMBER);
        in->read++;
        status = read_record(in, number, sqlite_rows_bytes(rows, ID));
        if (status == KITH_OK &&
            in->observer->on_progress(in->observer->context, in->from->name, in->read))
            status = fail(in->err, KITH_ERR_CANCELLED, "the import was interrupted");
    }
    sqlite_rows_close(rows);
    return status == KITH_OK ? batch_writer_flush(&in->batch, in->err) : status;
}

/* ---- a collection ---- */

/* Changes of the queue behind what Chroma says that its tables have. */
static kith_status count_unapplied(chroma_import *in)
{
    sqlite_rows *rows = NULL;
    bool found = false, is_noted = false;
    uint64_t applied = 0; // where nothing is noted, all of it is unapplied
    if (!in->from->records) return KITH_OK;
    kith_status status =
        chroma_noted_sequence(in->database, in->from->records, &applied, &is_noted, in->err);
    if (status == KITH_OK)
        status = sqlite_rows_open(in->database,
                                  "SELECT count(*) FROM embeddings_queue "
                                  "WHERE substr(topic, -36) = ?1 AND seq_id > ?2",
                                  &rows, in->err);
    if (status != KITH_OK) return status;
    sqlite_rows_bind_text(rows, 1, in->from->id);
    sqlite_rows_bind_number(rows, 2, (int64_t)applied);
    status = sqlite_rows_next(rows, &found, in->err);
    if (status == KITH_OK && found) in->to.unapplied = (uint64_t)sqlite_rows_number(rows, 0);
    sqlite_rows_close(rows);
    if (in->to.unapplied)
        notice(in->observer, in->from->name, "its newest changes are not imported",
               "Chroma has them in its queue only; start it on this directory once, and stop it");
    return status;
}

static kith_status open_vectors(chroma_import *in, const char *path)
{
    kith_error trouble = {0};
    if (in->from->dimension == 0) return KITH_OK;
    char *folder =
        arena_printf(&in->batch.memory, "%s/%s", path, in->from->vectors ? in->from->vectors : "");
    if (!folder) return fail(in->err, KITH_ERR_NO_MEMORY, "out of memory");
    const chroma_vectors_request request = {
        .database = in->database,
        .folder = in->from->vectors ? folder : NULL,
        .segment = in->from->vectors,
        .collection = in->from->id,
        .dimension = in->from->dimension,
        .metric = in->from->metric,
    };
    kith_status status = chroma_vectors_open(&request, &in->vectors, &trouble, in->err);
    if (status == KITH_OK && trouble.code != KITH_OK && trouble.code != KITH_ERR_NOT_FOUND)
        notice(in->observer, in->from->name,
               "its index is damaged, and vectors come from Chroma's queue alone", trouble.message);
    return status;
}

static kith_status import_records(chroma_import *in, const char *path)
{
    buffer_init(&in->json, METADATA_READ_BYTES);
    buffer_init(&in->document, KITH_DOCUMENT_MAX_BYTES + 1);
    kith_status status = open_vectors(in, path);
    if (status == KITH_OK)
        status = chroma_metadata_of_records(in->database, &in->metadata, in->err);
    if (status == KITH_OK) status = read_records(in);
    if (status == KITH_OK) status = count_unapplied(in);
    chroma_metadata_close(&in->metadata);
    chroma_vectors_close(in->vectors);
    buffer_done(&in->json);
    buffer_done(&in->document);
    return status;
}

typedef struct chroma_directory {
    kith *k;
    const char *path;
    sqlite_reader *database;
    const transfer_observer *observer;
} chroma_directory;

static kith_status import_one(const chroma_directory *d, const chroma_collection *from,
                              kith_error *err)
{
    kith *into = NULL;
    chroma_import *in = heap_new_array(1, sizeof *in);
    if (!in) return fail(err, KITH_ERR_NO_MEMORY, "out of memory");
    in->observer = d->observer;
    in->database = d->database;
    in->from = from;
    in->err = err;
    in->to = (transfer_collection){
        .tenant = from->tenant, .database = from->database, .name = from->name};
    const import_collection wanted = {.name = from->name,
                                      .metric = from->metric,
                                      .model = {from->dimension, ""},
                                      .metadata = from->metadata,
                                      .configuration = from->configuration};
    kith_status status = import_database(d->k, from->tenant, from->database, &into, err);
    if (status == KITH_OK) status = import_obtain(into, &wanted, &in->to, err);
    if (status == KITH_OK) {
        batch_writer_init(&in->batch, into, &in->to);
        in->batch.on_refused = on_refused;
        in->batch.refused_context = in;
        status = import_records(in, d->path);
        batch_writer_done(&in->batch);
        d->observer->on_collection(d->observer->context, &in->to);
    }
    if (status != KITH_OK) status = fail_context(err, status, "collection '%.100s'", from->name);
    kith_status closed = kith_close(into, NULL);
    (void)closed; // closing a view cannot fail
    free(in);
    return status;
}

kith_status import_chroma(kith *k, const char *path, const transfer_observer *observer,
                          kith_error *err)
{
    arena memory;
    chroma_collection *list = NULL;
    uint32_t count = 0;
    kith_error unsaid = {0};
    kith_error *said = err ? err : &unsaid;
    chroma_directory d = {.k = k, .path = path, .observer = observer};
    arena_init(&memory, 0);
    const char *file = arena_printf(&memory, "%s/chroma.sqlite3", path);
    kith_status status = file ? sqlite_reader_open(file, &d.database, said)
                              : fail(said, KITH_ERR_NO_MEMORY, "out of memory");
    if (status == KITH_OK) status = chroma_catalog_read(d.database, &memory, &list, &count, said);
    for (uint32_t i = 0; status == KITH_OK && i < count; i++)
        status = import_one(&d, &list[i], said);
    sqlite_reader_close(d.database);
    arena_done(&memory);
    return status;
}
