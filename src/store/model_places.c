/* model_places.c - in which directories the models are whose vectors collections have.
 *
 * A program is started with one model, and a directory may have collections of several. So who gives
 * a collection another model notes here where that is, and whoever opens the collection later finds
 * it by the fingerprint that the collection is pinned to. The note is a hint: what lies in the
 * directory is taken only when its fingerprint is that one. */
#include "store/checksum.h"
#include "store/reembed.h"
#include "store/store_internal.h"

enum { DIRECTORY_MAX_BYTES = 4096 };

static uint64_t checksum_of(view fingerprint, view directory)
{
    view texts[] = {fingerprint, directory};
    return row_checksum(ROW_MODEL, NULL, 0, texts, 2);
}

static kith_status read_row(const query *q, view *directory, kith_error *err)
{
    enum { FINGERPRINT, DIRECTORY, CHECKSUM }; /* MODEL_COLUMNS */
    view fingerprint = query_view(q, FINGERPRINT);
    *directory = query_view(q, DIRECTORY);
    if (checksum_of(fingerprint, *directory) == query_u64(q, CHECKSUM)) return KITH_OK;
    return fail(err, KITH_ERR_CORRUPT, "kith.db: models: row '%.*s' fails its checksum",
                VIEW_ARG(fingerprint));
}

typedef struct note_job {
    view fingerprint, directory;
} note_job;

static kith_status note_work(writing *w, void *context, kith_error *err)
{
    const note_job *job = context;
    query q = query_begin(w->connection, MODEL_PUT);
    query_bind_text(&q, job->fingerprint);
    query_bind_blob(&q, job->directory);
    query_bind_u64(&q, checksum_of(job->fingerprint, job->directory));
    return query_run(&q, err);
}

kith_status store_note_model(store *s, view fingerprint, view directory, kith_error *err)
{
    note_job job = {fingerprint, directory};
    if (directory.size > DIRECTORY_MAX_BYTES)
        return fail(err, KITH_ERR_LIMIT, "the path of the model has %zu bytes, the limit is %d",
                    directory.size, DIRECTORY_MAX_BYTES);
    return writer_run(s->writer, note_work, &job, err);
}

kith_status store_find_model(store *s, view fingerprint, arena *a, view *directory, kith_error *err)
{
    connection *c = NULL;
    view found = {NULL, 0};
    kith_status status = readers_acquire(s->readers, &c, err);
    if (status != KITH_OK) return status;
    query q = query_begin(c, MODEL_GET);
    query_bind_text(&q, fingerprint);
    if (query_next(&q)) {
        view stored;
        status = read_row(&q, &stored, err);
        if (status == KITH_OK && !copy_view(a, stored, &found)) status = fail_no_room(err);
    }
    status = query_end(&q, status, err);
    readers_release(s->readers, c);
    if (status == KITH_OK) *directory = found;
    return status;
}

kith_status model_places_check(connection *c, kith_error *err)
{
    kith_status status = KITH_OK;
    query q = query_begin(c, MODEL_ALL);
    while (status == KITH_OK && query_next(&q)) {
        view directory;
        status = read_row(&q, &directory, err);
    }
    return query_end(&q, status, err);
}
