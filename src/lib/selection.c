/* selection.c - see selection.h.
 *
 * The order is that of the store's rows, which is that of the first writing: a row number is given
 * once, ascending, and a point keeps its own for as long as it exists. So the row of the last point
 * of a page is a place that stays (cursor.h). With ids it is the order of the ids.
 *
 * By a filter. The index gives the rows of the points that match, all of them, 8 bytes each; only
 * those of the page are fetched. Between the two a point may be deleted; it is passed over, and
 * points that follow take its place, so that a page is short only where the list ends. A point that
 * merely changed is given as it is now.
 *
 * One point more than the page is read, to know whether another page follows. */
#include "lib/selection.h"

#include "base/size.h"
#include "db/database.h"
#include "fields/filter.h"
#include "lib/cursor.h"

enum { BATCH = 256 /* points that are fetched between two checks of the call's limits */ };

typedef struct selecting {
    collection *collection;
    store *store;
    const kith_selection *wanted;
    const call_limit *call;
    unsigned with;
    uint64_t after_row; /* of the cursor; 0: from the beginning */
    uint32_t room;      /* points to read: one more than the page's limit */
    size_t used_before; /* bytes of the arena that are not of this selection */
    arena *memory;
    kith_error *err;
} selecting;

static kith_status check(const selecting *s)
{
    kith_status status = call_limit_check(s->call, s->err);
    if (status != KITH_OK) return status;
    return call_limit_check_bytes(s->call, s->memory->used - s->used_before, s->err);
}

static uint32_t drop_missing(store_point *points, uint32_t count)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < count; i++)
        if (points[i].row != 0) points[kept++] = points[i];
    return kept;
}

static kith_status keep_matching(const filter *f, store_point *points, uint32_t *count, arena *a,
                                 kith_error *err)
{
    kith_status status = KITH_OK;
    uint32_t kept = 0;
    for (uint32_t i = 0; i < *count && status == KITH_OK; i++) {
        metadata fields = {.memory = a};
        const filter_point p = {.id = points[i].key, .text = points[i].content, .fields = &fields};
        if (points[i].metadata.size) status = metadata_parse(points[i].metadata, &fields, err);
        if (status == KITH_OK && filter_matches(f, &p)) points[kept++] = points[i];
    }
    *count = kept;
    return status;
}

/* Drops the first `*skip` of the batch, and moves the others to the end of `out`, as far as there
 * is room. */
static void take(const selecting *s, const store_point *batch, uint32_t count, size_t *skip,
                 selected *out)
{
    uint32_t first = (uint32_t)size_min(*skip, count);
    *skip -= first;
    uint32_t taken = (uint32_t)size_min(count - first, s->room - out->count);
    if (taken) memmove(out->points + out->count, batch + first, taken * sizeof *batch);
    out->count += taken;
}

/* A selection by ids may be read as far as its page ends, but no further: ids that are missing take
 * no place in it. */
static kith_status select_ids(const selecting *s, selected *out)
{
    const kith_selection *w = s->wanted;
    if (w->id_count > UINT32_MAX) return fail(s->err, KITH_ERR_LIMIT, "too many ids");
    const filter *where = NULL;
    unsigned with = s->with;
    kith_status status =
        w->where ? filter_parse(view_of(w->where), s->memory, &where, s->err) : KITH_OK;
    if (where) with |= STORE_WITH_METADATA;
    if (where && filter_reads(where) & FILTER_READS_TEXT) with |= STORE_WITH_CONTENT;
    out->points = arena_new_array(s->memory, store_point, size_min(w->id_count, s->room));
    store_point *batch = arena_new_array(s->memory, store_point, BATCH);
    if (status == KITH_OK && (!out->points || !batch))
        status = fail(s->err, KITH_ERR_NO_MEMORY, "out of memory for %zu ids", w->id_count);
    size_t skip = w->offset;
    for (size_t i = 0; i < w->id_count && out->count < s->room && status == KITH_OK; i += BATCH) {
        view keys[BATCH];
        uint32_t count = (uint32_t)size_min(BATCH, w->id_count - i);
        for (uint32_t k = 0; k < count; k++)
            keys[k] = view_of(w->ids[i + k]);
        memset(batch, 0, BATCH * sizeof *batch);
        status = store_get_points(s->store, collection_id(s->collection), keys, count, with,
                                  s->memory, batch, s->err);
        if (status != KITH_OK) return status;
        count = drop_missing(batch, count);
        if (where) status = keep_matching(where, batch, &count, s->memory, s->err);
        if (status == KITH_OK) take(s, batch, count, &skip, out);
        if (status == KITH_OK) status = check(s);
    }
    return status;
}

/* The first of the ascending rows that is greater than `row`. */
static uint32_t find_after(const uint64_t *rows, uint32_t count, uint64_t row)
{
    uint32_t low = 0, high = count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (rows[middle] <= row)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static kith_status select_where(const selecting *s, selected *out)
{
    uint64_t *rows = NULL;
    uint32_t count = 0;
    kith_status status = collection_match(s->collection, view_of(s->wanted->where), s->call,
                                          s->memory, &rows, &count, s->err);
    if (status == KITH_OK) status = check(s);
    if (status != KITH_OK) return status;
    uint32_t at = find_after(rows, count, s->after_row);
    at += (uint32_t)size_min(s->wanted->offset, count - at);
    uint32_t most = (uint32_t)size_min(s->room, count - at);
    out->points = arena_new_array(s->memory, store_point, most);
    if (!out->points) return fail(s->err, KITH_ERR_NO_MEMORY, "out of memory for %u points", most);
    while (at < count && out->count < most && status == KITH_OK) {
        uint32_t batch = (uint32_t)size_min(BATCH, size_min(count - at, most - out->count));
        store_point *points = out->points + out->count;
        status = store_get_rows(s->store, collection_id(s->collection), rows + at, batch, s->with,
                                s->memory, points, s->err);
        if (status != KITH_OK) return status;
        out->count += drop_missing(points, batch);
        at += batch;
        status = check(s);
    }
    return status;
}

static kith_status select_all(const selecting *s, selected *out)
{
    const store_scan scan = {
        .after_row = s->after_row,
        .offset = s->wanted->offset,
        .limit = s->room,
        .with = s->with,
        .call = s->call,
    };
    return store_scan_points(s->store, collection_id(s->collection), &scan, s->memory, &out->points,
                             &out->count, s->err);
}

static kith_status read_cursor(selecting *s)
{
    const kith_selection *w = s->wanted;
    cursor_list list;
    if (!w->cursor) return KITH_OK;
    if (w->ids) return fail(s->err, KITH_ERR_INVALID, "a cursor does not go with ids");
    if (w->offset) return fail(s->err, KITH_ERR_INVALID, "a cursor does not go with an offset");
    kith_status status = cursor_list_of(s->collection, CURSOR_POINTS, &list, s->err);
    if (status != KITH_OK) return status;
    return cursor_read_number(&list, w->cursor, s->memory, &s->after_row, s->err);
}

/* Cuts what is more than the page, and writes the cursor behind the page's last point. */
static kith_status end_page(const selecting *s, selected *out)
{
    cursor_list list;
    if (s->wanted->limit == 0 || out->count <= s->wanted->limit) return KITH_OK;
    out->count = (uint32_t)s->wanted->limit;
    if (s->wanted->ids) return KITH_OK;
    kith_status status = cursor_list_of(s->collection, CURSOR_POINTS, &list, s->err);
    if (status != KITH_OK) return status;
    out->next = cursor_write_number(&list, out->points[out->count - 1].row, s->memory);
    return out->next ? KITH_OK : fail(s->err, KITH_ERR_NO_MEMORY, "out of memory for a cursor");
}

kith_status selection_read(collection *c, const kith_selection *wanted, const call_limit *call,
                           unsigned with, arena *a, selected *out, kith_error *err)
{
    selected found = {0};
    selecting s = {
        .collection = c,
        .store = database_store(collection_database(c)),
        .wanted = wanted,
        .call = call,
        .with = with,
        .room = wanted->limit == 0 || wanted->limit >= UINT32_MAX ? UINT32_MAX
                                                                  : (uint32_t)wanted->limit + 1,
        .used_before = a->used,
        .memory = a,
        .err = err,
    };
    if (wanted->in_stored_order)
        return fail(err, KITH_ERR_UNSUPPORTED, "in_stored_order is not there yet");
    kith_status status = read_cursor(&s);
    if (status == KITH_OK && wanted->where && !wanted->allow_unknown_fields)
        status = collection_check_fields(c, view_of(wanted->where), err);
    if (status != KITH_OK) return status;
    status = wanted->ids     ? select_ids(&s, &found)
             : wanted->where ? select_where(&s, &found)
                             : select_all(&s, &found);
    if (status == KITH_OK) status = end_page(&s, &found);
    if (status == KITH_OK) *out = found;
    return status;
}
