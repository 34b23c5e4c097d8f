/* selection.c - see selection.h.
 *
 * The order is that of the store's rows, which is that of the first writing: a row number is given
 * once, ascending, and a point keeps its own for as long as it exists. So the row of the last point
 * of a page is a place that stays (cursor.h). With ids it is the order of the ids, unless the stored
 * order is asked for: then the ids are looked up as rows first, which are sorted.
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

#include <stdlib.h>

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

/* The filter that each point is tested by, and what of a point it needs beside what is wanted. */
static kith_status read_filter(const selecting *s, const filter **where, unsigned *with)
{
    *with = s->with;
    if (!s->wanted->where) return KITH_OK;
    kith_status status = filter_parse(view_of(s->wanted->where), s->memory, where, s->err);
    if (status != KITH_OK) return status;
    *with |= STORE_WITH_METADATA;
    if (filter_reads(*where) & FILTER_READS_TEXT) *with |= STORE_WITH_CONTENT;
    return KITH_OK;
}

static kith_status fail_no_room(const selecting *s, size_t count)
{
    return fail(s->err, KITH_ERR_NO_MEMORY, "out of memory for %zu points", count);
}

/* A selection by ids may be read as far as its page ends, but no further: ids that are missing take
 * no place in it. */
static kith_status select_ids(const selecting *s, selected *out)
{
    const kith_selection *w = s->wanted;
    const filter *where = NULL;
    unsigned with = 0;
    kith_status status = read_filter(s, &where, &with);
    out->points = arena_new_array(s->memory, store_point, size_min(w->id_count, s->room));
    store_point *batch = arena_new_array(s->memory, store_point, BATCH);
    if (status == KITH_OK && (!out->points || !batch)) status = fail_no_room(s, w->id_count);
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

/* Reads ascending rows until the page is full. Those that are missing, do not match, or are among
 * the first `skip` that do, take no place in it.
 * with   STORE_WITH_...
 * where  NULL: all match */
static kith_status read_rows(const selecting *s, const uint64_t *rows, uint32_t count,
                             const filter *where, unsigned with, size_t skip, selected *out)
{
    kith_status status = KITH_OK;
    out->points = arena_new_array(s->memory, store_point, size_min(count, s->room));
    store_point *batch = arena_new_array(s->memory, store_point, BATCH);
    if (!out->points || !batch) return fail_no_room(s, count);
    for (uint32_t at = 0; at < count && out->count < s->room && status == KITH_OK;) {
        size_t most = where || skip ? BATCH : size_min(BATCH, s->room - out->count);
        uint32_t read = (uint32_t)size_min(most, count - at), found;
        memset(batch, 0, BATCH * sizeof *batch);
        status = store_get_rows(s->store, collection_id(s->collection), rows + at, read, with,
                                s->memory, batch, s->err);
        if (status != KITH_OK) return status;
        at += read;
        found = drop_missing(batch, read);
        if (where) status = keep_matching(where, batch, &found, s->memory, s->err);
        if (status == KITH_OK) take(s, batch, found, &skip, out);
        if (status == KITH_OK) status = check(s);
    }
    return status;
}

static int compare_rows(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

/* The rows of the ids that exist, ascending, each once. */
static kith_status find_rows(const selecting *s, uint64_t **out, uint32_t *count)
{
    const kith_selection *w = s->wanted;
    view *keys = arena_new_array(s->memory, view, w->id_count);
    uint64_t *rows = arena_new_array(s->memory, uint64_t, w->id_count);
    if (!keys || !rows) return fail_no_room(s, w->id_count);
    for (size_t i = 0; i < w->id_count; i++)
        keys[i] = view_of(w->ids[i]);
    const store_key_list list = {.keys = keys, .count = (uint32_t)w->id_count, .limit = s->call};
    kith_status status =
        store_find_rows(s->store, collection_id(s->collection), &list, rows, s->err);
    if (status != KITH_OK) return status;
    if (w->id_count) qsort(rows, w->id_count, sizeof *rows, compare_rows);
    for (size_t i = 0; i < w->id_count; i++)
        if (rows[i] != 0 && (*count == 0 || rows[i] != rows[*count - 1]))
            rows[(*count)++] = rows[i];
    *out = rows;
    return KITH_OK;
}

static kith_status select_ids_in_stored_order(const selecting *s, selected *out)
{
    const filter *where = NULL;
    unsigned with = 0;
    uint64_t *rows = NULL;
    uint32_t count = 0;
    kith_status status = read_filter(s, &where, &with);
    if (status == KITH_OK) status = find_rows(s, &rows, &count);
    if (status == KITH_OK) status = check(s);
    if (status != KITH_OK) return status;
    return read_rows(s, rows, count, where, with, s->wanted->offset, out);
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
    collection_matches found = {0};
    kith_status status = collection_match(s->collection, view_of(s->wanted->where), s->call,
                                          s->memory, &found, s->err);
    if (status == KITH_OK) status = check(s);
    if (status != KITH_OK) return status;
    uint32_t at = find_after(found.rows, found.count, s->after_row);
    at += (uint32_t)size_min(s->wanted->offset, found.count - at);
    return read_rows(s, found.rows + at, found.count - at, NULL, s->with, 0, out);
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
    kith_status status = wanted->ids && wanted->id_count > UINT32_MAX
                             ? fail(err, KITH_ERR_LIMIT, "too many ids")
                             : read_cursor(&s);
    if (status == KITH_OK && wanted->where && !wanted->allow_unknown_fields)
        status = collection_check_fields(c, view_of(wanted->where), err);
    if (status != KITH_OK) return status;
    status = wanted->ids && wanted->in_stored_order ? select_ids_in_stored_order(&s, &found)
             : wanted->ids                          ? select_ids(&s, &found)
             : wanted->where                        ? select_where(&s, &found)
                                                    : select_all(&s, &found);
    if (status == KITH_OK) status = end_page(&s, &found);
    if (status == KITH_OK) *out = found;
    return status;
}

/* Of the points that the filter matches, the index knows all; no one else is asked. */
static kith_status count_where(collection *c, const kith_selection *wanted, const call_limit *call,
                               arena *a, uint64_t *out, kith_error *err)
{
    collection_matches found = {0};
    kith_status status = KITH_OK;
    if (!wanted->allow_unknown_fields)
        status = collection_check_fields(c, view_of(wanted->where), err);
    if (status == KITH_OK)
        status = collection_match(c, view_of(wanted->where), call, a, &found, err);
    if (status == KITH_OK) *out = found.count;
    return status;
}

kith_status selection_count(collection *c, const kith_selection *wanted, const call_limit *call,
                            arena *a, uint64_t *out, kith_error *err)
{
    store_collection description;
    selected s = {0};
    if (!wanted->ids && wanted->where) return count_where(c, wanted, call, a, out, err);
    kith_status status = wanted->ids ? selection_read(c, wanted, call, 0, a, &s, err)
                                     : collection_describe(c, a, &description, err);
    if (status == KITH_OK) *out = wanted->ids ? s.count : description.points;
    return status;
}
