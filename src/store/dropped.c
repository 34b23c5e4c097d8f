/* dropped.c - deleting a collection: at once for whoever asks, in batches for the disk.
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
 * or finds that the other process did. */
#include "store/checksum.h"
#include "store/store_internal.h"

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

static kith_status mark_work(writing *w, void *context, kith_error *err)
{
    uint64_t id = *(const uint64_t *)context;
    store_collection c = {0};
    kith_status status = collection_read(w->connection, id, &w->arena, &c, err);
    if (status != KITH_OK) return status;
    query q = query_begin(w->connection, DROPPED_INSERT);
    query_bind_u64(&q, id);
    query_bind_u64(&q, checksum_of(id));
    status = query_run(&q, err);
    if (status == KITH_OK) status = answers_delete_of_collection(w, id, err);
    if (status == KITH_OK) status = run_on(w->connection, DERIVED_FILE_DELETE, id, err);
    if (status == KITH_OK) status = run_on(w->connection, COLLECTION_DELETE, id, err);
    return status;
}

/* ---- what is left ---- */

typedef struct purge_job {
    uint64_t collection;
    bool finished;
} purge_job;

static kith_status purge_work(writing *w, void *context, kith_error *err)
{
    purge_job *job = context;
    job->finished = false;
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        query q = query_begin(w->connection, parts[i].statement);
        query_bind_u64(&q, job->collection);
        query_bind_u64(&q, parts[i].batch);
        kith_status status = query_run(&q, err);
        if (status != KITH_OK || sqlite3_changes(w->connection->db) > 0) return status;
    }
    job->finished = true;
    return run_on(w->connection, DROPPED_DELETE, job->collection, err);
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
    return store_run_deletion(s, mark_work, &collection, err);
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

void dropped_finish(store *s)
{
    connection *c = NULL;
    uint64_t *left = NULL;
    uint32_t count = 0;
    arena a;
    arena_init(&a, 0);
    kith_status status = readers_acquire(s->readers, &c, NULL);
    if (status == KITH_OK) {
        status = dropped_list(c, &a, &left, &count, NULL);
        readers_release(s->readers, c);
    }
    for (uint32_t i = 0; status == KITH_OK && i < count; i++)
        status = purge(s, left[i], writer_try);
    arena_done(&a);
}
