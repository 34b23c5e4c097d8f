/* collection_copy.c - a collection's rows under another number: a copy that is whole or is not there.
 *
 * One state is copied. A reader holds the snapshot in which the collection's row was read, from the
 * first row to the last, so that what others write meanwhile, also to this collection, is not in the
 * copy, and no change of theirs is in it by half. The price is the log, which cannot start over
 * while the snapshot is held: it grows by what is written, the copy itself included.
 *
 * Others write between two batches. A copy of a million points takes a minute, and there is one
 * writer. So rows are inserted a batch a job, each of which others wait for a moment.
 *
 * Nobody sees a part of it. All reading of a collection begins with its row (sequence.c), and the
 * copy gets its row in the last job. Until then its number stands in `dropped`, as that of a
 * collection which was deleted and whose rows are still to go. So nothing more is needed for a copy
 * that fails or is given up, or that a crash has cut off: its rows are deleted by who deletes those
 * of dropped collections, this call or the next opening. The last job takes the number out of
 * `dropped` in the transaction that inserts the row.
 *
 * Nobody takes it for a leftover. The next opening may be another process's, while this one copies.
 * A copier claims the directory (os/directory_claim.h), and whoever opens it deletes leftovers only
 * in a sweep, which no claim lets begin. Should that fail (LOCK was deleted and made anew), the copy
 * is still not damaged: each batch, and the last job, first looks whether its number is in `dropped`,
 * and whoever deletes rows does so too, in the transaction that deletes them (dropped.c). The last
 * job also counts the points.
 *
 * Rows get new numbers, in the order of the old ones, and carry sequence 1: the copy is one change.
 * The reader holds a slot while it waits for the writer. That is sound: the writer's thread waits for
 * no reader but in a checkpoint, and there only for a bounded time (readers.c, committer.c). */
#include "os/clock.h"
#include "os/directory_claim.h"
#include "os/random.h"
#include "store/store_internal.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum {
    BATCH_ROWS = 1024,
    BATCH_BYTES = 4 << 20, /* of a batch, which may be more by one row */
    CLAIM_WAIT_MS = 60 * 1000,
    CLAIM_PAUSE_MS = 10
};

typedef union copied_row {
    point_row point;
    document_row document;
    source_row source;
    store_file file;
} copied_row;

typedef struct copying {
    store *store;
    const store_copy_request *request;
    connection *reader;
    store_collection from, to; /* `to` counts what is inserted */
    store_settings settings;
    arena *memory; /* for the texts of the two */
    arena batch;
    copied_row *rows; /* [count] of the batch, at most BATCH_ROWS */
    uint32_t count;
    kith_error *err;
} copying;

/* ---- the four tables ---- */

/* Each read copies the current row of its query into the arena; each insert takes the batch. */

static kith_status read_point(const query *q, arena *a, copied_row *out, kith_error *err)
{
    point_row row = {0};
    kith_status status = point_read(q, &row, err);
    if (status != KITH_OK) return status;
    point_row *to = &out->point;
    *to = row;
    bool fits = copy_view(a, row.key, &to->key) && copy_view(a, row.document, &to->document) &&
                copy_view(a, row.metadata, &to->metadata) &&
                copy_view(a, row.content, &to->content) && copy_view(a, row.vector, &to->vector) &&
                copy_view(a, row.prefix, &to->prefix) && copy_view(a, row.text, &to->text);
    return fits ? KITH_OK : fail_no_room(err);
}

static kith_status insert_points(writing *w, store_collection *to, copied_row *rows, uint32_t count,
                                 kith_error *err)
{
    point_batch batch = {.w = w, .c = to};
    kith_status status = numbers_take_rows(w, count, err);
    for (uint32_t i = 0; status == KITH_OK && i < count; i++) {
        const point_row *row = &rows[i].point;
        const store_point point = {
            .key = row->key,
            .content = row->content,
            .metadata = row->metadata,
            .vector = (const float *)(const void *)row->vector.data, // the arena aligns it
            .is_waiting = row->is_waiting,
            .promise = row->promise,
            .prefix = row->prefix,
            .text = text_key_read(row->text),
        };
        status = point_batch_add(&batch, &point, row->document, err);
    }
    return status == KITH_OK ? point_batch_end(&batch, err) : status;
}

static kith_status read_document(const query *q, arena *a, copied_row *out, kith_error *err)
{
    document_row row = {0};
    kith_status status = document_read(q, true, &row, err);
    if (status != KITH_OK) return status;
    document_row *to = &out->document;
    *to = row;
    bool fits = copy_view(a, row.key, &to->key) && copy_view(a, row.source, &to->source) &&
                copy_view(a, row.title, &to->title) && copy_view(a, row.metadata, &to->metadata) &&
                copy_view(a, row.text, &to->text);
    return fits ? KITH_OK : fail_no_room(err);
}

static kith_status insert_documents(writing *w, store_collection *to, copied_row *rows,
                                    uint32_t count, kith_error *err)
{
    kith_status status = KITH_OK;
    for (uint32_t i = 0; status == KITH_OK && i < count; i++) {
        document_row row = rows[i].document;
        row.collection = to->id;
        row.sequence = to->sequence;
        status = documents_insert(w, to, &row, 1, err);
    }
    return status;
}

static kith_status read_source(const query *q, arena *a, copied_row *out, kith_error *err)
{
    source_row row = {0};
    kith_status status = source_read(q, &row, err);
    if (status != KITH_OK) return status;
    out->source = row;
    bool fits = copy_view(a, row.source.path, &out->source.source.path) &&
                copy_view(a, row.source.hash, &out->source.source.hash) &&
                copy_view(a, row.source.notices, &out->source.source.notices);
    return fits ? KITH_OK : fail_no_room(err);
}

static kith_status insert_sources(writing *w, store_collection *to, copied_row *rows,
                                  uint32_t count, kith_error *err)
{
    kith_status status = KITH_OK;
    for (uint32_t i = 0; status == KITH_OK && i < count; i++) {
        source_row row = rows[i].source;
        row.collection = to->id;
        row.sequence = to->sequence;
        status = source_put(w, &row, err);
    }
    return status;
}

static kith_status read_file(const query *q, arena *a, copied_row *out, kith_error *err)
{
    store_file row = {0};
    uint64_t collection = 0;
    kith_status status = file_read_row(q, &collection, &row, err);
    return status == KITH_OK ? file_copy_out(&row, a, &out->file, err) : status;
}

static kith_status insert_files(writing *w, store_collection *to, copied_row *rows, uint32_t count,
                                kith_error *err)
{
    kith_status status = KITH_OK;
    for (uint32_t i = 0; status == KITH_OK && i < count; i++)
        status = file_put_row(w, to->id, &rows[i].file, err);
    return status;
}

static kith_status sources_ended(const copying *c, uint32_t found)
{
    return paths_walk_ended(c->reader, &c->from, &source_walk, &found, c->err);
}

static kith_status documents_ended(const copying *c, uint32_t found)
{
    return documents_walk_ended(c->reader, &c->from, &found, c->err);
}

static kith_status points_ended(const copying *c, uint32_t found)
{
    uint64_t points = found;
    return points_walk_ended(c->reader, &c->from, &points, c->err);
}

static kith_status files_ended(const copying *c, uint32_t found)
{
    return paths_walk_ended(c->reader, &c->from, &file_walk, &found, c->err);
}

/* From above downwards, so that no row refers to one that is not there yet. */
typedef struct table {
    statement_id list; /* its parameters: the collection, where to begin, at most so many */
    enum { FROM_PATH, FROM_KEY, FROM_NUMBER } begin;
    kith_status (*read)(const query *q, arena *a, copied_row *out, kith_error *err);
    kith_status (*insert)(writing *w, store_collection *to, copied_row *rows, uint32_t count,
                          kith_error *err);
    kith_status (*ended)(const copying *c, uint32_t found);
} table;

static const table tables[] = {
    {SOURCE_LIST, FROM_PATH, read_source, insert_sources, sources_ended},
    {DOCUMENT_LIST_WHOLE, FROM_KEY, read_document, insert_documents, documents_ended},
    {POINT_SCAN, FROM_NUMBER, read_point, insert_points, points_ended},
    {FILE_LIST, FROM_PATH, read_file, insert_files, files_ended},
};

/* ---- the jobs of the writer ---- */

/* What a job leaves is the same however often it runs (writer.h): it writes `to` anew each time. */
typedef struct copy_job {
    const copying *copying;
    const table *table;
    store_collection to;
} copy_job;

static kith_status require_mark(const writing *w, uint64_t id, kith_error *err)
{
    bool found = false;
    kith_status status = dropped_find(w->connection, id, &found, err);
    if (status != KITH_OK || found) return status;
    return fail(err, KITH_ERR_BUSY, "another process has removed the unfinished copy");
}

static kith_status begin_work(writing *w, void *context, kith_error *err)
{
    copy_job *job = context;
    store_database database = {0};
    job->to = job->copying->to;
    kith_status status = database_read(w->connection, job->to.database, &w->arena, &database, err);
    if (status == KITH_OK) status = numbers_take(w, NUMBER_COLLECTION, 1, &job->to.id, err);
    if (status == KITH_OK) status = dropped_insert(w, job->to.id, err);
    job->to.writer = w->id;
    job->to.writer_since = job->to.sequence;
    return status;
}

static kith_status batch_work(writing *w, void *context, kith_error *err)
{
    copy_job *job = context;
    const copying *c = job->copying;
    job->to = c->to;
    kith_status status = require_mark(w, job->to.id, err);
    if (status != KITH_OK) return status;
    change_begin_unseen(w, &job->to);
    status = job->table->insert(w, &job->to, c->rows, c->count, err);
    if (status == KITH_OK) change_cancel(w);
    return status;
}

/* What was deleted before the image began is not known in it. Unlike another copy, an image is nothing
 * without its collection: nobody would ever drop it. */
static kith_status note_image(writing *w, const copying *c, const store_collection *to,
                              kith_error *err)
{
    static const uint64_t mark = DROPPED_MARK_ROW;
    const store_reembedding r = {c->from.id, to->id, c->from.sequence};
    store_collection from = {0};
    kith_status status = collection_read(w->connection, c->from.id, &w->arena, &from, err);
    if (status == KITH_OK) status = collection_require_current(&from, err);
    if (status == KITH_OK) status = reembedding_put(w, &r, err);
    return status == KITH_OK ? tombstones_insert(w, to, &mark, 1, err) : status;
}

static kith_status end_work(writing *w, void *context, kith_error *err)
{
    copy_job *job = context;
    uint64_t points = 0;
    job->to = job->copying->to;
    kith_status status = require_mark(w, job->to.id, err);
    if (status == KITH_OK)
        status = rows_count(w->connection, POINT_COUNT, job->to.id, &points, err);
    if (status == KITH_OK && points != job->to.points)
        status = fail(err, KITH_ERR_BUSY, "another process has removed a part of the copy");
    store_database database = {0};
    if (status == KITH_OK)
        status = database_read(w->connection, job->to.database, &w->arena, &database, err);
    if (status == KITH_OK) status = collection_insert(w, &job->to, &job->copying->settings, err);
    if (status == KITH_OK && job->copying->request->model.size)
        status = note_image(w, job->copying, &job->to, err);
    return status == KITH_OK ? dropped_delete(w, job->to.id, err) : status;
}

static kith_status run(copying *c, write_work work, const table *t)
{
    copy_job job = {.copying = c, .table = t};
    kith_status status = writer_run(c->store->writer, work, &job, c->err);
    if (status == KITH_OK) c->to = job.to;
    return status;
}

/* ---- the whole of it ---- */

static query begin_table(const copying *c, const table *t)
{
    query q = query_begin(c->reader, t->list);
    query_bind_u64(&q, c->from.id);
    if (t->begin == FROM_PATH)
        query_bind_blob(&q, VIEW(""));
    else if (t->begin == FROM_KEY)
        query_bind_text(&q, VIEW(""));
    else
        query_bind_u64(&q, 0);
    query_bind_u64(&q, UINT32_MAX);
    return q;
}

static bool is_image(const copying *c)
{
    return c->request->model.size > 0;
}

/* The key of a vector's text says what its own database has embedded: no other one gets it. */
static kith_status adapt_point(copying *c, point_row *row)
{
    if (is_image(c)) return point_wait_again(row, &c->batch, c->err);
    if (c->from.database != c->to.database) row->text = (view){NULL, 0};
    return KITH_OK;
}

/* Reads rows until the batch is full or there are no more. */
static kith_status read_batch(copying *c, const table *t, query *q)
{
    kith_status status = KITH_OK;
    arena_reset(&c->batch);
    c->count = 0;
    c->rows = arena_new_array(&c->batch, copied_row, BATCH_ROWS);
    if (!c->rows) return fail_no_room(c->err);
    size_t room = c->batch.used + BATCH_BYTES;
    while (status == KITH_OK && c->count < BATCH_ROWS && c->batch.used < room && query_next(q)) {
        copied_row *row = &c->rows[c->count++];
        status = t->read(q, &c->batch, row, c->err);
        if (status == KITH_OK && t->read == read_point) status = adapt_point(c, &row->point);
    }
    return status;
}

static kith_status copy_table(copying *c, const table *t)
{
    uint32_t found = 0;
    bool is_more = true;
    query q = begin_table(c, t);
    kith_status status = KITH_OK;
    while (status == KITH_OK && is_more) {
        status = call_limit_check(c->request->limit, c->err);
        if (status == KITH_OK) status = read_batch(c, t, &q);
        is_more = c->count > 0;
        found += c->count;
        if (status == KITH_OK && is_more) status = run(c, batch_work, t);
    }
    status = query_end(&q, status, c->err);
    return status == KITH_OK ? t->ended(c, found) : status;
}

/* Makes up the row of the copy from that of the collection. */
static kith_status describe_copy(copying *c)
{
    unsigned char random[16];
    kith_status status = random_bytes(random, sizeof random, c->err);
    if (status != KITH_OK) return status;
    c->to = c->from;
    c->to.id = 0;
    c->to.uuid = uuid_of_random(random);
    c->to.database = c->request->database;
    c->to.name = c->request->name;
    c->to.sequence = 1;
    c->to.documents = c->to.points = 0;
    if (is_image(c)) {
        c->to.sequence = c->from.sequence + 1;
        c->to.model = c->request->model;
        c->to.dim = c->request->dim;
    }
    c->to.created_ms = c->request->now_ms;
    return settings_read(c->reader, c->from.id, c->memory, &c->settings, c->err);
}

static kith_status copy(copying *c)
{
    kith_status status =
        reading_begin(c->store, c->request->from, c->memory, &c->reader, &c->from, c->err);
    if (status != KITH_OK) return status;
    status = describe_copy(c);
    if (status == KITH_OK) status = run(c, begin_work, NULL);
    for (size_t i = 0; status == KITH_OK && i < sizeof tables / sizeof tables[0]; i++)
        status = copy_table(c, &tables[i]);
    readers_release(c->store->readers, c->reader);
    if (status == KITH_OK) status = call_limit_check(c->request->limit, c->err);
    if (status == KITH_OK) status = run(c, end_work, NULL);
    if (status != KITH_OK && c->to.id) store_collection_purge(c->store, c->to.id);
    return status;
}

/* Waits for a process that deletes leftovers. */
static kith_status claim(const store *s, const call_limit *limit, int *fd, kith_error *err)
{
    char directory[PATH_MAX];
    const char *end = strrchr(s->path, '/');
    int64_t deadline = clock_monotonic_ns() + (int64_t)CLAIM_WAIT_MS * 1000 * 1000;
    if (!end || (size_t)(end - s->path) >= sizeof directory)
        return fail(err, KITH_ERR_LIMIT, "the path of the data directory is too long");
    (void)snprintf(directory, sizeof directory, "%.*s", (int)(end - s->path), s->path);
    for (;;) {
        kith_status status = directory_claim(directory, fd, err);
        if (status != KITH_ERR_BUSY || clock_monotonic_ns() > deadline) return status;
        status = call_limit_check(limit, err);
        if (status != KITH_OK) return status;
        clock_sleep_ms(CLAIM_PAUSE_MS);
    }
}

kith_status store_collection_copy(store *s, const store_copy_request *request, arena *a,
                                  store_collection *out, kith_error *err)
{
    int fd = -1;
    copying c = {.store = s, .request = request, .memory = a, .err = err};
    if (!s->writer) return fail(err, KITH_ERR_INVALID, "the data directory is open to read only");
    kith_status status = claim(s, request->limit, &fd, err);
    if (status != KITH_OK) return status;
    arena_init(&c.batch, 0);
    status = copy(&c);
    arena_done(&c.batch);
    (void)close(fd);
    if (status == KITH_OK) *out = c.to;
    return status;
}
