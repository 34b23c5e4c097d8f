/* waiting.c - chunks that are stored and wait for their vector, and vectors of texts that are known.
 *
 * A waiting point has an empty vector, a promise (its place in the order in which vectors come) and
 * a prefix: what stands before its content in the text to embed. So whoever finds it, in whatever
 * process, can embed it. Such rows are found by a partial index over the promise, which holds them
 * alone, and is empty when none waits.
 *
 * Invariant: a vector is put only where the row still has the sequence under which its text was
 * read, in the job that puts it. Every change of a row gives it a new sequence (sequence.c), so
 * the vector belongs to the content that the row has, or it is not put. Of two processes that embed
 * the same point one comes too late, and its vector is passed over.
 *
 * A row with a vector whose text is known has the text's key in `text`. The vector is found by it
 * for any other row, of any collection of the same database: the key names database, model and
 * text. Nothing has to be kept right
 * beside the row: it goes with the row, and another vector that is put into the row takes the key
 * out. That a row is damaged shows when it is read. */
#include "store/waiting.h"

#include "base/buffer.h"
#include "base/sha256.h"
#include "base/size.h"
#include "store/store_internal.h"

#include <string.h>

/* The names of models differ where the directory does, so they are left out. */
store_text_key store_text_key_of(uint64_t database, view model, view text)
{
    uint8_t digests[3][SHA256_BYTES], whole[SHA256_BYTES];
    store_text_key key;
    view fingerprint = store_model_fingerprint(model), sketch = store_model_sketch(model);
    sha256(sketch.size ? model : fingerprint, digests[0]);
    sha256(text, digests[1]);
    sha256((view){(const char *)&database, sizeof database}, digests[2]);
    sha256((view){(const char *)digests, sizeof digests}, whole);
    memcpy(key.bytes, whole, sizeof key.bytes);
    return key;
}

/* ---- finding ---- */

/* Copies the vector of `key` to `out` [dim]. */
static kith_status find(connection *c, const store_text_key *key, uint32_t dim, float *out,
                        bool *found, kith_error *err)
{
    point_row row = {0};
    kith_error damage = {0};
    query q = query_begin(c, POINT_OF_TEXT);
    query_bind_blob(&q, text_key_view(key));
    *found = query_next(&q) && point_read(&q, &row, &damage) == KITH_OK &&
             row.vector.size == dim * sizeof *out;
    if (*found) memcpy(out, row.vector.data, row.vector.size);
    return query_end(&q, KITH_OK, err);
}

kith_status store_find_vectors(store *s, const store_text_key *keys, uint32_t count, uint32_t dim,
                               float *out, bool *found, kith_error *err)
{
    connection *c = NULL;
    kith_status status = readers_acquire(s->readers, &c, err);
    if (status != KITH_OK) return status;
    for (uint32_t i = 0; status == KITH_OK && i < count; i++)
        status = find(c, &keys[i], dim, out + (size_t)i * dim, &found[i], err);
    readers_release(s->readers, c);
    return status;
}

/* ---- who waits ---- */

static kith_status copy_waiting(const point_row *row, arena *a, store_point *out, kith_error *err)
{
    *out = (store_point){
        .row = row->row, .sequence = row->sequence, .is_waiting = true, .promise = row->promise};
    bool fits = copy_view(a, view_or_empty(row->content), &out->content) &&
                copy_view(a, row->prefix, &out->prefix);
    return fits ? KITH_OK : fail_no_room(err);
}

enum { LIST_BYTES = 8 << 20 /* of texts; the last may be beyond it */ };

kith_status store_list_waiting(store *s, uint64_t collection, store_waiting_place *after,
                               uint32_t limit, arena *a, store_point **out, uint32_t *out_count,
                               kith_error *err)
{
    connection *c = NULL;
    store_collection description = {0};
    store_waiting_place place = *after;
    uint32_t count = 0;
    store_point *found = arena_new_array(a, store_point, limit);
    if (!found) return fail_no_room(err);
    kith_status status = reading_begin(s, collection, a, &c, &description, err);
    if (status != KITH_OK) return status;
    query q = query_begin(c, POINT_WAITING);
    query_bind_u64(&q, collection);
    query_bind_u64(&q, place.promise);
    query_bind_u64(&q, place.row);
    query_bind_u64(&q, limit);
    const size_t used = a->used;
    while (status == KITH_OK && count < limit && a->used - used < LIST_BYTES && query_next(&q)) {
        point_row row = {0};
        kith_error damage = {0};
        kith_status read = point_read(&q, &row, &damage);
        place = (store_waiting_place){row.promise, row.row};
        if (read == KITH_OK && row.is_waiting)
            status = copy_waiting(&row, a, &found[count++], err);
        else if (read != KITH_OK && read != KITH_ERR_CORRUPT)
            status = fail(err, read, "%s", damage.message);
    }
    status = query_end(&q, status, err);
    readers_release(s->readers, c);
    if (status != KITH_OK) return status;
    *after = place;
    *out = found;
    *out_count = count;
    return KITH_OK;
}

kith_status waiting_count(connection *c, uint64_t collection, uint64_t *out, kith_error *err)
{
    query q = query_begin(c, POINT_WAITING_COUNT);
    query_bind_u64(&q, collection);
    uint64_t count = query_next(&q) ? query_u64(&q, 0) : 0;
    kith_status status = query_end(&q, KITH_OK, err);
    if (status == KITH_OK) *out = count;
    return status;
}

kith_status store_count_waiting(store *s, uint64_t collection, uint64_t *out, kith_error *err)
{
    connection *c = NULL;
    kith_status status = readers_acquire(s->readers, &c, err);
    if (status != KITH_OK) return status;
    status = waiting_count(c, collection, out, err);
    readers_release(s->readers, c);
    return status;
}

/* ---- putting ---- */

typedef struct put_job {
    uint64_t collection;
    store_vectors *what;
} put_job;

/* Gives point `i` its vector, unless it has changed. */
static kith_status put_one(writing *w, const store_collection *c, store_vectors *what, uint32_t i,
                           kith_error *err)
{
    const store_point *p = &what->points[i];
    kith_status status = KITH_OK;
    point_row row = {0};
    query q = query_begin(w->connection, POINT_BY_ROW);
    query_bind_u64(&q, p->row);
    bool found = query_next(&q);
    if (found) status = point_read(&q, &row, err);
    if (found && status == KITH_OK && row.is_waiting && row.collection == c->id &&
        row.sequence == p->sequence) {
        row.sequence = c->sequence;
        row.is_waiting = false;
        row.vector = (view){(const char *)(what->vectors + (size_t)i * what->dim),
                            (size_t)what->dim * sizeof *what->vectors};
        row.text = text_key_view(&what->keys[i]);
        status = point_replace(w, &row, err);
        what->put += status == KITH_OK;
    }
    return query_end(&q, status, err);
}

static kith_status put_work(writing *w, void *context, kith_error *err)
{
    const put_job *job = context;
    store_vectors *what = job->what;
    store_collection c = {0};
    what->put = 0; // a job may run more than once
    kith_status status = change_begin(w, job->collection, &c, err);
    if (status != KITH_OK) return status;
    if (c.dim != what->dim)
        return fail(err, KITH_ERR_DIMENSION, "vectors of %u dimensions, collection '%.*s' has %u",
                    what->dim, VIEW_ARG(c.name), c.dim);
    for (uint32_t i = 0; status == KITH_OK && i < what->count; i++)
        status = put_one(w, &c, what, i, err);
    if (status != KITH_OK) return status;
    if (what->put == 0) {
        change_cancel(w);
        what->sequence = c.sequence - 1;
        return KITH_OK;
    }
    what->sequence = c.sequence;
    return change_end(w, &c, err);
}

kith_status store_put_vectors(store *s, uint64_t collection, store_vectors *what, kith_error *err)
{
    put_job job = {collection, what};
    return writer_run_within(s->writer, put_work, &job, what->limit, err);
}

kith_status store_require_vectors(const store_point *points, uint32_t count, kith_error *err)
{
    for (uint32_t i = 0; i < count; i++)
        if (points[i].is_waiting)
            return fail(err, KITH_ERR_BUSY,
                        "point '%.*s' is not embedded yet: ask without vectors, or once kith add, "
                        "kith watch or kith serve has embedded what waits",
                        VIEW_ARG(points[i].key));
    return KITH_OK;
}
