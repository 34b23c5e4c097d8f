/* points.c - the rows of points: inserting, replacing, deleting. What is asked of them: points_read.c.
 *
 * A row is read whole and verified whole, whatever the caller asked for: its parts lie on one page,
 * and a part that was not verified is never handed out. Writes that need only a row's number do not
 * read the row, so that a damaged point can still be deleted or overwritten.
 *
 * Invariants: a row is never deleted without its tombstone (point_delete() and delete_set() are the
 * ways, but for the deletion of the whole collection), and an update keeps the row number, so that
 * for an index the newest change of a row number replaces all earlier ones. A chunk stays in its
 * document when it is put by its key. */
#include "base/metadata.h"
#include "base/size.h"
#include "store/checksum.h"
#include "store/store_internal.h"

#include <inttypes.h>

static uint64_t checksum_of(const point_row *p)
{
    uint64_t numbers[] = {p->row, p->collection, p->sequence};
    view texts[] = {p->key, p->document, p->metadata, p->content, p->vector};
    uint64_t sum = row_checksum(ROW_POINT, numbers, 3, texts, 5);
    if (!p->is_waiting && !p->prefix.data && !p->text.data) return sum; // as before there were any
    uint64_t later[] = {sum, p->is_waiting ? p->promise : UINT64_MAX};
    view later_texts[] = {p->prefix, p->text};
    return row_checksum(ROW_POINT, later, 2, later_texts, 2);
}

kith_status point_read(const query *q, point_row *out, kith_error *err)
{
    /* POINT_COLUMNS */
    enum {
        ROW,
        COLLECTION,
        SEQUENCE,
        CHECKSUM,
        KEY,
        DOCUMENT,
        METADATA,
        CONTENT,
        VECTOR,
        PROMISE,
        PREFIX,
        TEXT
    };
    point_row row = {
        .row = query_u64(q, ROW),
        .collection = query_u64(q, COLLECTION),
        .sequence = query_u64(q, SEQUENCE),
        .key = query_view(q, KEY),
        .document = query_view(q, DOCUMENT),
        .metadata = query_view(q, METADATA),
        .content = query_view(q, CONTENT),
        .vector = query_view(q, VECTOR),
        .is_waiting = query_view(q, PROMISE).data != NULL,
        .promise = query_u64(q, PROMISE),
        .prefix = query_view(q, PREFIX),
        .text = query_view(q, TEXT),
    };
    *out = row;
    if (checksum_of(&row) != query_u64(q, CHECKSUM))
        return fail(err, KITH_ERR_CORRUPT,
                    "kith.db: points: row %" PRIu64 " ('%.*s') fails its checksum", row.row,
                    VIEW_ARG(row.key));
    return KITH_OK;
}

/* ---- putting ---- */

store_text_key text_key_read(view stored)
{
    store_text_key key = {0};
    if (stored.size == sizeof key.bytes) memcpy(key.bytes, stored.data, sizeof key.bytes);
    return key;
}

view text_key_view(const store_text_key *key)
{
    static const store_text_key unknown;
    bool is_known = memcmp(key, &unknown, sizeof unknown) != 0;
    return is_known ? (view){(const char *)key->bytes, sizeof key->bytes} : (view){NULL, 0};
}

static view vector_bytes(const store_collection *c, const float *vector)
{
    return (view){(const char *)vector, vector ? (size_t)c->dim * sizeof(float) : 0};
}

/* The row's vector, and whether it waits for one, is what is put. */
static void set_vector(const store_collection *c, const store_point *p, point_row *row)
{
    row->is_waiting = p->is_waiting;
    row->promise = p->promise;
    row->prefix = p->is_waiting ? view_or_empty(p->prefix) : p->prefix;
    row->vector = p->is_waiting ? VIEW("") : vector_bytes(c, p->vector);
    row->text = p->is_waiting ? (view){NULL, 0} : text_key_view(&p->text);
}

static kith_status fail_duplicate(view key, kith_error *err)
{
    return fail(err, KITH_ERR_INVALID, "point '%.*s' comes twice in one call", VIEW_ARG(key));
}

/* Whether the key is taken, and by what. */
static kith_status fail_if_taken(const writing *w, const store_collection *c, view key,
                                 kith_error *err)
{
    kith_status status = KITH_OK;
    query q = query_begin_in(w->connection, POINT_LOCATE, c->id, key);
    if (query_next(&q)) {
        view document = query_view(&q, LOCATED_DOCUMENT);
        if (query_u64(&q, LOCATED_SEQUENCE) == c->sequence)
            status = fail_duplicate(key, err);
        else if (document.data)
            status = fail(err, KITH_ERR_EXISTS, "point '%.*s' exists, in document '%.*s'",
                          VIEW_ARG(key), VIEW_ARG(document));
        else
            status = fail(err, KITH_ERR_EXISTS, "point '%.*s' exists", VIEW_ARG(key));
    }
    return query_end(&q, status, err);
}

/* Says why an INSERT of these rows was refused, which has written none of them. A row that has the
 * key of one was written either by this very change, whose sequence it then carries (sequence.c),
 * or before it; or two of the rows have one key. When none of that is so, a row number was taken:
 * the table holds one that `numbers` does not know of. */
static kith_status fail_taken(const point_batch *b, const point_row *rows, uint32_t count,
                              kith_error *err)
{
    for (uint32_t i = 0; i < count; i++) {
        kith_status status = fail_if_taken(b->w, b->c, rows[i].key, err);
        if (status != KITH_OK) return status;
        for (uint32_t j = 0; j < i; j++)
            if (view_equal(rows[j].key, rows[i].key)) return fail_duplicate(rows[i].key, err);
    }
    return fail(err, KITH_ERR_CORRUPT, "kith.db: points: a row number was given before");
}

/* Has a point the key? */
static kith_status find_key(const writing *w, const store_collection *c, view key, bool *found,
                            kith_error *err)
{
    query q = query_begin_in(w->connection, POINT_LOCATE, c->id, key);
    *found = query_next(&q);
    return query_end(&q, KITH_OK, err);
}

static kith_status insert_rows(point_batch *b, statement_id statement, const point_row *rows,
                               uint32_t count, kith_error *err);

/* After an INSERT of these rows was refused: inserts one by one those whose keys are not taken. */
static kith_status insert_new(point_batch *b, const point_row *rows, uint32_t count,
                              kith_error *err)
{
    kith_status status = KITH_OK;
    for (uint32_t i = 0; status == KITH_OK && i < count; i++) {
        bool found = false;
        status = find_key(b->w, b->c, rows[i].key, &found, err);
        if (status != KITH_OK || found) continue;
        status = count == 1 ? fail_taken(b, rows, count, err)
                            : insert_rows(b, POINT_INSERT, &rows[i], 1, err);
    }
    return status;
}

/* The last three of POINT_COLUMNS. */
static void bind_waiting(query *q, const point_row *row)
{
    if (row->is_waiting)
        query_bind_u64(q, row->promise);
    else
        query_bind_text(q, (view){NULL, 0});
    query_bind_text(q, row->prefix);
    query_bind_blob(q, row->text);
}

static kith_status insert_rows(point_batch *b, statement_id statement, const point_row *rows,
                               uint32_t count, kith_error *err)
{
    query q = query_begin(b->w->connection, statement);
    for (uint32_t i = 0; i < count; i++) {
        const point_row *row = &rows[i];
        query_bind_u64(&q, row->row);
        query_bind_u64(&q, row->collection);
        query_bind_u64(&q, row->sequence);
        query_bind_u64(&q, checksum_of(row));
        query_bind_text(&q, row->key);
        query_bind_text(&q, row->document);
        query_bind_text(&q, row->metadata);
        query_bind_text(&q, row->content);
        query_bind_blob(&q, row->vector);
        bind_waiting(&q, row);
    }
    (void)query_next(&q);
    bool taken = query_is_taken(&q);
    kith_status status = query_end(&q, KITH_OK, taken ? NULL : err);
    if (taken)
        return b->keep_existing ? insert_new(b, rows, count, err) : fail_taken(b, rows, count, err);
    if (status != KITH_OK) return status;
    b->c->points += count;
    b->written += count;
    return KITH_OK;
}

kith_status point_batch_end(point_batch *b, kith_error *err)
{
    kith_status status = KITH_OK;
    uint32_t taken = 0;
    for (uint32_t i = 0; status == KITH_OK && i < b->count; i += taken) {
        statement_id statement = statement_for_rows(POINT_INSERT, b->count - i, &taken);
        status = insert_rows(b, statement, &b->rows[i], taken, err);
    }
    b->count = 0;
    return status;
}

/* The points before this one come first: one of them may be refused. */
static kith_status fail_no_vector(point_batch *b, const store_point *p, kith_error *err)
{
    kith_status status = point_batch_end(b, err);
    if (status != KITH_OK) return status;
    return fail(err, KITH_ERR_INVALID, "point '%.*s' has no vector", VIEW_ARG(p->key));
}

kith_status point_batch_add(point_batch *b, const store_point *p, view document, kith_error *err)
{
    check_in_change(b->w, b->c->sequence);
    if (!p->vector && !p->is_waiting) return fail_no_vector(b, p, err);
    if (p->is_waiting && p->promise >= POINT_PROMISE_END)
        return fail(err, KITH_ERR_INVALID, "the promise of point '%.*s' is too large",
                    VIEW_ARG(p->key));
    CHECK(b->w->rows_left > 0 && b->count < STATEMENT_ROWS_MAX);
    b->w->rows_left--;
    b->rows[b->count++] = (point_row){
        .row = b->w->next_row++,
        .collection = b->c->id,
        .sequence = b->c->sequence,
        .key = p->key,
        .document = document,
        .metadata = p->metadata,
        .content = p->content,
    };
    set_vector(b->c, p, &b->rows[b->count - 1]);
    return b->count == STATEMENT_ROWS_MAX ? point_batch_end(b, err) : KITH_OK;
}

kith_status point_replace(writing *w, const point_row *row, kith_error *err)
{
    check_in_change(w, row->sequence);
    query q = query_begin(w->connection, POINT_REPLACE);
    query_bind_u64(&q, row->sequence);
    query_bind_u64(&q, checksum_of(row));
    query_bind_text(&q, row->metadata);
    query_bind_text(&q, row->content);
    query_bind_blob(&q, row->vector);
    bind_waiting(&q, row);
    query_bind_u64(&q, row->row);
    return query_run_on_row(&q, err);
}

static kith_status replace(point_batch *b, const point_row *row, kith_error *err)
{
    b->written++;
    return point_replace(b->w, row, err);
}

/* Applies the changes to metadata as it is stored (data == NULL: none); *out lives in `a`. */
static kith_status merge_metadata(view stored, view changes, arena *a, view *out, kith_error *err)
{
    metadata fields = {.memory = a};
    kith_status status = stored.data ? metadata_parse(stored, &fields, err) : KITH_OK;
    if (status == KITH_OK) status = metadata_merge(&fields, changes, err);
    return status == KITH_OK ? metadata_to_json(&fields, a, out, err) : status;
}

/* Puts what is given in place of what the row has, or, as `how` says, merges it. */
static kith_status change_row(point_batch *b, unsigned how, const store_point *p, point_row *row,
                              kith_error *err)
{
    arena memory;
    arena_init(&memory, 0);
    kith_status status = KITH_OK;
    row->sequence = b->c->sequence;
    if (p->content.data) row->content = p->content;
    if (p->vector) set_vector(b->c, p, row);
    if (p->metadata.data && how & STORE_MERGE)
        status = merge_metadata(row->metadata, p->metadata, &memory, &row->metadata, err);
    else if (p->metadata.data)
        row->metadata = p->metadata;
    status = status == KITH_OK
                 ? replace(b, row, err)
                 : fail_context(err, status, "point '%.*s'", (int)p->key.size, p->key.data);
    arena_done(&memory);
    return status;
}

/* Changes the point of this key; *found is false when there is none. The query stays on the row
 * while the row is replaced: its views, which the replacement binds, live until the query's own
 * next step, whatever other statements do meanwhile. */
static kith_status change_existing(point_batch *b, unsigned how, const store_point *p, bool *found,
                                   kith_error *err)
{
    kith_status status = KITH_OK;
    point_row row = {0};
    query q = query_begin_in(b->w->connection, POINT_BY_KEY, b->c->id, p->key);
    *found = query_next(&q);
    if (*found) status = point_read(&q, &row, err);
    if (*found && status == KITH_OK && row.sequence == b->c->sequence &&
        !(how & STORE_ALLOW_REPEATED))
        status = fail_duplicate(p->key, err);
    if (*found && status == KITH_OK) status = change_row(b, how, p, &row, err);
    return query_end(&q, status, err);
}

static kith_status update(point_batch *b, unsigned how, const store_point *p, kith_error *err)
{
    bool found = false;
    kith_status status = change_existing(b, how, p, &found, err);
    if (status != KITH_OK || found) return status;
    if (how & STORE_PASS_MISSING) return point_verify_miss(b->w->connection, b->c->id, p->key, err);
    return fail(err, KITH_ERR_NOT_FOUND, "point '%.*s' does not exist", VIEW_ARG(p->key));
}

/* Changes an existing point, or adds one; what is added lives until the job ends. */
static kith_status merge(point_batch *b, unsigned how, const store_point *p, kith_error *err)
{
    bool found = false;
    store_point new = *p;
    kith_status status = change_existing(b, how, p, &found, err);
    if (status != KITH_OK || found) return status;
    if (p->metadata.data)
        status = merge_metadata((view){NULL, 0}, p->metadata, &b->w->arena, &new.metadata, err);
    return status == KITH_OK ? point_batch_add(b, &new, (view){NULL, 0}, err) : status;
}

/* Overwrites every field but the document's key without reading the old row, which may be
 * damaged. */
static kith_status upsert(point_batch *b, unsigned how, const store_point *p, kith_error *err)
{
    writing *w = b->w;
    const store_collection *c = b->c;
    kith_status status = KITH_OK;
    if (!p->vector) return fail_no_vector(b, p, err);
    query q = query_begin_in(w->connection, POINT_LOCATE, c->id, p->key);
    bool found = query_next(&q);
    if (found && query_u64(&q, LOCATED_SEQUENCE) == c->sequence && !(how & STORE_ALLOW_REPEATED)) {
        status = fail_duplicate(p->key, err);
    } else if (found) {
        point_row row = {
            .row = query_u64(&q, LOCATED_ROW),
            .collection = c->id,
            .sequence = c->sequence,
            .key = p->key,
            .document = query_view(&q, LOCATED_DOCUMENT),
            .metadata = p->metadata,
            .content = p->content,
        };
        set_vector(c, p, &row);
        status = replace(b, &row, err);
    }
    status = query_end(&q, status, err);
    if (status != KITH_OK || found) return status;
    return point_batch_add(b, p, (view){NULL, 0}, err);
}

typedef struct put_job {
    uint64_t collection;
    store_put *put;
} put_job;

/* Is a point of this key among those that are not inserted yet? */
static bool is_waiting(const point_batch *b, view key)
{
    for (uint32_t i = 0; i < b->count; i++)
        if (view_equal(b->rows[i].key, key)) return true;
    return false;
}

static kith_status put_one(point_batch *b, unsigned how, const store_point *p, kith_error *err)
{
    kith_status status = KITH_OK;
    if ((how & STORE_ALLOW_REPEATED) && is_waiting(b, p->key)) status = point_batch_end(b, err);
    if (status != KITH_OK) return status;
    switch ((store_mode)(how & STORE_MODE)) {
    case STORE_ADD:
        return point_batch_add(b, p, (view){NULL, 0}, err);
    case STORE_UPSERT:
        return how & STORE_MERGE ? merge(b, how, p, err) : upsert(b, how, p, err);
    case STORE_UPDATE:
        return update(b, how, p, err);
    }
    return fail(err, KITH_ERR_INVALID, "mode %d does not exist", (int)(how & STORE_MODE));
}

kith_status points_put(writing *w, store_collection *c, const store_put *put, uint32_t *written,
                       uint64_t *first_row, kith_error *err)
{
    const unsigned mode = put->how & STORE_MODE;
    kith_status status = KITH_OK;
    if (c->dim == 0 && mode != STORE_UPDATE)
        return fail(err, KITH_ERR_INVALID, "collection '%.*s' has no dimension yet",
                    VIEW_ARG(c->name));
    if (mode != STORE_UPDATE) status = numbers_take_rows(w, put->count, err);
    *first_row = w->next_row;
    point_batch batch = {.w = w, .c = c, .keep_existing = (put->how & STORE_KEEP_EXISTING) != 0};
    for (uint32_t i = 0; status == KITH_OK && i < put->count; i++)
        status = put_one(&batch, put->how, &put->points[i], err);
    if (status == KITH_OK) status = point_batch_end(&batch, err);
    *written = batch.written;
    return status;
}

static kith_status put_work(writing *w, void *context, kith_error *err)
{
    const put_job *job = context;
    store_put *put = job->put;
    store_collection c = {0};
    uint32_t written = 0;
    uint64_t first_row = 0;
    kith_status status = change_begin(w, job->collection, &c, err);
    if (status == KITH_OK) status = collection_require_name(&c, put->name, err);
    if (status == KITH_OK) status = points_put(w, &c, put, &written, &first_row, err);
    if (status != KITH_OK) return status;
    put->first_row = 0;
    if (written == 0) { // all were passed over: there is no change
        change_cancel(w);
        put->sequence = c.sequence - 1;
        return KITH_OK;
    }
    status = change_end(w, &c, err);
    put->sequence = c.sequence;
    put->total = c.points;
    // A merge stores other metadata than what was put, even of a new point; a point that is passed
    // over may have used up a row number.
    if (written == put->count && w->next_row - first_row == put->count && !(put->how & STORE_MERGE))
        put->first_row = first_row;
    return status;
}

kith_status points_require_no_document(const store_point *points, uint32_t count, kith_error *err)
{
    for (uint32_t i = 0; i < count; i++)
        if (points[i].document.size > 0)
            return fail(err, KITH_ERR_INVALID, "point '%.*s' names a document",
                        VIEW_ARG(points[i].key));
    return KITH_OK;
}

kith_status store_put_points_with(store *s, uint64_t collection, store_put *put, kith_error *err)
{
    put_job job = {collection, put};
    kith_status status = points_require_no_document(put->points, put->count, err);
    if (status != KITH_OK) return status;
    return writer_run_within(s->writer, put_work, &job, put->limit, err);
}

kith_status store_put_points(store *s, uint64_t collection, unsigned how, const store_point *points,
                             uint32_t count, uint64_t *sequence, kith_error *err)
{
    store_put put = {.how = how, .points = points, .count = count};
    kith_status status = store_put_points_with(s, collection, &put, err);
    if (status == KITH_OK) *sequence = put.sequence;
    return status;
}

/* ---- deleting ---- */

kith_status point_locate(writing *w, const store_collection *c, view key, uint64_t *row,
                         view *document, kith_error *err)
{
    kith_status status = KITH_OK;
    query q = query_begin_in(w->connection, POINT_LOCATE, c->id, key);
    *row = query_next(&q) ? query_u64(&q, LOCATED_ROW) : 0;
    if (*row && !copy_view(&w->arena, query_view(&q, LOCATED_DOCUMENT), document))
        status = fail_no_room(err);
    return query_end(&q, status, err);
}

kith_status point_delete(writing *w, store_collection *c, uint64_t row, kith_error *err)
{
    check_in_change(w, c->sequence);
    kith_status status = tombstones_insert(w, c, &row, 1, err);
    if (status != KITH_OK) return status;
    query q = query_begin(w->connection, POINT_DELETE);
    query_bind_u64(&q, row);
    status = query_run_on_row(&q, err);
    if (status == KITH_OK) c->points--;
    return status;
}

static kith_status read_number(const query *q, const row_list *l, void *out, kith_error *err)
{
    (void)l, (void)err;
    *(uint64_t *)out = query_u64(q, 0);
    return KITH_OK;
}

/* Deletes the points that `selected` yields the numbers of, and ends both queries: `deletion`
 * deletes the same, and was not run yet. *count is how many. */
static kith_status delete_set(writing *w, store_collection *c, query *selected, query *deletion,
                              uint32_t *count, kith_error *err)
{
    row_list rows = {.memory = &w->arena, .row_bytes = sizeof(uint64_t), .read = read_number};
    check_in_change(w, c->sequence);
    kith_status status = row_list_read(&rows, selected, err);
    *count = rows.count;
    if (status == KITH_OK) status = tombstones_insert(w, c, rows.rows, *count, err);
    if (status != KITH_OK || *count == 0) return query_end(deletion, status, err);
    status = query_run_on_rows(deletion, *count, err);
    if (status == KITH_OK) c->points -= *count;
    return status;
}

kith_status points_delete_of_document(writing *w, store_collection *c, view document,
                                      uint32_t *count, kith_error *err)
{
    query selected = query_begin_in(w->connection, POINT_ROWS_OF_DOCUMENT, c->id, document);
    query deletion = query_begin_in(w->connection, POINT_DELETE_OF_DOCUMENT, c->id, document);
    return delete_set(w, c, &selected, &deletion, count, err);
}

kith_status points_delete_of_source(writing *w, store_collection *c, view path, uint32_t *count,
                                    kith_error *err)
{
    query selected = query_begin_at(w->connection, POINT_ROWS_OF_SOURCE, c->id, path);
    query deletion = query_begin_at(w->connection, POINT_DELETE_OF_SOURCE, c->id, path);
    return delete_set(w, c, &selected, &deletion, count, err);
}
