/* unindexed_files.c - notes about files that yielded no document, and why: what a person asks for
 * who misses a file. A search finds nothing of them, so writing a note is no change of the
 * collection: its sequence stays, and cached answers stay valid. */
#include "store/checksum.h"
#include "store/store_internal.h"

static uint64_t checksum_of(uint64_t collection, const store_file *f)
{
    uint64_t numbers[] = {collection, (uint64_t)f->state, (uint64_t)f->status, f->bytes,
                          (uint64_t)f->modified_ns};
    view texts[] = {f->path, view_or_empty(f->reason), view_or_empty(f->original),
                    view_or_empty(f->hash)};
    return row_checksum(ROW_FILE, numbers, 5, texts, 4);
}

kith_status file_read_row(const query *q, uint64_t *collection, store_file *out, kith_error *err)
{
    /* FILE_COLUMNS */
    enum { COLLECTION, PATH, STATE, STATUS, REASON, ORIGINAL, HASH, BYTES, MODIFIED, CHECKSUM };
    store_file f = {
        .path = query_view(q, PATH),
        .state = (store_file_state)query_u64(q, STATE),
        .status = (kith_status)query_u64(q, STATUS),
        .reason = query_view(q, REASON),
        .original = query_view(q, ORIGINAL),
        .hash = query_view(q, HASH),
        .bytes = query_u64(q, BYTES),
        .modified_ns = query_i64(q, MODIFIED),
    };
    uint64_t id = query_u64(q, COLLECTION);
    if (checksum_of(id, &f) != query_u64(q, CHECKSUM))
        return fail(err, KITH_ERR_CORRUPT, "kith.db: files: row '%.*s' fails its checksum",
                    VIEW_ARG(f.path));
    *collection = id;
    *out = f;
    return KITH_OK;
}

kith_status file_put_row(writing *w, uint64_t collection, const store_file *f, kith_error *err)
{
    query q = query_begin_at(w->connection, FILE_PUT, collection, f->path);
    query_bind_u64(&q, (uint64_t)f->state);
    query_bind_u64(&q, (uint64_t)f->status);
    query_bind_text(&q, view_or_empty(f->reason));
    query_bind_blob(&q, view_or_empty(f->original));
    query_bind_text(&q, view_or_empty(f->hash));
    query_bind_u64(&q, f->bytes);
    query_bind_i64(&q, f->modified_ns);
    query_bind_u64(&q, checksum_of(collection, f));
    return query_run(&q, err);
}

kith_status file_delete_row(writing *w, uint64_t collection, view path, kith_error *err)
{
    query q = query_begin_at(w->connection, FILE_DELETE, collection, path);
    return query_run(&q, err);
}

typedef struct note_job {
    uint64_t collection;
    const store_file *files;
    uint32_t count;
} note_job;

static kith_status note_work(writing *w, void *context, kith_error *err)
{
    const note_job *job = context;
    store_collection c = {0};
    kith_status status = collection_read(w->connection, job->collection, &w->arena, &c, err);
    if (status == KITH_OK) status = collection_require_current(&c, err);
    for (uint32_t i = 0; status == KITH_OK && i < job->count; i++)
        status = job->files[i].state == STORE_FILE_FORGOTTEN
                     ? file_delete_row(w, job->collection, job->files[i].path, err)
                     : file_put_row(w, job->collection, &job->files[i], err);
    return status;
}

kith_status store_note_files(store *s, uint64_t collection, const store_file *files, uint32_t count,
                             kith_error *err)
{
    note_job job = {collection, files, count};
    return writer_run(s->writer, note_work, &job, err);
}

/* ---- reading ---- */

kith_status file_copy_out(const store_file *from, arena *a, store_file *out, kith_error *err)
{
    store_file f = *from;
    bool fits = copy_view(a, from->path, &f.path) && copy_view(a, from->reason, &f.reason) &&
                copy_view(a, from->original, &f.original) && copy_view(a, from->hash, &f.hash);
    if (!fits) return fail_no_room(err);
    *out = f;
    return KITH_OK;
}

kith_status store_get_file(store *s, uint64_t collection, view path, arena *a, store_file *out,
                           kith_error *err)
{
    connection *c = NULL;
    store_collection collection_row = {0};
    store_file f = {0};
    kith_status status = reading_begin(s, collection, a, &c, &collection_row, err);
    if (status != KITH_OK) return status;
    query q = query_begin_at(c, FILE_GET, collection, path);
    if (query_next(&q)) {
        status = file_read_row(&q, &collection, &f, err);
        if (status == KITH_OK) status = file_copy_out(&f, a, out, err);
    } else if (!query_failed(&q)) {
        status = fail(err, KITH_ERR_NOT_FOUND, "nothing is noted of '%.*s'", VIEW_ARG(path));
    }
    status = query_end(&q, status, err);
    readers_release(s->readers, c);
    return status;
}

static kith_status read_listed(const query *q, const row_list *l, void *out, kith_error *err)
{
    store_file f = {0};
    uint64_t ignored = 0;
    kith_status status = file_read_row(q, &ignored, &f, err);
    return status == KITH_OK ? file_copy_out(&f, l->memory, out, err) : status;
}

kith_status store_list_files(store *s, uint64_t collection, const store_part *page, arena *a,
                             store_file **out, uint32_t *out_count, kith_error *err)
{
    connection *c = NULL;
    store_collection row = {0};
    const store_part *p = page ? page : &whole_list;
    row_list l = {.memory = a, .call = p->call, .row_bytes = sizeof **out, .read = read_listed};
    kith_status status = reading_begin_within(s, &(reading){collection, a, p->call}, &c, &row, err);
    if (status != KITH_OK) return status;
    status = file_verify_begin(c, collection, p->after, err);
    if (status == KITH_OK) {
        query q = query_begin_at(c, FILE_LIST, collection, view_or_empty(p->after));
        query_bind_u64(&q, p->limit);
        status = row_list_read(&l, &q, err);
    }
    if (status == KITH_OK && l.count < p->limit)
        status = paths_walk_ended(c, &row, &file_walk, p->after.size == 0 ? &l.count : NULL, err);
    readers_release(s->readers, c);
    if (status != KITH_OK) return status;
    *out = l.rows;
    *out_count = l.count;
    return KITH_OK;
}

/* Lists the duplicates that the statement selects; its parameters are the collection and, unless
 * hash.data is NULL, a hash. */
static kith_status list_with(store *s, statement_id id, uint64_t collection, view hash, arena *a,
                             store_file **out, uint32_t *out_count, kith_error *err)
{
    connection *c = NULL;
    store_collection row = {0};
    row_list l = {.memory = a, .row_bytes = sizeof **out, .read = read_listed};
    kith_status status = reading_begin(s, collection, a, &c, &row, err);
    if (status != KITH_OK) return status;
    query q = query_begin(c, id);
    query_bind_u64(&q, collection);
    if (hash.data) query_bind_text(&q, hash);
    status = row_list_read(&l, &q, err);
    readers_release(s->readers, c);
    if (status != KITH_OK) return status;
    *out = l.rows;
    *out_count = l.count;
    return KITH_OK;
}

kith_status store_list_duplicates(store *s, uint64_t collection, view hash, arena *a,
                                  store_file **out, uint32_t *out_count, kith_error *err)
{
    return list_with(s, FILE_OF_HASH, collection, hash, a, out, out_count, err);
}

kith_status store_list_orphans(store *s, uint64_t collection, arena *a, store_file **out,
                               uint32_t *out_count, kith_error *err)
{
    return list_with(s, FILE_ORPHANS, collection, (view){NULL, 0}, a, out, out_count, err);
}

typedef struct file_visitor {
    store_file_visit visit;
    void *context;
} file_visitor;

static kith_status visit_file(const query *q, void *context, kith_error *err)
{
    const file_visitor *v = context;
    store_file f = {0};
    uint64_t ignored = 0;
    kith_status status = file_read_row(q, &ignored, &f, err);
    return status == KITH_OK ? v->visit(v->context, &f) : status;
}

kith_status store_visit_files(store *s, uint64_t collection, view top, store_file_visit visit,
                              void *context, kith_error *err)
{
    const path_range range = {FILE_BELOW, collection, top};
    file_visitor v = {visit, context};
    return path_range_visit(s, &range, visit_file, &v, err);
}
