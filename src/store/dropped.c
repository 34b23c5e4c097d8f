/* dropped.c - deleting a collection, or a database with its collections: at once for whoever asks,
 * in batches for the disk.
 *
 * A collection of a million points takes a minute to delete, and there is one writer: in one
 * transaction it would hold every other write up for that minute. So the deletion first replaces
 * the collection's row by a row in `dropped`, in one small transaction. From that commit on the
 * collection does not exist: its number is not found, its name is free, and no reader meets its
 * points, since all reading begins with the collection's row (sequence.c). Numbers of collections
 * are never used again, so a new collection of the same name shares nothing with what is left.
 *
 * What is left is then deleted a batch a job. Other jobs of the writer run between two batches, so
 * that they wait for one batch at most. After a crash the next opening to write goes on with
 * whatever `dropped` names, as long as no other process has its turn: it may be deleting the very
 * same rows, and an opening waits for nobody. The last job finds no row left and deletes the mark,
 * or finds that the other process did.
 *
 * A copy of a collection that is not whole yet is in `dropped` too (collection_copy.c, which argues
 * why nobody deletes the rows of one that is being made). */
#include "os/clock.h"
#include "os/directory_claim.h"
#include "store/checksum.h"
#include "store/store_internal.h"

#include <unistd.h>

static uint64_t checksum_of(uint64_t collection)
{
    return row_checksum(ROW_DROPPED, &collection, 1, NULL, 0);
}

/* From below upwards, so that no chunk outlives its document, and no document its source. A
 * document's text may be megabytes, of which SQLite walks every page to free it. */
static const struct {
    statement_id statement;
    uint64_t batch; /* rows in one job */
} parts[] = {{POINT_DELETE_SOME, 512},   {TOMBSTONE_DELETE_SOME, 2048},
             {DOCUMENT_DELETE_SOME, 64}, {SOURCE_DELETE_SOME, 512},
             {FILE_DELETE_SOME, 512},    {PENDING_VECTOR_DELETE_SOME, 512}};

/* ---- the mark ---- */

static kith_status run_on(connection *c, statement_id statement, uint64_t collection,
                          kith_error *err)
{
    query q = query_begin(c, statement);
    query_bind_u64(&q, collection);
    return query_run(&q, err);
}

kith_status dropped_insert(writing *w, uint64_t collection, kith_error *err)
{
    query q = query_begin(w->connection, DROPPED_INSERT);
    query_bind_u64(&q, collection);
    query_bind_u64(&q, checksum_of(collection));
    return query_run(&q, err);
}

kith_status dropped_find(connection *c, uint64_t collection, bool *found, kith_error *err)
{
    query q = query_begin(c, DROPPED_GET);
    query_bind_u64(&q, collection);
    *found = query_next(&q);
    return query_end(&q, KITH_OK, err);
}

kith_status dropped_delete(writing *w, uint64_t collection, kith_error *err)
{
    return run_on(w->connection, DROPPED_DELETE, collection, err);
}

/* The collection exists. */
static kith_status mark(writing *w, uint64_t id, kith_error *err)
{
    kith_status status = dropped_insert(w, id, err);
    if (status == KITH_OK) status = reembedding_delete(w, id, err);
    if (status == KITH_OK) status = answers_delete_of_collection(w, id, err);
    if (status == KITH_OK) status = counters_delete_of_collection(w, id, err);
    if (status == KITH_OK) status = run_on(w->connection, DERIVED_FILE_DELETE, id, err);
    if (status == KITH_OK) status = settings_delete(w, id, err);
    if (status == KITH_OK) status = run_on(w->connection, COLLECTION_DELETE, id, err);
    return status;
}

static kith_status mark_work(writing *w, void *context, kith_error *err)
{
    uint64_t id = *(const uint64_t *)context;
    uint64_t image = 0;
    store_collection c = {0};
    kith_status status = collection_read(w->connection, id, &w->arena, &c, err);
    if (status == KITH_OK) status = reembedding_image(w, &c, &image, err);
    if (status == KITH_OK && image) status = mark(w, image, err); // it goes with the collection
    return status == KITH_OK ? mark(w, id, err) : status;
}

typedef struct drop_database_job {
    uint64_t database;
    arena *memory;
    uint64_t *ids; /* [count] in `memory` */
    uint32_t count;
} drop_database_job;

static kith_status drop_database_work(writing *w, void *context, kith_error *err)
{
    drop_database_job *job = context;
    store_database database = {0};
    store_collection *all = NULL;
    kith_status status = database_read(w->connection, job->database, &w->arena, &database, err);
    if (status == KITH_OK)
        status =
            collection_list(w->connection, job->database, NULL, &w->arena, &all, &job->count, err);
    if (status != KITH_OK) return status;
    job->ids = arena_new_array(job->memory, uint64_t, job->count);
    if (!job->ids) return fail_no_room(err);
    for (uint32_t i = 0; status == KITH_OK && i < job->count; i++) {
        job->ids[i] = all[i].id;
        status = mark(w, all[i].id, err);
    }
    if (status == KITH_OK) status = conversations_delete_of_database(w, job->database, err);
    return status == KITH_OK ? database_delete_row(w, job->database, err) : status;
}

kith_status store_database_drop(store *s, uint64_t database, arena *a, uint64_t **ids,
                                uint32_t *count, kith_error *err)
{
    drop_database_job job = {.database = database, .memory = a};
    if (database == STORE_DEFAULT_DATABASE)
        return fail(err, KITH_ERR_INVALID, "the default database cannot be deleted");
    kith_status status = writer_run(s->writer, drop_database_work, &job, err);
    if (status != KITH_OK) return status;
    *ids = job.ids;
    *count = job.count;
    return KITH_OK;
}

/* ---- what is left ---- */

typedef struct purge_job {
    uint64_t collection;
    bool finished;
} purge_job;

/* Without its mark the number is of no dropped collection: another process has deleted all of it, or
 * it was that of a copy, which is finished and a collection now. */
static kith_status purge_work(writing *w, void *context, kith_error *err)
{
    purge_job *job = context;
    bool found = false;
    kith_status looked = dropped_find(w->connection, job->collection, &found, err);
    job->finished = looked == KITH_OK && !found;
    if (looked != KITH_OK || !found) return looked;
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        query q = query_begin(w->connection, parts[i].statement);
        query_bind_u64(&q, job->collection);
        query_bind_u64(&q, parts[i].batch);
        uint64_t deleted = 0;
        kith_status status = query_run_counted(&q, &deleted, err);
        if (status != KITH_OK || deleted > 0) return status;
    }
    job->finished = true;
    return dropped_delete(w, job->collection, err);
}

/* `run` is writer_run or writer_try. */
static kith_status purge(store *s, uint64_t collection,
                         kith_status (*run)(writer *, write_work, void *, kith_error *))
{
    purge_job job = {.collection = collection};
    kith_status status = KITH_OK;
    while (status == KITH_OK && !job.finished)
        status = run(s->writer, purge_work, &job, NULL);
    return status;
}

void store_collection_purge(store *s, uint64_t collection)
{
    kith_status status = purge(s, collection, writer_run);
    (void)status; // the next opening to write goes on
}

kith_status store_collection_drop(store *s, uint64_t collection, kith_error *err)
{
    return store_run_deletion(s, mark_work, &collection, NULL, err);
}

kith_status dropped_list(connection *c, arena *a, uint64_t **out, uint32_t *out_count,
                         kith_error *err)
{
    enum { COLLECTION, CHECKSUM }; /* what DROPPED_ALL selects */
    uint64_t count = 0;
    uint32_t found = 0;
    kith_status status = connection_number(c, DROPPED_COUNT, &count, err);
    if (status != KITH_OK) return status;
    uint64_t *list = arena_new_array(a, uint64_t, count);
    if (!list) return fail_no_room(err);
    query q = query_begin(c, DROPPED_ALL);
    while (status == KITH_OK && found < count && query_next(&q)) {
        uint64_t id = query_u64(&q, COLLECTION);
        if (checksum_of(id) != query_u64(&q, CHECKSUM))
            status = fail(err, KITH_ERR_CORRUPT, "kith.db: dropped: row %llu fails its checksum",
                          (unsigned long long)id);
        list[found++] = id;
    }
    status = query_end(&q, status, err);
    if (status != KITH_OK) return status;
    *out = list;
    *out_count = found;
    return KITH_OK;
}

/* Collections that others have taken the place of, long enough ago that nobody reads them any more. */
static void mark_replaced(store *s, connection *c, arena *a)
{
    enum { READ_MS = 60 * 1000 };
    store_collection *all = NULL;
    uint32_t count = 0;
    const int64_t limit = clock_wall_ms() - READ_MS;
    kith_status status = collection_list_sound(c, a, &all, &count, NULL);
    for (uint32_t i = 0; status == KITH_OK && i < count; i++)
        if (all[i].created_ms < limit &&
            view_starts_with(all[i].name, VIEW(COLLECTION_REPLACED_PREFIX)))
            status = writer_try(s->writer, mark_work, &all[i].id, NULL);
}

static void finish(store *s)
{
    connection *c = NULL;
    uint64_t *left = NULL;
    uint32_t count = 0;
    arena a;
    arena_init(&a, 0);
    kith_status status = readers_acquire(s->readers, &c, NULL);
    if (status == KITH_OK) {
        mark_replaced(s, c, &a);
        readers_release(s->readers, c);
        status = readers_acquire(s->readers, &c, NULL); // a snapshot with what was marked
    }
    if (status == KITH_OK) {
        status = dropped_list(c, &a, &left, &count, NULL);
        readers_release(s->readers, c);
    }
    for (uint32_t i = 0; status == KITH_OK && i < count; i++)
        status = purge(s, left[i], writer_try);
    arena_done(&a);
}

void dropped_finish(store *s, const char *directory)
{
    int fd = -1;
    if (directory_sweep(directory, &fd, NULL) != KITH_OK) return;
    finish(s);
    (void)close(fd);
}
