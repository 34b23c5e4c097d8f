/* chroma_directory.c - see chroma_directory.h.
 *
 * The table `embeddings` says which records a collection has, in the order of their insertion, as
 * far as Chroma has applied its queue to its tables. It does so at once, so that nothing is left
 * after a server that was stopped in order; what is left all the same is applied here
 * (chroma_changes). */
#include "transfer/chroma_directory.h"

#include "transfer/chroma_catalog.h"
#include "transfer/chroma_changes.h"
#include "transfer/chroma_metadata.h"
#include "transfer/chroma_vectors.h"

enum { METADATA_READ_BYTES = 1 << 20 };

/* One collection while it is read. */
typedef struct chroma_reading {
    chroma_output *out;
    sqlite_reader *database;
    const chroma_collection *from;
    chroma_vectors *vectors; /* NULL: no vector was ever written */
    chroma_changes *changes; /* NULL: it has no records */
    chroma_metadata metadata;
    buffer json, document; /* of the record that is read */
    float *vector;         /* [dimension] */
    kith_error *err;
} chroma_reading;

/* ---- a record ---- */

/* Writes the record whose metadata and document were read, or could not be for their size. */
static kith_status write_record(chroma_reading *in, view id, bool has_document, kith_status read)
{
    bool has_vector = false;
    kith_status status = read;
    if (status == KITH_ERR_LIMIT || status == KITH_ERR_FORMAT)
        return chroma_output_refuse(in->out, id,
                                    status == KITH_ERR_LIMIT
                                        ? "its metadata or its document is too long"
                                        : "its metadata is damaged",
                                    in->err);
    if (status == KITH_OK && in->vectors)
        status = chroma_vectors_read(in->vectors, id, in->vector, &has_vector, in->err);
    if (status != KITH_OK) return status;
    const view document = in->document.data ? buffer_view(&in->document) : VIEW("");
    const chroma_record record = {
        .id = id,
        .document = has_document ? document : (view){NULL, 0},
        .metadata = buffer_view(&in->json),
        .vector = has_vector ? in->vector : NULL,
    };
    return chroma_output_record(in->out, &record, in->err);
}

/* A record of the tables, as the changes behind them have left it. */
static kith_status read_record(chroma_reading *in, int64_t number, view id)
{
    bool has_document = false;
    if (chroma_changes_removes(in->changes, id)) return KITH_OK;
    sqlite_rows_reset(in->metadata.scalars);
    sqlite_rows_bind_number(in->metadata.scalars, 1, number);
    if (in->metadata.lists) {
        sqlite_rows_reset(in->metadata.lists);
        sqlite_rows_bind_number(in->metadata.lists, 1, number);
    }
    kith_status status =
        chroma_metadata_read(&in->metadata, &in->json, &in->document, &has_document, in->err);
    if (status == KITH_OK)
        status =
            chroma_changes_merge(in->changes, id, &in->json, &in->document, &has_document, in->err);
    return write_record(in, id, has_document, status);
}

static kith_status read_records(chroma_reading *in)
{
    enum { NUMBER, ID };
    sqlite_rows *rows = NULL;
    kith_status status = sqlite_rows_open(
        in->database, "SELECT id, embedding_id FROM embeddings WHERE segment_id = ?1 ORDER BY id",
        &rows, in->err);
    if (status != KITH_OK) return status;
    sqlite_rows_bind_text(rows, 1, in->from->records);
    for (bool found = true; status == KITH_OK;) {
        status = call_limit_check(in->out->limit, in->err);
        if (status == KITH_OK) status = sqlite_rows_next(rows, &found, in->err);
        if (status != KITH_OK || !found) break;
        view id = sqlite_rows_bytes(rows, ID);
        status = read_record(in, sqlite_rows_number(rows, NUMBER), id.data ? id : VIEW(""));
    }
    sqlite_rows_close(rows);
    return status;
}

/* Records that the changes behind the tables have made. */
static kith_status read_made_records(chroma_reading *in)
{
    view id;
    for (size_t at = 0; chroma_changes_next_made(in->changes, &at, &id);) {
        bool has_document = false;
        buffer_reset(&in->json);
        buffer_reset(&in->document);
        buffer_append_text(&in->json, "{}");
        kith_status status =
            chroma_changes_merge(in->changes, id, &in->json, &in->document, &has_document, in->err);
        status = write_record(in, id, has_document, status);
        if (status == KITH_OK) status = call_limit_check(in->out->limit, in->err);
        if (status != KITH_OK) return status;
    }
    return KITH_OK;
}

/* ---- a collection ---- */

static kith_status tell_left_out(chroma_reading *in)
{
    in->out->unapplied = chroma_changes_left_out(in->changes);
    if (in->out->unapplied == 0) return KITH_OK;
    return chroma_output_notice(in->out, "changes in Chroma's queue are not imported",
                                "they name no record, or nothing that Chroma knows to do", in->err);
}

static kith_status open_vectors(chroma_reading *in, const char *path, arena *a)
{
    kith_error trouble = {0};
    if (in->from->dimension == 0) return KITH_OK;
    in->vector = arena_new_array(a, float, in->from->dimension);
    char *folder = arena_printf(a, "%s/%s", path, in->from->vectors ? in->from->vectors : "");
    if (!folder || !in->vector) return fail(in->err, KITH_ERR_NO_MEMORY, "out of memory");
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
        status = chroma_output_notice(
            in->out, "its index is damaged, and vectors come from Chroma's queue alone",
            trouble.message, in->err);
    return status;
}

static kith_status write_records(chroma_reading *in, const char *path)
{
    arena memory;
    if (!in->from->records) return KITH_OK;
    arena_init(&memory, 0);
    buffer_init(&in->json, METADATA_READ_BYTES);
    buffer_init(&in->document, KITH_DOCUMENT_MAX_BYTES + 1);
    kith_status status = open_vectors(in, path, &memory);
    if (status == KITH_OK)
        status = chroma_metadata_of_records(in->database, &in->metadata, in->err);
    if (status == KITH_OK)
        status = chroma_changes_open(in->database, in->from, &in->changes, in->err);
    if (status == KITH_OK) status = read_records(in);
    if (status == KITH_OK) status = read_made_records(in);
    if (status == KITH_OK) status = tell_left_out(in);
    chroma_changes_close(in->changes);
    chroma_metadata_close(&in->metadata);
    chroma_vectors_close(in->vectors);
    buffer_done(&in->json);
    buffer_done(&in->document);
    arena_done(&memory);
    return status;
}

static kith_status write_collection(chroma_output *o, sqlite_reader *database, const char *path,
                                    const chroma_collection *from, kith_error *err)
{
    chroma_reading in = {.out = o, .database = database, .from = from, .err = err};
    const import_collection c = {.name = from->name,
                                 .metric = from->metric,
                                 .model = {from->dimension, ""},
                                 .metadata = from->metadata,
                                 .configuration = from->configuration};
    kith_status status = chroma_output_begin(o, from->tenant, from->database, &c, err);
    if (status == KITH_OK) status = write_records(&in, path);
    return status == KITH_OK ? chroma_output_end(o, err) : status;
}

kith_status chroma_directory_write(const char *path, chroma_output *o, kith_error *err)
{
    arena memory;
    sqlite_reader *database = NULL;
    chroma_collection *list = NULL;
    uint32_t count = 0;
    arena_init(&memory, 0);
    const char *file = arena_printf(&memory, "%s/chroma.sqlite3", path);
    kith_status status = file ? sqlite_reader_open(file, &database, err)
                              : fail(err, KITH_ERR_NO_MEMORY, "out of memory");
    if (status == KITH_OK) status = chroma_catalog_read(database, &memory, &list, &count, err);
    for (uint32_t i = 0; status == KITH_OK && i < count; i++)
        status = write_collection(o, database, path, &list[i], err);
    sqlite_reader_close(database);
    arena_done(&memory);
    return status;
}
