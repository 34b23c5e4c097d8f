/* cached_answers.c - answers that were given before, kept for the same question asked again.
 *
 * Invariant: the sequence of an answer is that of its collection. Each change of a collection
 * deletes its answers in its own transaction (change_end), and an answer that was composed from an
 * earlier state and arrives late is not kept. So no row here is ever stale, and the text of a
 * deleted document does not survive in an answer that quotes it.
 *
 * All answers of all collections share one limit in bytes; those that were not used for longest
 * make room. The note of the last use is exact to the minute, since each note is a write with a
 * sync. */
#include "store/cached_answers.h"
#include "store/checksum.h"
#include "store/store_internal.h"

enum {
    ROW_OVERHEAD_BYTES = 128,  /* numbers of the row, and its entries in three indexes */
    USE_RESOLUTION_MS = 60000, /* uses closer to the noted one are not noted */
};

static uint64_t checksum_of(const answer_row *row)
{
    uint64_t numbers[] = {row->collection, row->sequence, row->bytes, (uint64_t)row->created_ms,
                          (uint64_t)row->used_ms};
    view texts[] = {row->key, row->answer};
    return row_checksum(ROW_ANSWER, numbers, sizeof numbers / sizeof numbers[0], texts, 2);
}

kith_status answer_read(const query *q, answer_row *out, kith_error *err)
{
    /* ANSWER_COLUMNS */
    enum { COLLECTION, KEY, SEQUENCE, CREATED, USED, BYTES, CHECKSUM, ANSWER };
    answer_row row = {
        .collection = query_u64(q, COLLECTION),
        .key = query_view(q, KEY),
        .sequence = query_u64(q, SEQUENCE),
        .created_ms = query_i64(q, CREATED),
        .used_ms = query_i64(q, USED),
        .bytes = query_u64(q, BYTES),
        .answer = query_view(q, ANSWER),
    };
    if (checksum_of(&row) != query_u64(q, CHECKSUM))
        return fail(err, KITH_ERR_CORRUPT,
                    "kith.db: answers: a row of collection %llu fails its checksum",
                    (unsigned long long)row.collection);
    *out = row;
    return KITH_OK;
}

kith_status answers_delete_of_collection(writing *w, uint64_t collection, kith_error *err)
{
    query q = query_begin(w->connection, ANSWER_DELETE_ALL);
    query_bind_u64(&q, collection);
    return query_run(&q, err);
}

static kith_status read_totals(connection *c, uint64_t *count, uint64_t *bytes, kith_error *err)
{
    query q = query_begin(c, ANSWER_TOTAL);
    bool found = query_next(&q);
    uint64_t rows = found ? query_u64(&q, 0) : 0, total = found ? query_u64(&q, 1) : 0;
    kith_status status = query_end(&q, KITH_OK, err);
    if (status != KITH_OK) return status;
    *count = rows;
    *bytes = total;
    return KITH_OK;
}

kith_status store_answer_totals(store *s, uint64_t *count, uint64_t *bytes, kith_error *err)
{
    connection *c = NULL;
    kith_status status = readers_acquire(s->readers, &c, err);
    if (status != KITH_OK) return status;
    status = read_totals(c, count, bytes, err);
    readers_release(s->readers, c);
    return status;
}

/* ---- keeping ---- */

typedef struct put_job {
    answer_row row;
    const store_answer_limits *limits;
} put_job;

static kith_status insert(writing *w, const answer_row *row, kith_error *err)
{
    query q = query_begin_in(w->connection, ANSWER_INSERT, row->collection, row->key);
    query_bind_u64(&q, row->sequence);
    query_bind_i64(&q, row->created_ms);
    query_bind_i64(&q, row->used_ms);
    query_bind_u64(&q, row->bytes);
    query_bind_u64(&q, checksum_of(row));
    query_bind_text(&q, row->answer);
    return query_run(&q, err);
}

static kith_status delete_old(writing *w, int64_t before_ms, kith_error *err)
{
    query q = query_begin(w->connection, ANSWER_DELETE_OLD);
    query_bind_i64(&q, before_ms);
    return query_run(&q, err);
}

/* Deletes the least recently used answer; *bytes is what it counted for. There is one as long as
 * the total is above zero; if not, the total and the rows disagree. */
static kith_status delete_least_recently_used(writing *w, uint64_t *bytes, kith_error *err)
{
    query q = query_begin(w->connection, ANSWER_LEAST_RECENTLY_USED);
    bool found = query_next(&q);
    uint64_t collection = found ? query_u64(&q, 0) : 0;
    view key = found ? arena_copy(&w->arena, query_view(&q, 1)) : (view){NULL, 0};
    *bytes = found ? query_u64(&q, 2) : 0;
    kith_status status = query_end(&q, KITH_OK, err);
    if (status != KITH_OK) return status;
    if (!found) return fail(err, KITH_ERR_CORRUPT, "kith.db: answers: the sizes do not add up");
    if (!key.data) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a key");
    query deletion = query_begin_in(w->connection, ANSWER_DELETE, collection, key);
    return query_run_on_row(&deletion, err);
}

/* Deletes what is too old, then the least recently used, until the new row fits. */
static kith_status make_room(writing *w, const put_job *job, kith_error *err)
{
    CHECK(job->row.bytes <= job->limits->bytes); /* else no room could ever be made */
    uint64_t count = 0, bytes = 0;
    kith_status status = delete_old(w, job->row.created_ms - job->limits->age_ms, err);
    if (status == KITH_OK) status = read_totals(w->connection, &count, &bytes, err);
    while (status == KITH_OK && bytes > job->limits->bytes - job->row.bytes) {
        uint64_t freed = 0;
        status = delete_least_recently_used(w, &freed, err);
        bytes = freed < bytes ? bytes - freed : 0;
    }
    return status;
}

static kith_status put_work(writing *w, void *context, kith_error *err)
{
    const put_job *job = context;
    store_collection c = {0};
    kith_status status = collection_read(w->connection, job->row.collection, &w->arena, &c, err);
    if (status != KITH_OK || c.sequence != job->row.sequence) return status;
    query deletion =
        query_begin_in(w->connection, ANSWER_DELETE, job->row.collection, job->row.key);
    status = query_run(&deletion, err);
    if (status == KITH_OK) status = make_room(w, job, err);
    if (status == KITH_OK) status = insert(w, &job->row, err);
    return status;
}

kith_status store_put_answer(store *s, uint64_t collection, const store_answer *answer,
                             const store_answer_limits *limits, int64_t now_ms, kith_error *err)
{
    put_job job = {
        .row = {.collection = collection,
                .sequence = answer->sequence,
                .created_ms = now_ms,
                .used_ms = now_ms,
                .bytes = ROW_OVERHEAD_BYTES + (uint64_t)answer->key.size + answer->answer.size,
                .key = answer->key,
                .answer = answer->answer},
        .limits = limits,
    };
    if (job.row.bytes > limits->bytes) return KITH_OK;
    return writer_try(s->writer, put_work, &job, err);
}

/* ---- finding ---- */

typedef struct use_job {
    uint64_t collection;
    view key;
    int64_t now_ms;
} use_job;

/* A change of the collection may have deleted the row since it was read; then nothing is noted. */
static kith_status use_work(writing *w, void *context, kith_error *err)
{
    const use_job *job = context;
    kith_status status = KITH_OK;
    uint64_t checksum = 0;
    query q = query_begin_in(w->connection, ANSWER_GET, job->collection, job->key);
    bool found = query_next(&q);
    if (found) {
        answer_row row = {0};
        status = answer_read(&q, &row, err);
        row.used_ms = job->now_ms;
        checksum = checksum_of(&row);
    }
    status = query_end(&q, status, err);
    if (status != KITH_OK || !found) return status;
    query used = query_begin(w->connection, ANSWER_USE);
    query_bind_i64(&used, job->now_ms);
    query_bind_u64(&used, checksum);
    query_bind_u64(&used, job->collection);
    query_bind_text(&used, job->key);
    return query_run_on_row(&used, err);
}

/* Finds an answer created at `oldest_ms` or later; *used_ms is its last noted use. */
static kith_status find(connection *c, uint64_t collection, view key, int64_t oldest_ms, arena *a,
                        view *answer, int64_t *used_ms, kith_error *err)
{
    answer_row row = {0};
    kith_status status = KITH_OK;
    query q = query_begin_in(c, ANSWER_GET, collection, key);
    bool found = query_next(&q);
    if (found) status = answer_read(&q, &row, err);
    if (found && status == KITH_OK && row.created_ms >= oldest_ms) {
        if (!copy_view(a, row.answer, answer)) status = fail_no_room(err);
        *used_ms = row.used_ms;
    } else if (status == KITH_OK && !query_failed(&q)) {
        status = fail(err, KITH_ERR_NOT_FOUND, "this was not answered before");
    }
    return query_end(&q, status, err);
}

kith_status store_get_answer(store *s, uint64_t collection, view key,
                             const store_answer_limits *limits, int64_t now_ms, arena *a,
                             view *answer, kith_error *err)
{
    connection *c = NULL;
    view found = {NULL, 0};
    int64_t used_ms = 0;
    kith_status status = readers_acquire(s->readers, &c, err);
    if (status != KITH_OK) return status;
    status = find(c, collection, key, now_ms - limits->age_ms, a, &found, &used_ms, err);
    readers_release(s->readers, c);
    if (status == KITH_OK && now_ms - used_ms >= USE_RESOLUTION_MS) {
        use_job job = {collection, key, now_ms};
        status = writer_try(s->writer, use_work, &job, err);
        if (status == KITH_ERR_BUSY) status = KITH_OK; /* the answer is as good without the note */
    }
    if (status == KITH_OK) *answer = found;
    return status;
}
